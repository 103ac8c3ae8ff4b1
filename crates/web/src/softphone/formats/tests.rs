//! Each format holds every password exactly, or leaves the phone out.

use super::*;

const ODD: [&str; 12] = [
    "plain",
    "a;b",
    "a\"b",
    "\"quoted\"",
    "a&b<c>d",
    "]]>",
    "it's",
    " blank ",
    "line\nline",
    "nul\0",
    "tab\tbed",
    "a,b=c#d%41",
];

fn phone(secret: &str, server_ip: &str) -> Phone {
    let text = String::from;
    Phone {
        extension: text("cc100"),
        server_ip: text(server_ip),
        dialplan_number: text("100"),
        voicemail_id: text("100"),
        login: text("cc100a"),
        pass: text("test"),
        status: text("ACTIVE"),
        active: text("Y"),
        fullname: text("Agent \"One\" <1>; &"),
        protocol: text("SIP"),
        local_gmt: text("-5.00"),
        conf_secret: text(secret),
        phone_context: text("default"),
        is_webphone: text("N"),
        ..Phone::default()
    }
}

/// The password that the format holds for an unusual phone between two normal ones; `None` if the phone is left out.
fn read(secret: &str, write: fn(&[Phone]) -> Download, reads: fn(&str) -> Vec<String>) -> Option<String> {
    let download = write(&[phone("first", "10.0.9.8"), phone(secret, "10.0.9.9"), phone("last", "10.0.9.10")]);
    let found = reads(&download.text);
    let left_out = !download.left_out.is_empty();
    assert_eq!(found.len(), if left_out { 2 } else { 3 }, "{secret:?}: {}", download.text);
    assert_eq!((found.first().unwrap().as_str(), found.last().unwrap().as_str()), ("first", "last"), "{secret:?}");
    (!left_out).then(|| found[1].clone())
}

fn left_out(write: fn(&[Phone]) -> Download, reads: fn(&str) -> Vec<String>) -> Vec<&'static str> {
    let is_left_out = |secret: &&str| match read(secret, write, reads) {
        Some(found) => {
            assert_eq!(found, **secret);
            false
        }
        None => true,
    };
    ODD.into_iter().filter(is_left_out).collect()
}

/// Unescaped content of each element or entry that begins with `begin`.
fn between(text: &str, begin: &str) -> Vec<String> {
    let unescape = |text: &str| {
        let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
        text.replace("&amp;", "&")
    };
    text.split(begin).skip(1).map(|rest| unescape(rest.split('<').next().unwrap())).collect()
}

#[test]
fn baresip_holds_passwords_without_delimiters() {
    let reads = |text: &str| {
        let parameter =
            |line: &str| line.split(";auth_pass=").nth(1).unwrap().strip_suffix(";regint=60").unwrap().to_owned();
        text.lines().map(parameter).collect()
    };
    assert_eq!(
        left_out(baresip::write, reads),
        ["a;b", "a\"b", "\"quoted\"", "a&b<c>d", "]]>", " blank ", "line\nline", "nul\0", "tab\tbed"]
    );
    let line = baresip::write(&[phone("plain", "10.0.9.8")]).text;
    assert_eq!(line, "\"Agent  One   1 ; &\" <sip:cc100@10.0.9.8>;auth_pass=plain;regint=60\n");
}

#[test]
fn microsip_holds_every_password_of_one_line() {
    let reads = |text: &str| {
        let values = text.split("\r\n").filter_map(|line| line.strip_prefix("password="));
        // GetPrivateProfileString reads values this way.
        let value = |value: &str| {
            let value = value.trim();
            let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            inner.unwrap_or(value).to_owned()
        };
        values.map(value).collect()
    };
    assert_eq!(left_out(microsip::write, reads), ["line\nline", "nul\0", "tab\tbed"]);
}

#[test]
fn zoiper_and_linphone_hold_every_password_that_xml_can_hold() {
    let none = ["line\nline", "nul\0", "tab\tbed"];
    assert_eq!(left_out(zoiper::write, |text| between(text, "<password>")), none);
    assert_eq!(left_out(linphone::write, |text| between(text, "name=\"passwd\" overwrite=\"true\">")), none);
    let text = linphone::write(&[phone("x", "10.0.9.8"), phone("y", "10.0.9.9")]).text;
    assert!(text.contains("&quot;Agent  One   1 ; &amp;&quot; &lt;sip:cc100@10.0.9.8&gt;</entry>"), "{text}");
    assert!(text.contains("<section name=\"auth_info_1\">"), "{text}");
}

#[test]
fn the_table_holds_every_password() {
    let reads = |text: &str| {
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        rows.records().map(|row| row.unwrap()[2].to_owned()).collect()
    };
    assert!(left_out(table::write, reads).is_empty());
}

#[test]
fn a_phone_whose_name_does_not_fit_a_sip_address_is_left_out() {
    let odd = Phone { extension: "cc;100@x".into(), ..phone("x", "10.0.9.8") };
    for write in [baresip::write, microsip::write, zoiper::write, linphone::write] {
        let download = write(std::slice::from_ref(&odd));
        assert_eq!(download.left_out, ["cc;100@x on 10.0.9.8"]);
        assert!(!download.text.contains("cc;100"), "{}", download.program);
    }
}
