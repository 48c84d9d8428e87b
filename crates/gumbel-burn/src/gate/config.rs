//! The configuration of a gate.

use burn::config::Config;
use burn::module::Param;
use burn::tensor::{Device, TensorData};
use gumbel::Key;
use serde::{Deserialize, Serialize};

use super::GumbelGate;
use super::per_example::{GateSqueeze, PerExample};
use crate::error::Error;

/// The input that the choice of channels may depend on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateCondition {
    /// The example: logits are computed from the channels of the example ("dynamic" in the paper).
    #[default]
    PerExample,
    /// No input: two logits for each channel, the same for all examples. Feature selection.
    Static,
}

/// Configuration of a [`GumbelGate`].
///
/// ```text
/// per example:  s[i, c] = squeeze of x[i, c, ...]
///               h = relu(s W + w),   (off, on)[i, c] = h[i, c] a[c] + b[c]
/// static:       (off, on)[i, c] = b[c]
/// ```
///
/// Initially W and w are uniform on (-1/sqrt(c), 1/sqrt(c)), a is N(0, `init_std`^2), and b has
/// sigmoid(on - off) = `initial_keep`. The paper starts with off 0.1 and on 2, which is 0.87.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::{GateCondition, GumbelGateConfig};
/// let config = GumbelGateConfig::new(4).with_initial_keep(0.5).with_condition(GateCondition::Static);
/// let gate = config.init(Key::new(1), &Device::flex())?;
/// let p = gate.keep_probability(Tensor::<2>::zeros([1, 4], &Device::flex()))?;
/// assert_eq!(p.into_data().try_to_vec::<f32>().unwrap(), [0.5; 4]);
/// let refused = config.with_initial_keep(1.0).init(Key::new(1), &Device::flex()).unwrap_err();
/// assert_eq!(refused.to_string(), "initial_keep: expected a probability above 0 and below 1, found 1");
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Config, Debug)]
pub struct GumbelGateConfig {
    /// The number of channels, c.
    pub channels: usize,
    /// The probability that a new gate is on, P(on).
    #[config(default = 0.87)]
    pub initial_keep: f64,
    /// Whether gates are 0 or 1 in training, with the gradient of the soft gates (straight-through).
    #[config(default = true)]
    pub hard: bool,
    /// The input that the choice may depend on.
    #[config(default = "GateCondition::PerExample")]
    pub condition: GateCondition,
    /// The rule by which a per-example gate reduces each channel to one number.
    #[config(default = "GateSqueeze::Mean")]
    pub squeeze: GateSqueeze,
    /// The standard deviation of the last weights, a, of a new per-example gate.
    #[config(default = 1e-3)]
    pub init_std: f64,
}

impl GumbelGateConfig {
    /// Makes the gate; its initial weights are a function of `key`.
    ///
    /// # Errors
    /// No channels, an `initial_keep` that is not above 0 and below 1, an `init_std` that is not from 0
    /// to 1e6.
    pub fn init(&self, key: Key, device: &Device) -> Result<GumbelGate, Error> {
        let Self { channels, initial_keep, hard, condition, squeeze, init_std } = *self;
        if channels == 0 {
            let expected = "at least 1";
            Err(gumbel::Error::Integer { argument: "channels", expected, found: 0 })?;
        }
        if !(initial_keep > 0.0 && initial_keep < 1.0) {
            let expected = "a probability above 0 and below 1";
            let (argument, found) = ("initial_keep", initial_keep);
            Err(gumbel::Error::Parameter { argument, expected, found })?;
        }
        if !(0.0..=1e6).contains(&init_std) {
            let expected = "a number from 0 to 1e6";
            Err(gumbel::Error::Parameter { argument: "init_std", expected, found: init_std })?;
        }
        let per_example = match condition {
            GateCondition::Static => None,
            GateCondition::PerExample => {
                Some(PerExample::new(squeeze, channels, init_std, key, device)?)
            }
        };
        // Only the difference of the two counts.
        let bias = [0.0, (initial_keep / (1.0 - initial_keep)).ln() as f32].repeat(channels);
        let bias = Param::from_data(TensorData::new(bias, [channels, 2]), device);
        Ok(GumbelGate { per_example, bias, hard })
    }
}
