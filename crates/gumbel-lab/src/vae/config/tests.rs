//! Settings: their file, their defaults, and what is refused.

use super::*;
use gumbel_train::{Settings, differences};

#[test]
fn settings_survive_their_file() {
    for (data, latents) in [("digits", "20x10"), ("mnist", "4x3"), ("digits", "gaussian:2")] {
        let config = VaeConfig::defaults(data).with_latents(latents.parse().unwrap());
        config.check().unwrap();
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<VaeConfig>(&text).unwrap(), config);
    }
}

/// Settings of the version before Gaussian codes are read, and written again byte for byte, so the
/// fingerprint in its checkpoints still matches.
#[test]
fn settings_of_an_earlier_version_are_the_same() {
    let text = "data = \"digits\"\nlatents = \"20x10\"\nestimator = \"gumbel-softmax\"\n\
                epochs = 500\nbatch = 100\nlr = 0.003\noptimizer = \"adam\"\n\
                binarise = \"dynamic\"\nhidden = [200]\nprior = \"learned\"\nseed = 0\n\
                shards = 2\ndevice = \"cpu\"\n\n[tau]\nkind = \"exponential\"\nstart = 1.0\n\
                floor = 0.3\nrate = 0.0005\nevery = 100\n";
    let config: VaeConfig = toml::from_str(text).unwrap();
    assert_eq!(config, VaeConfig::defaults("digits").with_estimator(Name::GumbelSoftmax));
    assert_eq!(toml::to_string(&config).unwrap(), text);
}

/// The run of the README keeps its bits; shorter runs reach the floor as well.
#[test]
fn the_default_temperature_reaches_its_floor_in_the_first_half_of_any_run() {
    let digits = VaeConfig::defaults("digits");
    assert_eq!(digits.clone().fitted_to(1_297), digits);
    for (data, batch, epochs, n) in [
        ("digits", 100, 40, 1_297),
        ("garments", 100, 150, 5_000),
        ("digits", 1_000, 1, 1_297),
        ("digits", 1, 3, 1_297),
        ("digits", 100, 100_000, 1_297),
        ("photographs", 100, 20, 500),
        ("photographs", 100, 1, 5_000),
        ("photographs", 7, 20, 60_000),
    ] {
        let base = VaeConfig { batch, epochs, shards: 1, ..VaeConfig::defaults(data) };
        let config = base.fitted_to(n);
        config.check_start().unwrap();
        let (at, steps) = (config.tau.unwrap().settles_at().unwrap(), config.steps(n));
        assert!(at <= (steps / 2).max(1), "{data} {batch} {epochs} {n}: {at} of {steps}");
        assert_eq!(config.clone().fitted_to(n), config, "fitted once");
    }
    for config in [
        VaeConfig { epochs: 1, ..VaeConfig::defaults("mnist") },
        VaeConfig { epochs: 1, ..VaeConfig::defaults("fashion-mnist") },
        VaeConfig {
            tau: Some(TemperatureSchedule::Constant { tau: 0.7 }),
            ..VaeConfig::defaults("digits")
        },
        VaeConfig::defaults("digits").with_latents(Latents::Gaussian(2)),
    ] {
        assert_eq!(config.clone().fitted_to(500), config);
    }
}

#[test]
fn layers_too_large_for_memory_are_refused_before_the_training() {
    let mut config = VaeConfig::defaults("digits");
    config.check_size(784).unwrap();
    config.latents = "1000x1000".parse().unwrap();
    let error = config.check_size(784).unwrap_err().to_string();
    assert!(error.contains("784 pixels x 1000000 encoder outputs"), "{error}");
    config.latents = "1x2".parse().unwrap();
    let error = config.check_size(10_000_000).unwrap_err().to_string();
    assert!(error.starts_with("hidden: ") && error.contains("200 units"), "{error}");
}

#[test]
fn impossible_settings_are_named() {
    type Break = fn(&mut VaeConfig);
    let breaks: [(&str, Break); 14] = [
        ("batch", |c| c.batch = 0),
        ("shards", |c| c.shards = 0),
        ("shards", |c| c.shards = 101),
        ("epochs", |c| c.epochs = u64::MAX),
        ("batch", |c| c.batch = usize::MAX),
        ("hidden", |c| c.hidden = vec![100_000, 100_000]),
        ("epochs", |c| c.epochs = 0),
        ("lr", |c| c.lr = f64::NAN),
        ("hidden", |c| c.hidden = vec![200, 0]),
        ("tau", |c| c.tau = Some(TemperatureSchedule::Constant { tau: 0.0 })),
        ("tau", |c| c.tau = None),
        ("estimator", |c| c.latents = Latents::Gaussian(2)),
        ("prior", |c| (c.latents, c.estimator) = (Latents::Gaussian(2), None)),
        ("tau", |c| {
            (c.latents, c.estimator, c.prior) = (Latents::Gaussian(2), None, None);
        }),
    ];
    for (name, break_it) in breaks {
        let mut config = VaeConfig::defaults("digits");
        break_it(&mut config);
        let error = config.check().unwrap_err().to_string();
        assert!(error.starts_with(name), "{error}");
    }
}

#[test]
fn differences_are_named() {
    let (a, mut b) = (VaeConfig::defaults("digits"), VaeConfig::defaults("digits"));
    assert!(differences(&a, &b).is_empty());
    b.seed = u64::MAX;
    assert_eq!(differences(&a, &b), [format!("seed is 0 there and {} here", u64::MAX)]);
    let gaussian = a.clone().with_latents(Latents::Gaussian(3));
    let differences = differences(&a, &gaussian);
    assert_eq!(differences.len(), 4);
    assert_eq!(differences[0], "estimator is straight-through-gumbel-softmax there and none here");
    assert_eq!(gaussian.with_latents(a.latents), a);
}
