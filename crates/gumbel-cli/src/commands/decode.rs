//! `gumbel decode`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gumbel_lab::run::write_file;
use gumbel_lab::vae::{self, Latents, VaeRun};
use gumbel_lab::workers::Workers;
use gumbel_lab::{LabError, npy};

use super::threads;
use crate::args::DecodeArgs;
use crate::failure::Failure;
use crate::{Result, progress, say};

/// Images in the picture.
const SHOWN: usize = 1_024;

pub(crate) fn run(args: &DecodeArgs) -> Result<ExitCode> {
    let folder = VaeRun::open(&args.run)?;
    let model = folder.load_vae()?;
    let wrong = |problem| Failure::run(format!("{}: {problem}", args.codes.display()));
    let codes = match model.latents() {
        Latents::Categorical(choices) => {
            let array = npy::read_integers(&args.codes)?;
            let codes = vae::codes_of(&array, choices).map_err(wrong)?;
            vae::one_hot(&codes, choices.classes)
        }
        Latents::Gaussian(dimensions) => {
            vae::numbers_of(&npy::read_floats(&args.codes)?, dimensions).map_err(wrong)?
        }
    };
    let images = codes.len() / model.latents().code_size();
    let workers = Workers::new(threads(args.threads)?)
        .map_err(|error| Failure::usage(format!("threads: {error}")))?;
    let bar = progress::images(args.quiet, images as u64, "images");
    let means = vae::decode_codes(&model, &codes, &workers, &|n| bar.inc(n as u64));
    bar.finish_and_clear();

    let out = &made(args.out.as_deref())?;
    let (width, height) = folder.picture_size();
    write_file(&out.join("images.npy"), &npy::floats(&means, &[images, height, width]))?;
    let pictures = if args.each {
        let digits = (images - 1).to_string().len();
        for (number, image) in means.chunks(width * height).enumerate() {
            let png = vae::mean_grid((width, height), image)?;
            write_file(&out.join(format!("{number:0digits$}.png")), &png)?;
        }
        "a picture of each".to_owned()
    } else {
        let shown = images.min(SHOWN);
        let png = vae::mean_grid((width, height), &means[..shown * width * height])?;
        write_file(&out.join("grid.png"), &png)?;
        match shown == images {
            true => "grid.png".to_owned(),
            false => format!("grid.png of the first {shown}"),
        }
    };
    say(&format!("{images} images in {}: images.npy (float32) and {pictures}", out.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the folder that is asked for, or the first of decoded, decoded-2, ... that is not there: what was
/// decoded before stays.
fn made(out: Option<&Path>) -> std::result::Result<PathBuf, LabError> {
    let cannot =
        |path: &Path, source| LabError::File { action: "create", path: path.into(), source };
    if let Some(out) = out {
        std::fs::create_dir_all(out).map_err(|error| cannot(out, error))?;
        return Ok(out.to_owned());
    }
    let mut out = PathBuf::from("decoded");
    for number in 2_u64.. {
        match std::fs::create_dir(&out) {
            Ok(()) => break,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                out = format!("decoded-{number}").into();
            }
            Err(error) => return Err(cannot(&out, error)),
        }
    }
    Ok(out)
}
