//! `hotdesk sidecar`: keeps a dialer's configuration files in sync with a server.

mod asterisk;
mod client;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use fleet::backoff::Backoff;
use fleet::dialer_files::FileName;
use fleet::sessions::digest_of;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use crate::atomic_file;
use crate::cli;
use crate::failure::Failure;
use asterisk::{Asterisk, ReloadOutcome};
use client::{FileClient, FileList, FileReport};

/// Seconds that a request waits for a change.
const LONG_POLL_SECONDS: u64 = 25;

/// Seconds that a request waits for a change while Asterisk has not loaded all files.
const LONG_POLL_SECONDS_AFTER_ERROR: u64 = 5;

/// Back-off between attempts to reach the server.
const BACKOFF: Backoff = Backoff::doubling(Duration::from_millis(250), Duration::from_secs(30));

/// Syncs a dialer's files once, or until it is stopped.
pub fn run(args: &cli::SidecarArgs) -> Result<ExitCode, Failure> {
    let mut sidecar = Sidecar::new(args)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    runtime.block_on(async {
        if args.once {
            return sidecar.run_once().await;
        }
        let mut terminated = signal(SignalKind::terminate()).map_err(Failure::Runtime)?;
        // Files are replaced atomically, so this can be cancelled anywhere.
        tokio::select! {
            () = sidecar.run_forever() => {}
            _ = terminated.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// State of the sync.
struct Sidecar {
    client: FileClient,
    asterisk: Option<Asterisk>,
    folder: PathBuf,
    /// Files and versions of the server; empty if unknown.
    listed: FileList,
    version: String,
    /// Files that Asterisk must load; at the start all of them, since it is unknown which ones it has loaded.
    to_load: BTreeSet<FileName>,
    /// Errors of the last sync, by file.
    errors: BTreeMap<FileName, String>,
}

/// Message about files that could not be fetched or reported.
type SyncError = String;

impl Sidecar {
    fn new(args: &cli::SidecarArgs) -> Result<Self, Failure> {
        Ok(Self {
            client: FileClient::new(args)?,
            asterisk: args.ami.as_ref().map(|place| Asterisk::new(place, &args.ami_user)).transpose()?,
            folder: args.dir.clone(),
            listed: FileList::default(),
            version: String::new(),
            to_load: FileName::ALL.into(),
            errors: BTreeMap::new(),
        })
    }

    /// Syncs until the task is cancelled.
    async fn run_forever(&mut self) {
        let mut failures = 0;
        loop {
            let wait = if self.errors.is_empty() { LONG_POLL_SECONDS } else { LONG_POLL_SECONDS_AFTER_ERROR };
            match self.sync(wait).await {
                Ok(()) => failures = 0,
                Err(trouble) => {
                    failures += 1;
                    let pause = BACKOFF.pause(failures, 0);
                    eprintln!("hotdesk: {trouble}; the files are unchanged, next attempt in {pause:?}");
                    sleep(pause).await;
                }
            }
        }
    }

    async fn run_once(&mut self) -> Result<ExitCode, Failure> {
        self.sync(0).await.map_err(Failure::Refused)?;
        Ok(if self.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Waits for a change, fetches it, and reports the dialer's state.
    async fn sync(&mut self, wait: u64) -> Result<(), SyncError> {
        if let Some((version, listed)) = self.client.list(&self.version, wait).await? {
            (self.version, self.listed) = (version, listed);
        }
        // Also fetches files that another program has changed on disk.
        let mut loaded = self.fetch().await?;
        // Files that failed to load before; at the start also files that did not differ.
        loaded.extend(self.load().await);
        let reports = FileName::ALL.map(|name| FileReport {
            name: name.name(),
            digest: self.digest(name),
            loaded: loaded.contains(&name),
            error: self.errors.get(&name).cloned().unwrap_or_default(),
        });
        self.client.report(&reports).await
    }

    /// Digest of the file on disk; empty if it is missing.
    fn digest(&self, name: FileName) -> String {
        let text = std::fs::read_to_string(self.folder.join(name.name()));
        text.map(|text| digest_of(&text)).unwrap_or_default()
    }

    /// Fetches the files that differ, and loads each before it fetches the next one: the accounts come first,
    /// and the disk may be slow. Returns the loaded files.
    async fn fetch(&mut self) -> Result<BTreeSet<FileName>, SyncError> {
        let mut loaded = BTreeSet::new();
        let listed: Vec<_> = self.listed.files().collect();
        for (name, digest) in listed {
            if self.digest(name) == digest {
                continue;
            }
            let text = self.client.file(name).await?;
            match atomic_file::put(&self.folder, name.name(), text.as_bytes()) {
                Ok(()) => {
                    eprintln!("hotdesk: wrote {}", name.name());
                    self.errors.remove(&name);
                    self.to_load.insert(name);
                    loaded.extend(self.load().await);
                }
                Err(error) => self.fail(name, format!("cannot be written to {}: {error}", self.folder.display())),
            }
        }
        Ok(loaded)
    }

    /// Makes Asterisk load the files that it has not loaded yet. Returns the loaded files.
    async fn load(&mut self) -> BTreeSet<FileName> {
        let (Some(asterisk), false) = (&self.asterisk, self.to_load.is_empty()) else { return BTreeSet::new() };
        let mut loaded = BTreeSet::new();
        for (name, outcome) in asterisk.reload(&self.to_load).await {
            // An empty file needs no module, and not every dialer has voicemail.
            let may_be_without = || name == FileName::Voicemail || self.digest(name) == digest_of("");
            match outcome {
                ReloadOutcome::Done => {
                    eprintln!("hotdesk: {} has loaded {}", name.module(), name.name());
                    self.errors.remove(&name);
                    self.to_load.remove(&name);
                    loaded.insert(name);
                }
                ReloadOutcome::NoSuchModule if may_be_without() => {
                    self.errors.remove(&name);
                    self.to_load.remove(&name);
                }
                ReloadOutcome::NoSuchModule => {
                    self.fail(name, format!("was not loaded: Asterisk has no module {}", name.module()));
                }
                ReloadOutcome::Failed(words) => self.fail(name, words),
            }
        }
        loaded
    }

    fn fail(&mut self, name: FileName, words: String) {
        if self.errors.get(&name) != Some(&words) {
            eprintln!("hotdesk: {} {words}", name.name());
        }
        self.errors.insert(name, words);
    }
}
