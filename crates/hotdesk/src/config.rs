//! Configuration. Flags override the environment, which overrides the settings file, which overrides the defaults.

mod declare;
mod effective;
#[cfg(test)]
mod reference;
pub mod secrets;
mod settings;
mod validate;

use std::path::{Path, PathBuf};

use clap::Parser;
use store::Location;

use crate::failure::Failure;
pub use declare::WithSources;
pub use settings::{CommonArgs, ServeArgs, ServeConfig, ServeSettings};
use settings::{CommonSettings, File};

/// Configuration that all commands share, and the settings file.
#[derive(Debug)]
pub struct Config {
    /// The database.
    pub database: Location,
    common: CommonSettings,
    file: File,
}

impl Config {
    /// Reads the settings file, and validates the settings of every command.
    pub fn read(file: Option<&Path>, common: &WithSources<CommonArgs>) -> Result<Self, Failure> {
        let file = file.map_or_else(|| Ok(File::default()), read_file)?;
        let common = CommonSettings::choose(common, &file);
        Ok(Self { database: common.database()?, common, file })
    }

    /// The server's configuration, for commands that run it.
    pub fn serve(&self, args: &WithSources<ServeArgs>) -> Result<ServeConfig, Failure> {
        ServeConfig::new(self, &ServeSettings::choose(args, &self.file))
    }

    /// The server's settings from the environment and the file, for commands without the server's flags.
    pub fn serve_settings(&self) -> Result<ServeSettings, Failure> {
        let found = EnvironmentArgs::try_parse_from(["hotdesk"]);
        let found = found.map_err(|error| Failure::Usage(first_line(&error.to_string())))?;
        Ok(ServeSettings::choose(&found.serve, &self.file))
    }
}

/// The server's settings without flags.
#[derive(Debug, Parser)]
struct EnvironmentArgs {
    #[command(flatten)]
    serve: WithSources<ServeArgs>,
}

/// The error without clap's advice about flags.
fn first_line(error: &str) -> String {
    let line = error.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

fn read_file(path: &Path) -> Result<File, Failure> {
    let path = PathBuf::from(path);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) => return Err(Failure::ConfigFile { path, source }),
    };
    // The message without the line that it quotes, which may contain the database's password.
    let reason = |error: toml::de::Error| error.message().replace('\n', ", ");
    toml::from_str(&text).map_err(|error| Failure::ConfigSyntax { path, reason: reason(error) })
}

#[cfg(test)]
mod tests {
    use fleet::sessions::LoginPolicy;

    use super::*;

    fn served(file: &str, flags: &[&str]) -> Result<ServeConfig, Failure> {
        let arguments = ["hotdesk"].iter().chain(flags);
        let args = EnvironmentArgs::try_parse_from(arguments).unwrap().serve;
        let common = CommonParser::try_parse_from(["hotdesk"]).unwrap().common;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hotdesk.toml");
        std::fs::write(&path, file).unwrap();
        Config::read(Some(&path), &common)?.serve(&args)
    }

    #[derive(Debug, Parser)]
    struct CommonParser {
        #[command(flatten)]
        common: WithSources<CommonArgs>,
    }

    #[test]
    fn the_floors_options_come_from_the_file_and_a_flag_overrides_them() {
        let usual = served("", &[]).unwrap().floor;
        assert_eq!(usual, floor::Options::default());
        let file = "shared_phones = true\nunregistered = \"never\"\nalias_members = \"registered\"\nreachable_agents = \"all\"\nrehomed_a_second = 10000";
        let set = served(file, &[]).unwrap().floor;
        let rules = LoginPolicy {
            shared_phones: true,
            registered_only: true,
            registered_members: true,
            reaches_all_agents: true,
        };
        assert_eq!(set.rules, rules);
        assert_eq!(set.rehomed_a_second, 10_000);
        let flags = [
            "--shared-phones=false",
            "--unregistered=last",
            "--alias-members=any",
            "--reachable-agents=viewable",
            "--rehomed-a-second=1",
        ];
        let set = served(file, &flags).unwrap().floor;
        assert_eq!(set.rules, LoginPolicy::default());
        assert_eq!(set.rehomed_a_second, 1);
    }

    #[test]
    fn contradictory_settings_are_refused_by_name() {
        let refused = |file: &str| served(file, &[]).unwrap_err().to_string();
        assert!(refused("dialers = \"queue\"\nalias_members = \"registered\"").starts_with("alias_members: "));
        assert!(refused("upstream_functions = [\"version\"]").starts_with("upstream_functions: "));
        assert!(refused("client_timeout = 0").starts_with("client_timeout: 0 is not in the range 1 to 3600 seconds"));
    }
}
