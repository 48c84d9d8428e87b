//! Checks of tensor values before an operation is dispatched: the operation itself cannot fail.
//!
//! On Flex the values are looked at where they are; on another backend they are read back.

use burn::backend::Flex;
use burn::tensor::{DType, Element, Tensor};
use gumbel::{Axis, Real};

use crate::backend::{Choice, Relax, has_kernels};
use crate::error::Error;
use crate::noise::Noise;

/// Checks what a relaxation is given.
pub(crate) fn relax<const D: usize>(
    logits: &Tensor<D>,
    noise: &Noise<D>,
    relax: Relax,
) -> Result<(), Error> {
    self::logits(logits, relax.choice, relax.tau)?;
    match noise {
        Noise::Given(noise) => self::noise(noise),
        Noise::Keyed { .. } => Ok(()),
    }
}

/// Checks logits and a temperature.
pub(crate) fn logits<const D: usize>(
    logits: &Tensor<D>,
    choice: Choice,
    tau: f64,
) -> Result<(), Error> {
    each("logits", logits, Check::Logits(choice, tau))
}

/// The axis `dim` of a tensor, and its number counted from the front.
pub(crate) fn axis<const D: usize>(tensor: &Tensor<D>, dim: isize) -> Result<(Axis, usize), Error> {
    let axis = Axis::of(&tensor.dims(), dim)?;
    Ok((axis, if dim < 0 { dim + D as isize } else { dim } as usize))
}

/// Whether elements are of half precision: they are widened, computed with, and rounded once.
pub(crate) fn is_half(dtype: DType) -> bool {
    matches!(dtype, DType::F16 | DType::BF16)
}

/// A tensor of half precision as f32; any other as it is.
pub(crate) fn widen<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    if is_half(tensor.dtype()) { tensor.cast(DType::F32) } else { tensor }
}

/// Checks what a divergence is given: posterior logits of k classes and prior logits.
pub(crate) fn divergence(posterior: &Tensor<3>, prior: &Tensor<2>, k: usize) -> Result<(), Error> {
    each("posterior", posterior, Check::Logits(Choice::Classes(Axis::from(k)), 1.0))?;
    each("prior", prior, Check::Prior)
}

/// Checks the parameters of normal distributions.
pub(crate) fn normal<const D: usize>(mu: &Tensor<D>, ln_sigma: &Tensor<D>) -> Result<(), Error> {
    each("mu", mu, Check::Mu)?;
    each("ln_sigma", ln_sigma, Check::LnSigma)
}

/// Checks noise that was made elsewhere.
pub(crate) fn noise<const D: usize>(noise: &Tensor<D>) -> Result<(), Error> {
    each("noise", noise, Check::Noise)
}

/// Checks that every value is finite.
pub(crate) fn finite<const D: usize>(
    argument: &'static str,
    tensor: &Tensor<D>,
) -> Result<(), Error> {
    each(argument, tensor, Check::Finite(argument))
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

/// Checks that a tensor has the shape that it needs.
pub(crate) fn shape<const D: usize>(
    argument: &'static str,
    found: &Tensor<D>,
    expected: [usize; D],
) -> Result<(), Error> {
    let found = found.dims();
    if found == expected {
        return Ok(());
    }
    Err(Error::Shape { argument, expected: expected.to_vec(), found: found.to_vec() })
}

#[derive(Clone, Copy)]
enum Check {
    Logits(Choice, f64),
    Noise,
    Prior,
    Mu,
    LnSigma,
    Finite(&'static str),
}

impl Check {
    fn run<T: Real>(self, values: &[T]) -> gumbel::Result<()> {
        match self {
            Self::Logits(Choice::Classes(axis), tau) => gumbel::check::classes(values, axis, tau),
            Self::Logits(Choice::Binary, tau) => gumbel::check::binary(values, tau),
            Self::Noise => gumbel::check::noise(values),
            Self::Prior => gumbel::check::prior(values),
            Self::Mu => gumbel::check::mu(values),
            Self::LnSigma => gumbel::check::ln_sigma(values),
            Self::Finite(argument) => gumbel::check::mu(values).map_err(|error| match error {
                gumbel::Error::Value { expected, index, found, .. } => {
                    gumbel::Error::Value { argument, expected, index, found }
                }
                other => other,
            }),
        }
    }
}

fn each<const D: usize>(
    argument: &'static str,
    tensor: &Tensor<D>,
    check: Check,
) -> Result<(), Error> {
    if tensor.dtype() == DType::F64 {
        return lend::<f64, D>(argument, tensor, check);
    }
    lend::<f32, D>(argument, tensor, check)
}

/// Lends the values of a tensor as a slice to a check.
fn lend<T: Real + Element + bytemuck::Pod, const D: usize>(
    argument: &'static str,
    tensor: &Tensor<D>,
    check: Check,
) -> Result<(), Error> {
    let unreadable = |reason: String| Error::Unreadable { argument, reason };
    let tensor = tensor.clone();
    let plain = if tensor.device().is_autodiff() { tensor.inner() } else { tensor };
    if !has_kernels(&plain.device()) {
        let data = plain.into_data();
        let values = data.as_slice::<T>().map_err(|e| unreadable(format!("{e:?}")))?;
        return Ok(check.run(values)?);
    }
    let flex = plain.try_into_primitive::<Flex>().map_err(|e| unreadable(format!("{e:?}")))?;
    let flex = flex.to_contiguous();
    let values = flex.as_slice::<T>();
    Ok(check.run(values.ok_or_else(|| unreadable(format!("elements are {:?}", flex.dtype())))?)?)
}
