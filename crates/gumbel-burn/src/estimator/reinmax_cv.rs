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
