//! The pictures of a comparison: accuracy against channels and bytes read.

use std::path::Path;

use gumbel_files::output::write as write_file;
use gumbel_report::color::{BLACK, BLUE, Color, GREEN, INK, ORANGE, PURPLE, VERMILION, thin};
use gumbel_report::{
    Anchor, Page, Panel, Picture, Rect, ReportError, Scale, Section, Sketch, Stroke, TEXT,
};

use super::table::{Row, TextTable, accuracies, costs, interval_note, pairs};
use super::{Comparison, Finished, Variant};
use crate::error::LabError;
use crate::frequency::pictures::{channel_picture, left_out_section};
use crate::frequency::run::FrequencyRun;

/// Writes `accuracy.png`, `bytes.png`, `channels.png` and `report.html`.
pub(super) fn write(
    comparison: &Comparison,
    rows: &[Row],
    runs: &[Finished],
    out: &Path,
) -> Result<(), LabError> {
    let mut sections = Vec::new();
    let save = |name: &str, sketch: &Sketch| -> Result<(), LabError> {
        Ok(write_file(&out.join(format!("{name}.png")), &sketch.png()?)?)
    };
    let about = format!(
        "{} Differences are taken image by image, from the mean over the seeds.",
        interval_note(runs)
    );
    let tables = [
        ("Accuracy", about.as_str(), accuracies(rows)),
        (
            "Pairs",
            "Differences on the same images, which are more precise than comparing two intervals.",
            pairs(runs),
        ),
        (
            "Sizes and costs",
            "Numbers read of an image relative to its pixels, the entropy-coded bytes of the \
             channels read, and the size of the network. Images a second were measured on this machine.",
            costs(rows),
        ),
    ];
    for (heading, caption, TextTable { head, rows }) in tables {
        sections.push(Section {
            heading: heading.to_owned(),
            caption: caption.to_owned(),
            alt: format!("{heading}, a table of {} rows", rows.len()),
            picture: Picture::Table { head, rows },
        });
    }
    let charts = [
        (
            "accuracy",
            "Accuracy against channels",
            "channels read of an image",
            "Choices of equally many channels are drawn side by side. ",
            points(rows, |row| row.channels),
        ),
        (
            "bytes",
            "Accuracy against bytes",
            "entropy-coded bytes of an image that are read",
            "",
            points(rows, |row| row.coded_bytes),
        ),
    ];
    for (file, title, label, note, points) in charts {
        if points.is_empty() {
            continue;
        }
        let sketch = scatter(title, label, &points, rows)?;
        save(file, &sketch)?;
        sections.push(Section {
            heading: title.to_owned(),
            caption: format!(
                "A point for each choice of channels: the mean test accuracy over the seeds, with a bar \
                 from the lowest to the highest. {note}Dashed: the networks on pixels."
            ),
            alt: format!("{title}, {} points", points.len()),
            picture: Picture::Svg(sketch.svg()),
        });
    }
    if let Some(gate) = runs.iter().find(|run| run.variant == Variant::Gate) {
        let table = FrequencyRun::open(&gate.folder)?.channel_table()?;
        let sketch = channel_picture(&table, None);
        save("channels", &sketch)?;
        sections.push(Section {
            heading: "How often the gate keeps each channel".to_owned(),
            caption: format!(
                "The share of the validation images for which each channel is kept, seed {}.",
                gate.seed
            ),
            alt: "three tables of 8 by 8 cells".to_owned(),
            picture: Picture::Svg(sketch.svg()),
        });
    }
    let files = runs.first().map_or(&[][..], |run| &run.left_out);
    let why =
        "Files of the folder that could not be read: no variant was trained or tested on them.";
    sections.extend(left_out_section(files, why));
    let accuracy = |variant: Variant| {
        rows.iter().find(|row| row.variant == variant.to_string()).map(|row| row.accuracy)
    };
    let headline = [
        ("all 192 channels", accuracy(Variant::All)),
        ("24 learned", accuracy(Variant::Learned(24))),
        ("48 learned", accuracy(Variant::Learned(48))),
        ("pixels, strided", accuracy(Variant::Rgb(crate::frequency::Stem::Strided))),
    ];
    let headline = headline.into_iter().filter_map(|(label, accuracy)| {
        Some((label.to_owned(), format!("{:.1} %", 100.0 * accuracy?)))
    });
    let name = runs.first().map_or("", |run| run.summary.data.as_str());
    let page = Page {
        title: format!("Choosing frequency channels of {name}"),
        lead: "One network, trained on different choices of the 192 frequency channels of JPEGs, and on \
               their pixels."
            .to_owned(),
        headline: headline.collect(),
        facts: gumbel_train::settings_as_text(&comparison.base),
        sections,
    };
    Ok(write_file(&out.join("report.html"), page.html().as_bytes())?)
}

/// A row with its value on the x axis.
type Place<'a> = (f64, &'a Row);

fn points(rows: &[Row], x: fn(&Row) -> Option<f64>) -> Vec<Place<'_>> {
    rows.iter().filter_map(|row| Some((x(row)?, row))).collect()
}

/// The first word of a variant, its name in the legend, and its colour.
const KINDS: [(&str, &str, Color); 5] = [
    ("gate", "gates", VERMILION),
    ("learned", "learned by the gate", BLUE),
    ("low", "lowest frequencies", GREEN),
    ("random", "at random", PURPLE),
    ("all", "all 192 channels", BLACK),
];

fn color_of(variant: &str) -> Color {
    let kind = variant.split('-').next();
    KINDS.iter().find(|(name, _, _)| kind == Some(name)).map_or(BLACK, |(_, _, color)| *color)
}

/// The distance in pixels between the centres of points that have one x value.
const SIDE_BY_SIDE: f64 = 5.0;

/// Round numbers along a logarithmic axis.
fn ticks(start: f64, end: f64) -> Vec<(f64, String)> {
    let digits: &[f64] =
        if end / start > 12.0 { &[1.0, 2.0, 5.0] } else { &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0] };
    (0..=8)
        .flat_map(|power| digits.iter().map(move |digit| digit * 10_f64.powi(power)))
        .filter(|tick| (start..=end).contains(tick))
        .map(|tick| (tick, tick.to_string()))
        .collect()
}

fn scatter(
    title: &str,
    label: &str,
    points: &[Place<'_>],
    rows: &[Row],
) -> Result<Sketch, ReportError> {
    let percent = |x: f64| 100.0 * x;
    let pixels: Vec<&Row> = rows.iter().filter(|row| row.channels.is_none()).collect();
    let ends = |of: fn(&Row) -> f64| rows.iter().map(move |row| percent(of(row)));
    let low = ends(|row| row.lowest).fold(f64::INFINITY, f64::min);
    let high = ends(|row| row.highest).fold(f64::NEG_INFINITY, f64::max);
    let right = points.iter().map(|(x, _)| *x).fold(1.0, f64::max);
    let left = points.iter().map(|(x, _)| *x).fold(right, f64::min).max(0.1);
    let (start, end) = (left / 1.3, right * 1.3);
    let mut sketch = Sketch::new(title, 820, 500);
    let area = Rect { left: 70.0, top: 66.0, right: 690.0, bottom: 440.0 };
    let (floor, top) = accuracy_range(low, high);
    let panel = Panel::new(
        area,
        // Logarithmic: a few more channels matter where there are few.
        Scale::log(start, end)?.with_ticks(ticks(start, end)),
        Scale::linear(floor, top, 6.0)?,
    );
    panel.plain().x_label(label).y_label("test accuracy, per cent").axes(&mut sketch);
    let mut names: Vec<(f64, String)> = Vec::new();
    for row in pixels {
        let y = percent(row.accuracy);
        let stroke = Stroke::dashed(ORANGE).width(1.5);
        panel.line(&mut sketch, [(start, y), (end, y)], stroke);
        names.push((panel.at((end, y)).1, row.variant.clone()));
    }
    // Names to the right of the area, moved apart from each other.
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut last = f64::NEG_INFINITY;
    for (y, name) in names {
        let y = y.max(last + 14.0);
        last = y;
        sketch.text(name, (area.right + 8.0, y + 4.0), TEXT, INK, Anchor::Start);
    }
    for (i, (x, row)) in points.iter().enumerate() {
        let color = color_of(&row.variant);
        let ends = (percent(row.lowest), percent(row.highest));
        // Points with one x value are drawn side by side.
        let here = |(other, _): &&Place<'_>| (other / x - 1.0).abs() < 1e-6;
        let (before, all) =
            (points[..i].iter().filter(here).count(), points.iter().filter(here).count());
        let shift = SIDE_BY_SIDE * (before as f64 - 0.5 * (all as f64 - 1.0));
        let x = x * (end / start).powf(shift / (area.right - area.left));
        panel.error_bar(&mut sketch, x, ends, color);
        panel.points(&mut sketch, [(x, percent(row.accuracy))], 4.5, thin(color, 0.9));
    }
    legend(&mut sketch, points, area.left);
    Ok(sketch)
}

/// The range of an axis of accuracies in per cent: some room around them, and at least five points, so that
/// hundredths of a point do not look like a difference.
fn accuracy_range(low: f64, high: f64) -> (f64, f64) {
    let room = (0.08 * (high - low)).max(0.5 * (5.0 - (high - low)));
    let (low, high) = (low - room, high + room);
    // At most one point below 0 or above 100, unless the range needs more.
    let shift = (high - 101.0).max(0.0) - (-1.0 - low).max(0.0);
    if high - low > 102.0 { (low, high) } else { (low - shift, high - shift) }
}

/// Draws the kinds of points in a row above the axes.
fn legend(sketch: &mut Sketch, points: &[Place<'_>], left: f64) {
    let named = KINDS.into_iter().filter(|(kind, _, _)| {
        points.iter().any(|(_, row)| row.variant.split('-').next() == Some(kind))
    });
    let mut x = left + 5.0;
    for (_, name, color) in named {
        sketch.disc((x, 20.0), 4.5, thin(color, 0.9));
        sketch.text(name, (x + 12.0, 24.5), TEXT, INK, Anchor::Start);
        x = sketch.texts().last().map_or(x, |text| text.to.0) + 26.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(variant: &str, accuracy: f64, channels: Option<f64>) -> Row {
        Row {
            variant: variant.to_owned(),
            seeds: 1,
            accuracy,
            accuracy_se: 0.0,
            accuracy_low: accuracy,
            accuracy_high: accuracy,
            lowest: accuracy,
            highest: accuracy,
            channels,
            input_size: 1.0,
            coded_bytes: channels,
            coded_share: None,
            difference: None,
            difference_se: None,
            difference_low: None,
            difference_high: None,
            parameters: 1,
            mflop: 1.0,
            images_per_second: 1.0,
        }
    }

    /// The legend was drawn among the points, with the same dots, and its longest name left the axes.
    #[test]
    fn the_legend_is_outside_the_axes() {
        let all = [
            row("gate", 0.9, Some(40.0)),
            row("all", 0.95, Some(192.0)),
            row("learned-24", 0.8, Some(24.0)),
            row("low-24", 0.7, Some(24.0)),
            row("random-24-0", 0.6, Some(24.0)),
            row("rgb-strided", 0.85, None),
            row("rgb-patch", 0.85, None),
        ];
        for rows in [&all[..], &all[1..2], &all[5..], &all[2..3]] {
            let points = points(rows, |row| row.channels);
            let sketch = scatter("t", "x", &points, rows).unwrap();
            let texts = sketch.texts();
            for (i, a) in texts.iter().enumerate() {
                assert!(texts[..i].iter().all(|b| !a.overlaps(b)), "{a:?}");
                assert!(a.from.0 >= 0.0 && a.to.0 <= 820.0 && a.to.1 <= 500.0, "{a:?}");
            }
            for (_, name, _) in KINDS {
                let boxes: Vec<_> = texts.iter().filter(|text| text.text == name).collect();
                assert!(boxes.len() <= 1 && boxes.iter().all(|text| text.to.1 < 46.0), "{name}");
            }
            // Inside the axes there are as many dots as points.
            let svg = sketch.svg();
            let dots = svg.split("<circle ").skip(1).filter(|dot| {
                let y = dot.split("cy=\"").nth(1).unwrap().split('"').next().unwrap();
                y.parse::<f64>().unwrap() > 46.0
            });
            assert_eq!(dots.count(), points.len());
        }
    }

    /// With one accuracy alone, the axis ran from 49.92 to 50.08.
    #[test]
    fn an_axis_of_accuracies_is_five_points_long_at_the_least() {
        assert_eq!(accuracy_range(50.0, 50.0), (47.5, 52.5));
        assert_eq!(accuracy_range(100.0, 100.0), (96.0, 101.0));
        assert_eq!(accuracy_range(0.0, 0.0), (-1.0, 4.0));
        assert_eq!(accuracy_range(50.0, 75.0), (48.0, 77.0));
        for (low, high) in [(0.0, 100.0), (1.0, 100.0), (0.0, 3.0), (97.0, 99.5)] {
            let (floor, top) = accuracy_range(low, high);
            assert!(floor < low && top > high && top - floor >= 5.0, "{floor} {top}");
        }
    }
}
