//! The gates over the training: maps of P(on) after some of the epochs.

use gumbel_report::color::{INK, MUTED};
use gumbel_report::{Anchor, Sketch, TEXT, darkness};

use crate::frequency::channels::{CHANNELS, Channel};

const LEFT: f64 = 40.0;
const TOP: f64 = 34.0;
const BETWEEN: f64 = 22.0;

/// The most epochs that are drawn, and the side of a cell.
type Size = (usize, f64);

pub(super) const WIDE: Size = (6, 14.0);
/// As wide as a telephone.
pub(super) const NARROW: Size = (3, 10.0);

/// The places of the epochs that are drawn: the first, the last, and some between, closer together at the beginning,
/// where gates close.
fn places(epochs: usize, most: usize) -> Vec<usize> {
    let last = epochs.saturating_sub(1);
    let share = |i: usize| (i as f64 / (most - 1) as f64).powi(2);
    let mut places: Vec<usize> =
        (0..most).map(|i| (share(i) * last as f64).round() as usize).collect();
    places.dedup();
    places
}

/// Draws maps of the mean P(on) of each channel. `epochs` are their numbers and probabilities, `[192]` each.
pub(super) fn gates(epochs: &[(u64, Vec<f64>)], (most, cell): Size) -> Sketch {
    let places = places(epochs.len(), most);
    let map = 8.0 * cell;
    let width = LEFT + places.len() as f64 * (map + BETWEEN) + 4.0;
    let height = TOP + 3.0 * (map + BETWEEN) + 34.0;
    let mut sketch = Sketch::new("Gates over training", width.max(320.0) as u32, height as u32);
    for (column, (epoch, probabilities)) in
        places.into_iter().filter_map(|place| epochs.get(place)).enumerate()
    {
        let left = LEFT + column as f64 * (map + BETWEEN);
        let head = (left + 0.5 * map, TOP - 12.0);
        sketch.text(format!("epoch {epoch}"), head, TEXT, INK, Anchor::Middle);
        for (component, values) in probabilities.chunks(CHANNELS / 3).enumerate() {
            let top = TOP + component as f64 * (map + BETWEEN);
            if column == 0 {
                let name = Channel::COMPONENTS[component];
                let at = (LEFT - 10.0, top + 0.5 * map + 5.0);
                sketch.text(name.to_string(), at, TEXT, INK, Anchor::End);
            }
            for (i, &p) in values.iter().enumerate() {
                let (x, y) = (left + (i % 8) as f64 * cell, top + (i / 8) as f64 * cell);
                let share = if p.is_nan() { 0.0 } else { p.clamp(0.0, 1.0) };
                sketch.rect((x, y), (x + cell - 1.0, y + cell - 1.0), darkness(share));
            }
            let open = format!("{:.1} open", values.iter().sum::<f64>());
            let at = (left + 0.5 * map, top + map + 14.0);
            sketch.text(open, at, TEXT - 2.0, MUTED, Anchor::Middle);
        }
    }
    // The colours, from 0 to 1.
    let (left, y) = (LEFT + 46.0, height - 20.0);
    sketch.text("P(on) 0", (left - 8.0, y + 10.0), TEXT - 1.0, MUTED, Anchor::End);
    for i in 0..10 {
        let x = left + f64::from(i) * cell;
        sketch.rect((x, y - 1.0), (x + cell - 1.0, y + 11.0), darkness(f64::from(i) / 9.0));
    }
    let end = (left + 10.0 * cell + 6.0, y + 10.0);
    sketch.text("1", end, TEXT - 1.0, MUTED, Anchor::Start);
    sketch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_epochs_are_drawn_with_the_first_and_the_last() {
        for n in [1, 2, 3, 4, 6, 25, 1_000] {
            let (size, width) = if n % 2 == 0 { (NARROW, 350) } else { (WIDE, 900) };
            let places = places(n, size.0);
            assert!(places.len() <= size.0 && places[0] == 0 && places.last() == Some(&(n - 1)));
            assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
            let epochs: Vec<_> =
                (1..=n as u64).map(|epoch| (epoch, vec![0.25; CHANNELS])).collect();
            let sketch = gates(&epochs, size);
            assert!(sketch.size().0 <= width);
            let texts = sketch.texts();
            for (i, a) in texts.iter().enumerate() {
                assert!(texts[..i].iter().all(|b| !a.overlaps(b)), "{a:?}");
                assert!(a.from.0 >= 0.0 && a.to.0 <= f64::from(sketch.size().0), "{a:?}");
            }
            let heads = texts.iter().filter(|text| text.text.starts_with("epoch ")).count();
            assert_eq!(heads, places.len());
            assert!(texts.iter().any(|text| text.text == "16.0 open"));
        }
        gates(&[], WIDE);
    }
}
