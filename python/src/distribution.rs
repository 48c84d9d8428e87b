//! The Gumbel law and its fits, on arrays.

use gumbel::distribution::Gumbel as Law;
use gumbel_maxima::{GumbelFit as Fitted, ReturnLevel as Level};
use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;

use crate::arrays::{Read, Write};
use crate::error;
use crate::pool;

/// The Gumbel law of a location and a scale: the native half of `gumbelkit.Gumbel`.
#[pyclass(frozen, eq, module = "gumbelkit._native")]
#[derive(Clone, PartialEq)]
pub(crate) struct GumbelLaw(Law);

type Result<T> = gumbel::Result<T>;

#[pymethods]
impl GumbelLaw {
    #[new]
    fn new(location: f64, scale: f64) -> PyResult<Self> {
        Law::new(location, scale).map(Self).map_err(error::core)
    }

    #[getter]
    fn parameters(&self) -> (f64, f64) {
        (self.0.location(), self.0.scale())
    }

    /// Mean, variance, median, entropy and skewness.
    #[getter]
    fn moments(&self) -> (f64, f64, f64, f64, f64) {
        let law = &self.0;
        (law.mean(), law.variance(), law.median(), law.entropy(), law.skewness())
    }

    /// Writes the values of a function of the law at each `x` into `out`.
    #[pyo3(signature = (function, x, out, /))]
    fn map<'py>(
        &self,
        py: Python<'py>,
        function: &str,
        x: &Bound<'py, PyAny>,
        out: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let function: fn(&Law, f64) -> Result<f64> = match function {
            "pdf" => |law, x| Ok(law.density(x)),
            "logpdf" => |law, x| Ok(law.ln_density(x)),
            "cdf" => |law, x| Ok(law.cdf(x)),
            "logcdf" => |law, x| Ok(law.ln_cdf(x)),
            "sf" => |law, x| Ok(law.survival(x)),
            "logsf" => |law, x| Ok(law.ln_survival(x)),
            "ppf" => Law::quantile,
            "isf" => Law::quantile_of_survival,
            _ => return Err(error::refused(format!("function: {function} is not known"))),
        };
        let (x, mut out) = (Read::<f64>::of("x", x)?, Write::<f64>::of("out", out)?);
        let (x, out) = (x.slice()?, out.slice()?);
        if x.len() != out.len() {
            return Err(error::refused("out: expected as many elements as x has"));
        }
        let map = || x.iter().zip(out).try_for_each(|(&x, y)| function(&self.0, x).map(|v| *y = v));
        let named = |e: gumbel::Error| e.to_string().replacen("p:", "q:", 1);
        pool::run(py, x.len(), map)?.map_err(|e| error::refused(named(e)))
    }
}

/// A Gumbel law fitted to block maxima by maximum likelihood, with standard errors for large samples.
///
/// `Gumbel.fit` makes it. With the location or the scale fixed, the error of the fixed one is 0.
#[pyclass(frozen, eq, module = "gumbelkit")]
#[derive(Clone, PartialEq)]
pub(crate) struct GumbelFit {
    fit: Fitted,
    /// What it was made of: a fit that is stored or sent is made again.
    data: Vec<f64>,
    known: (Option<f64>, Option<f64>),
}

/// The arguments of [`GumbelFit::of`].
type Made<'py> = (Bound<'py, PyArray1<f64>>, Option<f64>, Option<f64>);

#[pymethods]
impl GumbelFit {
    #[staticmethod]
    #[pyo3(signature = (values, location, scale, /))]
    fn of<'py>(
        py: Python<'py>,
        values: &Bound<'py, PyAny>,
        location: Option<f64>,
        scale: Option<f64>,
    ) -> PyResult<Self> {
        if location.is_some() && scale.is_some() {
            return Err(error::refused("loc, scale: expected at most one that is known"));
        }
        let values = Read::<f64>::of("data", values)?;
        let values = values.slice()?;
        let (data, known) = (values.to_vec(), (location, scale));
        let fit = || match (location, scale) {
            (Some(location), _) => Fitted::with_location(values, location),
            (None, Some(scale)) => Fitted::with_scale(values, scale),
            (None, None) => Fitted::of(values),
        };
        let named = |e: gumbel_maxima::FitError| e.to_string().replacen("values:", "data:", 1);
        let fit = pool::run(py, values.len(), fit)?.map_err(|e| error::refused(named(e)))?;
        Ok(Self { fit, data, known })
    }

    /// The location of the fitted law.
    #[getter]
    fn loc(&self) -> f64 {
        self.fit.location()
    }

    /// The scale of the fitted law.
    #[getter]
    fn scale(&self) -> f64 {
        self.fit.scale()
    }

    /// The standard error of the location.
    #[getter]
    fn loc_error(&self) -> f64 {
        self.fit.location_error()
    }

    /// The standard error of the scale.
    #[getter]
    fn scale_error(&self) -> f64 {
        self.fit.scale_error()
    }

    /// The log-likelihood of the fitted law, in nats.
    #[getter]
    fn log_likelihood(&self) -> f64 {
        self.fit.ln_likelihood()
    }

    /// The number of values.
    #[getter]
    fn count(&self) -> usize {
        self.fit.count()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Made<'py>)> {
        let Self { data, known, .. } = slf.get();
        let data = data.clone().into_pyarray(slf.py());
        Ok((slf.get_type().getattr("of")?, (data, known.0, known.1)))
    }

    /// The level that a block exceeds once in `period` blocks on average: the 100-year flood, for yearly maxima and a
    /// period of 100.
    ///
    /// Raises:
    ///     Error: a period that is not above 1.
    fn return_level(&self, period: f64) -> PyResult<ReturnLevel> {
        self.fit.return_level(period).map(ReturnLevel).map_err(error::refused)
    }

    fn __repr__(&self) -> String {
        let fit = &self.fit;
        format!(
            "GumbelFit(loc={:.6} ± {:.6}, scale={:.6} ± {:.6}, n={})",
            fit.location(),
            fit.location_error(),
            fit.scale(),
            fit.scale_error(),
            fit.count()
        )
    }
}

/// A return level with its standard error.
#[pyclass(frozen, module = "gumbelkit")]
pub(crate) struct ReturnLevel(Level);

#[pymethods]
impl ReturnLevel {
    /// The level.
    #[getter]
    fn value(&self) -> f64 {
        self.0.value()
    }

    /// The standard error of the level.
    #[getter]
    fn error(&self) -> f64 {
        self.0.standard_error()
    }

    /// The ends of the confidence interval, by the normal law: `confidence` is 0.95 for 95 %.
    ///
    /// Raises:
    ///     Error: a confidence that is not between 0 and 1.
    #[pyo3(signature = (confidence = 0.95))]
    fn interval(&self, confidence: f64) -> PyResult<(f64, f64)> {
        self.0.interval(confidence).map_err(error::refused)
    }

    fn __repr__(&self) -> String {
        format!("ReturnLevel({:.6} ± {:.6})", self.0.value(), self.0.standard_error())
    }
}
