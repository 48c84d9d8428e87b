//! The report of a categorical code.

use gumbel_burn::estimator::Name;
use gumbel_files::names::counted;
use gumbel_report::Heatmap;
use gumbel_train::report::{Chart, Drawing, curves};

use super::CodeTexts;
use crate::vae::MetricsRow;
use crate::vae::advice::information;
use crate::vae::latents::Choices;

pub(super) fn texts(choices: Choices, estimator: &str) -> CodeTexts {
    let Choices { variables, classes } = choices;
    let (objective, meaning) = objective(estimator);
    CodeTexts {
        kind: "Categorical",
        lead: format!(
            "An autoencoder whose code is {} among {classes} classes, trained through \
             {estimator} and evaluated with codes discretised to one-hot.",
            counted(variables as u64, "choice")
        ),
        samples: "one-hot samples an image",
        code: "one-hot code",
        curves: [
            ("validation, one-hot", |row| Some(row.validation_bound)),
            ("training, one-hot", |row| Some(row.train_bound)),
            (objective, |row| Some(row.objective)),
        ],
        bounds: meaning,
    }
}

/// The name of the training objective, and what it is beside the two bounds.
fn objective(estimator: &str) -> (&'static str, &'static str) {
    match estimator.parse() {
        Ok(Name::GumbelSoftmax | Name::GumbelSparsemax) => (
            "training objective, relaxed",
            "Codes are discretised to one-hot for the two bounds. The training objective uses relaxed codes, so it \
             is not a bound.",
        ),
        Ok(Name::Vimco) => (
            "training objective, several samples",
            "The two bounds are those of one code drawn. The training objective is the tighter bound of several.",
        ),
        _ => (
            "training objective",
            "Codes are one-hot. The training objective is the bound too, from one draw, with weights that change in \
             the epoch.",
        ),
    }
}

/// The most rows or columns of a heat map.
const MAX_CELLS: usize = 256;

/// The use of the classes, `[v, k]`, reduced to a table that a heat map can show.
struct Usage {
    columns: usize,
    values: Vec<f64>,
    axes: (String, String),
    remark: String,
}

impl Usage {
    /// Keeps the first of many variables, and sums many classes over groups of neighbours.
    fn of(Choices { variables, classes }: Choices, usage: &[f64]) -> Self {
        let group = classes.div_ceil(MAX_CELLS);
        let rows = usage.chunks(classes).take(MAX_CELLS);
        let values = rows.flat_map(|row| row.chunks(group).map(|group| group.iter().sum()));
        let mut remark = String::new();
        let mut axes = ("class".to_owned(), "latent variable".to_owned());
        if group > 1 {
            axes.0 = format!("group of {group} classes");
            remark += &format!(" A column is the sum over {group} successive classes.");
        }
        if variables > MAX_CELLS {
            axes.1 = format!("latent variable, the first {MAX_CELLS}");
            remark += &format!(" Shown are the first {MAX_CELLS} variables.");
        }
        Self { columns: classes.div_ceil(group), values: values.collect(), axes, remark }
    }
}

/// Charts of the entropy and the use of the classes.
pub(super) fn charts(
    choices: Choices,
    (usage, entropies): (&[f64], &[f64]),
    metrics: &[MetricsRow],
) -> Vec<Chart> {
    let Choices { variables, classes } = choices;
    let said = information(classes, usage, entropies);
    let least = said.iter().copied().fold(f64::INFINITY, f64::min).min(classes as f64);
    let most = said.iter().copied().fold(0.0, f64::max);
    let Usage { columns, values, axes, remark } = Usage::of(choices, usage);
    let usage = Heatmap {
        title: "Use of the classes".to_owned(),
        x_label: axes.0,
        y_label: axes.1,
        columns,
        first_row: 0,
        values,
    };
    vec![
        Chart {
            file: "entropy",
            alt: "the mean entropy of a latent variable after each epoch".to_owned(),
            caption: format!(
                "How uncertain the encoder is about a latent variable, given the image: from 0 \
                 (certain) to ln {classes} = {:.2} (uniform). Validation images.",
                (classes as f64).ln()
            ),
            drawing: curves(
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
                 is drawn over the test images. What a variable says about the image is the entropy of its \
                 row less its mean entropy given the image: here from {least:.2} to {most:.2} nats.{remark}"
            ),
            drawing: Drawing::Cells(usage),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A heat map has at most 256 rows and columns; the charts of any code can be drawn.
    #[test]
    fn the_use_of_any_number_of_classes_is_drawn() {
        for name in
            ["1x2", "1x256", "1x257", "1x1000", "1000x2", "300x300", "1x1000000", "500000x2"]
        {
            let Ok(crate::vae::Latents::Categorical(choices)) = name.parse() else {
                panic!("{name}")
            };
            let even = vec![1.0 / choices.classes as f64; choices.variables * choices.classes];
            let drawn = Usage::of(choices, &even);
            for row in drawn.values.chunks(drawn.columns) {
                assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{name}");
            }
            let cut = choices.variables > 256 || choices.classes > 256;
            assert_eq!(drawn.remark.is_empty(), !cut, "{name}");
            let entropies = vec![0.1; choices.variables];
            for chart in charts(choices, (&even, &entropies), &[]) {
                assert!(chart.drawing.png().is_ok(), "{name}: {}", chart.file);
                chart.section().unwrap();
            }
        }
    }
}
