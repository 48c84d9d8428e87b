//! `gumbel encode`: turns images into codes.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gumbel::Key;
use gumbel_data as data;
use gumbel_files::output::{self, Format};
use gumbel_files::{csv_table, npy};
use gumbel_lab::LabError;
use gumbel_lab::vae::{self, Choices, Latents, Pick, VaeRun};
use gumbel_train::workers::Workers;

use crate::args::EncodeArgs;
use crate::commands::{say_about_files, threads};
use crate::failure::Failure;
use crate::{Result, progress};

pub(crate) fn run(args: &EncodeArgs) -> Result<ExitCode> {
    let split = args.split;
    let format = format(args)?;
    let folder = VaeRun::open(&args.run)?;
    let model = folder.load_vae()?;
    if let (Latents::Gaussian(_), Some(_)) = (model.latents(), &args.logits) {
        let message = "--logits: a run with Gaussian latents has none";
        return Err(Failure::usage(message));
    }
    let config = folder.config();
    let data_dir = args.data_dir.as_deref();
    let dataset = match &args.data {
        Some(name) => data::load(name, data_dir, config.seed).map_err(LabError::from)?,
        None => vae::run_data(&folder, None, data_dir)?,
    };
    let pixels = vae::split_pixels(&folder, &dataset, split)?;
    let images = pixels.len() / model.pixels();
    let workers = Workers::new(threads(args.threads)?)
        .map_err(|error| Failure::usage(format!("--threads: {error}")))?;
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
            let (file, kind) = match format {
                Format::Csv => (csv_table::text("variable", &codes, variables).into(), "CSV"),
                _ => npy::classes(&codes, &[images, variables], classes),
            };
            let how = if args.sample { "a draw" } else { "the most probable class" };
            let how = format!("{kind}, {how} of each variable");
            (file, how, Some(npy::floats(&logits, &[images, variables, classes])))
        }
        Latents::Gaussian(dimensions) => {
            let codes = vae::code_numbers(&model, &pixels, pick, &workers, &tick)?;
            let how = if args.sample { "draws" } else { "means" };
            let (file, kind) = match format {
                Format::Csv => (csv_table::text("dimension", &codes, dimensions).into(), "CSV"),
                _ => (npy::floats(&codes, &[images, dimensions]), "float32"),
            };
            (file, format!("{kind}, {how}"), None)
        }
    };
    bar.finish_and_clear();

    let files: Vec<&Path> = [Some(&args.out), args.logits.as_ref()]
        .into_iter()
        .flatten()
        .map(PathBuf::as_path)
        .collect();
    output::write(&args.out, &file)?;
    let (set, out) = (&dataset.name, args.out.display());
    let text = format!("{images} {split} images of {set} as codes of {latents} in {out} ({how})");
    say_about_files(&files, &text)?;
    if let (Some(path), Some(logits)) = (&args.logits, logits) {
        output::write(path, &logits)?;
        say_about_files(&files, &format!("logits of q(z | x) in {} (float32)", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The format of the file of codes. Refuses a file that cannot be written, before the work begins.
fn format(args: &EncodeArgs) -> Result<Format> {
    let format = Format::of("out", &args.out, &[Format::Npy, Format::Csv])?;
    output::check(&args.out)?;
    if let Some(logits) = &args.logits {
        Format::of("logits", logits, &[Format::Npy])?;
        output::check(logits)?;
        if output::is_same(&args.out, logits) {
            let found = logits.display();
            return Err(Failure::usage(format!(
                "--logits: expected another file than that of --out, found {found}"
            )));
        }
    }
    Ok(format)
}
