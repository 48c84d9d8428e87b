//! The autodiff rule of each fused operation of costs: call the forward operation, record the backward one.
//!
//! The state of the backward is the means and the data; the two sets of logits; the logits and the one-hot sample; the
//! gradient.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, TensorMetadata};
use burn::tensor::Shape;

use super::{CostOps, CostVjps, Passage};

#[derive(Debug)]
struct BernoulliNllBackward;

impl<B: CostVjps> Backward<B, 1> for BernoulliNllBackward {
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

impl<B: CostVjps> Backward<B, 2> for CategoricalKlBackward {
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

impl<B: CostVjps> Backward<B, 1> for PassBackward {
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

impl<B: CostVjps> Backward<B, 2> for WithGradientBackward {
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

impl<B: CostOps + CostVjps, C: CheckpointStrategy> CostOps for Autodiff<B, C> {
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
