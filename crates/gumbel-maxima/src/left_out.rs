//! Counts the parts of a file that gave no value, so that nothing is left out silently.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

/// The counts of cells and lines of a file that gave no value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// The number of cells of the column without a value, for each text: empty, NA, `#N/A`.
    pub cells: BTreeMap<String, usize>,
    /// The number of lines before the names that begin with `#`.
    pub comment_lines: u64,
    /// The number of lines with column formats after the names, 0 or 1 (USGS files have one).
    pub format_lines: u64,
    /// The number of lines that are empty or have only spaces, and do not count as a cell.
    pub blank_lines: u64,
}

impl LeftOut {
    /// The number of cells of the column without a value.
    pub fn missing(&self) -> usize {
        self.cells.values().sum()
    }

    /// Counts a cell without a value.
    pub(crate) fn cell(&mut self, text: &str) {
        *self.cells.entry(text.to_owned()).or_default() += 1;
    }

    /// The counts as one JSON object.
    pub(crate) fn json(&self) -> Value {
        json!({
            "cells": self.cells,
            "comment_lines": self.comment_lines,
            "format_lines": self.format_lines,
            "blank_lines": self.blank_lines,
        })
    }
}

/// Lists the counts: "2 empty cells, 1 cell #N/A, 1 comment line"; empty if nothing was left out.
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = |count: u64| if count == 1 { "" } else { "s" };
        let cells = self.cells.iter().map(|(text, &count)| match text.as_str() {
            "" => format!("{count} empty cell{}", s(count as u64)),
            text => format!("{count} cell{} {text}", s(count as u64)),
        });
        let lines = [
            (self.comment_lines, "comment line", ""),
            (self.format_lines, "line", " of column formats"),
            (self.blank_lines, "blank line", ""),
        ];
        let lines = lines.into_iter().filter(|(count, ..)| *count > 0);
        let lines = lines.map(|(count, what, rest)| format!("{count} {what}{}{rest}", s(count)));
        f.write_str(&cells.chain(lines).collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_listed() {
        let mut left_out = LeftOut::default();
        assert_eq!(left_out.to_string(), "");
        for cell in ["", "#N/A", "", "NA"] {
            left_out.cell(cell);
        }
        left_out.comment_lines = 2;
        left_out.format_lines = 1;
        left_out.blank_lines = 1;
        assert_eq!(
            left_out.to_string(),
            "2 empty cells, 1 cell #N/A, 1 cell NA, 2 comment lines, 1 line of column formats, 1 blank line"
        );
        assert_eq!(left_out.missing(), 4);
        assert_eq!(left_out.json()["cells"]["#N/A"], 1);
    }
}
