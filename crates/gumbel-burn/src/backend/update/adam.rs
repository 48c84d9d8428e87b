//! Adam's step on Flex: the memory of the gradient receives the new parameter, and the moments stay in place.

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use fearless_simd::{Level, Simd, dispatch};

use super::{AdamStep, Correction, UpdateOps};
use crate::backend::flex::slice;

impl UpdateOps for Flex {
    fn adam(
        value: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        moment_1: FloatTensor<Self>,
        moment_2: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let value = value.to_contiguous();
        let [mut out, mut m, mut v] = [gradient, moment_1, moment_2].map(whole);
        let (m_all, v_all) = (m.storage_mut(), v.storage_mut());
        dispatch!(Level::new(), simd => simd.vectorize(
            #[inline(always)]
            || update(slice(&value), out.storage_mut(), m_all, v_all, step)
        ));
        (out, m, v)
    }
}

/// A tensor whose elements are its whole memory, in order. No copy, unless it is a view.
fn whole(tensor: FlexTensor) -> FlexTensor {
    let tensor = tensor.to_contiguous();
    let all = tensor.storage::<f32>().len();
    match tensor.layout().contiguous_offsets() {
        Some((0, end)) if end == all => tensor,
        _ => {
            let values = slice::<f32>(&tensor).to_vec();
            crate::backend::flex::tensor(values, tensor.layout().shape().clone())
        }
    }
}

/// Replaces each gradient in `out` by the new parameter, and each moment by the new one.
///
/// The operations on an element, their order and their rounding are those of Burn's optimiser on tensors.
#[inline(always)]
fn update(value: &[f32], out: &mut [f32], m: &mut [f32], v: &mut [f32], step: AdamStep) {
    let AdamStep { first, second, correction, lr } = step;
    let elements = out.iter_mut().zip(m).zip(v).zip(value).map(|(((out, m), v), value)| {
        let gradient = *out;
        *m = *m * first[0] + gradient * first[1];
        *v = *v * second[0] + gradient * gradient * second[1];
        (out, *m, *v, *value)
    });
    match correction {
        Correction::Adam { factor, epsilon } => {
            for (out, m, v, value) in elements {
                *out = value - m * factor / (v.sqrt() + epsilon) * lr;
            }
        }
        Correction::AdamW { rest, epsilon, keep } => {
            for (out, m, v, value) in elements {
                *out = value * keep - m / rest[0] / ((v / rest[1]).sqrt() + epsilon) * lr;
            }
        }
    }
}
