//! JSON API in this process, for a command that works on a database: without a server and without watching dialers.

use std::sync::Arc;

use dialers::call_id::Owner;
use dialers::dialer::Timing;
use fleet::FleetTx;
use fleet::records::UserGroup;
use fleet::schema::{Row, Table};
use floor::{AmiWatcher, Driver, Floor, Options};
use store::Store;
use web::App;
use web::in_process::InProcessClient;
use webhooks::Dispatcher;

use crate::config::{Config, ServeConfig};
use crate::failure::Failure;
use crate::inspect;
use crate::system::{SystemClock, SystemEntropy};

/// Opens the API as this account, or as the account with the most permissions.
pub async fn open(config: &Config, account: Option<&str>) -> Result<InProcessClient, Failure> {
    drop(inspect::open_existing(&config.database)?);
    let settings = ServeConfig::new(config, &config.serve_settings()?)?;
    let store = Arc::new(Store::open(&config.database, Arc::new(SystemClock), &SystemEntropy)?);
    let account = choose_account(&store, account).await?;
    // An idle floor and dispatcher: a running server has the real ones.
    let nowhere = Arc::new(Store::in_memory(Arc::new(SystemClock))?);
    let owner = Owner::new(&SystemEntropy);
    let watch = AmiWatcher { owner, timing: Timing::default(), rng: Arc::new(SystemEntropy), authorities: None };
    let options = Options { driver: Driver::Queue, ..settings.floor };
    let floor = Floor::open(Arc::clone(&nowhere), options, Arc::new(watch), owner, Arc::new(SystemEntropy)).await?;
    let dispatcher = Dispatcher::open(nowhere, Arc::clone(&floor), &settings.webhooks, &SystemEntropy)?;
    let app = App::new(store, floor, dispatcher, settings.web, Arc::new(SystemEntropy));
    Ok(InProcessClient::new(app, account))
}

/// The account with this name; or of the accounts that can administrate, the first one with the most permissions.
async fn choose_account(store: &Store, name: Option<&str>) -> Result<String, Failure> {
    let read = |tx: &mut dyn FleetTx| Ok((tx.rows(Table::User)?, tx.rows(Table::UserGroup)?));
    let (users, groups) = store.read(read).await?;
    if let Some(name) = name {
        let found = users.iter().find(|user| fleet::name::same(user.text("user"), name));
        return found.map(Row::name).ok_or_else(|| Failure::Refused(format!("the user {name} does not exist")));
    }
    let rights = |user: &&Row| {
        let may = |key| usize::from(user.text(key) == "1");
        let level = user.text("user_level").parse().unwrap_or(0);
        // An account that may view only some groups would list a part of the rows as if it were all.
        let group = groups.iter().find(|group| fleet::name::same(&group.name(), user.text("user_group")));
        let sees_all = group.is_none_or(|group| view_of(group).sees_all());
        (sees_all, level, may("ast_delete_phones") + may("modify_users") + may("delete_users"))
    };
    // `max_by_key` returns the last of equal elements, so the order is reversed.
    let most = users.iter().rev().filter(|user| user.can_administrate()).max_by_key(rights);
    let nobody = "no account can administrate: add one with `hotdesk user add NAME --level 9 --api --ast-admin`";
    most.map(Row::name).ok_or_else(|| Failure::Refused(nobody.to_owned()))
}

/// The groups that the members of a group may view.
fn view_of(group: &Row) -> UserGroup {
    UserGroup { admin_viewable_groups: group.text("admin_viewable_groups").to_owned(), ..UserGroup::default() }
}
