//! Progress: a bar on a terminal, lines elsewhere, nothing when quiet.

use std::io::{IsTerminal, stderr};
use std::path::Path;
use std::time::Duration;

use gumbel_lab::data::fetch::FetchObserver;
use gumbel_lab::data::jpeg::LoadProgress;
use gumbel_lab::frequency::comparison::ComparisonObserver;
use gumbel_lab::training::{Measured, Observer, Progress};
use indicatif::{ProgressBar, ProgressStyle};

use crate::note;

/// Lines are printed for about this many epochs when there is no terminal.
const LINES: u64 = 20;

/// What is shown while a model trains.
#[derive(Debug)]
pub(crate) enum TrainingProgress {
    Bar(ProgressBar),
    Lines,
    Quiet,
}

impl TrainingProgress {
    pub(crate) fn new(quiet: bool) -> Self {
        match (quiet, stderr().is_terminal()) {
            (true, _) => Self::Quiet,
            (false, true) => Self::Bar(ProgressBar::no_length()),
            (false, false) => Self::Lines,
        }
    }

    pub(crate) fn clear(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn numbers(progress: &Progress) -> String {
    let validation = match progress.validation {
        Some(Measured { name, value, unit }) => format!("{name} {value:.2}{unit}, "),
        None => String::new(),
    };
    let tau = progress.tau.map_or_else(String::new, |tau| format!(", tau {tau:.3}"));
    format!("{validation}objective {:.2}{tau}", progress.objective)
}

impl Observer for TrainingProgress {
    fn start(&mut self, progress: &Progress) {
        match self {
            Self::Bar(bar) => {
                let style = "{bar:24} epoch {prefix}, step {pos}/{len}, {msg}, {eta} left";
                bar.set_style(
                    ProgressStyle::with_template(style)
                        .unwrap_or_else(|_| ProgressStyle::default_bar()),
                );
                bar.set_length(progress.steps);
                bar.set_position(progress.step);
                bar.reset_eta();
                bar.set_prefix(format!("{}/{}", progress.epoch, progress.epochs));
            }
            Self::Lines => {
                let (step, steps) = (progress.step, progress.steps);
                note(&format!("{} epochs, {steps} steps, from step {step}", progress.epochs));
            }
            Self::Quiet => {}
        }
    }

    fn step(&mut self, progress: &Progress) {
        if let Self::Bar(bar) = self {
            bar.set_position(progress.step);
            // Words cost more than a step; once in a while is often enough for an eye.
            if progress.step.is_multiple_of(20) {
                bar.set_message(numbers(progress));
            }
        }
    }

    fn epoch(&mut self, progress: &Progress) {
        let (epoch, epochs) = (progress.epoch, progress.epochs);
        match self {
            Self::Bar(bar) => {
                bar.set_prefix(format!("{epoch}/{epochs}"));
                bar.set_message(numbers(progress));
            }
            Self::Lines => {
                if epoch.is_multiple_of((epochs / LINES).max(1)) || epoch == epochs {
                    let step = progress.step;
                    let numbers = numbers(progress);
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

/// A bar over images, for evaluations.
pub(crate) fn images(quiet: bool, length: u64, what: &'static str) -> ProgressBar {
    if quiet || !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length).with_message(what);
    let style = "{bar:24} {msg}: {pos}/{len} images, {eta} left";
    bar.with_style(
        ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
    )
}

/// What is shown while a folder of images is read.
#[derive(Debug)]
pub(crate) struct FilesProgress(ProgressBar);

impl FilesProgress {
    pub(crate) fn tell(&self, at: LoadProgress) {
        match at {
            LoadProgress::Found { files } => self.0.set_length(files as u64),
            LoadProgress::Cache { .. } => self.0.set_message("reading the cache"),
            LoadProgress::Read { done, total } => {
                self.0.set_message("reading");
                self.0.set_length(total as u64);
                self.0.set_position(done as u64);
            }
        }
    }

    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

/// A bar over files.
pub(crate) fn files(quiet: bool) -> FilesProgress {
    if quiet || !stderr().is_terminal() {
        return FilesProgress(ProgressBar::hidden());
    }
    let style = ProgressStyle::with_template("{bar:24} {msg}: {pos}/{len} files, {eta} left");
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    FilesProgress(ProgressBar::new(0).with_style(style).with_message("looking for files"))
}

/// A bar over kernels that are measured.
pub(crate) fn kernels(quiet: bool, length: u64) -> ProgressBar {
    if quiet || !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg}");
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// What is shown while files are fetched: a bar for each on a terminal, lines elsewhere.
#[derive(Debug)]
pub(crate) struct FetchProgress {
    bar: Option<ProgressBar>,
    quiet: bool,
}

impl FetchProgress {
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = (!quiet && stderr().is_terminal()).then(ProgressBar::no_length);
        Self { bar, quiet }
    }

    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| note(text)),
            None if !self.quiet => note(text),
            None => {}
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
        let Some(bar) = &self.bar else { return };
        if bar.length() != Some(total.unwrap_or(0)) {
            let style = match total {
                Some(_) => {
                    "{bar:24} {decimal_bytes}/{decimal_total_bytes}, {decimal_bytes_per_sec}, {eta} left"
                }
                None => "{decimal_bytes}, {decimal_bytes_per_sec}",
            };
            bar.set_style(
                ProgressStyle::with_template(style)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar.reset();
            bar.set_length(total.unwrap_or(0));
        }
        bar.set_position(have);
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
