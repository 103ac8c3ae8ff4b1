//! OpenAPI description of batches.

use axum::http::StatusCode;
use fleet::authorization::{MissingPermission, Scope};
use serde_json::json;

use super::super::super::document::Spec;
use super::super::super::document::operation::Operation;
use super::super::super::document::shape::{
    Object, Shape, count, either, items, list, named, number, object, text, word,
};
use super::super::super::messages::{self, resources as words};
use super::{AT_MOST, BatchChange, BatchRequest, COLLECTIONS, OPS, PASSWORDS};

pub(super) fn changes() -> Shape {
    items("The changes, executed in this order.", named("BatchChange"), 1, AT_MOST)
}

pub(super) fn op() -> Shape {
    word("The operation; put_member and delete_member are for aliases only.", OPS.map(|(word, _)| word))
}

pub(super) fn kind() -> Shape {
    word("The collection of the row.", COLLECTIONS.map(|(word, _)| word))
}

pub(super) fn key() -> Shape {
    Object::answered("Key of the row; for a member, also its login.").into()
}

pub(super) fn value() -> Shape {
    Object::answered("Fields of the row, as in a request that creates or updates it.").into()
}

pub(super) fn if_match() -> Shape {
    text("ETag of the version that the change is based on; * for any version.")
}

/// Describes the operation in the OpenAPI document.
pub(in crate::rest) fn describe(spec: &mut Spec) {
    spec.shape("BatchChange", object::<BatchChange>());
    let done = Object::answered("Result of an executed change.")
        .has("index", count("Index of the change, from 0."))
        .has("status", number("HTTP status that a request for this change alone would get.", 200, 299))
        .may_have("location", text("Path of the new row."))
        .may_have("etag", text("New version of the row."));
    spec.shape("BatchDone", done);
    let refused = Object::answered("Result of a refused change: a Problem with the index of the change.")
        .has("index", count("Index of the change, from 0."))
        .has("type", text("As in a Problem."))
        .has("title", text("As in a Problem."))
        .has("status", number("HTTP status that a request for this change alone would get.", 400, 599));
    spec.shape("BatchRefused", refused);
    let outcome = either("Result of a change.", [named("BatchDone"), named("BatchRefused")]);
    let answer = Object::answered("").has("results", list("One result per change, in the same order.", outcome));
    let sent = json!({"atomic": true, "changes": [
        {"op": "patch", "kind": "phones", "key": {"server_ip": "10.0.9.8", "extension": "100"}, "value": {"active": false}},
        {"op": "delete_member", "kind": "aliases", "key": {"alias_id": "team", "login": "100a"}}
    ]});
    let answered = json!({"results": [
        {"index": 0, "status": 200, "etag": "5b0c"}, {"index": 1, "status": 204, "etag": "77aa"}
    ]});
    let batch = Operation::post("/batch", "sendBatch")
        .says(
            "Send a batch of changes",
            "Executes all changes or none, in one transaction; with atomic false, each change on its own. A batch has at most \
             10,000 changes, 8 MiB and 200 passwords. A malformed change, such as one of an unknown kind, causes the whole batch \
             to be refused. The account needs the permissions, and a token the scopes, for every kind of row in the batch.",
        )
        .scope(Scope::Phones)
        .repeatable("sendBatch-1")
        .takes(object::<BatchRequest>(), true, sent)
        .refuses([words::batch_refused(&[(); 0]), words::no_changes(AT_MOST), words::too_many_passwords(PASSWORDS)])
        .refuses([words::lacks(MissingPermission::AdminAccess), messages::no_flag("atomic")])
        .refuses([words::atomic_unsupported(super::NOT_ATOMIC)])
        .answers(StatusCode::OK, "The results.", answer, answered);
    spec.operation(batch);
}
