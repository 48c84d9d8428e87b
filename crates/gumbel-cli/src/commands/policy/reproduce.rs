//! `gumbel reproduce policies`: the ways to a gradient through an agent's choice.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use gumbel_lab::policy::comparison::{Comparison, Progress, report};

use super::train::ENVIRONMENT;
use crate::args::ReproducePoliciesArgs;
use crate::commands::training::{STOPPED, stop_flag};
use crate::commands::{quoted, threads};
use crate::failure::Failure;
use crate::progress::TrainingProgress;
use crate::{Result, note, say};

const MINUTE: f64 = 60.0;

pub(crate) fn run(args: &ReproducePoliciesArgs) -> Result<ExitCode> {
    let env = args.env.unwrap_or(ENVIRONMENT);
    let mut comparison = Comparison::new(env);
    comparison.seeds = args.seeds.unwrap_or(comparison.seeds);
    comparison.epochs = args.epochs;
    comparison.budget = args.budget.map(|minutes| Duration::from_secs_f64(MINUTE * minutes));
    if !args.only.is_empty() {
        comparison.variants.clear();
        for &variant in &args.only {
            if !comparison.variants.contains(&variant) {
                comparison.variants.push(variant);
            }
        }
    }
    let threads = threads(args.threads)?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("runs/policies-{env}")));
    gumbel_files::output::check_folder("out", &out)?;
    let stop = stop_flag();
    let mut progress = TrainingProgress::of_many(args.quiet);
    let ended = comparison.run(&out, threads, &mut progress, &stop);
    progress.clear();
    let again = format!("the same command continues the comparison in {}", quoted(&out));
    let (finished, complete) = match ended? {
        Progress::Stopped => {
            say(&format!("stopped; {again}"))?;
            return Ok(ExitCode::from(STOPPED));
        }
        Progress::OutOfTime(finished) => (finished, false),
        Progress::Complete(finished) => (finished, true),
    };
    if !complete {
        note(&format!("--budget is used up; {again}"));
    }
    if finished.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    report(&comparison, &finished, &out)?;
    let table = std::fs::read_to_string(out.join("policies.md")).map_err(|error| {
        Failure::run(format!("cannot read the table of the comparison: {error}"))
    })?;
    say(table.trim_end())?;
    say(&format!("report     {}", out.join("report.html").display()))?;
    Ok(ExitCode::SUCCESS)
}
