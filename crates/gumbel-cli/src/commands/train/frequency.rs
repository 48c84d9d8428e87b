//! `gumbel train gate` and `gumbel train rgb`.

use std::path::Path;
use std::process::ExitCode;

use gumbel::Key;
use gumbel_burn::{GateCondition, GatePenalty, GateSqueeze};
use gumbel_lab::frequency::{
    self, CHANNELS, Channel, FrequencyConfig, FrequencyRun, GateSettings, Input, Selection, Stem, Summary,
};
use gumbel_lab::run::Experiment;

use super::{Temperature, fresh, refuse_taken, report, start, stop_flag};
use crate::args::{GateArgs, PhotographArgs, RgbArgs};
use crate::commands::photographs::{self, EMBEDDED};
use crate::commands::{quoted, threads};
use crate::failure::Failure;
use crate::progress::TrainingProgress;
use crate::{Result, say};

pub(crate) fn gate(args: &GateArgs) -> Result<ExitCode> {
    let mut config = settings(&args.photographs)?;
    match &args.channels {
        Some(text) => {
            let (selection, chosen) = selection(text, args)?;
            config = config.with_channels(&selection, chosen);
        }
        None if config.channels.is_some() || config.chosen.is_some() => {}
        None => config.gate = Some(gate_settings(args, config.gate.unwrap_or_default())?),
    }
    run(&args.photographs, &config, "gate")
}

pub(crate) fn rgb(args: &RgbArgs) -> Result<ExitCode> {
    let config = settings(&args.photographs)?;
    let stem = match (args.stem.as_deref(), config.input) {
        (None, Input::Pixels(resumed)) => resumed,
        (None | Some("strided"), _) => Stem::Strided,
        (Some("patch"), _) => Stem::Patch,
        (Some(other), _) => {
            return Err(Failure::usage(format!("stem: expected strided or patch, found {other}")));
        }
    };
    let config = config.on_pixels(stem);
    run(&args.photographs, &config, "rgb")
}

fn run(args: &PhotographArgs, config: &FrequencyConfig, kind: &str) -> Result<ExitCode> {
    config.check()?;
    let start = start(args.resume, args.force);
    let threads = threads(args.threads)?;
    refuse_taken(start, args.out.as_deref())?;
    let set = photographs::load(config, args.strict, args.no_cache, threads, args.quiet)?;
    let out = args.out.clone().map_or_else(|| fresh(kind, &set.name), Ok)?;
    let stop = stop_flag();
    let mut progress = TrainingProgress::new(args.quiet);
    let outcome = frequency::train(config, &set, &out, start, threads, &mut progress, &stop);
    progress.clear();
    let again = || format!("gumbel train {kind} --out {}", quoted(&out));
    report(&outcome?, &out, again, |summary| result(summary, &out))
}

fn result(summary: &Summary, out: &Path) -> Result<()> {
    say(&photographs::accuracy(summary.test_accuracy, (summary.low, summary.high), summary.images))?;
    if let Some(channels) = summary.channels {
        let share = 100.0 * summary.nonzero_share.unwrap_or(0.0);
        say(&format!(
            "channels   {channels:.1} of 192 read of an image; {share:.1} % of its coefficients \
             other than 0"
        ))?;
    }
    say(&format!(
        "network    {} parameters, {:.2} MFLOP an image",
        summary.parameters,
        summary.flop as f64 / 1e6
    ))?;
    say(&format!("report     {}", out.join("report.html").display()))
}

/// The settings: those of the run that is resumed, or the defaults, with what was given on top.
pub(crate) fn settings(args: &PhotographArgs) -> Result<FrequencyConfig> {
    let resumed = match (&args.out, args.resume) {
        (Some(out), true) if out.join("config.toml").is_file() => Some(FrequencyRun::open(out)?),
        _ => None,
    };
    let mut config = match (&resumed, &args.data) {
        (Some(run), _) => run.config().clone(),
        (None, None) => FrequencyConfig::defaults(EMBEDDED),
        (None, Some(folder)) => FrequencyConfig::defaults(&folder.display().to_string()),
    };
    if let Some(folder) = &args.data {
        // Remembered by its whole path: the run may be resumed from elsewhere.
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        config.data = whole.display().to_string();
    }
    if let Some(name) = &args.optimizer {
        config.optimizer = name.parse()?;
    }
    if let Some(grid) = &args.grid {
        let size = |text: &str| text.trim().parse::<usize>().ok();
        let sizes = grid.split_once('x').and_then(|(r, c)| Some((size(r)?, size(c)?)));
        let (rows, columns) = sizes.ok_or_else(|| {
            Failure::usage(format!("grid: expected rows and columns as in 32x32, found {grid}"))
        })?;
        (config.rows, config.columns) = (Some(rows), Some(columns));
    }
    config.width = args.width.unwrap_or(config.width);
    config.blocks = args.blocks.unwrap_or(config.blocks);
    config.epochs = args.epochs.unwrap_or(config.epochs);
    config.batch = args.batch.unwrap_or(config.batch);
    config.lr = args.lr.unwrap_or(config.lr);
    config.flip &= !args.no_flip;
    config.seed = args.seed.unwrap_or(config.seed);
    config.shards = args.shards.unwrap_or(config.shards);
    Ok(config)
}

fn gate_settings(args: &GateArgs, mut gate: GateSettings) -> Result<GateSettings> {
    if args.static_gate {
        gate.condition = GateCondition::Static;
    }
    gate.hard &= !args.soft;
    gate.initial_keep = args.initial_keep.unwrap_or(gate.initial_keep);
    if let Some(name) = &args.squeeze {
        gate.squeeze = match name.as_str() {
            "mean" => GateSqueeze::Mean,
            "mean-absolute" => GateSqueeze::MeanAbsolute,
            other => {
                let message = format!("squeeze: expected mean or mean-absolute, found {other}");
                return Err(Failure::usage(message));
            }
        };
    }
    let (lambda, target) = match gate.penalty {
        GatePenalty::AboveTarget { lambda, target } => (lambda, Some(target)),
        GatePenalty::Mean { lambda } => (lambda, None),
        _ => (0.0, None),
    };
    let lambda = args.lambda.unwrap_or(lambda);
    gate.penalty = match args.target.or(target) {
        Some(target) => GatePenalty::AboveTarget { lambda, target },
        None => GatePenalty::Mean { lambda },
    };
    let given = Temperature {
        fixed: args.tau,
        start: args.tau_start,
        floor: args.tau_min,
        rate: args.tau_rate,
        every: args.tau_every,
    };
    gate.tau = given.over(Some(gate.tau))?.unwrap_or(gate.tau);
    Ok(gate)
}

/// The default number of channels of a fixed choice: that of the paper's main result.
const KEEP: usize = 24;

/// A fixed choice of channels, and where it comes from.
fn selection(text: &str, args: &GateArgs) -> Result<(Selection, String)> {
    let keep = args.keep.unwrap_or(KEEP);
    let seed = args.channel_seed.unwrap_or(0);
    if args.channel_seed.is_some() && text != "random" {
        return Err(Failure::usage("channel-seed: belongs to --channels random"));
    }
    Ok(match text {
        "all" if args.keep.is_some_and(|keep| keep != CHANNELS) => {
            return Err(Failure::usage(format!("keep: all are {CHANNELS} channels, found {keep}")));
        }
        "all" => (Selection::all(), "all".to_owned()),
        "low" => (Selection::low(keep)?, format!("the {keep} lowest")),
        "random" => {
            let key = Key::new(seed);
            (Selection::random(keep, key)?, format!("{keep} at random, seed {seed}"))
        }
        run if Path::new(run).join("config.toml").is_file() => {
            let run = FrequencyRun::open(Path::new(run))?;
            let table = run.channel_table()?;
            let p: Vec<f64> = table.iter().map(|row| row.probability).collect();
            let chosen = format!("the {keep} most probable of {}", run.path().display());
            (Selection::largest(&p, keep)?, chosen)
        }
        list => {
            let channels = list.split(';').map(|name| name.trim().parse::<Channel>());
            let channels: std::result::Result<Vec<_>, _> = channels.collect();
            let channels = channels.map_err(|error| {
                Failure::usage(format!(
                    "{error}; --channels takes all, low, random, the folder of a run, or a list"
                ))
            })?;
            if args.keep.is_some_and(|keep| keep != channels.len()) {
                return Err(Failure::usage(format!(
                    "keep: a list says itself how many channels there are, {}",
                    channels.len()
                )));
            }
            let indices = channels.into_iter().map(Channel::index).collect();
            (Selection::new(indices)?, "a list".to_owned())
        }
    })
}
