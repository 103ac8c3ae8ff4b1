//! What a dialer can be asked to do.

use std::fmt;
use std::time::Duration;

use crate::call_id::{self, CallId};
use crate::frame::{Unwritable, Writer};

/// A user of the manager interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub user: String,
    /// Its secret.
    pub secret: Secret,
}

/// Text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps this text.
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

/// Something that a dialer is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Who asks. The first action on a connection.
    Login(Account),
    /// Whether anybody is there.
    Ping,
    /// To call a line and to bring it to an extension once it answers. The reply means only that it is queued.
    Originate(Originate),
    /// To end a channel: its name or its unique id.
    Hangup {
        /// The channel.
        channel: String,
    },
    /// To run a command of the console; what it prints are the reply's `Output` fields.
    Command {
        /// The command.
        command: String,
    },
    /// To read the configuration again: of one module, such as `chan_sip.so`, or of all.
    Reload {
        /// The module.
        module: Option<String>,
    },
    /// Every peer of `chan_sip`.
    SipPeers,
    /// Every contact of `chan_pjsip`.
    PjsipShowContacts,
    /// Every channel.
    CoreShowChannels,
}

/// A call to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Originate {
    /// What is rung, as a dial string: `SIP/cc100`.
    pub channel: String,
    /// The context of the extension that the line is brought to, such as `default`.
    pub context: String,
    /// The extension, such as an agent's room.
    pub exten: String,
    /// The priority in it, usually 1.
    pub priority: u32,
    /// Who calls, as `"Name" <number>`; empty for nobody.
    pub caller_id: String,
    /// How long it rings, exact to the millisecond.
    pub timeout: Duration,
    /// Channel variables with their values. Neither may have a comma or a quotation mark in it.
    pub variables: Vec<(String, String)>,
    /// The call's id.
    pub call_id: CallId,
}

impl Action {
    /// What it is called on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Login(_) => "Login",
            Self::Ping => "Ping",
            Self::Originate(_) => "Originate",
            Self::Hangup { .. } => "Hangup",
            Self::Command { .. } => "Command",
            Self::Reload { .. } => "Reload",
            Self::SipPeers => "SIPpeers",
            Self::PjsipShowContacts => "PJSIPShowContacts",
            Self::CoreShowChannels => "CoreShowChannels",
        }
    }

    /// The event that ends the list which the reply begins; `None` for actions whose reply is all.
    #[must_use]
    pub const fn list_ends_with(&self) -> Option<&'static str> {
        match self {
            Self::SipPeers => Some("PeerlistComplete"),
            Self::PjsipShowContacts => Some("ContactListComplete"),
            Self::CoreShowChannels => Some("CoreShowChannelsComplete"),
            _ => None,
        }
    }

    /// The action as bytes, with the id by which its reply is known.
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
            // A comma would begin another variable, and quotation marks are taken away.
            if name.is_empty() || [name, value].iter().any(|text| text.contains([',', '"', '\\'])) || name.contains('=')
            {
                return Err(Unwritable::Value { key: "Variable".to_owned() });
            }
            writer.field("Variable", &format!("{name}={value}"))?;
        }
        Ok(())
    }
}
