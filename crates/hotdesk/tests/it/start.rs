//! Start, stop, and start-up errors of the server.

use std::net::TcpStream;
use std::process::Output;

use crate::http;
use crate::program::{hotdesk, serve};
use crate::server::Server;

#[test]
fn the_server_starts_in_an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&mut serve(folder.path())).unwrap();
    let version = http::get(server.address(), "/vicidial/non_agent_api.php?function=version").unwrap();
    assert_eq!(version.0, 200);
    assert!(version.1.starts_with("VERSION: 2.14-"), "{version:?}");
    assert_eq!(http::get(server.address(), "/readyz").unwrap(), (200, "ready\n".to_owned()));
    assert!(folder.path().join("hotdesk.db").is_file());
}

#[test]
fn a_stop_without_requests_exits_with_0() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&mut serve(folder.path())).unwrap();
    let resting = TcpStream::connect(server.address()).unwrap();
    server.terminate().unwrap();
    assert_eq!(server.wait().unwrap().1.code(), Some(0));
    drop(resting);
}

#[test]
fn a_port_in_use_is_reported_in_one_line() {
    let (first_folder, second_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = Server::start(&mut serve(first_folder.path())).unwrap();
    let address = first.address().to_string();
    let second = hotdesk(second_folder.path(), ["serve", "--listen", &address]).output().unwrap();
    assert_fails(&second, 1, &["cannot listen on", &address, "--listen"]);
    assert_eq!(http::get(first.address(), "/healthz").unwrap(), (200, "alive\n".to_owned()));
}

#[test]
fn an_unknown_key_in_the_settings_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hotdesk.toml"), "lisen = \"127.0.0.1:0\"\n").unwrap();
    let run = hotdesk(folder.path(), ["serve", "--config", "hotdesk.toml"]).output().unwrap();
    assert_fails(&run, 2, &["hotdesk.toml", "unknown field `lisen`"]);
}

#[test]
fn an_invalid_setting_is_refused_in_one_line() {
    let wrong = [
        ("--listen", "here"),
        ("--replies", "polite"),
        ("--dialers", "tin-can"),
        ("--database", "paper:x"),
        ("--unregistered", "first"),
        ("--alias-members", "some"),
        ("--rehomed-a-second", "0"),
        ("--rehomed-a-second", "10001"),
    ];
    for (flag, value) in wrong {
        let folder = tempfile::tempdir().unwrap();
        let run = hotdesk(folder.path(), ["serve", flag, value]).output().unwrap();
        assert_fails(&run, 2, &[&flag.trim_start_matches('-').replace('-', "_")]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "{flag} {value} left files behind");
    }
}

#[test]
fn an_unreadable_or_empty_file_of_authorities_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty.pem"), "nothing\n").unwrap();
    for (file, words) in [("none.pem", "cannot read the file"), ("empty.pem", "it holds no certificate")] {
        let run = hotdesk(folder.path(), ["serve", "--ami-ca", file]).output().unwrap();
        assert_fails(&run, 2, &["ami_ca", file, words]);
        let run = hotdesk(folder.path(), ["doctor"]).env("HOTDESK_AMI_CA", file).output().unwrap();
        assert_fails(&run, 2, &["ami_ca", file, words]);
    }
    assert!(!folder.path().join("hotdesk.db").exists());
}

#[test]
fn registered_members_need_the_ami_driver() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["serve", "--alias-members", "registered", "--dialers", "queue"];
    let run = hotdesk(folder.path(), arguments).output().unwrap();
    assert_fails(&run, 2, &["alias_members", "dialers", "use `any`"]);
}

#[track_caller]
fn assert_fails(run: &Output, code: i32, words: &[&str]) {
    let stderr = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(code), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(words.iter().all(|word| stderr.contains(word)), "{words:?} in {stderr}");
}

#[test]
fn a_full_standard_output_is_reported_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [["migrate", "--database", "sqlite:x.db"], ["serve", "--listen", "127.0.0.1:0"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = hotdesk(folder.path(), arguments).stdout(full).output().unwrap();
        let reported = String::from_utf8(ended.stderr).unwrap();
        assert_eq!((ended.status.code(), reported.lines().count()), (Some(1), 1), "{arguments:?}: {reported}");
        assert!(reported.contains("cannot write to standard output"), "{reported}");
    }
}
