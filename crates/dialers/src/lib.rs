//! Client for Asterisk dialers: rings phones and watches each dialer's health over the manager interface (AMI).
//!
//! The AMI client has three layers: [`frame`] (bytes to blocks and back, without I/O), [`connection`] (one connection,
//! with TLS or without: login, actions with deadlines, events in order), and typed [`action`]s and [`event`]s.
//! [`dialer`] builds on them: a watched dialer with its health, its registrations and its calls. [`simulator`] is the
//! server side, for tests and for the demonstration.
//!
//! ```no_run
//! # use dialers::{action::*, dialer::*, call_id::Owner};
//! # use std::{sync::Arc, time::Duration};
//! # async fn example(entropy: Arc<dyn fleet::Rng>, account: Account) {
//! let owner = Owner::new(&*entropy);
//! let address = "127.0.0.1:5038".parse().unwrap();
//! let timing = Timing::default();
//! let dialer = Dialer::watch(Settings { name: "a".into(), address, tls: None, account, owner, timing }, entropy);
//! dialer.connection_state().wait_for(ConnectionState::is_healthy).await.unwrap();
//! let outcome = dialer
//!     .ring(&Originate {
//!         channel: "SIP/cc100".into(),
//!         context: "default".into(),
//!         exten: "9600001".into(),
//!         priority: 1,
//!         caller_id: "\"Agent 1001\" <7275551100>".into(),
//!         timeout: Duration::from_secs(20),
//!         variables: Vec::new(),
//!         call_id: owner.call_id(1),
//!     })
//!     .await;
//! # }
//! ```

pub mod action;
pub mod call_id;
pub mod connection;
pub mod dialer;
pub mod event;
pub mod frame;
pub mod line;
pub mod rights;
pub mod simulator;
pub mod tls;
