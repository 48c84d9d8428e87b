//! Functions that XLA calls: the native half of `gumbelkit.jax`.
//!
//! XLA calls a foreign function with the memory of its arguments and results, without the interpreter and without
//! copies. The structures of its C interface are written out in [`api`], so no header of C++ is needed to build;
//! [`frame`] makes safe values of them.
//!
//! | module | content |
//! |---|---|
//! | [`api`] | the structures of the C interface |
//! | [`frame`] | a call as slices; errors and panics; all unsafe code |
//! | [`batch`] | calls under `jax.vmap` |
//! | [`noise`], [`relax`], [`sample`] | the functions |

mod api;
mod batch;
mod frame;
mod noise;
mod relax;
mod sample;

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// The functions for `jax.ffi.register_ffi_target`, by name.
#[pyfunction]
pub(crate) fn xla_targets(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let targets = PyDict::new(py);
    targets.set_item("gumbelkit_noise", frame::capsule::<noise::Noise>(py)?)?;
    targets.set_item("gumbelkit_softmax", frame::capsule::<relax::Classes>(py)?)?;
    targets.set_item("gumbelkit_slopes", frame::capsule::<relax::Slopes>(py)?)?;
    targets.set_item("gumbelkit_binary", frame::capsule::<relax::Binary>(py)?)?;
    targets.set_item("gumbelkit_choices", frame::capsule::<sample::Choices>(py)?)?;
    targets.set_item("gumbelkit_integers", frame::capsule::<sample::Integers>(py)?)?;
    Ok(targets)
}
