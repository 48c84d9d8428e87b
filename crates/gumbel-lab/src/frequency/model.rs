//! The network: gate, stem, residual blocks, mean over positions, one linear layer.

use burn::module::{Module, Param, ParamId};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData, activation};
use gumbel::Key;
use gumbel_burn::{Gated, GumbelGate, GumbelGateConfig};
use gumbel_train::values::floats;

use crate::error::LabError;
use crate::frequency::config::{FrequencyConfig, Input, Stem};
use crate::frequency::convolution::{Convolution, Grid, Neighbours, trained};
use crate::frequency::input::Moments;

/// The initial gain of a residual branch. With it the network needs no normalisation: De and Smith,
/// "Batch Normalization Biases Residual Blocks Towards the Identity Function", arXiv 2002.10444.
const INITIAL_GAIN: f32 = 0.2;
/// The trunk halves the grid until it has at most this many rows and columns.
const LAST_GRID: usize = 8;
/// Only stages with at most this many rows and columns have residual blocks, except the last.
const BLOCK_GRID: usize = 16;

/// `x + gain b(relu(a(relu(x))))`, two convolutions 3x3.
#[derive(Module, Debug)]
pub(crate) struct Residual {
    first: Convolution,
    second: Convolution,
    /// `[1]`.
    gain: Param<Tensor<1>>,
}

impl Residual {
    fn new(width: usize, key: Key, device: &Device) -> Self {
        let [first, second] = key.split();
        Self {
            first: Convolution::new(3, width, width, first, device),
            second: Convolution::new(3, width, width, second, device),
            gain: trained(Tensor::from_data(TensorData::new(vec![INITIAL_GAIN], [1]), device)),
        }
    }

    fn forward(&self, x: Tensor<2>, neighbours: &Neighbours) -> Tensor<2> {
        let h = self.first.around(activation::relu(x.clone()), neighbours);
        let h = self.second.around(activation::relu(h), neighbours);
        x + h * self.gain.val().unsqueeze()
    }
}

/// A part of the trunk on one grid: a convolution that halves the grid, except in the first stage, and
/// residual blocks.
#[derive(Module, Debug)]
pub(crate) struct Stage {
    down: Option<Convolution>,
    blocks: Vec<Residual>,
}

/// The shape of a trunk, which [`FrequencyNet`] builds and [`Cost`](crate::frequency::Cost) counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trunk {
    /// Rows and columns of the blocks of an image.
    pub(crate) grid: (usize, usize),
    /// For each stage: rows, columns, channels, residual blocks.
    pub(crate) stages: Vec<(usize, usize, usize, usize)>,
}

impl Trunk {
    /// The trunk for a grid of blocks: a stage on the grid itself, and further stages on half of it, a
    /// quarter, ... until no side is above 8. Channels double with each stage, up to `width`. The last stage
    /// has `blocks` residual blocks; the others have one where no side is above 16.
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

/// The classifier: a network on the coefficients or pixels of JPEGs, with or without a gate.
#[derive(Module, Debug)]
pub struct FrequencyNet {
    gate: Option<GumbelGate>,
    /// 1x1 on the channels of a grid of blocks or patches; 7x7 of stride 4 for the strided stem.
    stem: Convolution,
    stages: Vec<Stage>,
    head: Linear,
    rows: usize,
    columns: usize,
    strided: bool,
    /// The means of the input over the training images: not trained, as are the deviations.
    mean: Param<Tensor<1>>,
    deviation: Param<Tensor<1>>,
}

/// The output of the network for a batch of images.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// `[n, classes]`.
    pub(crate) logits: Tensor<2>,
    /// The gates, `[n, 192]`, and P(on), where there is a gate.
    pub(crate) gates: Option<(Tensor<2>, Tensor<2>)>,
}

impl FrequencyNet {
    /// A network with initial weights for images of `grid` (rows, columns) blocks and `classes` classes.
    ///
    /// Weights are drawn from `key`; the last layer is zero; the gain of a residual branch is 0.2.
    ///
    /// # Errors
    /// Invalid gate settings.
    pub(crate) fn new(
        config: &FrequencyConfig,
        grid: (usize, usize),
        classes: usize,
        moments: &Moments,
        key: Key,
        device: &Device,
    ) -> Result<Self, LabError> {
        let trunk = Trunk::new(config, grid);
        let channels = config.selection().indices().len();
        let gate = config.gate.as_ref().map(|gate| {
            GumbelGateConfig::new(channels)
                .with_initial_keep(gate.initial_keep)
                .with_hard(gate.hard)
                .with_condition(gate.condition)
                .with_squeeze(gate.squeeze)
                .init(key.fold_in(0), device)
        });
        let first = trunk.stages[0].2;
        let (k, inputs) = match config.input {
            Input::Pixels(Stem::Strided) => (7, 3),
            _ => (1, channels),
        };
        let mut width = first;
        let stages = trunk.stages.iter().enumerate().map(|(i, &(_, _, outputs, blocks))| {
            let key = key.fold_in(2 + i as u64);
            let inputs = std::mem::replace(&mut width, outputs);
            Stage {
                down: (i > 0).then(|| Convolution::new(3, inputs, outputs, key, device)),
                blocks: (1..=blocks as u64)
                    .map(|block| Residual::new(outputs, key.fold_in(block), device))
                    .collect(),
            }
        });
        let stages = stages.collect();
        Ok(Self {
            gate: gate.transpose()?,
            stem: Convolution::new(k, inputs, first, key.fold_in(1), device),
            stages,
            head: Linear {
                weight: trained(Tensor::zeros([width, classes], device)),
                bias: Some(trained(Tensor::zeros([classes], device))),
            },
            rows: grid.0,
            columns: grid.1,
            strided: config.input == Input::Pixels(Stem::Strided),
            mean: untrained(&moments.mean, device),
            deviation: untrained(&moments.deviation, device),
        })
    }

    /// The means and deviations that standardise images before the network reads them.
    pub(crate) fn moments(&self) -> Moments {
        Moments { mean: floats(self.mean.val()), deviation: floats(self.deviation.val()) }
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.head.weight.val().dims()[1]
    }

    /// The gate; `None` for a network without a gate.
    pub fn gate(&self) -> Option<&GumbelGate> {
        self.gate.as_ref()
    }

    /// Computes the class logits of images; `gating` applies the gate.
    ///
    /// `x` is standardised, `[n, channels, rows * columns]`; for the strided stem it holds pixels,
    /// `[n, 3, 64 * rows * columns]`.
    ///
    /// # Errors
    /// Input or weights that are not finite.
    pub(crate) fn forward(
        &self,
        x: Tensor<3>,
        gating: impl FnOnce(&GumbelGate, Tensor<3>) -> Result<Gated<3>, gumbel_burn::Error>,
    ) -> Result<Output, LabError> {
        let (x, gates) = match &self.gate {
            None => (x, None),
            Some(gate) => {
                let Gated { output, gates, keep_probability } = gating(gate, x)?;
                (output, Some((gates, keep_probability)))
            }
        };
        let ([n, channels, positions], device) = (x.dims(), x.device());
        let x = x.swap_dims(1, 2).reshape([n * positions, channels]);
        let mut grid = Grid { images: n, rows: self.rows, columns: self.columns };
        let mut h = match self.strided {
            false => self.stem.pointwise(x),
            true => {
                let pixels = Grid { images: n, rows: 8 * self.rows, columns: 8 * self.columns };
                let around = Neighbours::new(pixels, 7, 4, &device);
                let h = activation::relu(self.stem.around(x, &around));
                // After a ReLU nothing is below 0, so the zero padding does not change a maximum.
                let [_, width] = h.dims();
                let pooled = Neighbours::new(around.grid, 3, 2, &device).gather(h).max_dim(1);
                pooled.reshape([n * grid.rows * grid.columns, width])
            }
        };
        for stage in &self.stages {
            if let Some(down) = &stage.down {
                let halved = Neighbours::new(grid, 3, 2, &device);
                h = down.around(activation::relu(h), &halved);
                grid = halved.grid;
            }
            if !stage.blocks.is_empty() {
                let around = Neighbours::new(grid, 3, 1, &device);
                h = stage.blocks.iter().fold(h, |h, block| block.forward(h, &around));
            }
        }
        let [_, width] = h.dims();
        let pooled = activation::relu(h).reshape([n, grid.rows * grid.columns, width]).mean_dim(1);
        Ok(Output { logits: self.head.forward(pooled.reshape([n, width])), gates })
    }
}

fn untrained(values: &[f32], device: &Device) -> Param<Tensor<1>> {
    Param::initialized(ParamId::new(), Tensor::from_data(TensorData::from(values), device))
}
