//! The report of a Gaussian code.

use burn::tensor::{Device, Tensor, TensorData};
use gumbel::distribution::Normal;
use gumbel_report::color::{BLUE, Color, FAINT, INK, MUTED, RULE};
use gumbel_report::{Anchor, LineChart, Panel, Rect, ReportError, Scale, Series, Sketch, TEXT};
use gumbel_train::report::{Chart, Drawing};
use gumbel_train::values::rows;

use super::CodeTexts;
use crate::vae::advice::ACTIVE;
use crate::vae::model::Vae;

/// Rows and columns of the manifold.
pub(super) const SIDE: usize = 11;
/// The most pixels of a side of an image of the map, and about that many pixels of the page.
pub(super) const FIELD: usize = 62;

pub(super) fn texts(dimensions: usize) -> CodeTexts {
    CodeTexts {
        kind: "Gaussian",
        lead: format!(
            "An autoencoder whose code is {dimensions} numbers, normal given the image, trained \
             through the re-parameterised sample z = mu + sigma eps."
        ),
        samples: "samples an image",
        code: "code, drawn from q(z | x),",
        curves: [
            ("validation", |row| Some(row.validation_bound)),
            ("training", |row| Some(row.train_bound)),
            ("training objective", |row| Some(row.objective)),
        ],
        bounds: "The training objective is the bound too, with weights that change in the epoch.",
    }
}

/// The most dimensions that are drawn as bars; more are a curve.
const MOST_BARS: usize = 40;

/// A chart of the divergence of each dimension, largest first.
///
/// # Errors
/// Divergences that have no axis; none that a training gives.
pub(super) fn chart(kl: &[f64]) -> Result<Chart, ReportError> {
    let title = "Divergence of the dimensions".to_owned();
    let mut sorted = kl.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let active = sorted.iter().filter(|&&kl| kl > ACTIVE).count();
    let points = sorted.iter().enumerate().map(|(i, &kl)| ((i + 1) as f64, kl)).collect();
    Ok(Chart {
        file: "divergence",
        alt: format!("the divergence of each of {} dimensions, sorted", kl.len()),
        caption: format!(
            "How much each latent dimension says about an image: the mean of its divergence \
             KL(q(z | x) || p(z)) over the test images, largest first. {active} of {} are above \
             {ACTIVE} nats; a dimension at 0 is not used.",
            kl.len()
        ),
        drawing: match kl.len() {
            ..=MOST_BARS => Drawing::Pair(title, bars(&sorted, 660.0)?, bars(&sorted, 400.0)?),
            _ => Drawing::Lines(LineChart {
                title,
                x_label: "latent dimension, by rank".to_owned(),
                y_label: "nats".to_owned(),
                series: vec![Series { name: "KL(q(z | x) || p(z))".to_owned(), points }],
            }),
        },
    })
}

/// Draws a bar from 0 for each dimension.
fn bars(sorted: &[f64], width: f64) -> Result<Sketch, ReportError> {
    let mut sketch = Sketch::new("Divergence of the dimensions", width as u32, 320);
    let most = sorted.iter().copied().fold(0.0, f64::max).max(1e-3);
    let every = sorted.len().div_ceil((width / 36.0) as usize).max(1);
    let ranks = (1..=sorted.len()).step_by(every).map(|rank| (rank as f64, rank.to_string()));
    let panel = Panel::new(
        Rect { left: 64.0, top: 44.0, right: width - 20.0, bottom: 250.0 },
        Scale::linear(0.4, sorted.len() as f64 + 0.6, 8.0)?.with_ticks(ranks),
        Scale::linear(0.0, 1.08 * most, 5.0)?,
    );
    panel.plain().em(TEXT).x_label("latent dimension, by rank").y_label("nats").axes(&mut sketch);
    let bars = sorted.iter().zip(1..).map(|(&kl, rank)| {
        let middle = f64::from(rank);
        (middle - 0.35, middle + 0.35, kl)
    });
    panel.bars(&mut sketch, bars, BLUE);
    Ok(sketch)
}

/// The value of a dimension in column `i` of the map, or in row `i` from below.
fn value(i: usize) -> f64 {
    // The probability is inside (0, 1), so the quantile exists.
    Normal::STANDARD.quantile((i as f64 + 0.5) / SIDE as f64).unwrap_or_default()
}

/// The mean images of a grid over two dimensions: z at the quantiles (i + 1/2) / [`SIDE`] of the prior, the
/// first dimension to the right, the second upwards.
pub(super) fn manifold(model: &Vae) -> Vec<Vec<f32>> {
    let code = (0..SIDE * SIDE).flat_map(|i| [value(i % SIDE), value(SIDE - 1 - i / SIDE)]);
    let code = TensorData::new(code.map(|z| z as f32).collect::<Vec<_>>(), [SIDE * SIDE, 2]);
    rows(model.means(Tensor::from_data(code, &Device::flex())))
}

/// Draws the map: the images of a grid of codes, with the values of both dimensions along its sides.
pub(super) fn map((width, height): (usize, usize), images: &[Vec<f32>]) -> Sketch {
    let pixel = (FIELD / width.max(height).max(1)).max(1) as f64;
    // Room for the numbers along the sides.
    let field = ((pixel * width as f64 + 3.0).max(52.0), (pixel * height as f64 + 3.0).max(24.0));
    let (left, top) = (64.0, 34.0);
    let at =
        |column: usize, row: usize| (left + column as f64 * field.0, top + row as f64 * field.1);
    let (right, bottom) = at(SIDE, SIDE);
    let size = ((right + 16.0).ceil() as u32, (bottom + 58.0).ceil() as u32);
    let mut sketch = Sketch::new("The map of the code", size.0, size.1);
    for (i, image) in images.iter().enumerate() {
        let (x, y) = at(i % SIDE, i / SIDE);
        for (row, pixels) in image.chunks(width.max(1)).enumerate() {
            let grey = |ink: f32| (255.0 * (1.0 - ink.clamp(0.0, 1.0))).round() as u8;
            let mut column = 0;
            // Neighbours of one grey are one mark.
            for run in pixels.chunk_by(|&a, &b| grey(a) == grey(b)) {
                let (x, y) = (x + column as f64 * pixel, y + row as f64 * pixel);
                let to = (x + run.len() as f64 * pixel, y + pixel);
                let shade = grey(run[0]);
                sketch.rect((x, y), to, Color::new(shade, shade, shade));
                column += run.len();
            }
        }
        sketch.frame((x - 1.0, y - 1.0), (x + field.0 - 2.0, y + field.1 - 2.0), FAINT, 1.0);
    }
    for i in 0..SIDE {
        let (x, y) = at(i, SIDE - 1 - i);
        let z = format!("{:.2}", value(i) + 0.0);
        sketch.text(&z, (x + 0.5 * field.0, bottom + 18.0), TEXT, MUTED, Anchor::Middle);
        sketch.text(&z, (left - 8.0, y + 0.5 * field.1 + 5.0), TEXT, MUTED, Anchor::End);
    }
    let below = bottom + 44.0;
    sketch.text("first dimension", (left, below), TEXT, INK, Anchor::Start);
    sketch.arrow((left + 126.0, below - 4.5), (right, below - 4.5), RULE, 1.5);
    sketch.text("second dimension, upwards", (left, 18.0), TEXT, INK, Anchor::Start);
    sketch.arrow((14.0, bottom), (14.0, top), RULE, 1.5);
    sketch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_are_bars_from_zero() {
        for dimensions in [1, 2, 20, MOST_BARS, MOST_BARS + 1, 500] {
            let kl: Vec<f64> = (0..dimensions).map(|i| 0.9 / (1.0 + i as f64)).collect();
            let chart = chart(&kl).unwrap();
            match &chart.drawing {
                Drawing::Pair(_, wide, narrow) => {
                    for sketch in [wide, narrow] {
                        let texts = sketch.texts();
                        assert!(texts.iter().any(|text| text.text.parse() == Ok(0.0)));
                        for (i, a) in texts.iter().enumerate() {
                            assert!(texts[..i].iter().all(|b| !a.overlaps(b)), "{a:?}");
                            assert!(a.to.0 <= f64::from(sketch.size().0), "{a:?}");
                        }
                    }
                }
                drawing => {
                    assert!(matches!(drawing, Drawing::Lines(_)) && dimensions > MOST_BARS);
                }
            }
            chart.section().unwrap();
        }
        chart(&[0.0, 0.0]).unwrap();
    }

    #[test]
    fn a_map_of_images_of_any_size_has_axes_and_fits_a_file() {
        for size in [(8, 8), (28, 28), (62, 20), (1, 62), (1, 1)] {
            let images = vec![vec![0.5; size.0 * size.1]; SIDE * SIDE];
            let sketch = map(size, &images);
            let texts = sketch.texts();
            for (i, a) in texts.iter().enumerate() {
                assert!(texts[..i].iter().all(|b| !a.overlaps(b)), "{size:?} {a:?}");
                assert!(a.from.0 >= 0.0 && a.to.0 <= f64::from(sketch.size().0), "{a:?}");
            }
            assert_eq!(texts.iter().filter(|text| text.text == "0.00").count(), 2);
            assert!(sketch.size().0 < 1_000 && sketch.size().1 < 1_000, "{:?}", sketch.size());
        }
    }
}
