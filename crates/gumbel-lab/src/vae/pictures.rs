//! The report of a run: curves, reconstructions, samples, and the use of the code.

mod categorical;
mod gaussian;
mod guide;
mod shrink;

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use gumbel::Key;
use gumbel_files::output::write as write_file;
use gumbel_report::{ImageGrid, Page, Picture, Section};
use gumbel_train::RunFolder;
use gumbel_train::report::{Chart, Curve, curves, look_at, save_charts, temperature_chart};
use gumbel_train::run::read_metrics;
use gumbel_train::values::rows;

use crate::error::LabError;
use crate::record;
use crate::vae::eval::{Evaluation, LatentUsage};
use crate::vae::latents::Latents;
use crate::vae::model::Vae;
use crate::vae::{MetricsRow, Summary, VaeConfig};
use shrink::Shrink;

/// Images in the grid of reconstructions.
const SHOWN: usize = 30;
/// Images in a row of that grid. The classes of the embedded garments take turns, so each has a column.
const COLUMNS: usize = 10;
/// Images in the grid of samples.
const SAMPLES: usize = 64;

/// Draws a picture of `n` images from the prior, each shown by its pixel means.
///
/// # Errors
/// A picture that cannot be encoded.
pub fn sample_grid(
    model: &Vae,
    size: (usize, usize),
    n: usize,
    key: Key,
) -> Result<Vec<u8>, LabError> {
    mean_grid(size, &model.sample_prior(n, key).concat())
}

/// Draws a picture of images given by their pixel means, `[images, width * height]`, in about as many rows
/// as columns.
///
/// # Errors
/// A picture that cannot be encoded.
pub fn mean_grid(size: (usize, usize), means: &[f32]) -> Result<Vec<u8>, LabError> {
    let images: Vec<_> = means.chunks((size.0 * size.1).max(1)).map(<[f32]>::to_vec).collect();
    let columns = (images.len() as f64).sqrt().ceil().max(1.0) as usize;
    Ok(grid(size, columns, images).png()?)
}

/// The texts and curves of the report that depend on the kind of code.
struct CodeTexts {
    kind: &'static str,
    lead: String,
    samples: &'static str,
    code: &'static str,
    curves: [Curve<MetricsRow>; 3],
    bounds: &'static str,
}

/// Writes the pictures of a finished training, and makes the page of its report.
pub(crate) fn page(
    folder: &RunFolder<VaeConfig>,
    model: &Vae,
    test: &[f32],
    evaluation: &Evaluation,
    summary: &Summary,
    key: Key,
) -> Result<Page, LabError> {
    let size = record::picture_size(folder)?;
    let metrics: Vec<MetricsRow> = read_metrics(folder.path())?;
    let [code_key, sample_key] = key.split();
    let texts = match model.latents() {
        Latents::Categorical(choices) => categorical::texts(choices, &summary.estimator),
        Latents::Gaussian(dimensions) => gaussian::texts(dimensions),
    };
    let (originals, reconstructions) = reconstruct(model, test, code_key)?;
    let shown = originals.len();
    let shrink = Shrink::new(size);
    let (width, height) = shrink.size();
    let [originals, reconstructions] =
        [originals, reconstructions].map(|images| shrink.all(images));
    let pairs = ImageGrid::pairs(width, height, &originals, &reconstructions, COLUMNS);
    let pairs = ImageGrid { scale: zoom(width), ..pairs };
    let samples = shrink.all(model.sample_prior(SAMPLES, sample_key));
    let samples = grid((width, height), 8, samples);
    let remark = shrink.remark();
    let pictures = [
        (
            "reconstructions",
            Section {
                heading: "Reconstructions".to_owned(),
                caption: format!(
                    "The first {shown} test images; below each, the mean image that its {} decodes \
                     to.{remark}",
                    texts.code
                ),
                alt: format!("{shown} test images, each above its reconstruction"),
                picture: Picture::Png(pairs.png()?),
            },
        ),
        (
            "samples",
            Section {
                heading: "Samples from the prior".to_owned(),
                caption: format!(
                    "{SAMPLES} codes drawn from the prior, decoded to mean images.{remark}"
                ),
                alt: format!("{SAMPLES} images drawn from the prior"),
                picture: Picture::Png(samples.png()?),
            },
        ),
    ];
    let mut charts = vec![Chart {
        file: "bound",
        alt: bounds_alt(&metrics),
        caption: format!(
            "The negative evidence lower bound after each epoch, in nats an image; lower is better. {}",
            texts.bounds
        ),
        drawing: curves(
            "Bound during training",
            "nats an image",
            &metrics,
            |row| row.epoch,
            &texts.curves,
        ),
    }];
    if let (Some(tau), Some(length)) = (folder.config().tau, folder.length()?) {
        charts.push(temperature_chart(tau, length)?);
    }
    charts.extend(match (&evaluation.code, model.latents()) {
        (LatentUsage::Choices { usage, entropies }, Latents::Categorical(choices)) => {
            categorical::charts(choices, (usage, entropies), &metrics)
        }
        (LatentUsage::Dimensions { kl }, _) => vec![gaussian::chart(kl)?],
        (LatentUsage::Choices { .. }, Latents::Gaussian(_)) => Vec::new(),
    });
    let mut page = Page {
        title: format!("{} VAE on {}", texts.kind, summary.data),
        lead: summary.health.in_words() + &texts.lead,
        headline: headline(summary, texts.samples),
        facts: facts(folder, summary)?,
        sections: vec![look_at(guide::points(model.latents(), &evaluation.code, &metrics))],
    };
    for (file, section) in pictures.into_iter().chain(manifold(model, size)?) {
        if let Picture::Png(png) = &section.picture {
            save(folder.path(), file, png)?;
        }
        page.sections.push(section);
    }
    page.sections.extend(save_charts(folder.path(), charts)?);
    Ok(page)
}

/// The map of a Gaussian code of two dimensions; `None` for other codes.
fn manifold(
    model: &Vae,
    size: (usize, usize),
) -> Result<Option<(&'static str, Section)>, LabError> {
    if model.latents() != Latents::Gaussian(2) {
        return Ok(None);
    }
    let shrink = Shrink::within(size, gaussian::FIELD);
    let images = shrink.all(gaussian::manifold(model));
    let picture = Picture::Png(gaussian::map(shrink.size(), &images).png()?);
    let section = Section {
        heading: "The map of the code".to_owned(),
        caption: format!(
            "The mean image of each code of a grid. The numbers are the values of the two dimensions, midpoints of {} \
             parts of the prior that are equally probable: a code drawn from the prior falls into each field as \
             often.{}",
            gaussian::SIDE,
            shrink.remark()
        ),
        alt: format!(
            "{0} by {0} images that change little from one to the next; the first dimension rises to the right, the \
             second upwards",
            gaussian::SIDE
        ),
        picture,
    };
    Ok(Some(("manifold", section)))
}

fn bounds_alt(metrics: &[MetricsRow]) -> String {
    match (metrics.first(), metrics.last()) {
        (Some(first), Some(last)) => format!(
            "the validation bound goes from {:.1} to {:.1} nats",
            first.validation_bound, last.validation_bound
        ),
        _ => "no epochs".to_owned(),
    }
}

fn headline(summary: &Summary, samples: &str) -> Vec<(String, String)> {
    let pair = |label: &str, value: String| (label.to_owned(), value);
    vec![
        pair("test bound, nats an image", format!("{:.2}", summary.test_bound_nats)),
        pair("standard error", format!("{:.2}", summary.se)),
        pair(samples, summary.samples.to_string()),
        pair("epochs", summary.epochs.to_string()),
    ]
}

fn facts(
    folder: &RunFolder<VaeConfig>,
    summary: &Summary,
) -> Result<Vec<(String, String)>, LabError> {
    let mut facts = folder.settings_as_text()?;
    facts.push(("data sha256".to_owned(), folder.data_sha256().to_owned()));
    facts.push(("test images".to_owned(), summary.images.to_string()));
    facts.push(("test divergence, nats".to_owned(), format!("{:.2}", summary.test_kl_nats)));
    facts.push(("training bound, nats".to_owned(), format!("{:.2}", summary.train_bound_nats)));
    Ok(facts)
}

type Pictures = Vec<Vec<f32>>;

/// The first test images, and the mean images of their codes.
fn reconstruct(model: &Vae, test: &[f32], key: Key) -> Result<(Pictures, Pictures), LabError> {
    let d = model.pixels();
    let n = SHOWN.min(test.len() / d);
    let pixels = test[..n * d].to_vec();
    let x = Tensor::<2>::from_data(TensorData::new(pixels, [n, d]), &Device::flex());
    let code = model.encode(x.clone()).sample(key, 0)?;
    Ok((rows(x), rows(model.means(code))))
}

fn grid((width, height): (usize, usize), columns: usize, images: Vec<Vec<f32>>) -> ImageGrid {
    ImageGrid { width, height, columns, images, scale: zoom(width) }
}

/// The magnification of images of this width: at least 1, and larger for small images.
fn zoom(width: usize) -> usize {
    (84 / width.max(1)).clamp(1, 8)
}

fn save(folder: &Path, name: &str, png: &[u8]) -> Result<(), LabError> {
    Ok(write_file(&folder.join(format!("{name}.png")), png)?)
}
