//! Wording of the OpenAPI document: generated clients and the reference show its summaries and operation ids.

use std::collections::BTreeSet;

use serde_json::Value;

/// Verbs in the imperative that a summary may begin with.
const SUMMARY_VERBS: [&str; 22] = [
    "Add", "Create", "Delete", "Drain", "End", "Export", "Get", "Import", "List", "Log", "Move", "Preview", "Remove",
    "Renew", "Report", "Revoke", "Ring", "Send", "Skip", "Undrain", "Update", "Watch",
];

/// Verbs that an operation id may begin with.
const ID_VERBS: [&str; 22] = [
    "add", "create", "delete", "drain", "end", "export", "get", "import", "list", "move", "open", "remove", "renew",
    "report", "revoke", "ring", "send", "skip", "test", "undrain", "update", "watch",
];

const SUMMARY_LENGTH: usize = 60;

/// The rule that a summary breaks.
fn summary_fault(summary: &str) -> Option<&'static str> {
    let verb = summary.split(' ').next().unwrap_or_default();
    if !SUMMARY_VERBS.contains(&verb) || summary == verb {
        Some("must begin with a verb of SUMMARY_VERBS, followed by its object")
    } else if summary.ends_with('.') {
        Some("must not end with a full stop")
    } else if summary.chars().count() > SUMMARY_LENGTH {
        Some("is too long")
    } else {
        None
    }
}

/// Whether an operation id is a verb and a noun in lowerCamelCase.
fn is_verb_and_noun(id: &str) -> bool {
    let is_noun = |noun: &str| noun.starts_with(|first: char| first.is_ascii_uppercase());
    id.chars().all(|letter| letter.is_ascii_alphanumeric())
        && ID_VERBS.iter().any(|verb| id.strip_prefix(verb).is_some_and(is_noun))
}

#[test]
fn every_summary_begins_with_a_verb_and_every_operation_id_is_a_verb_and_a_noun() {
    let document: Value = serde_json::from_str(web::openapi()).unwrap();
    let (mut ids, mut summaries, mut count) = (BTreeSet::new(), BTreeSet::new(), 0);
    let mut faults = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let [summary, id] = ["summary", "operationId"].map(|key| operation[key].as_str().unwrap_or_default());
            count += 1;
            if let Some(fault) = summary_fault(summary) {
                faults.push(format!("{method} {path}: the summary {summary:?} {fault}"));
            }
            if !is_verb_and_noun(id) {
                faults.push(format!("{method} {path}: the operation id {id:?} must be a verb of ID_VERBS and a noun"));
            }
            if !ids.insert(id.to_owned()) || !summaries.insert(summary.to_owned()) {
                faults.push(format!("{method} {path}: {id:?} or {summary:?} is not unique"));
            }
            if operation["description"].as_str().is_none_or(str::is_empty) {
                faults.push(format!("{method} {path}: the description is empty"));
            }
        }
    }
    assert!(count > 70, "only {count} operations were found");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn summaries_without_a_verb_and_ids_of_another_form_are_found() {
    for wrong in ["A page of them", "It goes", "List", "Delete a phone.", "Deletes a phone", ""] {
        assert!(summary_fault(wrong).is_some(), "{wrong}");
    }
    assert!(summary_fault(&format!("List {}", "x".repeat(SUMMARY_LENGTH))).is_some());
    assert_eq!(summary_fault("List phones"), None);
    for wrong in ["phonesList", "list_phones", "listphones", "ListPhones", "list", ""] {
        assert!(!is_verb_and_noun(wrong), "{wrong}");
    }
    assert!(is_verb_and_noun("listUserGroups"));
}
