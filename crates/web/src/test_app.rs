//! Application for unit tests, on a database in memory.

use std::sync::Arc;
use std::time::Duration;

use dialers::call_id::Owner;
use dialers::dialer::Timing;
use fleet::schema::{Row, Table};
use fleet::{Clock, Rng, Timestamp};
use floor::{AmiWatcher, Driver, Floor, Options};
use store::Store;
use webhooks::Dispatcher;

use crate::{App, Dialect, Proxies, Settings};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(1_795_239_060)
    }
}

impl Rng for Still {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// An application with one dialer, which is not watched.
pub(crate) async fn app() -> Arc<App> {
    let store = Arc::new(Store::in_memory(Arc::new(Still)).unwrap());
    store
        .write(|tx| {
            let mut dialer = Row::new(Table::Dialer);
            dialer.set("server_ip", "10.0.9.8".into());
            dialer.set("server_id", "dialer-a".into());
            tx.add_row(&dialer)
        })
        .await
        .unwrap();
    let owner = Owner::new(&Still);
    let watch = Arc::new(AmiWatcher { owner, timing: Timing::default(), rng: Arc::new(Still), authorities: None });
    let options = Options { driver: Driver::Queue, ..Options::default() };
    let floor = Floor::open(Arc::clone(&store), options, watch, owner, Arc::new(Still)).await.unwrap();
    let settings = Settings {
        replies: Dialect::Documented,
        upgrade_passwords: false,
        proxies: Proxies::default(),
        client_timeout: Duration::from_secs(15),
        upstream: None,
        mailer: None,
        api_rate: 0,
        effective: Vec::new(),
    };
    let dispatcher =
        Dispatcher::open(Arc::clone(&store), Arc::clone(&floor), &webhooks::Settings::default(), &Still).unwrap();
    App::new(store, floor, dispatcher, settings, Arc::new(Still))
}
