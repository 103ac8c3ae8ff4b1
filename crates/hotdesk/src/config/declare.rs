//! Macro that turns the table of settings into arguments, the settings file and typed values.

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde::Serialize;

use super::effective::Origin;
use crate::failure::Failure;

/// Declares groups of settings. Each group becomes a struct of command-line arguments and a struct of chosen
/// values; all groups together become the settings file, in which no other key is allowed. An entry is a clap
/// argument, then the type of the setting's value, the function that parses the value, and an example for the
/// documentation. `long` is implied.
macro_rules! settings {
    ($(
        $(#[$group:meta])*
        $args:ident => $settings:ident {
            $(
                $(#[$meta:meta])*
                $name:ident: $type:ty => $value:ty = $read:expr, example $example:expr;
            )*
        }
    )*) => {
        $(
            #[derive(Debug, clap::Args)]
            $(#[$group])*
            pub struct $args {
                $( $(#[$meta])* #[arg(long)] pub $name: $type, )*
            }

            /// The chosen values of this group. A value is validated when it is read.
            #[derive(Debug)]
            pub struct $settings {
                $( $name: $crate::config::declare::Chosen<$type>, )*
            }

            impl $settings {
                /// Chooses each value: a flag overrides the environment, which overrides the file, which
                /// overrides the default.
                pub fn choose(given: &$crate::config::declare::WithSources<$args>, file: &File) -> Self {
                    Self {
                        $( $name: given.choose(stringify!($name), &given.args.$name, file.$name.as_ref()), )*
                    }
                }

                $(
                    pub fn $name(&self) -> Result<$value, $crate::failure::Failure> {
                        self.$name.read(stringify!($name), $read)
                    }
                )*

                /// Name, value and origin of each setting. No secrets.
                pub fn shown(&self) -> Vec<(&'static str, String, $crate::config::effective::Origin)> {
                    vec![$( (stringify!($name), self.$name.shown(), self.$name.origin), )*]
                }
            }
        )*

        /// The settings file. Every key is optional.
        #[derive(Debug, Clone, Default, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct File {
            $( $( $name: Option<$type>, )* )*
        }

        /// An example of each setting, in the order of the table.
        #[cfg(test)]
        pub fn examples() -> Vec<(&'static str, toml::Value)> {
            vec![$( $( (stringify!($name), toml::Value::from($example)), )* )*]
        }
    };
}
pub(super) use settings;

/// The chosen value of a setting, unparsed, with its origin.
#[derive(Debug)]
pub struct Chosen<T> {
    value: T,
    pub(super) origin: Origin,
}

impl<T: Serialize> Chosen<T> {
    /// Parses the value. The error names the setting.
    pub(super) fn read<V>(
        &self,
        setting: &'static str,
        read: impl FnOnce(&T) -> Result<V, String>,
    ) -> Result<V, Failure> {
        read(&self.value).map_err(|reason| Failure::Setting { setting, reason })
    }

    /// The value as text; the items of a list are separated by commas, and a missing value is `none`.
    pub(super) fn shown(&self) -> String {
        // TOML has no null.
        let text = toml::Value::try_from(&self.value).map(|value| plain(&value)).unwrap_or_default();
        if text.is_empty() { "none".to_owned() } else { text }
    }
}

/// A value without TOML's quotes and brackets.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Arguments with the origin of each: a flag, the environment, or the default.
#[derive(Debug, Clone)]
pub struct WithSources<A> {
    pub args: A,
    matches: ArgMatches,
}

impl<A> WithSources<A> {
    /// Chooses between this argument and the value in the file.
    pub(super) fn choose<T: Clone>(&self, id: &str, given: &T, in_file: Option<&T>) -> Chosen<T> {
        let (value, origin) = match (self.matches.value_source(id), in_file) {
            (Some(ValueSource::CommandLine), _) => (given, Origin::Flag),
            (Some(ValueSource::EnvVariable), _) => (given, Origin::Environment),
            (_, Some(value)) => (value, Origin::File),
            (_, None) => (given, Origin::Default),
        };
        Chosen { value: value.clone(), origin }
    }
}

impl<A: FromArgMatches> FromArgMatches for WithSources<A> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self { args: A::from_arg_matches(matches)?, matches: matches.clone() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.args.update_from_arg_matches(matches)?;
        self.matches = matches.clone();
        Ok(())
    }
}

impl<A: Args> Args for WithSources<A> {
    fn augment_args(command: Command) -> Command {
        A::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        A::augment_args_for_update(command)
    }
}
