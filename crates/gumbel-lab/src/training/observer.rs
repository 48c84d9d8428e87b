//! What a training tells while it runs, and how it ends.

/// Where a training is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Epochs done.
    pub epoch: u64,
    /// Epochs in all.
    pub epochs: u64,
    /// Steps done.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// The training objective of the last step, in nats an image.
    pub objective: f64,
    /// The last figure on the validation images, if there is one.
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
    /// What stands behind the figure: nothing for nats, ` %`.
    pub unit: &'static str,
}

/// Told how a training goes.
pub trait Observer {
    /// Something that is worth knowing before the training starts, in a sentence.
    fn remark(&mut self, _text: &str) {}
    /// The training starts, or goes on, at this place.
    fn start(&mut self, progress: &Progress);
    /// A step is done.
    fn step(&mut self, progress: &Progress);
    /// An epoch is done and evaluated.
    fn epoch(&mut self, progress: &Progress);
    /// The last steps are done; the final evaluation and the pictures follow.
    fn finishing(&mut self);
}

/// Hears nothing.
impl Observer for () {
    fn start(&mut self, _: &Progress) {}
    fn step(&mut self, _: &Progress) {}
    fn epoch(&mut self, _: &Progress) {}
    fn finishing(&mut self) {}
}

/// How a training ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome<S> {
    /// It is finished, with this summary.
    Finished(S),
    /// It had been finished before; nothing was done.
    AlreadyFinished(S),
    /// It was stopped from outside; the checkpoint holds this step.
    Stopped {
        /// Steps done.
        step: u64,
    },
}
