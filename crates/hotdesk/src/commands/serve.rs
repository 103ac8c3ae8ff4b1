//! `hotdesk serve`.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use dialers::call_id::Owner;
use dialers::dialer::Timing;
use floor::{AmiWatcher, Floor};
use store::Store;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use web::App;
use webhooks::Dispatcher;

use crate::config::ServeConfig;
use crate::failure::Failure;
use crate::output;
use crate::retention;
use crate::system::{SystemClock, SystemEntropy};

/// How long the server waits for dialers before it reports that it is ready: a login before their health is
/// known would be refused.
const DIALER_TIMEOUT: Duration = Duration::from_secs(1);

/// Additions of a command to the server.
#[derive(Default)]
pub struct Companion {
    /// Printed once the server accepts requests.
    pub banner: String,
    /// Aborted when the server stops.
    pub tasks: JoinSet<()>,
}

/// Runs the server until it is stopped.
pub fn run(config: &ServeConfig) -> Result<ExitCode, Failure> {
    run_with(config, |_, _| Companion::default())
}

/// Runs the server until it is stopped, with a companion that is created from its address and its floor.
pub fn run_with(
    config: &ServeConfig,
    companion: impl FnOnce(SocketAddr, &Arc<Floor>) -> Companion,
) -> Result<ExitCode, Failure> {
    let levels: Targets = config
        .log
        .parse()
        .map_err(|error| Failure::Setting { setting: "log", reason: format!("`{}`: {error}", config.log) })?;
    // A log that cannot be written, on a full disk for example, must not end the thread that writes to it.
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
    tracing_subscriber::registry().with(levels).with(lines).init();
    let store = Arc::new(Store::open(&config.database, Arc::new(SystemClock), &SystemEntropy)?);
    if config.upgrades_passwords && store.is_shared_with_vicidial() {
        return Err(Failure::Refused(
            "upgrade_passwords cannot be true on VICIdial's own tables, because VICIdial could not verify the digests: remove the \
             setting"
                .to_owned(),
        ));
    }
    // One core is left for the writer; with one thread per core they would compete with it.
    let others = std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(others).enable_all().build();
    let runtime = runtime.map_err(Failure::Runtime)?;
    runtime.block_on(serve(config, Arc::clone(&store), companion))?;
    store.close();
    Ok(ExitCode::SUCCESS)
}

async fn serve(
    config: &ServeConfig,
    store: Arc<Store>,
    companion: impl FnOnce(SocketAddr, &Arc<Floor>) -> Companion,
) -> Result<(), Failure> {
    config.retention.check(store.is_shared_with_vicidial())?;
    let refused = |source| Failure::Listen { address: config.listen.to_string(), source };
    let listener = TcpListener::bind(config.listen).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let floor = open_floor(config, Arc::clone(&store)).await?;
    floor.cluster().set_node_name(node_name(address));
    let retention = tokio::spawn(retention::run(Arc::clone(&store), Arc::clone(&floor), config.retention));
    let dispatcher = Dispatcher::open(Arc::clone(&store), Arc::clone(&floor), &config.webhooks, &SystemEntropy)?;
    let app = App::new(
        Arc::clone(&store),
        Arc::clone(&floor),
        Arc::clone(&dispatcher),
        config.web.clone(),
        Arc::new(SystemEntropy),
    );
    let mut terminated = signal(SignalKind::terminate()).map_err(Failure::Runtime)?;
    floor.wait_for_first_refresh(DIALER_TIMEOUT).await;
    let Companion { banner, mut tasks } = companion(address, &floor);
    output::write(&format!("ready: http://{address}\n{banner}"))?;
    let mut is_broken = false;
    let stop = async {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
            () = store.writer_ended() => is_broken = true,
        }
        tasks.abort_all();
        floor.step_down().await;
        tracing::info!("stopping after the accepted requests are finished");
    };
    web::serve(listener, app, stop).await;
    dispatcher.close().await;
    floor.leave().await;
    retention.abort();
    // A server that cannot write should be restarted instead of refusing every request.
    if is_broken {
        Err(Failure::Refused("the writer ended because of a bug in Hotdesk; see the log".to_owned()))
    } else {
        Ok(())
    }
}

/// Display name of this node among the nodes on one database: host name and port.
fn node_name(address: SocketAddr) -> String {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let machine =
        Some(machine.trim()).filter(|name| !name.is_empty()).map_or_else(|| address.ip().to_string(), str::to_owned);
    format!("{machine}:{}", address.port())
}

/// Opens the floor with the dialers in the database.
async fn open_floor(config: &ServeConfig, store: Arc<Store>) -> Result<Arc<Floor>, Failure> {
    let owner = Owner::new(&SystemEntropy);
    let authorities = config.authorities.clone();
    let watch = AmiWatcher { owner, timing: Timing::default(), rng: Arc::new(SystemEntropy), authorities };
    Ok(Floor::open(store, config.floor, Arc::new(watch), owner, Arc::new(SystemEntropy)).await?)
}
