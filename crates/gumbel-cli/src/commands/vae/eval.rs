//! `gumbel eval` of an autoencoder.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use gumbel::Key;
use gumbel_files::names::counted;
use gumbel_lab::vae::{self, Bound, Latents, Vae, VaeRun};
use gumbel_train::workers::Workers;

use crate::args::EvalArgs;
use crate::commands::eval::note_state;
use crate::commands::threads;
use crate::commands::vae::discretised;
use crate::failure::Failure;
use crate::{Result, note, progress, say};

/// The default number of samples of each image for the bound.
pub(crate) const SAMPLES: u64 = 10;
/// The number of samples of each image from which the time is estimated before the evaluation.
const PROBE_FROM_SAMPLES: u64 = 500;
/// The number of samples of each image drawn for the estimate.
const PROBE_SAMPLES: u64 = 20;
/// The number of images for the estimate: as many as are evaluated at once.
const PROBE_IMAGES: usize = 250;
/// The time of an evaluation, in seconds, above which it is announced.
const ANNOUNCED_SECONDS: f64 = 5.0;
/// The time of an evaluation, in days, above which it is refused.
const MOST_DAYS: f64 = 30.0;

pub(crate) fn run(args: &EvalArgs) -> Result<ExitCode> {
    let folder = VaeRun::open(&args.run)?;
    let model = folder.load_vae()?;
    let dataset = vae::run_data(&folder, args.data.as_deref(), args.data_dir.as_deref())?;
    let (mut pixels, key) = vae::test_set(&folder, &dataset)?;
    let d = model.pixels();
    if let Some(images) = args.images {
        if images == 0 || images * d > pixels.len() {
            let all = pixels.len() / d;
            let message = format!("--images: expected 1 to {all}, found {images}");
            return Err(Failure::usage(message));
        }
        pixels.truncate(images * d);
    }
    let workers = Workers::new(threads(args.threads)?)
        .map_err(|error| Failure::usage(format!("--threads: {error}")))?;
    let images = (pixels.len() / d) as u64;
    let quiet = args.quiet || args.json;
    let samples = args.samples.unwrap_or(SAMPLES);
    let evaluation =
        Evaluation { model: &model, pixels: &pixels, images, workers: &workers, quiet };
    evaluation.check("samples", samples)?;
    if let Some(k) = args.iw {
        evaluation.check("iw", k)?;
    }
    let bar = progress::samples(quiet, images.saturating_mul(samples), "bound");
    let tick = |n: usize| bar.inc(n as u64);
    let bound = vae::evaluate(&model, &pixels, samples, key, &workers, &tick)?.bound;
    bar.finish_and_clear();
    let weighted = match args.iw {
        None => None,
        Some(k) => {
            let all = images.saturating_mul(k);
            let bar = progress::samples(quiet, all, "importance-weighted bound");
            let tick = |n: usize| bar.inc(n as u64);
            // Separate samples, so that the two bounds are independent.
            let key = key.fold_in(1);
            let bound = vae::importance_weighted(&model, &pixels, k, key, &workers, &tick)?;
            bar.finish_and_clear();
            Some(bound)
        }
    };
    note_state(&folder)?;
    if args.json {
        say(&json(&bound, weighted.as_ref(), model.latents()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let how = discretised(model.latents());
    say(&format!(
        "test bound {:.3} nats an image (standard error {:.3}; {}, {} each{how})",
        bound.nats,
        bound.se,
        counted(bound.images as u64, "image"),
        counted(bound.samples, "sample")
    ))?;
    if let Some(iw) = weighted {
        say(&format!(
            "importance-weighted bound, K = {}: {:.3} nats an image (standard error {:.3}; \
             {}{how})",
            iw.samples,
            iw.nats,
            iw.se,
            counted(iw.images as u64, "image")
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// An evaluation, to estimate its time.
struct Evaluation<'a> {
    model: &'a Vae,
    pixels: &'a [f32],
    images: u64,
    workers: &'a Workers,
    quiet: bool,
}

impl Evaluation<'_> {
    /// The estimated seconds for `samples` samples of each image, measured on a part of the images.
    fn estimate(&self, samples: u64) -> Result<f64> {
        let d = self.model.pixels();
        let part = &self.pixels[..self.pixels.len().min(PROBE_IMAGES * d)];
        let probed = (part.len() / d).max(1) as f64;
        let mut shortest = f64::INFINITY;
        // The first of three also pays for work that is done once.
        for _ in 0..3 {
            let began = Instant::now();
            let one =
                Workers::new(1).map_err(|error| Failure::usage(format!("--threads: {error}")))?;
            vae::importance_weighted(self.model, part, PROBE_SAMPLES, Key::new(0), &one, &|_| {})?;
            shortest = shortest.min(began.elapsed().as_secs_f64() / PROBE_SAMPLES as f64);
        }
        let parts = (self.images as f64 / probed).ceil();
        let rounds = (parts / self.workers.len() as f64).ceil();
        Ok(shortest * rounds * samples as f64)
    }

    /// Announces the time of a long evaluation, and refuses one that takes more than [`MOST_DAYS`].
    fn check(&self, option: &'static str, samples: u64) -> Result<()> {
        if samples < PROBE_FROM_SAMPLES {
            return Ok(());
        }
        let seconds = self.estimate(samples)?;
        let days = seconds / 86_400.0;
        if days > MOST_DAYS {
            let most = (samples as f64 * MOST_DAYS / days) as u64;
            return Err(Failure::usage(format!(
                "--{option}: {samples} samples of each of {} images would take about {days:.0} days on \
                 this machine: expected at most {most}, {MOST_DAYS} days (--images takes fewer images)",
                self.images
            )));
        }
        if seconds > ANNOUNCED_SECONDS && !self.quiet {
            let time = progress::about(Duration::from_secs_f64(seconds));
            note(&format!("--{option}: {samples} samples of each image will take about {time}"));
        }
        Ok(())
    }
}

fn json(bound: &Bound, weighted: Option<&Bound>, latents: Latents) -> String {
    let mut object = serde_json::json!({
        "test_bound_nats": bound.nats,
        "se": bound.se,
        "samples": bound.samples,
        "images": bound.images,
    });
    if let Latents::Categorical(_) = latents {
        object["discretised"] = "one-hot".into();
    }
    if let Some(iw) = weighted {
        object["iw_bound_nats"] = iw.nats.into();
        object["iw_se"] = iw.se.into();
        object["iw_samples"] = iw.samples.into();
    }
    object.to_string()
}
