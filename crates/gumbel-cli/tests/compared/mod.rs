//! The files of run folders that equal runs have in common.

#![allow(dead_code, reason = "not every test needs all of it")]

use std::fs;
use std::path::Path;

/// The files of times and machines.
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

/// Asserts that the report of a run says what to look at, what is odd, and how it was made; its settings are words.
pub(crate) fn assert_complete(page: &str, arguments: &str) {
    for part in [
        &format!("<dt>command</dt><dd>gumbel {arguments}</dd>"),
        "<dt>date</dt><dd>20",
        " UTC</dd>",
        "<dt>duration</dt><dd>",
        "<dt>machine</dt><dd>",
        "<dt>device</dt><dd>cpu</dd>",
        "<h2>What to look at</h2>",
        "The validation bound was best in ",
        "<h2>What is odd</h2>",
        "falls by the factor exp(-",
        "reaches its floor in epoch ",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("{&quot;"), "a setting is JSON");
}
