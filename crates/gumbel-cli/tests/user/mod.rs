//! Runs the command as a user with an empty home.

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The command, ready to run in `folder`, which is also the user's home. Environment variables that would
/// change its behaviour are removed.
pub(crate) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gumbel"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env("HOME", folder).env("XDG_CACHE_HOME", folder.join("cache"));
    for variable in ["https_proxy", "http_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(variable).env_remove(variable.to_uppercase());
    }
    command.env_remove("GUMBEL_DATA").env_remove("SSL_CERT_FILE");
    command
}

pub(crate) fn gumbel(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs the command, asserts that it fails with this status and one line on standard error that contains
/// `part`, and returns that line.
pub(crate) fn refused(folder: &Path, arguments: &[&str], status: i32, part: &str) -> String {
    let output = gumbel(folder, arguments);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {error}");
    assert_eq!(error.lines().count(), 1, "{arguments:?}: {error}");
    assert!(error.starts_with("error: ") && error.contains(part), "{arguments:?}: {error}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    error
}
