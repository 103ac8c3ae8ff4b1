//! What seating an agent asks of a database, in the same transaction as everything else.

use crate::TxError;
use crate::records::{OwnPhone, Phone, User};

/// A campaign (table `vicidial_campaigns`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// The name.
    pub campaign_id: String,
    /// Whether anybody works in it.
    pub active: bool,
    /// Whether its agents want to be together: `DISABLED`, `ONE_SERVER_ONLY`, `CASCADING`.
    pub pllb_grouping: String,
    /// With how many a dialer is full for `CASCADING`.
    pub pllb_grouping_limit: u32,
    /// The number that its calls show.
    pub campaign_cid: String,
}

/// How a dialer holds its rooms (`servers.conf_engine`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Table `vicidial_conferences`.
    Meetme,
    /// Table `vicidial_confbridges`.
    Confbridge,
}

impl Engine {
    /// The number that leads into a room.
    #[must_use]
    pub fn exten(self, room: &str) -> String {
        match self {
            Self::Meetme => room.to_owned(),
            Self::Confbridge => format!("2{room}"),
        }
    }
}

/// A dialer (table `servers`), as far as a login needs one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialerRow {
    /// Its address.
    pub server_ip: String,
    /// Whether it is in use.
    pub active: bool,
    /// Whether it takes agents.
    pub accepts_agents: bool,
    /// Who stands in for it; shorter than 5 characters for nobody.
    pub active_twin_server_ip: String,
    /// How it holds its rooms.
    pub engine: Engine,
}

/// Rooms of a dialer that an agent can have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rooms {
    /// The one that is reserved for this phone already.
    pub own: Option<String>,
    /// The first that nobody has.
    pub free: Option<String>,
}

/// An agent's stay (table `hotdesk_session`); `vicidial_live_agents` shows it to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns of the tables")]
pub struct Session<'a> {
    pub user: &'a str,
    pub phone_login: &'a str,
    pub server_ip: &'a str,
    pub conf_exten: &'a str,
    /// The phone's channel: `extension` of `vicidial_live_agents`.
    pub channel: &'a str,
    pub campaign_id: &'a str,
}

/// A call that a cluster's own daemons are to place (table `vicidial_manager`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedCall {
    /// The dialer.
    pub server_ip: String,
    /// What is called.
    pub channel: String,
    /// Where it is led.
    pub context: String,
    /// The number it is led to: the room's.
    pub exten: String,
    /// The call's own name.
    pub callerid: String,
    /// The number it shows.
    pub caller_number: String,
}

/// What seating an agent asks of a database. Names compare by [`crate::name::key`], but that of the agent exactly.
#[expect(clippy::missing_errors_doc, reason = "as of `FleetTx`")]
pub trait SeatingTx {
    /// The phones of an account's own: the usual one, and the one behind it.
    fn own_phones(&mut self, user: &User) -> Result<Vec<OwnPhone>, TxError>;

    /// The campaign of this name.
    fn campaign(&mut self, campaign_id: &str) -> Result<Option<Campaign>, TxError>;

    /// The phone that has this login.
    fn phone_of_login(&mut self, login: &str) -> Result<Option<Phone>, TxError>;

    /// The dialer at this address.
    fn dialer(&mut self, server_ip: &str) -> Result<Option<DialerRow>, TxError>;

    /// Seconds since a dialer's last heartbeat; `None` if it never had one.
    fn heartbeat_age(&mut self, server_ip: &str) -> Result<Option<i64>, TxError>;

    /// Seats taken on a dialer, whatever the agents' status: agents who are not remote, but for this one.
    fn seats(&mut self, server_ip: &str, but: &str) -> Result<u32, TxError>;

    /// Agents of a campaign on a dialer, but for this one.
    fn campaign_seats(&mut self, server_ip: &str, campaign_id: &str, but: &str) -> Result<u32, TxError>;

    /// Another agent who is live on this channel.
    fn agent_on(&mut self, server_ip: &str, channel: &str, but: &str) -> Result<Option<String>, TxError>;

    /// The rooms of a dialer that this channel can have.
    fn rooms(&mut self, server_ip: &str, engine: Engine, channel: &str) -> Result<Rooms, TxError>;

    /// The dialers' weights, by address.
    fn weights(&mut self) -> Result<Vec<(String, u32)>, TxError>;

    /// `system_settings.pllb_grouping_limit`.
    fn grouping_limit(&mut self) -> Result<u32, TxError>;

    /// Reserves a room for this channel.
    fn take_room(&mut self, server_ip: &str, engine: Engine, conf_exten: &str, channel: &str) -> Result<(), TxError>;

    /// Begins a session and makes the agent live, in place of what is left over of the last one. Returns its number.
    fn open_session(&mut self, session: &Session<'_>) -> Result<i64, TxError>;

    /// Writes a call down for the cluster's daemons.
    fn queue_call(&mut self, call: &QueuedCall) -> Result<(), TxError>;
}
