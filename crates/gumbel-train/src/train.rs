//! `train`: runs a task into its run folder.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::device::{Compute, Opened};
use crate::error::TrainError;
use crate::limits;
use crate::observer::{Observer, Outcome};
use crate::run::{RunFolder, Sessions, Start, record_device};
use crate::settings::Settings;
use crate::task::Task;
use crate::trainer::Trainer;
use crate::workers::Workers;

/// Trains into the folder `out`, or resumes the run that is there.
///
/// `compute` is a number of threads, or with a device [`Compute`]. On the processor, workers compute the parts of a
/// batch; their number changes the time and nothing else. A graphics card computes a batch as one part. `stop` is read
/// after each step. When it is set, the function writes a checkpoint and returns.
///
/// # Errors
/// Settings that cannot be used, a device that is not there, a folder that is taken or belongs to another run, a loss
/// that is not finite, files that cannot be written, the errors of the task. The last good checkpoint stays.
pub fn train<T: Task>(
    task: &T,
    out: &Path,
    start: Start,
    compute: impl Into<Compute>,
    observer: &mut dyn Observer,
    stop: &AtomicBool,
) -> Result<Outcome<<T::Settings as Settings>::Summary>, TrainError> {
    task.settings().check_start()?;
    let plan = task.settings().plan();
    plan.check(task.examples())?;
    limits::check(plan.lr, task.schedule())?;
    let Compute { threads, device } = compute.into();
    let workers = Workers::new(threads).map_err(|error| {
        TrainError::setting("threads", format!("cannot start {threads}: {error}"))
    })?;
    let opened = Opened::new(device)?;
    let folder = RunFolder::prepare(out, task.settings(), &task.data(), start)?;
    let _lock = folder.lock()?;
    if let Some(summary) = folder.summary()? {
        return Ok(Outcome::AlreadyFinished(summary));
    }
    let sessions = Sessions::begin(folder.path(), threads, &opened)?;
    let mut trainer = Trainer::new(task, &folder, &workers, &opened, sessions)?;
    if opened.is_card() {
        observer.remark(&format!("the steps are taken on {device}: {}", opened.adapter));
    }
    if !trainer.is_done()
        && let Some(remark) = record_device(folder.path(), trainer.progress().step, &opened)?
    {
        observer.remark(&remark);
    }
    if let Some(remark) = limits::schedule_remark(task.schedule(), trainer.steps()) {
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
