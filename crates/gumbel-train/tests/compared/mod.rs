//! What equal runs have in common, for the tests of every crate that trains.

use std::fs;
use std::path::Path;

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
