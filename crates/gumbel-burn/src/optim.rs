//! Adam and AdamW for any Burn model on the processor, in one pass over memory.
//!
//! Burn's Adam computes with tensors: a dozen operations, each of which reads and writes memory of the size of the
//! parameter. [`FusedAdam`] reads and writes each number once. It is an `Optimizer` of Burn, so everything that takes one
//! takes it too, and its state is Burn's, under the same names: a training can go on with either.

use burn::backend::Dispatch;
use burn::config::Config;
use burn::optim::{
    AdamConfig, AdamState, AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, LearningRate,
    ModuleOptimizer, Optimizer,
};
use burn::tensor::{DType, Device, Tensor};

use crate::backend::{AdamStep, Correction, UpdateOps, is_flex};

/// The settings of [`FusedAdam`].
///
/// ```
/// use burn::optim::{GradientsParams, ModuleOptimizer};
/// use burn::nn::LinearConfig;
/// use burn::tensor::{Device, Tensor};
/// use gumbel_burn::optim::FusedAdamConfig;
///
/// let device = Device::flex().autodiff();
/// let layer = LinearConfig::new(3, 2).init(&device);
/// let mut adam: ModuleOptimizer = FusedAdamConfig::new().with_epsilon(1e-8).init();
/// let before = layer.weight.val();
/// let gradients = layer.forward(Tensor::<2>::ones([4, 3], &device)).sum().backward();
/// let layer = adam.step(0.1, layer.clone(), GradientsParams::from_grads(gradients, &layer));
/// // The first step of Adam is the learning rate, whatever the size of the gradient.
/// let moved = (layer.weight.val() - before + 0.1).abs().max().into_scalar::<f32>();
/// assert!(moved < 1e-6);
/// ```
#[derive(Config, Debug, Copy)]
pub struct FusedAdamConfig {
    /// The share of the mean of gradients that a step keeps, beta_1.
    #[config(default = 0.9)]
    pub beta_1: f32,
    /// The share of the mean of squared gradients that a step keeps, beta_2.
    #[config(default = 0.999)]
    pub beta_2: f32,
    /// The term epsilon that keeps the quotient finite. Burn's default is 1e-5, that of the paper 1e-8.
    #[config(default = 1e-5)]
    pub epsilon: f32,
    /// The weight decay lambda of AdamW; with 0 the rule is Adam.
    #[config(default = 0.0)]
    pub weight_decay: f32,
}

impl FusedAdamConfig {
    /// Builds the rule for one parameter.
    pub fn build(&self) -> FusedAdam {
        FusedAdam { config: *self }
    }

    /// Builds the optimiser of a whole module.
    pub fn init(&self) -> ModuleOptimizer {
        ModuleOptimizer::from(self.build())
    }
}

/// Adam, and with weight decay AdamW, in one pass over memory.
///
/// ```text
/// m = beta_1 m + (1 - beta_1) g
/// v = beta_2 v + (1 - beta_2) g^2
/// x = (1 - lr lambda) x - lr (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon)
/// ```
///
/// for a parameter x with gradient g in step t = 1, 2, ...; m and v start at 0, and lambda is the weight decay.
///
/// The result has the bits of Burn's `Adam` without weight decay, and of its `AdamW` with it: the operations on each
/// element are rounded in the same order, which is not the same for the two. The gradient's memory becomes that of the
/// parameter, if nothing else holds it. Parameters of another type than f32, those on another device than the processor
/// (Flex), and the first step of each parameter are left to Burn.
///
/// Kingma and Ba, "Adam: A Method for Stochastic Optimization", arXiv 1412.6980, algorithm 1 and the end of section 2;
/// Loshchilov and Hutter, "Decoupled Weight Decay Regularization", arXiv 1711.05101.
///
/// ```
/// use burn::optim::Optimizer;
/// use burn::tensor::{Device, Tensor};
/// use gumbel_burn::optim::FusedAdamConfig;
///
/// let adam = FusedAdamConfig::new().with_weight_decay(0.5).build();
/// let (x, g) = (Tensor::<1>::ones([2], &Device::flex()), Tensor::zeros([2], &Device::flex()));
/// // Without a gradient only the weight decay acts.
/// let (x, _state) = adam.step(0.1, x, g, None);
/// assert_eq!(x.into_data().to_vec::<f32>().unwrap(), [0.95, 0.95]);
/// ```
#[derive(Clone, Debug)]
pub struct FusedAdam {
    config: FusedAdamConfig,
}

impl FusedAdam {
    /// The numbers of step `t`, as Burn rounds them.
    fn numbers(&self, lr: LearningRate, t: usize) -> AdamStep {
        let FusedAdamConfig { beta_1, beta_2, epsilon, weight_decay } = self.config;
        let t = i32::try_from(t).unwrap_or(i32::MAX);
        let [rest_1, rest_2] = [1.0 - beta_1.powi(t), 1.0 - beta_2.powi(t)];
        let correction = if weight_decay == 0.0 {
            let root = rest_2.sqrt();
            Correction::Adam { factor: root / rest_1, epsilon: epsilon * root }
        } else {
            let keep = (1.0 - lr * f64::from(weight_decay)) as f32;
            Correction::AdamW { rest: [rest_1, rest_2], epsilon, keep }
        };
        let (first, second) = ([beta_1, 1.0 - beta_1], [beta_2, 1.0 - beta_2]);
        AdamStep { first, second, correction, lr: lr as f32 }
    }

    /// A step by Burn's own optimiser.
    fn composed<const D: usize>(
        &self,
        lr: LearningRate,
        tensor: Tensor<D>,
        grad: Tensor<D>,
        state: Option<AdamWState<D>>,
    ) -> (Tensor<D>, Option<AdamWState<D>>) {
        let FusedAdamConfig { beta_1, beta_2, epsilon, weight_decay } = self.config;
        if weight_decay == 0.0 {
            let adam = AdamConfig::new().with_beta_1(beta_1).with_beta_2(beta_2);
            let state = state.map(|state| AdamState { momentum: state.momentum });
            let adam = adam.with_epsilon(epsilon).build();
            let (tensor, state) = adam.step(lr, tensor, grad, state);
            (tensor, state.map(|state| AdamWState { momentum: state.momentum }))
        } else {
            let adamw = AdamWConfig::new().with_beta_1(beta_1).with_beta_2(beta_2);
            let adamw = adamw.with_epsilon(epsilon).with_weight_decay(weight_decay).build();
            adamw.step(lr, tensor, grad, state)
        }
    }
}

impl Optimizer for FusedAdam {
    type State<const D: usize> = AdamWState<D>;

    fn step<const D: usize>(
        &self,
        lr: LearningRate,
        tensor: Tensor<D>,
        grad: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        let momentum = match state {
            Some(AdamWState { momentum: m })
                if [&tensor, &grad, &m.moment_1, &m.moment_2]
                    .iter()
                    .all(|x| is_plain(x) && x.dims() == tensor.dims()) =>
            {
                m
            }
            state => return self.composed(lr, tensor, grad, state),
        };
        let AdaptiveMomentumState { time, moment_1, moment_2, max_moment_2 } = momentum;
        let step = self.numbers(lr, time + 1);
        let [x, g, m, v] = [tensor, grad, moment_1, moment_2].map(Tensor::into_dispatch);
        let (x, m, v) = Dispatch::adam(x, g, m, v, step);
        let [tensor, moment_1, moment_2] = [x, m, v].map(Tensor::from_dispatch);
        let momentum = AdaptiveMomentumState { time: time + 1, moment_1, moment_2, max_moment_2 };
        (tensor, Some(AdamWState { momentum }))
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        AdamW::to_device(state, device)
    }
}

/// Whether the fused update takes this tensor.
fn is_plain<const D: usize>(tensor: &Tensor<D>) -> bool {
    let device = tensor.device();
    tensor.dtype() == DType::F32 && is_flex(&device) && !device.is_autodiff()
}

#[cfg(test)]
mod tests {
    use gumbel::Key;

    use super::*;
    use crate::normal_noise;

    /// Parameters and moments after some steps, as bits. Lengths with and without a remainder of a vector.
    fn bits<O: Optimizer>(rule: &O, moments: impl Fn(&O::State<2>) -> [Tensor<2>; 2]) -> Vec<u32> {
        let device = Device::flex();
        let mut all = Vec::new();
        for shape in [[1, 1], [3, 5], [16, 16], [37, 41]] {
            let mut x = normal_noise(Key::new(1), shape, &device);
            let mut state = None;
            for t in 0..12 {
                // Sizes from 1e-12 on, so that epsilon counts; views, as a backward pass may give them.
                let [rows, columns] = shape;
                let g = normal_noise(Key::new(2).fold_in(t), [columns, rows], &device);
                let g = (g.clone().powi_scalar(9) + 1e-12).transpose();
                let (next, next_state) = rule.step(0.01 / (t + 1) as f64, x, g, state);
                (x, state) = (next, next_state);
            }
            let [m, v] = moments(state.as_ref().unwrap());
            for tensor in [x, m, v] {
                all.extend(tensor.into_data().iter::<f32>().map(f32::to_bits));
            }
        }
        all
    }

    #[test]
    fn every_bit_is_that_of_burn() {
        let fused = FusedAdamConfig::new().with_epsilon(1e-8);
        let of = |s: &AdamWState<2>| [s.momentum.moment_1.clone(), s.momentum.moment_2.clone()];
        let adam = AdamConfig::new().with_epsilon(1e-8).build();
        let burn = bits(&adam, |s| [s.momentum.moment_1.clone(), s.momentum.moment_2.clone()]);
        assert_eq!(bits(&fused.build(), of), burn);
        for decay in [1e-4, 0.3] {
            let adamw = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(decay).build();
            let fused = fused.with_weight_decay(decay).build();
            assert_eq!(bits(&fused, of), bits(&adamw, of));
        }
    }

    #[test]
    fn tensors_that_are_held_elsewhere_stay_as_they_are() {
        let device = Device::flex();
        let adam = FusedAdamConfig::new().build();
        let (x, g) = (Tensor::<1>::ones([9], &device), Tensor::<1>::ones([9], &device) * 2.0);
        let (_, state) = adam.step(0.1, x.clone(), g.clone(), None);
        let held = state.clone();
        let (next, _) = adam.step(0.1, x.clone(), g.clone(), state);
        let again = adam.step(0.1, x.clone(), g.clone(), held).0;
        let values = |x: &Tensor<1>| x.to_data().try_to_vec::<f32>().unwrap();
        assert_eq!(values(&next), values(&again));
        assert_eq!((values(&x), values(&g)), (vec![1.0; 9], vec![2.0; 9]));
    }
}
