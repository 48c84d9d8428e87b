//! The network: gate, stem, residual blocks, mean over positions, one linear layer.

use burn::module::{Module, Param, ParamId};
use burn::nn::Linear;
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData, activation};
use gumbel::{Key, noise};
use gumbel_burn::{Gated, GumbelGate, GumbelGateConfig};

use crate::error::LabError;
use crate::frequency::config::{FrequencyConfig, Input, Stem};
use crate::frequency::input::Moments;
use crate::values::floats;

/// The gain of a residual branch at first. With it the network needs no normalisation: De and Smith,
/// "Batch Normalization Biases Residual Blocks Towards the Identity Function", arXiv 2002.10444.
const FIRST_GAIN: f32 = 0.2;
/// Trunks go on halving the grid while it has more rows or columns than this.
const LAST_GRID: usize = 8;
/// Residual blocks stand at grids up to this one.
const BLOCK_GRID: usize = 16;

/// A convolution with a bias, and zeros around the image.
#[derive(Module, Debug)]
pub struct Convolution {
    /// `[outputs, inputs, k, k]`.
    weight: Param<Tensor<4>>,
    /// `[outputs]`.
    bias: Param<Tensor<1>>,
    stride: usize,
}

impl Convolution {
    fn new(sizes: [usize; 4], stride: usize, key: Key, device: &Device) -> Self {
        let inputs = sizes[1] * sizes[2] * sizes[3];
        let weight = normal(key, sizes, (2.0 / inputs as f64).sqrt(), device);
        let bias = Tensor::zeros([sizes[0]], device).require_grad();
        let bias = Param::initialized(ParamId::new(), bias);
        Self { weight, bias, stride }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let k = self.weight.val().dims()[2];
        let around = k / 2;
        let options = ConvOptions::new([self.stride; 2], [around; 2], [1, 1], 1);
        conv2d(x, self.weight.val(), Some(self.bias.val()), options)
    }
}

/// `x + gain b(relu(a(relu(x))))`, two convolutions 3x3.
#[derive(Module, Debug)]
pub struct Residual {
    first: Convolution,
    second: Convolution,
    /// `[1]`.
    gain: Param<Tensor<1>>,
}

impl Residual {
    fn new(width: usize, key: Key, device: &Device) -> Self {
        let [first, second] = key.split();
        let sizes = [width, width, 3, 3];
        let gain = Tensor::from_data(TensorData::new(vec![FIRST_GAIN], [1]), device);
        Self {
            first: Convolution::new(sizes, 1, first, device),
            second: Convolution::new(sizes, 1, second, device),
            gain: Param::initialized(ParamId::new(), gain.require_grad()),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let h = activation::relu(self.first.forward(activation::relu(x.clone())));
        x + self.second.forward(h) * self.gain.val().reshape([1, 1, 1, 1])
    }
}

/// A part of the trunk at one grid: a step down to it, where there is one, and blocks.
#[derive(Module, Debug)]
pub struct Stage {
    down: Option<Convolution>,
    blocks: Vec<Residual>,
}

/// The shapes of a trunk: what [`FrequencyNet`] builds and [`Cost`](crate::frequency::Cost) counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Rows and columns of the blocks of an image.
    pub(crate) grid: (usize, usize),
    /// For each stage: rows, columns, channels, residual blocks.
    pub(crate) stages: Vec<(usize, usize, usize, usize)>,
}

impl Plan {
    /// The trunk for a grid of blocks: a stage at the grid itself, and further ones at half of it, a
    /// quarter, ... until neither side is above 8. Channels double with each, up to `width`; the last
    /// stage has `blocks` residual blocks and the others one, where their grid is at most 16.
    pub(crate) fn new(config: &FrequencyConfig, (rows, columns): (usize, usize)) -> Self {
        let mut grids = vec![(rows, columns)];
        while let Some(&(r, c)) = grids.last()
            && r.max(c) > LAST_GRID
        {
            grids.push((r.div_ceil(2), c.div_ceil(2)));
        }
        let last = grids.len() - 1;
        let stage = |(i, &(r, c)): (usize, &(usize, usize))| {
            let width = (config.width >> (last - i)).max(4);
            let blocks = match r.max(c) {
                _ if i == last => config.blocks,
                side => usize::from(side <= BLOCK_GRID),
            };
            (r, c, width, blocks)
        };
        Self { grid: (rows, columns), stages: grids.iter().enumerate().map(stage).collect() }
    }
}

/// The classifier.
#[derive(Module, Debug)]
pub struct FrequencyNet {
    gate: Option<GumbelGate>,
    /// 1x1 on the channels of a grid of blocks, 7x7 on pixels.
    stem: Convolution,
    stages: Vec<Stage>,
    head: Linear,
    pools: bool,
    /// Means and deviations of what is read, over the training images: not trained.
    mean: Param<Tensor<1>>,
    deviation: Param<Tensor<1>>,
}

/// What the network makes of images.
#[derive(Clone, Debug)]
pub struct Answer {
    /// `[n, classes]`.
    pub logits: Tensor<2>,
    /// The gates, `[n, 192]`, and P(on), where there is a gate.
    pub gates: Option<(Tensor<2>, Tensor<2>)>,
}

impl FrequencyNet {
    /// A network with fresh weights for images of `grid` (rows, columns) blocks and `classes` classes.
    ///
    /// Convolutions with n inputs to an output are N(0, 2 / n), drawn from `key` (He et al., arXiv
    /// 1502.01852); biases and the last layer are zero; the gain of a residual branch is 0.2.
    ///
    /// # Errors
    /// A gate that its settings do not allow.
    pub(crate) fn new(
        config: &FrequencyConfig,
        grid: (usize, usize),
        classes: usize,
        moments: &Moments,
        key: Key,
        device: &Device,
    ) -> Result<Self, LabError> {
        let plan = Plan::new(config, grid);
        let channels = config.selection().indices().len();
        let gate = config.gate.as_ref().map(|gate| {
            GumbelGateConfig::new(channels)
                .with_initial_keep(gate.initial_keep)
                .with_hard(gate.hard)
                .with_condition(gate.condition)
                .with_squeeze(gate.squeeze)
                .init(key.fold_in(0), device)
        });
        let first = plan.stages[0].2;
        let pools = config.input == Input::Pixels(Stem::Strided);
        let (sizes, stride) =
            if pools { ([first, 3, 7, 7], 4) } else { ([first, channels, 1, 1], 1) };
        let mut width = first;
        let stages = plan.stages.iter().enumerate().map(|(i, &(_, _, outputs, blocks))| {
            let key = key.fold_in(2 + i as u64);
            let sizes = [outputs, width, 3, 3];
            width = outputs;
            Stage {
                down: (i > 0).then(|| Convolution::new(sizes, 2, key, device)),
                blocks: (1..=blocks as u64)
                    .map(|block| Residual::new(outputs, key.fold_in(block), device))
                    .collect(),
            }
        });
        let stages = stages.collect();
        let zeros = |shape: [usize; 2]| Tensor::<2>::zeros(shape, device).require_grad();
        let bias = Tensor::zeros([classes], device).require_grad();
        Ok(Self {
            gate: gate.transpose()?,
            stem: Convolution::new(sizes, stride, key.fold_in(1), device),
            stages,
            head: Linear {
                weight: Param::initialized(ParamId::new(), zeros([width, classes])),
                bias: Some(Param::initialized(ParamId::new(), bias)),
            },
            pools,
            mean: untrained(&moments.mean, device),
            deviation: untrained(&moments.deviation, device),
        })
    }

    /// The means and deviations with which images are standardised before the network sees them.
    pub(crate) fn moments(&self) -> Moments {
        Moments { mean: floats(self.mean.val()), deviation: floats(self.deviation.val()) }
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.head.weight.val().dims()[1]
    }

    /// The gate, where there is one.
    pub fn gate(&self) -> Option<&GumbelGate> {
        self.gate.as_ref()
    }

    /// Logits of the classes for images, with gates as `gating` decides them.
    ///
    /// `x`: standardised, `[n, channels, rows, columns]`, or pixels `[n, 3, 8 rows, 8 columns]` for the
    /// strided stem.
    ///
    /// # Errors
    /// Input or weights that are not numbers.
    pub fn forward(
        &self,
        x: Tensor<4>,
        gating: impl FnOnce(&GumbelGate, Tensor<4>) -> Result<Gated<4>, gumbel_burn::Error>,
    ) -> Result<Answer, LabError> {
        let (x, gates) = match &self.gate {
            None => (x, None),
            Some(gate) => {
                let Gated { output, gates, keep_probability } = gating(gate, x)?;
                (output, Some((gates, keep_probability)))
            }
        };
        let mut h = self.stem.forward(x);
        if self.pools {
            let options = MaxPoolOptions::new([3, 3], [2, 2], [1, 1], [1, 1], false);
            h = max_pool2d(activation::relu(h), options);
        }
        for stage in &self.stages {
            if let Some(down) = &stage.down {
                h = down.forward(activation::relu(h));
            }
            h = stage.blocks.iter().fold(h, |h, block| block.forward(h));
        }
        let [n, width, rows, columns] = h.dims();
        let pooled = activation::relu(h).reshape([n, width, rows * columns]).mean_dim(2);
        Ok(Answer { logits: self.head.forward(pooled.reshape([n, width])), gates })
    }
}

fn untrained(values: &[f32], device: &Device) -> Param<Tensor<1>> {
    Param::initialized(ParamId::new(), Tensor::from_data(TensorData::from(values), device))
}

fn normal(key: Key, shape: [usize; 4], deviation: f64, device: &Device) -> Param<Tensor<4>> {
    let mut values = vec![0.0_f32; shape.iter().product()];
    noise::normal_into(key, 0, &mut values);
    values.iter_mut().for_each(|x| *x *= deviation as f32);
    let weight = Tensor::from_data(TensorData::new(values, shape), device).require_grad();
    Param::initialized(ParamId::new(), weight)
}
