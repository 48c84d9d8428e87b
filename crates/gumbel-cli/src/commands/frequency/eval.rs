//! `gumbel eval` of a classifier on frequency channels or pixels.

use std::path::Path;
use std::process::ExitCode;

use gumbel_burn::GateEvaluation;
use gumbel_data::jpeg::{JpegSet, Parts};
use gumbel_lab::frequency::eval::Gates;
use gumbel_lab::frequency::{FrequencyRun, evaluate};
use gumbel_train::workers::Workers;

use crate::args::EvalArgs;
use crate::commands::eval::note_state;
use crate::commands::frequency::images::{self, Loading};
use crate::commands::threads;
use crate::failure::Failure;
use crate::{Result, progress, say};

pub(crate) fn run(args: &EvalArgs) -> Result<ExitCode> {
    let folder = FrequencyRun::open(&args.run)?;
    let (model, reader) = folder.load_network()?;
    let threads = threads(args.threads)?;
    let quiet = args.quiet || args.json;
    let how = Loading { strict: args.strict, cache: true, parts: Parts::All, threads, quiet };
    let set = match &args.data {
        None => images::load_of_run(&folder, None, how)?,
        Some(dir) => named(&folder, dir, how)?,
    };
    if set.classes != folder.data().texts("classes") {
        let (ours, theirs) = (set.classes.join(", "), folder.data().texts("classes").join(", "));
        return Err(Failure::run(format!(
            "{}: has the classes {ours}; the run knows {theirs}",
            set.origin
        )));
    }
    if args.data.is_none() && set.sha256 != folder.data_sha256() {
        return Err(Failure::run(format!(
            "{}: is not what the run was trained on (sha256 {}, now {}); --data {} evaluates it \
             all the same",
            set.origin,
            folder.data_sha256(),
            set.sha256,
            set.origin
        )));
    }
    let mut test = set.test;
    if let Some(images) = args.images {
        if images == 0 || images > test.len() {
            let message = format!("--images: expected 1 to {}, found {images}", test.len());
            return Err(Failure::usage(message));
        }
        test.images.truncate(images);
    }
    let workers =
        Workers::new(threads).map_err(|error| Failure::usage(format!("--threads: {error}")))?;
    let how = match args.expectation {
        true => GateEvaluation::Expectation,
        false => GateEvaluation::Threshold,
    };
    let bar = progress::images(quiet, test.len() as u64, "classified");
    let tick = |n: usize| bar.inc(n as u64);
    let evaluation = evaluate(&model, &test, how, &reader, &workers, &tick)?;
    bar.finish_and_clear();
    note_state(&folder)?;
    let interval = evaluation.interval();
    let channels = evaluation.gates.as_ref().map(Gates::channels);
    if args.json {
        let object = serde_json::json!({
            "test_accuracy": evaluation.accuracy(),
            "low": interval.low,
            "high": interval.high,
            "test_loss": evaluation.loss(),
            "channels": channels,
            "images": evaluation.verdicts.len(),
        });
        say(&object.to_string())?;
        return Ok(ExitCode::SUCCESS);
    }
    let ends = (interval.low, interval.high);
    say(&images::accuracy(evaluation.accuracy(), ends, evaluation.verdicts.len()))?;
    say(&format!("test loss {:.4} nats an image", evaluation.loss()))?;
    if let Some(channels) = channels {
        let sum = if args.expectation { "the sum of P(on)" } else { "channels kept" };
        say(&format!("{sum} {channels:.2} of 192 for an image"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The images of the folder in `--data`. If they are the images of the run, its own test images are taken;
/// else the test images of the folder, on the grid of the run.
fn named(run: &FrequencyRun, dir: &Path, how: Loading) -> Result<JpegSet> {
    let mut config = run.config().clone();
    config.data = images::path_as_text(dir)?;
    let own = images::load_quietly(&config, how).ok().filter(|set| set.sha256 == run.data_sha256());
    if let Some(set) = own {
        images::note_loaded(&set, how);
        return Ok(set);
    }
    let (rows, columns) = run.grid()?;
    (config.rows, config.columns) = (Some(rows), Some(columns));
    images::load(&config, Loading { parts: Parts::TestOnly, ..how })
}
