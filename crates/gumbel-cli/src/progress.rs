//! Shows progress: a bar on a terminal, lines elsewhere, nothing when quiet.

mod bar;

use std::io::{IsTerminal, stderr};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use gumbel_data::fetch::FetchObserver;
use gumbel_data::jpeg::LoadProgress;
use gumbel_files::names::counted;
use gumbel_lab::ComparisonObserver;
use gumbel_train::{Measured, Observer, Progress, short};

pub(crate) use bar::{Bar, about};
use bar::{Unit, duration, percent};

use crate::note;

/// The approximate number of lines for a whole training, without a terminal.
const LINES: u64 = 20;
/// The time between two lines of a long evaluation, without a terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// Shows the progress of a training.
#[derive(Debug)]
pub(crate) enum TrainingProgress {
    Bar(Bar),
    Lines,
    /// Only a line for each training of a comparison.
    Names,
    Quiet,
}

impl TrainingProgress {
    /// The progress of a comparison of many short trainings: without a terminal a line for each of them.
    pub(crate) fn of_many(quiet: bool) -> Self {
        match Self::new(quiet) {
            Self::Lines => Self::Names,
            other => other,
        }
    }

    pub(crate) fn new(quiet: bool) -> Self {
        match (quiet, stderr().is_terminal()) {
            (true, _) => Self::Quiet,
            (false, true) => Self::Bar(Bar::new(false, None, Unit::Hidden)),
            (false, false) => Self::Lines,
        }
    }

    pub(crate) fn clear(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// The measurements of a training to show, the most important first.
fn measurements(progress: &Progress) -> Vec<String> {
    let validation = progress
        .validation
        .map(|Measured { name, value, unit }| format!("{name} {}{unit}", short(value)));
    let tau = progress.tau.map(|tau| format!("tau {}", temperature(tau)));
    let objective = progress.objective.is_finite().then_some(progress.objective);
    let objective = objective.map(|objective| format!("objective {}", short(objective)));
    validation.into_iter().chain(tau).chain(objective).collect()
}

/// A temperature with three decimals, or with an exponent if it is too small or too large for them.
fn temperature(tau: f64) -> String {
    if (0.001..1e6).contains(&tau) { format!("{tau:.3}") } else { format!("{tau:.2e}") }
}

/// The texts beside the bar, the most important first.
fn bar_texts(progress: &Progress) -> Vec<String> {
    let epoch = format!("epoch {}/{}", progress.epoch, progress.epochs);
    [epoch].into_iter().chain(measurements(progress)).collect()
}

impl Observer for TrainingProgress {
    /// Prints the remark even when quiet, because the remark is about the result.
    fn remark(&mut self, text: &str) {
        let line = format!("note: {text}");
        match self {
            Self::Bar(bar) => bar.suspend(|| note(&line)),
            Self::Lines | Self::Names | Self::Quiet => note(&line),
        }
    }

    fn start(&mut self, progress: &Progress) {
        match self {
            Self::Bar(bar) => {
                bar.reset();
                bar.set_length(progress.steps);
                bar.set_position(progress.step);
                bar.set_words(bar_texts(progress));
            }
            Self::Lines => {
                let (step, steps) = (progress.step, progress.steps);
                let (epochs, steps) = (counted(progress.epochs, "epoch"), counted(steps, "step"));
                note(&format!("{epochs}, {steps}, from step {step}"));
            }
            Self::Names | Self::Quiet => {}
        }
    }

    fn step(&mut self, progress: &Progress) {
        if let Self::Bar(bar) = self {
            bar.set_position(progress.step);
            // Drawing the texts costs more than a step, so they change every 20 steps.
            if progress.step.is_multiple_of(20) {
                bar.set_words(bar_texts(progress));
            }
        }
    }

    fn epoch(&mut self, progress: &Progress) {
        let (epoch, epochs) = (progress.epoch, progress.epochs);
        match self {
            Self::Bar(bar) => bar.set_words(bar_texts(progress)),
            Self::Lines => {
                if epoch.is_multiple_of((epochs / LINES).max(1)) || epoch == epochs {
                    let step = progress.step;
                    let numbers = measurements(progress).join(", ");
                    note(&format!("epoch {epoch}/{epochs}, step {step}, {numbers}"));
                }
            }
            Self::Names | Self::Quiet => {}
        }
    }

    fn finishing(&mut self) {
        match self {
            Self::Bar(bar) => bar.set_message("evaluating the result, drawing the report"),
            Self::Lines => note("evaluating the result, drawing the report"),
            Self::Names | Self::Quiet => {}
        }
    }
}

impl ComparisonObserver for TrainingProgress {
    fn begin(&mut self, number: usize, total: usize, name: &str) {
        let line = format!("run {number} of {total}: {name}");
        match self {
            Self::Bar(bar) => bar.suspend(|| note(&line)),
            Self::Lines | Self::Names => note(&line),
            Self::Quiet => {}
        }
    }
}

/// Shows the progress of an evaluation: a bar on a terminal, elsewhere a line every 10 seconds.
#[derive(Debug)]
pub(crate) struct EvaluationProgress {
    bar: Bar,
    quiet: bool,
    what: &'static str,
    total: u64,
    done: AtomicU64,
    began: Instant,
    last_line: Mutex<Instant>,
}

impl EvaluationProgress {
    fn new(quiet: bool, total: u64, what: &'static str, unit: Unit) -> Self {
        let bar = Bar::new(quiet, Some(total), unit);
        bar.set_message(what);
        let (began, done) = (Instant::now(), AtomicU64::new(0));
        Self { bar, quiet, what, total, done, began, last_line: Mutex::new(began) }
    }

    /// Counts `n` more items as done.
    pub(crate) fn inc(&self, n: u64) {
        self.bar.inc(n);
        let done = self.done.fetch_add(n, Ordering::Relaxed) + n;
        if self.quiet || !self.bar.is_hidden() {
            return;
        }
        let mut last_line = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if last_line.elapsed() >= LINE_INTERVAL && done < self.total {
            *last_line = Instant::now();
            let share = done as f64 / self.total.max(1) as f64;
            let left = self.began.elapsed().as_secs_f64() * (1.0 / share - 1.0);
            let left = Duration::try_from_secs_f64(left).unwrap_or(Duration::MAX);
            note(&format!("{}: {}, {} left", self.what, percent(share), duration(left)));
        }
    }

    pub(crate) fn finish_and_clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// The progress of an evaluation, counted in images.
pub(crate) fn images(quiet: bool, length: u64, what: &'static str) -> EvaluationProgress {
    EvaluationProgress::new(quiet, length, what, Unit::Items("images"))
}

/// The progress of an evaluation, counted in samples of images and shown in percent.
pub(crate) fn samples(quiet: bool, length: u64, what: &'static str) -> EvaluationProgress {
    EvaluationProgress::new(quiet, length, what, Unit::Share)
}

/// Shows the progress of work that learns its length when it begins, in percent.
#[derive(Debug)]
pub(crate) struct LateProgress {
    quiet: bool,
    what: &'static str,
    shown: OnceLock<EvaluationProgress>,
}

impl LateProgress {
    pub(crate) fn new(quiet: bool, what: &'static str) -> Self {
        Self { quiet, what, shown: OnceLock::new() }
    }

    /// Counts `n` more of `all` as done.
    pub(crate) fn inc(&self, n: u64, all: u64) {
        self.shown.get_or_init(|| samples(self.quiet, all, self.what)).inc(n);
    }

    pub(crate) fn finish_and_clear(&self) {
        if let Some(shown) = self.shown.get() {
            shown.finish_and_clear();
        }
    }
}

/// Shows the progress of reading a folder of images.
#[derive(Debug)]
pub(crate) struct FilesProgress(Bar);

impl FilesProgress {
    pub(crate) fn update(&self, at: LoadProgress) {
        match at {
            LoadProgress::Found { files } => self.0.set_length(files as u64),
            LoadProgress::Cache { .. } => self.0.set_message("reading the cache"),
            LoadProgress::Read { done, total } => {
                self.0.set_length(total as u64);
                self.0.set_position(done as u64);
                self.0.set_message("reading");
            }
        }
    }

    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

/// The progress of reading files.
pub(crate) fn files(quiet: bool) -> FilesProgress {
    let bar = Bar::new(quiet, Some(0), Unit::Items("files"));
    bar.set_message("looking for files");
    FilesProgress(bar)
}

/// The bar that counts measured kernels.
pub(crate) fn kernels(quiet: bool, length: u64) -> Bar {
    Bar::new(quiet, Some(length), Unit::Items("kernels"))
}

/// Shows the progress of downloads: a bar for each file on a terminal, lines elsewhere.
#[derive(Debug)]
pub(crate) struct FetchProgress {
    bar: Bar,
    quiet: bool,
}

impl FetchProgress {
    pub(crate) fn new(quiet: bool) -> Self {
        Self { bar: Bar::new(quiet, None, Unit::Bytes), quiet }
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, text: &str) {
        if !self.quiet {
            self.bar.suspend(|| note(text));
        }
    }
}

impl FetchObserver for FetchProgress {
    fn waiting(&mut self, folder: &Path) {
        self.line(&format!(
            "another process is downloading into {}: waiting for it",
            folder.display()
        ));
    }

    fn asking(&mut self, address: &str, have: u64) {
        let from = if have > 0 { format!(" from byte {have}") } else { String::new() };
        self.line(&format!("{address}{from}"));
    }

    fn received(&mut self, have: u64, total: Option<u64>) {
        if self.bar.length() != total {
            self.bar.reset();
            if let Some(total) = total {
                self.bar.set_length(total);
            }
        }
        self.bar.set_position(have);
    }

    fn trouble(&mut self, problem: &str, again: bool) {
        let next = if again { "trying again" } else { "given up" };
        self.line(&format!("  {problem}; {next}"));
    }

    fn finished(&mut self, path: &Path) {
        self.line(&format!("  checked, {}", path.display()));
    }
}
