//! Which lines can be rung, as the dialer says: asked once a connection, then kept by its events.

use std::collections::{HashMap, HashSet};

use crate::line::{Line, Technology};

/// Whether a line can be rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// It is registered, or has a fixed address, and does not leave the dialer's own checks unanswered.
    Registered,
    /// It is not, or the dialer does not know it. (A `chan_sip` realtime peer is known only once it has registered.)
    NotRegistered,
    /// Not known: there is no connection, the list has not come yet, or the dialer does not give it.
    Unknown,
}

/// What is known about a technology's lines.
#[derive(Debug, Default)]
struct Known {
    /// Each line's contacts at which it can be rung.
    contacts: HashMap<String, HashSet<String>>,
    /// Whether the list has come.
    is_complete: bool,
}

/// What is known.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    sip: Known,
    pjsip: Known,
    /// Events since the lists were asked for: they are newer than what the lists say.
    since_asked: Option<Vec<(Line, String, bool)>>,
    /// Lines that were seen registered, until somebody asks.
    seen: HashSet<Line>,
}

impl Registrations {
    pub(super) fn of(&self, line: &Line) -> Registration {
        let known = match line.technology {
            Technology::Sip => &self.sip,
            Technology::Pjsip => &self.pjsip,
        };
        match known.contacts.get(&line.name) {
            Some(contacts) if !contacts.is_empty() => Registration::Registered,
            Some(_) => Registration::NotRegistered,
            None if known.is_complete => Registration::NotRegistered,
            None => Registration::Unknown,
        }
    }

    /// The lines that were seen registered since this was last asked.
    pub(super) fn take_seen(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.seen).into_iter().collect()
    }

    /// The connection has ended: what is so now is not known any more. What was seen stays seen.
    pub(super) fn lose(&mut self) {
        *self = Self { seen: std::mem::take(&mut self.seen), ..Self::default() };
    }

    /// The lists are asked for from now on.
    pub(super) fn asking(&mut self) {
        self.since_asked = Some(Vec::new());
    }

    /// A technology's list has come; `None` if the dialer does not give it.
    pub(super) fn list(&mut self, technology: Technology, list: Option<Vec<(Line, String, bool)>>) {
        *self.known(technology) = Known { is_complete: list.is_some(), contacts: HashMap::new() };
        for (line, contact, reachable) in list.into_iter().flatten() {
            self.note(line, contact, reachable);
        }
        let newer = self.since_asked.iter().flatten().filter(|(line, ..)| line.technology == technology);
        for (line, contact, reachable) in newer.cloned().collect::<Vec<_>>() {
            self.note(line, contact, reachable);
        }
    }

    /// All lists have come.
    pub(super) fn asked(&mut self) {
        self.since_asked = None;
    }

    /// An event told this. Whether anything changed by it.
    pub(super) fn hear(&mut self, line: &Line, contact: String, reachable: bool) -> bool {
        let before = self.of(line);
        if let Some(since_asked) = &mut self.since_asked {
            since_asked.push((line.clone(), contact.clone(), reachable));
        }
        self.note(line.clone(), contact, reachable);
        self.of(line) != before
    }

    fn note(&mut self, line: Line, contact: String, reachable: bool) {
        if reachable {
            self.seen.insert(line.clone());
        }
        let contacts = self.known(line.technology).contacts.entry(line.name).or_default();
        if reachable {
            contacts.insert(contact);
        } else {
            contacts.remove(&contact);
        }
    }

    fn known(&mut self, technology: Technology) -> &mut Known {
        match technology {
            Technology::Sip => &mut self.sip,
            Technology::Pjsip => &mut self.pjsip,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(line: Line, reachable: bool) -> (Line, String, bool) {
        (line, String::new(), reachable)
    }

    #[test]
    fn nothing_is_known_before_the_list() {
        let mut known = Registrations::default();
        assert_eq!(known.of(&Line::sip("a")), Registration::Unknown);
        known.list(Technology::Sip, Some(vec![entry(Line::sip("a"), true), entry(Line::sip("b"), false)]));
        known.list(Technology::Pjsip, None);
        assert_eq!(known.of(&Line::sip("a")), Registration::Registered);
        assert_eq!(known.of(&Line::sip("b")), Registration::NotRegistered);
        assert_eq!(known.of(&Line::sip("c")), Registration::NotRegistered);
        assert_eq!(known.of(&Line::pjsip("a")), Registration::Unknown);
    }

    #[test]
    fn an_event_is_newer_than_the_list_that_was_asked_for_before_it() {
        let mut known = Registrations::default();
        known.asking();
        assert!(known.hear(&Line::sip("a"), String::new(), false));
        known.list(Technology::Sip, Some(vec![entry(Line::sip("a"), true)]));
        known.asked();
        assert_eq!(known.of(&Line::sip("a")), Registration::NotRegistered);
    }

    #[test]
    fn a_line_that_was_seen_is_told_once_even_if_the_connection_ends_before_and_again_when_it_is_seen_again() {
        let mut known = Registrations::default();
        known.list(Technology::Sip, Some(vec![entry(Line::sip("a"), true), entry(Line::sip("b"), false)]));
        known.lose();
        assert_eq!(known.of(&Line::sip("a")), Registration::Unknown);
        assert_eq!(known.take_seen(), [Line::sip("a")]);
        assert_eq!(known.take_seen(), []);
        known.hear(&Line::sip("a"), String::new(), true);
        known.take_seen();
        assert!(!known.hear(&Line::sip("a"), String::new(), true), "nothing changed by it");
        known.hear(&Line::sip("b"), String::new(), false);
        assert_eq!(known.take_seen(), [Line::sip("a")], "its phone may be another one by now");
    }

    #[test]
    fn a_line_with_two_contacts_is_registered_until_both_are_gone() {
        let mut known = Registrations::default();
        let line = Line::pjsip("a");
        assert!(known.hear(&line, "sip:1".to_owned(), true));
        assert!(!known.hear(&line, "sip:2".to_owned(), true));
        assert!(!known.hear(&line, "sip:1".to_owned(), false));
        assert_eq!(known.of(&line), Registration::Registered);
        assert!(known.hear(&line, "sip:2".to_owned(), false));
        assert_eq!(known.of(&line), Registration::NotRegistered);
    }
}
