//! Comparison with the recorded rows and files (`tests/golden/conf`).

use std::collections::BTreeMap;
use std::path::Path;

use fleet::dialer_files::{DialerRows, FileName, PhoneRow, write};
use serde_json::Value;

use super::asterisk::{Said, read};
use super::rows::{alias, dialer, entry, phone, said};

fn recorded(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/conf");
    std::fs::read_to_string(folder.join(file)).unwrap()
}

fn rows() -> DialerRows {
    let phones: Vec<Value> = serde_json::from_str(&recorded("phones.json")).unwrap();
    let templates: Vec<Value> = serde_json::from_str(&recorded("templates.json")).unwrap();
    let text = |row: &Value, column: &str| row[column].as_str().unwrap().to_owned();
    let templates: BTreeMap<_, _> =
        templates.iter().map(|row| (text(row, "template_id").to_lowercase(), text(row, "template_contents"))).collect();
    let active = phones.iter().filter(|row| row["active"] == "Y");
    DialerRows { templates, ..dialer(active.map(recorded_phone).collect()) }
}

/// A recorded phone; missing columns have the defaults of VICIdial's table.
fn recorded_phone(row: &Value) -> PhoneRow {
    let text = |column: &str, default: &str| row[column].as_str().unwrap_or(default).to_owned();
    PhoneRow {
        extension: text("extension", ""),
        login: text("login", ""),
        pass: text("pass", ""),
        protocol: text("protocol", ""),
        dialplan_number: text("dialplan_number", ""),
        voicemail_id: text("voicemail_id", ""),
        fullname: text("fullname", ""),
        outbound_cid: text("outbound_cid", ""),
        email: text("email", ""),
        template_id: text("template_id", ""),
        conf_override: text("conf_override", ""),
        conf_secret: text("conf_secret", ""),
        phone_context: text("phone_context", "default"),
        phone_ring_timeout: text("phone_ring_timeout", "60"),
        codecs_list: text("codecs_list", ""),
        codecs_with_template: text("codecs_with_template", "0") == "1",
        mohsuggest: text("mohsuggest", ""),
        conf_qualify: text("conf_qualify", "Y") == "Y",
        delete_vm_after_email: text("delete_vm_after_email", "N"),
        voicemail_options: text("voicemail_options", ""),
        voicemail_timezone: text("voicemail_timezone", "eastern"),
        voicemail_instructions: text("voicemail_instructions", "Y"),
        unavail_dialplan_fwd_exten: text("unavail_dialplan_fwd_exten", ""),
        unavail_dialplan_fwd_context: text("unavail_dialplan_fwd_context", ""),
    }
}

#[test]
fn recorded_rows_generate_the_recorded_files() {
    let written = write(&rows());
    assert_eq!(written.left_out, []);
    for (file, name) in [
        (FileName::Sip, "sip.conf"),
        (FileName::Pjsip, "pjsip_wizard.conf"),
        (FileName::Iax, "iax.conf"),
        (FileName::Extensions, "extensions.conf"),
        (FileName::Voicemail, "voicemail.conf"),
    ] {
        let expected = read(&recorded(name));
        assert!(expected.len() > 10, "{name}");
        assert_eq!(read(&written.file(file).unwrap().text), expected, "{name}");
    }
}

#[test]
fn an_alias_rings_its_phone_on_each_dialer() {
    let mut one = dialer(vec![phone("cc100", "SIP")]);
    let mut other = dialer(vec![PhoneRow { login: "cc100b".into(), ..phone("pj100", "PJSIP") }]);
    for rows in [&mut one, &mut other] {
        rows.aliases = vec![alias("cc100x", "cc100a, CC100B"), alias("elsewhere", "cc999z")];
    }
    for (rows, channel) in [(one, "SIP/cc100"), (other, "PJSIP/pj100")] {
        let said = said(&rows, FileName::Extensions);
        assert!(said.contains(&entry("exten", &format!("cc100x,1,Dial({channel},60,)"))), "{said:?}");
        assert!(said.contains(&entry("exten", "cc100x,2,Goto(default,85026666666666100,1)")), "{said:?}");
        assert!(said.contains(&entry("exten", "cc100x,3,Hangup()")), "{said:?}");
        assert!(!format!("{said:?}").contains("elsewhere"));
    }
}

#[test]
fn a_conference_has_the_extension_that_agents_are_connected_to() {
    let rows = DialerRows { conferences: vec!["8600051".into()], ..dialer(Vec::new()) };
    let said = said(&rows, FileName::Extensions);
    assert_eq!(said[0], entry("exten", "28600051,1,Answer()"));
    assert!(said.contains(&entry("exten", "28600051,4,ConfBridge(8600051)")), "{said:?}");
}

#[test]
fn a_phone_without_codecs_has_the_system_default() {
    let rows = DialerRows { default_codecs: "G722 ulaw".into(), ..dialer(vec![phone("cc100", "SIP")]) };
    let said = said(&rows, FileName::Sip);
    let codecs: Vec<_> = said.iter().filter(|said| matches!(said, Said::Entry(name, _) if name == "allow")).collect();
    assert_eq!(codecs, [&entry("allow", "ulaw"), &entry("allow", "g722")]);
}
