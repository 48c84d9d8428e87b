//! `gumbel train vae --seeds N`: one training for each of several seeds, and the mean of their bounds.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gumbel_data as data;
use gumbel_files::output;
use gumbel_lab::statistics::mean_and_se;
use gumbel_lab::vae::{self, Summary, VaeConfig};
use gumbel_lab::{ComparisonObserver, LabError};
use gumbel_train::{Outcome, Settings, TrainError};

use super::discretised;
use super::train::{fit_to, settings};
use crate::args::VaeArgs;
use crate::commands::training::{STOPPED, create_run_folder, device_option, stop_flag};
use crate::commands::{compute, quoted};
use crate::failure::Failure;
use crate::progress::TrainingProgress;
use crate::{Result, note, say};

/// A row of `seeds.csv`: the result of a seed, if its training did not diverge.
struct Row {
    seed: u64,
    summary: Option<Summary>,
}

/// The folder of a seed.
fn folder(out: &Path, seed: u64) -> PathBuf {
    out.join(format!("seed-{seed}"))
}

pub(super) fn run(args: &VaeArgs, seeds: u64) -> Result<ExitCode> {
    // A resumed series has the settings of its first run.
    let resumed = args.run.out.as_ref().filter(|_| args.run.resume);
    let resumed = resumed.map(|out| folder(out, args.seed.unwrap_or(0)));
    let resumed = resumed.filter(|first| first.join("config.toml").is_file());
    let base = settings(args, resumed.as_deref())?;
    base.check_start()?;
    let Some(last) = base.seed.checked_add(seeds - 1) else {
        return Err(Failure::usage("--seeds: the last seed is above 18,446,744,073,709,551,615"));
    };
    let compute = compute(args.run.work.compute)?;
    if let Some(out) = &args.run.out {
        refuse(out, args.run.resume || args.run.force)?;
    }
    let data_dir = args.data_dir.as_deref();
    let load = |seed| data::load(&base.data, data_dir, seed).map_err(LabError::from);
    let first = load(base.seed)?;
    let out = match &args.run.out {
        Some(out) => out.clone(),
        None => create_run_folder("vae", &format!("{}-seeds", first.name))?,
    };
    let stop = stop_flag();
    let mut progress = TrainingProgress::of_many(args.run.work.quiet);
    let (mut rows, mut first) = (Vec::new(), Some(first));
    for seed in base.seed..=last {
        let dataset = first.take().map_or_else(|| load(seed), Ok)?;
        let mut config = VaeConfig { seed, ..base.clone() };
        fit_to(&mut config, args, resumed.as_deref(), &dataset)?;
        progress.begin(rows.len() + 1, seeds as usize, &format!("seed {seed}"));
        let (folder, start) = (folder(&out, seed), args.run.start());
        let outcome = vae::train(&config, &dataset, &folder, start, compute, &mut progress, &stop);
        progress.clear();
        let summary = match outcome {
            Ok(Outcome::Finished(summary) | Outcome::AlreadyFinished(summary)) => Some(summary),
            Ok(Outcome::Stopped { step }) => {
                say(&format!("stopped after step {step} of seed {seed}, checkpoint saved"))?;
                let (first, out) = (base.seed, quoted(&out));
                let device = device_option(compute);
                let again =
                    format!("gumbel train vae --out {out} --seed {first} --seeds {seeds}{device}");
                say(&format!("continue with: {again} --resume"))?;
                return Ok(ExitCode::from(STOPPED));
            }
            Err(LabError::Train(error @ TrainError::NotFinite { .. })) => {
                note(&format!("warning: seed {seed}: {error}"));
                None
            }
            Err(other) => return Err(other.into()),
        };
        let summary = summary.and_then(|summary| warned(seed, summary));
        rows.push(Row { seed, summary });
        // Written again after each seed: it never stands beside runs that it does not count.
        output::write(&out.join("seeds.csv"), table(&rows).as_bytes())?;
    }
    let diverged = rows.iter().any(|row| row.summary.is_none());
    result(&rows, &base, &out)?;
    Ok(if diverged { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Prints the warnings of a seed; `None` if it diverged.
fn warned(seed: u64, summary: Summary) -> Option<Summary> {
    for warning in summary.health.warnings.iter().chain(&summary.health.diverged) {
        note(&format!("warning: seed {seed}: {warning}"));
    }
    summary.health.diverged.is_none().then_some(summary)
}

/// Refuses a folder that is a run, or exists without permission to continue or to replace it.
fn refuse(out: &Path, may_exist: bool) -> Result<()> {
    output::check_folder("out", out)?;
    if out.join("config.toml").is_file() {
        let problem = "is the folder of a single run; several seeds need a folder of their own";
        return Err(Failure::usage(format!("--out: {} {problem}", out.display())));
    }
    let taken = std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some());
    if taken && !may_exist {
        let problem = "exists: continue with --resume, or replace its runs with --force";
        return Err(Failure::usage(format!("--out: {} {problem}", out.display())));
    }
    Ok(())
}

/// The rows as CSV; a seed that diverged has no numbers.
fn table(rows: &[Row]) -> String {
    let line = |Row { seed, summary }: &Row| match summary {
        Some(Summary { test_bound_nats, se, train_bound_nats, .. }) => {
            format!("{seed},{test_bound_nats},{se},{train_bound_nats},false\n")
        }
        None => format!("{seed},,,,true\n"),
    };
    let head = "seed,test_bound_nats,se,train_bound_nats,diverged\n".to_owned();
    std::iter::once(head).chain(rows.iter().map(line)).collect()
}

fn result(rows: &[Row], config: &VaeConfig, out: &Path) -> Result<()> {
    let mut bounds = Vec::new();
    for Row { seed, summary } in rows {
        match summary {
            Some(summary) => {
                let bound = summary.test_bound_nats;
                say(&format!("seed {seed}: test bound {bound:.3} nats an image"))?;
                bounds.push(bound);
            }
            None => say(&format!("seed {seed}: diverged"))?,
        }
    }
    if !bounds.is_empty() {
        let (mean, error) = mean_and_se(&bounds);
        let error = error.map_or_else(String::new, |error| {
            format!("standard error over the seeds {error:.3}; ")
        });
        let (samples, code) = (vae::SAMPLES_AT_THE_END, discretised(config.latents));
        let of = format!("({error}{samples} samples each{code})");
        say(&format!("mean test bound {mean:.3} nats an image {of}"))?;
    }
    say(&format!("runs       {}", out.display()))
}
