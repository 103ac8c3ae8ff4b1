//! Rows for generating files.

use std::collections::BTreeMap;

use fleet::dialer_files::{AliasRow, DialerRows, FileName, PhoneRow, write};
use fleet::sessions::Engine;

use super::asterisk::{Said, read};

/// A phone as the API creates it.
pub fn phone(extension: &str, protocol: &str) -> PhoneRow {
    PhoneRow {
        extension: extension.into(),
        login: format!("{extension}a"),
        pass: "test".into(),
        protocol: protocol.into(),
        dialplan_number: extension.trim_start_matches(|char: char| !char.is_ascii_digit()).into(),
        voicemail_id: "100".into(),
        fullname: "Agent".into(),
        outbound_cid: "7275550100".into(),
        conf_secret: "secret".into(),
        phone_context: "default".into(),
        phone_ring_timeout: "60".into(),
        conf_qualify: true,
        delete_vm_after_email: "N".into(),
        voicemail_timezone: "eastern".into(),
        voicemail_instructions: "Y".into(),
        ..PhoneRow::default()
    }
}

pub fn alias(alias_id: &str, logins: &str) -> AliasRow {
    AliasRow { alias_id: alias_id.into(), logins_list: logins.into() }
}

pub fn dialer(phones: Vec<PhoneRow>) -> DialerRows {
    DialerRows {
        phones,
        templates: BTreeMap::new(),
        aliases: Vec::new(),
        conferences: Vec::new(),
        engine: Engine::Confbridge,
        default_codecs: String::new(),
    }
}

/// The meaning of one of the files.
pub fn said(rows: &DialerRows, file: FileName) -> Vec<Said> {
    read(&write(rows).file(file).unwrap().text)
}

pub fn entry(name: &str, value: &str) -> Said {
    Said::Entry(name.into(), value.into())
}
