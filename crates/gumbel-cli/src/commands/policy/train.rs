//! `gumbel train policy`: trains an agent.

use std::path::Path;
use std::process::ExitCode;

use gumbel::Key;
use gumbel_burn::TemperatureSchedule;
use gumbel_lab::policy::{
    self, EnvironmentName, MAZE_SIZE, Method, PolicyConfig, PolicyRun, Summary,
};
use gumbel_train::Settings;

use crate::args::PolicyArgs;
use crate::commands::training::{
    create_run_folder, device_option, refuse_taken, report, stop_flag,
};
use crate::commands::{compute, quoted};
use crate::failure::Failure;
use crate::progress::TrainingProgress;
use crate::{Result, say};

/// The default environment.
pub(crate) const ENVIRONMENT: EnvironmentName = EnvironmentName::Maze;

/// The default method in an environment.
pub(crate) fn method(env: EnvironmentName) -> Method {
    match env {
        EnvironmentName::Cartpole => Method::Ppo,
        EnvironmentName::Particles => Method::Maddpg,
        _ => Method::Reinforce,
    }
}

pub(crate) fn run(args: &PolicyArgs) -> Result<ExitCode> {
    let config = settings(args)?;
    config.check_start()?;
    let compute = compute(args.run.work.compute)?;
    refuse_taken::<PolicyConfig>(&args.run)?;
    let out = match &args.run.out {
        Some(out) => out.clone(),
        None => create_run_folder("policy", &config.env.to_string())?,
    };
    let stop = stop_flag();
    let mut progress = TrainingProgress::new(args.run.work.quiet);
    let start = args.run.start();
    let outcome = policy::train(&config, &out, start, compute, &mut progress, &stop);
    progress.clear();
    let again = || format!("gumbel train policy --out {}{}", quoted(&out), device_option(compute));
    report(&outcome?, &out, args.run.work.quiet, again, |summary| result(summary, &out))
}

fn result(summary: &Summary, out: &Path) -> Result<()> {
    match (summary.optimal_return, summary.uniform_return) {
        (Some(best), Some(uniform)) => {
            say(&format!(
                "return     {:.4}, its most probable actions {:.4}; at best {best:.4}, uniform choices {uniform:.4}",
                summary.of_policy, summary.greedy_return
            ))?;
            say(&match summary.regret {
                Some(regret) => format!(
                    "regret     {:.2} % of the way from uniform choices to the best, by the most probable actions",
                    100.0 * regret
                ),
                None => "regret     none: in this maze all choices are equally good".to_owned(),
            })?;
        }
        _ => say(&format!(
            "return     {:.1}, its most probable actions {:.1}: means of 100 episodes",
            summary.of_policy, summary.greedy_return
        ))?,
    }
    say(&format!(
        "steps      {} of the environment, {} of the training",
        summary.environment_steps, summary.steps
    ))?;
    say(&format!("report     {}", out.join("report.html").display()))
}

/// The settings of the resumed run, or the default settings, with the given options changed.
fn settings(args: &PolicyArgs) -> Result<PolicyConfig> {
    let resumed = args.run.resumed().map(PolicyRun::open).transpose()?;
    let resumed = resumed.map(|run| run.config().clone());
    let fresh = resumed.is_none();
    let mut config = resumed.unwrap_or_else(|| {
        let env = args.env.unwrap_or(ENVIRONMENT);
        PolicyConfig::defaults(env, args.method.unwrap_or(method(env)))
    });
    let other_than = |name: &str, there: String, here: Option<String>| match here {
        Some(here) if here != there => {
            Err(Failure::usage(format!("--{name}: this run is of {there}, found {here}")))
        }
        _ => Ok(()),
    };
    other_than("env", config.env.to_string(), args.env.map(|env| env.to_string()))?;
    other_than("method", config.method.to_string(), args.method.map(|m| m.to_string()))?;
    if args.map_seed.is_some() && config.env != EnvironmentName::Maze {
        let problem = format!("--map-seed: belongs to maze, found {}", config.env);
        return Err(Failure::usage(problem));
    }
    if let Some(name) = args.estimator {
        config = config.with_estimator(name);
    }
    if let Some(tau) = args.tau {
        config.tau = Some(TemperatureSchedule::Constant { tau });
    }
    match (&args.map, args.map_seed) {
        (Some(file), _) => config.map = Some(read_map(file)?),
        (None, Some(seed)) => config.map = Some(policy::generated_map(MAZE_SIZE, Key::new(seed))?),
        (None, None) if fresh && config.env == EnvironmentName::Maze => {
            config.map = Some(policy::generated_map(MAZE_SIZE, Key::new(0))?);
        }
        (None, None) => {}
    }
    config.environments = args.environments.unwrap_or(config.environments);
    config.horizon = args.horizon.unwrap_or(config.horizon);
    config.epochs = args.epochs.unwrap_or(config.epochs);
    config.updates = args.updates.unwrap_or(config.updates);
    config.lr = args.lr.unwrap_or(config.lr);
    config.optimizer = args.optimizer.unwrap_or(config.optimizer);
    if let Some(hidden) = &args.hidden {
        config.hidden.clone_from(&hidden.0);
    }
    config.discount = args.discount.unwrap_or(config.discount);
    config.lambda = args.lambda.or(config.lambda);
    config.entropy = args.entropy.unwrap_or(config.entropy);
    config.passes = args.passes.or(config.passes);
    config.minibatches = args.minibatches.or(config.minibatches);
    config.clip = args.clip.or(config.clip);
    config.batch = args.batch.or(config.batch);
    config.replay = args.replay.or(config.replay);
    config.target_rate = args.target_rate.or(config.target_rate);
    config.lookahead = args.lookahead.or(config.lookahead);
    config.seed = args.seed.unwrap_or(config.seed);
    if fresh {
        config = config.with_default_shards();
    }
    config.shards = args.run.work.shards.unwrap_or(config.shards);
    if args.horizon.is_some() && !config.method.has_rollouts() {
        let problem = format!("--horizon: {} learns from whole episodes", config.method);
        return Err(Failure::usage(problem));
    }
    Ok(config)
}

/// The map in a file, checked: an error names its row and its column.
fn read_map(file: &Path) -> Result<String> {
    let of_file = |problem: String| Failure::run(format!("{}: {problem}", file.display()));
    let bytes = std::fs::read(file)
        .map_err(|error| Failure::run(format!("cannot read {}: {error}", file.display())))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let row = before.iter().filter(|&&byte| byte == b'\n').count();
        let column = before.iter().rev().take_while(|&&byte| byte != b'\n').count();
        let (row, column) = (row + 1, column + 1);
        of_file(format!("row {row}, column {column}: expected text in UTF-8, found another byte"))
    })?;
    // Some editors write a mark at the beginning.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    policy::checked_map(text).map_err(|error| of_file(error.to_string()))
}
