//! One column of a CSV file, and every way it can be malformed.

use std::fs;
use std::path::{Path, PathBuf};

use csv::StringRecord;
use gumbel_files::FileError;

use crate::cell::{self, Cell};
use crate::choice::{choose, names};
use crate::comments::Comment;
use crate::error::MaximaError;
use crate::left_out::LeftOut;
use crate::options::{Delimiter, Options};
use crate::rows::{Row, rows};
use crate::table_warnings::{self, TableWarnings};
use crate::text::text;

/// A column of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// The file that was read.
    pub path: PathBuf,
    /// The name of the column in the first line, or "column 2" in a file without names.
    pub name: String,
    /// The numbers, in the order of the file.
    pub values: Vec<f64>,
    /// The counts of cells and lines of the file that gave no value.
    pub left_out: LeftOut,
    /// The number of values that are whole numbers with more digits than 53 bits hold.
    pub rounded: usize,
    /// Warnings about content of the file that looks wrong and may be right, a sentence each.
    pub warnings: Vec<String>,
}

impl Column {
    /// Reads one column of a CSV file.
    ///
    /// The first line holds names, unless each of its cells is a number or a missing value. Lines before it
    /// that begin with `#` are comments, and so is the line of column formats (`5s`, `15s`, `10d`) that the
    /// USGS writes after the names. If the first line holds values (numbers, dates), the last comment before
    /// it holds the names if it has a word for each of several columns, as `# year,flow`. A comment that looks
    /// like a row, as `#1,312`, gives a warning, or an error if `strict`. Spaces around cells are ignored. Empty
    /// cells, NA, NaN, null and the errors of spreadsheets (`#N/A`, `#DIV/0!`) are missing values. They and
    /// blank lines are left out and counted, or are errors if `strict`. A blank line in a file of one column
    /// is an empty cell. Decimals have a point, or with `decimal_comma` a comma.
    ///
    /// # Errors
    /// Options that [`Options::check`] refuses, a file that cannot be read or is not text (UTF-8, or UTF-16 with
    /// a byte-order mark), lines with different numbers of cells, a row that begins with `#` among others that do
    /// not, a quote that is never closed, no such column, a first line that may hold names or not, a cell that is
    /// not a number, or a number beyond 1e290 or nearer to 0 than 1e-290: each with its line, or with the columns
    /// that there are.
    pub fn read(path: &Path, options: &Options) -> Result<Self, MaximaError> {
        options.check()?;
        let wrong = |line, problem: String| MaximaError::table(path, line, problem);
        let bytes = fs::read(path).map_err(FileError::system("read", path))?;
        let text = text(bytes).map_err(|(line, problem)| wrong(line, problem))?;
        let file = rows(&text, options.delimiter.map(Delimiter::byte), options.decimal_comma)
            .map_err(|(line, problem)| wrong(line, problem))?;
        let Some(first) = file.rows.first() else {
            return Err(wrong(None, no_rows(&file.comments)));
        };
        let columns = first.cells.len();
        let names_at = |comment: &Comment| {
            let names = comment.names(&first.cells, file.delimiter, options.decimal_comma);
            names.map(|names| (names, comment.line))
        };
        let commented_names = file.comments.last().and_then(names_at);
        let names_line = commented_names.as_ref().map(|(_, line)| *line);
        let names = match commented_names {
            Some((names, _)) => Some(names),
            None => names(&first.cells, options.decimal_comma),
        };
        let comments = file.comments.len() as u64 - u64::from(names_line.is_some());
        let index = choose(options, names.as_ref(), columns, comments)
            .map_err(|problem| wrong(None, problem))?;
        let name = match &names {
            Some(names) => names[index].clone(),
            None => format!("column {}", index + 1),
        };
        let mut column = Self { path: path.to_owned(), name, ..Self::default() };
        column.left_out.comment_lines = comments;
        column.left_out.blank_lines = file.blank;
        let is_like_a_row = |comment: &&Comment| {
            comment.is_like_a_row(index, columns, file.delimiter, options.decimal_comma)
        };
        let rows_in_comments: Vec<_> =
            file.comments.iter().filter(is_like_a_row).map(|comment| comment.line).collect();
        if let (true, Some(&line)) = (options.strict, rows_in_comments.first()) {
            let problem = "a comment that looks like a row, with a number in the column: remove the line or the #";
            return Err(wrong(Some(line), problem.to_owned()));
        }
        column.warnings.extend(names_line.map(table_warnings::of_names_in_a_comment));
        column.warnings.extend(table_warnings::of_rows_in_comments(&rows_in_comments));
        column
            .warnings
            .extend(names.as_ref().and_then(|names| table_warnings::of_name(&names[index])));
        let in_a_row = names.is_some() && names_line.is_none();
        let mut rest = &file.rows[usize::from(in_a_row)..];
        if let [formats, values @ ..] = rest
            && in_a_row
            && columns > 1
            && formats.cells.iter().all(is_format)
        {
            column.left_out.format_lines = 1;
            column.left_out.blank_lines += formats.blank;
            rest = values;
        }
        let mut warnings = TableWarnings::new(columns, file.delimiter, options.decimal_comma);
        let commented = |row: &Row| is_commented(&row.cells[0]);
        let any_comment = !rest.iter().all(commented);
        for row in rest {
            column.blank_lines_before(row, columns, options)?;
            let wrong = |problem: String| wrong(Some(row.line), problem);
            if row.cells.len() != columns {
                // A line of spaces alone.
                if row.cells.len() == 1 && row.cells[0].is_empty() {
                    column.blank_line(row.line, options)?;
                    continue;
                }
                return Err(wrong(uneven(&row.cells, columns, file.delimiter)));
            }
            if any_comment && commented(row) {
                let problem = "a row that begins with #: comments are allowed only before the first row, so \
                               remove the line or the #";
                return Err(wrong(problem.to_owned()));
            }
            let cell = &row.cells[index];
            let named = |problem: &str| wrong(format!("column {:?}: {problem}", column.name));
            match Cell::of(cell, options.decimal_comma) {
                Cell::Missing if options.strict => {
                    let found = match cell {
                        "" => "an empty cell".to_owned(),
                        cell => format!("{cell:?}, a missing value"),
                    };
                    return Err(named(&format!("expected a number, found {found}")));
                }
                Cell::Missing => column.left_out.cell(cell),
                Cell::Number { value, rounded } => {
                    column.values.push(value);
                    warnings.value(cell);
                    column.rounded += usize::from(rounded);
                }
                Cell::Wrong(_) if names.as_ref().is_some_and(|names| row.cells == *names) => {
                    let problem =
                        "the names of the first line again: were files joined? Remove this line";
                    return Err(wrong(problem.to_owned()));
                }
                Cell::Wrong(problem) => return Err(named(&problem)),
            }
            warnings.row(row);
        }
        column.warnings.extend(warnings.sentences());
        Ok(column)
    }

    /// Counts, or refuses, the empty lines before a row.
    fn blank_lines_before(
        &mut self,
        row: &Row,
        columns: usize,
        options: &Options,
    ) -> Result<(), MaximaError> {
        for line in row.line - row.blank..row.line {
            if columns > 1 || self.values.is_empty() && self.left_out.cells.is_empty() {
                self.blank_line(line, options)?;
            } else if options.strict {
                let problem = "expected a number, found a blank line".to_owned();
                return Err(MaximaError::table(&self.path, Some(line), problem));
            } else {
                self.left_out.cell("");
            }
        }
        Ok(())
    }

    fn blank_line(&mut self, line: u64, options: &Options) -> Result<(), MaximaError> {
        if options.strict {
            let problem = "expected a row, found a blank line".to_owned();
            return Err(MaximaError::table(&self.path, Some(line), problem));
        }
        self.left_out.blank_lines += 1;
        Ok(())
    }
}

/// The error of a file without rows.
fn no_rows(comments: &[Comment]) -> String {
    match comments.len() {
        0 => "the file is empty".to_owned(),
        1 => "the file holds no row: its line that begins with # is a comment".to_owned(),
        count => format!("the file holds no row: its {count} lines that begin with # are comments"),
    }
}

/// Whether a cell is a column format, as the USGS writes after the names: a width and a kind, as 15s or 8n.
fn is_format(cell: &str) -> bool {
    let kind = cell.trim_start_matches(|c: char| c.is_ascii_digit());
    kind.len() < cell.len() && matches!(kind, "s" | "n" | "d" | "S" | "N" | "D" | "m" | "M")
}

/// Whether a row with this first cell may be meant as a comment. `####` is not: spreadsheets write it for a
/// date in a column that is too narrow.
fn is_commented(first: &str) -> bool {
    first.starts_with('#') && !cell::is_missing(first) && first.contains(|c| c != '#')
}

/// The error of a row with another number of cells than the first.
fn uneven(cells: &StringRecord, columns: usize, delimiter: u8) -> String {
    let hint = match delimiter {
        _ if is_commented(&cells[0]) => {
            " (a line that begins with # is a comment only before the first row)"
        }
        b',' if cells.len() > columns => {
            " (--decimal-comma reads 12,5 as a number; a comma in a text needs quotes)"
        }
        _ => "",
    };
    let word = if columns == 1 { "cell" } else { "cells" };
    format!("expected {columns} {word} as in the first line, found {}{hint}", cells.len())
}

#[cfg(test)]
mod tests;
