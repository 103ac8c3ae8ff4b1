//! Checks references between rows, as they will be after a plan.

use std::borrow::Cow;
use std::collections::HashMap;

use super::fleet::Index;
use crate::name;
use crate::schema::{FileError, Invalid, Row, Table};

/// The rows before and after a plan, and the place of each row in the file.
pub(super) struct Check<'a> {
    before: Index<'a>,
    after: Index<'a>,
    places: HashMap<(Table, String), &'a str>,
    mistakes: Vec<FileError>,
}

impl<'a> Check<'a> {
    /// All mistakes in references to other rows. Unchanged references that were broken before are accepted; `doctor` reports
    /// them.
    pub(super) fn run(
        before: Index<'a>,
        after: &'a [Cow<'a, Row>],
        places: HashMap<(Table, String), &'a str>,
    ) -> Vec<FileError> {
        let rows = || after.iter().map(Cow::as_ref);
        let of = |table| rows().filter(move |row| row.table() == table);
        let mut check = Self { before, after: Index::of(rows()), places, mistakes: Vec::new() };
        for phone in of(Table::Phone) {
            check.names(phone, "server_ip", Table::Dialer);
            check.names(phone, "template_id", Table::Template);
        }
        check.logins_are_unique(&of(Table::Phone).collect::<Vec<_>>());
        for alias in of(Table::Alias) {
            check.members(alias);
        }
        for weight in of(Table::Weight) {
            check.names(weight, "server_ip", Table::Dialer);
        }
        let can = |index: &Index<'_>| index.rows().any(Row::can_administrate);
        if can(&check.before) && !can(&check.after) {
            check.mistakes.push(FileError { place: "user".to_owned(), what: Invalid::NoAdministratorLeft });
        }
        check.mistakes
    }

    fn mistake(&mut self, row: &Row, what: Invalid) {
        let place = self.places.get(&(row.table(), row.key())).map(|place| (*place).to_owned());
        self.mistakes.push(FileError { place: place.unwrap_or_else(|| row.title()), what });
    }

    /// Whether the row already had this value.
    fn is_untouched(&self, row: &Row, key: &str) -> bool {
        self.before.row(row).is_some_and(|before| before.text(key) == row.text(key))
    }

    fn names(&mut self, row: &Row, key: &'static str, target: Table) {
        let value = row.text(key);
        let was_broken = self.is_untouched(row, key) && !self.before.has(target, value);
        if !value.is_empty() && !self.after.has(target, value) && !was_broken {
            self.mistake(row, Invalid::NamesNothing { key, value: value.to_owned(), target });
        }
    }

    fn members(&mut self, alias: &Row) {
        let untouched = self.is_untouched(alias, "phone_logins");
        for login in alias.text("phone_logins").split(',') {
            let was_broken = untouched && !self.before.login_exists(login);
            if !self.after.login_exists(login) && !was_broken {
                self.mistake(alias, Invalid::NoPhone { login: login.to_owned() });
            }
        }
    }

    fn logins_are_unique(&mut self, phones: &[&Row]) {
        let mut by_login: HashMap<String, Vec<&Row>> = HashMap::new();
        for phone in phones.iter().copied().filter(|phone| !phone.text("phone_login").is_empty()) {
            by_login.entry(name::key(phone.text("phone_login"))).or_default().push(phone);
        }
        for phone in phones {
            let login = phone.text("phone_login");
            let sharers = by_login.get(&name::key(login)).map(Vec::as_slice).unwrap_or_default();
            let other = sharers.iter().find(|other| other.key() != phone.key());
            if let Some(other) = other.filter(|_| !self.is_untouched(phone, "phone_login")) {
                self.mistake(phone, Invalid::LoginTaken { login: login.to_owned(), other: other.name() });
            }
        }
    }
}
