//! `hotdesk sidecar`.

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

/// For how many seconds the server holds an answer back until something changes.
const LONG_POLL_SECONDS: u64 = 25;

/// For how many seconds at most where the dialer has not read everything yet.
const LONG_POLL_SECONDS_AFTER_ERROR: u64 = 5;

/// Pauses between attempts to reach the server.
const BACKOFF: Backoff = Backoff::doubling(Duration::from_millis(250), Duration::from_secs(30));

/// Keeps a dialer's files until it is told to stop, or once.
pub fn run(args: &cli::SidecarArgs) -> Result<ExitCode, Failure> {
    let mut sidecar = Sidecar::new(args)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    runtime.block_on(async {
        if args.once {
            return sidecar.run_once().await;
        }
        let mut terminated = signal(SignalKind::terminate()).map_err(Failure::Runtime)?;
        // A file is put in its place in one go, so this can end anywhere.
        tokio::select! {
            () = sidecar.run_forever() => {}
            _ = terminated.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// What the dialer has, and what is still to be done.
struct Sidecar {
    client: FileClient,
    asterisk: Option<Asterisk>,
    folder: PathBuf,
    /// What there is to have, in which version; empty if it is not known.
    listed: FileList,
    version: String,
    /// Files that Asterisk has to read: at the start all of them, since nobody knows what it has read.
    to_load: BTreeSet<FileName>,
    /// What went wrong the last time.
    errors: BTreeMap<FileName, String>,
}

/// Why the files could not be fetched or reported, as a message.
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

    /// For ever.
    async fn run_forever(&mut self) {
        let mut failures = 0;
        loop {
            let wait = if self.errors.is_empty() { LONG_POLL_SECONDS } else { LONG_POLL_SECONDS_AFTER_ERROR };
            match self.sync(wait).await {
                Ok(()) => failures = 0,
                Err(trouble) => {
                    failures += 1;
                    let pause = BACKOFF.pause(failures, 0);
                    eprintln!("hotdesk: {trouble}; the files stay as they are, next try in {pause:?}");
                    sleep(pause).await;
                }
            }
        }
    }

    async fn run_once(&mut self) -> Result<ExitCode, Failure> {
        self.sync(0).await.map_err(Failure::Refused)?;
        Ok(if self.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Waits for a change, brings it here, and tells what the dialer has now.
    async fn sync(&mut self, wait: u64) -> Result<(), SyncError> {
        if let Some((version, listed)) = self.client.list(&self.version, wait).await? {
            (self.version, self.listed) = (version, listed);
        }
        // Also those that somebody else has written into meanwhile.
        let mut loaded = self.fetch().await?;
        // What could not be read before, and at the start what did not differ.
        loaded.extend(self.load().await);
        let reports = FileName::ALL.map(|name| FileReport {
            name: name.name(),
            digest: self.digest(name),
            loaded: loaded.contains(&name),
            error: self.errors.get(&name).cloned().unwrap_or_default(),
        });
        self.client.report(&reports).await
    }

    /// The digest of what is on the disk; empty for nothing.
    fn digest(&self, name: FileName) -> String {
        let text = std::fs::read_to_string(self.folder.join(name.name()));
        text.map(|text| digest_of(&text)).unwrap_or_default()
    }

    /// Brings the files that differ, and has each read before the next is brought: the accounts come first, and a disk may be
    /// slow. Which files were read.
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
                Err(error) => self.fail(name, format!("cannot be written into {}: {error}", self.folder.display())),
            }
        }
        Ok(loaded)
    }

    /// Has Asterisk read what it has not read yet. What it has read now.
    async fn load(&mut self) -> BTreeSet<FileName> {
        let (Some(asterisk), false) = (&self.asterisk, self.to_load.is_empty()) else { return BTreeSet::new() };
        let mut loaded = BTreeSet::new();
        for (name, outcome) in asterisk.reload(&self.to_load).await {
            // Who has no use for a file need not have the module; and not every dialer has mailboxes.
            let may_be_without = || name == FileName::Voicemail || self.digest(name) == digest_of("");
            match outcome {
                ReloadOutcome::Done => {
                    eprintln!("hotdesk: {} has read {}", name.module(), name.name());
                    self.errors.remove(&name);
                    self.to_load.remove(&name);
                    loaded.insert(name);
                }
                ReloadOutcome::NoSuchModule if may_be_without() => {
                    self.errors.remove(&name);
                    self.to_load.remove(&name);
                }
                ReloadOutcome::NoSuchModule => {
                    self.fail(name, format!("was not read: {} is not loaded", name.module()));
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
