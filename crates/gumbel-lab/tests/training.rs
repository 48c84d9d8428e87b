//! Training on the embedded digits: the same bits on any number of threads and after any stop.

mod extremes;
mod watch;

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use gumbel_burn::TemperatureSchedule;
use gumbel_data::{self as data, Dataset};
use gumbel_lab::LabError;
use gumbel_lab::vae::{Summary, VaeConfig, VaeRun, train, training_pixels};
use gumbel_train::{Outcome, RunState, Start, TrainError};

use watch::{Watch, assert_same, bytes};

fn small() -> VaeConfig {
    let mut config = VaeConfig::defaults("digits");
    config.latents = "4x3".parse().unwrap();
    config.hidden = vec![16];
    config.epochs = 3;
    config.lr = 1e-3;
    config
}

/// The same with a Gaussian code.
fn gaussian() -> VaeConfig {
    small().with_latents("gaussian:3".parse().unwrap())
}

fn digits() -> Dataset {
    data::load("digits", None, 0).unwrap()
}

fn run(
    config: &VaeConfig,
    out: &Path,
    start: Start,
    threads: usize,
    after: Option<u64>,
) -> Result<Outcome<Summary>, LabError> {
    let stop = AtomicBool::new(false);
    let mut watch = Watch::new(&stop, after);
    train(config, &digits(), out, start, threads, &mut watch, &stop)
}

#[test]
fn threads_change_nothing_and_seeds_do() {
    for mut config in [small(), gaussian()] {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        config.shards = 3;
        for threads in [1, 2, 5] {
            let out = at(&threads.to_string());
            let outcome = run(&config, &out, Start::New, threads, None).unwrap();
            assert!(matches!(outcome, Outcome::Finished(_)));
        }
        assert_same(&at("1"), &at("2"));
        assert_same(&at("1"), &at("5"));
        config.seed = 1;
        run(&config, &at("seed"), Start::New, 2, None).unwrap();
        assert_ne!(bytes(&at("1"), "metrics.csv"), bytes(&at("seed"), "metrics.csv"));
    }
}

/// The noise of a row does not depend on its shard, so only the order of additions differs.
#[test]
fn shards_change_the_last_bits_only() {
    for mut config in [small(), gaussian()] {
        let folder = tempfile::tempdir().unwrap();
        config.epochs = 1;
        let mut bound = |shards: usize| {
            config.shards = shards;
            let out = folder.path().join(shards.to_string());
            match run(&config, &out, Start::New, 2, None).unwrap() {
                Outcome::Finished(summary) => summary.test_bound_nats,
                other => panic!("{other:?}"),
            }
        };
        let (one, four) = (bound(1), bound(4));
        assert!((one - four).abs() < 1e-3 * one, "{one} {four}");
    }
}

#[test]
fn a_stopped_run_resumes_to_the_same_bits() {
    for config in [small(), gaussian()] {
        let folder = tempfile::tempdir().unwrap();
        let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
        run(&config, &whole, Start::New, 2, None).unwrap();
        // There is no run yet: resuming begins one.
        let mut done = 0;
        for after in [5, 9, 1, 13, 2] {
            let outcome = run(&config, &parts, Start::Resume, 1, Some(after)).unwrap();
            done += after;
            assert_eq!(outcome, Outcome::Stopped { step: done });
            let state = VaeRun::open(&parts).unwrap().state().unwrap();
            assert_eq!(state, RunState::Unfinished { step: Some(done) });
        }
        let outcome = run(&config, &parts, Start::Resume, 2, None).unwrap();
        assert!(matches!(outcome, Outcome::Finished(_)));
        assert_same(&whole, &parts);
        // A finished run is left alone.
        let outcome = run(&config, &parts, Start::Resume, 2, None).unwrap();
        assert!(matches!(outcome, Outcome::AlreadyFinished(_)));
        assert_same(&whole, &parts);
    }
}

/// The bound of a decoder that knows the means of the training pixels and no code.
fn bound_of_the_means() -> f64 {
    let [train, _, test] = training_pixels(&digits(), &small());
    let mean = |j: usize| {
        let ones: f32 = train.iter().skip(j).step_by(64).sum();
        f64::from(ones * 64.0 / train.len() as f32).clamp(1e-3, 1.0 - 1e-3)
    };
    let ln: Vec<(f64, f64)> = (0..64).map(|j| ((1.0 - mean(j)).ln(), mean(j).ln())).collect();
    let of = |(i, &x): (usize, &f32)| {
        if x > 0.5 { -ln[i % 64].1 } else { -ln[i % 64].0 }
    };
    test.iter().enumerate().map(of).sum::<f64>() / (test.len() / 64) as f64
}

#[test]
fn every_optimizer_and_estimator_learns_and_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let untrained = bound_of_the_means();
    let cases = [
        ("adam", "straight-through-gumbel-softmax", 1e-2),
        ("adam-w", "gumbel-softmax", 1e-2),
        ("rms-prop", "gumbel-softmax", 3e-3),
        ("sgd", "straight-through-gumbel-softmax", 5e-2),
    ];
    for (optimizer, estimator, lr) in cases {
        let mut config = small();
        config.optimizer = optimizer.parse().unwrap();
        config.estimator = Some(estimator.parse().unwrap());
        config.lr = lr;
        config.epochs = 30;
        config.tau = Some(TemperatureSchedule::constant(1.0).unwrap());
        let (whole, parts) =
            (folder.path().join(optimizer), folder.path().join(lr.to_string() + optimizer));
        let outcome = run(&config, &whole, Start::New, 2, None).unwrap();
        let Outcome::Finished(summary) = outcome else { panic!("{outcome:?}") };
        let bound = summary.test_bound_nats;
        assert!(bound < untrained - 0.2, "{optimizer}: {bound}, untrained {untrained}");
        run(&config, &parts, Start::New, 2, Some(20)).unwrap();
        run(&config, &parts, Start::Resume, 2, None).unwrap();
        assert_same(&whole, &parts);
    }
}

/// Each estimator with its own parameters, if it has any: they are trained, and in the checkpoint.
#[test]
fn every_estimator_learns_and_resumes_to_the_same_bits() {
    use gumbel_burn::estimator::Name;
    use strum::IntoEnumIterator;
    let folder = tempfile::tempdir().unwrap();
    let untrained = bound_of_the_means();
    let mut configs: Vec<(String, VaeConfig)> = Name::iter()
        .map(|name| {
            let latents = if name == Name::Arm { "4x2" } else { "4x3" };
            let config = small().with_latents(latents.parse().unwrap()).with_estimator(name);
            (name.to_string(), config)
        })
        .collect();
    let learned = Some("learned".parse().unwrap());
    let baseline = VaeConfig { baseline: learned, ..small().with_estimator(Name::Reinforce) };
    configs.push(("reinforce-learned".into(), baseline));
    configs.push(("unimix".into(), VaeConfig { unimix: Some(0.1), ..small() }));
    for (name, config) in configs {
        let config = VaeConfig { lr: 1e-2, epochs: 20, ..config };
        let (whole, parts) =
            (folder.path().join(&name), folder.path().join(name.clone() + "-parts"));
        let outcome = run(&config, &whole, Start::New, 2, None).unwrap();
        let Outcome::Finished(summary) = outcome else { panic!("{name}: {outcome:?}") };
        assert_eq!(summary.health.warnings, Vec::<String>::new(), "{name}");
        let bound = summary.test_bound_nats;
        assert!(bound < untrained - 0.2, "{name}: {bound}, untrained {untrained}");
        run(&config, &parts, Start::New, 1, Some(50)).unwrap();
        run(&config, &parts, Start::Resume, 2, None).unwrap();
        assert_same(&whole, &parts);
    }
}

/// The content of the data counts, not the path or the name of their folder.
#[test]
fn a_run_resumes_to_the_same_bits_after_its_data_moved() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let write = |name: &str, sizes: &[u32], bytes: Vec<u8>| {
        let head = [0, 0, 8, sizes.len() as u8].into_iter();
        let sizes = sizes.iter().flat_map(|size| size.to_be_bytes());
        fs::write(at("old").join(name), head.chain(sizes).chain(bytes).collect::<Vec<u8>>())
            .unwrap();
    };
    fs::create_dir(at("old")).unwrap();
    for (part, n) in [("train", 66), ("t10k", 12)] {
        let pixels = (0..n * 16).map(|i| (i * 37 % 251) as u8).collect();
        write(&format!("{part}-images-idx3-ubyte"), &[n, 4, 4], pixels);
        write(&format!("{part}-labels-idx1-ubyte"), &[n], vec![0; n as usize]);
    }
    let run = |data: &str, out: &str, start, after| {
        let data = at(data).to_str().unwrap().to_owned();
        let set = data::load(&data, None, 0).unwrap();
        let config = VaeConfig { data, batch: 10, ..small() };
        let stop = AtomicBool::new(false);
        train(&config, &set, &at(out), start, 2, &mut Watch::new(&stop, after), &stop)
    };
    run("old", "whole", Start::New, None).unwrap();
    run("old", "parts", Start::New, Some(8)).unwrap();
    fs::rename(at("old"), at("new")).unwrap();
    let outcome = run("new", "parts", Start::Resume, None).unwrap();
    assert!(matches!(outcome, Outcome::Finished(_)));
    assert_same(&at("whole"), &at("parts"));
    assert!(bytes(&at("parts"), "summary.json").windows(5).any(|part| part == b"\"old\""));
}

#[test]
fn a_diverging_run_stops_and_keeps_its_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let mut config = gaussian();
    config.lr = 1e3;
    let error = run(&config, &out, Start::New, 2, None).unwrap_err();
    let LabError::Train(TrainError::NotFinite { step, checkpoint, .. }) = &error else {
        panic!("{error}")
    };
    assert!(*step > 0 && checkpoint.is_none(), "{error}");
    let text = error.to_string();
    assert!(text.contains(&format!("at step {step}")) && !text.contains('\n'), "{text}");

    // After a checkpoint: the first step makes weights that are huge and still finite.
    let out = folder.path().join("second");
    run(&config, &out, Start::New, 2, Some(1)).unwrap();
    let good = bytes(&out, "checkpoint.safetensors");
    let error = run(&config, &out, Start::Resume, 2, None).unwrap_err();
    assert!(
        matches!(&error, LabError::Train(TrainError::NotFinite { checkpoint: Some(_), .. })),
        "{error}"
    );
    assert_eq!(bytes(&out, "checkpoint.safetensors"), good);
}

#[test]
fn folders_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let config = small();
    run(&config, &out, Start::New, 2, Some(4)).unwrap();
    let refused = |config: &VaeConfig, start: Start, part: &str| {
        let error = run(config, &out, start, 2, None).unwrap_err().to_string();
        assert!(error.contains(part) && !error.contains('\n'), "{error}");
    };
    refused(&config, Start::New, "--resume");
    let mut other = config.clone();
    other.lr = 0.5;
    refused(&other, Start::Resume, "lr is 0.001 there and 0.5 here");

    let config_path = out.join("config.toml");
    let good = fs::read_to_string(&config_path).unwrap();
    let edits = [
        ("format = 1", "format = 99", "run format 99"),
        ("burn = \"0.22.1\"", "burn = \"0.1\"", "burn 0.1"),
        ("values = ", "values = 9", "(version of the draws: 9"),
        ("sha256 = \"", "sha256 = \"0", "other data"),
        ("batch = 100", "batch = \"many\"", "line"),
        ("batch = 100", "batch = 0", "batch"),
    ];
    for (from, to, part) in edits {
        assert!(good.contains(from), "{from}");
        fs::write(&config_path, good.replace(from, to)).unwrap();
        refused(&config, Start::Resume, part);
    }
    fs::write(&config_path, &good).unwrap();

    let checkpoint = out.join("checkpoint.safetensors");
    let mut edited = fs::read(&checkpoint).unwrap();
    let last = edited.len() - 1;
    edited[last] ^= 1;
    fs::write(&checkpoint, &edited).unwrap();
    refused(&config, Start::Resume, "checksum");
    fs::write(&checkpoint, &edited[..last / 2]).unwrap();
    refused(&config, Start::Resume, "damaged");

    // The checkpoint of another run, or final weights in its place.
    let other_run = folder.path().join("other");
    let mut other = config.clone();
    other.seed = 7;
    run(&other, &other_run, Start::New, 2, None).unwrap();
    fs::copy(other_run.join("checkpoint.safetensors"), &checkpoint).unwrap();
    refused(&config, Start::Resume, "other settings");
    fs::remove_file(other_run.join("summary.json")).unwrap();
    let weights = other_run.join("weights.safetensors");
    fs::copy(weights, other_run.join("checkpoint.safetensors")).unwrap();
    let error = run(&other, &other_run, Start::Resume, 2, None).unwrap_err().to_string();
    assert!(error.contains("final weights"), "{error}");

    // --force replaces the files of a run and nothing else.
    fs::write(out.join("notes.txt"), "mine").unwrap();
    run(&config, &out, Start::Force, 2, Some(1)).unwrap();
    assert!(out.join("notes.txt").exists());
    // A start that was killed at once leaves half a file of settings: the next start removes it.
    let killed = folder.path().join("killed");
    let half = killed.join(".gumbel-0123456789ab.tmp");
    fs::create_dir(&killed).unwrap();
    for start in [Start::New, Start::Resume, Start::Force] {
        fs::write(&half, "form").unwrap();
        run(&config, &killed, start, 2, Some(1)).unwrap();
        assert!(!half.exists(), "{start:?}");
    }
    // Any other file in the folder is the user's, whatever its extension.
    fs::write(killed.join("summary.json.tmp"), "mine").unwrap();
    run(&config, &killed, Start::Force, 2, Some(1)).unwrap();
    assert_eq!(bytes(&killed, "summary.json.tmp"), b"mine");
    let foreign = folder.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("thesis.txt"), "years of work").unwrap();
    let error = run(&config, &foreign, Start::Force, 2, None).unwrap_err().to_string();
    assert!(error.contains("not a run folder"), "{error}");
    fs::write(foreign.join("config.toml"), "title = 'another program'").unwrap();
    let error = run(&config, &foreign, Start::Force, 2, None).unwrap_err().to_string();
    assert!(error.contains("not a run folder"), "{error}");
    assert!(foreign.join("thesis.txt").exists() && foreign.join("config.toml").exists());
}

/// A trained run, used as a library.
#[test]
fn a_run_is_loaded_and_sampled() {
    let folder = tempfile::tempdir().unwrap();
    for config in [small(), gaussian()] {
        let out = folder.path().join(config.latents.to_string().replace(':', "-"));
        run(&config, &out, Start::New, 2, None).unwrap();
        let model = VaeRun::open(&out).unwrap().load_vae().unwrap();
        assert_eq!(model.latents(), config.latents);
        let images = model.sample_prior(9, gumbel::Key::new(1));
        assert_eq!((images.len(), images[0].len()), (9, 64));
        assert!(images.iter().flatten().all(|p| (0.0..=1.0).contains(p)));
        assert_ne!(images[0], images[1]);
    }
}

/// A Gaussian code learns, its folder has no temperatures, and two dimensions make a map.
#[test]
fn a_gaussian_code_learns_and_reports_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let mut config = gaussian().with_latents("gaussian:2".parse().unwrap());
    config.epochs = 30;
    config.lr = 1e-2;
    let outcome = run(&config, &out, Start::New, 2, None).unwrap();
    let Outcome::Finished(summary) = outcome else { panic!("{outcome:?}") };
    let untrained = bound_of_the_means();
    assert!(summary.test_bound_nats < untrained - 0.2, "{summary:?}, untrained {untrained}");
    assert_eq!(summary.estimator, "re-parameterised");
    let text = |file: &str| String::from_utf8(bytes(&out, file)).unwrap();
    for word in ["tau", "estimator", "prior"] {
        assert!(!text("config.toml").contains(word), "{word}");
    }
    assert!(text("config.toml").contains("latents = \"gaussian:2\""));
    let metrics = text("metrics.csv");
    let row: Vec<&str> = metrics.lines().nth(1).unwrap().split(',').collect();
    // No temperature and no entropy of classes.
    assert!(row[2].is_empty() && row[7].is_empty() && row.len() == 8, "{row:?}");
    let report = text("report.html");
    assert!(report.contains("Gaussian VAE") && report.contains("The map of the code"));
    assert!(!report.contains("one-hot") && !report.contains("emperature"));
    assert!(out.join("manifold.png").exists() && out.join("divergence.png").exists());
    assert!(!out.join("temperature.png").exists());
    // --force removes them with the rest.
    config = config.with_latents("2x2".parse().unwrap());
    run(&config, &out, Start::Force, 2, Some(1)).unwrap();
    assert!(!out.join("manifold.png").exists() && !out.join("divergence.png").exists());
}
