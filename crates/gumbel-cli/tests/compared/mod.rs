//! The files of run folders that equal runs have in common.

#![allow(dead_code, unused_imports, reason = "not every test needs all of it")]

#[path = "../../../gumbel-train/tests/compared/mod.rs"]
mod shared;

pub(crate) use shared::compared;

/// The files of times and machines.
pub(crate) const OF_THIS_RUN: [&str; 2] = ["timing.csv", "sessions.csv"];

/// Asserts that the report of a run says what to look at, what is odd, and how it was made; its settings are words.
pub(crate) fn assert_complete(page: &str, arguments: &str) {
    // An option is one word of the page.
    let page = &page.replace("<span class=\"option\">", "").replace("</span>", "");
    for part in [
        format!("<dt>command</dt><dd>gumbel {arguments}</dd>").as_str(),
        "<dt>date</dt><dd>20",
        " UTC</dd>",
        "<dt>duration</dt><dd>",
        "<dt>machine</dt><dd>",
        "<dt>device</dt><dd>cpu</dd>",
        "<h2>What to look at</h2>",
        "The validation bound was best in ",
        "<h2>What is odd</h2>",
        "halves in ",
        "reaches its floor in epoch ",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("{&quot;"), "a setting is JSON");
}
