//! What a command that succeeds says.

use std::path::Path;

use crate::user::{gumbel, text};

pub(crate) fn with<'a>(first: &[&'a str], rest: &[&'a str]) -> Vec<&'a str> {
    [first, rest].concat()
}

/// What a command that succeeds says on standard output.
pub(crate) fn said(here: &Path, arguments: &[&str]) -> String {
    let output = gumbel(here, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}
