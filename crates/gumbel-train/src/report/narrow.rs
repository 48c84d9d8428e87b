//! Curves and cells for narrow pages, as wide as a telephone; the names of curves are above them.

use gumbel_report::color::{CURVES, INK, MUTED};
use gumbel_report::{Anchor, Heatmap, LineChart, Panel, Rect, Scale, Sketch, Stroke, darkness};

/// The width of the drawing.
const WIDTH: f64 = 400.0;
/// The height of the axes.
const HEIGHT: f64 = 220.0;
/// The em of the texts.
const EM: f64 = 14.0;
/// The height of a row of names.
const ROW: f64 = 22.0;
/// The room for texts at the left and the right.
const MARGIN: f64 = 12.0;
/// The most points of a curve: two for each pixel.
const POINTS: usize = 800;

/// Draws the curves of a chart without its title; `None` for curves that have no axis, or no point.
pub(super) fn narrow_lines(chart: &LineChart) -> Option<Sketch> {
    let shown = |&(x, y): &(f64, f64)| x.abs() <= 1e100 && y.abs() <= 1e100;
    let curves: Vec<Vec<(f64, f64)>> = chart
        .series
        .iter()
        .map(|series| series.points.iter().copied().filter(shown).collect())
        .collect();
    let all = || curves.iter().flatten();
    let x = scale(all().map(|p| p.0), 0.015, 4.0)?;
    let y = scale(all().map(|p| p.1), 0.06, 5.0)?;
    let names = chart.series.iter().enumerate().filter(|(_, series)| !series.name.is_empty());
    let names: Vec<(usize, String)> =
        names.map(|(i, series)| (i, fit(&series.name, WIDTH - 2.0 * MARGIN - 34.0))).collect();
    let top = 14.0 + names.len() as f64 * ROW + 2.2 * EM;
    let height = top + HEIGHT + 3.8 * EM;
    let mut sketch = Sketch::new(&chart.title, WIDTH as u32, height.ceil() as u32);
    for (row, (i, name)) in names.into_iter().enumerate() {
        let y = 20.0 + row as f64 * ROW;
        sketch.line(&[(MARGIN, y), (MARGIN + 24.0, y)], CURVES[i % CURVES.len()], 2.25);
        sketch.text(name, (MARGIN + 34.0, y + 0.35 * EM), EM, INK, Anchor::Start);
    }
    let ticks = y.ticks().iter().map(|(_, tick)| width(tick)).fold(0.0, f64::max);
    let area = Rect {
        left: (MARGIN + ticks + 8.0).ceil(),
        top,
        right: WIDTH - MARGIN - 14.0,
        bottom: top + HEIGHT,
    };
    let panel = Panel::new(area, x, y);
    let (x_label, y_label) = (fit(&chart.x_label, 240.0), fit(&chart.y_label, 300.0));
    panel.plain().em(EM).x_label(x_label).y_label(y_label).axes(&mut sketch);
    for (i, points) in curves.iter().enumerate() {
        let color = CURVES[i % CURVES.len()];
        let every = points.len().div_ceil(POINTS).max(1);
        let thinned = points.iter().copied().step_by(every).chain(points.last().copied());
        panel.line(&mut sketch, thinned, Stroke::solid(color).width(2.0));
        panel.points(&mut sketch, points.last().copied(), 3.5, color);
    }
    Some(sketch)
}

/// Draws the cells of a heat map without its title.
pub(super) fn narrow_cells(map: &Heatmap) -> Sketch {
    let columns = map.columns.max(1);
    let rows = map.values.len().div_ceil(columns);
    let last = (map.first_row + rows.max(1) - 1).to_string();
    let (left, top) = ((MARGIN + width(&last) + 8.0).ceil(), 3.0 * EM);
    let cell = ((WIDTH - MARGIN - left) / columns as f64, (420.0 / rows.max(1) as f64).min(22.0));
    let bottom = top + rows as f64 * cell.1;
    let height = (bottom + 6.0 * EM).ceil();
    let mut sketch = Sketch::new(&map.title, WIDTH as u32, height as u32);
    sketch.text(fit(&map.y_label, 380.0), (MARGIN, 1.6 * EM), EM, MUTED, Anchor::Start);
    let most = map.values.iter().copied().fold(0.0, f64::max).min(1.0);
    let most = if most > 0.0 { most } else { 1.0 };
    let gap = if cell.0.min(cell.1) >= 8.0 { 1.0 } else { 0.0 };
    for (i, value) in map.values.iter().enumerate() {
        let (x, y) = (left + (i % columns) as f64 * cell.0, top + (i / columns) as f64 * cell.1);
        let share = if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) / most };
        sketch.rect((x, y), (x + cell.0 - gap, y + cell.1 - gap), darkness(share));
    }
    for row in (0..rows).step_by((1.4 * EM / cell.1).ceil() as usize) {
        let at = (left - 8.0, top + (row as f64 + 0.5) * cell.1 + 0.35 * EM);
        sketch.text((map.first_row + row).to_string(), at, EM, MUTED, Anchor::End);
    }
    let room = width(&(columns - 1).to_string()) + 10.0;
    for column in (0..columns).step_by((room / cell.0).ceil() as usize) {
        let at = (left + (column as f64 + 0.5) * cell.0, bottom + 1.3 * EM);
        sketch.text(column.to_string(), at, EM, MUTED, Anchor::Middle);
    }
    let middle = (left + WIDTH - MARGIN) / 2.0;
    sketch.text(fit(&map.x_label, 300.0), (middle, bottom + 2.8 * EM), EM, MUTED, Anchor::Middle);
    // The colours, from 0 to the largest value.
    let y = bottom + 4.0 * EM;
    sketch.text("0", (left + 6.0, y + EM), EM, MUTED, Anchor::End);
    for i in 0..16 {
        let x = left + 12.0 + 12.0 * f64::from(i);
        sketch.rect((x, y), (x + 12.0, y + EM), darkness(f64::from(i) / 15.0));
    }
    sketch.text(format!("{most:.2}"), (left + 212.0, y + EM), EM, MUTED, Anchor::Start);
    sketch
}

/// A scale over some values, with this share of their width as room at both ends.
fn scale(values: impl Iterator<Item = f64>, room: f64, ticks: f64) -> Option<Scale> {
    let (low, high) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low > high {
        return None;
    }
    let room = match high - low {
        0.0 => 0.5 * low.abs().clamp(1e-9, 1.0),
        width => room * width,
    };
    Scale::linear(low - room, high + room, ticks).ok()
}

/// The width of a text.
fn width(text: &str) -> f64 {
    let mut measure = Sketch::new("", WIDTH as u32, 40);
    measure.text(text, (0.0, 20.0), EM, INK, Anchor::Start);
    measure.texts().iter().map(|text| text.to.0).fold(0.0, f64::max)
}

/// A text that is cut where it is wider than the room.
fn fit(text: &str, room: f64) -> String {
    let mut cut = text.to_owned();
    while width(&cut) > room {
        let shorter = cut.trim_end_matches('…').chars().count().saturating_sub(1);
        cut = text.chars().take(shorter).chain(['…']).collect();
        if shorter == 0 {
            break;
        }
    }
    cut
}

#[cfg(test)]
mod tests {
    use gumbel_report::Series;

    use super::*;

    fn chart(names: &[&str], points: &[(f64, f64)]) -> LineChart {
        let series = |name: &&str| Series { name: (*name).to_owned(), points: points.to_vec() };
        LineChart {
            title: String::new(),
            x_label: "epoch".to_owned(),
            y_label: "nats an image".to_owned(),
            series: names.iter().map(series).collect(),
        }
    }

    #[test]
    fn texts_are_inside_and_do_not_overlap() {
        let falling: Vec<_> =
            (1..=3_000).map(|i| (f64::from(i), -2e6 + 3e7 / f64::from(i))).collect();
        let long = "a curve whose name is longer than a telephone is wide, twice over at least";
        for (names, points) in [
            (
                &["validation, one-hot", "training, one-hot", "training objective, relaxed"][..],
                &falling[..30],
            ),
            (&["", "b"], &falling),
            (&[""], &[(1.0, 0.5)]),
            (&[long; 9], &[(1.0, 0.0), (2.0, f64::NAN), (3.0, 0.0)]),
            (&["tiny"], &[(1.0, 1e-12), (2.0, 3e-12)]),
        ] {
            let sketch = narrow_lines(&chart(names, points)).unwrap();
            let texts = sketch.texts();
            assert!(texts.iter().any(|text| text.text == "epoch"));
            for (i, a) in texts.iter().enumerate() {
                assert!(texts[..i].iter().all(|b| !a.overlaps(b)), "{a:?} {names:?}");
                assert!(a.from.0 >= 0.0 && a.to.0 <= WIDTH && a.from.1 >= 0.0, "{a:?}");
                assert!(a.to.1 <= f64::from(sketch.size().1), "{a:?}");
            }
        }
        for (columns, rows) in [(1, 1), (10, 20), (256, 256), (3, 0), (0, 0)] {
            let map = Heatmap {
                x_label: "class".to_owned(),
                y_label: "latent variable".to_owned(),
                columns,
                values: vec![0.25; columns * rows],
                ..Heatmap::default()
            };
            let sketch = narrow_cells(&map);
            let texts = sketch.texts();
            for (i, a) in texts.iter().enumerate() {
                assert!(texts[..i].iter().all(|b| !a.overlaps(b)), "{a:?} {columns} {rows}");
                assert!(a.from.0 >= 0.0 && a.to.0 <= WIDTH && a.from.1 >= 0.0, "{a:?}");
                assert!(a.to.1 <= f64::from(sketch.size().1), "{a:?}");
            }
        }
        assert!(narrow_lines(&chart(&["none"], &[])).is_none());
        assert!(narrow_lines(&chart(&["none"], &[(1.0, f64::INFINITY)])).is_none());
        assert!(narrow_lines(&LineChart::default()).is_none());
    }
}
