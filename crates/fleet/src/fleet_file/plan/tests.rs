use super::*;
use crate::fleet_file::read::FileRow;

struct Zeroes;

impl Rng for Zeroes {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn row(table: Table, values: &[(&str, &str)]) -> Row {
    let mut row = Row::new(table);
    for (column, value) in values {
        row.set(column, (*value).to_owned());
    }
    row
}

fn phone(extension: &str, server_ip: &str, login: &str) -> Row {
    let rest = [("phone_pass", "p"), ("template_id", ""), ("registration_password", "r"), ("protocol", "SIP")];
    let names = [("extension", extension), ("server_ip", server_ip), ("phone_login", login)];
    row(Table::Phone, &[&names[..], &rest].concat())
}

fn alias(members: &str) -> Row {
    row(Table::Alias, &[("alias_id", "xyz100"), ("alias_name", "A"), ("phone_logins", members)])
}

fn administrator(pass_hash: &str) -> Row {
    let rights = [("user_level", "9"), ("vdc_agent_api_access", "1"), ("ast_admin_access", "1"), ("active", "Y")];
    row(Table::User, &[&[("user", "6666"), ("pass_hash", pass_hash)][..], &rights].concat())
}

fn existing() -> Fleet {
    let mut fleet = Fleet::default();
    let servers = ["10.0.9.8", "10.0.9.9"].map(|server_ip| row(Table::Dialer, &[("server_ip", server_ip)]));
    fleet.set(Table::Dialer, servers.into());
    fleet.set(Table::User, vec![administrator("$digest")]);
    fleet.set(Table::Phone, vec![phone("100", "10.0.9.8", "100a"), phone("100", "10.0.9.9", "100b")]);
    fleet.set(Table::Alias, vec![alias("100a,100b")]);
    fleet
}

fn reading(entries: impl IntoIterator<Item = Row>) -> Reading {
    let wanted = entries.into_iter().map(|row| FileRow { place: format!("file: {}", row.title()), row, number: 1 });
    Reading { wanted: wanted.collect(), mistakes: Vec::new() }
}

/// The changes of a plan, one line each.
fn lines(entries: impl IntoIterator<Item = Row>, prune: bool) -> Vec<String> {
    let plan = plan(reading(entries), existing(), prune, &Zeroes).unwrap();
    let line = |change: &RowDiff| format!("{:?} {}: {}", change.event, change.row.title(), change.notes());
    plan.changes.iter().map(line).collect()
}

fn mistakes(entries: impl IntoIterator<Item = Row>, prune: bool) -> Vec<String> {
    let refused = plan(reading(entries), existing(), prune, &Zeroes).unwrap_err();
    refused.iter().map(FileError::to_string).collect()
}

#[test]
fn entries_equal_to_the_existing_rows_change_nothing() {
    let all: Vec<Row> = existing().all().cloned().collect();
    assert_eq!(lines(all, true), [""; 0]);
}

#[test]
fn only_keys_that_an_entry_names_change() {
    let wanted = row(Table::Alias, &[("alias_id", "XYZ100"), ("alias_name", "B")]);
    assert_eq!(lines([wanted], false), ["Modify alias XYZ100: alias_name: A to B"]);
}

#[test]
fn a_changed_secret_is_not_shown() {
    let mut wanted = phone("100", "10.0.9.8", "100a");
    wanted.set("registration_password", "hunter2".into());
    wanted.set("protocol", "PJSIP".into());
    assert_eq!(
        lines([wanted], false),
        ["Modify phone 10.0.9.8/100: phone: 100|10.0.9.8; protocol: SIP to PJSIP; registration_password changed"]
    );
}

#[test]
fn pruning_deletes_rows_only_in_sections_that_the_file_contains() {
    let wanted = [alias("100a"), phone("100", "10.0.9.8", "100a")];
    assert_eq!(
        lines(wanted.clone(), true),
        ["Modify alias xyz100: phone_logins: 100a,100b to 100a", "Delete phone 10.0.9.9/100: phone: 100|10.0.9.9"]
    );
    assert_eq!(lines(wanted, false).len(), 1);
}

#[test]
fn pruning_a_row_that_others_refer_to_is_a_mistake() {
    assert_eq!(
        mistakes([phone("100", "10.0.9.8", "100a")], true),
        [r#"alias xyz100: phone_logins: no phone has the login "100b""#]
    );
    assert_eq!(
        mistakes([row(Table::Dialer, &[("server_ip", "10.0.9.8")])], true),
        [r#"phone 10.0.9.9/100: server_ip: there is no dialer "10.0.9.9""#]
    );
}

#[test]
fn the_last_administrator_cannot_be_removed() {
    let other = row(Table::User, &[("user", "1001"), ("pass_hash", "$digest")]);
    assert!(mistakes([other], true)[0].starts_with("user: this would leave no administrator"));
    let demoted = row(Table::User, &[("user", "6666"), ("user_level", "7")]);
    assert_eq!(mistakes([demoted], false).len(), 1);
}

#[test]
fn a_login_is_unique_but_two_phones_may_swap_theirs() {
    assert_eq!(
        mistakes([phone("200", "10.0.9.8", "100B")], false),
        [r#"file: phone 10.0.9.8/200: phone_login "100B" is also the login of phone 10.0.9.9/100"#]
    );
    let swapped = [phone("100", "10.0.9.8", "100b"), phone("100", "10.0.9.9", "100a")];
    assert_eq!(lines(swapped, false).len(), 2);
}

#[test]
fn a_reference_to_a_new_row_in_the_file_is_valid() {
    let server = row(Table::Dialer, &[("server_ip", "10.0.9.10")]);
    let new = phone("100", "10.0.9.10", "100c");
    assert_eq!(lines([server, new.clone(), alias("100c")], false).len(), 3);
    let mut new = new;
    new.set("template_id", "nowhere".into());
    assert_eq!(
        mistakes([new, alias("100c,100z")], false),
        [
            r#"file: phone 10.0.9.10/100: server_ip: there is no dialer "10.0.9.10""#,
            r#"file: phone 10.0.9.10/100: template_id: there is no template "nowhere""#,
            r#"file: alias xyz100: phone_logins: no phone has the login "100z""#,
        ]
    );
}

#[test]
fn an_unchanged_broken_reference_is_not_a_mistake() {
    let mut before = existing();
    before.set(Table::Alias, vec![alias("100a,gone")]);
    let wanted = [row(Table::Alias, &[("alias_id", "xyz100"), ("alias_name", "B"), ("phone_logins", "100a,gone")])];
    assert_eq!(plan(reading(wanted), before, false, &Zeroes).unwrap().changes.len(), 1);
}

#[test]
fn only_a_new_phone_must_name_its_login() {
    let mut new = phone("300", "10.0.9.8", "300a");
    new.unset("phone_login");
    assert_eq!(mistakes([new], false), ["file: phone 10.0.9.8/300: phone_login is missing"]);
    let mut old = phone("100", "10.0.9.8", "100a");
    old.unset("phone_login");
    assert_eq!(lines([old], false), [""; 0]);
}

#[test]
fn an_unchanged_password_changes_nothing_and_a_new_one_is_hashed() {
    let digest = StoredPassword::digest(&Password::new("1234"), &Zeroes).unwrap();
    let mut before = existing();
    before.set(Table::User, vec![administrator(&digest)]);
    let with = |pass: &str| reading([row(Table::User, &[("user", "6666"), ("pass", pass)])]);
    assert_eq!(plan(with("1234"), before.clone(), false, &Zeroes).unwrap().changes, []);
    let changed = plan(with("5678"), before, false, &Zeroes).unwrap().changes;
    assert_eq!(changed[0].notes(), "user: 6666; pass changed");
    assert_eq!(changed[0].row.get("pass"), None, "the account had no plain password to clear");
    assert!(changed[0].row.text("pass_hash").starts_with("$argon2id$"));
}

#[test]
fn a_digest_clears_a_plain_password_that_would_take_precedence() {
    let mut plain = administrator("");
    plain.set("pass", "old".into());
    let mut before = existing();
    before.set(Table::User, vec![plain]);
    let changed = plan(reading([administrator("$new")]), before, false, &Zeroes).unwrap().changes;
    assert_eq!(changed[0].row.get("pass"), Some(""));
    assert_eq!(changed[0].row.get("pass_hash"), Some("$new"));
    assert_eq!(changed[0].notes(), "user: 6666; pass changed");
}
