//! Arbitrary column values: every entry is either correct or reported as left out.

use fleet::dialer_files::{DialerRows, FileName, LeftOut, Part, PhoneRow, Unfit, write};
use proptest::prelude::*;

use super::asterisk::{Said, read};
use super::rows::{alias, dialer, entry, phone, said};

/// Texts with and without a special meaning in Asterisk.
fn nasty() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "\r",
        "\n",
        "\r\n",
        ";",
        "\\",
        "\\;",
        ";--",
        "--;",
        ";---",
        "[",
        "]",
        "[general]",
        "#",
        "#exec rm",
        "=>",
        ">",
        "=",
        "\"",
        "'",
        "<",
        ">",
        "<1>",
        ",",
        "|",
        "&",
        "/",
        "(",
        ")",
        "${EXTEN}",
        "$[1+1]",
        " ",
        "\t",
        "\0",
        "\u{7f}",
        "é",
        "a",
        "secret=x",
        "100",
        "_X.",
        "general",
        "+=",
        "!",
        "@",
    ]);
    prop::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat())
}

/// A phone in which some columns contain such a text.
fn phones() -> impl Strategy<Value = PhoneRow> {
    let texts = prop::collection::vec(prop_oneof![2 => Just(None), 1 => nasty().prop_map(Some)], 17);
    let protocol = prop::sample::select(vec!["SIP", "PJSIP", "IAX2"]);
    (texts, protocol, any::<bool>()).prop_map(|(texts, protocol, qualify)| {
        let mut phone = PhoneRow { conf_qualify: qualify, ..phone("cc100", protocol) };
        let columns = [
            &mut phone.extension,
            &mut phone.pass,
            &mut phone.dialplan_number,
            &mut phone.voicemail_id,
            &mut phone.fullname,
            &mut phone.outbound_cid,
            &mut phone.email,
            &mut phone.conf_override,
            &mut phone.conf_secret,
            &mut phone.phone_context,
            &mut phone.phone_ring_timeout,
            &mut phone.codecs_list,
            &mut phone.mohsuggest,
            &mut phone.voicemail_options,
            &mut phone.voicemail_timezone,
            &mut phone.unavail_dialplan_fwd_exten,
            &mut phone.unavail_dialplan_fwd_context,
        ];
        for (column, text) in columns.into_iter().zip(texts) {
            if let Some(text) = text {
                *column = text;
            }
        }
        phone
    })
}

fn sections(said: &[Said]) -> Vec<&str> {
    let name = |said: &Said| if let Said::Section(name) = said { Some(name.clone()) } else { None };
    said.iter()
        .filter(|said| name(said).is_some())
        .map(|said| match said {
            Said::Section(name) => name.as_str(),
            _ => "",
        })
        .collect()
}

/// The value of a name, as Asterisk reads it.
fn value<'a>(said: &'a [Said], wanted: &str) -> Option<&'a str> {
    said.iter().find_map(|said| match said {
        Said::Entry(name, value) if name == wanted => Some(value.as_str()),
        _ => None,
    })
}

/// Names that may occur in an account of such a phone.
const ACCOUNT: &[&str] = &[
    "username",
    "secret",
    "accountcode",
    "callerid",
    "mailbox",
    "context",
    "disallow",
    "allow",
    "type",
    "host",
    "mohsuggest",
    "requirecalltoken",
    "auth",
    "qualify",
    "accepts_auth",
    "accepts_registrations",
    "inbound_auth/username",
    "inbound_auth/password",
    "aor/max_contacts",
    "aor/maximum_expiration",
    "aor/minimum_expiration",
    "aor/default_expiration",
    "aor/qualify_frequency",
    "endpoint/context",
    "endpoint/callerid",
    "endpoint/mailboxes",
    "endpoint/disallow",
    "endpoint/allow",
    "endpoint/dtmf_mode",
    "endpoint/trust_id_inbound",
    "endpoint/send_rpid",
    "endpoint/inband_progress",
    "endpoint/tos_audio",
    "endpoint/language",
    "endpoint/rtp_symmetric",
    "endpoint/rewrite_contact",
    "endpoint/rtp_timeout",
    "endpoint/use_ptime",
    "endpoint/moh_suggest",
    "endpoint/direct_media",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_column_value_escapes_from_its_line(odd in phones()) {
        let odd = PhoneRow { conf_override: String::new(), ..odd };
        let rows = dialer(vec![odd.clone(), PhoneRow { dialplan_number: "999".into(), voicemail_id: "999".into(), ..phone("zz999", &odd.protocol) }]);
        let written = write(&rows);
        let left_out = |part: Part| written.left_out.iter().any(|left| left.name == odd.extension && left.what == part);
        for file in [FileName::Sip, FileName::Pjsip, FileName::Iax] {
            let said = read(&written.file(file).unwrap().text);
            let is_its_own = file == match odd.protocol.as_str() { "SIP" => FileName::Sip, "PJSIP" => FileName::Pjsip, _ => FileName::Iax };
            if !is_its_own {
                prop_assert_eq!(said, []);
                continue;
            }
            let expected: Vec<&str> = if left_out(Part::Account) { vec!["zz999"] } else { vec![odd.extension.as_str(), "zz999"] };
            prop_assert_eq!(sections(&said), expected);
            for line in &said {
                let known = match line {
                    Said::Section(_) => true,
                    Said::Entry(name, value) => ACCOUNT.contains(&name.as_str()) && !value.contains(['\r', '\0']),
                    Said::Directive(_) | Said::Nonsense(_) => false,
                };
                prop_assert!(known, "{line:?}");
            }
            if !left_out(Part::Account) {
                let secret = value(&said, "secret").or(value(&said, "inbound_auth/password")).unwrap();
                prop_assert_eq!(secret, odd.conf_secret.as_str(), "the secret is unchanged");
                if let Some(shown) = value(&said, "callerid").or(value(&said, "endpoint/callerid")) {
                    let (words, number) = shown.strip_prefix('"').unwrap().split_once('"').unwrap();
                    prop_assert!(!words.contains(['<', '>', '\\']));
                    let number = number.strip_prefix(" <").unwrap().strip_suffix('>').unwrap();
                    prop_assert!(!number.contains(['<', '>', '"', ',', '&']));
                }
            }
        }
        dialplan_holds(&read(&written.file(FileName::Extensions).unwrap().text), &odd, left_out(Part::Number))?;
        mailboxes_hold(&read(&written.file(FileName::Voicemail).unwrap().text), &odd, left_out(Part::Mailbox))?;
    }

    #[test]
    fn administrators_own_lines_stay_in_their_section(own in nasty(), template in nasty()) {
        let odd = PhoneRow { conf_override: format!("{own}\n  qualify=yes ; or not"), template_id: "t1".into(), ..phone("cc100", "SIP") };
        let mut rows = dialer(vec![odd, phone("zz999", "SIP")]);
        rows.templates.insert("t1".into(), template);
        let said = said(&rows, FileName::Sip);
        prop_assert_eq!(sections(&said), ["cc100", "zz999"]);
        prop_assert!(said.iter().all(|line| matches!(line, Said::Section(_) | Said::Entry(..))), "{:?}", said);
    }

    #[test]
    fn an_alias_is_one_number_or_none(name in nasty()) {
        let mut rows = dialer(vec![phone("cc100", "SIP")]);
        rows.aliases = vec![alias(&name, "cc100a")];
        let said = said(&rows, FileName::Extensions);
        let extra = said.len() - 3;
        prop_assert!(extra == 0 || extra == 3, "{:?}", said);
        if extra == 3 {
            prop_assert_eq!(&said[3], &entry("exten", &format!("{name},1,Dial(SIP/cc100,60,)")));
        }
    }
}

/// Checks that each number rings its own phone, and nothing else.
fn dialplan_holds(said: &[Said], odd: &PhoneRow, is_left_out: bool) -> Result<(), TestCaseError> {
    let mut lines = said.iter();
    let is_phone = !odd.dialplan_number.is_empty() && !is_left_out && !matches!(odd.extension.as_str(), "general");
    let numbers = if is_phone && said.len() == 6 { vec![(&odd.dialplan_number, &odd.extension)] } else { vec![] };
    let (last_number, last) = ("999".to_owned(), "zz999".to_owned());
    for (number, extension) in numbers.into_iter().chain([(&last_number, &last)]) {
        let timeout = if extension == &last { 60 } else { odd.phone_ring_timeout.trim().parse().unwrap_or(60_u32) };
        let channel = format!("{}/{extension}", odd.protocol);
        prop_assert_eq!(lines.next(), Some(&entry("exten", &format!("{number},1,Dial({channel},{timeout},)"))));
        let Some(Said::Entry(_, forward)) = lines.next() else {
            return Err(TestCaseError::fail("the second line is missing"));
        };
        let forward = forward.strip_prefix(&format!("{number},2,Goto(")).unwrap().strip_suffix(",1)").unwrap();
        prop_assert_eq!(forward.matches(',').count(), 1);
        prop_assert!(!forward.contains(['$', '(', ')', '&', '|', ';']));
        prop_assert_eq!(lines.next(), Some(&entry("exten", &format!("{number},3,Hangup()"))));
    }
    prop_assert_eq!(lines.next(), None);
    Ok(())
}

/// Checks that each mailbox has its own password and five fields.
fn mailboxes_hold(said: &[Said], odd: &PhoneRow, is_left_out: bool) -> Result<(), TestCaseError> {
    prop_assert!(said.len() <= 2 && !said.is_empty());
    for line in said {
        let Said::Entry(number, fields) = line else { return Err(TestCaseError::fail(format!("{line:?}"))) };
        let fields: Vec<&str> = fields.split(',').collect();
        prop_assert_eq!(fields.len(), 5);
        prop_assert!(fields[4].starts_with("|delete=no|tz="));
        if number == &odd.voicemail_id {
            prop_assert!(!is_left_out);
            prop_assert_eq!(fields[0], odd.pass.as_str());
            prop_assert_eq!(fields[2], odd.email.as_str());
        } else {
            prop_assert_eq!(number.as_str(), "999");
        }
    }
    Ok(())
}

#[test]
fn left_out_entries_name_their_column() {
    let broken = PhoneRow { conf_secret: "a\nb".into(), dialplan_number: "1,2".into(), ..phone("cc100", "SIP") };
    let twice = PhoneRow { dialplan_number: "200".into(), ..phone("cc200", "SIP") };
    let again = PhoneRow { dialplan_number: "2-00".into(), voicemail_id: "300".into(), ..phone("cc300", "SIP") };
    let general = phone("General", "SIP");
    let left = |name: &str, column, what, why| LeftOut { name: name.into(), column, what, why };
    assert_eq!(
        write(&dialer(vec![broken, twice, again, general])).left_out,
        [
            left("General", "extension", Part::Account, Unfit::NoName),
            left("cc100", "conf_secret", Part::Account, Unfit::NoLine),
            left("cc100", "dialplan_number", Part::Number, Unfit::NoName),
            left("cc300", "dialplan_number", Part::Number, Unfit::Taken),
            left("cc200", "voicemail_id", Part::Mailbox, Unfit::Taken),
        ]
    );
}

#[test]
fn a_phone_never_takes_the_number_of_a_conference() {
    let greedy = PhoneRow { dialplan_number: "28600051".into(), ..phone("cc100", "SIP") };
    let rows = DialerRows { conferences: vec!["8600051".into()], ..dialer(vec![greedy]) };
    assert_eq!(said(&rows, FileName::Extensions)[0], entry("exten", "28600051,1,Answer()"));
    let why = write(&rows).left_out.into_iter().map(|left| (left.column, left.why)).collect::<Vec<_>>();
    assert_eq!(why, [("dialplan_number", Unfit::Taken)]);
}

#[test]
fn an_alias_never_takes_a_used_or_reserved_number() {
    let mut rows = DialerRows { conferences: vec!["8600051".into()], ..dialer(vec![phone("cc100", "SIP")]) };
    rows.aliases = ["100", "28600051", "h", "fax", "_X."].map(|name| alias(name, "cc100a")).into();
    let said = said(&rows, FileName::Extensions);
    assert_eq!(said.len(), 3 + 5, "{said:?}");
    assert_eq!(write(&rows).left_out.len(), 5);
}

#[test]
fn administrators_comments_stay_comments() {
    let own = "qualify=yes ; often\n;-- secret=old\nsecret=older\n--; call-limit=1\npath=a\\;b\n";
    let rows = dialer(vec![PhoneRow { conf_override: own.into(), ..phone("cc100", "SIP") }]);
    let expected =
        [Said::Section("cc100".into()), entry("qualify", "yes"), entry("call-limit", "1"), entry("path", "a;b")];
    assert_eq!(said(&rows, FileName::Sip), expected);
}
