//! `hotdesk session`.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::{Value, json};

use crate::cli::{ApiArgs, SessionAction, SessionId};
use crate::client::Client;
use crate::config::Config;
use crate::failure::Failure;
use crate::{output, table};

const COLUMNS: [&str; 7] = ["session_id", "user", "phone_login", "server_ip", "state", "started_at", "campaign"];

/// Lists, shows, ends and moves sessions.
pub fn run(config: &Config, api: &ApiArgs, action: &SessionAction) -> Result<ExitCode, Failure> {
    if api.server.url.is_none() {
        let advice = "only a running server knows the sessions: give its address with --url";
        return Err(Failure::Usage(advice.to_owned()));
    }
    let client = Client::open(config, &api.server)?;
    let address = |session: &SessionId| format!("/api/v1/sessions/{}", session.session_id);
    let (answer, text) = match action {
        SessionAction::List => {
            let mut answer = client.send(Method::GET, "/api/v1/sessions", None)?;
            let sessions = answer.get_mut("sessions").map(Value::take).unwrap_or_default();
            let text = table::rows(sessions.as_array().map(Vec::as_slice).unwrap_or_default(), &COLUMNS);
            (sessions, text)
        }
        SessionAction::Show(session) => {
            let shown = client.send(Method::GET, &address(session), None)?;
            let text = table::row(&shown);
            (shown, text)
        }
        SessionAction::End(session) => {
            client.send(Method::DELETE, &address(session), None)?;
            (Value::Null, format!("ended session {}\n", session.session_id))
        }
        SessionAction::Move { session, in_call } => {
            // Moving an agent who is in a call must be confirmed.
            let body = json!({ "in_call": u32::from(*in_call) });
            let moved = client.send(Method::POST, &format!("{}/move", address(session)), Some(&body))?;
            let place = moved.get("server_ip").and_then(Value::as_str).unwrap_or_default();
            let text = format!("moved session {} to {place}\n", session.session_id);
            (moved, text)
        }
    };
    output::print_answer(api.json, &answer, || text)?;
    Ok(ExitCode::SUCCESS)
}
