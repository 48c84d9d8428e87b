//! Trainings of agents: they learn, and have the same bits on any number of threads and after a resume.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use gumbel::Key;
use gumbel_burn::estimator::Name;
use gumbel_lab::policy::{
    EnvironmentName, Method, PolicyConfig, PolicyRun, Summary, evaluate_run, generated_map, train,
};
use gumbel_train::{Observer, Outcome, Progress, Start};
use strum::IntoEnumIterator;

fn maze(method: Method, seed: u64) -> PolicyConfig {
    let map = generated_map(9, Key::new(seed)).unwrap();
    PolicyConfig { map: Some(map), ..PolicyConfig::defaults(EnvironmentName::Maze, method) }
}

fn short(method: Method) -> PolicyConfig {
    let map = generated_map(5, Key::new(3)).unwrap();
    let config = PolicyConfig { map: Some(map), ..maze(method, 3) };
    PolicyConfig { environments: 8, horizon: 8, epochs: 2, updates: 6, ..config }
}

fn finished(config: &PolicyConfig, out: &Path, threads: usize) -> Summary {
    let never = AtomicBool::new(false);
    match train(config, out, Start::Resume, threads, &mut (), &never).unwrap() {
        Outcome::Finished(summary) => summary,
        other => panic!("{other:?}"),
    }
}

/// Stops the training after a step.
struct StopAfter<'a>(u64, &'a AtomicBool);

impl Observer for StopAfter<'_> {
    fn start(&mut self, _: &Progress) {}
    fn step(&mut self, progress: &Progress) {
        self.1.store(progress.step >= self.0, Ordering::Relaxed);
    }
    fn epoch(&mut self, _: &Progress) {}
    fn finishing(&mut self) {}
}

#[test]
fn an_agent_learns_the_best_way_through_a_maze_with_every_method_but_grpo_and_ddpg() {
    // Ten epochs of each take a second; whole trainings on twenty maps are in the record of results. `grpo` and `ddpg`
    // are only reported there: they do not learn every map.
    for (method, most) in [
        (Method::Reinforce, 0.05),
        (Method::Exact, 0.05),
        (Method::Model, 0.05),
        (Method::Rloo, 0.05),
        (Method::A2c, 0.05),
        (Method::Ppo, 0.05),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let config = PolicyConfig { epochs: 10, ..maze(method, 1) };
        let summary = finished(&config, folder.path(), 2);
        let regret = summary.regret.unwrap();
        assert!(regret < most && regret > -1e-9, "{method}: {summary:?}");
        let again = evaluate_run(&PolicyRun::open(folder.path()).unwrap()).unwrap();
        assert_eq!((again.of_policy, again.of_greedy), (summary.of_policy, summary.greedy_return));
    }
}

#[test]
fn every_method_has_the_same_bits_on_any_threads_and_after_a_resume() {
    let cartpole = PolicyConfig::defaults(EnvironmentName::Cartpole, Method::Ppo);
    let cartpole = PolicyConfig {
        environments: 4,
        horizon: 16,
        minibatches: Some(2),
        updates: 8,
        epochs: 2,
        hidden: vec![8],
        ..cartpole
    };
    // Three agents, whose memory is full after the first epoch.
    let particles = PolicyConfig::defaults(EnvironmentName::Particles, Method::Maddpg);
    let particles = PolicyConfig {
        environments: 4,
        batch: Some(16),
        replay: Some(32),
        updates: 8,
        epochs: 2,
        hidden: vec![8],
        ..particles
    };
    for config in Method::iter().map(short).chain([cartpole, particles]) {
        let config = PolicyConfig { shards: config.batch().min(2), ..config };
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let [one, two, parts] = [0, 1, 2].map(|i| folders[i].path());
        finished(&config, one, 1);
        finished(&config, two, 2);
        for stop in [1, 5, 7] {
            let flag = AtomicBool::new(false);
            let mut observer = StopAfter(stop, &flag);
            let ended = train(&config, parts, Start::Resume, 2, &mut observer, &flag).unwrap();
            assert!(matches!(ended, Outcome::Stopped { .. }), "{ended:?}");
        }
        finished(&config, parts, 1);
        for file in ["metrics.csv", "weights.safetensors", "summary.json"] {
            let [one, two, parts] =
                [one, two, parts].map(|folder| std::fs::read(folder.join(file)).unwrap());
            assert!(one == two && one == parts, "{}: {file}", config.method);
        }
    }
}

#[test]
fn settings_with_which_no_agent_can_be_trained_are_named() {
    let refused = |config: PolicyConfig, part: &str| {
        let (folder, never) = (tempfile::tempdir().unwrap(), AtomicBool::new(false));
        let out = folder.path().join("run");
        let error = train(&config, &out, Start::New, 1, &mut (), &never).unwrap_err().to_string();
        assert!(error.contains(part) && !error.contains('\n') && !out.exists(), "{error}");
    };
    let with = |map: &str| PolicyConfig { map: Some(map.to_owned()), ..short(Method::Exact) };
    refused(with("S.#\n.x.\n..G\n"), "row 2, column 2");
    refused(with("S#G\n"), "map: row 1, column");
    refused(with("S.\n..G\n"), "row 2, column 3");
    refused(PolicyConfig { map: None, ..short(Method::Exact) }, "map: expected a map");
    let cartpole = |method| PolicyConfig::defaults(EnvironmentName::Cartpole, method);
    refused(cartpole(Method::Exact), "known model of a maze");
    refused(PolicyConfig { minibatches: Some(7), ..cartpole(Method::Ppo) }, "divisor of 1024");
    refused(PolicyConfig { clip: Some(0.2), ..short(Method::A2c) }, "a2c does not use it");
    refused(
        PolicyConfig { environments: 1, shards: 1, ..short(Method::Rloo) },
        "at least 2 episodes",
    );
    refused(PolicyConfig { discount: 1.0, ..short(Method::Exact) }, "discount: ");
    let model = |name| short(Method::Model).with_estimator(name);
    refused(model(Name::Vimco), "bound of several samples");
    refused(model(Name::Rebar), "parameters of its own");
    refused(PolicyConfig { lookahead: Some(3), ..model(Name::Rloo) }, "lookahead of 1");
    refused(PolicyConfig { tau: None, ..model(Name::GumbelSoftmax) }, "tau: ");
}
