//! The health of a training: what its figures alone do not show.

use gumbel_files::names::counted;
use serde::{Deserialize, Serialize};

/// The most names that a line lists.
const NAMES: usize = 3;

/// The problems of a finished training, and advice for the next one. All fields are empty for a good training.
///
/// They are a part of `summary.json`; a good training adds nothing there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The reason why the training counts as diverged: its final weights are far worse than the initial ones.
    /// The text names the objective of both in the last steps. These are not the figures of `metrics.csv`,
    /// which are means over epochs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diverged: Option<String>,
    /// Reasons why the result is worth less than it looks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// What is odd about the course of the training, each with what to do about it: see
    /// [`report::advice`](crate::report::advice).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advice: Vec<String>,
}

impl Health {
    /// Compares the mean objectives of the initial and of the final weights in the last steps, each with the
    /// number of its examples.
    pub(crate) fn from_objectives(
        (initial, _): (f64, usize),
        (last, examples): (f64, usize),
    ) -> Self {
        // More than twice the initial objective plus a nat, for objectives that may also be negative.
        let diverged = (last - initial > initial.abs() + 1.0).then(|| {
            // The curves show means over an epoch. This is another figure, so the text says which.
            format!(
                "the objective of the last {}, at the end, is {} for each example, and that of the initial \
                 weights is {}",
                counted(examples as u64, "training example"),
                short(last),
                short(initial)
            )
        });
        Self { diverged, ..Self::default() }
    }

    /// Adds warnings for the parameters that no gradient reaches, and for those whose gradients are too
    /// large for f32. `all` is the number of trained parameters.
    pub(crate) fn add_gradients(&mut self, none: &[String], too_large: &[String], all: usize) {
        if none.len() == all {
            self.warnings.push("no gradient reaches any weight: nothing is learned".to_owned());
        } else if !none.is_empty() {
            self.warnings.push(format!("no gradient reaches {}", list_names(none)));
        }
        if !too_large.is_empty() {
            let names = list_names(too_large);
            self.warnings
                .push(format!("gradients are too large for f32, so nothing moves {names}"));
        }
    }

    /// All problems in sentences, for a report; empty for a good training.
    pub fn in_words(&self) -> String {
        let diverged = self.diverged.iter().map(|what| format!("This training diverged: {what}. "));
        let warnings = self.warnings.iter().map(|what| format!("Warning: {what}. "));
        diverged.chain(warnings).collect()
    }
}

/// A figure with two decimals, or with an exponent from 1e6 on.
pub fn short(figure: f64) -> String {
    if figure.abs() < 1e6 { format!("{figure:.2}") } else { format!("{figure:.2e}") }
}

/// Two figures with enough decimals to differ, at least two.
pub fn figures_that_differ(a: f64, b: f64) -> [String; 2] {
    let with = |decimals: usize| [a, b].map(|x| format!("{x:.decimals$}"));
    (2..9).map(with).find(|[a, b]| a != b).unwrap_or_else(|| with(2))
}

fn list_names(names: &[String]) -> String {
    let first = names[..names.len().min(NAMES)].join(", ");
    match names.len().saturating_sub(NAMES) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_far_above_that_of_the_initial_weights_is_a_divergence() {
        let of = |initial, last, examples| {
            Health::from_objectives((initial, examples), (last, examples))
        };
        assert_eq!(of(30.0, 23.0, 250), Health::default());
        assert_eq!(of(30.0, 60.9, 250), Health::default());
        // An objective may be negative: the log-density of a continuous variable, the return of a policy.
        assert_eq!(of(-5.0, -8.0, 250), Health::default());
        assert!(of(-5.0, 3.0, 250).diverged.is_some());
        // A loss near 0 may double.
        assert_eq!(of(0.001, 0.9, 250), Health::default());
        let wild = of(31.25, 1.9e11, 250).diverged.unwrap();
        assert!(wild.contains("1.90e11") && wild.contains("31.25"), "{wild}");
        assert!(wild.starts_with("the objective of the last 250 training examples, at the end,"));
        let one = of(1.0, 9.0, 1).diverged.unwrap();
        assert!(one.contains("the last 1 training example, at the end"), "{one}");
    }

    /// "27.09 nats is not below 27.09" helps nobody.
    #[test]
    fn two_different_figures_are_written_differently() {
        assert_eq!(figures_that_differ(27.0934, 27.0911), ["27.093", "27.091"]);
        assert_eq!(figures_that_differ(30.0, 20.0), ["30.00", "20.00"]);
        assert_eq!(figures_that_differ(1.0, 1.0), ["1.00", "1.00"]);
    }

    #[test]
    fn weights_without_a_gradient_are_named() {
        let names = |n: usize| (0..n).map(|i| format!("layer{i}")).collect::<Vec<_>>();
        let mut health = Health::default();
        health.add_gradients(&[], &[], 9);
        assert_eq!((health.in_words(), health.clone()), (String::new(), Health::default()));
        health.add_gradients(&names(5), &names(1), 9);
        health.add_gradients(&names(9), &[], 9);
        let words = health.in_words();
        for part in ["reaches layer0, layer1, layer2 and 2 more.", "for f32", "any weight"] {
            assert!(words.contains(part), "{words}");
        }
    }

    #[test]
    fn a_good_training_writes_nothing() {
        assert_eq!(serde_json::to_string(&Health::default()).unwrap(), "{}");
        assert_eq!(serde_json::from_str::<Health>("{}").unwrap(), Health::default());
    }
}
