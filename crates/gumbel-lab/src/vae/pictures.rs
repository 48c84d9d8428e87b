//! The report of a run: curves, reconstructions, samples, and how the codes are used.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use gumbel::Key;

use crate::error::LabError;
use crate::run::{self, MetricsRow, RunFolder, Summary, read_metrics};
use crate::vae::eval::Evaluation;
use crate::vae::model::{Vae, rows};
use gumbel_report::{Heatmap, ImageGrid, LineChart, Page, Picture, ReportError, Section, Series};

/// Images in the grid of reconstructions.
const SHOWN: usize = 32;
/// Images in the grid of samples.
const SAMPLES: usize = 64;

/// A picture of images drawn from the prior: the means of their pixels.
///
/// # Errors
/// When the picture cannot be encoded.
pub fn sample_grid(
    model: &Vae,
    size: (usize, usize),
    n: usize,
    key: Key,
) -> Result<Vec<u8>, LabError> {
    mean_grid(size, &model.sample_prior(n, key).concat())
}

/// A picture of images given by the means of their pixels, `[images, width * height]`, in about as
/// many rows as columns.
///
/// # Errors
/// When the picture cannot be encoded.
pub fn mean_grid(size: (usize, usize), means: &[f32]) -> Result<Vec<u8>, LabError> {
    let images: Vec<_> = means.chunks((size.0 * size.1).max(1)).map(<[f32]>::to_vec).collect();
    let columns = (images.len() as f64).sqrt().ceil().max(1.0) as usize;
    Ok(grid(size, columns, images).png()?)
}

/// Writes the pictures and `report.html` of a finished training.
pub(crate) fn write(
    folder: &RunFolder,
    model: &Vae,
    test: &[f32],
    evaluation: &Evaluation,
    summary: &Summary,
    key: Key,
) -> Result<(), LabError> {
    let size = folder.picture_size();
    let metrics = read_metrics(folder.path())?;
    let [code_key, sample_key] = key.split();
    let (originals, reconstructions) = reconstruct(model, test, code_key)?;
    let shown = originals.len();
    let pairs = ImageGrid::pairs(size.0, size.1, &originals, &reconstructions, 16);
    let latents = model.latents();
    let bounds = curve(
        "Bound during training",
        "nats an image",
        &metrics,
        &[
            ("validation, one-hot", |row| row.validation_bound),
            ("training, one-hot", |row| row.train_bound),
            ("training objective, relaxed", |row| row.objective),
        ],
    );
    let temperature = curve("Temperature", "tau", &metrics, &[("temperature", |row| row.tau)]);
    let entropy = curve(
        "Entropy of the codes",
        "nats a variable",
        &metrics,
        &[("mean entropy of q(z | x)", |row| row.entropy)],
    );
    let usage = Heatmap {
        title: "Use of the classes".to_owned(),
        x_label: "class".to_owned(),
        y_label: "latent variable".to_owned(),
        columns: latents.classes,
        values: evaluation.usage.clone(),
    };
    let (variables, classes) = (latents.variables, latents.classes);
    let charts = [
        Chart {
            file: "bound",
            alt: bounds_in_words(&metrics),
            caption:
                "The negative evidence lower bound after each epoch, in nats an image; lower is \
                      better. Codes are discretised to one-hot for the two bounds. The training \
                      objective uses relaxed codes, so it is not a bound."
                    .to_owned(),
            drawing: Drawing::Lines(bounds),
        },
        Chart {
            file: "temperature",
            alt: "the temperature after each epoch".to_owned(),
            caption: "The temperature tau of the relaxation at the last step of each epoch."
                .to_owned(),
            drawing: Drawing::Lines(temperature),
        },
        Chart {
            file: "entropy",
            alt: "the mean entropy of a latent variable after each epoch".to_owned(),
            caption: format!(
                "How undecided the encoder is about a latent variable, given the image: from 0 \
                 (certain) to ln {classes} = {:.2} (no idea). Validation images.",
                (classes as f64).ln()
            ),
            drawing: Drawing::Lines(entropy),
        },
        Chart {
            file: "usage",
            alt: format!("a heat map of {variables} variables by {classes} classes"),
            caption: format!(
                "How often each of the {classes} classes of each of the {variables} latent variables \
                 is drawn over the test images. A row with one dark cell is a variable that is not \
                 used."
            ),
            drawing: Drawing::Cells(usage),
        },
    ];
    let mut page = Page {
        title: format!("Categorical VAE on {}", summary.data),
        lead: format!(
            "An autoencoder whose code is {variables} choices among {classes} classes, trained \
             through {} and evaluated with codes discretised to one-hot.",
            summary.estimator
        ),
        headline: headline(summary),
        facts: facts(folder, summary),
        sections: Vec::new(),
    };
    let reconstruction_png = pairs.png()?;
    let sample_png = sample_grid(model, size, SAMPLES, sample_key)?;
    save(folder.path(), "reconstructions", &reconstruction_png)?;
    save(folder.path(), "samples", &sample_png)?;
    page.sections.push(Section {
        heading: "Reconstructions".to_owned(),
        caption: format!(
            "The first {shown} test images; below each, the mean image that its one-hot code decodes \
             to."
        ),
        alt: format!("{shown} test images, each above its reconstruction"),
        picture: Picture::Png(reconstruction_png),
    });
    page.sections.push(Section {
        heading: "Samples from the prior".to_owned(),
        caption: format!("{SAMPLES} codes drawn from the prior, decoded to mean images."),
        alt: format!("{SAMPLES} images drawn from the prior"),
        picture: Picture::Png(sample_png),
    });
    for chart in charts {
        save(folder.path(), chart.file, &chart.drawing.png()?)?;
        page.sections.push(chart.section()?);
    }
    run::write_file(&folder.path().join("report.html"), page.html().as_bytes())
}

/// A chart of the report: a PNG with its title, and an SVG under a heading that says the same.
struct Chart {
    file: &'static str,
    alt: String,
    caption: String,
    drawing: Drawing,
}

enum Drawing {
    Lines(LineChart),
    Cells(Heatmap),
}

impl Drawing {
    fn png(&self) -> Result<Vec<u8>, ReportError> {
        match self {
            Self::Lines(chart) => chart.png(),
            Self::Cells(chart) => chart.png(),
        }
    }

    fn into_title_and_svg(self) -> Result<(String, String), ReportError> {
        match self {
            Self::Lines(mut chart) => {
                let title = std::mem::take(&mut chart.title);
                Ok((title, chart.svg()?))
            }
            Self::Cells(mut chart) => {
                let title = std::mem::take(&mut chart.title);
                Ok((title, chart.svg()?))
            }
        }
    }
}

impl Chart {
    fn section(self) -> Result<Section, ReportError> {
        let (heading, svg) = self.drawing.into_title_and_svg()?;
        let picture = Picture::Svg(svg);
        Ok(Section { heading, caption: self.caption, alt: self.alt, picture })
    }
}

fn bounds_in_words(metrics: &[MetricsRow]) -> String {
    match (metrics.first(), metrics.last()) {
        (Some(first), Some(last)) => format!(
            "the validation bound goes from {:.1} to {:.1} nats",
            first.validation_bound, last.validation_bound
        ),
        _ => "no epochs".to_owned(),
    }
}

fn headline(summary: &Summary) -> Vec<(String, String)> {
    let pair = |label: &str, value: String| (label.to_owned(), value);
    vec![
        pair("test bound, nats an image", format!("{:.2}", summary.test_bound_nats)),
        pair("standard error", format!("{:.2}", summary.se)),
        pair("one-hot samples an image", summary.samples.to_string()),
        pair("epochs", summary.epochs.to_string()),
    ]
}

fn facts(folder: &RunFolder, summary: &Summary) -> Vec<(String, String)> {
    let mut facts = folder.config().named();
    facts.push(("data sha256".to_owned(), folder.data_sha256().to_owned()));
    facts.push(("test images".to_owned(), summary.images.to_string()));
    facts.push(("test divergence, nats".to_owned(), format!("{:.2}", summary.test_kl_nats)));
    facts.push(("training bound, nats".to_owned(), format!("{:.2}", summary.train_bound_nats)));
    facts
}

type Column = (&'static str, fn(&MetricsRow) -> f64);

fn curve(title: &str, y_label: &str, metrics: &[MetricsRow], columns: &[Column]) -> LineChart {
    let series = columns.iter().map(|(name, value)| Series {
        name: (*name).to_owned(),
        points: metrics.iter().map(|row| (row.epoch as f64, value(row))).collect(),
    });
    LineChart {
        title: title.to_owned(),
        x_label: "epoch".to_owned(),
        y_label: y_label.to_owned(),
        series: series.collect(),
    }
}

type Pictures = Vec<Vec<f32>>;

/// The first test images, and the mean images of their one-hot codes.
fn reconstruct(model: &Vae, test: &[f32], key: Key) -> Result<(Pictures, Pictures), LabError> {
    let d = model.pixels();
    let n = SHOWN.min(test.len() / d);
    let pixels = test[..n * d].to_vec();
    let x = Tensor::<2>::from_data(TensorData::new(pixels, [n, d]), &Device::flex());
    let code = model.sample_code(model.encode(x.clone()), key.into())?;
    Ok((rows(x), rows(model.means(code))))
}

fn grid((width, height): (usize, usize), columns: usize, images: Vec<Vec<f32>>) -> ImageGrid {
    ImageGrid { width, height, columns, images, scale: zoom(width) }
}

/// Small pictures are magnified more.
fn zoom(width: usize) -> usize {
    (56 / width.max(1)).clamp(1, 6)
}

fn save(folder: &Path, name: &str, png: &[u8]) -> Result<(), LabError> {
    run::write_file(&folder.join(format!("{name}.png")), png)
}
