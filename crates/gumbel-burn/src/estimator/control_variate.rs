//! The common part of REBAR and RELAX: a function c of the perturbed logits, with and without D given.

use burn::tensor::{Device, Tensor};

use super::algebra::{constant, per_row, squared_norm, tempered, through_softmax, unless_large};
use super::cost::Cost;
use super::estimate::Estimate;
use super::variables::Variables;
use crate::error::Error;

/// A draw D with its cost and the perturbed logits Z, of which it is the argmax, and Zt, drawn given D.
pub(super) struct Draw {
    /// The cost at D, with its gradient in the closure.
    pub(super) cost: Tensor<1>,
    pub(super) z: Tensor<3>,
    pub(super) given: Tensor<3>,
    sample: Tensor<3>,
    pub(super) score: Tensor<3>,
    pi: Tensor<3>,
}

/// c at Z and at Zt: its value at Zt, and its gradients.
pub(super) struct AtBoth {
    pub(super) value: Tensor<1>,
    pub(super) free: Tensor<3>,
    pub(super) conditional: Tensor<3>,
}

impl Draw {
    pub(super) fn new(variables: &Variables, cost: &Cost<'_>) -> Result<Self, Error> {
        let (z, sample) = variables.perturbed(0);
        let given = variables.posterior(variables.constant_logits(), sample.clone(), 1);
        let cost = cost.at(sample.clone())?;
        let (score, pi) = (variables.score(sample.clone()), variables.probabilities());
        Ok(Self { cost, z, given, sample, score, pi })
    }

    /// f(D) (D - pi), a constant.
    pub(super) fn reinforce(&self) -> Tensor<3> {
        per_row(constant(self.cost.clone())) * self.score.clone()
    }

    /// The control variate -c(Zt) (D - pi) + d/dtheta c(Z) - d/dtheta c(Zt).
    pub(super) fn control(&self, c: AtBoth) -> Tensor<3> {
        let through = self.through_given(c.conditional);
        c.free - through - per_row(c.value) * self.score.clone()
    }

    /// Pulls a gradient in Zt back to theta, at fixed noise.
    ///
    /// ```text
    /// dZt_j/dtheta_m = w_j [j = m] + (1 - w_j) pi_m     w_j = 1 - exp(Zt_j - Zt_D),  w_D = 0
    /// ```
    fn through_given(&self, gradient: Tensor<3>) -> Tensor<3> {
        let largest = self.given.clone().mask_fill(self.sample.clone().equal_elem(0.0), 0.0);
        let rest = (self.given.clone() - largest.sum_dim(2)).exp();
        let shared = (rest.clone() * gradient.clone()).sum_dim(2);
        rest.neg().add_scalar(1.0) * gradient + shared * self.pi.clone()
    }

    /// f(softmax(./lambda)) at Z and at Zt, as constants. 2 evaluations, with the gradient at soft points.
    pub(super) fn relaxed_cost(&self, cost: &Cost<'_>, lambda: f64) -> Result<AtBoth, Error> {
        let at = |z: &Tensor<3>| {
            let (value, g) = cost.value_and_gradient(tempered(z.clone(), lambda))?;
            Ok::<_, Error>((value, through_softmax(z.clone(), g, lambda)))
        };
        let ((_, free), (value, conditional)) = (at(&self.z)?, at(&self.given)?);
        Ok(AtBoth { value, free, conditional })
    }
}

/// The step in ln lambda of the difference that estimates the slope of the variance.
const STEP: f64 = 0.05;

/// eta and ln lambda, the parameters of the relaxed cost; each a tensor of one number.
pub(super) struct Relaxed {
    eta: Tensor<2>,
    ln_lambda: Tensor<2>,
    lambda: f64,
}

impl Relaxed {
    pub(super) fn initial(eta: f64, lambda: f64, device: &Device) -> Vec<Tensor<2>> {
        [eta, lambda.ln()].map(|x| Tensor::full([1, 1], x, device)).into()
    }

    pub(super) fn new([eta, ln_lambda]: [Tensor<2>; 2]) -> Self {
        let lambda = constant(ln_lambda.clone()).into_scalar::<f64>().exp();
        Self { eta, ln_lambda, lambda }
    }

    /// The estimate with eta times the relaxed cost as the control variate, and `network`, another one, beside it; with
    /// the objective of the parameters that are trained.
    pub(super) fn estimate(
        &self,
        variables: &Variables,
        cost: &Cost<'_>,
        draw: &Draw,
        network: Option<Tensor<3>>,
    ) -> Result<Estimate, Error> {
        let control = |lambda| Ok::<_, Error>(draw.control(draw.relaxed_cost(cost, lambda)?));
        let here = control(self.lambda)?;
        let with = |control: Tensor<3>| {
            let sum = draw.reinforce() + self.eta.clone().reshape([1, 1, 1]) * control;
            network.iter().fold(sum, |sum, network| sum + network.clone())
        };
        let out = Estimate::trained(draw.cost.clone(), variables, with(here.clone()));
        if !self.ln_lambda.is_tracked() {
            return Ok(out);
        }
        let norm = |control| squared_norm(constant(with(control)));
        let (here, next) = (norm(here), norm(control(self.lambda * STEP.exp())?));
        let slope = unless_large(next.clone() - here.clone(), here.max_pair(next));
        let slope = slope.div_scalar(STEP);
        Ok(out.with_objective(slope * self.ln_lambda.clone().reshape([1])))
    }
}
