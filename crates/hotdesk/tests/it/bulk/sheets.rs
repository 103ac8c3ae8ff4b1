//! Tests of `hotdesk import` and `hotdesk export --csv`.

use super::sandbox;
use crate::sandbox::Sandbox;

const PHONES: &str = "extension,server_ip,phone_login,phone_pass,registration_password,on_hook_agent\r\n\
                      100,10.0.9.8,100a,linesecret,regsecret,true\r\n\
                      100,10.0.9.9,100b,linesecret,regsecret,\r\n";

const ALIASES: &str = "alias_id;alias_name;phone_logins;active\nxyz100;XYZ testing;100a,100b;TRUE\n";

fn sandbox_with_phones() -> Sandbox {
    let sandbox = sandbox();
    sandbox.write("phones.csv", PHONES);
    sandbox.write("aliases.csv", ALIASES);
    let phones = sandbox.run(&["import", "phones", "phones.csv"]);
    assert_eq!(
        (phones.code, phones.lines()),
        (0, vec!["+ phone 100 on 10.0.9.8", "+ phone 100 on 10.0.9.9", "2 added, 0 changed, 0 removed"]),
        "{}",
        phones.err
    );
    let aliases = sandbox.run(&["import", "aliases", "aliases.csv"]);
    assert_eq!((aliases.code, aliases.lines()[0]), (0, "+ alias xyz100"), "{}", aliases.err);
    sandbox
}

#[test]
fn an_imported_file_becomes_rows_with_audit_rows_and_reloads_the_dialers() {
    let sandbox = sandbox_with_phones();
    assert_eq!(
        sandbox.rows("SELECT server_ip, login, pass, conf_secret, on_hook_agent FROM phones ORDER BY login"),
        ["10.0.9.8|100a|linesecret|regsecret|Y", "10.0.9.9|100b|linesecret|regsecret|N"]
    );
    assert_eq!(
        sandbox.rows("SELECT alias_id, alias_name, logins_list FROM phones_alias"),
        ["xyz100|XYZ testing|100a,100b"]
    );
    assert_eq!(
        sandbox.rows("SELECT user, event_section, event_type, record_id, event_code FROM vicidial_admin_log WHERE event_code LIKE 'ADMIN CSV%'"),
        [
            "hotdesk|PHONES|ADD|100|ADMIN CSV ADD PHONE",
            "hotdesk|PHONES|ADD|100|ADMIN CSV ADD PHONE",
            "hotdesk|PHONEALIASES|ADD|xyz100|ADMIN CSV ADD PHONE ALIAS"
        ]
    );
    sandbox.rows("UPDATE servers SET rebuild_conf_files = 'N' RETURNING server_ip");
    sandbox.write("one.csv", "server_ip,extension,phone_full_name\n10.0.9.9,100,Desk 100\n");
    assert_eq!(sandbox.run(&["import", "phones", "one.csv"]).code, 0);
    assert_eq!(sandbox.rows("SELECT server_ip FROM servers WHERE rebuild_conf_files = 'Y'"), ["10.0.9.9"]);
}

#[test]
fn an_existing_row_is_changed_by_filled_cells_and_the_plan_lists_it() {
    let sandbox = sandbox_with_phones();
    sandbox.write(
        "change.csv",
        "server_ip,extension,phone_full_name,registration_password\n10.0.9.8,100,,other\n10.0.9.9,100,Desk,\n",
    );
    let wanted = [
        "~ phone 100 on 10.0.9.8: registration_password changed",
        "~ phone 100 on 10.0.9.9: phone_full_name \"\" → Desk",
    ];
    let planned = sandbox.run(&["import", "phones", "change.csv", "--plan"]);
    assert_eq!(planned.lines(), [&wanted[..], &["0 to add, 2 to change, 0 to remove"]].concat());
    assert_eq!(sandbox.rows("SELECT count(*) FROM phones WHERE conf_secret = 'other'"), ["0"]);
    let done = sandbox.run(&["import", "phones", "change.csv"]);
    assert_eq!(done.lines(), [&wanted[..], &["0 added, 2 changed, 0 removed"]].concat());
    assert_eq!(
        sandbox.rows("SELECT fullname, conf_secret, pass FROM phones ORDER BY login"),
        ["|other|linesecret", "Desk|regsecret|linesecret"]
    );
    assert_eq!(sandbox.run(&["import", "phones", "change.csv"]).lines(), ["nothing to do"]);
}

const MIXED: &str = "extension,server_ip,phone_login,registration_password\n\
                     101,10.0.9.8,101a,good\n\
                     1 2,10.0.9.8,102a,good\n\
                     103,10.0.9.7,103a,hunter 2\n\
                     104,10.0.9.8,100a,good\n\
                     105,10.0.9.8,,good\n\
                     106,10.0.9.8,106a,good\n";

const MIXED_MISTAKES: [&str; 5] = [
    "line 3 (extension 1 2): extension: only letters, digits, `-` and `_` are allowed",
    "line 4 (extension 103): registration_password: only letters, digits, `-` and `_` are allowed",
    "line 6 (extension 105): phone_login is missing",
    "line 4 (extension 103): server_ip: there is no dialer \"10.0.9.7\"",
    "line 5 (extension 104): phone_login \"100a\" is also the login of phone 10.0.9.8/100",
];

/// The reported mistakes, and the last line.
fn reported_mistakes<'a>(err: &'a str, file: &str) -> (Vec<&'a str>, &'a str) {
    let prefix = format!("hotdesk: {file}: ");
    let mut lines: Vec<&str> = err.lines().collect();
    let last = lines.pop().unwrap_or_default();
    (lines.into_iter().map(|line| line.strip_prefix(&prefix).unwrap_or(line)).collect(), last)
}

#[test]
fn all_wrong_lines_are_reported_with_line_and_field_and_nothing_is_written() {
    let sandbox = sandbox_with_phones();
    sandbox.write("mixed.csv", MIXED);
    for flags in [&[][..], &["--plan"]] {
        let refused = sandbox.run(&[&["import", "phones", "mixed.csv"], flags].concat());
        assert_eq!((refused.code, refused.out.as_str()), (1, ""));
        let (mistakes, last) = reported_mistakes(&refused.err, "mixed.csv");
        assert_eq!((mistakes, last), (MIXED_MISTAKES.to_vec(), "hotdesk: mixed.csv has 5 errors; nothing was changed"));
    }
    assert_eq!(sandbox.rows("SELECT count(*) FROM phones"), ["2"]);
}

#[test]
fn with_keep_going_valid_lines_are_written_and_others_reported() {
    let sandbox = sandbox_with_phones();
    sandbox.write("mixed.csv", MIXED);
    let done = sandbox.run(&["import", "phones", "mixed.csv", "--keep-going"]);
    assert_eq!(done.code, 1);
    assert_eq!(done.lines(), ["+ phone 101 on 10.0.9.8", "+ phone 106 on 10.0.9.8", "2 added, 0 changed, 0 removed"]);
    let (mut mistakes, last) = reported_mistakes(&done.err, "mixed.csv");
    assert_eq!(last, "hotdesk: mixed.csv: 4 lines were skipped; all other lines were imported");
    // Mistakes within a line are found before its references are checked.
    let mut by_itself: Vec<&str> = MIXED_MISTAKES.into_iter().filter(|mistake| !mistake.contains("10.0.9.7")).collect();
    mistakes.sort_unstable();
    by_itself.sort_unstable();
    assert_eq!(mistakes, by_itself);
    assert_eq!(sandbox.rows("SELECT login FROM phones ORDER BY login"), ["100a", "100b", "101a", "106a"]);
    sandbox.write("bad.csv", "extension,frist\n100,1\n");
    let refused = sandbox.run(&["import", "phones", "bad.csv", "--keep-going"]);
    let (mistakes, last) = reported_mistakes(&refused.err, "bad.csv");
    assert_eq!((refused.code, mistakes.len(), last), (1, 2, "hotdesk: bad.csv has 2 errors; nothing was changed"));
}

#[test]
fn an_export_can_be_imported_unchanged() {
    let sandbox = sandbox_with_phones();
    for rows in ["phones", "aliases"] {
        let sheet = sandbox.run(&["export", "--csv", rows]);
        assert_eq!(sheet.code, 0, "{}", sheet.err);
        sandbox.write(&format!("{rows}.out.csv"), &sheet.out);
        let same = sandbox.run(&["import", rows, &format!("{rows}.out.csv")]);
        assert_eq!((same.code, same.lines()), (0, vec!["nothing to do"]), "{}", same.err);
    }
    let before = sandbox.run(&["export"]).out;
    let other = ["--database", "sqlite:other.db"];
    assert_eq!(sandbox.run(&[&other[..], &["apply", "dialers.toml"]].concat()).code, 0);
    for rows in ["phones", "aliases"] {
        let imported = sandbox.run(&[&other[..], &["import", rows, &format!("{rows}.out.csv")]].concat());
        assert_eq!(imported.code, 0, "{}", imported.err);
    }
    assert_eq!(sandbox.run(&[&other[..], &["export"]].concat()).out, before);
}

#[test]
fn no_secret_of_a_file_is_printed() {
    let sandbox = sandbox_with_phones();
    sandbox.write("bad.csv", &PHONES.replace("secret", "hid den"));
    sandbox.write("good.csv", &PHONES.replace("secret", "hidden"));
    for ended in [sandbox.run(&["import", "phones", "bad.csv"]), sandbox.run(&["import", "phones", "good.csv"])] {
        for part in ["secret\"", "linesecret", "regsecret", "hid den", "hidden"] {
            assert!(!ended.out.contains(part) && !ended.err.contains(part), "{part} {ended:?}");
        }
    }
}

#[test]
fn an_unreadable_file_is_reported_in_one_line() {
    let sandbox = sandbox();
    let missing = sandbox.run(&["import", "phones", "nowhere.csv"]);
    assert_eq!((missing.code, missing.err.lines().count()), (1, 1));
    assert!(missing.err.starts_with("hotdesk: cannot read nowhere.csv: "), "{}", missing.err);
    assert_eq!(sandbox.run(&["import", "sessions", "x.csv"]).code, 2);
    let read = sandbox.run_with_input(&["import", "phones", "-"], PHONES);
    assert_eq!((read.code, read.lines().last().copied()), (0, Some("2 added, 0 changed, 0 removed")), "{}", read.err);
}
