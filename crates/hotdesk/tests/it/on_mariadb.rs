//! The commands and the server on MariaDB.

use std::path::Path;
use std::process::Output;

use crate::mariadb::{self, Mariadb};
use crate::program::{hotdesk, serve};
use crate::server::Server;
use crate::{fleet_rows, http, vicidial_tables};

const FLEET: &str = include_str!("../../demo/fleet.toml");

fn run<const N: usize>(folder: &Path, database: &str, arguments: [&str; N]) -> Output {
    hotdesk(folder, arguments).args(["--database", database]).output().unwrap()
}

fn out(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_fleet_moves_between_sqlite_and_mariadb() {
    let Some(server) = mariadb::server() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (path, there) = (folder.path(), server.database());
    std::fs::write(path.join("fleet.toml"), FLEET).unwrap();
    out(&run(path, "sqlite:here.db", ["apply", "fleet.toml"]));
    let exported = out(&run(path, "sqlite:here.db", ["export"]));
    std::fs::write(path.join("exported.toml"), &exported).unwrap();
    out(&run(path, &there, ["migrate"]));
    out(&run(path, &there, ["apply", "exported.toml"]));
    let returned = out(&run(path, &there, ["export"]));
    assert_eq!(returned, exported);
    std::fs::write(path.join("returned.toml"), &returned).unwrap();
    assert_eq!(out(&run(path, "sqlite:here.db", ["apply", "--prune", "returned.toml"])), "nothing to do\n");
    assert_eq!(out(&run(path, &there, ["apply", "--prune", "returned.toml"])), "nothing to do\n");
}

#[test]
fn doctor_and_why_work_on_mariadb() {
    let Some(server) = mariadb::server() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (path, there) = (folder.path(), server.database());
    let none = run(path, &there, ["doctor"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&none.stdout).contains("has no tables yet: run `hotdesk migrate`"), "{none:?}");
    out(&run(path, &there, ["migrate"]));
    std::fs::write(path.join("fleet.toml"), FLEET).unwrap();
    out(&run(path, &there, ["apply", "fleet.toml"]));
    let why = run(path, &there, ["why", "nosuch"]);
    assert!(String::from_utf8_lossy(&why.stdout).contains("no phone of this login is available"), "{why:?}");
    let doctor = run(path, &there, ["doctor"]);
    assert!(!String::from_utf8_lossy(&doctor.stdout).contains("cannot be written"), "{doctor:?}");
}

#[test]
fn doctor_says_which_vicidial_it_is_and_in_which_time_zone() {
    let Some(server) = mariadb::fast_server("Asia/Kolkata") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (path, there) = (folder.path(), server.database());
    let (_, name) = there.rsplit_once('/').unwrap();
    server.run(name, &vicidial_tables::statements());
    server.run(name, "UPDATE system_settings SET version = '2.14', db_schema_version = 1720");
    let foreign = run(path, &there, ["doctor"]);
    assert!(String::from_utf8_lossy(&foreign.stdout).contains("run `hotdesk migrate`"), "{foreign:?}");
    out(&run(path, &there, ["migrate"]));
    let doctor = run(path, &there, ["doctor"]);
    let reported = "hint: these are VICIdial's own tables (VICIdial 2.14, version of the tables 1720); their times are those of the \
        database server's time zone SYSTEM (IST), now UTC+05:30";
    assert!(String::from_utf8_lossy(&doctor.stdout).contains(reported), "{doctor:?}");
}

#[test]
fn passwords_on_vicidials_tables_are_checked_by_doctor_and_stored_by_every_command_as_vicidial_does() {
    let Some(server) = mariadb::server() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (path, there) = (folder.path(), server.database());
    let (_, name) = there.rsplit_once('/').unwrap();
    server.run(name, &vicidial_tables::statements());
    out(&run(path, &there, ["migrate"]));
    let upgrades = hotdesk(path, ["serve", "--listen", "127.0.0.1:0", "--upgrade-passwords", "true"])
        .args(["--database", &there])
        .output()
        .unwrap();
    assert!(!upgrades.status.success());
    assert!(String::from_utf8_lossy(&upgrades.stderr).contains("upgrade_passwords cannot be true"), "{upgrades:?}");
    let apply = |pass: &str| {
        std::fs::write(path.join("users.toml"), format!("[[user]]\nuser = \"2001\"\n{pass}\n")).unwrap();
        run(path, &there, ["apply", "users.toml"])
    };
    let stored = || -> (String, String) {
        let columns = "SELECT pass, pass_hash FROM vicidial_users WHERE user = '2001'";
        mysql::prelude::Queryable::query_first(&mut server.connect(name), columns).unwrap().unwrap()
    };
    out(&apply("pass = \"1234\""));
    assert_eq!(stored(), ("1234".to_owned(), String::new()));
    assert_eq!(out(&apply("pass = \"1234\"")), "nothing to do\n");
    let digest = apply(
        "pass_hash = \"$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"",
    );
    assert!(String::from_utf8_lossy(&digest.stderr).contains("VICIdial cannot verify this digest"), "{digest:?}");
    let doctor = || String::from_utf8(run(path, &there, ["doctor"]).stdout).unwrap();
    assert!(!doctor().contains("VICIdial cannot verify"), "{}", doctor());
    server.run(name, "UPDATE vicidial_users SET pass = '' WHERE user = '2001'");
    assert!(doctor().contains("wrong: VICIdial cannot verify the password of 2001, "), "{}", doctor());
    server.run(name, "UPDATE system_settings SET pass_hash_enabled = '1', pass_key = 'short'");
    assert!(doctor().contains("wrong: no password can be verified: "), "{}", doctor());
    server.run(name, "UPDATE system_settings SET pass_key = 'JlDJX2CwLQLgA8Fd', pass_cost = 2");
    assert!(!doctor().contains("no password can be verified"), "{}", doctor());
    out(&apply("pass = \"1234\""));
    assert_eq!(stored(), (String::new(), "EfunOA3c.1H/.8Oj3y3y6Tef2ccxXDq".to_owned()));
    assert!(!doctor().contains("VICIdial cannot verify"), "{}", doctor());
}

#[test]
fn a_server_reports_a_missing_database_and_continues_after_its_return() {
    let durable = ["--innodb-flush-log-at-trx-commit=1"];
    let Some(database) = Mariadb::start(tempfile::tempdir().unwrap(), &durable) else { return };
    let folder = tempfile::tempdir().unwrap();
    let there = database.database();
    out(&run(folder.path(), &there, ["migrate"]));
    let (_, name) = there.rsplit_once('/').unwrap();
    fleet_rows::fill_mariadb(&mut database.connect(name), 10).unwrap();
    let server = Server::start(serve(folder.path()).args(["--database", &there])).unwrap();
    let add = |alias: &str| {
        let query = "/vicidial/non_agent_api.php?function=add_phone_alias&source=load&user=6666&pass=1234";
        http::get(server.address(), &format!("{query}&alias_id={alias}&alias_name=x&phone_logins=cc100a")).unwrap()
    };
    assert!(add("before").1.starts_with("SUCCESS"));
    database.kill();
    let began = tokio::time::Instant::now();
    assert_eq!(add("meanwhile").0, 503);
    assert_eq!(http::get(server.address(), "/readyz").unwrap().0, 503);
    assert_eq!(http::get(server.address(), "/healthz").unwrap().0, 200);
    assert!(began.elapsed().as_secs() < 3, "the failure is reported at once");
    database.start_again();
    let began = tokio::time::Instant::now();
    while http::get(server.address(), "/readyz").unwrap().0 != 200 {
        assert!(began.elapsed().as_secs() < 2, "the server does not recover");
        #[expect(clippy::disallowed_methods, reason = "another process can only be polled")]
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(add("BEFORE").1.contains("EXISTS"), "the acknowledged alias is stored");
    assert!(add("after").1.starts_with("SUCCESS"));
    server.terminate().unwrap();
    assert_eq!(server.wait().unwrap().1.code(), Some(0));
}
