//! `gumbel reproduce policies`: the ways to a gradient through an agent's choice.

use std::path::PathBuf;
use std::process::ExitCode;

use gumbel_lab::policy::comparison::{Comparison, report};

use super::train::ENVIRONMENT;
use crate::Result;
use crate::args::ReproducePoliciesArgs;
use crate::commands::comparing::{budget, end, only};
use crate::commands::compute;
use crate::commands::training::stop_flag;
use crate::progress::TrainingProgress;

pub(crate) fn run(args: &ReproducePoliciesArgs) -> Result<ExitCode> {
    let env = args.env.unwrap_or(ENVIRONMENT);
    let mut comparison = Comparison::new(env);
    comparison.seeds = args.seeds.unwrap_or(comparison.seeds);
    comparison.epochs = args.epochs;
    comparison.budget = args.budget.map(budget);
    comparison.variants = only(&args.only, comparison.variants);
    let compute = compute(args.compute)?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("runs/policies-{env}")));
    gumbel_files::output::check_folder("out", &out)?;
    let stop = stop_flag();
    let mut progress = TrainingProgress::of_many(args.quiet);
    let ended = comparison.run(&out, compute, &mut progress, &stop);
    progress.clear();
    end(ended?, &out, "policies.md", |finished| report(&comparison, finished, &out))
}
