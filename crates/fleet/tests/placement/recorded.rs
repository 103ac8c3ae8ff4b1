//! Replays every recorded login that concerns the choice of a dialer: turns the rows of its setup into candidates, and compares
//! the decision with that of the real system, or with the one that the corpus demands instead.

use std::io::Write;
use std::path::Path;

use fleet::dialer_status::{Health, Registration};
use fleet::fleet_file::weights;
use fleet::name;
use fleet::placement::{Candidate, Dialer, Grouping, Phone, Policy, decide};
use serde_json::Value;

/// The rows after a scenario's setup, by table.
struct Rows {
    seed: Value,
    setup: Vec<Value>,
}

impl Rows {
    fn of(&self, table: &str) -> Vec<Value> {
        let mut rows = self.seed["tables"][table].as_array().cloned().unwrap_or_default();
        for step in self.setup.iter().filter(|step| step["table"] == table) {
            let fits = |row: &Value| step["where"].as_object().unwrap().iter().all(|(key, value)| row[key] == *value);
            match step["op"].as_str().unwrap() {
                "insert" => rows.push(step["row"].clone()),
                "delete" => rows.retain(|row| !fits(row)),
                _ => {
                    for row in rows.iter_mut().filter(|row| fits(row)) {
                        let set = step["set"].as_object().unwrap().clone();
                        row.as_object_mut().unwrap().extend(set);
                    }
                }
            }
        }
        rows
    }

    fn one(&self, table: &str, key: &str, value: &str) -> Option<Value> {
        self.of(table).into_iter().find(|row| name::same(row[key].as_str().unwrap_or_default(), value))
    }

    /// Seconds since the dialer's heartbeat. Every seeded dialer has a fresh one.
    fn heartbeat_age(&self, server_ip: &str) -> Option<i64> {
        let is_seeded =
            self.seed["tables"]["servers"].as_array().unwrap().iter().any(|row| row["server_ip"] == server_ip);
        let Some(row) = self.one("server_updater", "server_ip", server_ip) else { return is_seeded.then_some(0) };
        let offset = row["last_update"].as_str()?.strip_prefix("@now")?;
        Some(-offset.parse().unwrap_or(0))
    }

    fn dialer(&self, server_ip: &str, campaign: &str, weights: &[(String, u32)]) -> Option<Dialer> {
        let row = self.one("servers", "server_ip", server_ip)?;
        let is_yes = |column: &str| row[column] == "Y";
        let engine = if row["conf_engine"] == "CONFBRIDGE" { "vicidial_confbridges" } else { "vicidial_conferences" };
        let conferences = self.of(engine);
        let is_free = |conference: &&Value| {
            conference["server_ip"] == server_ip && conference["extension"].as_str().unwrap_or_default().is_empty()
        };
        let agents = self.of("vicidial_live_agents");
        let is_seat = |agent: &&Value| {
            let extension = agent["extension"].as_str().filter(|extension| *extension != "@raw:NULL");
            agent["server_ip"] == server_ip && extension.is_some_and(|extension| !extension.starts_with(['R', 'r']))
        };
        let in_campaign = |agent: &&Value| {
            agent["server_ip"] == server_ip && name::same(agent["campaign_id"].as_str().unwrap_or_default(), campaign)
        };
        let twin = row["active_twin_server_ip"].as_str().filter(|twin| twin.len() > 4);
        Some(Dialer {
            server_ip: server_ip.to_owned(),
            active: is_yes("active"),
            accepts_agents: is_yes("active_agent_login_server"),
            draining: false,
            health: Health::Unwatched,
            heartbeat_age: self.heartbeat_age(server_ip),
            twin: twin.map(|twin| self.heartbeat_age(twin)),
            has_free_conference: conferences.iter().any(|conference| is_free(&conference)),
            seats: u32::try_from(agents.iter().filter(is_seat).count()).unwrap(),
            campaign_seats: u32::try_from(agents.iter().filter(in_campaign).count()).unwrap(),
            weight: weights.iter().find(|(known, _)| known == server_ip).map_or(0, |(_, weight)| *weight),
        })
    }

    fn policy(&self, campaign: &str, weights: &[(String, u32)]) -> Policy {
        let campaign = self.one("vicidial_campaigns", "campaign_id", campaign).unwrap();
        let limit = |value: &Value| value.as_str().unwrap().parse().unwrap();
        Policy {
            grouping: match campaign["pllb_grouping"].as_str().unwrap() {
                "ONE_SERVER_ONLY" => Grouping::OneServerOnly,
                "CASCADING" => Grouping::Cascading {
                    limit: limit(&campaign["pllb_grouping_limit"]),
                    system_limit: limit(&self.of("system_settings")[0]["pllb_grouping_limit"]),
                },
                _ => Grouping::Disabled,
            },
            total_weight: weights.iter().map(|(_, weight)| u64::from(*weight)).sum(),
            ..Policy::default()
        }
    }

    fn weights(&self) -> Vec<(String, u32)> {
        let container = self.one("vicidial_settings_containers", "container_id", weights::CONTAINER);
        let text = container.map(|row| row["container_entry"].as_str().unwrap().to_owned()).unwrap_or_default();
        weights::read(&text).into_iter().map(|(server_ip, weight)| (server_ip, weight.parse().unwrap())).collect()
    }
}

/// A field of the login form.
fn sent(scenario: &Value, field: &str) -> String {
    let form = scenario["requests"][0]["form"].as_str().unwrap();
    form.split('&').find_map(|pair| pair.strip_prefix(&format!("{field}="))).unwrap().replace('+', " ")
}

fn candidates(rows: &Rows, scenario: &Value, weights: &[(String, u32)]) -> Vec<Candidate> {
    let typed = sent(scenario, "phone_login");
    let alias = rows.one("phones_alias", "alias_id", &typed);
    let list = alias.map_or(typed, |alias| alias["logins_list"].as_str().unwrap().to_owned());
    let (password, campaign) = (sent(scenario, "phone_pass"), sent(scenario, "VD_campaign"));
    let candidate = |login: &str| {
        let row = rows.one("phones", "login", login);
        let dialer = row.as_ref().and_then(|row| rows.dialer(row["server_ip"].as_str().unwrap(), &campaign, weights));
        let phone = row.map(|row| Phone {
            active: row["active"] == "Y",
            password_is_right: row["pass"] == *password,
            registration: Registration::Unknown,
            taken_by: None,
        });
        Candidate { login: login.to_owned(), phone, dialer }
    };
    list.split(',').map(str::trim).map(candidate).collect()
}

#[test]
fn decisions_equal_the_recorded_ones() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    let seed: Value = serde_json::from_str(&std::fs::read_to_string(golden.join("seed.json")).unwrap()).unwrap();
    let text = std::fs::read_to_string(golden.join("login.jsonl")).unwrap();
    let (mut made, mut wrong) = (0, Vec::new());
    for line in text.lines() {
        let scenario: Value = serde_json::from_str(line).unwrap();
        let id = scenario["id"].as_str().unwrap();
        // Logins that fail before placement.
        if id.starts_with("login/user-") {
            continue;
        }
        let rows = Rows { seed: seed.clone(), setup: scenario["setup"].as_array().unwrap().clone() };
        let weights = rows.weights();
        let candidates = candidates(&rows, &scenario, &weights);
        let decision = decide(&candidates, &rows.policy(&sent(&scenario, "VD_campaign"), &weights));
        let chosen = decision.order.first().map(|place| candidates[*place].login.as_str());
        let expect = &scenario["requests"][0]["expect"];
        let fits = match (chosen, expect["phone_login"].as_str()) {
            (None, _) => expect["refused"] == true,
            (Some(chosen), Some(wanted)) => chosen == wanted,
            (Some(chosen), None) => {
                let row = rows.one("phones", "login", chosen).unwrap();
                expect["server_ip"] == row["server_ip"]
            }
        };
        if fits {
            made += 1;
        } else {
            wrong.push(format!("{id}: chose {chosen:?}, wanted {expect}, {:?}", decision.left_out));
        }
    }
    let _ = writeln!(std::io::stderr(), "corpus login, placement only: {made} of {}", made + wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(made > 150, "only {made} logins were replayed");
}
