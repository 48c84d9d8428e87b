//! Parameters and operations of a network.

use crate::frequency::channels::CHANNELS;
use crate::frequency::config::{FrequencyConfig, Input, Stem};
use crate::frequency::model::Plan;

/// What a network costs.
///
/// A multiplication with its addition counts as two floating-point operations. Convolutions and linear
/// layers are counted, with the zeros around an image; ReLU, pooling and sums over positions are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Trained numbers.
    pub parameters: usize,
    /// Floating-point operations to classify an image, the gate's included.
    pub flop: usize,
    /// The gate's part of them.
    pub gate_flop: usize,
}

impl Cost {
    /// The cost of the network of some settings, on images of `grid` (rows, columns) blocks.
    pub fn of(config: &FrequencyConfig, grid: (usize, usize), classes: usize) -> Self {
        let plan = Plan::new(config, grid);
        let channels = config.selection().indices().len();
        let mut cost = Self { parameters: 0, flop: 0, gate_flop: 0 };
        if let Some(gate) = &config.gate {
            cost.parameters += 2 * CHANNELS;
            if gate.condition == gumbel_burn::GateCondition::PerExample {
                cost.parameters += CHANNELS * CHANNELS + CHANNELS + 2 * CHANNELS;
                // Squeeze, the linear layer, two logits a channel.
                cost.gate_flop =
                    CHANNELS * grid.0 * grid.1 + 2 * CHANNELS * CHANNELS + 4 * CHANNELS;
            }
            // The product of gate and channel.
            cost.gate_flop += CHANNELS * grid.0 * grid.1;
            cost.flop += cost.gate_flop;
        }
        let mut convolution = |inputs: usize, outputs: usize, k: usize, positions: usize| {
            let weights = inputs * outputs * k * k;
            cost.parameters += weights + outputs;
            cost.flop += 2 * weights * positions;
        };
        let first = plan.stages[0].2;
        match config.input {
            // Of stride 4: two positions for each block in each direction.
            Input::Pixels(Stem::Strided) => convolution(3, first, 7, 4 * grid.0 * grid.1),
            _ => convolution(channels, first, 1, grid.0 * grid.1),
        }
        let (mut width, mut gains) = (first, 0);
        for (i, &(rows, columns, outputs, blocks)) in plan.stages.iter().enumerate() {
            if i > 0 {
                convolution(width, outputs, 3, rows * columns);
            }
            for _ in 0..2 * blocks {
                convolution(outputs, outputs, 3, rows * columns);
            }
            (width, gains) = (outputs, gains + blocks);
        }
        convolution(width, classes, 1, 1);
        cost.parameters += gains;
        cost
    }
}
