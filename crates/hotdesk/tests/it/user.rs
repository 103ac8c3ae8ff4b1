//! Tests of `hotdesk user`.

use crate::sandbox::Sandbox;

const ADD: [&str; 9] =
    ["user", "add", "6666", "--level", "9", "--api", "--ast-admin", "--functions", "add_phone,version"];

#[test]
fn an_account_gets_its_rights_and_a_digest_of_its_password() {
    let sandbox = Sandbox::new();
    let added = sandbox.run_with_input(&ADD, "hunter2\n");
    assert_eq!((added.code, added.lines(), added.err.as_str()), (0, vec!["added user 6666, level 9"], ""));
    assert_eq!(
        sandbox.rows(
            "SELECT user, pass, user_level, vdc_agent_api_access, ast_admin_access, ast_delete_phones,
                          api_allowed_functions FROM vicidial_users"
        ),
        ["6666||9|1|1|0| add_phone version "]
    );
    assert!(sandbox.rows("SELECT digest FROM hotdesk_credentials")[0].starts_with("$argon2id$"));
    sandbox.write("same.toml", "[[user]]\nuser = \"6666\"\npass = \"hunter2\"\n");
    assert_eq!(sandbox.run(&["apply", "same.toml"]).lines(), ["nothing to do"]);
}

#[test]
fn a_new_password_is_never_printed_and_ends_the_sessions_of_the_old_one() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run_with_input(&ADD, "hunter2\r\n").code, 0);
    let visit = "INSERT INTO hotdesk_admin_session (key_digest, user, began, used) VALUES ('x', '6666', datetime(), datetime())";
    rusqlite::Connection::open(sandbox.path("hotdesk.db")).unwrap().execute(visit, []).unwrap();
    let set = sandbox.run_with_input(&["user", "password", "6666"], "hunter3");
    assert_eq!((set.code, set.lines(), set.err.as_str()), (0, vec!["set the password of 6666"], ""));
    assert_eq!(
        sandbox.rows("SELECT count(*) FROM hotdesk_admin_session"),
        ["0"],
        "the old password's admin sessions have ended"
    );
    for (pass, wanted) in [("hunter3", "nothing to do"), ("hunter2", "0 to add, 1 to change, 0 to remove")] {
        sandbox.write("pass.toml", &format!("[[user]]\nuser = \"6666\"\npass = \"{pass}\"\n"));
        assert_eq!(sandbox.run(&["apply", "pass.toml", "--plan"]).lines().last(), Some(&wanted), "{pass}");
    }
}

#[test]
fn a_failed_command_is_explained_in_one_line_and_leaves_no_account() {
    let sandbox = Sandbox::new();
    for (arguments, input, words) in [
        (&ADD[..], "\n", "the password must have 1 to 100 characters"),
        (&ADD[..], &"x".repeat(101), "the password must have 1 to 100 characters"),
        (&["user", "add", "6 6"], "hunter2\n", "`6 6` is not a valid user name"),
        (&["user", "password", "nobody"], "hunter2\n", "the user nobody does not exist"),
    ] {
        let ended = sandbox.run_with_input(arguments, input);
        assert_eq!((ended.code, ended.out.as_str(), ended.err.lines().count()), (1, "", 1), "{}", ended.err);
        assert!(ended.err.contains(words) && !ended.err.contains("hunter2"), "{}", ended.err);
    }
    assert_eq!(sandbox.rows("SELECT count(*) FROM vicidial_users"), ["0"]);
    assert_eq!(sandbox.run_with_input(&ADD, "hunter2\n").code, 0);
    let again = sandbox.run_with_input(&ADD, "hunter2\n");
    assert_eq!((again.code, again.err.lines().count()), (1, 1));
    assert!(again.err.contains("the user 6666 already exists"), "{}", again.err);
}

#[test]
fn an_invalid_level_is_wrong_usage() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.run(&["user", "add", "6666", "--level", "10"]).code, 2);
    assert!(!sandbox.path("hotdesk.db").exists());
}
