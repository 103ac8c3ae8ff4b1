//! The Agent API at `/agc/api.php`: functions that other programs use to control agents.
//!
//! As in the Non-Agent API, every reply of a function has status 200 and is a line of text.

mod host;
mod messages;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{LOCATION, REFERRER_POLICY};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use fleet::actor::{Actor, Source};
use fleet::agent_api::{AgentCall, AgentOutcome, FUNCTIONS, Outcome, execute};
use fleet::field::{Field, FieldId, Fields, Function, Reader, UserName};
use fleet::login::PasswordCheck;
use fleet::password::Password;
use fleet::text::{Alphabet, Kept};
use fleet::tx::ApiEntry;
use fleet::{FleetTx, TxError};
use tokio::time::Instant;

use crate::App;
use crate::auth::password_verifier::Credentials;
use crate::error::Error;
use crate::http::address::Peer;
use crate::http::form;
use crate::http::params::Params;
use crate::http::redacted_request;
use crate::http::server::WholeRequestRead;
use crate::messages::api_replies;
use crate::upstream::Api;
use host::HostData;
use messages::ReplyLine;

/// Maximum number of attempts at a call while the settings or the password change concurrently.
const MAX_ATTEMPTS: usize = 4;

/// Result of a refused login, for the log and the metrics.
const LOGIN_REFUSED: &str = "login_refused";

/// A reply with its optional redirect.
#[derive(Default)]
struct CallReply {
    body: String,
    result: &'static str,
    redirect: Option<String>,
}

/// Answers a call, whatever its method.
pub(crate) async fn answer(State(app): State<Arc<App>>, request: Request) -> Response {
    let began = Instant::now();
    if !matches!(*request.method(), Method::GET | Method::POST) {
        app.metrics.count("none", "method_refused", began.elapsed());
        return api_replies::method_not_allowed();
    }
    let (parts, body) = request.into_parts();
    let read = form::read(&parts.method, &parts.headers, body, app.settings.client_timeout).await;
    let (text, form) = match read {
        Ok(read) => read,
        Err(error) => {
            tracing::info!(%error, "form refused");
            app.metrics.count("none", "form_refused", began.elapsed());
            return api_replies::form_refused(error);
        }
    };
    let Some(peer) = parts.extensions.get::<Peer>().copied() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let from = app.settings.proxies.client(peer, &parts.headers);
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let params = Params::from_query(query).or_form(form.pairs());
    let function: Function = Reader::new(&params, Alphabet::Latin).get();
    let counted = FUNCTIONS.into_iter().chain(["version"]).find(|known| *known == function.as_str());
    if let (Some(upstream), None, false) = (&app.settings.upstream, counted, function.is_empty()) {
        let (result, response) = match upstream.forward(Api::Agent, &parts, text, from).await {
            Ok(response) => ("answered", response),
            Err(error) => {
                tracing::warn!(%error, "cannot forward a call of the Agent API");
                ("failed", api_replies::not_passed_on(&error))
            }
        };
        app.metrics.count("upstream", result, began.elapsed());
        return read_whole(response);
    }
    let request: Arc<str> = redacted_request::request(&params).into();
    let reply = AgentRequest { app: &app, params: &params, from, request }.answer(&function).await;
    let took = began.elapsed();
    let response = match reply {
        Ok(reply) => {
            if reply.result == LOGIN_REFUSED {
                tracing::info!(function = function.as_str(), %from, "login refused");
            }
            app.metrics.count(counted.unwrap_or("none"), reply.result, took);
            response_of(reply)
        }
        Err(error) => {
            tracing::error!(function = function.as_str(), %error, %from, "cannot answer a call of the Agent API");
            app.metrics.count(counted.unwrap_or("none"), "failed", took);
            let text = "ERROR: THE SYSTEM COULD NOT CARRY OUT THE CALL, TRY AGAIN LATER\n";
            api_replies::with_status(StatusCode::SERVICE_UNAVAILABLE, text)
        }
    };
    read_whole(response)
}

/// A completely received request.
struct AgentRequest<'a> {
    app: &'a Arc<App>,
    params: &'a Params<'a>,
    from: IpAddr,
    /// The request as the API log shows it, without secrets.
    request: Arc<str>,
}

impl AgentRequest<'_> {
    async fn answer(&self, function: &Function) -> Result<CallReply, Error> {
        if function.as_str() == "version" {
            return self.version().await;
        }
        for _ in 0..MAX_ATTEMPTS {
            let (call, credentials) = self.read();
            let check = self.app.password_verifier.verify(&credentials).await?;
            let call = Arc::new(call);
            if let Some(reply) = self.attempt(&call, &check).await? {
                return Ok(reply);
            }
            self.app.password_verifier.forget(&credentials, &check);
        }
        Err(Error::Unsettled)
    }

    fn read(&self) -> (AgentCall, Credentials) {
        let alphabet = self.app.alphabet();
        let fields = Reader::new(self.params, alphabet);
        let user: UserName = fields.get();
        let sent = self.params.raw(FieldId::FilteredPass);
        let filtered = Kept::AGENT_API_PASS.filter(sent, alphabet);
        let credentials = Credentials {
            user: user.as_str().to_owned(),
            sent: Password::new(sent),
            filtered: Password::new(filtered.as_str()),
        };
        let call = AgentCall {
            function: fields.get(),
            user,
            pass_length: filtered.len(),
            source: fields.get(),
            value: fields.get(),
            agent_user: fields.get(),
            alt_user: fields.get(),
            from: self.from,
            alphabet,
        };
        (call, credentials)
    }

    /// Executes the call. `None` if it must be read again.
    async fn attempt(&self, call: &Arc<AgentCall>, check: &PasswordCheck) -> Result<Option<CallReply>, Error> {
        let policy = self.app.floor.live_status().rules();
        let (shared_call, password_check, request) = (Arc::clone(call), check.clone(), Arc::clone(&self.request));
        let work = move |tx: &mut dyn FleetTx| {
            let outcome = execute(tx, &shared_call, &password_check, policy)?;
            let reply = if needs_floor(&outcome) { None } else { Some(log(tx, &shared_call, &outcome, &request)?) };
            Ok((outcome, reply))
        };
        let (outcome, reply) = self.app.store.write(work).await?;
        if outcome == Outcome::ReadAgain {
            return Ok(None);
        }
        if let Some(reply) = reply {
            // Read after the transaction, which must not wait for files.
            let body = if outcome == Outcome::Webserver { HostData::read().text() } else { reply.body };
            return Ok(Some(CallReply { body, ..reply }));
        }
        let outcome = self.act(call, outcome).await?;
        let (shared_call, request) = (Arc::clone(call), Arc::clone(&self.request));
        let reply = self.app.store.write(move |tx: &mut dyn FleetTx| log(tx, &shared_call, &outcome, &request)).await?;
        Ok(Some(reply))
    }

    /// Has the floor take the action that the outcome requires.
    async fn act(&self, call: &AgentCall, outcome: Outcome) -> Result<Outcome, Error> {
        let Outcome::Agent { agent, is_alt_unknown, outcome } = outcome else { return Ok(outcome) };
        let outcome = match outcome {
            AgentOutcome::EndSession(session_id) => {
                let by = Actor { user: call.user.as_str().to_owned(), from: self.from, source: Source::NonAgentApi };
                let was_open = self.app.floor.remove(session_id, by).await?;
                if was_open { AgentOutcome::LogoutSet } else { AgentOutcome::NotLoggedIn }
            }
            AgentOutcome::RingAgain(session_id) => {
                let is_rung = self.app.floor.ring_again(session_id).await?;
                if is_rung { AgentOutcome::CallQueued } else { AgentOutcome::CannotRing }
            }
            other => other,
        };
        Ok(Outcome::Agent { agent, is_alt_unknown, outcome })
    }

    /// Answers `version`. Only calls with a valid login are logged, so that anonymous calls cannot fill the log.
    async fn version(&self) -> Result<CallReply, Error> {
        let (call, credentials) = self.read();
        let names_user = !call.user.is_empty() && call.pass_length > 0;
        let is_known =
            names_user && matches!(self.app.password_verifier.verify(&credentials).await?, PasswordCheck::Right(_));
        if !is_known {
            return Ok(reply_of(vec![messages::version(self.app.store.now())], None));
        }
        let request = Arc::clone(&self.request);
        let work = move |tx: &mut dyn FleetTx| {
            let lines = vec![messages::version(tx.now())];
            log_lines(tx, &call, &lines, &request)?;
            Ok(reply_of(lines, None))
        };
        Ok(self.app.store.write(work).await?)
    }
}

fn needs_floor(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Agent { outcome: AgentOutcome::EndSession(_) | AgentOutcome::RingAgain(_), .. } | Outcome::ReadAgain
    )
}

/// Adds the rows of the API log, and returns the reply.
fn log(tx: &mut dyn FleetTx, call: &AgentCall, outcome: &Outcome, request: &str) -> Result<CallReply, TxError> {
    let lines = messages::lines(tx.now(), call, outcome);
    log_lines(tx, call, &lines, request)?;
    let redirect = match outcome {
        Outcome::Agent { outcome: AgentOutcome::Webphone(address), .. } if call.value.as_str() == "LAUNCH" => {
            let leads_to_page = ["https://", "http://"].iter().any(|scheme| address.starts_with(scheme));
            leads_to_page.then(|| address.clone())
        }
        _ => None,
    };
    let reply = reply_of(lines, redirect);
    let is_refused = matches!(outcome, Outcome::LoginRefused { .. });
    Ok(if is_refused { CallReply { result: LOGIN_REFUSED, ..reply } } else { reply })
}

fn log_lines(tx: &mut dyn FleetTx, call: &AgentCall, lines: &[ReplyLine], request: &str) -> Result<(), TxError> {
    for line in lines {
        tx.log_api(&ApiEntry {
            user: call.user.as_str(),
            function: call.function.as_str(),
            result: line.result,
            reason: &line.reason,
            source: call.source.as_str(),
            request,
        })?;
    }
    Ok(())
}

fn reply_of(lines: Vec<ReplyLine>, redirect: Option<String>) -> CallReply {
    let result = match lines.last().map(|line| line.result) {
        Some("SUCCESS") => "success",
        Some("NOTICE") => "notice",
        _ => "error",
    };
    CallReply { body: lines.into_iter().map(|line| line.text).collect(), result, redirect }
}

fn response_of(reply: CallReply) -> Response {
    let location = reply.redirect.and_then(|address| HeaderValue::from_str(&address).ok());
    let status = if location.is_some() { StatusCode::FOUND } else { StatusCode::OK };
    let mut response = api_replies::with_status(status, reply.body);
    // An address of a web phone is a secret.
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if let Some(location) = location {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

fn read_whole(mut response: Response) -> Response {
    response.extensions_mut().insert(WholeRequestRead);
    response
}
