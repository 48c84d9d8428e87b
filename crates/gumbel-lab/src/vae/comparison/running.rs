//! `Running`: trains the runs of a comparison that are not finished.

use std::path::Path;

use gumbel_data::{DataError, Dataset};
use gumbel_train::Start;

use super::{Run, Variant, words};
use crate::comparison::{Ended, Missing, Trainings};
use crate::error::LabError;
use crate::vae::config::VaeConfig;
use crate::vae::train;

/// What a comparison needs while it runs.
pub(super) struct Running<'a> {
    pub(super) trainings: Trainings<'a>,
    pub(super) images: Images<'a>,
}

/// The images of the last seed that was asked for.
pub(super) struct Images<'a> {
    pub(super) load: &'a mut dyn FnMut(u64) -> Result<Dataset, DataError>,
    pub(super) loaded: Option<(u64, Dataset)>,
}

impl Images<'_> {
    /// The images for a seed.
    pub(super) fn of(&mut self, seed: u64) -> Result<&Dataset, LabError> {
        if self.loaded.as_ref().is_none_or(|(loaded, _)| *loaded != seed) {
            self.loaded = None;
            self.loaded = Some((seed, (self.load)(seed)?));
        }
        Ok(&self.loaded.as_ref().expect("just loaded").1)
    }
}

/// The name of a run in words.
pub(super) fn in_words(variant: Variant, settings: &VaeConfig) -> String {
    let tau = settings.tau.map_or_else(String::new, |tau| format!(", tau {}", words(tau)));
    let VaeConfig { lr, seed, .. } = settings;
    format!("{variant}, lr {lr}{tau}, seed {seed}")
}

impl Running<'_> {
    /// Trains a run unless it is finished, and reads it; `None` if it diverged.
    pub(super) fn run(
        &mut self,
        folder: &Path,
        variant: Variant,
        settings: &VaeConfig,
    ) -> Result<Result<Option<Run>, Missing>, LabError> {
        let Self { trainings, images } = self;
        let name = in_words(variant, settings);
        let ended = trainings.run(folder, settings, &name, |observer, compute, stop| {
            let dataset = images.of(settings.seed)?;
            train(settings, dataset, folder, Start::Resume, compute, observer, stop)
        })?;
        match ended {
            Err(missing) => Ok(Err(missing)),
            Ok(Ended::Diverged) => Ok(Ok(None)),
            Ok(Ended::Finished) => {
                let run = Run::read(folder)?;
                Ok(Ok(run.summary.health.diverged.is_none().then_some(run)))
            }
        }
    }
}
