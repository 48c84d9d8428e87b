//! The pictures of a comparison: the accuracy of each variant, and the accuracy against the bytes read.

use gumbel_report::color::{
    BLACK, BLUE, Color, GREEN, INK, MUTED, ORANGE, PURPLE, RULE, VERMILION,
};
use gumbel_report::{Anchor, Panel, Rect, ReportError, Scale, Sketch, Stroke, TEXT};

use super::table::Row;
use super::variants::Variant;

/// The width of both pictures.
const WIDTH: f64 = 820.0;
/// The height of a row of the picture of accuracies.
const ROW: f64 = 27.0;
/// The room for names on the left of it.
const NAMES: f64 = 244.0;

/// The name of the variant of a row in words, and its colour.
fn shown(row: &Row) -> (String, Color) {
    let Ok(variant) = row.variant.parse::<Variant>() else { return (row.variant.clone(), BLACK) };
    let color = match variant {
        Variant::Gate | Variant::SecondGate => VERMILION,
        Variant::Learned(_) => BLUE,
        Variant::Low(_) => GREEN,
        Variant::Random(..) => PURPLE,
        Variant::All => BLACK,
        Variant::Rgb(_) => ORANGE,
    };
    (variant.in_words(), color)
}

/// The range of an axis of accuracies in per cent: some room around them, and at least five points, so that
/// hundredths of a point do not look like a difference.
fn accuracy_range(rows: &[Row]) -> (f64, f64) {
    let low = rows.iter().map(|row| 100.0 * row.lowest).fold(f64::INFINITY, f64::min);
    let high = rows.iter().map(|row| 100.0 * row.highest).fold(f64::NEG_INFINITY, f64::max);
    widened(low, high)
}

fn widened(low: f64, high: f64) -> (f64, f64) {
    let room = (0.08 * (high - low)).max(0.5 * (5.0 - (high - low)));
    let (low, high) = (low - room, high + room);
    // At most one point below 0 or above 100, unless the range needs more.
    let shift = (high - 101.0).max(0.0) - (-1.0 - low).max(0.0);
    if high - low > 102.0 { (low, high) } else { (low - shift, high - shift) }
}

/// Draws the accuracy of each variant: a line for each, with its name and the channels that it reads, from all pixels
/// to the fewest channels. A bar goes from the lowest seed to the highest.
///
/// # Errors
/// No rows.
pub fn accuracy_picture(rows: &[Row]) -> Result<Sketch, ReportError> {
    let mut sorted: Vec<&Row> = rows.iter().collect();
    let channels = |row: &Row| row.channels.unwrap_or(f64::INFINITY);
    sorted.sort_by(|a, b| {
        channels(b).total_cmp(&channels(a)).then(b.accuracy.total_cmp(&a.accuracy))
    });
    let (low, high) = accuracy_range(rows);
    let area = Rect::new(NAMES, 40.0, WIDTH - NAMES - 100.0, ROW * rows.len() as f64);
    let mut sketch =
        Sketch::new("Accuracy of each variant", WIDTH as u32, (area.bottom + 58.0) as u32);
    let no_ticks = Scale::linear(0.0, rows.len() as f64, 2.0)?.with_ticks::<&str>([]);
    let panel = Panel::new(area, Scale::linear(low, high, 7.0)?, no_ticks);
    panel.plain().x_label("test accuracy, per cent").axes(&mut sketch);
    sketch.text("channels read", (WIDTH - 14.0, 24.0), TEXT, MUTED, Anchor::End);
    if let Some(all) = rows.iter().find(|row| row.variant == Variant::All.to_string()) {
        let x = 100.0 * all.accuracy;
        let line = [(x, 0.0), (x, rows.len() as f64)];
        panel.line(&mut sketch, line, Stroke::dashed(RULE).width(1.0));
    }
    for (i, row) in sorted.into_iter().enumerate() {
        let (name, color) = shown(row);
        let at = |accuracy: f64| panel.at((100.0 * accuracy, rows.len() as f64 - i as f64 - 0.5));
        let (middle, y) = at(row.accuracy);
        let ends = [at(row.lowest), at(row.highest)];
        sketch.line(&ends, color, 1.75);
        for (x, y) in ends {
            sketch.line(&[(x, y - 4.0), (x, y + 4.0)], color, 1.75);
        }
        sketch.disc((middle, y), 4.5, color);
        sketch.text(name, (NAMES - 14.0, y + 5.0), TEXT, INK, Anchor::End);
        let channels = row.channels.map_or_else(|| "pixels".to_owned(), |n| format!("{n:.1}"));
        sketch.text(channels, (WIDTH - 14.0, y + 5.0), TEXT, INK, Anchor::End);
    }
    Ok(sketch)
}

/// What a name must not cover, and a line to a name must not cross: upper left and lower right corners on the page.
#[derive(Clone, Copy)]
struct Place {
    from: (f64, f64),
    to: (f64, f64),
    /// Whether a line to a name may cross it.
    thin: bool,
}

impl Place {
    fn overlaps(&self, other: &Self) -> bool {
        self.from.0 < other.to.0
            && other.from.0 < self.to.0
            && self.from.1 < other.to.1
            && other.from.1 < self.to.1
    }

    /// Whether a line passes through.
    fn is_crossed(&self, from: (f64, f64), to: (f64, f64)) -> bool {
        let at = |i: i32| {
            let t = f64::from(i) / 40.0;
            (from.0 + t * (to.0 - from.0), from.1 + t * (to.1 - from.1))
        };
        let inside = |(x, y): (f64, f64)| {
            (self.from.0..=self.to.0).contains(&x) && (self.from.1..=self.to.1).contains(&y)
        };
        !self.thin && (0..=40).map(at).any(inside)
    }
}

/// A name beside its point.
struct Name {
    at: (f64, f64),
    anchor: Anchor,
    /// The end of the line from the point, if the name is not right beside it.
    line: Option<(f64, f64)>,
    place: Place,
}

/// Finds a place for the name of the point `at`, whose own box is `own`: as near as possible, where it covers nothing.
fn place_name(
    taken: &[Place],
    own: usize,
    within: Rect,
    at: (f64, f64),
    name: &str,
) -> Option<Name> {
    let shifts = [0.0, -1.0, 1.0].into_iter();
    let shifts = shifts.chain((2..16).flat_map(|far| [-f64::from(far), f64::from(far)]));
    let sides = [(1.0, Anchor::Start), (-1.0, Anchor::End)];
    let candidates = shifts.flat_map(|shift| sides.map(|(side, anchor)| (shift, side, anchor)));
    let names: Vec<Name> = candidates
        .map(|(shift, side, anchor)| {
            let x = at.0 + side * (10.0 + 3.0 * f64::max(0.0, shift.abs() - 1.0));
            let y = at.1 + 5.0 + 8.0 * shift;
            let mut probe = Sketch::new("", 1, 1);
            probe.text(name, (x, y), TEXT, INK, anchor);
            let text = probe.texts().remove(0);
            let place = Place { from: text.from, to: text.to, thin: false };
            let line = (shift.abs() > 1.5).then_some((x - 3.0 * side, y - 5.0));
            Name { at: (x, y), anchor, line, place }
        })
        .filter(|Name { place, .. }| {
            let inside = place.from.0 > within.left
                && place.to.0 < within.right
                && place.from.1 > within.top
                && place.to.1 < within.bottom;
            inside && !taken.iter().any(|other| place.overlaps(other))
        })
        .collect();
    let others = || taken.iter().enumerate().filter(|(i, _)| *i != own).map(|(_, other)| other);
    let crosses =
        |name: &Name| name.line.is_some_and(|end| others().any(|other| other.is_crossed(at, end)));
    // A line that crosses another point is better than a point without a name.
    let free = names.iter().position(|name| !crosses(name)).unwrap_or(0);
    names.into_iter().nth(free)
}

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

/// Draws the accuracy against the entropy-coded bytes that a variant reads of an image, with its name beside each
/// point. Dashed: the networks on pixels. `None` if no variant reads coefficients.
///
/// # Errors
/// Bytes that are not numbers above 0.
pub fn bytes_picture(rows: &[Row]) -> Result<Option<Sketch>, ReportError> {
    let points: Vec<(f64, &Row)> =
        rows.iter().filter_map(|row| Some((row.coded_bytes?, row))).collect();
    let Some(most) = points.iter().map(|(x, _)| *x).max_by(f64::total_cmp) else { return Ok(None) };
    let least = points.iter().map(|(x, _)| *x).fold(most, f64::min).max(0.1);
    let (start, end) = (least / 1.2, most.max(1.0) * 1.6);
    let (low, high) = accuracy_range(rows);
    let mut sketch = Sketch::new("Accuracy against bytes", WIDTH as u32, 520);
    let area = Rect { left: 62.0, top: 40.0, right: WIDTH - 16.0, bottom: 462.0 };
    // Logarithmic: a few more bytes matter where there are few.
    let x = Scale::log(start, end)?.with_ticks(ticks(start, end));
    let panel = Panel::new(area, x, Scale::linear(low, high, 6.0)?);
    let label = "entropy-coded bytes of an image that are read";
    panel.plain().x_label(label).y_label("test accuracy, per cent").axes(&mut sketch);
    let mut taken: Vec<Place> = Vec::new();
    let mut unnamed: Vec<((f64, f64), &Row)> = Vec::new();
    let pixels = rows.iter().filter(|row| row.coded_bytes.is_none());
    for row in pixels {
        let y = 100.0 * row.accuracy;
        panel.line(&mut sketch, [(start, y), (end, y)], Stroke::dashed(ORANGE).width(1.5));
        let (x, y) = panel.at((start, y));
        taken.push(Place { from: (x, y - 1.0), to: (area.right, y + 1.0), thin: true });
        unnamed.push(((x, y - 10.0), row));
    }
    for &(x, row) in &points {
        let (_, color) = shown(row);
        let ends = (100.0 * row.lowest, 100.0 * row.highest);
        panel.error_bar(&mut sketch, x, ends, color);
        let at = panel.at((x, 100.0 * row.accuracy));
        sketch.disc(at, 4.5, color);
        let (bottom, top) = (panel.at((x, ends.0)).1, panel.at((x, ends.1)).1);
        let (top, bottom) = (top.min(at.1 - 5.0), bottom.max(at.1 + 5.0));
        taken.push(Place { from: (at.0 - 6.0, top), to: (at.0 + 6.0, bottom), thin: false });
        unnamed.push((at, row));
    }
    // Names of points on the right first, as they have the least room.
    let mut order: Vec<usize> = (0..unnamed.len()).collect();
    order.sort_by(|&a, &b| unnamed[b].0.0.total_cmp(&unnamed[a].0.0));
    for own in order {
        let (at, row) = unnamed[own];
        let (name, _) = shown(row);
        // A crowded picture may have no room for a name; the table has all.
        let Some(Name { at: to, anchor, line, place }) = place_name(&taken, own, area, at, &name)
        else {
            continue;
        };
        if let Some(end) = line {
            sketch.line(&[at, end], RULE, 1.0);
        }
        sketch.text(name, to, TEXT, INK, anchor);
        taken.push(place);
    }
    Ok(Some(sketch))
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

    /// The points of 24 channels covered each other, and their names were those of folders.
    #[test]
    fn every_variant_has_its_name_in_words_and_no_text_covers_another() {
        let all = [
            row("gate", 0.655, Some(44.5)),
            row("gate-2", 0.635, Some(16.7)),
            row("all", 0.642, Some(192.0)),
            row("learned-24", 0.6424, Some(24.0)),
            row("low-24", 0.6416, Some(24.0)),
            row("learned-48", 0.644, Some(48.0)),
            row("low-48", 0.6476, Some(48.0)),
            row("random-24-0", 0.48, Some(24.0)),
            row("random-24-1", 0.51, Some(24.0)),
            row("rgb-strided", 0.676, None),
            row("rgb-patch", 0.626, None),
        ];
        for rows in [&all[..], &all[2..3], &all[9..], &all[3..5]] {
            let accuracy = accuracy_picture(rows).unwrap();
            let bytes = bytes_picture(rows).unwrap();
            assert_eq!(bytes.is_some(), rows.iter().any(|row| row.channels.is_some()));
            for sketch in [Some(accuracy), bytes].into_iter().flatten() {
                let texts = sketch.texts();
                for (i, a) in texts.iter().enumerate() {
                    assert!(texts[..i].iter().all(|b| !a.overlaps(b)), "{a:?}");
                    assert!(a.from.0 >= 0.0 && a.to.0 <= WIDTH, "{a:?}");
                    assert!(a.to.1 <= f64::from(sketch.size().1), "{a:?}");
                }
                for row in rows {
                    let (name, _) = shown(row);
                    let named = texts.iter().filter(|text| text.text == name).count();
                    assert_eq!(named, 1, "{name}");
                }
            }
        }
        assert!(accuracy_picture(&[]).is_err());
    }

    /// With one accuracy alone, the axis ran from 49.92 to 50.08.
    #[test]
    fn an_axis_of_accuracies_is_five_points_long_at_the_least() {
        assert_eq!(widened(50.0, 50.0), (47.5, 52.5));
        assert_eq!(widened(100.0, 100.0), (96.0, 101.0));
        assert_eq!(widened(0.0, 0.0), (-1.0, 4.0));
        assert_eq!(widened(50.0, 75.0), (48.0, 77.0));
        for (low, high) in [(0.0, 100.0), (1.0, 100.0), (0.0, 3.0), (97.0, 99.5)] {
            let (floor, top) = widened(low, high);
            assert!(floor < low && top > high && top - floor >= 5.0, "{floor} {top}");
        }
    }
}
