//! The program under test.

use std::path::Path;
use std::process::Command;

/// The command `hotdesk` with these arguments in this folder, without settings from the environment.
pub fn hotdesk<const N: usize>(folder: &Path, arguments: [&str; N]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hotdesk"));
    program.current_dir(folder).args(arguments);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HOTDESK_")) {
        program.env_remove(name);
    }
    program
}

/// The command `hotdesk serve` on `hotdesk.db` in this folder, on a free port.
pub fn serve(folder: &Path) -> Command {
    hotdesk(folder, ["serve", "--listen", "127.0.0.1:0", "--log", "warn"])
}
