//! Whether a training came to anything: what its figures alone do not say.

use serde::{Deserialize, Serialize};

/// A training whose objective is so many times that of fresh weights, and a nat more, has diverged.
const FAR: f64 = 2.0;
/// Names in a line.
const NAMED: usize = 3;

/// What is wrong with a training that ended. Of a good one nothing is.
///
/// It is a part of `summary.json`, and nothing is written there for a good one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The weights are worse than fresh ones, by far: the objective of both, over the first 250 training
    /// images with the noise of the last step. It is no figure of `metrics.csv`, which holds means over
    /// epochs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diverged: Option<String>,
    /// What makes the result worth less than it looks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Health {
    /// Compares the mean objective of the weights at the end with that of fresh ones, for the same
    /// examples, the first so many, and the same noise and step.
    pub(crate) fn of_objectives(fresh: f64, ended: f64, examples: usize) -> Self {
        let far = ended > FAR * fresh + 1.0;
        let diverged = far.then(|| {
            // Curves show means over an epoch: this is another figure, and says which.
            let of = match examples {
                1 => "training image".to_owned(),
                n => format!("{n} training images"),
            };
            format!(
                "the objective of the first {of}, at the end, is {} nats an image, and that of fresh \
                 weights is {}",
                short(ended),
                short(fresh)
            )
        });
        Self { diverged, warnings: Vec::new() }
    }

    /// Remembers the parameters that no gradient reaches, and those whose gradients f32 cannot hold.
    pub(crate) fn add_gradients(&mut self, none: &[String], too_large: &[String], all: usize) {
        if none.len() == all {
            self.warnings.push("no gradient reaches any weight: nothing is learned".to_owned());
        } else if !none.is_empty() {
            self.warnings.push(format!("no gradient reaches {}", listed(none)));
        }
        if !too_large.is_empty() {
            let names = listed(too_large);
            self.warnings
                .push(format!("gradients are too large for f32, so nothing moves {names}"));
        }
    }

    /// The whole in sentences, for a page; nothing for a good training.
    pub(crate) fn in_words(&self) -> String {
        let diverged = self.diverged.iter().map(|what| format!("This training diverged: {what}. "));
        let warnings = self.warnings.iter().map(|what| format!("Warning: {what}. "));
        diverged.chain(warnings).collect()
    }
}

/// A figure with two decimals, or with an exponent where that would be long.
fn short(figure: f64) -> String {
    if figure.abs() < 1e6 { format!("{figure:.2}") } else { format!("{figure:.2e}") }
}

/// Two figures with as many decimals as tell them apart, two at least.
pub(crate) fn apart(a: f64, b: f64) -> [String; 2] {
    let with = |decimals: usize| [a, b].map(|x| format!("{x:.decimals$}"));
    (2..9).map(with).find(|[a, b]| a != b).unwrap_or_else(|| with(2))
}

fn listed(names: &[String]) -> String {
    let first = names[..names.len().min(NAMED)].join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_far_above_that_of_fresh_weights_is_a_divergence() {
        assert_eq!(Health::of_objectives(30.0, 23.0, 250), Health::default());
        assert_eq!(Health::of_objectives(30.0, 60.9, 250), Health::default());
        // A loss near 0 may double.
        assert_eq!(Health::of_objectives(0.001, 0.9, 250), Health::default());
        let wild = Health::of_objectives(31.25, 1.9e11, 250).diverged.unwrap();
        assert!(wild.contains("1.90e11") && wild.contains("31.25"), "{wild}");
        assert!(wild.starts_with("the objective of the first 250 training images, at the end,"));
        let one = Health::of_objectives(1.0, 9.0, 1).diverged.unwrap();
        assert!(one.contains("the first training image, at the end"), "{one}");
    }

    /// "27.09 nats is not below 27.09" says nothing.
    #[test]
    fn two_figures_are_told_apart() {
        assert_eq!(apart(27.0934, 27.0911), ["27.093", "27.091"]);
        assert_eq!(apart(30.0, 20.0), ["30.00", "20.00"]);
        assert_eq!(apart(1.0, 1.0), ["1.00", "1.00"]);
    }

    #[test]
    fn weights_that_nothing_moves_are_named() {
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
