//! `Cost`: the parameters and operations of a network.

use crate::frequency::channels::CHANNELS;
use crate::frequency::config::{FrequencyConfig, Input, Stem};
use crate::frequency::model::Trunk;

/// The cost of a network.
///
/// A multiplication with its addition counts as two floating-point operations. Convolutions (with the zero
/// padding) and linear layers are counted; ReLU, pooling and sums over positions are not.
///
/// ```
/// use gumbel_lab::frequency::{Cost, FrequencyConfig, Selection};
///
/// let all = FrequencyConfig::defaults("photographs").with_channels(&Selection::all(), "all".to_owned());
/// let cost = Cost::of(&all, (4, 4), 10);
/// assert_eq!(cost.parameters, 160_716);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The number of trained parameters.
    pub parameters: usize,
    /// Floating-point operations to classify an image, including the gate.
    pub flop: usize,
    /// The operations of the gate, which are a part of `flop`.
    pub gate_flop: usize,
}

impl Cost {
    /// Counts the cost of the network that `config` describes, on images of `grid` (rows, columns) blocks.
    pub fn of(config: &FrequencyConfig, grid: (usize, usize), classes: usize) -> Self {
        let trunk = Trunk::new(config, grid);
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
        let first = trunk.stages[0].2;
        match config.input {
            // Stride 4: two positions for each block in each direction.
            Input::Pixels(Stem::Strided) => convolution(3, first, 7, 4 * grid.0 * grid.1),
            _ => convolution(channels, first, 1, grid.0 * grid.1),
        }
        let (mut width, mut gains) = (first, 0);
        for (i, &(rows, columns, outputs, blocks)) in trunk.stages.iter().enumerate() {
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

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use gumbel::Key;
    use gumbel_burn::GateCondition;

    use super::*;
    use crate::frequency::channels::Selection;
    use crate::frequency::input::Moments;
    use crate::frequency::model::FrequencyNet;
    use gumbel_train::parameters;

    const CLASSES: usize = 10;

    fn kinds(base: &FrequencyConfig) -> Vec<FrequencyConfig> {
        let mut all_images = base.clone();
        all_images.gate.as_mut().unwrap().condition = GateCondition::Static;
        let low = Selection::low(24).unwrap();
        vec![
            base.clone(),
            all_images,
            base.clone().with_channels(&Selection::all(), "all".to_owned()),
            base.clone().with_channels(&low, "the lowest".to_owned()),
            base.clone().on_pixels(Stem::Patch),
            base.clone().on_pixels(Stem::Strided),
        ]
    }

    /// The shapes of the trained parameters of a network, by name.
    fn leaves(config: &FrequencyConfig, grid: (usize, usize)) -> Vec<(String, Vec<usize>)> {
        let device = Device::flex().autodiff();
        let moments = Moments::placeholder(config);
        let net = FrequencyNet::new(config, grid, CLASSES, &moments, Key::new(1), &device).unwrap();
        let leaves = parameters::collect(&net).into_iter().filter(|leaf| leaf.trained);
        let shape = |leaf: parameters::Leaf| {
            parameters::to_data(leaf.rank, leaf.value).shape().iter().copied().collect()
        };
        leaves.map(|leaf| (leaf.name.clone(), shape(leaf))).collect()
    }

    /// Each matrix is multiplied once at each position of its grid; the grid halves with each stage.
    #[test]
    fn costs_equal_those_counted_from_the_network() {
        for grid in [(4, 4), (13, 13), (5, 12), (32, 32)] {
            let base = FrequencyConfig { width: 12, blocks: 3, ..FrequencyConfig::defaults("x") };
            for config in kinds(&base) {
                let (blocks, cost) = (grid.0 * grid.1, Cost::of(&config, grid, CLASSES));
                let (mut parameters, mut flop, mut gate) = (0, 0, 0);
                for (name, shape) in leaves(&config, grid) {
                    let size = shape.iter().product::<usize>();
                    parameters += size;
                    let parts: Vec<&str> = name.split('.').collect();
                    match (parts[0], shape.len()) {
                        // Logits of each channel: a multiplication and an addition each, after h.
                        ("gate", 2) if parts.last() == Some(&"bias") => {}
                        ("gate", 2) => gate += 2 * size,
                        ("stem", 2) => {
                            // 7x7 of stride 4 is applied at 2 x 2 places of each block.
                            let places = if size == 147 * shape[1] { 4 } else { 1 };
                            flop += 2 * size * places * blocks;
                        }
                        ("stages", 2) => {
                            let side = |n: usize| n.div_ceil(1 << parts[1].parse::<u32>().unwrap());
                            flop += 2 * size * side(grid.0) * side(grid.1);
                        }
                        ("head", 2) => flop += 2 * size,
                        (_, 1) => {}
                        other => panic!("{name}: {other:?}"),
                    }
                }
                if let Some(settings) = &config.gate {
                    // Each coefficient is multiplied by its gate. Where the choice depends on the image,
                    // absolute values are summed, too.
                    let squeezes = settings.condition == GateCondition::PerExample;
                    gate += CHANNELS * blocks * if squeezes { 2 } else { 1 };
                }
                let expected = Cost { parameters, flop: flop + gate, gate_flop: gate };
                assert_eq!(cost, expected, "{} at {grid:?}", config.kind());
            }
        }
    }

    /// With the defaults, on every square grid up to the largest default.
    #[test]
    fn an_image_costs_less_than_60_mflop() {
        for config in kinds(&FrequencyConfig::defaults("photographs")) {
            for side in 1..=32 {
                let mflop = Cost::of(&config, (side, side), CLASSES).flop as f64 / 1e6;
                assert!(mflop <= 60.0, "{} at {side}x{side}: {mflop} MFLOP", config.kind());
            }
        }
    }
}
