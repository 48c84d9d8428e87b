//! The entropy of categorical and Bernoulli variables, from logits.

use burn::tensor::Tensor;

use crate::backend::Choice;
use crate::check;
use crate::composed::one_hot;
use crate::error::Error;

/// Entropy of one categorical variable for each row along axis `dim`, in nats: H = -sum_i p_i ln p_i, p = softmax(logits).
///
/// `logits`: any shape, unnormalised log-probabilities; `dim` may be negative. Returns the shape of the logits with size 1
/// along `dim`; each number is from 0 to ln k within rounding. A class with logit -inf adds 0 and has gradient 0. A single
/// class has entropy 0. The gradient is -p_i (ln p_i + H).
///
/// With d = l - max l and sum e^d = 1 + rest it is ln(1 + rest) - sum p d: two terms that are not negative, so the
/// entropy of a choice that is almost certain keeps its digits. `f16` and `bf16` tensors are computed in `f32` and
/// rounded once.
///
/// See [`gumbel::likelihood::categorical_entropy`] for the formula.
///
/// # Errors
/// No classes, NaN or +inf logits, a row of -inf only, an axis that does not exist.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// let logits = Tensor::<2>::zeros([3, 4], &Device::flex());
/// let h = gumbel_burn::likelihood::categorical_entropy(logits, -1)?;
/// assert_eq!(h.dims(), [3, 1]);
/// assert!((h.mean().into_scalar::<f32>() - 4f32.ln()).abs() < 1e-6);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
pub fn categorical_entropy<const D: usize>(
    logits: Tensor<D>,
    dim: isize,
) -> Result<Tensor<D>, Error> {
    let (axis, dim) = check::axis(&logits, dim)?;
    let dtype = logits.dtype();
    let logits = check::widen("logits", logits)?;
    check::logits(&logits, Choice::Classes(axis))?;
    let masked = logits.clone().is_inf();
    let winner = logits.clone().detach().argmax(dim);
    let max = logits.clone().gather(dim, winner.clone());
    let d = (logits - max).mask_fill(masked.clone(), 0.0);
    let is_winner = one_hot(winner, &d, dim).bool();
    // e of the largest class is 1 and constant; of the sum 1 + rest only the rest is rounded.
    let others = d.clone().exp().mask_fill(masked, 0.0).mask_fill(is_winner, 0.0);
    let rest = others.clone().sum_dim(dim);
    let of_d = (others * d).sum_dim(dim) / (rest.clone() + 1.0);
    Ok((rest.log1p() - of_d).cast(dtype))
}

/// Entropy of each Bernoulli variable, in nats: H = ln(1 + e^-|l|) + |l| / (1 + e^|l|).
///
/// `log_odds`: l = ln(p / (1 - p)), any shape. Returns the same shape, each number from 0 to ln 2. Infinite log-odds give
/// 0, with gradient 0. The gradient is -l sigmoid(l) sigmoid(-l). `f16` and `bf16` tensors are computed in `f32` and
/// rounded once.
///
/// See [`gumbel::likelihood::bernoulli_entropy`] for the formula.
///
/// # Errors
/// NaN log-odds.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// let log_odds = Tensor::<1>::from_floats([0.0, f32::INFINITY], &Device::flex());
/// let h = gumbel_burn::likelihood::bernoulli_entropy(log_odds)?;
/// let h = h.into_data().try_to_vec::<f32>().unwrap();
/// assert!((h[0] - 2f32.ln()).abs() < 1e-6 && h[1] == 0.0);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
pub fn bernoulli_entropy<const D: usize>(log_odds: Tensor<D>) -> Result<Tensor<D>, Error> {
    let dtype = log_odds.dtype();
    let log_odds = check::widen("log_odds", log_odds)?;
    check::log_odds("log_odds", &log_odds)?;
    let certain = log_odds.clone().is_inf();
    let size = log_odds.mask_fill(certain.clone(), 0.0).abs();
    let e = size.clone().neg().exp();
    let h = e.clone().log1p() + size * e.clone() / (e + 1.0);
    Ok(h.mask_fill(certain, 0.0).cast(dtype))
}
