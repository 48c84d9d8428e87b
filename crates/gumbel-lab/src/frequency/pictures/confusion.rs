//! The confusion of classes: a cell for each true and each predicted class, with the number of test images.

use gumbel_report::color::{INK, MUTED};
use gumbel_report::{Anchor, Sketch, TEXT, darkness};

use crate::frequency::eval::Verdict;

/// The longest name that is written above a column.
const SHORT: usize = 7;
/// The longest name that is written before a row.
const LONG: usize = 22;
/// The room of a letter, in ems.
const LETTER: f64 = 0.62;

/// The width of a telephone.
const NARROW: f64 = 350.0;

/// Draws the table of counts. A cell is as dark as its share of the images of its row.
pub(super) fn confusion(verdicts: &[Verdict], classes: &[String]) -> Sketch {
    let k = classes.len();
    let cell = (640.0 / k.max(1) as f64).floor().clamp(18.0, 56.0);
    drawn(verdicts, classes, cell, (SHORT, TEXT))
}

/// The same as wide as a telephone; `None` for more classes than that has room for.
pub(super) fn narrow(verdicts: &[Verdict], classes: &[String]) -> Option<Sketch> {
    let cell = |left: f64| ((NARROW - left) / classes.len().max(1) as f64).floor();
    let roomy = drawn(verdicts, classes, 18.0, (2, 10.0));
    let left = f64::from(roomy.size().0) - 18.0 * classes.len() as f64;
    (cell(left) >= 15.0).then(|| drawn(verdicts, classes, cell(left).min(40.0), (2, 10.0)))
}

/// Draws the table with cells of this width. Names of at most `short` letters are written above the columns; `most` is
/// the largest em of names.
fn drawn(
    verdicts: &[Verdict],
    classes: &[String],
    cell: f64,
    (short, most): (usize, f64),
) -> Sketch {
    let k = classes.len();
    let mut counts = vec![0_usize; k * k];
    verdicts.iter().for_each(|v| counts[v.class * k + v.predicted] += 1);
    let height = cell.min(34.0);
    let em = (0.44 * cell).clamp(7.5, TEXT);
    // Where names do not fit above columns, rows and columns have numbers.
    let named = k <= 12 && classes.iter().all(|name| name.chars().count() <= short);
    let row_name = |i: usize| match named {
        true => classes[i].clone(),
        false => format!("{} {}", i + 1, cut(&classes[i])),
    };
    let letters = (0..k).map(|i| row_name(i).chars().count()).max().unwrap_or(0);
    let name_em = if most < TEXT { most } else { em.max(9.0) };
    let left = (24.0 + LETTER * name_em * letters as f64).max(90.0).ceil();
    let top = 62.0;
    let (right, bottom) = (left + cell * k as f64, top + height * k as f64);
    let width = (right + 24.0).max(left + 150.0);
    let mut sketch = Sketch::new("Confusion of classes", width as u32, (bottom + 18.0) as u32);
    let middle = (left + right) / 2.0;
    sketch.text("predicted class", (middle, 22.0), TEXT, MUTED, Anchor::Middle);
    sketch.text("true class", (left - 10.0, top - 10.0), TEXT, MUTED, Anchor::End);
    for (i, row) in counts.chunks(k.max(1)).enumerate() {
        let y = top + i as f64 * height;
        let text_y = y + 0.5 * height + 0.35 * em;
        sketch.text(row_name(i), (left - 10.0, text_y), name_em, INK, Anchor::End);
        let column = if named { classes[i].clone() } else { (i + 1).to_string() };
        let x = left + (i as f64 + 0.5) * cell;
        sketch.text(column, (x, top - 10.0), name_em.min(0.55 * cell), INK, Anchor::Middle);
        let all = row.iter().sum::<usize>().max(1) as f64;
        for (j, &count) in row.iter().enumerate() {
            let x = left + j as f64 * cell;
            let share = count as f64 / all;
            sketch.rect((x, y), (x + cell - 1.0, y + height - 1.0), darkness(share));
            if count > 0 {
                let ink = if share > 0.45 { darkness(0.0) } else { INK };
                let at = (x + 0.5 * (cell - 1.0), text_y);
                sketch.text(count.to_string(), at, em, ink, Anchor::Middle);
            }
        }
    }
    sketch
}

/// A name that fits before a row.
fn cut(name: &str) -> String {
    match name.chars().count() {
        ..=LONG => name.to_owned(),
        _ => name.chars().take(LONG - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(k: usize) -> Vec<Verdict> {
        let of = |i: usize| Verdict { class: i % k, predicted: (i * i) % k, loss: 0.0 };
        (0..997).map(of).collect()
    }

    #[test]
    fn every_count_is_in_its_cell_and_no_name_is_cut_by_another() {
        for (k, name) in
            [(2, "cat"), (10, "7"), (10, "long-sleeved shirt"), (40, "a class with a long name")]
        {
            let classes: Vec<String> = (0..k).map(|i| format!("{name}{i}")).collect();
            let sketch = confusion(&verdicts(k), &classes);
            let texts = sketch.texts();
            let (width, height) = sketch.size();
            for (i, a) in texts.iter().enumerate() {
                assert!(texts[..i].iter().all(|b| !a.overlaps(b)), "{a:?}");
                assert!(a.from.0 >= 0.0 && a.to.0 <= f64::from(width), "{k} {name}: {a:?} {width}");
                assert!(a.to.1 <= f64::from(height), "{a:?}");
            }
            let narrow = narrow(&verdicts(k), &classes);
            assert_eq!(narrow.is_some(), k <= 10);
            assert!(narrow.is_none_or(|narrow| f64::from(narrow.size().0) <= NARROW));
            for text in ["true class", "predicted class"] {
                assert!(texts.iter().any(|found| found.text == text));
            }
        }
        let two = confusion(&verdicts(2), &["no".to_owned(), "yes".to_owned()]);
        let texts: Vec<String> = two.texts().into_iter().map(|text| text.text).collect();
        assert_eq!(texts[2..], ["no", "no", "499", "yes", "yes", "498"]);
    }
}
