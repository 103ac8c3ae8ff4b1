//! Kinds of changes, and their sections, events and codes in the audit log.

use crate::actor::Source;
use crate::schema::Table;

/// A change to one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowEvent {
    /// The row is added.
    Add,
    /// Some columns change.
    Modify,
    /// The row is deleted.
    Delete,
}

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditAction {
    /// A row of a table was added, changed or deleted.
    Row(RowEvent, Table),
    /// A user was copied.
    CopyUser,
    /// A user got a rank or a grade.
    RankUser,
    /// A user got a password by email.
    ResetPassword,
    /// A remote agent got other values.
    UpdateRemoteAgent,
    /// A token was created.
    AddToken,
    /// A token was revoked.
    RevokeToken,
    /// An admin session was ended.
    EndAdminSession,
    /// A softphone set-up link was created.
    AddSoftphoneLink,
    /// Every dialer was asked to rebuild its configuration.
    RefreshDialers,
    /// A dialer started draining, or takes agents again.
    DrainDialer,
    /// A drain was planned, or a planned one was cancelled.
    PlanDrain,
    /// All agents were moved away from a dialer.
    EmptyDialer,
    /// An agent was logged out.
    LogOutAgent,
    /// An agent was moved to another dialer.
    MoveAgent,
    /// A webhook was added, changed or deleted.
    Webhook(RowEvent),
    /// A webhook's secret was rotated.
    RotateWebhookSecret,
    /// A webhook's waiting events were skipped.
    SkipWebhookEvents,
}

impl AuditAction {
    /// The column `event_section`.
    #[must_use]
    pub fn section(self) -> &'static str {
        match self {
            Self::Row(_, table) => table.log_name(),
            Self::CopyUser
            | Self::RankUser
            | Self::ResetPassword
            | Self::AddToken
            | Self::RevokeToken
            | Self::EndAdminSession => "USERS",
            Self::UpdateRemoteAgent => "REMOTEAGENTS",
            Self::AddSoftphoneLink => "PHONEALIASES",
            Self::RefreshDialers | Self::DrainDialer | Self::PlanDrain | Self::EmptyDialer => "SERVERS",
            Self::LogOutAgent | Self::MoveAgent => "PHONES",
            Self::Webhook(_) | Self::RotateWebhookSecret | Self::SkipWebhookEvents => "WEBHOOKS",
        }
    }

    /// The column `event_type`.
    #[must_use]
    pub const fn event(self) -> &'static str {
        match self {
            Self::Row(RowEvent::Add, _) | Self::Webhook(RowEvent::Add) => "ADD",
            Self::Row(RowEvent::Modify, _)
            | Self::Webhook(RowEvent::Modify)
            | Self::RankUser
            | Self::UpdateRemoteAgent
            | Self::ResetPassword
            | Self::DrainDialer
            | Self::RotateWebhookSecret => "MODIFY",
            Self::Row(RowEvent::Delete, _) | Self::Webhook(RowEvent::Delete) => "DELETE",
            Self::CopyUser => "COPY",
            _ => "OTHER",
        }
    }

    /// The column `event_code`: the source and the change, in VICIdial's format.
    #[must_use]
    pub fn code(self, source: Source) -> String {
        let prefix = source.code_prefix();
        let words = match self {
            Self::Row(event, table) => {
                return format!("{prefix} {} {}", verb(event, source), noun(event, table, source));
            }
            Self::Webhook(event) => return format!("{prefix} {} WEBHOOK", verb(event, source)),
            Self::CopyUser => "COPY USER",
            Self::RankUser => "UPDATE USER RANK",
            Self::ResetPassword => "RESET PASS",
            Self::UpdateRemoteAgent => "UPDATE REMOTEAGENTS",
            Self::AddToken => "ADD TOKEN",
            Self::RevokeToken => "REVOKE TOKEN",
            Self::EndAdminSession => "END ADMIN SESSION",
            Self::AddSoftphoneLink => "ADD SOFTPHONE LINK",
            Self::RefreshDialers => "SERVERS REFRESH",
            Self::DrainDialer => "SERVER DRAINING",
            Self::PlanDrain => "SERVER PLAN",
            Self::EmptyDialer => "SERVER MOVE AGENTS",
            Self::LogOutAgent => "AGENT LOGGED OUT",
            Self::MoveAgent => "AGENT MOVED",
            Self::RotateWebhookSecret => "WEBHOOK NEW SECRET",
            Self::SkipWebhookEvents => "WEBHOOK SKIP",
        };
        format!("{prefix} {words}")
    }
}

const fn verb(event: RowEvent, source: Source) -> &'static str {
    match (event, source) {
        (RowEvent::Add, _) => "ADD",
        (RowEvent::Modify, Source::NonAgentApi) => "UPDATE",
        (RowEvent::Modify, _) => "MODIFY",
        (RowEvent::Delete, _) => "DELETE",
    }
}

const fn noun(event: RowEvent, table: Table, source: Source) -> &'static str {
    match (table, event, source) {
        // VICIdial logs a changed alias as a phone.
        (Table::Alias, RowEvent::Modify, Source::NonAgentApi) | (Table::Phone, ..) => "PHONE",
        (Table::Alias, ..) => "PHONE ALIAS",
        (Table::User, ..) => "USER",
        (Table::Dialer, ..) => "SERVER",
        (Table::UserGroup, ..) => "USER GROUP",
        (Table::IpList, ..) => "IP LIST",
        (Table::Template, ..) => "CONF TEMPLATE",
        (Table::Campaign, ..) => "CAMPAIGN",
        (Table::Weight, ..) => "SERVER WEIGHT",
        (Table::Settings, ..) => "SYSTEM SETTINGS",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_names_the_source_the_event_and_the_table() {
        let code = |event, table, source| AuditAction::Row(event, table).code(source);
        for (event, table, source, expected) in [
            (RowEvent::Add, Table::Phone, Source::NonAgentApi, "ADMIN API ADD PHONE"),
            (RowEvent::Modify, Table::Phone, Source::NonAgentApi, "ADMIN API UPDATE PHONE"),
            (RowEvent::Modify, Table::Alias, Source::NonAgentApi, "ADMIN API UPDATE PHONE"),
            (RowEvent::Delete, Table::Alias, Source::NonAgentApi, "ADMIN API DELETE PHONE ALIAS"),
            (RowEvent::Modify, Table::User, Source::NonAgentApi, "ADMIN API UPDATE USER"),
            (RowEvent::Modify, Table::Phone, Source::Panel, "ADMIN MODIFY PHONE"),
            (RowEvent::Delete, Table::Alias, Source::Panel, "ADMIN DELETE PHONE ALIAS"),
            (RowEvent::Add, Table::Phone, Source::JsonApi, "ADMIN JSON API ADD PHONE"),
            (RowEvent::Modify, Table::Template, Source::CommandLine, "ADMIN COMMAND LINE MODIFY CONF TEMPLATE"),
            (RowEvent::Add, Table::UserGroup, Source::FleetFile, "ADMIN FLEET FILE ADD USER GROUP"),
            (RowEvent::Modify, Table::Alias, Source::Csv, "ADMIN CSV MODIFY PHONE ALIAS"),
        ] {
            assert_eq!(code(event, table, source), expected);
        }
        assert_eq!(AuditAction::RefreshDialers.code(Source::NonAgentApi), "ADMIN API SERVERS REFRESH");
        assert_eq!(AuditAction::RankUser.code(Source::NonAgentApi), "ADMIN API UPDATE USER RANK");
    }

    #[test]
    fn codes_of_different_sources_differ() {
        for event in [RowEvent::Add, RowEvent::Modify, RowEvent::Delete] {
            for table in Table::ALL {
                let mut codes = Source::ALL.map(|source| AuditAction::Row(event, table).code(source)).to_vec();
                codes.sort();
                codes.dedup();
                assert_eq!(codes.len(), Source::ALL.len());
            }
        }
    }
}
