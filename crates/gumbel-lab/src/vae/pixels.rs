//! The pixels that a run sees: grey values, binarised by its settings.

use gumbel::Key;
use gumbel_data::{Binarise, Dataset, EMBEDDED, NAMES, binarise_into, is_embedded};

use crate::error::LabError;
use crate::streams;
use crate::vae::VaeRun;
use crate::vae::config::VaeConfig;
use crate::vae::model::MEAN_CLAMP;

/// The pixels of a data set as training and evaluation see them.
pub(crate) struct Pixels {
    pub(crate) train: Vec<f32>,
    pub(crate) validation: Vec<f32>,
    pub(crate) test: Vec<f32>,
}

impl Pixels {
    /// Binarises all pixels once. Validation and test images keep these pixels; with dynamic binarisation,
    /// training images are binarised again in each epoch.
    pub(crate) fn new(dataset: &Dataset, config: &VaeConfig) -> Self {
        let draw = |part: u64, grey: &[f32]| match config.binarise {
            Binarise::None => grey.to_vec(),
            Binarise::Fixed | Binarise::Dynamic => {
                let key = Key::new(config.seed).fold_in(streams::BINARISE).fold_in(part);
                let mut pixels = vec![0.0; grey.len()];
                binarise_into(key, 0, grey, &mut pixels);
                pixels
            }
        };
        Self {
            train: draw(0, &dataset.train.pixels),
            validation: draw(1, &dataset.validation.pixels),
            test: draw(2, &dataset.test.pixels),
        }
    }
}

/// The pixels of a data set as a training sees them: train, validation, test. With dynamic binarisation,
/// training images are binarised again in each epoch.
pub fn training_pixels(dataset: &Dataset, config: &VaeConfig) -> [Vec<f32>; 3] {
    let Pixels { train, validation, test } = Pixels::new(dataset, config);
    [train, validation, test]
}

/// The test pixels of a run as its training evaluated them, and the key of that evaluation. With
/// [`SAMPLES_AT_THE_END`](crate::vae::SAMPLES_AT_THE_END) samples, [`evaluate`](crate::vae::evaluate)
/// gives the bound of the summary again.
///
/// # Errors
/// A data set other than that of the run.
pub fn test_set(run: &VaeRun, dataset: &Dataset) -> Result<(Vec<f32>, Key), LabError> {
    check_data(run, dataset)?;
    let key = Key::new(run.config().seed).fold_in(streams::EVALUATE).fold_in(streams::TEST);
    Ok((Pixels::new(dataset, run.config()).test, key))
}

/// Checks that a data set is the one that a run was trained on.
///
/// # Errors
/// A data set other than that of the run.
pub fn check_data(run: &VaeRun, dataset: &Dataset) -> Result<(), LabError> {
    if dataset.sha256 != run.data_sha256() {
        let own = run.config().data.as_str();
        let embedded = dataset.origin == EMBEDDED;
        let advice = match own {
            own if is_embedded(own) && dataset.name == own && embedded => {
                format!("this version embeds other {own}")
            }
            own if is_embedded(own) => format!("its {own} are embedded, so leave out --data"),
            name if NAMES.contains(&name) => {
                format!("leave out --data, or name the folder of {name} with it")
            }
            _ => "name the folder of its data with --data DIR".to_owned(),
        };
        let place = match &dataset.name {
            name if embedded => format!("the embedded {name}"),
            _ => dataset.origin.clone(),
        };
        let problem = format!(
            "was trained on data with sha256 {}, found {} in {place}: {advice}",
            run.data_sha256(),
            dataset.sha256
        );
        return Err(LabError::run(run.path(), problem));
    }
    Ok(())
}

/// The mean of each pixel over the images, summed in f64 in the order of the images.
pub(crate) fn means(pixels: &[f32], d: usize) -> Vec<f32> {
    let mut sums = vec![0.0_f64; d];
    for image in pixels.chunks_exact(d) {
        for (sum, x) in sums.iter_mut().zip(image) {
            *sum += f64::from(*x);
        }
    }
    let n = (pixels.len() / d) as f64;
    sums.iter().map(|sum| (sum / n) as f32).collect()
}

/// The cost of images in nats an image under the pixel means alone: the bound of a decoder without a code.
pub(crate) fn bound_of_means(means: &[f32], pixels: &[f32]) -> f64 {
    let ln: Vec<(f64, f64)> = means
        .iter()
        .map(|&mean| f64::from(mean.clamp(MEAN_CLAMP, 1.0 - MEAN_CLAMP)))
        .map(|mean| (mean.ln(), (1.0 - mean).ln()))
        .collect();
    let cost = |(&x, (on, off)): (&f32, &(f64, f64))| {
        let x = f64::from(x);
        -x * on - (1.0 - x) * off
    };
    let images = pixels.chunks_exact(means.len());
    let n = images.len().max(1) as f64;
    images.map(|image| image.iter().zip(&ln).map(cost).sum::<f64>()).sum::<f64>() / n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_of_the_means_is_their_cross_entropy() {
        // Two images of two pixels, with means 1/2 and 1/4.
        let ln = |x: f64| -x.ln();
        let expected = (ln(0.5) + ln(0.75) + ln(0.5) + ln(0.25)) / 2.0;
        let bound = bound_of_means(&[0.5, 0.25], &[1.0, 0.0, 0.0, 1.0]);
        assert!((bound - expected).abs() < 1e-12, "{bound} {expected}");
        let grey = bound_of_means(&[0.25], &[0.5]);
        assert!((grey - 0.5 * (ln(0.25) + ln(0.75))).abs() < 1e-12, "{grey}");
    }

    #[test]
    fn means_are_over_images() {
        assert_eq!(means(&[0.0, 1.0, 1.0, 1.0], 2), [0.5, 1.0]);
    }
}
