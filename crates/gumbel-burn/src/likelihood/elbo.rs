//! The terms of an evidence lower bound (ELBO).
//!
//! On the CPU the likelihood of pixels and the divergence of categorical variables are fused operations, each with a
//! backward of its own. The other divergences are composed of ordinary operations.

use burn::backend::Dispatch;
use burn::tensor::{Tensor, activation};

use crate::backend::{CostOps, has_cost_ops};
use crate::check;
use crate::composed;
use crate::error::Error;

/// Negative log-likelihood of binary pixels, in nats, for each row: -sum_j ln Bernoulli(x_j | l_j).
///
/// `logits, x: [rows, d]` with x within [0, 1]; returns `[rows]`. The gradient with respect to the
/// logits is sigmoid(l) - x. Only the logits get a gradient: x is data.
///
/// The values of x and of the logits are not checked: a NaN among them gives a likelihood of NaN. See
/// [`gumbel::likelihood::bernoulli_nll_into`] for the formula.
///
/// # Errors
/// Shapes that differ, or d = 0.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// let device = Device::flex();
/// let x = Tensor::<2>::from_floats([[1.0, 0.0]], &device);
/// let nll = gumbel_burn::likelihood::bernoulli_nll(x.zeros_like(), x)?;
/// assert!((nll.into_scalar::<f32>() - 2.0 * 2f32.ln()).abs() < 1e-6);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
pub fn bernoulli_nll(logits: Tensor<2>, x: Tensor<2>) -> Result<Tensor<1>, Error> {
    check::shape("x", &x, logits.dims())?;
    if logits.dims()[1] == 0 {
        return Err(gumbel::Error::NoClasses.into());
    }
    let dtype = logits.dtype();
    let logits = check::widen("logits", logits)?;
    let x = check::cast("x", x.detach(), logits.dtype())?;
    let nll = if has_cost_ops(&logits) {
        let (nll, _mean) = Dispatch::bernoulli_nll(logits.into_dispatch(), x.into_dispatch());
        Tensor::from_dispatch(nll)
    } else {
        composed::bernoulli_nll(logits, x)
    };
    Ok(nll.cast(dtype))
}

/// Kullback-Leibler divergence of categorical posteriors from a shared prior, in nats, for each row.
///
/// `posterior: [rows, v, k]` and `prior: [v, k]`, both logits; returns `[rows]`, the sum over the v
/// variables. The divergence is differentiable in both arguments.
///
/// See [`gumbel::likelihood::categorical_kl_into`] for the formula.
///
/// # Errors
/// Shapes that do not fit, k = 0, NaN or +inf posterior logits, a posterior row of -inf only, prior
/// logits that are not finite.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// let device = Device::flex();
/// let logits = Tensor::<3>::zeros([4, 20, 10], &device);
/// let kl = gumbel_burn::likelihood::categorical_kl(logits, Tensor::zeros([20, 10], &device))?;
/// assert_eq!(kl.into_data().try_to_vec::<f32>().unwrap(), [0.0; 4]);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
pub fn categorical_kl(posterior: Tensor<3>, prior: Tensor<2>) -> Result<Tensor<1>, Error> {
    let [_, v, k] = posterior.dims();
    check::shape("prior", &prior, [v, k])?;
    if k == 0 {
        return Err(gumbel::Error::NoClasses.into());
    }
    let dtype = posterior.dtype();
    let posterior = check::widen("posterior", posterior)?;
    let prior = check::cast("prior", prior, posterior.dtype())?;
    check::divergence(&posterior, &prior, k)?;
    let kl = if has_cost_ops(&posterior) {
        let kl = Dispatch::categorical_kl(posterior.into_dispatch(), prior.into_dispatch());
        Tensor::from_dispatch(kl)
    } else {
        composed::categorical_kl(posterior, prior)
    };
    Ok(kl.cast(dtype))
}

/// Kullback-Leibler divergence of yes-or-no posteriors from a shared prior, in nats, for each row.
///
/// `posterior: [rows, v]` and `prior: [v]`, both log-odds; returns `[rows]`, the sum over the v variables of
/// q (ln q - ln p) + (1-q) (ln(1-q) - ln(1-p)). The divergence is differentiable in both arguments. A posterior of -inf or
/// +inf is certain and has gradient 0.
///
/// See [`gumbel::likelihood::bernoulli_kl()`] for the formula and the paper.
///
/// # Errors
/// Shapes that do not fit, v = 0, NaN posterior log-odds, prior log-odds that are not finite.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// let posterior = Tensor::<2>::from_floats([[f32::INFINITY, 0.0]], &Device::flex());
/// let kl = gumbel_burn::likelihood::bernoulli_kl(posterior, Tensor::zeros([2], &Device::flex()))?;
/// assert!((kl.into_scalar::<f32>() - 2f32.ln()).abs() < 1e-6);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
pub fn bernoulli_kl(posterior: Tensor<2>, prior: Tensor<1>) -> Result<Tensor<1>, Error> {
    let v = posterior.dims()[1];
    check::shape("prior", &prior, [v])?;
    if v == 0 {
        return Err(gumbel::Error::NoClasses.into());
    }
    let dtype = posterior.dtype();
    let posterior = check::widen("posterior", posterior)?;
    let prior = check::cast("prior", prior, posterior.dtype())?;
    check::log_odds("posterior", &posterior)?;
    check::finite("prior", &prior)?;
    let certain = posterior.clone().is_inf();
    // 0 ln 0 = 0: a certain variable has q = 0 or 1, and ln q is not used where q = 0.
    let finite = posterior.clone().mask_fill(certain.clone(), 0.0);
    let term = |sign: f64| {
        let q = activation::sigmoid(posterior.clone().detach().mul_scalar(sign));
        let q = activation::sigmoid(finite.clone().mul_scalar(sign)).mask_where(certain.clone(), q);
        let ln_q = activation::log_sigmoid(finite.clone().mul_scalar(sign));
        let ln_p = activation::log_sigmoid(prior.clone().mul_scalar(sign)).unsqueeze::<2>();
        q * (ln_q.mask_fill(certain.clone(), 0.0) - ln_p)
    };
    let kl: Tensor<1> = (term(1.0) + term(-1.0)).sum_dim(1).flatten(0, 1);
    Ok(kl.cast(dtype))
}

/// Kullback-Leibler divergence of diagonal normal posteriors from N(0, 1), in nats, for each row.
///
/// `mu, ln_sigma: [rows, d]`; returns `[rows]`, the sum over the d latents: (mu^2 + e^(2 s) - 1) / 2 - s
/// with s = ln sigma. The divergence is differentiable in both arguments. ln_sigma is the logarithm of
/// sigma, not of the variance.
///
/// See [`gumbel::likelihood::normal_kl_into`] for the formula.
///
/// # Errors
/// Shapes that differ, d = 0, values that are not finite, ln_sigma above 300 (in `f32` above 44).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// let mu = Tensor::<2>::from_floats([[1.0, 0.0]], &Device::flex());
/// let kl = gumbel_burn::likelihood::normal_kl(mu.clone(), mu.zeros_like())?;
/// assert_eq!(kl.into_scalar::<f32>(), 0.5);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
pub fn normal_kl(mu: Tensor<2>, ln_sigma: Tensor<2>) -> Result<Tensor<1>, Error> {
    check::shape("ln_sigma", &ln_sigma, mu.dims())?;
    if mu.dims()[1] == 0 {
        let (argument, expected) = ("d", "at least 1");
        return Err(gumbel::Error::Integer { argument, expected, found: 0 }.into());
    }
    let dtype = mu.dtype();
    let mu = check::widen("mu", mu)?;
    let ln_sigma = check::cast("ln_sigma", ln_sigma, mu.dtype())?;
    check::normal(&mu, &ln_sigma)?;
    let squares = mu.clone() * mu + ln_sigma.clone().mul_scalar(2.0).exp().sub_scalar(1.0);
    let kl: Tensor<1> = (squares.mul_scalar(0.5) - ln_sigma).sum_dim(1).flatten(0, 1);
    Ok(kl.cast(dtype))
}
