//! The floor of `hotdesk demo`: dialers as processes, and agents who log in and out.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::http;
use crate::program::hotdesk;
use crate::sandbox::Sandbox;
use crate::server::Server;

/// Number of polls; half a minute in all.
const MAX_POLLS: u32 = 600;
const POLL_EVERY: Duration = Duration::from_millis(50);

/// Waits until this condition holds. Panics if it does not in time.
#[track_caller]
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..MAX_POLLS {
        if holds() {
            return;
        }
        std::thread::park_timeout(POLL_EVERY);
    }
    panic!("timed out waiting: {what}");
}

/// Starts a demonstration. Returns what it printed up to the command that restarts the first dialer.
fn demo(sandbox: &Sandbox) -> (Server, Vec<String>) {
    let mut command = hotdesk(&sandbox.path("."), ["demo", "--listen", "127.0.0.1:0", "--log", "off"]);
    let mut server = Server::start(&mut command).unwrap();
    let printed = server.printed_until("HOTDESK_AMI_SECRET=").unwrap();
    (server, printed)
}

/// The process id and address of each dialer, in printed order.
fn processes(printed: &[String]) -> Vec<(u32, String)> {
    let read = |line: &String| {
        let (id, what) = line.trim().strip_prefix("kill -9 ")?.split_once(' ')?;
        Some((id.parse().unwrap(), what.split(", ").nth(1)?.to_owned()))
    };
    printed.iter().filter_map(read).collect()
}

/// Whether a process is running. A zombie is not.
fn runs(process: u32) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat"));
    stat.is_ok_and(|stat| !stat.rsplit(") ").next().unwrap_or_default().starts_with('Z'))
}

fn kill(process: u32, signal: &str) {
    assert!(Command::new("kill").args([signal, &process.to_string()]).status().unwrap().success());
}

fn live_on(sandbox: &Sandbox, server_ip: &str) -> Vec<String> {
    sandbox.rows(&format!(
        "SELECT user FROM hotdesk_session WHERE state = 'live' AND server_ip = '{server_ip}' ORDER BY user"
    ))
}

/// A printed command line that runs until it is dropped.
struct PrintedCommand(Child);

impl PrintedCommand {
    fn run(line: &str) -> Self {
        let mut words = line.split_whitespace();
        let (name, secret) = words.next().unwrap().split_once('=').unwrap();
        let program = words.next().unwrap().trim_matches('\'');
        let child = Command::new(program).args(words).env(name, secret).stdout(Stdio::null()).spawn();
        Self(child.unwrap())
    }
}

impl Drop for PrintedCommand {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn agents_of_a_killed_dialer_are_rehomed_and_the_printed_command_brings_it_back() {
    let sandbox = Sandbox::new();
    let (mut server, printed) = demo(&sandbox);
    let (process, server_ip) = processes(&printed)[0].clone();
    assert_eq!(server_ip, "10.0.9.8");
    eventually("agents on all dialers", || {
        ["10.0.9.8", "10.0.9.9", "10.0.9.10"].iter().all(|server_ip| live_on(&sandbox, server_ip).len() >= 2)
    });
    let before = live_on(&sandbox, &server_ip);
    kill(process, "-KILL");
    eventually("nobody on the killed dialer", || {
        sandbox
            .rows(&format!("SELECT 1 FROM hotdesk_session WHERE ended IS NULL AND server_ip = '{server_ip}'"))
            .is_empty()
    });
    let moved = format!(
        "SELECT DISTINCT user FROM hotdesk_session WHERE trail LIKE '%dialer_lost%' AND ended IS NULL AND user IN ('{}')",
        before.join("','")
    );
    eventually("agents moved without a new login", || !sandbox.rows(&moved).is_empty());
    let printed = server.printed_until("HOTDESK_AMI_SECRET=").unwrap();
    assert_eq!(printed[0], "dialer-a has ended; to restart it:");
    let again = PrintedCommand::run(printed[1].trim());
    let log_in = "/agc/vicidial.php?phone_login=desk7014&phone_pass=test&VD_login=7014&VD_pass=agent";
    eventually("an agent on the dialer that was started again", || {
        // A browser is redirected to the page of its session.
        http::get(server.address(), log_in).unwrap().0 == 303
            && sandbox.rows("SELECT server_ip FROM hotdesk_session WHERE user = '7014' AND ended IS NULL")
                == [server_ip.as_str()]
    });
    // The demonstration's own agents log in there too.
    eventually("the agent's phone answered there", || live_on(&sandbox, &server_ip).contains(&"7014".to_owned()));
    drop(again);
}

#[test]
fn a_free_agent_logs_in_with_the_printed_form() {
    let sandbox = Sandbox::new();
    let (server, printed) = demo(&sandbox);
    let call = printed.iter().find(|line| line.contains("/agc/vicidial.php -d")).unwrap();
    let form: Vec<&str> = call.split(" -d ").skip(1).collect();
    assert_eq!(form, ["phone_login=desk7013", "phone_pass=test", "VD_login=7013", "VD_pass=agent"]);
    let log_in = format!("/agc/vicidial.php?{}", form.join("&"));
    assert_eq!(http::get(server.address(), &log_in).unwrap().0, 303);
    eventually("the free agent sits", || {
        sandbox.rows("SELECT 1 FROM hotdesk_session WHERE user = '7013' AND state = 'live'").len() == 1
    });
    let comes_by_itself = "SELECT 1 FROM hotdesk_session WHERE user = '7014'";
    assert_eq!(sandbox.rows(comes_by_itself), Vec::<String>::new());
}

#[test]
fn a_stop_ends_the_dialers_within_two_seconds() {
    let sandbox = Sandbox::new();
    let (server, printed) = demo(&sandbox);
    let processes = processes(&printed);
    assert!(processes.len() == 3 && processes.iter().all(|(process, _)| runs(*process)), "{processes:?}");
    let id = server.process();
    let (tell, printed) = std::sync::mpsc::channel();
    server.terminate().unwrap();
    std::thread::spawn(move || tell.send(server.wait()));
    let ended = printed.recv_timeout(Duration::from_secs(2));
    if ended.is_err() {
        kill(id, "-KILL");
    }
    assert_eq!(ended.expect("the demonstration did not end").unwrap().1.code(), Some(0));
    assert!(processes.iter().all(|(process, _)| !runs(*process)), "{processes:?}");
}

#[test]
fn the_dialers_end_with_a_demonstration_that_is_killed() {
    let sandbox = Sandbox::new();
    let (server, printed) = demo(&sandbox);
    let processes = processes(&printed);
    assert!(processes.iter().all(|(process, _)| runs(*process)), "{processes:?}");
    kill(server.process(), "-KILL");
    drop(server);
    eventually("all dialers ended", || processes.iter().all(|(process, _)| !runs(*process)));
}

#[test]
fn real_dialers_are_not_simulated() {
    let sandbox = Sandbox::new();
    drop(demo(&sandbox));
    let real = "UPDATE servers SET telnet_host = '192.0.2.7', ASTmgrUSERNAME = 'cron', ASTmgrSECRET = 'real'
                WHERE server_ip = '10.0.9.8' RETURNING 1";
    for change in [real, "UPDATE servers SET ASTmgrUSERNAME = '', server_description = 'Ours' RETURNING 1"] {
        sandbox.rows(change);
        let rows =
            || sandbox.rows("SELECT server_ip, telnet_host, telnet_port, ASTmgrUSERNAME, ASTmgrSECRET FROM servers");
        let before = rows();
        let mut command = hotdesk(&sandbox.path("."), ["demo", "--listen", "127.0.0.1:0", "--log", "off"]);
        let mut server = Server::start(&mut command).unwrap();
        let printed = server.printed_until("no dialers are simulated").unwrap();
        assert!(processes(&printed).is_empty() && rows() == before, "{printed:?}");
        server.terminate().unwrap();
        assert_eq!(server.wait().unwrap().1.code(), Some(0));
    }
}
