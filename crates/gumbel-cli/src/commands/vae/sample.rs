//! `gumbel sample`: draws images from the prior of a run.

use std::process::ExitCode;

use gumbel::Key;
use gumbel_files::output::{self, Format};
use gumbel_lab::vae::{self, VaeRun};

use crate::Result;
use crate::args::SampleArgs;
use crate::commands::say_about_files;

pub(crate) fn run(args: &SampleArgs) -> Result<ExitCode> {
    Format::of("out", &args.out, &[Format::Png])?;
    output::check(&args.out)?;
    let folder = VaeRun::open(&args.run)?;
    let model = folder.load_vae()?;
    let n = args.n as usize;
    let png = vae::sample_grid(&model, folder.picture_size()?, n, Key::new(args.seed))?;
    output::write(&args.out, &png)?;
    let text = format!("{n} images from the prior in {}", args.out.display());
    say_about_files(&[&args.out], &text)?;
    Ok(ExitCode::SUCCESS)
}
