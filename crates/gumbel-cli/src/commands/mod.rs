//! One file for each command.

pub(crate) mod eval;
pub(crate) mod figures;
pub(crate) mod runs;
pub(crate) mod sample;
pub(crate) mod train;

use std::thread::available_parallelism;

/// The number of worker threads: what was asked for, or one for each core.
fn threads(given: Option<usize>) -> crate::Result<usize> {
    match given {
        Some(0) => Err(crate::Failure::usage("threads: expected at least 1, found 0")),
        Some(n) if n > 1024 => {
            Err(crate::Failure::usage(format!("threads: expected at most 1024, found {n}")))
        }
        Some(n) => Ok(n),
        None => Ok(available_parallelism().map_or(1, std::num::NonZero::get)),
    }
}
