//! JSON API: `/api/v1/…`. Each group of operations has a file that is named after its path.

mod body;
mod caller;
mod conf;
mod decision;
mod dialers;
mod document;
mod events;
mod list_query;
mod logins;
mod logs;
mod messages;
mod preconditions;
pub(crate) mod reference;
mod resources;
mod session;
mod sessions;
mod softphone;
mod tokens;
mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::App;
use crate::auth::rate_limit::AllowanceSlot;
use crate::http::address::Peer;
use crate::http::form::FORM_SIZE;
use crate::http::problem::{PROBLEM, Problem, json};
use crate::http::server::WholeRequestRead;
use crate::http::{form, same_origin};
use crate::routes::routes;
use document::Tag;
pub(crate) use document::text_of_all as document;
use resources::described;

routes! { "/api/v1";
    get "/sessions" => sessions::list;
    post "/sessions" => sessions::open;
    get "/sessions/{session_id}" => session::show;
    delete "/sessions/{session_id}" => session::end;
    post "/sessions/{session_id}/ring" => session::ring;
    post "/sessions/{session_id}/move" => session::move_away;
    get "/phones" => resources::list;
    post "/phones" => resources::create;
    get "/phones/{server_ip}/{extension}" => resources::show;
    patch "/phones/{server_ip}/{extension}" => resources::patch;
    delete "/phones/{server_ip}/{extension}" => resources::delete;
    get "/aliases" => resources::list;
    post "/aliases" => resources::create;
    get "/aliases/{alias_id}" => resources::show;
    patch "/aliases/{alias_id}" => resources::patch;
    delete "/aliases/{alias_id}" => resources::delete;
    put "/aliases/{alias_id}/members/{login}" => resources::put_member;
    delete "/aliases/{alias_id}/members/{login}" => resources::delete_member;
    get "/templates" => resources::list;
    post "/templates" => resources::create;
    get "/templates/{template_id}" => resources::show;
    patch "/templates/{template_id}" => resources::patch;
    delete "/templates/{template_id}" => resources::delete;
    get "/users" => resources::list;
    post "/users" => resources::create;
    get "/users/{user}" => resources::show;
    patch "/users/{user}" => resources::patch;
    delete "/users/{user}" => resources::delete;
    get "/user_groups" => resources::list;
    post "/user_groups" => resources::create;
    get "/user_groups/{user_group}" => resources::show;
    patch "/user_groups/{user_group}" => resources::patch;
    delete "/user_groups/{user_group}" => resources::delete;
    get "/campaigns" => resources::list;
    post "/campaigns" => resources::create;
    get "/campaigns/{campaign_id}" => resources::show;
    patch "/campaigns/{campaign_id}" => resources::patch;
    delete "/campaigns/{campaign_id}" => resources::delete;
    get "/ip_lists" => resources::list;
    post "/ip_lists" => resources::create;
    get "/ip_lists/{ip_list_id}" => resources::show;
    patch "/ip_lists/{ip_list_id}" => resources::patch;
    delete "/ip_lists/{ip_list_id}" => resources::delete;
    post "/batch" => resources::batch::post;
    post "/import/{rows}" => resources::sheets::import;
    get "/export/{rows}" => resources::sheets::export;
    get "/dialers" => dialers::list;
    post "/dialers" => resources::create;
    get "/dialers/{server_ip}" => resources::show;
    patch "/dialers/{server_ip}" => resources::patch;
    delete "/dialers/{server_ip}" => resources::delete;
    put "/dialers/{server_ip}/drain" => dialers::drain;
    delete "/dialers/{server_ip}/drain" => dialers::take_agents;
    post "/dialers/{server_ip}/move" => dialers::empty;
    get "/dialers/{server_ip}/conf" => conf::list;
    get "/dialers/{server_ip}/conf/{file}" => conf::show;
    post "/dialers/{server_ip}/conf/report" => conf::report;
    post "/aliases/{alias_id}/softphone-links" => softphone::make;
    get "/decision" => decision::show;
    get "/events" => events::stream;
    get "/logins" => logins::list;
    get "/logs/calls" => logs::calls;
    get "/logs/changes" => logs::changes;
    get "/openapi.json" => document::show;
    get "/tokens" => tokens::list;
    post "/tokens" => tokens::create;
    get "/tokens/{token_id}" => tokens::show;
    delete "/tokens/{token_id}" => tokens::revoke;
    get "/webhooks" => webhooks::list;
    post "/webhooks" => webhooks::add;
    get "/webhooks/{webhook_id}" => webhooks::show;
    patch "/webhooks/{webhook_id}" => webhooks::change;
    delete "/webhooks/{webhook_id}" => webhooks::delete;
    post "/webhooks/{webhook_id}/test" => webhooks::test;
    post "/webhooks/{webhook_id}/secret" => webhooks::rotate;
    post "/webhooks/{webhook_id}/skip" => webhooks::skip;
    get "/webhooks/{webhook_id}/deliveries" => webhooks::deliveries;
}

/// Groups of operations, in the order of the documentation.
const TAGS: &[Tag] = &[
    Tag { name: "phones", about: "Phones: one account on one dialer each.", describe: &[described::phones] },
    Tag {
        name: "aliases",
        about: "Phone aliases: one login that stands for several phones.",
        describe: &[described::aliases, softphone::describe],
    },
    Tag { name: "templates", about: "Configuration templates that phones share.", describe: &[described::templates] },
    Tag {
        name: "dialers",
        about: "Dialers: the Asterisk servers of the cluster.",
        describe: &[dialers::describe, described::dialers, conf::describe],
    },
    Tag {
        name: "users",
        about: "Users: the accounts of agents, supervisors and programs.",
        describe: &[described::users],
    },
    Tag { name: "user_groups", about: "User groups.", describe: &[described::user_groups] },
    Tag { name: "campaigns", about: "Campaigns.", describe: &[described::campaigns] },
    Tag {
        name: "ip_lists",
        about: "IP lists: the addresses that a user group may connect from.",
        describe: &[described::ip_lists],
    },
    Tag { name: "batch", about: "Many changes in one request.", describe: &[resources::batch::describe] },
    Tag {
        name: "import",
        about: "Import of phones and aliases from CSV.",
        describe: &[resources::sheets::describe_import],
    },
    Tag {
        name: "export",
        about: "Export of phones and aliases as CSV.",
        describe: &[resources::sheets::describe_export],
    },
    Tag {
        name: "sessions",
        about: "Agent sessions: agents who are logged in to a phone.",
        describe: &[sessions::describe, session::describe],
    },
    Tag {
        name: "decision",
        about: "Placement: which phone a login would ring, and why.",
        describe: &[decision::describe],
    },
    Tag { name: "events", about: "Live events of sessions and dialers.", describe: &[events::describe] },
    Tag {
        name: "webhooks",
        about: "Webhooks: messages to other systems about changes.",
        describe: &[webhooks::describe],
    },
    Tag { name: "logins", about: "Past and open logins, with their outcomes.", describe: &[logins::describe] },
    Tag { name: "logs", about: "Logs of API calls and of changes.", describe: &[logs::describe] },
    Tag {
        name: "tokens",
        about: "API tokens, which programs use instead of a password.",
        describe: &[tokens::describe],
    },
    Tag { name: "openapi.json", about: "OpenAPI description of this API.", describe: &[document::describe] },
];

/// Router of the JSON API.
pub(crate) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    routed()
        .fallback(|| async { messages::no_such_path() })
        .method_not_allowed_fallback(|| async { messages::method_not_allowed() })
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::clone(app), limit_and_protect))
}

/// Maximum body size of a path, in bytes.
fn size(path: &str) -> usize {
    match path {
        "/api/v1/batch" => resources::batch::SIZE,
        "/api/v1/import/{rows}" => resources::sheets::SIZE,
        _ => FORM_SIZE,
    }
}

/// Middleware for every request: limits the size and the time of the body, refuses cross-site requests, and
/// adds the `RateLimit-*` headers to the response.
async fn limit_and_protect(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match read_whole(&app, request).await {
        Ok(mut request) => {
            let allowance = AllowanceSlot::default();
            request.extensions_mut().insert(AllowanceSlot::clone(&allowance));
            let mut response = worded(next.run(request).await);
            if let Some(left) = allowance.get() {
                left.write_to(response.headers_mut());
            }
            response.extensions_mut().insert(WholeRequestRead);
            response
        }
        Err(problem) => problem.into_response(),
    }
}

/// Turns an error response of the HTTP library, such as one for a path that is not UTF-8, into a problem.
fn worded(response: Response) -> Response {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let is_json = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM);
    if is_error && !is_json { messages::bad_request(response.status()).into_response() } else { response }
}

async fn read_whole(app: &App, request: Request) -> Result<Request, Problem> {
    let (parts, body) = request.into_parts();
    let Some(peer) = parts.extensions.get::<Peer>().copied() else { return Err(messages::unavailable()) };
    // Browsers send cached HTTP Basic credentials with cross-site requests too.
    if !parts.method.is_safe() && same_origin::is_cross_site(peer, &parts.headers, &app.settings.proxies) {
        return Err(messages::cross_site());
    }
    let at_most = parts.extensions.get::<MatchedPath>().map_or(FORM_SIZE, |path| size(path.as_str()));
    let body = form::collect(body, app.settings.client_timeout, at_most).await;
    let body: Bytes = body.map_err(|error| messages::body_refused(error, at_most))?;
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// Response 200 with a JSON body.
fn found(body: &impl Serialize) -> Response {
    json(StatusCode::OK, "application/json", body)
}
