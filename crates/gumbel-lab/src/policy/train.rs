//! `train`: the training of an agent, and its evaluation.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use burn::tensor::{Device, Tensor};
use gumbel::Key;
use gumbel_burn::TemperatureSchedule;
use gumbel_environments::EnvironmentError;
use gumbel_environments::maze::{Map, Maze, Rules};
use gumbel_files::digest::sha256;
use gumbel_report::Page;
use gumbel_train::parameters::on_processor;
use gumbel_train::report::{Better, Figure, Guide};
use gumbel_train::run::read_metrics;
use gumbel_train::{
    Compute, DataRecord, EpochEnd, Health, Measured, Observer, Outcome, Part, Settings, Start,
    Step, Task, TrainError, train as run_training,
};

use super::batch::Batch;
use super::config::PolicyConfig;
use super::evaluate::{figures, final_figures, key_after};
use super::maze::policy_table;
use super::memory::Memory;
use super::method::{Learner, Setting, View};
use super::network::{PolicyNet, Sizes};
use super::pictures;
use super::record::{MetricsRow, Summary};
use super::world::{World, in_world};
use crate::error::LabError;
use crate::streams;

/// The episodes of an evaluation during the training, where a return is not known exactly.
const EPISODES: usize = 20;

/// Trains an agent into the folder `out`, or resumes the run that is there.
///
/// `stop` is read after each step. When it is set, the function writes a checkpoint and returns. `compute` is a number
/// of threads, or with a device [`Compute`]. The agent acts on the processor, whatever device takes the steps.
///
/// # Errors
/// Settings that cannot be used, a folder that is taken or belongs to another run, numbers that are not finite, files
/// that cannot be written. The last good checkpoint stays.
pub fn train(
    config: &PolicyConfig,
    out: &Path,
    start: Start,
    compute: impl Into<Compute>,
    observer: &mut dyn Observer,
    stop: &AtomicBool,
) -> Result<Outcome<Summary>, LabError> {
    config.check_start()?;
    let compute = compute.into();
    in_world!(config, world => run(config, world, out, start, compute, observer, stop))
}

/// The maze of some settings.
///
/// # Errors
/// A map that cannot be read.
pub(super) fn maze_of(config: &PolicyConfig) -> Result<Maze, LabError> {
    let map = Map::parse(config.map.as_deref().unwrap_or_default());
    let rules = Rules { discount: config.discount, ..Rules::default() };
    map.and_then(|map| Maze::new(map, rules)).map_err(LabError::environment)
}

/// The text of a map made from a key, `size` rows and columns.
///
/// # Errors
/// A size that no map has.
pub fn generated_map(size: usize, key: Key) -> Result<String, LabError> {
    let map = Map::generate(size, size, key).map_err(LabError::environment)?;
    Ok(map.to_string())
}

/// The text of a map, read and written again.
///
/// # Errors
/// A text that is no map: the row and the column, what was expected and what was found.
pub fn checked_map(text: &str) -> Result<String, EnvironmentError> {
    Ok(Map::parse(text)?.to_string())
}

fn run<E: World>(
    config: &PolicyConfig,
    world: &E,
    out: &Path,
    start: Start,
    compute: Compute,
    observer: &mut dyn Observer,
    stop: &AtomicBool,
) -> Result<Outcome<Summary>, LabError> {
    let learner = config.method.learner::<E>();
    let task = PolicyTask { config, world, learner };
    Ok(run_training(&task, out, start, compute, observer, stop)?)
}

struct PolicyTask<'a, E: World> {
    config: &'a PolicyConfig,
    world: &'a E,
    learner: Box<dyn Learner<E>>,
}

impl<E: World> PolicyTask<'_, E> {
    fn setting(&self) -> Setting<'_, E> {
        Setting { config: self.config, world: self.world }
    }
}

impl<E: World> Task for PolicyTask<'_, E> {
    type Settings = PolicyConfig;
    type Model = PolicyNet;
    type Batch = Batch;
    type Memory = Memory<E::State>;
    type Row = MetricsRow;

    fn settings(&self) -> &PolicyConfig {
        self.config
    }

    fn data(&self) -> DataRecord {
        let name = self.world.name();
        match self.config.map.as_deref() {
            Some(map) => {
                let states = self.world.observation_size();
                DataRecord::new(name, sha256([map.as_bytes()])).with("states", states)
            }
            None => DataRecord::new(name, "none"),
        }
    }

    fn examples(&self) -> usize {
        self.config.updates * self.config.batch()
    }

    fn schedule(&self) -> Option<TemperatureSchedule> {
        self.config.tau
    }

    fn guide(&self) -> Guide {
        let figure = Figure {
            column: "return",
            name: "return of the policy",
            factor: 1.0,
            unit: "",
            better: Better::Higher,
            remedy: "a lower --lr",
        };
        Guide {
            figure: Some(figure),
            entropy: Some("entropy"),
            look_at: pictures::look_at(),
            epochs: Some("--epochs"),
            cooler: "a new run with --tau-share 0.5",
            ..Guide::default()
        }
    }

    fn init(&self, key: Key, device: &Device) -> PolicyNet {
        let PolicyConfig { hidden, method, .. } = self.config;
        PolicyNet::new(&Sizes::of(self.world, hidden, method.critic()), key, device)
    }

    fn memory(&self, _: &PolicyNet, key: Key) -> Self::Memory {
        Memory::new(self.world, key.fold_in(streams::ENVIRONMENTS), self.config.environments)
    }

    fn batch(
        &self,
        model: &PolicyNet,
        memory: &mut Self::Memory,
        step: &Step,
    ) -> Result<Batch, TrainError> {
        let actor = on_processor(model);
        Ok(self.learner.batch(&self.setting(), &actor, memory, step)?)
    }

    fn objective_falls(&self) -> bool {
        false
    }

    fn objective(
        &self,
        model: &PolicyNet,
        part: &Part<'_, Batch>,
        device: &Device,
    ) -> Result<Tensor<1>, TrainError> {
        let view = View::new(model, part.batch, part.rows.clone(), &part.step, device)?;
        Ok(self.learner.objective(&self.setting(), model, view)?)
    }

    fn evaluate(
        &self,
        model: &PolicyNet,
        memory: &Self::Memory,
        at: &EpochEnd<'_, PolicyConfig>,
    ) -> Result<(MetricsRow, Measured), TrainError> {
        let key = key_after(at.run_key, at.epochs);
        let found = figures(self.world, model, key, EPISODES)?;
        let policy = match self.world.maze() {
            Some(maze) => {
                let table = policy_table(maze, model)?;
                let thousandths = table.iter().map(|p| format!("{:.0}", 1e3 * p));
                thousandths.collect::<Vec<_>>().join(" ")
            }
            None => String::new(),
        };
        let row = MetricsRow {
            epoch: at.epochs,
            step: at.steps,
            environment_steps: memory.steps(),
            of_policy: found.of_policy,
            greedy_return: found.of_greedy,
            entropy: found.entropy,
            training_return: memory.recent_return(),
            tau: self.tau(at.steps - 1),
            policy,
        };
        Ok((row, Measured { name: "return", value: found.of_policy, unit: "" }))
    }

    fn finish(
        &self,
        model: &PolicyNet,
        memory: &Self::Memory,
        at: &EpochEnd<'_, PolicyConfig>,
        health: Health,
    ) -> Result<(Summary, Page), TrainError> {
        let found = final_figures(self.world, model, at.run_key)?;
        let known = found.known;
        let summary = Summary {
            of_policy: found.of_policy,
            greedy_return: found.of_greedy,
            optimal_return: known.map(|(best, _)| best),
            uniform_return: known.map(|(_, uniform)| uniform),
            regret: known.and_then(|known| regret(known, found.of_greedy)),
            entropy: found.entropy,
            environment_steps: memory.steps(),
            steps: at.steps,
            env: self.config.env.to_string(),
            method: self.config.method_in_words(),
            health,
        };
        let mut page = at.page("An agent learns to choose", &summary)?;
        let rows: Vec<MetricsRow> = read_metrics(at.folder.path())?;
        let key = at.run_key.fold_in(streams::PICTURES);
        page.sections = pictures::sections(self.world, model, &rows, known, key, at.folder.path())?;
        Ok((summary, page))
    }
}

/// The share of the way from uniform choices to the best that a return lacks; `None` where all choices are equally good.
fn regret((best, uniform): (f64, f64), found: f64) -> Option<f64> {
    let way = best - uniform;
    let share = (best - found) / way;
    // Rounding makes a little less than nothing of a best policy.
    (way > 1e-9).then_some(if share.abs() < 1e-9 { 0.0 } else { share })
}

#[cfg(test)]
mod tests {
    use super::regret;

    #[test]
    fn a_maze_without_a_choice_has_no_regret_and_the_best_policy_none_below_0() {
        assert_eq!(regret((0.99, 0.99), 0.99), None);
        assert_eq!(regret((0.9, -0.4), 0.9 + 1e-14), Some(0.0));
        assert_eq!(regret((1.0, 0.0), 0.25), Some(0.75));
    }
}
