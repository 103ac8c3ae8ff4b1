//! The JSON API: `/api/v1/…`. One file an operation group, named as its addresses are.

mod body;
mod caller;
mod conditions;
mod conf;
mod decision;
mod document;
mod events;
mod logins;
mod logs;
mod opened;
mod pace;
mod query;
pub(crate) mod reference;
mod resources;
mod servers;
mod session;
mod sessions;
mod softphone;
mod tokens;
mod webhooks;
mod wording;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::address::Peer;
use crate::form::FORM_SIZE;
use crate::problem::{PROBLEM, Problem, json};
use crate::routes::routes;
use crate::server::WholeRequestRead;
use crate::{App, form, origin};
use document::Chapter;
pub(crate) use document::text_of_all as document;
#[cfg(test)]
pub(crate) use events::{AT_MOST as STREAMS_AT_MOST, Plain};
pub(crate) use opened::Opened;
pub(crate) use pace::Pace;
use pace::Slot;
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
    get "/servers" => servers::list;
    post "/servers" => resources::create;
    get "/servers/{server_ip}" => resources::show;
    patch "/servers/{server_ip}" => resources::patch;
    delete "/servers/{server_ip}" => resources::delete;
    put "/servers/{server_ip}/drain" => servers::drain;
    delete "/servers/{server_ip}/drain" => servers::take_agents;
    post "/servers/{server_ip}/move" => servers::empty;
    get "/servers/{server_ip}/conf" => conf::list;
    get "/servers/{server_ip}/conf/{file}" => conf::show;
    post "/servers/{server_ip}/conf/report" => conf::report;
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

/// What the API is about, in the order in which people read it.
const CHAPTERS: &[Chapter] = &[
    Chapter { name: "phones", about: "Phones.", describe: &[described::phones] },
    Chapter {
        name: "aliases",
        about: "Phone aliases: one login for several phones.",
        describe: &[described::aliases, softphone::describe],
    },
    Chapter { name: "templates", about: "What phones have in common.", describe: &[described::templates] },
    Chapter { name: "servers", about: "Dialers.", describe: &[servers::describe, described::servers, conf::describe] },
    Chapter { name: "users", about: "Accounts.", describe: &[described::users] },
    Chapter { name: "user_groups", about: "Groups of accounts.", describe: &[described::user_groups] },
    Chapter { name: "campaigns", about: "Campaigns.", describe: &[described::campaigns] },
    Chapter { name: "ip_lists", about: "Addresses that may come.", describe: &[described::ip_lists] },
    Chapter { name: "batch", about: "Many changes at once.", describe: &[resources::batch::describe] },
    Chapter { name: "import", about: "Many rows at once.", describe: &[resources::sheets::describe_import] },
    Chapter { name: "export", about: "All rows at once.", describe: &[resources::sheets::describe_export] },
    Chapter {
        name: "sessions",
        about: "Agents who are logged in to a phone.",
        describe: &[sessions::describe, session::describe],
    },
    Chapter { name: "decision", about: "What a login would get, and why.", describe: &[decision::describe] },
    Chapter { name: "events", about: "The floor as it is, and what changes.", describe: &[events::describe] },
    Chapter { name: "webhooks", about: "Who is told of changes.", describe: &[webhooks::describe] },
    Chapter { name: "logins", about: "Who logged in, and what became of it.", describe: &[logins::describe] },
    Chapter { name: "logs", about: "What was called and what was changed.", describe: &[logs::describe] },
    Chapter {
        name: "tokens",
        about: "What programs come in with instead of a password.",
        describe: &[tokens::describe],
    },
    Chapter { name: "openapi.json", about: "This API, described for programs.", describe: &[document::describe] },
];

/// The API's addresses.
pub(crate) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    routed()
        .fallback(|| async { wording::no_such_address() })
        .method_not_allowed_fallback(|| async { wording::method_not_allowed() })
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(Arc::clone(app), door))
}

/// The longest body of an address, in bytes.
fn size(path: &str) -> usize {
    match path {
        "/api/v1/batch" => resources::batch::SIZE,
        "/api/v1/import/{rows}" => resources::sheets::SIZE,
        _ => FORM_SIZE,
    }
}

/// What is the same for every request: its body has a bound and a time limit, a page elsewhere cannot send it, and the answer says how
/// fast its caller may go on.
async fn door(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match read_whole(&app, request).await {
        Ok(mut request) => {
            let paced = Slot::default();
            request.extensions_mut().insert(Slot::clone(&paced));
            let mut response = worded(next.run(request).await);
            if let Some(left) = paced.get() {
                left.tell(response.headers_mut());
            }
            response.extensions_mut().insert(WholeRequestRead);
            response
        }
        Err(problem) => problem.into_response(),
    }
}

/// What the HTTP library refuses itself, such as an address that is no text, is a problem like any other.
fn worded(response: Response) -> Response {
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let is_json = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM);
    if is_error && !is_json { wording::unreadable(response.status()).into_response() } else { response }
}

async fn read_whole(app: &App, request: Request) -> Result<Request, Problem> {
    let (parts, body) = request.into_parts();
    let Some(peer) = parts.extensions.get::<Peer>().copied() else { return Err(wording::failed()) };
    // A browser adds a known user's HTTP Basic to whatever any page sends.
    if !parts.method.is_safe() && origin::is_foreign(peer, &parts.headers, &app.settings.trusted_proxies) {
        return Err(wording::foreign_page());
    }
    let at_most = parts.extensions.get::<MatchedPath>().map_or(FORM_SIZE, |path| size(path.as_str()));
    let body = form::collect(body, app.settings.client_timeout, at_most).await;
    let body: Bytes = body.map_err(|error| wording::body_refused(error, at_most))?;
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// What was asked for.
fn found(body: &impl Serialize) -> Response {
    json(StatusCode::OK, "application/json", body)
}
