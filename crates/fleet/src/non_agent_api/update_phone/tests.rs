use super::*;
use crate::field::Reader;
use crate::phones::rules::form_columns;
use crate::schema::phone::examples::{Request, example};
use crate::text::Alphabet;

/// Columns whose new value must be checked in the database first.
const LOOKED_UP: [&str; 2] = ["phone_login", "template_id"];

#[test]
fn update_phone_sets_every_column_of_the_form_but_the_key() {
    let update = UpdatePhone::read(Reader::new(&Request(|_| true), Alphabet::Latin));
    let mut phone = Phone::default();
    assert_eq!(update.set_up_to_login(&mut phone), Ok(()));
    assert_eq!(update.set_after_login(&mut phone), Ok(()));
    update.set_switches(&mut phone);
    let is_set = |name: &str| !LOOKED_UP.contains(&name);
    for column in form_columns().filter(|column| !column.is_key && is_set(column.name)) {
        let name = column.name;
        assert_eq!(phone.get(column.sql), example(column), "update_phone.rs does not copy {name:?} to the phone");
    }
}
