//! A gate on the channels of a tensor: which channels to keep, learned through Gumbel-Softmax.

mod config;
mod penalty;
mod per_example;

use burn::module::{Module, Param};
use burn::tensor::{Tensor, activation};
use gumbel::{Axis, Key};
use serde::{Deserialize, Serialize};

use crate::backend::Choice;
use crate::check;
use crate::error::Error;
use crate::noise::Noise;
use crate::relax::{gumbel_softmax, straight_through_gumbel_softmax};

pub use config::{GateCondition, GumbelGateConfig};
pub use penalty::GatePenalty;
pub use per_example::GateSqueeze;
use per_example::PerExample;

/// A layer that keeps or drops each channel of each example.
///
/// Channel c of example i is multiplied by its gate g. In training, [`sample`](GumbelGate::sample) draws the
/// gate:
///
/// ```text
/// g[i, c] = the "on" entry of softmax((l[i, c] + G[i, c]) / tau),   l[i, c] = (off, on), G Gumbel noise
/// hard:     the "on" entry of onehot(argmax(l[i, c] + G[i, c])), with the gradient of the line above
/// P(on)   = sigmoid(on - off)
/// ```
///
/// In evaluation, [`decide`](GumbelGate::decide) uses no noise and no key: the same bits every time.
/// [`GumbelGateConfig`] says how the logits l are computed. The example `feature_selection` uses a static
/// gate to choose columns of a table.
///
/// # Shapes
/// - x: `[n, c, ...]`, rank 2 or more: examples, channels, positions. `[n, c]` is a table.
/// - logits: `[n, c, 2]`, off first; gates and probabilities: `[n, c]`.
///
/// # Contract
/// - The noise of example i depends on the key and the number of the example, so a part of a batch draws the
///   same gates as in the whole batch, with the noise that [`noise`](GumbelGate::noise) returns for it.
/// - P(g > 1/2) = P(on) at every temperature. The gradient is exact for the soft gate. For the hard gate the
///   gradient is biased: it takes the slope of the loss at the state drawn for the difference between on and
///   off. With one channel and tau = 1, a loss linear in g gets 0.67 of the true gradient at P(on) = 0.5 and
///   1.04 of it at 0.87; (g - 0.45)^2 gets 0.67 and 7.1. With two channels even the sign can differ.
///   `tests/gate/bias.rs` computes and measures this bias.
/// - Nothing is normalised. The paper's gate has a batch normalisation; that normalisation would tie the
///   parts of a batch together and keep a running state. Channels are expected to have mean 0 and deviation 1
///   or so over the data.
/// - Half precision: x may be `f16` or `bf16`; the gate is computed in the type of its parameters.
///
/// Xu, Qin, Sun, Wang, Chen and Ren, "Learning in the Frequency Domain", arXiv 2002.12416, section 3.2.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::{GateEvaluation, GatePenalty, GumbelGateConfig, TemperatureSchedule};
///
/// let device = Device::flex().autodiff();
/// let gate = GumbelGateConfig::new(3).init(Key::new(1), &device)?;
/// // Two images of three channels and 4 x 4 positions.
/// let x = Tensor::<4>::ones([2, 3, 4, 4], &device);
///
/// // Training: each step has its temperature and a key of its own.
/// let (run_key, schedule) = (Key::new(7), TemperatureSchedule::linear(1.0, 0.5, 3)?);
/// for step in 0..3 {
///     let gated = gate.sample(x.clone(), schedule.tau(step), run_key.fold_in(step))?;
///     assert_eq!(gated.output.dims(), [2, 3, 4, 4]);
///     assert_eq!(gated.gates.dims(), [2, 3]);
///     let penalty = GatePenalty::mean(0.1)?.loss(gated.gates)?;
///     let grads = (gated.output.mean() + penalty).backward();
///     # let _ = grads;
/// }
///
/// // Evaluation. P(on) starts at 0.87, so all is kept.
/// let kept = gate.decide(x, GateEvaluation::Threshold)?;
/// assert_eq!(kept.gates.into_data().try_to_vec::<f32>().unwrap(), [1.0; 6]);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct GumbelGate {
    per_example: Option<PerExample>,
    /// b, `[c, 2]`.
    bias: Param<Tensor<2>>,
    /// Whether gates are 0 or 1 in training, with the gradient of the soft gates (straight-through).
    pub hard: bool,
}

/// The rule by which [`GumbelGate::decide`] turns P(on) into a gate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateEvaluation {
    /// The gate is 1 if P(on) > 1/2, that is if on > off; else 0. A tie is off.
    #[default]
    Threshold,
    /// The gate is P(on) itself: the mean of a sampled hard gate.
    Expectation,
}

/// The result of [`GumbelGate::sample`] or [`GumbelGate::decide`]: the output, the gates and their
/// probabilities.
#[derive(Clone, Debug)]
pub struct Gated<const D: usize> {
    /// The input with each channel multiplied by its gate, `[n, c, ...]`, in the element type of the input.
    pub output: Tensor<D>,
    /// The gates, by which the channels were multiplied, `[n, c]`.
    pub gates: Tensor<2>,
    /// The probability P(on) of each gate, `[n, c]`.
    pub keep_probability: Tensor<2>,
}

impl GumbelGate {
    /// The number of channels, c.
    pub fn channels(&self) -> usize {
        self.bias.val().dims()[0]
    }

    /// The noise of a part of a batch: of the examples from number `first` on, for the batch key `key`.
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use gumbel::Key;
    /// let device = Device::flex();
    /// let gate = gumbel_burn::GumbelGateConfig::new(5).init(Key::new(1), &device)?;
    /// let x = Tensor::<2>::ones([6, 5], &device);
    /// let (run_key, step) = (Key::new(7), 300);
    /// let key = run_key.fold_in(step);
    /// let whole = gate.sample(x.clone(), 0.5, key)?.gates.narrow(0, 4, 2);
    /// let part = gate.sample(x.narrow(0, 4, 2), 0.5, gate.noise(key, 4))?.gates;
    /// assert_eq!(whole.into_data(), part.into_data());
    /// # Ok::<(), gumbel_burn::Error>(())
    /// ```
    pub fn noise(&self, key: Key, first: u64) -> Noise<Tensor<3>> {
        Noise::Keyed { key, offset: first.wrapping_mul(2 * self.channels() as u64) }
    }

    /// Computes the logits `[n, c, 2]` of (off, on).
    ///
    /// # Errors
    /// x of rank 1, of another number of channels, without positions, or with a value that is not finite.
    pub fn logits<const D: usize>(&self, x: Tensor<D>) -> Result<Tensor<3>, Error> {
        check::channels(&x, self.channels())?;
        check::finite("x", &check::widen("x", x.clone())?)?;
        let bias = self.bias.val().unsqueeze::<3>();
        Ok(match &self.per_example {
            Some(per_example) => per_example.logits(x) + bias,
            None => bias.expand([x.dims()[0], self.channels(), 2]),
        })
    }

    /// Returns P(on) = sigmoid(on - off), `[n, c]`.
    ///
    /// # Errors
    /// As [`logits`](GumbelGate::logits); also logits that have overflowed.
    pub fn keep_probability<const D: usize>(&self, x: Tensor<D>) -> Result<Tensor<2>, Error> {
        let logits = self.logits(x)?;
        check_pairs(&logits)?;
        Ok(activation::sigmoid(log_odds(logits)))
    }

    /// Draws the gates at temperature `tau` and multiplies the channels by the gates: for training.
    ///
    /// `noise`: a [`Key`], the [`noise`](GumbelGate::noise) of a part of a batch, or a tensor of Gumbel
    /// noise `[n, c, 2]`. Gradients pass to the input, through the output and through the logits, and to the
    /// parameters; not to the noise.
    ///
    /// # Errors
    /// As [`logits`](GumbelGate::logits) and [`gumbel_softmax`](crate::gumbel_softmax).
    pub fn sample<const D: usize>(
        &self,
        x: Tensor<D>,
        tau: f64,
        noise: impl Into<Noise<Tensor<3>>>,
    ) -> Result<Gated<D>, Error> {
        let logits = self.logits(x.clone())?;
        let sample = match self.hard {
            false => gumbel_softmax(logits.clone(), -1, tau, noise)?,
            true => straight_through_gumbel_softmax(logits.clone(), -1, tau, noise)?,
        };
        let gates = sample.narrow(2, 1, 1).squeeze_dim(2);
        Ok(multiply(x, gates, activation::sigmoid(log_odds(logits))))
    }

    /// Computes the gates without noise and multiplies the channels by the gates: for evaluation.
    ///
    /// The field [`hard`](GumbelGate::hard) has no effect, and there is no temperature. A gate by
    /// [`GateEvaluation::Threshold`] has no gradient; a gate by [`GateEvaluation::Expectation`] has the
    /// gradient of P(on).
    ///
    /// # Errors
    /// As [`keep_probability`](GumbelGate::keep_probability).
    pub fn decide<const D: usize>(
        &self,
        x: Tensor<D>,
        evaluation: GateEvaluation,
    ) -> Result<Gated<D>, Error> {
        let logits = self.logits(x.clone())?;
        check_pairs(&logits)?;
        let log_odds = log_odds(logits);
        let keep_probability = activation::sigmoid(log_odds.clone());
        let gates = match evaluation {
            GateEvaluation::Threshold => {
                let dtype = log_odds.dtype();
                log_odds.detach().greater_scalar(0.0).float().cast(dtype)
            }
            GateEvaluation::Expectation => keep_probability.clone(),
        };
        Ok(multiply(x, gates, keep_probability))
    }
}

/// Checks logits that no sampler checks.
fn check_pairs(logits: &Tensor<3>) -> Result<(), Error> {
    check::logits(&check::widen("logits", logits.clone())?, Choice::Classes(Axis::from(2)))
}

/// on - off, `[n, c]`.
fn log_odds(logits: Tensor<3>) -> Tensor<2> {
    let [off, on] = [0, 1].map(|i| logits.clone().narrow(2, i, 1).squeeze_dim(2));
    on - off
}

/// Multiplies each channel by its gate.
fn multiply<const D: usize>(
    x: Tensor<D>,
    gates: Tensor<2>,
    keep_probability: Tensor<2>,
) -> Gated<D> {
    let dtype = x.dtype();
    let [n, c] = gates.dims();
    let mut shape = [1; D];
    (shape[0], shape[1]) = (n, c);
    let output = x * gates.clone().cast(dtype).reshape(shape);
    Gated { output, gates, keep_probability }
}
