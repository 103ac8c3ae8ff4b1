//! Fixture: a store on a new database, with a clock that the test moves.

use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use fleet::field::{Field, FieldId, Fields, Function, Reader, Source, UserName};
use fleet::login::PasswordCheck;
use fleet::non_agent_api::{Call, Need, Prepared, ResetMail, execute};
use fleet::password::{NewPassword, Password, StoredPassword};
use fleet::schema::{Row, Table};
use fleet::sessions::{LiveStatus, NoLiveStatus};
use fleet::text::Alphabet;
use fleet::{Clock, Command, FleetTx, OperationError, Outcome, Rng, Timestamp};
use mysql::prelude::Queryable;
use rusqlite::types::ValueRef;
use store::{Address, Location, Store};

use crate::{mariadb, vicidial_tables};

/// A clock that only the test moves.
pub struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }
}

impl TestClock {
    pub fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

/// Whether this run is on VICIdial's own tables.
pub const ON_VICIDIAL: bool = matches!(env!("CARGO_CRATE_NAME").as_bytes(), b"stories_on_vicidial");

/// Whether this run is on MariaDB.
const ON_MARIADB: bool = matches!(env!("CARGO_CRATE_NAME").as_bytes(), b"stories_on_mariadb") || ON_VICIDIAL;

/// What gives a new user a password in a row; where VICIdial verifies passwords, [`password_of`] does.
pub const USER_PASSWORD: (&str, &str) = if ON_VICIDIAL { ("custom_one", "x") } else { ("pass_hash", "$argon2id$x") };

/// The password of a changed row of users where VICIdial verifies passwords.
pub fn password_of(row: &Row) -> Option<NewPassword> {
    let made = || NewPassword { plain: Password::new("secret"), digest: "$argon2id$x".into(), pass_hash: None };
    (ON_VICIDIAL && row.table() == Table::User).then(made)
}

/// Another program's connection to the database of a fixture.
enum OtherProgram {
    Sqlite(rusqlite::Connection),
    Mariadb(mysql::Conn),
}

/// Randomness that is always zero.
pub struct Zeroes;

impl Rng for Zeroes {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

/// A store with an administrator 6666 / 1234, three dialers and the phones 100a, 100b and 100c.
pub struct Fixture {
    pub store: Arc<Store>,
    pub clock: Arc<TestClock>,
    other_program: Mutex<OtherProgram>,
    _folder: tempfile::TempDir,
}

impl Fixture {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(1_795_239_060)));
        let server = if ON_MARIADB { mariadb::server() } else { None };
        let (location, other_program) = if let Some(server) = server {
            let address = server.database();
            let (_, name) = address.rsplit_once('/').unwrap();
            if ON_VICIDIAL {
                server.run(name, &vicidial_tables::statements());
            }
            let other_program = OtherProgram::Mariadb(server.connect(name));
            (Location::Mariadb(Box::new(Address::parse(&address, None).unwrap())), other_program)
        } else {
            let path = folder.path().join("fleet.db");
            let other_program = rusqlite::Connection::open(&path).unwrap();
            other_program.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
            (Location::File(path), OtherProgram::Sqlite(other_program))
        };
        let store = Arc::new(Store::adopt(&location, Arc::clone(&clock) as Arc<dyn Clock>, &Zeroes).unwrap());
        let fixture = Self { store, clock, other_program: Mutex::new(other_program), _folder: folder };
        fixture.sql(
            "INSERT INTO servers (server_id, server_ip) VALUES ('a', '10.0.9.8'), ('b', '10.0.9.9'), ('c', '10.0.9.10');
             INSERT INTO phones (extension, server_ip, login) VALUES ('100', '10.0.9.8', '100a'),
                 ('100', '10.0.9.9', '100b'), ('100', '10.0.9.10', '100c');
             INSERT INTO vicidial_users (user, pass, user_level, vdc_agent_api_access, ast_admin_access, ast_delete_phones)
             VALUES ('6666', '1234', 9, '1', '1', '1');",
        );
        fixture
    }

    /// Whether the database ignores the letter case of letters beyond ASCII, regardless of the system settings.
    pub fn folds_every_letter(&self) -> bool {
        matches!(*self.other_program.lock().unwrap(), OtherProgram::Mariadb(_))
    }

    /// Executes a change that the rules may refuse.
    pub async fn save<T, R, F>(&self, change: F) -> Result<T, R>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: FnMut(&mut dyn FleetTx) -> Result<T, OperationError<R>> + Send + 'static,
    {
        let written = self.store.write_or_refuse(change).await;
        fleet::settle(written.map(Ok), Err).unwrap()
    }

    /// Executes statements as another program would.
    pub fn sql(&self, statements: &str) {
        match &mut *self.other_program.lock().unwrap() {
            OtherProgram::Sqlite(connection) => connection.execute_batch(statements).unwrap(),
            OtherProgram::Mariadb(connection) => {
                run(connection, statements);
                if ON_VICIDIAL {
                    run(connection, vicidial_tables::FILL_IN);
                }
            }
        }
    }

    /// Reads one number or text as another program would.
    pub fn ask<T: FromStr<Err: Debug>>(&self, question: &str) -> T {
        let answer: String = match &mut *self.other_program.lock().unwrap() {
            OtherProgram::Sqlite(connection) => connection
                .query_row(question, [], |row| {
                    Ok(match row.get_ref(0)? {
                        ValueRef::Integer(number) => number.to_string(),
                        other => other.as_str()?.to_owned(),
                    })
                })
                .unwrap(),
            OtherProgram::Mariadb(connection) => connection.query_first(question).unwrap().unwrap(),
        };
        answer.parse().unwrap()
    }

    /// Calls the API as 6666 with the right password.
    pub async fn call(&self, function: &str, fields: &[(FieldId, &str)]) -> Outcome {
        let password_check = PasswordCheck::Right(StoredPassword::Plain("1234".into()));
        self.call_as("6666", password_check, function, fields).await
    }

    pub async fn call_as(
        &self,
        user: &str,
        password_check: PasswordCheck,
        function: &str,
        fields: &[(FieldId, &str)],
    ) -> Outcome {
        self.call_seen_by(Arc::new(NoLiveStatus), user, password_check, function, fields).await
    }

    pub async fn call_seen_by(
        &self,
        live_status: Arc<dyn LiveStatus>,
        user: &str,
        password_check: PasswordCheck,
        function: &str,
        fields: &[(FieldId, &str)],
    ) -> Outcome {
        let sent = Sent(fields.iter().map(|(field, value)| (*field, (*value).to_owned())).collect());
        let function = Function::read(function.as_bytes(), Alphabet::Latin);
        let command = Command::read(&function, Reader::new(&sent, Alphabet::Latin));
        let call = Call {
            prepared: self.prepare(&command).await,
            command,
            function,
            user: UserName::read(user.as_bytes(), Alphabet::Latin),
            source: Source::read(b"test", Alphabet::Latin),
            from: IpAddr::V4(Ipv4Addr::LOCALHOST),
            alphabet: Alphabet::Latin,
        };
        let only_adds = call.command.only_adds();
        let work = move |tx: &mut dyn FleetTx| execute(tx, &call, &password_check, live_status.as_ref());
        if only_adds { self.store.write_batchable(work).await } else { self.store.write(work).await }.unwrap()
    }
}

impl Fixture {
    /// The server's preparation before the transaction.
    async fn prepare(&self, command: &Command) -> Prepared {
        match command.needs() {
            Some(Need::Digest(_)) => {
                let pass_hash = self.store.settings().hash_rule.map(|_| "new".to_owned());
                Prepared::Digest(NewPassword {
                    plain: Password::new("secret"),
                    digest: "$argon2id$new".into(),
                    pass_hash,
                })
            }
            Some(Need::Agents { with_pauses }) => {
                let agents = self.store.read(move |tx| tx.live_agents(with_pauses)).await.unwrap();
                Prepared::Agents(agents.into_iter().map(Arc::new).collect())
            }
            Some(Need::Rows) => {
                let command = command.clone();
                self.store.read(move |tx| command.read_rows(tx)).await.unwrap()
            }
            // As with `dialers = "queue"`.
            Some(Need::CallId) => Prepared::CallId(None),
            Some(Need::Reset { .. }) => {
                let digest =
                    NewPassword { plain: Password::new("secret"), digest: "$argon2id$sent".into(), pass_hash: None };
                Prepared::Reset(ResetMail::Sent("a@b.example".into(), digest))
            }
            None => Prepared::Nothing,
        }
    }
}

/// Executes statements and checks the result of each.
fn run(connection: &mut mysql::Conn, statements: &str) {
    let mut results = connection.query_iter(statements).unwrap();
    while let Some(result) = results.iter() {
        result.for_each(|row| drop(row.unwrap()));
    }
}

/// Fields of a call, by id.
struct Sent(Vec<(FieldId, String)>);

impl Fields for Sent {
    fn raw(&self, field: FieldId) -> &[u8] {
        self.0.iter().find(|(known, _)| *known == field).map_or(b"", |(_, value)| value.as_bytes())
    }

    fn is_sent(&self, field: FieldId) -> bool {
        self.0.iter().any(|(known, _)| *known == field)
    }
}

/// The fields of an `add_phone_alias`.
pub fn alias<'a>(alias_id: &'a str, logins: &'a str) -> [(FieldId, &'a str); 3] {
    [(FieldId::AliasId, alias_id), (FieldId::AliasName, "name"), (FieldId::PhoneLogins, logins)]
}

/// The fields of an `add_phone`.
pub fn phone<'a>(extension: &'a str, server_ip: &'a str, login: &'a str) -> [(FieldId, &'a str); 11] {
    [
        (FieldId::Extension, extension),
        (FieldId::DialplanNumber, "100"),
        (FieldId::VoicemailId, "100"),
        (FieldId::PhoneLogin, login),
        (FieldId::PhonePass, "test"),
        (FieldId::ServerIp, server_ip),
        (FieldId::ProtocolName, "SIP"),
        (FieldId::RegistrationPassword, "test"),
        (FieldId::PhoneFullName, "name"),
        (FieldId::LocalGmt, "-5.00"),
        (FieldId::OutboundCid, "7275551212"),
    ]
}
