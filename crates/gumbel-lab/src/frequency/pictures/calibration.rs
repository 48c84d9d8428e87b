//! Calibration of a gate: how often its samples are on, against P(on).

use gumbel_report::color::{BLACK, BLUE, thin};
use gumbel_report::{Panel, Rect, ReportError, Scale, Sketch, Stroke};

use crate::frequency::record::ChannelRow;

/// Draws a point for each channel, the diagonal, and a band of two standard errors of a share of `n`.
///
/// `width` is that of the drawing.
pub(super) fn calibration(
    rows: &[ChannelRow],
    n: usize,
    width: f64,
) -> Result<Sketch, ReportError> {
    let height = 0.72 * width + 60.0;
    let mut sketch = Sketch::new("Sampled frequency against P(on)", width as u32, height as u32);
    let area = Rect { left: 50.0, top: 50.0, right: width - 20.0, bottom: height - 60.0 };
    let scale = || Scale::linear(0.0, 1.0, 5.0);
    let panel = Panel::new(area, scale()?, scale()?);
    let band: Vec<_> = (0..=100)
        .map(|i| {
            let p = f64::from(i) / 100.0;
            let se = (p * (1.0 - p) / n.max(1) as f64).sqrt();
            (p, (p - 2.0 * se).max(0.0), (p + 2.0 * se).min(1.0))
        })
        .collect();
    panel
        .title("One sample an image")
        .x_label("mean P(on)")
        .y_label("share of images with the gate on")
        .axes(&mut sketch);
    panel.band(&mut sketch, &band, thin(BLACK, 0.12));
    panel.line(&mut sketch, [(0.0, 0.0), (1.0, 1.0)], Stroke::solid(BLACK).width(1.0));
    let points = rows.iter().map(|row| (row.probability, row.sampled));
    panel.points(&mut sketch, points, 3.5, thin(BLUE, 0.7));
    Ok(sketch)
}
