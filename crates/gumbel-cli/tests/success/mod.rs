//! Runs commands that must succeed.

use std::path::Path;

use crate::user::{gumbel, text};

pub(crate) fn with<'a>(first: &[&'a str], rest: &[&'a str]) -> Vec<&'a str> {
    [first, rest].concat()
}

/// Runs a command that must succeed, and returns its standard output.
pub(crate) fn stdout_of(here: &Path, arguments: &[&str]) -> String {
    let output = gumbel(here, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}
