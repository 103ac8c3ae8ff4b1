//! The binary: commands, configuration, wiring.

mod at_home;
mod changing;
mod cli;
mod client;
mod commands;
mod config;
mod diff;
mod document;
mod failure;
mod files;
mod inspect;
mod output;
mod progress;
mod retention;
mod system;
mod table;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use commands::rows::{self, Desk};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // What speaks TLS and is not told with whose cryptography takes this one. It fails only where there is one already.
    drop(rustls::crypto::ring::default_provider().install_default());
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
        Command::Export(wanted) => commands::export::run(&config, &wanted),
        Command::Import(wanted) => commands::import::run(&config, &wanted),
        Command::Rollout(wanted) => commands::rollout::run(&config, &wanted),
        Command::Conf(wanted) => commands::conf::run(&config, &wanted),
        Command::Doctor(wanted) => commands::doctor::run(&config, &wanted),
        Command::Why(asked) => commands::why::run(&config, &asked),
        Command::Sidecar(wanted) => commands::sidecar::run(&wanted),
        Command::Simulate(wanted) => commands::simulate::run(&wanted),
        Command::Phone(wanted) => Desk::open(&config, &wanted.api, &rows::PHONES)?.run(&wanted.act),
        Command::Alias(wanted) => Desk::open(&config, &wanted.api, &rows::ALIASES)?.run_aliases(&wanted.act),
        Command::Server(wanted) => Desk::open(&config, &wanted.api, &rows::SERVERS)?.run(&wanted.act),
        Command::User(wanted) => commands::user::run(&config, &wanted.api, &wanted.act),
        Command::Token(wanted) => commands::token::run(&config, &wanted.api, &wanted.act),
        Command::Session(wanted) => commands::session::run(&config, &wanted.api, &wanted.act),
        Command::Completions { shell } => commands::completions::completions(shell),
        Command::Man { out } => commands::completions::man(&out),
    }
}
