//! The Concrete density of one row, which the simplex and the log-space form share.
//!
//! With w = l - tau x over the n classes that are not masked, and s = softmax(w),
//!
//! ```text
//! ln kappa(x)  = ln (n-1)! + (n-1) ln tau + sum_i ln s_i
//! d/dl_i       = 1 - n s_i
//! d/dx_i       = -tau (1 - n s_i)
//! d/dtau       = (n-1) / tau - sum_i x_i (1 - n s_i)
//! ```

use alloc::vec;
use alloc::vec::Vec;

use crate::axis::Axis;
use crate::check;
use crate::error::{Error, Result};
use crate::math;
use crate::real::Real;
use crate::temperature::Temperature;

/// Beyond this size a term is cut off, so that no difference of two terms is NaN.
const MOST: f64 = 1e300;

/// What the values are.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// A point y of the simplex.
    Simplex,
    /// x = ln y.
    Log,
}

/// Values and logits that fit together.
pub(super) struct Samples<'a, T> {
    form: Form,
    values: &'a [T],
    logits: &'a [T],
    axis: Axis,
    tau: Temperature<'a>,
    rows: usize,
}

/// One row: its density, and what the gradients need. Masked classes have x = 0 and slope 0.
pub(super) struct Row {
    /// The temperature.
    pub(super) tau: f64,
    /// n, the number of classes that are not masked.
    pub(super) classes: usize,
    /// ln kappa(x); 0 if n = 1.
    pub(super) ln_density: f64,
    /// The values x, or ln y.
    pub(super) x: Vec<f64>,
    /// 1 - n s_i.
    pub(super) slope: Vec<f64>,
}

/// Checks points of the simplex and their logits.
pub(crate) fn check_simplex<T: Real>(y: &[T], logits: &[T], axis: Axis) -> Result<()> {
    Samples::new(Form::Simplex, y, logits, axis, Temperature::Scalar(1.0)).map(drop)
}

/// Checks logarithms of points of the simplex and their logits.
pub(crate) fn check_log<T: Real>(x: &[T], logits: &[T], axis: Axis) -> Result<()> {
    Samples::new(Form::Log, x, logits, axis, Temperature::Scalar(1.0)).map(drop)
}

impl<'a, T: Real> Samples<'a, T> {
    /// Checks all arguments.
    pub(super) fn new(
        form: Form,
        values: &'a [T],
        logits: &'a [T],
        axis: Axis,
        tau: Temperature<'a>,
    ) -> Result<Self> {
        tau.check()?;
        let rows = check::rows(logits, axis)?;
        tau.check_rows(rows)?;
        let argument = if form == Form::Simplex { "y" } else { "x" };
        check::length(argument, values.len(), logits.len())?;
        for (index, (value, logit)) in values.iter().zip(logits).enumerate() {
            let found = value.to_f64();
            let (good, expected) = match (form, logit.to_f64() == f64::NEG_INFINITY) {
                (Form::Simplex, true) => (found == 0.0, "0 for a class with logit -inf"),
                (Form::Simplex, false) => (
                    found > 0.0 && found.is_finite(),
                    "a number above 0 (the density of ln y takes samples that underflow)",
                ),
                (Form::Log, true) => {
                    (found == f64::NEG_INFINITY, "-inf for a class with logit -inf")
                }
                (Form::Log, false) => (found.is_finite(), "a finite number"),
            };
            if !good {
                return Err(Error::Value { argument, expected, index, found });
            }
        }
        let samples = Self { form, values, logits, axis, tau, rows };
        if form == Form::Simplex {
            samples.check_sums()?;
        }
        Ok(samples)
    }

    fn check_sums(&self) -> Result<()> {
        let tolerance = T::LIMITS.sum_of_probabilities;
        for row in 0..self.rows {
            let sum: f64 = self.indices(row).map(|i| self.values[i].to_f64()).sum();
            if (sum - 1.0).abs() > tolerance {
                return Err(Error::NotNormalised { argument: "y", row, tolerance, sum });
            }
        }
        Ok(())
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The temperature of the first row; 1 without rows.
    fn first_tau(&self) -> f64 {
        if self.rows == 0 { 1.0 } else { self.tau.of(0) }
    }

    /// The indices of the elements of a row.
    pub(super) fn indices(&self, row: usize) -> impl Iterator<Item = usize> + use<T> {
        let (first, stride) = (self.axis.first_index(row), self.axis.stride());
        (0..self.axis.classes()).map(move |class| first + class * stride)
    }

    /// Calls `f` with the number and the results of each row.
    pub(super) fn for_each(&self, mut f: impl FnMut(usize, &Row)) {
        let k = self.axis.classes();
        let (tau, x, slope) = (self.first_tau(), vec![0.0; k], vec![0.0; k]);
        let mut row = Row { tau, classes: 0, ln_density: 0.0, x, slope };
        let mut constant = (1, tau, 0.0);
        for number in 0..self.rows {
            let top = self
                .indices(number)
                .map(|i| self.logits[i].to_f64())
                .fold(f64::NEG_INFINITY, f64::max);
            (row.tau, row.classes) = (self.tau.of(number), 0);
            let mut max = f64::NEG_INFINITY;
            for (class, i) in self.indices(number).enumerate() {
                let l = self.logits[i].to_f64();
                if l == f64::NEG_INFINITY {
                    (row.x[class], row.slope[class]) = (0.0, l);
                    continue;
                }
                let x = self.values[i].to_f64();
                let x = if self.form == Form::Log { x } else { math::ln_positive(x) };
                let w = (l - top).max(-MOST) - (row.tau * x).clamp(-MOST, MOST);
                (row.x[class], row.slope[class]) = (x, w);
                max = max.max(w);
                row.classes += 1;
            }
            if (constant.0, constant.1) != (row.classes, row.tau) {
                let (n, ln_tau) = (row.classes as f64, math::ln_positive(row.tau));
                let value = ln_factorial(row.classes - 1) + (n - 1.0) * ln_tau;
                constant = (row.classes, row.tau, value);
            }
            row.ln_density = constant.2 + row.replace_by_slopes(max);
            if row.classes < k {
                for (slope, i) in row.slope.iter_mut().zip(self.indices(number)) {
                    let masked = self.logits[i].to_f64() == f64::NEG_INFINITY;
                    *slope = if masked { 0.0 } else { *slope };
                }
            }
            f(number, &row);
        }
    }
}

impl Row {
    /// Turns w into 1 - n s; returns sum_i ln s_i.
    fn replace_by_slopes(&mut self, max: f64) -> f64 {
        let (n, mut sum, mut of_w) = (self.classes as f64, 0.0, 0.0);
        for w in &mut self.slope {
            let below = *w - max;
            of_w += if below == f64::NEG_INFINITY { 0.0 } else { below };
            *w = math::exp(below);
            sum += *w;
        }
        for slope in &mut self.slope {
            *slope = 1.0 - n * (*slope / sum);
        }
        of_w - n * math::ln(sum)
    }
}

/// ln m!: exact products up to 18!, then Stirling's series, whose first omitted term is below 1e-17.
fn ln_factorial(m: usize) -> f64 {
    if m <= 18 {
        return math::ln((2..=m).map(|i| i as f64).product());
    }
    let n = m as f64 + 1.0;
    let z = 1.0 / (n * n);
    let series = 1.0 / 1260.0 - z * (1.0 / 1680.0 - z * (1.0 / 1188.0));
    let series = (1.0 / 12.0 - z * (1.0 / 360.0 - z * series)) / n;
    const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;
    (n - 0.5) * math::ln(n) - n + HALF_LN_2_PI + series
}
