//! `gumbel encode`.

use std::process::ExitCode;

use gumbel::Key;
use gumbel_lab::run::write_file;
use gumbel_lab::vae::{self, Choices, Latents, Pick, Split, VaeRun};
use gumbel_lab::workers::Workers;
use gumbel_lab::{LabError, data, npy};

use super::threads;
use crate::args::EncodeArgs;
use crate::failure::Failure;
use crate::{Result, progress, say};

pub(crate) fn run(args: &EncodeArgs) -> Result<ExitCode> {
    let split: Split = args.split.parse()?;
    let folder = VaeRun::open(&args.run)?;
    let model = folder.load_vae()?;
    if let (Latents::Gaussian(_), Some(_)) = (model.latents(), &args.logits) {
        let message = "logits: a run with Gaussian latents has none";
        return Err(Failure::usage(message));
    }
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
    let tick = |n: usize| bar.inc(n as u64);
    let pick = match args.sample {
        true => Pick::Sample(Key::new(args.seed)),
        false => Pick::Likeliest,
    };
    let latents = model.latents();
    let (file, how, logits) = match latents {
        Latents::Categorical(Choices { variables, classes }) => {
            let logits = vae::code_logits(&model, &pixels, &workers, &tick)?;
            let codes = vae::pick_classes(&logits, classes, pick)?;
            let (file, dtype) = npy::classes(&codes, &[images, variables], classes);
            let how = if args.sample { "a draw" } else { "the most probable class" };
            let how = format!("{dtype}, {how} of each variable");
            (file, how, Some(npy::floats(&logits, &[images, variables, classes])))
        }
        Latents::Gaussian(dimensions) => {
            let codes = vae::code_numbers(&model, &pixels, pick, &workers, &tick)?;
            let how = if args.sample { "float32, draws" } else { "float32, means" };
            (npy::floats(&codes, &[images, dimensions]), how.to_owned(), None)
        }
    };
    bar.finish_and_clear();

    write_file(&args.out, &file)?;
    say(&format!(
        "{images} {split} images of {} as codes of {latents} in {} ({how})",
        dataset.name,
        args.out.display()
    ))?;
    if let (Some(path), Some(logits)) = (&args.logits, logits) {
        write_file(path, &logits)?;
        say(&format!("logits of q(z | x) in {} (float32)", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
