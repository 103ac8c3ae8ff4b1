//! Effective settings of this server, and where each value comes from.

/// A setting that needs a restart to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Name in the settings file.
    pub name: &'static str,
    /// Effective value; never a secret.
    pub value: String,
    /// Source of the value.
    pub origin: Origin,
    /// Meaning, in one sentence.
    pub meaning: String,
    /// Flag that sets it.
    pub flag: String,
    /// Environment variable that sets it.
    pub variable: String,
}

/// Source of a setting's value; a later source overrides an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The default value.
    Default,
    /// The settings file.
    File,
    /// The environment.
    Environment,
    /// A flag.
    Flag,
}
