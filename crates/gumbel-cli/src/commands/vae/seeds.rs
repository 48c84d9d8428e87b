//! `gumbel train vae --seeds N`: one training for each of several seeds, and the mean of their bounds.

use std::path::Path;
use std::process::ExitCode;

use gumbel_data as data;
use gumbel_files::output;
use gumbel_lab::vae::{self, Summary, VaeConfig};
use gumbel_lab::{ComparisonObserver, LabError};
use gumbel_train::{Outcome, Settings};

use super::discretised;
use super::train::{fit_to, settings};
use crate::args::VaeArgs;
use crate::commands::training::{STOPPED, create_run_folder, stop_flag};
use crate::commands::{quoted, threads};
use crate::failure::Failure;
use crate::progress::TrainingProgress;
use crate::{Result, note, say};

/// A row of `seeds.csv`.
struct Row {
    seed: u64,
    test_bound_nats: f64,
    se: f64,
    train_bound_nats: f64,
}

pub(super) fn run(args: &VaeArgs, seeds: u64) -> Result<ExitCode> {
    let base = settings(args)?;
    base.check_start()?;
    let Some(last) = base.seed.checked_add(seeds - 1) else {
        return Err(Failure::usage("--seeds: the last seed is above 18,446,744,073,709,551,615"));
    };
    let threads = threads(args.run.work.threads)?;
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
    let (mut rows, mut problems, mut first) = (Vec::new(), false, Some(first));
    for seed in base.seed..=last {
        let dataset = first.take().map_or_else(|| load(seed), Ok)?;
        let mut config = VaeConfig { seed, ..base.clone() };
        fit_to(&mut config, args, &dataset)?;
        progress.begin(rows.len() + 1, seeds as usize, &format!("seed {seed}"));
        let folder = out.join(format!("seed-{seed}"));
        let start = args.run.start();
        let outcome = vae::train(&config, &dataset, &folder, start, threads, &mut progress, &stop);
        progress.clear();
        let summary = match outcome? {
            Outcome::Finished(summary) | Outcome::AlreadyFinished(summary) => summary,
            Outcome::Stopped { step } => {
                say(&format!("stopped after step {step} of seed {seed}, checkpoint saved"))?;
                let out = quoted(&out);
                say(&format!("continue with the same options, --out {out} and --resume"))?;
                return Ok(ExitCode::from(STOPPED));
            }
        };
        for warning in &summary.health.warnings {
            note(&format!("warning: seed {seed}: {warning}"));
        }
        problems |= summary.health.diverged.is_some();
        rows.push(row(seed, &summary));
    }
    output::write(&out.join("seeds.csv"), table(&rows).as_bytes())?;
    result(&rows, &base, &out)?;
    Ok(if problems { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The rows as CSV.
fn table(rows: &[Row]) -> String {
    let line = |Row { seed, test_bound_nats, se, train_bound_nats }: &Row| {
        format!("{seed},{test_bound_nats},{se},{train_bound_nats}\n")
    };
    let head = "seed,test_bound_nats,se,train_bound_nats\n".to_owned();
    std::iter::once(head).chain(rows.iter().map(line)).collect()
}

fn row(seed: u64, summary: &Summary) -> Row {
    let Summary { test_bound_nats, se, train_bound_nats, .. } = *summary;
    Row { seed, test_bound_nats, se, train_bound_nats }
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

fn result(rows: &[Row], config: &VaeConfig, out: &Path) -> Result<()> {
    for row in rows {
        say(&format!("seed {}: test bound {:.3} nats an image", row.seed, row.test_bound_nats))?;
    }
    let n = rows.len() as f64;
    let mean = rows.iter().map(|row| row.test_bound_nats).sum::<f64>() / n;
    let squares: f64 = rows.iter().map(|row| (row.test_bound_nats - mean).powi(2)).sum();
    let error = match rows.len() {
        1 => String::new(),
        _ => format!("standard error over the seeds {:.3}; ", (squares / (n - 1.0) / n).sqrt()),
    };
    let samples = vae::SAMPLES_AT_THE_END;
    let code = discretised(config.latents);
    say(&format!("mean test bound {mean:.3} nats an image ({error}{samples} samples each{code})"))?;
    say(&format!("runs       {}", out.display()))
}
