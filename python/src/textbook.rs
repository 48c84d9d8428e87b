//! The learner's tools: a linear congruential generator, rejection sampling, and the figures of the book.

use std::cell::{Cell, RefCell};

use gumbel::textbook::{Lcg as Generator, LcgParameters, Proposal, Rejection};
use gumbel_figures::{Format, all, find};
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use rand_core::Rng;

use crate::error;
use crate::key::Key;
use crate::memory;

/// A linear congruential generator: x' = (a x + c) mod m, the textbook's source of uniform numbers.
///
/// It is for learning: neighbouring numbers lie on few planes. `Key` makes the numbers of this package.
///
/// Args:
///     seed: the first state, below the modulus.
///     multiplier, increment, modulus: a, c and m. The default is the MINSTD generator of Park and Miller: 16807, 0 and
///         2**31 - 1.
///
/// Raises:
///     Error: parameters or a seed that the generator does not allow.
///
/// Example:
///     >>> from gumbelkit import Lcg
///     >>> Lcg(1).next_state()
///     16807
///
/// Knuth, "The Art of Computer Programming" 2, section 3.2; Park and Miller (1988).
#[pyclass(module = "gumbelkit")]
pub(crate) struct Lcg(Generator);

/// The arguments of [`Lcg::new`] that give a generator in its state.
type Made = (u64, u64, u64, u128);

#[pymethods]
impl Lcg {
    #[new]
    #[pyo3(signature = (seed, multiplier = 16807, increment = 0, modulus = 2_147_483_647))]
    fn new(seed: i128, multiplier: i128, increment: i128, modulus: u128) -> PyResult<Self> {
        let (seed, multiplier) = (word("seed", seed)?, word("multiplier", multiplier)?);
        let increment = word("increment", increment)?;
        let parameters = LcgParameters::new(multiplier, increment, modulus).map_err(error::core)?;
        Generator::new(parameters, seed).map(Self).map_err(error::core)
    }

    /// The next state.
    fn next_state(&mut self) -> u64 {
        self.0.next_state()
    }

    /// The next state as a number in [0, 1): divided by the modulus.
    fn next_uniform(&mut self) -> f64 {
        self.0.next_uniform()
    }

    /// The next `n` uniform numbers, float64 `[n]`.
    fn uniforms<'py>(&mut self, py: Python<'py>, n: usize) -> PyResult<Bound<'py, PyArray1<f64>>> {
        memory::room::<f64>(n)?;
        let drawn: Vec<f64> = py.detach(|| (0..n).map(|_| self.0.next_uniform()).collect());
        Ok(drawn.into_pyarray(py))
    }

    /// Goes `steps` steps forward at once.
    fn jump(&mut self, steps: u64) {
        self.0.jump(steps);
    }

    /// The state.
    #[getter]
    fn state(&self) -> u64 {
        self.0.state()
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<(Py<PyAny>, Made)> {
        let generator = &slf.try_borrow()?.0;
        let p = generator.parameters();
        let values = (generator.state(), p.multiplier(), p.increment(), p.modulus());
        Ok((slf.get_type().into_any().unbind(), values))
    }

    /// The number of states before the first one returns, as text: exact, or what is known of it.
    #[getter]
    fn period(&self) -> String {
        self.0.parameters().period().to_string()
    }
}

fn word(argument: &str, value: i128) -> PyResult<u64> {
    let refused =
        |_| error::refused(format!("{argument}: expected from 0 to 2^64 - 1, found {value}"));
    value.try_into().map_err(refused)
}

/// Tries between two looks for a signal, such as that of Ctrl-C: a density in C gives Python no chance for one.
const TRIES: u32 = 1 << 12;

/// Draws `n` values of a density on [low, high] by rejection: returns the values, float64 `[n]`, and the number of
/// tries.
#[pyfunction]
#[pyo3(signature = (source, density, low, high, height, n, /))]
pub(crate) fn rejection<'py>(
    source: &Bound<'py, PyAny>,
    density: &Bound<'py, PyAny>,
    low: f64,
    high: f64,
    height: f64,
    n: usize,
) -> PyResult<(Bound<'py, PyArray1<f64>>, u64)> {
    memory::room::<f64>(n)?;
    let failure = RefCell::new(None);
    let tries = Cell::new(0_u32);
    let evaluate = |x: f64| {
        tries.set(tries.get().wrapping_add(1));
        let signal =
            if tries.get().is_multiple_of(TRIES) { density.py().check_signals() } else { Ok(()) };
        signal.and_then(|()| density.call1((x,))).and_then(|y| y.extract()).unwrap_or_else(|e| {
            failure.borrow_mut().get_or_insert(e);
            f64::NAN
        })
    };
    let draw = |rng: &mut dyn Rng| {
        let proposal = Proposal::uniform(low, high)?;
        Rejection::new(evaluate, proposal, height * (high - low))?.sample_many(n, rng)
    };
    let drawn = if let Ok(lcg) = source.cast::<Lcg>() {
        draw(&mut lcg.try_borrow_mut()?.0)
    } else {
        draw(&mut source.extract::<PyRef<'_, Key>>()?.0.rng())
    };
    if let Some(failure) = failure.into_inner() {
        return Err(failure);
    }
    let drawn = drawn.map_err(error::core)?;
    Ok((drawn.values.into_pyarray(source.py()), drawn.tries))
}

/// Returns the name, the title and the caption of each figure of the book, in its order.
#[pyfunction]
pub(crate) fn figures() -> Vec<(&'static str, &'static str, &'static str)> {
    all().iter().map(|figure| (figure.name, figure.title, figure.caption)).collect()
}

/// Draws a figure of the book, as the bytes of an SVG or PNG file.
#[pyfunction]
#[pyo3(signature = (name, png, /))]
pub(crate) fn draw_figure<'py>(
    py: Python<'py>,
    name: &str,
    png: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    let figure = find(name).ok_or_else(|| error::refused(format!("name: no figure {name}")))?;
    let format = if png { Format::Png } else { Format::Svg };
    let file = py.detach(|| figure.draw(format)).map_err(error::refused)?;
    Ok(PyBytes::new(py, &file))
}
