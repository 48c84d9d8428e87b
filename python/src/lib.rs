//! The native half of the Python package `gumbelkit`: the functions of the `gumbel` crates on arrays.
//!
//! Each function checks types and shapes, releases the interpreter's lock, and calls one function of a crate. It holds
//! no maths. The Python half gives defaults, axes and the documentation that users read.

mod arrays;
mod distribution;
mod error;
mod integers;
mod jpeg;
mod key;
mod memory;
mod noise;
mod pool;
mod relax;
mod sample;
mod textbook;
mod xla;

use pyo3::prelude::*;

#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use super::distribution::{GumbelFit, GumbelLaw, ReturnLevel};
    #[pymodule_export]
    use super::error::Error;
    #[pymodule_export]
    use super::integers::{distinct, integers, permutations};
    #[pymodule_export]
    use super::jpeg::{dct_grid, dct_planes};
    #[pymodule_export]
    use super::key::{Key, fold_in_rows};
    #[pymodule_export]
    use super::noise::{fill_noise, fill_noise_of_rows};
    #[pymodule_export]
    use super::pool::{fuses_multiply_add, num_threads, set_num_threads};
    #[pymodule_export]
    use super::relax::{
        binary_concrete, binary_concrete_vjp, binary_concrete_vjp_tau, gumbel_log_softmax,
        gumbel_log_softmax_vjp, gumbel_log_softmax_vjp_tau, gumbel_rao_vjp, gumbel_softmax,
        gumbel_softmax_vjp, gumbel_softmax_vjp_tau, hard_gumbel_softmax,
        straight_through_binary_concrete, straight_through_gumbel_softmax,
    };
    #[pymodule_export]
    use super::sample::{
        TopK, antithetic_pairs, categorical, gumbel_given_argmax, gumbel_given_maximum, gumbel_max,
        ln_sum, sample_many, top_k, top_k_shard,
    };
    #[pymodule_export]
    use super::textbook::{Lcg, draw_figure, figures, rejection};
    #[pymodule_export]
    use super::xla::xla_targets;

    #[pymodule_export]
    const VALUE_VERSION: u32 = gumbel::VALUE_VERSION;

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
