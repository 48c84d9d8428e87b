//! Checks of arguments before an operation is dispatched: the operation itself cannot fail.
//!
//! On Flex the values are read in place. On another device tensor operations look for values that may be wrong
//! (`suspicion`), and one number is read back; only if it is not 0 are the values read back, for an error that names the
//! element.

mod suspicion;

use burn::backend::Flex;
use burn::tensor::{DType, Element, Int, Tensor};
use gumbel::{Axis, Real};

use crate::backend::{Choice, has_type, is_flex};
use crate::deferred;
use crate::error::Error;
use crate::noise::Noise;
use crate::temperature::Temperature;

/// Checks the logits of a choice.
pub(crate) fn logits<const D: usize>(logits: &Tensor<D>, choice: Choice) -> Result<(), Error> {
    values("logits", logits, Rule::Logits(choice))
}

/// Checks logits that a card has looked at: `wrong` is above 0 if one of them is not allowed.
pub(crate) fn logits_of_card<const D: usize>(
    logits: &Tensor<D>,
    choice: Choice,
    wrong: Tensor<1, Int>,
) -> Result<(), Error> {
    let logits = logits.clone().detach();
    deferred::check(wrong, move || read_back("logits", &logits, Rule::Logits(choice)))
}

/// Checks given noise for a tensor like `like`, and returns it as a constant of its element type.
pub(crate) fn noise<const D: usize>(
    noise: Noise<Tensor<D>>,
    like: &Tensor<D>,
) -> Result<Noise<Tensor<D>>, Error> {
    let Noise::Given(noise) = noise else { return Ok(noise) };
    shape("noise", &noise, like.dims())?;
    let noise = cast("noise", noise.detach(), like.dtype())?;
    values("noise", &noise, Rule::Noise)?;
    Ok(Noise::Given(noise))
}

/// The axis `dim` of a tensor, and its number counted from the front.
pub(crate) fn axis<const D: usize>(tensor: &Tensor<D>, dim: isize) -> Result<(Axis, usize), Error> {
    let axis = Axis::of(&tensor.dims(), dim)?;
    Ok((axis, if dim < 0 { dim + D as isize } else { dim } as usize))
}

/// A tensor of half precision as `f32`, any other unchanged: half precision is widened, computed with,
/// and rounded once.
///
/// # Errors
/// A type that the device does not have.
pub(crate) fn widen<const D: usize>(
    argument: &'static str,
    tensor: Tensor<D>,
) -> Result<Tensor<D>, Error> {
    let dtype = match tensor.dtype() {
        DType::F16 | DType::BF16 => DType::F32,
        dtype => dtype,
    };
    cast(argument, tensor, dtype)
}

/// A tensor as elements of another type.
///
/// # Errors
/// A type that the device does not have.
pub(crate) fn cast<const D: usize>(
    argument: &'static str,
    tensor: Tensor<D>,
    dtype: DType,
) -> Result<Tensor<D>, Error> {
    element_type(argument, &tensor)?;
    Ok(if tensor.dtype() == dtype { tensor } else { tensor.cast(dtype) })
}

/// Checks that the device computes with the type of a tensor. Burn gives numbers without a meaning if not.
fn element_type<const D: usize>(argument: &'static str, tensor: &Tensor<D>) -> Result<(), Error> {
    let dtype = tensor.dtype();
    if has_type(&tensor.device(), dtype) {
        return Ok(());
    }
    let reason = format!("its elements are {dtype:?}, a type that this device does not have");
    Err(Error::Unreadable { argument, reason })
}

/// Checks the arguments of a divergence: posterior logits of k classes and prior logits.
pub(crate) fn divergence(posterior: &Tensor<3>, prior: &Tensor<2>, k: usize) -> Result<(), Error> {
    values("posterior", posterior, Rule::Logits(Choice::Classes(Axis::from(k))))?;
    values("prior", prior, Rule::Finite)
}

/// Checks the parameters of normal distributions.
pub(crate) fn normal<const D: usize>(mu: &Tensor<D>, ln_sigma: &Tensor<D>) -> Result<(), Error> {
    values("mu", mu, Rule::Finite)?;
    values("ln_sigma", ln_sigma, Rule::LnSigma)
}

/// Checks that every value is finite.
pub(crate) fn finite<const D: usize>(
    argument: &'static str,
    tensor: &Tensor<D>,
) -> Result<(), Error> {
    values(argument, tensor, Rule::Finite)
}

/// Checks a temperature for a tensor like `like`, whose classes lie along `dim`, and casts it to the type of `like`.
pub(crate) fn temperature<const D: usize>(
    tau: Temperature<Tensor<D>>,
    like: &Tensor<D>,
    dim: Option<usize>,
) -> Result<Temperature<Tensor<D>>, Error> {
    let tau = match tau {
        Temperature::Scalar(tau) => {
            gumbel::check::temperature(tau)?;
            return Ok(Temperature::Scalar(tau));
        }
        Temperature::PerRow(tau) => cast("tau", tau, like.dtype())?,
    };
    let mut expected = like.dims();
    if let Some(dim) = dim {
        expected[dim] = 1;
    }
    let found = tau.dims();
    if found.iter().zip(expected).any(|(&found, expected)| found != expected && found != 1) {
        let (expected, found) = (expected.to_vec(), found.to_vec());
        return Err(Error::Shape { argument: "tau", expected, found });
    }
    values("tau", &tau, Rule::Temperature)?;
    Ok(Temperature::PerRow(tau))
}

/// Checks log-odds: numbers or infinities.
pub(crate) fn log_odds<const D: usize>(
    argument: &'static str,
    tensor: &Tensor<D>,
) -> Result<(), Error> {
    values(argument, tensor, Rule::Logits(Choice::Binary))
}

/// Checks a number of draws.
pub(crate) fn draws(draws: u64) -> Result<(), Error> {
    if draws > 0 {
        return Ok(());
    }
    let (argument, expected) = ("draws", "at least 1");
    Err(gumbel::Error::Integer { argument, expected, found: 0 }.into())
}

/// What is allowed as the values of two arguments of one shape.
#[derive(Clone, Copy)]
pub(crate) enum PairRule {
    /// Points of the simplex and logits.
    Simplex(Axis),
    /// Logarithms of points of the simplex and logits.
    Log(Axis),
    /// Numbers between 0 and 1 and log-odds.
    Unit,
    /// Log-odds of samples and those of their law.
    Logit,
    /// Two sets of logits with -inf in the same places.
    Masks(Axis),
}

/// Checks the values of two arguments of one shape and type.
pub(crate) fn pair<const D: usize>(
    arguments: [&'static str; 2],
    first: &Tensor<D>,
    second: &Tensor<D>,
    rule: PairRule,
) -> Result<(), Error> {
    if is_flex(&first.device()) {
        return read_back_pair(arguments, first, second, rule);
    }
    let (first, second) = (first.clone().detach(), second.clone().detach());
    let wrong = suspicion::of_pair(rule, &first, &second);
    deferred::check(wrong, move || read_back_pair(arguments, &first, &second, rule))
}

fn read_back_pair<const D: usize>(
    arguments: [&'static str; 2],
    first: &Tensor<D>,
    second: &Tensor<D>,
    rule: PairRule,
) -> Result<(), Error> {
    match first.dtype() {
        DType::F64 => pair_of_type::<f64, D>(arguments, first, second, rule),
        _ => pair_of_type::<f32, D>(arguments, first, second, rule),
    }
}

fn pair_of_type<T: Real + Element + bytemuck::Pod, const D: usize>(
    arguments: [&'static str; 2],
    first: &Tensor<D>,
    second: &Tensor<D>,
    rule: PairRule,
) -> Result<(), Error> {
    with_values::<T, D>(arguments[0], first, |a| {
        with_values::<T, D>(arguments[1], second, |b| match rule {
            PairRule::Simplex(axis) => Ok(gumbel::check::relaxed_categorical(a, b, axis)?),
            PairRule::Log(axis) => Ok(gumbel::check::relaxed_categorical_of_log(a, b, axis)?),
            PairRule::Unit => Ok(gumbel::check::relaxed_bernoulli(a, b)?),
            PairRule::Logit => Ok(gumbel::check::relaxed_bernoulli_of_logit(a, b)?),
            PairRule::Masks(axis) => {
                let rule = Rule::Logits(Choice::Classes(axis));
                rule.check_argument(arguments[0], a)?;
                rule.check_argument(arguments[1], b)?;
                same_masks(arguments[0], a, b)
            }
        })
    })
}

fn same_masks<T: Real>(argument: &'static str, a: &[T], b: &[T]) -> Result<(), Error> {
    let masked = |x: T| Real::to_f64(x) == f64::NEG_INFINITY;
    match a.iter().zip(b).position(|(&a, &b)| masked(a) != masked(b)) {
        None => Ok(()),
        Some(index) => {
            let expected = "-inf exactly where the posterior is -inf";
            let found = Real::to_f64(a[index]);
            Err(gumbel::Error::Value { argument, expected, index, found }.into())
        }
    }
}

/// Checks that x is `[n, channels, ...]` with at least one position.
pub(crate) fn channels<const D: usize>(x: &Tensor<D>, channels: usize) -> Result<(), Error> {
    let mut expected = x.dims().to_vec();
    expected.resize(D.max(2), channels);
    expected[1] = channels;
    if D < 2 || x.dims()[1] != channels {
        return Err(Error::Shape { argument: "x", expected, found: x.dims().to_vec() });
    }
    if x.dims()[2..].contains(&0) {
        let expected = "at least one position in each channel";
        Err(gumbel::Error::Integer { argument: "x", expected, found: 0 })?;
    }
    Ok(())
}

/// Checks the shape of a tensor.
pub(crate) fn shape<const D: usize>(
    argument: &'static str,
    tensor: &Tensor<D>,
    expected: [usize; D],
) -> Result<(), Error> {
    let found = tensor.dims();
    if found == expected {
        return Ok(());
    }
    Err(Error::Shape { argument, expected: expected.to_vec(), found: found.to_vec() })
}

/// What is allowed as the values of an argument.
#[derive(Clone, Copy)]
enum Rule {
    Logits(Choice),
    Noise,
    LnSigma,
    Finite,
    Temperature,
}

impl Rule {
    fn check<T: Real>(self, values: &[T]) -> gumbel::Result<()> {
        match self {
            Self::Logits(Choice::Classes(axis)) => gumbel::check::logits(values, axis),
            Self::Logits(Choice::Binary) => gumbel::check::log_odds(values),
            Self::Noise => gumbel::check::noise(values),
            Self::LnSigma => gumbel::check::ln_sigma(values),
            Self::Finite => gumbel::check::mu(values),
            Self::Temperature => gumbel::check::temperatures(values),
        }
    }

    /// Checks values; an error names `argument`, whatever the core calls it.
    fn check_argument<T: Real>(self, argument: &'static str, values: &[T]) -> Result<(), Error> {
        let result = self.check(values).map_err(|error| match error {
            gumbel::Error::Value { expected, index, found, .. } => {
                gumbel::Error::Value { argument, expected, index, found }
            }
            other => other,
        });
        Ok(result?)
    }
}

/// Checks the values of an argument: on Flex in place, elsewhere by tensor operations on the device.
fn values<const D: usize>(
    argument: &'static str,
    tensor: &Tensor<D>,
    rule: Rule,
) -> Result<(), Error> {
    if is_flex(&tensor.device()) {
        return read_back(argument, tensor, rule);
    }
    element_type(argument, tensor)?;
    let tensor = tensor.clone().detach();
    let wrong = suspicion::of(rule, &tensor);
    deferred::check(wrong, move || read_back(argument, &tensor, rule))
}

/// Checks the values of an argument on the processor.
fn read_back<const D: usize>(
    argument: &'static str,
    tensor: &Tensor<D>,
    rule: Rule,
) -> Result<(), Error> {
    match tensor.dtype() {
        DType::F64 => values_of_type::<f64, D>(argument, tensor, rule),
        _ => values_of_type::<f32, D>(argument, tensor, rule),
    }
}

fn values_of_type<T: Real + Element + bytemuck::Pod, const D: usize>(
    argument: &'static str,
    tensor: &Tensor<D>,
    rule: Rule,
) -> Result<(), Error> {
    with_values::<T, D>(argument, tensor, |values| rule.check_argument(argument, values))
}

/// Calls `f` with the values of a tensor.
fn with_values<T: Real + Element + bytemuck::Pod, const D: usize>(
    argument: &'static str,
    tensor: &Tensor<D>,
    f: impl FnOnce(&[T]) -> Result<(), Error>,
) -> Result<(), Error> {
    let unreadable = |reason: String| Error::Unreadable { argument, reason };
    let plain = deferred::plain(tensor.clone());
    if !is_flex(&plain.device()) {
        let data = plain.into_data();
        let values = data.as_slice::<T>().map_err(|e| unreadable(format!("{e:?}")))?;
        return f(values);
    }
    let flex = plain.try_into_primitive::<Flex>().map_err(|e| unreadable(format!("{e:?}")))?;
    let flex = flex.to_contiguous();
    let values = flex.as_slice::<T>();
    let values = values.ok_or_else(|| unreadable(format!("elements are {:?}", flex.dtype())))?;
    f(values)
}
