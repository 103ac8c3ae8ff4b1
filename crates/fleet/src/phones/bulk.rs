//! Bulk creation of phones: extensions × dialers, and an alias per extension. The draft needs no database; the check finds
//! conflicts with existing rows; then everything is written in one transaction, or nothing.

use std::collections::{HashMap, HashSet};

use crate::actor::Actor;
use crate::audit_log::RowEvent;
use crate::authorization::authorize;
use crate::phones::DialerChoice;
use crate::phones::rules::{InvalidPhoneField, PhoneFault, new_phone, read_some};
use crate::phones::save::{insert, login_taken, no_such_template};
use crate::records::{Alias, Phone};
use crate::save::SaveError;
use crate::schema::{Column, Row, Table, Value};
use crate::text::Alphabet;
use crate::{FleetTx, Rng, TxError, aliases, name};

/// Maximum number of phones in a draft from the panel. While they are written, no other change can be written.
pub const AT_MOST: usize = 1_000;

/// 32 characters that are not easily confused: 5 bits each.
const PASSWORD_CHARACTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Length of random phone passwords, which agents type.
const PHONE_PASSWORD_LENGTH: usize = 10;

/// Length of random registration passwords, which only programs use.
const REGISTRATION_PASSWORD_LENGTH: usize = 20;

/// The fields that all phones of a draft share, apart from the secrets.
pub const COMMON: [&str; 15] = [
    "protocol",
    "active",
    "outbound_cid",
    "outbound_alt_cid",
    "phone_context",
    "phone_ring_timeout",
    "on_hook_agent",
    "email",
    "delete_vm_after_email",
    "is_webphone",
    "webphone_auto_answer",
    "use_external_server_ip",
    "admin_user_group",
    "template_id",
    "phone_full_name",
];

/// The secret fields of phones.
pub const SECRETS: [&str; 2] = ["phone_pass", "registration_password"];

/// The fields that differ between the phones of a draft.
const OWN: [&str; 7] =
    ["extension", "server_ip", "phone_login", "phone_full_name", "dialplan_number", "voicemail_id", "local_gmt"];

/// Error in a list of extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadList {
    /// The list is empty.
    Empty,
    /// A range ends before it begins.
    Backwards(String),
    /// The list has too many extensions.
    TooMany,
    /// An extension occurs twice.
    Twice(String),
}

/// Parses a list such as `101-103, 110`: ranges and single extensions, separated by commas, semicolons or blanks. Leading zeros
/// of a range are kept; both ends may have the same letters before the digits.
///
/// # Errors
/// [`BadList`].
pub fn extensions(text: &str, at_most: usize) -> Result<Vec<String>, BadList> {
    let mut found = Vec::new();
    for item in items(text) {
        let range = range(&item, at_most)?;
        found.extend(range.unwrap_or_else(|| vec![item]));
        if found.len() > at_most {
            return Err(BadList::TooMany);
        }
    }
    let mut seen = HashSet::new();
    if let Some(twice) = found.iter().find(|extension| !seen.insert(name::key(extension))) {
        return Err(BadList::Twice(twice.clone()));
    }
    if found.is_empty() { Err(BadList::Empty) } else { Ok(found) }
}

/// The items of a list. Blanks around the dash of a range are allowed.
fn items(text: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for word in text.replace([',', ';'], " , ").split_whitespace() {
        let last = items.last_mut().filter(|last| last.as_str() != ",");
        match last {
            Some(last) if word != "," && (word == "-" || last.ends_with('-')) => last.push_str(word),
            _ => items.push(word.to_owned()),
        }
    }
    items.retain(|item| item != ",");
    items
}

/// The extensions of a range; `None` if the item is not a range.
fn range(item: &str, at_most: usize) -> Result<Option<Vec<String>>, BadList> {
    let Some((first, last)) = item.split_once(['-', '–']) else { return Ok(None) };
    let (prefix, first) = first.split_at(first.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    let last = last.strip_prefix(prefix).unwrap_or(last);
    let is_number = |text: &str| !text.is_empty() && text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(first) || !is_number(last) {
        return Ok(None);
    }
    let (Ok(from), Ok(to)) = (first.parse::<u64>(), last.parse::<u64>()) else { return Ok(None) };
    if to < from {
        return Err(BadList::Backwards(item.to_owned()));
    }
    if to - from >= at_most as u64 {
        return Err(BadList::TooMany);
    }
    let width = first.len();
    Ok(Some((from..=to).map(|number| format!("{prefix}{number:0width$}")).collect()))
}

/// Request to create phones in bulk.
#[derive(Debug, Clone)]
pub struct Bulk {
    /// The extensions.
    pub extensions: Vec<String>,
    /// The dialers, each with the suffix of its phones' logins.
    pub dialers: Vec<(DialerChoice, String)>,
    /// The suffix of the aliases' names; `None` for no aliases.
    pub alias_suffix: Option<String>,
    /// The values of the [`COMMON`] fields.
    pub common: Row,
}

/// A phone to create.
#[derive(Debug, Clone)]
pub struct PlannedPhone {
    /// The phone. Its secrets are set last.
    pub phone: Phone,
    /// Faults and conflicts.
    pub wrong: Vec<InvalidPhoneField>,
}

/// An alias to create.
#[derive(Debug, Clone)]
pub struct PlannedAlias {
    /// The alias.
    pub alias: Alias,
    /// Faults and conflicts.
    pub wrong: Vec<InvalidPhoneField>,
}

/// All phones and aliases to create, with their conflicts.
#[derive(Debug, Clone, Default)]
pub struct BulkPlan {
    /// The phones, grouped by extension.
    pub phones: Vec<PlannedPhone>,
    /// One alias per extension, or none.
    pub aliases: Vec<PlannedAlias>,
}

impl Bulk {
    /// Number of phones.
    #[must_use]
    pub fn count(&self) -> usize {
        self.extensions.len().saturating_mul(self.dialers.len())
    }

    /// The phones and aliases to create, with the faults that do not depend on existing rows.
    ///
    /// # Errors
    /// Every [`InvalidPhoneField`] in the shared fields.
    pub fn draft(&self, alphabet: Alphabet) -> Result<BulkPlan, Vec<InvalidPhoneField>> {
        let is_titled = !self.common.text("phone_full_name").is_empty();
        // A form requires a caller id. Without a form, the phones have none, as in a fleet file.
        let is_called = self.common.get("outbound_cid").is_some();
        let is_read = |name: &str| match name {
            "phone_full_name" => is_titled,
            "outbound_cid" => is_called,
            _ => true,
        };
        let common: Vec<&str> = COMMON.into_iter().filter(|name| is_read(name)).collect();
        let like = read_some(&self.common, new_phone(), &common, alphabet)?;
        let (mut plan, mut logins, mut names) = (BulkPlan::default(), HashSet::new(), HashSet::new());
        for extension in &self.extensions {
            let mut of_alias = Vec::new();
            for (dialer, suffix) in &self.dialers {
                let mut planned = self.phone(extension, dialer, suffix, &like, alphabet);
                if !logins.insert(name::key(&planned.phone.login)) {
                    planned.wrong.push(InvalidPhoneField { key: "phone_login", fault: PhoneFault::LoginTwice });
                }
                of_alias.push(planned.phone.login.clone());
                plan.phones.push(planned);
            }
            if let Some(suffix) = &self.alias_suffix {
                let mut planned = self.alias(extension, suffix, &of_alias, alphabet);
                if !names.insert(name::key(&planned.alias.alias_id)) {
                    planned.wrong.push(InvalidPhoneField { key: "alias_id", fault: PhoneFault::AliasTwice });
                }
                plan.aliases.push(planned);
            }
        }
        Ok(plan)
    }

    fn phone(
        &self,
        extension: &str,
        dialer: &DialerChoice,
        suffix: &str,
        like: &Phone,
        alphabet: Alphabet,
    ) -> PlannedPhone {
        let login = format!("{extension}{suffix}");
        let title = self.common.text("phone_full_name");
        let full_name = if title.is_empty() { login.clone() } else { format!("{title} {extension}") };
        let values =
            [extension, &dialer.server_ip, &login, &full_name, extension, extension, dialer.local_gmt.as_str()];
        let mut own = Row::new(Table::Phone);
        for (name, value) in OWN.into_iter().zip(values) {
            own.set(name, value.to_owned());
        }
        match read_some(&own, like.clone(), &OWN, alphabet) {
            Ok(phone) => PlannedPhone { phone, wrong: Vec::new() },
            Err(wrong) => {
                let (extension, server_ip) = (extension.to_owned(), dialer.server_ip.clone());
                PlannedPhone { phone: Phone { server_ip, extension, login, ..like.clone() }, wrong }
            }
        }
    }

    fn alias(&self, extension: &str, suffix: &str, logins: &[String], alphabet: Alphabet) -> PlannedAlias {
        let alias_id = format!("{extension}{suffix}");
        let title = self.common.text("phone_full_name");
        let alias_name = if title.is_empty() { alias_id.clone() } else { format!("{title} {extension}") };
        let alias = Alias { alias_id, alias_name, logins_list: logins.join(","), active: true };
        let values = [
            ("alias_id", alias.alias_id.as_str()),
            ("alias_name", alias.alias_name.as_str()),
            ("phone_logins", alias.logins_list.as_str()),
        ];
        let wrong = values.into_iter().filter_map(|(name, value)| wrong_alias(name, value, alphabet)).collect();
        PlannedAlias { alias, wrong }
    }
}

/// The fault in a field of an alias, if any.
fn wrong_alias(name: &str, value: &str, alphabet: Alphabet) -> Option<InvalidPhoneField> {
    let key: &Column = Table::Alias.column(name)?;
    let read = key.value_type.read(key.name, &Value::Text(value.to_owned()), alphabet);
    read.err().map(|what| InvalidPhoneField { key: key.name, fault: PhoneFault::Value(what) })
}

impl BulkPlan {
    /// Number of phones and aliases with faults or conflicts.
    #[must_use]
    pub fn conflicts(&self) -> usize {
        let phones = self.phones.iter().filter(|planned| !planned.wrong.is_empty()).count();
        phones + self.aliases.iter().filter(|planned| !planned.wrong.is_empty()).count()
    }

    /// Finds conflicts with existing rows. With `needs_seen`, the phones of an alias must have been seen registered.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn look(&mut self, tx: &mut dyn FleetTx, needs_seen: bool) -> Result<(), TxError> {
        let mut known = Known::default();
        for PlannedPhone { phone, wrong } in &mut self.phones {
            wrong.extend(known.in_the_way_of(tx, phone)?);
        }
        for PlannedAlias { alias, wrong } in &mut self.aliases {
            wrong.extend(in_the_way_of_alias(tx, alias, needs_seen)?);
        }
        Ok(())
    }

    /// Whether there is any conflict, without collecting them.
    fn look_for_clash(&self, tx: &mut dyn FleetTx, needs_seen: bool) -> Result<bool, TxError> {
        let mut known = Known::default();
        for PlannedPhone { phone, wrong } in &self.phones {
            if !wrong.is_empty() || !known.in_the_way_of(tx, phone)?.is_empty() {
                return Ok(true);
            }
        }
        for PlannedAlias { alias, wrong } in &self.aliases {
            if !wrong.is_empty() || !in_the_way_of_alias(tx, alias, needs_seen)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Sets the secrets of every phone: `secrets` returns the phone password and the registration password.
    pub fn set_secrets(&mut self, mut secrets: impl FnMut(&Phone) -> (String, String)) {
        for PlannedPhone { phone, .. } in &mut self.phones {
            (phone.pass, phone.conf_secret) = secrets(phone);
        }
    }

    /// Gives every phone random passwords. The phones of one extension share one phone password, because an agent who logs in
    /// with their alias enters only one.
    pub fn set_random_passwords(&mut self, rng: &dyn Rng) {
        let extensions = self.phones.iter().map(|planned| planned.phone.extension.clone());
        let typed: HashMap<String, String> =
            extensions.map(|extension| (extension, random(rng, PHONE_PASSWORD_LENGTH))).collect();
        self.set_secrets(|phone| {
            (typed.get(&phone.extension).cloned().unwrap_or_default(), random(rng, REGISTRATION_PASSWORD_LENGTH))
        });
    }

    /// Calls [`Self::write`] for an authorized account.
    ///
    /// # Errors
    /// [`SaveError`]; then nothing was written.
    pub fn execute(&self, tx: &mut dyn FleetTx, actor: &Actor, needs_seen: bool) -> Result<BulkOutcome, SaveError> {
        authorize(tx, actor, RowEvent::Add, Table::Phone)?;
        Ok(self.write(tx, actor, needs_seen)?)
    }

    /// Checks for conflicts again, then writes everything. If there is a conflict, writes nothing and returns the plan.
    ///
    /// # Errors
    /// [`TxError`] when the database fails.
    pub fn write(&self, tx: &mut dyn FleetTx, actor: &Actor, needs_seen: bool) -> Result<BulkOutcome, TxError> {
        if self.look_for_clash(tx, needs_seen)? {
            let mut plan = self.clone();
            plan.look(tx, needs_seen)?;
            return Ok(BulkOutcome::Conflicts(plan));
        }
        let (mut dialers, nothing) = (HashSet::new(), Row::new(Table::Phone));
        for PlannedPhone { phone, .. } in &self.phones {
            insert(tx, actor, phone, &nothing)?;
            if dialers.insert(&phone.server_ip) {
                tx.ask_rebuild(&phone.server_ip)?;
            }
        }
        for PlannedAlias { alias, .. } in &self.aliases {
            aliases::save::insert(tx, actor, alias, None)?;
        }
        Ok(BulkOutcome::Done)
    }
}

fn random(rng: &dyn Rng, length: usize) -> String {
    let mut bytes = vec![0; length];
    rng.fill(&mut bytes);
    bytes.into_iter().map(|byte| char::from(PASSWORD_CHARACTERS[usize::from(byte % 32)])).collect()
}

/// The suffix of the logins on the first, second, … dialer: `a`, `b`, … `z`, `aa`, `ab`, …
#[must_use]
pub fn suffix(place: usize) -> String {
    let letter = |place: usize| char::from(b'a' + u8::try_from(place % 26).unwrap_or_default());
    match place / 26 {
        0 => letter(place).to_string(),
        more => format!("{}{}", letter(more - 1), letter(place)),
    }
}

/// Results of look-ups that the next phones share.
#[derive(Default)]
struct Known {
    dialers: HashSet<String>,
    template: Option<String>,
}

impl Known {
    fn in_the_way_of(&mut self, tx: &mut dyn FleetTx, phone: &Phone) -> Result<Vec<InvalidPhoneField>, TxError> {
        let mut wrong = Vec::new();
        if !self.dialers.contains(&phone.server_ip) {
            if !tx.dialer_exists(&phone.server_ip)? {
                return Ok(vec![InvalidPhoneField { key: "server_ip", fault: PhoneFault::NoSuchDialer }]);
            }
            self.dialers.insert(phone.server_ip.clone());
        }
        if tx.phone_exists(&phone.key())? {
            wrong.push(InvalidPhoneField { key: "extension", fault: PhoneFault::PhoneExists });
        }
        wrong.extend(login_taken(tx, &phone.key(), &phone.login)?);
        if self.template.as_ref() != Some(&phone.template_id) {
            wrong.extend(no_such_template(tx, phone)?);
            self.template = Some(phone.template_id.clone());
        }
        Ok(wrong)
    }
}

fn in_the_way_of_alias(
    tx: &mut dyn FleetTx,
    alias: &Alias,
    needs_seen: bool,
) -> Result<Vec<InvalidPhoneField>, TxError> {
    let exists = tx
        .alias_exists(&alias.alias_id)?
        .then_some(InvalidPhoneField { key: "alias_id", fault: PhoneFault::AliasExists });
    let unseen = needs_seen.then_some(InvalidPhoneField { key: "phone_logins", fault: PhoneFault::NeverRegistered });
    Ok(exists.into_iter().chain(unseen).collect())
}

/// Result of a bulk creation.
#[derive(Debug, Clone)]
pub enum BulkOutcome {
    /// Everything was created.
    Done,
    /// Nothing was written because of conflicts.
    Conflicts(BulkPlan),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialers_get_suffixes_in_order() {
        assert_eq!([0, 1, 25, 26, 27, 52].map(suffix), ["a", "b", "z", "aa", "ab", "ba"]);
    }

    #[test]
    fn a_list_of_extensions_has_ranges_and_single_extensions() {
        let read = |text: &str| extensions(text, AT_MOST).map(|found| found.join(" "));
        assert_eq!(read("101-103, 110").as_deref(), Ok("101 102 103 110"));
        assert_eq!(read(" 0098 - 0101;cc1\n200 , 300-a").as_deref(), Ok("0098 0099 0100 0101 cc1 200 300-a"));
        assert_eq!(read("cc9-cc11 dd1-3").as_deref(), Ok("cc9 cc10 cc11 dd1 dd2 dd3"));
        assert_eq!(read(" , "), Err(BadList::Empty));
        assert_eq!(read("103-101"), Err(BadList::Backwards("103-101".into())));
        assert_eq!(read("1-999999999999"), Err(BadList::TooMany));
        assert_eq!(read("1000-1999 5"), Err(BadList::TooMany));
        assert_eq!(read("A1 100-102 a1"), Err(BadList::Twice("a1".into())));
    }

    fn bulk(extensions: &[&str], alias_suffix: &str) -> Bulk {
        let dialer = |place: usize, suffix: &str| {
            let (server_ip, local_gmt) = (format!("10.0.9.{place}"), "-5.00".to_owned());
            (DialerChoice { server_ip, server_id: String::new(), local_gmt }, suffix.to_owned())
        };
        let mut common = Row::new(Table::Phone);
        common.set("protocol", "SIP".into());
        common.set("outbound_cid", "7275551212".into());
        Bulk {
            extensions: extensions.iter().map(|extension| (*extension).to_owned()).collect(),
            dialers: vec![dialer(8, "a"), dialer(9, "b"), dialer(10, "c")],
            alias_suffix: Some(alias_suffix).filter(|suffix| !suffix.is_empty()).map(str::to_owned),
            common,
        }
    }

    #[test]
    fn an_extension_on_three_dialers_is_three_phones_and_an_alias() {
        let plan = bulk(&["101"], "x").draft(Alphabet::Latin).unwrap();
        let phones: Vec<_> = plan.phones.iter().map(|planned| planned.phone.login.as_str()).collect();
        assert_eq!(phones, ["101a", "101b", "101c"]);
        let phone = &plan.phones[1].phone;
        assert_eq!((phone.server_ip.as_str(), phone.extension.as_str()), ("10.0.9.9", "101"));
        assert_eq!((phone.dialplan_number.as_str(), phone.local_gmt.as_str()), ("101", "-5.00"));
        assert_eq!((phone.fullname.as_str(), phone.phone_context.as_str()), ("101b", "default"));
        assert_eq!((plan.aliases[0].alias.alias_id.as_str(), plan.conflicts()), ("101x", 0));
        assert_eq!(plan.aliases[0].alias.logins_list, "101a,101b,101c");
        assert!(bulk(&["101"], "").draft(Alphabet::Latin).unwrap().aliases.is_empty());
    }

    #[test]
    fn faults_of_one_phone_are_on_its_row_and_shared_faults_on_the_field() {
        let plan = bulk(&["101", "1", "12345678901"], "x").draft(Alphabet::Latin).unwrap();
        let wrong = |place: usize| plan.phones[place].wrong.iter().map(|wrong| wrong.key).collect::<Vec<_>>();
        assert_eq!((wrong(0), wrong(3), wrong(6)), (vec![], vec!["extension"], vec!["voicemail_id"]));
        assert_eq!(plan.conflicts(), 6);
        let mut bad = bulk(&["101"], "x");
        bad.common.set("outbound_cid", "x".into());
        assert_eq!(bad.draft(Alphabet::Latin).unwrap_err()[0].key, "outbound_cid");
        let mut same = bulk(&["101"], "x");
        same.dialers[2].1 = "A".into();
        assert_eq!(same.draft(Alphabet::Latin).unwrap().phones[2].wrong[0].fault, PhoneFault::LoginTwice);
        let long = bulk(&["12345678901234567890"], "x").draft(Alphabet::Latin).unwrap();
        assert_eq!(long.aliases[0].wrong[0].key, "alias_id");
    }
}
