//! The binary: commands, configuration, wiring.

mod cli;
mod commands;
mod config;
mod document;
mod failure;
mod files;
mod inspect;
mod output;
mod retention;
mod system;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("hotdesk: {failure}");
            failure.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, failure::Failure> {
    let config = config::Config::resolve(&cli.settings)?;
    match cli.command {
        Command::Serve(settings) => commands::serve::run(&config.with_serving(&settings)?),
        Command::Demo(settings) => commands::demo::run(&config.with_serving(&settings)?),
        Command::Migrate => commands::migrate::run(&config),
        Command::Apply(wanted) => commands::apply::run(&config, &wanted),
        Command::Export { json } => commands::export::run(&config, json),
        Command::Conf(wanted) => commands::conf::run(&config, &wanted),
        Command::Doctor(wanted) => commands::doctor::run(&config, &wanted),
        Command::Why(asked) => commands::why::run(&config, &asked),
        Command::Sidecar(wanted) => commands::sidecar::run(&wanted),
        Command::Simulate(wanted) => commands::simulate::run(&wanted),
        Command::User(command) => commands::user::run(&config, &command),
    }
}
