//! Effective settings of this server, and where each value comes from.

/// A setting that only a new start changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name in the settings file.
    pub name: &'static str,
    /// What counts now. No secret.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
    /// What it means, in a sentence.
    pub meaning: String,
    /// The flag that sets it.
    pub flag: String,
    /// The variable of the environment that sets it.
    pub variable: String,
}

/// Where a setting comes from; the later ones win.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Nobody has set it.
    Default,
    /// The settings file.
    File,
    /// The environment.
    Environment,
    /// A flag.
    Flag,
}
