//! `hotdesk user`.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;

use fleet::actor::{Actor, Source};
use fleet::field::{Field, FilteredPass, UserName};
use fleet::password::{NewPassword, Password};
use fleet::schema::{Row, Table};
use fleet::text::Alphabet;
use fleet::{FleetTx, users};
use serde_json::{Value, json};
use store::Store;

use super::rows::{self, RowClient};
use crate::cli::{AddUserArgs, ApiArgs, UserAction};
use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use crate::system::{SystemClock, SystemEntropy};

/// Adds users, sets passwords, and runs the actions of rows of any kind. On a database, the first two need no
/// account, since the first account is created this way.
pub fn run(config: &Config, api: &ApiArgs, action: &UserAction) -> Result<ExitCode, Failure> {
    match action {
        UserAction::Common(action) => RowClient::open(config, api, &rows::USERS)?.run_common(action),
        UserAction::Add(args) if api.server.url.is_some() => {
            let users = RowClient::open(config, api, &rows::USERS)?;
            users.create(&request_body(args, &rows::secret("pass")?))
        }
        UserAction::Password { name } if api.server.url.is_some() => {
            let users = RowClient::open(config, api, &rows::USERS)?;
            users.change(name, &json!({ "pass": rows::secret("pass")? }))
        }
        UserAction::Add(args) => with_store(config, async |store| add(store, args).await),
        UserAction::Password { name } => with_store(config, async |store| set_password(store, name).await),
    }
}

fn with_store(config: &Config, work: impl AsyncFnOnce(&Store) -> Result<(), Failure>) -> Result<ExitCode, Failure> {
    let store = Store::open(&config.database, Arc::new(SystemClock), &SystemEntropy)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Runtime)?;
    runtime.block_on(work(&store))?;
    Ok(ExitCode::SUCCESS)
}

/// Request body for a new user.
fn request_body(args: &AddUserArgs, pass: &str) -> Value {
    json!({
        "user": args.name,
        "pass": pass,
        "full_name": if args.full_name.is_empty() { &args.name } else { &args.full_name },
        "user_level": args.level,
        "user_group": args.group,
        "vdc_agent_api_access": args.api,
        "ast_admin_access": args.ast_admin,
        "ast_delete_phones": args.delete_phones,
        "modify_users": args.modify_users,
        "view_reports": args.view_reports,
        "api_allowed_functions": args.functions.join(" "),
    })
}

async fn add(store: &Store, args: &AddUserArgs) -> Result<(), Failure> {
    check_name(&args.name)?;
    let name = args.name.clone();
    if store.read(move |tx| tx.user(&name)).await?.is_some() {
        return Err(Failure::Refused(format!(
            "the user {} already exists: set the password with `user password`",
            args.name
        )));
    }
    let password = ask_for_password(store, &args.name)?;
    let (actor, row) = (Actor::command(Source::CommandLine), row(args));
    store.write(move |tx| users::save::insert(tx, &actor, &row, &password)).await?;
    output::write(&format!("added user {}, level {}\n", args.name, args.level))
}

/// Row of a new user.
fn row(args: &AddUserArgs) -> Row {
    let digit = |flag: bool| if flag { "1" } else { "0" }.to_owned();
    let full_name = if args.full_name.is_empty() { &args.name } else { &args.full_name };
    let mut row = Row::new(Table::User);
    for (key, value) in [
        ("user", args.name.clone()),
        ("full_name", full_name.clone()),
        ("user_level", args.level.to_string()),
        ("user_group", args.group.clone()),
        ("vdc_agent_api_access", digit(args.api)),
        ("ast_admin_access", digit(args.ast_admin)),
        ("ast_delete_phones", digit(args.delete_phones)),
        ("modify_users", digit(args.modify_users)),
        ("view_reports", digit(args.view_reports)),
        ("api_allowed_functions", format!(" {} ", args.functions.join(" "))),
    ] {
        row.set(key, value);
    }
    row
}

async fn set_password(store: &Store, name: &str) -> Result<(), Failure> {
    let user_name = name.to_owned();
    let Some(user) = store.read(move |tx| tx.user(&user_name)).await? else {
        return Err(Failure::Refused(format!("the user {name} does not exist")));
    };
    let password = ask_for_password(store, name)?;
    let actor = Actor::command(Source::CommandLine);
    let set = move |tx: &mut dyn FleetTx| users::save::set_password(tx, &actor, &user, &password, "");
    store.write(set).await?;
    output::write(&format!("set the password of {name}\n"))
}

fn check_name(name: &str) -> Result<(), Failure> {
    let read = UserName::read(name.as_bytes(), Alphabet::Unicode);
    if read.as_str() == name && read.len() >= 2 && !read.is_too_long() {
        return Ok(());
    }
    Err(Failure::Refused(format!("`{name}` is not a valid user name: use 2 to 20 letters, digits, `-` and `_`")))
}

/// Reads a password and digests it. On a terminal, it prompts without echo.
fn ask_for_password(store: &Store, name: &str) -> Result<NewPassword, Failure> {
    let line = if std::io::stdin().is_terminal() {
        rpassword::prompt_password(format!("Password of {name}: ")).map_err(Failure::Input)?
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(Failure::Input)?;
        line
    };
    let typed = line.trim_end_matches(['\r', '\n']);
    if typed.is_empty() || typed.len() > FilteredPass::AT_MOST {
        let most = FilteredPass::AT_MOST;
        return Err(Failure::Refused(format!(
            "the password must have 1 to {most} characters; type it, or send it to standard input"
        )));
    }
    store.new_password(&Password::new(typed), &SystemEntropy).map_err(|error| Failure::Refused(error.to_string()))
}
