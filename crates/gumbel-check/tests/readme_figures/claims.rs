//! The figures of README.md that are the value of a cell, or the least and the largest of some cells: each is held
//! against these cells alone.

use std::rc::Rc;

use crate::sources::Document;
use crate::text::{Block, Number, blocks, cells, numbers, without_links};

/// Cells of a table of a document: of the rows that begin with `row` (one that ends with `*`: more than one), in
/// the columns, of each cell the part between commas.
#[derive(Clone, Copy)]
struct Cells {
    document: &'static str,
    heading: &'static str,
    row: &'static str,
    columns: &'static [&'static str],
    part: usize,
}

const fn cell(
    document: &'static str,
    heading: &'static str,
    row: &'static str,
    columns: &'static [&'static str],
) -> Cells {
    Cells { document, heading, row, columns, part: 0 }
}

const fn processors(row: &'static str, part: usize) -> Cells {
    let columns = &["Zen 4", "Sapphire Rapids", "Zen 5"];
    Cells { part, ..cell("docs/performance.md", "On other processors", row, columns) }
}

const NOISE: &str = "Gumbel noise, f32";
const TENS: &str = "Gumbel-Softmax, rows of 10";
const THOUSANDS: &str = "Gumbel-Softmax, rows of 1,024";
const DRAWS: &str = "exact categorical draws, rows of 131,072, 256 MiB or more";
const SAMPLE: &str = "1,000 of 10 million without replacement";
const SAMPLE_JAX: &str = "1,000 of 10 million without replacement | JAX jit choice";
const MKL: &str = "Gumbel noise, f32: MKL through mkl_random (f64, minima, one thread)";
const COMPILED: &str = "rows of 32, rows of 1,024: PyTorch, torch.compile";

/// The cells of the table of "Speed": row, column, and the cells whose least and largest value it states.
const SPEED: [(&str, &str, Cells); 14] = [
    (NOISE, "PyTorch", processors("Gumbel noise, f32: PyTorch -empty.exponential_().log()", 0)),
    (NOISE, "JAX", processors("Gumbel noise, f32: JAX jit", 0)),
    (NOISE, "others", processors(MKL, 0)),
    (TENS, "PyTorch", processors("rows of 10: PyTorch, JAX jit", 0)),
    (TENS, "JAX", processors("rows of 10: PyTorch, JAX jit", 1)),
    (THOUSANDS, "PyTorch", processors("rows of 1,024: PyTorch, JAX jit", 0)),
    (THOUSANDS, "JAX", processors("rows of 1,024: PyTorch, JAX jit", 1)),
    (THOUSANDS, "others", processors(COMPILED, 1)),
    (DRAWS, "PyTorch", processors("categorical, rows of 131,072: PyTorch, JAX jit", 0)),
    (DRAWS, "JAX", processors("categorical, rows of 131,072: PyTorch, JAX jit", 1)),
    (DRAWS, "others", processors("categorical, rows of 131,072: one read of the logits", 0)),
    (SAMPLE, "PyTorch", processors("1,000 of 10 million without replacement: PyTorch, NumPy", 0)),
    (SAMPLE, "JAX", cell("docs/performance.md", "Performance", SAMPLE_JAX, &["ratio"])),
    (SAMPLE, "others", processors("1,000 of 10 million without replacement: PyTorch, NumPy", 1)),
];

const RESULTS: &str = "docs/results.md";
const EXACT: &str = "Estimators against the exact gradient";

/// The columns of the table of "Estimators", and the cells of the row of the same name.
const ESTIMATORS: [(&str, &[Cells]); 4] = [
    (
        "bias",
        &[
            cell(RESULTS, EXACT, "", &["bias, `net-3x4`"]),
            cell(RESULTS, EXACT, "", &["bias, `skewed-1x10`"]),
        ],
    ),
    (
        "noise",
        &[
            cell(RESULTS, EXACT, "", &["noise, `net-3x4`"]),
            cell(RESULTS, EXACT, "", &["noise, `skewed-1x10`"]),
        ],
    ),
    ("digits", &[cell(RESULTS, "Gradient estimators on the digits", "", &["test bound"])]),
    ("MNIST", &[cell(RESULTS, "Gradient estimators on MNIST", "", &["test bound"])]),
];

const fn variant(row: &'static str, column: &'static [&'static str]) -> Cells {
    cell("docs/results/frequency.md", "CIFAR-10 as JPEG", row, column)
}

const ACCURACY: &[&str] = &["test accuracy, % (95 %)"];
const CHANNELS: &[&str] = &["channels"];
const STEPS: Cells = cell(RESULTS, "Training speed beside PyTorch", "median", &["ratio"]);

/// Sentences with a place `{}` for each figure, and the cells of the figures. `{} to {}` are the least and the largest.
const SENTENCES: [(&str, &[Cells]); 11] = [
    ("each of the {} frequency channels", &[variant("all: 192 channels", CHANNELS)]),
    ("three seeds: all channels {} %;", &[variant("all: 192 channels", ACCURACY)]),
    (
        "{} that the gate found {} %;",
        &[variant("learned-24*", CHANNELS), variant("learned-24*", ACCURACY)],
    ),
    (
        "the {} lowest frequencies {} %",
        &[variant("low-24*", CHANNELS), variant("low-24*", ACCURACY)],
    ),
    ("{} at random", &[variant("random-24-*", CHANNELS)]),
    ("at random {} to {} %;", &[variant("random-24-*", ACCURACY)]),
    (
        "the gate itself, with {} channels an image, {} %;",
        &[variant("gate:*", CHANNELS), variant("gate:*", ACCURACY)],
    ),
    ("strided layers {} %,", &[variant("rgb-strided*", ACCURACY)]),
    ("makes {} times as many training steps", &[STEPS]),
    ("trains {} times as fast as with", &[STEPS]),
    (
        "our f64 on one thread is {} to {} times as fast",
        &[processors("Gumbel noise, f64: MKL through mkl_random (minima, one thread)", 0)],
    ),
];

/// Sentences whose figures are the same as those of a sentence in a document.
const PHRASES: [(&str, &str, &str); 8] = [
    ("{} estimators of the gradient of a choice", RESULTS, "Each of {} estimators against the"),
    ("and {} times as many as without", RESULTS, "autoencoder is {} times as fast in the median"),
    ("{} variables of {} classes.", RESULTS, "linear encoder 784-({}x{}),"),
    (
        "and {} samples an image, for",
        RESULTS,
        "discretised to one-hot, mean of {} samples an image.",
    ),
    ("({} threads each, median of", RESULTS, "the same model and pixels, {} threads each, 5"),
    (
        "alternate, with {} threads each and every answer checked",
        "docs/performance.md",
        "nothing else running; {} threads on each side unless",
    ),
    (
        "the version of {} November, Zen 5 that of {} November.",
        "docs/performance.md",
        "the version of {} November 2026, Zen 5 that of {} November,",
    ),
    ("(PyTorch {} on the CPU, JAX {};", "docs/performance.md", "PyTorch {} (on the CPU), JAX {},"),
];

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_row_of(block: &Block, row: &str) -> bool {
    let text = block.text.trim().trim_start_matches('|').trim_start();
    match row.strip_suffix('*') {
        Some(start) => text.starts_with(start),
        None => text.strip_prefix(row).is_some_and(|rest| rest.trim_start().starts_with('|')),
    }
}

/// The numbers of some cells of a table, without what stands in brackets or after a sign of an error.
fn values(cells_of: &Cells, row: &str, page: &[Block]) -> Vec<Number> {
    let rows = page
        .iter()
        .filter(|it| it.is_row() && it.heading == cells_of.heading && is_row_of(it, row));
    let mut found = Vec::new();
    for block in rows {
        let header = cells(&block.header);
        let row = cells(&block.text);
        for column in cells_of.columns {
            let Some(i) = header.iter().position(|name| name == column) else { continue };
            let part = row.get(i).and_then(|it| it.split(", ").nth(cells_of.part));
            let value = part.unwrap_or_default().split(['(', '±']).next().unwrap_or_default();
            found.extend(numbers(value));
        }
    }
    found
}

/// Whether one figure is all these values, or two the least and the largest of them.
fn states(figures: &[Number], values: &[Number]) -> bool {
    let order = |a: &&Number, b: &&Number| a.value.total_cmp(&b.value);
    let (least, most) = (values.iter().min_by(order), values.iter().max_by(order));
    let (Some(least), Some(most)) = (least, most) else { return false };
    match figures {
        [one] => one.states(least) && one.states(most),
        [from, to] => from.states(least) && to.states(most),
        _ => false,
    }
}

/// The figures between the literal parts of a sentence, if the text has it once.
fn places(text: &str, sentence: &str) -> Option<Vec<String>> {
    let mut parts = sentence.split("{}");
    let first = parts.next()?;
    let rest: Vec<&str> = parts.collect();
    let is_figure = |c: char| c.is_ascii_digit() || ".,-".contains(c);
    let at = |start: usize| {
        let (mut found, mut now) = (Vec::new(), &text[start..]);
        for part in &rest {
            let end = now.find(|c| !is_figure(c)).unwrap_or(now.len());
            let end = now[..end].trim_end_matches(['.', ',', '-']).len();
            found.push(now[..end].to_owned());
            now = now[end..].strip_prefix(part)?;
        }
        found.iter().all(|it| it.contains(|c: char| c.is_ascii_digit())).then_some(found)
    };
    let starts: Vec<usize> = match first.is_empty() {
        // A figure begins where no part of one is before it.
        true => text
            .char_indices()
            .filter(|&(i, c)| is_figure(c) && !text[..i].ends_with(is_figure))
            .map(|it| it.0)
            .collect(),
        false => text.match_indices(first).map(|(i, _)| i + first.len()).collect(),
    };
    let mut found = starts.into_iter().filter_map(at);
    let only = found.next()?;
    found.next().is_none().then_some(only)
}

/// The figures of the page that their cells do not state, one line each.
pub(crate) fn faults(page: &str, read: &dyn Fn(&str) -> Option<Rc<Document>>) -> Vec<String> {
    let all = blocks(page);
    let of = |it: &Cells, row: &str| {
        read(it.document).map(|from| values(it, row, &from.blocks)).unwrap_or_default()
    };
    let mut faults = Vec::new();
    let rows =
        |heading: &'static str| all.iter().filter(move |it| it.is_row() && it.heading == heading);
    for (row, column, source) in SPEED {
        if !rows("Speed").any(|it| is_row_of(it, row)) {
            faults.push(format!("Speed: no row \"{row}\", column \"{column}\""));
        } else if of(&source, source.row).is_empty() {
            faults.push(format!("{}: no figure in row \"{}\"", source.document, source.row));
        }
    }
    for block in rows("Speed") {
        let (header, row) = (cells(&block.header), cells(&block.text));
        for (column, text) in header.iter().zip(&row).skip(1).filter(|it| !it.1.is_empty()) {
            let source = SPEED.iter().find(|it| it.0 == row[0] && it.1 == *column);
            // What others are called is before a colon.
            let figures = numbers(text.rsplit(": ").next().unwrap());
            if !source.is_some_and(|it| states(&figures, &of(&it.2, it.2.row))) {
                faults.push(format!("Speed: row \"{}\", column \"{column}\": {text}", row[0]));
            }
        }
    }
    for block in rows("Estimators") {
        let (header, row) = (cells(&block.header), cells(&block.text));
        for (column, sources) in ESTIMATORS {
            let i = header.iter().position(|it| *it == column);
            let text = i.and_then(|i| row.get(i)).copied().unwrap_or_default();
            let figures: Vec<_> = text.split(" / ").map(numbers).collect();
            let stated = |(figures, it): (&Vec<Number>, &Cells)| {
                figures.len() == 1 && states(figures, &of(it, row[0].trim_matches('`')))
            };
            let equal = figures.len() == sources.len();
            if !equal || !figures.iter().zip(sources).all(stated) {
                faults.push(format!("Estimators: {}, column \"{column}\": {text}", row[0]));
            }
        }
    }
    let (_, text) = without_links(page);
    let text = in_one_line(&text);
    for (sentence, document, theirs) in PHRASES {
        let stated = read(document).and_then(|it| places(&in_one_line(&it.text), theirs));
        let found = places(&text, sentence);
        if found.is_none() || found != stated {
            faults.push(format!("\"{sentence}\": {found:?}, but in {document} {stated:?}"));
        }
    }
    for (sentence, sources) in SENTENCES {
        let Some(found) = places(&text, sentence) else {
            faults.push(format!("no sentence \"{sentence}\""));
            continue;
        };
        let figures: Vec<Number> = found.iter().flat_map(|it| numbers(it)).collect();
        let stated = match sources {
            [one] => states(&figures, &of(one, one.row)),
            _ => {
                figures.len() == sources.len()
                    && figures
                        .chunks(1)
                        .zip(sources)
                        .all(|(it, from)| states(it, &of(from, from.row)))
            }
        };
        if !stated {
            faults.push(format!("\"{sentence}\": {}", found.join(", ")));
        }
    }
    faults
}
