//! How a gradient passes from a one-hot sample to logits, without a soft sample that is kept.

use gumbel::Key;
use gumbel::Real;
use gumbel::noise::Noise;
use gumbel::relax::{
    NoiseDraws, gumbel_rao_vjp_into, gumbel_softmax_into, gumbel_softmax_vjp_into,
};

/// The matrix by which the gradient g in a one-hot sample D is multiplied, a function of logits l.
/// J(p) = diag(p) - p p^T.
#[derive(Clone, Debug)]
pub(crate) enum Passage {
    /// J(softmax(l / tau)) / tau.
    Softmax { tau: f64 },
    /// 2 J((softmax(l / tau) + D) / 2) - J(softmax(l)) / 2, of ReinMax.
    SecondOrder { tau: f64 },
    /// mean_k J(softmax(Z_k / tau)) / tau of Gumbel-Rao, Z_k = l + Gumbel noise given that D is its argmax. The noise
    /// of draw k is that of elements `offset ..` of key k.
    Averaged { tau: f64, keys: Vec<Key>, offset: u64 },
}

impl Passage {
    /// Multiplies: `dlogits` for rows of k classes. The arguments have been checked.
    ///
    /// # Errors
    /// As the functions of the core.
    pub(super) fn vjp<T: Real>(
        &self,
        logits: &[T],
        hard: &[T],
        dy: &[T],
        k: usize,
    ) -> gumbel::Result<Vec<T>> {
        let mut out = vec![T::default(); logits.len()];
        match self {
            Self::Softmax { tau } => {
                gumbel_softmax_vjp_into(&softmax(logits, k, *tau)?, dy, k, *tau, &mut out)?;
            }
            Self::SecondOrder { tau } => {
                let pi = softmax(logits, k, 1.0)?;
                let mut first = if *tau == 1.0 { pi.clone() } else { softmax(logits, k, *tau)? };
                for (p, d) in first.iter_mut().zip(hard) {
                    *p = (*p + *d) * T::from(0.5);
                }
                // A temperature of 1/2 doubles the product, and one of 2 halves it.
                gumbel_softmax_vjp_into(&first, dy, k, 0.5, &mut out)?;
                gumbel_softmax_vjp_into(&pi, dy, k, 2.0, &mut first)?;
                for (out, second) in out.iter_mut().zip(&first) {
                    *out = *out - *second;
                }
            }
            Self::Averaged { tau, keys, offset } => {
                let zero = T::default();
                let winner = |row: &[T]| row.iter().position(|d| *d != zero).unwrap_or(0);
                let winners: Vec<usize> = hard.chunks_exact(k).map(winner).collect();
                let draws = NoiseDraws { keys, offset: *offset };
                gumbel_rao_vjp_into(logits, k, &winners, dy, *tau, draws, &mut out)?;
            }
        }
        Ok(out)
    }
}

/// softmax(l / tau) of rows: Gumbel-Softmax without noise.
fn softmax<T: Real>(logits: &[T], k: usize, tau: f64) -> gumbel::Result<Vec<T>> {
    let (zeros, mut y) = (vec![T::default(); logits.len()], vec![T::default(); logits.len()]);
    gumbel_softmax_into(logits, k, tau, Noise::Given(&zeros), &mut y)?;
    Ok(y)
}
