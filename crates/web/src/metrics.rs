//! Figures for Prometheus.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use store::stats::BATCH_BOUNDS;

use crate::App;

/// Bounds of the latency histogram, in seconds.
const LATENCIES: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByResult {
    function: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByFunction {
    function: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfLogin {
    result: &'static str,
}

/// What is counted about requests.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<ByResult, Counter>,
    latency: Family<ByFunction, Histogram>,
    logins: Family<OfLogin, Counter>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("hotdesk");
        let requests = Family::<ByResult, Counter>::default();
        registry.register("api_requests", "Calls of the Non-Agent API", requests.clone());
        let latency = Family::<ByFunction, Histogram>::new_with_constructor(|| Histogram::new(LATENCIES));
        let help = "From a call's last byte to its answer's first";
        registry.register_with_unit("api_latency", help, Unit::Seconds, latency.clone());
        let logins = Family::<OfLogin, Counter>::default();
        registry.register("logins", "Agents' logins, by what they were answered", logins.clone());
        Self { registry, requests, latency, logins }
    }

    pub(crate) fn count(&self, function: &'static str, result: &'static str, took: Duration) {
        self.requests.get_or_create(&ByResult { function, result }).inc();
        self.latency.get_or_create(&ByFunction { function }).observe(took.as_secs_f64());
    }

    pub(crate) fn count_login(&self, result: &'static str) {
        self.logins.get_or_create(&OfLogin { result }).inc();
    }
}

/// `GET /metrics`.
pub async fn show(State(app): State<Arc<App>>) -> Response {
    let mut text = store_figures(&app) + &floor_figures(&app) + &webhook_figures(&app);
    if encode(&mut text, &app.metrics.registry).is_err() {
        text.clear();
    }
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
}

/// The store's figures, in the text format, before those of the registry, which end the text.
fn store_figures(app: &App) -> String {
    let figures = app.store.stats().figures();
    let mut text = String::from(
        "# HELP hotdesk_commit_commands Commands that shared a commit.\n# TYPE hotdesk_commit_commands histogram\n",
    );
    let mut commits = 0;
    for (bound, batches) in BATCH_BOUNDS.iter().zip(figures.batches) {
        commits += batches;
        let _ = writeln!(text, "hotdesk_commit_commands_bucket{{le=\"{bound}\"}} {commits}");
    }
    let _ = writeln!(text, "hotdesk_commit_commands_bucket{{le=\"+Inf\"}} {commits}");
    let _ = writeln!(text, "hotdesk_commit_commands_sum {}\nhotdesk_commit_commands_count {commits}", figures.commands);
    let _ = writeln!(
        text,
        "# HELP hotdesk_commands_repeated Commands that ran again: alone because their batch broke, or after a lost race.\n\
         # TYPE hotdesk_commands_repeated counter\nhotdesk_commands_repeated_total {}\n\
         # HELP hotdesk_password_digests Passwords that had to be compared by their digest.\n\
         # TYPE hotdesk_password_digests counter\nhotdesk_password_digests_total {}\n\
         # HELP hotdesk_queue_depth Commands that wait for the writer.\n\
         # TYPE hotdesk_queue_depth gauge\nhotdesk_queue_depth {}",
        figures.repeated,
        app.password_verifier.digests_compared(),
        app.store.waiting()
    );
    text
}

/// The floor's figures, in the same way.
fn floor_figures(app: &App) -> String {
    let (snapshot, _) = app.floor.snapshot();
    let mut text = String::from("# HELP hotdesk_sessions Open sessions.\n# TYPE hotdesk_sessions gauge\n");
    for state in ["reserved", "ringing", "live"] {
        let sessions = snapshot.sessions.iter().filter(|session| session.state == state).count();
        let _ = writeln!(text, "hotdesk_sessions{{state=\"{state}\"}} {sessions}");
    }
    text += "# HELP hotdesk_dialers Dialers.\n# TYPE hotdesk_dialers gauge\n";
    for health in ["well", "suspect", "lost", "no_account", "unwatched"] {
        let dialers = snapshot.dialers.iter().filter(|dialer| dialer.health == health).count();
        let _ = writeln!(text, "hotdesk_dialers{{health=\"{health}\"}} {dialers}");
    }
    let _ = writeln!(
        text,
        "# HELP hotdesk_frozen Whether the floor is frozen because too many dialers vanished at once.\n\
         # TYPE hotdesk_frozen gauge\nhotdesk_frozen {}\n\
         # HELP hotdesk_sessions_became What became of sessions: live, or ended for which reason.\n\
         # TYPE hotdesk_sessions_became counter",
        u8::from(snapshot.alarm.frozen)
    );
    for (became, times) in app.floor.tally() {
        let _ = writeln!(text, "hotdesk_sessions_became_total{{what=\"{became}\"}} {times}");
    }
    text + &nodes_figures(app)
}

/// What this node has to do with others on the same database; nothing where there can be none.
fn nodes_figures(app: &App) -> String {
    let nodes = app.floor.all_nodes();
    let Some(this) = nodes.iter().find(|node| node.is_this) else { return String::new() };
    format!(
        "# HELP hotdesk_nodes Nodes on this database that are alive.\n# TYPE hotdesk_nodes gauge\nhotdesk_nodes {}\n\
         # HELP hotdesk_leases Dialers on whose events this node acts.\n# TYPE hotdesk_leases gauge\nhotdesk_leases {}\n\
         # HELP hotdesk_takeovers Leases that this node has taken from nodes that had died.\n\
         # TYPE hotdesk_takeovers counter\nhotdesk_takeovers_total {}\n",
        nodes.len(),
        this.leads.len(),
        app.floor.takeovers()
    )
}

/// The webhooks' figures, in the same way.
fn webhook_figures(app: &App) -> String {
    let figures = app.courier.figures();
    let mut text = String::from("# HELP hotdesk_webhooks Webhooks by their state.\n# TYPE hotdesk_webhooks gauge\n");
    for (state, webhooks) in figures.states {
        let _ = writeln!(text, "hotdesk_webhooks{{state=\"{state}\"}} {webhooks}");
    }
    let _ = writeln!(
        text,
        "# HELP hotdesk_webhooks_failing Active webhooks whose last attempt failed: what they are to be told waits.\n\
         # TYPE hotdesk_webhooks_failing gauge\nhotdesk_webhooks_failing {}\n\
         # HELP hotdesk_webhook_messages Attempts to deliver a message to a webhook, by what came of them.\n\
         # TYPE hotdesk_webhook_messages counter\n\
         hotdesk_webhook_messages_total{{result=\"delivered\"}} {}\n\
         hotdesk_webhook_messages_total{{result=\"failed\"}} {}",
        figures.failing, figures.delivered, figures.failed
    );
    text
}
