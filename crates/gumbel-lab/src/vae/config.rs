//! The settings of a run: everything that determines its bits, and nothing else.

use gumbel_burn::TemperatureSchedule;
use gumbel_burn::estimator::{Baseline, Estimator, Name, Options};
use gumbel_data::Binarise;
use gumbel_files::names::UnknownName;
use gumbel_train::optimizer::OptimizerKind;
use gumbel_train::{limits, serde_text};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::error::LabError;
use crate::vae::latents::{Choices, Latents};

/// Sets with the default temperature of the published protocol, whatever the run.
const PUBLISHED: [&str; 2] = ["mnist", "fashion-mnist"];
/// The default temperature of the digits decays by a factor exp(-3.25) over a run and reaches its floor
/// of 0.3 after 0.37 of it: a rate of 5e-4 a step in the default of 6,500 steps.
const DIGITS_DECAY: f64 = 3.25;
/// The default temperature of the digits changes this often in a run.
const DIGITS_CHANGES: u64 = 65;
/// Layers of more weights than this are refused.
pub(super) const MAX_WEIGHTS: usize = 100_000_000;

/// How the gradient passes through a sample.
#[derive(Clone, Copy, Debug)]
pub enum Gradient<'a> {
    /// An estimate: a discrete sample has no gradient.
    Estimated {
        /// The gradient estimator.
        estimator: &'a dyn Estimator,
        /// The temperature, 1 for an estimator without one.
        tau: f64,
    },
    /// Re-parameterisation: a normal sample is a differentiable function of mu and sigma.
    Reparameterised,
}

/// The prior p(z) over discrete choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[strum(parse_err_ty = UnknownName, parse_err_fn = UnknownName::of::<Self>)]
pub enum Prior {
    /// Logits that start at zero and are trained.
    Learned,
    /// Every class equally likely.
    Uniform,
}

/// A constant: `config.toml` has it, and so has the JSON from which the fingerprint of a run is made. Without it, older
/// runs could be neither opened nor resumed. What computes a training is no setting ([`gumbel_train::Compute`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
}

/// The settings of `train vae`.
///
/// The number of shards is a setting, as it determines the order in which gradients are added. The number
/// of threads is not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaeConfig {
    /// `garments`, `digits`, `mnist`, `fashion-mnist` or a folder of idx files, with its place at the start of the run.
    /// The sha256 of the content identifies the data, not this place.
    pub data: String,
    /// The kind and the size of the code.
    #[serde(with = "serde_text")]
    pub latents: Latents,
    /// The gradient estimator of discrete choices. Absent for a Gaussian code.
    #[serde(default, with = "serde_text::optional", skip_serializing_if = "Option::is_none")]
    pub estimator: Option<Name>,
    /// The number of samples of an estimator that has several, if it is not the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<usize>,
    /// The baseline of `reinforce`, if it is not the default.
    #[serde(default, with = "serde_text::optional", skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// The share u of the uniform law in the posterior of discrete choices, 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unimix: Option<f64>,
    /// The number of passes over the training images.
    pub epochs: u64,
    /// The number of images in a step.
    pub batch: usize,
    /// The learning rate.
    pub lr: f64,
    /// The optimiser.
    #[serde(with = "serde_text")]
    pub optimizer: OptimizerKind,
    /// How grey pixels become 0 or 1.
    #[serde(with = "serde_text")]
    pub binarise: Binarise,
    /// The sizes of the hidden layers of the decoder.
    pub hidden: Vec<usize>,
    /// The prior of discrete choices. Absent for a Gaussian code, where it is N(0, 1).
    #[serde(default, with = "serde_text::optional", skip_serializing_if = "Option::is_none")]
    pub prior: Option<Prior>,
    /// The seed of split, binarisation, initial weights, shuffling and noise.
    #[serde(deserialize_with = "serde_text::whole")]
    pub seed: u64,
    /// The number of parts of a batch that are computed in parallel.
    pub shards: usize,
    /// The device, always the same.
    pub device: Device,
    /// The temperature schedule of discrete choices. Absent for a Gaussian code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tau: Option<TemperatureSchedule>,
}

impl VaeConfig {
    /// The defaults for a data set, with a categorical code.
    ///
    /// For 28x28 images they follow the published protocol, with 20 epochs. The embedded sets, which are
    /// small, get more epochs and a larger learning rate; garments keep their grey values and get a larger
    /// decoder, digits get a new binarisation in each epoch and a lower final temperature.
    pub fn defaults(data: &str) -> Self {
        let (garments, digits) = (data == "garments", data == "digits");
        Self {
            data: data.to_owned(),
            latents: Latents::Categorical(Choices { variables: 20, classes: 10 }),
            estimator: Some(Name::StraightThroughGumbelSoftmax),
            samples: None,
            baseline: None,
            unimix: None,
            epochs: match data {
                "garments" => 150,
                "digits" => 500,
                _ => 20,
            },
            batch: 100,
            lr: match data {
                "garments" => 2e-3,
                "digits" => 3e-3,
                _ => 1e-3,
            },
            optimizer: OptimizerKind::Adam,
            binarise: match data {
                "garments" => Binarise::None,
                "digits" => Binarise::Dynamic,
                _ => Binarise::Fixed,
            },
            hidden: vec![if garments { 400 } else { 200 }],
            prior: Some(Prior::Learned),
            seed: 0,
            shards: 2,
            device: Device::Cpu,
            tau: Some(TemperatureSchedule::Exponential {
                start: 1.0,
                floor: if digits { 0.3 } else { 0.5 },
                rate: if digits { 5e-4 } else { 1e-4 },
                every: if digits { 100 } else { 500 },
            }),
        }
    }

    /// The same settings with a default temperature fitted to a run on `n` training images: it reaches its
    /// floor in the first half. A temperature other than the default is kept, and so is the default of `mnist`
    /// and `fashion-mnist`, which follows the published protocol.
    ///
    /// ```
    /// use gumbel_lab::vae::VaeConfig;
    /// let whole = VaeConfig::defaults("digits");
    /// assert_eq!(whole.clone().fitted_to(1_297), whole);
    /// let short = VaeConfig { epochs: 40, ..whole }.fitted_to(1_297);
    /// assert_eq!(short.tau.and_then(|tau| tau.settles_at()), Some(200));
    /// assert_eq!(short.steps(1_297), 520);
    /// ```
    #[must_use]
    pub fn fitted_to(self, n: usize) -> Self {
        let steps = self.steps(n);
        let Some(TemperatureSchedule::Exponential { start, floor, .. }) = self.tau else {
            return self;
        };
        if self.is_published() || steps == 0 || self.tau != Self::defaults(&self.data).tau {
            return self;
        }
        let tau = if self.data == "digits" {
            let (rate, every) = (DIGITS_DECAY / steps as f64, (steps / DIGITS_CHANGES).max(1));
            Some(TemperatureSchedule::Exponential { start, floor, rate, every })
        } else {
            TemperatureSchedule::exponential_for_run(start, floor, limits::SETTLED_AT, steps).ok()
        };
        Self { tau, ..self }
    }

    /// The number of training steps of a run on `n` images.
    pub fn steps(&self, n: usize) -> u64 {
        n.div_ceil(self.batch.max(1)) as u64 * self.epochs
    }

    /// Whether the default temperature of this data set follows the published protocol, in steps.
    pub fn is_published(&self) -> bool {
        PUBLISHED.contains(&self.data.as_str())
    }

    /// Checks the size of the layers next to the pixels, for images of `pixels` pixels.
    ///
    /// # Errors
    /// A layer of more than 100,000,000 weights.
    pub fn check_size(&self, pixels: usize) -> Result<(), LabError> {
        let most = MAX_WEIGHTS;
        let last = self.hidden.last().copied().unwrap_or(self.latents.code_size());
        let layers = [
            ("latents", "encoder outputs", self.latents.encoded_size()),
            ("hidden", "units before them", last),
        ];
        for (name, what, size) in layers {
            if size.saturating_mul(pixels) > most {
                let problem = format!(
                    "expected layers of at most 100,000,000 weights, found {pixels} pixels x {size} \
                     {what}"
                );
                return Err(LabError::setting(name, problem));
            }
        }
        Ok(())
    }

    /// The same settings with another code. A Gaussian code drops what belongs to discrete choices: estimator and
    /// its options, prior and temperature. A categorical code gets the defaults of those that are missing.
    #[must_use]
    pub fn with_latents(self, latents: Latents) -> Self {
        let code = Self { latents, ..self };
        match (latents, code.estimator) {
            (Latents::Gaussian(_), _) => Self {
                estimator: None,
                samples: None,
                baseline: None,
                unimix: None,
                prior: None,
                tau: None,
                ..code
            },
            (Latents::Categorical(_), estimator) => {
                let Self { estimator: default, prior, tau, .. } = Self::defaults(&code.data);
                let tau = if estimator.is_some() { code.tau } else { tau };
                let estimator = estimator.or(default);
                Self { estimator, prior: code.prior.or(prior), tau, ..code }
            }
        }
    }

    /// The same settings with another estimator, its default options and its default temperature.
    #[must_use]
    pub fn with_estimator(self, name: Name) -> Self {
        if self.estimator == Some(name) {
            return self;
        }
        let tau = match name {
            Name::GumbelSoftmax
            | Name::StraightThroughGumbelSoftmax
            | Name::AnnealedStraightThrough => Self::defaults(&self.data).tau,
            _ => {
                let tau = name.estimator().default_tau();
                tau.map(|tau| TemperatureSchedule::Constant { tau })
            }
        };
        Self { estimator: Some(name), samples: None, baseline: None, tau, ..self }
    }

    /// The same settings without options that have the default value: a run is the same whether they are given or not.
    #[must_use]
    pub fn without_defaults(self) -> Self {
        let samples = self.estimator.and_then(Name::default_samples);
        let baseline = (self.estimator == Some(Name::Reinforce)).then(Baseline::default);
        Self {
            samples: self.samples.filter(|k| Some(*k) != samples),
            baseline: self.baseline.filter(|b| Some(*b) != baseline),
            unimix: self.unimix.filter(|u| *u != 0.0),
            ..self
        }
    }

    /// Makes the estimator of discrete choices.
    ///
    /// # Errors
    /// Options that the estimator does not have.
    pub fn make_estimator(&self) -> Result<Option<Box<dyn Estimator>>, LabError> {
        let options = Options { samples: self.samples, baseline: self.baseline };
        let made = self.estimator.map(|name| name.estimator_with(options)).transpose();
        made.map_err(|error| LabError::setting("estimator", error.to_string()))
    }

    /// The temperature of a step, 1 without a schedule.
    pub fn temperature(&self, step: u64) -> f64 {
        self.tau.map_or(1.0, |tau| tau.tau(step))
    }

    /// The name of the gradient estimator.
    pub fn estimator_name(&self) -> &'static str {
        self.estimator.map_or("re-parameterised", Name::into)
    }

    /// Checks that discrete choices have an estimator, a prior, and a temperature if the estimator has one, and that
    /// a Gaussian code has none of them.
    pub(super) fn check_code(&self) -> Result<(), LabError> {
        let wrong = |name, problem: String| Err(LabError::setting(name, problem));
        let Latents::Categorical(Choices { variables, classes }) = self.latents else {
            for (name, given, instead) in [
                ("estimator", self.estimator.is_some(), "a normal sample has its own gradient"),
                ("samples", self.samples.is_some(), "there is one sample"),
                ("baseline", self.baseline.is_some(), "nothing is estimated"),
                ("unimix", self.unimix.is_some(), "there are no classes"),
                ("prior", self.prior.is_some(), "the prior is N(0, 1)"),
                ("tau", self.tau.is_some(), "nothing is relaxed"),
            ] {
                if given {
                    let problem = format!("belongs to discrete latents; with {}", self.latents);
                    return wrong(name, format!("{problem} {instead}"));
                }
            }
            return Ok(());
        };
        let missing = format!("missing for latents {}", self.latents);
        let (Some(estimator), Some(name)) = (self.make_estimator()?, self.estimator) else {
            return wrong("estimator", missing);
        };
        if let Err(error) = estimator.check(variables, classes) {
            return wrong("estimator", error.to_string());
        }
        if self.prior.is_none() {
            return wrong("prior", missing);
        }
        if let Some(u) = self.unimix
            && !(1e-30..1.0).contains(&u)
        {
            let problem = format!("expected 0, or a number from 1e-30 to below 1, found {u}");
            return wrong("unimix", problem);
        }
        match (estimator.default_tau(), self.tau) {
            (Some(_), None) => wrong("tau", missing),
            (None, Some(_)) => wrong("tau", format!("{name} has no temperature")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
