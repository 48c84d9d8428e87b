//! The figure of the paper: a cell for each of the 192 channels, 8x8 for each of Y, Cb and Cr.

use gumbel_report::color::{INK, MUTED, VERMILION};
use gumbel_report::{Anchor, Sketch, TEXT, darkness};

use crate::frequency::channels::{Channel, Selection};

const CELL: f64 = 34.0;
const LEFT: f64 = 34.0;
const TOP: f64 = 46.0;
const BETWEEN: f64 = 24.0;
/// The side of a map.
const MAP: f64 = 8.0 * CELL;
/// How to read the maps.
const FOOT: [&str; 3] =
    ["rows: vertical frequency", "columns: horizontal frequency", "numbers: per cent"];

/// Heat maps of a share of each channel, 0 to 1, with the share in per cent in each cell. Vertical
/// frequencies run downwards, horizontal ones to the right. Channels of `chosen` have a frame.
pub(crate) fn channel_maps(title: &str, shares: &[f64], chosen: Option<&Selection>) -> Sketch {
    let across = 3.0 * MAP + 2.0 * BETWEEN;
    let mut sketch = Sketch::new(title, (LEFT + across + 12.0) as u32, (TOP + MAP + 34.0) as u32);
    for (component, shares) in shares.chunks(64).enumerate() {
        let corner = (LEFT + component as f64 * (MAP + BETWEEN), TOP);
        map(&mut sketch, corner, component, shares, chosen, component == 0);
    }
    sketch.text(FOOT.join("; "), (LEFT, TOP + MAP + 22.0), TEXT, MUTED, Anchor::Start);
    sketch
}

/// The same maps below each other, as wide as a telephone.
pub(crate) fn narrow_maps(title: &str, shares: &[f64]) -> Sketch {
    let height = 3.0 * (TOP + MAP) + 20.0 * FOOT.len() as f64 + 12.0;
    let mut sketch = Sketch::new(title, (LEFT + MAP + 12.0) as u32, height as u32);
    for (component, shares) in shares.chunks(64).enumerate() {
        let corner = (LEFT, TOP + component as f64 * (MAP + TOP));
        map(&mut sketch, corner, component, shares, None, true);
    }
    for (i, line) in (1..).zip(FOOT) {
        let y = 3.0 * (TOP + MAP) + 20.0 * f64::from(i);
        sketch.text(line, (LEFT, y), TEXT, MUTED, Anchor::Start);
    }
    sketch
}

/// Draws the map of a component with its upper left corner there.
fn map(
    sketch: &mut Sketch,
    (left, top): (f64, f64),
    component: usize,
    shares: &[f64],
    chosen: Option<&Selection>,
    numbered: bool,
) {
    let kept: f64 = shares.iter().sum();
    let name = Channel::COMPONENTS[component];
    sketch.text(
        format!("{name}: {kept:.1} of 64"),
        (left, top - 22.0),
        TEXT + 1.0,
        INK,
        Anchor::Start,
    );
    for (i, &share) in shares.iter().enumerate() {
        let (v, u) = ((i / 8) as f64, (i % 8) as f64);
        let at = (left + u * CELL, top + v * CELL);
        let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        sketch.rect(at, (at.0 + CELL - 1.0, at.1 + CELL - 1.0), darkness(share));
        if chosen.is_some_and(|chosen| chosen.indices().contains(&(64 * component + i))) {
            let to = (at.0 + CELL - 2.5, at.1 + CELL - 2.5);
            sketch.frame((at.0 + 1.5, at.1 + 1.5), to, VERMILION, 2.0);
        }
        let ink = if share > 0.45 { darkness(0.0) } else { INK };
        let text = format!("{:.0}", 100.0 * share);
        let middle = (at.0 + (CELL - 1.0) / 2.0, at.1 + CELL / 2.0 + 3.5);
        sketch.text(text, middle, TEXT - 2.0, ink, Anchor::Middle);
    }
    for k in 0..8 {
        let middle = (k as f64 + 0.5) * CELL;
        sketch.text(k.to_string(), (left + middle, top - 5.0), TEXT - 2.0, MUTED, Anchor::Middle);
        if numbered {
            let at = (left - 8.0, top + middle + 3.5);
            sketch.text(k.to_string(), at, TEXT - 2.0, MUTED, Anchor::End);
        }
    }
}
