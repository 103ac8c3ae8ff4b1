//! The pages of the API log and the audit log.

use super::Browser;
use crate::endpoints::staffed::Staffed;

const ADD: &str = "source=nagios&user=6666&pass=1234&function=add_phone&extension=cc1&dialplan_number=1&voicemail_id=1&\
    phone_login=cc1&phone_pass=Sesame-2&server_ip=10.0.9.8&protocol=SIP&registration_password=Sesame-3&\
    phone_full_name=%3Cb%3EX%3C/b%3E&local_gmt=-5.00&outbound_cid=7275551212";

#[test]
fn a_logged_call_shows_its_fields_without_secrets() {
    let staffed = Staffed::new(0, &[]);
    assert!(staffed.server.call(ADD).body.starts_with("SUCCESS"), "{}", staffed.server.call(ADD).body);
    assert!(staffed.server.call(ADD).body.starts_with("ERROR"));
    let browser = Browser::new(&staffed, "looker", "lpass");
    let page = browser.get("/admin/logs?function=add_phone&result=ERROR&source=NAGIOS&user=6666").body;
    assert!(page.contains("href=\"/admin/logs/2\"") && !page.contains("href=\"/admin/logs/1\""), "{page}");
    assert!(page.contains("PHONE ALREADY EXISTS"), "{page}");
    assert!(browser.get("/admin/logs?user=nobody").body.contains("No calls match."));
    assert!(browser.get("/admin/logs?until=2020-01-01").body.contains("No calls match."));
    let call = browser.get("/admin/logs/1").body;
    for words in ["<dt>extension</dt><dd>cc1</dd>", "<dt>phone_pass</dt><dd>***</dd>", "&#60;b&#62;X", "nagios"] {
        assert!(call.contains(words), "{words} in {call}");
    }
    assert!(!call.contains("Sesame"), "{call}");
    let file = browser.get("/admin/logs?as=csv");
    assert!(file.head.contains("content-type: text/csv") && file.body.lines().count() == 3, "{}", file.body);
}

#[test]
fn log_rows_of_other_programs_are_shown_as_text_without_secrets() {
    let staffed = Staffed::new(0, &[]);
    let nasty = "<img src=x onerror=alert(1)>";
    let database = staffed.server.database();
    let call = "INSERT INTO vicidial_api_log (user, api_date, function, result, result_reason, source, data)
         VALUES (?1, '2026-01-01 00:00:00', ?1, ?1, ?1, ?1, 'x=' || ?1 || '&agent_pass=hunter2')";
    database.execute(call, [nasty]).unwrap();
    let change = "INSERT INTO vicidial_admin_log (user, event_date, event_section, record_id, event_code, event_notes)
         VALUES (?1, '2026-01-01 00:00:00', ?1, ?1, ?1, ?1 || '; pass: hunter2 to hunter3')";
    database.execute(change, [nasty]).unwrap();
    let browser = Browser::new(&staffed, "looker", "lpass");
    for target in
        ["/admin/logs", "/admin/logs/1", "/admin/logs/admin", "/admin/logs/admin/1", "/admin/logs/admin?as=csv"]
    {
        let reply = browser.get(target);
        assert!(!reply.body.contains("hunter"), "{target}: {}", reply.body);
        if !target.contains("csv") {
            assert!(!reply.body.contains("<img") && reply.body.contains("&#60;img"), "{target}: {}", reply.body);
        }
    }
}

#[test]
fn a_change_shows_its_actor_and_address() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "6666", "1234");
    browser.post("/admin/dialers/drain", &[("server_ip", "10.0.9.8")]);
    let page = browser.get("/admin/logs/admin?section=servers&record=9.8").body;
    for words in ["href=\"/admin/logs/admin/1\"", "10.0.9.8", "127.0.0.1", "draining: Y"] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert!(browser.get("/admin/logs/admin/1").body.contains("<dd>draining: Y</dd>"));
}

#[test]
fn a_long_log_is_searched_in_steps() {
    let staffed = Staffed::new(0, &[]);
    let many = "WITH RECURSIVE counted(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM counted WHERE n < 30000)
        INSERT INTO vicidial_api_log (user, api_date, function, result)
        SELECT iif(n = 5, 'rare', '6666'), datetime('2026-11-01', '+' || n || ' seconds'), 'version', 'SUCCESS' FROM counted";
    staffed.server.database().execute(many, []).unwrap();
    let browser = Browser::new(&staffed, "looker", "lpass");
    let page = browser.get("/admin/logs?user=rare").body;
    assert!(page.contains("Searched 20000 entries, back to 2026-11-01 02:46:41 UTC: no matches"), "{page}");
    let on = page.split_once("<a href=\"/admin/logs?user=rare&#38;before=").unwrap().1.split('"').next().unwrap();
    let page = browser.get(&format!("/admin/logs?user=rare&before={on}")).body;
    assert!(page.contains("href=\"/admin/logs/5\"") && !page.contains("Searched"), "{page}");
    let newest = browser.get("/admin/logs").body;
    assert_eq!(newest.matches("<th scope=\"row\"").count(), 50);
    assert!(newest.contains("/admin/logs?before=29951\" rel=\"next\""), "{newest}");
}
