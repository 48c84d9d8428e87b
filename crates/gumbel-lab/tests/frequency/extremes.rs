//! A training that begins can end, with the smallest and the largest settings that are allowed.

use gumbel_burn::{GateCondition, GatePenalty};
use gumbel_data::jpeg::{Content, JpegSet, LoadOptions};
use gumbel_lab::frequency::{FrequencyConfig, FrequencyRun, Selection, Stem};
use gumbel_train::{Outcome, Start};

use super::{COEFFICIENTS, finished, run_on};

/// The smoke set on some grid, with `n` images in each part, and `more` additional classes.
fn set(content: Content, grid: Option<(usize, usize)>, n: usize, more: usize) -> JpegSet {
    let options = LoadOptions { content, grid, ..LoadOptions::default() };
    let mut set = match (grid, content) {
        (None, Content::Coefficients) => COEFFICIENTS.clone(),
        _ => JpegSet::smoke(&options).unwrap(),
    };
    for part in [&mut set.train, &mut set.validation, &mut set.test] {
        part.images.truncate(n);
    }
    set.classes.extend((0..more).map(|i| format!("class <{i}>\n&\u{2603}")));
    set
}

fn tiny() -> FrequencyConfig {
    FrequencyConfig {
        width: 4,
        blocks: 1,
        epochs: 1,
        batch: 1_000,
        ..FrequencyConfig::defaults("digits-jpeg")
    }
}

fn with_gate(change: impl Fn(&mut gumbel_lab::frequency::GateSettings)) -> FrequencyConfig {
    let mut config = tiny();
    change(config.gate.as_mut().unwrap());
    config
}

#[test]
fn a_training_that_begins_can_end() {
    let coefficients = Content::Coefficients;
    let one = || Selection::new(vec![191]).unwrap();
    let cases = [
        ("one image", tiny(), set(coefficients, None, 1, 0)),
        (
            "a batch of one",
            FrequencyConfig { batch: 1, shards: 1, ..tiny() },
            set(coefficients, None, 3, 0),
        ),
        ("many classes", tiny(), set(coefficients, None, 3, 50)),
        // Sixteen pictures of this grid are shown at a lower resolution.
        ("a large grid", tiny(), set(coefficients, Some((66, 70)), 2, 0)),
        (
            "one channel",
            tiny().with_channels(&one(), "one".to_owned()),
            set(coefficients, None, 2, 0),
        ),
        ("strided pixels", tiny().on_pixels(Stem::Strided), set(Content::Pixels, None, 1, 0)),
        ("pixel blocks", tiny().on_pixels(Stem::Patch), set(Content::Pixels, Some((1, 9)), 1, 50)),
        (
            "one choice",
            with_gate(|gate| gate.condition = GateCondition::Static),
            set(coefficients, None, 2, 0),
        ),
        ("closed", with_gate(|gate| gate.initial_keep = 1e-300), set(coefficients, None, 2, 0)),
        ("open", with_gate(|gate| gate.initial_keep = 1.0 - 1e-9), set(coefficients, None, 2, 0)),
        (
            "free",
            with_gate(|gate| gate.penalty = GatePenalty::Mean { lambda: 0.0 }),
            set(coefficients, None, 2, 0),
        ),
        (
            "a target of nothing",
            with_gate(|gate| gate.penalty = GatePenalty::AboveTarget { lambda: 1e6, target: 0.0 }),
            set(coefficients, None, 2, 0),
        ),
        (
            "soft",
            with_gate(|gate| (gate.hard, gate.rise) = (false, 0.0)),
            set(coefficients, None, 2, 0),
        ),
    ];
    for (name, config, set) in cases {
        let folder = tempfile::tempdir().unwrap();
        let config = config.fitted_to(set.train.len(), Some(1), None);
        let train = || run_on(&set, &config, folder.path(), Start::Resume, 2, None);
        let summary = finished(train().unwrap_or_else(|error| panic!("{name}: {error}")));
        assert!(summary.test_loss.is_finite(), "{name}");
        let Outcome::AlreadyFinished(again) = train().unwrap() else { panic!("{name}") };
        assert_eq!((again.health, again.kind), (summary.health, summary.kind), "{name}");
        let run = FrequencyRun::open(folder.path()).unwrap();
        run.load_network().unwrap();
        assert_eq!(run.predictions().unwrap().len(), set.test.len(), "{name}");
        if config.gate.is_some() {
            assert_eq!(run.channel_table().unwrap().len(), 192, "{name}");
        }
        let state = FrequencyRun::open(folder.path()).unwrap().describe().state;
        assert!(state.contains("test accuracy"), "{name}: {state}");
        let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
        assert_eq!(page.contains("is too large here"), set.classes.len() > 40, "{name}");
        // Images are shown only where a gate makes different choices.
        assert!(name == "a large grid" || !page.contains("pixels each way is shown"), "{name}");
    }
}

/// A set with an empty part is refused before any file is made.
#[test]
fn a_training_that_cannot_end_does_not_begin() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let mut empty = set(Content::Coefficients, None, 2, 0);
    empty.validation.images.clear();
    let error = run_on(&empty, &tiny(), &out, Start::New, 2, None).unwrap_err().to_string();
    assert!(error.starts_with("data: expected images to train"), "{error}");
    for (config, part) in [
        (FrequencyConfig { lr: 1e10, ..tiny() }, "lr: expected a rate"),
        (
            with_gate(|gate| gate.tau = gumbel_burn::TemperatureSchedule::Constant { tau: 1e300 }),
            "tau: expected a temperature",
        ),
    ] {
        let set = set(Content::Coefficients, None, 2, 0);
        let error = run_on(&set, &config, &out, Start::New, 2, None).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    assert!(!out.exists());
}

/// Gates that begin closed pass nothing to the network, and no gradient reaches the layers before them.
#[test]
fn a_gate_that_learned_nothing_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = with_gate(|gate| {
        gate.initial_keep = 1e-300;
        gate.condition = GateCondition::Static;
        gate.penalty = GatePenalty::Mean { lambda: 0.0 };
    });
    (config.batch, config.epochs) = (32, 2);
    let set = set(Content::Coefficients, None, 200, 0);
    let summary = finished(run_on(&set, &config, folder.path(), Start::New, 2, None).unwrap());
    let warnings = summary.health.warnings.join("\n");
    assert!(warnings.contains("no gradient reaches gate.bias"), "{warnings}");
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("Warning: no gradient reaches gate.bias"), "{warnings}");
}
