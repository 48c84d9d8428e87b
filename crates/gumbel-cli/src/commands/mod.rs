//! The commands: a folder for each experiment, a file for each other command.

pub(crate) mod bench;
pub(crate) mod compare;
pub(crate) mod comparing;
pub(crate) mod data;
pub(crate) mod eval;
pub(crate) mod figures;
pub(crate) mod fit;
pub(crate) mod frequency;
pub(crate) mod policy;
pub(crate) mod runs;
mod training;
pub(crate) mod vae;

use std::path::Path;
use std::thread::available_parallelism;

use gumbel_files::output;
use gumbel_train::Compute;

use crate::args::ComputeArgs;

/// The number of worker threads: the given one, or one for each core.
fn threads(given: Option<usize>) -> crate::Result<usize> {
    match given {
        Some(0) => Err(crate::Failure::usage("--threads: expected at least 1, found 0")),
        Some(n) if n > 1024 => {
            Err(crate::Failure::usage(format!("--threads: expected at most 1024, found {n}")))
        }
        Some(n) => Ok(n),
        None => Ok(available_parallelism().map_or(1, std::num::NonZero::get)),
    }
}

/// What computes a training, refused before data are loaded if this build does not have it.
fn compute(args: ComputeArgs) -> crate::Result<Compute> {
    let device = args.device.unwrap_or_default();
    device.check()?;
    Ok(Compute { threads: threads(args.threads)?, device })
}

/// Prints a line about `files` that a command has written: to standard output, or to standard error if
/// standard output is one of the files.
fn say_about_files(files: &[&Path], text: &str) -> crate::Result<()> {
    if files.iter().any(|file| output::is_standard_output(file)) {
        crate::note(text);
        return Ok(());
    }
    crate::say(text)
}

/// A path, quoted for a shell if necessary.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
