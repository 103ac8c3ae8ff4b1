//! What the document says of webhooks.

use ::webhooks::DestinationError;
use axum::http::StatusCode;
use fleet::authorization::Scope;
use fleet::webhooks::Topic;
use serde_json::{Value, json};

use super::super::document::Spec;
use super::super::document::operation::Operation;
use super::super::document::shape::{Object, Shape, count, flag, items, list, named, number, or_null, text, word};
use super::super::messages;

/// What it takes and answers.
pub(in crate::rest) fn describe(spec: &mut Spec) {
    shapes(spec);
    let listed = operation(Operation::get("/webhooks", "list_webhooks"))
        .says("All of them", "There are few: 50 at most.")
        .answers(
            StatusCode::OK,
            "All of them.",
            Object::answered("").has("webhooks", list("", named("Webhook"))),
            json!({"webhooks": [example()]}),
        );
    spec.operation(listed);
    let body = Object::sent("A webhook that is wanted.").has("url", url()).may_have("topics", or_null(topics()));
    let added = operation(Operation::post("/webhooks", "create_webhook"))
        .tagged()
        .says(
            "A new one",
            "It is told of what happens from now on. The secret that signs the messages is shown this once.",
        )
        .takes(body, true, json!({"url": "https://receiver.example/hotdesk", "topics": ["phone", "alias"]}))
        .refuses([
            messages::no_destination(DestinationError::NoUrl),
            messages::no_topics(),
            messages::too_many_webhooks(),
        ])
        .answers(StatusCode::CREATED, "The new one.", named("WebhookWithSecret"), with_secret());
    spec.operation(added);
    let shown = one(Operation::get("/webhooks/{webhook_id}", "get_webhook"))
        .tagged()
        .says("One of them", "Without its secret.")
        .answers(StatusCode::OK, "As it is now.", named("Webhook"), example());
    spec.operation(shown);
    let body = Object::sent("What is left out, or null, stays as it is.")
        .may_have("url", or_null(url()))
        .may_have("topics", or_null(topics()))
        .may_have(
            "active",
            or_null(flag("Whether it is told anything; true also takes it up again after it gave up.")),
        );
    let changed = one(Operation::patch("/webhooks/{webhook_id}", "change_webhook"))
        .tagged()
        .says("Changes what is named", "")
        .only_if(messages::webhook_changed(&example()))
        .takes(body, false, json!({"active": false}))
        .refuses([
            messages::no_destination(DestinationError::NoUrl),
            messages::no_topics(),
            messages::no_flag("active"),
        ])
        .answers(StatusCode::OK, "As it is now.", named("Webhook"), example());
    spec.operation(changed);
    let deleted = one(Operation::delete("/webhooks/{webhook_id}", "delete_webhook"))
        .says("It is told nothing any more", "")
        .only_if(messages::webhook_changed(&example()))
        .answers_nothing(StatusCode::NO_CONTENT, "It is gone.");
    spec.operation(deleted);
    deeds(spec);
}

/// What can be done with one.
fn deeds(spec: &mut Spec) {
    let rotated = one(Operation::post("/webhooks/{webhook_id}/secret", "renew_webhook_secret"))
        .tagged()
        .says("Another secret", "It is shown this once. The old one signs beside it for 24 hours.")
        .answers(StatusCode::OK, "With the new secret.", named("WebhookWithSecret"), with_secret());
    spec.operation(rotated);
    let tested = one(Operation::post("/webhooks/{webhook_id}/test", "test_webhook"))
        .says("Sends a message of the type test", "At once, whatever the state; the answer tells what came of it.")
        .answers(StatusCode::OK, "What came of it.", named("Delivery"), delivery());
    spec.operation(tested);
    let all = Object::sent("").may_have("all", or_null(flag("All that wait; the first one unless said so.")));
    let skipped = one(Operation::post("/webhooks/{webhook_id}/skip", "skip_event"))
        .tagged()
        .says("Passes over the event that is first in the row", "It is never sent. With all, over all that wait.")
        .takes(all, false, json!({"all": false}))
        .refuses([messages::no_flag("all")])
        .answers(StatusCode::OK, "As it is now.", named("Webhook"), example());
    spec.operation(skipped);
    let attempts = Object::answered("").has("deliveries", list("The latest first.", named("Delivery")));
    let delivered = one(Operation::get("/webhooks/{webhook_id}/deliveries", "list_deliveries"))
        .says("The last 100 attempts to deliver something", "")
        .answers(StatusCode::OK, "The attempts.", attempts, json!({"deliveries": [delivery()]}));
    spec.operation(delivered);
}

fn operation(operation: Operation) -> Operation {
    operation.scope(Scope::Webhooks).refuses([messages::may_not_administer()])
}

fn one(of: Operation) -> Operation {
    operation(of).path("webhook_id", text("Its number."), 1).refuses([messages::no_such_webhook()])
}

fn url() -> Shape {
    text("Where messages go: http or https, without a user, a password or a #.")
}

fn topics() -> Shape {
    let topic = word("", Topic::ALL.iter().map(|topic| topic.word()));
    items("What it is told of; everything unless said otherwise.", topic, 1, usize::MAX)
}

fn webhook(words: &str) -> Object {
    Object::answered(words)
        .has("webhook_id", count("Its number."))
        .has("url", text("Where messages go."))
        .has("topics", list("What it is told of.", word("", Topic::ALL.iter().map(|topic| topic.word()))))
        .has("active", flag("Whether it is told anything."))
        .has("state", word("How it is.", ["active", "paused", "gave_up", "gone"]))
        .has("made", text("When it was made, in UTC."))
        .has("user", text("Who made it."))
        .has("waiting", count("Events that wait; at most 500 rows of each log are looked at."))
        .has("failures", count("Attempts that failed since the last message arrived."))
        .may_have("failing_since", text("Since when they fail."))
        .may_have("next_attempt", text("When the next one is."))
        .may_have("old_secret_until", text("Until when the secret before this one signs too."))
}

fn shapes(spec: &mut Spec) {
    spec.shape("Webhook", webhook("Somebody who is told of changes."));
    let secret = text("What signs the messages, which is never shown again.");
    spec.shape("WebhookWithSecret", webhook("The same, with its secret.").has("secret", secret));
    let delivery = Object::answered("An attempt to deliver a message.")
        .has("at", text("When, in UTC."))
        .has("webhook_id", count("To whom."))
        .has("message_id", text("Which message: the same for every attempt."))
        .has("type", text("What it was about."))
        .has("delivered", flag("Whether it arrived."))
        .may_have("status", number("What was answered.", 0, 999))
        .may_have("failure", word("Why nothing was.", ["timed_out", "unreachable", "untrusted", "address_not_allowed"]))
        .has("took", count("For how many milliseconds it lasted."));
    spec.shape("Delivery", delivery);
}

fn example() -> Value {
    json!({
        "webhook_id": 1, "url": "https://receiver.example/hotdesk", "topics": ["phone", "alias"], "active": true,
        "state": "active", "made": "2026-11-21T05:31:00.000Z", "user": "6666", "waiting": 0, "failures": 0
    })
}

fn with_secret() -> Value {
    let mut shown = example();
    shown["secret"] = "whsec_…".into();
    shown
}

fn delivery() -> Value {
    json!({
        "at": "2026-11-21T05:31:00.000Z", "webhook_id": 1, "message_id": "change-184", "type": "alias.added",
        "delivered": true, "status": 204, "took": 38
    })
}
