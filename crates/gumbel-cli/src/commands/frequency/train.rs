//! `gumbel train gate` and `gumbel train rgb`: train classifiers on frequency channels or pixels.

use std::path::Path;
use std::process::ExitCode;

use gumbel::Key;
use gumbel_burn::{GateCondition, GatePenalty};
use gumbel_files::names::nearest;
use gumbel_lab::frequency::{
    self, CHANNELS, Channel, FrequencyConfig, FrequencyRun, GateSettings, Input, Selection, Stem,
    Summary,
};
use gumbel_train::Settings;

use crate::args::{ChannelsArg, FrequencyArgs, GateArgs, RgbArgs, SeededRunArgs};
use crate::commands::frequency::images::{self, EMBEDDED, Loading};
use crate::commands::training::{
    TemperatureBase, create_run_folder, device_option, refuse_taken, report, stop_flag,
};
use crate::commands::{compute, quoted};
use crate::failure::Failure;
use crate::progress::TrainingProgress;
use crate::{Result, say};

pub(crate) fn gate(args: &GateArgs) -> Result<ExitCode> {
    let mut config = settings_of_run(&args.frequency, &args.seeded)?;
    if config.input != Input::Coefficients {
        return Err(wrong_kind(&args.seeded, "rgb"));
    }
    match &args.channels {
        Some(channels) => {
            let (selection, chosen) = selection(channels, args)?;
            config = config.with_channels(&selection, chosen);
        }
        None if config.chosen.is_some() => {
            if let Some(option) = gate_option(args) {
                return Err(Failure::usage(format!(
                    "{option}: belongs to a gate; this run reads a fixed choice of channels"
                )));
            }
        }
        None => config.gate = Some(gate_settings(args, config.gate.unwrap_or_default())?),
    }
    // Checked now; fitted to the run when its images are known.
    let resumed = args.seeded.run.resumed().is_some();
    let wanted = |mut config: FrequencyConfig, n: usize| {
        let steps = config.steps(n).max(1);
        if let Some(gate) = &mut config.gate {
            let base = TemperatureBase {
                schedule: Some(gate.tau),
                by_step: Some(GateSettings::default().tau),
                steps,
                fitted: !resumed,
            };
            gate.tau = args.temperature.over(base)?.unwrap_or(gate.tau);
        }
        Ok(config)
    };
    wanted(config.clone(), config.batch)?.check_start()?;
    run(&args.frequency, &args.seeded, &config, "gate", wanted)
}

pub(crate) fn rgb(args: &RgbArgs) -> Result<ExitCode> {
    let config = settings_of_run(&args.frequency, &args.seeded)?;
    let resumed = args.seeded.run.resumed().is_some();
    if resumed && config.input == Input::Coefficients {
        return Err(wrong_kind(&args.seeded, "gate"));
    }
    let stem = match (args.stem, config.input) {
        (Some(stem), _) | (None, Input::Pixels(stem)) => stem,
        (None, Input::Coefficients) => STEM,
    };
    let config = config.on_pixels(stem);
    run(&args.frequency, &args.seeded, &config, "rgb", |config, _| Ok(config))
}

/// The default stem.
pub(crate) const STEM: Stem = Stem::Strided;

fn wrong_kind(args: &SeededRunArgs, kind: &str) -> Failure {
    let out = args.run.out.as_deref().unwrap_or(Path::new("")).display();
    Failure::run(format!(
        "{out}: is a run of train {kind}: gumbel train {kind} --resume --out {out}"
    ))
}

/// The name of the first given option that needs a gate.
fn gate_option(args: &GateArgs) -> Option<&'static str> {
    let temperature = &args.temperature;
    let given = [
        ("--lambda", args.lambda.is_some()),
        ("--target", args.target.is_some()),
        ("--rise", args.rise.is_some()),
        ("--static-gate", args.static_gate),
        ("--soft", args.soft),
        ("--initial-keep", args.initial_keep.is_some()),
        ("--squeeze", args.squeeze.is_some()),
        ("--tau", temperature.tau.is_some()),
        ("--tau-start", temperature.tau_start.is_some()),
        ("--tau-floor", temperature.tau_floor.is_some()),
        ("--tau-share", temperature.tau_share.is_some()),
        ("--tau-rate", temperature.tau_rate.is_some()),
        ("--tau-every", temperature.tau_every.is_some()),
    ];
    given.into_iter().find_map(|(option, given)| given.then_some(option))
}

fn run(
    args: &FrequencyArgs,
    seeded: &SeededRunArgs,
    config: &FrequencyConfig,
    kind: &str,
    wanted: impl Fn(FrequencyConfig, usize) -> Result<FrequencyConfig>,
) -> Result<ExitCode> {
    config.check_start()?;
    let place = &seeded.run;
    let compute = compute(place.work.compute)?;
    refuse_taken::<FrequencyConfig>(place)?;
    let how = Loading::of(args, compute.threads, place.work.quiet);
    let set = match place.resumed() {
        Some(run) => images::load_of_run(&FrequencyRun::open(run)?, args.data.as_deref(), how)?,
        None => images::load(config, how)?,
    };
    let config = &match place.resumed() {
        Some(_) => config.clone(),
        None => config.clone().fitted_to(set.train.len(), args.epochs, args.batch),
    };
    let config = &wanted(config.clone(), set.train.len())?;
    let out = place.out.clone().map_or_else(|| create_run_folder(kind, &set.name), Ok)?;
    let stop = stop_flag();
    let mut progress = TrainingProgress::new(place.work.quiet);
    let outcome =
        frequency::train(config, &set, &out, place.start(), compute, &mut progress, &stop);
    progress.clear();
    let again = || {
        // The settings of the run have the path that it started with.
        let moved = args.data.as_deref().filter(|_| place.resumed().is_some());
        let moved = moved.map(|folder| format!(" --data {}", quoted(folder)));
        let (out, device) = (quoted(&out), device_option(compute));
        format!("gumbel train {kind} --out {out}{}{device}", moved.unwrap_or_default())
    };
    let say = |summary: &Summary| result(summary, &out);
    report(&outcome?, &out, place.work.quiet, again, say)
}

fn result(summary: &Summary, out: &Path) -> Result<()> {
    say(&images::accuracy(summary.test_accuracy, (summary.low, summary.high), summary.images))?;
    if let Some(channels) = summary.channels {
        let share = summary.coded_share.map_or_else(String::new, |share| {
            format!(", {:.1} % of its entropy-coded bytes", 100.0 * share)
        });
        say(&format!("channels   {channels:.1} of 192 read of an image{share}"))?;
    }
    say(&format!(
        "network    {} parameters, {:.2} MFLOP an image",
        summary.parameters,
        summary.flop as f64 / 1e6
    ))?;
    say(&format!("report     {}", out.join("report.html").display()))
}

/// The settings of the resumed run, or the default settings, with the given options changed.
fn settings_of_run(args: &FrequencyArgs, seeded: &SeededRunArgs) -> Result<FrequencyConfig> {
    let resumed = seeded.run.resumed().map(FrequencyRun::open).transpose()?;
    let mut config = settings(args, resumed.map(|run| run.config().clone()))?;
    config.seed = seeded.seed.unwrap_or(config.seed);
    config.shards = seeded.run.work.shards.unwrap_or(config.shards);
    Ok(config)
}

/// The settings of a run, or the default settings, with the given options changed.
pub(crate) fn settings(
    args: &FrequencyArgs,
    resumed: Option<FrequencyConfig>,
) -> Result<FrequencyConfig> {
    let mut config = match (resumed, &args.data) {
        (Some(config), _) => config,
        (None, None) => FrequencyConfig::defaults(EMBEDDED),
        (None, Some(folder)) => {
            // The absolute path, if it is UTF-8: the run may be resumed from elsewhere.
            let whole = folder.canonicalize().ok().filter(|whole| whole.to_str().is_some());
            FrequencyConfig::defaults(&images::path_as_text(whole.as_ref().unwrap_or(folder))?)
        }
    };
    config.optimizer = args.optimizer.unwrap_or(config.optimizer);
    if let Some(grid) = args.grid {
        (config.rows, config.columns) = (Some(grid.rows), Some(grid.columns));
    }
    config.width = args.width.unwrap_or(config.width);
    config.blocks = args.blocks.unwrap_or(config.blocks);
    config.epochs = args.epochs.unwrap_or(config.epochs);
    config.batch = args.batch.unwrap_or(config.batch);
    // A batch of one image has one part.
    config.shards = config.shards.min(config.batch.max(1));
    config.lr = args.lr.unwrap_or(config.lr);
    config.flip &= !args.no_flip;
    Ok(config)
}

fn gate_settings(args: &GateArgs, mut gate: GateSettings) -> Result<GateSettings> {
    if args.static_gate {
        gate.condition = GateCondition::Static;
    }
    gate.hard &= !args.soft;
    gate.rise = args.rise.unwrap_or(gate.rise);
    gate.initial_keep = args.initial_keep.unwrap_or(gate.initial_keep);
    gate.squeeze = args.squeeze.unwrap_or(gate.squeeze);
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
    Ok(gate)
}

/// The default number of channels of a fixed choice: the number in the paper's main result.
pub(crate) const KEEP: usize = 24;

/// A fixed choice of channels, and a description of its origin.
fn selection(channels: &ChannelsArg, args: &GateArgs) -> Result<(Selection, String)> {
    let keep = args.keep.unwrap_or(KEEP);
    let seed = args.channel_seed.unwrap_or(0);
    if args.channel_seed.is_some() && *channels != ChannelsArg::Random {
        return Err(Failure::usage("--channel-seed: belongs to --channels random"));
    }
    Ok(match channels {
        ChannelsArg::All if args.keep.is_some_and(|keep| keep != CHANNELS) => {
            return Err(Failure::usage(format!(
                "--keep: all are {CHANNELS} channels, found {keep}"
            )));
        }
        ChannelsArg::All => (Selection::all(), "all".to_owned()),
        ChannelsArg::Low => (Selection::low(keep)?, format!("the {keep} lowest")),
        ChannelsArg::Random => {
            let key = Key::new(seed);
            (Selection::random(keep, key)?, format!("{keep} at random, seed {seed}"))
        }
        ChannelsArg::List(channels) => {
            if args.keep.is_some_and(|keep| keep != channels.len()) {
                return Err(Failure::usage(format!(
                    "--keep: expected the number of channels of the list, {}",
                    channels.len()
                )));
            }
            let indices = channels.iter().map(|channel| channel.index()).collect();
            (Selection::new(indices)?, "a list".to_owned())
        }
        ChannelsArg::Run(path) if !path.is_dir() => return Err(no_channels(path)),
        ChannelsArg::Run(path) => {
            // For a folder that is not a run, this gives the reason.
            let run = FrequencyRun::open_gate(path)?;
            let chosen = format!("the {keep} most probable of {}", run.path().display());
            (run.most_probable(keep)?, chosen)
        }
    })
}

/// The error for `--channels` with a text that is neither a name nor a list, nor leads to a folder.
fn no_channels(path: &Path) -> Failure {
    let text = path.to_string_lossy();
    let wrong = text.split('+').map(str::trim).find(|name| name.parse::<Channel>().is_err());
    let advice = match (nearest(&["all", "low", "random"], &text), wrong) {
        (Some(near), _) => format!(": did you mean {near}?"),
        (None, Some(wrong)) if text.contains(['+', ',']) => {
            format!(": there is no channel {wrong:?}")
        }
        _ => String::new(),
    };
    Failure::usage(format!("--channels: {}, found {text:?}{advice}", ChannelsArg::EXPECTED))
}
