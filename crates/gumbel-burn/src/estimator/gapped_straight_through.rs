//! `gapped-straight-through`: straight-through with logits at which the sample is the argmax by a gap.

use super::cost::{Cost, Needs};
use super::estimate::Estimate;
use super::interface::Estimator;
use super::passage::pass;
use super::variables::Variables;
use crate::backend::Passage;
use crate::error::Error;

/// The gap of [`GappedStraightThrough`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gap {
    /// The same gap for every class.
    Constant(f64),
    /// -ln(1 - pi_D) / pi_D: 1 for a rare class, without bound for a likely one.
    Probability,
}

/// The straight-through estimator with logits at which D is the argmax by a gap.
///
/// ```text
/// t = theta + (max theta - theta_D) D - (theta - max theta + gap)_+ (1 - D)
/// J(softmax(t/tau)) g / tau
/// ```
///
/// The moves of the logits are constants. Biased; 1 evaluation, with the gradient at a corner. For one class the
/// estimate is 0, whatever the gap.
///
/// Fan, Chi, Rudnicky and Ramadge, "Training discrete deep generative models via gapped straight-through estimator",
/// arXiv 2206.07235 (2022).
///
/// Of two classes with equal logits the gap alone decides: |t_1 - t_0| = gap, whichever class is drawn.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::{Cost, Estimator, Gap, GappedStraightThrough, Variables};
/// let device = Device::flex().autodiff();
/// let log_odds = Tensor::<2>::zeros([100, 1], &device).require_grad();
/// let yes = |x: Tensor<3>| Ok(Variables::yes(x).flatten(0, 1));
/// for gap in [0.0_f32, 1.0, 3.0] {
///     let variables = Variables::bernoulli(log_odds.clone(), Key::new(7));
///     let estimator = GappedStraightThrough::new(Gap::Constant(gap.into()))?;
///     let estimate = estimator.estimate(&variables, &Cost::at_corners(&yes))?;
///     let gradient = log_odds.grad(&estimate.surrogate.sum().backward()).unwrap();
///     let p = 1.0 / (1.0 + gap.exp());
///     assert!((gradient - p * (1.0 - p)).abs().max().into_scalar::<f32>() < 1e-6);
/// }
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GappedStraightThrough {
    gap: Gap,
}

impl GappedStraightThrough {
    /// Makes the estimator with a gap.
    ///
    /// # Errors
    /// A gap that is not a finite number, 0 or above.
    pub fn new(gap: Gap) -> Result<Self, Error> {
        if let Gap::Constant(gap) = gap
            && !(gap >= 0.0 && gap.is_finite())
        {
            let problem = format!("gap: expected a finite number, 0 or above, found {gap}");
            return Err(Error::estimator("gapped-straight-through", problem));
        }
        Ok(Self { gap })
    }
}

impl Estimator for GappedStraightThrough {
    fn name(&self) -> &str {
        "gapped-straight-through"
    }

    fn settings(&self) -> String {
        match self.gap {
            Gap::Constant(gap) => format!("gap {gap}"),
            Gap::Probability => "gap p".into(),
        }
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
        let theta = variables.constant_logits();
        // t less its largest: 0 for D, and min(theta - max, -gap) for the other classes.
        let below = theta.clone() - theta.max_dim(2);
        let lowered = match self.gap {
            Gap::Constant(gap) => below.clamp_max(-gap),
            Gap::Probability => {
                let pi = variables.probabilities();
                let p = (pi.clone() * d.clone()).sum_dim(2);
                let rest = (pi * d.clone().neg().add_scalar(1.0)).sum_dim(2);
                // ln(1 - pi_D): near 0 from pi_D, near 1 from the other classes, which have the digits of 1 - pi_D.
                let rare = p.clone().lower_elem(0.5);
                let ln = rest.log().mask_where(rare, p.clone().clamp_max(0.5).neg().log1p());
                below.min_pair(ln / p)
            }
        };
        let t = lowered.mask_fill(d.clone().equal_elem(1.0), 0.0);
        Ok(Estimate::of_cost(cost.at(pass(variables, t, d, Passage::Softmax { tau }))?))
    }
}
