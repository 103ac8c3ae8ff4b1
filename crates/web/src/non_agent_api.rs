//! Non-Agent API: `/vicidial/non_agent_api.php`.
//! The protocol's peculiarities stay in this module: every reply of a function has status 200, and is a line
//! of text in one of two dialects.

mod messages;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use fleet::field::{Field, FieldId, Fields, Reader, UserName};
use fleet::login::PasswordCheck;
use fleet::non_agent_api::{Call, Need, Prepared, ResetMail, blind_monitor, execute, reset_password};
use fleet::password::{Password, StoredPassword};
use fleet::sessions::LiveStatus;
use fleet::text::Alphabet;
use fleet::tx::ApiEntry;
use fleet::{Command, FleetTx, Outcome, TxError};
use tokio::time::Instant;

use crate::App;
use crate::auth::authorization::basic;
use crate::auth::password_verifier::Credentials;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::http::accept;
use crate::http::address::Peer;
use crate::http::form::{self, Form};
use crate::http::params::Params;
use crate::http::redacted_request;
use crate::http::server::WholeRequestRead;
use crate::mail::temporary_password;
use crate::messages::api_replies;
use crate::upstream::{Api, Upstream};
use messages::Style;

/// Header that selects the reply dialect of one request.
const REPLIES: HeaderName = HeaderName::from_static("hotdesk-replies");

/// Maximum number of attempts when the settings or the password change during a call.
const READINGS: usize = 4;

/// Reply to a call, with its label in the metrics.
struct CallReply {
    body: String,
    is_json: bool,
    result: &'static str,
    /// A call that is to be placed now that it is logged.
    place: Option<(String, fleet::sessions::Call)>,
}

/// Answers a call, whatever its method.
pub(crate) async fn answer(State(app): State<Arc<App>>, request: Request) -> Response {
    let began = Instant::now();
    if !matches!(*request.method(), Method::GET | Method::POST) {
        tracing::debug!(method = %request.method(), "method refused");
        app.metrics.count("none", "method_refused", began.elapsed());
        return api_replies::method_not_allowed();
    }
    let (parts, body) = request.into_parts();
    let (text, form) = match form::read(&parts.method, &parts.headers, body, app.settings.client_timeout).await {
        Ok(read) => read,
        Err(error) => {
            tracing::info!(%error, "form refused");
            app.metrics.count("none", "form_refused", began.elapsed());
            return api_replies::form_refused(error);
        }
    };
    let peer = parts.extensions.get::<Peer>().copied();
    let Some(peer) = peer else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let request = CallRequest {
        query: parts.uri.query().unwrap_or_default().as_bytes(),
        form: &form,
        headers: &parts.headers,
        from: app.settings.proxies.client(peer, &parts.headers),
        style: Style {
            dialect: dialect_of(&parts.headers).unwrap_or(app.settings.replies),
            as_json: accept::accepts_json(&parts.headers),
        },
    };
    if let Some(upstream) = app.settings.upstream.as_ref().filter(|upstream| request.is_for(upstream)) {
        return pass_on(&app, upstream, (&parts, text), request.from).await;
    }
    let (function, outcome) = request.answer(&app).await;
    let took = began.elapsed();
    let mut response = match outcome {
        Ok(CallReply { body, is_json, result, place }) => {
            if let Some((call_id, call)) = place {
                app.floor.place_call(&call_id, call);
            }
            log_answer(function, result, request.from, took);
            app.metrics.count(function, result, took);
            messages::reply(body, is_json)
        }
        Err(error) => {
            tracing::error!(function, %error, from = %request.from, "not answered");
            app.metrics.count(function, "failed", took);
            api_replies::failed()
        }
    };
    response.extensions_mut().insert(WholeRequestRead);
    response
}

/// Forwards a call to the upstream server.
async fn pass_on(app: &App, upstream: &Upstream, (parts, text): (&Parts, Bytes), from: IpAddr) -> Response {
    let began = Instant::now();
    let (result, mut response) = match upstream.forward(Api::NonAgent, parts, text, from).await {
        Ok(response) => ("answered", response),
        Err(not_passed_on) => {
            tracing::warn!(error = %not_passed_on, "cannot forward a call to the upstream server");
            ("failed", api_replies::not_passed_on(&not_passed_on))
        }
    };
    app.metrics.count("upstream", result, began.elapsed());
    response.extensions_mut().insert(WholeRequestRead);
    response
}

/// Logs a reply. Refused logins have their own message, so that an operator can block their source.
fn log_answer(function: &str, result: &str, from: IpAddr, took: Duration) {
    if matches!(result, "login_incorrect" | "locked" | "address_not_allowed") {
        tracing::info!(function, result, %from, "login refused");
    } else {
        tracing::debug!(function, result, %from, ?took, "answered");
    }
}

fn dialect_of(headers: &HeaderMap) -> Option<Dialect> {
    headers.get(REPLIES)?.to_str().ok()?.parse().ok()
}

/// A request whose body has arrived.
struct CallRequest<'a> {
    query: &'a [u8],
    form: &'a Form,
    headers: &'a HeaderMap,
    from: IpAddr,
    style: Style,
}

impl CallRequest<'_> {
    /// Whether the call is forwarded to the upstream server.
    fn is_for(&self, upstream: &Upstream) -> bool {
        let params = Params::from_query(self.query).or_form(self.form.pairs());
        let fields = Reader::new(&params, Alphabet::Latin);
        match Command::read(&fields.get(), fields) {
            Command::Unknown => !params.raw(FieldId::Function).is_empty(),
            command => upstream.forwards(messages::function(&command)),
        }
    }

    /// Executes the call. Returns the called function and the reply.
    async fn answer(&self, app: &App) -> (&'static str, Result<CallReply, Error>) {
        let params = Params::from_query(self.query).or_form(self.form.pairs());
        let mut function = "none";
        let request: Arc<str> = redacted_request::request(&params).into();
        let mut mailed = None;
        for _ in 0..READINGS {
            let alphabet = app.alphabet();
            let credentials = self.credentials(&params, alphabet);
            let call = read_call(&params, alphabet, &credentials, self.from);
            function = messages::function(&call.command);
            match self.attempt(app, call, &credentials, &request, &mut mailed).await {
                Ok(Some(answer)) => return (function, Ok(answer)),
                Ok(None) => {}
                Err(error) => return (function, Err(error)),
            }
        }
        (function, Err(Error::Unsettled))
    }

    /// One attempt to execute the call; `None` if the call must be read again.
    async fn attempt(
        &self,
        app: &App,
        mut call: Call,
        credentials: &Credentials,
        request: &Arc<str>,
        mailed: &mut Option<ResetMail>,
    ) -> Result<Option<CallReply>, Error> {
        let needs_login = !matches!(call.command, Command::Version);
        let password_check =
            if needs_login { app.password_verifier.verify(credentials).await? } else { PasswordCheck::NoSuchUser };
        if matches!(password_check, PasswordCheck::Right(_)) {
            call.prepared = match (call.command.needs(), mailed.take()) {
                // A message is sent once, however often the call is read.
                (Some(Need::Reset { .. }), Some(sent)) => Prepared::Reset(sent),
                _ => prepare(app, &call).await?,
            };
            if let Prepared::Reset(mail) = &call.prepared {
                *mailed = Some(mail.clone());
            }
        }
        let call = Arc::new(call);
        let (asked, proved, style, live_status) =
            (Arc::clone(&call), password_check.clone(), self.style, app.floor.live_status());
        let request = Arc::clone(request);
        let work =
            move |tx: &mut dyn FleetTx| carry_out_and_log(tx, &asked, &proved, live_status.as_ref(), style, &request);
        let written =
            if call.command.only_adds() { app.store.write_batchable(work).await } else { app.store.write(work).await }?;
        let Some((answer, entered)) = written else {
            app.password_verifier.forget(credentials, &password_check);
            return Ok(None);
        };
        if entered && matches!(password_check, PasswordCheck::Right(StoredPassword::Plain(_))) {
            app.password_verifier.upgrade(credentials, &password_check);
        }
        Ok(Some(answer))
    }

    /// Credentials of the caller: `user` and `pass`, or HTTP Basic if neither was sent.
    fn credentials(&self, params: &Params<'_>, alphabet: Alphabet) -> Credentials {
        let basic = (!params.is_sent(FieldId::UserName) && !params.is_sent(FieldId::FilteredPass))
            .then(|| basic(self.headers))
            .flatten();
        let (user, pass) = basic.as_ref().map_or_else(
            || (params.raw(FieldId::UserName), params.raw(FieldId::FilteredPass)),
            |(user, pass)| (&user[..], &pass[..]),
        );
        Credentials::new(UserName::read(user, alphabet).into(), Password::new(pass), alphabet)
    }
}

/// Does the work that would occupy the writer too long. It is skipped if the caller may not call the function.
async fn prepare(app: &App, call: &Call) -> Result<Prepared, Error> {
    let Some(need) = call.command.needs() else { return Ok(Prepared::Nothing) };
    let name = call.user.as_str().to_owned();
    let user = app.store.read(move |tx| tx.user(&name)).await?;
    if !user.is_some_and(|user| call.is_open_to(&user)) {
        return Ok(Prepared::Nothing);
    }
    Ok(match need {
        Need::Digest(password) => {
            Prepared::Digest(app.password_verifier.digest(Password::new(password.as_str())).await?)
        }
        Need::Agents { with_pauses } => {
            let agents = app.store.read(move |tx| tx.live_agents(with_pauses)).await?;
            Prepared::Agents(agents.into_iter().map(Arc::new).collect())
        }
        Need::Rows => {
            let command = call.command.clone();
            app.store.read(move |tx| command.read_rows(tx)).await?
        }
        Need::Reset { length } => Prepared::Reset(send_password(app, call, length).await?),
        Need::CallId => Prepared::CallId(app.floor.new_call_id()),
    })
}

/// Sends a new password to the user whom the call names, unless the call will be refused.
async fn send_password(app: &App, call: &Call, length: usize) -> Result<ResetMail, Error> {
    let (asked, from) = (call.clone(), call.from);
    let target = app.store.read(move |tx| reset_password::mail_to(tx, &asked, from)).await?;
    let Some((address, is_valid)) = target else { return Ok(ResetMail::NotReached) };
    if !is_valid {
        return Ok(ResetMail::NoAddress(address));
    }
    let Some(mailer) = &app.settings.mailer else {
        return Ok(ResetMail::Failed(address, "the setting mail_command is missing".to_owned()));
    };
    let password = temporary_password(app.rng.as_ref(), length);
    let digest = app.password_verifier.digest(Password::new(password.as_bytes())).await?;
    let text = format!("Your new password: {password}");
    match mailer.send(&address, "User Account Reset", &text).await {
        Ok(()) => Ok(ResetMail::Sent(address, digest)),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a new password was not sent");
            Ok(ResetMail::Failed(address, error.to_string()))
        }
    }
}

fn read_call(params: &Params<'_>, alphabet: Alphabet, credentials: &Credentials, from: IpAddr) -> Call {
    let fields = Reader::new(params, alphabet);
    let function = fields.get();
    Call {
        command: Command::read(&function, fields),
        function,
        user: UserName::read(credentials.user.as_bytes(), alphabet),
        source: fields.get(),
        from,
        alphabet,
        prepared: Prepared::Nothing,
    }
}

/// Executes a call and writes its row of the API log, in one transaction; `None` if the call must be read
/// again. The flag is whether the caller was authenticated.
fn carry_out_and_log(
    tx: &mut dyn FleetTx,
    call: &Call,
    password_check: &PasswordCheck,
    live_status: &dyn LiveStatus,
    style: Style,
    request: &str,
) -> Result<Option<(CallReply, bool)>, TxError> {
    let ending = execute(tx, call, password_check, live_status)?;
    if ending == Outcome::ReadAgain {
        return Ok(None);
    }
    let is_unauthenticated = matches!(ending, Outcome::LoginIncorrect | Outcome::Locked | Outcome::AddressNotAllowed);
    let entered = !matches!(ending, Outcome::LoginIncorrect | Outcome::Locked);
    let lines = messages::lines(tx.now(), call, &ending, style);
    if !is_unauthenticated {
        for line in lines.iter().filter(|line| line.is_logged()) {
            tx.log_api(&ApiEntry {
                user: call.user.as_str(),
                function: call.function.as_str(),
                result: line.kind.word(),
                reason: &line.reason,
                source: call.source.as_str(),
                request,
            })?;
        }
    }
    let result = messages::result(&ending, &lines);
    let place = match &ending {
        Outcome::BlindMonitor(blind_monitor::Outcome::Launched(launched)) => {
            launched.call_id.clone().map(|call_id| (call_id, launched.call.clone()))
        }
        _ => None,
    };
    let is_json = style.as_json && lines.iter().any(|line| !line.is_logged());
    let body = lines.into_iter().map(|line| line.text(call, style.dialect)).collect();
    Ok(Some((CallReply { body, is_json, result, place }, entered)))
}
