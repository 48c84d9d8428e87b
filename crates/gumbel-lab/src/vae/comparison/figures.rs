//! The pictures of a comparison: the bound of each estimator, and the curves laid over each other.

use std::path::Path;

use gumbel_files::output::write as write_file;
use gumbel_report::color::{
    BLUE, Color, FAINT, GREEN, INK, MUTED, ORANGE, PURPLE, RULE, SKY, VERMILION, thin,
};
use gumbel_report::{
    Anchor, Page, Panel, Picture, Rect, ReportError, Scale, Section, Sketch, Stroke, TEXT,
};
use gumbel_train::report::{settings_in_words, write_comparison};

use super::table::{HEAD, REFERENCE, Row, cells, gradient_cells, gradient_head};
use super::{Comparison, Finished};
use crate::comparison::{notes, place_names};
use crate::error::LabError;

/// The colours of the curves that are named: the best estimators, besides the reference.
const COLORS: [Color; 5] = [BLUE, GREEN, PURPLE, ORANGE, SKY];
/// The colour of the estimator that the others are compared with, in all pictures.
const REFERENCE_COLOR: Color = VERMILION;
/// A curve of at most so many points shows them.
const MARKED: usize = 10;
/// The curves begin after this share of the steps: before it they are far above.
const SKIPPED: f64 = 0.05;

/// Writes `bounds.png`, `curves.png`, `gradient.png` and `report.html`.
pub(super) fn write(
    comparison: &Comparison,
    rows: &[Row],
    finished: &[Finished],
    out: &Path,
) -> Result<(), LabError> {
    let (bounds, curves) = (bounds(rows)?, curves(rows, finished)?);
    write_file(&out.join("bounds.png"), &bounds.png()?)?;
    write_file(&out.join("curves.png"), &curves.png()?)?;
    let gradient = gradient(rows, finished)?;
    if let Some(gradient) = &gradient {
        write_file(&out.join("gradient.png"), &gradient.png()?)?;
    }
    let seeds = rows.iter().map(|row| row.seeds).max().unwrap_or(0);
    let mut sections = vec![
        Section {
            heading: "The estimators".to_owned(),
            caption: format!(
                "Bounds in nats an image with one-hot codes, means over {seeds} seeds with the standard error of \
                 the mean. The difference is taken seed by seed, on the same images. The time of a step is \
                 relative to gumbel-softmax, on this machine."
            ),
            alt: format!("a table of {} estimators", rows.len()),
            picture: Picture::Table {
                head: HEAD.map(str::to_owned).to_vec(),
                rows: rows.iter().map(|row| cells(row).to_vec()).collect(),
            },
        },
        Section {
            heading: "Test bound".to_owned(),
            caption: "The mean over the seeds, with two standard errors on each side. Seeds differ in their images, so the \
                      spread is not the error of a difference."
                .to_owned(),
            alt: "the test bound of each estimator".to_owned(),
            picture: Picture::Svg(bounds.svg()),
        },
        Section {
            heading: "Bound during the training".to_owned(),
            caption: "The bound on the validation images, the mean over the seeds. The best estimators are named, and \
                      gumbel-softmax, with which they are compared."
                .to_owned(),
            alt: "the validation bound over the steps".to_owned(),
            picture: Picture::Svg(curves.svg()),
        },
    ];
    if let Some(gradient) = gradient {
        sections.push(Section {
            heading: "Error of the gradient".to_owned(),
            caption: "The root of the mean squared error of one draw, relative to the norm of the gradient of the cost in \
                      the logits of 8 test images, at points of the training of seed 0. Each estimator is measured on \
                      the model that it trains, at its temperature of that step."
                .to_owned(),
            alt: "the error of a draw of the gradient over the steps".to_owned(),
            picture: Picture::Svg(gradient.svg()),
        });
        sections.push(Section {
            heading: "Bias and standard deviation of the gradient".to_owned(),
            caption: "The norm of the bias and the standard deviation of one draw at these points, both relative to the \
                      norm of the gradient. A bias that may be noise has its limit: three times what noise shows."
                .to_owned(),
            alt: "a table of the bias and the standard deviation of each estimator".to_owned(),
            picture: Picture::Table {
                head: gradient_head(finished),
                rows: gradient_cells(rows, finished),
            },
        });
    }
    let headline = rows
        .iter()
        .take(3)
        .map(|row| (row.estimator.clone(), format!("{:.2} nats", row.test_bound)));
    let page = Page {
        title: format!("Gradient estimators on {}", comparison.base.data),
        lead: "One autoencoder, trained with each estimator after the same search of temperature and learning \
               rate."
            .to_owned(),
        headline: headline.collect(),
        facts: settings_in_words(&comparison.base, None),
        sections,
    };
    let runs = || finished.iter().flat_map(|one| one.runs.iter().map(move |run| (one, run)));
    let odd = runs().flat_map(|(one, run)| {
        notes(&format!("{}, seed {}", one.variant, run.seed), &run.summary.health)
    });
    let folders = runs().map(|(_, run)| run.folder.as_path());
    Ok(write_comparison(page, out, folders, look_at(rows), odd.collect())?)
}

/// Sentences that lead through the tables.
fn look_at(rows: &[Row]) -> Vec<String> {
    let best = rows.iter().min_by(|a, b| a.test_bound.total_cmp(&b.test_bound));
    let best = best.map(|best| {
        format!("The lowest test bound is that of {}, {:.2} nats.", best.estimator, best.test_bound)
    });
    let table = "The estimators: judge by the difference, which is taken seed by seed on the same images, and by its \
                 standard error; the bounds of different seeds differ in their images.";
    best.into_iter().chain([table.to_owned()]).collect()
}

/// The range of some values, with a little room.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|x| x.is_finite());
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return (0.0, 1.0);
    }
    let room = (0.06 * (high - low)).max(0.05);
    (low - room, high + room)
}

/// The bounds: a line of the picture for each estimator, the best at the top.
fn bounds(rows: &[Row]) -> Result<Sketch, ReportError> {
    const ROW: f64 = 22.0;
    let height = 90.0 + ROW * rows.len() as f64;
    let mut sketch = Sketch::new("Test bound of each estimator", 760, height as u32);
    let ends = rows.iter().flat_map(|row| {
        let se = row.test_bound_se.unwrap_or(0.0);
        [row.test_bound - 2.0 * se, row.test_bound + 2.0 * se]
    });
    let (low, high) = range(ends);
    let area = Rect { left: 250.0, top: 20.0, right: 735.0, bottom: height - 60.0 };
    let y = Scale::linear(0.0, rows.len() as f64, 1.0)?.with_ticks::<&str>([]);
    let panel = Panel::new(area, Scale::linear(low, high, 6.0)?, y);
    panel.plain().x_label("test bound, nats an image: lower is better").axes(&mut sketch);
    for (i, row) in rows.iter().enumerate() {
        let y = (rows.len() - i) as f64 - 0.5;
        let (_, place) = panel.at((low, y));
        sketch.text(&row.estimator, (area.left - 10.0, place + 4.5), TEXT, INK, Anchor::End);
        panel.line(&mut sketch, [(low, y), (high, y)], Stroke::solid(FAINT));
        let se = row.test_bound_se.unwrap_or(0.0);
        let color = if row.estimator == REFERENCE { REFERENCE_COLOR } else { BLUE };
        let ends = [(row.test_bound - 2.0 * se, y), (row.test_bound + 2.0 * se, y)];
        panel.line(&mut sketch, ends, Stroke::solid(color).width(2.0));
        panel.points(&mut sketch, [(row.test_bound, y)], 4.5, color);
    }
    Ok(sketch)
}

/// The mean curve of an estimator over its seeds.
fn mean_curve(one: &Finished) -> Vec<(f64, f64)> {
    let n = one.runs.len() as f64;
    let length = one.runs.iter().map(|run| run.curve.len()).min().unwrap_or(0);
    let at = |i: usize| {
        let sum: f64 = one.runs.iter().map(|run| run.curve[i].1).sum();
        (one.runs[0].curve[i].0, sum / n)
    };
    (0..length).map(at).collect()
}

/// The curve of each estimator that has one, in the order of the rows.
type Curves<'a> = Vec<(&'a str, Vec<(f64, f64)>)>;

fn curves_of<'a>(
    rows: &'a [Row],
    finished: &[Finished],
    curve: impl Fn(&Finished) -> Vec<(f64, f64)>,
) -> Curves<'a> {
    let named = rows.iter().filter_map(|row| {
        let one = finished.iter().find(|one| one.variant.to_string() == row.estimator)?;
        Some((row.estimator.as_str(), curve(one)))
    });
    named.filter(|(_, curve)| !curve.is_empty()).collect()
}

fn last_step(all: &Curves<'_>) -> f64 {
    let last = all.iter().flat_map(|(_, curve)| curve.last()).map(|(step, _)| *step);
    last.fold(1.0, f64::max)
}

fn values<'a>(all: &'a Curves<'_>) -> impl Iterator<Item = f64> + 'a {
    all.iter().flat_map(|(_, curve)| curve).map(|(_, value)| *value)
}

/// The bound on the validation images.
fn curves(rows: &[Row], finished: &[Finished]) -> Result<Sketch, ReportError> {
    let mut all = curves_of(rows, finished, mean_curve);
    let last = last_step(&all);
    for (_, curve) in &mut all {
        curve.retain(|(step, bound)| *step >= SKIPPED * last && bound.is_finite());
    }
    let (low, high) = range(values(&all));
    let (x, y) = (Scale::linear(0.0, last, 5.0)?, Scale::linear(low, high, 6.0)?);
    Ok(lines("Validation bound during the training", "validation bound, nats", x, y, &all))
}

/// The error of a draw of the gradient; `None` if it was not measured.
fn gradient(rows: &[Row], finished: &[Finished]) -> Result<Option<Sketch>, ReportError> {
    let all = curves_of(rows, finished, |one| {
        let points = one.gradient.iter().map(|point| (point.step as f64, point.error));
        points.filter(|(_, error)| *error > 0.0 && error.is_finite()).collect()
    });
    if all.is_empty() {
        return Ok(None);
    }
    let (low, high) = values(&all)
        .fold((f64::INFINITY, 0.0_f64), |(low, high), error| (low.min(error), high.max(error)));
    let x = Scale::linear(0.0, last_step(&all), 5.0)?;
    let y = Scale::log(low / 1.3, high * 1.3)?;
    let label = "error of a draw / norm of the gradient";
    Ok(Some(lines("Error of the gradient during the training", label, x, y, &all)))
}

/// The colour of each curve in the order of the rows; `None` for grey.
fn colours(all: &Curves<'_>) -> Vec<Option<Color>> {
    let mut others = COLORS.into_iter();
    let colour = |name: &str| match name == REFERENCE {
        true => Some(REFERENCE_COLOR),
        false => others.next(),
    };
    all.iter().map(|(name, _)| *name).map(colour).collect()
}

/// Curves laid over each other: those of the best estimators and of the reference in colour with their names, the
/// others grey.
fn lines(title: &str, y_label: &str, x: Scale, y: Scale, all: &Curves<'_>) -> Sketch {
    let mut sketch = Sketch::new(title, 860, 480);
    let area = Rect { left: 70.0, top: 40.0, right: 600.0, bottom: 420.0 };
    let panel = Panel::new(area, x, y);
    panel.plain().x_label("step").y_label(y_label).axes(&mut sketch);
    let colours = colours(all);
    for ((_, curve), _) in all.iter().zip(&colours).filter(|(_, colour)| colour.is_none()) {
        panel.line(&mut sketch, curve.iter().copied(), Stroke::solid(thin(RULE, 0.6)));
    }
    let mut names: Vec<(f64, &str, Color)> = Vec::new();
    for ((name, curve), color) in all.iter().zip(&colours) {
        let Some(color) = *color else { continue };
        panel.line(&mut sketch, curve.iter().copied(), Stroke::solid(color).width(1.8));
        if curve.len() <= MARKED {
            panel.points(&mut sketch, curve.iter().copied(), 3.0, color);
        }
        let end = curve.last().map_or(area.bottom, |&end| panel.at(end).1);
        names.push((end, name, color));
    }
    place_names(&mut sketch, area, names);
    let others = colours.iter().filter(|colour| colour.is_none()).count();
    if others > 0 {
        let text = format!("grey: {others} others");
        sketch.text(text, (area.right + 10.0, area.top + 12.0), TEXT, MUTED, Anchor::Start);
    }
    sketch
}

#[cfg(test)]
mod tests {
    use super::*;

    /// It was grey where six others were better, and of another colour in the picture of the bounds.
    #[test]
    fn the_reference_is_never_grey_and_has_one_colour() {
        let names = ["relax", "rebar", "double-cv", "zgr", "disarm", "rloo", "muprop", REFERENCE];
        for place in 0..names.len() {
            let mut names = names;
            names[place..].rotate_right(1);
            let all: Curves<'_> = names.iter().map(|name| (*name, vec![(0.0, 1.0)])).collect();
            let colours = colours(&all);
            assert_eq!(colours[place], Some(REFERENCE_COLOR), "{names:?}");
            let named: Vec<Color> = colours.into_iter().flatten().collect();
            assert_eq!(named.len(), 1 + COLORS.len());
            assert_eq!(named.iter().filter(|colour| **colour == REFERENCE_COLOR).count(), 1);
        }
    }
}
