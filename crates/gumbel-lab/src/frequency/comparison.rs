//! `gumbel reproduce frequency`: what the choice of channels costs and gains, on one set of images.
//!
//! Each variant is trained once for each seed, into a folder of its own; runs that are finished are
//! left alone, and one that was cut short goes on, so the whole can be stopped and begun again. The
//! learned choices of a seed come from its gate.

mod figures;
mod table;
mod variants;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use serde::{Deserialize, Serialize};

pub use table::{Row, table};
pub use variants::Variant;

use crate::data::DataError;
use crate::data::jpeg::{Content, JpegSet, LeftOut};
use crate::error::LabError;
use crate::frequency::channels::Selection;
use crate::frequency::config::{EMBEDDED, FrequencyConfig, GateSettings};
use crate::frequency::record::{FrequencyRun, Summary};
use crate::frequency::train;
use crate::run::{Experiment, RunState, Start, differences, read_rows};
use crate::statistics::PairedDifference;
use crate::training::{Observer, Outcome};

/// What is compared.
///
/// ```
/// use std::sync::atomic::AtomicBool;
///
/// use gumbel_lab::data::jpeg::{JpegSet, LoadOptions};
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
    /// The settings that all share; its gate is the first of the two.
    pub base: FrequencyConfig,
    /// The weight of the second gate's penalty.
    pub second_lambda: f64,
    /// Seeds 0, 1, ... of the runs.
    pub seeds: u64,
    /// The variants.
    pub variants: Vec<Variant>,
}

/// Told which run is under way, besides how it goes.
pub trait ComparisonObserver: Observer {
    /// The training of a variant begins or goes on: the `number`-th of `total` runs, from 1.
    fn begin(&mut self, number: usize, total: usize, name: &str);
}

/// Hears nothing.
impl ComparisonObserver for () {
    fn begin(&mut self, _: usize, _: usize, _: &str) {}
}

/// A finished run of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// The variant.
    pub variant: Variant,
    /// The seed.
    pub seed: u64,
    /// The folder.
    pub folder: PathBuf,
    /// Its result.
    pub summary: Summary,
    /// Whether each test image was classified rightly, by its file.
    pub right: BTreeMap<String, bool>,
    /// Training images a second in the median epoch, evaluation left out.
    pub images_per_second: f64,
    /// The files that were left out of the images, for every variant.
    pub left_out: Vec<LeftOut>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Timing {
    train_seconds: f64,
}

impl Comparison {
    /// The comparison of the paper's claims on a set, with the defaults of `base`.
    pub fn new(base: FrequencyConfig) -> Self {
        let gate = GateSettings::default();
        let base = FrequencyConfig { gate: Some(base.gate.clone().unwrap_or(gate)), ..base };
        Self { base, second_lambda: SECOND_LAMBDA, seeds: 3, variants: Variant::all() }
    }

    /// The folder of a run.
    pub fn folder(out: &Path, variant: Variant, seed: u64) -> PathBuf {
        out.join(format!("{variant}-seed-{seed}"))
    }

    /// The settings of a variant. A learned choice is that of the gate of the same seed.
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

    /// Trains what is not yet trained. `None` when it was stopped.
    ///
    /// `load` loads the images for a seed as coefficients or pixels. All variants of a seed must see the same.
    ///
    /// # Errors
    /// As [`train`], and those of `load`; images as pixels that are not those as coefficients.
    pub fn run(
        &self,
        out: &Path,
        threads: usize,
        load: &mut dyn FnMut(u64, Content) -> Result<JpegSet, DataError>,
        observer: &mut dyn ComparisonObserver,
        stop: &AtomicBool,
    ) -> Result<Option<Vec<Finished>>, LabError> {
        let order = self.order();
        // Before hours of training, not after. A learned choice has no more settings than the gate's.
        for &(seed, variant) in &order {
            if !matches!(variant, Variant::Learned(_)) {
                self.config(out, variant, seed)?.check()?;
            }
        }
        if out.join("config.toml").is_file() {
            let problem = "is the folder of one run: a comparison needs a folder of its own";
            return Err(LabError::run(out, problem));
        }
        let mut loaded: Option<((u64, Content), JpegSet)> = None;
        let mut seen: BTreeMap<u64, Images> = BTreeMap::new();
        for (number, &(seed, variant)) in order.iter().enumerate() {
            let config = self.config(out, variant, seed)?;
            let content = config.input.content();
            let (_, set) = match loaded.take() {
                Some((have, set)) if have == (seed, content) => loaded.insert((have, set)),
                // The old set goes before the new one comes.
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
            if finished(&folder, &config, set)? {
                continue;
            }
            observer.begin(number + 1, order.len(), &format!("{variant}, seed {seed}"));
            let outcome =
                train(&config, set, &folder, Start::Resume, threads, &mut *observer, stop)?;
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

    /// Refuses a folder with runs of a seed on other data, of these variants or of others: their settings
    /// differ as well, and that is not the cause. Of another grid the data are others too, but the settings say
    /// so; so do files that changed in their place.
    fn check_data(&self, out: &Path, seed: u64, set: &JpegSet) -> Result<(), LabError> {
        let grid = |config: &FrequencyConfig| (config.rows, config.columns);
        for folder in crate::run::list(out)? {
            let Ok(run) = FrequencyRun::open(&folder) else { continue };
            let theirs = run.config();
            let ours = theirs.seed != seed
                || grid(theirs) != grid(&self.base)
                || theirs.data == self.base.data
                || run.data().is_same(&set.record());
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

/// What the variants of a seed must have in common.
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

    /// Variants that see other images cannot be compared. Files may change while others are trained on.
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
        let alone = ours.symmetric_difference(&theirs).collect::<Vec<_>>();
        let found = match alone.first() {
            Some(file) => format!("{} of them are in one alone, the first {file}", alone.len()),
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

/// Refuses runs of a seed that were tested on other images than the first of that seed.
fn check_images(runs: &[Finished]) -> Result<(), LabError> {
    for run in runs {
        let first = runs.iter().find(|first| first.seed == run.seed).unwrap_or(run);
        if !run.right.keys().eq(first.right.keys()) {
            let problem = format!(
                "has {} test images that are not the {} of {}: a comparison needs the same",
                run.right.len(),
                first.right.len(),
                first.folder.display()
            );
            return Err(LabError::run(&run.folder, problem));
        }
    }
    Ok(())
}

/// The weight of the second gate's penalty: fewer channels.
pub const SECOND_LAMBDA: f64 = 1.0;

/// Whether a folder holds the finished run of some settings on a set. One of other settings or data is an
/// error that the training reports.
fn finished(folder: &Path, config: &FrequencyConfig, set: &JpegSet) -> Result<bool, LabError> {
    if !folder.join("config.toml").is_file() {
        return Ok(false);
    }
    let run = FrequencyRun::open(folder)?;
    let same = differences(run.config(), config).is_empty() && *run.data() == set.record();
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
        let right = predictions.into_iter().map(|row| (row.file, row.class == row.predicted));
        let right = right.collect();
        let timing: Vec<Timing> = read_rows(&folder.join("timing.csv"))?;
        // An epoch that was cut short is done again in part, so its time says little: the median.
        let mut seconds: Vec<f64> = timing.iter().map(|row| row.train_seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let median = seconds.get(seconds.len() / 2).copied().unwrap_or(f64::INFINITY);
        let images_per_second = run.data().train as f64 / median.max(f64::MIN_POSITIVE);
        Ok(Self { variant, seed, folder, summary, right, images_per_second, left_out })
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

/// The share of right answers for each test image, over the seeds in whose test part it is.
fn scores(runs: &[&Finished]) -> BTreeMap<String, f64> {
    let mut counts: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (file, &right) in runs.iter().flat_map(|run| &run.right) {
        let (sum, n) = counts.entry(file).or_default();
        (*sum, *n) = (*sum + f64::from(right), *n + 1.0);
    }
    counts.into_iter().map(|(file, (sum, n))| (file.to_owned(), sum / n)).collect()
}

/// The difference of two variants by their scores, on the images that both have.
fn paired(first: &[&Finished], second: &[&Finished]) -> PairedDifference {
    let (a, b) = (scores(first), scores(second));
    let pairs = a.iter().filter_map(|(file, &score)| Some((score, *b.get(file)?)));
    PairedDifference::of(&pairs.collect::<Vec<_>>())
}

/// The accuracy of one variant minus that of another, image by image over all seeds; `None` when one of
/// them was not trained.
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
