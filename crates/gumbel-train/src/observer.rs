//! Progress of a training while it runs, and its outcome.

use std::io::Write;

/// The progress of a training.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// The number of epochs done.
    pub epoch: u64,
    /// The number of epochs of the whole training.
    pub epochs: u64,
    /// The number of steps done.
    pub step: u64,
    /// The number of steps of the whole training.
    pub steps: u64,
    /// The mean objective of the examples of the last step.
    pub objective: f64,
    /// The figure that the last evaluation gave; `None` until an epoch is evaluated.
    pub validation: Option<Measured>,
    /// The temperature; `None` if no discrete choice is relaxed.
    pub tau: Option<f64>,
}

/// A measured figure with its name and unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The name of the figure, for example `accuracy`.
    pub name: &'static str,
    /// The value of the figure.
    pub value: f64,
    /// The text after the value, for example ` %`; empty if there is none.
    pub unit: &'static str,
}

/// Receives training progress.
pub trait Observer {
    /// Receives a sentence worth knowing before the training starts.
    fn remark(&mut self, _text: &str) {}
    /// Reports that the training starts, or resumes, at this point.
    fn start(&mut self, progress: &Progress);
    /// Reports that a step is done.
    fn step(&mut self, progress: &Progress);
    /// Reports that an epoch is done and evaluated.
    fn epoch(&mut self, progress: &Progress);
    /// Reports that all steps are done; the final evaluation and the pictures follow.
    fn finishing(&mut self);
}

/// Ignores all progress.
impl Observer for () {
    fn start(&mut self, _: &Progress) {}
    fn step(&mut self, _: &Progress) {}
    fn epoch(&mut self, _: &Progress) {}
    fn finishing(&mut self) {}
}

/// Prints a line to standard error for each epoch: for programs without a progress bar.
#[derive(Clone, Copy, Debug, Default)]
pub struct EpochLines;

/// Writes a line to standard error; a closed stream is no reason to stop a training.
fn line(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

impl Observer for EpochLines {
    fn remark(&mut self, text: &str) {
        line(&format!("note: {text}"));
    }

    fn start(&mut self, progress: &Progress) {
        if progress.step > 0 {
            line(&format!("resumed after step {} of {}", progress.step, progress.steps));
        }
    }

    fn step(&mut self, _: &Progress) {}

    fn epoch(&mut self, progress: &Progress) {
        let Progress { epoch, epochs, objective, .. } = *progress;
        let measured = progress.validation.map_or_else(String::new, |figure| {
            format!(", {} {:.3}{}", figure.name, figure.value, figure.unit)
        });
        line(&format!("epoch {epoch} of {epochs}: objective {objective:.4}{measured}"));
    }

    fn finishing(&mut self) {}
}

/// The way in which a training ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<S> {
    /// The training finished, with this summary.
    Finished(S),
    /// The run had finished before, with this summary; nothing was done.
    AlreadyFinished(S),
    /// The caller stopped the training; the checkpoint is of this step.
    Stopped {
        /// The number of steps done.
        step: u64,
    },
}
