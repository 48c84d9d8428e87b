//! Progress of a training while it runs, and its outcome.

/// The progress of a training.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Epochs done.
    pub epoch: u64,
    /// The number of epochs.
    pub epochs: u64,
    /// Steps done.
    pub step: u64,
    /// The number of steps.
    pub steps: u64,
    /// The training objective of the last step, in nats an image.
    pub objective: f64,
    /// The latest figure on the validation images, if there is one.
    pub validation: Option<Measured>,
    /// The temperature, where discrete choices are relaxed.
    pub tau: Option<f64>,
}

/// A figure with its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// `bound`, in nats an image, or `accuracy`.
    pub name: &'static str,
    /// The figure.
    pub value: f64,
    /// The text after the figure: empty for nats, ` %` for an accuracy.
    pub unit: &'static str,
}

/// Receives training progress.
pub trait Observer {
    /// A sentence worth knowing before the training starts.
    fn remark(&mut self, _text: &str) {}
    /// The training starts, or resumes, at this point.
    fn start(&mut self, progress: &Progress);
    /// A step is done.
    fn step(&mut self, progress: &Progress);
    /// An epoch is done and evaluated.
    fn epoch(&mut self, progress: &Progress);
    /// All steps are done; the final evaluation and the pictures follow.
    fn finishing(&mut self);
}

/// Ignores all progress.
impl Observer for () {
    fn start(&mut self, _: &Progress) {}
    fn step(&mut self, _: &Progress) {}
    fn epoch(&mut self, _: &Progress) {}
    fn finishing(&mut self) {}
}

/// How a training ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<S> {
    /// The training finished, with this summary.
    Finished(S),
    /// The run had finished before, with this summary; nothing was done.
    AlreadyFinished(S),
    /// The caller stopped the training; the checkpoint is of this step.
    Stopped {
        /// Steps done.
        step: u64,
    },
}
