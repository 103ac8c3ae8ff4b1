//! Functions about agents: behaviour that the recordings do not cover.

use fleet::Outcome;
use fleet::field::FieldId::{
    AgentPass, AgentUser, IncludeIp, NumberOfLines, PhoneLogin, ResetPassword, ServerIp, SessionId, Status, UserGroups,
};
use fleet::non_agent_api::update_remote_agent::Outcome as RemoteAgent;
use fleet::non_agent_api::update_user::{InvalidField, Outcome as Update};
use fleet::non_agent_api::user_group_status::{Counts, Outcome as GroupStatus};
use fleet::non_agent_api::{ResetOutcome, agent_status, blind_monitor};

use crate::support::{Fixture, ON_VICIDIAL};

/// A fixture with two agents and an administrator who may call all of these functions.
fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.sql(
        "INSERT INTO vicidial_user_groups (user_group) VALUES ('ADMIN'), ('AGENTS');
         INSERT INTO vicidial_campaigns (campaign_id) VALUES ('ONE');
         INSERT INTO vicidial_conferences (conf_exten, server_ip, extension) VALUES ('8600061', '10.0.9.8', '');
         UPDATE vicidial_users SET user_group = 'ADMIN', modify_users = '1', view_reports = '1', modify_remoteagents = '1';
         INSERT INTO vicidial_users (user, pass, full_name, user_group) VALUES
             ('1001', 'apass', 'O''Brien', 'AGENTS'), ('1002', 'apass', '; DROP TABLE phones', 'AGENTS');
         INSERT INTO vicidial_live_agents (user, server_ip, conf_exten, extension, status, callerid) VALUES
             ('1001', '10.0.9.8', '8600061', 'SIP/100', 'INCALL', ''),
             ('1002', '10.0.9.9', '8600062', 'SIP/101', 'INCALL', 'M.*');
         INSERT INTO vicidial_auto_calls (callerid, status, campaign_id) VALUES ('M1', 'LIVE', 'ONE');",
    );
    fixture
}

#[tokio::test]
async fn a_call_id_is_not_a_pattern_and_an_empty_one_matches_no_call() {
    let ended = fixture().call("user_group_status", &[(UserGroups, "agents")]).await;
    let counts = Counts { calls_waiting: 1, agents_logged_in: 2, agents_in_dead_calls: 2, ..Counts::default() };
    assert_eq!(ended, Outcome::UserGroupStatus(GroupStatus::Counted(counts)));
}

#[tokio::test]
async fn an_agents_address_is_that_of_the_last_login_or_empty() {
    let fixture = fixture();
    let address = async || match fixture.call("agent_status", &[(AgentUser, "1001"), (IncludeIp, "YES")]).await {
        Outcome::AgentStatus(agent_status::Outcome::Found(found)) => found.computer_ip,
        other => unreachable!("{other:?}"),
    };
    assert_eq!(address().await, Some(String::new()));
    fixture.sql(
        "INSERT INTO vicidial_user_log (user, event, event_date, computer_ip) VALUES
             ('1001', 'LOGIN', '2026-11-01 08:00:00', '192.0.2.8'), ('1001', 'LOGIN', '2026-11-02 08:00:00', '192.0.2.9'),
             ('1001', 'LOGOUT', '2026-11-02 09:00:00', '192.0.2.10'), ('1002', 'LOGIN', '2026-11-03 08:00:00', '192.0.2.11');",
    );
    assert_eq!(address().await, Some("192.0.2.9".to_owned()));
}

#[tokio::test]
async fn monitoring_calls_in_the_same_second_have_different_call_ids() {
    let fixture = fixture();
    let fields = [(PhoneLogin, "100b"), (SessionId, "8600061"), (ServerIp, "10.0.9.8")];
    for _ in 0..2 {
        let ended = fixture.call("blind_monitor", &fields).await;
        assert!(matches!(ended, Outcome::BlindMonitor(blind_monitor::Outcome::Launched(_))), "{ended:?}");
    }
    assert_eq!(fixture.ask::<i64>("SELECT count(DISTINCT callerid) FROM vicidial_manager"), 2);
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM vicidial_rt_monitor_log WHERE agent_user = '1001'"), 2);
}

#[tokio::test]
async fn a_conference_matches_only_its_exact_number() {
    for conference in ["08600061", "8600061000000000000", ""] {
        let fields = [(PhoneLogin, "100b"), (SessionId, conference), (ServerIp, "10.0.9.8")];
        let ended = fixture().call("blind_monitor", &fields).await;
        assert_eq!(ended, Outcome::BlindMonitor(blind_monitor::Outcome::SessionInvalid), "{conference:?}");
    }
}

#[tokio::test]
async fn a_number_of_lines_that_overflows_its_column_is_refused() {
    let fixture = fixture();
    fixture.sql("INSERT INTO vicidial_remote_agents (user_start, server_ip) VALUES ('1001', '10.0.9.8')");
    for (lines, expected) in [("0", RemoteAgent::LinesInvalid), ("256", RemoteAgent::LinesInvalid)] {
        let ended = fixture.call("update_remote_agent", &[(AgentUser, "1001"), (NumberOfLines, lines)]).await;
        assert_eq!(ended, Outcome::UpdateRemoteAgent(expected), "{lines}");
    }
    let ended = fixture.call("update_remote_agent", &[(AgentUser, "1001"), (Status, "XACTIVE")]).await;
    assert_eq!(ended, Outcome::UpdateRemoteAgent(RemoteAgent::StatusInvalid));
    let stored = "SELECT concat_ws(' ', number_of_lines, status) FROM vicidial_remote_agents";
    assert_eq!(fixture.ask::<String>(stored), "1 INACTIVE");
}

#[tokio::test]
async fn an_emailed_password_is_stored_once_and_appears_in_no_log() {
    let fixture = fixture();
    let both = [(AgentUser, "1001"), (ResetPassword, "8"), (AgentPass, "other9")];
    let refused = fixture.call("update_user", &both).await;
    assert_eq!(refused, Outcome::UpdateUser(Update::Invalid(InvalidField::AgentPass)));
    let ended = fixture.call("update_user", &[(AgentUser, "1001"), (ResetPassword, "8")]).await;
    let reset = Some(ResetOutcome::Reset("a@b.example".to_owned()));
    assert_eq!(ended, Outcome::UpdateUser(Update::Updated { ranked: Vec::new(), reset, changed: false }));
    let stored = if ON_VICIDIAL {
        "SELECT pass FROM vicidial_users WHERE user = '1001'"
    } else {
        "SELECT digest FROM hotdesk_credentials WHERE user = '1001'"
    };
    assert_eq!(fixture.ask::<String>(stored), if ON_VICIDIAL { "secret" } else { "$argon2id$sent" });
    assert_eq!(fixture.ask::<String>("SELECT force_change_password FROM vicidial_users WHERE user = '1001'"), "Y");
    let logged = "SELECT concat_ws('|', event_section, event_type, event_code, event_notes) FROM vicidial_admin_log";
    assert_eq!(fixture.ask::<String>(logged), "USERS|MODIFY|ADMIN API RESET PASS|user: 1001");
}
