//! What the commands `gumbel reproduce` share: the end of a comparison, with its table.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use gumbel_lab::{LabError, Progress};

use super::quoted;
use super::training::STOPPED;
use crate::failure::Failure;
use crate::{Result, note, say};

/// The time of --budget.
pub(crate) fn budget(minutes: f64) -> Duration {
    Duration::from_secs_f64(60.0 * minutes)
}

/// The names of --only, each once; those of the comparison if none is given.
pub(crate) fn only<T: Copy + PartialEq>(given: &[T], all: Vec<T>) -> Vec<T> {
    let mut names = Vec::new();
    for &name in given {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { all } else { names }
}

/// Says how a comparison ended: writes the report of what is finished, and prints `table`, a file of the folder.
pub(crate) fn end<T>(
    ended: Progress<T>,
    out: &Path,
    table: &str,
    report: impl FnOnce(&[T]) -> std::result::Result<(), LabError>,
) -> Result<ExitCode> {
    let again = format!("the same command continues the comparison in {}", quoted(out));
    let finished = match ended {
        Progress::Stopped => {
            say(&format!("stopped; {again}"))?;
            return Ok(ExitCode::from(STOPPED));
        }
        Progress::OutOfTime(finished) => {
            note(&format!("--budget is used up; {again}"));
            finished
        }
        Progress::Complete(finished) => finished,
    };
    if finished.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    report(&finished)?;
    let table = std::fs::read_to_string(out.join(table)).map_err(|error| {
        Failure::run(format!("cannot read the table of the comparison: {error}"))
    })?;
    say(table.trim_end())?;
    say(&format!("report     {}", out.join("report.html").display()))?;
    Ok(ExitCode::SUCCESS)
}
