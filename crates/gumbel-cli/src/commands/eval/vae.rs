//! `gumbel eval` of an autoencoder.

use std::process::ExitCode;

use gumbel_lab::run::RunState;
use gumbel_lab::vae::{self, Bound, Latents, VaeRun};
use gumbel_lab::workers::Workers;

use crate::args::EvalArgs;
use crate::commands::{discretised, threads};
use crate::failure::Failure;
use crate::{Result, note, progress, say};

/// Samples for each image in the bound, unless told otherwise.
const SAMPLES: u64 = 10;

pub(crate) fn run(args: &EvalArgs) -> Result<ExitCode> {
    let folder = VaeRun::open(&args.run)?;
    let model = folder.load_vae()?;
    let dataset = vae::run_data(&folder, args.data.as_deref(), args.data_dir.as_deref())?;
    let (mut pixels, key) = vae::test_set(&folder, &dataset)?;
    let d = model.pixels();
    if let Some(images) = args.images {
        if images == 0 || images * d > pixels.len() {
            let all = pixels.len() / d;
            let message = format!("images: expected 1 to {all}, found {images}");
            return Err(Failure::usage(message));
        }
        pixels.truncate(images * d);
    }
    let workers = Workers::new(threads(args.threads)?)
        .map_err(|error| Failure::usage(format!("threads: {error}")))?;
    let images = (pixels.len() / d) as u64;
    let quiet = args.quiet || args.json;
    let bar = progress::images(quiet, images, "bound");
    let tick = |n: usize| bar.inc(n as u64);
    let bound =
        vae::evaluate(&model, &pixels, args.samples.unwrap_or(SAMPLES), key, &workers, &tick)?
            .bound;
    bar.finish_and_clear();
    let weighted = match args.iw {
        None => None,
        Some(k) => {
            let bar = progress::images(quiet, images, "importance-weighted bound");
            let tick = |n: usize| bar.inc(n as u64);
            // Samples of its own, so that the two figures are independent.
            let key = key.fold_in(1);
            let bound = vae::importance_weighted(&model, &pixels, k, key, &workers, &tick)?;
            bar.finish_and_clear();
            Some(bound)
        }
    };
    if let RunState::Unfinished { step: Some(step) } = folder.state()? {
        note(&format!("this run is not finished: these are the weights after step {step}"));
    }
    if args.json {
        say(&json(&bound, weighted.as_ref(), model.latents()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let how = discretised(model.latents());
    say(&format!(
        "test bound {:.3} nats an image (standard error {:.3}; {} images, {} samples each{how})",
        bound.nats, bound.se, bound.images, bound.samples
    ))?;
    if let Some(iw) = weighted {
        say(&format!(
            "importance-weighted bound, K = {}: {:.3} nats an image (standard error {:.3}; {} \
             images{how})",
            iw.samples, iw.nats, iw.se, iw.images
        ))?;
    }
    Ok(ExitCode::SUCCESS)
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
