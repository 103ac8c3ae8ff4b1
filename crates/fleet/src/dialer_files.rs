//! Asterisk configuration files for the phones, aliases and conferences of a dialer that VICIdial does not manage.
//!
//! The dialer's own files include these: `#include sip-hotdesk.conf` at the end of `sip.conf`, and so on;
//! `extensions-hotdesk.conf` and `voicemail-hotdesk.conf` inside a context (rules: dialers' configuration files). No value of a
//! row can escape from its line: entries with a value that does not fit are omitted and listed in [`LeftOut`].

mod codecs;
mod dialplan;
mod iax;
mod line;
mod pjsip;
mod sip;
mod voicemail;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::name::key;
use crate::sessions::{Engine, digest_of};
use line::is_name;

/// The columns of a phone that the files need (table `phones`).
#[derive(Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "named after VICIdial's columns")]
pub struct PhoneRow {
    pub extension: String,
    pub login: String,
    pub pass: String,
    pub protocol: String,
    pub dialplan_number: String,
    pub voicemail_id: String,
    pub fullname: String,
    pub outbound_cid: String,
    pub email: String,
    pub template_id: String,
    pub conf_override: String,
    pub conf_secret: String,
    pub phone_context: String,
    pub phone_ring_timeout: String,
    pub codecs_list: String,
    pub codecs_with_template: bool,
    pub mohsuggest: String,
    pub conf_qualify: bool,
    pub delete_vm_after_email: String,
    pub voicemail_options: String,
    pub voicemail_timezone: String,
    pub voicemail_instructions: String,
    pub unavail_dialplan_fwd_exten: String,
    pub unavail_dialplan_fwd_context: String,
}

/// Omits the secrets.
impl fmt::Debug for PhoneRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhoneRow").field("extension", &self.extension).finish_non_exhaustive()
    }
}

/// An alias with phones on the dialer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasRow {
    /// The login.
    pub alias_id: String,
    /// The logins of its phones, separated by commas.
    pub logins_list: String,
}

/// The rows that the files of one dialer are generated from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialerRows {
    /// Its active phones.
    pub phones: Vec<PhoneRow>,
    /// The text of each template that the phones use, by the key of its name.
    pub templates: BTreeMap<String, String>,
    /// The active aliases that contain any of these phones.
    pub aliases: Vec<AliasRow>,
    /// The agents' conferences.
    pub conferences: Vec<String>,
    /// The dialer's conference engine.
    pub engine: Engine,
    /// The codecs of phones without a list (`system_settings.default_codecs`).
    pub default_codecs: String,
}

/// The names of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileName {
    /// Accounts of `chan_sip`.
    Sip,
    /// Accounts of `chan_pjsip`.
    Pjsip,
    /// Accounts of `chan_iax2`.
    Iax,
    /// Numbers that can be dialled: phones, aliases, conferences.
    Extensions,
    /// Mailboxes.
    Voicemail,
}

impl FileName {
    /// All files.
    pub const ALL: [Self; 5] = [Self::Sip, Self::Pjsip, Self::Iax, Self::Extensions, Self::Voicemail];

    /// The file's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sip => "sip-hotdesk.conf",
            Self::Pjsip => "pjsip_wizard-hotdesk.conf",
            Self::Iax => "iax-hotdesk.conf",
            Self::Extensions => "extensions-hotdesk.conf",
            Self::Voicemail => "voicemail-hotdesk.conf",
        }
    }

    /// The file of this name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|file| file.name() == name)
    }

    /// The Asterisk module to reload after the file has changed.
    #[must_use]
    pub const fn module(self) -> &'static str {
        match self {
            Self::Sip => "chan_sip.so",
            // The wizard itself cannot be reloaded.
            Self::Pjsip => "res_pjsip.so",
            Self::Iax => "chan_iax2.so",
            Self::Extensions => "pbx_config.so",
            Self::Voicemail => "app_voicemail.so",
        }
    }
}

/// A generated file. It has no `Debug`, because it contains secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// The file's name.
    pub name: FileName,
    /// The file's content.
    pub text: String,
}

impl File {
    /// Digest of the content.
    #[must_use]
    pub fn digest(&self) -> String {
        digest_of(&self.text)
    }
}

/// An entry that was omitted because of an invalid value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The phone's extension, or the alias.
    pub name: String,
    /// The column with the invalid value.
    pub column: &'static str,
    /// The omitted part.
    pub what: Part,
    /// The reason.
    pub why: Unfit,
}

/// A part of the files that can be omitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The phone's account: without it the phone cannot register.
    Account,
    /// The number: without it the phone or alias cannot be dialled.
    Number,
    /// The phone's mailbox.
    Mailbox,
}

/// The reason why a value cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// The name contains characters other than letters, digits and `-_.+*`, or has a special meaning to Asterisk.
    NoName,
    /// The value does not fit on a line: it contains control characters, begins or ends with a blank, or is too long.
    NoLine,
    /// Another entry already uses the number.
    Taken,
}

/// The generated files and the omitted entries.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// All files, in the order of [`FileName::ALL`].
    pub files: Vec<File>,
    /// The omitted entries.
    pub left_out: Vec<LeftOut>,
}

impl Written {
    /// The file of this name.
    #[must_use]
    pub fn file(&self, name: FileName) -> Option<&File> {
        self.files.iter().find(|file| file.name == name)
    }

    /// Digest of all files together.
    #[must_use]
    pub fn digest(&self) -> String {
        digest_of(&self.files.iter().map(File::digest).collect::<String>())
    }
}

/// State of one file on a dialer, as the dialer reported it (table `hotdesk_dialer_file`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The file.
    pub name: FileName,
    /// The digest of the version that the dialer has; empty if it has none.
    pub digest: String,
    /// When its Asterisk loaded the file, as [`crate::Timestamp::stamp`] writes it; empty for never.
    pub loaded: String,
    /// When the dialer last reported.
    pub reported: String,
    /// The error of the last attempt; empty if there was none.
    pub error: String,
}

/// Whether a dialer has loaded its current files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether it has the current version of every file.
    pub is_up_to_date: bool,
    /// When it last loaded a file.
    pub loaded: String,
    /// When it last reported.
    pub reported: String,
    /// The first error, with its file.
    pub error: Option<(FileName, String)>,
}

impl Standing {
    /// Compares a dialer's reports with the generated files; `None` if it never reported.
    #[must_use]
    pub fn of(reports: &[Loaded], written: &Written) -> Option<Self> {
        let reported = reports.iter().map(|file| file.reported.as_str()).max()?;
        let has = |file: &File| reports.iter().any(|had| had.name == file.name && had.digest == file.digest());
        let failed = reports.iter().find(|file| !file.error.is_empty());
        Some(Self {
            is_up_to_date: written.files.iter().all(has),
            loaded: reports.iter().map(|file| file.loaded.as_str()).max().unwrap_or_default().to_owned(),
            reported: reported.to_owned(),
            error: failed.map(|file| (file.name, file.error.clone())),
        })
    }
}

/// The channel technology of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Technology {
    Iax2,
    Sip,
    Pjsip,
}

impl Technology {
    /// `None` for protocols without registration: Zap, EXTERNAL.
    fn of(phone: &PhoneRow) -> Option<Self> {
        let all = [Self::Iax2, Self::Sip, Self::Pjsip];
        all.into_iter().find(|known| known.word().eq_ignore_ascii_case(&phone.protocol))
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Iax2 => "IAX2",
            Self::Sip => "SIP",
            Self::Pjsip => "PJSIP",
        }
    }
}

/// Reserved section names, which cannot be accounts.
const NO_ACCOUNT: [&str; 3] = ["general", "authentication", "callnumberlimits"];

/// Generates a dialer's files.
#[must_use]
pub fn write(rows: &DialerRows) -> Written {
    let mut left_out = Vec::new();
    let mut phones = Vec::new();
    for phone in &rows.phones {
        let Some(technology) = Technology::of(phone) else { continue };
        if is_name(&phone.extension) && !NO_ACCOUNT.contains(&key(&phone.extension).as_str()) {
            phones.push((technology, phone));
        } else {
            left_out.push(unfit(&phone.extension, "extension", Part::Account, Unfit::NoName));
        }
    }
    phones.sort_by_cached_key(|(technology, phone)| (*technology, key(&phone.extension)));
    let accounts = |wanted: Technology, left_out: &mut Vec<LeftOut>| {
        let of_it = phones.iter().filter(|(technology, _)| *technology == wanted);
        let mut text = String::new();
        for (_, phone) in of_it {
            let account = match wanted {
                Technology::Sip => sip::account(phone, rows),
                Technology::Iax2 => iax::account(phone, rows),
                Technology::Pjsip => pjsip::account(phone, rows),
            };
            match account {
                Ok(account) => text.push_str(&account),
                Err((column, why)) => left_out.push(unfit(&phone.extension, column, Part::Account, why)),
            }
        }
        text
    };
    let files = [
        (FileName::Sip, accounts(Technology::Sip, &mut left_out)),
        (FileName::Pjsip, accounts(Technology::Pjsip, &mut left_out)),
        (FileName::Iax, accounts(Technology::Iax2, &mut left_out)),
        (FileName::Extensions, dialplan::write(&phones, rows, &mut left_out)),
        (FileName::Voicemail, voicemail::write(&phones, &mut left_out)),
    ];
    Written { files: files.map(|(name, text)| File { name, text }).into(), left_out }
}

fn unfit(name: &str, column: &'static str, what: Part, why: Unfit) -> LeftOut {
    LeftOut { name: name.to_owned(), column, what, why }
}

/// Numbers that are already in use. Dashes and letter case do not distinguish numbers.
#[derive(Default)]
struct Numbers(BTreeSet<String>);

impl Numbers {
    /// Claims a number. `false` if it was already in use.
    fn take(&mut self, number: &str) -> bool {
        self.0.insert(key(&number.replace('-', "")))
    }
}

/// The template of a phone, if it has one that exists (rule: longer than 1, not `--NONE--`).
fn template<'a>(phone: &PhoneRow, rows: &'a DialerRows) -> Option<&'a str> {
    let id = key(&phone.template_id);
    if id.len() <= 1 || id == "--none--" {
        return None;
    }
    rows.templates.get(&id).map(String::as_str)
}

/// The phone's own configuration, which replaces the default one or is appended to the template (rule: longer than 10).
fn conf_override(phone: &PhoneRow) -> Option<&str> {
    (phone.conf_override.chars().count() > 10).then_some(phone.conf_override.as_str())
}
