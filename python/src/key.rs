//! `Key` in Python.

use numpy::{PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray2};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyInt, PyTuple};

use crate::error;

/// A counter-based stream of random numbers: the source of all randomness in this package.
///
/// A key is two 64-bit numbers. Every random function takes a key, and the noise of element i depends on the key and
/// on i alone: the same key gives the same choice on any number of threads, on any processor, in Rust and in Python.
///
/// Use a key for one draw; two draws with the same key are the same draw. `fold_in` makes the key of a step, a row or
/// a request, `split` several keys at once, and `Key.of` a key from the random source of NumPy, PyTorch or JAX.
///
/// Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011): Philox4x32-10.
///
/// Args:
///     seed: any integer, modulo 2**64.
///     stream: any integer, modulo 2**64. `Key(*key.parts) == key`.
///
/// Raises:
///     TypeError: the seed is not an integer (a bool is not).
///
/// Example:
///     >>> from gumbelkit import Key
///     >>> run = Key(7)
///     >>> run.fold_in(1000) == Key(7).fold_in(1000)
///     True
///     >>> weights, noise = run.split()
///     >>> weights == noise
///     False
#[pyclass(frozen, eq, hash, module = "gumbelkit")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key(pub(crate) gumbel::Key);

/// An integer modulo 2^64. Python's rules for its machine words would refuse negative and large numbers.
fn word(argument: &str, value: &Bound<'_, PyAny>) -> PyResult<u64> {
    if !value.is_instance_of::<PyBool>() {
        // First with a sign: the words of generators have one.
        if value.is_instance_of::<PyInt>()
            && let Ok(word) = value.extract::<i64>()
        {
            return Ok(word.cast_unsigned());
        }
        if value.hasattr("__index__")? {
            let int = value.call_method0("__index__")?;
            return int.call_method1("__and__", (u64::MAX,))?.extract();
        }
    }
    let name = value.get_type().name()?;
    Err(PyTypeError::new_err(format!("{argument}: expected an integer, found {name}")))
}

#[pymethods]
impl Key {
    #[new]
    #[pyo3(signature = (seed, stream = None))]
    fn new(seed: &Bound<'_, PyAny>, stream: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let stream = stream.map_or(Ok(0), |stream| word("stream", stream))?;
        Ok(Self(gumbel::Key::from_parts(word("seed", seed)?, stream)))
    }

    /// The two numbers of the key, for storage.
    #[getter]
    fn parts(&self) -> (u64, u64) {
        self.0.to_parts()
    }

    /// The child key for an integer: a step, a layer, a request. For an array of integers `[n]`, the `Keys` of n rows.
    ///
    /// Raises:
    ///     TypeError: `data` is neither an integer nor an array of integers.
    fn fold_in<'py>(&self, data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = data.py();
        if data.is_instance_of::<PyInt>() || !data.hasattr("__array__")? {
            return Ok(Self(self.0.fold_in(word("data", data)?)).into_pyobject(py)?.into_any());
        }
        py.import("gumbelkit._keys")?.call_method1("keys_of_rows", (*self, data))
    }

    /// `n` child keys as a tuple, different from every key that `fold_in` makes.
    #[pyo3(signature = (n = 2))]
    fn split<'py>(&self, py: Python<'py>, n: i64) -> PyResult<Bound<'py, PyTuple>> {
        let Some(n) = usize::try_from(n).ok().filter(|&n| n <= 1 << 24) else {
            let message =
                format!("n: expected from 0 to 2**24 keys, found {n}; fold_in makes more");
            return Err(error::refused(message));
        };
        PyTuple::new(py, self.0.split_iter().take(n).map(Self).collect::<Vec<_>>())
    }

    /// A key from a random source: an integer, a `Key`, a NumPy `Generator` or `RandomState`, a `torch.Generator`, a
    /// key of JAX, or None for a key from the operating system's entropy.
    ///
    /// Generators are advanced by 128 bits, so each call makes another key. A key of JAX is not consumed.
    ///
    /// Raises:
    ///     TypeError: `source` is none of these.
    #[staticmethod]
    #[pyo3(signature = (source = None))]
    fn of(py: Python<'_>, source: Option<Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        Ok(py.import("gumbelkit._keys")?.call_method1("key_of", (source,))?.unbind())
    }

    fn __repr__(&self) -> String {
        match self.0.to_parts() {
            (seed, 0) => format!("Key({seed})"),
            (seed, stream) => format!("Key({seed}, {stream})"),
        }
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<(Py<PyAny>, (u64, u64))> {
        Ok((slf.get_type().into_any().unbind(), slf.get().0.to_parts()))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}

/// Writes the parts of child keys: of one key for each number, or of each key for its own or for one number. `out` is
/// `[n, 2]`.
#[pyfunction]
#[pyo3(signature = (keys, data, out, /))]
pub(crate) fn fold_in_rows(
    keys: Keys<'_>,
    data: PyReadonlyArray1<'_, u64>,
    mut out: PyReadwriteArray2<'_, u64>,
) -> PyResult<()> {
    let (data, out) = (data.as_slice()?, out.as_slice_mut()?);
    let (keys, rows) = (keys.list()?, out.len() / 2);
    let fits = |len: usize| len == 1 || len == rows;
    if !fits(keys.len()) || !fits(data.len()) {
        return Err(PyValueError::new_err(
            "data: expected one number for all keys, or one for each",
        ));
    }
    let (keys, data) = (keys.iter().cycle(), data.iter().cycle());
    for (out, (key, &data)) in out.chunks_exact_mut(2).zip(keys.zip(data)) {
        let (seed, stream) = key.fold_in(data).to_parts();
        out.copy_from_slice(&[seed, stream]);
    }
    Ok(())
}

/// One key for all rows, or a uint64 array `[rows, 2]` with the parts of a key for each row.
#[derive(FromPyObject)]
pub(crate) enum Keys<'py> {
    One(Py<Key>),
    Rows(PyReadonlyArray2<'py, u64>),
}

impl Keys<'_> {
    pub(crate) const fn is_one(&self) -> bool {
        matches!(self, Self::One(_))
    }

    /// The keys as a list; one key is a list of one.
    pub(crate) fn list(&self) -> PyResult<Vec<gumbel::Key>> {
        match self {
            Self::One(key) => Ok(vec![key.get().0]),
            Self::Rows(parts) => {
                let parts = parts.as_slice()?.chunks_exact(2);
                Ok(parts.map(|part| gumbel::Key::from_parts(part[0], part[1])).collect())
            }
        }
    }
}
