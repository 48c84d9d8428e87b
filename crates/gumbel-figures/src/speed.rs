//! The table of speeds in the README as a chart of bars.

use gumbel_report::color::{BLUE, Color, GREEN, INK, MUTED, ORANGE, RULE, VERMILION, WHITE, thin};
use gumbel_report::{Anchor, Panel, Rect, Scale, Sketch, TEXT};

use crate::FigureError;
use crate::kit::{Sign, WIDTH, legend_right};

/// The heading of the section that holds the table.
const SECTION: &str = "\n## Speed\n";
/// The height of a bar with the gap below it, and of the name of a row.
const PITCH: f64 = 19.0;
const HEAD: f64 = 28.0;
/// Where the bars begin and end.
const LEFT: f64 = 196.0;
const RIGHT: f64 = 518.0;

/// One row of the table: some work, and how long others take for it.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeedRow {
    /// The work.
    pub work: String,
    /// The others, in the order of the columns.
    pub bars: Vec<SpeedBar>,
}

/// How many times as long another library takes, over several processors.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeedBar {
    /// The name of the library.
    pub name: String,
    /// The least multiple.
    pub least: f64,
    /// The largest multiple.
    pub most: f64,
    /// The numbers as the table writes them.
    pub text: String,
}

/// The rows of the table in the section "Speed" of a README.
///
/// A cell is a range ("44 to 87") or one number ("30"), perhaps with a note in brackets ("20 (Zen 5)") or after
/// a name of its own ("NumPy: 17 to 19"). An empty cell has no bar.
///
/// # Errors
/// [`FigureError::Table`] if the section, its table or a number in it is missing.
///
/// ```
/// let readme = "\n## Speed\n\n| | A | others |\n|---|---|---|\n| noise | 44 to 87 | B, f64: 5 |\n";
/// let rows = gumbel_figures::speed_table(readme)?;
/// assert_eq!((rows[0].bars[0].least, rows[0].bars[0].most), (44.0, 87.0));
/// assert_eq!((rows[0].bars[1].name.as_str(), rows[0].bars[1].most), ("B, f64", 5.0));
/// # Ok::<(), gumbel_figures::FigureError>(())
/// ```
pub fn speed_table(readme: &str) -> Result<Vec<SpeedRow>, FigureError> {
    let missing = |what: &str| FigureError::Table(format!("expected {what}"));
    let (_, section) = readme.split_once(SECTION).ok_or_else(|| missing("a section \"Speed\""))?;
    let section = section.split("\n## ").next().unwrap_or(section);
    let mut lines = section.lines().skip_while(|line| !line.starts_with('|'));
    let head = cells(lines.next().ok_or_else(|| missing("a table in the section \"Speed\""))?);
    // The line below the head is dashes.
    let body = lines.skip(1).take_while(|line| line.starts_with('|'));
    let rows = body.map(|line| {
        let cells = cells(line);
        let (work, cells) = cells.split_first().ok_or_else(|| missing("a cell in each row"))?;
        let bars = head.iter().skip(1).zip(cells).filter(|(_, cell)| !cell.is_empty());
        let bars = bars.map(|(column, cell)| bar(column, cell)).collect::<Result<_, _>>()?;
        Ok(SpeedRow { work: (*work).to_owned(), bars })
    });
    let rows = rows.collect::<Result<Vec<_>, FigureError>>()?;
    if rows.is_empty() { Err(missing("rows in the table of speeds")) } else { Ok(rows) }
}

/// The cells of a row of a table, without the spaces around them.
fn cells(line: &str) -> Vec<&str> {
    let line = line.trim();
    let inner = line.strip_prefix('|').unwrap_or(line);
    inner.strip_suffix('|').unwrap_or(inner).split('|').map(str::trim).collect()
}

fn bar(column: &str, cell: &str) -> Result<SpeedBar, FigureError> {
    let (name, text) = cell.rsplit_once(": ").unwrap_or((column, cell));
    let numbers = text.split(" (").next().unwrap_or(text);
    let (least, most) = numbers.split_once(" to ").unwrap_or((numbers, numbers));
    let number = |text: &str| match text.trim().replace(',', "").parse::<f64>() {
        Ok(x) if x.is_finite() && x > 0.0 => Ok(x),
        _ => Err(FigureError::Table(format!("expected a number or \"A to B\", found {cell:?}"))),
    };
    let (least, most) = (number(least)?, number(most)?);
    if least > most {
        return Err(FigureError::Table(format!("expected the least first, found {cell:?}")));
    }
    Ok(SpeedBar { name: name.to_owned(), least, most, text: text.to_owned() })
}

/// The table of speeds of a README as horizontal bars over a logarithmic axis. A bar ends at the least multiple,
/// its paler part at the largest.
///
/// # Errors
/// The errors of [`speed_table`].
pub fn speed_chart(readme: &str) -> Result<Sketch, FigureError> {
    let rows = speed_table(readme)?;
    let bars: usize = rows.iter().map(|row| row.bars.len()).sum();
    let (top, height) = (44.0, HEAD * rows.len() as f64 + PITCH * bars as f64);
    let title = "Time of other libraries for the same work, as a multiple of that of gumbel";
    let mut sketch = Sketch::new(title, WIDTH, (top + height + 60.0).ceil() as u32);
    let all = || rows.iter().flat_map(|row| &row.bars);
    let least = all().map(|bar| bar.least).fold(1.0, f64::min);
    let most = all().map(|bar| bar.most).fold(10.0, f64::max);
    let ticks = [(0.1, "0.1"), (1.0, "1"), (10.0, "10"), (100.0, "100"), (1000.0, "1,000")];
    let (low, high) = (0.8 * least, 1.1 * most);
    let ticks = ticks.into_iter().filter(|tick| tick.0 >= low && tick.0 <= high);
    let x = Scale::log(low, high)?.with_ticks(ticks.collect::<Vec<_>>());
    let y = Scale::linear(0.0, 1.0, 1.0)?.with_ticks::<&str>([]);
    let panel = Panel::new(Rect::new(LEFT, top, RIGHT - LEFT, height), x, y);
    panel.plain().x_label("times as long as gumbel (logarithmic)").axes(&mut sketch);
    sketch.text(
        "How long others take for the same work",
        (10.0, 24.0),
        TEXT + 1.0,
        INK,
        Anchor::Start,
    );
    let entries =
        [(Sign::Box(MUTED), "the least"), (Sign::Box(thin(MUTED, 0.4)), "to the largest")];
    legend_right(&mut sketch, (590.0, 24.0), &entries);
    let mut y = top;
    for row in &rows {
        sketch.text(&row.work, (10.0, y + 20.0), TEXT, INK, Anchor::Start);
        y += HEAD;
        let foot = y + PITCH * row.bars.len() as f64;
        for (value, color) in [(1.0, INK), (10.0, RULE), (100.0, RULE), (1000.0, RULE)] {
            if value > low && value < high {
                let x = panel.at((value, 0.0)).0.floor() + 0.5;
                sketch.line(&[(x, y - 2.0), (x, foot - 2.0)], color, 1.0);
            }
        }
        for bar in &row.bars {
            draw(&mut sketch, &panel, bar, y);
            y += PITCH;
        }
    }
    Ok(sketch)
}

fn draw(sketch: &mut Sketch, panel: &Panel, bar: &SpeedBar, y: f64) {
    let color = color(&bar.name);
    let at = |value: f64| panel.at((value, 0.0)).0;
    let (from, to) = (y + 1.0, y + 14.0);
    let (one, least, most) = (at(1.0), at(bar.least), at(bar.most));
    if least > one {
        sketch.rect((one, from), (least, to), color);
    }
    sketch.rect((least, from), (most, to), thin(color, 0.4));
    for end in [least, most] {
        sketch.line(&[(end, from), (end, to)], color, 1.5);
    }
    sketch.text(&bar.name, (LEFT - 8.0, y + 12.5), TEXT, MUTED, Anchor::End);
    // White ground, so that no grid line runs through the numbers.
    let start = most.max(one) + 7.0;
    let mut scratch = Sketch::new("", 1, 1);
    scratch.text(&bar.text, (start, y + 12.5), TEXT, INK, Anchor::Start);
    let end = scratch.texts().last().map_or(start, |text| text.to.0);
    sketch.rect((start - 3.0, y - 3.0), (end + 3.0, y + PITCH - 2.0), WHITE);
    sketch.text(&bar.text, (start, y + 12.5), TEXT, INK, Anchor::Start);
}

fn color(name: &str) -> Color {
    match name {
        "PyTorch" => VERMILION,
        "JAX" => BLUE,
        "torch.compile" => ORANGE,
        _ => GREEN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(cell: &str) -> Result<(String, f64, f64, String), FigureError> {
        bar("JAX", cell).map(|bar| (bar.name, bar.least, bar.most, bar.text))
    }

    #[test]
    fn cells_are_ranges_or_numbers_with_notes() {
        for (cell, name, least, most, text) in [
            ("44 to 87", "JAX", 44.0, 87.0, "44 to 87"),
            ("20 (Zen 5)", "JAX", 20.0, 20.0, "20 (Zen 5)"),
            ("30", "JAX", 30.0, 30.0, "30"),
            ("1,024 to 2,048", "JAX", 1024.0, 2048.0, "1,024 to 2,048"),
            ("0.5 to 1.2 (Zen 4)", "JAX", 0.5, 1.2, "0.5 to 1.2 (Zen 4)"),
            (
                "Intel MKL, f64, one thread: 5 to 25",
                "Intel MKL, f64, one thread",
                5.0,
                25.0,
                "5 to 25",
            ),
        ] {
            assert_eq!(parsed(cell).unwrap(), (name.into(), least, most, text.into()), "{cell}");
        }
    }

    #[test]
    fn a_cell_or_a_table_that_is_not_one_is_an_error_of_one_line() {
        for cell in ["fast", "1 to", "-3", "0", "9 to 2", "NaN", "inf"] {
            let error = parsed(cell).unwrap_err().to_string();
            assert!(
                error.starts_with("table of speeds: ") && error.lines().count() == 1,
                "{error}"
            );
        }
        for readme in ["", "\n## Speed\n\nnone\n", "\n## Speed\n| | A |\n|---|---|\n"] {
            assert!(speed_table(readme).is_err(), "{readme:?}");
        }
    }

    #[test]
    fn empty_cells_have_no_bar_and_the_next_section_no_rows() {
        let readme = "\n## Speed\n\n| | A | B |\n|---|---|---|\n| x | | 3 |\n| y | 2 | |\n\n\
                      ## Next\n\n| | A |\n|---|---|\n| z | 9 |\n";
        let rows = speed_table(readme).unwrap();
        let found: Vec<_> = rows
            .iter()
            .map(|row| (row.work.as_str(), row.bars.len(), row.bars[0].name.as_str()))
            .collect();
        assert_eq!(found, [("x", 1, "B"), ("y", 1, "A")]);
    }
}
