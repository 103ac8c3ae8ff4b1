//! Which lines can be rung and from where, as the dialer says: asked once a connection, then kept by its events.

use std::collections::HashMap;

use crate::event::Contact;
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

/// How a line is, since it was last asked what is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineNews {
    /// The line.
    pub line: Line,
    /// Whether it was seen registered meanwhile, whatever it is now.
    pub was_seen: bool,
    /// From where it is registered now, such as `192.0.2.7:5060`: empty where the dialer does not say, `None` if it is not.
    pub address: Option<String>,
}

/// All that is new about a dialer's lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct News {
    /// Lines that were seen registered, or are not any more.
    pub lines: Vec<LineNews>,
    /// Whether the dialer's lists have come meanwhile: a line that is not in them is not registered.
    pub lists_came: bool,
}

/// A contact that is kept. Most lines have one, and there are many lines.
#[derive(Debug)]
struct Kept {
    /// Of `chan_sip` the address, of PJSIP the URI.
    at: Box<str>,
    reachable: bool,
    is_fixed: bool,
}

/// What is known about a technology's lines.
#[derive(Debug, Default)]
struct Known {
    contacts: HashMap<Box<str>, Vec<Kept>>,
    /// Whether the list has come.
    is_complete: bool,
    /// How many lines have registered and can be rung.
    registered: usize,
}

impl Known {
    /// Whether a line has registered and can be rung: trunks and others with a fixed address do not count.
    fn has_registered(&self, name: &str) -> bool {
        self.contacts.get(name).is_some_and(|all| all.iter().any(|kept| kept.reachable && !kept.is_fixed))
    }

    fn note(&mut self, technology: Technology, name: &str, contact: Contact) {
        let before = self.has_registered(name);
        if !self.contacts.contains_key(name) {
            // Room for one: a set or a growing list would take several times as much.
            self.contacts.insert(name.into(), Vec::with_capacity(1));
        }
        if let Some(all) = self.contacts.get_mut(name) {
            match technology {
                Technology::Sip => replace_only(all, contact),
                Technology::Pjsip => put_or_remove(all, contact),
            }
        }
        let now = self.has_registered(name);
        self.registered = self.registered + usize::from(now) - usize::from(before);
    }
}

/// A `chan_sip` line has one contact, whose address is told only when it registers and in the list.
fn replace_only(all: &mut Vec<Kept>, contact: Contact) {
    match all.first_mut() {
        Some(kept) => {
            kept.reachable = contact.reachable;
            kept.is_fixed = contact.is_fixed.unwrap_or(kept.is_fixed);
            if !contact.at.is_empty() && *kept.at != *contact.at {
                kept.at = contact.at.into();
            }
        }
        None => all.push(contact.into()),
    }
}

/// A PJSIP line has a contact for each phone that is registered as it.
fn put_or_remove(all: &mut Vec<Kept>, contact: Contact) {
    let place = all.iter().position(|kept| *kept.at == *contact.at);
    match (place, contact.reachable) {
        (Some(place), false) => drop(all.remove(place)),
        (None, true) => all.push(contact.into()),
        (Some(_), true) | (None, false) => {}
    }
}

impl From<Contact> for Kept {
    fn from(contact: Contact) -> Self {
        Self { at: contact.at.into(), reachable: contact.reachable, is_fixed: contact.is_fixed.unwrap_or_default() }
    }
}

/// A line that something was told about, until somebody asks.
#[derive(Debug)]
struct Touched {
    was_seen: bool,
    address: Option<String>,
}

/// What is known.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    sip: Known,
    pjsip: Known,
    /// Events since the lists were asked for: they are newer than what the lists say.
    since_asked: Option<Vec<(Line, Contact)>>,
    touched: HashMap<Line, Touched>,
    lists_came: bool,
}

impl Registrations {
    pub(super) fn of(&self, line: &Line) -> Registration {
        let known = self.known(line.technology);
        match known.contacts.get(line.name.as_str()) {
            Some(all) if all.iter().any(|kept| kept.reachable) => Registration::Registered,
            Some(_) => Registration::NotRegistered,
            None if known.is_complete => Registration::NotRegistered,
            None => Registration::Unknown,
        }
    }

    /// From where a line is registered: the last one of several; empty where the dialer does not say. `None` if it is not.
    pub(super) fn address(&self, line: &Line) -> Option<String> {
        let all = self.known(line.technology).contacts.get(line.name.as_str())?;
        let kept = all.iter().rfind(|kept| kept.reachable)?;
        Some(match line.technology {
            Technology::Sip => kept.at.to_string(),
            Technology::Pjsip => host_of(&kept.at).to_owned(),
        })
    }

    /// How many lines have registered and can be rung. `None` while not all lists have come.
    pub(super) fn count(&self) -> Option<usize> {
        (self.sip.is_complete && self.pjsip.is_complete).then_some(self.sip.registered + self.pjsip.registered)
    }

    /// What is new since this was last asked.
    pub(super) fn take_news(&mut self) -> News {
        let touched = std::mem::take(&mut self.touched).into_iter();
        let lines = touched.map(|(line, Touched { was_seen, address })| LineNews { line, was_seen, address }).collect();
        News { lines, lists_came: std::mem::take(&mut self.lists_came) }
    }

    /// The connection has ended: what is so now is not known any more. What was told stays told.
    pub(super) fn lose(&mut self) {
        *self = Self { touched: std::mem::take(&mut self.touched), ..Self::default() };
    }

    /// The lists are asked for from now on.
    pub(super) fn asking(&mut self) {
        self.since_asked = Some(Vec::new());
    }

    /// A technology's list has come; `None` if the dialer does not give it.
    pub(super) fn list(&mut self, technology: Technology, list: Option<Vec<(Line, Contact)>>) {
        *self.known_mut(technology) = Known { is_complete: list.is_some(), ..Known::default() };
        for (line, contact) in list.into_iter().flatten() {
            self.note(&line, contact);
        }
        let newer = self.since_asked.iter().flatten().filter(|(line, _)| line.technology == technology);
        for (line, contact) in newer.cloned().collect::<Vec<_>>() {
            self.note(&line, contact);
        }
    }

    /// All lists have come, or will not.
    pub(super) fn asked(&mut self) {
        self.since_asked = None;
        self.lists_came = self.sip.is_complete && self.pjsip.is_complete;
    }

    /// An event told this. Whether anything changed by it.
    pub(super) fn hear(&mut self, line: &Line, contact: Contact) -> bool {
        let before = self.of(line);
        if let Some(since_asked) = &mut self.since_asked {
            since_asked.push((line.clone(), contact.clone()));
        }
        self.note(line, contact);
        self.of(line) != before
    }

    fn note(&mut self, line: &Line, contact: Contact) {
        let (before, is_seen) = (self.of(line), contact.reachable);
        self.known_mut(line.technology).note(line.technology, &line.name, contact);
        if is_seen || before == Registration::Registered {
            let address = self.address(line);
            let was_seen = is_seen || self.touched.get(line).is_some_and(|touched| touched.was_seen);
            self.touched.insert(line.clone(), Touched { was_seen, address });
        }
    }

    const fn known(&self, technology: Technology) -> &Known {
        match technology {
            Technology::Sip => &self.sip,
            Technology::Pjsip => &self.pjsip,
        }
    }

    const fn known_mut(&mut self, technology: Technology) -> &mut Known {
        match technology {
            Technology::Sip => &mut self.sip,
            Technology::Pjsip => &mut self.pjsip,
        }
    }
}

/// Host and port of a SIP URI, such as `192.0.2.7:5060` of `sip:cc100@192.0.2.7:5060;transport=udp`.
fn host_of(uri: &str) -> &str {
    let uri = uri.trim_start_matches('<');
    let behind = uri.strip_prefix("sip:").or_else(|| uri.strip_prefix("sips:")).unwrap_or(uri);
    let host = behind.rsplit_once('@').map_or(behind, |(_, host)| host);
    host.split([';', '?', '>']).next().unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(at: &str, reachable: bool) -> Contact {
        Contact { at: at.to_owned(), reachable, is_fixed: None }
    }

    fn entry(line: Line, reachable: bool) -> (Line, Contact) {
        (line, contact("", reachable))
    }

    /// Lines that are new with whether they were seen and from where they are registered, in order.
    fn news(known: &mut Registrations) -> Vec<(String, bool, Option<String>)> {
        let news = known.take_news().lines.into_iter();
        let mut news: Vec<_> = news.map(|news| (news.line.to_string(), news.was_seen, news.address)).collect();
        news.sort();
        news
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
        known.asked();
        assert_eq!((known.count(), known.take_news().lists_came), (None, false), "the other list is not known");
    }

    #[test]
    fn an_event_is_newer_than_the_list_that_was_asked_for_before_it() {
        let mut known = Registrations::default();
        known.asking();
        assert!(known.hear(&Line::sip("a"), contact("", false)));
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
        assert_eq!(news(&mut known), [("SIP/a".into(), true, Some(String::new()))]);
        assert_eq!(news(&mut known), []);
        known.hear(&Line::sip("a"), contact("", true));
        news(&mut known);
        assert!(!known.hear(&Line::sip("a"), contact("", true)), "nothing changed by it");
        known.hear(&Line::sip("b"), contact("", false));
        assert_eq!(news(&mut known).len(), 1, "its phone may be another one by now");
    }

    #[test]
    fn a_line_with_two_contacts_is_registered_until_both_are_gone() {
        let mut known = Registrations::default();
        let line = Line::pjsip("a");
        let (one, other) = ("sip:a@192.0.2.1:5060;ob", "sip:a@[2001:db8::1]:5070");
        assert!(known.hear(&line, contact(one, true)));
        assert!(!known.hear(&line, contact(other, true)));
        assert_eq!(known.address(&line).as_deref(), Some("[2001:db8::1]:5070"));
        assert!(!known.hear(&line, contact(other, false)));
        assert_eq!(known.of(&line), Registration::Registered);
        assert_eq!(known.address(&line).as_deref(), Some("192.0.2.1:5060"));
        assert!(known.hear(&line, contact(one, false)));
        assert_eq!((known.of(&line), known.address(&line)), (Registration::NotRegistered, None));
    }

    #[test]
    fn an_address_stays_while_the_dialer_only_says_that_the_phone_answers_or_does_not() {
        let mut known = Registrations::default();
        let line = Line::sip("a");
        known.hear(&line, contact("192.0.2.1:5060", true));
        known.hear(&line, contact("", false));
        assert_eq!(known.address(&line), None);
        known.hear(&line, contact("", true));
        assert_eq!(known.address(&line).as_deref(), Some("192.0.2.1:5060"));
        known.hear(&line, contact("192.0.2.9:5060", true));
        assert_eq!(known.address(&line).as_deref(), Some("192.0.2.9:5060"));
    }

    #[test]
    fn what_is_new_is_how_a_line_is_now_and_whether_it_was_seen_in_between() {
        let mut known = Registrations::default();
        known.hear(&Line::sip("never"), contact("", false));
        known.hear(&Line::sip("short"), contact("192.0.2.1:5060", true));
        known.hear(&Line::sip("short"), contact("", false));
        known.hear(&Line::sip("here"), contact("192.0.2.2:5060", true));
        let here = ("SIP/here".to_owned(), true, Some("192.0.2.2:5060".to_owned()));
        assert_eq!(news(&mut known), [here, ("SIP/short".to_owned(), true, None)]);
        known.hear(&Line::sip("here"), contact("", false));
        known.lose();
        assert_eq!(news(&mut known), [("SIP/here".to_owned(), false, None)], "what was told stays told");
    }

    #[test]
    fn lines_that_registered_are_counted_once_the_lists_have_come_and_trunks_are_not() {
        let mut known = Registrations::default();
        let fixed = Contact { at: "192.0.2.9:5060".into(), reachable: true, is_fixed: Some(true) };
        known.asking();
        let sip = vec![entry(Line::sip("a"), true), entry(Line::sip("b"), false), (Line::sip("trunk"), fixed)];
        known.list(Technology::Sip, Some(sip));
        assert_eq!(known.count(), None);
        known.list(Technology::Pjsip, Some(Vec::new()));
        known.asked();
        assert_eq!(known.count(), Some(1));
        assert!(known.take_news().lists_came);
        known.hear(&Line::sip("trunk"), contact("", true));
        known.hear(&Line::sip("b"), contact("", true));
        known.hear(&Line::pjsip("c"), contact("sip:c@192.0.2.3", true));
        assert_eq!(known.count(), Some(3));
        known.hear(&Line::sip("a"), contact("", false));
        known.hear(&Line::sip("a"), contact("", false));
        assert_eq!(known.count(), Some(2));
        known.lose();
        assert_eq!(known.count(), None);
    }

    #[test]
    fn a_uri_names_host_and_port() {
        for (uri, host) in [
            ("sip:cc100@192.0.2.7:5060", "192.0.2.7:5060"),
            ("sips:cc100@192.0.2.7;transport=tls", "192.0.2.7"),
            ("<sip:cc100@phone.example?x=y>", "phone.example"),
            ("sip:192.0.2.7", "192.0.2.7"),
            ("", ""),
        ] {
            assert_eq!(host_of(uri), host, "{uri}");
        }
    }
}
