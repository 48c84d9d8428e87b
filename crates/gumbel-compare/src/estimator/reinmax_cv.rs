//! `reinmax-cv`: ReinMax with the noise of Gumbel-Softmax at its middle point as a control variate.

use gumbel::Key;

use super::gumbel_rao::GumbelRao;
use super::interface::{Estimator, Needs};
use super::reinmax::ReinMax;
use super::reinmax_rao::middle_logits;
use super::straight_through::through_softmax;
use crate::error::CompareError;
use crate::simplex::add_scaled;
use crate::tabulated::Tabulated;

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
/// theta_D and GR as in [`ReinMaxRao`](super::ReinMaxRao), Z by [`CvNoise`]. Biased; 1 evaluation, with the gradient at
/// a corner.
///
/// Wang and Bui, arXiv 2603.08257 (2026).
#[derive(Clone, Copy, Debug)]
pub struct ReinMaxCv {
    eta: f64,
    tau: f64,
    rao: GumbelRao,
    reinmax: ReinMax,
    noise: CvNoise,
}

impl ReinMaxCv {
    /// Makes the estimator with a coefficient, at a temperature, with K draws of GR and the noise of GS.
    ///
    /// # Errors
    /// eta not finite; tau not a finite number above 0; K = 0.
    pub fn new(eta: f64, tau: f64, k: usize, noise: CvNoise) -> Result<Self, CompareError> {
        CompareError::unless_finite("eta", eta)?;
        Ok(Self { eta, tau, rao: GumbelRao::new(tau, k)?, reinmax: ReinMax::new(1.0)?, noise })
    }
}

impl Estimator for ReinMaxCv {
    fn name(&self) -> &str {
        "reinmax-cv"
    }

    fn params(&self) -> String {
        let noise = match self.noise {
            CvNoise::Posterior => "posterior",
            CvNoise::OfTheDraw => "own",
        };
        format!("eta {}, {}, {noise} noise", self.eta, self.rao.params())
    }

    fn tau(&self) -> Option<f64> {
        Some(self.tau)
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn draw(&self, problem: &Tabulated<'_>, key: Key) -> Vec<f64> {
        let [sample, many, one] = key.split();
        let (mut z, state) = problem.perturbed(sample);
        let middle = middle_logits(problem, state);
        match self.noise {
            CvNoise::Posterior => z = problem.posterior(&middle, state, 1, one),
            CvNoise::OfTheDraw => {
                add_scaled(&mut z, -1.0, problem.logits());
                add_scaled(&mut z, 1.0, &middle);
            }
        }
        let soft = through_softmax(&z, problem.gradient(state), problem.classes(), self.tau);
        let mut out = self.reinmax.at(problem, state);
        add_scaled(&mut out, self.eta, &self.rao.given(problem, &middle, state, many));
        add_scaled(&mut out, -self.eta, &soft);
        out
    }
}
