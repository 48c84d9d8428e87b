//! The native half of the Python package `gumbelkit`: the functions of the `gumbel` crates on arrays.
//!
//! Each function checks types and shapes, releases the interpreter's lock, and calls one function of a crate. It holds
//! no maths. The Python half gives defaults, axes and the documentation that users read.

mod arrays;
mod error;
mod key;
mod noise;
mod pool;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use super::error::Error;
    #[pymodule_export]
    use super::key::{Key, fold_in_rows};
    #[pymodule_export]
    use super::noise::fill_noise;
    #[pymodule_export]
    use super::pool::{num_threads, set_num_threads};

    #[pymodule_export]
    const VALUE_VERSION: u32 = gumbel::VALUE_VERSION;

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
