//! One autodiff rule for each operation: call the forward kernel, record the backward kernel.
//!
//! What is kept for the backward: the soft sample; the means and the data; the two sets of logits.
//! Noise is not kept.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;

use super::{GumbelOps, Kernels, Keyed, Relax};

#[derive(Debug)]
struct RelaxBackward;

impl<B: Kernels> Backward<B, 1> for RelaxBackward {
    type State = (FloatTensor<B>, Relax);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<B>(&ops.node);
        let (soft, relax) = ops.state;
        if let [Some(logits)] = ops.parents {
            grads.register::<B>(logits.id, B::relax_vjp(soft, dy, relax));
        }
    }
}

#[derive(Debug)]
struct NllBackward;

impl<B: Kernels> Backward<B, 1> for NllBackward {
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
struct KlBackward;

impl<B: Kernels> Backward<B, 2> for KlBackward {
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

fn relax<B: Kernels, C: CheckpointStrategy>(
    logits: FloatTensor<Autodiff<B, C>>,
    noise: Result<FloatTensor<B>, Keyed>,
    relax: Relax,
) -> FloatTensor<Autodiff<B, C>> {
    let (logits, node) = logits.into_parts();
    let (sample, soft) = B::relax(logits, noise, relax);
    match RelaxBackward.prepare::<C>([node]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish((soft, relax), sample),
        OpsKind::UnTracked(prep) => prep.finish(sample),
    }
}

impl<B: Kernels, C: CheckpointStrategy> GumbelOps for Autodiff<B, C> {
    fn relax_keyed(logits: FloatTensor<Self>, noise: Keyed, spec: Relax) -> FloatTensor<Self> {
        relax::<B, C>(logits, Err(noise), spec)
    }

    fn relax_given(
        logits: FloatTensor<Self>,
        noise: FloatTensor<Self>,
        spec: Relax,
    ) -> FloatTensor<Self> {
        relax::<B, C>(logits, Ok(noise.into_primitive()), spec)
    }

    fn nll(logits: FloatTensor<Self>, x: FloatTensor<Self>) -> FloatTensor<Self> {
        let ((logits, node), x) = (logits.into_parts(), x.into_primitive());
        let (nll, mean) = B::bernoulli_nll(logits, x.clone());
        match NllBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((mean, x), nll),
            OpsKind::UnTracked(prep) => prep.finish(nll),
        }
    }

    fn kl(posterior: FloatTensor<Self>, prior: FloatTensor<Self>) -> FloatTensor<Self> {
        let (posterior, posterior_node) = posterior.into_parts();
        let (prior, prior_node) = prior.into_parts();
        let kl = B::categorical_kl(posterior.clone(), prior.clone());
        match KlBackward.prepare::<C>([posterior_node, prior_node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((posterior, prior), kl),
            OpsKind::UnTracked(prep) => prep.finish(kl),
        }
    }
}
