//! Registrations of a dialer's lines: read as a list once per connection, then updated by events.

use std::collections::HashMap;

use fleet::dialer_status::Registration;

use crate::event::Contact;
use crate::line::{Line, Technology};

/// A change of a line's registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineUpdate {
    /// The line.
    pub line: Line,
    /// Whether it was registered at any time since the last update.
    pub was_registered: bool,
    /// The address it is registered from now, such as `192.0.2.7:5060`; empty if the dialer does not report it; `None`
    /// if it is not registered.
    pub address: Option<String>,
}

/// Changes of a dialer's lines since the last call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineUpdates {
    /// Lines whose registration was added, refreshed or removed.
    pub lines: Vec<LineUpdate>,
    /// Whether the dialer has sent its complete lists meanwhile: a line that they lack is not registered.
    pub has_listed: bool,
}

/// A stored contact. Most lines have one, and there are many lines.
#[derive(Debug)]
struct StoredContact {
    /// For `chan_sip` the address, for PJSIP the URI.
    at: Box<str>,
    reachable: bool,
    is_fixed: bool,
}

/// The contacts of a technology's lines.
#[derive(Debug, Default)]
struct ContactTable {
    contacts: HashMap<Box<str>, Vec<StoredContact>>,
    /// Whether the list was received.
    is_complete: bool,
    /// Number of lines that have registered.
    registered: usize,
}

impl ContactTable {
    /// Whether a line has registered. Trunks and other peers with a fixed address do not count.
    fn has_registered(&self, name: &str) -> bool {
        self.contacts.get(name).is_some_and(|all| all.iter().any(|kept| kept.reachable && !kept.is_fixed))
    }

    fn apply(&mut self, technology: Technology, name: &str, contact: Contact) {
        let before = self.has_registered(name);
        if !self.contacts.contains_key(name) {
            // Capacity for one: a set or a growing list would take several times as much memory.
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

/// A `chan_sip` line has one contact. The dialer reports its address only in the list and when the line registers.
fn replace_only(all: &mut Vec<StoredContact>, contact: Contact) {
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
fn put_or_remove(all: &mut Vec<StoredContact>, contact: Contact) {
    let place = all.iter().position(|kept| *kept.at == *contact.at);
    match (place, contact.reachable) {
        (Some(place), false) => drop(all.remove(place)),
        (None, true) => all.push(contact.into()),
        (Some(_), true) | (None, false) => {}
    }
}

impl From<Contact> for StoredContact {
    fn from(contact: Contact) -> Self {
        Self { at: contact.at.into(), reachable: contact.reachable, is_fixed: contact.is_fixed.unwrap_or_default() }
    }
}

/// A change of a line that is not taken yet.
#[derive(Debug)]
struct LineChange {
    was_registered: bool,
    address: Option<String>,
}

/// The registrations of a dialer.
#[derive(Debug, Default)]
pub(super) struct Registrations {
    sip: ContactTable,
    pjsip: ContactTable,
    /// Events since the lists were requested: they are newer than the lists.
    events_while_listing: Option<Vec<(Line, Contact)>>,
    changes: HashMap<Line, LineChange>,
    has_listed: bool,
}

impl Registrations {
    pub(super) fn registration(&self, line: &Line) -> Registration {
        let table = self.table(line.technology);
        match table.contacts.get(line.name.as_str()) {
            Some(all) if all.iter().any(|kept| kept.reachable) => Registration::Registered,
            Some(_) => Registration::NotRegistered,
            None if table.is_complete => Registration::NotRegistered,
            None => Registration::Unknown,
        }
    }

    /// The address a line is registered from: the latest of several contacts; empty if the dialer does not report it;
    /// `None` if the line is not registered.
    pub(super) fn address(&self, line: &Line) -> Option<String> {
        let all = self.table(line.technology).contacts.get(line.name.as_str())?;
        let kept = all.iter().rfind(|kept| kept.reachable)?;
        Some(match line.technology {
            Technology::Sip => kept.at.to_string(),
            Technology::Pjsip => host_of(&kept.at).to_owned(),
        })
    }

    /// Number of registered lines. `None` until all lists have been received.
    pub(super) fn count(&self) -> Option<usize> {
        (self.sip.is_complete && self.pjsip.is_complete).then_some(self.sip.registered + self.pjsip.registered)
    }

    /// Takes the changes since the last call.
    pub(super) fn take_updates(&mut self) -> LineUpdates {
        let changes = std::mem::take(&mut self.changes).into_iter();
        let lines = changes
            .map(|(line, LineChange { was_registered, address })| LineUpdate { line, was_registered, address })
            .collect();
        LineUpdates { lines, has_listed: std::mem::take(&mut self.has_listed) }
    }

    /// Forgets all registrations, because the connection has ended. Changes that were not taken yet stay.
    pub(super) fn reset(&mut self) {
        *self = Self { changes: std::mem::take(&mut self.changes), ..Self::default() };
    }

    /// Starts to record events, because the lists are about to be requested.
    pub(super) fn begin_listing(&mut self) {
        self.events_while_listing = Some(Vec::new());
    }

    /// Replaces a technology's contacts by its list; `None` if the dialer does not send it.
    pub(super) fn replace_list(&mut self, technology: Technology, replace_list: Option<Vec<(Line, Contact)>>) {
        *self.table_mut(technology) = ContactTable { is_complete: replace_list.is_some(), ..ContactTable::default() };
        for (line, contact) in replace_list.into_iter().flatten() {
            self.apply(&line, contact);
        }
        let newer = self.events_while_listing.iter().flatten().filter(|(line, _)| line.technology == technology);
        for (line, contact) in newer.cloned().collect::<Vec<_>>() {
            self.apply(&line, contact);
        }
    }

    /// Ends the recording of events: all lists have been received, or will not be.
    pub(super) fn finish_listing(&mut self) {
        self.events_while_listing = None;
        self.has_listed = self.sip.is_complete && self.pjsip.is_complete;
    }

    /// Applies an event. Returns whether the line's registration changed.
    pub(super) fn apply_event(&mut self, line: &Line, contact: Contact) -> bool {
        let before = self.registration(line);
        if let Some(events_while_listing) = &mut self.events_while_listing {
            events_while_listing.push((line.clone(), contact.clone()));
        }
        self.apply(line, contact);
        self.registration(line) != before
    }

    fn apply(&mut self, line: &Line, contact: Contact) {
        let (before, is_seen) = (self.registration(line), contact.reachable);
        self.table_mut(line.technology).apply(line.technology, &line.name, contact);
        if is_seen || before == Registration::Registered {
            let address = self.address(line);
            let was_registered = is_seen || self.changes.get(line).is_some_and(|changes| changes.was_registered);
            self.changes.insert(line.clone(), LineChange { was_registered, address });
        }
    }

    const fn table(&self, technology: Technology) -> &ContactTable {
        match technology {
            Technology::Sip => &self.sip,
            Technology::Pjsip => &self.pjsip,
        }
    }

    const fn table_mut(&mut self, technology: Technology) -> &mut ContactTable {
        match technology {
            Technology::Sip => &mut self.sip,
            Technology::Pjsip => &mut self.pjsip,
        }
    }
}

/// Host and port of a SIP URI, such as `192.0.2.7:5060` of `sip:cc100@192.0.2.7:5060;transport=udp`.
fn host_of(uri: &str) -> &str {
    let uri = uri.trim_start_matches('<');
    let address = uri.strip_prefix("sip:").or_else(|| uri.strip_prefix("sips:")).unwrap_or(uri);
    let host = address.rsplit_once('@').map_or(address, |(_, host)| host);
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

    /// The updates, each with whether the line was registered meanwhile and its address, in order.
    fn updates(table: &mut Registrations) -> Vec<(String, bool, Option<String>)> {
        let updates = table.take_updates().lines.into_iter();
        let mut updates: Vec<_> =
            updates.map(|updates| (updates.line.to_string(), updates.was_registered, updates.address)).collect();
        updates.sort();
        updates
    }

    #[test]
    fn registrations_are_unknown_until_the_list_is_received() {
        let mut table = Registrations::default();
        assert_eq!(table.registration(&Line::sip("a")), Registration::Unknown);
        table.replace_list(Technology::Sip, Some(vec![entry(Line::sip("a"), true), entry(Line::sip("b"), false)]));
        table.replace_list(Technology::Pjsip, None);
        assert_eq!(table.registration(&Line::sip("a")), Registration::Registered);
        assert_eq!(table.registration(&Line::sip("b")), Registration::NotRegistered);
        assert_eq!(table.registration(&Line::sip("c")), Registration::NotRegistered);
        assert_eq!(table.registration(&Line::pjsip("a")), Registration::Unknown);
        table.finish_listing();
        assert_eq!((table.count(), table.take_updates().has_listed), (None, false), "the other list is missing");
    }

    #[test]
    fn an_event_during_the_listing_overrides_the_list() {
        let mut table = Registrations::default();
        table.begin_listing();
        assert!(table.apply_event(&Line::sip("a"), contact("", false)));
        table.replace_list(Technology::Sip, Some(vec![entry(Line::sip("a"), true)]));
        table.finish_listing();
        assert_eq!(table.registration(&Line::sip("a")), Registration::NotRegistered);
    }

    #[test]
    fn each_registration_is_reported_once_even_after_a_disconnect() {
        let mut table = Registrations::default();
        table.replace_list(Technology::Sip, Some(vec![entry(Line::sip("a"), true), entry(Line::sip("b"), false)]));
        table.reset();
        assert_eq!(table.registration(&Line::sip("a")), Registration::Unknown);
        assert_eq!(updates(&mut table), [("SIP/a".into(), true, Some(String::new()))]);
        assert_eq!(updates(&mut table), []);
        table.apply_event(&Line::sip("a"), contact("", true));
        updates(&mut table);
        assert!(!table.apply_event(&Line::sip("a"), contact("", true)), "a refresh is no change");
        table.apply_event(&Line::sip("b"), contact("", false));
        assert_eq!(updates(&mut table).len(), 1, "a refresh is reported: the phone may be another one");
    }

    #[test]
    fn a_line_with_two_contacts_is_registered_until_both_are_removed() {
        let mut table = Registrations::default();
        let line = Line::pjsip("a");
        let (one, other) = ("sip:a@192.0.2.1:5060;ob", "sip:a@[2001:db8::1]:5070");
        assert!(table.apply_event(&line, contact(one, true)));
        assert!(!table.apply_event(&line, contact(other, true)));
        assert_eq!(table.address(&line).as_deref(), Some("[2001:db8::1]:5070"));
        assert!(!table.apply_event(&line, contact(other, false)));
        assert_eq!(table.registration(&line), Registration::Registered);
        assert_eq!(table.address(&line).as_deref(), Some("192.0.2.1:5060"));
        assert!(table.apply_event(&line, contact(one, false)));
        assert_eq!((table.registration(&line), table.address(&line)), (Registration::NotRegistered, None));
    }

    #[test]
    fn an_address_survives_events_about_reachability() {
        let mut table = Registrations::default();
        let line = Line::sip("a");
        table.apply_event(&line, contact("192.0.2.1:5060", true));
        table.apply_event(&line, contact("", false));
        assert_eq!(table.address(&line), None);
        table.apply_event(&line, contact("", true));
        assert_eq!(table.address(&line).as_deref(), Some("192.0.2.1:5060"));
        table.apply_event(&line, contact("192.0.2.9:5060", true));
        assert_eq!(table.address(&line).as_deref(), Some("192.0.2.9:5060"));
    }

    #[test]
    fn an_update_has_the_present_state_and_whether_the_line_was_registered_in_between() {
        let mut table = Registrations::default();
        table.apply_event(&Line::sip("never"), contact("", false));
        table.apply_event(&Line::sip("short"), contact("192.0.2.1:5060", true));
        table.apply_event(&Line::sip("short"), contact("", false));
        table.apply_event(&Line::sip("here"), contact("192.0.2.2:5060", true));
        let here = ("SIP/here".to_owned(), true, Some("192.0.2.2:5060".to_owned()));
        assert_eq!(updates(&mut table), [here, ("SIP/short".to_owned(), true, None)]);
        table.apply_event(&Line::sip("here"), contact("", false));
        table.reset();
        assert_eq!(updates(&mut table), [("SIP/here".to_owned(), false, None)], "reported changes survive a reset");
    }

    #[test]
    fn registered_lines_are_counted_without_trunks_once_all_lists_are_received() {
        let mut table = Registrations::default();
        let fixed = Contact { at: "192.0.2.9:5060".into(), reachable: true, is_fixed: Some(true) };
        table.begin_listing();
        let sip = vec![entry(Line::sip("a"), true), entry(Line::sip("b"), false), (Line::sip("trunk"), fixed)];
        table.replace_list(Technology::Sip, Some(sip));
        assert_eq!(table.count(), None);
        table.replace_list(Technology::Pjsip, Some(Vec::new()));
        table.finish_listing();
        assert_eq!(table.count(), Some(1));
        assert!(table.take_updates().has_listed);
        table.apply_event(&Line::sip("trunk"), contact("", true));
        table.apply_event(&Line::sip("b"), contact("", true));
        table.apply_event(&Line::pjsip("c"), contact("sip:c@192.0.2.3", true));
        assert_eq!(table.count(), Some(3));
        table.apply_event(&Line::sip("a"), contact("", false));
        table.apply_event(&Line::sip("a"), contact("", false));
        assert_eq!(table.count(), Some(2));
        table.reset();
        assert_eq!(table.count(), None);
    }

    #[test]
    fn host_and_port_are_read_from_a_uri() {
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
