//! Router of all endpoints. Apart from the crate root, only this module knows all four protocol adapters.

use std::sync::Arc;

use axum::Router;
use tower::Layer;

use crate::app::App;
use crate::http::request_id::{RequestIdLayer, WithRequestId};
use crate::routes::{Route, routes};
use crate::{admin, agent, agent_api, assets, health, index, metrics, non_agent_api, rest, softphone};

routes! { "";
    any "/vicidial/non_agent_api.php" => non_agent_api::answer;
    any "/agc/api.php" => agent_api::answer;
    any "/agc/vicidial.php" => agent::answer;
    get "/agc/events" => agent::events::stream;
    get "/" => index::show;
    get "/assets/{version}/{name}" => assets::show;
    get "/setup/{key}" => softphone::ask;
    post "/setup/{key}" => softphone::show;
    get "/setup/{key}/linphone.xml" => softphone::linphone;
    get "/api/v1" => rest::reference::lead;
    get "/api/v1/" => rest::reference::show;
    get "/healthz" => health::alive;
    get "/readyz" => health::ready;
    get "/metrics" => metrics::show;
}

/// Creates the router of all endpoints.
fn router(app: Arc<App>) -> Router {
    let routed = routed().nest("/api/v1", rest::router(&app)).merge(admin::router(&app));
    routed.fallback(index::not_found).with_state(app)
}

/// The service of all endpoints: the router, with an id for every request.
pub(crate) fn service(app: Arc<App>) -> WithRequestId<Router> {
    RequestIdLayer(Arc::clone(&app)).layer(router(app))
}

/// The description of the JSON API for programs (OpenAPI 3.1).
#[must_use]
pub fn openapi() -> &'static str {
    rest::document()
}

/// All routes.
pub fn all_routes() -> impl Iterator<Item = Route> {
    [ROUTES, rest::ROUTES, admin::ROUTES].into_iter().flatten().copied()
}
