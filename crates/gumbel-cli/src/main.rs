//! The `gumbel` command: parses arguments, calls the libraries, shows progress.

mod args;
mod commands;
mod failure;
mod progress;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command, Runs, Train};
use failure::Failure;

/// Training makes and drops many tensors of the same sizes; the system's allocator gives them back
/// to the kernel each time, which costs up to half of the time of a step.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return failure::usage(&error),
    };
    let result = match cli.command {
        Command::Train(Train::Vae(args)) => commands::train::run(&args),
        Command::Eval(args) => commands::eval::run(&args),
        Command::Sample(args) => commands::sample::run(&args),
        Command::Runs(Runs::List(args)) => commands::runs::list(&args),
    };
    match result {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

/// Writes a result. A reader that has closed the pipe has read enough.
fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}

type Result<T> = std::result::Result<T, Failure>;
