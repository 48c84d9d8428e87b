//! Draws the pictures of `docs/results/frequency.md` from the tables of that document, so that both agree.
//!
//! `cargo build --release --workspace --examples`, then
//! `target/release/examples/frequency_pictures docs/results/frequency.md docs/images`

use std::error::Error;
use std::fs;
use std::path::Path;

use gumbel_lab::frequency::comparison::{Row, accuracy_picture, bytes_picture};

/// The cells of the rows of a table, without its head.
type Table = Vec<Vec<String>>;

/// The tables of a text in Markdown whose head begins with these names.
fn tables(text: &str, head: &[&str]) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let Some(row) = line.strip_prefix("| ") else {
            open = false;
            continue;
        };
        let cells: Vec<String> =
            row.trim_end_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        if cells.iter().zip(head).all(|(cell, name)| cell == name) && cells.len() >= head.len() {
            tables.push(Vec::new());
            open = true;
        } else if open && !cells[0].starts_with("---") {
            tables.last_mut().expect("an open table").push(cells);
        }
    }
    tables
}

/// The numbers at the beginnings of the words of a cell.
fn numbers(cell: &str) -> Vec<f64> {
    let bare = cell.replace(['(', ')', ','], "");
    bare.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// The rows of a comparison from its table of accuracies and its table of costs.
fn rows(accuracies: &Table, costs: &Table) -> Result<Vec<Row>, Box<dyn Error>> {
    let row = |cells: &Vec<String>| {
        let bad = || format!("{}: the tables do not have its numbers", cells[0]);
        let cost = costs.iter().find(|cost| cost[0] == cells[0]).ok_or_else(bad)?;
        let [accuracy, low, high] = numbers(&cells[1])[..] else { return Err(bad()) };
        let [lowest, highest, seeds] = numbers(&cells[3])[..] else { return Err(bad()) };
        let share = |per_cent: f64| per_cent / 100.0;
        Ok(Row {
            variant: cells[0].clone(),
            seeds: seeds as usize,
            accuracy: share(accuracy),
            accuracy_se: share((high - low) / (2.0 * 1.96)),
            accuracy_low: share(low),
            accuracy_high: share(high),
            lowest: share(lowest),
            highest: share(highest),
            channels: numbers(&cells[4]).first().copied(),
            input_size: numbers(&cost[2]).first().copied().ok_or_else(bad)?,
            coded_bytes: numbers(&cost[3]).first().copied(),
            coded_share: numbers(&cost[3]).get(1).copied().map(share),
            difference: None,
            difference_se: None,
            difference_low: None,
            difference_high: None,
            parameters: numbers(&cost[4]).first().map_or(0, |&n| n as usize),
            mflop: numbers(&cost[5]).first().copied().ok_or_else(bad)?,
            images_per_second: numbers(&cost[6]).first().copied().ok_or_else(bad)?,
        })
    };
    Ok(accuracies.iter().map(row).collect::<Result<Vec<_>, String>>()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(document), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("expected the document and the folder of its pictures".into());
    };
    let text = fs::read_to_string(document)?;
    let accuracies = tables(&text, &["variant", "test accuracy, % (95 %)"]);
    let costs = tables(&text, &["variant", "channels", "input / RGB"]);
    let ([cifar, photographs], [of_cifar, of_photographs]) = (&accuracies[..], &costs[..]) else {
        return Err("expected two comparisons, each with accuracies and costs".into());
    };
    let (cifar, photographs) = (rows(cifar, of_cifar)?, rows(photographs, of_photographs)?);
    let save = |name: &str, png: Vec<u8>| fs::write(Path::new(&folder).join(name), png);
    save("frequency-accuracy.png", accuracy_picture(&cifar)?.png()?)?;
    save("frequency-photographs.png", accuracy_picture(&photographs)?.png()?)?;
    let bytes = bytes_picture(&cifar)?.ok_or("expected variants that read coefficients")?;
    save("frequency-bytes.png", bytes.png()?)?;
    Ok(())
}
