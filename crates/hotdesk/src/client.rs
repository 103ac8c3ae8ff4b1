//! Client of the JSON API: of a running server, or in process on the database. Both use the same router, so
//! this module has no rules.

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

/// Content type of request bodies.
const JSON: &str = "application/json";

/// The collection of dialers in the paths of the JSON API.
pub const DIALER_COLLECTION: &str = "dialers";

/// Rows requested per page.
const PAGE: usize = 1000;

/// Transport of requests.
enum Transport {
    Server(Http),
    Database(Box<InProcessClient>),
}

/// Client of the JSON API.
pub struct Client {
    transport: Transport,
    runtime: Runtime,
}

/// Response, whatever its status.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Client {
    /// Opens a client of the given server, or of the database.
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

    /// Sends a request and returns the response's body; `null` if it is empty.
    pub fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let body = body.map(|body| (JSON, body.to_string().into_bytes()));
        let answered = self.exchange(method, path, body)?;
        if answered.is_empty() {
            return Ok(Value::Null);
        }
        let strange = "the server's response is not JSON: check that the URL is that of Hotdesk";
        serde_json::from_slice(&answered).map_err(|_| Failure::Refused(strange.to_owned()))
    }

    /// Sends a body with its content type, and returns the response's body.
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

    /// Fetches all rows of a list page by page, or the first `wanted` rows.
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

/// Escapes a text for a URL.
pub fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// Builds a JSON object.
pub fn object(pairs: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Object(pairs.into_iter().collect::<Map<_, _>>())
}
