//! The `gumbel` command: parses arguments, calls the libraries, shows progress.

// `println!` and `eprintln!` panic if their stream is closed or full; `say` and `note` do not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod args;
mod commands;
mod entry;
mod experiments;
mod failure;
mod progress;
mod table;

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::FromArgMatches;

use args::{Cli, Command, Data, Reproduce, Runs, Train};
use failure::Failure;

/// Training allocates and frees many tensors of the same sizes. The system's allocator returns their
/// memory to the kernel each time, which costs up to half of the time of a step.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let parsed =
        args::command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return failure::usage(&error),
    };
    let result = match cli.command {
        Command::Train(train) => match *train {
            Train::Vae(args) => commands::vae::train::run(&args),
            Train::Gate(args) => commands::frequency::train::gate(&args),
            Train::Rgb(args) => commands::frequency::train::rgb(&args),
            Train::Policy(args) => commands::policy::train::run(&args),
        },
        Command::Channels(args) => commands::frequency::channels::run(&args),
        Command::Eval(args) => commands::eval::run(&args),
        Command::Play(args) => commands::policy::play::run(&args),
        Command::Sample(args) => commands::vae::sample::run(&args),
        Command::Encode(args) => commands::vae::encode::run(&args),
        Command::Decode(args) => commands::vae::decode::run(&args),
        Command::Data(Data::List(args)) => commands::data::list(&args),
        Command::Data(Data::Get(args)) => commands::data::get(&args),
        Command::Bench(args) => commands::bench::run(&args),
        Command::Compare(args) => commands::compare::run(&args),
        Command::Fit(args) => commands::fit::run(&args),
        Command::Reproduce(Reproduce::Frequency(args)) => {
            commands::frequency::reproduce::run(&args)
        }
        Command::Reproduce(Reproduce::Estimators(args)) => commands::vae::reproduce::run(&args),
        Command::Reproduce(Reproduce::Policies(args)) => commands::policy::reproduce::run(&args),
        Command::Runs(Runs::List(args)) => commands::runs::list(&args),
        Command::Figures(args) => commands::figures::run(&args),
    };
    match result {
        Ok(code) => code,
        Err(failure) => experiments::explained(failure).report(),
    }
}

/// Writes a line of the result to standard output. A closed pipe is no failure, because its reader has
/// read enough. Any other error of writing is a failure.
fn say(text: &str) -> Result<()> {
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::run(format!("cannot write the result: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a line to standard error, and ignores an error of writing.
fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

type Result<T> = std::result::Result<T, Failure>;
