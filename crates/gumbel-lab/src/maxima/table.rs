//! One column of a CSV file, as numbers.

use std::fs;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord, Trim};

use crate::error::LabError;

/// What stands for a value that is not there, in any case, besides an empty cell.
const MISSING: [&str; 4] = ["na", "n/a", "nan", "null"];
/// Numbers beyond this cannot be drawn.
const LARGEST: f64 = 1e100;
/// Delimiters that are found without being told.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// How a file is read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The name of the column, or its number from 1. Not needed when there is one column.
    pub column: Option<String>,
    /// What stands between cells. Found from the first line when it is not told.
    pub delimiter: Option<u8>,
    /// Decimals have a comma, as in 12,5, in place of a point.
    pub decimal_comma: bool,
    /// Refuse empty cells instead of leaving them out.
    pub strict: bool,
}

/// A column of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The file.
    pub path: PathBuf,
    /// The name in the first line, or "column 2" where there are no names.
    pub name: String,
    /// The numbers, in the order of the file.
    pub values: Vec<f64>,
    /// How many cells were empty and left out.
    pub empty: usize,
}

impl Column {
    /// Reads one column of a CSV file.
    ///
    /// The first line holds names, unless every cell of it is a number or empty. Spaces around cells are left
    /// out, and so are lines that are empty or begin with `#`. Empty cells, NA, NaN and null are
    /// counted and left out, or refused when `strict`. Decimals have a point, or with `decimal_comma` a
    /// comma.
    ///
    /// # Errors
    /// A file that cannot be read or is not text, lines with different numbers of cells, no such
    /// column, a cell that is no number or beyond 1e100: each with the line, and the columns that there are.
    pub fn read(path: &Path, options: &Options) -> Result<Self, LabError> {
        let bytes = fs::read(path).map_err(LabError::file("read", path))?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let delimiter =
            options.delimiter.unwrap_or_else(|| delimiter_of(bytes, options.decimal_comma));
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .trim(Trim::All)
            .comment(Some(b'#'))
            .from_reader(bytes);
        let mut records = Vec::new();
        for record in reader.records() {
            records.push(record.map_err(|error| refused(path, &error, delimiter))?);
        }
        let Some(first) = records.first() else {
            return Err(LabError::table(path, None, "the file is empty"));
        };
        let names = names(first, options.decimal_comma);
        let index = choose(options.column.as_deref(), names.as_ref(), first.len())
            .map_err(|problem| LabError::table(path, None, problem))?;
        let name = match &names {
            Some(names) => names[index].clone(),
            None => format!("column {}", index + 1),
        };
        let mut column = Self { path: path.to_owned(), name, values: Vec::new(), empty: 0 };
        for record in &records[usize::from(names.is_some())..] {
            column.push(record, &record[index], options)?;
        }
        Ok(column)
    }

    fn push(
        &mut self,
        record: &StringRecord,
        cell: &str,
        options: &Options,
    ) -> Result<(), LabError> {
        let wrong = |problem: String| {
            let line = record.position().map(csv::Position::line);
            LabError::table(&self.path, line, format!("column {:?}: {problem}", self.name))
        };
        if is_missing(cell) {
            if options.strict {
                return Err(wrong("expected a number, found an empty cell".to_owned()));
            }
            self.empty += 1;
            return Ok(());
        }
        match number(cell, options.decimal_comma) {
            Some(value) if value.abs() <= LARGEST => {
                self.values.push(value);
                Ok(())
            }
            Some(value) if value.is_finite() => {
                Err(wrong(format!("expected a number within {LARGEST:e}, found {value:e}")))
            }
            _ => {
                let shown: String = cell.chars().take(40).collect();
                Err(wrong(format!(
                    "expected a finite number, found {shown:?}{}",
                    hint(cell, options)
                )))
            }
        }
    }
}

/// A number with a decimal point, or with a decimal comma and no point.
fn number(cell: &str, decimal_comma: bool) -> Option<f64> {
    match decimal_comma {
        true if cell.contains('.') => None,
        true => cell.replacen(',', ".", 1).parse().ok(),
        false => cell.parse().ok(),
    }
}

/// What to do about a cell that nearly is a number.
fn hint(cell: &str, options: &Options) -> &'static str {
    let plain = cell.replace('\u{2212}', "-");
    if plain != cell && number(&plain, options.decimal_comma).is_some() {
        " (this minus is not that of the keyboard: write -)"
    } else if cell.contains(['\n', '\r']) {
        " (a quote that nothing closes?)"
    } else if options.decimal_comma && cell.parse::<f64>().is_ok() {
        " (a decimal point, where --decimal-comma expects a comma)"
    } else if !options.decimal_comma && cell.replace(',', ".").parse::<f64>().is_ok() {
        " (write 12.5, not 12,5, or choose --decimal-comma; no comma between thousands)"
    } else {
        ""
    }
}

fn is_missing(cell: &str) -> bool {
    cell.is_empty() || MISSING.contains(&cell.to_ascii_lowercase().as_str())
}

/// The delimiter that is most frequent in the first line, outside of quotes. A decimal comma is none.
fn delimiter_of(bytes: &[u8], decimal_comma: bool) -> u8 {
    let line = bytes
        .split(|&b| b == b'\n' || b == b'\r')
        .find(|line| !line.is_empty() && line[0] != b'#')
        .unwrap_or_default();
    let mut counts = [0; DELIMITERS.len()];
    let mut quoted = false;
    for byte in line {
        quoted ^= *byte == b'"';
        if let Some(i) = DELIMITERS.iter().position(|d| d == byte)
            && !quoted
        {
            counts[i] += 1;
        }
    }
    // The first of equal ones, so a comma when there is none.
    let first = usize::from(decimal_comma);
    let best = (first..counts.len()).rev().max_by_key(|&i| counts[i]).unwrap_or_default();
    DELIMITERS[best]
}

/// The names of the columns, when the first line is not all numbers.
fn names(first: &StringRecord, decimal_comma: bool) -> Option<Vec<String>> {
    let numbers =
        first.iter().all(|cell| is_missing(cell) || number(cell, decimal_comma).is_some());
    (!numbers).then(|| first.iter().map(str::to_owned).collect())
}

/// The index of the column that is asked for.
fn choose(
    wanted: Option<&str>,
    names: Option<&Vec<String>>,
    columns: usize,
) -> Result<usize, String> {
    let there = || match names {
        Some(names) => format!("the names are {}", listed(names)),
        None => format!(
            "the first line holds numbers and no names: a column has a number, 1 to {columns}"
        ),
    };
    let Some(wanted) = wanted else {
        return if columns == 1 {
            Ok(0)
        } else {
            Err(format!("choose one of {columns} columns with --column: {}", there()))
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
        Ok(number) if (1..=columns).contains(&number) => Ok(number - 1),
        _ => Err(format!("no column {wanted:?}: {}", there())),
    }
}

/// The first names, in quotes.
fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(20).map(|name| format!("{name:?}")).collect();
    let more = names.len() - shown.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn refused(path: &Path, error: &csv::Error, delimiter: u8) -> LabError {
    let line = error.position().map(csv::Position::line);
    let problem = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let cells = if *expected_len == 1 { "cell" } else { "cells" };
            let hint = match delimiter {
                b',' if len > expected_len => {
                    " (--decimal-comma reads 12,5 as a number; a comma in a text needs quotes)"
                }
                _ => "",
            };
            format!("expected {expected_len} {cells} as in the first line, found {len}{hint}")
        }
        csv::ErrorKind::Utf8 { .. } => "this is not UTF-8 text: save it as CSV in UTF-8".to_owned(),
        _ => error.to_string(),
    };
    LabError::table(path, line, problem)
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
            // A name goes before a number.
            ("2,1,x\n1.5,9,7\n-20,9,7\n", "2"),
        ] {
            let found = read(text, column).map(|column| column.values);
            assert_eq!(found, Ok(vec![1.5, -20.0]), "{text:?}");
        }
    }

    /// A first line of numbers is data, if one of its cells is empty too.
    #[test]
    fn no_line_is_taken_for_names_by_mistake() {
        assert_eq!(read("1.5,,NA\n-20,2,3\n", "1").unwrap().values, [1.5, -20.0]);
    }

    #[test]
    fn empty_cells_are_counted_or_refused() {
        let text = "flow,x\n1,1\n,1\nNA,1\nnan,1\n2,1\n";
        let column = read(text, "flow").unwrap();
        assert_eq!((column.values, column.empty), (vec![1.0, 2.0], 3));
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

    #[test]
    fn what_is_wrong_is_named() {
        for (text, column, part) in [
            (&b"a,b\n1,2\n"[..], "c", "no column \"c\": the names are \"a\", \"b\""),
            (b"a,b\n1,2\n", "3", "no column \"3\""),
            (
                b"a,b\n1,2\n",
                "",
                "choose one of 2 columns with --column: the names are \"a\", \"b\"",
            ),
            (b"1,2\n3,4\n", "flow", "holds numbers and no names: a column has a number, 1 to 2"),
            (b"a,a\n1,2\n", "a", "columns 1 and 2 are both called \"a\""),
            (b"a\n1\nx y\n", "a", "line 3: column \"a\": expected a finite number, found \"x y\""),
            (b"a\n1\ninf\n", "a", "line 3: column \"a\": expected a finite number, found \"inf\""),
            (
                b"a\n1e200\n",
                "a",
                "line 2: column \"a\": expected a number within 1e100, found 1e200",
            ),
            (
                b"a;b\n1;2,5\n",
                "b",
                "found \"2,5\" (write 12.5, not 12,5, or choose --decimal-comma",
            ),
            (
                "a\n\u{2212}5\n".as_bytes(),
                "a",
                "found \"\u{2212}5\" (this minus is not that of the keyboard",
            ),
            (b"a,b\n1,\"2\n3,4\n", "b", "(a quote that nothing closes?)"),
            (b"a\n2,5\n", "a", "line 2: expected 1 cell as in the first line, found 2 (--decimal"),
            (b"a,b\n1,2\n3\n", "a", "line 3: expected 2 cells as in the first line, found 1"),
            (b"a\n1\n\xff\n", "a", "line 3: this is not UTF-8 text: save it"),
            (b"", "a", "the file is empty"),
            (b"# nothing\n\n", "a", "the file is empty"),
        ] {
            let error = read(text, column).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
