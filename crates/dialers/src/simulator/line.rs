//! Scripted behaviour of simulated lines.

use std::time::Duration;

/// A line of a simulated dialer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineScript {
    /// Whether it is registered. An unregistered line cannot be rung.
    pub registered: bool,
    /// What it does when it is rung.
    pub behaviour: Behaviour,
    /// The port on `127.0.0.1` that it registers from.
    pub port: u16,
}

/// Default port that lines register from.
const PORT: u16 = 5070;

/// What a line does when it is rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Rings, and answers after this time.
    Answers {
        /// The time.
        after: Duration,
    },
    /// Rings until the caller gives up.
    NeverAnswers,
    /// Rings, and rejects the call after this time. With a time of zero it rejects at once without ringing, as a busy
    /// phone does.
    Rejects {
        /// The time.
        after: Duration,
    },
    /// Does not respond: the phone disappeared without unregistering.
    Dead,
}

impl LineScript {
    /// A registered line with this behaviour.
    #[must_use]
    pub const fn registered(behaviour: Behaviour) -> Self {
        Self { registered: true, behaviour, port: PORT }
    }

    /// A registered line that answers at once.
    #[must_use]
    pub const fn answering() -> Self {
        Self::registered(Behaviour::Answers { after: Duration::ZERO })
    }

    /// A line that is not registered.
    #[must_use]
    pub const fn unregistered() -> Self {
        Self { registered: false, ..Self::answering() }
    }

    /// The same, registered from this port on `127.0.0.1`.
    #[must_use]
    pub const fn from_port(self, port: u16) -> Self {
        Self { port, ..self }
    }
}
