//! HTTP in and out. All text that a client reads is here, and nothing below knows it.

pub mod address;
mod admin;
pub mod agent;
mod authorization;
mod days;
pub mod dialer_files;
pub mod doorkeeper;
mod doorstep;
mod entry;
mod form;
mod front;
pub mod health;
mod history;
pub mod local;
mod login;
pub mod metrics;
pub mod non_agent_api;
mod origin;
pub mod params;
pub mod patience;
mod problem;
mod rest;
mod routes;
pub mod running;
pub mod server;
mod softphone;
mod stream;
pub mod target;
mod token_door;
mod trouble;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use fleet::sessions::SessionKey;
use fleet::{Rng, Timestamp};
use floor::Floor;
use store::Store;
use tokio::sync::{OnceCell, Semaphore, watch};
use webhooks::Courier;

use agent::places::Places;
use doorkeeper::Doorkeeper;
use doorstep::Doorstep;
use metrics::Metrics;
pub use non_agent_api::dialect::Dialect;
pub use non_agent_api::upstream::Upstream;
pub use routes::Route;
use routes::routes;
use token_door::TokenDoor;

/// How many may watch the events at a time: each keeps a connection.
const WATCHERS: usize = 1024;

/// How many sidecars may wait at a time for a dialer's files to change: places of their own, so that the floor's watchers keep theirs.
const SIDECARS: usize = 1024;

/// How the doors behave.
#[derive(Debug, Clone)]
pub struct Settings {
    /// In which dialect replies are written, unless a request asks for the other.
    pub replies: Dialect,
    /// Whether a plain password is replaced by its digest at the first good login.
    pub upgrade_passwords: bool,
    /// Peers whose `Forwarded` and `X-Forwarded-For` headers are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// How long a client may take to send a request, to take an answer, or to rest between two requests.
    pub client_timeout: Duration,
    /// Who gets the calls of functions that Hotdesk does not have.
    pub upstream: Option<Upstream>,
    /// How many requests a second a caller of the JSON API may make; 0 for any number.
    pub api_rate: u32,
    /// What the server was started with, to be shown.
    pub told: Vec<running::Setting>,
}

/// Everything that requests share.
pub struct App {
    store: Arc<Store>,
    floor: Arc<Floor>,
    /// Delivers to webhooks.
    courier: Arc<Courier>,
    settings: Settings,
    doorkeeper: Arc<Doorkeeper>,
    rng: Arc<dyn Rng>,
    doorstep: Doorstep,
    /// What is remembered of tokens that were shown.
    token_door: TokenDoor,
    /// How fast each caller of the JSON API asks.
    pace: rest::Pace,
    /// Places for those who watch the events.
    watchers: Arc<Semaphore>,
    /// Places for agents' pages.
    desks: Arc<Places>,
    /// Whose turn it is to write a dialer's configuration files.
    files_turn: Semaphore,
    /// Places for those who wait for them.
    sidecars: Semaphore,
    /// Whether the server stops: whoever waits for something waits no more.
    stopping: watch::Sender<bool>,
    /// Told whenever a visit of the panel was ended here.
    put_out: watch::Sender<()>,
    metrics: Metrics,
    /// What the panel's watchers were shown.
    shown: admin::Shown,
    started: Timestamp,
    next_request: AtomicU64,
    /// What stands behind the versions of rows with secrets, so that nobody can guess those from them.
    version_key: String,
    /// The same for the tags of rows, which last longer than this run; looked up when it is first needed.
    tag_key: OnceCell<String>,
}

impl App {
    /// An application on this floor.
    #[must_use]
    pub fn new(
        store: Arc<Store>,
        floor: Arc<Floor>,
        courier: Arc<Courier>,
        settings: Settings,
        rng: Arc<dyn Rng>,
    ) -> Arc<Self> {
        let mut first_request = [0; 8];
        rng.fill(&mut first_request);
        let version_key = SessionKey::new(rng.as_ref()).digest();
        Arc::new(Self {
            doorkeeper: Arc::new(Doorkeeper::new(Arc::clone(&store), settings.upgrade_passwords, Arc::clone(&rng))),
            rng,
            doorstep: Doorstep::default(),
            token_door: TokenDoor::default(),
            pace: rest::Pace::new(settings.api_rate),
            watchers: Arc::new(Semaphore::new(WATCHERS)),
            desks: Arc::default(),
            files_turn: Semaphore::new(1),
            sidecars: Semaphore::new(SIDECARS),
            stopping: watch::Sender::new(false),
            put_out: watch::Sender::new(()),
            metrics: Metrics::new(),
            shown: admin::Shown::default(),
            started: store.now(),
            next_request: AtomicU64::new(u64::from_le_bytes(first_request)),
            version_key,
            tag_key: OnceCell::new(),
            store,
            floor,
            courier,
            settings,
        })
    }

    /// For how many seconds this address must wait before anybody may log in from it, if it must. Failures on other nodes count.
    fn must_wait(&self, from: IpAddr) -> Option<u64> {
        let now = self.store.now();
        for from in self.floor.failed_elsewhere() {
            self.doorstep.failed_from(from, now);
        }
        self.doorstep.must_wait(from, now)
    }

    /// A login from this address failed.
    fn login_failed(&self, from: IpAddr) {
        self.doorstep.failed_from(from, self.store.now());
        self.floor.login_failed(from);
    }

    /// A number for a request, to find it in the log again.
    fn request_id(&self) -> String {
        format!("{:016x}", self.next_request.fetch_add(1, Ordering::Relaxed))
    }
}

routes! { "";
    any "/vicidial/non_agent_api.php" => non_agent_api::answer;
    any "/agc/vicidial.php" => agent::answer;
    get "/agc/events" => agent::events::stream;
    get "/" => front::show;
    get "/assets/{version}/{name}" => admin::assets::show;
    get "/setup/{key}" => softphone::ask;
    post "/setup/{key}" => softphone::show;
    get "/setup/{key}/linphone.xml" => softphone::linphone;
    get "/api/v1" => rest::reference::lead;
    get "/api/v1/" => rest::reference::show;
    get "/healthz" => health::alive;
    get "/readyz" => health::ready;
    get "/metrics" => metrics::show;
}

/// All addresses that answer, as a router.
pub fn router(app: Arc<App>) -> Router {
    let routed = routed().nest("/api/v1", rest::router(&app)).merge(admin::router(&app));
    routed.fallback(front::nothing).with_state(app)
}

/// The description of the JSON API, for programs (OpenAPI 3.1).
#[must_use]
pub fn openapi() -> &'static str {
    rest::document()
}

/// All addresses that answer, as a list.
pub fn all_routes() -> impl Iterator<Item = Route> {
    [ROUTES, rest::ROUTES, admin::ROUTES].into_iter().flatten().copied()
}
