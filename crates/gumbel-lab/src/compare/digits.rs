//! The problems `digits-7x4@EPOCHS`: an autoencoder on the embedded digits, small enough for a sum over all states.

use std::sync::atomic::{AtomicBool, Ordering};

use burn::module::Module;
use burn::tensor::Device;
use gumbel::Key;
use gumbel_burn::estimator::Name;
use gumbel_data::Dataset;
use gumbel_files::FileError;
use gumbel_files::names::unknown;
use gumbel_train::{Observer, Progress, Start, streams};

use super::image_cost::{ImageCost, logits};
use crate::error::LabError;
use crate::vae::categorical::log_softmax;
use crate::vae::{Choices, Latents, Vae, VaeConfig, VaeRun, train, training_pixels};

/// The names that [`digits_problem`] knows. The number after the @ is that of the epochs of training.
pub const DIGITS: [&str; 3] = ["digits-7x4@0", "digits-7x4@20", "digits-7x4@200"];

const EPOCHS: [u64; 3] = [0, 20, 200];

/// The settings of the training: 7 variables of 4 classes, so 16,384 states, and a decoder with one layer of 32 units.
fn settings(images: usize) -> VaeConfig {
    let latents = Latents::Categorical(Choices { variables: 7, classes: 4 });
    let config =
        VaeConfig::defaults("digits").with_estimator(Name::GumbelSoftmax).with_latents(latents);
    let epochs = EPOCHS[EPOCHS.len() - 1];
    VaeConfig { epochs, hidden: vec![32], ..config }.fitted_to(images)
}

/// Trains an autoencoder on the embedded digits, up to the point that the name says, and makes a test image a problem.
///
/// All names are points of one training of 200 epochs through Gumbel-Softmax, with the schedule of `train vae`; it
/// takes a second or two and leaves no files. The image is the one whose code has the median entropy of all test
/// images at this point. Equal names give equal problems, with any number of threads, on processors of one kind.
///
/// # Errors
/// Another name; a folder for temporary files that cannot be written.
///
/// ```
/// use gumbel_compare::{Tabulated, problem::Problem};
/// let untrained = gumbel_lab::compare::digits_problem("digits-7x4@0", 1)?;
/// assert_eq!(Tabulated::new(&untrained)?.states(), 16_384);
/// assert!(gumbel_lab::compare::digits_problem("digits-7x4@3", 1).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn digits_problem(name: &str, threads: usize) -> Result<ImageCost, LabError> {
    let Some(place) = DIGITS.iter().position(|known| *known == name) else {
        return Err(LabError::setting("problem", unknown(&DIGITS, name)));
    };
    let dataset = gumbel_data::load("digits", None, VaeConfig::defaults("digits").seed)?;
    let config = settings(dataset.train.len());
    let vae = trained(&config, &dataset, EPOCHS[place], threads)?;
    let [_, _, pixels] = training_pixels(&dataset, &config);
    let image = median_entropy(&vae, &pixels)?;
    ImageCost::new(name, &vae, &pixels[image * vae.pixels()..(image + 1) * vae.pixels()])
}

/// The model after some epochs of the training.
pub(super) fn trained(
    config: &VaeConfig,
    dataset: &Dataset,
    epochs: u64,
    threads: usize,
) -> Result<Vae, LabError> {
    if epochs == 0 {
        let [pixels, ..] = training_pixels(dataset, config);
        let means = crate::vae::means(&pixels, dataset.train.pixels_per_image());
        let key = Key::new(config.seed).fold_in(streams::WEIGHTS);
        return Ok(Vae::new(config, &means, key, &Device::flex().autodiff()).valid());
    }
    let place = std::env::temp_dir();
    let folder = tempfile::tempdir().map_err(FileError::system("make a folder in", &place))?;
    let stop = AtomicBool::new(false);
    let run = folder.path().join("run");
    let mut observer = StopAfter { epochs, stop: &stop };
    train(config, dataset, &run, Start::New, threads, &mut observer, &stop)?;
    VaeRun::open(&run)?.load_vae()
}

/// Stops a training after some epochs.
struct StopAfter<'a> {
    epochs: u64,
    stop: &'a AtomicBool,
}

impl Observer for StopAfter<'_> {
    fn start(&mut self, _: &Progress) {}

    fn step(&mut self, _: &Progress) {}

    fn epoch(&mut self, progress: &Progress) {
        self.stop.store(progress.epoch >= self.epochs, Ordering::Relaxed);
    }

    fn finishing(&mut self) {}
}

/// The image whose q(z | x) has the median entropy.
fn median_entropy(vae: &Vae, pixels: &[f32]) -> Result<usize, LabError> {
    let (Choices { variables, classes }, logits) = logits(vae, pixels)?;
    let entropy = |logits: &[f32]| -> f64 {
        log_softmax(logits, classes).iter().map(|ln_q| -ln_q.exp() * ln_q).sum()
    };
    let entropies = logits.chunks_exact(variables * classes).map(entropy);
    let mut sorted: Vec<(f64, usize)> = entropies.enumerate().map(|(i, h)| (h, i)).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(sorted[sorted.len() / 2].1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gumbel_compare::Tabulated;
    use gumbel_compare::problem::Problem;

    #[test]
    fn a_training_makes_codes_certain_and_costs_low() {
        let problems = DIGITS.map(|name| digits_problem(name, 2).unwrap());
        let tables = problems.each_ref().map(|problem| Tabulated::new(problem).unwrap());
        let costs = tables.each_ref().map(Tabulated::expected_cost);
        assert!(costs[0] > costs[1] && costs[1] > costs[2], "{costs:?}");
        let surest = tables.map(|t| t.probabilities().iter().copied().fold(0.0, f64::max));
        assert!(surest[0] < 0.5 && surest[2] > 0.9, "{surest:?}");
        for (problem, name) in problems.iter().zip(DIGITS) {
            assert_eq!((problem.name(), problem.variables(), problem.classes()), (name, 7, 4));
        }
        // Another call, with another number of threads, is the same problem.
        let again = digits_problem(DIGITS[1], 1).unwrap();
        assert_eq!(again.logits(), problems[1].logits());
    }
}
