//! Rows of text for people: a table if it fits the terminal, else several lines for each row.

use std::io::{IsTerminal, stdout};

/// The number of columns of the terminal on standard output. `None` without a terminal: programs get
/// unbroken rows.
pub(crate) fn columns() -> Option<usize> {
    let size = stdout().is_terminal().then(|| terminal_size::terminal_size_of(stdout())).flatten();
    size.map(|(width, _)| usize::from(width.0))
}

/// The lines of a table: the names first, then the rows. If `most` is given, they are broken to fit into `most`
/// columns.
pub(crate) fn lines<const N: usize>(
    names: [&str; N],
    rows: &[[String; N]],
    most: Option<usize>,
) -> Vec<String> {
    let wide = |text: &str| text.chars().count();
    let widths: [usize; N] = std::array::from_fn(|i| {
        rows.iter().map(|row| wide(&row[i])).chain([wide(names[i])]).max().unwrap_or(0)
    });
    let join = |cells: [&str; N]| {
        let cells = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let table: Vec<String> = [join(names)]
        .into_iter()
        .chain(rows.iter().map(|row| join(std::array::from_fn(|i| row[i].as_str()))))
        .collect();
    let fits = |most: usize| table.iter().all(|line| wide(line) <= most);
    match most {
        Some(most) if !fits(most) => {
            rows.iter().flat_map(|row| stacked(names, row, most.max(1))).collect()
        }
        _ => table,
    }
}

/// A row as several lines: the first cell, and below it the other cells with their names.
fn stacked<const N: usize>(names: [&str; N], row: &[String; N], most: usize) -> Vec<String> {
    let mut lines = wrapped(&row[0], "", most);
    let others = names.iter().zip(row).skip(1).filter(|(_, cell)| !cell.is_empty());
    for (name, cell) in others {
        lines.extend(wrapped(&format!("{name}: {cell}"), "  ", most));
    }
    lines
}

/// A text in lines of at most `most` columns, broken between words; a longer word has its own line.
pub(crate) fn wrapped(text: &str, indent: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let room = |line: &String| line.chars().count() + 1 + word.chars().count() <= most;
        match lines.last_mut().filter(|line| room(line)) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => {
                let more = if lines.is_empty() { "" } else { "  " };
                lines.push(format!("{indent}{more}{word}"));
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs() -> Vec<[String; 3]> {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        vec![
            row([
                "runs/vae-digits-001",
                "vae 20x10, gumbel-softmax",
                "test bound 23.488 +- 0.235 nats",
            ]),
            row(["runs/gate", "gate for each image", ""]),
        ]
    }

    #[test]
    fn a_narrow_terminal_does_not_break_a_table() {
        let names = ["run", "model", "state"];
        let wide = lines(names, &runs(), Some(100));
        assert_eq!(wide, lines(names, &runs(), None));
        assert_eq!(wide.len(), 3);
        assert!(wide[0].starts_with("run                  model"), "{wide:?}");
        let narrow = lines(names, &runs(), Some(60));
        assert_eq!(
            narrow,
            [
                "runs/vae-digits-001",
                "  model: vae 20x10, gumbel-softmax",
                "  state: test bound 23.488 +- 0.235 nats",
                "runs/gate",
                "  model: gate for each image",
            ]
        );
        for most in [1, 20, 30, 40] {
            let longest = |line: &String| line.split_whitespace().map(str::len).max().unwrap_or(0);
            for line in lines(names, &runs(), Some(most)) {
                let alone = line.split_whitespace().count() == 1;
                assert!(
                    line.chars().count() <= most || alone && longest(&line) + 4 > most,
                    "{line}"
                );
            }
        }
    }
}
