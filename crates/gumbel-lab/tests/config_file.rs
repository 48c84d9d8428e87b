//! Settings of both experiments survive `config.toml` to the bit.

use std::fs;

use gumbel_burn::{GateCondition, GatePenalty, GateSqueeze, TemperatureSchedule};
use gumbel_lab::frequency::{FrequencyConfig, GateSettings, Selection, Stem};
use gumbel_lab::vae::VaeConfig;
use gumbel_train::run::experiment_of;
use gumbel_train::{DataRecord, RunFolder, Settings, Start};

const SEEDS: [u64; 8] =
    [0, 1, (1 << 53) + 1, i64::MAX as u64 - 1, i64::MAX as u64, 1 << 63, u64::MAX - 1, u64::MAX];

/// Names of folders and descriptions of choices.
const TEXTS: [&str; 16] = [
    "",
    " ",
    "photographs",
    "/a folder/with 'single' and \"double\" quotes",
    "'''",
    "\"\"\"\n\"\"\"",
    "C:\\data\\new\\",
    "line\nbreak\r\n\ttab",
    "\u{0}\u{1}\u{8}\u{1b}\u{7f}\u{85}\u{2028}",
    "\u{feff}é 漢字 🎲 e\u{301}",
    "x\nseed = 18446744073709551615\n[settings]",
    "18446744073709551615",
    "# no comment",
    "true",
    "1979-05-27T07:32:00Z",
    "{a = 1}",
];

/// Above 0 and finite.
const RATES: [f64; 9] = [
    f64::from_bits(1),
    f64::MIN_POSITIVE,
    0.1 + 0.2,
    1.0 / 3.0,
    1.0,
    1e16,
    9_007_199_254_740_993.0,
    1e22,
    f64::MAX,
];

/// Shares from 0 to 1.
const SHARES: [f64; 7] =
    [f64::from_bits(1), 1e-300, 0.1 + 0.2, 1.0 / 3.0, 0.5, 1.0 - f64::EPSILON / 2.0, 0.87];

/// Numbers that look random (splitmix64).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn of<T: Clone>(&mut self, values: &[T]) -> T {
        values[self.next() as usize % values.len()].clone()
    }

    fn whole(&mut self, most: u64) -> u64 {
        let random = 1 + self.next() % most;
        self.of(&[1, random, most])
    }

    fn seed(&mut self) -> u64 {
        let random = self.next();
        self.of(&[&SEEDS[..], &[random]].concat())
    }

    /// Any positive finite number, most of which need 17 digits.
    fn rate(&mut self) -> f64 {
        let random = f64::from_bits(self.next() >> 1);
        if random.is_finite() && self.next().is_multiple_of(2) { random } else { self.of(&RATES) }
    }

    fn share(&mut self) -> f64 {
        let random = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        if random > 0.0 && self.next().is_multiple_of(2) { random } else { self.of(&SHARES) }
    }

    fn tau(&mut self) -> TemperatureSchedule {
        let (a, b, rate) = (self.rate(), self.rate(), self.rate());
        let steps = self.whole(i64::MAX as u64);
        let (floor, start) = (a.min(b), a.max(b));
        self.of(&[
            TemperatureSchedule::Constant { tau: a },
            TemperatureSchedule::Exponential { start, floor, rate, every: steps },
            TemperatureSchedule::Exponential { start, floor, rate: 0.0, every: steps },
            TemperatureSchedule::Linear { start, end: floor, steps },
            TemperatureSchedule::Cosine { start, end: floor, steps },
        ])
    }

    fn vae(&mut self) -> VaeConfig {
        let mut config = VaeConfig::defaults(self.of(&TEXTS));
        let latents = self.of(&["20x10", "1x2", "gaussian:1", "gaussian:64"]);
        config = config.with_latents(latents.parse().unwrap());
        config.tau = config.tau.map(|_| self.tau());
        config.prior = config.prior.map(|_| self.of(&["learned", "uniform"]).parse().unwrap());
        let estimators = ["gumbel-softmax", "straight-through-gumbel-softmax"];
        config.estimator = config.estimator.map(|_| self.of(&estimators).parse().unwrap());
        config.epochs = self.whole(10_000_000);
        config.batch = self.whole(1_000_000) as usize;
        config.shards = self.whole(config.batch.min(1024) as u64) as usize;
        config.lr = self.rate();
        config.optimizer = self.of(&["adam", "adam-w", "sgd", "rms-prop"]).parse().unwrap();
        config.binarise = self.of(&["fixed", "dynamic", "none"]).parse().unwrap();
        config.hidden = self.of(&[vec![], vec![1], vec![100_000], vec![3, 1, 2]]);
        config.seed = self.seed();
        config
    }

    fn frequency(&mut self) -> FrequencyConfig {
        let mut config = FrequencyConfig::defaults(self.of(&TEXTS));
        let lambda = self.of(&[0.0, 1e-300, 0.1 + 0.2, 1e30]);
        let (target, first) = (self.share(), self.share());
        config.gate = Some(GateSettings {
            condition: self.of(&[GateCondition::PerExample, GateCondition::Static]),
            squeeze: self.of(&[GateSqueeze::Mean, GateSqueeze::MeanAbsolute]),
            initial_keep: first,
            hard: self.of(&[true, false]),
            rise: self.share(),
            penalty: self
                .of(&[GatePenalty::Mean { lambda }, GatePenalty::AboveTarget { lambda, target }]),
            tau: self.tau(),
        });
        let chosen = self.of(&TEXTS).to_owned();
        let few = Selection::low(self.whole(192) as usize).unwrap();
        config = match self.next() % 4 {
            0 => config.on_pixels(Stem::Patch),
            1 => config.on_pixels(Stem::Strided),
            2 => config.with_channels(&few, chosen),
            _ => config,
        };
        let (rows, columns) = (self.whole(512) as usize, self.whole(512) as usize);
        (config.rows, config.columns) = self.of(&[(None, None), (Some(rows), Some(columns))]);
        config.width = self.whole(4096) as usize;
        config.blocks = self.whole(100) as usize;
        config.epochs = self.whole(1_000_000);
        config.batch = self.whole(100_000) as usize;
        config.shards = self.whole(config.batch.min(1024) as u64) as usize;
        config.lr = self.rate();
        config.optimizer = self.of(&["adam", "adam-w", "sgd", "rms-prop"]).parse().unwrap();
        config.flip = self.of(&[true, false]);
        config.seed = self.seed();
        config
    }
}

fn data(name: &str, classes: &[&str]) -> DataRecord {
    let classes: Vec<String> = classes.iter().map(|&class| class.to_owned()).collect();
    let record = DataRecord::new(name, "0f".repeat(32)).with("width", 8).with("train", 10);
    if classes.is_empty() { record } else { record.with("classes", classes) }
}

/// Settings survive `config.toml` to the bit, on a resume as well, and every TOML reader takes its integers.
fn assert_round_trip<S: Settings>(settings: &S, data: &DataRecord) {
    settings.check().unwrap();
    let folder = tempfile::tempdir().unwrap();
    RunFolder::prepare(folder.path(), settings, data, Start::New).unwrap();
    let file = folder.path().join("config.toml");
    let text = fs::read_to_string(&file).unwrap();
    let found =
        RunFolder::<S>::open(folder.path()).unwrap_or_else(|error| panic!("{error}: {text}"));
    let bits = |settings: &S| serde_json::to_string(settings).unwrap();
    assert_eq!(bits(found.config()), bits(settings), "{text}");
    assert_eq!((found.config(), found.data()), (settings, data), "{text}");
    assert_eq!(experiment_of(folder.path()).unwrap(), S::NAME);
    RunFolder::prepare(folder.path(), settings, data, Start::Resume).unwrap();
    toml::from_str::<toml::Table>(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    RunFolder::prepare(folder.path(), settings, data, Start::Force).unwrap();
    assert_eq!(fs::read_to_string(file).unwrap(), text);
}

#[test]
fn every_setting_survives_its_file_at_the_ends_of_its_range() {
    let mut draws = Draws(1);
    for _ in 0..100 {
        let name = draws.of(&TEXTS);
        assert_round_trip(&draws.vae(), &data(name, &[]));
        let classes = [draws.of(&TEXTS), draws.of(&TEXTS)];
        assert_round_trip(&draws.frequency(), &data(name, &classes));
    }
    for seed in SEEDS {
        let config = VaeConfig { seed, ..VaeConfig::defaults("digits") };
        assert_round_trip(&config, &data("digits", &[]));
        let config = FrequencyConfig { seed, ..FrequencyConfig::defaults("digits-jpeg") };
        assert_round_trip(&config, &data("digits-jpeg", &["0", "1"]));
    }
}

/// An earlier version wrote large seeds as integers, which it could not read again.
#[test]
fn the_seed_of_an_earlier_version_is_read_whatever_its_size() {
    for seed in SEEDS {
        let settings = VaeConfig { seed, ..VaeConfig::defaults("digits") };
        let folder = tempfile::tempdir().unwrap();
        let ours = RunFolder::prepare(folder.path(), &settings, &data("digits", &[]), Start::New);
        let file = folder.path().join("config.toml");
        let text = fs::read_to_string(&file).unwrap();
        let quoted = format!("seed = \"{seed}\"");
        assert_eq!(text.contains(&quoted), i64::try_from(seed).is_err(), "{text}");
        let earlier = text.replace(&quoted, &format!("seed = {seed}"));
        assert!(earlier.contains(&format!("seed = {seed}\n")), "{earlier}");
        fs::write(&file, earlier).unwrap();
        let found = RunFolder::<VaeConfig>::open(folder.path()).unwrap();
        assert_eq!(found.config().seed, seed);
        // Its checkpoints still belong to it.
        assert_eq!(found.fingerprint(), ours.unwrap().fingerprint());
        RunFolder::prepare(folder.path(), &settings, &data("digits", &[]), Start::Force).unwrap();
    }
}

#[test]
fn an_invalid_seed_is_an_error_of_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let settings = VaeConfig::defaults("digits");
    RunFolder::prepare(folder.path(), &settings, &data("digits", &[]), Start::New).unwrap();
    let file = folder.path().join("config.toml");
    let text = fs::read_to_string(&file).unwrap();
    for seed in ["-1", "1.5", "18446744073709551616", "\"18446744073709551616\"", "\"x\"", "true"] {
        fs::write(&file, text.replace("seed = 0", &format!("seed = {seed}"))).unwrap();
        let error = RunFolder::<VaeConfig>::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("config.toml: line ") && !error.contains('\n'), "{error}");
        assert!(error.contains("a whole number from 0 to 18446744073709551615"), "{error}");
    }
}

/// Data with another name or path are the same data.
#[test]
fn a_run_resumes_after_its_data_were_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let before = VaeConfig::defaults("/old/place");
    RunFolder::prepare(folder.path(), &before, &data("place", &[]), Start::New).unwrap();
    let text = fs::read_to_string(folder.path().join("config.toml")).unwrap();
    let after = VaeConfig { data: "/new/home".to_owned(), ..before.clone() };
    let run = RunFolder::prepare(folder.path(), &after, &data("home", &[]), Start::Resume).unwrap();
    assert_eq!((run.config(), run.data().name.as_str()), (&before, "place"));
    assert_eq!(fs::read_to_string(folder.path().join("config.toml")).unwrap(), text);
    let mut other = data("place", &[]);
    other.sha256 = "1e".repeat(32);
    let error = RunFolder::prepare(folder.path(), &before, &other, Start::Resume).unwrap_err();
    let error = error.to_string();
    assert!(error.contains(&"0f".repeat(32)) && error.contains(&"1e".repeat(32)), "{error}");
}

#[test]
fn steps_that_no_settings_file_can_hold_are_refused() {
    let every = u64::MAX;
    let tau = TemperatureSchedule::Exponential { start: 1.0, floor: 0.5, rate: 1e-4, every };
    let config = VaeConfig { tau: Some(tau), ..VaeConfig::defaults("digits") };
    let error = config.check().unwrap_err().to_string();
    assert!(error.starts_with("tau: every: expected at most 9223372036854775807"), "{error}");
}

/// Settings files of runs that the version before `gumbel-train` made, and the fingerprints in their checkpoints. A
/// run can be resumed only while both stay as they are.
#[test]
fn runs_of_the_version_before_have_the_same_files_and_fingerprints() {
    fn check<S: Settings>(text: &str, fingerprint: &str) {
        // A run resumes only under the version of seeded values that it began with: this one stands for its own.
        let present = format!("values = {}", gumbel::VALUE_VERSION);
        let text = &text.replace("values = 2", &present);
        assert!(text.contains(&present));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs::write(&file, text).unwrap();
        let run = RunFolder::<S>::open(folder.path()).unwrap();
        assert_eq!(run.fingerprint(), fingerprint);
        let (settings, data) = (run.config().clone(), run.data().clone());
        RunFolder::prepare(folder.path(), &settings, &data, Start::Resume).unwrap();
        RunFolder::prepare(folder.path(), &settings, &data, Start::Force).unwrap();
        assert_eq!(fs::read_to_string(file).unwrap(), *text);
    }
    let vae = "cfe6324457658e149dc6c4b137b06afe636899cd120aacb24217b8e3cb6529b0";
    check::<VaeConfig>(include_str!("golden/vae.toml"), vae);
    let gate = "bdd3068484b575f4cf94eb11acf14da1c4a27eeaf93cefc2f0a0f46e5220103f";
    check::<FrequencyConfig>(include_str!("golden/gate.toml"), gate);
}
