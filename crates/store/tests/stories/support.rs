//! A database in a folder of its own, with a clock that only the test moves.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use fleet::command::{Call, Need, Prepared, carry_out};
use fleet::field::{Field, FieldId, Fields, Function, Reader, Source, UserName};
use fleet::login::Proof;
use fleet::password::StoredPassword;
use fleet::seating::{Sight, Unwatched};
use fleet::text::Alphabet;
use fleet::{Clock, Command, Ending, Moment};
use store::{Options, Store};

/// A clock that stands still until it is moved.
pub struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment::from_unix(self.0.load(Ordering::SeqCst))
    }
}

impl TestClock {
    pub fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

/// A store with an administrator 6666 / 1234, three dialers and the phones 100a, 100b and 100c.
pub struct House {
    pub store: Arc<Store>,
    pub clock: Arc<TestClock>,
    folder: tempfile::TempDir,
}

impl House {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(1_795_239_060)));
        let options = Options { path: folder.path().join("fleet.db") };
        let store = Arc::new(Store::open(&options, Arc::clone(&clock) as Arc<dyn Clock>).unwrap());
        let house = Self { store, clock, folder };
        house.sql(
            "INSERT INTO servers (server_id, server_ip) VALUES ('a', '10.0.9.8'), ('b', '10.0.9.9'), ('c', '10.0.9.10');
             INSERT INTO phones (extension, server_ip, login) VALUES ('100', '10.0.9.8', '100a'),
                 ('100', '10.0.9.9', '100b'), ('100', '10.0.9.10', '100c');
             INSERT INTO vicidial_users (user, pass, user_level, vdc_agent_api_access, ast_admin_access, ast_delete_phones)
             VALUES ('6666', '1234', 9, '1', '1', '1');",
        );
        house
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("fleet.db")
    }

    fn connection(&self) -> rusqlite::Connection {
        let connection = rusqlite::Connection::open(self.path()).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
        connection
    }

    /// What another program does to the database.
    pub fn sql(&self, statements: &str) {
        self.connection().execute_batch(statements).unwrap();
    }

    /// One number or text that another program reads.
    pub fn ask<T: rusqlite::types::FromSql>(&self, question: &str) -> T {
        self.connection().query_row(question, [], |row| row.get(0)).unwrap()
    }

    /// Calls the API as 6666 with the right password.
    pub async fn call(&self, function: &str, fields: &[(FieldId, &str)]) -> Ending {
        let proof = Proof::Right(StoredPassword::Plain("1234".into()));
        self.call_as("6666", proof, function, fields).await
    }

    pub async fn call_as(&self, user: &str, proof: Proof, function: &str, fields: &[(FieldId, &str)]) -> Ending {
        self.call_seen_by(Arc::new(Unwatched), user, proof, function, fields).await
    }

    pub async fn call_seen_by(
        &self,
        sight: Arc<dyn Sight>,
        user: &str,
        proof: Proof,
        function: &str,
        fields: &[(FieldId, &str)],
    ) -> Ending {
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
        self.store.write(move |tx| carry_out(tx, &call, &proof, sight.as_ref())).await.unwrap()
    }
}

impl House {
    /// What the server makes ready before the transaction.
    async fn prepare(&self, command: &Command) -> Prepared {
        match command.needs() {
            Some(Need::Digest(_)) => Prepared::Digest(StoredPassword::Digest("$argon2id$new".into())),
            Some(Need::Agents { with_pauses }) => {
                let agents = self.store.read(move |tx| tx.live_agents(with_pauses)).await.unwrap();
                Prepared::Agents(agents.into_iter().map(Arc::new).collect())
            }
            None => Prepared::Nothing,
        }
    }
}

/// Fields as a test names them.
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
