//! The training loop that all experiments share: shards of a batch in parallel, gradients added in order,
//! checkpoints to resume from.
//!
//! All randomness is a function of the seed and a position: the initial weights, the order of the
//! examples in an epoch, the draws for an example, the noise of a choice in a step. So a run that was
//! killed resumes from its last checkpoint with the same bits as an uninterrupted one, and the number of
//! threads does not change the result.

mod health;
pub(crate) mod limits;
mod observer;
pub(crate) mod streams;
mod task;
mod trainer;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

pub use health::Health;
pub(crate) use health::distinct;
pub use observer::{Measured, Observer, Outcome, Progress};
pub(crate) use task::{Epoch, Part, Plan, Task};
use trainer::Trainer;

use crate::error::LabError;
use crate::run::{Experiment, RunFolder, Start};
use crate::workers::Workers;

/// Starts the worker threads of a training.
pub(crate) fn workers(threads: usize) -> Result<Workers, LabError> {
    Workers::new(threads)
        .map_err(|error| LabError::setting("threads", format!("cannot start {threads}: {error}")))
}

/// Trains into the folder `out`, or resumes the run that is there.
///
/// `stop` is read after each step. When it is set, the function writes a checkpoint and returns.
pub(crate) fn train<T: Task>(
    task: &T,
    out: &Path,
    start: Start,
    workers: &Workers,
    observer: &mut dyn Observer,
    stop: &AtomicBool,
) -> Result<Outcome<<T::Settings as Experiment>::Summary>, LabError> {
    let folder = RunFolder::prepare(out, task.settings(), &task.data(), start)?;
    let _lock = folder.lock()?;
    if let Some(summary) = folder.summary()? {
        return Ok(Outcome::AlreadyFinished(summary));
    }
    let mut trainer = Trainer::new(task, &folder, workers)?;
    if let Some(remark) = limits::schedule_remark(task.schedule(), task.plan().steps()) {
        observer.remark(&remark);
    }
    observer.start(&trainer.progress());
    while !trainer.is_done() {
        let began = Instant::now();
        let epoch_is_done = trainer.step()?;
        trainer.add_training_time(began.elapsed());
        observer.step(&trainer.progress());
        if epoch_is_done {
            trainer.finish_epoch()?;
            observer.epoch(&trainer.progress());
        }
        if stop.load(Ordering::Relaxed) {
            trainer.save()?;
            return Ok(Outcome::Stopped { step: trainer.progress().step });
        }
    }
    observer.finishing();
    trainer.finish().map(Outcome::Finished)
}
