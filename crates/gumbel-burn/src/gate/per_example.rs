//! The part of the logits that depends on the example.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, activation};
use gumbel::Key;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::error::Error;
use crate::init;

/// The rule by which a per-example gate reduces the positions of a channel to one number.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, EnumIter, IntoStaticStr, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum GateSqueeze {
    /// The mean, as in the paper. A table has one position, so the mean is the value itself.
    #[default]
    Mean,
    /// The mean absolute value: the strength of a channel whose mean says little, such as a frequency
    /// above 0 of a cosine transform over its blocks.
    MeanAbsolute,
}

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
    /// W and w uniform on (-1/sqrt(c), 1/sqrt(c)), a normal with the given deviation.
    ///
    /// # Errors
    /// As [`init::normal`].
    pub(super) fn new(
        squeeze: GateSqueeze,
        channels: usize,
        deviation: f64,
        key: Key,
        device: &Device,
    ) -> Result<Self, Error> {
        let n = channels;
        Ok(Self {
            squeeze,
            weight: Param::from_tensor(init::uniform(key.fold_in(0), [n, n], n, device)),
            bias: Param::from_tensor(init::uniform(key.fold_in(1), [n], n, device)),
            slope: Param::from_tensor(init::normal(key.fold_in(2), [n, 2], deviation, device)?),
        })
    }

    /// `[n, c, 2]` for an input `[n, c, ...]` that has been checked.
    pub(super) fn logits<const D: usize>(&self, x: Tensor<D>) -> Tensor<3> {
        let (n, c, weight) = (x.dims()[0], x.dims()[1], self.weight.val());
        let s = self.squeeze.squeeze(x.cast(weight.dtype()));
        let h = activation::relu(s.matmul(weight) + self.bias.val().unsqueeze());
        h.reshape([n, c, 1]) * self.slope.val().unsqueeze()
    }
}

impl GateSqueeze {
    /// One number for each channel: `[n, c, ...]` to `[n, c]`.
    fn squeeze<const D: usize>(self, x: Tensor<D>) -> Tensor<2> {
        let dims = x.dims();
        let x = match self {
            Self::Mean => x,
            Self::MeanAbsolute => x.abs(),
        };
        let positions = dims[2..].iter().product();
        x.reshape([dims[0], dims[1], positions]).mean_dim(2).squeeze_dim(2)
    }
}
