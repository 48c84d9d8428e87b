//! Tests that the defaults in the help texts are those of the libraries.

use clap::{Command, CommandFactory};
use gumbel_burn::estimator::Name;
use gumbel_burn::{GatePenalty, TemperatureSchedule};
use gumbel_lab::compare::ModelSettings;
use gumbel_lab::frequency::comparison::{Comparison, Variant};
use gumbel_lab::frequency::config::EMBEDDED;
use gumbel_lab::frequency::{FrequencyConfig, GateSettings};
use gumbel_lab::policy::{EnvironmentName, Method, PolicyConfig, comparison as policies};
use gumbel_lab::vae::VaeConfig;
use gumbel_maxima::Settings;

use super::Cli;
use crate::commands::compare;
use crate::commands::frequency::train as frequency;
use crate::commands::policy::train as policy_train;
use crate::commands::vae::eval::SAMPLES;
use crate::commands::vae::{reproduce as vae_reproduce, train as vae_train};

/// Defaults in words, which no library has.
const IN_WORDS: [&str; 22] = [
    "a map made from --map-seed",
    "a new one, runs/KIND-DATA-NUMBER",
    "a smoke set from the embedded digits",
    "all",
    "all cores",
    "all that evaluate the cost at most 16 times a step",
    "as for train gate",
    "channels.svg in the run folder",
    "compare, or the first of compare-2, compare-3, ... that does not exist",
    "decoded, or the first of decoded-2, decoded-3, ... that does not exist",
    "detected in the first line",
    "fits/FILE-COLUMN, or the first of FILE-COLUMN-2, FILE-COLUMN-3, ... without another fit",
    "gumbel/NAME in the user's cache folder",
    "runs/estimators-DATA",
    "runs/frequency-DATA",
    "runs/policies-ENV",
    "that of the estimator",
    "that of train policy",
    "the data of the run",
    "the folder of the training",
    "those that suit the environment",
    "the most frequent grid, at most 32x32",
];

/// The defaults of the libraries: the option, the commands that have it (those that begin so), and the text
/// that their help must have.
fn of_libraries() -> Vec<(&'static str, &'static str, String)> {
    let [garments, digits, vae] = ["garments", "digits", "photographs"].map(VaeConfig::defaults);
    let smoke = FrequencyConfig::defaults(EMBEDDED);
    let set = |images| FrequencyConfig::defaults("photographs").fitted_to(images, None, None);
    let (many, few) = (set(10_000), set(9_999));
    let problems: Vec<String> =
        gumbel_compare::problem::standard().iter().map(|p| p.name().to_owned()).collect();
    let (oracle, on_model) = (gumbel_compare::Settings::default(), ModelSettings::default());
    assert_eq!(oracle.evaluations, on_model.evaluations, "the same with --run");
    let (gate, maxima) = (GateSettings::default(), Settings::default());
    let GatePenalty::Mean { lambda } = gate.penalty else { panic!("{gate:?}") };
    let parts = |schedule| match schedule {
        Some(TemperatureSchedule::Exponential { start, floor, rate, every }) => {
            (start, floor, rate, every)
        }
        other => panic!("{other:?}"),
    };
    let (of_digits, of_others, of_gates) =
        (parts(digits.tau), parts(vae.tau), parts(Some(gate.tau)));
    let published = VaeConfig::defaults("mnist");
    assert!(published.is_published());
    let settings_of = |name: Name| name.estimator().settings();
    let samples_of = |name| settings_of(name).trim_start_matches("K ").to_owned();
    assert_eq!(samples_of(Name::GumbelRao), "10", "the help of --samples");
    let baseline = settings_of(Name::Reinforce).trim_start_matches("baseline ").to_owned();
    assert_eq!(of_digits.0, of_others.0, "the start is the same for all sets");
    assert_eq!(vae.shards, many.shards, "the shards are the same for all trainings");
    // The share of a run of 100 steps after which the schedule reaches its floor, in hundredths.
    let share = |tau| {
        let (start, floor, rate, _) = parts(tau);
        ((start / floor).ln() / rate).round() / 100.0
    };
    let of_100_steps =
        |config: &VaeConfig| VaeConfig { epochs: 1, batch: 1, ..config.clone() }.fitted_to(100).tau;
    let (in_digits, in_others) = (share(of_100_steps(&digits)), share(of_100_steps(&vae)));
    let gated = FrequencyConfig::defaults("photographs").fitted_to(100, Some(1), Some(1));
    assert_eq!(in_others, share(gated.gate.map(|gate| gate.tau)), "the same for gates");
    let (.., rate, every) = parts(published.tau);
    let of_sets = |value: fn(&VaeConfig) -> String| {
        format!("{}; garments {}; digits {}", value(&vae), value(&garments), value(&digits))
    };
    let (epochs, lr) = (of_sets(|c| c.epochs.to_string()), of_sets(|c| format!("{:e}", c.lr)));
    let binarise = of_sets(|c| c.binarise.to_string());
    assert_eq!([vae.hidden.len(), garments.hidden.len()], [1, 1], "the help of --hidden");
    vec![
        ("data", "train vae", vae_train::DATA.to_owned()),
        ("latents", "train vae", vae.latents.to_string()),
        ("estimator", "train vae", vae.estimator.unwrap().to_string()),
        ("samples", "train vae", samples_of(Name::Rloo)),
        ("baseline", "train vae", baseline),
        ("unimix", "train vae", vae.unimix.unwrap_or(0.0).to_string()),
        ("data", "reproduce estimators", vae_reproduce::DATA.to_owned()),
        ("latents", "reproduce estimators", vae.latents.to_string()),
        ("epochs", "reproduce estimators", epochs.clone()),
        ("batch", "reproduce estimators", vae.batch.to_string()),
        ("epochs", "train vae", epochs),
        ("batch", "train vae", vae.batch.to_string()),
        ("lr", "train vae", lr),
        ("optimizer", "train vae", vae.optimizer.to_string()),
        ("binarise", "train vae", binarise),
        ("hidden", "train vae", format!("{}; garments {}", vae.hidden[0], garments.hidden[0])),
        ("prior", "train vae", vae.prior.unwrap().to_string()),
        ("seed", "train vae", vae.seed.to_string()),
        ("width", "", format!("{}; smoke set {}", many.width, smoke.width)),
        ("blocks", "", format!("{}; smoke set {}", many.blocks, smoke.blocks)),
        (
            "epochs",
            "",
            format!(
                "{}; with fewer than 10,000 images {}; smoke set {}",
                many.epochs, few.epochs, smoke.epochs
            ),
        ),
        (
            "batch",
            "",
            format!(
                "{}; with fewer than 10,000 images {}; smoke set {}",
                many.batch, few.batch, smoke.batch
            ),
        ),
        ("lr", "", format!("{:e}", many.lr)),
        ("optimizer", "", many.optimizer.to_string()),
        ("seed", "", many.seed.to_string()),
        ("device", "", gumbel_train::DeviceName::default().to_string()),
        ("shards", "", format!("{}, or 1 if a step has one example", many.shards)),
        ("stem", "train rgb", frequency::STEM.to_string()),
        ("keep", "train gate", frequency::KEEP.to_string()),
        ("channel-seed", "train gate", "0".to_owned()),
        ("lambda", "train gate", lambda.to_string()),
        ("rise", "train gate", gate.rise.to_string()),
        ("initial-keep", "train gate", gate.initial_keep.to_string()),
        ("squeeze", "train gate", <&str>::from(gate.squeeze).to_owned()),
        ("tau-start", "train", format!("{}; gates {}", of_others.0, of_gates.0)),
        ("tau-floor", "train", format!("{}; vae on digits {}", of_others.1, of_digits.1)),
        (
            "tau-share",
            "train",
            format!(
                "{in_others}; vae on digits {in_digits}; vae on mnist and fashion-mnist the published \
                 --tau-rate {rate:e} --tau-every {every}"
            ),
        ),
        (
            "tau-every",
            "train",
            format!(
                "1/65 of the run; if --tau-rate is given: {} (vae on digits {}, gates {})",
                of_others.3, of_digits.3, of_gates.3
            ),
        ),
        ("second-lambda", "reproduce", Comparison::new(many.clone()).second_lambda.to_string()),
        ("only", "reproduce", variants(&Comparison::new(many).variants)),
        ("samples", "eval", SAMPLES.to_string()),
        ("problem", "compare", problems.join(", ")),
        ("draws", "compare", format!("{}; with --run {}", oracle.draws, on_model.draws)),
        ("evaluations", "compare", oracle.evaluations.to_string()),
        ("images", "compare", compare::run::IMAGES.to_string()),
        ("period", "fit", maxima.periods.iter().map(f64::to_string).collect::<Vec<_>>().join(", ")),
        ("confidence", "fit", maxima.confidence.to_string()),
        ("bootstrap", "fit", maxima.bootstrap.to_string()),
    ]
}

/// The defaults of `train policy`, likewise.
fn of_policies() -> Vec<(&'static str, &'static str, String)> {
    let of = PolicyConfig::defaults;
    let [maze, pole, three] =
        [EnvironmentName::Maze, EnvironmentName::Cartpole, EnvironmentName::Particles];
    assert_eq!(policy_train::ENVIRONMENT, maze);
    // The default of an option in each environment, by the default method.
    let by_env = |option: &dyn Fn(&PolicyConfig) -> String| {
        [maze, pole, three].map(|env| option(&of(env, policy_train::method(env))))
    };
    let [a2c, ppo, ddpg] = [Method::A2c, Method::Ppo, Method::Ddpg].map(|method| of(maze, method));
    let model = of(maze, Method::Model);
    let three_of = |option: &dyn Fn(&PolicyConfig) -> String| {
        let [maze, pole, three] = by_env(option);
        format!("{maze}; cartpole {pole}; particles {three}")
    };
    let actor_critic = |option: &dyn Fn(&PolicyConfig) -> String| {
        assert_eq!(option(&a2c), option(&ppo));
        format!("{} and ppo {}", "a2c", option(&a2c))
    };
    let horizon = |config: &PolicyConfig| config.horizon.to_string();
    let updates = |env, method| of(env, method).updates;
    let (lr, entropy) = (
        |config: &PolicyConfig| config.lr.to_string(),
        |config: &PolicyConfig| config.entropy.to_string(),
    );
    let rate = |env| of(env, Method::Maddpg).target_rate.unwrap();
    let units = |config: &PolicyConfig| {
        config.hidden.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
    };
    let [of_maze, of_pole, of_three] = by_env(&lr);
    assert_eq!(of_pole, of_three);
    let [no_units, pole_units, three_units] = by_env(&units);
    assert!(no_units.is_empty() && pole_units == three_units && ppo.lambda == a2c.lambda);
    let compared = [maze, pole, three].map(policies::Comparison::default_seeds);
    let all = [
        ("env", maze.to_string()),
        ("map-seed", "0".to_owned()),
        (
            "method",
            format!(
                "{}; cartpole {}; particles {}",
                policy_train::method(maze),
                policy_train::method(pole),
                policy_train::method(three)
            ),
        ),
        ("estimator", model.estimator.unwrap().to_string()),
        ("lookahead", model.lookahead.unwrap().to_string()),
        ("environments", three_of(&|config| config.environments.to_string())),
        (
            "horizon",
            format!(
                "{}; {}; cartpole {}; particles {}; ddpg and maddpg {}",
                model.horizon,
                actor_critic(&horizon),
                of(pole, Method::Ppo).horizon,
                of(three, Method::Ppo).horizon,
                ddpg.horizon
            ),
        ),
        ("epochs", three_of(&|config| config.epochs.to_string())),
        (
            "updates",
            format!(
                "{}; a2c {}, ppo {}, ddpg {}; cartpole {}, ppo {}, ddpg {}; particles {}, ppo {}, maddpg {}",
                updates(maze, Method::Reinforce),
                a2c.updates,
                ppo.updates,
                ddpg.updates,
                updates(pole, Method::Reinforce),
                updates(pole, Method::Ppo),
                updates(pole, Method::Ddpg),
                updates(three, Method::Reinforce),
                updates(three, Method::Ppo),
                updates(three, Method::Maddpg)
            ),
        ),
        ("lr", format!("{of_maze}; {}; cartpole and particles {of_pole}", actor_critic(&lr))),
        ("optimizer", ppo.optimizer.to_string()),
        ("hidden", format!("none; cartpole and particles {pole_units}")),
        ("discount", format!("{}; particles {}", ppo.discount, of(three, Method::Maddpg).discount)),
        ("lambda", ppo.lambda.unwrap().to_string()),
        (
            "entropy",
            format!(
                "{}; {}; cartpole {}, ddpg {}; particles {}",
                by_env(&entropy)[0],
                actor_critic(&entropy),
                by_env(&entropy)[1],
                of(pole, Method::Ddpg).entropy,
                by_env(&entropy)[2]
            ),
        ),
        ("passes", ppo.passes.unwrap().to_string()),
        ("minibatches", ppo.minibatches.unwrap().to_string()),
        ("clip", ppo.clip.unwrap().to_string()),
        ("batch", ddpg.batch.unwrap().to_string()),
        ("replay", ddpg.replay.unwrap().to_string()),
        (
            "target-rate",
            format!("{}; cartpole {}; particles {}", rate(maze), rate(pole), rate(three)),
        ),
        ("seed", ppo.seed.to_string()),
    ];
    let mut all = all.map(|(option, default)| (option, "train policy", default)).to_vec();
    let seeds = format!("{}; cartpole {}; particles {}", compared[0], compared[1], compared[2]);
    all.push(("seeds", "reproduce policies", seeds));
    all.push(("env", "reproduce policies", maze.to_string()));
    all
}

/// The names of variants, with the random draws of a size as a range.
fn variants(all: &[Variant]) -> String {
    let same = |a: &Variant, b: &Variant| matches!((a, b), (Variant::Random(m, _), Variant::Random(n, _)) if m == n);
    let groups = all.chunk_by(same).map(|group| match group {
        [one] => one.to_string(),
        [first, .., last] => format!("{first} to {last}"),
        [] => String::new(),
    });
    groups.collect::<Vec<_>>().join(", ")
}

/// The options of a command and its subcommands whose help has a default: command, option, default.
fn in_help(command: &Command, path: &str, found: &mut Vec<(String, String, String)>) {
    for argument in command.get_arguments() {
        let help = argument.get_long_help().or(argument.get_help());
        let help = help.map(ToString::to_string).unwrap_or_default();
        if let Some((_, rest)) = help.split_once("[default: ") {
            let (default, _) = rest.split_once(']').expect("a closing bracket");
            let option = argument.get_long().unwrap_or(argument.get_id().as_str());
            found.push((path.to_owned(), option.to_owned(), default.to_owned()));
        }
    }
    for sub in command.get_subcommands() {
        in_help(sub, format!("{path} {}", sub.get_name()).trim_start(), found);
    }
}

#[test]
fn the_defaults_in_help_texts_are_those_of_the_libraries() {
    let mut shown = Vec::new();
    in_help(&Cli::command(), "", &mut shown);
    let known: Vec<_> = of_policies().into_iter().chain(of_libraries()).collect();
    let mut used = vec![false; known.len()];
    let mut faults = Vec::new();
    for (path, option, default) in &shown {
        if IN_WORDS.contains(&default.as_str()) {
            continue;
        }
        let place = known.iter().position(|(o, of, _)| o == option && path.starts_with(of));
        match place {
            Some(place) if known[place].2 == *default => used[place] = true,
            Some(place) => {
                let ours = &known[place].2;
                faults.push(format!("{path} --{option}: the help says {default}, not {ours}"));
            }
            None => faults.push(format!("{path} --{option}: no library has {default}")),
        }
    }
    let unused = known.iter().zip(used).filter(|(_, used)| !used);
    faults.extend(unused.map(|((option, of, ours), _)| format!("{of} --{option}: nowhere {ours}")));
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(shown.len() > 70, "only {} defaults were found", shown.len());
}
