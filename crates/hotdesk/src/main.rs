//! Hotdesk binary: commands, configuration and wiring.

mod atomic_file;
mod cli;
mod client;
mod commands;
mod config;
mod diff;
mod failure;
mod fleet_document;
mod in_process;
mod inspect;
mod output;
mod plan_runner;
mod progress;
mod retention;
mod system;
mod table;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use commands::rows::{self, RowClient};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Default cryptography for TLS. This fails only if a default is already installed.
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
    let config = config::Config::read(cli.config.as_deref(), &cli.common)?;
    match cli.command {
        Command::Serve(args) => commands::serve::run(&config.serve(&args)?),
        Command::Demo(args) => commands::demo::run(&config.serve(&args)?),
        Command::Migrate => commands::migrate::run(&config),
        Command::Apply(args) => commands::apply::run(&config, &args),
        Command::Export(args) => commands::export::run(&config, &args),
        Command::Import(args) => commands::import::run(&config, &args),
        Command::Rollout(args) => commands::rollout::run(&config, &args),
        Command::Conf(args) => commands::conf::run(&config, &args),
        Command::Doctor(args) => commands::doctor::run(&config, &args),
        Command::Why(args) => commands::why::run(&config, &args),
        Command::Sidecar(args) => commands::sidecar::run(&args),
        Command::Simulate(args) => commands::simulate::run(&args),
        Command::Phone(args) => RowClient::open(&config, &args.api, &rows::PHONES)?.run(&args.action),
        Command::Alias(args) => RowClient::open(&config, &args.api, &rows::ALIASES)?.run_aliases(&args.action),
        Command::Dialer(args) => RowClient::open(&config, &args.api, &rows::DIALERS)?.run(&args.action),
        Command::User(args) => commands::user::run(&config, &args.api, &args.action),
        Command::Token(args) => commands::token::run(&config, &args.api, &args.action),
        Command::Session(args) => commands::session::run(&config, &args.api, &args.action),
        Command::Completions { shell } => commands::completions::completions(shell),
        Command::Man { out } => commands::completions::man(&out),
    }
}
