//! The autoencoder as an experiment: its names in a run folder, and the checks of its settings.

use gumbel_files::names::number;
use gumbel_train::{Plan, Settings, TrainError, check_schedule, limits};

use super::config::{MAX_WEIGHTS, VaeConfig};
use super::record::Summary;

impl Settings for VaeConfig {
    const NAME: &'static str = "vae";
    const COMMANDS: &'static str = "train vae";
    const FILES: &'static [&'static str] = &[
        "bound.png",
        "temperature.png",
        "entropy.png",
        "usage.png",
        "divergence.png",
        "manifold.png",
        "reconstructions.png",
        "samples.png",
    ];
    const PROVENANCE: &'static [&'static str] = &["data"];
    type Summary = Summary;

    fn plan(&self) -> Plan {
        let Self { batch, epochs, shards, seed, optimizer, lr, .. } = *self;
        Plan { batch, epochs, shards, seed, optimizer, lr }
    }

    fn model_in_words(&self) -> String {
        format!("vae {}, {}", self.latents, self.estimator_name())
    }

    fn check(&self) -> Result<(), TrainError> {
        let wrong = |name, problem: String| Err(TrainError::setting(name, problem));
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
            return wrong(
                "lr",
                format!("expected a finite rate above 0, found {}", number(self.lr)),
            );
        }
        if self.hidden.iter().any(|&n| n == 0 || n > 100_000) {
            let problem = format!("expected layers of 1 to 100,000 units, found {:?}", self.hidden);
            return wrong("hidden", problem);
        }
        self.check_code()?;
        let code = self.latents.code_size();
        let sizes = [&[code], self.hidden.as_slice()].concat();
        if let Some(pair) = sizes.windows(2).find(|pair| pair[0] * pair[1] > MAX_WEIGHTS) {
            let problem = format!(
                "expected layers of at most 100,000,000 weights, found {} x {}",
                pair[0], pair[1]
            );
            return wrong("hidden", problem);
        }
        self.tau.map_or(Ok(()), check_schedule)
    }

    fn check_start(&self) -> Result<(), TrainError> {
        self.check()?;
        limits::check(self.lr, self.tau)
    }
}
