//! The names of the estimators, and an estimator by its name.

use strum::{Display, EnumIter, EnumString, IntoStaticStr, VariantNames};

use super::{
    AnnealedStraightThrough, Arm, Baseline, CvNoise, Darn, DecoupledStraightThrough, Disarm,
    DoubleCv, Estimator, Exact, Gap, GappedStraightThrough, Grpo, GumbelRao, GumbelSoftmax,
    GumbelSparsemax, Indecater, MuProp, Point, Rebar, ReinMax, ReinMaxCv, ReinMaxRao, Reinforce,
    Relax, Rloo, Rodeo, StraightThrough, StraightThroughGumbelSoftmax, Vimco, Zgr,
};
use crate::error::Error;

/// The name of an estimator. The name of a variant is its name in kebab case.
///
/// ```
/// use gumbel_burn::estimator::{Name, Options};
/// let rloo = "rloo".parse::<Name>()?.estimator_with(Options { samples: Some(4), ..Options::default() })?;
/// assert_eq!((rloo.name(), rloo.settings().as_str()), ("rloo", "K 4"));
/// # Ok::<(), gumbel_burn::Error>(())
/// ```
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr, VariantNames,
)]
#[strum(serialize_all = "kebab-case")]
#[strum(parse_err_ty = Error, parse_err_fn = unknown_estimator)]
#[non_exhaustive]
pub enum Name {
    /// [`GumbelSoftmax`]
    GumbelSoftmax,
    /// [`StraightThroughGumbelSoftmax`]
    StraightThroughGumbelSoftmax,
    /// [`GumbelRao`]
    GumbelRao,
    /// [`GappedStraightThrough`]
    GappedStraightThrough,
    /// [`DecoupledStraightThrough`]
    DecoupledStraightThrough,
    /// [`StraightThrough`]
    StraightThrough,
    /// [`AnnealedStraightThrough`]
    AnnealedStraightThrough,
    /// [`Darn`]
    Darn,
    /// [`Zgr`]
    Zgr,
    /// [`ReinMax`]
    #[strum(serialize = "reinmax")]
    ReinMax,
    /// [`ReinMaxRao`]
    #[strum(serialize = "reinmax-rao")]
    ReinMaxRao,
    /// [`ReinMaxCv`]
    #[strum(serialize = "reinmax-cv")]
    ReinMaxCv,
    /// [`GumbelSparsemax`]
    GumbelSparsemax,
    /// [`Reinforce`]
    Reinforce,
    /// [`Rloo`]
    Rloo,
    /// [`Grpo`]
    Grpo,
    /// [`Vimco`]
    Vimco,
    /// [`MuProp`]
    #[strum(serialize = "muprop")]
    MuProp,
    /// [`Rebar`]
    Rebar,
    /// [`Relax`]
    Relax,
    /// [`Arm`]
    Arm,
    /// [`Disarm`]
    Disarm,
    /// [`Rodeo`]
    Rodeo,
    /// [`DoubleCv`]
    DoubleCv,
    /// [`Indecater`]
    Indecater,
    /// [`Exact`]
    Exact,
}

fn unknown_estimator(found: &str) -> Error {
    Error::UnknownName { argument: "estimator", found: found.to_owned(), known: Name::VARIANTS }
}

/// The options of an estimator by name. `None` leaves the default of the estimator.
///
/// Settings that are no option have the values of the comparison: a gap of 1, tau_f = 1, the point pi of `darn`,
/// `reinmax-cv` with eta = 0.5 and noise given D, REBAR and RELAX from eta = 1 and lambda = 0.5, `rodeo` from alpha = 2 and
/// beta = 1, `double-cv` from a = -0.7. The types have other values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The number of samples K: of D (2 by default), or of the noise given D (10 by default).
    pub samples: Option<usize>,
    /// The baseline of `reinforce`; `mean` by default.
    pub baseline: Option<Baseline>,
}

/// The samples of an estimator that compares samples.
const SAMPLES: usize = 2;
/// The draws of the noise given D.
const POSTERIOR: usize = 10;

impl Name {
    /// Makes the estimator with its default options.
    pub fn estimator(self) -> Box<dyn Estimator> {
        self.estimator_with(Options::default()).expect("the default options are allowed")
    }

    /// The default number of samples; `None` for an estimator without a number to choose.
    pub fn default_samples(self) -> Option<usize> {
        use Name::{DoubleCv, Grpo, GumbelRao, ReinMaxCv, ReinMaxRao, Rloo, Rodeo, Vimco};
        match self {
            Rloo | Grpo | Vimco | Rodeo | DoubleCv => Some(SAMPLES),
            GumbelRao | ReinMaxRao | ReinMaxCv => Some(POSTERIOR),
            _ => None,
        }
    }

    /// The least temperature for which the paper of the estimator defines it; 0 without a limit.
    pub fn least_tau(self) -> f64 {
        if self == Self::ReinMax { 1.0 } else { 0.0 }
    }

    /// Makes the estimator with options.
    ///
    /// # Errors
    /// An option that the estimator does not have, or with a value that it does not allow.
    pub fn estimator_with(self, options: Options) -> Result<Box<dyn Estimator>, Error> {
        let Options { samples, baseline } = options;
        if samples.is_some() && self.default_samples().is_none() {
            return Err(Error::estimator(self.into(), "has no number of samples to choose"));
        }
        if baseline.is_some() && self != Self::Reinforce {
            return Err(Error::estimator(self.into(), "has no baseline to choose"));
        }
        let (several, posterior) = (samples.unwrap_or(SAMPLES), samples.unwrap_or(POSTERIOR));
        Ok(match self {
            Self::GumbelSoftmax => Box::new(GumbelSoftmax),
            Self::StraightThroughGumbelSoftmax => Box::new(StraightThroughGumbelSoftmax),
            Self::GumbelRao => Box::new(GumbelRao::new(posterior)?),
            Self::GappedStraightThrough => {
                Box::new(GappedStraightThrough::new(Gap::Constant(1.0))?)
            }
            Self::DecoupledStraightThrough => Box::new(DecoupledStraightThrough::new(1.0)?),
            Self::StraightThrough => Box::new(StraightThrough),
            Self::AnnealedStraightThrough => Box::new(AnnealedStraightThrough),
            Self::Darn => Box::new(Darn::new(Point::Mean)),
            Self::Zgr => Box::new(Zgr),
            Self::ReinMax => Box::new(ReinMax),
            Self::ReinMaxRao => Box::new(ReinMaxRao::new(posterior)?),
            Self::ReinMaxCv => Box::new(ReinMaxCv::new(0.5, posterior, CvNoise::Posterior)?),
            Self::GumbelSparsemax => Box::new(GumbelSparsemax),
            Self::Reinforce => Box::new(Reinforce::new(baseline.unwrap_or_default())),
            Self::Rloo => Box::new(Rloo::new(several)?),
            Self::Grpo => Box::new(Grpo::new(several)?),
            Self::Vimco => Box::new(Vimco::new(several)?),
            Self::MuProp => Box::new(MuProp),
            Self::Rebar => Box::new(Rebar::new(1.0, 0.5)?),
            Self::Relax => Box::new(Relax::new(1.0, 0.5)?),
            Self::Arm => Box::new(Arm),
            Self::Disarm => Box::new(Disarm),
            Self::Rodeo => Box::new(Rodeo::new(several, 2.0, 1.0)?),
            Self::DoubleCv => Box::new(DoubleCv::new(several, -0.7)?),
            Self::Indecater => Box::new(Indecater),
            Self::Exact => Box::new(Exact),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::{Cost, Variables};
    use burn::tensor::{Device, Tensor};
    use gumbel::Key;
    use strum::IntoEnumIterator;

    #[test]
    fn names_are_read_back_and_are_those_of_the_estimators() {
        for name in Name::iter() {
            let text = name.to_string();
            assert_eq!(text.parse::<Name>().unwrap(), name);
            assert_eq!(name.estimator().name(), text);
        }
        let error = "gumbel".parse::<Name>().unwrap_err().to_string();
        assert!(Name::VARIANTS.iter().all(|name| error.contains(name)), "{error}");
    }

    /// Their squares overflow in f32.
    #[test]
    fn large_costs_have_finite_gradients() {
        let device = Device::flex().autodiff();
        let all = Name::iter().map(|name| (name, Options::default()));
        let learned = Options { baseline: Some(Baseline::Learned), ..Options::default() };
        for (name, options) in all.chain([(Name::Reinforce, learned)]) {
            let estimator = name.estimator_with(options).unwrap();
            for size in [1e15_f32, 1e18, 1e19, 1e20, 1e30] {
                let theta = Tensor::<3>::zeros([64, 2, 2], &device).require_grad();
                let own = estimator.parameters(2, 2, Key::new(0), &device).into_iter();
                let own: Vec<_> = own.map(Tensor::require_grad).collect();
                let variables = Variables::new(theta.clone(), Key::new(7));
                let variables = variables.with_parameters(own.clone());
                let cost = |x| Ok((Variables::yes(x).sum_dim(1).square() * size).flatten(0, 1));
                let estimate = estimator.estimate(&variables, &Cost::new(&cost)).unwrap();
                let largest = |values: burn::tensor::TensorData| {
                    values
                        .iter::<f32>()
                        .fold(0.0_f32, |a, b| if b.is_nan() { b } else { a.max(b.abs()) })
                };
                let value = largest(estimate.surrogate.clone().into_data());
                let gradients = estimate.surrogate.sum().backward();
                let slope = largest(theta.grad(&gradients).unwrap().into_data());
                assert!(value.is_finite() && slope.is_finite() && slope > 0.1, "{name} {size}");
                for p in &own {
                    let slope = p.grad(&gradients).map(|slope| largest(slope.into_data()));
                    assert!(slope.is_none_or(f32::is_finite), "{name} {size}: {slope:?}");
                }
            }
        }
    }

    #[test]
    fn options_that_an_estimator_lacks_are_refused() {
        for name in Name::iter() {
            let samples = Options { samples: Some(3), ..Options::default() };
            let made = name.estimator_with(samples).map(|e| e.settings().contains("K 3"));
            assert_eq!(made.ok(), name.default_samples().map(|_| true), "{name}");
            let one = Options { samples: Some(0), ..Options::default() };
            assert!(name.estimator_with(one).is_err(), "{name}");
            let baseline = Options { baseline: Some(Baseline::None), ..Options::default() };
            assert_eq!(name.estimator_with(baseline).is_ok(), name == Name::Reinforce, "{name}");
        }
    }
}
