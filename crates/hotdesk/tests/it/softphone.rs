//! Softphone setup links, which an administrator creates and which can be opened once.

use crate::admin::Browser;
use crate::endpoints::staffed::{ADMIN, LOOKER, Staffed, json};
use crate::support::{Reply, get, request};

const LINKS: &str = "/api/v1/aliases/team/softphone-links";

fn staffed() -> Staffed {
    let staffed = Staffed::new(0, &[]);
    let secret = "UPDATE phones SET conf_secret = 'hunter2<&\"' WHERE login = '100a'";
    staffed.server.database().execute(secret, []).unwrap();
    staffed
}

/// The request target of a link.
fn target(url: &str) -> String {
    format!("/setup/{}", url.split_once("/setup/").unwrap_or_else(|| panic!("{url}")).1)
}

fn assert_not_cached(reply: &Reply) {
    for header in ["cache-control: no-store", "referrer-policy: no-referrer", "x-robots-tag: noindex"] {
        assert!(reply.head.contains(header), "{}", reply.head);
    }
}

#[test]
fn a_link_shows_the_secrets_once_and_only_after_a_confirmation() {
    let staffed = staffed();
    let made = staffed.ask("POST", LINKS, &[ADMIN], "");
    assert_eq!(made.status, 201, "{}", made.body);
    let made = json(&made);
    assert!(made["url"].as_str().unwrap().starts_with("http://localhost/setup/"), "{made}");
    let link = target(made["url"].as_str().unwrap());
    for _ in 0..2 {
        let asked = staffed.server.send(&get(&link, &[]));
        assert_eq!(asked.status, 200);
        assert_not_cached(&asked);
        assert!(!asked.body.contains("hunter2"));
    }
    let shown = staffed.server.send(&request("POST", &link, &[], b""));
    assert_eq!(shown.status, 200);
    assert_not_cached(&shown);
    assert!(shown.body.contains("<code>hunter2&#60;&#38;&#34;</code>"), "{}", shown.body);
    for file in ["linphone.xml", "MicroSIP.ini", "Config.xml", "accounts", "softphone.csv"] {
        assert!(shown.body.contains(&format!("download=\"{file}\"")), "{file}");
    }
    assert!(shown.body.contains("Without 100 on 10.0.9.8"), "baresip cannot hold its password: {}", shown.body);
    for method in ["GET", "POST"] {
        let gone = staffed.server.send(&request(method, &link, &[], b""));
        assert_eq!((gone.status, gone.body.contains("hunter2")), (410, false), "{method}");
    }
    assert_eq!(staffed.server.send(&get(&format!("{link}/linphone.xml"), &[])).status, 410);
    let (log, key) = (staffed.server.log(), link.strip_prefix("/setup/").unwrap());
    assert!(!log.contains(key) && !log.contains("hunter2"));
    let kept = format!("SELECT count(*) FROM hotdesk_softphone_link WHERE key_digest = '{key}'");
    let kept: u32 = staffed.server.database().query_row(&kept, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 0, "the digest of a used link is still stored");
}

#[test]
fn linphone_fetches_its_own_file() {
    let staffed = staffed();
    let made = json(&staffed.ask("POST", LINKS, &[ADMIN], ""));
    let link = target(made["linphone_url"].as_str().unwrap());
    let head = staffed.server.send(&request("HEAD", &link, &[], b""));
    assert_eq!((head.status, head.body.as_str()), (200, ""), "a preview does not use it up");
    let file = staffed.server.send(&get(&link, &[]));
    assert_eq!(file.status, 200);
    assert_not_cached(&file);
    assert!(
        file.body.contains("<entry name=\"passwd\" overwrite=\"true\">hunter2&lt;&amp;&quot;</entry>"),
        "{}",
        file.body
    );
    assert_eq!(staffed.server.send(&get(&link, &[])).status, 410);
}

#[test]
fn administrators_create_links_with_qr_codes_in_the_panel() {
    let staffed = staffed();
    let browser = Browser::new(&staffed, "6666", "1234");
    let page = browser.get("/admin/alias/softphone?id=team").body;
    assert!(page.contains("SIP/100") && !page.contains("hunter2") && !page.contains("/setup/"));
    assert!(browser.get("/admin/alias?id=team").body.contains("/admin/alias/softphone?id=team"));
    let made = browser.post("/admin/alias/softphone", &[("id", "team")]);
    assert_eq!((made.status, made.body.matches("<svg").count()), (200, 3), "the brand's sign and two codes");
    let url = made.body.split_once("<code class=\"address\">").unwrap().1.split('<').next().unwrap();
    assert_eq!(staffed.server.send(&get(&target(url), &[])).status, 200);
    assert_eq!(browser.get("/admin/alias/softphone?id=nothing").status, 404);
    let looker = Browser::new(&staffed, "looker", "lpass");
    assert!(!looker.get("/admin/alias?id=team").body.contains("/admin/alias/softphone"));
}

#[test]
fn links_need_the_secrets_scope_and_a_sip_phone() {
    let staffed = staffed();
    for (scope, status) in [("phones", 403), ("conf", 201)] {
        let body = format!(r#"{{"name":"desk","scopes":["{scope}"]}}"#);
        let made = json(&staffed.ask("POST", "/api/v1/tokens", &[ADMIN], &body));
        let bearer = format!("Authorization: Bearer {}", made["token"].as_str().unwrap());
        assert_eq!(staffed.ask("POST", LINKS, &[&bearer], "").status, status, "{scope}");
    }
    assert_eq!(staffed.ask("POST", LINKS, &[LOOKER], "").status, 403);
    assert_eq!(staffed.ask("POST", "/api/v1/aliases/nothing/softphone-links", &[ADMIN], "").status, 404);
    staffed.server.database().execute("UPDATE phones SET protocol = 'IAX2'", []).unwrap();
    let refused = staffed.ask("POST", LINKS, &[ADMIN], "");
    assert_eq!((refused.status, &json(&refused)["type"]), (409, &"urn:hotdesk:problem:no_softphone_accounts".into()));
}
