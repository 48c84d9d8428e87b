//! The binary Concrete density of log-odds: a logistic law, at every temperature without underflow.

use alloc::vec;
use alloc::vec::Vec;

use crate::check;
use crate::error::{Error, Result};
use crate::math;
use crate::real::{Real, finite};
use crate::temperature::{Spread, Temperature, row_length};

/// Log-density of the log-odds x = ln(y / (1 - y)) of relaxed Bernoulli samples, for each element, in nats.
///
/// ```text
/// x = (l + L) / tau, L standard logistic
/// u = tau x - l
/// ln p(x) = ln tau - |u| - 2 ln(1 + e^-|u|)
/// ```
///
/// `x`: log-odds of samples, (l + L) / tau, any shape; `log_odds`: the l = ln(p / (1 - p)) of their law, one for each
/// x; `tau` dimensionless, one number, or one for each row or x. Returns one number for each
/// x.
///
/// - With y = sigmoid(x) it is ln p(y) + ln y + ln(1 - y) of
///   [`relaxed_bernoulli_ln_density`](super::relaxed_bernoulli_ln_density).
/// - Finite at every temperature, for every finite x. Both types compute in `f64` and round once; a result beyond the
///   range of the type is its largest number. An error of e in x changes the result by at most tau e.
/// - A log-odds of -inf or +inf is a choice that is certain: its x must be the same infinity, and it gives exactly 0.
///
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712, appendices B and C.3.
///
/// # Errors
/// Lengths that differ, tau not a finite number above 0, temperatures that do not divide the values into equal rows, NaN
/// log-odds, an x that is not finite (the same infinity where the
/// log-odds are infinite).
///
/// ```
/// use gumbel::likelihood::relaxed_bernoulli_ln_density_of_logit;
/// // sigmoid(200) is 1 in f32, and its log-density in y is lost; that of x is not: u = 0.05 * 200 = 10.
/// let ln_p = relaxed_bernoulli_ln_density_of_logit(&[200.0_f32], &[0.0], 0.05)?;
/// let expected = 0.05_f32.ln() - 10.0 - 2.0 * (-10.0_f32).exp();
/// assert!((ln_p[0] - expected).abs() < 2e-6);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "LogitRelaxedBernoulli")]
#[doc(alias = "log_prob")]
pub fn relaxed_bernoulli_ln_density_of_logit<'a, T: Real>(
    x: &[T],
    log_odds: &[T],
    tau: impl Into<Temperature<'a>>,
) -> Result<Vec<T>> {
    let mut ln_density = vec![T::default(); x.len()];
    relaxed_bernoulli_ln_density_of_logit_into(x, log_odds, tau, &mut ln_density)?;
    Ok(ln_density)
}

/// Writes [`relaxed_bernoulli_ln_density_of_logit`] to a buffer. An error leaves the buffer unchanged.
///
/// # Errors
/// As [`relaxed_bernoulli_ln_density_of_logit`]; also a buffer of another length.
///
/// ```
/// let mut ln_p = [9.0_f64];
/// gumbel::likelihood::relaxed_bernoulli_ln_density_of_logit_into(&[0.0], &[0.0], 2.0, &mut ln_p)?;
/// assert!((ln_p[0] - 0.5_f64.ln()).abs() < 1e-15); // tau / 4
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_bernoulli_ln_density_of_logit_into<'a, T: Real>(
    x: &[T],
    log_odds: &[T],
    tau: impl Into<Temperature<'a>>,
    ln_density: &mut [T],
) -> Result<()> {
    let tau = check_points(Form::Logit, x, log_odds, tau.into())?;
    check::length("ln_density", ln_density.len(), x.len())?;
    for (i, out) in ln_density.iter_mut().enumerate() {
        let (x, l, tau) = (x[i], log_odds[i], tau.of(i));
        *out = finite(Point::new(x.to_f64(), l.to_f64(), tau).ln_density);
    }
    Ok(())
}

/// Vector-Jacobian product of [`relaxed_bernoulli_ln_density_of_logit`]: from `dln_density` to `dx` and `dlog_odds`.
///
/// ```text
/// t = tanh((tau x - l) / 2)
/// d/dl = t
/// d/dx = -tau t
/// ```
///
/// All buffers have the length of x. A certain choice has gradient 0.
///
/// # Errors
/// As [`relaxed_bernoulli_ln_density_of_logit`]; also buffers of another length.
///
/// ```
/// use gumbel::likelihood::relaxed_bernoulli_ln_density_of_logit_vjp_into;
/// let (mut dx, mut dl) = ([9.0_f64], [9.0]);
/// let x = [2.0 * 3f64.ln()]; // t = tanh(ln 3 / 2) = 1/2
/// relaxed_bernoulli_ln_density_of_logit_vjp_into(&x, &[0.0], &[1.0], 0.5, &mut dx, &mut dl)?;
/// assert!((dl[0] - 0.5).abs() < 1e-15 && (dx[0] + 0.25).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_bernoulli_ln_density_of_logit_vjp_into<'a, T: Real>(
    x: &[T],
    log_odds: &[T],
    dln_density: &[T],
    tau: impl Into<Temperature<'a>>,
    dx: &mut [T],
    dlog_odds: &mut [T],
) -> Result<()> {
    let tau = check_points(Form::Logit, x, log_odds, tau.into())?;
    check::length("dln_density", dln_density.len(), x.len())?;
    check::length("dx", dx.len(), x.len())?;
    check::length("dlog_odds", dlog_odds.len(), x.len())?;
    for i in 0..x.len() {
        let tau = tau.of(i);
        let slope =
            dln_density[i].to_f64() * Point::new(x[i].to_f64(), log_odds[i].to_f64(), tau).t;
        dx[i] = finite(-tau * slope);
        dlog_odds[i] = finite(slope);
    }
    Ok(())
}

/// Derivative of a scalar with respect to the one temperature of [`relaxed_bernoulli_ln_density_of_logit`]: the sum of
/// `dln_density (1 / tau - x t)` over all elements, in `f64`, with the t of
/// [`relaxed_bernoulli_ln_density_of_logit_vjp_into`].
///
/// # Errors
/// As [`relaxed_bernoulli_ln_density_of_logit`]; also a `dln_density` of another length.
///
/// ```
/// use gumbel::likelihood::relaxed_bernoulli_ln_density_of_logit_vjp_tau;
/// let dtau = relaxed_bernoulli_ln_density_of_logit_vjp_tau(&[0.0_f64], &[0.0], &[1.0], 0.25)?;
/// assert_eq!(dtau, 4.0);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_bernoulli_ln_density_of_logit_vjp_tau<T: Real>(
    x: &[T],
    log_odds: &[T],
    dln_density: &[T],
    tau: f64,
) -> Result<f64> {
    check_points(Form::Logit, x, log_odds, tau.into())?;
    check::length("dln_density", dln_density.len(), x.len())?;
    let terms =
        x.iter().zip(log_odds).zip(dln_density).map(|((x, l), scale)| {
            scale.to_f64() * Point::new(x.to_f64(), l.to_f64(), tau).dtau(tau)
        });
    Ok(finite(terms.sum()))
}

/// Derivative of a scalar with respect to the temperature of each row of [`relaxed_bernoulli_ln_density_of_logit`]: the sum of
/// `dln_density (1 / tau - x t)` over the row.
///
/// `dtau`: one number for each of n rows of equal length, as [`Temperature`] has them; one for each x, or one for all,
/// are such rows. tau may be one number for all rows.
///
/// # Errors
/// As [`relaxed_bernoulli_ln_density_of_logit`]; also a `dln_density` of another length, and a `dtau` whose
/// length does not divide the number of elements.
///
/// ```
/// use gumbel::likelihood::relaxed_bernoulli_ln_density_of_logit_vjp_tau_into;
/// // ln p(0) = ln(tau / 4) at even odds.
/// let mut dtau = [9.0; 2];
/// relaxed_bernoulli_ln_density_of_logit_vjp_tau_into(&[0.0_f64; 2], &[0.0; 2], &[1.0; 2], &[0.25, 2.0], &mut dtau)?;
/// assert_eq!(dtau, [4.0, 0.5]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn relaxed_bernoulli_ln_density_of_logit_vjp_tau_into<'a, T: Real>(
    x: &[T],
    log_odds: &[T],
    dln_density: &[T],
    tau: impl Into<Temperature<'a>>,
    dtau: &mut [f64],
) -> Result<()> {
    let tau = check_points(Form::Logit, x, log_odds, tau.into())?;
    check::length("dln_density", dln_density.len(), x.len())?;
    let row = row_length("dtau", dtau.len(), x.len())?;
    dtau.fill(0.0);
    for (i, scale) in dln_density.iter().enumerate() {
        let tau = tau.of(i);
        let point = Point::new(x[i].to_f64(), log_odds[i].to_f64(), tau);
        dtau[i / row] += scale.to_f64() * point.dtau(tau);
    }
    for d in dtau {
        *d = finite(*d);
    }
    Ok(())
}

/// What the values are.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// y between 0 and 1.
    Unit,
    /// x = ln(y / (1 - y)).
    Logit,
}

/// Checks lengths, temperature and all values. Returns the temperature of each.
pub(super) fn check_points<'a, T: Real>(
    form: Form,
    values: &[T],
    log_odds: &[T],
    tau: Temperature<'a>,
) -> Result<Spread<'a>> {
    tau.check()?;
    let argument = if form == Form::Unit { "y" } else { "x" };
    check::length(argument, values.len(), log_odds.len())?;
    let tau = tau.spread(values.len())?;
    let number = |l: f64| !l.is_nan();
    check::all_allowed("log_odds", "a number or an infinity", number, log_odds)?;
    for (index, (value, l)) in values.iter().zip(log_odds).enumerate() {
        let (found, l) = (value.to_f64(), l.to_f64());
        let (good, expected) = match form {
            Form::Unit if l == f64::NEG_INFINITY => (found == 0.0, "0 where the log-odds are -inf"),
            Form::Unit if l == f64::INFINITY => (found == 1.0, "1 where the log-odds are +inf"),
            Form::Unit => (
                found > 0.0 && found < 1.0,
                "a number above 0 and below 1 (the density of ln(y / (1 - y)) takes samples that round to 0 or 1)",
            ),
            Form::Logit if l.is_infinite() => (found == l, "the same infinity as the log-odds"),
            Form::Logit => (found.is_finite(), "a finite number"),
        };
        if !good {
            return Err(Error::Value { argument, expected, index, found });
        }
    }
    Ok(tau)
}

/// Checks numbers between 0 and 1 and their log-odds.
pub(crate) fn check_unit<T: Real>(y: &[T], log_odds: &[T]) -> Result<()> {
    check_points(Form::Unit, y, log_odds, Temperature::Scalar(1.0)).map(drop)
}

/// Checks log-odds of samples and those of their law.
pub(crate) fn check_logit<T: Real>(x: &[T], log_odds: &[T]) -> Result<()> {
    check_points(Form::Logit, x, log_odds, Temperature::Scalar(1.0)).map(drop)
}

/// The logistic density of one x, and what the gradients need. All numbers of a certain choice are 0.
pub(super) struct Point {
    /// Whether the log-odds are infinite.
    pub(super) certain: bool,
    pub(super) ln_density: f64,
    /// tanh(u / 2), u = tau x - l.
    pub(super) t: f64,
    x: f64,
}

impl Point {
    pub(super) fn new(x: f64, l: f64, tau: f64) -> Self {
        if l.is_infinite() {
            return Self { certain: true, ln_density: 0.0, t: 0.0, x: 0.0 };
        }
        // Cut off where a product could be infinite.
        let u = (tau * x).clamp(-1e300, 1e300) - l.clamp(-1e300, 1e300);
        let size = u.abs();
        let e = math::exp(-size);
        let ln_density = math::ln_positive(tau) - size - 2.0 * math::ln_1p(e);
        let t = math::one_minus_exp_neg(size) / (1.0 + e);
        Self { certain: false, ln_density, t: if u < 0.0 { -t } else { t }, x }
    }

    /// The derivative of the log-density with respect to tau.
    pub(super) fn dtau(&self, tau: f64) -> f64 {
        if self.certain { 0.0 } else { finite::<f64>(1.0 / tau) - self.x * self.t }
    }
}
