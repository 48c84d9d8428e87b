//! `CategoricalPolicy`: the law of an agent's action, from logits on tensors.

use burn::tensor::{Bool, Int, Tensor, TensorData, activation};
use gumbel::Key;

use crate::check;
use crate::error::Error;
use crate::likelihood::categorical_entropy;
use crate::relax::{gumbel_softmax, straight_through_gumbel_softmax};

/// The law of an agent's action, for n agents or environments at once.
///
/// ```text
/// pi(a | s) = softmax(l / T)_a     over the allowed actions, 0 for the others
/// ```
///
/// `logits`: `[n, k]`, one row for each environment; T the temperature of the policy, 1 unless it is set. An action
/// that is not allowed has probability exactly 0, is never drawn, and its logit gets no gradient. Probabilities,
/// entropy and log-probabilities have gradients; samples are exact and have none. [`relaxed`](Self::relaxed) and
/// [`straight_through`](Self::straight_through) are samples that a gradient passes through.
///
/// The temperature of a *policy* makes the agent more or less random. The temperature of a *relaxation*, tau, makes a
/// sample more or less like a one-hot vector, and leaves the law of its largest entry as it is.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::CategoricalPolicy;
///
/// // Forward, back, left or right. In the second environment a wall is on the left and on the right.
/// let device = Device::flex().autodiff();
/// let logits = Tensor::<2>::from_floats([[4.0, 1.0, 1.0, 0.0]; 2], &device).require_grad();
/// let allowed = [true, true, true, true, true, true, false, false];
/// let policy = CategoricalPolicy::new(logits.clone())?.with_allowed(&allowed)?;
/// let p = policy.probabilities().into_data().try_to_vec::<f32>().unwrap();
/// assert_eq!(p[6..], [0.0, 0.0]);
///
/// // Each environment has a key of its own, so its action does not depend on the others.
/// let keys = [Key::new(7).fold_in(0), Key::new(7).fold_in(1)];
/// let actions = policy.sample(&keys)?;
/// assert_eq!(policy.greedy(), [0, 0]);
///
/// // The surrogate of REINFORCE, with returns 1 and 2.
/// let returns = Tensor::<1>::from_floats([1.0, 2.0], &device);
/// let surrogate = (policy.ln_probability(&actions)? * returns).neg().sum();
/// let gradient = logits.grad(&surrogate.backward()).unwrap();
/// assert_eq!(gradient.into_data().try_to_vec::<f32>().unwrap()[6..], [0.0, 0.0]);
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct CategoricalPolicy {
    /// Logits over the temperature; -inf for actions that are not allowed.
    logits: Tensor<2>,
}

impl CategoricalPolicy {
    /// Makes the policy of some logits, `[n, k]`. A logit of -inf is an action that is not allowed.
    ///
    /// # Errors
    /// No actions, NaN or +inf logits, a row of -inf only.
    pub fn new(logits: Tensor<2>) -> Result<Self, Error> {
        check::logits(
            &check::widen("logits", logits.clone())?,
            crate::backend::Choice::Classes(check::axis(&logits, 1)?.0),
        )?;
        Ok(Self { logits })
    }

    /// Leaves only the actions that are allowed: `allowed` has n rows of k.
    ///
    /// # Errors
    /// Another number of flags, an environment without an allowed action.
    pub fn with_allowed(self, allowed: &[bool]) -> Result<Self, Error> {
        let [n, k] = self.logits.dims();
        length("allowed", n * k, allowed.len())?;
        let refused: Vec<bool> = allowed.iter().map(|allowed| !allowed).collect();
        let refused = TensorData::new(refused, [n, k]);
        let refused = Tensor::<2, Bool>::from_data(refused, &self.logits.device());
        Self::new(self.logits.mask_fill(refused, f32::NEG_INFINITY))
    }

    /// Divides the logits by a temperature: below 1 the agent is less random, above 1 more.
    ///
    /// Where a difference of quotients is too large for `f32`, the largest logit of each row is subtracted first, which
    /// leaves the policy as it is; an action whose quotient is then below all `f32` numbers has probability 0.
    ///
    /// # Errors
    /// A temperature that is not a finite number above 0, or so small that it is 0 in `f32`.
    pub fn with_temperature(self, temperature: f64) -> Result<Self, Error> {
        gumbel::check::temperature(temperature)?;
        if temperature as f32 == 0.0 {
            let (argument, expected) = ("temperature", "a number above 0 in f32");
            return Err(
                gumbel::Error::Value { argument, expected, index: 0, found: temperature }.into()
            );
        }
        let finite = self.rows().into_iter().filter(|logit| logit.is_finite());
        let largest = finite.fold(0.0, |most: f32, logit| most.max(logit.abs()));
        // Differences of quotients must be numbers of f32, too.
        if f64::from(largest) / temperature < f64::from(f32::MAX) / 2.0 {
            return Ok(Self { logits: self.logits.div_scalar(temperature) });
        }
        let largest = self.logits.clone().detach().max_dim(1);
        Self::new((self.logits - largest).div_scalar(temperature))
    }

    /// The number of environments and of actions.
    pub fn dims(&self) -> [usize; 2] {
        self.logits.dims()
    }

    /// The probabilities, `[n, k]`.
    pub fn probabilities(&self) -> Tensor<2> {
        activation::softmax(self.logits.clone(), 1)
    }

    /// The logarithms of the probabilities, `[n, k]`; -inf for an action that is not allowed.
    pub fn ln_probabilities(&self) -> Tensor<2> {
        activation::log_softmax(self.logits.clone(), 1)
    }

    /// The logarithm of the probability of the action of each environment, `[n]`.
    ///
    /// # Errors
    /// Another number of actions, an action that does not exist.
    pub fn ln_probability(&self, actions: &[usize]) -> Result<Tensor<1>, Error> {
        let [n, k] = self.dims();
        length("actions", n, actions.len())?;
        if let Some(index) = actions.iter().position(|&action| action >= k) {
            let (expected, found) = ("the number of an action", actions[index] as f64);
            return Err(gumbel::Error::Value { argument: "actions", expected, index, found }.into());
        }
        let actions: Vec<i64> = actions.iter().map(|&action| action as i64).collect();
        let data = TensorData::new(actions, [n, 1]);
        let actions = Tensor::<2, Int>::from_data(data, &self.logits.device());
        Ok(self.ln_probabilities().gather(1, actions).flatten(0, 1))
    }

    /// The entropy of the action of each environment in nats, `[n]`, with a gradient.
    ///
    /// # Errors
    /// Logits that an operation before made NaN.
    pub fn entropy(&self) -> Result<Tensor<1>, Error> {
        Ok(categorical_entropy(self.logits.clone(), 1)?.flatten(0, 1))
    }

    /// Draws an action for each row, exactly, by [`gumbel::gumbel_max`]. `keys` has one key for each environment.
    ///
    /// With fewer keys than rows, the rows of an environment are those of its agents in sequence, the same number for
    /// each, and their actions are independent. The actions of an environment depend on its key and its rows alone.
    /// They are numbers, without a gradient.
    ///
    /// # Errors
    /// A number of keys that does not divide the number of rows; logits that an operation before made NaN.
    pub fn sample(&self, keys: &[Key]) -> Result<Vec<usize>, Error> {
        let [n, k] = self.dims();
        let agents = n / keys.len().max(1);
        length("keys", n, agents * keys.len())?;
        let mut actions = Vec::with_capacity(n);
        for (rows, &key) in self.rows().chunks(agents.max(1) * k).zip(keys) {
            actions.extend(gumbel::gumbel_max(rows, k, key)?);
        }
        Ok(actions)
    }

    /// The most probable action of each environment, for evaluation; of equal ones the first.
    pub fn greedy(&self) -> Vec<usize> {
        let [_, k] = self.dims();
        let best =
            |row: &[f32]| (1..k).fold(0, |best, i| if row[i] > row[best] { i } else { best });
        self.rows().chunks_exact(k).map(best).collect()
    }

    /// Draws a relaxed action for each environment, `[n, k]`: Gumbel-Softmax at temperature `tau`.
    ///
    /// # Errors
    /// As [`gumbel_softmax`].
    pub fn relaxed(&self, tau: f64, key: Key) -> Result<Tensor<2>, Error> {
        gumbel_softmax(self.logits.clone(), 1, tau, key)
    }

    /// Draws a one-hot action for each environment, `[n, k]`, with the derivative of the relaxed one: straight-through
    /// Gumbel-Softmax at temperature `tau`.
    ///
    /// # Errors
    /// As [`straight_through_gumbel_softmax`].
    pub fn straight_through(&self, tau: f64, key: Key) -> Result<Tensor<2>, Error> {
        straight_through_gumbel_softmax(self.logits.clone(), 1, tau, key)
    }

    /// The logits as numbers.
    fn rows(&self) -> Vec<f32> {
        self.logits.to_data().iter::<f32>().collect()
    }
}

/// Checks the length of a list.
fn length(argument: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if expected == found {
        return Ok(());
    }
    Err(gumbel::Error::Length { argument, expected, found }.into())
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn policy(device: &Device) -> CategoricalPolicy {
        // Forward, back, left or right with probability .9, .05, .05 and 0.
        let p = Tensor::<2>::from_floats([[0.9, 0.05, 0.05, 0.0]; 3], device);
        CategoricalPolicy::new(p.log()).unwrap()
    }

    fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().iter::<f32>().collect()
    }

    #[test]
    fn an_action_of_probability_0_is_never_drawn_and_gets_no_gradient() {
        let device = Device::flex().autodiff();
        let logits = Tensor::<2>::zeros([1_000, 4], &device).require_grad();
        let allowed = [true, false, true, true].repeat(1_000);
        let policy =
            CategoricalPolicy::new(logits.clone()).unwrap().with_allowed(&allowed).unwrap();
        let keys: Vec<Key> = (0..1_000).map(|i| Key::new(3).fold_in(i)).collect();
        let actions = policy.sample(&keys).unwrap();
        assert!(actions.iter().all(|&action| action != 1));
        let objective = policy.ln_probability(&actions).unwrap() + policy.entropy().unwrap();
        let weights = Tensor::from_data(
            TensorData::new(
                (0..1_000).map(|i| i as f32 / 500.0 - 1.0).collect::<Vec<f32>>(),
                [1_000],
            ),
            &device,
        );
        let gradient = numbers(logits.grad(&(objective * weights).sum().backward()).unwrap());
        assert!(gradient.iter().all(|x| x.is_finite()));
        assert!(gradient.iter().skip(1).step_by(4).all(|&x| x == 0.0));
        assert!(gradient.iter().any(|&x| x != 0.0));
        for sample in [policy.relaxed(0.5, Key::new(1)), policy.straight_through(0.5, Key::new(1))]
        {
            assert!(numbers(sample.unwrap()).iter().skip(1).step_by(4).all(|&x| x == 0.0));
        }
    }

    #[test]
    fn an_environment_has_the_same_action_alone_and_among_others() {
        let policy = policy(&Device::flex());
        let keys = [5, 6, 7].map(Key::new);
        let together = policy.sample(&keys).unwrap();
        let row = numbers(policy.logits.clone().narrow(0, 0, 1));
        for (key, action) in keys.into_iter().zip(together) {
            assert_eq!(gumbel::gumbel_max(&row, 4, key).unwrap(), [action]);
        }
    }

    #[test]
    fn the_surrogate_has_the_score_as_its_gradient() {
        let device = Device::flex().autodiff();
        let logits = Tensor::<2>::from_floats([[0.3, -1.0, 0.5, 2.0]], &device).require_grad();
        let policy = CategoricalPolicy::new(logits.clone()).unwrap().with_temperature(2.0).unwrap();
        let p = numbers(policy.probabilities().detach());
        let gradients = policy.ln_probability(&[2]).unwrap().sum().backward();
        let found = numbers(logits.grad(&gradients).unwrap());
        for (i, (found, p)) in found.iter().zip(&p).enumerate() {
            let score = (f32::from(i == 2) - p) / 2.0;
            assert!((found - score).abs() < 1e-6, "{i}: {found} {score}");
        }
        let entropy: f32 = p.iter().map(|p| -p * p.ln()).sum();
        assert!((numbers(policy.entropy().unwrap())[0] - entropy).abs() < 1e-6);
    }

    #[test]
    fn a_tiny_temperature_takes_the_most_probable_action_and_not_infinity_or_nan() {
        let device = Device::flex().autodiff();
        let rows = [[3.0, -1.0, 2.0], [-3.0, -5.0, f32::NEG_INFINITY], [1.0, 1.0, 0.0]];
        let logits = Tensor::<2>::from_floats(rows, &device).require_grad();
        let expected = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.5, 0.5, 0.0];
        for temperature in [1e-30, 1e-38, 1e-44] {
            let policy = CategoricalPolicy::new(logits.clone()).unwrap();
            let policy = policy.with_temperature(temperature).unwrap();
            assert_eq!(numbers(policy.probabilities()), expected, "{temperature}");
            let entropy = numbers(policy.entropy().unwrap());
            assert!(entropy[0] == 0.0 && (entropy[2] - 2.0_f32.ln()).abs() < 1e-6, "{entropy:?}");
            let actions = policy.sample(&[1, 2, 3].map(Key::new)).unwrap();
            assert_eq!(actions[..2], [0, 0]);
            assert!(actions[2] < 2);
        }
        let error = CategoricalPolicy::new(logits).unwrap().with_temperature(1e-50).unwrap_err();
        assert!(error.to_string().starts_with("temperature"), "{error}");
    }

    #[test]
    fn wrong_lengths_actions_and_masks_are_named() {
        let policy = policy(&Device::flex());
        let text = |error: Error| error.to_string();
        // Three rows cannot be those of two environments.
        let keys = [1, 2].map(Key::new);
        assert!(text(policy.sample(&keys).unwrap_err()).starts_with("keys"));
        assert!(text(policy.ln_probability(&[0]).unwrap_err()).starts_with("actions"));
        assert!(text(policy.ln_probability(&[0, 1, 4]).unwrap_err()).starts_with("actions"));
        assert!(text(policy.clone().with_allowed(&[true]).unwrap_err()).starts_with("allowed"));
        // The only allowed action has probability 0.
        let only = [false, false, false, true].repeat(3);
        assert!(policy.clone().with_allowed(&only).is_err());
        assert!(policy.clone().with_temperature(0.0).is_err());
        let nan = Tensor::<2>::from_floats([[f32::NAN, 0.0]], &Device::flex());
        assert!(CategoricalPolicy::new(nan).is_err());
    }
}
