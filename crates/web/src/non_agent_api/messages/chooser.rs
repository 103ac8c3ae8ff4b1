//! The pages of `vm_list` and `container_list`, on which an administrator picks a row, and the same rows as JSON.

use askama::Template;
use fleet::campaigns::Mailbox;
use fleet::field::Field;
use fleet::non_agent_api::{ContainerList, VmList, container_list, vm_list};
use serde::Serialize;

use super::ReplyLine;

#[derive(Template)]
#[template(path = "chooser.html")]
struct ChooserPage<'a> {
    title: String,
    headings: &'a [String],
    rows: Vec<ChooserRow<'a>>,
    /// The field of the opening page that receives the picked value.
    field: &'a str,
}

struct ChooserRow<'a> {
    number: usize,
    value: &'a str,
    more: Vec<&'a str>,
}

/// A mailbox, as JSON.
#[derive(Serialize)]
struct MailboxView<'a> {
    voicemail_id: &'a str,
    name: &'a str,
    email: &'a str,
}

/// A settings container, as JSON.
#[derive(Serialize)]
struct ContainerView<'a> {
    container_id: &'a str,
    container_notes: &'a str,
}

pub(super) fn mailboxes(sent: &VmList, found: &vm_list::Outcome, as_json: bool) -> ReplyLine {
    let all = || found.mailboxes.iter().chain(&found.of_phones);
    if as_json {
        let view = |mailbox: &Mailbox| {
            serde_json::json!(MailboxView {
                voicemail_id: &mailbox.voicemail_id,
                name: &mailbox.name,
                email: &mailbox.email,
            })
        };
        return ReplyLine::document(all().map(view).collect::<serde_json::Value>().to_string());
    }
    // VICIdial starts the numbers of each part at 1.
    let numbers = (1..=found.mailboxes.len()).chain(1..=found.of_phones.len());
    let row = |(number, mailbox)| {
        let mailbox: &Mailbox = mailbox;
        ChooserRow { number, value: &mailbox.voicemail_id, more: vec![&mailbox.name, &mailbox.email] }
    };
    let headings = ["#", "Voicemail Boxes", "Name", "Email"].map(str::to_owned);
    let rows = numbers.zip(all()).map(row).collect();
    page("Voicemail Boxes".to_owned(), &headings, rows, sent.comments.as_str())
}

pub(super) fn containers(sent: &ContainerList, ending: &container_list::Outcome, as_json: bool) -> ReplyLine {
    let container_list::Outcome::Containers(found) = ending else {
        return ReplyLine::error("container_list NO CONTAINER TYPE DEFINED", "|");
    };
    if as_json {
        let view = |container: &fleet::campaigns::Container| {
            serde_json::json!(ContainerView {
                container_id: &container.container_id,
                container_notes: &container.container_notes,
            })
        };
        return ReplyLine::document(found.iter().map(view).collect::<serde_json::Value>().to_string());
    }
    let title = format!("Settings Containers: {} type", sent.container_type.as_str());
    let headings = ["#".to_owned(), title.clone(), "Container Notes".to_owned()];
    let row = |(at, container)| {
        let container: &fleet::campaigns::Container = container;
        ChooserRow { number: at + 1, value: &container.container_id, more: vec![&container.container_notes] }
    };
    let rows = found.iter().enumerate().map(row).collect();
    page(title, &headings, rows, sent.comments.as_str())
}

fn page(title: String, headings: &[String], rows: Vec<ChooserRow<'_>>, field: &str) -> ReplyLine {
    ReplyLine::document(ChooserPage { title, headings, rows, field }.render().unwrap_or_default())
}
