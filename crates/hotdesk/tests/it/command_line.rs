//! `hotdesk phone`, `alias`, `dialer`, `user`, `token` and `session`: on a database, and on a running server.

use crate::sandbox::{CommandOutput, Sandbox};
use crate::support::Server;

const DIALER: &str = "[[dialer]]\nserver_ip = \"10.0.9.8\"\nserver_id = \"dialer-a\"\n\
                      [[user_group]]\nuser_group = \"ADMIN\"\n";

/// A test folder with a dialer and an administrator, whose password is in the file `pass`.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("dialer.toml", DIALER);
    sandbox.write("pass", "secret99\n");
    assert_eq!(sandbox.run(&["apply", "dialer.toml"]).code, 0);
    let flags = ["--level", "9", "--api", "--ast-admin", "--delete-phones", "--modify-users"];
    let added = sandbox.run_with_input(&[&["user", "add", "boss"], &flags[..]].concat(), "secret99\n");
    assert_eq!((added.code, added.out.as_str()), (0, "added user boss, level 9\n"), "{}", added.err);
    sandbox
}

/// Runs a command with flags that select a server or the database.
fn run(sandbox: &Sandbox, way: &[&str], arguments: &[&str], input: &str) -> CommandOutput {
    sandbox.run_with_input(&[arguments, way].concat(), input)
}

fn done(ended: CommandOutput) -> String {
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{}", ended.out);
    ended.out
}

const ADD: [&str; 14] = [
    "phone",
    "add",
    "server_ip=10.0.9.8",
    "extension=100",
    "phone_login=100a",
    "phone_full_name=Desk 100",
    "protocol=PJSIP",
    "dialplan_number=100",
    "voicemail_id=100",
    "outbound_cid=7275551212",
    "--secret-from-stdin",
    "phone_pass",
    "--secret-from-stdin",
    "registration_password",
];

const PHONES: &str = "server_ip  extension  phone_login  protocol  active  phone_full_name  template_id\n\
                      10.0.9.8   100        100a         PJSIP     true    Desk 100\n";

/// The life of phone and alias rows, which must be the same on a database and on a server.
fn check_row_commands(sandbox: &Sandbox, way: &[&str]) {
    let run = |arguments: &[&str], input: &str| run(sandbox, way, arguments, input);
    assert_eq!(done(run(&ADD, "agent1\nregister1\n")), "added phone 10.0.9.8/100\n");
    assert_eq!(sandbox.rows("SELECT pass, conf_secret, protocol FROM phones"), ["agent1|register1|PJSIP"]);
    assert_eq!(done(run(&["phone", "list"], "")), PHONES);
    assert_eq!(done(run(&["phone", "list", "extension=2*"], "")).lines().count(), 1);
    assert_eq!(
        done(run(&["phone", "set", "100a", "active=FALSE", "local_gmt=-5"], "")),
        "changed phone 10.0.9.8/100\n"
    );
    assert_eq!(sandbox.rows("SELECT active, local_gmt, pass FROM phones"), ["N|-5.00|agent1"]);
    let shown = done(run(&["phone", "show", "10.0.9.8/100"], ""));
    let name = shown.lines().find_map(|line| line.strip_prefix("phone_full_name "));
    assert_eq!(name.map(str::trim), Some("Desk 100"), "{shown}");
    assert!(!shown.contains("agent1") && !shown.contains("register1"), "{shown}");
    let json = done(run(&["phone", "list", "--json", "--limit", "1"], ""));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json[0]["phone_login"], &json[0]["active"]), (&"100a".into(), &false.into()));

    let alias = ["alias", "add", "alias_id=xyz100", "alias_name=XYZ", "phone_logins=100a"];
    assert_eq!(done(run(&alias, "")), "added alias xyz100\n");
    assert_eq!(
        done(run(&["alias", "list"], "")),
        "alias_id  alias_name  phone_logins  active\nxyz100    XYZ         100a          true\n"
    );
    let refused = run(&["alias", "add-member", "xyz100", "100b"], "");
    assert_eq!((refused.code, refused.err.lines().count()), (1, 1));
    assert!(refused.err.starts_with("hotdesk: ") && refused.err.contains("phone_logins: "), "{}", refused.err);
    assert_eq!(done(run(&["alias", "remove", "xyz100"], "")), "removed alias xyz100\n");
    assert_eq!(done(run(&["phone", "remove", "100a"], "")), "removed phone 100a\n");
    assert_eq!(sandbox.rows("SELECT count(*) FROM phones"), ["0"]);

    assert!(done(run(&["dialer", "list"], "")).contains("10.0.9.8   dialer-a"));
    assert_eq!(done(run(&["dialer", "set", "10.0.9.8", "asterisk_version=16.28"], "")), "changed dialer 10.0.9.8\n");
    assert_eq!(done(run(&["user", "list"], "")).lines().last(), Some("boss  boss       9           ADMIN       true"));
    let missing = run(&["phone", "show", "100a"], "");
    assert_eq!(
        (missing.code, missing.err.as_str()),
        (1, "hotdesk: no phone has the login 100a; try SERVER_IP/EXTENSION\n")
    );
    let by = sandbox.rows("SELECT DISTINCT user, ip_address FROM vicidial_admin_log WHERE event_section = 'PHONES'");
    assert_eq!(by, ["boss|127.0.0.1"]);
}

#[test]
fn on_a_database_rows_are_added_listed_shown_changed_and_removed() {
    let sandbox = sandbox();
    check_row_commands(&sandbox, &[]);
    assert_eq!(sources(&sandbox), ["ADMIN COMMAND LINE"], "the audit log has the source of each change");
}

/// The sources of all changes of phones and aliases in the audit log.
fn sources(sandbox: &Sandbox) -> Vec<String> {
    let codes = sandbox.rows("SELECT event_code FROM vicidial_admin_log WHERE event_section LIKE 'PHONE%'");
    let mut sources: Vec<String> = codes
        .iter()
        .filter_map(|code| [" ADD ", " MODIFY ", " DELETE "].iter().find_map(|verb| code.split_once(verb)))
        .map(|(source, _)| source.to_owned())
        .collect();
    sources.sort();
    sources.dedup();
    sources
}

#[test]
fn on_a_database_it_sees_everything_unless_an_account_is_given() {
    let sandbox = sandbox();
    sandbox.write(
        "limited.toml",
        "[[user_group]]\nuser_group = \"NORTH\"\nadmin_viewable_groups = [\"NORTH\"]\n\
         [[user]]\nuser = \"aaron\"\npass = \"secret99\"\nuser_level = 9\nuser_group = \"NORTH\"\n\
         vdc_agent_api_access = true\nast_admin_access = true\nast_delete_phones = true\nmodify_users = true\n\
         delete_users = true\n",
    );
    assert_eq!(sandbox.run(&["apply", "limited.toml"]).code, 0);
    done(run(&sandbox, &[], &ADD, "agent1\nregister1\n"));
    done(sandbox.run(&["phone", "set", "100a", "admin_user_group=ADMIN"]));
    assert_eq!(done(sandbox.run(&["phone", "list"])), PHONES);
    assert_eq!(done(sandbox.run(&["phone", "list", "--account", "aaron"])).lines().count(), 1);
}

#[test]
fn on_a_running_server_rows_are_added_listed_shown_changed_and_removed() {
    let sandbox = sandbox();
    let server = Server::start(&sandbox.path(""), &[]);
    let url = format!("http://{}", server.address());
    check_row_commands(&sandbox, &["--url", &url, "--account", "boss", "--password-file", "pass"]);
    assert_eq!(sources(&sandbox), ["ADMIN JSON API"]);
    let header = "session_id  user  phone_login  server_ip  state  started_at  campaign\n";
    let way = ["--url", &url, "--account", "boss", "--password-file", "pass"];
    assert_eq!(done(run(&sandbox, &way, &["session", "list"], "")), header);
    let refused = run(&sandbox, &way, &["session", "end", "7"], "");
    assert_eq!((refused.code, refused.err.lines().count()), (1, 1), "{}", refused.err);
}

#[test]
fn a_created_token_is_accepted_until_it_is_revoked() {
    let sandbox = sandbox();
    let server = Server::start(&sandbox.path(""), &[]);
    let url = format!("http://{}", server.address());
    let token = done(sandbox.run(&["token", "add", "deploys", "--scopes", "read,phones", "--days", "7"]));
    assert!(token.starts_with("hdt_") && token.lines().count() == 1, "{token}");
    sandbox.write("token", &token);
    let way = ["--url", &url, "--token-file", "token"];
    assert_eq!(done(run(&sandbox, &way, &ADD, "agent1\nregister1\n")), "added phone 10.0.9.8/100\n");
    let refused = run(&sandbox, &way, &["user", "set", "boss", "full_name=X"], "");
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("users"), "{}", refused.err);
    let listed = done(sandbox.run(&["token", "list"]));
    assert!(listed.lines().nth(1).is_some_and(|line| line.contains("boss  deploys  read,phones")), "{listed}");
    assert!(!listed.contains(token.trim()));
    assert_eq!(done(sandbox.run(&["token", "remove", "1"])), "revoked token 1\n");
    let refused = run(&sandbox, &way, &["phone", "list"], "");
    assert_eq!((refused.code, refused.out.as_str(), refused.err.lines().count()), (1, "", 1), "{}", refused.err);
}

#[test]
fn a_user_is_added_and_gets_another_password_through_the_server() {
    let sandbox = sandbox();
    let server = Server::start(&sandbox.path(""), &[]);
    let url = format!("http://{}", server.address());
    let way = ["--url", &url, "--account", "boss", "--password-file", "pass"];
    let flags = ["user", "add", "lee", "--level", "7", "--api", "--functions", "version"];
    assert_eq!(done(run(&sandbox, &way, &flags, "first123\n")), "added user lee\n");
    assert_eq!(done(run(&sandbox, &way, &["user", "password", "lee"], "second123\n")), "changed user lee\n");
    sandbox.write("lee", "second123\n");
    sandbox.write("old", "first123\n");
    let as_lee =
        |file| run(&sandbox, &["--url", &url, "--account", "lee", "--password-file", file], &["phone", "list"], "");
    assert_eq!((as_lee("lee").code, as_lee("old").code), (0, 1));
}

#[test]
fn a_wrong_call_is_explained_in_one_line() {
    let sandbox = sandbox();
    let unused = "http://127.0.0.1:1";
    for (arguments, code, words) in [
        (&["phone", "set", "10.0.9.8/100", "phone_pass=hunter2"][..], 2, "use --secret-from-stdin phone_pass"),
        (&["phone", "add", "extension"], 2, "write KEY=VALUE"),
        (&["session", "list"], 2, "with --url"),
        (&["phone", "list", "--url", "http://hotdesk.example", "--account", "boss"], 2, "use https://"),
        (&["phone", "list", "--url", unused], 2, "HOTDESK_TOKEN"),
        (&["phone", "list", "--url", unused, "--account", "boss"], 2, "HOTDESK_PASSWORD"),
        (
            &["phone", "list", "--url", unused, "--account", "boss", "--password-file", "pass"],
            1,
            "cannot reach http://127.0.0.1:1/",
        ),
        (&["phone", "list", "--account", "nobody"], 1, "the user nobody does not exist"),
        (&["phone", "list", "--database", "sqlite:nowhere.db"], 1, "the database nowhere.db does not exist"),
        (&["phone", "list", "nosuch=1"], 1, "The allowed fields are: "),
    ] {
        let ended = sandbox.run(arguments);
        assert_eq!(
            (ended.code, ended.out.as_str(), ended.err.lines().count()),
            (code, "", 1),
            "{arguments:?} {}",
            ended.err
        );
        assert!(ended.err.starts_with("hotdesk: ") && ended.err.contains(words), "{}", ended.err);
        assert!(!ended.err.contains("hunter2") && !ended.err.contains("secret99"), "{}", ended.err);
    }
    let empty = Sandbox::new();
    empty.write("dialer.toml", DIALER);
    assert_eq!(empty.run(&["apply", "dialer.toml"]).code, 0);
    let refused = empty.run(&["phone", "list"]);
    assert!(refused.err.contains("add one with `hotdesk user add"), "{}", refused.err);
}

const SHEET: &str = "server_ip,extension,phone_login,phone_full_name,protocol,dialplan_number,voicemail_id,outbound_cid,phone_pass,registration_password\n\
    10.0.9.8,201,201a,Desk 201,SIP,201,201,7275551212,agent1,register1\n\
    10.0.9.8,202,202a,Desk 202,SIP,202,202,7275551212,agent1,register1\n";

#[test]
fn a_csv_file_is_imported_through_the_server_as_a_whole_or_without_its_bad_lines() {
    let sandbox = sandbox();
    let server = Server::start(&sandbox.path(""), &[]);
    let url = format!("http://{}", server.address());
    let way = ["--url", &url, "--account", "boss", "--password-file", "pass"];
    sandbox.write("good.csv", SHEET);
    let more = "10.0.9.8,203,203a,Desk 203,SIP,203,203,7275551212,agent1,register1\n";
    sandbox.write(
        "mixed.csv",
        &[SHEET, more, "10.0.9.8,204,201a,Desk 204,SIP,204,204,7275551212,agent1,register1\n"].concat(),
    );
    sandbox.write("bad.csv", &[SHEET, more, "10.0.9.8,2 5,205a,,SIP,205,205,7275551212,hunter 2,register1\n"].concat());

    assert_eq!(done(run(&sandbox, &way, &["import", "phones", "good.csv"], "")), "2 added, 0 changed, 0 removed\n");
    assert_eq!(sandbox.rows("SELECT login, pass FROM phones"), ["201a|agent1", "202a|agent1"]);
    for (file, words) in
        [("mixed.csv", "line 5 (extension 204): phone_login: "), ("bad.csv", "line 5 (extension 2 5): ")]
    {
        let refused = run(&sandbox, &way, &["import", "phones", file], "");
        assert_eq!((refused.code, refused.out.as_str()), (1, ""));
        assert!(refused.err.contains(words) && !refused.err.contains("hunter"), "{}", refused.err);
        assert_eq!(sandbox.rows("SELECT count(*) FROM phones"), ["2"], "{file}");
    }
    let partly = run(&sandbox, &way, &["import", "phones", "mixed.csv", "--keep-going"], "");
    assert_eq!((partly.code, partly.out.as_str()), (1, "1 added, 2 changed, 0 removed\n"), "{}", partly.err);
    assert!(partly.err.contains("mixed.csv: line 5 (extension 204): phone_login: "), "{}", partly.err);
    assert_eq!(sandbox.rows("SELECT login FROM phones"), ["201a", "202a", "203a"]);

    let exported = done(run(&sandbox, &way, &["export", "--csv", "phones"], ""));
    assert_eq!(exported.lines().count(), 4);
    assert!(exported.contains("10.0.9.8,203,203a,203,203,SIP,Desk 203,"), "{exported}");
    assert!(!exported.contains("agent1") && !exported.contains("phone_pass"), "{exported}");
    assert_eq!(run(&sandbox, &way, &["export"], "").code, 2);
}

#[test]
fn completions_and_manual_pages_cover_every_command() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = done(sandbox.run(&["completions", shell]));
        assert!(script.contains("add-member") && script.contains("rollout"), "{shell}");
    }
    assert_eq!(done(sandbox.run(&["man", "--out", "pages"])), "");
    for page in ["hotdesk.1", "hotdesk-phone-add.1", "hotdesk-alias-add-member.1", "hotdesk-rollout.1"] {
        assert!(std::fs::read_to_string(sandbox.path("pages").join(page)).unwrap().contains(".TH"), "{page}");
    }
}
