//! The sections of a fleet file and the keys that an entry of each may have.

use crate::schema::ValueType;
use crate::schema::columns;

/// A section of a fleet file: one kind of row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// `[[server]]`: a dialer.
    Server,
    /// `[[user_group]]`: a group of users.
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
    /// `[weights]`: the weight of each dialer when a login is placed.
    Weight,
    /// `[settings]`: the one row of the system's settings.
    Settings,
}

/// A key that an entry may have. Wherever the key is read, its column's name is understood too.
#[derive(Debug)]
pub struct Column {
    /// As it is written in a file.
    pub name: &'static str,
    /// The column that keeps it.
    pub column: &'static str,
    /// Which values it has.
    pub kind: ValueType,
    /// Never shown to anybody.
    pub secret: bool,
    /// Names the row, alone or with others.
    pub names_row: bool,
    /// A new row must have it.
    pub needed: bool,
}

impl Table {
    /// All sections, in the order in which a file is written and carried out.
    pub const ALL: [Self; 10] = [
        Self::Server,
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

    /// As it is written in a file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
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

    /// The section of this word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.word() == word)
    }

    /// As the admin log calls it.
    #[must_use]
    pub fn log_name(self) -> &'static str {
        match self {
            Self::Server => "SERVERS",
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

    /// The keys of its entries; those that name a row come first.
    #[must_use]
    pub fn keys(self) -> &'static [Column] {
        match self {
            Self::Server => &columns::SERVER,
            Self::UserGroup => &columns::USER_GROUP,
            Self::IpList => &columns::IP_LIST,
            Self::Template => &columns::TEMPLATE,
            Self::Campaign => &columns::CAMPAIGN,
            Self::User => &columns::USER,
            Self::Phone => &columns::PHONE,
            Self::Alias => &columns::ALIAS,
            Self::Weight => &columns::WEIGHT,
            Self::Settings => &columns::SETTINGS,
        }
    }

    /// Where a key stands among [`Self::keys`], by its own name or by its column's.
    #[must_use]
    pub fn place_of(self, name: &str) -> Option<usize> {
        let keys = self.keys();
        let by_name = keys.iter().position(|key| key.name == name);
        by_name.or_else(|| keys.iter().position(|key| key.column == name))
    }

    /// A key, by its own name or by its column's.
    #[must_use]
    pub fn key(self, name: &str) -> Option<&'static Column> {
        self.place_of(name).and_then(|place| self.keys().get(place))
    }

    /// Whether rows that a file does not name can be removed.
    #[must_use]
    pub fn can_be_pruned(self) -> bool {
        self != Self::Settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_found_by_its_word() {
        for section in Table::ALL {
            assert_eq!(Table::of(section.word()), Some(section));
        }
        assert_eq!(Table::of("phones"), None);
    }

    #[test]
    fn a_key_is_found_by_its_name_and_by_its_columns_name() {
        let place = Table::Phone.place_of("phone_login");
        assert_eq!(place.map(|place| Table::Phone.keys()[place].column), Some("login"));
        assert_eq!(Table::Phone.place_of("login"), place);
        assert_eq!(Table::Phone.place_of("Login"), None);
    }

    #[test]
    fn no_two_keys_of_a_section_can_be_mixed_up_and_those_that_name_a_row_come_first() {
        for section in Table::ALL {
            let keys = section.keys();
            for (place, key) in keys.iter().enumerate() {
                assert_eq!(section.place_of(key.name), Some(place), "{section:?} {}", key.name);
                assert_eq!(section.place_of(key.column), Some(place), "{section:?} {}", key.column);
            }
            assert!(keys.is_sorted_by_key(|key| !key.names_row), "{section:?}");
        }
    }
}
