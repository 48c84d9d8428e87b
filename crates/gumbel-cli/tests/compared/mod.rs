//! The files of run folders that equal runs have in common.

use std::fs;
use std::path::Path;

/// The files of times and machines.
#[allow(dead_code, reason = "not every test lists the files")]
pub(crate) const OF_THIS_RUN: [&str; 2] = ["timing.csv", "sessions.csv"];

/// The bytes of a file of a run; of the report without how it was made, which differs between equal runs.
pub(crate) fn compared(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    if !path.ends_with("report.html") {
        return bytes;
    }
    let page = String::from_utf8(bytes).unwrap();
    let (before, made) = page.split_once("<dl class=\"facts\">").expect("how it was made");
    let (_, after) = made.split_once("</dl>").expect("the end of the list");
    format!("{before}{after}").into_bytes()
}
