//! Metrics for Prometheus: counters of requests, and the state of the system at each scrape.

mod state;

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

use crate::App;
pub(crate) use state::SystemState;

/// Bounds of the latency histogram, in seconds.
const LATENCIES: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    function: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FunctionLabel {
    function: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LoginLabel {
    result: &'static str,
}

/// Counters and histograms of requests.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<CallLabels, Counter>,
    latency: Family<FunctionLabel, Histogram>,
    logins: Family<LoginLabel, Counter>,
}

impl Metrics {
    /// Creates the metrics of requests and of this state.
    pub(crate) fn new(state: SystemState) -> Self {
        let mut registry = Registry::with_prefix("hotdesk");
        registry.register_collector(Box::new(state));
        let requests = Family::<CallLabels, Counter>::default();
        registry.register("api_requests", "Non-Agent API calls", requests.clone());
        let latency = Family::<FunctionLabel, Histogram>::new_with_constructor(|| Histogram::new(LATENCIES));
        let help = "Time from the last byte of a call to the first byte of its reply";
        registry.register_with_unit("api_latency", help, Unit::Seconds, latency.clone());
        let logins = Family::<LoginLabel, Counter>::default();
        registry.register("logins", "Logins of agents, by outcome", logins.clone());
        Self { registry, requests, latency, logins }
    }

    /// Counts a Non-Agent API call.
    pub(crate) fn count(&self, function: &'static str, result: &'static str, took: Duration) {
        self.requests.get_or_create(&CallLabels { function, result }).inc();
        self.latency.get_or_create(&FunctionLabel { function }).observe(took.as_secs_f64());
    }

    /// Counts a login of an agent.
    pub(crate) fn count_login(&self, result: &'static str) {
        self.logins.get_or_create(&LoginLabel { result }).inc();
    }

    /// All metrics in the `OpenMetrics` text format; empty if they cannot be written.
    fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(error) => {
                tracing::error!(%error, "cannot write the metrics");
                String::new()
            }
        }
    }
}

/// `GET /metrics`.
pub(crate) async fn show(State(app): State<Arc<App>>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, kind)], app.metrics.text()).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::test_app::app;

    #[tokio::test]
    async fn names_and_types_of_metrics_do_not_change() {
        let app = app().await;
        app.metrics.count("version", "success", Duration::from_millis(2));
        app.metrics.count_login("seated");
        let text = app.metrics.text();
        let types: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE hotdesk_")).collect();
        let expected = [
            "api_requests counter",
            "api_latency_seconds histogram",
            "logins counter",
            "commit_commands histogram",
            "commands_repeated counter",
            "password_digests counter",
            "queue_depth gauge",
            "sessions gauge",
            "dialers gauge",
            "frozen gauge",
            "sessions_became counter",
            "webhooks gauge",
            "webhooks_failing gauge",
            "webhook_messages counter",
        ];
        assert_eq!(types, expected, "{text}");
        for line in [
            "hotdesk_api_requests_total{function=\"version\",result=\"success\"} 1",
            "hotdesk_logins_total{result=\"seated\"} 1",
            "hotdesk_commit_commands_bucket{le=\"64.0\"} ",
            "hotdesk_commit_commands_bucket{le=\"+Inf\"} ",
            "hotdesk_commit_commands_sum ",
            "hotdesk_commands_repeated_total 0",
            "hotdesk_queue_depth 0",
            "hotdesk_sessions{state=\"live\"} 0",
            "hotdesk_dialers{health=\"healthy\"} 0",
            "hotdesk_frozen 0",
            "hotdesk_webhook_messages_total{result=\"delivered\"} 0",
        ] {
            assert!(text.contains(&format!("\n{line}")), "{line} in {text}");
        }
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}
