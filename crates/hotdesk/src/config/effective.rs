//! Effective settings, for the panel.

use clap::{Arg, Args, Command};
pub use web::effective_settings::{Origin, Setting};

use super::settings::{CommonArgs, CommonSettings, ServeArgs, ServeSettings};

/// All settings, each with its value and origin.
pub fn settings(common: &CommonSettings, serve: &ServeSettings) -> Vec<Setting> {
    let command = command();
    let values = common.shown().into_iter().chain(serve.shown());
    let described = values.filter_map(|(name, value, origin)| {
        let arg = command.get_arguments().find(|arg| arg.get_id() == name)?;
        Some(Setting { name, value, origin, meaning: meaning(arg), flag: flag(arg), variable: variable(arg) })
    });
    described.collect()
}

/// A command with an argument for each setting.
pub fn command() -> Command {
    ServeArgs::augment_args(CommonArgs::augment_args(Command::new("hotdesk")))
}

pub fn flag(arg: &Arg) -> String {
    arg.get_long().map(|long| format!("--{long}")).unwrap_or_default()
}

pub fn variable(arg: &Arg) -> String {
    arg.get_env().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The help of the argument with its default.
fn meaning(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    format!("{help} [default: {}]", default(arg).unwrap_or_else(|| "none".to_owned()))
}

pub fn default(arg: &Arg) -> Option<String> {
    arg.get_default_values().first().map(|value| value.to_string_lossy().into_owned())
}
