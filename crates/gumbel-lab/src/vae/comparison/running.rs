//! `Running`: trains the runs of a comparison that are not finished.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use gumbel_data::{DataError, Dataset};
use gumbel_files::output;
use gumbel_train::{Outcome, RunState, Start, TrainError, differences};

use super::{Run, Variant, words};
use crate::comparison_observer::ComparisonObserver;
use crate::error::LabError;
use crate::vae::config::VaeConfig;
use crate::vae::run::VaeRun;
use crate::vae::train;

/// The file in the folder of a run whose numbers stopped being finite: it is not trained again.
const DIVERGED: &str = "diverged.txt";

/// Receives what a comparison needs while it runs.
pub(super) struct Running<'a> {
    pub(super) threads: usize,
    pub(super) load: &'a mut dyn FnMut(u64) -> Result<Dataset, DataError>,
    pub(super) loaded: Option<(u64, Dataset)>,
    pub(super) observer: &'a mut dyn ComparisonObserver,
    pub(super) stop: &'a AtomicBool,
    pub(super) until: Option<Instant>,
    /// The number of the next run, and of all.
    pub(super) number: (usize, usize),
}

/// The reason for which a run is not there.
pub(super) enum Missing {
    Stopped,
    OutOfTime,
}

/// How a run ended.
enum Ended {
    Finished,
    Diverged,
}

impl Running<'_> {
    /// Whether the time for further runs is used up.
    pub(super) fn is_out_of_time(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Loads the images for a seed, unless they are loaded.
    pub(super) fn load(&mut self, seed: u64) -> Result<(), LabError> {
        if self.loaded.as_ref().is_none_or(|(loaded, _)| *loaded != seed) {
            self.loaded = None;
            self.loaded = Some((seed, (self.load)(seed)?));
        }
        Ok(())
    }

    /// Tells the observer the name of the run that begins.
    pub(super) fn begin(&mut self, variant: Variant, settings: &VaeConfig, purpose: &str) {
        let tau = settings.tau.map_or_else(String::new, |tau| format!(", tau {}", words(tau)));
        let VaeConfig { lr, seed, .. } = settings;
        let name = format!("{variant}, lr {lr}{tau}, seed {seed}{purpose}");
        self.observer.begin(self.number.0, self.number.1, &name);
    }

    /// Trains a run unless it is finished, and reads it; `None` if it diverged.
    pub(super) fn run(
        &mut self,
        folder: &Path,
        variant: Variant,
        settings: &VaeConfig,
    ) -> Result<Result<Option<Run>, Missing>, LabError> {
        let ended = ended(folder, settings)?;
        self.number.0 += 1;
        if ended.is_none() {
            if self.is_out_of_time() {
                return Ok(Err(Missing::OutOfTime));
            }
            self.load(settings.seed)?;
            self.begin(variant, settings, "");
            let (_, dataset) = self.loaded.as_ref().expect("just loaded");
            let observer = &mut *self.observer;
            let (threads, stop) = (self.threads, self.stop);
            match train(settings, dataset, folder, Start::Resume, threads, observer, stop) {
                Ok(Outcome::Stopped { .. }) => return Ok(Err(Missing::Stopped)),
                Err(LabError::Train(error @ TrainError::NotFinite { .. })) => {
                    output::write(&folder.join(DIVERGED), format!("{error}\n").as_bytes())
                        .map_err(TrainError::from)?;
                }
                Err(other) => return Err(other),
                Ok(_) => {}
            }
        }
        match ended {
            Some(Ended::Diverged) => Ok(Ok(None)),
            _ if folder.join(DIVERGED).is_file() => Ok(Ok(None)),
            _ => {
                let run = Run::read(folder)?;
                Ok(Ok(run.summary.health.diverged.is_none().then_some(run)))
            }
        }
    }
}

/// Opens the run in a folder; `None` if there is none.
///
/// # Errors
/// A run with other settings.
pub(super) fn open(folder: &Path, settings: &VaeConfig) -> Result<Option<VaeRun>, LabError> {
    if !folder.join("config.toml").is_file() {
        return Ok(None);
    }
    let run = VaeRun::open(folder)?;
    if let Some(difference) = differences(run.config(), settings).first() {
        let advice = "name another folder with --out, or delete this one";
        return Err(LabError::run(folder, format!("has other settings: {difference}; {advice}")));
    }
    Ok(Some(run))
}

/// How the run in a folder ended; `None` for a run that is not there, or not at its end.
fn ended(folder: &Path, settings: &VaeConfig) -> Result<Option<Ended>, LabError> {
    let Some(run) = open(folder, settings)? else { return Ok(None) };
    if folder.join(DIVERGED).is_file() {
        return Ok(Some(Ended::Diverged));
    }
    Ok(matches!(run.state()?, RunState::Finished(_)).then_some(Ended::Finished))
}
