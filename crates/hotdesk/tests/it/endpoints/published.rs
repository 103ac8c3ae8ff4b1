//! The published example calls, which must give exactly the published replies.

use super::server;
use crate::support::get;

const AS_ADMIN: &str = "source=test&user=6666&pass=1234";

#[test]
fn the_published_calls_give_the_published_replies() {
    let (_folder, server) = server(&[]);
    for (call, line) in [
        (
            "function=add_phone_alias&alias_id=xyz100&alias_name=XYZ+testing&phone_logins=100a,100b",
            "SUCCESS: add_phone_alias PHONE ALIAS HAS BEEN ADDED - 6666|xyz100|XYZ testing|100a,100b",
        ),
        (
            "function=add_phone_alias&alias_id=xyz100&alias_name=XYZ+testing&phone_logins=100a,100b",
            "ERROR: add_phone_alias PHONE ALIAS ALREADY EXISTS - 6666|xyz100",
        ),
        ("function=add_phone_alias", "ERROR: add_phone_alias YOU MUST USE ALL REQUIRED FIELDS - 6666||||"),
        (
            "function=add_phone_alias&alias_id=xyz101&alias_name=x&phone_logins=cc100",
            "ERROR: add_phone_alias PHONE DOES NOT EXIST - 6666|cc100",
        ),
        (
            "function=update_phone_alias&alias_id=xyz100&alias_name=XYZ+testing+X&phone_logins=100a,100b",
            "SUCCESS: update_phone_alias PHONE ALIAS HAS BEEN UPDATED - 6666|xyz100|",
        ),
        (
            "function=update_phone_alias&alias_id=xyz100&alias_name=x",
            "ERROR: update_phone_alias YOU MUST USE A VALID ALIAS NAME - 6666|x",
        ),
        (
            "function=update_phone_alias&alias_id=xyz100&delete_alias=Y",
            "SUCCESS: update_phone_alias PHONE ALIAS HAS BEEN DELETED - 6666|xyz100|",
        ),
        (
            "function=add_phone&extension=cc100&dialplan_number=100&voicemail_id=100&phone_login=cc100&phone_pass=test\
             &server_ip=10.0.9.8&protocol=SIP&registration_password=test&phone_full_name=Extension+100&local_gmt=-5.00\
             &outbound_cid=7275551212",
            "SUCCESS: add_phone PHONE HAS BEEN ADDED - 6666|cc100|10.0.9.8|SIP|100",
        ),
    ] {
        let reply = server.call(&format!("{AS_ADMIN}&{call}"));
        assert_eq!((reply.status, reply.body), (200, format!("{line}\n")), "{call}");
    }
}

#[test]
fn the_published_address_is_answered_in_every_spelling_that_apache_serves() {
    let (_folder, server) = server(&[]);
    for path in [
        "//vicidial//non_agent_api.php",
        "/vicidial/./non_agent_api.php",
        "/vicidial/non_agent_api.php/",
        "/vicidial/non%5Fagent_api.php",
    ] {
        let reply = server.send(&get(&format!("{path}?function=version"), &[]));
        assert_eq!(reply.status, 200, "{path}");
        assert!(reply.body.starts_with("VERSION: 2.14"), "{path}: {}", reply.body);
        let head = server.send(&crate::support::request("HEAD", path, &[], &[]));
        assert_eq!(head.status, 405, "HEAD {path}");
    }
    for path in
        ["/vicidial/../vicidial/non_agent_api.php", "/vicidial/non_agent_api.php/more", "/vicidial/Non_agent_api.php"]
    {
        let reply = server.send(&get(&format!("{path}?function=version"), &[]));
        assert_eq!(reply.status, 404, "{path}");
    }
}

#[test]
fn the_other_form_collects_the_phones_of_an_extension() {
    let (_folder, server) = server(&[]);
    let ask = |fields: &str| server.call(&format!("{AS_ADMIN}&function=add_phone_alias&{fields}")).body;
    let done = |alias: &str| format!("SUCCESS: {alias} | Alias Created Successfully for Extension 100\n");
    assert_eq!(ask("alias=SupportDesk&extension=100&protocol=SIP&active=Y"), done("SupportDesk"));
    assert_eq!(ask("alias=Later&extension=100&protocol=SIP&active=N"), done("Later"));
    assert_eq!(ask("alias=supportdesk&extension=100&protocol=SIP&active=Y"), "ERROR: ALIAS NAME ALREADY EXISTS\n");
    assert_eq!(ask("alias=Other&extension=100&protocol=IAX2&active=Y"), "ERROR: PHONE DOES NOT EXIST\n");
    for missing in ["alias=Other", "alias=Other&extension=100&protocol=PJSIP&active=Y", "alias=&extension=100"] {
        assert_eq!(ask(missing), "ERROR: YOU MUST USE ALL REQUIRED FIELDS\n", "{missing}");
    }
    let row = |alias: &str| -> (String, String, bool) {
        let inactive = "SELECT count(*) FROM hotdesk_inactive_alias i WHERE i.alias_id = lower(a.alias_id)";
        let select = format!("SELECT alias_name, logins_list, ({inactive}) FROM phones_alias a WHERE alias_id = ?1");
        server.database().query_row(&select, [alias], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap()
    };
    assert_eq!(row("SupportDesk"), ("SupportDesk".into(), "100a,100b".into(), false));
    assert_eq!(row("Later"), ("Later".into(), "100a,100b".into(), true));
    let update = |fields: &str| server.call(&format!("{AS_ADMIN}&function=update_phone_alias&{fields}")).body;
    let updated = "SUCCESS: update_phone_alias PHONE ALIAS HAS BEEN UPDATED - 6666|Later|\n";
    assert_eq!(update("alias=Later&active=Y"), updated);
    assert_eq!(row("Later"), ("Later".into(), "100a,100b".into(), false));
    assert_eq!(update("alias=Later&active=N"), updated);
    assert!(row("Later").2);
    // VICIdial ignores `active` together with `alias_id`.
    let required = "ERROR: update_phone_alias YOU MUST USE ALL REQUIRED FIELDS - 6666|Later|||\n";
    assert_eq!(update("alias_id=Later&active=Y"), required);
    assert!(row("Later").2);
}

#[test]
fn the_other_form_has_its_own_replies_for_missing_permissions() {
    let (_folder, server) = server(&[]);
    let form = "function=add_phone_alias&alias=SupportDesk&extension=100&protocol=SIP&active=Y";
    let ask = |who: &str| server.call(&format!("{who}&{form}")).body;
    assert_eq!(ask("source=test&user=6666&pass=wrong"), "ERROR: INVALID USERNAME OR PASSWORD\n");
    assert_eq!(ask("source=x&user=6666&pass=1234"), "ERROR: YOU MUST USE ALL REQUIRED FIELDS\n");
    let refused = "ERROR: USER DOES NOT HAVE PERMISSION TO USE THIS FUNCTION\n";
    for right in ["vdc_agent_api_access = '0'", "ast_admin_access = '0'", "api_allowed_functions = ' version '"] {
        let database = server.database();
        database.execute_batch(&format!("UPDATE vicidial_users SET {right}")).unwrap();
        assert_eq!(ask(AS_ADMIN), refused, "{right}");
        let restore = "vdc_agent_api_access = '1', ast_admin_access = '1', api_allowed_functions = 'ALL'";
        database.execute_batch(&format!("UPDATE vicidial_users SET {restore}")).unwrap();
    }
    assert_eq!(ask(AS_ADMIN), "SUCCESS: SupportDesk | Alias Created Successfully for Extension 100\n");
}

#[test]
fn a_request_can_select_the_other_dialect() {
    let (_folder, server) = server(&[]);
    let target = format!("/vicidial/non_agent_api.php?{AS_ADMIN}&function=add_phone_alias");
    let reply = server.send(&get(&target, &["Hotdesk-Replies: vicidial"]));
    assert_eq!(reply.body, "ERROR: add_phone_alias YOU MUST USE ALL REQUIRED FIELDS: |6666|||\n");
}

#[test]
fn basic_credentials_are_accepted_and_parameters_override_them() {
    let (_folder, server) = server(&[]);
    let ask = |parameters: &str, credentials: &str| {
        let target =
            format!("/vicidial/non_agent_api.php?source=test&function=server_refresh&stage=REFRESH{parameters}");
        server.send(&get(&target, &[credentials])).body
    };
    // 6666:1234 and 6666:wrong
    let (good, bad) = ("Authorization: Basic NjY2NjoxMjM0", "Authorization: basic NjY2Njp3cm9uZw==");
    assert_eq!(ask("", good), "SUCCESS: server_refresh SERVER REFRESH HAS BEEN TRIGGERED - 6666|2\n");
    assert_eq!(ask("", bad), "ERROR: INVALID USERNAME OR PASSWORD\n");
    assert_eq!(ask("&user=6666&pass=wrong", good), "ERROR: INVALID USERNAME OR PASSWORD\n");
    assert_eq!(
        ask("&user=6666&pass=1234", bad),
        "SUCCESS: server_refresh SERVER REFRESH HAS BEEN TRIGGERED - 6666|0\n"
    );
    for broken in
        ["Authorization: Basic !!!", "Authorization: Basic", "Authorization: Bearer x", "Authorization: Basic eA=="]
    {
        assert_eq!(ask("", broken), "ERROR: INVALID USERNAME OR PASSWORD\n", "{broken}");
    }
}

#[test]
fn markup_in_a_reply_is_never_executed_by_a_browser() {
    let (_folder, server) = server(&[]);
    let name = "UPDATE vicidial_users SET full_name = '<script>alert(1)</script>' WHERE user = '6666'";
    server.database().execute(name, []).unwrap();
    for path in ["/vicidial/non_agent_api.php?function=user_details&agent_user=6666", "/agc/api.php?function=webserver"]
    {
        let reply = server.send(&get(&format!("{path}&{AS_ADMIN}"), &[]));
        let header =
            |name: &str| reply.head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
        assert_eq!(header("x-content-type-options:"), "nosniff", "{path}");
        let policy = header("content-security-policy:");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"), "{path}: {policy}");
    }
}
