//! Created phones and aliases: shown once, as a page or a CSV file.

use std::collections::HashMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use fleet::phones::{BulkPlan, Choices};

use super::super::super::messages::phones as words;
use super::super::super::page::{self, Frame, Here};
use super::super::super::session::AdminSession;
use crate::html;
use crate::http::csv;

#[derive(Template)]
#[template(path = "admin/phones/made.html")]
struct MadePage {
    frame: Frame,
    counted: String,
    rows: Vec<MadePhoneRow>,
}

struct MadePhoneRow {
    login: String,
    extension: String,
    dialer: String,
    alias: String,
    pass: String,
    conf_secret: String,
}

/// Response with the created phones. It contains passwords only if Hotdesk generated them.
pub(super) fn answer(
    admin_session: &AdminSession,
    choices: &Choices,
    plan: &BulkPlan,
    is_random: bool,
    as_file: bool,
) -> Response {
    let aliases: HashMap<&str, &str> = plan
        .aliases
        .iter()
        .flat_map(|planned| {
            let alias = planned.alias.alias_id.as_str();
            planned.alias.logins_list.split(',').map(move |login| (login, alias))
        })
        .collect();
    let shown = |secret: &str| if is_random { secret.to_owned() } else { String::new() };
    let row = |planned: &fleet::phones::bulk::PlannedPhone| {
        let phone = &planned.phone;
        let dialer = if as_file { phone.server_ip.clone() } else { words::dialer(choices, &phone.server_ip) };
        MadePhoneRow {
            login: phone.login.clone(),
            extension: phone.extension.clone(),
            dialer,
            alias: aliases.get(phone.login.as_str()).map(|alias| (*alias).to_owned()).unwrap_or_default(),
            pass: shown(&phone.pass),
            conf_secret: shown(&phone.conf_secret),
        }
    };
    let has_rows = is_random || as_file;
    let rows: Vec<MadePhoneRow> = if has_rows { plan.phones.iter().map(row).collect() } else { Vec::new() };
    if as_file {
        return file(&rows);
    }
    let counted = words::counted(plan.phones.len(), plan.aliases.len());
    html::page(StatusCode::OK, &MadePage { frame: Frame::of(admin_session, Here::Phones), counted, rows })
}

fn file(rows: &[MadePhoneRow]) -> Response {
    let head = ["login", "extension", "server_ip", "alias", "phone_pass", "registration_password"];
    let cells = |row: &'_ MadePhoneRow| {
        [&row.login, &row.extension, &row.dialer, &row.alias, &row.pass, &row.conf_secret].map(String::clone)
    };
    match csv::rows(std::iter::once(head.map(str::to_owned)).chain(rows.iter().map(cells))) {
        Ok(text) => csv::attachment("phones.csv", text),
        Err(error) => page::not_written(&error),
    }
}
