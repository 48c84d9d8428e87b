//! The autodiff rule of each fused operation of choices: call the forward operation, record the backward one.
//!
//! The state of the backward is the soft sample with its temperature. Noise is not kept.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::{FloatTensor, IntTensor};

use super::{Draw, Form, RelaxationOps, RelaxationVjps};

#[derive(Debug)]
struct RelaxBackward;

impl<B: RelaxationVjps> Backward<B, 1> for RelaxBackward {
    type State = (FloatTensor<B>, Draw, Form);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<B>(&ops.node);
        let (soft, draw, form) = ops.state;
        if let [Some(logits)] = ops.parents {
            let taus = soft.clone();
            grads.register::<B>(logits.id, B::relax_vjp(soft, dy, taus, draw, form));
        }
    }
}

#[derive(Debug)]
struct RelaxByRowBackward;

impl<B: RelaxationVjps> Backward<B, 2> for RelaxByRowBackward {
    type State = (FloatTensor<B>, FloatTensor<B>, Draw, Form);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<B>(&ops.node);
        let (soft, taus, draw, form) = ops.state;
        let dlogits = B::relax_vjp(soft.clone(), dy, taus.clone(), draw, form);
        let [logits, tau_node] = ops.parents;
        if let Some(node) = tau_node {
            let dtau = B::relax_vjp_tau(soft, dlogits.clone(), taus, draw, form);
            grads.register::<B>(node.id, dtau);
        }
        if let Some(node) = logits {
            grads.register::<B>(node.id, dlogits);
        }
    }
}

impl<B: RelaxationOps + RelaxationVjps, C: CheckpointStrategy> RelaxationOps for Autodiff<B, C> {
    fn relax(
        logits: FloatTensor<Self>,
        taus: FloatTensor<Self>,
        noise: FloatTensor<Self>,
        draw: Draw,
        form: Form,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, IntTensor<Self>) {
        let (logits, node) = logits.into_parts();
        let (taus, tau_node) = taus.into_parts();
        let (sample, soft, wrong) =
            B::relax(logits, taus.clone(), noise.into_primitive(), draw, form);
        let untracked = <FloatTensor<Self>>::new(soft.clone());
        let sample = if draw.tau.is_some() {
            match RelaxBackward.prepare::<C>([node]).compute_bound().stateful() {
                OpsKind::Tracked(prep) => prep.finish((soft, draw, form), sample),
                OpsKind::UnTracked(prep) => prep.finish(sample),
            }
        } else {
            let nodes = [node, tau_node];
            match RelaxByRowBackward.prepare::<C>(nodes).compute_bound().stateful() {
                OpsKind::Tracked(prep) => prep.finish((soft, taus, draw, form), sample),
                OpsKind::UnTracked(prep) => prep.finish(sample),
            }
        };
        (sample, untracked, wrong)
    }

    /// A class has no gradient: nothing is recorded.
    fn gumbel_max(
        logits: FloatTensor<Self>,
        noise: FloatTensor<Self>,
        draw: Draw,
        dim: usize,
    ) -> (IntTensor<Self>, IntTensor<Self>) {
        B::gumbel_max(logits.into_primitive(), noise.into_primitive(), draw, dim)
    }
}
