//! `gumbel decode`: turns codes into images.

use std::process::ExitCode;

use gumbel_files::output::{self, write as write_file};
use gumbel_files::{csv_table, npy};
use gumbel_lab::vae::{self, Latents, VaeRun};
use gumbel_train::workers::Workers;

use crate::args::DecodeArgs;
use crate::commands::threads;
use crate::failure::Failure;
use crate::{Result, progress, say};

/// The largest number of images in the picture.
const SHOWN: usize = 1_024;

pub(crate) fn run(args: &DecodeArgs) -> Result<ExitCode> {
    if let Some(out) = &args.out {
        output::check_folder("out", out)?;
    }
    let folder = VaeRun::open(&args.run)?;
    let model = folder.load_vae()?;
    let wrong = |problem| Failure::run(format!("{}: {problem}", args.codes.display()));
    let table = csv_table::is_named(&args.codes);
    let codes = match model.latents() {
        Latents::Categorical(choices) => {
            let read = if table { csv_table::read_integers } else { npy::read_integers };
            let array = read(&args.codes)?;
            let codes = vae::codes_of(&array, choices).map_err(wrong)?;
            vae::one_hot(&codes, choices.classes)
        }
        Latents::Gaussian(dimensions) => {
            let read = if table { csv_table::read_floats } else { npy::read_floats };
            vae::numbers_of(&read(&args.codes)?, dimensions).map_err(wrong)?
        }
    };
    let images = codes.len() / model.latents().code_size();
    let workers = Workers::new(threads(args.threads)?)
        .map_err(|error| Failure::usage(format!("--threads: {error}")))?;
    let bar = progress::images(args.quiet, images as u64, "images");
    let means = vae::decode_codes(&model, &codes, &workers, &|n| bar.inc(n as u64));
    bar.finish_and_clear();

    let out = &match &args.out {
        Some(out) => {
            output::make_folder(out)?;
            out.clone()
        }
        None => output::make_numbered_folder("decoded".as_ref(), |_| false)?,
    };
    let (width, height) = folder.picture_size()?;
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
