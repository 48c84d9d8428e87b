//! Relaxed and hard samples, and their gradients, on arrays.
//!
//! Each function takes the axis of the classes as the number of a dimension. A result goes into an array of the caller.

use gumbel::{Axis, Temperature};
use numpy::PyArrayDyn;
use pyo3::prelude::*;

use crate::arrays::{Read, Write, by_type, by_wide_type};
use crate::error;
use crate::key::Keys;
use crate::noise::Source;
use crate::pool;

/// One temperature, or a float64 array with one for each row.
pub(crate) enum Tau<'py> {
    Scalar(f64),
    Rows(Read<'py, f64>),
}

impl<'py> Tau<'py> {
    pub(crate) fn of(tau: &Bound<'py, PyAny>) -> PyResult<Self> {
        if tau.cast::<PyArrayDyn<f64>>().is_ok() {
            return Read::of("temperature", tau).map(Self::Rows);
        }
        tau.extract().map(Self::Scalar)
    }

    pub(crate) fn get(&self) -> PyResult<Temperature<'_>> {
        Ok(match self {
            &Self::Scalar(tau) => Temperature::Scalar(tau),
            Self::Rows(tau) => Temperature::PerRow(tau.slice()?),
        })
    }
}

pub(crate) fn axis(shape: &[usize], dim: isize) -> PyResult<Axis> {
    Axis::of(shape, dim).map_err(error::core)
}

/// Defines a function that relaxes logits into `out`: along an axis, or each logit by itself.
macro_rules! relaxation {
    ($types:ident: $(#[$doc:meta])* $name:ident: $core:ident($($axis:ident)?)) => {
        $(#[$doc])*
        #[pyfunction]
        #[pyo3(signature = (logits, $($axis,)? temperature, source, offset, out, /))]
        pub(crate) fn $name<'py>(
            py: Python<'py>,
            logits: &Bound<'py, PyAny>,
            $($axis: isize,)?
            temperature: &Bound<'py, PyAny>,
            source: &Bound<'py, PyAny>,
            offset: u64,
            out: &Bound<'py, PyAny>,
        ) -> PyResult<()> {
            let temperature = Tau::of(temperature)?;
            $types!("logits", logits, T, f => {
                let logits = Read::<T>::of("logits", logits)?;
                let source = Source::<T>::of(source, offset)?;
                let mut out = Write::<T>::of("out", out)?;
                $(let $axis = axis(logits.shape(), $axis)?;)?
                let (logits, noise, tau) = (logits.slice()?, source.noise()?, temperature.get()?);
                let out = out.slice()?;
                pool::run(py, out.len(), || f::$core(logits, $($axis,)? tau, noise, out))?
                    .map_err(error::core)
            })
        }
    };
}

/// Defines a function that draws hard samples and the soft samples that give their gradients.
macro_rules! straight_through {
    ($types:ident: $(#[$doc:meta])* $name:ident: $core:ident($($axis:ident)?)) => {
        $(#[$doc])*
        #[pyfunction]
        #[pyo3(signature = (logits, $($axis,)? temperature, source, offset, hard, soft, /))]
        pub(crate) fn $name<'py>(
            py: Python<'py>,
            logits: &Bound<'py, PyAny>,
            $($axis: isize,)?
            temperature: &Bound<'py, PyAny>,
            source: &Bound<'py, PyAny>,
            offset: u64,
            hard: &Bound<'py, PyAny>,
            soft: &Bound<'py, PyAny>,
        ) -> PyResult<()> {
            let temperature = Tau::of(temperature)?;
            $types!("logits", logits, T, f => {
                let logits = Read::<T>::of("logits", logits)?;
                let source = Source::<T>::of(source, offset)?;
                let (mut hard, mut soft) =
                    (Write::<T>::of("hard", hard)?, Write::<T>::of("soft", soft)?);
                $(let $axis = axis(logits.shape(), $axis)?;)?
                let (logits, noise, tau) = (logits.slice()?, source.noise()?, temperature.get()?);
                let (hard, soft) = (hard.slice()?, soft.slice()?);
                pool::run(py, hard.len(), || f::$core(logits, $($axis,)? tau, noise, hard, soft))?
                    .map_err(error::core)
            })
        }
    };
}

/// Defines a vector-Jacobian product by the logits: from a sample and the gradient of the sample.
macro_rules! vjp {
    ($types:ident: $(#[$doc:meta])* $name:ident: $core:ident($($axis:ident)?)) => {
        $(#[$doc])*
        #[pyfunction]
        #[pyo3(signature = (y, dy, $($axis,)? temperature, out, /))]
        pub(crate) fn $name<'py>(
            py: Python<'py>,
            y: &Bound<'py, PyAny>,
            dy: &Bound<'py, PyAny>,
            $($axis: isize,)?
            temperature: &Bound<'py, PyAny>,
            out: &Bound<'py, PyAny>,
        ) -> PyResult<()> {
            let temperature = Tau::of(temperature)?;
            $types!("y", y, T, f => {
                let (y, dy) = (Read::<T>::of("y", y)?, Read::<T>::of("dy", dy)?);
                let mut out = Write::<T>::of("out", out)?;
                $(let $axis = axis(y.shape(), $axis)?;)?
                let (y, dy, tau) = (y.slice()?, dy.slice()?, temperature.get()?);
                let out = out.slice()?;
                pool::run(py, out.len(), || f::$core(y, dy, $($axis,)? tau, out))?
                    .map_err(error::core)
            })
        }
    };
}

/// Defines a vector-Jacobian product by the temperatures: from a sample and the gradient of its logits.
macro_rules! vjp_tau {
    ($types:ident: $(#[$doc:meta])* $name:ident: $core:ident($($axis:ident)?)) => {
        $(#[$doc])*
        #[pyfunction]
        #[pyo3(signature = (y, dlogits, $($axis,)? out, /))]
        pub(crate) fn $name<'py>(
            py: Python<'py>,
            y: &Bound<'py, PyAny>,
            dlogits: &Bound<'py, PyAny>,
            $($axis: isize,)?
            out: &Bound<'py, PyAny>,
        ) -> PyResult<()> {
            $types!("y", y, T, f => {
                let (y, dlogits) = (Read::<T>::of("y", y)?, Read::<T>::of("dlogits", dlogits)?);
                let mut out = Write::<f64>::of("out", out)?;
                $(let $axis = axis(y.shape(), $axis)?;)?
                let (y, dlogits, out) = (y.slice()?, dlogits.slice()?, out.slice()?);
                pool::run(py, y.len(), || f::$core(y, dlogits, $($axis,)? out))?
                    .map_err(error::core)
            })
        }
    };
}

relaxation! {
    by_type:
    /// Writes softmax((logits + Gumbel noise) / temperature) into `out`.
    gumbel_softmax: gumbel_softmax_into(dim)
}
relaxation! {
    by_type:
    /// Writes sigmoid((logits + logistic noise) / temperature) into `out`.
    binary_concrete: binary_concrete_into()
}
/// Writes the one-hot of the argmax of logits + Gumbel noise of each row into `out`.
#[pyfunction]
#[pyo3(signature = (logits, dim, source, offset, out, /))]
pub(crate) fn hard_gumbel_softmax<'py>(
    py: Python<'py>,
    logits: &Bound<'py, PyAny>,
    dim: isize,
    source: &Bound<'py, PyAny>,
    offset: u64,
    out: &Bound<'py, PyAny>,
) -> PyResult<()> {
    by_type!("logits", logits, T, f => {
        let logits = Read::<T>::of("logits", logits)?;
        let source = Source::<T>::of(source, offset)?;
        let mut out = Write::<T>::of("out", out)?;
        let axis = axis(logits.shape(), dim)?;
        let (logits, noise, out) = (logits.slice()?, source.noise()?, out.slice()?);
        pool::run(py, out.len(), || f::gumbel_max_one_hot_into(logits, axis, noise, out))?
            .map_err(error::core)
    })
}

straight_through! {
    by_type:
    /// Writes one-hot samples and the relaxed samples of the same noise.
    straight_through_gumbel_softmax: straight_through_gumbel_softmax_into(dim)
}
straight_through! {
    by_type:
    /// Writes samples of 0 and 1 and the relaxed samples of the same noise.
    straight_through_binary_concrete: straight_through_binary_concrete_into()
}
vjp! {
    by_type:
    /// Writes the gradient of the logits of `gumbel_softmax`.
    gumbel_softmax_vjp: gumbel_softmax_vjp_into(dim)
}
vjp! {
    by_type:
    /// Writes the gradient of the logits of `binary_concrete`.
    binary_concrete_vjp: binary_concrete_vjp_into()
}
vjp_tau! {
    by_wide_type:
    /// Writes the gradient of each temperature of `gumbel_softmax`.
    gumbel_softmax_vjp_tau: gumbel_softmax_vjp_tau_into(dim)
}
vjp_tau! {
    by_wide_type:
    /// Writes the gradient of each temperature of `gumbel_log_softmax`.
    gumbel_log_softmax_vjp_tau: gumbel_log_softmax_vjp_tau_into(dim)
}
vjp_tau! {
    by_wide_type:
    /// Writes the gradient of each temperature of `binary_concrete`.
    binary_concrete_vjp_tau: binary_concrete_vjp_tau_into()
}
relaxation! {
    by_type:
    /// Writes ln softmax((logits + Gumbel noise) / temperature) into `out`.
    gumbel_log_softmax: gumbel_log_softmax_into(dim)
}
vjp! {
    by_type:
    /// Writes the gradient of the logits of `gumbel_log_softmax`.
    gumbel_log_softmax_vjp: gumbel_log_softmax_vjp_into(dim)
}

/// Writes the Gumbel-Rao gradient of the logits, of rows along the last axis: the straight-through gradient averaged
/// over the noise of each key, from element `offset` on, given the winners.
#[pyfunction]
#[pyo3(signature = (logits, winners, dy, temperature, keys, offset, out, /))]
#[expect(
    clippy::too_many_arguments,
    reason = "the arguments of the core and the array for each result"
)]
pub(crate) fn gumbel_rao_vjp<'py>(
    py: Python<'py>,
    logits: &Bound<'py, PyAny>,
    winners: &Bound<'py, PyAny>,
    dy: &Bound<'py, PyAny>,
    temperature: f64,
    keys: Keys<'py>,
    offset: u64,
    out: &Bound<'py, PyAny>,
) -> PyResult<()> {
    by_wide_type!("logits", logits, T, f => {
        let (logits, dy) = (Read::<T>::of("logits", logits)?, Read::<T>::of("dy", dy)?);
        let winners = Read::<usize>::of("winners", winners)?;
        let mut out = Write::<T>::of("out", out)?;
        let k = axis(logits.shape(), -1)?.classes();
        let keys = keys.list()?;
        let (logits, winners, dy, out) = (logits.slice()?, winners.slice()?, dy.slice()?, out.slice()?);
        pool::run(py, logits.len().saturating_mul(keys.len()), || {
            let draws = gumbel::relax::NoiseDraws { keys: &keys, offset };
            f::gumbel_rao_vjp_into(logits, k, winners, dy, temperature, draws, out)
        })?
        .map_err(error::core)
    })
}
