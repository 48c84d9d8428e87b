//! Exact samples of classes on arrays.
//!
//! Indices go into arrays of NumPy's `uintp`; the Python half views its `int64` arrays as these.

use std::ops::Range;

use gumbel::Categorical;
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;

use crate::arrays::{Read, Write, by_type, by_wide_type};
use crate::error;
use crate::key::{Key, Keys};
use crate::memory;
use crate::noise::Source;
use crate::pool;
use crate::relax::{Tau, axis};

/// Writes the argmax of logits + Gumbel noise of each row into `out`.
#[pyfunction]
#[pyo3(signature = (logits, dim, source, offset, out, /))]
pub(crate) fn gumbel_max<'py>(
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
        let mut out = Write::<usize>::of("out", out)?;
        let axis = axis(logits.shape(), dim)?;
        let (logits, noise, out) = (logits.slice()?, source.noise()?, out.slice()?);
        pool::run(py, logits.len(), || f::gumbel_max_into(logits, axis, noise, out))?
            .map_err(error::core)
    })
}

/// Calls the constructor of `Categorical` for a meaning of the values, and sets temperature and mask.
fn rows<'a, T: gumbel::Real>(
    meaning: &str,
    values: &'a [T],
    k: usize,
    temperature: f64,
    mask: Option<&'a [bool]>,
) -> gumbel::Result<Categorical<'a, T>> {
    let rows = match meaning {
        "probs" => Categorical::from_probs(values, k),
        "weights" => Categorical::from_weights(values, k),
        "log_probs" => Categorical::from_log_probs(values, k),
        _ => Categorical::from_logits(values, k),
    }?
    .temperature(temperature)?;
    mask.map_or(Ok(rows), |mask| rows.mask(mask))
}

/// What is drawn from rows of classes, for elements of any type. `at` numbers the rows in the whole array.
trait Draw: Sync {
    type Item: Send;
    /// The number of keys, if each row needs one.
    fn keys(&self) -> Option<usize> {
        None
    }
    fn draw<T: gumbel::Real>(
        &self,
        rows: Categorical<'_, T>,
        at: Range<usize>,
    ) -> gumbel::Result<Vec<Self::Item>>;
}

/// The arguments that describe rows of classes.
struct Values<'a, 'py> {
    meaning: &'a str,
    array: &'a Bound<'py, PyAny>,
    temperature: &'a Bound<'py, PyAny>,
    mask: Option<&'a Bound<'py, PyAny>>,
}

/// Reads rows along the last axis and draws from them, without the interpreter. With a temperature for each row, the
/// rows are drawn one after the other.
fn draw_from<D: Draw>(values: &Values<'_, '_>, draws: usize, draw: &D) -> PyResult<Vec<D::Item>> {
    let (array, meaning) = (values.array, values.meaning);
    let mask = values.mask.map(|mask| Read::<bool>::of("mask", mask)).transpose()?;
    let temperature = Tau::of(values.temperature)?;
    by_wide_type!("values", array, T => {
        let read = Read::<T>::of("values", array)?;
        let k = axis(read.shape(), -1)?.classes();
        let (slice, mask) = (read.slice()?, mask.as_ref().map(Read::slice).transpose()?);
        let drawn = |tau, at: Range<usize>| {
            let cut = at.start * k..at.end * k;
            let mask = mask.map(|mask| if mask.len() == k { mask } else { &mask[cut.clone()] });
            let rows = rows(meaning, &slice[cut], k, tau, mask)?.first_row(at.start as u64);
            draw.draw(rows, at.clone()).map_err(|e| moved(e, at.start, k))
        };
        let number = slice.len().checked_div(k).unwrap_or(1);
        if let Some(keys) = draw.keys().filter(|&keys| keys < number) {
            return Err(error::refused(format!(
                "key: expected a key for each of {number} rows, found {keys}"
            )));
        }
        let tau = temperature.get()?;
        pool::run(array.py(), slice.len().max(draws), || match tau {
            gumbel::Temperature::Scalar(tau) => drawn(tau, 0..number),
            gumbel::Temperature::PerRow(taus) => {
                let mut all = Vec::new();
                for (row, &tau) in taus.iter().enumerate().take(number) {
                    all.extend(drawn(tau, row..row + 1)?);
                }
                Ok(all)
            }
        })?
        .map_err(error::core)
    })
}

/// The error of rows that begin with row `first` of an array, with the numbers of the array.
fn moved(error: gumbel::Error, first: usize, k: usize) -> gumbel::Error {
    use gumbel::Error::{AllMasked, NotNormalised, NothingAllowed, Value};
    match error {
        AllMasked { row } => AllMasked { row: row + first },
        NothingAllowed { argument, row } => NothingAllowed { argument, row: row + first },
        NotNormalised { argument, row, tolerance, sum } => {
            NotNormalised { argument, row: row + first, tolerance, sum }
        }
        Value { argument, expected, index, found } => {
            Value { argument, expected, index: index + first * k, found }
        }
        other => other,
    }
}

/// Draws of one class from each row, by one key for all rows or by a key for each.
struct Classes<'a> {
    keys: &'a [gumbel::Key],
    one_key: bool,
}

impl Draw for Classes<'_> {
    type Item = usize;
    fn keys(&self) -> Option<usize> {
        (!self.one_key).then_some(self.keys.len())
    }
    fn draw<T: gumbel::Real>(
        &self,
        rows: Categorical<'_, T>,
        at: Range<usize>,
    ) -> gumbel::Result<Vec<usize>> {
        if self.one_key { rows.sample(self.keys[0]) } else { rows.sample_rows(&self.keys[at]) }
    }
}

/// Draws one class of each row: by one key for all rows, or by a key for each row.
#[pyfunction]
#[pyo3(signature = (meaning, values, temperature, mask, keys, /))]
pub(crate) fn categorical<'py>(
    py: Python<'py>,
    meaning: &str,
    values: &Bound<'py, PyAny>,
    temperature: &Bound<'py, PyAny>,
    mask: Option<&Bound<'py, PyAny>>,
    keys: Keys<'py>,
) -> PyResult<Bound<'py, PyArray1<usize>>> {
    let values = Values { meaning, array: values, temperature, mask };
    let list = keys.list()?;
    let classes = Classes { keys: &list, one_key: keys.is_one() };
    Ok(draw_from(&values, 0, &classes)?.into_pyarray(py))
}

/// `n` draws with replacement from each row.
struct Many<'a>(usize, &'a [gumbel::Key]);

impl Draw for Many<'_> {
    type Item = usize;
    fn keys(&self) -> Option<usize> {
        Some(self.1.len())
    }
    fn draw<T: gumbel::Real>(
        &self,
        rows: Categorical<'_, T>,
        at: Range<usize>,
    ) -> gumbel::Result<Vec<usize>> {
        rows.sample_many_rows(self.0, &self.1[at])
    }
}

/// Draws `n` classes of each row with replacement, with a key for each row.
#[pyfunction]
#[pyo3(signature = (meaning, values, temperature, mask, keys, n, /))]
pub(crate) fn sample_many<'py>(
    py: Python<'py>,
    meaning: &str,
    values: &Bound<'py, PyAny>,
    temperature: &Bound<'py, PyAny>,
    mask: Option<&Bound<'py, PyAny>>,
    keys: Keys<'py>,
    n: usize,
) -> PyResult<Bound<'py, PyArray1<usize>>> {
    let values = Values { meaning, array: values, temperature, mask };
    let list = keys.list()?;
    let draws = n.saturating_mul(list.len());
    // A draw by inversion takes 24 bytes beside the index.
    memory::room::<[usize; 4]>(draws)?;
    Ok(draw_from(&values, draws, &Many(n, &list))?.into_pyarray(py))
}

/// The logarithm of the sum of the weights.
struct LnSum;

impl Draw for LnSum {
    type Item = f64;
    fn draw<T: gumbel::Real>(
        &self,
        rows: Categorical<'_, T>,
        _at: Range<usize>,
    ) -> gumbel::Result<Vec<f64>> {
        rows.ln_sum()
    }
}

/// Returns the logarithm of the sum of the weights of each row.
#[pyfunction]
#[pyo3(signature = (meaning, values, temperature, mask, /))]
pub(crate) fn ln_sum<'py>(
    py: Python<'py>,
    meaning: &str,
    values: &Bound<'py, PyAny>,
    temperature: &Bound<'py, PyAny>,
    mask: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let values = Values { meaning, array: values, temperature, mask };
    Ok(draw_from(&values, 0, &LnSum)?.into_pyarray(py))
}

/// A sample without replacement of one row: classes in the order of inclusion.
#[pyclass(frozen, eq, module = "gumbelkit")]
#[derive(Clone, PartialEq)]
pub(crate) struct TopK(gumbel::TopK);

#[pymethods]
impl TopK {
    /// The indices of the picks in the order of inclusion, int64 `[k]`.
    #[getter]
    fn indices<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        let indices: Vec<i64> = self.0.picks().iter().map(|pick| pick.index as i64).collect();
        indices.into_pyarray(py)
    }

    /// The perturbed logits of the picks, float64 `[k]`, falling.
    #[getter]
    fn perturbed<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.0.picks().iter().map(|pick| pick.perturbed).collect::<Vec<_>>().into_pyarray(py)
    }

    /// The logits of the picks over the temperature, float64 `[k]`.
    #[getter]
    fn logits<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.0.picks().iter().map(|pick| pick.logit).collect::<Vec<_>>().into_pyarray(py)
    }

    /// The log-probability of each pick given the earlier ones, float64 `[k]`.
    ///
    /// Args:
    ///     ln_sum: the logarithm of the sum of all weights of the row, `gumbelkit.ln_sum` with the values, the temperature
    ///         and the mask of the sample.
    ///
    /// Raises:
    ///     Error: a sum that is below that of the picks: it is that of another row, temperature or mask.
    fn log_probs<'py>(&self, py: Python<'py>, ln_sum: f64) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let picked: f64 = self.0.picks().iter().map(|pick| (pick.logit - ln_sum).exp()).sum();
        // The sum and the exponentials of float32 logits are rounded.
        if picked.is_nan() || picked > 1.0 + 1e-4 {
            return Err(error::refused(format!(
                "ln_sum: expected the logarithm of the sum of all weights at the temperature of the sample, found                  {ln_sum}, below that of the picks alone"
            )));
        }
        Ok(self.0.log_probabilities(ln_sum).into_pyarray(py))
    }

    /// The sample of the whole row, from the samples of two parts with the same k.
    fn merge(&self, other: &Self) -> PyResult<Self> {
        self.0.clone().merge(other.0.clone()).map(Self).map_err(error::core)
    }

    fn __len__(&self) -> usize {
        self.0.picks().len()
    }

    fn __repr__(&self) -> String {
        format!("TopK(indices={:?})", self.0.indices())
    }
}

/// `k` classes of each row without replacement.
struct Top<'a>(usize, &'a [gumbel::Key]);

impl Draw for Top<'_> {
    type Item = gumbel::TopK;
    fn keys(&self) -> Option<usize> {
        Some(self.1.len())
    }
    fn draw<T: gumbel::Real>(
        &self,
        rows: Categorical<'_, T>,
        at: Range<usize>,
    ) -> gumbel::Result<Vec<gumbel::TopK>> {
        rows.top_k_rows(self.0, &self.1[at])
    }
}

/// Draws `k` classes of each row without replacement, with a key for each row.
#[pyfunction]
#[pyo3(signature = (meaning, values, temperature, mask, keys, k, /))]
pub(crate) fn top_k<'py>(
    meaning: &str,
    values: &Bound<'py, PyAny>,
    temperature: &Bound<'py, PyAny>,
    mask: Option<&Bound<'py, PyAny>>,
    keys: Keys<'py>,
    k: usize,
) -> PyResult<Vec<TopK>> {
    let values = Values { meaning, array: values, temperature, mask };
    let list = keys.list()?;
    Ok(draw_from(&values, 0, &Top(k, &list))?.into_iter().map(TopK).collect())
}

/// Up to `k` classes of a part of a row.
struct Shard(u64, usize, gumbel::Key);

impl Draw for Shard {
    type Item = gumbel::TopK;
    fn draw<T: gumbel::Real>(
        &self,
        rows: Categorical<'_, T>,
        _at: Range<usize>,
    ) -> gumbel::Result<Vec<gumbel::TopK>> {
        rows.top_k_shard(self.0, self.1, self.2).map(|top| vec![top])
    }
}

/// Draws up to `k` classes from a part of a row that starts with class `first_class`.
#[pyfunction]
#[pyo3(signature = (meaning, values, temperature, mask, key, k, first_class, /))]
pub(crate) fn top_k_shard<'py>(
    meaning: &str,
    values: &Bound<'py, PyAny>,
    temperature: &Bound<'py, PyAny>,
    mask: Option<&Bound<'py, PyAny>>,
    key: &Key,
    k: usize,
    first_class: u64,
) -> PyResult<TopK> {
    let values = Values { meaning, array: values, temperature, mask };
    let drawn = draw_from(&values, 0, &Shard(first_class, k, key.0))?;
    drawn.into_iter().next().map(TopK).ok_or_else(|| error::refused("values: expected one row"))
}

/// Writes logits + Gumbel noise given the argmax of each row into `out`.
#[pyfunction]
#[pyo3(signature = (logits, dim, winners, key, out, /))]
pub(crate) fn gumbel_given_argmax<'py>(
    py: Python<'py>,
    logits: &Bound<'py, PyAny>,
    dim: isize,
    winners: &Bound<'py, PyAny>,
    key: &Key,
    out: &Bound<'py, PyAny>,
) -> PyResult<()> {
    by_wide_type!("logits", logits, T => {
        let (logits, winners) =
            (Read::<T>::of("logits", logits)?, Read::<usize>::of("winners", winners)?);
        let mut out = Write::<T>::of("out", out)?;
        let axis = axis(logits.shape(), dim)?;
        let (logits, winners, out) = (logits.slice()?, winners.slice()?, out.slice()?);
        let draw = || gumbel::sample::gumbel_given_argmax_into(logits, axis, winners, key.0, out);
        pool::run(py, logits.len(), draw)?.map_err(error::core)
    })
}

/// Writes logits + Gumbel noise given the maximum of each row into `out`; returns the argmax of each row.
#[pyfunction]
#[pyo3(signature = (logits, dim, maxima, key, out, /))]
pub(crate) fn gumbel_given_maximum<'py>(
    py: Python<'py>,
    logits: &Bound<'py, PyAny>,
    dim: isize,
    maxima: &Bound<'py, PyAny>,
    key: &Key,
    out: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyArray1<usize>>> {
    by_wide_type!("logits", logits, T => {
        let (logits, maxima) = (Read::<T>::of("logits", logits)?, Read::<T>::of("maxima", maxima)?);
        let mut out = Write::<T>::of("out", out)?;
        let axis = axis(logits.shape(), dim)?;
        let (logits, maxima, out) = (logits.slice()?, maxima.slice()?, out.slice()?);
        let draw = || gumbel::sample::gumbel_given_maximum_into(logits, axis, maxima, key.0, out);
        let winners = pool::run(py, logits.len(), draw)?.map_err(error::core)?;
        Ok(winners.into_pyarray(py))
    })
}

/// The classes and the weights of pairs.
type Pairs<'py> = (Bound<'py, PyArray1<usize>>, Bound<'py, PyArray1<f64>>);

/// Returns the classes `[rows, 2]` and the weights `[rows]` of antithetic pairs, of rows along the last axis.
#[pyfunction]
#[pyo3(signature = (logits, source, offset, /))]
pub(crate) fn antithetic_pairs<'py>(
    py: Python<'py>,
    logits: &Bound<'py, PyAny>,
    source: &Bound<'py, PyAny>,
    offset: u64,
) -> PyResult<Pairs<'py>> {
    by_wide_type!("logits", logits, T => {
        let logits = Read::<T>::of("logits", logits)?;
        let source = Source::<T>::of(source, offset)?;
        let k = axis(logits.shape(), -1)?.classes();
        let (logits, uniforms) = (logits.slice()?, source.noise()?);
        let draw = || gumbel::sample::antithetic_pairs(logits, k, uniforms);
        let pairs = pool::run(py, logits.len(), draw)?.map_err(error::core)?;
        let classes: Vec<usize> = pairs.iter().flat_map(|pair| pair.classes).collect();
        let weights: Vec<f64> = pairs.iter().map(|pair| pair.weight).collect();
        Ok((classes.into_pyarray(py), weights.into_pyarray(py)))
    })
}
