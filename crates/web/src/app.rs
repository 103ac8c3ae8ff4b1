//! Application state that all requests share.

use std::net::IpAddr;
use std::sync::Arc;

use fleet::sessions::SessionKey;
use fleet::text::Alphabet;
use fleet::{Rng, Timestamp};
use floor::Floor;
use store::Store;
use tokio::sync::{OnceCell, Semaphore, watch};
use webhooks::Dispatcher;

use crate::auth::login_throttle::LoginThrottle;
use crate::auth::password_verifier::PasswordVerifier;
use crate::auth::rate_limit::RateLimit;
use crate::auth::token_auth::TokenAuthenticator;
use crate::http::event_cache::EventCache;
use crate::http::request_id::RequestIds;
use crate::http::stream_slots::StreamSlots;
use crate::metrics::{Metrics, SystemState};
use crate::settings::Settings;

/// Maximum number of concurrent event streams of the floor; each occupies a connection.
pub(crate) const MAX_WATCHERS: usize = 1024;

/// Maximum number of sidecars that wait for a change of a dialer's files. The limit is separate from that of
/// the floor's event streams, so sidecars cannot use those up.
const MAX_SIDECARS: usize = 1024;

/// Application state that all requests share.
pub struct App {
    pub(crate) store: Arc<Store>,
    pub(crate) floor: Arc<Floor>,
    /// Delivers messages to webhooks.
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) settings: Settings,
    pub(crate) password_verifier: Arc<PasswordVerifier>,
    pub(crate) rng: Arc<dyn Rng>,
    pub(crate) login_throttle: LoginThrottle,
    pub(crate) token_auth: TokenAuthenticator,
    /// Rate limit of each caller of the JSON API.
    pub(crate) rate_limit: RateLimit,
    /// Slots for event streams of the floor.
    pub(crate) watcher_slots: Arc<Semaphore>,
    /// Slots for event streams of agents' pages.
    pub(crate) agent_page_slots: Arc<StreamSlots>,
    /// Held while a dialer's configuration files are written.
    pub(crate) file_writer: Semaphore,
    /// Slots for sidecars that wait for a change of their dialer's files.
    pub(crate) sidecar_slots: Semaphore,
    /// Whether the server is stopping; waiting requests then end.
    pub(crate) stopping: watch::Sender<bool>,
    /// Notified whenever an admin session is ended on this node.
    pub(crate) session_ended: watch::Sender<()>,
    pub(crate) metrics: Metrics,
    /// Events of the floor as the panel renders them.
    pub(crate) event_cache: EventCache,
    pub(crate) started: Timestamp,
    pub(crate) request_ids: RequestIds,
    /// Key of the version hashes of rows with secrets, so that nobody can guess the secrets from the hashes.
    pub(crate) version_key: String,
    /// Key of the rows' entity tags, which outlive this process; read from the database when first needed.
    pub(crate) tag_key: OnceCell<String>,
}

impl App {
    /// Creates the application state for a floor.
    #[must_use]
    pub fn new(
        store: Arc<Store>,
        floor: Arc<Floor>,
        dispatcher: Arc<Dispatcher>,
        settings: Settings,
        rng: Arc<dyn Rng>,
    ) -> Arc<Self> {
        let request_ids = RequestIds::new(rng.as_ref());
        let version_key = SessionKey::new(rng.as_ref()).digest();
        let verifier = PasswordVerifier::new(Arc::clone(&store), settings.upgrade_passwords, Arc::clone(&rng));
        let password_verifier = Arc::new(verifier);
        let metrics = Metrics::new(SystemState {
            store: Arc::clone(&store),
            floor: Arc::clone(&floor),
            dispatcher: Arc::clone(&dispatcher),
            password_verifier: Arc::clone(&password_verifier),
        });
        Arc::new(Self {
            password_verifier,
            rng,
            login_throttle: LoginThrottle::default(),
            token_auth: TokenAuthenticator::default(),
            rate_limit: RateLimit::new(settings.api_rate),
            watcher_slots: Arc::new(Semaphore::new(MAX_WATCHERS)),
            agent_page_slots: Arc::default(),
            file_writer: Semaphore::new(1),
            sidecar_slots: Semaphore::new(MAX_SIDECARS),
            stopping: watch::Sender::new(false),
            session_ended: watch::Sender::new(()),
            metrics,
            event_cache: EventCache::default(),
            started: store.now(),
            request_ids,
            version_key,
            tag_key: OnceCell::new(),
            store,
            floor,
            dispatcher,
            settings,
        })
    }

    /// The alphabet of names and passwords, by the system settings.
    pub(crate) fn alphabet(&self) -> Alphabet {
        self.store.settings().alphabet()
    }

    /// How many seconds the block of this address still lasts, if it is blocked. Failures on other nodes count too.
    pub(crate) fn retry_after_seconds(&self, from: IpAddr) -> Option<u64> {
        let now = self.store.now();
        for from in self.floor.cluster().take_remote_login_failures() {
            self.login_throttle.record_failure(from, now);
        }
        self.login_throttle.retry_after_seconds(from, now)
    }

    /// Records a failed login from this address.
    pub(crate) fn record_login_failure(&self, from: IpAddr) {
        self.login_throttle.record_failure(from, self.store.now());
        self.floor.report_login_failure(from);
    }
}
