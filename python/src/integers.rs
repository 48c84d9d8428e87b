//! Uniform integers and random orders.

use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;

use crate::arrays::{Read, Write};
use crate::error;
use crate::key::Key;
use crate::memory;
use crate::pool;

/// Returns random orders of the numbers below `n`: one under the key, or one for each of some rows, row r under the child
/// key r.
#[pyfunction]
#[pyo3(signature = (key, n, rows, /))]
pub(crate) fn permutations<'py>(
    py: Python<'py>,
    key: &Key,
    n: usize,
    rows: Option<usize>,
) -> PyResult<Bound<'py, PyArray1<usize>>> {
    let total = n.saturating_mul(rows.unwrap_or(1));
    memory::room::<usize>(total)?;
    let draw = || match rows {
        None => gumbel::sample::permutation(key.0, n),
        Some(rows) => (0..rows as u64)
            .flat_map(|row| gumbel::sample::permutation(key.0.fold_in(row), n))
            .collect(),
    };
    Ok(pool::run(py, total, draw)?.into_pyarray(py))
}

/// Returns `k` different integers below `n` in a random order.
#[pyfunction]
#[pyo3(signature = (key, n, k, /))]
pub(crate) fn distinct<'py>(
    py: Python<'py>,
    key: &Key,
    n: u64,
    k: usize,
) -> PyResult<Bound<'py, PyArray1<u64>>> {
    memory::room::<[u64; 8]>(k)?;
    let drawn = pool::run(py, k, || gumbel::sample::distinct(key.0, n, k))?;
    Ok(drawn.map_err(error::core)?.into_pyarray(py))
}

/// Fills `out` with uniform integers of elements `offset ..` of the key, from 0 to `most`: `[1]` for all, or one for each.
#[pyfunction]
#[pyo3(signature = (key, offset, most, out, /))]
pub(crate) fn integers(
    py: Python<'_>,
    key: &Key,
    offset: u64,
    most: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let (most, mut out) = (Read::<u64>::of("most", most)?, Write::<u64>::of("out", out)?);
    let (most, out) = (most.slice()?, out.slice()?);
    let each = most.len() == out.len();
    let &[one, ..] = most else { return Ok(()) };
    pool::run(py, out.len(), || {
        if !each {
            return gumbel::sample::integers_into(key.0, offset, one, out);
        }
        for ((i, out), &most) in (0..).zip(out).zip(most) {
            *out = gumbel::sample::integer(key.0, offset.wrapping_add(i), most);
        }
    })
}
