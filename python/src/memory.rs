//! A look for memory before a crate asks for it: a request that fails there would end the process.

use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;

/// Refuses a number of elements for which there is no memory.
pub(crate) fn room<T>(elements: usize) -> PyResult<()> {
    is_there::<T>(elements)
        .then_some(())
        .ok_or_else(|| PyMemoryError::new_err(format!("no memory for {elements} elements")))
}

/// Whether there is memory for a number of elements.
pub(crate) fn is_there<T>(elements: usize) -> bool {
    Vec::<T>::new().try_reserve_exact(elements).is_ok()
}
