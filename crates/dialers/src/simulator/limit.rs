//! Limits of the account on a simulated dialer, as set in `manager.conf`.

/// A limit of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountLimit {
    /// `write` lacks `call`.
    NoCallActions,
    /// `write` lacks `originate`.
    NoOriginate,
    /// `read` lacks `call`.
    NoCallEvents,
    /// An `eventfilter` holds the results of calls back.
    FilteredResults,
    /// `write` lacks `system` and `reporting`.
    NoLists,
}

impl AccountLimit {
    /// Whether this action, in lower case, is denied.
    pub(super) fn denies(self, action: &str) -> bool {
        match self {
            Self::NoCallActions => action == "hangup",
            Self::NoOriginate => action == "originate",
            Self::NoLists => matches!(action, "sippeers" | "pjsipshowcontacts" | "coreshowchannels"),
            Self::NoCallEvents | Self::FilteredResults => false,
        }
    }

    /// Whether an event with these fields is not sent.
    pub(super) fn hides(self, fields: &[(&str, &str)]) -> bool {
        match self {
            Self::NoCallEvents => fields.contains(&("Privilege", "call,all")),
            Self::FilteredResults => fields.contains(&("Event", "OriginateResponse")),
            Self::NoCallActions | Self::NoOriginate | Self::NoLists => false,
        }
    }
}
