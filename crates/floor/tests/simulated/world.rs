//! A simulated world of dialers, agents and a floor, and its random events.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dialers::action::Account;
use dialers::call_id::{CallId, Owner};
use fleet::actor::{Actor, Source};
use fleet::login::PasswordCheck;
use fleet::password::StoredPassword;
use fleet::schema::{Row, Table};
use fleet::sessions::LogIn;
use fleet::sessions::timeline::EndReason;
use fleet::text::Alphabet;
use fleet::{Clock, Timestamp};
use floor::{DialerWatcher, Floor, LoggedIn, ManagerAddress, Options, WatchedDialer};
use store::Store;
use tokio::time::{Instant, sleep};

use crate::asterisk::{Asterisk, Behaviour, Client, Condition};
use crate::rng::{SharedRng, TestRng};

pub const DIALERS: usize = 5;
pub const AGENTS: usize = 12;

/// The kinds of faults that occur.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    /// Limit of dialers that are unusable at the same time.
    pub at_once: usize,
    /// Some phones do not answer, and agents hang up.
    pub lines: bool,
    /// Hotdesk is killed and started again.
    pub kills: bool,
    /// Dialers change their address, are deleted and added again, and refuse the login for a while.
    pub rows: bool,
}

/// A supervisor.
fn boss() -> Actor {
    Actor { user: "boss".into(), ..Actor::command(Source::JsonApi) }
}

struct PausedClock(Instant);

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.0.elapsed().as_millis()).unwrap();
        Timestamp::from_unix_ms(1_795_239_060_000 + passed)
    }
}

/// Connects to the dialers of the world.
struct SimulatedWatcher {
    asterisks: BTreeMap<String, Arc<Asterisk>>,
    is_killed: Arc<AtomicBool>,
    owner: Owner,
}

impl DialerWatcher for SimulatedWatcher {
    fn watch(&self, name: &str, _: ManagerAddress<'_>, _: Account, calls: Vec<CallId>) -> Arc<dyn WatchedDialer> {
        Client::new(Arc::clone(&self.asterisks[name]), Arc::clone(&self.is_killed), self.owner, calls)
    }
}

pub struct World {
    pub seed: u64,
    pub faults: Faults,
    pub asterisks: BTreeMap<String, Arc<Asterisk>>,
    pub store: Arc<Store>,
    pub floor: Arc<Floor>,
    /// The agents who have logged in and not out, with their sessions.
    pub logged_in: BTreeMap<usize, i64>,
    /// The events so far, which a failed check prints.
    pub story: Vec<String>,
    rng: TestRng,
    start: Instant,
    is_killed: Arc<AtomicBool>,
}

impl World {
    pub async fn new(seed: u64, faults: Faults) -> Self {
        let start = Instant::now();
        let store = Arc::new(Store::in_memory(Arc::new(PausedClock(start))).unwrap());
        store.write(|tx| fleet_of(tx)).await.unwrap();
        let asterisks: BTreeMap<String, Arc<Asterisk>> =
            (0..DIALERS).map(|dialer| (server_ip(dialer), Asterisk::new())).collect();
        let is_killed = Arc::new(AtomicBool::new(false));
        let floor = open(&store, seed, &asterisks, &is_killed).await;
        sleep(Duration::from_secs(2)).await;
        Self {
            seed,
            faults,
            asterisks,
            store,
            floor,
            logged_in: BTreeMap::new(),
            story: Vec::new(),
            rng: TestRng::new(seed),
            start,
            is_killed,
        }
    }

    /// Lets this many random events happen, up to six seconds apart, and checks the seats after each.
    pub async fn live(&mut self, events: usize) {
        for _ in 0..events {
            self.happen().await;
            let pause = [0, 3, 50, 400, 1000, 6000][self.rng.below(6)];
            sleep(Duration::from_millis(pause)).await;
            crate::check::seats_consistent(self);
        }
    }

    async fn happen(&mut self) {
        let agent = self.rng.below(AGENTS);
        let dialer = server_ip(self.rng.below(DIALERS));
        match self.rng.below(if self.faults.rows { 20 } else { 16 }) {
            0..=4 => self.log_in(agent).await,
            5 => self.log_out(agent).await,
            6 => {
                let session = self.logged_in.get(&agent).copied();
                self.note(&format!("a{agent} is moved"));
                if let Some(session) = session {
                    self.floor.move_agent(session, 0, boss()).await.unwrap();
                }
            }
            7 => {
                self.note(&format!("a{agent} wants to be rung again"));
                if let Some(session) = self.logged_in.get(&agent) {
                    self.floor.ring_again(*session).await.unwrap();
                }
            }
            // Only with `lines`: otherwise no agent may be lost, so some dialer must take agents.
            8 if self.faults.lines => {
                let draining = self.rng.below(3) == 0;
                self.note(&format!("{dialer} draining: {draining}"));
                self.floor.set_draining(&dialer, draining, boss()).await.unwrap();
            }
            9..=11 => self.break_or_mend(&dialer).await,
            12..=13 if self.faults.lines => {
                let behaviours = [
                    Behaviour::Answers,
                    Behaviour::Answers,
                    Behaviour::Rejects,
                    Behaviour::NeverAnswers,
                    Behaviour::Dead,
                    Behaviour::Unregistered,
                ];
                let behaviour = behaviours[self.rng.below(behaviours.len())];
                self.note(&format!("p{agent} on {dialer}: {behaviour:?}"));
                self.asterisks[&dialer].lines.lock().unwrap().insert(format!("p{agent}"), behaviour);
            }
            14 if self.faults.lines => self.hang_up(agent),
            15 if self.faults.kills => self.kill().await,
            16 | 17 => self.change_address(&dialer).await,
            18 => self.delete_or_add(&dialer).await,
            19 => self.toggle_refusal(&dialer).await,
            _ => {}
        }
    }

    fn note(&mut self, what: &str) {
        self.story.push(format!("{:?} {what}", self.start.elapsed()));
    }

    async fn log_in(&mut self, agent: usize) {
        let password_check = PasswordCheck::Right(StoredPassword::Plain("apass".into()));
        let login = LogIn {
            phone_login: format!("team{agent}"),
            phone_pass: "secret".into(),
            user: format!("a{agent}"),
            campaign: String::new(),
            from: IpAddr::V4(Ipv4Addr::LOCALHOST),
            alphabet: Alphabet::Latin,
        };
        match self.floor.log_in(login, password_check).await.unwrap() {
            LoggedIn::Seated(seated) => {
                self.note(&format!(
                    "a{agent} logs in: session {} on {}",
                    seated.session.session_id, seated.session.server_ip
                ));
                self.logged_in.insert(agent, seated.session.session_id);
            }
            LoggedIn::NoPhone(_) => self.note(&format!("a{agent} finds no phone")),
            other => unreachable!("{other:?}"),
        }
    }

    async fn log_out(&mut self, agent: usize) {
        self.note(&format!("a{agent} logs out"));
        if let Some(session) = self.logged_in.remove(&agent) {
            self.floor.log_out(session, EndReason::LoggedOut).await.unwrap();
        }
    }

    async fn break_or_mend(&mut self, dialer: &str) {
        let asterisk = Arc::clone(&self.asterisks[dialer]);
        let condition = *asterisk.condition.borrow();
        if condition != Condition::Alive {
            self.note(&format!("{dialer} comes back"));
            asterisk.condition.send_replace(Condition::Alive);
            return;
        }
        if self.unusable().await >= self.faults.at_once {
            return;
        }
        if self.rng.below(2) == 0 {
            self.note(&format!("{dialer} dies"));
            asterisk.die();
        } else {
            self.note(&format!("{dialer} freezes"));
            asterisk.condition.send_replace(Condition::Frozen);
        }
    }

    /// Changes the address of a dialer's manager interface.
    async fn change_address(&mut self, dialer: &str) {
        let host = ["127.0.0.1", "127.1"][self.rng.below(2)];
        self.note(&format!("{dialer} is at {host}"));
        let mut row = Row::new(Table::Dialer);
        row.set("server_ip", dialer.to_owned());
        row.set("telnet_host", host.to_owned());
        if self.has_row(dialer).await {
            self.store.write(move |tx| tx.change_row(&row)).await.unwrap();
        }
    }

    /// Number of dialers that can take no agents.
    async fn unusable(&self) -> usize {
        let mut unusable = 0;
        for (server_ip, asterisk) in &self.asterisks {
            let is_alive = *asterisk.condition.borrow() == Condition::Alive;
            unusable += usize::from(!is_alive || !self.has_row(server_ip).await);
        }
        unusable
    }

    async fn has_row(&self, dialer: &str) -> bool {
        let address = dialer.to_owned();
        self.store.read(move |tx| tx.dialer(&address)).await.unwrap().is_some()
    }

    async fn delete_or_add(&mut self, dialer: &str) {
        let row = row_of(dialer);
        if self.has_row(dialer).await {
            if self.unusable().await >= self.faults.at_once {
                return;
            }
            self.note(&format!("{dialer} is deleted"));
            self.store.write(move |tx| tx.remove_row(&row)).await.unwrap();
        } else {
            self.note(&format!("{dialer} is added again"));
            self.store.write(move |tx| tx.add_row(&row)).await.unwrap();
        }
    }

    /// Makes a dialer refuse Hotdesk's login, or accept it again.
    async fn toggle_refusal(&mut self, dialer: &str) {
        let condition = *self.asterisks[dialer].condition.borrow();
        let next = match condition {
            Condition::Alive if self.unusable().await < self.faults.at_once => Condition::Refuses,
            Condition::Refuses => Condition::Alive,
            Condition::Alive | Condition::Frozen | Condition::Dead => return,
        };
        self.note(&format!("{dialer}: {next:?}"));
        self.asterisks[dialer].condition.send_replace(next);
    }

    /// Hangs up an agent's calls on every dialer.
    fn hang_up(&mut self, agent: usize) {
        self.note(&format!("a{agent} hangs up"));
        for asterisk in self.asterisks.values() {
            let calls = asterisk.calls.lock().unwrap();
            for (call_id, _) in calls.iter().filter(|(_, call)| call.line == format!("p{agent}")) {
                asterisk.end(CallId::read(call_id).unwrap());
            }
        }
    }

    /// Kills Hotdesk, and starts it again after a while.
    async fn kill(&mut self) {
        self.note("Hotdesk is killed");
        self.is_killed.store(true, Ordering::SeqCst);
        self.floor.close();
        sleep(Duration::from_millis([0, 100, 4000][self.rng.below(3)])).await;
        self.is_killed = Arc::new(AtomicBool::new(false));
        let run = self.rng.next();
        self.floor = open(&self.store, run, &self.asterisks, &self.is_killed).await;
        self.note("Hotdesk is back");
    }

    /// Ends all faults, and waits until the floor is at rest.
    pub async fn calm_down(&mut self) {
        self.note("all faults end");
        for dialer in 0..DIALERS {
            if !self.has_row(&server_ip(dialer)).await {
                self.delete_or_add(&server_ip(dialer)).await;
            }
        }
        for (server_ip, asterisk) in &self.asterisks {
            asterisk.lines.lock().unwrap().clear();
            asterisk.condition.send_replace(Condition::Alive);
            self.floor.set_draining(server_ip, false, boss()).await.unwrap();
        }
        sleep(Duration::from_mins(3)).await;
    }

    pub async fn log_all_out(&mut self) {
        for agent in 0..AGENTS {
            self.log_out(agent).await;
        }
        sleep(Duration::from_secs(10)).await;
    }
}

async fn open(
    store: &Arc<Store>,
    run: u64,
    asterisks: &BTreeMap<String, Arc<Asterisk>>,
    is_killed: &Arc<AtomicBool>,
) -> Arc<Floor> {
    let rng = Arc::new(SharedRng(Mutex::new(TestRng::new(run))));
    let owner = Owner::new(rng.as_ref());
    let watcher = SimulatedWatcher { asterisks: asterisks.clone(), is_killed: Arc::clone(is_killed), owner };
    Floor::open(Arc::clone(store), Options::default(), Arc::new(watcher), owner, rng).await.unwrap()
}

pub fn server_ip(dialer: usize) -> String {
    format!("10.0.8.{dialer}")
}

/// Adds the dialers, agents and phones, as the API and fleet files do.
fn fleet_of(tx: &mut dyn fleet::FleetTx) -> Result<(), fleet::TxError> {
    for dialer in 0..DIALERS {
        tx.add_row(&row_of(&server_ip(dialer)))?;
    }
    for agent in 0..AGENTS {
        add(tx, Table::User, &[("user", &format!("a{agent}")), ("pass", "apass")])?;
        let mut logins = Vec::new();
        for dialer in 0..DIALERS {
            let login = format!("p{agent}d{dialer}");
            let phone = [
                ("extension", &*format!("p{agent}")),
                ("server_ip", &server_ip(dialer)),
                ("phone_login", &login),
                ("phone_pass", "secret"),
                ("protocol", "SIP"),
            ];
            add(tx, Table::Phone, &phone)?;
            logins.push(login);
        }
        add(tx, Table::Alias, &[("alias_id", &format!("team{agent}")), ("phone_logins", &logins.join(","))])?;
    }
    Ok(())
}

fn row_of(dialer: &str) -> Row {
    let mut row = Row::new(Table::Dialer);
    for (key, value) in [("server_ip", dialer), ("telnet_host", "127.0.0.1"), ("ASTmgrUSERNAME", "hotdesk")] {
        row.set(key, value.to_owned());
    }
    row
}

fn add(tx: &mut dyn fleet::FleetTx, section: Table, values: &[(&str, &str)]) -> Result<(), fleet::TxError> {
    let mut entry = Row::new(section);
    for (key, value) in values {
        entry.set(key, (*value).to_owned());
    }
    tx.add_row(&entry)
}
