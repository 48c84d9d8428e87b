//! `decoupled-straight-through`: one temperature for the sample, another for the derivative.

use super::algebra::inverse;
use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::passage::pass;
use super::variables::{Variables, centred};
use crate::backend::Passage;
use crate::error::Error;

/// The straight-through estimator with two temperatures.
///
/// ```text
/// J(softmax(theta/tau_b)) g / tau_b     D ~ softmax(theta/tau_f)
/// ```
///
/// tau_b is the temperature of the variables, tau_f a constant of the estimator. The reading here is the 2026 version:
/// in the first version D = argmax(theta + G), which does not depend on tau_f, and the estimator is
/// straight-through Gumbel-Softmax at tau_b. Biased, also because D has another law than softmax(theta) unless
/// tau_f = 1. 1 evaluation, with the gradient at a corner.
///
/// Shah et al., "Improving discrete optimisation via decoupled straight-through Gumbel-Softmax", arXiv 2410.13331
/// (2024).
///
/// tau_f decides how often each class is drawn, tau of the variables alone what the gradient is:
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, DecoupledStraightThrough, Estimator, Variables};
/// let device = Device::flex().autodiff();
/// let log_odds = Tensor::<2>::full([10_000, 1], 4.0, &device).require_grad();
/// let yes = |x: Tensor<3>| Ok(Variables::yes(x).flatten(0, 1));
/// let sigma = |x: f32| 1.0 / (1.0 + (-x).exp());
/// for tau_f in [1.0, 4.0_f32] {
///     let variables = Variables::bernoulli(log_odds.clone(), Key::new(7)).with_tau(2.0);
///     let estimator = DecoupledStraightThrough::new(tau_f.into())?;
///     let estimate = estimator.estimate(&variables, &Cost::at_corners(&yes))?;
///     assert!((estimate.cost.mean().into_scalar::<f32>() - sigma(4.0 / tau_f)).abs() < 0.02);
///     let gradient = log_odds.grad(&estimate.surrogate.sum().backward()).unwrap();
///     let expected = sigma(4.0 / 2.0) * sigma(-4.0 / 2.0) / 2.0;
///     assert!((gradient - expected).abs().max().into_scalar::<f32>() < 1e-6);
/// }
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct DecoupledStraightThrough {
    forward: f64,
}

impl DecoupledStraightThrough {
    /// Makes the estimator with the temperature tau_f of the sample.
    ///
    /// # Errors
    /// tau_f not a finite number above 0.
    pub fn new(forward: f64) -> Result<Self, Error> {
        gumbel::check::temperature(forward)?;
        Ok(Self { forward })
    }
}

impl Estimator for DecoupledStraightThrough {
    fn name(&self) -> &str {
        "decoupled-straight-through"
    }

    fn settings(&self) -> String {
        format!("tau_f {}", self.forward)
    }

    fn unbiased(&self) -> bool {
        false
    }

    fn needs(&self) -> Needs {
        Needs::Gradients
    }

    fn default_tau(&self) -> Option<f64> {
        Some(1.5)
    }

    fn draw(&self, variables: &Variables, cost: &Cost<'_>) -> Result<Estimate, Error> {
        let flattened = centred(variables.constant_logits()).mul_scalar(inverse(self.forward));
        let d = variables.sample_of(flattened, 0)?;
        let passage = Passage::Softmax { tau: variables.tau() };
        Ok(Estimate::of_cost(cost.at(pass(variables, variables.logits(), d, passage))?))
    }
}
