//! Actions of the manager interface.

use std::fmt;
use std::time::Duration;

use crate::call_id::{self, CallId};
use crate::frame::{Unwritable, Writer};

/// The dial string of [`Action::ProbeOriginate`]. Asterisk has no channel driver of this name.
pub(crate) const PROBE_CHANNEL: &str = "Hotdesk/probe";

/// A user of the manager interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub user: String,
    /// Its secret.
    pub secret: Secret,
}

/// Text that `Debug` never shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// An action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Log in. The first action on a connection.
    Login(Account),
    /// Check that the dialer responds.
    Ping,
    /// Call a line, and connect it to an extension once it answers. The reply means only that the call is queued.
    Originate(Originate),
    /// Place a call that rings nobody, because no channel driver has its name, with this id. It needs the same right as
    /// [`Self::Originate`], and the same event reports its failure.
    ProbeOriginate(CallId),
    /// Hang up a channel.
    Hangup {
        /// The channel's name or unique id.
        channel: String,
    },
    /// Run a console command. The reply's `Output` fields hold its output.
    Command {
        /// The command.
        command: String,
    },
    /// Reload the configuration of one module, such as `chan_sip.so`, or of all.
    Reload {
        /// The module.
        module: Option<String>,
    },
    /// List the peers of `chan_sip`.
    SipPeers,
    /// List the contacts of `chan_pjsip`.
    PjsipShowContacts,
    /// List the channels.
    CoreShowChannels,
}

/// A call to place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Originate {
    /// The dial string to ring: `SIP/cc100`.
    pub channel: String,
    /// The context of the extension that the answered line is connected to, such as `default`.
    pub context: String,
    /// The extension, such as an agent's conference.
    pub exten: String,
    /// The priority in the extension, usually 1.
    pub priority: u32,
    /// Caller id, as `"Name" <number>`; empty for none.
    pub caller_id: String,
    /// How long the line rings, with millisecond precision.
    pub timeout: Duration,
    /// Channel variables with their values. Names and values must not contain a comma or a quotation mark.
    pub variables: Vec<(String, String)>,
    /// The call's id.
    pub call_id: CallId,
}

impl Action {
    /// The action's name in the protocol.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Login(_) => "Login",
            Self::Ping => "Ping",
            Self::Originate(_) | Self::ProbeOriginate(_) => "Originate",
            Self::Hangup { .. } => "Hangup",
            Self::Command { .. } => "Command",
            Self::Reload { .. } => "Reload",
            Self::SipPeers => "SIPpeers",
            Self::PjsipShowContacts => "PJSIPShowContacts",
            Self::CoreShowChannels => "CoreShowChannels",
        }
    }

    /// The event that ends the list after the reply; `None` for actions without a list.
    #[must_use]
    pub const fn list_ends_with(&self) -> Option<&'static str> {
        match self {
            Self::SipPeers => Some("PeerlistComplete"),
            Self::PjsipShowContacts => Some("ContactListComplete"),
            Self::CoreShowChannels => Some("CoreShowChannelsComplete"),
            _ => None,
        }
    }

    /// Serializes the action, with the id that its reply will carry.
    ///
    /// # Errors
    /// A value cannot be sent.
    pub fn write(&self, id: &str) -> Result<Vec<u8>, Unwritable> {
        let mut writer = Writer::new();
        writer.field("Action", self.name())?.field("ActionID", id)?;
        match self {
            Self::Login(account) => {
                writer.field("Username", &account.user)?.field("Secret", account.secret.text())?;
            }
            Self::Originate(originate) => originate.write(&mut writer)?,
            Self::ProbeOriginate(_) => {
                writer.field("Channel", PROBE_CHANNEL)?.field("Application", "Hangup")?.field("Async", "true")?;
            }
            Self::Hangup { channel } => {
                writer.field("Channel", channel)?;
            }
            Self::Command { command } => {
                writer.field("Command", command)?;
            }
            Self::Reload { module: Some(module) } => {
                writer.field("Module", module)?;
            }
            Self::Ping
            | Self::Reload { module: None }
            | Self::SipPeers
            | Self::PjsipShowContacts
            | Self::CoreShowChannels => {}
        }
        Ok(writer.finish())
    }
}

impl Originate {
    fn write(&self, writer: &mut Writer) -> Result<(), Unwritable> {
        let call_id = self.call_id.to_string();
        writer
            .field("Channel", &self.channel)?
            .field("Context", &self.context)?
            .field("Exten", &self.exten)?
            .field("Priority", &self.priority.to_string())?
            .field("Timeout", &self.timeout.as_millis().to_string())?
            .field("Async", "true")?
            .field("ChannelId", &call_id)?;
        if !self.caller_id.is_empty() {
            writer.field("Callerid", &self.caller_id)?;
        }
        let own = (call_id::VARIABLE, call_id.as_str());
        let given = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in std::iter::once(own).chain(given) {
            // A comma would begin another variable, and Asterisk removes quotation marks.
            if name.is_empty() || [name, value].iter().any(|text| text.contains([',', '"', '\\'])) || name.contains('=')
            {
                return Err(Unwritable::Value { key: "Variable".to_owned() });
            }
            writer.field("Variable", &format!("{name}={value}"))?;
        }
        Ok(())
    }
}
