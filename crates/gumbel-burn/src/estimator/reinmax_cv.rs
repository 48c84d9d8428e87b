//! `reinmax-cv`: ReinMax with the difference of Gumbel-Rao and Gumbel-Softmax as a control variate.

use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::gumbel_rao::GumbelRao;
use super::interface::Estimator;
use super::passage::pass;
use super::reinmax;
use super::reinmax_rao::middle_logits;
use super::variables::Variables;
use crate::backend::Passage;
use crate::error::Error;

/// The noise of the Gumbel-Softmax term of [`ReinMaxCv`]: sources disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CvNoise {
    /// Z = theta_D + G given that its argmax is D, independent of the draws of GR. GR and GS have one mean given D, so
    /// the mean of the estimator is that of ReinMax, and the difference only adds variance.
    Posterior,
    /// Z = theta_D + G with the noise G that drew D as argmax(theta + G). GS then has another mean given D than GR, and
    /// the mean of the estimator is not that of ReinMax.
    OfTheDraw,
}

/// ReinMax at tau = 1 with a control variate.
///
/// ```text
/// ReinMax(1) + eta (GR - GS)     GR = GR(theta_D, tau; K),  GS = J(softmax(Z/tau)) g / tau
/// ```
///
/// theta_D and GR as in [`ReinMaxRao`](super::ReinMaxRao), Z by [`CvNoise`]. Biased; no gain in variance is claimed.
/// 1 evaluation, with the gradient at a corner. Its draws of GR are those of [`GumbelRao`], fused on the CPU.
///
/// Wang and Bui, arXiv 2603.08257 (2026).
///
/// The control variate is scaled by eta: with 0 the estimate is that of [`ReinMax`](super::ReinMax), and with twice eta
/// twice as far from it, draw by draw.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, CvNoise, Estimator, ReinMax, ReinMaxCv, Variables};
/// let device = Device::flex().autodiff();
/// let theta = Tensor::<3>::from_floats([[[1.0, 0.0, -1.0]]], &device).require_grad();
/// let square = |x: Tensor<3>| Ok(x.cumsum(2).sum_dim(2).square().flatten(0, 2));
/// let of = |estimator: &dyn Estimator, tau| {
///     let variables = Variables::new(theta.clone(), Key::new(7)).with_tau(tau);
///     let surrogate = estimator.estimate(&variables, &Cost::at_corners(&square))?.surrogate;
///     Ok::<_, gumbel_burn::Error>(theta.grad(&surrogate.backward()).unwrap())
/// };
/// let reinmax = of(&ReinMax, 1.0)?;
/// let away = |eta| {
///     let estimator = ReinMaxCv::new(eta, 10, CvNoise::Posterior)?;
///     Ok::<_, gumbel_burn::Error>(of(&estimator, 0.5)? - reinmax.clone())
/// };
/// let size = |x: Tensor<3>| x.abs().max().into_scalar::<f32>();
/// assert!(size(away(0.0)?) < 1e-5 && size(away(0.5)?) > 0.01);
/// assert!(size(away(0.5)? * 2.0 - away(1.0)?) < 1e-5);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ReinMaxCv {
    eta: f64,
    k: usize,
    rao: GumbelRao,
    noise: CvNoise,
}

impl ReinMaxCv {
    /// Makes the estimator with a coefficient, K draws of GR and the noise of GS.
    ///
    /// # Errors
    /// eta not finite; K = 0.
    pub fn new(eta: f64, k: usize, noise: CvNoise) -> Result<Self, Error> {
        Error::unless_finite("reinmax-cv", "eta", eta)?;
        Ok(Self { eta, k, rao: GumbelRao::new(k)?, noise })
    }
}

impl Estimator for ReinMaxCv {
    fn name(&self) -> &str {
        "reinmax-cv"
    }

    fn settings(&self) -> String {
        let noise = match self.noise {
            CvNoise::Posterior => "posterior",
            CvNoise::OfTheDraw => "own",
        };
        format!("eta {}, K {}, {noise} noise", self.eta, self.k)
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn default_tau(&self) -> Option<f64> {
        Some(1.0)
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let (d, tau) = (variables.sample(0)?, variables.tau());
        let middle = middle_logits(variables, d.clone());
        let z = match self.noise {
            CvNoise::Posterior => variables.posterior(middle.clone(), d.clone(), 1),
            CvNoise::OfTheDraw => middle.clone() + variables.gumbel_noise(0),
        };
        let gs = pass(variables, z, d.clone(), Passage::Softmax { tau });
        let gr = self.rao.soft(variables, middle, d.clone(), tau, 2);
        let soft = reinmax::soft(variables, d.clone(), 1.0) + (gr - gs).mul_scalar(self.eta);
        Ok(Estimate::of_cost(cost.at_corner_with_gradient_of(d, soft)?))
    }
}
