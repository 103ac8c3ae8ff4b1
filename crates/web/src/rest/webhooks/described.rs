//! OpenAPI description of webhooks.

use ::webhooks::DestinationError;
use axum::http::StatusCode;
use fleet::authorization::Scope;
use fleet::webhooks::Topic;
use serde_json::{Value, json};

use super::super::document::Spec;
use super::super::document::operation::Operation;
use super::super::document::shape::{Object, Shape, items, list, named, object, or_null, text, word};
use super::super::messages;
use super::{AttemptView, NewWebhook, SkipRequest, View, WebhookChange};

/// Describes these operations in the OpenAPI document.
pub(in crate::rest) fn describe(spec: &mut Spec) {
    shapes(spec);
    let listed = operation(Operation::get("/webhooks", "listWebhooks"))
        .says("List webhooks", "Lists all webhooks, at most 50.")
        .answers(
            StatusCode::OK,
            "All webhooks.",
            Object::answered("").has("webhooks", list("", named("Webhook"))),
            json!({"webhooks": [example()]}),
        );
    spec.operation(listed);
    let added = operation(Operation::post("/webhooks", "createWebhook"))
        .tagged()
        .says(
            "Create a webhook",
            "The webhook receives events from now on. The secret for the signatures is in this response only.",
        )
        .takes(
            object::<NewWebhook>(),
            true,
            json!({"url": "https://receiver.example/hotdesk", "topics": ["phone", "alias"]}),
        )
        .refuses([
            messages::no_destination(DestinationError::NoUrl),
            messages::no_topics(),
            messages::too_many_webhooks(),
        ])
        .answers(StatusCode::CREATED, "The new webhook.", named("WebhookWithSecret"), with_secret());
    spec.operation(added);
    let shown = one(Operation::get("/webhooks/{webhook_id}", "getWebhook"))
        .tagged()
        .says("Get a webhook", "The secret is not included.")
        .answers(StatusCode::OK, "As it is now.", named("Webhook"), example());
    spec.operation(shown);
    let changed = one(Operation::patch("/webhooks/{webhook_id}", "updateWebhook"))
        .tagged()
        .says("Update a webhook", "Fields that are left out keep their value.")
        .only_if(messages::webhook_changed(&example()))
        .takes(object::<WebhookChange>(), false, json!({"active": false}))
        .refuses([
            messages::no_destination(DestinationError::NoUrl),
            messages::no_topics(),
            messages::no_flag("active"),
        ])
        .answers(StatusCode::OK, "As it is now.", named("Webhook"), example());
    spec.operation(changed);
    let deleted = one(Operation::delete("/webhooks/{webhook_id}", "deleteWebhook"))
        .says("Delete a webhook", "No more messages are sent to it.")
        .only_if(messages::webhook_changed(&example()))
        .answers_nothing(StatusCode::NO_CONTENT, "The webhook was deleted.");
    spec.operation(deleted);
    deeds(spec);
}

/// Describes the actions on a webhook.
fn deeds(spec: &mut Spec) {
    let rotated = one(Operation::post("/webhooks/{webhook_id}/secret", "renewWebhookSecret"))
        .tagged()
        .says(
            "Renew a webhook's secret",
            "The new secret is in this response only. The old secret stays valid for 24 hours.",
        )
        .answers(StatusCode::OK, "The webhook with its new secret.", named("WebhookWithSecret"), with_secret());
    spec.operation(rotated);
    let tested = one(Operation::post("/webhooks/{webhook_id}/test", "testWebhook"))
        .says(
            "Send a test message",
            "Sends a message at once, whatever the webhook's state, and waits for the receiver's response.",
        )
        .answers(StatusCode::OK, "The result of the attempt.", named("Delivery"), delivery());
    spec.operation(tested);
    let skipped = one(Operation::post("/webhooks/{webhook_id}/skip", "skipEvents"))
        .tagged()
        .says("Skip waiting events", "The first waiting event is not sent; with all, none of the waiting events is.")
        .takes(object::<SkipRequest>(), false, json!({"all": false}))
        .refuses([messages::no_flag("all")])
        .answers(StatusCode::OK, "As it is now.", named("Webhook"), example());
    spec.operation(skipped);
    let attempts = Object::answered("").has("deliveries", list("Newest first.", named("Delivery")));
    let delivered = one(Operation::get("/webhooks/{webhook_id}/deliveries", "listDeliveries"))
        .says("List delivery attempts", "Lists the last 100 attempts.")
        .answers(StatusCode::OK, "The attempts.", attempts, json!({"deliveries": [delivery()]}));
    spec.operation(delivered);
}

fn operation(operation: Operation) -> Operation {
    operation.scope(Scope::Webhooks).refuses([messages::may_not_administer()])
}

fn one(of: Operation) -> Operation {
    operation(of).path("webhook_id", text("Id of the webhook."), 1).refuses([messages::no_such_webhook()])
}

pub(super) fn url() -> Shape {
    text("URL that receives the messages: http or https, without a user, a password or a fragment.")
}

pub(super) fn new_url() -> Shape {
    or_null(url())
}

fn topic() -> Shape {
    word("", Topic::ALL.iter().map(|topic| topic.word()))
}

pub(super) fn requested_topics() -> Shape {
    or_null(items("Topics that the webhook receives; all by default.", topic(), 1, usize::MAX))
}

pub(super) fn subscribed_topics() -> Shape {
    list("Topics that the webhook receives.", topic())
}

pub(super) fn state() -> Shape {
    word("State of the webhook.", ["active", "paused", "gave_up", "gone"])
}

pub(super) fn failure() -> Shape {
    word("Reason why the receiver sent no response.", ["timed_out", "unreachable", "untrusted", "address_not_allowed"])
}

fn shapes(spec: &mut Spec) {
    spec.shape("Webhook", object::<View>());
    let secret = text("Secret for the signatures of messages. No other response contains it.");
    spec.shape("WebhookWithSecret", object::<View>().described_as("A webhook with its secret.").has("secret", secret));
    spec.shape("Delivery", object::<AttemptView>());
}

fn example() -> Value {
    json!({
        "webhook_id": 1, "url": "https://receiver.example/hotdesk", "topics": ["phone", "alias"], "active": true,
        "state": "active", "created_at": "2026-11-21T05:31:00.000Z", "user": "6666", "waiting": 0, "failures": 0
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
        "delivered": true, "status": 204, "duration_ms": 38
    })
}
