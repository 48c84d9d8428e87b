//! The curves of a training.

use gumbel_report::{LineChart, Series};
use gumbel_train::report::{Chart, Drawing};

use crate::policy::record::MetricsRow;

/// The curves over the environment steps, or over the steps of the training of a method that takes none. `known` is the
/// best return and that of uniform choices, `exact` whether the returns are those of a known model.
pub(super) fn charts(rows: &[MetricsRow], known: Option<(f64, f64)>, exact: bool) -> Vec<Chart> {
    let acts = rows.last().is_some_and(|row| row.environment_steps > 0);
    let at = |row: &MetricsRow| if acts { row.environment_steps as f64 } else { row.step as f64 };
    let series = |name: &str, value: fn(&MetricsRow) -> Option<f64>| Series {
        name: name.to_owned(),
        points: rows.iter().filter_map(|row| Some((at(row), value(row)?))).collect(),
    };
    // The last series is the one that the words for readers who see no picture tell of.
    let chart = |file, title: &str, y_label: &str, caption: String, series: Vec<Series>| Chart {
        file,
        alt: in_words(title, series.last()),
        caption,
        drawing: Drawing::Lines(LineChart {
            title: title.to_owned(),
            x_label: if acts { "steps of the environment" } else { "steps of the training" }
                .to_owned(),
            y_label: y_label.to_owned(),
            series,
        }),
    };
    // The curves cover the lines.
    let mut returns = Vec::new();
    if let (Some((best, uniform)), [first, .., last]) = (known, rows) {
        for (name, value) in [("best", best), ("uniform choices", uniform)] {
            let points = vec![(at(first), value), (at(last), value)];
            returns.push(Series { name: name.to_owned(), points });
        }
    }
    returns.push(series("its most probable actions", |row| Some(row.greedy_return)));
    returns.push(series("policy", |row| Some(row.of_policy)));
    let (y_label, kind) = match exact {
        true => ("discounted return", "The exact, discounted return from the start"),
        false => ("return", "The mean return of some episodes, not discounted"),
    };
    let caption = format!(
        "{kind}: of the policy, which chooses at random, and of its most probable actions. Higher is better."
    );
    let mut charts = vec![chart("return", "Return", y_label, caption, returns)];
    let of_training = series("", |row| row.training_return);
    if !of_training.points.is_empty() {
        let caption = "The mean return of the last 100 episodes of the training, each with the policy of its time. It \
                       is not discounted.";
        let title = "Return of the training's episodes";
        let curve = vec![of_training];
        charts.push(chart("training-return", title, "return", caption.to_owned(), curve));
    }
    let caption = "The mean entropy of the choice in a state: large for a policy that tries much, 0 for one that \
                   always takes the same action.";
    let entropy = vec![series("", |row| Some(row.entropy))];
    charts.push(chart("entropy", "Entropy of the policy", "nats", caption.to_owned(), entropy));
    let tau = series("", |row| row.tau);
    if tau.points.iter().any(|point| point.1 != tau.points[0].1) {
        let caption = "The temperature of the gradient estimator.".to_owned();
        charts.push(chart("temperature", "Temperature", "tau", caption, vec![tau]));
    }
    charts
}

/// From where to where a curve goes, for those who cannot see it.
fn in_words(title: &str, series: Option<&Series>) -> String {
    match series.map(|series| &series.points[..]) {
        Some([first, .., last]) => format!("{title}: from {:.4} to {:.4}", first.1, last.1),
        _ => title.to_owned(),
    }
}
