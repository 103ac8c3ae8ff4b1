//! `hotdesk sidecar`.

mod asterisk;
mod client;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use fleet::dialer_files::FileName;
use fleet::sessions::digest_of;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;

use crate::cli;
use crate::failure::Failure;
use crate::files;
use asterisk::{Asterisk, Reload};
use client::{Client, Listed, Report};

/// For how many seconds the server holds an answer back until something changes.
const WAIT: u64 = 25;

/// For how many seconds at most where the dialer has not read everything yet.
const WAIT_WITH_TROUBLE: u64 = 5;

/// The shortest and the longest rest before a server that could not be asked is asked again.
const REST: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));

/// Keeps a dialer's files until it is told to stop, or once.
pub fn run(wanted: &cli::Sidecar) -> Result<ExitCode, Failure> {
    let mut sidecar = Sidecar::new(wanted)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    runtime.block_on(async {
        if wanted.once {
            return sidecar.once().await;
        }
        let mut terminated = signal(SignalKind::terminate()).map_err(Failure::Runtime)?;
        // A file is put in its place in one go, so this can end anywhere.
        tokio::select! {
            () = sidecar.keep() => {}
            _ = terminated.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// What the dialer has, and what is still to be done.
struct Sidecar {
    client: Client,
    asterisk: Option<Asterisk>,
    folder: PathBuf,
    /// What there is to have, in which version; empty if it is not known.
    listed: Listed,
    version: String,
    /// Files that Asterisk has to read: at the start all of them, since nobody knows what it has read.
    to_load: BTreeSet<FileName>,
    /// What went wrong the last time.
    errors: BTreeMap<FileName, String>,
}

/// It did not work, in words.
type Trouble = String;

impl Sidecar {
    fn new(wanted: &cli::Sidecar) -> Result<Self, Failure> {
        Ok(Self {
            client: Client::new(wanted)?,
            asterisk: wanted.ami.as_ref().map(|place| Asterisk::new(place, &wanted.ami_user)).transpose()?,
            folder: wanted.dir.clone(),
            listed: Listed::default(),
            version: String::new(),
            to_load: FileName::ALL.into(),
            errors: BTreeMap::new(),
        })
    }

    /// For ever.
    async fn keep(&mut self) {
        let mut rest = REST.0;
        loop {
            let wait = if self.errors.is_empty() { WAIT } else { WAIT_WITH_TROUBLE };
            match self.round(wait).await {
                Ok(()) => rest = REST.0,
                Err(trouble) => {
                    eprintln!("hotdesk: {trouble}; the files stay as they are, next try in {rest:?}");
                    sleep(rest).await;
                    rest = REST.1.min(rest * 2);
                }
            }
        }
    }

    async fn once(&mut self) -> Result<ExitCode, Failure> {
        self.round(0).await.map_err(Failure::Refused)?;
        Ok(if self.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Waits for a change, brings it here, and tells what the dialer has now.
    async fn round(&mut self, wait: u64) -> Result<(), Trouble> {
        if let Some((version, listed)) = self.client.list(&self.version, wait).await? {
            (self.version, self.listed) = (version, listed);
        }
        // Also those that somebody else has written into meanwhile.
        let mut loaded = self.fetch().await?;
        // What could not be read before, and at the start what did not differ.
        loaded.extend(self.load().await);
        let reports = FileName::ALL.map(|name| Report {
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
    async fn fetch(&mut self) -> Result<BTreeSet<FileName>, Trouble> {
        let mut loaded = BTreeSet::new();
        let listed: Vec<_> = self.listed.files().collect();
        for (name, digest) in listed {
            if self.digest(name) == digest {
                continue;
            }
            let text = self.client.file(name).await?;
            match files::put(&self.folder, name.name(), text.as_bytes()) {
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
                Reload::Done => {
                    eprintln!("hotdesk: {} has read {}", name.module(), name.name());
                    self.errors.remove(&name);
                    self.to_load.remove(&name);
                    loaded.insert(name);
                }
                Reload::NoSuchModule if may_be_without() => {
                    self.errors.remove(&name);
                    self.to_load.remove(&name);
                }
                Reload::NoSuchModule => self.fail(name, format!("was not read: {} is not loaded", name.module())),
                Reload::Failed(words) => self.fail(name, words),
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
