//! The same bits on any number of threads and after any stop.

use gumbel_burn::{GateCondition, GatePenalty, TemperatureSchedule};
use gumbel_lab::frequency::{FrequencyConfig, FrequencyRun, GateSettings, Selection, Stem};
use gumbel_train::{Outcome, RunState, Start};

use crate::watch::{assert_same, bytes};
use crate::{finished, kinds, run, small, train_to_end};

#[test]
fn threads_change_nothing_and_seeds_do() {
    for (name, config) in kinds() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for threads in [1, 2, 5] {
            let out = at(&threads.to_string());
            finished(run(&config, &out, Start::New, threads, None).unwrap());
        }
        assert_same(&at("1"), &at("2"));
        assert_same(&at("1"), &at("5"));
        let other = FrequencyConfig { seed: 1, epochs: 1, ..config };
        train_to_end(&other, &at("seed"));
        let first_row = |out: &str| {
            let metrics = String::from_utf8(bytes(&at(out), "metrics.csv")).unwrap();
            metrics.lines().nth(1).unwrap().split(',').skip(4).collect::<String>()
        };
        assert_ne!(first_row("1"), first_row("seed"), "{name}");
    }
}

#[test]
fn a_stopped_run_resumes_to_the_same_bits() {
    for (_, config) in kinds() {
        let folder = tempfile::tempdir().unwrap();
        let (all, parts) = (folder.path().join("all"), folder.path().join("parts"));
        train_to_end(&config, &all);
        // In the first epoch, at its end, and in the second.
        let mut done = 0;
        for after in [3, 4, 1, 5] {
            let outcome = run(&config, &parts, Start::Resume, 1, Some(after)).unwrap();
            done += after;
            assert_eq!(outcome, Outcome::Stopped { step: done });
            let state = FrequencyRun::open(&parts).unwrap().state().unwrap();
            assert_eq!(state, RunState::Unfinished { step: Some(done) });
        }
        let summary = finished(run(&config, &parts, Start::Resume, 2, None).unwrap());
        assert_eq!(summary.steps, 14);
        assert_same(&all, &parts);
        let outcome = run(&config, &parts, Start::Resume, 2, None).unwrap();
        assert!(matches!(outcome, Outcome::AlreadyFinished(_)), "{outcome:?}");
        assert_same(&all, &parts);
    }
}

#[test]
fn settings_that_differ_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    run(&small(), &out, Start::New, 2, Some(1)).unwrap();
    let gate = |change: fn(&mut GateSettings)| {
        let mut config = small();
        change(config.gate.as_mut().unwrap());
        config
    };
    let low = Selection::low(24).unwrap();
    let others: [(FrequencyConfig, &[&str]); 8] = [
        (FrequencyConfig { width: 9, ..small() }, &["width is 8 there and 9 here"]),
        (FrequencyConfig { flip: false, ..small() }, &["flip is true there and false here"]),
        (
            FrequencyConfig { epochs: 3, seed: 4, ..small() },
            &["epochs is 2 there and 3 here", "seed is 0 there and 4 here"],
        ),
        (gate(|gate| gate.condition = GateCondition::Static), &["gate is", "static"]),
        (gate(|gate| gate.penalty = GatePenalty::Mean { lambda: 0.25 }), &["0.5", "0.25"]),
        (gate(|gate| gate.tau = TemperatureSchedule::Constant { tau: 0.75 }), &["0.75"]),
        (small().with_channels(&low, "low".to_owned()), &["channels is none there and [0,1,"]),
        (
            small().on_pixels(Stem::Patch),
            &["input is coefficients there and pixels-patch here", "gate is"],
        ),
    ];
    for (config, parts) in others {
        let error = run(&config, &out, Start::Resume, 2, None).unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        assert!(error.contains("config.toml: settings differ") && !error.contains('\n'), "{error}");
    }
    assert!(run(&small(), &out, Start::Resume, 2, Some(1)).is_ok());
}

/// The channels count, not the description of where they come from.
#[test]
fn the_same_choice_with_another_description_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let low = Selection::low(24).unwrap();
    let named = |words: &str| small().with_channels(&low, words.to_owned());
    run(&named("the 24 lowest"), &out, Start::New, 2, Some(1)).unwrap();
    let summary = finished(run(&named("a list"), &out, Start::Resume, 2, None).unwrap());
    assert_eq!(summary, train_to_end(&named("a list"), &folder.path().join("whole")));
    assert_eq!(FrequencyRun::open(&out).unwrap().config(), &named("the 24 lowest"));
}

/// The value of the temperature counts, not the schedule that gives it.
#[test]
fn temperature_changes_the_training() {
    let folder = tempfile::tempdir().unwrap();
    let predictions = |name: &str, tau: TemperatureSchedule| {
        let mut config = small();
        config.gate.as_mut().unwrap().tau = tau;
        let out = folder.path().join(name);
        train_to_end(&config, &out);
        bytes(&out, "predictions.csv")
    };
    let constant = |tau| TemperatureSchedule::Constant { tau };
    let one = predictions("1", constant(1.0));
    let schedule = TemperatureSchedule::Exponential { start: 1.0, floor: 1.0, rate: 1.0, every: 1 };
    assert!(one == predictions("schedule", schedule));
    assert!(one != predictions("0.5", constant(0.5)));
    assert!(one != predictions("2", constant(2.0)));
}
