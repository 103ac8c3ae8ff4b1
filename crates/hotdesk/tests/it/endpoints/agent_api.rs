//! The Agent API and `blind_monitor` with agents of Hotdesk's own floor.

use std::time::{Duration, Instant};

use super::staffed::{ADMIN, Staffed, json};
use crate::support::{PATIENCE, get};

/// A supervisor whose group sees no agents.
const LIMITED: &str = "
    INSERT INTO vicidial_user_groups (user_group, admin_viewable_groups, allowed_campaigns) VALUES
        ('LIMITED', ' OTHERS ', ' -ALL-CAMPAIGNS- - -');
    INSERT INTO vicidial_users (user, pass, user_level, user_group, vdc_agent_api_access) VALUES
        ('limited', 'lpass', 8, 'LIMITED', '1');";

const LOGOUT: &str = "function=logout&agent_user=1001&value=LOGOUT";
const CALL: &str = "function=call_agent&agent_user=1001&value=CALL";

/// The reply to a call of this account, such as `6666&pass=1234`.
fn call(staffed: &Staffed, path: &str, account: &str, rest: &str) -> String {
    let reply = staffed.server.send(&get(&format!("{path}?source=test&user={account}&{rest}"), &[]));
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body
}

fn agent_api(staffed: &Staffed, account: &str, rest: &str) -> String {
    call(staffed, "/agc/api.php", account, rest)
}

fn ask(staffed: &Staffed, sql: &str) -> String {
    staffed.server.database().query_row(sql, [], |row| row.get::<_, String>(0)).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the log of another process says nothing when it grows")]
fn wait_until(staffed: &Staffed, is_done: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_done() {
        assert!(began.elapsed() < PATIENCE, "{}", staffed.server.log());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn logout_ends_a_session_at_once_and_frees_its_conference() {
    let staffed = Staffed::new(0, &[]);
    let session = staffed.log_in("1001", "team");
    let refused = agent_api(&staffed, "6666&pass=1234", "function=logout&agent_user=1001&value=XLOGOUT");
    assert_eq!(refused, "ERROR: logout not valid - XLOGOUT|1001\n");
    let reply = agent_api(&staffed, "6666&pass=1234", LOGOUT);
    assert!(reply.starts_with("SUCCESS: logout function set - LOGOUT|") && reply.ends_with("|1001\n"), "{reply}");
    let ended = json(&staffed.ask("GET", &session.target(), &[ADMIN], ""));
    assert_eq!(ended["state"], "ended", "{ended}");
    let held = "SELECT count(*) || '' FROM vicidial_conferences WHERE extension <> ''";
    assert_eq!(ask(&staffed, held), "0");
    let logged = "SELECT user || ' ' || event_code FROM vicidial_admin_log ORDER BY admin_log_id DESC LIMIT 1";
    assert_eq!(ask(&staffed, logged), "6666 ADMIN API AGENT LOGGED OUT");
    let calls = "SELECT group_concat(function || ' ' || result, ', ') FROM vicidial_api_log";
    assert_eq!(ask(&staffed, calls), "logout ERROR, logout SUCCESS");
    assert_eq!(agent_api(&staffed, "6666&pass=1234", LOGOUT), "ERROR: agent_user is not logged in - 1001\n");
}

#[test]
fn call_agent_rings_a_phone_that_did_not_answer_and_refuses_one_that_is_connected() {
    let ringing = Staffed::new(60_000, &[]);
    ringing.open("1001", r#","phone_login":"team","phone_pass":"phonepass""#, &[]);
    let its_call = "SELECT `call` FROM hotdesk_session WHERE ended IS NULL";
    let before = ask(&ringing, its_call);
    assert_eq!(agent_api(&ringing, "6666&pass=1234", CALL), "SUCCESS: call_agent function sent - 1001\n");
    assert_ne!(ask(&ringing, its_call), before, "the phone rings with a new call");
    drop(ringing);
    let connected = Staffed::new(0, &[]);
    connected.log_in("1001", "team");
    let refused = "ERROR: call_agent error - phone is connected - 1001\n";
    assert_eq!(agent_api(&connected, "6666&pass=1234", CALL), refused);
}

#[test]
fn agents_of_unseen_groups_are_reached_only_if_the_setting_allows_it() {
    let not_logged_in = "ERROR: agent_user is not logged in - 1001\n";
    for (flags, is_reached) in [(&[][..], false), (&["--reachable-agents", "all"][..], true)] {
        let staffed = Staffed::new(0, flags);
        staffed.server.database().execute_batch(LIMITED).unwrap();
        staffed.log_in("1001", "team");
        let (conference, dialer) =
            ("SELECT conf_exten FROM vicidial_live_agents", "SELECT server_ip FROM vicidial_live_agents");
        let (conference, dialer) = (ask(&staffed, conference), ask(&staffed, dialer));
        let monitor = format!("function=blind_monitor&phone_login=101a&session_id={conference}&server_ip={dialer}");
        let monitored = call(&staffed, "/vicidial/non_agent_api.php", "limited&pass=lpass", &monitor);
        assert_eq!(monitored.starts_with("SUCCESS: "), is_reached, "{monitored}");
        let webphone = "function=webphone_url&agent_user=1001&value=DISPLAY";
        for rest in [webphone, CALL, LOGOUT] {
            let reply = agent_api(&staffed, "limited&pass=lpass", rest);
            assert_eq!(reply != not_logged_in, is_reached, "{rest}: {reply}");
        }
    }
}

#[test]
fn blind_monitor_places_the_call_on_the_phones_dialer_and_logs_the_result() {
    let staffed = Staffed::new(0, &[]);
    staffed.log_in("1001", "team");
    staffed.server.database().execute_batch("UPDATE phones SET dialplan_number = '8101' WHERE login = '101a'").unwrap();
    let conference = ask(&staffed, "SELECT conf_exten FROM vicidial_live_agents");
    let dialer = ask(&staffed, "SELECT server_ip FROM vicidial_live_agents");
    let monitor = format!("function=blind_monitor&phone_login=101a&session_id={conference}&server_ip={dialer}");
    let reply = call(&staffed, "/vicidial/non_agent_api.php", "6666&pass=1234", &monitor);
    let call_id = reply.rsplit('|').nth(1).unwrap();
    assert!(reply.starts_with("SUCCESS: ") && call_id.starts_with("hd-"), "{reply}");
    let queued = "SELECT count(*) || '' FROM vicidial_manager";
    assert_eq!(ask(&staffed, queued), "0", "Hotdesk places the call itself");
    let is_logged =
        || staffed.server.log().lines().any(|line| line.contains("a monitoring call") && line.contains(call_id));
    wait_until(&staffed, is_logged);
    let who = "SELECT manager_user || ' ' || agent_user || ' ' || monitor_type FROM vicidial_rt_monitor_log";
    assert_eq!(ask(&staffed, who), "6666 1001 LISTEN");
}

#[test]
fn no_password_of_a_failed_login_is_in_the_reply_or_the_log() {
    let staffed = Staffed::new(0, &[]);
    let reply = agent_api(&staffed, "6666&pass=Wrong9", LOGOUT);
    assert_eq!(reply, "ERROR: Invalid Username/Password: |6666||0|1|BAD|\n");
    let logged = ask(&staffed, "SELECT result_reason || ifnull(data, '') FROM vicidial_api_log");
    assert!(!logged.contains("Wrong9") && !staffed.server.log().contains("Wrong9"), "{logged}");
}
