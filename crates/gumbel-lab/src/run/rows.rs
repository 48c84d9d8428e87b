//! Rows of CSV files: numbers are written with as many digits as they need to be read back to the
//! bit.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::LabError;

/// Rows as text; with `names`, the names of their fields first. `path` is where they go.
pub(crate) fn csv_bytes<R: Serialize>(
    path: &Path,
    rows: &[R],
    names: bool,
) -> Result<Vec<u8>, LabError> {
    let mut writer = csv::WriterBuilder::new().has_headers(names).from_writer(Vec::new());
    let written = rows.iter().try_for_each(|row| writer.serialize(row)).map_err(csv::Error::into);
    written
        .and_then(|()| writer.into_inner().map_err(csv::IntoInnerError::into_error))
        .map_err(LabError::file("write", path))
}

/// The rows of a file.
pub(crate) fn read_rows<R: DeserializeOwned>(path: &Path) -> Result<Vec<R>, LabError> {
    let text = std::fs::read(path).map_err(LabError::file("read", path))?;
    let rows: Result<Vec<R>, _> = csv::Reader::from_reader(text.as_slice()).deserialize().collect();
    rows.map_err(|error| LabError::run(path, error.to_string()))
}
