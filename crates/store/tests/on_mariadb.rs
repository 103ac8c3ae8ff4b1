//! Tests of MariaDB alone: server restarts, races, and existing tables.

#![expect(clippy::unwrap_used, reason = "a test fails if it cannot continue")]

#[path = "../../../tests/mariadb/server.rs"]
mod mariadb;

use std::net::TcpListener;
use std::sync::{Arc, Barrier};

use fleet::password::{NewPassword, Password, StoredPassword};
use fleet::records::{Alias, PhoneKey};
use fleet::schema::{Row, Table};
use fleet::users::columns::{UserColumn, UserValues};
use fleet::{Clock, FleetTx, Rng, Timestamp, TxError};
use mariadb::Mariadb;
use mysql::prelude::Queryable;
use store::{Address, Location, OpenError, Store, WriteError};

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(1_795_262_400)
    }
}

struct Zeroes;

impl Rng for Zeroes {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn open(address: &str) -> Result<Store, OpenError> {
    let location = Location::Mariadb(Box::new(Address::parse(address, None).unwrap()));
    Store::open(&location, Arc::new(Noon), &Zeroes)
}

fn side_connection(server: &Mariadb, address: &str) -> mysql::Conn {
    server.connect(address.rsplit_once('/').unwrap().1)
}

fn alias(name: &str) -> Alias {
    Alias { alias_id: name.to_owned(), alias_name: name.to_owned(), logins_list: "100a".to_owned(), active: true }
}

async fn add(store: &Store, name: String) -> Result<(), WriteError> {
    store.write(move |tx| tx.add_alias(&alias(&name))).await
}

#[tokio::test]
async fn an_unreachable_host_is_skipped() {
    let Some(server) = mariadb::server() else { return };
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = server.database().replace('@', &format!("@127.0.0.1:{closed},"));
    let store = open(&address).unwrap();
    add(&store, "one".into()).await.unwrap();
    assert!(store.read(|tx| tx.alias_exists("ONE ")).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_refused_while_the_server_is_down_and_succeed_after_its_restart() {
    let durable = ["--innodb-flush-log-at-trx-commit=1"];
    let Some(server) = Mariadb::start(tempfile::tempdir().unwrap(), &durable) else { return };
    let store = open(&server.database()).unwrap();
    let mut acknowledged = 0;
    for round in 0..3 {
        for number in 0..20 {
            add(&store, format!("r{round}n{number}")).await.unwrap();
            acknowledged += 1;
        }
        server.kill();
        let refused = add(&store, format!("r{round}gone")).await.unwrap_err();
        assert!(matches!(refused, WriteError::Unreachable(_)), "{refused}");
        assert!(store.read(|tx| tx.alias_exists("r0n0")).await.is_err());
        server.start_again();
        // A host that refused a connection is not tried again for half a second.
        let began = tokio::time::Instant::now();
        while add(&store, format!("r{round}back{}", began.elapsed().as_millis())).await.is_err() {
            assert!(began.elapsed().as_secs() < 2, "commands are still refused");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        acknowledged += 1;
    }
    let there = store.read(|tx| Ok(tx.rows(Table::Alias)?.len())).await.unwrap();
    assert_eq!(there, acknowledged);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_in_a_deadlock_are_both_executed() {
    let Some(server) = mariadb::server() else { return };
    let address = server.database();
    let store = Arc::new(open(&address).unwrap());
    let phones =
        "INSERT INTO phones (extension, server_ip, login) VALUES ('1', '10.0.0.1', 'a'), ('2', '10.0.0.1', 'b')";
    side_connection(server, &address).query_drop(phones).unwrap();
    let meeting = Arc::new(Barrier::new(2));
    let crossing = |first: &'static str, second: &'static str| {
        let (store, meeting) = (Arc::clone(&store), Arc::clone(&meeting));
        let mut runs = 0;
        let command = move |tx: &mut dyn FleetTx| -> Result<u32, TxError> {
            let key = |extension: &str| PhoneKey { extension: extension.to_owned(), server_ip: "10.0.0.1".to_owned() };
            tx.phone(&key(first))?;
            runs += 1;
            if runs == 1 {
                meeting.wait();
            }
            tx.phone(&key(second))?;
            Ok(runs)
        };
        tokio::spawn(async move { store.write(command).await.unwrap() })
    };
    let (one, other) = (crossing("1", "2"), crossing("2", "1"));
    let runs = one.await.unwrap() + other.await.unwrap();
    assert_eq!(runs, 3, "one of the commands ran twice");
    assert_eq!(store.stats().snapshot().repeated, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_simultaneous_phones_with_one_login_on_two_nodes_exactly_one_is_added() {
    let Some(server) = mariadb::server() else { return };
    let address = server.database();
    let nodes = [Arc::new(open(&address).unwrap()), Arc::new(open(&address).unwrap())];
    for round in 0..5 {
        let login = format!("same{round}");
        let calls: Vec<_> = (0..16)
            .map(|call| {
                let (store, login) = (Arc::clone(&nodes[call % 2]), login.clone());
                let command = move |tx: &mut dyn FleetTx| {
                    if tx.login_exists(&login)? {
                        return Ok(false);
                    }
                    let mut phone = Row::new(Table::Phone);
                    let extension = format!("x{call}");
                    for (key, value) in
                        [("extension", &*extension), ("server_ip", "10.0.0.1"), ("phone_login", &*login)]
                    {
                        phone.set(key, format!("{value}{}", if key == "extension" { &*login } else { "" }));
                    }
                    tx.add_row(&phone)?;
                    Ok(true)
                };
                tokio::spawn(async move { store.write(command).await.unwrap() })
            })
            .collect();
        let mut added = 0;
        for call in calls {
            added += i32::from(call.await.unwrap());
        }
        assert_eq!(added, 1);
    }
    let phones: i64 = side_connection(server, &address).query_first("SELECT count(*) FROM phones").unwrap().unwrap();
    assert_eq!(phones, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_another_program_writes_while_the_old_one_is_digested_is_not_lost() {
    let Some(server) = mariadb::server() else { return };
    let address = server.database();
    let store = open(&address).unwrap();
    let mut other = side_connection(server, &address);
    other.query_drop("INSERT INTO vicidial_users (user, pass) VALUES ('1001', 'old')").unwrap();
    let mut runs = 0;
    let upgrade = move |tx: &mut dyn FleetTx| {
        runs += 1;
        let user = tx.user("1001")?.unwrap();
        if runs == 1 {
            other.query_drop("UPDATE vicidial_users SET pass = 'OLD' WHERE user = '1001'").unwrap();
        }
        if user.stored_password == StoredPassword::Plain("old".into()) {
            tx.store_password(
                &user,
                &NewPassword { plain: Password::new("secret"), digest: "$argon2id$old".into(), pass_hash: None },
            )?;
        }
        Ok(runs)
    };
    assert_eq!(store.write(upgrade).await.unwrap(), 2, "the second run saw the new password");
    let stored = store.read(|tx| tx.user("1001")).await.unwrap().unwrap().stored_password;
    assert_eq!(stored, StoredPassword::Plain("OLD".into()));
}

#[tokio::test]
async fn a_value_that_does_not_fit_its_column_is_refused_before_anything_is_written() {
    let Some(server) = mariadb::server() else { return };
    let address = server.database();
    drop(open(&address).unwrap());
    let narrow = "ALTER TABLE vicidial_users MODIFY email VARCHAR(10) CHARACTER SET utf8mb3 DEFAULT ''";
    side_connection(server, &address).query_drop(narrow).unwrap();
    let store = open(&address).unwrap();
    for (email, takes) in [("a@b.xample", true), ("a@b.example", false), ("ö@b", true), ("😀@b", false)] {
        let mut values = UserValues::default();
        values.set(UserColumn::CustomOne, "x".repeat(100));
        values.set(UserColumn::Email, email);
        let refused = store.read(move |tx| tx.first_too_long(&values)).await.unwrap();
        assert_eq!(refused, (!takes).then_some(UserColumn::Email), "{email}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_with_letters_that_the_column_lacks_finds_nothing() {
    let Some(server) = mariadb::server() else { return };
    let address = server.database();
    drop(open(&address).unwrap());
    let letters = "ALTER TABLE phones CONVERT TO CHARACTER SET utf8mb3;
        ALTER TABLE phones_alias CONVERT TO CHARACTER SET utf8mb3";
    server.run(address.rsplit_once('/').unwrap().1, letters);
    let store = open(&address).unwrap();
    let found = |tx: &mut dyn FleetTx| {
        Ok((tx.login_exists("team😀")?, tx.alias_exists("😀")?, tx.phones_with_login("😀")?, tx.alias("😀")?))
    };
    assert_eq!(store.read(found).await.unwrap(), (false, false, Vec::new(), None));
    assert_eq!(store.write_batchable(found).await.unwrap(), (false, false, Vec::new(), None));
    assert!(!store.read(|tx| tx.login_exists("tëam")).await.unwrap());
}

#[test]
fn nodes_that_start_together_create_the_tables_once() {
    let Some(server) = mariadb::server() else { return };
    let address = server.database();
    let nodes: Vec<_> = (0..4)
        .map(|_| {
            let address = address.clone();
            std::thread::spawn(move || open(&address).map(drop))
        })
        .collect();
    for node in nodes {
        node.join().unwrap().unwrap();
    }
    let versions: Vec<i64> = side_connection(server, &address).query("SELECT version FROM hotdesk_schema").unwrap();
    assert_eq!(versions, [open(&address).unwrap().version()]);
}

#[test]
fn tables_of_a_newer_hotdesk_and_of_other_programs_are_left_alone() {
    let Some(server) = mariadb::server() else { return };
    let newer = server.database();
    drop(open(&newer).unwrap());
    side_connection(server, &newer).query_drop("UPDATE hotdesk_schema SET version = 99").unwrap();
    open(&newer).map(drop).unwrap();
    side_connection(server, &newer).query_drop("UPDATE hotdesk_schema SET oldest = 99").unwrap();
    let refused = open(&newer).err().unwrap().to_string();
    assert!(refused.contains("version 99"), "{refused}");
    let foreign = server.database();
    side_connection(server, &foreign).query_drop("CREATE TABLE phones (extension VARCHAR(100))").unwrap();
    let refused = open(&foreign).err().unwrap().to_string();
    assert!(refused.contains("tables of another program"), "{refused}");
    let tables: Vec<String> = side_connection(server, &foreign).query("SHOW TABLES").unwrap();
    assert_eq!(tables, ["phones"]);
}

#[test]
fn a_server_that_cannot_be_used_is_named_without_the_password() {
    let Some(server) = mariadb::server() else { return };
    let address = server.database().replace("root@", "nobody:not-shown@");
    let refused = open(&address).err().unwrap().to_string();
    assert!(refused.contains("mariadb://nobody@127.0.0.1") && refused.contains("1045"), "{refused}");
    assert!(!refused.contains("not-shown"), "{refused}");
}

#[tokio::test]
async fn with_a_file_of_authorities_only_a_server_with_their_certificate_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let made = || rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (own, other) = (made(), made());
    let certificate = file("own.pem", own.cert.pem());
    let options = [
        format!("--ssl-cert={certificate}"),
        format!("--ssl-key={}", file("key.pem", own.signing_key.serialize_pem())),
    ];
    let options = options.each_ref().map(String::as_str);
    let Some(server) = Mariadb::start(tempfile::tempdir().unwrap(), &options) else { return };
    let address = server.database();
    let account =
        "CREATE USER desk@'127.0.0.1' IDENTIFIED BY 'secret' REQUIRE SSL; GRANT ALL ON *.* TO desk@'127.0.0.1'";
    server.run("mysql", account);
    let address = address.replace("root@", "desk:secret@");
    let refused = open(&address).err().unwrap().to_string();
    assert!(refused.contains("1045"), "this account is refused without TLS: {refused}");
    let refused = open(&format!("{address}?ca={}", file("other.pem", other.cert.pem()))).err().unwrap().to_string();
    assert!(refused.contains("certificate"), "{refused}");
    let store = open(&format!("{address}?ca={certificate}")).unwrap();
    add(&store, "one".into()).await.unwrap();
}

#[test]
fn no_look_up_of_a_request_scans_a_table() {
    let Some(server) = mariadb::server() else { return };
    let address = server.database();
    let store = open(&address).unwrap();
    let mut other = side_connection(server, &address);
    // The planner ignores indexes of nearly empty tables.
    other
        .query_drop(
            "INSERT INTO phones (extension, server_ip, login) SELECT seq, concat('10.0.0.', seq % 9), seq FROM seq_1_to_2000;
             INSERT INTO phones_alias (alias_id) SELECT seq FROM seq_1_to_2000;
             INSERT INTO vicidial_users (user) SELECT seq FROM seq_1_to_2000;
             INSERT INTO vicidial_live_agents (user, server_ip, extension)
                 SELECT seq, concat('10.0.0.', seq % 9), seq FROM seq_1_to_2000;
             INSERT INTO hotdesk_session (user, began, ended)
                 SELECT seq, now(), if(seq > 100, now(), NULL) FROM seq_1_to_2000;
             ANALYZE TABLE phones, phones_alias, vicidial_users, vicidial_live_agents, hotdesk_session",
        )
        .unwrap();
    drop(store);
    let mut other = side_connection(server, &address);
    for look_up in [
        "SELECT 1 FROM phones WHERE login = '7'",
        "SELECT 1 FROM phones WHERE extension = '7' AND server_ip = '10.0.0.7'",
        "SELECT login FROM phones WHERE extension = '7' AND protocol = 'SIP'",
        "SELECT 1 FROM phones_alias WHERE alias_id = '7'",
        "SELECT 1 FROM vicidial_users WHERE user = '7'",
        "SELECT 1 FROM vicidial_live_agents WHERE user = '7'",
        "SELECT user FROM vicidial_live_agents WHERE server_ip = '10.0.0.7' AND extension = '7'",
        "SELECT 1 FROM hotdesk_session WHERE user = '7' AND ended IS NULL",
    ] {
        let steps: Vec<mysql::Row> = other.query(format!("EXPLAIN {look_up}")).unwrap();
        let scanned = steps.iter().map(|step| step.get::<Option<u64>, _>("rows").unwrap().unwrap_or(1)).max().unwrap();
        assert!(scanned < 10, "{look_up}: {scanned} rows");
    }
    // Pages of the panel are in the order of an index, so that no more rows are read than shown.
    for page in [
        "WHERE login >= '7' AND login < '8' AND (login > '7' OR (extension, server_ip) >
             (SELECT extension, server_ip FROM phones WHERE login = '7' AND crc32(extension) = 7 LIMIT 1))
         ORDER BY login, extension, server_ip",
        "WHERE extension >= '7' ORDER BY extension, server_ip",
    ] {
        let steps: Vec<mysql::Row> = other.query(format!("EXPLAIN SELECT * FROM phones {page} LIMIT 5")).unwrap();
        let extra = |step: &mysql::Row| step.get::<Option<String>, _>("Extra").unwrap().unwrap_or_default();
        assert!(!steps.iter().any(|step| extra(step).contains("filesort")), "{page}: {steps:?}");
    }
}
