//! OpenAPI description of the resources, generated from the columns of their tables.

use axum::http::StatusCode;
use fleet::authorization::{Scope, scope_of};
use fleet::rows::list::Order;
use fleet::save::SaveRefusal;
use fleet::schema::{Invalid, Row, Table};
use serde_json::{Value, json};

use super::super::document::Spec;
use super::super::document::keys::{example, filter, names_of, shape};
use super::super::document::operation::Operation;
use super::super::document::shape::{Object as Described, list as list_of, named, text, word};
use super::super::messages::{self, resources as words};
use super::listing;
use super::row_path::collection;
use crate::http::problem::Problem;

/// Pattern of a cursor: JSON in URL-safe base64.
const CURSOR: &str = "^[A-Za-z0-9_-]+$";

/// Describes the operations of one group; so do the functions below.
pub(in crate::rest) fn phones(spec: &mut Spec) {
    section(spec, Table::Phone);
}

pub(in crate::rest) fn aliases(spec: &mut Spec) {
    section(spec, Table::Alias);
    members(spec);
}

pub(in crate::rest) fn templates(spec: &mut Spec) {
    section(spec, Table::Template);
}

pub(in crate::rest) fn users(spec: &mut Spec) {
    section(spec, Table::User);
}

pub(in crate::rest) fn user_groups(spec: &mut Spec) {
    section(spec, Table::UserGroup);
}

pub(in crate::rest) fn campaigns(spec: &mut Spec) {
    section(spec, Table::Campaign);
}

pub(in crate::rest) fn ip_lists(spec: &mut Spec) {
    section(spec, Table::IpList);
}

/// Describes single dialers; their list has live state and is described in `dialers`.
pub(in crate::rest) fn dialers(spec: &mut Spec) {
    rows(spec, Table::Dialer);
}

fn section(spec: &mut Spec, section: Table) {
    list(spec, section);
    rows(spec, section);
}

fn list(spec: &mut Spec, section: Table) {
    let (collection, shown) = (collection(section), names_of(section)[0]);
    let sorts: Vec<String> = Order::words(section).flat_map(|word| [word.to_owned(), format!("-{word}")]).collect();
    let sort = word("Sort order; a leading - sorts in descending order.", sorts.iter().map(String::as_str));
    let first = sorts.first().cloned().unwrap_or_default();
    let listed = Operation::get(format!("/{collection}"), &operation_id("list", collection))
        .says(
            &format!("List {}", plural(section)),
            "Lists the rows that the caller may view. If many rows must be searched, a page can have fewer rows than limit, or \
             none, and still have next.",
        )
        .scope(Scope::Read)
        .paged(CURSOR, &listing::example(section))
        .query(listing::SORT, sort, first)
        .refuses([words::no_order(section), messages::unknown_field("colour", &[])]);
    let open = section.columns().iter().filter(|key| !key.secret);
    let listed = open.fold(listed, |listed, key| {
        let example = given(section, key.name).unwrap_or_else(|| example(key));
        let example = example.get(0).cloned().unwrap_or(example);
        listed.query(key.name, filter(key), example)
    });
    let page = Described::answered("A page of rows.")
        .has(collection, list_of("The rows.", named(shown)))
        .may_have("next", text("Cursor of the next page; missing on the last page."));
    spec.operation(listed.answers(StatusCode::OK, "A page of rows.", page, json!({ collection: [row(section)] })));
}

fn rows(spec: &mut Spec, section: Table) {
    let (collection, thing) = (collection(section), section.name());
    let [shown, new, change] = names_of(section);
    let id = |verb: &str| operation_id(verb, thing);
    let one = with_article(section);
    let created = changes(Operation::post(format!("/{collection}"), &id("create")), section, &id("create"))
        .tagged()
        .says(&format!("Create {one}"), "Fields that are left out get their default value.")
        .takes(named(new), true, new_row(section))
        .refuses([refused(section, SaveRefusal::Exists)])
        .answers(StatusCode::CREATED, "The new row.", named(shown), row(section));
    spec.operation(created);
    let path = path(section);
    let show = Operation::get(&path, &id("get"))
        .says(&format!("Get {one}"), "The ETag identifies the version of the row.")
        .scope(Scope::Read)
        .unless_known()
        .refuses([words::not_found(section)])
        .answers(StatusCode::OK, "The current row.", named(shown), row(section));
    spec.operation(at(show, section));
    let patched = changes(Operation::patch(&path, &id("update")), section, &id("update"))
        .says(&format!("Update {one}"), "Fields that are left out keep their value (RFC 7396, without null).")
        .tagged()
        .only_if(stale(section))
        .takes(named(change), true, changed(section))
        .refuses([words::not_found(section)])
        .answers(StatusCode::OK, "The current row.", named(shown), row(section));
    spec.operation(at(patched, section));
    let deleted = changes(Operation::delete(&path, &id("delete")), section, &id("delete"))
        .says(&format!("Delete {one}"), "Refused while other rows refer to it. No other row is deleted.")
        .only_if(stale(section))
        .refuses([words::not_found(section), refused(section, SaveRefusal::InUse)])
        .answers_nothing(StatusCode::NO_CONTENT, "The row was deleted.");
    spec.operation(at(deleted, section));
}

/// Operation id in camel case: `list` and `user_groups` give `listUserGroups`.
fn operation_id(verb: &str, noun: &str) -> String {
    let capitalized = noun.split('_').map(|part| {
        let (first, rest) = part.split_at_checked(1).unwrap_or((part, ""));
        first.to_ascii_uppercase() + rest
    });
    capitalized.fold(verb.to_owned(), |id, part| id + &part)
}

/// Noun for a row of a table, with its article.
fn with_article(section: Table) -> String {
    let noun = words::noun(section);
    let article = if noun.starts_with(['a', 'I']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// Plural noun for the rows of a table.
fn plural(section: Table) -> String {
    let noun = words::noun(section);
    if noun.ends_with('s') { format!("{noun}es") } else { format!("{noun}s") }
}

fn members(spec: &mut Spec) {
    let section = Table::Alias;
    let member = |operation: Operation, id: &str| {
        let operation = at(changes(operation, section, id), section).only_if(stale(section));
        let login = section.columns().iter().find(|key| key.name == "alias_id").map_or_else(|| text(""), shape);
        operation.path("login", login, "100a").refuses([words::not_found(section)])
    };
    let path = format!("{}/members/{{login}}", path(section));
    let put = member(Operation::put(&path, "addAliasMember"), "addAliasMember")
        .says("Add a login to an alias", "The login is added at the end, unless the alias already has it.")
        .tagged()
        .answers(StatusCode::OK, "The alias.", named(names_of(section)[0]), row(section));
    spec.operation(put);
    let removed = member(Operation::delete(&path, "removeAliasMember"), "removeAliasMember")
        .says(
            "Remove a login from an alias",
            "The phone itself is not changed. The last login of an alias cannot be removed.",
        )
        .refuses([refused(section, SaveRefusal::NoSuchMember)])
        .answers_nothing(StatusCode::NO_CONTENT, "The login was removed.");
    spec.operation(removed);
}

/// Describes the common parts of every change.
fn changes(operation: Operation, section: Table, key: &str) -> Operation {
    let operation = operation.scope(scope_of(section)).repeatable(&format!("{key}-1"));
    let missing = section.columns().iter().find(|key| key.required).map(|key| Invalid::Missing { key: key.name });
    operation.refuses([words::mistakes(missing.into_iter().collect()), words::value_too_long()])
}

/// Path of a row.
fn path(section: Table) -> String {
    let names = section.columns().iter().filter(|key| key.is_key).map(|key| format!("/{{{}}}", key.name));
    format!("/{}{}", collection(section), names.collect::<String>())
}

/// Adds the path parameters of a row's key.
fn at(operation: Operation, section: Table) -> Operation {
    let names = section.columns().iter().filter(|key| key.is_key);
    names.fold(operation, |operation, key| {
        operation.path(key.name, shape(key), given(section, key.name).unwrap_or_else(|| example(key)))
    })
}

fn refused(section: Table, refusal: SaveRefusal) -> Problem {
    words::refused(section, refusal, &|_| "5f0c".to_owned())
}

fn stale(section: Table) -> Problem {
    refused(section, SaveRefusal::Stale { row: Box::new(Row::new(section)), keys: Vec::new() })
}

/// Example values of a row.
fn givens(section: Table) -> Value {
    match section {
        Table::Phone => json!({
            "server_ip": "10.0.9.8", "extension": "100", "phone_login": "100a", "dialplan_number": "100",
            "voicemail_id": "100", "protocol": "PJSIP", "phone_full_name": "Seat 1", "outbound_cid": "7275551212",
            "admin_user_group": "---ALL---", "phone_ring_timeout": 60
        }),
        Table::Alias => json!({
            "alias_id": "team", "alias_name": "The team", "phone_logins": ["100a", "100b"], "user_group": "---ALL---"
        }),
        Table::Template => json!({
            "template_id": "webphone", "template_name": "Phones in browsers", "template_contents": "type=friend\n",
            "user_group": "---ALL---"
        }),
        Table::User => json!({
            "user": "1001", "full_name": "Ada", "user_level": 1, "user_group": "AGENTS"
        }),
        Table::Dialer => json!({
            "server_ip": "10.0.9.8", "server_id": "dialer-a", "server_description": "In the first rack",
            "asterisk_version": "18.26.4", "telnet_port": 5038, "ASTmgrUSERNAME": "cron"
        }),
        Table::UserGroup => json!({
            "user_group": "AGENTS", "group_name": "Agents", "allowed_campaigns": "-ALL-CAMPAIGNS-"
        }),
        Table::Campaign => json!({
            "campaign_id": "SALES", "campaign_name": "Sales", "auto_dial_level": "1", "dial_method": "RATIO"
        }),
        Table::IpList => json!({ "ip_list_id": "office", "entries": ["10.0.9.x", "192.0.2.7"] }),
        Table::Weight | Table::Settings => Value::Null,
    }
}

fn given(section: Table, name: &str) -> Option<Value> {
    givens(section).get(name).cloned()
}

/// Example of a row in a response.
fn row(section: Table) -> Value {
    let open = section.columns().iter().filter(|key| !key.secret);
    open.map(|key| (key.name.to_owned(), given(section, key.name).unwrap_or_else(|| example(key)))).collect()
}

/// Example of a request that creates a row.
fn new_row(section: Table) -> Value {
    let own = match section {
        Table::Phone => json!({
            "extension": "cc200", "phone_login": "cc200a", "phone_pass": "typed", "registration_password": "configured"
        }),
        Table::Alias => json!({"alias_id": "other"}),
        Table::User => json!({"user": "2001", "pass": "typed"}),
        Table::Dialer => json!({"server_ip": "10.0.9.10", "server_id": "dialer-c", "ASTmgrSECRET": "configured"}),
        _ => json!({}),
    };
    let mut row = givens(section);
    for (name, value) in own.as_object().into_iter().flatten() {
        row[name] = value.clone();
    }
    row
}

/// Example of a request that updates a row.
fn changed(section: Table) -> Value {
    let names: Vec<&str> = section.columns().iter().filter(|key| key.is_key).map(|key| key.name).collect();
    let first = givens(section).as_object().into_iter().flatten().find_map(|(name, value)| {
        let is_plain = !names.contains(&name.as_str()) && !matches!(name.as_str(), "phone_login" | "admin_user_group");
        is_plain.then(|| (name.clone(), value.clone()))
    });
    first.into_iter().collect()
}
