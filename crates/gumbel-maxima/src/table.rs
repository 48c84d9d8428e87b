//! One column of a CSV file, and every way it can be malformed.

use std::fs;
use std::path::{Path, PathBuf};

use csv::StringRecord;
use gumbel_files::FileError;

use crate::cell::{self, Cell};
use crate::comments::Comment;
use crate::error::MaximaError;
use crate::left_out::LeftOut;
use crate::rows::{Row, rows};
use crate::table_warnings::{self, TableWarnings};
use crate::text::text;

/// Options for reading a file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The name of the column, or its number from 1. Not needed when there is one column.
    pub column: Option<String>,
    /// The character between cells; a space means any number of spaces and tabs. `None`: the delimiter is
    /// recognised from the first line.
    pub delimiter: Option<u8>,
    /// Whether decimals have a comma, as in 12,5, in place of a point.
    pub decimal_comma: bool,
    /// Whether to refuse cells without a value and blank lines between rows instead of leaving them out.
    pub strict: bool,
}

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
    /// A file that cannot be read or is not text (UTF-8, or UTF-16 with a byte-order mark), lines with
    /// different numbers of cells, a row that begins with `#` among others that do not, a quote that is never
    /// closed, no such column, a first line that may hold names or not, a cell that is not a number, or a
    /// number beyond 1e290 or nearer to 0 than 1e-290: each with its line, or with the columns that there are.
    pub fn read(path: &Path, options: &Options) -> Result<Self, MaximaError> {
        let wrong = |line, problem: String| MaximaError::table(path, line, problem);
        let bytes = fs::read(path).map_err(FileError::system("read", path))?;
        let text = text(bytes).map_err(|(line, problem)| wrong(line, problem))?;
        let file = rows(&text, options.delimiter, options.decimal_comma)
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

/// The names of the columns, if the first line is not all numbers.
fn names(first: &StringRecord, decimal_comma: bool) -> Option<Vec<String>> {
    let is_value =
        |cell: &str| cell::is_missing(cell) || cell::number(cell, decimal_comma).is_some();
    (!first.iter().all(is_value)).then(|| first.iter().map(str::to_owned).collect())
}

/// The index of the column that the options choose.
fn choose(
    options: &Options,
    names: Option<&Vec<String>>,
    columns: usize,
    comments: u64,
) -> Result<usize, String> {
    let available = || match names {
        Some(names) => format!("the names are {}", listed(names)),
        None => {
            let comments =
                if comments > 0 { " (a line that begins with # is a comment)" } else { "" };
            format!(
                "the first line holds numbers and no names{comments}: choose a column by number, 1 to {columns}"
            )
        }
    };
    let Some(wanted) = options.column.as_deref() else {
        return if columns == 1 {
            Ok(0)
        } else {
            Err(format!("choose one of {columns} columns with --column: {}", available()))
        };
    };
    if let Some(names) = names {
        let mut found = names.iter().enumerate().filter(|(_, name)| *name == wanted);
        match (found.next(), found.next()) {
            (Some((first, _)), None) => return Ok(first),
            (Some((first, _)), Some((second, _))) => {
                let (first, second) = (first + 1, second + 1);
                return Err(format!(
                    "columns {first} and {second} are both called {wanted:?}: choose by number"
                ));
            }
            (None, _) => {}
        }
    }
    match wanted.parse::<usize>() {
        Ok(number) if (1..=columns).contains(&number) => match names {
            Some(names) if cell::number(&names[number - 1], options.decimal_comma).is_some() => {
                let found = &names[number - 1];
                Err(format!(
                    "the first line is not all numbers, so it holds names, but in column {number} it has \
                     {found}: put a line of names above it, or, if that is a name, choose --column {found}"
                ))
            }
            _ => Ok(number - 1),
        },
        _ => Err(format!("no column {wanted:?}: {}", available())),
    }
}

/// The first 20 names, in quotes.
fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(20).map(|name| format!("{name:?}")).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
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
mod tests {
    use super::*;

    fn read(text: impl AsRef<[u8]>, column: &str) -> Result<Column, String> {
        with(text, column, false)
    }

    fn with(text: impl AsRef<[u8]>, column: &str, strict: bool) -> Result<Column, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, text).unwrap();
        let column = (!column.is_empty()).then(|| column.to_owned());
        let options = Options { column, strict, ..Options::default() };
        Column::read(&path, &options).map_err(|error| error.to_string())
    }

    #[test]
    fn columns_are_found_by_name_and_number() {
        for (text, column) in [
            ("year,flow\n2001,1.5\n2002,-2e1\n", "flow"),
            ("year,flow\n2001,1.5\n2002,-2e1\n", "2"),
            ("\u{feff}flow\n1.5\n-2e1\n", "flow"),
            ("flow\n1.5\n-2e1", ""),
            ("1.5\n-20\n", ""),
            ("1.5;7\n-20;8\n", "1"),
            ("year\tpeak, \"high\"\tflow\r\n2001\t1\t1.5\r\n2002\t1\t-20\r\n", "flow"),
            ("# a gauge\n\n\"the year; local\";\"flow\"\n2001; 1.5\n\n2002;-20\n", "flow"),
            // A name takes precedence over a number.
            ("2,1,x\n1.5,9,7\n-20,9,7\n", "2"),
        ] {
            let found = read(text, column).map(|column| column.values);
            assert_eq!(found, Ok(vec![1.5, -20.0]), "{text:?}");
        }
    }

    /// A first line of numbers is data, even if one of its cells is empty.
    #[test]
    fn no_line_is_taken_for_names_by_mistake() {
        assert_eq!(read("1.5,,NA\n-20,2,3\n", "1").unwrap().values, [1.5, -20.0]);
    }

    #[test]
    fn empty_cells_are_counted_or_refused() {
        let text = "flow,x\n1,1\n,1\nNA,1\nnan,1\n2,1\n";
        let column = read(text, "flow").unwrap();
        assert_eq!((column.left_out.missing(), column.values), (3, vec![1.0, 2.0]));
        let error = with(text, "flow", true).unwrap_err();
        assert!(
            error.contains("line 3: column \"flow\": expected a number, found an empty"),
            "{error}"
        );
    }

    #[test]
    fn decimals_may_have_a_comma() {
        let read = |text: &str, column: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.csv");
            fs::write(&path, text).unwrap();
            let column = Some(column.to_owned());
            let options = Options { column, decimal_comma: true, ..Options::default() };
            Column::read(&path, &options)
                .map(|column| column.values)
                .map_err(|error| error.to_string())
        };
        for (text, column) in [
            ("year;flow\n2001;1,5\n2002;-20\n", "flow"),
            ("flow\n1,5\n-20\n", "1"),
            // The commas of the first line do not divide it.
            ("flow, peak\n1,5\n-2,0e1\n", "flow, peak"),
            ("1,5\t1,0\n-20\t2,0\n", "1"),
        ] {
            assert_eq!(read(text, column), Ok(vec![1.5, -20.0]), "{text:?}");
        }
        let error = read("flow\n1.265,5\n", "flow").unwrap_err();
        assert!(error.contains("line 2: column \"flow\": expected a finite number"), "{error}");
        let error = read("flow\n1.5\n", "flow").unwrap_err();
        assert!(error.contains("--decimal-comma expects a comma"), "{error}");
    }

    /// A rank or a mark before each row is no comment.
    #[test]
    fn rows_that_all_begin_with_a_hash_are_rows() {
        let found = read("rank,flow\n#1,5\n#2,7\n", "flow").unwrap();
        assert_eq!(found.values, [5.0, 7.0]);
        let found = read("day,flow\n####,5\n1,7\n#N/A,6\n", "flow").unwrap();
        assert_eq!(found.values, [5.0, 7.0, 6.0]);
    }

    #[test]
    fn mistakes_are_named() {
        for (text, column, part) in [
            (&b"a,b\n1,2\n"[..], "c", "no column \"c\": the names are \"a\", \"b\""),
            (b"a,b\n1,2\n", "3", "no column \"3\""),
            (
                b"a,b\n1,2\n",
                "",
                "choose one of 2 columns with --column: the names are \"a\", \"b\"",
            ),
            (
                b"1,2\n3,4\n",
                "flow",
                "holds numbers and no names: choose a column by number, 1 to 2",
            ),
            (b"a,a\n1,2\n", "a", "columns 1 and 2 are both called \"a\""),
            (b"a\n1\nx y\n", "a", "line 3: column \"a\": expected a finite number, found \"x y\""),
            (b"a\n1\ninf\n", "a", "line 3: column \"a\": expected a finite number, found \"inf\""),
            (b"a\n1e999\n", "a", "line 2: column \"a\": expected 0 or a number whose size is"),
            (
                b"a;b\n1;2,5\n",
                "b",
                "found \"2,5\" (write 12.5, not 12,5, or choose --decimal-comma",
            ),
            (
                "a\n\u{2212}5\n".as_bytes(),
                "a",
                "found \"\u{2212}5\" (this is not the minus sign of the keyboard",
            ),
            (b"a,b\n1,\"2\n3,4\n", "a", "line 2: a quote opens in this row and is never closed"),
            (b"a\n2,5\n", "a", "line 2: expected 1 cell as in the first line, found 2 (--decimal"),
            (b"a\r\n1\r\n\r\nx\r\n", "a", "line 4: column"),
            (
                b"a,b\n1,2\n#x\n",
                "a",
                "(a line that begins with # is a comment only before the first row",
            ),
            (
                b"a,b\n1,2\n#3,4\n",
                "b",
                "line 3: a row that begins with #: comments are allowed only",
            ),
            (b"a\n5s\n", "a", "line 2: column \"a\": expected a finite number, found \"5s\""),
            (b"a,b\n1,2\na,b\n3,4\n", "a", "line 3: the names of the first line again"),
            (b"2001-01-01,5\n2002-01-01,6\n", "2", "but in column 2 it has 5: put a line of names"),
            (b"#years\n1,2\n", "flow", "no names (a line that begins with # is a comment)"),
            (b"a,b\n1,2\n3\n", "a", "line 3: expected 2 cells as in the first line, found 1"),
            (b"a\n1\n\xff\n", "a", "line 3: this is not UTF-8 text: save it"),
            (b"", "a", "the file is empty"),
            (b"# nothing\n\n", "a", "holds no row: its line that begins with # is a comment"),
            (b"#1,5\n#2,7\n", "2", "holds no row: its 2 lines that begin with # are comments"),
            (
                b"#year,flow\n1,2\n3,4\n",
                "peak",
                "no column \"peak\": the names are \"year\", \"flow\"",
            ),
        ] {
            let error = read(text, column).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
