//! Configuration files of a dialer: access, versions, long polling, and the dialer's reports.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use tokio::time::Instant;

use crate::admin::Browser;
use crate::endpoints::staffed::{ADMIN, LOOKER, Staffed, json};
use crate::program::hotdesk;
use crate::support::{PATIENCE, Reply, get};

const CONF: &str = "/api/v1/dialers/10.0.9.8/conf";
const SIP: &str = "/api/v1/dialers/10.0.9.8/conf/sip-hotdesk.conf";

fn etag(reply: &Reply) -> String {
    let line = reply.head.lines().find_map(|line| line.strip_prefix("etag: "));
    line.unwrap_or_else(|| panic!("{}", reply.head)).to_owned()
}

fn add(staffed: &Staffed, extension: &str) {
    let reply = staffed.server.call(&format!(
        "source=test&user=6666&pass=1234&function=add_phone&extension={extension}&dialplan_number=4711&voicemail_id=4711&\
         phone_login={extension}x&phone_pass=test&server_ip=10.0.9.8&protocol=SIP&registration_password=hunter2&\
         phone_full_name=New&local_gmt=-5.00&outbound_cid=7275551212"
    ));
    assert!(reply.body.starts_with("SUCCESS"), "{}", reply.body);
}

#[test]
fn files_are_listed_with_versions_and_only_their_contents_show_secrets() {
    let staffed = Staffed::new(0, &[]);
    add(&staffed, "cc4711");
    let listed = staffed.ask("GET", CONF, &[ADMIN], "");
    let body = json(&listed);
    let names: Vec<_> = body["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 5);
    assert_eq!(names[0], "sip-hotdesk.conf");
    assert!(!listed.body.contains("hunter2"));
    let sip = staffed.ask("GET", SIP, &[ADMIN], "");
    assert_eq!(sip.status, 200);
    assert!(sip.body.contains("[cc4711]\nusername=cc4711\nsecret=hunter2\n"), "{}", sip.body);
    assert!(
        sip.head.contains("cache-control: no-store") && sip.head.contains("content-type: text/plain"),
        "{}",
        sip.head
    );
    assert_eq!(etag(&sip).trim_matches('"'), body["files"][0]["digest"].as_str().unwrap());
    for (target, tag) in [(CONF, etag(&listed)), (SIP, etag(&sip)), (SIP, format!("\"x\", W/{}", etag(&sip)))] {
        let again = staffed.ask("GET", target, &[ADMIN, &format!("If-None-Match: {tag}")], "");
        assert_eq!((again.status, again.body.as_str(), etag(&again).is_empty()), (304, "", false), "{target}");
    }
    let changed = staffed.ask("GET", SIP, &[ADMIN, "If-None-Match: \"x\""], "");
    assert_eq!(changed.status, 200);
    assert_eq!(staffed.ask("GET", &format!("{CONF}/secrets.conf"), &[ADMIN], "").status, 404);
    assert!(!staffed.server.log().contains("hunter2"));
}

#[test]
fn an_account_that_sees_only_some_groups_gets_no_files() {
    let staffed = Staffed::new(0, &[]);
    let limited =
        "INSERT INTO vicidial_user_groups (user_group, admin_viewable_groups) VALUES ('ADMIN', 'ADMIN NORTH')";
    staffed.server.database().execute(limited, []).unwrap();
    for target in [CONF, SIP] {
        let refused = staffed.ask("GET", target, &[ADMIN], "");
        assert_eq!((refused.status, &json(&refused)["type"]), (403, &"urn:hotdesk:problem:not_allowed".into()));
    }
}

#[test]
fn a_waiting_request_is_answered_at_the_next_change_or_when_its_time_is_up() {
    let staffed = Staffed::new(0, &[]);
    let tag = format!("If-None-Match: {}", etag(&staffed.ask("GET", CONF, &[ADMIN], "")));
    let began = Instant::now();
    let same = staffed.ask("GET", CONF, &[ADMIN, &tag, "Prefer: wait=1"], "");
    assert_eq!(same.status, 304);
    assert!(began.elapsed() >= Duration::from_secs(1));
    for change in ["over the API", "by another program"] {
        let tag = format!("If-None-Match: {}", etag(&staffed.ask("GET", CONF, &[ADMIN], "")));
        let mut waiting = staffed.server.connect();
        waiting.write_all(&get(CONF, &[ADMIN, &tag, "Prefer: wait=50"])).unwrap();
        match change {
            "over the API" => add(&staffed, "cc4711"),
            _ => staffed
                .server
                .database()
                .execute_batch(
                    "UPDATE phones SET fullname = 'Another' WHERE extension = 'cc4711';
                     UPDATE servers SET rebuild_conf_files = 'Y' WHERE server_ip = '10.0.9.8';",
                )
                .unwrap(),
        }
        let began = Instant::now();
        let reported = Reply::read(&mut waiting);
        assert_eq!(reported.status, 200, "{change}");
        assert!(began.elapsed() < PATIENCE, "{change}");
    }
}

#[test]
fn a_token_needs_the_scope_conf() {
    let staffed = Staffed::new(0, &[]);
    for (scope, status) in [("phones", 403), ("conf", 200)] {
        let body = format!(r#"{{"name":"sidecar","scopes":["{scope}"]}}"#);
        let made = json(&staffed.ask("POST", "/api/v1/tokens", &[ADMIN], &body));
        let bearer = format!("Authorization: Bearer {}", made["token"].as_str().unwrap());
        assert_eq!(staffed.ask("GET", SIP, &[&bearer], "").status, status, "{scope}");
    }
    assert_eq!(staffed.ask("GET", SIP, &[LOOKER], "").status, 403);
}

#[test]
fn the_panel_shows_what_a_dialer_reports() {
    let staffed = Staffed::new(0, &[]);
    let browser = Browser::new(&staffed, "looker", "lpass");
    let page = || browser.get("/admin/dialer?server_ip=10.0.9.8").body;
    assert!(!page().contains("Configuration"));
    let listed = json(&staffed.ask("GET", CONF, &[ADMIN], ""));
    let report = |digest_of_sip: Option<&str>, error: &str| {
        let file = |file: &serde_json::Value| {
            let name = file["name"].as_str().unwrap();
            let digest = digest_of_sip.filter(|_| name.starts_with("sip")).unwrap_or(file["digest"].as_str().unwrap());
            let error = if name.starts_with("iax") { error } else { "" };
            serde_json::json!({"name": name, "digest": digest, "loaded": true, "error": error})
        };
        let files: Vec<_> = listed["files"].as_array().unwrap().iter().map(file).collect();
        let body = serde_json::json!({ "files": files }).to_string();
        assert_eq!(staffed.ask("POST", &format!("{CONF}/report"), &[ADMIN], &body).status, 204);
    };
    report(None, "");
    assert!(page().contains(", up to date"));
    report(Some("00"), "");
    assert!(page().contains("; the latest version is pending"));
    report(None, "was not read: chan_iax2.so is <not> loaded");
    assert!(page().contains("iax-hotdesk.conf was not read: chan_iax2.so is &#60;not&#62; loaded"), "{}", page());
    for (wrong, status) in [
        (r#"{"files":[{"name":"passwd","digest":"00"}]}"#, 404),
        (r#"{"files":[{"name":"sip-hotdesk.conf","digest":"../"}]}"#, 422),
        (r#"{"files":{}}"#, 422),
        (r#"{"files":[{"name":"sip-hotdesk.conf","loaded":"yes"}]}"#, 422),
        (r#"{"files":[{"pass":"x"}]}"#, 422),
    ] {
        assert_eq!(staffed.ask("POST", &format!("{CONF}/report"), &[ADMIN], wrong).status, status, "{wrong}");
    }
}

#[test]
fn the_conf_command_writes_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let fleet = "[[dialer]]\nserver_ip = \"10.0.9.8\"\nserver_id = \"one\"\n[[phone]]\nserver_ip = \"10.0.9.8\"\n\
        extension = \"cc100\"\nphone_login = \"cc100a\"\nregistration_password = \"hunter2\"\ncodecs_list = \"g722\"\n\
        [[phone]]\nserver_ip = \"10.0.9.8\"\nextension = \"general\"\nphone_login = \"general\"\n";
    std::fs::write(folder.path().join("fleet.toml"), fleet).unwrap();
    let run = |arguments: [&str; 4]| {
        let output = hotdesk(folder.path(), arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    assert_eq!(run(["apply", "fleet.toml", "--database", "sqlite:hotdesk.db"]).0, 0);
    let (code, printed, reported) = run(["conf", "ONE", "--file", "sip-hotdesk.conf"]);
    assert_eq!(code, 0, "{reported}");
    assert!(printed.starts_with("[cc100]\nusername=cc100\nsecret=hunter2\n") && printed.contains("allow=g722\n"));
    assert!(
        reported.starts_with("hotdesk: general has no account: its extension is not a valid name in Asterisk: "),
        "{reported}"
    );
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    assert_eq!(run(["conf", "10.0.9.8", "--out", "out"]).0, 0);
    let mut modes = std::fs::read_dir(&out).unwrap().map(|file| file.unwrap().metadata().unwrap().permissions().mode());
    assert!(modes.all(|mode| mode & 0o777 == 0o600));
    assert_eq!(std::fs::read_to_string(out.join("sip-hotdesk.conf")).unwrap(), printed);
    assert_eq!(run(["conf", "10.0.9.8", "--file", "other.conf"]).0, 2);
    assert_eq!(run(["conf", "10.9.9.9", "--out", "out"]).0, 1);
}
