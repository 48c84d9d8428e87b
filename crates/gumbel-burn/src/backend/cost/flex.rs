//! The fused operations of costs on Flex: calls into the `gumbel` crate over the tensors' own memory.

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{DType, Shape};
use gumbel::likelihood;

use super::{CostOps, CostVjps, Passage};
use crate::backend::flex::{CHECKED, in_type_of, slice, tensor};

/// The length of the last axis.
fn last(tensor: &FlexTensor) -> usize {
    let shape = tensor.shape();
    shape[shape.num_dims() - 1]
}

impl CostOps for Flex {
    fn bernoulli_nll(
        logits: FloatTensor<Self>,
        x: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (logits, x) = (logits.to_contiguous(), x.to_contiguous());
        let (shape, d) = (logits.shape(), last(&logits));
        in_type_of!(logits, |T| {
            let (logits, x) = (slice::<T>(&logits), slice::<T>(&x));
            let rows = logits.len() / d;
            let (mut nll, mut mean) = (vec![T::default(); rows], vec![T::default(); logits.len()]);
            likelihood::bernoulli_nll_into(logits, x, d, &mut nll, &mut mean).expect(CHECKED);
            (tensor(nll, Shape::new([rows])), tensor(mean, shape))
        })
    }

    fn categorical_kl(posterior: FloatTensor<Self>, prior: FloatTensor<Self>) -> FloatTensor<Self> {
        let (posterior, prior) = (posterior.to_contiguous(), prior.to_contiguous());
        let (rows, k) = (posterior.shape()[0], last(&prior));
        in_type_of!(posterior, |T| {
            let (posterior, prior) = (slice::<T>(&posterior), slice::<T>(&prior));
            let mut kl = vec![T::default(); rows];
            likelihood::categorical_kl_into(posterior, prior, k, &mut kl).expect(CHECKED);
            tensor(kl, Shape::new([rows]))
        })
    }

    fn pass(
        _theta: FloatTensor<Self>,
        _logits: FloatTensor<Self>,
        hard: FloatTensor<Self>,
        _passage: Passage,
    ) -> FloatTensor<Self> {
        hard
    }

    fn with_gradient(
        cost: FloatTensor<Self>,
        _theta: FloatTensor<Self>,
        _gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        cost
    }
}

impl CostVjps for Flex {
    fn bernoulli_nll_vjp(
        mean: FloatTensor<Self>,
        x: FloatTensor<Self>,
        dnll: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let (x, dnll) = (x.to_contiguous(), dnll.to_contiguous());
        let (shape, d) = (mean.shape(), last(&mean));
        in_type_of!(mean, |T| {
            let (mean, x, dnll) = (slice::<T>(&mean), slice::<T>(&x), slice::<T>(&dnll));
            let mut dlogits = vec![T::default(); mean.len()];
            likelihood::bernoulli_nll_vjp_into(mean, x, dnll, d, &mut dlogits).expect(CHECKED);
            tensor(dlogits, shape)
        })
    }

    fn categorical_kl_vjp(
        posterior: FloatTensor<Self>,
        prior: FloatTensor<Self>,
        dkl: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (posterior, prior) = (posterior.to_contiguous(), prior.to_contiguous());
        let (dkl, k) = (dkl.to_contiguous(), last(&prior));
        let (posterior_shape, prior_shape) = (posterior.shape(), prior.shape());
        in_type_of!(posterior, |T| {
            let (q, p, dkl) = (slice::<T>(&posterior), slice::<T>(&prior), slice::<T>(&dkl));
            let (mut dq, mut dp) = (vec![T::default(); q.len()], vec![T::default(); p.len()]);
            likelihood::categorical_kl_vjp_into(q, p, dkl, k, &mut dq, &mut dp).expect(CHECKED);
            (tensor(dq, posterior_shape), tensor(dp, prior_shape))
        })
    }

    fn pass_vjp(
        logits: FloatTensor<Self>,
        hard: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        passage: Passage,
    ) -> FloatTensor<Self> {
        let (logits, hard, dy) = (logits.to_contiguous(), hard.to_contiguous(), dy.to_contiguous());
        let (shape, k) = (logits.shape(), last(&logits));
        in_type_of!(logits, |T| {
            let (logits, hard, dy) = (slice::<T>(&logits), slice::<T>(&hard), slice::<T>(&dy));
            tensor(passage.vjp(logits, hard, dy, k).expect(CHECKED), shape)
        })
    }
}
