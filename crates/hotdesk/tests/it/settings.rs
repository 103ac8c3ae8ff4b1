//! Tests of every setting in `docs/configuration.md`: help, file, environment, flag, and the panel's page.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::Stdio;

use crate::endpoints::staffed::FORM;
use crate::program::hotdesk;
use crate::server::Server;
use crate::support::{Reply, get, request};

/// The documented settings with their examples, adapted to this machine.
fn documented() -> toml::Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let page = std::fs::read_to_string(path).unwrap();
    let example = page.split_once("\n## Example\n").unwrap().1.split("\n## ").next().unwrap();
    let lines: Vec<&str> = example.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    let mut settings: toml::Table = toml::from_str(&lines.join("\n")).unwrap();
    let described = page.lines().filter(|line| line.starts_with("| `") && line.contains("` | `HOTDESK_")).count();
    assert_eq!(described, settings.len(), "the example lacks settings of the table");
    settings.insert("database".to_owned(), "sqlite:hotdesk.db".into());
    settings.insert("listen".to_owned(), "127.0.0.1:0".into());
    for (_, value) in &mut settings {
        if value.as_str().is_some_and(|text| text.starts_with("/etc/")) {
            *value = "ca.pem".into();
        }
    }
    settings
}

fn flag(name: &str) -> String {
    format!("--{}", name.replace('_', "-"))
}

fn variable(name: &str) -> String {
    format!("HOTDESK_{}", name.to_ascii_uppercase())
}

/// A value in the form of a flag or variable, with this separator between list items.
fn text(value: &toml::Value, separator: &str) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(items) => items.iter().map(|item| text(item, separator)).collect::<Vec<_>>().join(separator),
        other => other.to_string(),
    }
}

/// A folder with the certificates and an account with access to the panel.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.path().join("ca.pem"), certificate.cert.pem()).unwrap();
    let arguments = ["user", "add", "boss", "--level", "9", "--api", "--ast-admin"];
    let mut added = hotdesk(folder.path(), arguments).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    added.stdin.take().unwrap().write_all(b"secret1\n").unwrap();
    assert!(added.wait().unwrap().success());
    folder
}

fn send(server: &Server, request: &[u8]) -> Reply {
    let mut stream = TcpStream::connect(server.address()).unwrap();
    stream.write_all(request).unwrap();
    Reply::read(&mut stream)
}

/// The value and the origin of each setting on the panel's page.
fn shown_by(server: &Server) -> BTreeMap<String, (String, String)> {
    let login = send(server, &request("POST", "/admin/login", &[FORM], b"user=boss&pass=secret1"));
    let cookie = login.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap().to_owned();
    let cookie = format!("Cookie: {}", cookie.split(';').next().unwrap());
    let page = send(server, &get("/admin/settings", &[&cookie])).body;
    let cells = |row: &str| {
        let (name, rest) = row.split_once("</code>")?;
        let (value, rest) = rest.split_once("<td class=\"loose\">")?.1.split_once("</td><td>")?;
        Some((name.to_owned(), (value.to_owned(), rest.split_once("</td>")?.0.to_owned())))
    };
    page.split("<th scope=\"row\"><code>").skip(1).filter_map(cells).collect()
}

/// The expected page for settings of this origin.
fn expected(settings: &toml::Table, origin: impl Fn(&str) -> String) -> BTreeMap<String, (String, String)> {
    settings.iter().map(|(name, value)| (name.clone(), (text(value, ", "), origin(name)))).collect()
}

#[test]
fn every_setting_has_the_same_value_from_the_file_the_environment_and_a_flag() {
    let settings = documented();
    let folder = folder();
    std::fs::write(folder.path().join("hotdesk.toml"), settings.to_string()).unwrap();
    let from_file = Server::start(&mut hotdesk(folder.path(), ["serve", "--config", "hotdesk.toml"])).unwrap();
    assert_eq!(shown_by(&from_file), expected(&settings, |_| "file".to_owned()));
    drop(from_file);

    let mut program = hotdesk(folder.path(), ["serve"]);
    program.envs(settings.iter().map(|(name, value)| (variable(name), text(value, ","))));
    let from_environment = Server::start(&mut program).unwrap();
    assert_eq!(shown_by(&from_environment), expected(&settings, variable));
    drop(from_environment);

    let mut program = hotdesk(folder.path(), ["serve"]);
    program.args(settings.iter().map(|(name, value)| format!("{}={}", flag(name), text(value, ","))));
    let from_flags = Server::start(&mut program).unwrap();
    assert_eq!(shown_by(&from_flags), expected(&settings, flag));
}

#[test]
fn every_setting_is_in_the_help_with_its_flag_and_its_variable() {
    let help = hotdesk(Path::new("."), ["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for name in documented().keys() {
        assert!(help.contains(&format!("{} <", flag(name))), "{name} in {help}");
        assert!(help.contains(&format!("[env: {}", variable(name))), "{name} in {help}");
    }
}

#[test]
fn a_flag_wins_over_the_environment_which_wins_over_the_file() {
    let folder = folder();
    std::fs::write(folder.path().join("hotdesk.toml"), "line_days = 1\nsession_days = 1\napi_log_days = 1\n").unwrap();
    let arguments = ["--config", "hotdesk.toml", "serve", "--listen", "127.0.0.1:0", "--line-days", "3"];
    let mut program = hotdesk(folder.path(), arguments);
    program.env("HOTDESK_LINE_DAYS", "2").env("HOTDESK_SESSION_DAYS", "2");
    let shown = shown_by(&Server::start(&mut program).unwrap());
    let row = |name: &str| (shown[name].0.as_str(), shown[name].1.as_str());
    assert_eq!(row("line_days"), ("3", "--line-days"));
    assert_eq!(row("session_days"), ("2", "HOTDESK_SESSION_DAYS"));
    assert_eq!(row("api_log_days"), ("1", "file"));
    assert_eq!(row("admin_log_days"), ("0", "default"));
    assert_eq!(row("ami_ca"), ("none", "default"));
}

#[test]
fn the_database_comes_from_the_flag_then_the_environment_then_the_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hotdesk.toml"), "database = \"sqlite:file.db\"\n").unwrap();
    let config = ["--config", "hotdesk.toml"];
    let runs: [(&[&str], Option<&str>, &str); 5] = [
        (&["migrate"], None, "file.db"),
        (&["migrate"], Some("sqlite:environment.db"), "environment.db"),
        (&["migrate", "--database", "sqlite:behind.db"], Some("sqlite:environment.db"), "behind.db"),
        (&["--database", "sqlite:before.db", "migrate"], None, "before.db"),
        (&["--database", "sqlite:before.db", "phone", "list"], None, "before.db"),
    ];
    for (arguments, variable, file) in runs {
        let mut program = hotdesk(folder.path(), config);
        program.args(arguments).envs(variable.map(|url| ("HOTDESK_DATABASE", url)));
        let run = program.output().unwrap();
        let said = String::from_utf8([run.stdout, run.stderr].concat()).unwrap();
        assert!(folder.path().join(file).is_file(), "{arguments:?}: {said}");
    }
}

#[test]
fn commands_without_the_flag_report_a_wrong_variable_in_one_line() {
    let folder = folder();
    let run = hotdesk(folder.path(), ["phone", "list"]).env("HOTDESK_LINE_DAYS", "many").output().unwrap();
    let said = String::from_utf8(run.stderr).unwrap();
    assert_eq!((run.status.code(), said.lines().count()), (Some(2), 1), "{said}");
    assert!(said.contains("--line-days"), "{said}");
}
