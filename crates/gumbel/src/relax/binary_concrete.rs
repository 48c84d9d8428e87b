//! Binary Concrete, y = sigmoid((l + L) / tau), and its vector-Jacobian products.

use alloc::vec;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::check;
use crate::error::Result;
use crate::kernel::work::BinaryElements;
use crate::law::Law;
use crate::noise::Noise;
use crate::parallel;
use crate::real::Real;
use crate::temperature::{REPEAT, Spread, Temperature};

/// Elements of a block in the gradients.
const TAU_BLOCK: usize = 1024;

/// Draws one relaxed Bernoulli sample for each logit: Gumbel-Softmax for two classes.
///
/// ```text
/// y = sigmoid((l + L) / tau),   L standard logistic, l = ln(p / (1 - p))
/// ```
///
/// `logits`: log-odds, any shape; `tau`: one number, or one for each row or logit ([`Temperature`]); `noise`: a
/// [`Key`](crate::Key), or logistic noise made in advance. Returns one number from 0 to 1 for each logit.
///
/// - P(y > 1/2) = sigmoid(l), at every temperature.
/// - tau to 0: y tends to 0 or 1. tau to infinity: y tends to 1/2.
/// - A logit of -inf gives exactly 0 and a logit of +inf exactly 1, both with gradient 0. No logits: an empty
///   result.
/// - The difference of two Gumbels is logistic, so y is distributed as the first coordinate of Gumbel-Softmax over
///   the logits (l, 0).
///
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712, appendix B, equation 22.
///
/// # Errors
/// NaN logits, tau not a finite number above 0, temperatures that do not divide the logits into equal rows, a noise buffer of the wrong length or with a number that is not
/// finite or so large that its sum with a logit may be infinite (above 1e30 in `f32`, 1e290 in `f64`).
///
/// ```
/// let y = gumbel::binary_concrete(&[f32::NEG_INFINITY, 0.0, f32::INFINITY], 0.5, gumbel::Key::new(7))?;
/// assert_eq!((y[0], y[2]), (0.0, 1.0));
/// assert!(y[1] > 0.0 && y[1] < 1.0);
///
/// // Noise made in advance: sigmoid((1 + 0) / 0.5) = 1 / (1 + e^-2) = 0.880797
/// let y = gumbel::binary_concrete(&[1.0_f64], 0.5, &[0.0])?;
/// assert!((y[0] - 0.880797).abs() < 1e-6);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "Concrete")]
#[doc(alias = "RelaxedBernoulli")]
#[doc(alias = "rsample")]
pub fn binary_concrete<'a, T: Real>(
    logits: &[T],
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, T>>,
) -> Result<Vec<T>> {
    let mut y = vec![T::default(); logits.len()];
    binary_concrete_into(logits, tau, noise, &mut y)?;
    Ok(y)
}

/// Writes [`binary_concrete`] to a buffer. An error leaves the buffer unchanged.
///
/// # Errors
/// As [`binary_concrete`]; also a buffer of the wrong length.
///
/// ```
/// use gumbel::relax::binary_concrete_into;
/// let mut y = [9.0_f32; 2];
/// binary_concrete_into(&[0.0, f32::INFINITY], 0.5, &[0.0; 2], &mut y)?;
/// assert_eq!(y, [0.5, 1.0]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn binary_concrete_into<'a, T: Real>(
    logits: &[T],
    tau: impl Into<Temperature<'a>>,
    noise: impl Into<Noise<'a, T>>,
    y: &mut [T],
) -> Result<()> {
    let (tau, noise) = (tau.into(), noise.into());
    tau.check()?;
    let tau = tau.spread(logits.len())?;
    check::log_odds(logits)?;
    check::source(noise, logits.len())?;
    check::length("y", y.len(), logits.len())?;
    T::binary(BinaryElements { logits, tau, noise, soft: y, hard: None });
    Ok(())
}

/// Vector-Jacobian product of [`binary_concrete`] with respect to the logits, for noise held fixed:
/// `dlogits = dy y (1 - y) / tau`.
///
/// `y` is the value of [`binary_concrete`], `dy` the gradient of a scalar with respect to y. `dlogits` is the
/// exact gradient of the relaxed sample. Where y is 0 or 1, the gradient is 0.
///
/// # Errors
/// tau not a finite number above 0, temperatures that do not divide the logits into equal rows, lengths that differ.
/// After an error in one of several temperatures, the contents of `dlogits` are unspecified.
///
/// ```
/// use gumbel::relax::binary_concrete_vjp_into;
/// let mut dlogits = [0.0_f32];
/// binary_concrete_vjp_into(&[0.75], &[1.0], 0.5, &mut dlogits)?;
/// assert_eq!(dlogits, [0.375]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn binary_concrete_vjp_into<'a, T: Real>(
    y: &[T],
    dy: &[T],
    tau: impl Into<Temperature<'a>>,
    dlogits: &mut [T],
) -> Result<()> {
    let all = tau.into();
    if let Temperature::Scalar(tau) = all {
        check::temperature(tau)?;
    }
    let tau = all.spread(y.len())?;
    check::length("dy", dy.len(), y.len())?;
    check::length("dlogits", dlogits.len(), y.len())?;
    // Temperatures are checked block by block, so that they come from memory once.
    let bad = AtomicBool::new(false);
    parallel::for_elements(dlogits, |start, dlogits| {
        if !gradients_of_part(&y[start..], &dy[start..], tau.after(start), dlogits) {
            bad.store(true, Ordering::Relaxed);
        }
    });
    if bad.into_inner() { all.check() } else { Ok(()) }
}

/// The gradients of the first elements of `y` and `dy`, on this thread. Returns whether all their temperatures are
/// allowed, if there is one for each row.
pub(crate) fn gradients_of_part<T: Real>(
    y: &[T],
    dy: &[T],
    tau: Spread<'_>,
    dlogits: &mut [T],
) -> bool {
    if let Temperature::Scalar(tau) = tau.tau {
        gradients(y, dy, tau, dlogits);
        return true;
    }
    let (mut each, mut good) = ([0.0; TAU_BLOCK + REPEAT], true);
    for (number, out) in dlogits.chunks_mut(TAU_BLOCK).enumerate() {
        let start = number * TAU_BLOCK;
        let (y, dy, tau) = (&y[start..], &dy[start..], tau.after(start));
        good &= tau.are_good(out.len());
        if let [tau] = tau.rows(out.len()) {
            gradients(y, dy, *tau, out);
            continue;
        }
        let inputs = y.iter().zip(dy);
        let tau = tau.each(out.len(), &mut each);
        for ((out, tau), (y, dy)) in out.iter_mut().zip(tau).zip(inputs) {
            *out = gradient(*y, *dy, *tau);
        }
    }
    good
}

/// The gradients of elements with one temperature.
#[inline(always)]
fn gradients<T: Real>(y: &[T], dy: &[T], tau: f64, dlogits: &mut [T]) {
    for (out, (y, dy)) in dlogits.iter_mut().zip(y.iter().zip(dy)) {
        *out = gradient(*y, *dy, tau);
    }
}

/// dy y (1 - y) / tau; 0 where y is 0 or 1, whatever dy is.
#[inline(always)]
fn gradient<T: Real>(y: T, dy: T, tau: f64) -> T {
    let slope = y.to_f64() * (1.0 - y.to_f64());
    T::from_f64(if slope == 0.0 { 0.0 } else { dy.to_f64() * slope / tau })
}

/// Derivative of a scalar with respect to the one temperature of [`binary_concrete`]:
/// `-(1 / tau) sum_i dlogits_i (l_i + L_i)`.
///
/// `dlogits` is the result of [`binary_concrete_vjp_into`] for the same logits, noise and tau. The sum is over
/// all logits, in `f64`. An infinite logit adds 0. [`binary_concrete_vjp_tau_into`](super::binary_concrete_vjp_tau_into)
/// gives the derivative of each row, without the noise, from the sample.
///
/// # Errors
/// As [`binary_concrete`]; also a `dlogits` of the wrong length.
///
/// ```
/// use gumbel::relax::binary_concrete_vjp_tau;
/// let dtau = binary_concrete_vjp_tau(&[1.0_f64], 0.5, &[0.5], &[0.25])?;
/// assert_eq!(dtau, -0.75);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn binary_concrete_vjp_tau<'a, T: Real>(
    logits: &[T],
    tau: f64,
    noise: impl Into<Noise<'a, T>>,
    dlogits: &[T],
) -> Result<f64> {
    let noise = noise.into();
    check::temperature(tau)?;
    check::log_odds(logits)?;
    check::source(noise, logits.len())?;
    check::length("dlogits", dlogits.len(), logits.len())?;
    let mut total = 0.0;
    for_each_block(logits, noise, |start, z| {
        for (d, z) in dlogits[start..].iter().zip(z) {
            total += if z.is_infinite() { 0.0 } else { d.to_f64() * z };
        }
    });
    Ok(-total / tau)
}

/// Calls `f` with the first index and z = l + L of each block.
fn for_each_block<T: Real>(logits: &[T], noise: Noise<'_, T>, mut f: impl FnMut(usize, &[f64])) {
    let mut logistic = [T::default(); TAU_BLOCK];
    let mut z = [0.0; TAU_BLOCK];
    for (number, part) in logits.chunks(TAU_BLOCK).enumerate() {
        let (logistic, z) = (&mut logistic[..part.len()], &mut z[..part.len()]);
        noise.fill(Law::Logistic, number * TAU_BLOCK, logistic);
        for ((z, l), g) in z.iter_mut().zip(part).zip(logistic.iter()) {
            *z = (*l + *g).to_f64();
        }
        f(number * TAU_BLOCK, z);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::key::Key;
    use crate::relax::straight_through_binary_concrete_into;
    use crate::{noise, oracle};

    fn logistic_values(n: usize, seed: u64) -> Vec<f64> {
        let mut x = vec![0.0; n];
        noise::logistic_into(Key::new(seed), 0, &mut x);
        x
    }

    #[test]
    fn equals_the_oracle_and_its_noise() {
        let (l, g) = (logistic_values(2500, 1), logistic_values(2500, 2));
        for tau in [0.05, 0.66, 10.0] {
            let y = binary_concrete(&l, tau, Key::new(2)).unwrap();
            assert_eq!(y, binary_concrete(&l, tau, &g).unwrap());
            let (mut hard, mut soft) = (vec![0.0; 2500], vec![0.0; 2500]);
            straight_through_binary_concrete_into(&l, tau, Key::new(2), &mut hard, &mut soft)
                .unwrap();
            assert_eq!(soft, y);
            for i in 0..2500 {
                let exact = oracle::binary_concrete(l[i], g[i], tau);
                assert!((y[i] - exact).abs() <= 1e-13 / tau.min(1.0) * exact.max(1e-300));
                assert_eq!(hard[i], f64::from(u8::from(l[i] + g[i] > 0.0)));
            }
        }
    }

    #[test]
    fn is_gumbel_softmax_over_two_classes() {
        let (l, g) = (logistic_values(50, 3), logistic_values(50, 4));
        let y = binary_concrete(&l, 0.4, &g).unwrap();
        for i in 0..50 {
            // One logistic is the difference of two Gumbels: put all of it on the first class.
            let two = oracle::gumbel_softmax(&[l[i], 0.0], &[g[i], 0.0], 0.4);
            assert!((y[i] - two[0]).abs() < 1e-14);
        }
    }

    #[test]
    fn gradients_equal_finite_differences() {
        let (l, g, dy) = (logistic_values(40, 5), logistic_values(40, 6), logistic_values(40, 7));
        for tau in [0.3, 1.0, 4.0] {
            let cost = |l: &[f64], tau: f64| -> f64 {
                let y = binary_concrete(l, tau, &g).unwrap();
                y.iter().zip(&dy).map(|(y, d)| y * d).sum()
            };
            let y = binary_concrete(&l, tau, &g).unwrap();
            let mut dl = vec![0.0; 40];
            binary_concrete_vjp_into(&y, &dy, tau, &mut dl).unwrap();
            // As for Gumbel-Softmax: truncation h^2 / (6 tau^3), rounding 1e-16 |c| / h.
            let bound = 1e-10 * (1.0 + tau.powi(-3)) * 20.0;
            let difference = oracle::finite_difference(|l| cost(l, tau), &l, 1e-5);
            for (ours, difference) in dl.iter().zip(&difference) {
                assert!((ours - difference).abs() < bound);
            }
            let dtau = binary_concrete_vjp_tau(&l, tau, &g, &dl).unwrap();
            let difference = oracle::finite_difference(|t| cost(&l, t[0]), &[tau], 1e-5 * tau)[0];
            assert!((dtau - difference).abs() < bound * 100.0);
        }
    }

    #[test]
    fn infinite_logits_are_certain() {
        let l = [f64::NEG_INFINITY, f64::INFINITY];
        let y = binary_concrete(&l, 0.5, Key::new(1)).unwrap();
        assert_eq!(y, [0.0, 1.0]);
        let mut dl = [9.0; 2];
        binary_concrete_vjp_into(&y, &[1.0, f64::INFINITY], 0.5, &mut dl).unwrap();
        assert_eq!(dl, [0.0, 0.0]);
        assert_eq!(binary_concrete_vjp_tau(&l, 0.5, Key::new(1), &dl).unwrap(), 0.0);
    }

    #[test]
    fn bad_input_is_named() {
        let nan = binary_concrete(&[0.0, f32::NAN], 1.0, Key::new(1));
        assert!(matches!(nan, Err(Error::Value { index: 1, .. })));
        let cold = binary_concrete(&[0.0_f32], 0.0, Key::new(1));
        assert!(matches!(cold, Err(Error::Temperature { .. })));
        assert!(binary_concrete::<f32>(&[], 1.0, Key::new(1)).unwrap().is_empty());
    }
}
