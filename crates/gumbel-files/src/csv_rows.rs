//! Rows of CSV files: numbers are written with as many digits as they need to be read back to the
//! bit.

use std::io;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::FileError;

/// Rows as text; with `names`, the names of their fields first. `path` is the file, for the error. The
/// number -0 is written as 0.0.
pub fn csv_bytes<R: Serialize>(path: &Path, rows: &[R], names: bool) -> Result<Vec<u8>, FileError> {
    let text = serialised(rows, names).map_err(FileError::system("write", path))?;
    if !text.windows(NEGATIVE_ZERO.len()).any(|part| part == NEGATIVE_ZERO) {
        return Ok(text);
    }
    without_negative_zeros(rows, names).map_err(FileError::system("write", path))
}

/// The text of -0.
const NEGATIVE_ZERO: &[u8] = b"-0.0";

fn serialised<R: Serialize>(rows: &[R], names: bool) -> io::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().has_headers(names).from_writer(Vec::new());
    rows.iter().try_for_each(|row| writer.serialize(row))?;
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// Writes the rows field by field, and 0.0 for each field `-0.0` that is a number and not text.
fn without_negative_zeros<R: Serialize>(rows: &[R], names: bool) -> io::Result<Vec<u8>> {
    let text = serialised(rows, true)?;
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = reader.headers()?.clone();
    if names {
        writer.write_record(&head)?;
    }
    for (record, row) in reader.records().zip(rows) {
        let (record, values) = (record?, serde_json::to_value(row)?);
        let fields = record.iter().zip(&head).map(|(field, name)| {
            if field.as_bytes() == NEGATIVE_ZERO && values[name].is_number() {
                "0.0"
            } else {
                field
            }
        });
        writer.write_record(fields)?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// The rows of a file.
pub fn read_rows<R: DeserializeOwned>(path: &Path) -> Result<Vec<R>, FileError> {
    let text = std::fs::read(path).map_err(FileError::system("read", path))?;
    let rows: Result<Vec<R>, _> = csv::Reader::from_reader(text.as_slice()).deserialize().collect();
    rows.map_err(|error| FileError::content(path, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Row {
        class: &'static str,
        loss: f64,
        rate: Option<f32>,
    }

    #[test]
    fn no_number_is_negative_zero() {
        let row = |class, loss, rate| Row { class, loss, rate };
        let rows = [
            row("-0.0", -0.0, Some(-0.0)),
            row("a, \"b\"", 0.25, None),
            row("c", -0.05, Some(1e-9)),
        ];
        let lines = "-0.0,0.0,0.0\n\"a, \"\"b\"\"\",0.25,\nc,-0.05,1e-9\n";
        let text = |rows: &[Row], names| {
            String::from_utf8(csv_bytes("a.csv".as_ref(), rows, names).unwrap()).unwrap()
        };
        assert_eq!(text(&rows, true), format!("class,loss,rate\n{lines}"));
        assert_eq!(text(&rows, false), lines);
        // Rows that need no change are written in the same way.
        assert_eq!(text(&rows[1..], false), lines[13..]);
    }
}
