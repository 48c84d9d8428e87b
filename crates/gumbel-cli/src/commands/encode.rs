//! `gumbel encode`.

use std::process::ExitCode;

use gumbel::Key;
use gumbel_lab::run::{RunFolder, write_file};
use gumbel_lab::vae::{self, Pick, Split};
use gumbel_lab::workers::Workers;
use gumbel_lab::{LabError, data, npy};

use super::threads;
use crate::args::EncodeArgs;
use crate::failure::Failure;
use crate::{Result, progress, say};

pub(crate) fn run(args: &EncodeArgs) -> Result<ExitCode> {
    let split: Split = args.split.parse()?;
    let folder = RunFolder::open(&args.run)?;
    let model = folder.load_vae()?;
    let config = folder.config();
    let name = args.data.as_deref().unwrap_or(&config.data);
    let dataset =
        data::load(name, args.data_dir.as_deref(), config.seed).map_err(LabError::from)?;
    if args.data.is_none() {
        vae::check_data(&folder, &dataset)?;
    }
    let pixels = vae::split_pixels(&folder, &dataset, split)?;
    let images = pixels.len() / model.pixels();
    let workers = Workers::new(threads(args.threads)?)
        .map_err(|error| Failure::usage(format!("threads: {error}")))?;
    let bar = progress::images(args.quiet, images as u64, "codes");
    let logits = vae::code_logits(&model, &pixels, &workers, &|n| bar.inc(n as u64))?;
    bar.finish_and_clear();

    let latents = model.latents();
    let (pick, how) = match args.sample {
        true => (Pick::Sample(Key::new(args.seed)), "a draw"),
        false => (Pick::Likeliest, "the most probable class"),
    };
    let codes = vae::pick_classes(&logits, latents, pick)?;
    let (file, dtype) = npy::classes(&codes, &[images, latents.variables], latents.classes);
    write_file(&args.out, &file)?;
    say(&format!(
        "{images} {split} images of {} as codes of {latents} in {} ({dtype}, {how} of each variable)",
        dataset.name,
        args.out.display()
    ))?;
    if let Some(path) = &args.logits {
        let shape = [images, latents.variables, latents.classes];
        write_file(path, &npy::floats(&logits, &shape))?;
        say(&format!("logits of q(z | x) in {} (float32)", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
