//! The autodiff rule of each fused operation: call the forward operation, record the backward one.
//!
//! The state of the backward is the soft sample with its temperature; the means and the data; the two sets of logits; the
//! logits and the one-hot sample; the gradient. Noise is not kept.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, TensorMetadata};
use burn::tensor::Shape;
use gumbel::Axis;

use super::{FusedOps, NoiseOf, Passage, Relaxation, TemperatureOf, Vjps};
use crate::temperature::Temperature;

#[derive(Debug)]
struct RelaxBackward;

impl<B: Vjps> Backward<B, 1> for RelaxBackward {
    type State = (FloatTensor<B>, f64, Relaxation);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<B>(&ops.node);
        let (soft, tau, relaxation) = ops.state;
        if let [Some(logits)] = ops.parents {
            let tau = Temperature::Scalar(tau);
            grads.register::<B>(logits.id, B::relax_vjp(soft, dy, tau, relaxation));
        }
    }
}

#[derive(Debug)]
struct RelaxByRowBackward;

impl<B: Vjps> Backward<B, 2> for RelaxByRowBackward {
    type State = (FloatTensor<B>, FloatTensor<B>, Relaxation);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<B>(&ops.node);
        let (soft, tau, relaxation) = ops.state;
        let rows = Temperature::PerRow(tau.clone());
        let dlogits = B::relax_vjp(soft.clone(), dy, rows, relaxation);
        let [logits, tau_node] = ops.parents;
        if let Some(node) = tau_node {
            let dtau = B::relax_vjp_tau(soft, dlogits.clone(), tau, relaxation);
            grads.register::<B>(node.id, dtau);
        }
        if let Some(node) = logits {
            grads.register::<B>(node.id, dlogits);
        }
    }
}

#[derive(Debug)]
struct BernoulliNllBackward;

impl<B: Vjps> Backward<B, 1> for BernoulliNllBackward {
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dnll = grads.consume::<B>(&ops.node);
        let (mean, x) = ops.state;
        if let [Some(logits)] = ops.parents {
            grads.register::<B>(logits.id, B::bernoulli_nll_vjp(mean, x, dnll));
        }
    }
}

#[derive(Debug)]
struct CategoricalKlBackward;

impl<B: Vjps> Backward<B, 2> for CategoricalKlBackward {
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dkl = grads.consume::<B>(&ops.node);
        let (posterior, prior) = ops.state;
        let (dposterior, dprior) = B::categorical_kl_vjp(posterior, prior, dkl);
        let [posterior, prior] = ops.parents;
        if let Some(node) = posterior {
            grads.register::<B>(node.id, dposterior);
        }
        if let Some(node) = prior {
            grads.register::<B>(node.id, dprior);
        }
    }
}

#[derive(Debug)]
struct PassBackward;

impl<B: Vjps> Backward<B, 1> for PassBackward {
    type State = (FloatTensor<B>, FloatTensor<B>, Passage);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<B>(&ops.node);
        let (logits, hard, passage) = ops.state;
        if let [Some(theta)] = ops.parents {
            grads.register::<B>(theta.id, B::pass_vjp(logits, hard, dy, passage));
        }
    }
}

#[derive(Debug)]
struct WithGradientBackward;

impl<B: Vjps> Backward<B, 2> for WithGradientBackward {
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dcost = grads.consume::<B>(&ops.node);
        let [cost, theta] = ops.parents;
        if let Some(node) = theta {
            let rows = dcost.shape().num_elements();
            let per_row = B::float_reshape(dcost.clone(), Shape::new([rows, 1, 1]));
            grads.register::<B>(node.id, B::float_mul(ops.state, per_row));
        }
        if let Some(node) = cost {
            grads.register::<B>(node.id, dcost);
        }
    }
}

impl<B: FusedOps + Vjps, C: CheckpointStrategy> FusedOps for Autodiff<B, C> {
    fn relax(
        logits: FloatTensor<Self>,
        tau: TemperatureOf<Self>,
        noise: NoiseOf<Self>,
        relaxation: Relaxation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (logits, node) = logits.into_parts();
        let noise = noise.map(<FloatTensor<Self>>::into_primitive);
        match tau {
            Temperature::Scalar(tau) => {
                let (sample, soft) = B::relax(logits, Temperature::Scalar(tau), noise, relaxation);
                let untracked = <FloatTensor<Self>>::new(soft.clone());
                let sample = match RelaxBackward.prepare::<C>([node]).compute_bound().stateful() {
                    OpsKind::Tracked(prep) => prep.finish((soft, tau, relaxation), sample),
                    OpsKind::UnTracked(prep) => prep.finish(sample),
                };
                (sample, untracked)
            }
            Temperature::PerRow(tau) => {
                let (tau, tau_node) = tau.into_parts();
                let rows = Temperature::PerRow(tau.clone());
                let (sample, soft) = B::relax(logits, rows, noise, relaxation);
                let untracked = <FloatTensor<Self>>::new(soft.clone());
                let nodes = [node, tau_node];
                let sample = match RelaxByRowBackward.prepare::<C>(nodes).compute_bound().stateful()
                {
                    OpsKind::Tracked(prep) => prep.finish((soft, tau, relaxation), sample),
                    OpsKind::UnTracked(prep) => prep.finish(sample),
                };
                (sample, untracked)
            }
        }
    }

    /// A class has no gradient: nothing is recorded.
    fn gumbel_max(
        logits: FloatTensor<Self>,
        noise: NoiseOf<Self>,
        axis: Axis,
        dim: usize,
    ) -> IntTensor<Self> {
        let noise = noise.map(<FloatTensor<Self>>::into_primitive);
        B::gumbel_max(logits.into_primitive(), noise, axis, dim)
    }

    fn bernoulli_nll(
        logits: FloatTensor<Self>,
        x: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let ((logits, node), x) = (logits.into_parts(), x.into_primitive());
        let (nll, mean) = B::bernoulli_nll(logits, x.clone());
        let untracked = <FloatTensor<Self>>::new(mean.clone());
        let nll = match BernoulliNllBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((mean, x), nll),
            OpsKind::UnTracked(prep) => prep.finish(nll),
        };
        (nll, untracked)
    }

    fn categorical_kl(posterior: FloatTensor<Self>, prior: FloatTensor<Self>) -> FloatTensor<Self> {
        let (posterior, posterior_node) = posterior.into_parts();
        let (prior, prior_node) = prior.into_parts();
        let kl = B::categorical_kl(posterior.clone(), prior.clone());
        let nodes = [posterior_node, prior_node];
        match CategoricalKlBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((posterior, prior), kl),
            OpsKind::UnTracked(prep) => prep.finish(kl),
        }
    }

    fn pass(
        theta: FloatTensor<Self>,
        logits: FloatTensor<Self>,
        hard: FloatTensor<Self>,
        passage: Passage,
    ) -> FloatTensor<Self> {
        let (theta, node) = theta.into_parts();
        let (logits, hard) = (logits.into_primitive(), hard.into_primitive());
        let sample = B::pass(theta, logits.clone(), hard.clone(), passage.clone());
        match PassBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((logits, hard, passage), sample),
            OpsKind::UnTracked(prep) => prep.finish(sample),
        }
    }

    fn with_gradient(
        cost: FloatTensor<Self>,
        theta: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let ((cost, cost_node), (theta, theta_node)) = (cost.into_parts(), theta.into_parts());
        let gradient = gradient.into_primitive();
        let cost = B::with_gradient(cost, theta, gradient.clone());
        let nodes = [cost_node, theta_node];
        match WithGradientBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(gradient, cost),
            OpsKind::UnTracked(prep) => prep.finish(cost),
        }
    }
}
