//! Kullback-Leibler divergences of relaxed laws, estimated from draws.
//!
//! The Concrete distributions have no closed form of a divergence. The mean of ln q(x) - ln p(x) over draws x from q is an
//! unbiased estimate of it, and its gradient, with the draws as functions of the logits and the temperature of q, an
//! unbiased estimate of the gradient. Points are drawn and compared in log-space: the divergence does not depend on the
//! form of the point.

use burn::tensor::Tensor;
use gumbel::Key;
use gumbel::noise::Law;

use super::relaxed_bernoulli::relaxed_bernoulli_ln_density_of_logit;
use super::relaxed_categorical::relaxed_categorical_ln_density_of_log;
use crate::check;
use crate::error::Error;
use crate::noise::Noise;
use crate::relax::gumbel_log_softmax;
use crate::temperature::Temperature;

/// Monte Carlo estimate of the divergence of relaxed categorical laws (Concrete) for each row along axis `dim`, in nats.
///
/// ```text
/// KL(q || p) = E_q [ln q(x) - ln p(x)]
///            ~ (1/n) sum_j (ln q(x_j) - ln p(x_j)),   x_j ~ q from the noise of key.fold_in(j), j = 0 .. n-1
/// ```
///
/// `posterior`, `prior`: the unnormalised log-probabilities of q and p, of one shape; `dim` may be negative; `tau`: the
/// temperatures of q and p, each a number or a tensor ([`Temperature`]); `draws`: n. Returns the shape of the logits with
/// size 1 along `dim`.
///
/// - **An estimate, not a closed form.** It is unbiased for every n, has a standard error that falls as 1 / sqrt(n), and a
///   single row may be negative. Equal laws give exactly 0. The closed form for the discrete variables is
///   [`categorical_kl`](super::categorical_kl()): it is the divergence of other laws, of the argmax of x, and so at most
///   this one (data processing inequality).
/// - The gradient in both logits and in both temperatures is an unbiased estimate too, because the draws pass it on to the
///   posterior and its temperature.
/// - One key gives one estimate: fold the step of a training into it.
/// - A class is masked (-inf) in both laws or in neither.
///
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712, section 3.2 and appendix C.3, use this form in the
/// bound of a VAE.
///
/// # Errors
/// draws = 0, no classes, shapes that differ, an axis that does not exist, a tau not a finite number above 0 or of another
/// shape, NaN or +inf logits, a row of -inf only, a class that is masked in one law only.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::likelihood::monte_carlo_relaxed_categorical_kl;
/// let device = Device::flex();
/// let q = Tensor::<2>::from_floats([[1.0, 0.0, -1.0]], &device);
/// let run_key = Key::new(7);
/// for step in 0..2 {
///     let key = run_key.fold_in(step);
///     let same = monte_carlo_relaxed_categorical_kl(q.clone(), q.clone(), -1, [0.5, 0.5], 10, key)?;
///     assert_eq!(same.into_scalar::<f32>(), 0.0);
///     let kl = monte_carlo_relaxed_categorical_kl(q.clone(), q.zeros_like(), -1, [0.5, 0.5], 1000, key)?;
///     assert!(kl.into_scalar::<f32>() > 0.1);
/// }
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[doc(alias = "Concrete")]
#[doc(alias = "kl_divergence")]
pub fn monte_carlo_relaxed_categorical_kl<const D: usize, T: Into<Temperature<Tensor<D>>>>(
    posterior: Tensor<D>,
    prior: Tensor<D>,
    dim: isize,
    tau: [T; 2],
    draws: u64,
    key: Key,
) -> Result<Tensor<D>, Error> {
    check::draws(draws)?;
    check::shape("prior", &prior, posterior.dims())?;
    let (axis, _) = check::axis(&posterior, dim)?;
    let dtype = posterior.dtype();
    let posterior = check::widen("posterior", posterior)?;
    let prior = check::cast("prior", prior, posterior.dtype())?;
    check::pair(["prior", "posterior"], &prior, &posterior, check::PairRule::Masks(axis))?;
    let [tau_q, tau_p] = tau.map(Into::into);
    mean(draws, key, |key| {
        let x = gumbel_log_softmax(posterior.clone(), dim, tau_q.clone(), key)?;
        let ln_q = relaxed_categorical_ln_density_of_log(
            x.clone(),
            posterior.clone(),
            dim,
            tau_q.clone(),
        )?;
        Ok(ln_q - relaxed_categorical_ln_density_of_log(x, prior.clone(), dim, tau_p.clone())?)
    })
    .map(|kl| kl.cast(dtype))
}

/// Monte Carlo estimate of the divergence of relaxed Bernoulli laws (binary Concrete) for each element, in nats.
///
/// ```text
/// KL(q || p) = E_q [ln q(x) - ln p(x)]
///            ~ (1/n) sum_j (ln q(x_j) - ln p(x_j)),   x_j = (a + L_j) / tau_q, L_j logistic from key.fold_in(j)
/// ```
///
/// `posterior`, `prior`: the log-odds a of q and those of p, of one shape; `tau`: the temperatures of q and p, each a number
/// or a tensor that broadcasts to the log-odds ([`Temperature`]); `draws`: n. Returns the shape of the log-odds.
///
/// - **An estimate, not a closed form**, with the properties of [`monte_carlo_relaxed_categorical_kl`]. The closed form
///   for the discrete variables is [`bernoulli_kl`](super::bernoulli_kl()).
/// - Log-odds must be finite in both laws.
///
/// Maddison, Mnih and Teh, "The Concrete Distribution", arXiv 1611.00712, appendices B and C.3.
///
/// # Errors
/// draws = 0, shapes that differ, a tau not a finite number above 0 or of a shape that does not broadcast, log-odds that are
/// not finite.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::likelihood::monte_carlo_relaxed_bernoulli_kl;
/// let q = Tensor::<1>::from_floats([2.0], &Device::flex());
/// let (run_key, step) = (Key::new(7), 300); // each training step folds in its number
/// let kl = monte_carlo_relaxed_bernoulli_kl(q.clone(), q.zeros_like(), [0.5, 0.5], 1000, run_key.fold_in(step))?;
/// assert!(kl.into_scalar::<f32>() > 0.1);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[doc(alias = "Concrete")]
#[doc(alias = "kl_divergence")]
pub fn monte_carlo_relaxed_bernoulli_kl<const D: usize, T: Into<Temperature<Tensor<D>>>>(
    posterior: Tensor<D>,
    prior: Tensor<D>,
    tau: [T; 2],
    draws: u64,
    key: Key,
) -> Result<Tensor<D>, Error> {
    check::draws(draws)?;
    check::shape("prior", &prior, posterior.dims())?;
    let dtype = posterior.dtype();
    let posterior = check::widen("posterior", posterior)?;
    let prior = check::cast("prior", prior, posterior.dtype())?;
    check::finite("posterior", &posterior)?;
    check::finite("prior", &prior)?;
    let [tau_q, tau_p] = tau.map(Into::into);
    let tau_q = check::temperature(tau_q, &posterior, None)?;
    mean(draws, key, |key| {
        let z = posterior.clone() + Noise::from(key).into_tensor(Law::Logistic, &posterior);
        let x = crate::composed::divided(z, tau_q.clone());
        let ln_q =
            relaxed_bernoulli_ln_density_of_logit(x.clone(), posterior.clone(), tau_q.clone())?;
        Ok(ln_q - relaxed_bernoulli_ln_density_of_logit(x, prior.clone(), tau_p.clone())?)
    })
    .map(|kl| kl.cast(dtype))
}

/// The mean of `term` over draws.
fn mean<const D: usize>(
    draws: u64,
    key: Key,
    term: impl Fn(Key) -> Result<Tensor<D>, Error>,
) -> Result<Tensor<D>, Error> {
    let mut sum = term(key.fold_in(0))?;
    for draw in 1..draws {
        sum = sum + term(key.fold_in(draw))?;
    }
    Ok(sum.mul_scalar(1.0 / draws as f64))
}
