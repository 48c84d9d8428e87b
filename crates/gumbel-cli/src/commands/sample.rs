//! `gumbel sample`.

use std::process::ExitCode;

use gumbel::Key;
use gumbel_lab::run::write_file;
use gumbel_lab::vae::{self, VaeRun};

use crate::args::SampleArgs;
use crate::{Result, say};

pub(crate) fn run(args: &SampleArgs) -> Result<ExitCode> {
    let folder = VaeRun::open(&args.run)?;
    let model = folder.load_vae()?;
    let n = args.n as usize;
    let png = vae::sample_grid(&model, folder.picture_size(), n, Key::new(args.seed))?;
    write_file(&args.out, &png)?;
    say(&format!("{n} images from the prior in {}", args.out.display()))?;
    Ok(ExitCode::SUCCESS)
}
