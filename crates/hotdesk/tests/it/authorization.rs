//! Requests every endpoint as every kind of caller. `authorization.txt` lists the expected status of each. An endpoint
//! that is missing in the file fails the test, and so does an entry without an endpoint.

use std::collections::BTreeSet;
use std::io::Read;

use crate::admin::{Browser, header};
use crate::endpoints::staffed::{ADMIN, AGENT, BEHIND_PROXY, FORM, JSON, LOOKER, Staffed};
use crate::support::{Reply, get, request};

const TABLE: &str = include_str!("authorization.txt");

/// The callers, in the order of the columns.
const CALLERS: [(&str, &str); 5] =
    [("", ""), ("1001", "apass"), ("looker", "lpass"), ("6666", "1234"), ("6666", "1234")];

/// One line of the table.
struct Row {
    method: &'static str,
    /// The route as the router defines it.
    route: &'static str,
    /// The request target; `{session}`, `{user}` and `{pass}` are placeholders.
    target: String,
    body: &'static str,
    answers: Vec<&'static str>,
}

impl Row {
    fn read(line: &'static str) -> Self {
        let (asked, answered) = line.split_once(" = ").unwrap_or_else(|| panic!("no answers in {line}"));
        let answers: Vec<&str> = answered.split_whitespace().collect();
        let mut asked = asked.split_whitespace();
        let (method, route) = (asked.next().unwrap(), asked.next().unwrap());
        let (mut target, mut body) = (route.to_owned(), "");
        for more in asked {
            match more.strip_prefix('<') {
                Some(sent) => body = sent,
                None if more.starts_with('/') => more.clone_into(&mut target),
                None => target += more,
            }
        }
        let is_form = method == "POST" && route.starts_with("/admin/");
        assert_eq!(answers.len(), if is_form { 5 } else { 4 }, "{line}");
        Self { method, route, target, body, answers }
    }
}

fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(Row::read)
}

#[test]
fn every_endpoint_is_in_the_table() {
    let listed: BTreeSet<(&str, &str)> = rows().map(|row| (row.route, row.method)).collect();
    let mut answering = BTreeSet::new();
    for route in web::all_routes() {
        match route.method {
            "ANY" => answering.extend([(route.path, "GET"), (route.path, "POST")]),
            method => drop(answering.insert((route.path, method))),
        }
    }
    let missing: Vec<_> = answering.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&answering).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not in authorization.txt: {missing:?}; no longer existing: {gone:?}"
    );
}

/// The response: the status, or the first word of the Non-Agent API's reply.
fn answer(staffed: &Staffed, request: &[u8], is_api: bool) -> String {
    let mut stream = staffed.server.connect();
    let status = Reply::head_of(&mut stream, request).status;
    // An event stream has no end.
    if !is_api {
        return status.to_string();
    }
    let mut body = String::new();
    stream.read_to_string(&mut body).unwrap();
    format!("{status}:{}", body.split([':', ' ']).next().unwrap())
}

#[test]
fn every_caller_gets_what_the_table_says() {
    everybody_gets_it(&Staffed::new(0, &BEHIND_PROXY));
}

#[test]
fn every_caller_gets_it_on_mariadb_too() {
    Staffed::on_mariadb().iter().for_each(everybody_gets_it);
}

#[test]
fn everybody_gets_it_on_vicidials_tables_too() {
    Staffed::on_vicidials_tables().iter().for_each(everybody_gets_it);
}

fn everybody_gets_it(staffed: &Staffed) {
    let mut wrong = Vec::new();
    for (number, row) in rows().enumerate() {
        // Each row uses its own client address: this many failed logins from one address would block it.
        let from = format!("X-Forwarded-For: 192.0.2.{}", number % 250);
        for (caller, expected) in row.answers.iter().enumerate() {
            let ((user, pass), session) = (CALLERS[caller], staffed.log_in("1002", "north desk"));
            let (mut cookie, mut token) = (String::from("X: y"), String::new());
            if caller == 1 {
                let form = "phone_login=team&phone_pass=phonepass&VD_login=1001&VD_pass=apass";
                let reply = staffed.server.send(&request("POST", "/agc/vicidial.php", &[FORM], form.as_bytes()));
                cookie = format!("Cookie: {}", header(&reply, "set-cookie").split(';').next().unwrap());
            } else if caller > 1 {
                let browser = Browser::new(staffed, user, pass);
                (cookie, token) = (browser.cookie, if caller == 4 { String::new() } else { browser.token });
            }
            let credentials = ["X: y", AGENT, LOOKER, ADMIN, ADMIN][caller];
            let fill = |text: &str| {
                let text = text.replace("{session}", &session.session_id.to_string());
                text.replace("{user}", user).replace("{pass}", pass)
            };
            let (target, mut body) = (fill(&row.target), fill(row.body));
            let is_json = body.starts_with('{');
            if row.method != "GET" && !is_json {
                body = format!("{body}&token={token}");
            }
            let kind = if is_json { JSON } else { FORM };
            let asked = match row.method {
                "GET" => get(&target, &[&from, &cookie, credentials]),
                method => request(method, &target, &[kind, &from, &cookie, credentials], body.as_bytes()),
            };
            let answered = answer(staffed, &asked, expected.contains(':'));
            if answered != *expected {
                let name = ["nobody", "an agent", "a supervisor", "an administrator", "one without the token"][caller];
                wrong.push(format!("{} {target} <{} by {name}: {answered}, not {expected}", row.method, row.body));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn changes_in_the_panel_need_an_administrator_and_the_forms_csrf_token() {
    for row in rows().filter(|row| row.answers.len() == 5) {
        if ["/admin/login", "/admin/logout", "/admin/{*unknown}"].contains(&row.route) {
            continue;
        }
        assert_eq!(row.answers[..3], ["303", "303", "403"], "{}", row.route);
        assert_eq!(row.answers[4], "403", "{}", row.route);
    }
}
