//! Progress: a bar on a terminal, lines elsewhere, nothing when quiet.

mod bar;

use std::io::{IsTerminal, stderr};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use gumbel_lab::data::fetch::FetchObserver;
use gumbel_lab::data::jpeg::LoadProgress;
use gumbel_lab::frequency::comparison::ComparisonObserver;
use gumbel_lab::names::counted;
use gumbel_lab::training::{Measured, Observer, Progress};

pub(crate) use bar::{Bar, about};
use bar::{Unit, duration, percent};

use crate::note;

/// Lines are printed for about this many epochs when there is no terminal.
const LINES: u64 = 20;
/// Where there is no terminal, a long evaluation says this often how far it is.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// What is shown while a model trains.
#[derive(Debug)]
pub(crate) enum TrainingProgress {
    Bar(Bar),
    Lines,
    Quiet,
}

impl TrainingProgress {
    pub(crate) fn new(quiet: bool) -> Self {
        match (quiet, stderr().is_terminal()) {
            (true, _) => Self::Quiet,
            (false, true) => Self::Bar(Bar::new(false, None, Unit::Silent)),
            (false, false) => Self::Lines,
        }
    }

    pub(crate) fn clear(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// What is told of a training, the most important first.
fn numbers(progress: &Progress) -> Vec<String> {
    let validation = progress
        .validation
        .map(|Measured { name, value, unit }| format!("{name} {}{unit}", figure(value)));
    let tau = progress.tau.map(|tau| format!("tau {}", temperature(tau)));
    let objective = progress.objective.is_finite().then_some(progress.objective);
    let objective = objective.map(|objective| format!("objective {}", figure(objective)));
    validation.into_iter().chain(tau).chain(objective).collect()
}

/// A figure with two decimals, or with an exponent where that would be long.
fn figure(value: f64) -> String {
    if value.abs() < 1e6 { format!("{value:.2}") } else { format!("{value:.2e}") }
}

/// A temperature with three decimals, or with an exponent where they would say nothing.
fn temperature(tau: f64) -> String {
    if (0.001..1e6).contains(&tau) { format!("{tau:.3}") } else { format!("{tau:.2e}") }
}

/// The words of the bar.
fn words(progress: &Progress) -> Vec<String> {
    let epoch = format!("epoch {}/{}", progress.epoch, progress.epochs);
    [epoch].into_iter().chain(numbers(progress)).collect()
}

impl Observer for TrainingProgress {
    /// Also where progress is not wanted: it is about the result.
    fn remark(&mut self, text: &str) {
        let line = format!("note: {text}");
        match self {
            Self::Bar(bar) => bar.suspend(|| note(&line)),
            Self::Lines | Self::Quiet => note(&line),
        }
    }

    fn start(&mut self, progress: &Progress) {
        match self {
            Self::Bar(bar) => {
                bar.reset();
                bar.set_length(progress.steps);
                bar.set_position(progress.step);
                bar.set_words(words(progress));
            }
            Self::Lines => {
                let (step, steps) = (progress.step, progress.steps);
                let (epochs, steps) = (counted(progress.epochs, "epoch"), counted(steps, "step"));
                note(&format!("{epochs}, {steps}, from step {step}"));
            }
            Self::Quiet => {}
        }
    }

    fn step(&mut self, progress: &Progress) {
        if let Self::Bar(bar) = self {
            bar.set_position(progress.step);
            // Words cost more than a step; once in a while is often enough for an eye.
            if progress.step.is_multiple_of(20) {
                bar.set_words(words(progress));
            }
        }
    }

    fn epoch(&mut self, progress: &Progress) {
        let (epoch, epochs) = (progress.epoch, progress.epochs);
        match self {
            Self::Bar(bar) => bar.set_words(words(progress)),
            Self::Lines => {
                if epoch.is_multiple_of((epochs / LINES).max(1)) || epoch == epochs {
                    let step = progress.step;
                    let numbers = numbers(progress).join(", ");
                    note(&format!("epoch {epoch}/{epochs}, step {step}, {numbers}"));
                }
            }
            Self::Quiet => {}
        }
    }

    fn finishing(&mut self) {
        match self {
            Self::Bar(bar) => bar.set_message("evaluating the test images, drawing the report"),
            Self::Lines => note("evaluating the test images, drawing the report"),
            Self::Quiet => {}
        }
    }
}

impl ComparisonObserver for TrainingProgress {
    fn begin(&mut self, number: usize, total: usize, name: &str) {
        let line = format!("run {number} of {total}: {name}");
        match self {
            Self::Bar(bar) => bar.suspend(|| note(&line)),
            Self::Lines => note(&line),
            Self::Quiet => {}
        }
    }
}

/// How far an evaluation is: a bar on a terminal, elsewhere a line now and then.
#[derive(Debug)]
pub(crate) struct Counted {
    bar: Bar,
    quiet: bool,
    what: &'static str,
    total: u64,
    done: AtomicU64,
    began: Instant,
    told: Mutex<Instant>,
}

impl Counted {
    fn new(quiet: bool, total: u64, what: &'static str, unit: Unit) -> Self {
        let bar = Bar::new(quiet, Some(total), unit);
        bar.set_message(what);
        let (began, done) = (Instant::now(), AtomicU64::new(0));
        Self { bar, quiet, what, total, done, began, told: Mutex::new(began) }
    }

    /// So many more are done.
    pub(crate) fn inc(&self, n: u64) {
        self.bar.inc(n);
        let done = self.done.fetch_add(n, Ordering::Relaxed) + n;
        if self.quiet || !self.bar.is_hidden() {
            return;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.elapsed() >= BETWEEN_LINES && done < self.total {
            *told = Instant::now();
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

/// Images that are evaluated.
pub(crate) fn images(quiet: bool, length: u64, what: &'static str) -> Counted {
    Counted::new(quiet, length, what, Unit::Things("images"))
}

/// Samples of images that are evaluated.
pub(crate) fn samples(quiet: bool, length: u64, what: &'static str) -> Counted {
    Counted::new(quiet, length, what, Unit::Share)
}

/// What is shown while a folder of images is read.
#[derive(Debug)]
pub(crate) struct FilesProgress(Bar);

impl FilesProgress {
    pub(crate) fn tell(&self, at: LoadProgress) {
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

/// A bar over files.
pub(crate) fn files(quiet: bool) -> FilesProgress {
    let bar = Bar::new(quiet, Some(0), Unit::Things("files"));
    bar.set_message("looking for files");
    FilesProgress(bar)
}

/// A bar over kernels that are measured.
pub(crate) fn kernels(quiet: bool, length: u64) -> Bar {
    Bar::new(quiet, Some(length), Unit::Things("kernels"))
}

/// What is shown while files are fetched: a bar for each on a terminal, lines elsewhere.
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
            "another process is fetching into {}: waiting for it",
            folder.display()
        ));
    }

    fn asking(&mut self, address: &str, have: u64) {
        let from = if have > 0 { format!(" from byte {have} on") } else { String::new() };
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

    fn trouble(&mut self, _address: &str, problem: &str, pause: Option<Duration>) {
        let next = match pause {
            Some(pause) => format!("trying again in {} s", pause.as_secs_f64()),
            None => "given up here".to_owned(),
        };
        self.line(&format!("  {problem}; {next}"));
    }

    fn finished(&mut self, path: &Path) {
        self.line(&format!("  checked, {}", path.display()));
    }
}
