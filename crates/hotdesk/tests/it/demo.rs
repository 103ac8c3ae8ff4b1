//! `hotdesk demo`, and a fleet file applied while a server runs.

use crate::http;
use crate::program::hotdesk;
use crate::sandbox::Sandbox;
use crate::server::Server;

/// Starts this command in the test folder.
fn start(sandbox: &Sandbox, command: &str) -> Server {
    Server::start(&mut hotdesk(&sandbox.path("."), [command, "--listen", "127.0.0.1:0", "--log", "off"])).unwrap()
}

fn get(server: &Server, target: &str) -> String {
    http::get(server.address(), target).unwrap().1
}

/// Stops the server, which must exit with 0. Returns what it printed since it was ready.
fn stop(server: Server) -> String {
    server.terminate().unwrap();
    let (printed, status) = server.wait().unwrap();
    assert_eq!(status.code(), Some(0));
    printed
}

const CALL: &str = "/vicidial/non_agent_api.php?source=test&user=6666&pass=1234&function=";

/// Excludes the phones and aliases of the demonstration's agents.
const NOT_AGENTS: &str = "extension NOT LIKE '70__'";
const NO_DESK: &str = "alias_id NOT LIKE 'desk70__'";

#[test]
fn the_demonstration_prints_calls_that_succeed() {
    let sandbox = Sandbox::new();
    let server = start(&sandbox, "demo");
    let address = format!("http://{}", server.address());
    let target = |url: &str| url.strip_prefix(&address).unwrap().to_owned();
    assert_eq!(get(&server, "/healthz").trim(), "alive");
    assert_eq!(sandbox.rows(&format!("SELECT count(*) FROM phones WHERE {NOT_AGENTS}")), ["21"]);
    assert_eq!(sandbox.rows(&format!("SELECT count(*) FROM phones_alias WHERE {NO_DESK}")), ["0"]);
    // The output is read after the server has ended, so a second server answers the calls.
    let printed = stop(server);
    let urls: Vec<String> =
        printed.lines().filter_map(|line| line.trim().strip_prefix("curl '")?.strip_suffix('\'')).map(target).collect();
    let again = start(&sandbox, "demo");
    let answers: Vec<String> = urls.iter().map(|url| get(&again, url)).collect();
    assert!(answers[0].contains("PHONE ALIAS HAS BEEN ADDED - 6666|xyz100|XYZ testing|100a,100b"), "{answers:?}");
    assert_eq!(answers[1].trim(), "SUCCESS: SupportDesk | Alias Created Successfully for Extension 1001");
    assert!(answers[2].contains("PHONE ALIAS HAS BEEN UPDATED - 6666|xyz100|"), "{answers:?}");
    assert!(answers[3].contains("PHONE HAS BEEN ADDED - 6666|cc100|10.0.9.8|SIP|100"), "{answers:?}");
    assert!(answers[4].starts_with("VERSION: "), "{answers:?}");
    assert_eq!(answers.len(), 5);
    let lists = sandbox.rows(&format!("SELECT logins_list FROM phones_alias WHERE {NO_DESK}"));
    assert_eq!(lists, ["100a,100b,100c", "1001a,1001b,1001c"]);
    assert!(stop(again).starts_with("the database already has users and was not changed\n"));
}

#[test]
fn a_running_server_uses_an_applied_fleet_file_at_once() {
    let sandbox = Sandbox::new();
    sandbox.write("fleet.toml", include_str!("../../demo/fleet.toml"));
    let applied = sandbox.run(&["apply", "fleet.toml"]);
    assert_eq!((applied.err.as_str(), applied.lines().last()), ("", Some(&"27 added, 0 changed, 0 removed")));
    let server = start(&sandbox, "serve");
    let add = format!("{CALL}add_phone_alias&alias_name=New&phone_logins=200a&alias_id=");
    assert!(get(&server, &format!("{add}new200")).contains("PHONE DOES NOT EXIST"));

    let phone = "[[phone]]\nextension = \"200\"\nserver_ip = \"10.0.9.8\"\nphone_login = \"200a\"\n";
    sandbox.write("phone.toml", phone);
    assert_eq!(sandbox.run(&["apply", "phone.toml"]).code, 0);
    assert!(get(&server, &format!("{add}new200")).contains("PHONE ALIAS HAS BEEN ADDED"));

    let list = "[[ip_list]]\nip_list_id = \"BLACK\"\nentries = [\"127.0.0.1\"]\n\
                [settings]\nallow_ip_lists = true\nsystem_ip_blacklist = \"BLACK\"\n";
    sandbox.write("list.toml", list);
    assert_eq!(sandbox.run(&["apply", "list.toml"]).code, 0);
    assert_eq!(get(&server, &format!("{add}new201")).trim(), "ERROR: YOUR IP ADDRESS IS NOT ALLOWED - 127.0.0.1");
    assert_eq!(stop(server), "");
}
