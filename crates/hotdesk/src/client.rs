//! Requests of the JSON API: to a running server, or without one on the database, through the same router. So no rule is here.

mod http;
mod problem;

use reqwest::Method;
use serde_json::{Map, Value};
use tokio::runtime::Runtime;
use web::in_process::InProcessClient;

use crate::cli::ServerArgs;
use crate::config::Config;
use crate::failure::Failure;
pub use http::{Http, root_cause};
pub use problem::line;

/// The type of what is sent.
const JSON: &str = "application/json";

/// The collection of dialers in the paths of the JSON API.
pub const DIALER_COLLECTION: &str = "dialers";

/// Rows requested per page.
const PAGE: usize = 1000;

/// Who answers.
enum Transport {
    Server(Http),
    Database(Box<InProcessClient>),
}

/// A client.
pub struct Client {
    transport: Transport,
    runtime: Runtime,
}

/// An answer, whatever it says.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Client {
    /// A client of the server that is named, or of the database.
    pub fn open(config: &Config, server: &ServerArgs) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(Failure::Runtime)?;
        let transport = match &server.url {
            Some(url) => Transport::Server(Http::new(url, &server.login)?),
            None => Transport::Database(Box::new(
                runtime.block_on(crate::in_process::open(config, server.login.account.as_deref()))?,
            )),
        };
        Ok(Self { transport, runtime })
    }

    /// Sends a request and returns what was answered, `null` for nothing.
    pub fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let body = body.map(|body| (JSON, body.to_string().into_bytes()));
        let answered = self.exchange(method, path, body)?;
        if answered.is_empty() {
            return Ok(Value::Null);
        }
        let strange = "the server's answer is no JSON: is the address that of Hotdesk?";
        serde_json::from_slice(&answered).map_err(|_| Failure::Refused(strange.to_owned()))
    }

    /// Sends a body of a type, and returns the answer's.
    pub fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<(&'static str, Vec<u8>)>,
    ) -> Result<Vec<u8>, Failure> {
        let answer = self.runtime.block_on(async {
            match &self.transport {
                Transport::Server(http) => http.send(method, path, body).await,
                Transport::Database(router) => {
                    let (status, body) = router.send(method, path, body).await;
                    Ok(Answer { status, body })
                }
            }
        })?;
        if (200..300).contains(&answer.status) { Ok(answer.body) } else { Err(problem::failure(&answer)) }
    }

    /// All rows of a list, page by page, or as many as are wanted.
    pub fn list(
        &self,
        collection: &str,
        query: &[(String, String)],
        at_most: Option<usize>,
    ) -> Result<Vec<Value>, Failure> {
        let (mut rows, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let wanted = at_most.map_or(PAGE, |most| most.saturating_sub(rows.len()).min(PAGE));
            if wanted == 0 {
                return Ok(rows);
            }
            let own =
                [Some(("limit".to_owned(), wanted.to_string())), cursor.map(|cursor| ("cursor".to_owned(), cursor))];
            let pairs: Vec<String> = query
                .iter()
                .cloned()
                .chain(own.into_iter().flatten())
                .map(|(key, value)| format!("{}={}", escaped(&key), escaped(&value)))
                .collect();
            let mut page = self.send(Method::GET, &format!("/api/v1/{collection}?{}", pairs.join("&")), None)?;
            if let Some(Value::Array(more)) = page.get_mut(collection).map(Value::take) {
                rows.extend(more);
            }
            match page.get("next").and_then(Value::as_str) {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(rows),
            }
        }
    }
}

/// A text as it can stand in an address.
pub fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// An object.
pub fn object(pairs: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Object(pairs.into_iter().collect::<Map<_, _>>())
}
