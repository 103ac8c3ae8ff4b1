//! Tests of the panel with a browser-like client.

mod admin_sessions;
mod aliases;
mod bulk_phones;
mod dialers;
mod events;
mod floor;
mod floor_actions;
mod lines;
mod lists;
mod logins;
mod logs;
mod markup;
mod passwords;
mod phones;
mod settings;
mod tokens;
mod users;

use crate::endpoints::staffed::{FORM, Staffed};
use crate::support::{Reply, get, request};

/// A browser that is logged in to the panel.
pub struct Browser<'a> {
    staffed: &'a Staffed,
    pub cookie: String,
    pub token: String,
}

/// Encodes a form's fields as a request body.
fn body(fields: &[(&str, &str)]) -> String {
    let encode = |value: &str| value.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
    fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

/// Sends the login form.
pub fn log_in(staffed: &Staffed, user: &str, pass: &str, more: &[(&str, &str)], headers: &[&str]) -> Reply {
    let form = body(&[&[("user", user), ("pass", pass)], more].concat());
    staffed.server.send(&request("POST", "/admin/login", &[&[FORM], headers].concat(), form.as_bytes()))
}

/// The value of a header.
pub fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    let value = reply.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    value.unwrap_or_default()
}

impl<'a> Browser<'a> {
    /// Logs in.
    pub fn new(staffed: &'a Staffed, user: &str, pass: &str) -> Self {
        let reply = log_in(staffed, user, pass, &[], &[]);
        assert_eq!((reply.status, header(&reply, "location")), (303, "/admin/"), "{}", reply.body);
        let cookie = format!("Cookie: {}", header(&reply, "set-cookie").split(';').next().unwrap());
        let mut browser = Self { staffed, cookie, token: String::new() };
        let page = browser.get("/admin/");
        browser.token = value_of(&page.body, "token");
        browser
    }

    pub fn get(&self, target: &str) -> Reply {
        self.staffed.server.send(&get(target, &[&self.cookie]))
    }

    /// Sends a form with the admin session's CSRF token.
    pub fn post(&self, target: &str, fields: &[(&str, &str)]) -> Reply {
        self.post_with(target, &[&[("token", self.token.as_str())], fields].concat(), &[])
    }

    /// Sends exactly these fields.
    pub fn post_with(&self, target: &str, fields: &[(&str, &str)], headers: &[&str]) -> Reply {
        let headers = [&[FORM, &self.cookie], headers].concat();
        self.staffed.server.send(&request("POST", target, &headers, body(fields).as_bytes()))
    }
}

/// The value of a form's hidden field.
pub fn value_of(page: &str, name: &str) -> String {
    let begin = format!("name=\"{name}\" value=\"");
    let rest = page.split_once(&begin).unwrap_or_else(|| panic!("no {name} in {page}")).1;
    rest.split('"').next().unwrap().to_owned()
}

/// Waits until this condition holds, for at most six seconds.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        std::thread::park_timeout(std::time::Duration::from_millis(10));
    }
    panic!("timed out waiting: {what}");
}
