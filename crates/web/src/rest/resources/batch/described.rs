//! What the document says of batches.

use axum::http::StatusCode;
use fleet::authorization::MissingPermission;
use fleet::authorization::Scope;
use serde_json::json;

use super::super::super::document::Spec;
use super::super::super::document::operation::Operation;
use super::super::super::document::shape::{
    Object, Shape, count, either, items, list, named, number, object, text, word,
};
use super::super::super::messages::{self, resources as words};
use super::{AT_MOST, BatchChange, BatchRequest, COLLECTIONS, OPS, PASSWORDS};

pub(super) fn changes() -> Shape {
    items("They are carried out in this order.", named("BatchChange"), 1, AT_MOST)
}

pub(super) fn op() -> Shape {
    word("What to do; put_member and delete_member only with aliases.", OPS.map(|(word, _)| word))
}

pub(super) fn kind() -> Shape {
    word("The collection of the row.", COLLECTIONS.map(|(word, _)| word))
}

pub(super) fn key() -> Shape {
    Object::answered("What names the row; of a member, its login too.").into()
}

pub(super) fn value() -> Shape {
    Object::answered("What is sent to make or to change the row.").into()
}

pub(super) fn if_match() -> Shape {
    text("The ETag of the row, as the caller has seen it; * for any.")
}

/// What a batch takes and answers.
pub(in crate::rest) fn describe(spec: &mut Spec) {
    spec.shape("BatchChange", object::<BatchChange>());
    let done = Object::answered("A change that was carried out.")
        .has("index", count("Which change, from 0."))
        .has("status", number("As it would be answered alone.", 200, 299))
        .may_have("location", text("The address of what is new."))
        .may_have("etag", text("Stands for the row as it is now."));
    spec.shape("BatchDone", done);
    let refused = Object::answered("A change that was not: a Problem, with which change it is.")
        .has("index", count("Which change, from 0."))
        .has("type", text("As of a Problem."))
        .has("title", text("As of a Problem."))
        .has("status", number("As it would be answered alone.", 400, 599));
    spec.shape("BatchRefused", refused);
    let outcome = either("What became of a change.", [named("BatchDone"), named("BatchRefused")]);
    let answer = Object::answered("").has("results", list("For each change, in their order.", outcome));
    let sent = json!({"atomic": true, "changes": [
        {"op": "patch", "kind": "phones", "key": {"server_ip": "10.0.9.8", "extension": "100"}, "value": {"active": false}},
        {"op": "delete_member", "kind": "aliases", "key": {"alias_id": "team", "login": "100a"}}
    ]});
    let answered = json!({"results": [
        {"index": 0, "status": 200, "etag": "5b0c"}, {"index": 1, "status": 204, "etag": "77aa"}
    ]});
    let batch = Operation::post("/batch", "sendBatch")
        .says(
            "Send many changes at once",
            "All of them or none, in one transaction; or with atomic false each for itself. A batch has up to 10,000 changes, 8 MiB \
             and 200 passwords. What is no change at all, such as one of an unknown kind, is refused with the whole batch. Each kind \
             takes its own rights, and of a token its own scope.",
        )
        .scope(Scope::Phones)
        .repeatable("sendBatch-1")
        .takes(object::<BatchRequest>(), true, sent)
        .refuses([words::batch_refused(&[(); 0]), words::no_changes(AT_MOST), words::too_many_passwords(PASSWORDS)])
        .refuses([words::lacks(MissingPermission::AdminAccess), messages::no_flag("atomic")])
        .answers(StatusCode::OK, "What became of each.", answer, answered);
    spec.operation(batch);
}
