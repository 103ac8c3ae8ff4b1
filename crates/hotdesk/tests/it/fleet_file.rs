//! Tests of `hotdesk apply` and `hotdesk export`.

use crate::sandbox::Sandbox;

/// A small fleet with entries in every section.
const FLEET: &str = r#"
[[dialer]]
server_ip = "10.0.9.8"
server_id = "dialer-a"
ASTmgrUSERNAME = "cron"
ASTmgrSECRET = "amisecret8"
ami_host = "dialer-a.example"
ami_port = 5039
ami_user = "hotdesk"
ami_secret = "ownsecret8"
ami_tls = true

[[dialer]]
server_ip = "10.0.9.9"
server_id = "dialer-b"

[[user_group]]
user_group = "ADMIN"
group_name = "Administrators"

[[ip_list]]
ip_list_id = "OFFICE"
entries = ["10.1.2.x", "127.0.0.1"]

[[template]]
template_id = "SIP_generic"
template_contents = """
type=friend
; "quoted" = 'both' \\ ways
"""

[[campaign]]
campaign_id = "TESTCAMP"
pllb_grouping = "CASCADING"
pllb_grouping_limit = 20

[[user]]
user = "6666"
pass = "plainsecret"
user_level = 9
user_group = "ADMIN"
api_allowed_functions = "ALL_FUNCTIONS"
vdc_agent_api_access = true
ast_admin_access = true

[[user]]
user = "1001"
user_level = 1
api_allowed_functions = ["add_phone", "version"]

[[phone]]
extension = "100"
server_ip = "10.0.9.8"
phone_login = "100a"
phone_pass = "linesecret"
registration_password = "regsecret"
dialplan_number = "100"
protocol = "PJSIP"
phone_full_name = "Desk 100"
local_gmt = "-5.00"
outbound_cid = "7275551212"
admin_user_group = "ADMIN"
template_id = "SIP_generic"
is_webphone = "Y_API_LAUNCH"
on_hook_agent = true
phone_ring_timeout = 30

[[phone]]
extension = "100"
server_ip = "10.0.9.9"
login = "100b"

[[alias]]
alias_id = "xyz100"
alias_name = "XYZ testing"
phone_logins = ["100a", "100b"]

[[alias]]
alias_id = "resting"
alias_name = "Not yet"
phone_logins = "100a"
active = false

[weights]
"10.0.9.8" = 30
"10.0.9.9" = 10

[settings]
allow_ip_lists = true
pllb_grouping_limit = 80
"#;

const SECRETS: [&str; 5] = ["plainsecret", "linesecret", "regsecret", "amisecret8", "ownsecret8"];

fn sandbox_with_fleet() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("fleet.toml", FLEET);
    let applied = sandbox.run(&["apply", "fleet.toml"]);
    assert_eq!((applied.code, applied.err.as_str()), (0, ""), "{}", applied.out);
    sandbox
}

/// Runs `hotdesk apply` on a file with this text.
fn apply(sandbox: &Sandbox, text: &str, flags: &[&str]) -> crate::sandbox::CommandOutput {
    sandbox.write("wanted.toml", text);
    sandbox.run(&[&["apply", "wanted.toml"], flags].concat())
}

#[test]
fn a_plan_lists_the_changes_and_creates_no_database() {
    let sandbox = Sandbox::new();
    sandbox.write("fleet.toml", FLEET);
    let planned = sandbox.run(&["apply", "fleet.toml", "--plan"]);
    assert_eq!((planned.code, planned.err.as_str()), (0, ""));
    assert_eq!(planned.lines()[..3], ["+ dialer 10.0.9.8", "+ dialer 10.0.9.9", "+ user_group ADMIN"]);
    assert!(planned.lines().contains(&"+ phone 100 on 10.0.9.8"));
    assert_eq!(planned.lines().last(), Some(&"14 to add, 1 to change, 0 to remove"));
    assert!(!sandbox.path("hotdesk.db").exists());
}

#[test]
fn a_plan_on_a_database_changes_nothing_in_it() {
    let sandbox = sandbox_with_fleet();
    let before = sandbox.run(&["export"]).out;
    let changed = FLEET.replace("XYZ testing", "Another").replace("= 30\n\"10", "= 40\n\"10");
    let planned = apply(&sandbox, &changed, &["--plan"]);
    assert_eq!(
        planned.lines(),
        [
            r#"~ alias xyz100: alias_name "XYZ testing" → Another"#,
            "~ weights 10.0.9.8: weight 30 → 40",
            "0 to add, 2 to change, 0 to remove"
        ]
    );
    assert_eq!(sandbox.run(&["export"]).out, before);
}

#[test]
fn values_are_stored_in_the_columns_own_form() {
    let sandbox = sandbox_with_fleet();
    assert_eq!(
        sandbox.rows(
            "SELECT login, pass, conf_secret, fullname, protocol, user_group, is_webphone, on_hook_agent, active,
                          phone_ring_timeout, phone_context FROM phones WHERE server_ip = '10.0.9.8'"
        ),
        ["100a|linesecret|regsecret|Desk 100|PJSIP|ADMIN|Y_API_LAUNCH|Y|Y|30|default"]
    );
    assert_eq!(
        sandbox.rows("SELECT user, user_level, api_allowed_functions, ast_admin_access, pass FROM vicidial_users"),
        ["6666|9| ALL_FUNCTIONS |1|", "1001|1| add_phone version |0|"]
    );
    assert_eq!(sandbox.rows("SELECT alias_id, logins_list FROM phones_alias"), ["xyz100|100a,100b", "resting|100a"]);
    assert_eq!(sandbox.rows("SELECT alias_id FROM hotdesk_inactive_alias"), ["resting"]);
    assert_eq!(
        sandbox.rows("SELECT container_id, container_entry FROM vicidial_settings_containers"),
        ["AGENT_LOAD_BALANCING_WEIGHT|10.0.9.8 , 30\n10.0.9.9 , 10"]
    );
    assert_eq!(
        sandbox.rows("SELECT allow_ip_lists, pllb_grouping_limit, use_non_latin FROM system_settings"),
        ["1|80|0"]
    );
    assert_eq!(sandbox.rows("SELECT ip_address FROM vicidial_ip_list_entries"), ["10.1.2.x", "127.0.0.1"]);
    assert_eq!(sandbox.rows("SELECT DISTINCT rebuild_conf_files FROM servers"), ["Y"]);
}

#[test]
fn a_dialers_ami_overrides_are_stored_separately_and_can_be_removed() {
    let sandbox = sandbox_with_fleet();
    let own = "SELECT server_ip, ami_host, ami_port, ami_user, ami_secret, ami_tls, draining FROM hotdesk_dialer";
    assert_eq!(sandbox.rows(own), ["10.0.9.8|dialer-a.example|5039|hotdesk|ownsecret8|Y|N"]);
    let other = "[[dialer]]\nserver_ip = \"10.0.9.8\"\nami_secret = \"newsecret8\"\nami_port = 0\nami_tls = false\n";
    let applied = apply(&sandbox, other, &[]);
    assert_eq!(
        applied.lines(),
        ["~ dialer 10.0.9.8: ami_port 5039 → 0, ami_secret changed, ami_tls Y → N", "0 added, 1 changed, 0 removed"],
        "{}",
        applied.err
    );
    assert_eq!(sandbox.rows(own), ["10.0.9.8|dialer-a.example||hotdesk|newsecret8|N|N"]);
    let none = "[[dialer]]\nserver_ip = \"10.0.9.8\"\nami_host = \"\"\nami_user = \"\"\nami_secret = \"\"\n";
    assert_eq!(apply(&sandbox, none, &[]).code, 0);
    assert_eq!(sandbox.rows(own), ["10.0.9.8|||||N|N"]);
    assert_eq!(apply(&sandbox, none, &[]).lines(), ["nothing to do"]);
}

#[test]
fn applying_the_same_file_again_changes_nothing() {
    let sandbox = sandbox_with_fleet();
    let logged = sandbox.rows("SELECT count(*) FROM vicidial_admin_log");
    for flags in [&[][..], &["--plan"], &["--prune"]] {
        let again = sandbox.run(&[&["apply", "fleet.toml"], flags].concat());
        assert_eq!((again.code, again.lines()), (0, vec!["nothing to do"]), "{flags:?} {}", again.err);
    }
    assert_eq!(sandbox.rows("SELECT count(*) FROM vicidial_admin_log"), logged);
}

#[test]
fn a_key_that_an_entry_omits_keeps_its_value() {
    let sandbox = sandbox_with_fleet();
    let phone = "[[phone]]\nextension = \"100\"\nserver_ip = \"10.0.9.8\"\nphone_full_name = \"Other\"\n";
    let applied = apply(&sandbox, phone, &[]);
    assert_eq!(
        applied.lines(),
        [r#"~ phone 100 on 10.0.9.8: phone_full_name "Desk 100" → Other"#, "0 added, 1 changed, 0 removed"]
    );
    assert_eq!(
        sandbox.rows("SELECT fullname, login, conf_secret FROM phones WHERE server_ip = '10.0.9.8'"),
        ["Other|100a|regsecret"]
    );
}

#[test]
fn every_changed_row_has_an_audit_row_without_secrets() {
    let sandbox = sandbox_with_fleet();
    let changed = FLEET.replace("regsecret", "newsecret").replace("plainsecret", "otherpass");
    assert_eq!(apply(&sandbox, &changed, &[]).code, 0);
    let log = "SELECT user, event_section, event_type, record_id, event_code, event_notes FROM vicidial_admin_log";
    let log = sandbox.rows(log);
    assert_eq!(log.len(), 17);
    assert_eq!(log[0], "hotdesk|SERVERS|ADD|10.0.9.8|ADMIN FLEET FILE ADD SERVER|");
    assert_eq!(
        log[15..],
        [
            "hotdesk|USERS|MODIFY|6666|ADMIN FLEET FILE MODIFY USER|user: 6666; pass changed",
            "hotdesk|PHONES|MODIFY|100|ADMIN FLEET FILE MODIFY PHONE|phone: 100|10.0.9.8; registration_password changed"
        ]
    );
    for secret in SECRETS.iter().chain(&["newsecret", "otherpass", "$argon2id"]) {
        assert!(log.iter().all(|row| !row.contains(secret)), "{secret}");
    }
}

#[test]
fn no_secret_is_printed() {
    let sandbox = Sandbox::new();
    // The values; the key `ami_secret` itself is printed.
    let hidden = FLEET.replace("secret\"", "hidden\"").replace("secret8", "hidden8");
    let other = hidden.replace("100a\"\nphone_pass", "100a\"\nbad = 1\nphone_pass");
    sandbox.write("fleet.toml", FLEET);
    let mut outputs = vec![sandbox.run(&["apply", "fleet.toml", "--plan"]), sandbox.run(&["apply", "fleet.toml"])];
    outputs.push(apply(&sandbox, &hidden, &["--plan"]));
    outputs.push(apply(&sandbox, &other, &[]));
    outputs.push(apply(&sandbox, &FLEET.replace("\"regsecret\"", "regsecret"), &[]));
    outputs.push(apply(&sandbox, &FLEET.replace("regsecret", "reg secret"), &[]));
    assert_eq!(outputs.iter().map(|ended| ended.code).collect::<Vec<_>>(), [0, 0, 0, 1, 1, 1]);
    assert!(
        outputs[2].out.contains("~ dialer 10.0.9.8: ASTmgrSECRET changed, ami_secret changed\n"),
        "{}",
        outputs[2].out
    );
    assert!(outputs[2].out.contains("~ phone 100 on 10.0.9.8: phone_pass changed, registration_password changed\n"));
    assert!(outputs[2].out.contains("~ user 6666: pass changed\n"));
    for ended in &outputs {
        for part in ["secret8", "regsecret", "reg secret", "linesecret", "plainsecret", "hidden", "$argon2id"] {
            assert!(!ended.out.contains(part) && !ended.err.contains(part), "{part} {ended:?}");
        }
    }
}

#[test]
fn the_error_for_an_old_section_name_gives_the_new_one() {
    let sandbox = sandbox_with_fleet();
    let refused = apply(&sandbox, "[[server]]\nserver_ip = \"10.0.9.10\"\n", &[]);
    let expected = "hotdesk: wanted.toml: server: this section was renamed: write [[dialer]]";
    assert_eq!((refused.code, refused.err.lines().next()), (1, Some(expected)));
}

#[test]
fn a_file_with_mistakes_changes_nothing_and_every_mistake_is_reported() {
    let sandbox = sandbox_with_fleet();
    let before = sandbox.run(&["export"]).out;
    let bad = r#"
[[dialer]]
server_ip = "10.0.9.10"
[[phone]]
extension = "101"
server_ip = "10.0.9.10"
phone_login = "101a"
[[phone]]
extension = "102"
server_ip = "1.2.3"
phone_login = "100A"
frist = 1
[[phone]]
extension = "103"
server_ip = "10.0.9.10"
phone_login = "103 a"
template_id = "nowhere"
[[alias]]
alias_id = "xyz100"
phone_logins = ["101a", "100z"]
"#;
    let refused = apply(&sandbox, bad, &[]);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    let place = "hotdesk: wanted.toml: ";
    let lines: Vec<&str> = refused.err.lines().map(|line| line.strip_prefix(place).unwrap_or(line)).collect();
    assert!(lines[0].starts_with(r#"phone 2 (extension 102): unknown key "frist"; known keys are "#), "{}", lines[0]);
    assert_eq!(
        lines[1..],
        [
            "phone 3 (extension 103): phone_login: only letters, digits, `-` and `_` are allowed",
            r#"phone 2 (extension 102): server_ip: there is no dialer "1.2.3""#,
            r#"phone 3 (extension 103): template_id: there is no template "nowhere""#,
            r#"phone 2 (extension 102): phone_login "100A" is also the login of phone 10.0.9.8/100"#,
            r#"alias xyz100: phone_logins: no phone has the login "100z""#,
            "hotdesk: wanted.toml has 6 errors; nothing was changed",
        ]
    );
    assert_eq!(sandbox.run(&["export"]).out, before);
}

#[test]
fn pruning_removes_only_rows_that_the_files_sections_omit() {
    let sandbox = sandbox_with_fleet();
    let smaller = "[[phone]]\nextension = \"100\"\nserver_ip = \"10.0.9.8\"\n[[alias]]\nalias_id = \"xyz100\"\n\
                   phone_logins = [\"100a\"]\n";
    let kept = apply(&sandbox, smaller, &["--plan"]);
    assert_eq!(kept.lines().last(), Some(&"0 to add, 1 to change, 0 to remove"));
    let pruned = apply(&sandbox, smaller, &["--prune"]);
    assert_eq!(
        pruned.lines(),
        [
            "~ alias xyz100: phone_logins 100a,100b → 100a",
            "- alias resting",
            "- phone 100 on 10.0.9.9",
            "0 added, 1 changed, 2 removed"
        ]
    );
    assert_eq!(sandbox.rows("SELECT alias_id FROM phones_alias"), ["xyz100"]);
    assert_eq!(sandbox.rows("SELECT server_ip FROM phones"), ["10.0.9.8"]);
    assert_eq!(sandbox.rows("SELECT count(*) FROM hotdesk_inactive_alias"), ["0"]);
    assert_eq!(sandbox.rows("SELECT count(*) FROM vicidial_users"), ["2"]);
}

#[test]
fn a_dialer_is_pruned_with_everything_that_belongs_to_it() {
    let sandbox = sandbox_with_fleet();
    let one = "[[dialer]]\nserver_ip = \"10.0.9.8\"\n[[phone]]\nextension = \"100\"\nserver_ip = \"10.0.9.8\"\n\
               [[alias]]\nalias_id = \"xyz100\"\nphone_logins = \"100a\"\n[[alias]]\nalias_id = \"resting\"\n";
    let refused = apply(&sandbox, one, &["--prune"]);
    assert_eq!(refused.code, 1);
    assert_eq!(
        refused.err.lines().next(),
        Some(r#"hotdesk: wanted.toml: weights 10.0.9.9: server_ip: there is no dialer "10.0.9.9""#)
    );
    let pruned = apply(&sandbox, &format!("{one}[weights]\n\"10.0.9.8\" = 30\n"), &["--prune"]);
    assert_eq!(pruned.lines().last(), Some(&"0 added, 1 changed, 3 removed"), "{}", pruned.err);
    assert_eq!(sandbox.rows("SELECT server_ip FROM servers"), ["10.0.9.8"]);
    assert_eq!(sandbox.rows("SELECT container_entry FROM vicidial_settings_containers"), ["10.0.9.8 , 30"]);
}

#[test]
fn the_last_administrator_is_not_pruned() {
    let sandbox = sandbox_with_fleet();
    let refused = apply(&sandbox, "[[user]]\nuser = \"1001\"\n", &["--prune"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("this would leave no administrator"), "{}", refused.err);
    assert_eq!(sandbox.rows("SELECT count(*) FROM vicidial_users"), ["2"]);
}

#[test]
fn an_export_applied_to_an_empty_database_exports_the_same() {
    let sandbox = sandbox_with_fleet();
    let toml = sandbox.run(&["export"]);
    assert_eq!((toml.code, toml.err.as_str()), (0, ""));
    let applied = sandbox.run_with_input(&["--database", "sqlite:by-toml.db", "apply", "-"], &toml.out);
    assert_eq!((applied.code, applied.err.as_str()), (0, ""));
    assert_eq!(sandbox.run(&["--database", "sqlite:by-toml.db", "export"]).out, toml.out);

    let json = sandbox.run(&["export", "--json"]).out;
    sandbox.write("fleet.json", &json);
    assert_eq!(sandbox.run(&["--database", "sqlite:by-json.db", "apply", "fleet.json"]).code, 0);
    assert_eq!(sandbox.run(&["--database", "sqlite:by-json.db", "export", "--json"]).out, json);
    assert_eq!(sandbox.run(&["--database", "sqlite:by-json.db", "export"]).out, toml.out);
}

#[test]
fn an_export_has_passwords_in_their_stored_form() {
    let sandbox = sandbox_with_fleet();
    sandbox.rows("UPDATE vicidial_users SET pass = 'fromvicidial' WHERE user = '1001' RETURNING user");
    let exported = sandbox.run(&["export"]).out;
    assert!(exported.contains("user = \"1001\"\npass = \"fromvicidial\"\n"), "{exported}");
    assert!(exported.contains("user = \"6666\"\npass_hash = \"$argon2id$"), "{exported}");
    assert!(!exported.contains("plainsecret"));
    assert!(sandbox.run(&["export", "--help"]).out.contains("contains secrets"));
}

#[test]
fn an_applied_password_becomes_a_digest_and_replaces_a_plain_one() {
    let sandbox = sandbox_with_fleet();
    sandbox.rows("UPDATE vicidial_users SET pass = 'fromvicidial' WHERE user = '6666' RETURNING user");
    let same = apply(&sandbox, "[[user]]\nuser = \"6666\"\npass = \"fromvicidial\"\n", &[]);
    assert_eq!(same.lines(), ["nothing to do"]);
    let other = apply(&sandbox, "[[user]]\nuser = \"6666\"\npass = \"anotherone\"\n", &[]);
    assert_eq!(other.lines(), ["~ user 6666: pass changed", "0 added, 1 changed, 0 removed"]);
    let stored =
        sandbox.rows("SELECT pass, (SELECT digest FROM hotdesk_credentials WHERE user = '6666') FROM vicidial_users");
    assert!(stored[0].starts_with("|$argon2id$"), "{stored:?}");
}

#[test]
fn an_unreadable_file_is_reported_in_one_line() {
    let sandbox = Sandbox::new();
    sandbox.write("twice.json", r#"{"user": [], "user": []}"#);
    sandbox.write("list.toml", "phone = 1\n[x\n");
    for (arguments, code, words) in [
        (&["apply", "nowhere.toml"][..], 1, "cannot read the fleet file nowhere.toml: "),
        (&["apply", "twice.json"], 1, "duplicate key \"user\""),
        (&["apply", "list.toml"], 1, "list.toml line 2: "),
        (&["export"], 1, "the database hotdesk.db does not exist"),
        (&["--database", "mysql:x", "export"], 2, "use `sqlite:FILE` or `mariadb://USER@HOST/DATABASE`"),
    ] {
        let ended = sandbox.run(arguments);
        assert_eq!((ended.code, ended.out.as_str(), ended.err.lines().count()), (code, "", 1), "{}", ended.err);
        assert!(ended.err.starts_with("hotdesk: ") && ended.err.contains(words), "{}", ended.err);
    }
    assert_eq!(sandbox.run(&["apply"]).code, 2);
    assert!(!sandbox.path("hotdesk.db").exists());
}
