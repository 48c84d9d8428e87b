//! Estimators on tensors against the gradient of a trained autoencoder.

mod batch;
mod candidates;
mod groups;
mod reference;
mod report;
mod timing;
mod verdict;

use gumbel::Key;
use gumbel_burn::estimator::{Name, Options};
use gumbel_compare::{Row, TEMPERATURES, set_times};
use gumbel_train::workers::Workers;

use batch::{Candidate, Images};
use groups::{Draws, Held};
pub use reference::Origin;
use reference::{Reference, reference};
pub use report::MODEL_HEAD;
pub use timing::time_draws;

use crate::error::LabError;
use crate::vae::Vae;

/// A temperature has the draws of a row divided by this.
const TEMPERATURE_SHARE: u64 = 4;
/// A squared bias of more standard errors is certain.
const CERTAIN: f64 = 4.0;
/// A squared bias below this share of the squared norm is rounding of f32.
const ROUNDING: f64 = 1e-10;

/// The settings of [`compare_on_model`].
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSettings {
    /// Draws of each image for a row, rounded up to whole batches; a quarter of them for a row of a temperature.
    pub draws: u64,
    /// Evaluations of the cost of each image for a reference that is no sum over all states.
    pub reference_evaluations: u64,
    /// The evaluations of the cost at which mean squared errors are compared.
    pub evaluations: f64,
    /// The key of all draws.
    pub key: Key,
    /// The estimators; empty for all.
    pub only: Vec<Name>,
    /// The temperature of all estimators that have one; `None` for the default of each, and further rows by temperature.
    pub tau: Option<f64>,
    /// The estimator with which the model was trained, and its options: its row has these options, and the parameters
    /// that the model holds for it.
    pub trained_with: Option<(Name, Options)>,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            draws: 1 << 11,
            reference_evaluations: 1 << 18,
            evaluations: 100.0,
            key: Key::new(0),
            only: Vec::new(),
            tau: None,
            trained_with: None,
        }
    }
}

/// Estimators held against the gradient of a trained model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelComparison {
    /// A row for each estimator, at its default temperature.
    pub rows: Vec<Row>,
    /// Rows of the estimators with a temperature, at each of [`TEMPERATURES`].
    pub temperatures: Vec<Row>,
    /// The estimators without a row, each with the reason.
    pub left_out: Vec<(Name, String)>,
    /// What the rows are held against.
    pub reference: Origin,
    /// The number of images.
    pub images: usize,
    /// The settings.
    pub settings: ModelSettings,
}

/// Holds estimators on tensors against the gradient of the expected cost of images under an autoencoder.
///
/// ```text
/// d/dtheta E f_x(z)     z ~ q(z | x) = softmax(theta_x),   f_x(z) = -ln p(x | z), for each image x
/// ```
///
/// `pixels: [images, d]`. The logits of all images together are one vector, as in the gradient of a batch: bias and
/// variance are sums over the images, the norm is that of the whole vector, and the cosine is between whole vectors. An
/// average of ratios would be ruled by images whose gradient is nearly 0.
///
/// Draws are made as in training: in f32, in batches of about 100 rows, forward and backward through the decoder, whose
/// weights are constants. The reference is the exact gradient, in f64, up to 2^14 states; beyond, the mean of many draws
/// of the unbiased estimator with the least variance times evaluations in a trial. Squared biases and cosines are
/// freed of the noise of both means, so `bias` does not grow with it. The standard error s of the squared bias is that of
/// the jackknife over 16 groups of draws. [`Row::bias_error`] is s / (2 bias) where the squared bias is more than 4 s,
/// and elsewhere sqrt(s), the bias that noise alone shows; [`Row::shows_no_bias`] tells the two apart. Rows have no test:
/// for that, f64 and the exact gradient are better.
///
/// [`Row::time_us`] is the time of a draw: that of a row of the fastest batch, on one thread.
///
/// Results, times aside, depend on neither the number of workers nor the other rows. `progress(n, all)` hears of n more
/// of `all` evaluations, from any thread.
///
/// # Errors
/// A Gaussian code; no images, or images of another size; no estimator that is defined for the code; `evaluations` or
/// `tau` not a finite number above 0.
///
/// ```
/// use burn::{module::Module, tensor::Device};
/// use gumbel::Key;
/// use gumbel_burn::estimator::Name;
/// use gumbel_lab::compare::{ModelSettings, compare_on_model};
/// use gumbel_lab::vae::{Vae, VaeConfig};
/// use gumbel_train::workers::Workers;
///
/// let config = VaeConfig::defaults("digits").with_latents("2x3".parse()?);
/// let vae = Vae::new(&config, &[0.5; 64], Key::new(7), &Device::flex().autodiff()).valid();
/// let pixels = [[1.0; 64], [0.0; 64]].concat(); // two images
/// let only = vec![Name::ReinMax, Name::Rloo];
/// let settings = ModelSettings { only, draws: 500, ..ModelSettings::default() };
/// let found =
///     compare_on_model("mine", &vae, &pixels, &settings, &Workers::new(1)?, &|_, _| {})?;
/// assert_eq!((found.rows.len(), found.rows[0].name.as_str()), (2, "reinmax"));
/// assert!(found.rows[0].total_variance < found.rows[1].total_variance);
/// println!("{}", found.verdict().join("\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_on_model(
    name: &str,
    vae: &Vae,
    pixels: &[f32],
    settings: &ModelSettings,
    workers: &Workers,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<ModelComparison, LabError> {
    let numbers = [("evaluations", Some(settings.evaluations)), ("tau", settings.tau)];
    for (name, number) in numbers {
        if let Some(found) = number.filter(|x| !(*x > 0.0 && x.is_finite())) {
            let problem = format!("expected a finite number above 0, found {found}");
            return Err(LabError::setting(name, problem));
        }
    }
    let images = Images::new(vae, pixels)?;
    let (names, left_out) = candidates::chosen(&settings.only, &images);
    if names.is_empty() {
        let reasons = left_out.iter().map(|(name, reason)| format!("{name}: {reason}"));
        let reasons: Vec<String> = reasons.collect();
        let problem = format!("expected an estimator for this code; {}", reasons.join("; "));
        return Err(LabError::setting("only", problem));
    }
    let make = |name: Name, tau| {
        let own = settings.trained_with.filter(|(own, _)| *own == name);
        let (options, trained) = match own {
            Some((_, options)) => (options, vae.estimator_parameters()),
            None => (Options::default(), Vec::new()),
        };
        candidates::candidate(name, options, tau, &images, &trained)
    };
    let mut jobs = Vec::new();
    for name in &names {
        jobs.push((make(*name, settings.tau)?, images.whole(settings.draws)));
    }
    let defaults = jobs.len();
    for tau in TEMPERATURES.into_iter().filter(|_| settings.tau.is_none()) {
        for name in candidates::at(tau, &names) {
            let draws = images.whole(settings.draws.div_ceil(TEMPERATURE_SHARE));
            jobs.push((make(name, Some(tau))?, draws));
        }
    }
    let evals = |candidate: &Candidate| {
        let choices = images.choices;
        candidate.estimator.evaluations(choices.variables, choices.classes)
    };
    let of_rows: u64 = jobs.iter().map(|(job, draws)| evals(job) as u64 * draws).sum();
    let all = of_rows + settings.reference_evaluations;
    let [reference_key, key] = settings.key.split();
    let told = |n| progress(n, all);
    let reference =
        reference(vae, &images, settings.reference_evaluations, reference_key, workers, &told)?;
    let shift = groups::mean(&reference.means);
    let mut rows = Vec::new();
    for (job, draws) in &jobs {
        let evals = evals(job);
        let told = |n: u64| progress(n * evals as u64, all);
        let (draws, seconds) = images.measure(job, *draws, key, &shift, workers, &told)?;
        rows.push(row(name, job, evals, &draws, seconds, &reference, settings.evaluations));
    }
    set_times(&mut rows, settings.evaluations, &|row| row.time_us);
    let temperatures = rows.split_off(defaults);
    let (images, settings) = (images.images, settings.clone());
    let reference = reference.origin;
    Ok(ModelComparison { rows, temperatures, left_out, reference, images, settings })
}

/// The standard error of the squared bias of a row.
fn squared_bias_error(row: &Row) -> f64 {
    match row.shows_no_bias() {
        true => row.bias_error.powi(2),
        false => 2.0 * row.bias * row.bias_error,
    }
}

fn row(
    problem: &str,
    job: &Candidate,
    evals: usize,
    draws: &Draws,
    seconds: f64,
    reference: &Reference,
    evaluations: f64,
) -> Row {
    let held = Held::of(&draws.means, &reference.means);
    let norm = held.squared_norm.max(0.0).sqrt();
    let noise = held.squared_bias_error;
    let rounding = held.squared_bias < ROUNDING * held.squared_norm;
    let squared_bias = if rounding { 0.0 } else { held.squared_bias.max(0.0) };
    let bias = squared_bias.sqrt();
    let tau = job.tau.map(|tau| format!("tau {tau}"));
    let parts = [tau, Some(job.estimator.settings()).filter(|text| !text.is_empty())];
    Row {
        name: job.estimator.name().to_owned(),
        params: parts.into_iter().flatten().collect::<Vec<_>>().join(", "),
        tau: job.tau,
        problem: problem.to_owned(),
        unbiased: job.estimator.unbiased(),
        bias,
        relative_bias: (norm > 0.0).then(|| bias / norm),
        total_variance: draws.total_variance,
        cosine: held.cosine,
        evals,
        target_norm: norm,
        mean_squared_error: squared_bias + draws.total_variance * evals as f64 / evaluations,
        z_max: None,
        pass: None,
        draws: Some(draws.draws),
        bias_error: if squared_bias > CERTAIN * noise {
            noise / (2.0 * bias)
        } else {
            noise.sqrt()
        },
        variance_error: draws.variance_error,
        time_us: Some(1e6 * seconds),
        mean_squared_error_at_equal_time: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::ImageCost;
    use crate::compare::digits::trained;
    use crate::vae::VaeConfig;
    use burn::module::Module;
    use burn::tensor::Device;
    use gumbel_compare::{Moments, Tabulated, estimator_by_name};

    const D: usize = 12;

    /// A model with initial weights, of which those of the decoder are large enough for a clear gradient.
    pub(super) fn model(latents: &str) -> Vae {
        let latents = latents.parse().unwrap();
        let config =
            VaeConfig { hidden: vec![8], ..VaeConfig::defaults("digits").with_latents(latents) };
        Vae::new(&config, &[0.3; D], Key::new(5), &Device::flex().autodiff()).valid()
    }

    pub(super) fn pixels(images: usize) -> Vec<f32> {
        let pixel = |i| f32::from(u8::from(Key::new(6).word(i as u64).is_multiple_of(3)));
        (0..images * D).map(pixel).collect()
    }

    fn compared(
        vae: &Vae,
        pixels: &[f32],
        settings: &ModelSettings,
        threads: usize,
    ) -> ModelComparison {
        let workers = Workers::new(threads).unwrap();
        compare_on_model("tiny", vae, pixels, settings, &workers, &|_, _| {}).unwrap()
    }

    /// The rows of two images under a trained model against the oracle in f64: bias and variance are the sums of those
    /// of `gumbel-compare` on each image, by enumeration or from many draws, within 6 standard errors (a false alarm in
    /// 5e8 each).
    #[test]
    fn rows_of_a_trained_run_are_the_sums_of_the_oracle() {
        let latents = "2x3".parse().unwrap();
        let config = VaeConfig { hidden: vec![8], epochs: 4, ..VaeConfig::defaults("digits") };
        let config = config.with_latents(latents);
        let dataset = gumbel_data::load("digits", None, 0).unwrap();
        let vae = trained(&config, &dataset, 3, 2).unwrap();
        let pixels = dataset.test.pixels[..2 * vae.pixels()].to_vec();
        let settings = ModelSettings { draws: 8_000, ..ModelSettings::default() };
        let found = compared(&vae, &pixels, &settings, 2);
        assert_eq!(found.reference, Origin::Enumeration { states: 9 });
        let images: Vec<ImageCost> = pixels
            .chunks_exact(vae.pixels())
            .map(|pixels| ImageCost::new("image", &vae, pixels).unwrap())
            .collect();
        let tables = images.iter().map(|image| Tabulated::new(image).unwrap());
        let tables: Vec<Tabulated<'_>> = tables.collect();
        let mut compared = 0;
        for row in &found.rows {
            // Other defaults, or a baseline from the other rows of a batch.
            let others = ["relax", "rebar", "reinforce", "annealed-straight-through"];
            if others.contains(&row.name.as_str()) {
                continue;
            }
            let oracle = estimator_by_name(&row.name).unwrap();
            let (mut bias, mut bias_error, mut variance, mut error, mut norm) =
                (0.0, squared_bias_error(row), 0.0, row.variance_error.powi(2), 0.0);
            for table in &tables {
                let of = Moments::of(oracle.as_ref(), table, 100_000, Key::new(3));
                bias += of.bias().powi(2) - of.bias_error().powi(2);
                bias_error += 2.0 * of.bias() * of.bias_error();
                variance += of.total_variance();
                error += of.variance_error().powi(2);
                norm += of.target_norm().powi(2);
            }
            let far = (row.bias.powi(2) - bias).abs();
            assert!(far < 6.0 * bias_error + 1e-6 * norm, "{row:?}: {bias} {bias_error}");
            let far = (row.total_variance - variance).abs();
            assert!(far < 6.0 * error.sqrt() + 1e-6 * norm, "{row:?}: {variance}");
            assert!((row.target_norm - norm.sqrt()).abs() < 1e-5 * norm.sqrt(), "{row:?}");
            compared += 1;
        }
        assert!(compared >= 18, "{compared}");
    }

    #[test]
    fn any_number_of_workers_gives_the_same_rows_but_for_times() {
        let (vae, pixels) = (model("2x3"), pixels(3));
        let settings = ModelSettings { draws: 300, ..ModelSettings::default() };
        let on = |threads| {
            let found = compared(&vae, &pixels, &settings, threads);
            let rows = found.rows.into_iter().chain(found.temperatures);
            rows.map(|row| Row { time_us: None, mean_squared_error_at_equal_time: None, ..row })
                .collect::<Vec<_>>()
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn progress_counts_every_evaluation() {
        use std::sync::atomic::{AtomicU64, Ordering};
        let (done, total) = (AtomicU64::new(0), AtomicU64::new(0));
        let only = vec![Name::Rloo, Name::GumbelSoftmax];
        for latents in ["2x3", "15x2"] {
            let settings = ModelSettings {
                draws: 100,
                reference_evaluations: 1_000,
                only: only.clone(),
                ..ModelSettings::default()
            };
            done.store(0, Ordering::Relaxed);
            let told = |n, all| {
                done.fetch_add(n, Ordering::Relaxed);
                total.store(all, Ordering::Relaxed);
            };
            let workers = Workers::new(1).unwrap();
            compare_on_model("tiny", &model(latents), &pixels(2), &settings, &workers, &told)
                .unwrap();
            let (done, total) = (done.load(Ordering::Relaxed), total.load(Ordering::Relaxed));
            // The share of the reference is rounded down for each batch.
            assert!(done <= total && done + 50 >= total, "{latents}: {done} {total}");
        }
    }

    #[test]
    fn bad_settings_are_named() {
        let vae = model("2x3");
        let workers = Workers::new(1).unwrap();
        let error = |vae: &Vae, pixels: &[f32], settings: ModelSettings| {
            let found = compare_on_model("tiny", vae, pixels, &settings, &workers, &|_, _| {});
            found.unwrap_err().to_string()
        };
        let default = ModelSettings::default;
        let text = error(&vae, &pixels(1), ModelSettings { evaluations: 0.0, ..default() });
        assert!(text.starts_with("evaluations: expected a finite number above 0"), "{text}");
        for wrong in [0, D - 1] {
            let text = error(&vae, &vec![0.0; wrong], default());
            assert!(text.starts_with("images: expected images of 12 pixels"), "{text}");
        }
        let text = error(&model("gaussian:2"), &pixels(1), default());
        assert!(text.starts_with("latents: expected discrete choices"), "{text}");
        let text = error(&vae, &pixels(1), ModelSettings { only: vec![Name::Arm], ..default() });
        assert!(text.starts_with("only: expected an estimator for this code; arm: "), "{text}");
    }
}
