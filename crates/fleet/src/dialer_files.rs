//! The configuration files of a dialer that VICIdial does not manage: what its Asterisk needs to know of its phones.
//!
//! The files are included by the dialer's own: `#include sip-hotdesk.conf` at the end of `sip.conf`, and so on;
//! `extensions-hotdesk.conf` and `voicemail-hotdesk.conf` inside of a context (rules: dialers' configuration files).
//! Nothing that a row holds can break out of its line: what a line cannot hold is left out, and told in [`LeftOut`].

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

/// A phone, as far as its dialer needs it (table `phones`).
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

/// Without the secrets.
impl fmt::Debug for PhoneRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhoneRow").field("extension", &self.extension).finish_non_exhaustive()
    }
}

/// An alias that names phones of the dialer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasRow {
    /// The login.
    pub alias_id: String,
    /// The logins of its phones, separated by commas.
    pub logins_list: String,
}

/// What the files of one dialer are written from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialerRows {
    /// Its active phones.
    pub phones: Vec<PhoneRow>,
    /// The templates that these use: the text of each, by the key of its name.
    pub templates: BTreeMap<String, String>,
    /// The active aliases that name any of these phones.
    pub aliases: Vec<AliasRow>,
    /// The agents' rooms.
    pub rooms: Vec<String>,
    /// How it holds them.
    pub engine: Engine,
    /// The codecs of a phone that says none (`system_settings.default_codecs`).
    pub default_codecs: String,
}

/// One of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileName {
    /// Accounts of `chan_sip`.
    Sip,
    /// Accounts of `chan_pjsip`.
    Pjsip,
    /// Accounts of `chan_iax2`.
    Iax,
    /// Numbers that can be dialled: phones, aliases, rooms.
    Extensions,
    /// Mailboxes.
    Voicemail,
}

impl FileName {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sip, Self::Pjsip, Self::Iax, Self::Extensions, Self::Voicemail];

    /// Its name.
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

    /// The module of Asterisk that has it read again.
    #[must_use]
    pub const fn module(self) -> &'static str {
        match self {
            Self::Sip => "chan_sip.so",
            // The wizard itself knows no reload.
            Self::Pjsip => "res_pjsip.so",
            Self::Iax => "chan_iax2.so",
            Self::Extensions => "pbx_config.so",
            Self::Voicemail => "app_voicemail.so",
        }
    }
}

/// A file that is written. It has no `Debug`: secrets are in it.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// Which.
    pub name: FileName,
    /// What is in it.
    pub text: String,
}

impl File {
    /// What tells two versions of it apart.
    #[must_use]
    pub fn digest(&self) -> String {
        digest_of(&self.text)
    }
}

/// Something that no file can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The phone's extension, or the alias.
    pub name: String,
    /// The column whose value is why.
    pub column: &'static str,
    /// What is not there because of it.
    pub what: Part,
    /// What is the matter with the value.
    pub why: Unfit,
}

/// A part of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The phone registers nowhere.
    Account,
    /// It cannot be dialled.
    Number,
    /// It has no mailbox.
    Mailbox,
}

/// Why a value is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It is a name with other characters than letters, digits and `-_.+*`, or one that Asterisk takes for something else.
    NoName,
    /// No line can hold it: it has control characters, begins or ends with a blank, or is too long.
    NoLine,
    /// Another one has the number already.
    Taken,
}

/// The files, and what is not in them.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// Each of the files, in the order of [`FileName::ALL`].
    pub files: Vec<File>,
    /// What could not be written.
    pub left_out: Vec<LeftOut>,
}

impl Written {
    /// One of the files.
    #[must_use]
    pub fn file(&self, name: FileName) -> Option<&File> {
        self.files.iter().find(|file| file.name == name)
    }

    /// What tells two versions of all the files together apart.
    #[must_use]
    pub fn digest(&self) -> String {
        digest_of(&self.files.iter().map(File::digest).collect::<String>())
    }
}

/// What a dialer was told to load, or could not (table `hotdesk_dialer_file`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The file.
    pub name: FileName,
    /// The digest of what the dialer has; empty if it has none.
    pub digest: String,
    /// When its Asterisk read it: as [`crate::Timestamp::stamp`] writes it; empty if it never did.
    pub loaded: String,
    /// When the dialer told of it last.
    pub told: String,
    /// What went wrong the last time; empty for nothing.
    pub error: String,
}

/// How a dialer stands to its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether it has all of them as they are now.
    pub is_up_to_date: bool,
    /// When it read the latest of those that it has.
    pub loaded: String,
    /// When it told of itself last.
    pub told: String,
    /// The first thing that went wrong, with the file.
    pub error: Option<(FileName, String)>,
}

impl Standing {
    /// Looks at what the dialer said; `None` if it never said anything.
    #[must_use]
    pub fn of(said: &[Loaded], written: &Written) -> Option<Self> {
        let told = said.iter().map(|file| file.told.as_str()).max()?;
        let has = |file: &File| said.iter().any(|had| had.name == file.name && had.digest == file.digest());
        let failed = said.iter().find(|file| !file.error.is_empty());
        Some(Self {
            is_up_to_date: written.files.iter().all(has),
            loaded: said.iter().map(|file| file.loaded.as_str()).max().unwrap_or_default().to_owned(),
            told: told.to_owned(),
            error: failed.map(|file| (file.name, file.error.clone())),
        })
    }
}

/// How a phone is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Technology {
    Iax2,
    Sip,
    Pjsip,
}

impl Technology {
    /// `None` for what registers nowhere: Zap, EXTERNAL.
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

/// Names of sections that are none of an account.
const NO_ACCOUNT: [&str; 3] = ["general", "authentication", "callnumberlimits"];

/// Writes a dialer's files.
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

/// The numbers that are given away; dashes and letter case do not tell two of them apart.
#[derive(Default)]
struct Numbers(BTreeSet<String>);

impl Numbers {
    /// Whether nobody had it.
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

/// What is written in place of the usual, or behind the template (rule: longer than 10).
fn conf_override(phone: &PhoneRow) -> Option<&str> {
    (phone.conf_override.chars().count() > 10).then_some(phone.conf_override.as_str())
}
