//! `hotdesk token`.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::Value;

use crate::cli::{ApiArgs, TokenAction};
use crate::client::{Client, object};
use crate::config::Config;
use crate::failure::Failure;
use crate::{output, table};

const COLUMNS: [&str; 7] = ["token_id", "user", "name", "scopes", "expires_at", "expired", "last_used_at"];

/// Lists, shows, creates and revokes tokens.
pub fn run(config: &Config, api: &ApiArgs, action: &TokenAction) -> Result<ExitCode, Failure> {
    let client = Client::open(config, &api.server)?;
    let address = |token_id: u64| format!("/api/v1/tokens/{token_id}");
    let (answer, text) = match action {
        TokenAction::List => {
            let tokens = client.list("tokens", &[], None)?;
            let text = table::rows(&tokens, &COLUMNS);
            (Value::Array(tokens), text)
        }
        TokenAction::Show(token) => {
            let shown = client.send(Method::GET, &address(token.token_id), None)?;
            let text = table::row(&shown);
            (shown, text)
        }
        TokenAction::Add(args) => {
            let scopes: Vec<&str> = args.scopes.iter().map(String::as_str).collect();
            let days = args.days.map(|days| ("days".to_owned(), Value::from(days)));
            let own =
                [("name".to_owned(), Value::from(args.name.as_str())), ("scopes".to_owned(), Value::from(scopes))];
            let made = client.send(Method::POST, "/api/v1/tokens", Some(&object(own.into_iter().chain(days))))?;
            // Only the token itself, so that scripts can store it.
            let text = format!("{}\n", made.get("token").and_then(Value::as_str).unwrap_or_default());
            (made, text)
        }
        TokenAction::Remove(token) => {
            client.send(Method::DELETE, &address(token.token_id), None)?;
            (Value::Null, format!("revoked token {}\n", token.token_id))
        }
    };
    output::print_answer(api.json, &answer, || text)?;
    Ok(ExitCode::SUCCESS)
}
