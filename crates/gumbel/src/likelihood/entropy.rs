//! The entropy of categorical and Bernoulli variables, from logits.

use alloc::vec;
use alloc::vec::Vec;

use crate::axis::Axis;
use crate::check;
use crate::error::Result;
use crate::math;
use crate::real::Real;
use crate::scalar::rows;

/// Entropy of one categorical variable for each row, in nats.
///
/// ```text
/// p = softmax(l)
/// H      = -sum_i p_i ln p_i
/// d/dl_i = -p_i (ln p_i + H)
/// ```
///
/// `logits: [rows, k]` (or along `axis`), unnormalised log-probabilities. Returns `[rows]`, each from 0 to ln k within
/// rounding. A class with logit -inf adds 0 (0 ln 0 = 0); k = 1 gives exactly 0. A shift of all logits of a row changes
/// nothing. The entropy of a choice that is almost certain keeps its digits. Both types compute in `f64` and round
/// once.
///
/// # Errors
/// k = 0, a length that is not a multiple of k, NaN or +inf logits, a row of only -inf.
///
/// ```
/// let logits = [0.0, 0.0, f64::NEG_INFINITY, 0.75_f64.ln(), 0.25_f64.ln(), f64::NEG_INFINITY];
/// let h = gumbel::likelihood::categorical_entropy(&logits, 3)?;
/// assert!((h[0] - 2f64.ln()).abs() < 1e-15);
/// assert!((h[1] - (4f64.ln() - 0.75 * 3f64.ln())).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn categorical_entropy<T: Real>(logits: &[T], axis: impl Into<Axis>) -> Result<Vec<T>> {
    let axis = axis.into();
    let mut entropy = vec![T::default(); axis.rows("logits", logits.len())?];
    categorical_entropy_into(logits, axis, &mut entropy)?;
    Ok(entropy)
}

/// Writes [`categorical_entropy`] to a buffer, `entropy: [rows]`. An error leaves the buffer unchanged.
///
/// # Errors
/// As [`categorical_entropy`]; also a buffer of another length.
///
/// ```
/// let mut entropy = [9.0_f64];
/// gumbel::likelihood::categorical_entropy_into(&[5.0; 4], 4, &mut entropy)?;
/// assert!((entropy[0] - 4f64.ln()).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn categorical_entropy_into<T: Real>(
    logits: &[T],
    axis: impl Into<Axis>,
    entropy: &mut [T],
) -> Result<()> {
    let axis = axis.into();
    let rows = check::rows(logits, axis)?;
    check::length("entropy", entropy.len(), rows)?;
    for_each_row(logits, axis, rows, |row, h, _, _| entropy[row] = T::from_f64(h));
    Ok(())
}

/// Vector-Jacobian product of [`categorical_entropy`]: `dlogits_i = -dentropy[row] p_i (ln p_i + H)`.
///
/// `logits, dlogits: [rows, k]` (or along `axis`), `dentropy: [rows]`. A class with logit -inf has gradient 0. Each row
/// sums to 0 within rounding.
///
/// # Errors
/// As [`categorical_entropy`]; also buffers of another length.
///
/// ```
/// use gumbel::likelihood::categorical_entropy_vjp_into;
/// // dH / dl_0 = -p (1 - p) l_0 for the logits (l_0, 0), p = 3/4.
/// let mut dlogits = [9.0_f64; 2];
/// categorical_entropy_vjp_into(&[3f64.ln(), 0.0], &[1.0], 2, &mut dlogits)?;
/// assert!((dlogits[0] + 3.0 / 16.0 * 3f64.ln()).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn categorical_entropy_vjp_into<T: Real>(
    logits: &[T],
    dentropy: &[T],
    axis: impl Into<Axis>,
    dlogits: &mut [T],
) -> Result<()> {
    let axis = axis.into();
    let rows = check::rows(logits, axis)?;
    check::length("dentropy", dentropy.len(), rows)?;
    check::length("dlogits", dlogits.len(), logits.len())?;
    for_each_row(logits, axis, rows, |row, h, p, ln_p| {
        let scale = dentropy[row].to_f64();
        for (class, (p, ln_p)) in p.iter().zip(ln_p).enumerate() {
            let d = if *p == 0.0 { 0.0 } else { -scale * (p * (ln_p + h)) };
            dlogits[axis.first_index(row) + class * axis.stride()] = T::from_f64(d);
        }
    });
    Ok(())
}

/// Calls `f` with the number of each row, its entropy, and its p and ln p.
///
/// With d = l - max l and sum e^d = 1 + rest, H = ln(1 + rest) - sum p d: two terms that are not negative.
fn for_each_row<T: Real>(
    logits: &[T],
    axis: Axis,
    rows: usize,
    mut f: impl FnMut(usize, f64, &[f64], &[f64]),
) {
    let (mut p, mut ln_p) = (vec![0.0; axis.classes()], vec![0.0; axis.classes()]);
    for row in 0..rows {
        for (class, d) in ln_p.iter_mut().enumerate() {
            *d = logits[axis.first_index(row) + class * axis.stride()].to_f64();
        }
        let best = rows::argmax(&ln_p);
        let (max, mut rest, mut of_d) = (ln_p[best], 0.0, 0.0);
        for (class, (p, d)) in p.iter_mut().zip(&mut ln_p).enumerate() {
            *d -= max;
            *p = math::exp(*d);
            rest += if class == best { 0.0 } else { *p };
            of_d += if *p == 0.0 { 0.0 } else { *p * *d };
        }
        let ln_sum = if rest < 1.0 { math::ln_1p(rest) } else { math::ln(1.0 + rest) };
        for (p, ln_p) in p.iter_mut().zip(&mut ln_p) {
            *p /= 1.0 + rest;
            *ln_p -= ln_sum;
        }
        f(row, ln_sum - of_d / (1.0 + rest), &p, &ln_p);
    }
}

/// Entropy of each Bernoulli variable, in nats.
///
/// ```text
/// H    = ln(1 + e^-|l|) + |l| / (1 + e^|l|)
/// d/dl = -l sigmoid(l) sigmoid(-l)
/// ```
///
/// `log_odds`: l = ln(p / (1 - p)), any shape. Returns one number from 0 to ln 2 for each. Infinite log-odds give 0.
/// Both types compute in `f64` and round once.
///
/// # Errors
/// NaN log-odds.
///
/// ```
/// let h = gumbel::likelihood::bernoulli_entropy(&[0.0, 3f64.ln(), f64::INFINITY])?;
/// assert!((h[0] - 2f64.ln()).abs() < 1e-15);
/// assert!((h[1] - (4f64.ln() - 0.75 * 3f64.ln())).abs() < 1e-15);
/// assert_eq!(h[2], 0.0);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn bernoulli_entropy<T: Real>(log_odds: &[T]) -> Result<Vec<T>> {
    let mut entropy = vec![T::default(); log_odds.len()];
    bernoulli_entropy_into(log_odds, &mut entropy)?;
    Ok(entropy)
}

/// Writes [`bernoulli_entropy`] to a buffer. An error leaves the buffer unchanged.
///
/// # Errors
/// As [`bernoulli_entropy`]; also a buffer of another length.
///
/// ```
/// let mut entropy = [9.0_f64];
/// gumbel::likelihood::bernoulli_entropy_into(&[0.0], &mut entropy)?;
/// assert!((entropy[0] - 2f64.ln()).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn bernoulli_entropy_into<T: Real>(log_odds: &[T], entropy: &mut [T]) -> Result<()> {
    check_log_odds(log_odds)?;
    check::length("entropy", entropy.len(), log_odds.len())?;
    for (h, l) in entropy.iter_mut().zip(log_odds) {
        let size = l.to_f64().abs();
        let e = math::exp(-size);
        let tail = if e == 0.0 { 0.0 } else { size * e / (1.0 + e) };
        *h = T::from_f64(math::ln_1p(e) + tail);
    }
    Ok(())
}

/// Vector-Jacobian product of [`bernoulli_entropy`]: `dlog_odds = -dentropy l sigmoid(l) sigmoid(-l)`.
///
/// All buffers have one length. Infinite log-odds have gradient 0.
///
/// # Errors
/// As [`bernoulli_entropy`]; also buffers of another length.
///
/// ```
/// let mut dlog_odds = [9.0_f64];
/// gumbel::likelihood::bernoulli_entropy_vjp_into(&[3f64.ln()], &[1.0], &mut dlog_odds)?;
/// assert!((dlog_odds[0] + 3.0 / 16.0 * 3f64.ln()).abs() < 1e-15);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn bernoulli_entropy_vjp_into<T: Real>(
    log_odds: &[T],
    dentropy: &[T],
    dlog_odds: &mut [T],
) -> Result<()> {
    check_log_odds(log_odds)?;
    check::length("dentropy", dentropy.len(), log_odds.len())?;
    check::length("dlog_odds", dlog_odds.len(), log_odds.len())?;
    for ((d, l), dentropy) in dlog_odds.iter_mut().zip(log_odds).zip(dentropy) {
        let l = l.to_f64();
        let e = math::exp(-l.abs());
        let slope = if e == 0.0 { 0.0 } else { l * e / ((1.0 + e) * (1.0 + e)) };
        *d = T::from_f64(-dentropy.to_f64() * slope);
    }
    Ok(())
}

fn check_log_odds<T: Real>(log_odds: &[T]) -> Result<()> {
    check::all_allowed("log_odds", "a number or an infinity", |l| !l.is_nan(), log_odds)
}

#[cfg(test)]
mod tests;
