//! Errors of the crates as Python exceptions.

use std::fmt::Display;

use pyo3::create_exception;
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;

create_exception!(
    gumbelkit,
    Error,
    PyValueError,
    "An argument that was refused: the message names it, what was expected and what was found."
);

/// Converts an error of the core: an axis out of range is an `IndexError`, all others are `gumbelkit.Error`.
pub(crate) fn core(error: gumbel::Error) -> PyErr {
    match error {
        gumbel::Error::Axis { .. } => PyIndexError::new_err(error.to_string()),
        // The core names its constructors where Python has arguments.
        _ => {
            refused(error.to_string().replace(
                "from_logits and from_weights take values",
                "logits and weights are values",
            ))
        }
    }
}

/// Converts an error of another crate.
pub(crate) fn refused(error: impl Display) -> PyErr {
    Error::new_err(error.to_string())
}
