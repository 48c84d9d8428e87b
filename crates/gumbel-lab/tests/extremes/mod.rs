//! A training that begins can end: every step after the last epoch, with the smallest and the largest
//! settings and sets that are allowed.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use gumbel::Key;
use gumbel_burn::TemperatureSchedule;
use gumbel_data::{Binarise, Dataset, Images};
use gumbel_lab::LabError;
use gumbel_lab::vae::{self, Summary, VaeConfig, VaeRun, train};
use gumbel_train::workers::Workers;
use gumbel_train::{Observer, Outcome, Progress, RunState, Start};

/// `n` images of one size, with a pattern of greys.
fn images(n: usize, (width, height): (usize, usize)) -> Images {
    let pixels = (0..n * width * height).map(|i| (i % 7) as f32 / 6.0).collect();
    Images { width, height, pixels, labels: vec![0; n] }
}

fn set(n: usize, size: (usize, usize)) -> Dataset {
    Dataset {
        name: "a<b>& \"c\"\n\u{2603}".to_owned(),
        origin: "embedded".to_owned(),
        sha256: "0".repeat(64),
        train: images(n, size),
        validation: images(n, size),
        test: images(n, size),
    }
}

/// One epoch of the smallest model.
fn tiny(latents: &str) -> VaeConfig {
    let mut config = VaeConfig::defaults("digits").with_latents(latents.parse().unwrap());
    (config.epochs, config.hidden, config.batch) = (1, vec![], 1_000);
    config
}

#[derive(Default)]
struct Remarks(Vec<String>);

impl Observer for Remarks {
    fn remark(&mut self, text: &str) {
        self.0.push(text.to_owned());
    }
    fn start(&mut self, _: &Progress) {}
    fn step(&mut self, _: &Progress) {}
    fn epoch(&mut self, _: &Progress) {}
    fn finishing(&mut self) {}
}

fn run(
    config: &VaeConfig,
    set: &Dataset,
    out: &Path,
) -> Result<(Outcome<Summary>, Vec<String>), LabError> {
    let (stop, mut remarks) = (AtomicBool::new(false), Remarks::default());
    let outcome = train(config, set, out, Start::Resume, 2, &mut remarks, &stop)?;
    Ok((outcome, remarks.0))
}

/// A training with `1x1000` once failed with "at most 256 of 256 can be told apart", and at each resume again.
#[test]
fn a_training_that_begins_can_end() {
    let small = (3, 2);
    let mut cases: Vec<(VaeConfig, Dataset)> =
        ["1x2", "1x257", "1x1000", "1000x2", "300x300", "gaussian:1", "gaussian:2", "gaussian:500"]
            .map(|latents| (tiny(latents), set(2, small)))
            .into();
    for binarise in [Binarise::None, Binarise::Fixed, Binarise::Dynamic] {
        cases.push((VaeConfig { binarise, ..tiny("2x3") }, set(1, (1, 1))));
    }
    // Sixty-four of these do not fit into one picture.
    let (batch, shards, lr) = (1, 1, 1e-7);
    let large = VaeConfig { batch, shards, lr, ..tiny("gaussian:2") };
    cases.push((large, set(1, (1_100, 1_000))));
    cases.push((VaeConfig { lr, ..tiny("1x2") }, set(1, (70_000, 1))));
    // Blank images: the means of the pixels say everything about them.
    let mut blank = set(3, small);
    for part in [&mut blank.train, &mut blank.validation, &mut blank.test] {
        part.pixels.fill(0.0);
    }
    cases.push((tiny("20x10"), blank));
    let workers = Workers::new(2).unwrap();
    for (config, set) in cases {
        let name = format!("{} {}x{}", config.latents, set.train.width, set.train.height);
        let folder = tempfile::tempdir().unwrap();
        let (outcome, _) = run(&config, &set, folder.path()).unwrap();
        let Outcome::Finished(summary) = outcome else { panic!("{name}: {outcome:?}") };
        assert!(summary.test_bound_nats.is_finite() && summary.health.diverged.is_none(), "{name}");
        // What was written is read: the summary, the weights, both bounds, samples, a description.
        let (outcome, _) = run(&config, &set, folder.path()).unwrap();
        let Outcome::AlreadyFinished(again) = outcome else { panic!("{name}: {outcome:?}") };
        assert_eq!((again.health, again.data), (summary.health, summary.data), "{name}");
        let run = VaeRun::open(folder.path()).unwrap();
        let (model, (pixels, key)) = (run.load_vae().unwrap(), vae::test_set(&run, &set).unwrap());
        let bound = vae::importance_weighted(&model, &pixels, 3, key, &workers, &|_| {});
        assert!(bound.unwrap().nats.is_finite(), "{name}");
        assert_eq!(model.sample_prior(2, Key::new(1)).len(), 2, "{name}");
        let description = VaeRun::open(folder.path()).unwrap().describe();
        assert!(description.state.contains("test bound"), "{name}: {description:?}");
        assert!(folder.path().join("report.html").is_file(), "{name}");
    }
}

/// A training that cannot end is refused before any file is made.
#[test]
fn a_training_that_cannot_end_does_not_begin() {
    let good = set(2, (3, 2));
    let mut no_validation = good.clone();
    no_validation.validation = images(0, (3, 2));
    let mut other_size = good.clone();
    other_size.test = images(2, (2, 2));
    let constant = |tau| Some(TemperatureSchedule::Constant { tau });
    let (hot, cold) = (constant(1e300), constant(1e-300));
    for (config, set, part) in [
        (tiny("2x3"), &no_validation, "data: expected images to train, to validate and to test"),
        (tiny("2x3"), &other_size, "data: expected images of one size"),
        (tiny("2x3"), &set(1, (0, 3)), "without pixels"),
        (tiny("1000x1000"), &set(1, (20, 20)), "400 pixels x 1000000 encoder outputs"),
        (VaeConfig { lr: 1e10, ..tiny("2x3") }, &good, "lr: expected a rate"),
        (VaeConfig { tau: hot, ..tiny("2x3") }, &good, "tau: expected a temperature"),
        (VaeConfig { tau: cold, ..tiny("2x3") }, &good, "tau: expected a temperature"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("run");
        let error = run(&config, set, &out).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
        assert!(!out.exists(), "{part}");
    }
}

/// A loss of 1e11 once ended in a report without a warning.
#[test]
fn a_training_that_diverged_says_so() {
    let set = gumbel_data::load("digits", None, 0).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = VaeConfig { lr: 100.0, epochs: 3, batch: 100, ..tiny("4x3") };
    let (outcome, _) = run(&config, &set, folder.path()).unwrap();
    let Outcome::Finished(summary) = outcome else { panic!("{outcome:?}") };
    let what = summary.health.diverged.clone().unwrap();
    assert!(what.contains("that of the initial weights is 2"), "{what}");
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(page.contains("This training diverged"));
    let description = VaeRun::open(folder.path()).unwrap().describe();
    assert_eq!(description.state, "diverged");
    assert!(description.problem.unwrap().contains("initial weights"));
    // Said again by the run that is finished.
    let state = VaeRun::open(folder.path()).unwrap().state().unwrap();
    let RunState::Finished(again) = state else { panic!("{state:?}") };
    assert_eq!(again.health, summary.health);
}

/// A code without information gives a warning; weights without a gradient are named.
#[test]
fn a_training_that_learned_nothing_says_so() {
    let set = gumbel_data::load("digits", None, 0).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = VaeConfig { lr: 1e-12, batch: 100, ..tiny("4x3") };
    let (outcome, _) = run(&config, &set, folder.path()).unwrap();
    let Outcome::Finished(summary) = outcome else { panic!("{outcome:?}") };
    assert_eq!(summary.health.diverged, None);
    assert!(summary.health.warnings[0].contains("the mean image alone"), "{summary:?}");

    // A bound slightly below that of the mean image still means the mean image: no gradient reaches the code.
    let folder = tempfile::tempdir().unwrap();
    let tau = Some(TemperatureSchedule::Constant { tau: 1e10 });
    let config = VaeConfig { epochs: 20, batch: 100, tau, ..VaeConfig::defaults("digits") };
    let (outcome, _) = run(&config, &set, folder.path()).unwrap();
    let Outcome::Finished(summary) = outcome else { panic!("{outcome:?}") };
    let warnings = &summary.health.warnings;
    assert!(warnings[0].contains("divergence of the code from its prior"), "{summary:?}");
}

#[test]
fn a_schedule_that_does_not_fit_is_reported_at_the_start() {
    let set = set(2, (3, 2));
    let schedule = VaeConfig::defaults("mnist").tau;
    let late = VaeConfig { tau: schedule, ..tiny("2x3") };
    let fitted = VaeConfig { epochs: 40, ..tiny("2x3") }.fitted_to(2);
    for (config, part) in [(late, Some("and this run has 1; one step has one")), (fitted, None)] {
        let folder = tempfile::tempdir().unwrap();
        let (_, remarks) = run(&config, &set, folder.path()).unwrap();
        match part {
            Some(part) => assert!(remarks[0].contains(part), "{remarks:?}"),
            None => assert_eq!(remarks, [""; 0]),
        }
    }
}
