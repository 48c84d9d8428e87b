//! The records of a run of `train policy`: `summary.json` and the rows of `metrics.csv`.

use gumbel_train::Health;
use serde::{Deserialize, Serialize};

/// `summary.json`: the result of a finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The return of the policy: in a maze exact, discounted, from the start; elsewhere the mean of 100 episodes.
    #[serde(rename = "return")]
    pub of_policy: f64,
    /// The return of the policy that always takes the most probable action.
    pub greedy_return: f64,
    /// The largest return that a policy can have; missing where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimal_return: Option<f64>,
    /// The return of the policy that takes each allowed action with the same probability; missing where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uniform_return: Option<f64>,
    /// The share of the way from the uniform policy to the best one that the greedy policy lacks; missing where it is not
    /// known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret: Option<f64>,
    /// The entropy of the policy in nats.
    pub entropy: f64,
    /// The number of environment steps of the training.
    pub environment_steps: u64,
    /// The number of steps of the training.
    pub steps: u64,
    /// The environment.
    pub env: String,
    /// The method, with its estimator if it has one.
    pub method: String,
    /// Problems of the training.
    #[serde(flatten)]
    pub health: Health,
}

impl gumbel_train::Summary for Summary {
    fn in_words(&self) -> String {
        match self.optimal_return {
            Some(best) => format!("return {:.4}, at best {best:.4}", self.of_policy),
            None => format!("return {:.1}", self.of_policy),
        }
    }

    fn health(&self) -> &Health {
        &self.health
    }
}

/// A row of `metrics.csv`: an evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricsRow {
    /// Evaluations done.
    pub epoch: u64,
    /// Steps of the training done.
    pub step: u64,
    /// Environment steps done.
    pub environment_steps: u64,
    /// The return of the policy.
    #[serde(rename = "return")]
    pub of_policy: f64,
    /// The return of the policy that always takes the most probable action.
    pub greedy_return: f64,
    /// The entropy of the policy in nats.
    pub entropy: f64,
    /// The mean undiscounted return of the last episodes of the training; empty before the first has ended.
    pub training_return: Option<f64>,
    /// The temperature of the estimator; empty without one.
    pub tau: Option<f64>,
    /// The policy in a maze, in thousandths: four numbers for each state, separated by spaces. Empty elsewhere.
    pub policy: String,
}

impl MetricsRow {
    /// The policy in a maze as a table, `[states, 4]`: probabilities that were rounded to thousandths.
    pub(super) fn policy_table(&self) -> Vec<f64> {
        let mut table: Vec<f64> =
            self.policy.split_whitespace().filter_map(|p| p.parse().ok()).collect();
        for row in table.chunks_mut(4) {
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|p| *p /= sum.max(1.0));
        }
        table
    }
}
