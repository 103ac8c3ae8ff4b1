//! Every address of the panel and who may ask for it.

use super::Browser;
use crate::door::staffed::{FORM, Staffed};
use crate::support::{get, request};

/// Method, address (`{id}`: an open session), the form's fields, and the statuses for: nobody, a supervisor, an administrator,
/// an administrator without the form's token.
type Row = (&'static str, &'static str, &'static str, [u16; 4]);

const TABLE: &[Row] = &[
    ("GET", "/admin", "", [308, 308, 308, 308]),
    ("GET", "/admin/", "", [303, 200, 200, 200]),
    ("GET", "/admin/login", "", [200, 200, 200, 200]),
    ("POST", "/admin/login", "user=6666&pass=wrong", [401, 401, 401, 401]),
    ("GET", "/admin/phones", "", [303, 200, 200, 200]),
    ("GET", "/admin/phone?extension=100&server_ip=10.0.9.8", "", [303, 200, 200, 200]),
    ("GET", "/admin/phone?extension=none&server_ip=10.0.9.8", "", [303, 404, 404, 404]),
    ("POST", "/admin/phone", "extension=100&server_ip=10.0.9.8&version=x", [303, 403, 409, 403]),
    ("GET", "/admin/phone/delete?extension=100&server_ip=10.0.9.8", "", [303, 403, 403, 403]),
    ("POST", "/admin/phone/delete", "extension=100&server_ip=10.0.9.8", [303, 403, 403, 403]),
    ("GET", "/admin/phones/new", "", [303, 403, 200, 200]),
    ("POST", "/admin/phones/new", "extension=100", [303, 403, 422, 403]),
    ("GET", "/admin/phones/bulk", "", [303, 403, 200, 200]),
    ("POST", "/admin/phones/bulk", "extensions=700", [303, 403, 422, 403]),
    ("POST", "/admin/phones/bulk/make", "extensions=700", [303, 403, 422, 403]),
    ("GET", "/admin/aliases", "", [303, 200, 200, 200]),
    ("GET", "/admin/alias?id=team", "", [303, 200, 200, 200]),
    ("GET", "/admin/alias?id=nothing", "", [303, 404, 404, 404]),
    ("GET", "/admin/aliases/new", "", [303, 403, 200, 200]),
    ("POST", "/admin/alias", "alias_id=team&version=x&do=find", [303, 403, 200, 403]),
    ("GET", "/admin/alias/matches?q=10", "", [303, 403, 200, 200]),
    ("GET", "/admin/alias/delete?id=team", "", [303, 403, 403, 403]),
    ("POST", "/admin/alias/delete", "id=team&version=x", [303, 403, 403, 403]),
    ("GET", "/admin/lines", "", [303, 200, 200, 200]),
    ("GET", "/admin/line?server_ip=10.0.9.8&channel=SIP/100", "", [303, 200, 200, 200]),
    ("GET", "/admin/line?server_ip=10.0.9.7&channel=SIP/100", "", [303, 404, 404, 404]),
    ("GET", "/admin/logins", "", [303, 200, 200, 200]),
    ("GET", "/admin/logins.csv", "", [303, 200, 200, 200]),
    ("GET", "/admin/logins/{id}", "", [303, 200, 200, 200]),
    ("GET", "/admin/logins/4711", "", [303, 404, 404, 404]),
    ("GET", "/admin/users", "", [303, 200, 200, 200]),
    ("GET", "/admin/user?name=1001", "", [303, 200, 200, 200]),
    ("GET", "/admin/user?name=nobody", "", [303, 404, 404, 404]),
    ("POST", "/admin/user", "name=1001&user_level=1&version=x", [303, 403, 403, 403]),
    ("POST", "/admin/user/password", "name=1001&new_pass=a&again=a&own_pass=b", [303, 403, 403, 403]),
    ("GET", "/admin/visits", "", [303, 403, 200, 200]),
    ("POST", "/admin/visits/end", "visit=x", [303, 403, 404, 403]),
    ("GET", "/admin/logs", "", [303, 200, 200, 200]),
    ("GET", "/admin/logs?as=csv", "", [303, 200, 200, 200]),
    ("GET", "/admin/logs/4711", "", [303, 404, 404, 404]),
    ("GET", "/admin/logs/x", "", [303, 404, 404, 404]),
    ("GET", "/admin/logs/admin", "", [303, 200, 200, 200]),
    ("GET", "/admin/logs/admin/4711", "", [303, 404, 404, 404]),
    ("GET", "/admin/settings", "", [303, 200, 200, 200]),
    ("POST", "/admin/settings", "version=x", [303, 403, 409, 403]),
    ("GET", "/admin/dialers", "", [303, 200, 200, 200]),
    ("GET", "/admin/dialers/new", "", [303, 403, 200, 200]),
    ("POST", "/admin/dialers/new", "server_ip=", [303, 403, 422, 403]),
    ("GET", "/admin/dialer?server_ip=10.0.9.8", "", [303, 200, 200, 200]),
    ("GET", "/admin/dialer?server_ip=10.0.9.7", "", [303, 404, 404, 404]),
    ("POST", "/admin/dialer", "server_ip=10.0.9.8&version=x", [303, 403, 409, 403]),
    ("POST", "/admin/dialer/plan", "server_ip=10.0.9.8&from=2199-01-01T10:00", [303, 403, 303, 403]),
    ("POST", "/admin/dialer/cancel", "plan_id=4711", [303, 403, 404, 403]),
    ("POST", "/admin/dialers/delete", "server_ip=10.0.9.8", [303, 403, 409, 403]),
    ("GET", "/admin/dialers/drain?server_ip=10.0.9.8", "", [303, 403, 200, 200]),
    ("GET", "/admin/dialers/drain?server_ip=10.0.9.7", "", [303, 403, 404, 404]),
    ("GET", "/admin/dialers/paint?server_ip=10.0.9.8", "", [303, 404, 404, 404]),
    ("POST", "/admin/dialers/drain", "server_ip=10.0.9.8", [303, 403, 303, 403]),
    ("POST", "/admin/dialers/take", "server_ip=10.0.9.8", [303, 403, 303, 403]),
    ("POST", "/admin/dialers/empty", "server_ip=10.0.9.7&in_call=0", [303, 403, 404, 403]),
    ("GET", "/admin/sessions/end?session_id={id}", "", [303, 403, 200, 200]),
    ("GET", "/admin/sessions/move?session_id=4711", "", [303, 403, 404, 404]),
    ("POST", "/admin/sessions/move", "session_id={id}&in_call=0", [303, 403, 303, 403]),
    ("POST", "/admin/sessions/end", "session_id=4711", [303, 403, 404, 403]),
    ("POST", "/admin/dialers/deactivate", "server_ip=10.0.9.8", [303, 403, 303, 403]),
    ("POST", "/admin/dialers/activate", "server_ip=10.0.9.7", [303, 403, 404, 403]),
    ("GET", "/admin/nothing", "", [303, 404, 404, 404]),
    ("POST", "/admin/phones", "", [405, 405, 405, 405]),
    ("POST", "/admin/logout", "", [303, 303, 303, 403]),
];

#[test]
fn each_visitor_gets_what_the_table_says() {
    let staffed = Staffed::new(0, &[]);
    let session = staffed.log_in("1001", "team").session_id.to_string();
    for &(method, address, fields, statuses) in TABLE {
        for (caller, status) in statuses.into_iter().enumerate() {
            let browser = match caller {
                0 => None,
                1 => Some(Browser::new(&staffed, "looker", "lpass")),
                _ => Some(Browser::new(&staffed, "6666", "1234")),
            };
            let token = browser.as_ref().filter(|_| caller < 3).map_or("", |browser| browser.token.as_str());
            let body = if method == "GET" { String::new() } else { format!("{fields}&token={token}") };
            let (address, body) = (address.replace("{id}", &session), body.replace("{id}", &session));
            let cookie = browser.as_ref().map_or("X: y", |browser| browser.cookie.as_str());
            let reply = staffed.server.send(&request(method, &address, &[FORM, cookie], body.as_bytes()));
            assert_eq!(reply.status, status, "{method} {address} by visitor {caller}: {} {}", reply.head, reply.body);
            assert!(reply.head.contains("\r\ncontent-security-policy: "), "{}", reply.head);
        }
    }
}

#[test]
fn the_events_need_a_visit_and_begin_with_the_floor() {
    let staffed = Staffed::new(0, &[]);
    assert_eq!(staffed.server.send(&get("/admin/events", &[])).status, 401);
    assert_eq!(staffed.server.send(&get("/admin/events", &[crate::door::staffed::ADMIN])).status, 401);
    let browser = Browser::new(&staffed, "looker", "lpass");
    let mut watch = staffed.watch_at("/admin/events", &[&browser.cookie]);
    let floor = watch.next().unwrap();
    assert!(floor.name == "floor" && floor.data["html"].as_str().unwrap().contains("dialer-a"));
    staffed.log_in("1001", "team");
    let live = watch.until(|event| event.name == "session" && event.data["told"].to_string().contains("is on dialer"));
    let row = live.data["html"].as_str().unwrap();
    assert!(
        row.starts_with("<tr data-session=\"1\" data-state=\"live\">")
            && row.contains("1001")
            && !row.contains("/admin/sessions/"),
        "{row}"
    );
}
