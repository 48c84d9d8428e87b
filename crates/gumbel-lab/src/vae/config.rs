//! The settings of a run: everything that fixes its bits, and nothing else.

use std::fmt;
use std::str::FromStr;

use gumbel_burn::TemperatureSchedule;
use gumbel_burn::estimator::Estimator;
use serde::{Deserialize, Serialize};

use crate::data::Binarise;
use crate::error::LabError;
use crate::optimizer::OptimizerKind;

/// The shape of the code: v variables of k classes each, written `20x10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latents {
    /// The number of variables, v.
    pub variables: usize,
    /// The number of classes of each, k.
    pub classes: usize,
}

impl FromStr for Latents {
    type Err = LabError;

    fn from_str(text: &str) -> Result<Self, LabError> {
        let wrong = || {
            let expected = "expected VARIABLESxCLASSES, at least 1x2 and at most 1,000,000 logits";
            LabError::setting("latents", format!("{expected} (for example 20x10), found {text}"))
        };
        let (variables, classes) = text.split_once('x').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<usize>().map_err(|_| wrong());
        let (variables, classes) = (number(variables)?, number(classes)?);
        let logits = variables.checked_mul(classes).ok_or_else(wrong)?;
        if variables == 0 || classes < 2 || logits > 1_000_000 {
            return Err(wrong());
        }
        Ok(Self { variables, classes })
    }
}

impl fmt::Display for Latents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.variables, self.classes)
    }
}

/// The prior over the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// Logits that start at zero and are trained.
    Learned,
    /// Every class equally likely.
    Uniform,
}

impl FromStr for Prior {
    type Err = LabError;

    fn from_str(name: &str) -> Result<Self, LabError> {
        match name {
            "learned" => Ok(Self::Learned),
            "uniform" => Ok(Self::Uniform),
            other => {
                let problem = format!("expected learned or uniform, found {other}");
                Err(LabError::setting("prior", problem))
            }
        }
    }
}

impl fmt::Display for Prior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Learned => "learned",
            Self::Uniform => "uniform",
        })
    }
}

/// The settings of `train vae`.
///
/// The number of shards is one of them: it fixes the order in which gradients are added. The number
/// of threads is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaeConfig {
    /// `digits`, `mnist`, `fashion-mnist` or a folder of idx files.
    pub data: String,
    /// The shape of the code.
    #[serde(with = "text")]
    pub latents: Latents,
    /// The gradient estimator.
    #[serde(with = "text")]
    pub estimator: Estimator,
    /// Passes over the training images.
    pub epochs: u64,
    /// Images in a step.
    pub batch: usize,
    /// The learning rate.
    pub lr: f64,
    /// The optimiser.
    #[serde(with = "text")]
    pub optimizer: OptimizerKind,
    /// How grey pixels become 0 or 1.
    #[serde(with = "text")]
    pub binarise: Binarise,
    /// The sizes of the hidden layers of the decoder.
    pub hidden: Vec<usize>,
    /// The prior.
    #[serde(with = "text")]
    pub prior: Prior,
    /// The seed of everything: split, binarisation, initial weights, shuffling, noise.
    pub seed: u64,
    /// Parts of a batch that are computed side by side.
    pub shards: usize,
    /// `cpu`.
    pub device: String,
    /// The temperature at each step.
    pub tau: TemperatureSchedule,
}

/// Serde through `Display` and `FromStr`.
mod text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(v: &impl Display, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(v)
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl VaeConfig {
    /// The defaults for a data set.
    ///
    /// For 28x28 images those of the published protocol, with 20 epochs. For the embedded digits,
    /// which are few and small: more passes, fresh binarisation in each of them, larger steps, and a
    /// lower temperature at the end.
    pub fn defaults(data: &str) -> Self {
        let digits = data == "digits";
        Self {
            data: data.to_owned(),
            latents: Latents { variables: 20, classes: 10 },
            estimator: Estimator::GumbelSoftmax,
            epochs: if digits { 500 } else { 20 },
            batch: 100,
            lr: if digits { 3e-3 } else { 1e-3 },
            optimizer: OptimizerKind::Adam,
            binarise: if digits { Binarise::Dynamic } else { Binarise::Fixed },
            hidden: vec![200],
            prior: Prior::Learned,
            seed: 0,
            shards: 2,
            device: "cpu".to_owned(),
            tau: TemperatureSchedule::Exponential {
                start: 1.0,
                floor: if digits { 0.3 } else { 0.5 },
                rate: if digits { 5e-4 } else { 1e-4 },
                every: if digits { 100 } else { 500 },
            },
        }
    }

    /// Checks what the types do not rule out.
    ///
    /// # Errors
    /// A number that makes no training, an unknown device.
    pub fn check(&self) -> Result<(), LabError> {
        let wrong = |name, problem: String| Err(LabError::setting(name, problem));
        if self.batch == 0 || self.batch > 1_000_000 {
            let problem = format!("expected 1 to 1,000,000 images in a step, found {}", self.batch);
            return wrong("batch", problem);
        }
        let most = self.batch.min(1024);
        if self.shards == 0 || self.shards > most {
            let problem = format!("expected 1 to {most}, found {}", self.shards);
            return wrong("shards", problem);
        }
        if self.epochs == 0 || self.epochs > 10_000_000 {
            return wrong("epochs", format!("expected 1 to 10,000,000, found {}", self.epochs));
        }
        if !(self.lr > 0.0 && self.lr.is_finite()) {
            return wrong("lr", format!("expected a finite rate above 0, found {}", self.lr));
        }
        if self.hidden.iter().any(|&n| n == 0 || n > 100_000) {
            let problem = format!("expected layers of 1 to 100,000 units, found {:?}", self.hidden);
            return wrong("hidden", problem);
        }
        let code = self.latents.variables * self.latents.classes;
        let sizes = [&[code], self.hidden.as_slice()].concat();
        if let Some(pair) = sizes.windows(2).find(|pair| pair[0] * pair[1] > 100_000_000) {
            let problem = format!(
                "expected layers of at most 100,000,000 weights, found {} x {}",
                pair[0], pair[1]
            );
            return wrong("hidden", problem);
        }
        if self.device != "cpu" {
            let problem = format!("expected cpu (the only device so far), found {}", self.device);
            return wrong("device", problem);
        }
        self.tau.checked().map(drop).map_err(|error| LabError::setting("tau", error.to_string()))
    }

    /// The names of the settings in which two runs differ, with both values.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        self.named()
            .into_iter()
            .zip(other.named())
            .filter(|(a, b)| a != b)
            .map(|((name, a), (_, b))| format!("{name} is {a} there and {b} here"))
            .collect()
    }

    /// The settings by name, in words.
    pub(crate) fn named(&self) -> Vec<(String, String)> {
        let value = serde_json::to_value(self).expect("plain numbers and names");
        let fields = value.as_object().cloned().unwrap_or_default();
        let words = |value: serde_json::Value| match value {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        };
        fields.into_iter().map(|(name, value)| (name, words(value))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_their_file() {
        for data in ["digits", "mnist"] {
            let config = VaeConfig::defaults(data);
            config.check().unwrap();
            let text = toml::to_string(&config).unwrap();
            assert_eq!(toml::from_str::<VaeConfig>(&text).unwrap(), config);
        }
    }

    #[test]
    fn impossible_settings_are_named() {
        for bad in ["0x10", "20", "20x", "x10", "20x1", "-1x10", "999999999x999999999", "a x b"] {
            let error = bad.parse::<Latents>().unwrap_err().to_string();
            assert!(error.contains("latents") && error.contains(bad), "{error}");
        }
        type Break = fn(&mut VaeConfig);
        let breaks: [(&str, Break); 11] = [
            ("batch", |c| c.batch = 0),
            ("shards", |c| c.shards = 0),
            ("shards", |c| c.shards = 101),
            ("epochs", |c| c.epochs = u64::MAX),
            ("batch", |c| c.batch = usize::MAX),
            ("hidden", |c| c.hidden = vec![100_000, 100_000]),
            ("epochs", |c| c.epochs = 0),
            ("lr", |c| c.lr = f64::NAN),
            ("hidden", |c| c.hidden = vec![200, 0]),
            ("device", |c| c.device = "cuda".into()),
            ("tau", |c| c.tau = TemperatureSchedule::Constant { tau: 0.0 }),
        ];
        for (name, break_it) in breaks {
            let mut config = VaeConfig::defaults("digits");
            break_it(&mut config);
            let error = config.check().unwrap_err().to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn differences_are_named() {
        let (a, mut b) = (VaeConfig::defaults("digits"), VaeConfig::defaults("digits"));
        assert!(a.differences(&b).is_empty());
        b.seed = u64::MAX;
        assert_eq!(a.differences(&b), [format!("seed is 0 there and {} here", u64::MAX)]);
    }
}
