//! What comparisons of several trainings share: runs that are finished are left alone, others are resumed.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use gumbel_files::output;
use gumbel_report::color::Color;
use gumbel_report::{Anchor, Rect, Sketch, TEXT};
use gumbel_train::{
    Compute, Health, Observer, Outcome, RunFolder, RunState, Settings, TrainError, differences,
};

use crate::error::LabError;

/// The end of a call that trains the runs of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress<T> {
    /// All runs are finished.
    Complete(Vec<T>),
    /// The time was used up before all runs were finished. The list has what is finished.
    OutOfTime(Vec<T>),
    /// The stop flag was set.
    Stopped,
}

/// Receives the name of each run that starts, besides its training progress.
pub trait ComparisonObserver: Observer {
    /// The training of a variant starts or resumes: run `number` of `total`, the first being 1.
    fn begin(&mut self, number: usize, total: usize, name: &str);
}

/// Ignores all progress.
impl ComparisonObserver for () {
    fn begin(&mut self, _: usize, _: usize, _: &str) {}
}

/// The file in the folder of a run whose numbers stopped being finite: it is not trained again.
const DIVERGED: &str = "diverged.txt";

/// The means of the trainings of a comparison.
pub(crate) struct Trainings<'a> {
    pub(crate) compute: Compute,
    pub(crate) observer: &'a mut dyn ComparisonObserver,
    pub(crate) stop: &'a AtomicBool,
    /// The time after which no further run is begun.
    pub(crate) until: Option<Instant>,
    /// The number of the next run, and of all.
    pub(crate) number: (usize, usize),
}

/// The reason for which a run is not there.
pub(crate) enum Missing {
    Stopped,
    OutOfTime,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Finished,
    Diverged,
}

impl Trainings<'_> {
    /// Whether the time for further runs is used up.
    pub(crate) fn is_out_of_time(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// Trains a run unless it has ended. `train` is the training of these settings into the folder.
    ///
    /// # Errors
    /// A run with other settings in the folder; those of the training, but for numbers that are not finite.
    pub(crate) fn run<S: Settings>(
        &mut self,
        folder: &Path,
        settings: &S,
        name: &str,
        train: impl FnOnce(
            &mut dyn Observer,
            Compute,
            &AtomicBool,
        ) -> Result<Outcome<S::Summary>, LabError>,
    ) -> Result<Result<Ended, Missing>, LabError> {
        self.number.0 += 1;
        if let Some(ended) = ended(folder, settings)? {
            return Ok(Ok(ended));
        }
        if self.is_out_of_time() {
            return Ok(Err(Missing::OutOfTime));
        }
        self.observer.begin(self.number.0, self.number.1, name);
        match train(&mut *self.observer, self.compute, self.stop) {
            Ok(Outcome::Stopped { .. }) => Ok(Err(Missing::Stopped)),
            Err(LabError::Train(error @ TrainError::NotFinite { .. })) => {
                output::write(&folder.join(DIVERGED), format!("{error}\n").as_bytes())
                    .map_err(TrainError::from)?;
                Ok(Ok(Ended::Diverged))
            }
            Err(other) => Err(other),
            Ok(_) => Ok(Ok(Ended::Finished)),
        }
    }
}

/// Opens the run in a folder; `None` if there is none.
///
/// # Errors
/// A run with other settings.
pub(crate) fn open<S: Settings>(
    folder: &Path,
    settings: &S,
) -> Result<Option<RunFolder<S>>, LabError> {
    if !folder.join("config.toml").is_file() {
        return Ok(None);
    }
    let run = RunFolder::<S>::open(folder)?;
    if let Some(difference) = differences(run.config(), settings).first() {
        let advice = "name another folder with --out, or delete this one";
        return Err(LabError::run(folder, format!("has other settings: {difference}; {advice}")));
    }
    Ok(Some(run))
}

/// How the run in a folder ended; `None` for a run that is not there, or not at its end.
fn ended<S: Settings>(folder: &Path, settings: &S) -> Result<Option<Ended>, LabError> {
    let Some(run) = open(folder, settings)? else { return Ok(None) };
    if folder.join(DIVERGED).is_file() {
        return Ok(Some(Ended::Diverged));
    }
    Ok(matches!(run.state()?, RunState::Finished(_)).then_some(Ended::Finished))
}

/// What is odd about a run of a comparison, for its report.
pub(crate) fn notes(name: &str, health: &Health) -> Vec<String> {
    let all = health.diverged.iter().chain(&health.warnings).chain(&health.advice);
    all.map(|text| format!("{name}: {text}")).collect()
}

/// The least distance of two names at the ends of curves.
const APART: f64 = 16.0;

/// Writes names at the ends of curves, moved apart from each other, from the lowest upwards, and above the axis.
pub(crate) fn place_names(sketch: &mut Sketch, area: Rect, mut names: Vec<(f64, &str, Color)>) {
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut below = area.bottom + APART;
    for (y, name, color) in names.into_iter().rev() {
        let y = y.min(below - APART);
        below = y;
        sketch.text(name, (area.right + 10.0, y + 4.5), TEXT, color, Anchor::Start);
    }
}
