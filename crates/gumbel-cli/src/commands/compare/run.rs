//! `gumbel compare --run`: estimators against the gradient of a trained autoencoder.

use std::path::Path;
use std::process::ExitCode;

use gumbel::Key;
use gumbel_burn::estimator::{Name, Options};
use gumbel_lab::compare::{MODEL_HEAD, ModelComparison, ModelSettings, compare_on_model};
use gumbel_lab::vae::{self, Latents, VaeRun};
use gumbel_train::report::{look_at, made_here};
use gumbel_train::workers::Workers;

use super::{check_out, in_json, write};
use crate::args::CompareArgs;
use crate::commands::eval::note_state;
use crate::commands::threads;
use crate::failure::Failure;
use crate::progress::LateProgress;
use crate::table::{columns, lines, wrapped};
use crate::{Result, note, say};

/// The default number of test images.
pub(crate) const IMAGES: usize = 16;

pub(super) fn run(args: &CompareArgs, path: &Path) -> Result<ExitCode> {
    check_out(args)?;
    let folder = VaeRun::open(path)?;
    if let latents @ Latents::Gaussian(_) = folder.config().latents {
        return Err(Failure::run(format!(
            "{}: expected a run with discrete latents, found {latents}: a Gaussian sample has its own gradient; train \
             one with --latents 20x10",
            path.display()
        )));
    }
    let model = folder.load_vae()?;
    let dataset = vae::run_data(&folder, args.data.as_deref(), args.data_dir.as_deref())?;
    let (mut pixels, _) = vae::test_set(&folder, &dataset)?;
    let (all, images) = (pixels.len() / model.pixels(), args.images.unwrap_or(IMAGES));
    if images > all {
        return Err(Failure::usage(format!("--images: expected 1 to {all}, found {images}")));
    }
    pixels.truncate(images * model.pixels());
    let workers = Workers::new(threads(args.threads)?)
        .map_err(|error| Failure::usage(format!("--threads: {error}")))?;
    let defaults = ModelSettings::default();
    let config = folder.config();
    let options = Options { samples: config.samples, baseline: config.baseline };
    let only = args.only.iter().map(|name| {
        name.parse::<Name>().map_err(|error| match name.split_once(':') {
            Some((estimator, _)) => Failure::usage(format!(
                "--only: with --run {estimator} has the baseline of the run, or else the mean: expected {estimator}, \
                 found {name}"
            )),
            None => Failure::usage(format!("--only: {error}")),
        })
    });
    let settings = ModelSettings {
        draws: args.draws.unwrap_or(defaults.draws),
        key: Key::new(args.seed),
        evaluations: args.evaluations(),
        only: only.collect::<Result<_>>()?,
        trained_with: config.estimator.map(|name| (name, options)),
        ..defaults
    };
    note_state(&folder)?;
    let progress = LateProgress::new(args.quiet, "drawing");
    let told = |n, all| progress.inc(n, all);
    let found = compare_on_model(&name_of(path), &model, &pixels, &settings, &workers, &told);
    progress.finish_and_clear();
    let found = found?;
    let mut drawn = found.draw().map_err(Failure::run)?;
    drawn.page.sections.insert(0, look_at(points()));
    drawn.page.sections.push(made_here(threads(args.threads)?));
    let out = write(&found.rows, &found.temperatures, &drawn, args.out.as_deref())?;
    let report = format!("report: {}", out.join("report.html").display());
    if args.json {
        let told = [found.verdict(), found.remarks()].concat();
        told.iter().chain([&report]).for_each(|line| note(line));
        say(&in_json(&found.rows)?)?;
    } else {
        print(&found)?;
        say(&format!("\n{report}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Sentences that lead through the report.
fn points() -> Vec<String> {
    let read = "Bias and noise together: noise falls when draws are averaged and bias stays, so a short training asks for \
                little noise and a long one for little bias.";
    let begin =
        "The row to begin with is the first: the least error for equal evaluations of the cost.";
    [read, begin].map(str::to_owned).to_vec()
}

/// The name of a run: that of its folder.
fn name_of(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole.file_name().map_or_else(|| "run".to_owned(), |name| name.to_string_lossy().into_owned())
}

fn print(found: &ModelComparison) -> Result<()> {
    say(found.rows.first().map_or("", |row| row.problem.as_str()))?;
    for line in lines(MODEL_HEAD, &found.cells(), columns()) {
        say(&line)?;
    }
    say("")?;
    let most = columns().unwrap_or(usize::MAX);
    let paragraph = |text: &str, indent: &str| -> Result<()> {
        wrapped(text, indent, most).iter().try_for_each(|line| say(line))
    };
    paragraph(&found.held_against(), "")?;
    for (name, text) in found.explained() {
        say(&format!("  {name:13}  {text}"))?;
    }
    if !found.left_out.is_empty() {
        paragraph(&found.left_out_in_words(), "")?;
    }
    say("")?;
    [found.verdict(), found.remarks()].concat().iter().try_for_each(|line| paragraph(line, ""))
}
