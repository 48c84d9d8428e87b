//! `Variables`: the discrete variables of a batch, their draws, and what estimators compute of them.

use burn::tensor::{DType, Device, Int, Tensor};
use gumbel::noise::Law;
use gumbel::{Axis, Key};

use super::algebra::{constant, softmax};
use crate::backend::Choice;
use crate::check;
use crate::composed::one_hot_argmax;
use crate::error::Error;
use crate::noise::Noise;
use crate::relax::straight_through_gumbel_softmax;

/// The discrete variables of a batch: logits `[rows, v, k]` of v variables of k classes, with temperature and key.
///
/// A row has the same draws however a batch is cut, if each part says where it begins: [`first_row`](Self::first_row).
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use gumbel::Key;
/// use gumbel_burn::estimator::Variables;
/// let logits = Tensor::<3>::zeros([4, 2, 3], &Device::flex());
/// let whole = Variables::new(logits.clone(), Key::new(7)).sample(0)?;
/// let part = Variables::new(logits.narrow(0, 1, 2), Key::new(7)).first_row(1).sample(0)?;
/// assert_eq!(whole.narrow(0, 1, 2).into_data(), part.into_data());
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Variables {
    logits: Tensor<3>,
    tau: f64,
    key: Key,
    first: usize,
    parameters: Vec<Tensor<2>>,
}

impl Variables {
    /// Makes the variables of a batch, at temperature 1 and without parameters of an estimator. Each step of a
    /// training needs another key. Logits of half precision are widened to `f32`.
    pub fn new(logits: Tensor<3>, key: Key) -> Self {
        // A type that the device does not have is refused with the values, by the first estimate.
        let logits = check::widen("logits", logits.clone()).unwrap_or(logits);
        Self { logits, tau: 1.0, key, first: 0, parameters: Vec::new() }
    }

    /// Makes Bernoulli variables of log-odds `[rows, v]`, as variables of two classes: no and yes. The cost gets
    /// samples `[rows, v, 2]`; [`yes`](Self::yes) takes the `[rows, v]` of zeros and ones out of them. An error of the
    /// log-odds speaks of logits `[rows, v, 2]`, of which the first are 0. The variables are a graph of the log-odds:
    /// make them again for each backward pass.
    ///
    /// ```
    /// use burn::tensor::{Device, Tensor};
    /// use gumbel::Key;
    /// use gumbel_burn::estimator::{Cost, Estimator, Disarm, Variables};
    /// let device = Device::flex().autodiff();
    /// let log_odds = Tensor::<2>::zeros([8, 5], &device).require_grad();
    /// let ones = |x| Ok(Variables::yes(x).sum_dim(1).flatten(0, 1));
    /// let variables = Variables::bernoulli(log_odds.clone(), Key::new(7));
    /// let estimate = Disarm.estimate(&variables, &Cost::new(&ones))?;
    /// assert_eq!(log_odds.grad(&estimate.surrogate.backward()).unwrap().dims(), [8, 5]);
    /// # Ok::<(), gumbel_burn::Error>(())
    /// ```
    pub fn bernoulli(log_odds: Tensor<2>, key: Key) -> Self {
        let yes: Tensor<3> = log_odds.unsqueeze_dim(2);
        Self::new(Tensor::cat(vec![yes.zeros_like(), yes], 2), key)
    }

    /// The second class of each variable of two classes, `[rows, v]`: 1 for yes, 0 for no.
    ///
    /// # Panics
    /// Variables of one class.
    pub fn yes(x: Tensor<3>) -> Tensor<2> {
        x.narrow(2, 1, 1).squeeze_dim(2)
    }

    /// Sets the temperature.
    #[must_use]
    pub fn with_tau(self, tau: f64) -> Self {
        Self { tau, ..self }
    }

    /// Sets the number of the first row in the whole batch.
    #[must_use]
    pub fn first_row(self, first: usize) -> Self {
        Self { first, ..self }
    }

    /// Sets the estimator's own parameters, those of [`Estimator::parameters`](super::Estimator::parameters).
    /// Parameters that require no gradient are frozen.
    #[must_use]
    pub fn with_parameters(self, parameters: Vec<Tensor<2>>) -> Self {
        Self { parameters, ..self }
    }

    /// The same variables with other logits.
    pub(super) fn with_logits(self, logits: Tensor<3>) -> Self {
        Self { logits, ..self }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let k = self.logits.dims()[2];
        if k == 0 {
            return Err(gumbel::Error::NoClasses.into());
        }
        gumbel::check::temperature(self.tau)?;
        check::logits(&self.logits, Choice::Classes(Axis::from(k)))
    }

    /// The numbers of rows, of variables, and of classes.
    pub fn dims(&self) -> [usize; 3] {
        self.logits.dims()
    }

    /// The temperature.
    pub fn tau(&self) -> f64 {
        self.tau
    }

    /// The logits theta, `[rows, v, k]`.
    pub fn logits(&self) -> Tensor<3> {
        self.logits.clone()
    }

    /// The element type of the logits.
    pub(super) fn dtype(&self) -> DType {
        self.logits.dtype()
    }

    /// The logits as constants.
    pub fn constant_logits(&self) -> Tensor<3> {
        constant(self.logits.clone())
    }

    /// The logits with a finite number in place of -inf: its product with 0 is 0.
    pub(super) fn finite_logits(&self) -> Tensor<3> {
        self.logits.clone().clamp_min(-1e30)
    }

    /// The own parameters of the estimator, in the element type of the logits.
    ///
    /// # Errors
    /// Parameters of another number or of other shapes.
    pub fn parameters<const N: usize>(
        &self,
        shapes: [[usize; 2]; N],
    ) -> Result<[Tensor<2>; N], Error> {
        let found: Vec<_> = self.parameters.iter().map(Tensor::dims).collect();
        if found != shapes {
            return Err(Error::Parameters { expected: shapes.to_vec(), found });
        }
        let dtype = self.logits.dtype();
        Ok(std::array::from_fn(|i| self.parameters[i].clone().cast(dtype)))
    }

    /// Whether any of the own parameters is trained.
    pub fn trains_parameters(&self) -> bool {
        self.parameters.iter().any(Tensor::is_tracked)
    }

    /// The device of the logits.
    pub fn device(&self) -> Device {
        self.logits.device()
    }

    /// The probabilities pi = softmax(theta) as constants.
    pub fn probabilities(&self) -> Tensor<3> {
        softmax(self.constant_logits())
    }

    /// The score D - pi of a sample as a constant: the gradient of ln P(D) in theta.
    pub fn score(&self, sample: Tensor<3>) -> Tensor<3> {
        constant(sample) - self.probabilities()
    }

    /// The source of draw i: draws of different numbers are independent.
    ///
    /// Every function here that takes i uses the same random words for the same i, whatever it draws, so an estimator
    /// uses each number once. Draw 0 has the key itself and draw i the key `fold_in(i)`: the variables of another layer
    /// need a key from `split`, not from `fold_in`.
    pub fn noise(&self, i: u64) -> Noise<Tensor<3>> {
        let [_, v, k] = self.dims();
        self.numbers(v * k, i)
    }

    /// The noise of draw i, for `numbers` numbers in each row.
    fn numbers(&self, numbers: usize, i: u64) -> Noise<Tensor<3>> {
        let (key, offset) = self.keyed(numbers, i);
        Noise::Keyed { key, offset }
    }

    /// The key of draw i and the index of the first number of the first row, for `numbers` numbers in each row.
    pub(super) fn keyed(&self, numbers: usize, i: u64) -> (Key, u64) {
        (self.key(i), (self.first * numbers) as u64)
    }

    /// The key of draw i.
    fn key(&self, i: u64) -> Key {
        if i == 0 { self.key } else { self.key.fold_in(i) }
    }

    /// Gumbel noise of draw i, `[rows, v, k]`.
    pub fn gumbel_noise(&self, i: u64) -> Tensor<3> {
        self.noise(i).into_tensor(Law::Gumbel, &self.constant_logits())
    }

    /// Uniform numbers of draw i, n for each variable: `[rows, v, n]`.
    pub fn uniforms(&self, n: usize, i: u64) -> Tensor<3> {
        let [rows, v, _] = self.dims();
        let dtype = self.logits.dtype();
        self.numbers(v * n, i)
            .into_tensor(Law::Uniform, &Tensor::zeros([rows, v, n], (&self.device(), dtype)))
    }

    /// Draws D ~ softmax(theta), one-hot for each variable, as a constant.
    ///
    /// # Errors
    /// Logits that are refused, as by [`gumbel_max`](crate::gumbel_max), whose draw it is.
    pub fn sample(&self, i: u64) -> Result<Tensor<3>, Error> {
        self.sample_of(self.constant_logits(), i)
    }

    /// Draws D ~ softmax(logits) for other logits of the same shape.
    ///
    /// # Errors
    /// As [`sample`](Self::sample).
    pub fn sample_of(&self, logits: Tensor<3>, i: u64) -> Result<Tensor<3>, Error> {
        // The value does not depend on the temperature.
        straight_through_gumbel_softmax(constant(logits), 2, 1.0, self.noise(i))
    }

    /// Draws K samples, numbered 0 to K - 1.
    ///
    /// # Errors
    /// As [`sample`](Self::sample).
    pub fn samples(&self, k: usize) -> Result<Vec<Tensor<3>>, Error> {
        (0..k as u64).map(|i| self.sample(i)).collect()
    }

    /// Draws perturbed logits Z = theta + G and the one-hot D of their argmax, as constants. Z is shifted by a number
    /// for each variable: its largest theta is 0.
    pub fn perturbed(&self, i: u64) -> (Tensor<3>, Tensor<3>) {
        let z = centred(self.constant_logits()) + self.gumbel_noise(i);
        (z.clone(), one_hot_argmax(z, 2))
    }

    /// Draws perturbed logits Z = theta' + G given that D is their argmax, with the noise of draw i, as constants.
    ///
    /// ```text
    /// Z_D = ln S - ln E_D,   Z_j = -ln(E_j / exp(theta'_j) + E_D / S)     S = sum exp(theta')
    /// ```
    ///
    /// theta' are logits of the same shape, less their largest in each variable. Paulus, Maddison and Krause, arXiv
    /// 2010.04838, equation 6.
    pub fn posterior(&self, logits: Tensor<3>, sample: Tensor<3>, i: u64) -> Tensor<3> {
        posterior(constant(logits), sample, self.noise(i))
    }

    /// The keys of draws `first ..`, and the index of the first element in each.
    pub(super) fn draws(&self, first: u64, k: usize) -> (Vec<Key>, u64) {
        let [_, v, classes] = self.dims();
        let keys = (first..first + k as u64).map(|i| self.key(i)).collect();
        (keys, self.keyed(v * classes, first).1)
    }
}

/// Perturbed logits given the sample: [`Variables::posterior`] with exponential noise of any source.
pub(super) fn posterior(
    logits: Tensor<3>,
    sample: Tensor<3>,
    noise: Noise<Tensor<3>>,
) -> Tensor<3> {
    let logits = centred(logits);
    let e = noise.into_tensor(Law::Exponential, &logits);
    let s = logits.clone().exp().sum_dim(2);
    let first = (e.clone() * sample.clone()).sum_dim(2) / s;
    // A mask, because the exponential of a rare sample may be infinite.
    let other = (e * logits.neg().exp()).mask_fill(sample.greater_elem(0.5), 0.0);
    (other + first).log().neg()
}

/// One-hot vectors of classes `[rows, v, 1]`, in the shape and the element type of `like`.
pub(super) fn one_hot(class: Tensor<3, Int>, like: &Tensor<3>) -> Tensor<3> {
    let k = like.dims()[2];
    let classes = Tensor::<1, Int>::arange(0..k as i64, &like.device()).reshape([1, 1, k]);
    class.clone().equal(classes.cast(class.dtype())).float().cast(like.dtype())
}

/// Logits less their largest in each variable.
pub(super) fn centred(logits: Tensor<3>) -> Tensor<3> {
    let max = logits.clone().max_dim(2);
    logits - max
}
