//! Replays the recorded logins: the chosen dialer, the placed call, and the live agent.

use std::io::Write;

use serde_json::Value;

use super::On;
use super::database::{self, MoreTables, rows};
use super::scenario::{self, Row};
use crate::support::{Reply, request};

/// The set-up also adds other agents, which are not compared.
const AGENT_COLUMNS: [&str; 6] = ["user", "server_ip", "conf_exten", "extension", "status", "campaign_id"];
const CALL_COLUMNS: [&str; 4] = ["server_ip", "cmd_line_b", "cmd_line_c", "cmd_line_d"];

#[test]
fn every_recorded_login_is_placed_as_recorded() {
    replay(On::Sqlite);
}

#[test]
fn every_recorded_login_is_placed_as_recorded_on_mariadb() {
    replay(On::Mariadb);
}

#[test]
fn every_recorded_login_is_placed_as_recorded_on_vicidials_tables() {
    replay(On::Vicidial);
}

#[test]
fn every_recorded_login_is_placed_as_recorded_in_new_york_and_kolkata() {
    for zone in ["America/New_York", "Asia/Kolkata"] {
        replay(On::VicidialIn(zone));
    }
}

fn replay(on: On) {
    let folder = tempfile::tempdir().unwrap();
    let Some((server, database)) = on.start(folder.path(), &["--dialers", "queue"]) else { return };
    let seed = scenario::seed();
    let (mut passed, mut failures) = (0, Vec::new());
    for line in scenario::lines("login") {
        let scenario: Value = serde_json::from_str(&line).unwrap();
        let setup: Vec<scenario::Step> = serde_json::from_value(scenario["setup"].clone()).unwrap();
        database::set_up(&database, &seed, &MoreTables::default(), &setup);
        let before = rows(&database, "vicidial_live_agents", &AGENT_COLUMNS);
        let form = scenario["requests"][0]["form"].as_str().unwrap();
        let headers = ["Content-Type: application/x-www-form-urlencoded", "Accept: application/json"];
        let reply = server.send(&request("POST", "/agc/vicidial.php", &headers, form.as_bytes()));
        let mut agents = rows(&database, "vicidial_live_agents", &AGENT_COLUMNS);
        agents.retain(|agent| !before.contains(agent));
        let calls = rows(&database, "vicidial_manager", &CALL_COLUMNS);
        match judge(&scenario, &reply, &agents, &calls) {
            Ok(()) => passed += 1,
            Err(reason) => failures.push(format!("{} ({}): {reason}", scenario["id"], scenario["title"])),
        }
    }
    let total = passed + failures.len();
    let _ = writeln!(std::io::stderr(), "corpus login, queue, {on:?}: {passed} of {total}");
    assert!(failures.is_empty(), "{} of {total} logins:\n{}", failures.len(), failures.join("\n"));
    assert!(passed > 150, "only {passed} logins were replayed");
}

fn judge(scenario: &Value, reply: &Reply, agents: &[Row], calls: &[Row]) -> Result<(), String> {
    let expect = &scenario["requests"][0]["expect"];
    if expect["refused"] == true {
        let is_clean = reply.status >= 400 && agents.is_empty() && calls.is_empty();
        return if is_clean { Ok(()) } else { Err(format!("not refused: {} {}", reply.status, reply.body)) };
    }
    let answer: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    for (key, wanted) in expect.as_object().unwrap() {
        if answer[key] != *wanted {
            return Err(format!("{key} is not {wanted}: {} {}", reply.status, reply.body));
        }
    }
    compare("the call", calls, &scenario["originate"])?;
    compare("the live agent", agents, &scenario["live_agents"])
}

fn compare(what: &str, found: &[Row], wanted: &Value) -> Result<(), String> {
    let Some(wanted) = wanted.as_array() else { return Ok(()) };
    let has =
        |row: &Row, wanted: &Value| wanted.as_object().unwrap().iter().all(|(column, value)| row[column] == *value);
    if found.len() == wanted.len() && found.iter().zip(wanted).all(|(row, wanted)| has(row, wanted)) {
        return Ok(());
    }
    Err(format!("{what}: {found:?}, wanted {wanted:?}"))
}
