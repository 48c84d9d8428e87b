//! `gumbel reproduce frequency`: compares choices of channels on one set of images.
//!
//! Each variant is trained once for each seed, into its own folder. Finished runs are left alone and
//! interrupted runs are resumed, so a comparison can be stopped and started again. The learned choices of a
//! seed come from its gate.

mod figures;
mod pictures;
mod table;
mod variants;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

pub use pictures::{accuracy_picture, bytes_picture};
pub use table::{Row, table};
pub use variants::Variant;

use crate::comparison::ComparisonObserver;
use crate::error::LabError;
use crate::frequency::channels::Selection;
use crate::frequency::config::{EMBEDDED, FrequencyConfig, GateSettings};
use crate::frequency::record::Summary;
use crate::frequency::run::FrequencyRun;
use crate::frequency::train;
use crate::record;
use crate::statistics::PairedDifference;
use gumbel_data::DataError;
use gumbel_data::jpeg::{Content, JpegSet, LeftOut};
use gumbel_files::csv_rows::read_rows;
use gumbel_train::{Compute, Outcome, RunState, Settings, Start, differences};

/// A comparison of variants.
///
/// ```
/// use std::sync::atomic::AtomicBool;
///
/// use gumbel_data::jpeg::{JpegSet, LoadOptions};
/// use gumbel_lab::frequency::FrequencyConfig;
/// use gumbel_lab::frequency::comparison::{Comparison, report};
///
/// let base = FrequencyConfig {
///     epochs: 1,
///     width: 8,
///     ..FrequencyConfig::defaults("digits-jpeg")
/// };
/// let variants = vec!["all".parse()?, "low-24".parse()?];
/// let comparison = Comparison { seeds: 1, variants, ..Comparison::new(base) };
/// let out = tempfile::tempdir()?;
/// let mut load = |seed, content| {
///     JpegSet::smoke(&LoadOptions { seed, content, ..LoadOptions::default() })
/// };
/// let stop = AtomicBool::new(false);
/// let runs = comparison.run(out.path(), 2, &mut load, &mut (), &stop)?.expect("not stopped");
/// assert_eq!(runs.len(), 2);
/// report(&comparison, &runs, out.path())?;
/// assert!(out.path().join("comparison.md").is_file());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The settings that all variants share. The gate of these settings is the first of the two gates.
    pub base: FrequencyConfig,
    /// The weight of the second gate's penalty.
    pub second_lambda: f64,
    /// The number of seeds; the seeds are 0, 1, ...
    pub seeds: u64,
    /// The variants to train.
    pub variants: Vec<Variant>,
}

/// A finished run of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The variant that was trained.
    pub variant: Variant,
    /// The seed of the run.
    pub seed: u64,
    /// The folder of the run.
    pub folder: PathBuf,
    /// The result of the run.
    pub summary: Summary,
    /// Whether each test image was classified correctly, by file.
    pub correct: BTreeMap<String, bool>,
    /// The number of training images per second in the median epoch, without the time of evaluation.
    pub images_per_second: f64,
    /// The files that could not be read, the same for every variant.
    pub left_out: Vec<LeftOut>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Timing {
    train_seconds: f64,
}

impl Comparison {
    /// The default number of seeds.
    pub const SEEDS: u64 = 3;

    /// The comparison that tests the claims of the paper, with the settings of `base`.
    pub fn new(base: FrequencyConfig) -> Self {
        let gate = GateSettings::default();
        let base = FrequencyConfig { gate: Some(base.gate.clone().unwrap_or(gate)), ..base };
        Self { base, second_lambda: SECOND_LAMBDA, seeds: Self::SEEDS, variants: Variant::all() }
    }

    /// The folder of a run.
    pub fn folder(out: &Path, variant: Variant, seed: u64) -> PathBuf {
        out.join(format!("{variant}-seed-{seed}"))
    }

    /// The settings of a variant. A learned choice comes from the gate of the same seed.
    fn config(&self, out: &Path, variant: Variant, seed: u64) -> Result<FrequencyConfig, LabError> {
        let base = FrequencyConfig { seed, ..self.base.clone() };
        Ok(match variant {
            Variant::Rgb(stem) => base.on_pixels(stem),
            Variant::Gate => base,
            Variant::SecondGate => {
                let gate = base.gate.clone().unwrap_or_default();
                let penalty = gumbel_burn::GatePenalty::Mean { lambda: self.second_lambda };
                FrequencyConfig { gate: Some(GateSettings { penalty, ..gate }), ..base }
            }
            Variant::All => base.with_channels(&Selection::all(), variant.to_string()),
            Variant::Low(keep) => base.with_channels(&Selection::low(keep)?, variant.to_string()),
            Variant::Random(keep, draw) => {
                let selection = Selection::random(keep, gumbel::Key::new(draw))?;
                base.with_channels(&selection, variant.to_string())
            }
            Variant::Learned(keep) => {
                let gate = FrequencyRun::open(&Self::folder(out, Variant::Gate, seed))?;
                base.with_channels(&gate.most_probable(keep)?, variant.to_string())
            }
        })
    }

    /// The runs in the order in which they are trained: gates first, as learned choices need them.
    fn order(&self) -> Vec<(u64, Variant)> {
        let mut variants = self.variants.clone();
        if variants.iter().any(|variant| matches!(variant, Variant::Learned(_))) {
            variants.push(Variant::Gate);
        }
        variants.sort();
        variants.dedup();
        (0..self.seeds).flat_map(|seed| variants.iter().map(move |&v| (seed, v))).collect()
    }

    /// Trains all runs of the comparison that are not finished. Returns `None` if `stop` was set.
    ///
    /// `load` loads the images for a seed as coefficients or pixels. All variants of a seed must see the same
    /// images.
    ///
    /// # Errors
    /// Those of [`train`] and of `load`; images that differ between variants of a seed.
    pub fn run(
        &self,
        out: &Path,
        compute: impl Into<Compute>,
        load: &mut dyn FnMut(u64, Content) -> Result<JpegSet, DataError>,
        observer: &mut dyn ComparisonObserver,
        stop: &AtomicBool,
    ) -> Result<Option<Vec<Finished>>, LabError> {
        let (order, compute) = (self.order(), compute.into());
        // Checks all settings before hours of training. A learned choice adds none to those of its gate.
        for &(seed, variant) in &order {
            if !matches!(variant, Variant::Learned(_)) {
                self.config(out, variant, seed)?.check()?;
            }
        }
        if out.join("config.toml").is_file() {
            let problem = "is the folder of a single run: a comparison needs its own folder";
            return Err(LabError::run(out, problem));
        }
        let mut loaded: Option<((u64, Content), JpegSet)> = None;
        let mut seen: BTreeMap<u64, Images> = BTreeMap::new();
        for (number, &(seed, variant)) in order.iter().enumerate() {
            let config = self.config(out, variant, seed)?;
            let content = config.input.content();
            let (_, set) = match loaded.take() {
                Some((have, set)) if have == (seed, content) => loaded.insert((have, set)),
                // Frees the old set before loading the new one.
                other => {
                    drop(other);
                    let set = load(seed, content)?;
                    let images = Images::of(&set);
                    match seen.get(&seed) {
                        Some(first) => images.check(first, seed, out)?,
                        None => {
                            self.check_data(out, seed, &set)?;
                            seen.insert(seed, images);
                        }
                    }
                    loaded.insert(((seed, content), set))
                }
            };
            let folder = Self::folder(out, variant, seed);
            if is_finished(&folder, &config, set)? {
                continue;
            }
            observer.begin(number + 1, order.len(), &format!("{variant}, seed {seed}"));
            let outcome =
                train(&config, set, &folder, Start::Resume, compute, &mut *observer, stop)?;
            if let Outcome::Stopped { .. } = outcome {
                return Ok(None);
            }
        }
        let mut runs = Vec::new();
        for (seed, variant) in order {
            let left_out = seen.get(&seed).map(|images| images.left_out.clone());
            runs.push(Finished::read(out, variant, seed, left_out.unwrap_or_default())?);
        }
        check_images(&runs)?;
        Ok(Some(runs))
    }

    /// Refuses a folder that holds runs of this seed on other data, of any variant. Their settings differ as
    /// well, but the data are the cause to report. A run with another grid, or on the same folder with changed
    /// files, is left to the training, whose error names the cause.
    fn check_data(&self, out: &Path, seed: u64, set: &JpegSet) -> Result<(), LabError> {
        let grid = |config: &FrequencyConfig| (config.rows, config.columns);
        for folder in gumbel_train::run::list(out)? {
            let Ok(run) = FrequencyRun::open(&folder) else { continue };
            let theirs = run.config();
            let ours = theirs.seed != seed
                || grid(theirs) != grid(&self.base)
                || theirs.data == self.base.data
                || run.data().is_same(&record::of_jpegs(set));
            if ours {
                continue;
            }
            let here = match self.base.data.as_str() {
                EMBEDDED => "the smoke set, which is taken without --data".to_owned(),
                place => place.to_owned(),
            };
            let problem = format!(
                "was trained on other data: {} there, here {here}; name its data with --data, or another \
                 folder with --out",
                theirs.data
            );
            return Err(LabError::run(&folder, problem));
        }
        Ok(())
    }
}

/// The identity of the images of a seed, which all its variants must share.
struct Images {
    content: Content,
    sha256: String,
    /// The files of each part.
    files: [Vec<String>; 3],
    left_out: Vec<LeftOut>,
}

impl Images {
    fn of(set: &JpegSet) -> Self {
        let files = [&set.train, &set.validation, &set.test];
        Self {
            content: set.content,
            sha256: set.sha256.clone(),
            files: files.map(|part| part.images.iter().map(|image| image.file.clone()).collect()),
            left_out: set.report.left_out.clone(),
        }
    }

    /// Refuses images that differ from the first of the seed. Files may change during a comparison.
    fn check(&self, first: &Self, seed: u64, out: &Path) -> Result<(), LabError> {
        if (&self.sha256, &self.files) == (&first.sha256, &first.files) {
            return Ok(());
        }
        let name = |content: Content| match content {
            Content::Coefficients => "coefficients",
            Content::Pixels => "pixels",
        };
        let all = |images: &Self| images.files.iter().flatten().cloned().collect::<BTreeSet<_>>();
        let (ours, theirs) = (all(self), all(first));
        let unpaired = ours.symmetric_difference(&theirs).collect::<Vec<_>>();
        let found = match unpaired.first() {
            Some(file) => {
                format!("{} of them are in only one of the two, the first {file}", unpaired.len())
            }
            None => "files or parts have changed".to_owned(),
        };
        let problem = format!(
            "seed {seed}: the images read as {} are not those read as {}: {found}; a comparison needs \
             the same images throughout",
            name(self.content),
            name(first.content)
        );
        Err(LabError::run(out, problem))
    }
}

/// Refuses runs whose test images differ from those of the first run of the seed.
fn check_images(runs: &[Finished]) -> Result<(), LabError> {
    for run in runs {
        let first = runs.iter().find(|first| first.seed == run.seed).unwrap_or(run);
        if !run.correct.keys().eq(first.correct.keys()) {
            let problem = format!(
                "has {} test images that are not the {} of {}: a comparison needs the same images",
                run.correct.len(),
                first.correct.len(),
                first.folder.display()
            );
            return Err(LabError::run(&run.folder, problem));
        }
    }
    Ok(())
}

/// The default weight of the penalty of the second gate, which keeps fewer channels.
pub const SECOND_LAMBDA: f64 = 1.0;

/// Whether a folder holds a finished run with these settings on this set. For other settings or data the
/// training reports an error.
fn is_finished(folder: &Path, config: &FrequencyConfig, set: &JpegSet) -> Result<bool, LabError> {
    if !folder.join("config.toml").is_file() {
        return Ok(false);
    }
    let run = FrequencyRun::open(folder)?;
    let same = differences(run.config(), config).is_empty() && *run.data() == record::of_jpegs(set);
    Ok(same && matches!(run.state()?, RunState::Finished(_)))
}

impl Finished {
    fn read(
        out: &Path,
        variant: Variant,
        seed: u64,
        left_out: Vec<LeftOut>,
    ) -> Result<Self, LabError> {
        let folder = Comparison::folder(out, variant, seed);
        let run = FrequencyRun::open(&folder)?;
        let RunState::Finished(summary) = run.state()? else {
            return Err(LabError::run(&folder, "is not finished"));
        };
        let predictions = run.predictions()?;
        let correct = predictions.into_iter().map(|row| (row.file, row.class == row.predicted));
        let correct = correct.collect();
        let timing: Vec<Timing> = read_rows(&folder.join("timing.csv"))?;
        // A resumed epoch was timed only in part, so the median is taken.
        let mut seconds: Vec<f64> = timing.iter().map(|row| row.train_seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let median = seconds.get(seconds.len() / 2).copied().unwrap_or(f64::INFINITY);
        let images_per_second =
            record::number(&run, "train")? as f64 / median.max(f64::MIN_POSITIVE);
        Ok(Self { variant, seed, folder, summary, correct, images_per_second, left_out })
    }
}

/// The runs of each variant.
fn by_variant(runs: &[Finished]) -> BTreeMap<Variant, Vec<&Finished>> {
    let mut map: BTreeMap<Variant, Vec<&Finished>> = BTreeMap::new();
    for run in runs {
        map.entry(run.variant).or_default().push(run);
    }
    map
}

/// The share of correct answers for each test image, over the seeds that test on it.
fn scores(runs: &[&Finished]) -> BTreeMap<String, f64> {
    let mut counts: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (file, &correct) in runs.iter().flat_map(|run| &run.correct) {
        let (sum, n) = counts.entry(file).or_default();
        (*sum, *n) = (*sum + f64::from(correct), *n + 1.0);
    }
    counts.into_iter().map(|(file, (sum, n))| (file.to_owned(), sum / n)).collect()
}

/// The difference of the scores of two variants, on the images that both have.
fn paired(first: &[&Finished], second: &[&Finished]) -> PairedDifference {
    let (a, b) = (scores(first), scores(second));
    let pairs = a.iter().filter_map(|(file, &score)| Some((score, *b.get(file)?)));
    PairedDifference::of(&pairs.collect::<Vec<_>>())
}

/// The accuracy of variant `first` minus the accuracy of `second`, image by image over all seeds. `None` if
/// one of the two was not trained.
pub fn difference(runs: &[Finished], first: Variant, second: Variant) -> Option<PairedDifference> {
    let map = by_variant(runs);
    Some(paired(map.get(&first)?, map.get(&second)?))
}

/// Writes `comparison.md`, `comparison.csv`, the pictures and `report.html` into the folder.
///
/// # Errors
/// Files that cannot be written.
pub fn report(comparison: &Comparison, runs: &[Finished], out: &Path) -> Result<(), LabError> {
    let rows = table(runs);
    table::write(comparison, &rows, runs, out)?;
    figures::write(comparison, &rows, runs, out)
}
