//! A one-hot sample whose gradient passes to the logits by a rule: fused on the CPU, composed elsewhere.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::algebra::{constant, inverse, mean, tempered};
use super::variables::{Variables, posterior};
use crate::backend::{CostOps, Passage, has_cost_ops};
use crate::noise::Noise;

/// The sample, with the gradient that the passage passes to theta, the logits of the variables. `logits` are those of
/// the passage, taken as constants.
pub(super) fn pass(
    variables: &Variables,
    logits: Tensor<3>,
    sample: Tensor<3>,
    passage: Passage,
) -> Tensor<3> {
    let (theta, logits, sample) = (variables.logits(), constant(logits), constant(sample));
    if !has_cost_ops(&theta) {
        return composed(variables, logits, sample, &passage);
    }
    let [theta, logits, sample] = [theta, logits, sample].map(Tensor::into_dispatch);
    Tensor::from_dispatch(Dispatch::pass(theta, logits, sample, passage))
}

/// The twin of [`pass`] in ordinary operations. Keeps the K relaxed samples of [`Passage::Averaged`].
fn composed(
    variables: &Variables,
    logits: Tensor<3>,
    sample: Tensor<3>,
    passage: &Passage,
) -> Tensor<3> {
    let at = |p| with_derivative_of_softmax(variables, p);
    let soft_at = |tau: f64| tempered(logits.clone(), tau);
    let soft = match passage {
        Passage::Softmax { tau } => at(soft_at(*tau)).mul_scalar(inverse(*tau)),
        Passage::SecondOrder { tau } => {
            let middle = (soft_at(*tau) + sample.clone()).mul_scalar(0.5);
            at(middle).mul_scalar(2.0) - at(soft_at(1.0)).mul_scalar(0.5)
        }
        Passage::Averaged { tau, keys, offset } => {
            let one = |key| {
                let noise = Noise::Keyed { key, offset: *offset };
                let z = posterior(logits.clone(), sample.clone(), noise);
                at(tempered(z, *tau))
            };
            mean(keys.iter().copied().map(one).collect()).mul_scalar(inverse(*tau))
        }
    };
    sample + (soft.clone() - constant(soft))
}

/// A tensor whose derivative in theta is J(p). Its value means nothing.
fn with_derivative_of_softmax(variables: &Variables, p: Tensor<3>) -> Tensor<3> {
    let theta = variables.finite_logits();
    let mean = (p.clone() * theta.clone()).sum_dim(2);
    p * (theta - mean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{DType, Device, TensorData};
    use gumbel::Key;
    use gumbel::noise::{logistic_into, normal_into};

    /// The gradient in theta of a sum with random weights.
    fn gradient(
        f: impl Fn(&Variables, Tensor<3>, Tensor<3>) -> Tensor<3>,
        logits: &[f64],
        shape: [usize; 3],
        dtype: DType,
    ) -> Vec<f64> {
        let device = Device::flex().autodiff();
        let of = |values: &[f64]| {
            let data = TensorData::new(values.to_vec(), shape);
            Tensor::<3>::from_data(data, (&device, dtype))
        };
        let mut weights = vec![0.0; logits.len()];
        normal_into(Key::new(2), 0, &mut weights);
        let theta = of(logits).require_grad();
        let variables = Variables::new(theta.clone(), Key::new(3)).first_row(5);
        let sample = variables.sample(0).unwrap();
        let passed = f(&variables, variables.constant_logits(), sample.clone());
        assert_eq!(passed.clone().into_data(), sample.into_data());
        let gradients = (passed * of(&weights)).sum().backward();
        theta.grad(&gradients).unwrap().into_data().iter::<f64>().collect()
    }

    /// The exponential of its logit, turned round, is infinite in f32.
    #[test]
    fn a_rare_sample_has_a_finite_gradient() {
        let device = Device::flex().autodiff();
        let of = |f: &dyn Fn(&Variables, Tensor<3>, Tensor<3>, Passage) -> Tensor<3>| {
            let theta = Tensor::<3>::from_floats([[[0.0, -200.0, -1.0]]], &device).require_grad();
            let sample = Tensor::<3>::from_floats([[[0.0, 1.0, 0.0]]], &device);
            let variables = Variables::new(theta.clone(), Key::new(1));
            let passage = Passage::Averaged { tau: 0.5, keys: vec![Key::new(2)], offset: 0 };
            let passed = f(&variables, variables.constant_logits(), sample, passage);
            let gradients = (passed.clone() * passed.cumsum(2)).sum().backward();
            theta.grad(&gradients).unwrap().into_data().try_to_vec::<f32>().unwrap()
        };
        let (ours, twin) = (of(&pass), of(&|v, l, d, passage| composed(v, l, d, &passage)));
        for (a, b) in ours.iter().zip(&twin) {
            assert!((a - b).abs() < 1e-5, "{ours:?} {twin:?}");
        }
        assert!(ours.iter().any(|d| *d != 0.0));
    }

    #[test]
    fn fused_and_composed_pass_the_same_gradient() {
        for shape in [[7, 3, 10], [4, 2, 2], [2, 1, 40], [3, 2, 1]] {
            let mut logits = vec![0.0; shape.iter().product()];
            logistic_into(Key::new(1), 0, &mut logits);
            if shape[2] > 2 {
                logits[1] = f64::NEG_INFINITY;
            }
            for (dtype, bound) in [(DType::F64, 1e-13), (DType::F32, 2e-6)] {
                for tau in [0.05, 0.5, 1.0, 3.0] {
                    let keys: Vec<Key> = (0..10).map(|i| Key::new(4).fold_in(i)).collect();
                    let passages = [
                        Passage::Softmax { tau },
                        Passage::SecondOrder { tau },
                        Passage::Averaged { tau, keys, offset: 9 },
                    ];
                    for passage in passages {
                        let fused = |v: &Variables, l, d| pass(v, l, d, passage.clone());
                        let twin = |v: &Variables, l, d| composed(v, l, d, &passage);
                        let ours = gradient(fused, &logits, shape, dtype);
                        let twins = gradient(twin, &logits, shape, dtype);
                        for (a, b) in ours.iter().zip(&twins) {
                            // The twin rounds z / tau, which is up to 45 / tau.
                            let scale = (1.0 + b.abs()) * (1.0 + 1.0 / tau) * (1.0 + 1.0 / tau);
                            let close = (a - b).abs() <= bound * scale;
                            assert!(close, "{shape:?} {dtype:?} {passage:?}: {a} {b}");
                        }
                        assert!(shape[2] <= 2 || ours[1] == 0.0);
                    }
                }
            }
        }
    }
}
