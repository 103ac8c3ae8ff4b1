//! The settings as the panel shows them: what counts, where it comes from, and what the command line's help says of it.

use clap::{Arg, Args, Command};
use store::Location;
use web::effective_settings::{Origin, Setting};

use crate::cli::{Common, Serving};

/// These settings. Whether one is in the file, the file's table says.
pub fn settings(values: &[(&'static str, String)], in_file: &toml::Table) -> Vec<Setting> {
    let command = Serving::augment_args(Common::augment_args(Command::new("serve")));
    let told = |(name, value): &(&'static str, String)| {
        let arg = command.get_arguments().find(|arg| arg.get_id().as_str() == *name);
        let flag = arg.and_then(Arg::get_long).map(|long| format!("--{long}")).unwrap_or_default();
        let variable = arg.and_then(Arg::get_env).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let meaning = arg.and_then(Arg::get_help).map(ToString::to_string).unwrap_or_default();
        let origin = origin(&flag, &variable, in_file.contains_key(*name));
        let value = if value.is_empty() { "none".to_owned() } else { value.clone() };
        Setting { name, value, origin, meaning, flag, variable }
    };
    values.iter().map(told).collect()
}

/// The address of a database, without its password.
pub fn database(location: &Location) -> String {
    match location {
        Location::File(path) => format!("sqlite:{}", path.display()),
        Location::Mariadb(address) => address.to_string(),
    }
}

/// Where a setting comes from: flags win over the environment, which wins over the file.
fn origin(flag: &str, variable: &str, is_in_file: bool) -> Origin {
    let is_flag = |given: &str| given.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='));
    if std::env::args_os().any(|given| given.to_str().is_some_and(is_flag)) {
        Origin::Flag
    } else if std::env::var_os(variable).is_some() {
        Origin::Environment
    } else if is_in_file {
        Origin::File
    } else {
        Origin::Default
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_told_without_its_password() {
        assert_eq!(database(&Location::File("x.db".into())), "sqlite:x.db");
        let address = store::Address::parse("mariadb://desk:hidden@db/asterisk?connections=8", None).unwrap();
        assert_eq!(database(&Location::Mariadb(Box::new(address))), "mariadb://desk@db:3306/asterisk");
    }

    #[test]
    fn a_setting_is_told_with_its_flag_its_variable_and_what_it_means() {
        let file = toml::from_str("listen = \"127.0.0.1:1\"").unwrap();
        let told = settings(&[("listen", "127.0.0.1:1".to_owned()), ("ami_ca", String::new())], &file);
        assert_eq!((told[0].origin, &*told[0].flag, &*told[0].variable), (Origin::File, "--listen", "HOTDESK_LISTEN"));
        assert!(told[0].meaning.contains("[default: 127.0.0.1:8080]"), "{}", told[0].meaning);
        assert_eq!((told[1].origin, &*told[1].value), (Origin::Default, "none"));
    }
}
