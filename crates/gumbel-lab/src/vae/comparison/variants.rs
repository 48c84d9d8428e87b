//! `Variant`: an estimator with its options, as in `reinforce:learned`.

use std::fmt;
use std::str::FromStr;

use gumbel_burn::estimator::{Baseline, Name};
use strum::IntoEnumIterator;

use crate::error::LabError;
use crate::vae::config::VaeConfig;

/// An estimator of a comparison: its name, and after a colon the baseline of `reinforce` if it is not the default, the
/// mean.
///
/// ```
/// use gumbel_lab::vae::comparison::Variant;
/// let variant: Variant = "reinforce:learned".parse()?;
/// assert_eq!(variant.to_string(), "reinforce:learned");
/// # Ok::<(), gumbel_lab::LabError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The estimator.
    pub estimator: Name,
    /// The baseline of `reinforce`.
    pub baseline: Option<Baseline>,
}

/// More evaluations of the cost a step than this are left out by default.
const MOST_EVALUATIONS: usize = 16;

impl Variant {
    /// The estimators that take the code of these settings and evaluate the cost at most 16 times a step. Without
    /// `annealed-straight-through`, which is `straight-through` with one of the temperatures that are searched.
    pub fn all(base: &VaeConfig) -> Vec<Self> {
        let with = |estimator, baseline| Self { estimator, baseline };
        Name::iter()
            .filter(|&name| name != Name::AnnealedStraightThrough)
            .flat_map(|name| match name {
                Name::Reinforce => {
                    Baseline::iter().map(|b| with(name, Some(b)).normalised()).collect()
                }
                _ => vec![with(name, None)],
            })
            .filter(|variant| variant.is_cheap(base))
            .collect()
    }

    /// The same estimator, without a baseline that is the default.
    fn normalised(self) -> Self {
        Self { baseline: self.baseline.filter(|b| *b != Baseline::default()), ..self }
    }

    fn is_cheap(self, base: &VaeConfig) -> bool {
        let crate::vae::Latents::Categorical(choices) = base.latents else { return false };
        let (v, k) = (choices.variables, choices.classes);
        let estimator = self.estimator.estimator();
        estimator.check(v, k).is_ok() && estimator.evaluations(v, k) <= MOST_EVALUATIONS
    }

    /// The settings of a training with this estimator, at its default temperature.
    pub fn settings(self, base: VaeConfig) -> VaeConfig {
        let base = base.with_estimator(self.estimator);
        VaeConfig { baseline: self.baseline, ..base }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.estimator)?;
        self.baseline.map_or(Ok(()), |baseline| write!(f, ":{baseline}"))
    }
}

impl FromStr for Variant {
    type Err = LabError;

    fn from_str(text: &str) -> Result<Self, LabError> {
        let wrong = |error: gumbel_burn::Error| LabError::setting("only", error.to_string());
        let (name, baseline) = match text.split_once(':') {
            Some((name, baseline)) => (name, Some(baseline.parse().map_err(wrong)?)),
            None => (text, None),
        };
        let estimator: Name = name.parse().map_err(wrong)?;
        if baseline.is_some() && estimator != Name::Reinforce {
            let problem = format!("only reinforce has a baseline, found {text}");
            return Err(LabError::setting("only", problem));
        }
        Ok(Self { estimator, baseline }.normalised())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        let all = Variant::all(&VaeConfig::defaults("digits"));
        assert!(all.len() > 20);
        for variant in all {
            assert_eq!(variant.to_string().parse::<Variant>().unwrap(), variant);
        }
        for wrong in ["zgr:mean", "reinforce:median", "reinforces"] {
            assert!(wrong.parse::<Variant>().unwrap_err().to_string().starts_with("only: "));
        }
    }

    /// Its paper has no lower temperature; the schedule of the default falls to 0.3.
    #[test]
    fn reinmax_is_not_searched_below_temperature_1() {
        let comparison = super::super::Comparison::new(VaeConfig::defaults("digits"));
        let searched = |name: &str| -> Vec<String> {
            let settings = comparison.temperatures(name.parse().unwrap());
            settings.into_iter().map(|one| super::super::words(one.tau.unwrap())).collect()
        };
        assert_eq!(searched("reinmax"), ["1", "1.5"]);
        assert_eq!(searched("reinmax-rao")[1..], ["0.5", "1", "1.5"]);
    }
}
