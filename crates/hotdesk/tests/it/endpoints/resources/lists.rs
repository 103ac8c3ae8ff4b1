//! Lists: pages, orders, filters.

use serde_json::Value;

use super::{Fixture, body, header, problem};

/// The values of this key in all rows, over all pages.
fn all(fixture: &Fixture, query: &str, key: &str) -> Vec<String> {
    let (collection, _) = query.split_once('?').unwrap();
    let mut found = Vec::new();
    let mut next = format!("/{query}");
    for _ in 0..50 {
        let page = fixture.get(&next);
        assert_eq!(page.status, 200, "{next}: {}", page.body);
        let reported = body(&page);
        let rows = reported[collection].as_array().unwrap();
        found.extend(rows.iter().map(|row| row[key].as_str().unwrap().to_owned()));
        let Some(cursor) = reported["next"].as_str() else {
            assert_eq!(header(&page, "link"), None);
            return found;
        };
        next = format!("/{query}&cursor={cursor}");
        let link = format!("</api/v1{next}>; rel=\"next\"").to_ascii_lowercase();
        assert_eq!(header(&page, "link").map(str::to_ascii_lowercase), Some(link));
    }
    panic!("the pages of {query} do not end");
}

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.sql(
        "INSERT INTO phones (extension, server_ip, login, active) VALUES
             ('101', '10.0.9.8', '101a', 'Y'), ('101', '10.0.9.9', '101b', 'N'), ('A1', '10.0.9.8', 'Zed', 'Y'),
             ('a2', '10.0.9.9', '', 'Y'), ('b1', '10.0.9.8', '', 'Y');",
    );
    fixture
}

#[test]
fn pages_are_complete_in_every_order() {
    let fixture = fixture();
    let all = |query: &str| all(&fixture, query, "extension");
    let by_extension = ["100", "100", "101", "101", "A1", "a2", "b1"];
    for limit in 1..=8 {
        assert_eq!(all(&format!("phones?limit={limit}")), by_extension, "{limit}");
        let backwards: Vec<&str> = by_extension.iter().rev().copied().collect();
        assert_eq!(all(&format!("phones?limit={limit}&sort=-extension")), backwards, "{limit}");
        let by_dialer = ["100", "101", "A1", "b1", "100", "101", "a2"];
        assert_eq!(all(&format!("phones?limit={limit}&sort=server_ip")), by_dialer, "{limit}");
        let by_login = ["a2", "b1", "100", "100", "101", "101", "A1"];
        assert_eq!(all(&format!("phones?limit={limit}&sort=phone_login")), by_login, "{limit}");
    }
}

#[test]
fn filters_are_values_or_prefixes_of_any_visible_key() {
    let fixture = fixture();
    for (query, extensions) in [
        ("phones?limit=2&server_ip=10.0.9.9", "100 101 a2"),
        ("phones?limit=1&server_ip=10.0.9.8&extension=10*", "100 101"),
        ("phones?limit=2&extension=A*", "A1 a2"),
        ("phones?phone_login=zed", "A1"),
        ("phones?limit=1&active=false", "101"),
        ("phones?phone_login=", "a2 b1"),
        ("phones?extension=10", ""),
        ("phones?sort=-extension&extension=10*&limit=3", "101 101 100 100"),
    ] {
        assert_eq!(all(&fixture, query, "extension").join(" "), extensions, "{query}");
    }
    assert_eq!(all(&fixture, "aliases?phone_logins=100B", "alias_id"), ["team"], "one item of a list is enough");
    assert_eq!(all(&fixture, "users?user_level=9&user=c*", "user"), ["chief"]);
}

#[test]
fn invalid_filters_and_orders_are_named() {
    let fixture = fixture();
    for (query, field) in [
        ("limit=0", "limit"),
        ("cursor=x", "cursor"),
        ("sort=email", "sort"),
        ("active=7", "active"),
        ("frist=1", "frist"),
    ] {
        let refused = fixture.get(&format!("/phones?{query}"));
        assert_eq!((refused.status, &body(&refused)["field"]), (422, &field.into()), "{}", refused.body);
    }
    let secret = fixture.get("/phones?phone_pass=phonepass");
    assert_eq!(problem(&secret).0, "unknown_field", "secrets cannot be found by filtering");
}

#[test]
fn every_collection_can_be_listed_and_read() {
    let fixture = fixture();
    fixture.sql(
        "INSERT INTO vicidial_conf_templates (template_id, template_contents) VALUES ('sip', 'type=friend');
         INSERT INTO vicidial_campaigns (campaign_id) VALUES ('SALES');
         INSERT INTO vicidial_ip_list_entries (ip_list_id, ip_address) VALUES ('office', '10.0.0.x'), ('office', '10.0.1.1'),
             ('other', '10.0.2.1');",
    );
    for (collection, key, name) in [
        ("templates", "template_id", "sip"),
        ("users", "user", "6666"),
        ("user_groups", "user_group", "ADMIN"),
        ("campaigns", "campaign_id", "SALES"),
        ("ip_lists", "ip_list_id", "office"),
    ] {
        let listed = body(&fixture.get(&format!("/{collection}?limit=1&sort={key}")));
        assert_eq!(listed[collection][0][key], name, "{listed}");
        let shown = fixture.get(&format!("/{collection}/{name}"));
        assert_eq!((shown.status, &body(&shown)), (200, &listed[collection][0]), "{collection}");
        assert_eq!(fixture.get(&format!("/{collection}/nothing")).status, 404);
    }
    assert_eq!(body(&fixture.get("/ip_lists/office"))["entries"], serde_json::json!(["10.0.0.x", "10.0.1.1"]));
    assert_eq!(all(&fixture, "ip_lists?limit=1", "ip_list_id"), ["office", "other"]);
    assert_eq!(body(&fixture.get("/dialers/10.0.9.8"))["server_id"], "dialer-a");
    let floor = body(&fixture.get("/dialers"));
    assert!(floor["dialers"].is_array() && floor["alarm"].is_object(), "{floor}");
    assert_ne!(body(&fixture.get("/users/chief"))["user"], Value::Null);
    assert!(!fixture.get("/users?limit=1000").body.contains("\"pass"), "no key holds a secret");
}
