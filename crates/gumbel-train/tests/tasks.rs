//! Tasks of other people: the example, and one that makes its own batches.

mod compared;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::module::{Module, Param};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use compared::compared;
use gumbel::Key;
use gumbel_report::Page;
use gumbel_train::optimizer::OptimizerKind;
use gumbel_train::values::floats;
use gumbel_train::{
    DataRecord, EpochEnd, EpochRow, Health, Measured, Observer, Outcome, Part, Plan, Progress,
    Result, RunFolder, Score, Settings, Start, Step, Task, TrainError, train,
};
use serde::{Deserialize, Serialize};

#[path = "../examples/own_experiment.rs"]
#[expect(dead_code, reason = "the example has a main function")]
mod own_experiment;

/// Stops a training after a step.
struct StopAfter<'a>(u64, &'a AtomicBool);

impl Observer for StopAfter<'_> {
    fn start(&mut self, _: &Progress) {}

    fn step(&mut self, progress: &Progress) {
        self.1.store(progress.step == self.0, Ordering::Relaxed);
    }

    fn epoch(&mut self, _: &Progress) {}

    fn finishing(&mut self) {}
}

/// Trains to the end, on `threads` threads, with an interruption after each of the `stops`.
fn run<T: Task>(task: &T, out: &Path, threads: usize, stops: &[u64]) {
    for &step in stops {
        let stop = AtomicBool::new(false);
        let outcome = train(task, out, Start::Resume, threads, &mut StopAfter(step, &stop), &stop);
        assert!(matches!(outcome, Ok(Outcome::Stopped { step: at }) if at == step), "{outcome:?}");
    }
    let never = AtomicBool::new(false);
    let outcome = train(task, out, Start::Resume, threads, &mut (), &never);
    assert!(matches!(outcome, Ok(Outcome::Finished(_))), "{outcome:?}");
}

/// Every file of a run, except for times, is the same on any number of threads and after interruptions.
fn assert_same_bits<T: Task>(task: &T, stops: &[u64]) {
    let folder = tempfile::tempdir().unwrap();
    let [one, two, parts] = ["one", "two", "parts"].map(|name| folder.path().join(name));
    run(task, &one, 1, &[]);
    run(task, &two, 2, &[]);
    run(task, &parts, 2, stops);
    for file in ["config.toml", "metrics.csv", "weights.safetensors", "summary.json", "report.html"]
    {
        let [one, two, parts] = [&one, &two, &parts].map(|run| compared(&run.join(file)));
        assert!(!one.is_empty() && one == two && one == parts, "{file}");
    }
}

#[test]
fn the_example_has_the_same_bits_on_any_threads_and_after_a_resume() {
    assert_same_bits(&own_experiment::task(2), &[3, 26, 51]);
}

#[test]
fn the_example_gets_a_report_with_a_curve_for_each_column() {
    let (folder, task) = (tempfile::tempdir().unwrap(), own_experiment::task(3));
    run(&task, folder.path(), 2, &[]);
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    for part in ["through binary units", "accuracy ", "<h2>Objective", "<h2>Validation", "svg+xml"]
    {
        assert!(page.contains(part), "{part}");
    }
    let described =
        RunFolder::<own_experiment::BinaryUnits>::open(folder.path()).unwrap().describe();
    assert!(
        described.state.starts_with("accuracy ") && described.problem.is_none(),
        "{described:?}"
    );
    assert_eq!((described.data.as_str(), described.model.as_str()), ("digits", "binary-units"));
}

/// A bandit with four arms, of which the third pays most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Bandit {
    batch: usize,
    epochs: u64,
    shards: usize,
}

impl Settings for Bandit {
    const NAME: &'static str = "bandit";
    type Summary = Score;

    fn plan(&self) -> Plan {
        let Self { batch, epochs, shards } = *self;
        Plan { batch, epochs, shards, seed: 5, optimizer: OptimizerKind::Sgd, lr: 0.5 }
    }
}

#[derive(Module, Debug)]
struct Policy {
    logits: Param<Tensor<1>>,
    /// No gradient reaches it: a run with such a parameter could not be resumed.
    unused: Param<Tensor<1>>,
}

const PAYS: [f32; 4] = [0.1, 0.2, 0.9, 0.4];

impl Policy {
    /// The mean pay.
    fn value(&self) -> Measured {
        let p = floats(activation::softmax(self.logits.val(), 0));
        let value = p.iter().zip(PAYS).map(|(p, pay)| f64::from(p * pay)).sum();
        Measured { name: "pay", value, unit: "" }
    }
}

impl Task for Bandit {
    type Settings = Self;
    type Model = Policy;
    /// The arms that were pulled. They depend on the policy: there is no fixed set of examples.
    type Batch = Vec<usize>;
    type Memory = ();
    type Row = EpochRow;

    fn settings(&self) -> &Self {
        self
    }

    fn data(&self) -> DataRecord {
        DataRecord::new("four arms", "none").with("arms", PAYS.len())
    }

    fn examples(&self) -> usize {
        10 * self.batch
    }

    fn init(&self, _: Key, device: &Device) -> Policy {
        let [logits, unused] = [4, 2].map(|n| Param::from_tensor(Tensor::zeros([n], device)));
        Policy { logits, unused }
    }

    fn memory(&self, _: &Policy, _: Key) {}

    fn batch(&self, model: &Policy, (): &mut (), step: &Step) -> Result<Vec<usize>> {
        let rows = floats(model.valid().logits.val()).repeat(step.size);
        Ok(gumbel::sample::categorical(&rows, 4, step.noise)?)
    }

    fn objective(
        &self,
        model: &Policy,
        part: &Part<'_, Vec<usize>>,
        device: &Device,
    ) -> Result<Tensor<1>> {
        let arms: Vec<i64> = part.indices().iter().map(|&arm| arm as i64).collect();
        let pays: Vec<f32> = part.indices().iter().map(|&arm| PAYS[arm] - 0.4).collect();
        let n = arms.len();
        let arms = Tensor::<1, Int>::from_data(TensorData::new(arms, [n]), device);
        let pays = Tensor::<1>::from_data(TensorData::new(pays, [n]), device);
        let log_probability = activation::log_softmax(model.logits.val(), 0).select(0, arms);
        Ok((log_probability * pays).neg())
    }

    fn evaluate(
        &self,
        model: &Policy,
        (): &(),
        at: &EpochEnd<'_, Self>,
    ) -> Result<(EpochRow, Measured)> {
        let value = model.value();
        Ok((EpochRow::new(at, &value), value))
    }

    fn finish(
        &self,
        model: &Policy,
        (): &(),
        at: &EpochEnd<'_, Self>,
        health: Health,
    ) -> Result<(Score, Page)> {
        let score = Score::new(model.value(), health);
        let page = at.page("A bandit", &score)?;
        Ok((score, page))
    }
}

#[test]
fn a_task_that_makes_its_own_batches_learns_and_resumes_to_the_same_bits() {
    let bandit = Bandit { batch: 32, epochs: 4, shards: 3 };
    assert_same_bits(&bandit, &[1, 17, 39]);
    let folder = tempfile::tempdir().unwrap();
    run(&bandit, folder.path(), 2, &[]);
    let state = RunFolder::<Bandit>::open(folder.path()).unwrap().describe().state;
    let pay: f64 = state.strip_prefix("pay ").unwrap().parse().unwrap();
    // Uniform arms pay 0.4, the best arm 0.9.
    assert!(pay > 0.75, "{state}");
}

#[test]
fn plans_without_a_step_are_refused() {
    let good = Bandit { batch: 1, epochs: 1, shards: 1 };
    for (plan, part) in [
        (Bandit { batch: 0, ..good.clone() }, "batch: expected at least 1, found 0"),
        (Bandit { epochs: 0, ..good.clone() }, "epochs: expected at least 1"),
        (Bandit { epochs: u64::MAX, ..good.clone() }, "too many steps"),
        (Bandit { shards: 0, ..good }, "shards: expected at least 1"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (out, stop) = (folder.path().join("run"), AtomicBool::new(false));
        let error = train(&plan, &out, Start::New, 1, &mut (), &stop).unwrap_err().to_string();
        assert!(error.contains(part) && !out.exists(), "{error}");
    }
}

#[test]
fn a_run_of_another_experiment_is_an_error_that_names_both() {
    let folder = tempfile::tempdir().unwrap();
    run(&Bandit { batch: 4, epochs: 1, shards: 1 }, folder.path(), 1, &[]);
    let error = RunFolder::<own_experiment::BinaryUnits>::open(folder.path()).unwrap_err();
    assert!(matches!(error, TrainError::OtherExperiment { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("binary-units") && text.contains("\"bandit\""), "{text}");
    let score = RunFolder::<Bandit>::open(folder.path()).unwrap().describe();
    assert!(score.state.contains("pay"), "{score:?}");
}

/// A seed above TOML's integers was written as text, which a plain field could not read: the run could begin, and
/// never be opened again.
#[test]
fn the_largest_seed_begins_and_resumes() {
    let mut task = own_experiment::task(1);
    task.settings.plan.seed = u64::MAX;
    let folder = tempfile::tempdir().unwrap();
    run(&task, folder.path(), 2, &[4]);
    let again = RunFolder::<own_experiment::BinaryUnits>::open(folder.path()).unwrap();
    assert_eq!(again.config().plan.seed, u64::MAX);
}

/// A batch larger than the set is the whole set, and a new run replaces the files of an old one.
#[test]
fn a_batch_may_be_larger_than_the_set() {
    let mut task = own_experiment::task(1);
    task.settings.plan.batch = 5_000;
    let folder = tempfile::tempdir().unwrap();
    run(&task, folder.path(), 2, &[]);
    let metrics = std::fs::read_to_string(folder.path().join("metrics.csv")).unwrap();
    assert!(metrics.lines().nth(1).unwrap().starts_with("1,1,"), "{metrics}");
    let never = AtomicBool::new(false);
    let outcome = train(&task, folder.path(), Start::New, 1, &mut (), &never);
    assert!(outcome.unwrap_err().to_string().contains("exists already"));
    let outcome = train(&task, folder.path(), Start::Force, 1, &mut (), &never);
    assert!(matches!(outcome, Ok(Outcome::Finished(_))), "{outcome:?}");
}

/// The default check of settings left rates of 1e10 to be found by a training that diverges.
#[test]
fn a_rate_that_cannot_train_is_refused_before_the_first_file() {
    let mut task = own_experiment::task(1);
    task.settings.plan.lr = 1e10;
    let folder = tempfile::tempdir().unwrap();
    let (out, never) = (folder.path().join("run"), AtomicBool::new(false));
    let error = train(&task, &out, Start::New, 1, &mut (), &never).unwrap_err().to_string();
    assert!(
        error.starts_with("lr: expected a rate from 1e-12 to 1000") && !out.exists(),
        "{error}"
    );
}
