//! Test harness: a floor with simulated dialers `d0`, `d1`, … and agents `a0`, `a1`, … Agent `aN` has an alias `teamN`
//! of one phone on each dialer, `pNd0`, `pNd1`, …, all registered.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dialers::action::{Account, Secret};
use dialers::call_id::Owner;
use dialers::dialer::Timing;
use dialers::line::Line;
use dialers::simulator::{Behaviour, Identity, LineScript, SimulatedDialer};
use dialers::tls::Authorities;
use fleet::actor::{Actor, Source};
use fleet::login::PasswordCheck;
use fleet::password::StoredPassword;
use fleet::sessions::LogIn;
use fleet::text::Alphabet;
use fleet::{Clock, Rng, Timestamp};
use floor::{AmiWatcher, Floor, LoggedIn, Options, Seated, SessionView};
use store::Store;
use tokio::time::{Instant, timeout};

/// Time limit of every wait; longer than anything here takes.
const WAIT_LIMIT: Duration = Duration::from_mins(1);

struct RealClock;

impl Clock for RealClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "the floor runs in real time here")]
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Timestamp::from_unix_ms(i64::try_from(since.as_millis()).unwrap())
    }
}

/// Deterministic random numbers for tests.
pub struct SeededRng(pub AtomicU64);

impl Rng for SeededRng {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let number = (number ^ (number >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(17);
            chunk.copy_from_slice(&number.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A floor with its dialers and its database.
pub struct Harness {
    pub floor: Mutex<Arc<Floor>>,
    pub dialers: Vec<SimulatedDialer>,
    folder: tempfile::TempDir,
    runs: AtomicU64,
    options: Options,
    authorities: Option<Authorities>,
}

impl Harness {
    /// A floor with this many dialers and agents. Every line answers after this time.
    pub async fn new(dialers: usize, agents: usize, answers_after: Duration) -> Self {
        Self::with(dialers, agents, answers_after, Options::default(), |_| ()).await
    }

    /// A floor with one dialer and one agent; the dialer's row requires TLS.
    pub async fn with_tls() -> Self {
        let certificate = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let pem = certificate.cert.pem() + &certificate.signing_key.serialize_pem();
        let authorities = Authorities::from_pem(pem.as_bytes(), Arc::new(RealClock)).unwrap();
        let tls = Some((Identity::from_pem(pem.as_bytes()).unwrap(), authorities));
        Self::build(1, 1, Duration::ZERO, Options::default(), tls, |sql| {
            sql.execute("INSERT INTO hotdesk_dialer (server_ip, ami_tls) VALUES (?1, 'Y')", [server_ip(0)]).unwrap();
        })
        .await
    }

    /// A floor with weighted dialers, with conferences for all agents on each. Every line answers at once.
    pub async fn weighted(weights: &[u32], agents: usize) -> Self {
        let entry: Vec<String> =
            weights.iter().enumerate().map(|(dialer, weight)| format!("{},{weight}", server_ip(dialer))).collect();
        let entry = entry.join("\n");
        Self::with(weights.len(), agents, Duration::ZERO, Options::default(), move |sql| {
            let numbers = "WITH RECURSIVE n(i) AS (VALUES (8600051) UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
                           INSERT INTO vicidial_conferences (conf_exten, server_ip) SELECT i, server_ip FROM n, servers";
            sql.execute(numbers, [8_600_051 + i64::try_from(agents).unwrap()]).unwrap();
            let weights = "INSERT INTO vicidial_settings_containers (container_id, container_entry)
                           VALUES ('AGENT_LOAD_BALANCING_WEIGHT', ?1)";
            sql.execute(weights, [&entry]).unwrap();
        })
        .await
    }

    pub async fn with(
        dialers: usize,
        agents: usize,
        after: Duration,
        options: Options,
        more: impl FnOnce(&rusqlite::Connection),
    ) -> Self {
        Self::build(dialers, agents, after, options, None, more).await
    }

    async fn build(
        dialers: usize,
        agents: usize,
        after: Duration,
        options: Options,
        tls: Option<(Identity, Authorities)>,
        more: impl FnOnce(&rusqlite::Connection),
    ) -> Self {
        let (identity, authorities) = tls.unzip();
        let account = Account { user: "hotdesk".to_owned(), secret: Secret::new("kept".to_owned()) };
        let script = LineScript::registered(Behaviour::Answers { after });
        let mut simulated = Vec::new();
        for _ in 0..dialers {
            let lines = (0..agents).map(|agent| (line(agent), script));
            let address = "127.0.0.1:0".parse().unwrap();
            let account = account.clone();
            let started = match identity.clone() {
                Some(identity) => SimulatedDialer::start_with_tls(address, identity, account, lines).await,
                None => SimulatedDialer::start(address, account, lines).await,
            };
            simulated.push(started.unwrap());
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fleet.db");
        let store = open(&path);
        let sql = rusqlite::Connection::open(&path).unwrap();
        sql.execute_batch("BEGIN").unwrap();
        for (number, dialer) in simulated.iter().enumerate() {
            sql.execute(
                "INSERT INTO servers (server_id, server_ip, telnet_host, telnet_port, ASTmgrUSERNAME, ASTmgrSECRET)
                 VALUES (?1, ?2, '127.0.0.1', ?3, 'hotdesk', 'kept')",
                (format!("d{number}"), server_ip(number), dialer.address().port()),
            )
            .unwrap();
        }
        for agent in 0..agents {
            sql.execute("INSERT INTO vicidial_users (user, pass) VALUES (?1, 'apass')", [format!("a{agent}")]).unwrap();
            let logins: Vec<String> = (0..dialers).map(|dialer| format!("p{agent}d{dialer}")).collect();
            let alias = (format!("team{agent}"), logins.join(","));
            sql.execute("INSERT INTO phones_alias (alias_id, logins_list) VALUES (?1, ?2)", alias).unwrap();
            for (dialer, login) in logins.iter().enumerate() {
                let phone = (format!("p{agent}"), server_ip(dialer), login);
                sql.execute(
                    "INSERT INTO phones (extension, server_ip, login, pass) VALUES (?1, ?2, ?3, 'secret')",
                    phone,
                )
                .unwrap();
            }
        }
        more(&sql);
        sql.execute_batch("COMMIT").unwrap();
        let floor = Mutex::new(floor(store, 1, options, authorities.clone()).await);
        let harness = Self { floor, dialers: simulated, folder, runs: AtomicU64::new(2), options, authorities };
        harness
            .until(|harness| {
                harness.floor().dialers().iter().filter(|view| view.health == "healthy").count() == dialers
            })
            .await;
        harness.until(Harness::lines_are_known).await;
        harness
    }

    fn lines_are_known(&self) -> bool {
        use fleet::dialer_status::Registration;
        let live_status = self.floor().live_status();
        (0..self.dialers.len())
            .all(|dialer| live_status.registration(&server_ip(dialer), "SIP/p0") != Registration::Unknown)
    }

    pub fn floor(&self) -> Arc<Floor> {
        Arc::clone(&self.floor.lock().unwrap())
    }

    /// Closes the floor without any cleanup, as a killed process would, and opens it again.
    pub async fn restart(&self) {
        self.restart_trusting(self.authorities.clone()).await;
    }

    /// The same, with other trusted authorities from now on.
    pub async fn restart_trusting(&self, authorities: Option<Authorities>) {
        self.restart_while(authorities, || ()).await;
    }

    /// The same; `happens` runs while the floor is closed.
    pub async fn restart_while(&self, authorities: Option<Authorities>, happens: impl FnOnce()) {
        self.floor().close();
        happens();
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let next = floor(open(&self.folder.path().join("fleet.db")), run, self.options, authorities).await;
        *self.floor.lock().unwrap() = next;
    }

    /// A separate connection to the database.
    pub fn sql(&self) -> rusqlite::Connection {
        let sql = rusqlite::Connection::open(self.folder.path().join("fleet.db")).unwrap();
        sql.busy_timeout(WAIT_LIMIT).unwrap();
        sql
    }

    /// A store on the floor's database.
    pub fn store(&self) -> Arc<Store> {
        open(&self.folder.path().join("fleet.db"))
    }

    /// Reads one value from the database.
    pub fn ask<T: rusqlite::types::FromSql>(&self, question: &str) -> T {
        self.sql().query_row(question, [], |row| row.get(0)).unwrap()
    }

    /// Logs an agent in with the agent's alias. Does not wait for the phone.
    pub async fn log_in(&self, agent: usize) -> Seated {
        match self.try_log_in(login(agent)).await {
            LoggedIn::Seated(seated) => *seated,
            other => unreachable!("{other:?}"),
        }
    }

    pub async fn try_log_in(&self, login: LogIn) -> LoggedIn {
        let password_check = PasswordCheck::Right(StoredPassword::Plain("apass".into()));
        self.floor().log_in(login, password_check).await.unwrap()
    }

    /// Logs an agent in and waits until the phone is answered or the session ends.
    pub async fn arrive(&self, agent: usize) -> SessionView {
        let session_id = self.log_in(agent).await.session.session_id;
        self.settled(session_id).await
    }

    pub async fn settled(&self, session_id: i64) -> SessionView {
        timeout(WAIT_LIMIT, self.floor().settled(session_id)).await.unwrap().unwrap()
    }

    pub fn session(&self, session_id: i64) -> SessionView {
        self.floor().session(session_id).unwrap().0
    }

    /// Waits until this condition holds, and returns the time at which it did.
    pub async fn until(&self, holds: impl Fn(&Self) -> bool) -> Instant {
        let wait = async {
            // Polled, because some conditions cause no event.
            let mut poll = tokio::time::interval(Duration::from_millis(2));
            while !holds(self) {
                poll.tick().await;
            }
        };
        let is_met = timeout(WAIT_LIMIT, wait).await.is_ok();
        let calls: Vec<usize> = self.dialers.iter().map(|dialer| dialer.calls().len()).collect();
        assert!(is_met, "calls {calls:?}, {:#?}", self.floor().snapshot().0.dialers);
        Instant::now()
    }

    /// How many open sessions are in this state.
    pub fn count(&self, state: &str) -> usize {
        self.floor().snapshot().0.sessions.iter().filter(|session| session.state == state).count()
    }

    /// The timeline of a session, each step as its name, cause, phone, result and end reason.
    pub fn timeline(&self, session_id: i64) -> Vec<String> {
        let trail: String = self.ask(&format!("SELECT trail FROM hotdesk_session WHERE session_id = {session_id}"));
        let step = |line: &str| {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            let more = [&entry["cause"], &entry["phone_login"], &entry["how"]["end"], &entry["reason"]];
            let more: Vec<String> = more.into_iter().map(text).filter(|text| !text.is_empty()).collect();
            format!("{} {}", text(&entry["what"]), more.join(" "))
        };
        trail.lines().map(step).collect()
    }
}

fn open(path: &std::path::Path) -> Arc<Store> {
    Arc::new(
        Store::open(&store::Location::File(path.to_owned()), Arc::new(RealClock), &SeededRng(AtomicU64::new(0)))
            .unwrap(),
    )
}

async fn floor(store: Arc<Store>, run: u64, options: Options, authorities: Option<Authorities>) -> Arc<Floor> {
    let rng = Arc::new(SeededRng(AtomicU64::new(run << 32)));
    let owner = Owner::new(rng.as_ref());
    let watch = AmiWatcher { owner, timing: Timing::default(), rng: Arc::clone(&rng) as Arc<dyn Rng>, authorities };
    Floor::open(store, options, Arc::new(watch), owner, rng).await.unwrap()
}

pub fn server_ip(dialer: usize) -> String {
    format!("10.0.8.{dialer}")
}

/// A supervisor.
pub fn boss() -> Actor {
    Actor { user: "boss".into(), ..Actor::command(Source::JsonApi) }
}

/// The line of an agent, the same on each dialer.
pub fn line(agent: usize) -> Line {
    Line::sip(&format!("p{agent}"))
}

/// The agent's login with the agent's alias.
pub fn login(agent: usize) -> LogIn {
    LogIn {
        phone_login: format!("team{agent}"),
        phone_pass: "secret".into(),
        user: format!("a{agent}"),
        campaign: String::new(),
        from: IpAddr::V4(Ipv4Addr::LOCALHOST),
        alphabet: Alphabet::Latin,
    }
}

pub const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
