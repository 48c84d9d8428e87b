//! What the report says of a categorical code.

use gumbel_report::Heatmap;

use super::Story;
use crate::figure::{Chart, Drawing, curve};
use crate::vae::MetricsRow;
use crate::vae::latents::Choices;

pub(super) fn story(choices: Choices, estimator: &str) -> Story {
    let Choices { variables, classes } = choices;
    Story {
        kind: "Categorical",
        lead: format!(
            "An autoencoder whose code is {variables} choices among {classes} classes, trained \
             through {estimator} and evaluated with codes discretised to one-hot."
        ),
        samples: "one-hot samples an image",
        code: "one-hot code",
        curves: [
            ("validation, one-hot", |row| Some(row.validation_bound)),
            ("training, one-hot", |row| Some(row.train_bound)),
            ("training objective, relaxed", |row| Some(row.objective)),
        ],
        bounds: "Codes are discretised to one-hot for the two bounds. The training objective uses \
                 relaxed codes, so it is not a bound.",
    }
}

/// Temperature, entropy, and the use of the classes.
pub(super) fn charts(choices: Choices, usage: &[f64], metrics: &[MetricsRow]) -> Vec<Chart> {
    let Choices { variables, classes } = choices;
    let usage = Heatmap {
        title: "Use of the classes".to_owned(),
        x_label: "class".to_owned(),
        y_label: "latent variable".to_owned(),
        columns: classes,
        values: usage.to_vec(),
    };
    vec![
        Chart {
            file: "temperature",
            alt: "the temperature after each epoch".to_owned(),
            caption: "The temperature tau of the relaxation at the last step of each epoch."
                .to_owned(),
            drawing: curve(
                "Temperature",
                "tau",
                metrics,
                |row| row.epoch,
                &[("temperature", |row| row.tau)],
            ),
        },
        Chart {
            file: "entropy",
            alt: "the mean entropy of a latent variable after each epoch".to_owned(),
            caption: format!(
                "How undecided the encoder is about a latent variable, given the image: from 0 \
                 (certain) to ln {classes} = {:.2} (no idea). Validation images.",
                (classes as f64).ln()
            ),
            drawing: curve(
                "Entropy of the codes",
                "nats a variable",
                metrics,
                |row| row.epoch,
                &[("mean entropy of q(z | x)", |row| row.entropy)],
            ),
        },
        Chart {
            file: "usage",
            alt: format!("a heat map of {variables} variables by {classes} classes"),
            caption: format!(
                "How often each of the {classes} classes of each of the {variables} latent variables \
                 is drawn over the test images. A row with one dark cell is a variable that is not \
                 used."
            ),
            drawing: Drawing::Cells(usage),
        },
    ]
}
