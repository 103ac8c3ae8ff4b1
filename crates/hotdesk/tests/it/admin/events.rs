//! The panel's event stream.

use super::Browser;
use crate::endpoints::staffed::Staffed;
use crate::support::get;

#[test]
fn the_events_need_an_admin_session_and_begin_with_a_snapshot() {
    let staffed = Staffed::new(0, &[]);
    assert_eq!(staffed.server.send(&get("/admin/events", &[])).status, 401);
    assert_eq!(staffed.server.send(&get("/admin/events", &[crate::endpoints::staffed::ADMIN])).status, 401);
    let browser = Browser::new(&staffed, "looker", "lpass");
    let mut watch = staffed.watch_at("/admin/events", &[&browser.cookie]);
    let floor = watch.next().unwrap();
    assert!(floor.name == "floor" && floor.data["html"].as_str().unwrap().contains("dialer-a"));
    staffed.log_in("1001", "team");
    let live =
        watch.until(|event| event.name == "session" && event.data["activity"].to_string().contains("is on dialer"));
    let row = live.data["html"].as_str().unwrap();
    assert!(
        row.starts_with("<tr data-session=\"1\" data-state=\"live\">")
            && row.contains("1001")
            && !row.contains("/admin/sessions/"),
        "{row}"
    );
}
