//! DCT coefficients of JPEG files as arrays.

use std::path::PathBuf;

use gumbel_jpeg::{Chroma, Limits, read};
use numpy::{IntoPyArray, PyArray1, PyArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error;

/// The contents of a file that the caller gave as bytes or by its path.
fn contents(file: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(bytes) = file.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    let Ok(path) = file.extract::<PathBuf>() else {
        let found = file.get_type().name()?;
        let message = format!("file: expected a path or the bytes of a file, found {found}");
        return Err(PyTypeError::new_err(message));
    };
    // An `OSError` with the error number of the system and the path.
    let open = file.py().import("builtins")?.getattr("open")?;
    let opened = open.call1((path, "rb"))?;
    let read = opened.call_method0("read").and_then(|bytes| bytes.extract());
    opened.call_method0("close")?;
    read
}

/// Returns the coefficients on the grid of the luma's blocks as float32 `[192 * rows * columns]`, rows and columns.
#[pyfunction]
#[pyo3(signature = (file, chroma, /))]
pub(crate) fn dct_grid<'py>(
    py: Python<'py>,
    file: &Bound<'py, PyAny>,
    chroma: &str,
) -> PyResult<(Bound<'py, PyArray1<f32>>, usize, usize)> {
    let chroma = match chroma {
        "exact" => Chroma::Exact,
        "smooth" => Chroma::Smooth,
        "replicate" => Chroma::Replicate,
        _ => {
            return Err(error::refused(format!(
                "chroma: expected smooth, exact or replicate, found {chroma}"
            )));
        }
    };
    let bytes = contents(file)?;
    let (grid, rows, columns) = py
        .detach(|| {
            let jpeg = read(&bytes, &Limits::default())?;
            Ok((jpeg.grid(chroma), jpeg.rows(), jpeg.columns()))
        })
        .map_err(|e: gumbel_jpeg::JpegError| error::refused(e))?;
    Ok((grid.into_pyarray(py), rows, columns))
}

/// The quantised coefficients and the steps of one component.
type Plane<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// Returns, for each component of the file, the quantised coefficients int16 `[blocks high, blocks wide, 8, 8]` and the
/// quantisation steps uint16 `[8, 8]`.
#[pyfunction]
#[pyo3(signature = (file, /))]
pub(crate) fn dct_planes<'py>(
    py: Python<'py>,
    file: &Bound<'py, PyAny>,
) -> PyResult<Vec<Plane<'py>>> {
    let bytes = contents(file)?;
    let jpeg = py.detach(|| read(&bytes, &Limits::default())).map_err(error::refused)?;
    let planes = jpeg.components().iter().map(|component| {
        let shape = [component.blocks_high(), component.blocks_wide(), 8, 8];
        let coefficients = component.coefficients().to_vec().into_pyarray(py).reshape(shape)?;
        let steps = component.quantisation().to_vec().into_pyarray(py).reshape([8, 8])?;
        Ok((coefficients.into_any(), steps.into_any()))
    });
    planes.collect()
}
