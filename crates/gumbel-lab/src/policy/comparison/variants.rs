//! `Variant`: a method with its estimator, as in `model:gumbel-softmax`.

use std::fmt;
use std::str::FromStr;

use gumbel::Key;
use gumbel_burn::estimator::Name;

use crate::error::LabError;
use crate::policy::config::{EnvironmentName, MAZE_SIZE, PolicyConfig};
use crate::policy::method::Method;
use crate::policy::train::generated_map;

/// A method of a comparison, and after a colon its estimator if it has one.
///
/// ```
/// use gumbel_lab::policy::comparison::Variant;
/// let variant: Variant = "maddpg:rloo".parse()?;
/// assert_eq!(variant.to_string(), "maddpg:rloo");
/// let variant: Variant = "model".parse()?;
/// assert_eq!(variant.to_string(), "model:straight-through-gumbel-softmax");
/// # Ok::<(), gumbel_lab::LabError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// The method.
    pub method: Method,
    /// The estimator; `None` for a method without one.
    pub estimator: Option<Name>,
}

/// A choice with a derivative, a mixture, the score function, and the sum over all actions.
const ESTIMATORS: [Name; 4] =
    [Name::StraightThroughGumbelSoftmax, Name::GumbelSoftmax, Name::Rloo, Name::Exact];

impl Variant {
    /// The variants that are compared in an environment by default.
    pub fn all(env: EnvironmentName) -> Vec<Self> {
        let plain = |method: Method| Self { method, estimator: None };
        let with = |method: Method, estimators: &[Name]| -> Vec<Self> {
            estimators.iter().map(|&name| Self { method, estimator: Some(name) }).collect()
        };
        let [straight, soft, score, sum] = ESTIMATORS;
        match env {
            EnvironmentName::Maze => [
                vec![plain(Method::Exact)],
                // By the model of a maze the cost is linear in the action: there, straight-through Gumbel-Softmax has the
                // gradient of the mixture.
                with(Method::Model, &[Name::StraightThrough, soft, score]),
                [Method::Reinforce, Method::Rloo, Method::A2c, Method::Ppo].map(plain).to_vec(),
            ]
            .concat(),
            EnvironmentName::Cartpole => {
                [vec![plain(Method::Ppo)], with(Method::Ddpg, &[straight, soft, score, sum])]
                    .concat()
            }
            EnvironmentName::Particles => {
                [with(Method::Maddpg, &[straight, soft, score]), with(Method::Ddpg, &[straight])]
                    .concat()
            }
        }
    }

    /// The settings of a training: in a maze, the seed is also that of the map.
    ///
    /// # Errors
    /// No map of this size.
    pub fn settings(
        self,
        env: EnvironmentName,
        seed: u64,
        epochs: Option<u64>,
    ) -> Result<PolicyConfig, LabError> {
        let mut config = PolicyConfig::defaults(env, self.method);
        if let Some(name) = self.estimator.filter(|name| Some(*name) != config.estimator) {
            config = config.with_estimator(name);
        }
        if env == EnvironmentName::Maze {
            config.map = Some(generated_map(MAZE_SIZE, Key::new(seed))?);
        }
        let epochs = epochs.unwrap_or(config.epochs);
        Ok(PolicyConfig { seed, epochs, ..config })
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.method)?;
        self.estimator.map_or(Ok(()), |name| write!(f, ":{name}"))
    }
}

impl FromStr for Variant {
    type Err = LabError;

    fn from_str(text: &str) -> Result<Self, LabError> {
        let wrong = |problem: String| LabError::setting("only", problem);
        let (method, estimator) = match text.split_once(':') {
            Some((method, name)) => (method, Some(name)),
            None => (text, None),
        };
        let method: Method = method.parse().map_err(|error| wrong(format!("{error}")))?;
        let estimator = match estimator {
            Some(_) if !method.has_estimator() => {
                return Err(wrong(format!("{method} has no estimator, found {text}")));
            }
            Some(name) => Some(name.parse().map_err(|error| wrong(format!("{error}")))?),
            None => method.has_estimator().then_some(ESTIMATORS[0]),
        };
        Ok(Self { method, estimator })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_default_variant_can_be_trained_and_has_a_name_that_is_read_back() {
        use gumbel_train::Settings;
        use strum::IntoEnumIterator;
        for env in EnvironmentName::iter() {
            for variant in Variant::all(env) {
                variant.settings(env, 1, None).unwrap().check_start().unwrap();
                assert_eq!(variant.to_string().parse::<Variant>().unwrap(), variant);
            }
        }
    }

    #[test]
    fn wrong_names_are_refused_with_a_reason() {
        for (text, reason) in [("ppo:rloo", "no estimator"), ("pop", "ppo"), ("model:rlo", "rloo")]
        {
            let error = text.parse::<Variant>().unwrap_err().to_string();
            assert!(error.starts_with("only") && error.contains(reason), "{error}");
        }
    }
}
