//! Parsed form for creating phones in bulk.

use fleet::phones::bulk::{AT_MOST, COMMON, extensions, suffix};
use fleet::phones::{Bulk, BulkPlan, Choices, DialerChoice};
use fleet::schema::Row;
use fleet::text::Alphabet;

use super::super::super::messages::phones as words;
use super::super::form;
use super::BulkProblems;
use crate::http::fields::Fields;

/// A dialer with its checkbox.
pub(super) struct DialerTick {
    dialer: DialerChoice,
    pub(super) is_ticked: bool,
    pub(super) suffix: String,
}

impl DialerTick {
    pub(super) fn server_ip(&self) -> &str {
        &self.dialer.server_ip
    }

    pub(super) fn server_id(&self) -> &str {
        &self.dialer.server_id
    }
}

/// The request.
pub(super) struct BulkRequest {
    pub(super) extensions: String,
    pub(super) alias_suffix: String,
    pub(super) dialers: Vec<DialerTick>,
    /// A chosen dialer that no longer exists. Without it, aliases would have fewer phones than the preview showed.
    gone: Option<String>,
    pub(super) common: Row,
}

impl BulkRequest {
    /// Initial values: every dialer, with the suffixes `a`, `b`, `c`, and the alias suffix `x`.
    pub(super) fn blank(choices: &Choices) -> Self {
        let tick = |(place, dialer): (usize, &DialerChoice)| DialerTick {
            dialer: dialer.clone(),
            is_ticked: true,
            suffix: suffix(place),
        };
        Self {
            extensions: String::new(),
            alias_suffix: "x".to_owned(),
            dialers: choices.dialers.iter().enumerate().map(tick).collect(),
            gone: None,
            common: form::blank(),
        }
    }

    /// Reads the form.
    pub(super) fn read(fields: &Fields, choices: &Choices) -> Self {
        let tick = |dialer: &DialerChoice| DialerTick {
            dialer: dialer.clone(),
            is_ticked: fields.all("dialer").any(|ticked| ticked == dialer.server_ip),
            suffix: fields.get(&suffix_of(dialer)).trim().to_owned(),
        };
        let is_gone = |ticked: &&str| !choices.dialers.iter().any(|dialer| dialer.server_ip == *ticked);
        Self {
            extensions: fields.get("extensions").trim().to_owned(),
            alias_suffix: fields.get("alias_suffix").trim().to_owned(),
            dialers: choices.dialers.iter().map(tick).collect(),
            gone: fields.all("dialer").filter(|ticked| !ticked.is_empty()).find(is_gone).map(str::to_owned),
            common: form::typed(fields),
        }
    }

    /// Plan of the phones and aliases to create.
    pub(super) fn plan(&self, alphabet: Alphabet) -> Result<BulkPlan, BulkProblems> {
        let mut refused = BulkProblems::default();
        let ticked = self.dialers.iter().filter(|tick| tick.is_ticked);
        let dialers: Vec<_> = ticked.map(|tick| (tick.dialer.clone(), tick.suffix.clone())).collect();
        let extensions = extensions(&self.extensions, AT_MOST).unwrap_or_else(|bad| {
            refused.extensions = Some(words::bad_list(&bad));
            Vec::new()
        });
        refused.dialers = match &self.gone {
            Some(gone) => Some(words::dialer_gone(gone)),
            None => dialers.is_empty().then(|| words::NO_DIALER.to_owned()),
        };
        let is_same = |suffix: &str| suffix.eq_ignore_ascii_case(&self.alias_suffix);
        if !self.alias_suffix.is_empty() && dialers.iter().any(|(_, suffix)| is_same(suffix)) {
            refused.alias_suffix = Some(words::SAME_SUFFIX.to_owned());
        }
        let alias_suffix = Some(self.alias_suffix.clone()).filter(|suffix| !suffix.is_empty());
        let bulk = Bulk { extensions, dialers, alias_suffix, common: self.common.clone() };
        if bulk.count() > AT_MOST {
            refused.extensions = Some(words::too_many());
        }
        if refused.is_refused() {
            return Err(refused);
        }
        bulk.draft(alphabet).map_err(|common| BulkProblems { common, ..BulkProblems::default() })
    }

    /// All entered values except passwords, for the next form.
    pub(super) fn hidden(&self) -> Vec<(String, String)> {
        let own = [("extensions", &self.extensions), ("alias_suffix", &self.alias_suffix)];
        let common = COMMON.into_iter().map(|name| (name.to_owned(), self.common.text(name).to_owned()));
        let ticked = self.dialers.iter().filter(|tick| tick.is_ticked);
        let dialers = ticked.map(|tick| ("dialer".to_owned(), tick.dialer.server_ip.clone()));
        let suffixes = self.dialers.iter().map(|tick| (suffix_of(&tick.dialer), tick.suffix.clone()));
        let own = own.into_iter().map(|(name, value)| (name.to_owned(), value.clone()));
        own.chain(dialers).chain(suffixes).chain(common).collect()
    }
}

/// Name of the field with the suffix of a dialer.
fn suffix_of(dialer: &DialerChoice) -> String {
    format!("suffix:{}", dialer.server_ip)
}
