//! The pictures of a comparison: accuracy against channels and bytes read.

use std::path::Path;

use gumbel_files::output::write as write_file;
use gumbel_report::{Page, Picture, Section, Sketch};
use gumbel_train::report::{settings_in_words, write_comparison};

use super::pictures::{accuracy_picture, bytes_picture};
use super::table::{Row, TextTable, accuracies, costs, interval_note, pairs};
use super::{Comparison, Finished, Variant};
use crate::comparison::notes;
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
    let bars = "the mean test accuracy over the seeds, with a bar from the lowest to the highest.";
    let charts = [
        (
            "accuracy",
            "Accuracy of each variant",
            format!("A line for each variant: {bars} Dashed: all 192 channels."),
            Some(accuracy_picture(rows)?),
        ),
        (
            "bytes",
            "Accuracy against bytes",
            format!("A point for each choice of channels: {bars} Dashed: the networks on pixels."),
            bytes_picture(rows)?,
        ),
    ];
    for (file, title, caption, sketch) in charts {
        let Some(sketch) = sketch else { continue };
        save(file, &sketch)?;
        sections.push(Section {
            heading: title.to_owned(),
            caption,
            alt: format!("{title}, {} variants", rows.len()),
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
        ("pixels, strided layers", accuracy(Variant::Rgb(crate::frequency::Stem::Strided))),
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
        facts: settings_in_words(&comparison.base, None),
        sections,
    };
    let odd = runs.iter().flat_map(|run| {
        notes(&format!("{}, seed {}", run.variant.in_words(), run.seed), &run.summary.health)
    });
    let folders = runs.iter().map(|run| run.folder.as_path());
    Ok(write_comparison(page, out, folders, look_at(rows), odd.collect())?)
}

/// Sentences that lead through the tables.
fn look_at(rows: &[Row]) -> Vec<String> {
    let best = rows.iter().max_by(|a, b| a.accuracy.total_cmp(&b.accuracy));
    let best = best.map(|best| {
        let name = best.variant.parse().map_or_else(|_| best.variant.clone(), |v: Variant| v.in_words());
        let near = rows.iter().filter(|row| row.accuracy_high >= best.accuracy).count() - 1;
        format!(
            "The highest accuracy is that of \u{201c}{name}\u{201d}, {:.2} %; it is within the 95 % intervals of \
             {near} of the {} others.",
            100.0 * best.accuracy,
            rows.len() - 1
        )
    });
    let pairs = "Pairs: an interval of a difference that holds 0 shows no difference. These are more precise than the \
                 intervals of two accuracies, because the images are the same.";
    best.into_iter().chain([pairs.to_owned()]).collect()
}
