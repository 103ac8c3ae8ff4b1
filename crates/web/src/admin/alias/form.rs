//! Form of an alias and the actions of its buttons.

use fleet::aliases::save::AliasDraft;
use fleet::lists::{PhoneOrder, PhonePage};
use fleet::name;
use fleet::sessions::LOGINS;
use store::ReadError;

use crate::App;
use crate::http::fields::Fields;

/// Maximum number of members read from a form. It exceeds the limit of an alias so that a longer alias, which another program
/// may have written, is not cut off.
const AT_MOST: usize = 1000;

/// The form as it was sent.
#[derive(Default)]
pub(super) struct AliasForm {
    /// Whether the form is for a new alias.
    pub(super) is_new: bool,
    pub(super) draft: AliasDraft,
    /// Version of the alias when the form was opened.
    pub(super) version: String,
    /// Search text for phones to add.
    pub(super) q: String,
}

/// Action of a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    Save,
    /// Shows the phones that match the search text.
    Find,
    /// Swaps a member with its neighbour.
    Move(usize, usize),
    Remove(usize),
    Add(Vec<String>),
}

impl AliasForm {
    pub(super) fn read(fields: &Fields) -> Self {
        let members = fields.all("member").map(str::trim).filter(|login| !login.is_empty()).take(AT_MOST);
        Self {
            is_new: fields.is_ticked("new"),
            draft: AliasDraft {
                alias_id: fields.get("alias_id").trim().to_owned(),
                alias_name: fields.get("alias_name").to_owned(),
                logins: members.map(str::to_owned).collect(),
                active: fields.get("active") != "N",
            },
            version: fields.get("version").to_owned(),
            q: fields.get("q").trim().to_owned(),
        }
    }

    /// Action of the button with this value. A button for a member that does not exist only shows the form again.
    pub(super) async fn act(&self, app: &App, button: &str) -> Result<Act, ReadError> {
        let (word, value) = button.split_once(':').unwrap_or((button, ""));
        let count = self.draft.logins.len();
        let place = value.parse::<usize>().ok().filter(|place| *place < count);
        Ok(match (word, place) {
            ("save", _) => Act::Save,
            ("up", Some(place)) if place > 0 => Act::Move(place, place - 1),
            ("down", Some(place)) if place + 1 < count => Act::Move(place, place + 1),
            ("remove", Some(place)) => Act::Remove(place),
            ("add", _) => Act::Add(self.further(vec![value.to_owned()])),
            ("extension", _) => Act::Add(self.further(logins_of(app, value).await?)),
            ("enter", _) if self.q.is_empty() => Act::Save,
            // Enter after an exact login adds that phone.
            ("enter", _) => {
                let typed = self.q.clone();
                let phone = app.store.read(move |tx| tx.phone_of_login(&typed)).await?;
                phone.map_or(Act::Find, |phone| Act::Add(self.further(vec![phone.login])))
            }
            _ => Act::Find,
        })
    }

    /// Those of the logins that the alias does not have yet.
    fn further(&self, logins: Vec<String>) -> Vec<String> {
        let conference = LOGINS.saturating_sub(self.draft.logins.len());
        logins.into_iter().filter(|login| !login.is_empty() && !self.has(login)).take(conference).collect()
    }

    pub(super) fn has(&self, login: &str) -> bool {
        self.draft.logins.iter().any(|member| name::same(member, login))
    }
}

/// The logins of all phones with this extension, one per dialer.
async fn logins_of(app: &App, extension: &str) -> Result<Vec<String>, ReadError> {
    let wanted = PhonePage {
        by: PhoneOrder::Extension,
        begins: extension.to_owned(),
        at_most: u32::try_from(LOGINS).unwrap_or(u32::MAX),
        ..PhonePage::default()
    };
    let phones = app.store.read(move |tx| tx.list_phones(&wanted)).await?;
    let same = phones.into_iter().filter(|phone| name::same(&phone.extension, extension));
    Ok(same.map(|phone| phone.login).collect())
}
