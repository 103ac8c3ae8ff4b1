//! Tables, their names and their columns.

use crate::schema::{Column, phone, tables};

/// A table: a section of a fleet file, a collection of the JSON API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// `[[dialer]]`: a dialer.
    Dialer,
    /// `[[user_group]]`: a user group.
    UserGroup,
    /// `[[ip_list]]`: a list of addresses.
    IpList,
    /// `[[template]]`: a configuration template for phones.
    Template,
    /// `[[campaign]]`: a campaign.
    Campaign,
    /// `[[user]]`: an account.
    User,
    /// `[[phone]]`: a phone.
    Phone,
    /// `[[alias]]`: one login for several phones.
    Alias,
    /// `[weights]`: the weight of each dialer for placement.
    Weight,
    /// `[settings]`: the single row of system settings.
    Settings,
}

impl Table {
    /// All tables, in the order in which fleet files are written and applied.
    pub const ALL: [Self; 10] = [
        Self::Dialer,
        Self::UserGroup,
        Self::IpList,
        Self::Template,
        Self::Campaign,
        Self::User,
        Self::Phone,
        Self::Alias,
        Self::Weight,
        Self::Settings,
    ];

    /// The table's name in fleet files and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dialer => "dialer",
            Self::UserGroup => "user_group",
            Self::IpList => "ip_list",
            Self::Template => "template",
            Self::Campaign => "campaign",
            Self::User => "user",
            Self::Phone => "phone",
            Self::Alias => "alias",
            Self::Weight => "weights",
            Self::Settings => "settings",
        }
    }

    /// The table's name in the database.
    #[must_use]
    pub fn sql(self) -> &'static str {
        match self {
            Self::Dialer => "servers",
            Self::UserGroup => "vicidial_user_groups",
            Self::IpList => "vicidial_ip_list_entries",
            Self::Template => "vicidial_conf_templates",
            Self::Campaign => "vicidial_campaigns",
            Self::User => "vicidial_users",
            Self::Phone => "phones",
            Self::Alias => "phones_alias",
            Self::Weight => "vicidial_settings_containers",
            Self::Settings => "system_settings",
        }
    }

    /// The table of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// The table's name in the audit log.
    #[must_use]
    pub fn log_name(self) -> &'static str {
        match self {
            Self::Dialer => "SERVERS",
            Self::UserGroup => "USERGROUPS",
            Self::IpList => "IPLISTS",
            Self::Template => "CONFTEMPLATES",
            Self::Campaign => "CAMPAIGNS",
            Self::User => "USERS",
            Self::Phone => "PHONES",
            Self::Alias => "PHONEALIASES",
            Self::Weight => "CONTAINERS",
            Self::Settings => "SYSTEMSETTINGS",
        }
    }

    /// The table's columns; key columns come first.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Dialer => &tables::DIALER,
            Self::UserGroup => &tables::USER_GROUP,
            Self::IpList => &tables::IP_LIST,
            Self::Template => &tables::TEMPLATE,
            Self::Campaign => &tables::CAMPAIGN,
            Self::User => &tables::USER,
            Self::Phone => &phone::PHONE,
            Self::Alias => &tables::ALIAS,
            Self::Weight => &tables::WEIGHT,
            Self::Settings => &tables::SETTINGS,
        }
    }

    /// The index of a column among [`Self::columns`], by its name or its name in the database.
    #[must_use]
    pub fn index_of(self, name: &str) -> Option<usize> {
        let columns = self.columns();
        let by_name = columns.iter().position(|column| column.name == name);
        by_name.or_else(|| columns.iter().position(|column| column.sql == name))
    }

    /// A column, by its name or its name in the database.
    #[must_use]
    pub fn column(self, name: &str) -> Option<&'static Column> {
        self.index_of(name).and_then(|index| self.columns().get(index))
    }

    /// Whether rows that a file does not contain can be deleted.
    #[must_use]
    pub fn can_be_pruned(self) -> bool {
        self != Self::Settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_found_by_its_name() {
        for table in Table::ALL {
            assert_eq!(Table::from_name(table.name()), Some(table));
        }
        assert_eq!(Table::from_name("phones"), None);
    }

    #[test]
    fn a_column_is_found_by_its_name_and_by_its_name_in_the_database() {
        let index = Table::Phone.index_of("phone_login");
        assert_eq!(index.map(|index| Table::Phone.columns()[index].sql), Some("login"));
        assert_eq!(Table::Phone.index_of("login"), index);
        assert_eq!(Table::Phone.index_of("Login"), None);
    }

    #[test]
    fn column_names_are_unambiguous_and_key_columns_come_first() {
        for table in Table::ALL {
            let columns = table.columns();
            for (index, column) in columns.iter().enumerate() {
                assert_eq!(table.index_of(column.name), Some(index), "{table:?} {}", column.name);
                assert_eq!(table.index_of(column.sql), Some(index), "{table:?} {}", column.sql);
            }
            assert!(columns.is_sorted_by_key(|column| !column.is_key), "{table:?}");
        }
    }
}
