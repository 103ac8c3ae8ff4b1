//! Tests of `hotdesk rollout`.

use std::os::unix::fs::PermissionsExt;

use super::sandbox;

const THREE: &str = "dialer-a,10.0.9.9,dialer-c";

#[test]
fn an_extension_becomes_a_phone_on_each_dialer_and_an_alias() {
    let sandbox = sandbox();
    let made = sandbox.run(&["rollout", "101-103", "--dialers", THREE, "--secrets", "new.csv"]);
    assert_eq!(
        (made.code, made.out.as_str()),
        (0, "9 phones and 3 aliases added; the passwords are in new.csv\n"),
        "{}",
        made.err
    );
    assert_eq!(
        sandbox.rows(
            "SELECT server_ip, extension, login, local_gmt, protocol FROM phones WHERE extension = '101' ORDER BY login"
        ),
        ["10.0.9.8|101|101a|-5.00|SIP", "10.0.9.9|101|101b|-5.00|SIP", "10.0.9.10|101|101c|-5.00|SIP"]
    );
    assert_eq!(
        sandbox.rows("SELECT alias_id, logins_list FROM phones_alias"),
        ["101|101a,101b,101c", "102|102a,102b,102c", "103|103a,103b,103c"]
    );
    assert_eq!(
        sandbox.rows("SELECT DISTINCT user, event_section FROM vicidial_admin_log WHERE event_code LIKE 'ADMIN COMMAND LINE ADD%'"),
        ["hotdesk|PHONES", "hotdesk|PHONEALIASES"]
    );
}

#[test]
fn passwords_are_random_and_written_to_a_private_file() {
    let sandbox = sandbox();
    let made = sandbox.run(&["rollout", "101-102", "--dialers", THREE, "--secrets", "new.csv"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let path = sandbox.path("new.csv");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let sheet = std::fs::read_to_string(&path).unwrap();
    let stored =
        sandbox.rows("SELECT extension, server_ip, login, pass, conf_secret FROM phones ORDER BY extension, login");
    let reported: Vec<String> = sheet.lines().skip(1).map(|line| line.replace(',', "|")).collect();
    assert_eq!(sheet.lines().next(), Some("extension,server_ip,phone_login,phone_pass,registration_password"));
    assert_eq!(reported, stored);
    assert_eq!(sandbox.rows("SELECT count(DISTINCT conf_secret), count(DISTINCT pass), min(length(pass)), min(length(conf_secret)) FROM phones"), ["6|2|10|20"]);
    assert_eq!(sandbox.run(&["import", "phones", "new.csv"]).lines(), ["nothing to do"]);
    let again = sandbox.run(&["rollout", "103", "--dialers", THREE, "--secrets", "new.csv"]);
    assert_eq!(again.code, 1);
    assert!(again.err.starts_with("hotdesk: cannot write new.csv: "), "{}", again.err);
    assert_eq!(sandbox.rows("SELECT count(*) FROM phones"), ["6"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), sheet);
}

#[test]
fn the_login_password_can_be_given_in_a_file() {
    let sandbox = sandbox();
    let arguments = ["rollout", "101", "--dialers", THREE, "--secrets", "new.csv", "--pass-from", "-", "--no-aliases"];
    let made = sandbox.run_with_input(&arguments, "given1\n");
    assert_eq!(
        (made.code, made.out.as_str()),
        (0, "3 phones and 0 aliases added; the passwords are in new.csv\n"),
        "{}",
        made.err
    );
    assert_eq!(sandbox.rows("SELECT DISTINCT pass FROM phones"), ["given1"]);
    assert_eq!(sandbox.rows("SELECT count(*) FROM phones_alias"), ["0"]);
    let refused = sandbox.run_with_input(&arguments, "gi ven\n");
    assert_eq!(refused.code, 1);
    assert!(!refused.err.contains("gi ven"), "{}", refused.err);
}

#[test]
fn a_plan_lists_the_rows_and_creates_nothing() {
    let sandbox = sandbox();
    let arguments =
        ["rollout", "101", "--dialers", "dialer-a,dialer-b", "--suffixes", "x,y", "--alias-suffix", "z", "--plan"];
    let planned = sandbox.run(&arguments);
    assert_eq!(
        planned.lines(),
        [
            "+ phone 101 on 10.0.9.8: phone_login 101x",
            "+ phone 101 on 10.0.9.9: phone_login 101y",
            "+ alias 101z: phone_logins 101x,101y",
            "2 phones and 1 alias to add"
        ],
        "{}",
        planned.err
    );
    assert_eq!(sandbox.rows("SELECT count(*) FROM phones"), ["0"]);
}

#[test]
fn existing_rows_are_named_and_prevent_the_rollout() {
    let sandbox = sandbox();
    let made = sandbox.run(&["rollout", "102", "--dialers", "dialer-b", "--secrets", "first.csv"]);
    assert_eq!(made.code, 0, "{}", made.err);
    let refused = sandbox.run(&["rollout", "101-103", "--dialers", "dialer-a,dialer-b", "--secrets", "new.csv"]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert_eq!(
        refused.err.lines().collect::<Vec<_>>(),
        [
            "hotdesk: phone 102 on 10.0.9.8: phone 102 on 10.0.9.9 already has this login",
            "hotdesk: phone 102 on 10.0.9.9: the dialer already has a phone with this extension",
            "hotdesk: alias 102: an alias with this id already exists",
            "hotdesk: 3 rows are invalid or already exist; nothing was changed"
        ]
    );
    assert_eq!(sandbox.rows("SELECT login FROM phones"), ["102a"]);
    assert!(!sandbox.path("new.csv").exists());
}

#[test]
fn a_wrong_call_is_explained() {
    let sandbox = sandbox();
    for (arguments, code, words) in [
        (
            &["101-103", "--dialers", "dialer-x", "--plan"][..],
            1,
            "the dialer dialer-x does not exist; the dialers are 10.0.9.8 (dialer-a), ",
        ),
        (&["103-101", "--dialers", "dialer-a", "--plan"], 2, "the range 103-101 ends before it begins"),
        (&["101,101", "--dialers", "dialer-a", "--plan"], 2, "the extension 101 is listed twice"),
        (
            &["101", "--dialers", "dialer-a,dialer-b", "--suffixes", "a", "--plan"],
            2,
            "--suffixes has 1 items and --dialers 2",
        ),
        (&["101", "--dialers", "dialer-a", "--alias-suffix", "a", "--plan"], 2, "choose another --alias-suffix"),
        (&["101", "--dialers", "dialer-a", "--set", "protocol=H323", "--plan"], 2, "is not one of SIP, PJSIP"),
        (
            &["101", "--dialers", "dialer-a", "--set", "phone_pass=x", "--plan"],
            2,
            "--set phone_pass: the keys that all phones can share are",
        ),
        (&["101", "--dialers", "dialer-a"], 2, "--secrets"),
    ] {
        let ended = sandbox.run(&[&["rollout"], arguments].concat());
        assert_eq!((ended.code, ended.out.as_str()), (code, ""), "{arguments:?} {}", ended.err);
        assert!(ended.err.contains(words), "{}", ended.err);
    }
}
