//! The training of an agent as an experiment: its names in a run folder, and the checks of its settings.

use gumbel_burn::estimator::Name;
use gumbel_environments::maze::Map;
use gumbel_files::names::{counted, number};
use gumbel_train::{Plan, Settings, TrainError, check_schedule, limits};

use super::config::{EnvironmentName, PolicyConfig};
use super::method::Method;
use super::record::Summary;

/// The most cells of a map on which an agent is trained: its networks and tables grow with the square of them.
const MOST_CELLS: usize = 1_024;

/// The most transitions of a rollout.
const MOST_TRANSITIONS: usize = 1_000_000;

/// The most steps that `model` looks ahead.
const MOST_LOOKAHEAD: usize = 50;

/// The estimators whose own backward pass needs a cost that depends on no parameter before it.
const OWN_PASS: [Name; 5] = [Name::MuProp, Name::Rebar, Name::Relax, Name::Rodeo, Name::DoubleCv];

impl Settings for PolicyConfig {
    const NAME: &'static str = "policy";
    const COMMANDS: &'static str = "train policy";
    const FILES: &'static [&'static str] = &[
        "policy.png",
        "learning.png",
        "episode.gif",
        "path.png",
        "last.png",
        "return.png",
        "training-return.png",
        "entropy.png",
        "temperature.png",
    ];
    type Summary = Summary;

    fn plan(&self) -> Plan {
        let Self { epochs, shards, seed, optimizer, lr, .. } = *self;
        Plan { batch: self.batch(), epochs, shards, seed, optimizer, lr }
    }

    fn model_in_words(&self) -> String {
        self.method_in_words()
    }

    fn check(&self) -> Result<(), TrainError> {
        let wrong = |name, problem: String| Err(TrainError::setting(name, problem));
        let within = |name, found: usize, most: usize| {
            if (1..=most).contains(&found) {
                return Ok(());
            }
            Err(TrainError::setting(name, format!("expected 1 to {most}, found {found}")))
        };
        within("environments", self.environments, 100_000)?;
        within("horizon", self.horizon, 100_000)?;
        within("updates", self.updates, 1_000_000)?;
        within("shards", self.shards, self.batch().clamp(1, 1024))?;
        if self.epochs == 0 || self.epochs > 1_000_000 {
            return wrong("epochs", format!("expected 1 to 1,000,000, found {}", self.epochs));
        }
        if self.hidden.iter().any(|&n| n == 0 || n > 10_000) {
            let problem = format!("expected layers of 1 to 10,000 units, found {:?}", self.hidden);
            return wrong("hidden", problem);
        }
        if !(self.lr > 0.0 && self.lr.is_finite()) {
            let found = number(self.lr);
            return wrong("lr", format!("expected a finite rate above 0, found {found}"));
        }
        if !(0.0..1.0).contains(&self.discount) {
            let found = number(self.discount);
            return wrong("discount", format!("expected at least 0 and below 1, found {found}"));
        }
        if !(0.0..=100.0).contains(&self.entropy) {
            return wrong("entropy", format!("expected 0 to 100, found {}", number(self.entropy)));
        }
        self.check_world()?;
        self.check_method()
    }

    fn check_start(&self) -> Result<(), TrainError> {
        self.check()?;
        limits::check(self.lr, self.tau)
    }
}

impl PolicyConfig {
    /// The method, with its estimator if it has one.
    pub fn method_in_words(&self) -> String {
        self.estimator
            .map_or_else(|| self.method.to_string(), |name| format!("{}, {name}", self.method))
    }

    fn check_world(&self) -> Result<(), TrainError> {
        match (self.env, &self.map) {
            (EnvironmentName::Maze, Some(map)) => {
                let map = Map::parse(map)
                    .map_err(|error| TrainError::setting("map", error.to_string()))?;
                let cells = map.rows() * map.columns();
                if cells > MOST_CELLS {
                    let problem = format!(
                        "expected at most {} for a training, found {}",
                        counted(MOST_CELLS as u64, "cell"),
                        counted(cells as u64, "cell")
                    );
                    return Err(TrainError::setting("map", problem));
                }
            }
            (EnvironmentName::Maze, None) => {
                return Err(TrainError::setting("map", "expected a map, found none"));
            }
            (env, Some(_)) => {
                return Err(TrainError::setting("map", format!("belongs to maze, found {env}")));
            }
            _ => {}
        }
        if self.method.needs_model() && self.env != EnvironmentName::Maze {
            let problem = format!("{} needs the known model of a maze", self.method);
            return Err(TrainError::setting("method", problem));
        }
        Ok(())
    }

    fn check_method(&self) -> Result<(), TrainError> {
        let wrong = |name, problem: String| Err(TrainError::setting(name, problem));
        let method = self.method;
        // Each setting of one method is there for it, and for no other.
        let ppo = method == Method::Ppo;
        let actor_critic = matches!(method, Method::A2c | Method::Ppo);
        let model = method == Method::Model;
        let off_policy = method.is_off_policy();
        for (name, found, belongs) in [
            ("passes", self.passes.is_some(), ppo),
            ("minibatches", self.minibatches.is_some(), ppo),
            ("clip", self.clip.is_some(), ppo),
            ("lambda", self.lambda.is_some(), actor_critic),
            ("estimator", self.estimator.is_some(), method.has_estimator()),
            ("batch", self.batch.is_some(), off_policy),
            ("replay", self.replay.is_some(), off_policy),
            ("target_rate", self.target_rate.is_some(), off_policy),
            ("lookahead", self.lookahead.is_some(), model),
        ] {
            if found != belongs {
                let problem = match belongs {
                    true => format!("{method} needs it"),
                    false => format!("{method} does not use it"),
                };
                return wrong(name, problem);
            }
        }
        let rollout = self.environments * self.horizon;
        if method.has_rollouts() && rollout > MOST_TRANSITIONS {
            let problem = format!(
                "expected at most {} with {}, found {}",
                counted((MOST_TRANSITIONS / self.environments) as u64, "step"),
                counted(self.environments as u64, "environment"),
                self.horizon
            );
            return wrong("horizon", problem);
        }
        // Advantages are scaled within a minibatch: a single one would become 0.
        if let Some(found) = self.minibatches
            && (found == 0 || !rollout.is_multiple_of(found) || rollout / found < 2)
        {
            let problem = format!(
                "expected a divisor of {rollout}, the transitions of a rollout, that leaves at least 2 in each, found \
                 {found}"
            );
            return wrong("minibatches", problem);
        }
        if let Some(found) = self.passes.filter(|passes| !(1..=1_000).contains(passes)) {
            return wrong("passes", format!("expected 1 to 1,000, found {found}"));
        }
        if let Some(found) = self.clip.filter(|clip| !(*clip > 0.0 && *clip < 1.0)) {
            return wrong("clip", format!("expected above 0 and below 1, found {}", number(found)));
        }
        if let Some(found) = self.lambda.filter(|lambda| !(0.0..=1.0).contains(lambda)) {
            return wrong("lambda", format!("expected 0 to 1, found {}", number(found)));
        }
        if let Some(found) = self.batch.filter(|n| !(1..=1_000_000).contains(n)) {
            return wrong("batch", format!("expected 1 to 1,000,000, found {found}"));
        }
        if let Some(found) = self.replay.filter(|n| !(1..=10_000_000).contains(n)) {
            return wrong("replay", format!("expected 1 to 10,000,000, found {found}"));
        }
        if let Some(found) = self.target_rate.filter(|share| !(*share > 0.0 && *share <= 1.0)) {
            return wrong(
                "target_rate",
                format!("expected above 0, up to 1, found {}", number(found)),
            );
        }
        if matches!(method, Method::Rloo | Method::Grpo) && self.environments < 2 {
            return wrong("environments", format!("{method} needs at least 2 episodes in a step"));
        }
        if let Some(found) = self.lookahead.filter(|n| !(1..=MOST_LOOKAHEAD).contains(n)) {
            return wrong("lookahead", format!("expected 1 to {MOST_LOOKAHEAD}, found {found}"));
        }
        if let Some(tau) = self.tau {
            check_schedule(tau)?;
        }
        self.check_estimator()
    }

    fn check_estimator(&self) -> Result<(), TrainError> {
        let Some(name) = self.estimator else {
            return match self.tau {
                Some(_) => {
                    Err(TrainError::setting("tau", format!("{} has no estimator", self.method)))
                }
                None => Ok(()),
            };
        };
        let wrong = |problem: String| Err(TrainError::setting("estimator", problem));
        let estimator = name.estimator();
        if estimator.is_for_bound() {
            return wrong(format!("{name} is for a bound of several samples"));
        }
        let k = self.env.actions();
        if !estimator
            .parameters(1, k, gumbel::Key::new(0), &burn::tensor::Device::flex())
            .is_empty()
        {
            return wrong(format!("{name} trains parameters of its own, which an agent has not"));
        }
        estimator
            .check(1, k)
            .map_err(|error| TrainError::setting("estimator", error.to_string()))?;
        let lookahead = self.lookahead.unwrap_or(1);
        if lookahead > 1 && (OWN_PASS.contains(&name) || estimator.evaluations(1, k) > 1) {
            let problem =
                format!("{name} evaluates the cost several times: it needs a lookahead of 1");
            return wrong(problem);
        }
        match (estimator.default_tau(), self.tau) {
            (Some(_), None) => Err(TrainError::setting("tau", format!("{name} needs it"))),
            (None, Some(_)) => {
                Err(TrainError::setting("tau", format!("{name} has no temperature")))
            }
            _ => Ok(()),
        }
    }
}
