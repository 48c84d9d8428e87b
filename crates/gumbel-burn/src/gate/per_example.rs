//! What the logits of a per-example gate add to those of a static one.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData, activation};
use gumbel::{Key, noise};

use super::config::GateSqueeze;

/// h a with h = relu(s W + w), s the squeeze of the channels.
///
/// The product with a is the grouped 1x1 convolution of the paper with c groups, written out: a
/// channel's logits come from its own h alone.
#[derive(Module, Debug)]
pub(super) struct PerExample {
    #[module(skip)]
    squeeze: GateSqueeze,
    /// W, `[c, c]`, inputs first.
    weight: Param<Tensor<2>>,
    /// w, `[c]`.
    bias: Param<Tensor<1>>,
    /// a, `[c, 2]`.
    slope: Param<Tensor<2>>,
}

impl PerExample {
    /// W and w uniform on (-1/sqrt(c), 1/sqrt(c)), a normal with deviation `std`.
    pub(super) fn new(
        squeeze: GateSqueeze,
        channels: usize,
        std: f64,
        key: Key,
        device: &Device,
    ) -> Self {
        let reach = 1.0 / (channels as f32).sqrt();
        let uniform = |key: Key, n: usize| -> Vec<f32> {
            let mut u = vec![0.0_f32; n];
            noise::uniform_into(key, 0, &mut u);
            u.iter().map(|u| (2.0 * u - 1.0) * reach).collect()
        };
        let mut slope = vec![0.0_f32; 2 * channels];
        noise::normal_into(key.fold_in(2), 0, &mut slope);
        slope.iter_mut().for_each(|a| *a *= std as f32);
        let weight = TensorData::new(uniform(key.fold_in(0), channels * channels), [channels; 2]);
        let bias = TensorData::new(uniform(key.fold_in(1), channels), [channels]);
        let slope = TensorData::new(slope, [channels, 2]);
        Self {
            squeeze,
            weight: Param::from_data(weight, device),
            bias: Param::from_data(bias, device),
            slope: Param::from_data(slope, device),
        }
    }

    /// `[n, c, 2]` for an input `[n, c, ...]` that has been checked.
    pub(super) fn logits<const D: usize>(&self, x: Tensor<D>) -> Tensor<3> {
        let (n, c, weight) = (x.dims()[0], x.dims()[1], self.weight.val());
        let s = self.squeeze.run(x.cast(weight.dtype()));
        let h = activation::relu(s.matmul(weight) + self.bias.val().unsqueeze());
        h.reshape([n, c, 1]) * self.slope.val().unsqueeze()
    }
}

impl GateSqueeze {
    /// `[n, c, ...]` to `[n, c]`.
    fn run<const D: usize>(self, x: Tensor<D>) -> Tensor<2> {
        let dims = x.dims();
        let x = match self {
            Self::Mean => x,
            Self::MeanAbsolute => x.abs(),
        };
        let positions = dims[2..].iter().product();
        x.reshape([dims[0], dims[1], positions]).mean_dim(2).squeeze_dim(2)
    }
}
