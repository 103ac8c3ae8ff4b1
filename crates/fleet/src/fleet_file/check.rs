//! Whether every reference leads somewhere once a plan is carried out.

use std::borrow::Cow;
use std::collections::HashMap;

use super::entry::Entry;
use super::fleet::Index;
use super::mistake::{Mistake, What};
use super::section::Section;
use crate::name;

/// The rows before and after a plan, and where a file names those that it names.
pub(super) struct Check<'a> {
    before: Index<'a>,
    after: Index<'a>,
    places: HashMap<(Section, String), &'a str>,
    mistakes: Vec<Mistake>,
}

impl<'a> Check<'a> {
    /// Every mistake in what refers to other rows. What was broken before and is not touched is none: `doctor` names it.
    pub(super) fn run(
        before: Index<'a>,
        after: &'a [Cow<'a, Entry>],
        places: HashMap<(Section, String), &'a str>,
    ) -> Vec<Mistake> {
        let rows = || after.iter().map(Cow::as_ref);
        let of = |section| rows().filter(move |row| row.section() == section);
        let mut check = Self { before, after: Index::of(rows()), places, mistakes: Vec::new() };
        for phone in of(Section::Phone) {
            check.names(phone, "server_ip", Section::Server);
            check.names(phone, "template_id", Section::Template);
        }
        check.logins_are_unique(&of(Section::Phone).collect::<Vec<_>>());
        for alias in of(Section::Alias) {
            check.members(alias);
        }
        for weight in of(Section::Weight) {
            check.names(weight, "server_ip", Section::Server);
        }
        let can = |index: &Index<'_>| index.rows().any(Entry::can_administrate);
        if can(&check.before) && !can(&check.after) {
            check.mistakes.push(Mistake { place: "user".to_owned(), what: What::NoAdministratorLeft });
        }
        check.mistakes
    }

    fn mistake(&mut self, entry: &Entry, what: What) {
        let place = self.places.get(&(entry.section(), entry.key())).map(|place| (*place).to_owned());
        self.mistakes.push(Mistake { place: place.unwrap_or_else(|| entry.title()), what });
    }

    /// Whether the value was already there.
    fn is_untouched(&self, entry: &Entry, key: &str) -> bool {
        self.before.row(entry).is_some_and(|before| before.text(key) == entry.text(key))
    }

    fn names(&mut self, entry: &Entry, key: &'static str, target: Section) {
        let value = entry.text(key);
        let was_broken = self.is_untouched(entry, key) && !self.before.has(target, value);
        if !value.is_empty() && !self.after.has(target, value) && !was_broken {
            self.mistake(entry, What::NamesNothing { key, value: value.to_owned(), target });
        }
    }

    fn members(&mut self, alias: &Entry) {
        let untouched = self.is_untouched(alias, "phone_logins");
        for login in alias.text("phone_logins").split(',') {
            let was_broken = untouched && !self.before.has_login(login);
            if !self.after.has_login(login) && !was_broken {
                self.mistake(alias, What::NoPhone { login: login.to_owned() });
            }
        }
    }

    fn logins_are_unique(&mut self, phones: &[&Entry]) {
        let mut by_login: HashMap<String, Vec<&Entry>> = HashMap::new();
        for phone in phones.iter().copied().filter(|phone| !phone.text("phone_login").is_empty()) {
            by_login.entry(name::key(phone.text("phone_login"))).or_default().push(phone);
        }
        for phone in phones {
            let login = phone.text("phone_login");
            let sharers = by_login.get(&name::key(login)).map(Vec::as_slice).unwrap_or_default();
            let other = sharers.iter().find(|other| other.key() != phone.key());
            if let Some(other) = other.filter(|_| !self.is_untouched(phone, "phone_login")) {
                self.mistake(phone, What::LoginTaken { login: login.to_owned(), other: other.name() });
            }
        }
    }
}
