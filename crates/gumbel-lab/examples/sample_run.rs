//! Loads a trained run and draws images from its prior, as a library.
//!
//! `cargo run --release -p gumbel-lab --example sample_run runs/vae-digits-001`

use gumbel::Key;
use gumbel_lab::{LabError, vae::VaeRun};

fn main() -> Result<(), LabError> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "runs/vae-digits-001".to_owned());
    let run = VaeRun::open(path.as_ref())?;
    let (width, _) = run.picture_size()?;
    for image in run.load_vae()?.sample_prior(3, Key::new(7)) {
        for row in image.chunks(width) {
            println!(
                "{}",
                row.iter().map(|&p| if p > 0.5 { '#' } else { '.' }).collect::<String>()
            );
        }
        println!();
    }
    Ok(())
}
