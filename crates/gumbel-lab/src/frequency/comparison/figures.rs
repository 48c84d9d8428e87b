//! The pictures of a comparison: accuracy against what is read of an image.

use std::path::Path;

use gumbel_report::canvas::{INK, RGBColor};
use gumbel_report::color::{BLACK, BLUE, GREEN, ORANGE, PURPLE, VERMILION, thin};
use gumbel_report::{
    Anchor, Page, Panel, Picture, Rect, ReportError, Scale, Section, Sketch, Stroke, TEXT,
};

use super::table::{Row, Words, accuracies, costs, left_out, meaning, pairs};
use super::{Comparison, Finished, Variant};
use crate::error::LabError;
use crate::frequency::pictures::channel_picture;
use crate::frequency::record::FrequencyRun;
use crate::run::write_file;

/// Writes `accuracy.png`, `bytes.png`, `channels.png` and `report.html`.
pub(super) fn write(
    comparison: &Comparison,
    rows: &[Row],
    runs: &[Finished],
    out: &Path,
) -> Result<(), LabError> {
    let mut sections = Vec::new();
    let save =
        |name: &str, sketch: &Sketch| write_file(&out.join(format!("{name}.png")), &sketch.png()?);
    let mut about = format!(
        "{} Differences are taken image by image, from the mean over the seeds.",
        meaning(runs)
    );
    if let Some(lines) = left_out(runs) {
        about += &format!(" Of every variant: {lines}");
    }
    let tables = [
        ("Accuracy", about.as_str(), accuracies(rows)),
        (
            "Pairs",
            "Differences on the same images, which is sharper than comparing two intervals.",
            pairs(runs),
        ),
        (
            "Sizes and costs",
            "Numbers read of an image relative to its pixels, the bytes that the channels read take of a \
             file's entropy-coded data, and the network. Images a second are those of this machine.",
            costs(rows),
        ),
    ];
    for (heading, caption, Words { head, rows }) in tables {
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
            "Choices of as many channels stand side by side. ",
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
            picture: Picture::Svg(sketch.svg()?),
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
            picture: Picture::Svg(sketch.svg()?),
        });
    }
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
        facts: crate::run::named(&comparison.base),
        sections,
    };
    write_file(&out.join("report.html"), page.html().as_bytes())
}

/// A row with its place on the x axis.
type Place<'a> = (f64, &'a Row);

fn points(rows: &[Row], x: fn(&Row) -> Option<f64>) -> Vec<Place<'_>> {
    rows.iter().filter_map(|row| Some((x(row)?, row))).collect()
}

/// The first word of a variant, what the legend calls it, and its colour.
const KINDS: [(&str, &str, RGBColor); 5] = [
    ("gate", "gates", VERMILION),
    ("learned", "learned by the gate", BLUE),
    ("low", "lowest frequencies", GREEN),
    ("random", "at random", PURPLE),
    ("all", "all", BLACK),
];

fn color_of(variant: &str) -> RGBColor {
    let kind = variant.split('-').next();
    KINDS.iter().find(|(name, _, _)| kind == Some(name)).map_or(BLACK, |(_, _, color)| *color)
}

/// Points of the drawing between two that would stand at one place.
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
    let room = (high - low).max(1.0) * 0.08;
    let right = points.iter().map(|(x, _)| *x).fold(1.0, f64::max);
    let left = points.iter().map(|(x, _)| *x).fold(right, f64::min).max(0.1);
    let (start, end) = (left / 1.3, right * 1.3);
    let mut sketch = Sketch::new(title, 820, 480);
    let area = Rect { left: 70.0, top: 40.0, right: 690.0, bottom: 420.0 };
    let panel = Panel::new(
        area,
        // A few channels more count where there are few.
        Scale::log(start, end)?.with_ticks(ticks(start, end)),
        Scale::linear(low - room, high + room, 6.0)?,
    );
    panel.plain().x_label(label).y_label("test accuracy, per cent").axes(&mut sketch);
    let mut names: Vec<(f64, String)> = Vec::new();
    for row in pixels {
        let y = percent(row.accuracy);
        let stroke = Stroke::dashed(ORANGE).width(1.5);
        panel.line(&mut sketch, [(start, y), (end, y)], stroke);
        names.push((panel.at((end, y)).1, row.variant.clone()));
    }
    // Names beside the area, apart from each other.
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
        // Points at one place stand side by side.
        let here = |(other, _): &&Place<'_>| (other / x - 1.0).abs() < 1e-6;
        let (before, all) =
            (points[..i].iter().filter(here).count(), points.iter().filter(here).count());
        let shift = SIDE_BY_SIDE * (before as f64 - 0.5 * (all as f64 - 1.0));
        let x = x * (end / start).powf(shift / (area.right - area.left));
        panel.error_bar(&mut sketch, x, ends, color);
        panel.points(&mut sketch, [(x, percent(row.accuracy))], 4.5, thin(color, 0.9));
    }
    let named = KINDS.into_iter().filter(|(kind, _, _)| {
        points.iter().any(|(_, row)| row.variant.split('-').next() == Some(kind))
    });
    for (i, (_, name, color)) in named.enumerate() {
        let at = (area.right - 140.0, area.bottom - 110.0 + 20.0 * i as f64);
        sketch.disc(at, 4.5, thin(color, 0.9));
        sketch.text(name, (at.0 + 12.0, at.1 + 4.5), TEXT, INK, Anchor::Start);
    }
    Ok(sketch)
}
