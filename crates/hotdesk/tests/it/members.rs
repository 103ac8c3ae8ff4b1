//! The setting `alias_members`: which phones may join an alias, with a simulated dialer on which one of two phones is
//! registered.

use crate::program::serve;
use crate::sandbox::Sandbox;
use crate::server::Server;
use crate::simulate::Simulated;
use crate::{http, support};

const AS_ADMIN: &str = "source=test&user=6666&pass=1234";

fn call(server: &Server, function: &str) -> String {
    let target = format!("/vicidial/non_agent_api.php?{AS_ADMIN}&function={function}");
    let (status, body) = http::get(server.address(), &target).unwrap();
    assert_eq!(status, 200, "{body}");
    body
}

fn add(server: &Server, alias_id: &str, logins: &str) -> String {
    call(server, &format!("add_phone_alias&alias_id={alias_id}&alias_name=x&phone_logins={logins}"))
}

fn start(sandbox: &Sandbox, flags: &[&str]) -> Server {
    Server::start(serve(&sandbox.path(".")).args(flags)).unwrap()
}

/// Waits until the server has recorded the phone's registration.
fn until_seen(sandbox: &Sandbox) {
    let waits = support::PATIENCE.as_millis() / 50;
    let is_seen = |_: &u128| {
        std::thread::park_timeout(std::time::Duration::from_millis(50));
        sandbox.rows("SELECT server_ip || ' ' || channel FROM hotdesk_line") == ["10.0.9.8 SIP/100"]
    };
    assert!((0..waits).any(|wait| is_seen(&wait)), "the registration was not recorded");
}

#[test]
fn with_registered_members_only_a_phone_that_has_registered_can_join() {
    let simulated = Simulated::with_lines("kept", &["100"]);
    let sandbox = Sandbox::new();
    Simulated::fleet(simulated.port, &sandbox);
    let strict = ["--alias-members", "registered"];
    let server = start(&sandbox, &strict);
    until_seen(&sandbox);
    let refused = "ERROR: add_phone_alias PHONE HAS NEVER REGISTERED - 6666|101a\n";
    assert_eq!(add(&server, "xyz100", "100a,101a"), refused);
    let other_form = "add_phone_alias&alias=Desk&extension=101&protocol=SIP&active=Y";
    assert_eq!(call(&server, other_form), "ERROR: PHONE HAS NEVER REGISTERED - 101a\n");
    assert_eq!(sandbox.rows("SELECT alias_id FROM phones_alias"), Vec::<String>::new());
    assert_eq!(sandbox.rows("SELECT event_code FROM vicidial_admin_log"), Vec::<String>::new());
    let added = "SUCCESS: add_phone_alias PHONE ALIAS HAS BEEN ADDED - 6666|xyz100|x|100a\n";
    assert_eq!(add(&server, "xyz100", "100a"), added);
    let refused = "ERROR: update_phone_alias PHONE HAS NEVER REGISTERED - 6666|101a\n";
    let update = "update_phone_alias&alias_id=xyz100&phone_logins=100a,101a";
    assert_eq!(call(&server, update), refused);
    let logged = sandbox.rows("SELECT result, result_reason FROM vicidial_api_log ORDER BY api_id");
    let never = "ERROR|add_phone_alias PHONE HAS NEVER REGISTERED";
    assert_eq!(logged[..2], [never, never]);
    assert_eq!(logged[3], "ERROR|update_phone_alias PHONE HAS NEVER REGISTERED");
    // A recorded registration stays, also without the dialer and after a restart; the other dialect applies the same
    // rule.
    drop((server, simulated));
    let server = start(&sandbox, &[&strict[..], &["--replies", "vicidial"]].concat());
    assert_eq!(add(&server, "xyz101", "100a"), added.replace("xyz100", "xyz101"));
    assert_eq!(call(&server, update), "ERROR: update_phone_alias PHONE HAS NEVER REGISTERED: |6666|101a\n");
    assert_eq!(add(&server, "xyz102", "101a"), "ERROR: add_phone_alias PHONE HAS NEVER REGISTERED: |6666|101a\n");
    drop(server);
    let server = start(&sandbox, &[]);
    assert!(add(&server, "xyz102", "101a").starts_with("SUCCESS: "), "any phone may join if nothing else is set");
}
