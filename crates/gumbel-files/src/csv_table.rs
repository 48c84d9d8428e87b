//! Codes as CSV tables: writes and reads classes and floats.
//!
//! One row for each image, cells separated by commas, the names of the columns first. A table without
//! names, or with semicolons or tabs in place of commas, is read as well. Numbers are written with as many
//! digits as they need to be read back to the bit.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use crate::FileError;
use crate::npy::{self, Table};

/// The first bytes of a NumPy file.
const NUMPY: &[u8] = b"\x93NUMPY";

/// Whether the name of a file ends in `.csv`, in any case.
pub fn is_named(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"))
}

/// Formats `values: [rows, columns]` as a CSV table; the columns are called `name_0`, `name_1`, ...
///
/// ```
/// let text = gumbel_files::csv_table::text("variable", &[3, 0, 1, 2], 2);
/// assert_eq!(text, "variable_0,variable_1\n3,0\n1,2\n");
/// ```
///
/// # Panics
/// When the values do not fill whole rows.
pub fn text<T: Display>(name: &str, values: &[T], columns: usize) -> String {
    assert!(values.len().is_multiple_of(columns), "text: the values are not whole rows");
    let line = |cells: &mut dyn Iterator<Item = String>| cells.collect::<Vec<_>>().join(",") + "\n";
    let names = line(&mut (0..columns).map(|column| format!("{name}_{column}")));
    let rows = values.chunks(columns).map(|row| line(&mut row.iter().map(T::to_string)));
    std::iter::once(names).chain(rows).collect()
}

/// Reads a table of integers. A NumPy file is read as one, whatever its name.
///
/// # Errors
/// A file that cannot be read, is not text or has no rows; rows of different lengths; a cell that is not
/// an integer, with its line and column.
pub fn read_integers(path: &Path) -> Result<Table<i128>, FileError> {
    read(path, "an integer", npy::read_integers)
}

/// Reads a table of numbers.
///
/// # Errors
/// As [`read_integers`], with numbers in place of integers.
pub fn read_floats(path: &Path) -> Result<Table<f64>, FileError> {
    read(path, "a number", npy::read_floats)
}

fn read<T: FromStr>(
    path: &Path,
    expected: &str,
    read_npy: fn(&Path) -> Result<Table<T>, FileError>,
) -> Result<Table<T>, FileError> {
    let bytes = std::fs::read(path).map_err(FileError::system("read", path))?;
    if bytes.starts_with(NUMPY) {
        return read_npy(path);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let first = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let delimiter = b",;\t".iter().find(|delimiter| first.contains(delimiter)).unwrap_or(&b',');
    let reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(*delimiter)
        .from_reader(bytes);
    let mut table = Table { rows: 0, columns: 0, values: Vec::new() };
    for (number, record) in reader.into_records().enumerate() {
        let record = record.map_err(|error| FileError::at_line(path, None, error.to_string()))?;
        let line = record.position().map(csv::Position::line);
        let wrong = |problem: String| FileError::at_line(path, line, problem);
        if number == 0 {
            table.columns = record.len();
            // A first row without a number holds the names.
            if record.iter().all(|cell| cell.parse::<f64>().is_err()) {
                continue;
            }
        }
        if record.len() != table.columns {
            let (cells, found) = (table.columns, record.len());
            return Err(wrong(format!(
                "expected {cells} cells as in the first line, found {found}"
            )));
        }
        for (column, cell) in (1..).zip(&record) {
            let value = cell.parse().map_err(|_| {
                wrong(format!("column {column}: expected {expected}, found {cell:?}"))
            })?;
            table.values.push(value);
        }
        table.rows += 1;
    }
    if table.rows == 0 {
        return Err(FileError::at_line(
            path,
            None,
            "expected a table with rows of numbers, found none",
        ));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_bytes<T>(bytes: &[u8], read: fn(&Path) -> Result<T, FileError>) -> Result<T, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("codes.csv");
        std::fs::write(&path, bytes).unwrap();
        read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn written_tables_are_read_back() {
        let table = Table { rows: 2, columns: 3, values: vec![0, 1, 9, 4, 65_536, 2] };
        let written = text("variable", &table.values, 3);
        assert_eq!(read_bytes(written.as_bytes(), read_integers).unwrap(), table);
        let numbers = [0.1_f32, -0.0, 1e-45, f32::MAX, 1.0 / 3.0, -7.0];
        let written = text("dimension", &numbers, 2);
        let found = read_bytes(written.as_bytes(), read_floats).unwrap();
        assert_eq!((found.rows, found.columns), (3, 2));
        let bits = found.values.iter().map(|&value| (value as f32).to_bits());
        assert!(bits.eq(numbers.map(f32::to_bits)), "{written}");
    }

    #[test]
    fn tables_of_other_programs_are_read() {
        let expected = Table { rows: 2, columns: 2, values: vec![1, 2, 3, 4] };
        for text in [
            "1,2\n3,4\n",
            "1,2\r\n3,4",
            "1;2\n3;4\n",
            "a\tb\n1\t2\n3\t4\n",
            "\u{feff}1, 2 \n 3,4\n",
            "a,b\n1,2\n\n3,4\n",
            "\"a\",\"b\"\n\"1\",\"2\"\n3,+4\n",
        ] {
            assert_eq!(read_bytes(text.as_bytes(), read_integers).unwrap(), expected, "{text:?}");
        }
        let (array, _) = npy::classes(&[1, 2, 3, 4], &[2, 2], 5);
        assert_eq!(read_bytes(&array, read_integers).unwrap(), expected);
    }

    #[test]
    fn malformed_tables_are_refused() {
        for (text, part) in [
            ("1,2\n3\n", "line 2: expected 2 cells as in the first line, found 1"),
            ("a,b\n1,x\n", "line 2: column 2: expected an integer, found \"x\""),
            ("1,2\n3,0.5\n", "line 2: column 2: expected an integer, found \"0.5\""),
            ("a,1\n2,3\n", "line 1: column 1: expected an integer, found \"a\""),
            ("", "rows of numbers, found none"),
            ("\n\n", "rows of numbers, found none"),
            ("a,b\n", "rows of numbers, found none"),
            ("1,2;3\n", "column 2: expected an integer, found \"2;3\""),
            ("1,\n", "line 1: column 2: expected an integer, found \"\""),
        ] {
            let error = read_bytes(text.as_bytes(), read_integers).unwrap_err();
            assert!(error.contains(part) && error.contains("codes.csv"), "{error}");
        }
        assert!(read_bytes(b"1,\xff\n", read_integers).unwrap_err().contains("codes.csv"));
    }
}
