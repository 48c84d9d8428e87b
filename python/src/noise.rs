//! Noise into arrays, and the sources of noise of the other functions.

use gumbel::noise::Law;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::arrays::{Filler, Float, Read, Write, by_type, by_wide_type, wrong_type};
use crate::error;
use crate::key::{Key, Keys};
use crate::pool;
use crate::relax::axis;

/// Fills `out` with noise of elements `offset ..` of the key.
#[pyfunction]
#[pyo3(signature = (law, key, offset, out, /))]
pub(crate) fn fill_noise(
    py: Python<'_>,
    law: &str,
    key: &Key,
    offset: u64,
    out: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let law = law_of(law)?;
    by_type!("out", out, T, f => {
        let fill: Option<Filler<T>> = f::filler(law);
        let fill = fill.ok_or_else(|| wrong_type("dtype", "float32 or float64", out))?;
        let mut out = Write::<T>::of("out", out)?;
        let out = out.slice()?;
        pool::run(py, out.len(), || fill(key.0, offset, out))
    })
}

fn law_of(name: &str) -> PyResult<Law> {
    Ok(match name {
        "uniform" => Law::Uniform,
        "exponential" => Law::Exponential,
        "gumbel" => Law::Gumbel,
        "logistic" => Law::Logistic,
        "normal" => Law::Normal,
        _ => return Err(error::refused(format!("law: {name} is not known"))),
    })
}

/// Fills `out` with noise that has a key for each row: `keys` `[rows, 2]`, classes along an axis.
#[pyfunction]
#[pyo3(signature = (law, keys, dim, out, /))]
pub(crate) fn fill_noise_of_rows(
    py: Python<'_>,
    law: &str,
    keys: Keys<'_>,
    dim: isize,
    out: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let law = law_of(law)?;
    let keys = keys.list()?;
    by_wide_type!("out", out, T => {
        let mut out = Write::<T>::of("out", out)?;
        let axis = axis(out.shape(), dim)?;
        let out = out.slice()?;
        pool::run(py, out.len(), || law.fill_rows_into(&keys, axis, out))?.map_err(error::core)
    })
}

/// Where a function takes its noise from.
pub(crate) enum Source<'py, T: Float> {
    /// A key, and the index of its first element.
    Key(gumbel::Key, u64),
    /// Noise of the caller.
    Given(Read<'py, T::Noise>),
}

impl<'py, T: Float> Source<'py, T> {
    pub(crate) fn of(source: &Bound<'py, PyAny>, offset: u64) -> PyResult<Self> {
        if let Ok(key) = source.cast::<Key>() {
            return Ok(Self::Key(key.get().0, offset));
        }
        if source.hasattr("dtype")? {
            return Read::of("noise", source).map(Self::Given);
        }
        let found = source.get_type().name()?;
        Err(PyTypeError::new_err(format!("key: expected a Key, found {found}; Key(7) makes one")))
    }

    pub(crate) fn noise(&self) -> PyResult<gumbel::Noise<'_, T::Noise>> {
        Ok(match self {
            &Self::Key(key, offset) => gumbel::Noise::Keyed { key, offset },
            Self::Given(noise) => gumbel::Noise::Given(noise.slice()?),
        })
    }
}
