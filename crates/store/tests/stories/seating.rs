//! Placement of agents, with many simultaneous logins.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use fleet::dialer_status::{Health, Registration};
use fleet::login::PasswordCheck;
use fleet::password::StoredPassword;
use fleet::placement::LeftOut;
use fleet::sessions::{
    LiveStatus, LogIn, LoginContext, LoginOutcome, LoginPolicy, NoLiveStatus, Refusal, Seated, seat,
};
use fleet::text::Alphabet;

use crate::support::Fixture;

/// Four dialers with conferences and a heartbeat, and this number of agents, each with an alias `team1`… of four phones.
fn floor(agents: u32) -> Fixture {
    let fixture = Fixture::new();
    let each = |row: &dyn Fn(u32) -> String| (1..=agents).map(row).collect::<Vec<_>>().join(", ");
    let on_each =
        |row: &dyn Fn(u32, u32) -> String| each(&|agent| [1, 2, 3, 4].map(|dialer| row(agent, dialer)).join(", "));
    fixture.sql(&format!(
        "DELETE FROM phones; DELETE FROM servers;
         INSERT INTO servers (server_id, server_ip)
             VALUES ('d1', '10.0.8.1'), ('d2', '10.0.8.2'), ('d3', '10.0.8.3'), ('d4', '10.0.8.4');
         INSERT INTO server_updater (server_ip, last_update) SELECT server_ip, '2026-11-21 05:30:59' FROM servers;
         INSERT INTO vicidial_conferences (conf_exten, server_ip) VALUES {};
         INSERT INTO phones (extension, server_ip, login, pass) VALUES {};
         INSERT INTO phones_alias (alias_id, logins_list) VALUES {};
         INSERT INTO vicidial_users (user, pass) VALUES {};",
        on_each(&|agent, dialer| format!("({}, '10.0.8.{dialer}')", 8_600_000 + agent)),
        on_each(&|agent, dialer| format!("('p{agent}', '10.0.8.{dialer}', 'p{agent}d{dialer}', 'secret')")),
        each(&|n| format!("('team{n}', 'p{n}d1,p{n}d2,p{n}d3,p{n}d4')")),
        each(&|n| format!("('a{n}', 'apass')")),
    ));
    fixture
}

fn wanted(agent: u32) -> LogIn {
    LogIn {
        phone_login: format!("team{agent}"),
        phone_pass: "secret".into(),
        user: format!("a{agent}"),
        campaign: String::new(),
        from: IpAddr::V4(Ipv4Addr::LOCALHOST),
        alphabet: Alphabet::Latin,
    }
}

async fn log_in(fixture: &Fixture, wanted: LogIn) -> LoginOutcome {
    log_in_with(fixture, wanted, NoLiveStatus).await
}

async fn log_in_with(fixture: &Fixture, wanted: LogIn, live_status: impl LiveStatus + 'static) -> LoginOutcome {
    let password_check = PasswordCheck::Right(StoredPassword::Plain("apass".into()));
    fixture
        .store
        .write(move |tx| {
            seat(
                tx,
                &wanted,
                &password_check,
                &LoginContext { live_status: &live_status, call: "hd-1", key_digest: "" },
            )
        })
        .await
        .unwrap()
}

async fn seated(fixture: &Fixture, wanted: LogIn) -> Seated {
    let LoginOutcome::Seated(seated) = log_in(fixture, wanted).await else { unreachable!() };
    *seated
}

#[tokio::test(flavor = "multi_thread")]
async fn simultaneous_logins_keep_the_dialers_even_to_within_one_seat() {
    let fixture = Arc::new(floor(401));
    let logins: Vec<_> = (1..=401)
        .map(|agent| {
            let fixture = Arc::clone(&fixture);
            tokio::spawn(async move { log_in(&fixture, wanted(agent)).await })
        })
        .collect();
    for login in logins {
        assert!(matches!(login.await.unwrap(), LoginOutcome::Seated(..)));
    }
    let spread = "SELECT group_concat(seats ORDER BY seats) FROM
         (SELECT count(*) AS seats FROM vicidial_live_agents GROUP BY server_ip) AS each_dialer";
    assert_eq!(fixture.ask::<String>(spread), "100,100,100,101");
    let conferences = "SELECT count(DISTINCT server_ip || conf_exten) FROM vicidial_live_agents";
    assert_eq!(fixture.ask::<i64>(conferences), 401, "no agents share a conference");
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM hotdesk_session WHERE ended IS NULL"), 401);
}

#[tokio::test]
async fn a_second_login_replaces_the_open_session() {
    let fixture = floor(2);
    let first = seated(&fixture, wanted(1)).await.seat.place;
    let second = seated(&fixture, wanted(1)).await.seat.place;
    assert_eq!(
        (first.server_ip.as_str(), &first.server_ip),
        ("10.0.8.4", &second.server_ip),
        "the own seat does not count"
    );
    assert_eq!(first.conf_exten, second.conf_exten, "the conference is reused");
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM vicidial_live_agents"), 1);
    let ended = "SELECT group_concat(ifnull(end_reason, 'open') ORDER BY session_id) FROM hotdesk_session";
    assert_eq!(fixture.ask::<String>(ended), "replaced,open");
}

#[tokio::test]
async fn a_phone_in_use_by_another_agent_is_not_a_candidate() {
    let fixture = floor(2);
    assert!(matches!(log_in(&fixture, wanted(1)).await, LoginOutcome::Seated(..)));
    let second = log_in(&fixture, LogIn { user: "a2".into(), ..wanted(1) }).await;
    let LoginOutcome::NoPhone(choice) = second else { unreachable!("{second:?}") };
    let taken = |place| (place, LeftOut::PhoneTaken("a1".into()));
    assert_eq!(choice.decision.left_out, [0, 1, 2, 3].map(taken), "one softphone registers on all dialers");
    let again = seated(&fixture, wanted(1)).await.seat.place;
    assert_eq!(again.server_ip, "10.0.8.4", "the agent's own session does not count");
}

#[tokio::test]
async fn a_device_is_the_extension_whatever_the_protocol_of_its_phone_on_a_dialer() {
    let fixture = floor(2);
    fixture.sql("UPDATE phones SET protocol = 'PJSIP' WHERE login = 'p1d1'");
    assert!(matches!(log_in(&fixture, wanted(1)).await, LoginOutcome::Seated(..)));
    let other = LogIn { user: "a2".into(), phone_login: "p1d1".into(), ..wanted(1) };
    let second = log_in(&fixture, other.clone()).await;
    let LoginOutcome::NoPhone(choice) = second else { unreachable!("{second:?}") };
    assert_eq!(choice.decision.left_out, [(0, LeftOut::PhoneTaken("a1".into()))]);
    let wrong = LogIn { phone_pass: "guessed".into(), ..other };
    let LoginOutcome::NoPhone(choice) = log_in(&fixture, wrong).await else { unreachable!() };
    assert_eq!(choice.decision.left_out, [(0, LeftOut::PasswordWrong)], "without the password, no agent is named");
}

#[tokio::test]
async fn a_refused_login_stores_only_the_reasons_against_each_phone() {
    let fixture = floor(1);
    fixture.sql(
        "INSERT INTO vicidial_campaigns (campaign_id, active) VALUES ('ON', 'Y'), ('OFF', 'N');
         INSERT INTO vicidial_user_groups (user_group, allowed_campaigns) VALUES ('AGENTS', ' OTHER ');
         UPDATE vicidial_users SET user_group = 'AGENTS';
         INSERT INTO hotdesk_inactive_alias VALUES ('later');
         INSERT INTO phones_alias (alias_id, logins_list) VALUES ('later', 'p1d1');",
    );
    let in_campaign = |campaign: &str| LogIn { campaign: campaign.into(), ..wanted(1) };
    for (wanted, refusal) in [
        (in_campaign("NOSUCH"), Refusal::CampaignUnknown),
        (in_campaign("off"), Refusal::CampaignInactive),
        (in_campaign("on"), Refusal::CampaignNotAllowed),
        (LogIn { phone_login: "LATER".into(), ..wanted(1) }, Refusal::AliasInactive),
        (LogIn { user: "A1".into(), ..wanted(1) }, Refusal::LoginIncorrect),
        (LogIn { phone_login: "p1d1,".repeat(10_000), ..wanted(1) }, Refusal::TooManyLogins),
    ] {
        assert_eq!(log_in(&fixture, wanted).await, LoginOutcome::Refused(refusal));
    }
    let wrong_pass = log_in(&fixture, LogIn { phone_pass: "other".into(), ..wanted(1) }).await;
    let LoginOutcome::NoPhone(choice) = wrong_pass else { unreachable!() };
    assert!(choice.decision.left_out.iter().all(|(_, reason)| *reason == LeftOut::PasswordWrong));
    fixture.sql("UPDATE vicidial_users SET api_only_user = '1'");
    assert_eq!(log_in(&fixture, wanted(1)).await, LoginOutcome::Refused(Refusal::ApiOnly));
    assert_eq!(fixture.ask::<String>("SELECT state || end_reason FROM hotdesk_session"), "endedno_phone");
    assert!(fixture.ask::<String>("SELECT trail FROM hotdesk_session").contains(r#""left_out":"password_wrong""#));
    for table in ["vicidial_live_agents", "vicidial_manager"] {
        assert_eq!(fixture.ask::<i64>(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    assert_eq!(fixture.ask::<i64>("SELECT count(*) FROM vicidial_conferences WHERE extension <> ''"), 0);
}

#[tokio::test]
async fn an_alias_has_precedence_over_a_phone_of_the_same_name_and_lists_may_have_blanks() {
    let fixture = floor(1);
    fixture.sql("INSERT INTO phones_alias (alias_id, logins_list) VALUES ('p1d1', ' p1d2 ,, P1D3 ')");
    let by_alias = seated(&fixture, LogIn { phone_login: " p1d1 ".into(), ..wanted(1) }).await.seat.place;
    assert_eq!(by_alias.phone_login, "P1D3", "spelled as in the alias");
    let typed = LogIn { phone_login: "p1d4, nosuch".into(), ..wanted(1) };
    let Seated { seat, choice, .. } = seated(&fixture, typed).await;
    let by_list = seat.place;
    assert_eq!(by_list.server_ip, "10.0.8.4");
    assert_eq!(choice.decision.left_out, [(1, LeftOut::NoSuchPhone)]);
}

#[tokio::test]
async fn without_a_phone_login_the_accounts_phone_and_then_its_backup_are_used() {
    let fixture = floor(2);
    let nothing = LogIn { phone_login: String::new(), phone_pass: String::new(), ..wanted(1) };
    assert_eq!(log_in(&fixture, nothing.clone()).await, LoginOutcome::Refused(Refusal::NoAssignedPhone));
    fixture.sql("UPDATE vicidial_users SET phone_login = 'team1', phone_pass = 'secret' WHERE user = 'a1'");
    fixture.sql("INSERT INTO hotdesk_backup_phone VALUES ('a1', 'p2d2', 'secret')");
    let own = seated(&fixture, nothing.clone()).await.seat.place;
    assert_eq!(own.phone_login, "p1d4");
    fixture.sql("UPDATE phones SET active = 'N' WHERE login LIKE 'p1%'");
    let behind = seated(&fixture, nothing.clone()).await.seat.place;
    assert_eq!(behind.phone_login, "p2d2");
    fixture.sql("UPDATE phones SET pass = 'other'");
    assert!(matches!(log_in(&fixture, nothing).await, LoginOutcome::NoPhone(_)));
}

#[tokio::test]
async fn the_typed_login_is_stored_and_an_alias_in_its_own_spelling() {
    let fixture = floor(2);
    fixture.sql("UPDATE phones_alias SET alias_id = 'Team1' WHERE alias_id = 'team1'");
    seated(&fixture, LogIn { phone_login: " TEAM1 ".into(), ..wanted(1) }).await;
    seated(&fixture, LogIn { phone_login: "p2d1,p2d2".into(), ..wanted(2) }).await;
    assert!(matches!(log_in(&fixture, LogIn { phone_pass: "x".into(), ..wanted(2) }).await, LoginOutcome::NoPhone(_)));
    let typed: String = fixture.ask("SELECT group_concat(typed ORDER BY session_id) FROM hotdesk_session");
    assert_eq!(typed, "Team1,p2d1,p2d2,team2");
}

#[tokio::test]
async fn remote_agents_and_rows_without_extension_pull_nobody_to_their_dialer() {
    for grouping in ["ONE_SERVER_ONLY", "CASCADING"] {
        let fixture = floor(1);
        fixture.sql(&format!(
            "UPDATE system_settings SET pllb_grouping_limit = 100;
             INSERT INTO vicidial_campaigns (campaign_id, active, pllb_grouping, pllb_grouping_limit)
                 VALUES ('SALES', 'Y', '{grouping}', 50);
             INSERT INTO vicidial_user_groups (user_group, allowed_campaigns) VALUES ('AGENTS', ' -ALL-CAMPAIGNS- - -');
             UPDATE vicidial_users SET user_group = 'AGENTS' WHERE user = 'a1';
             INSERT INTO vicidial_live_agents (user, server_ip, extension, campaign_id) VALUES
                 ('r1', '10.0.8.1', 'R/1001', 'SALES'), ('r2', '10.0.8.2', NULL, 'SALES');"
        ));
        let login = LogIn { campaign: "SALES".into(), ..wanted(1) };
        // With no agent of the campaign anywhere, the last phone of the list is chosen.
        assert_eq!(seated(&fixture, login.clone()).await.seat.place.server_ip, "10.0.8.4", "{grouping}");
        fixture.sql("UPDATE vicidial_live_agents SET extension = 'SIP/x' WHERE user = 'r2'");
        fixture.sql("DELETE FROM vicidial_live_agents WHERE user = 'a1'");
        assert_eq!(seated(&fixture, login).await.seat.place.server_ip, "10.0.8.2", "{grouping}");
    }
}

#[tokio::test]
async fn a_call_continues_in_the_phones_own_context() {
    let fixture = floor(1);
    fixture.sql("UPDATE phones SET ext_context = 'agents' WHERE login = 'p1d4'");
    let context = |seated: Seated| seated.seat.call.unwrap().context;
    assert_eq!(context(seated(&fixture, wanted(1)).await), "agents");
    for empty in ["''", "NULL"] {
        fixture.sql(&format!("UPDATE phones SET ext_context = {empty} WHERE login = 'p1d4'"));
        assert_eq!(context(seated(&fixture, wanted(1)).await), "default", "{empty}");
    }
}

#[tokio::test]
async fn a_zap_phone_is_called_by_the_name_that_its_dialers_asterisk_knows() {
    let fixture = floor(1);
    fixture.sql("UPDATE phones SET protocol = 'Zap'; UPDATE servers SET asterisk_version = '1.4.21' WHERE server_ip = '10.0.8.4'");
    let seat = seated(&fixture, wanted(1)).await.seat;
    assert_eq!((seat.place.channel.as_str(), seat.call.unwrap().channel.as_str()), ("Zap/p1", "Zap/p1"));
}

/// Every conference of these dialers has a channel of another program in it.
struct Occupied(&'static [&'static str]);

impl LiveStatus for Occupied {
    fn health(&self, server_ip: &str) -> Health {
        NoLiveStatus.health(server_ip)
    }

    fn registration(&self, server_ip: &str, channel: &str) -> Registration {
        NoLiveStatus.registration(server_ip, channel)
    }

    fn rules(&self) -> LoginPolicy {
        NoLiveStatus.rules()
    }

    fn is_conference_in_use(&self, server_ip: &str, _: &[&str], _: &str) -> bool {
        self.0.contains(&server_ip)
    }
}

#[tokio::test]
async fn a_dialer_whose_free_conferences_have_channels_in_them_counts_as_full() {
    let fixture = floor(2);
    let LoginOutcome::Seated(seated) = log_in_with(&fixture, wanted(1), Occupied(&["10.0.8.3", "10.0.8.4"])).await
    else {
        unreachable!()
    };
    assert_eq!(seated.seat.place.server_ip, "10.0.8.2", "of equal dialers, the last in the list is the first choice");
    assert_eq!(seated.choice.decision.left_out, [(2, LeftOut::Full), (3, LeftOut::Full)]);
    let all = Occupied(&["10.0.8.1", "10.0.8.2", "10.0.8.3", "10.0.8.4"]);
    let outcome = log_in_with(&fixture, wanted(2), all).await;
    assert!(matches!(outcome, LoginOutcome::NoPhone(_)), "{outcome:?}");
}
