use super::*;
use crate::field::Reader;
use crate::phones::rules::form_columns;
use crate::schema::phone::examples::{Request, example};
use crate::text::Alphabet;

/// Columns that VICIdial's `add_phone` does not set.
const NOT_SENT: [&str; 4] = ["active", "outbound_alt_cid", "phone_ring_timeout", "delete_vm_after_email"];

#[test]
fn add_phone_sets_every_column_of_the_form() {
    let phone = AddPhone::read(Reader::new(&Request(|_| true), Alphabet::Latin)).phone();
    for column in form_columns().filter(|column| !NOT_SENT.contains(&column.name)) {
        let name = column.name;
        assert_eq!(phone.get(column.sql), example(column), "add_phone.rs does not copy {name:?} to the phone");
    }
}

#[test]
fn add_phone_and_the_form_have_the_same_defaults() {
    let request = Request(|column| column.form.as_ref().is_some_and(|field| field.required));
    let phone = AddPhone::read(Reader::new(&request, Alphabet::Latin)).phone();
    for column in form_columns() {
        let Some(field) = column.form.as_ref().filter(|field| !field.required) else { continue };
        assert_eq!(phone.get(column.sql), field.default, "add_phone.rs and schema/phone.rs differ in {}", column.name);
    }
}
