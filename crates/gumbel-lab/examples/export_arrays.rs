//! Writes the binarised pixels of a data set as NumPy arrays: train.npy, validation.npy, test.npy.
//!
//! `benches/peers` reads them, so that other programs train on the same bits as
//! `gumbel train vae --binarise fixed` with the same seed.
//!
//! `cargo run --release -p gumbel-lab --example export_arrays -- mnist DATA_DIR SEED OUT`

use std::path::Path;

use gumbel_files::{npy, output};
use gumbel_lab::vae::{VaeConfig, training_pixels};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, data_dir, seed, out] = arguments.as_slice() else {
        return Err("usage: export_arrays NAME DATA_DIR SEED OUT".into());
    };
    let mut config = VaeConfig::defaults(name);
    config.seed = seed.parse()?;
    let dataset = gumbel_data::load(name, Some(data_dir.as_ref()), config.seed)?;
    let d = dataset.train.pixels_per_image();
    output::make_folder(out.as_ref())?;
    let parts = training_pixels(&dataset, &config);
    for (name, pixels) in ["train", "validation", "test"].iter().zip(parts) {
        let bits: Vec<u32> = pixels.iter().map(|&pixel| pixel as u32).collect();
        let (bytes, _) = npy::classes(&bits, &[bits.len() / d, d], 2);
        output::write(&Path::new(out).join(format!("{name}.npy")), &bytes)?;
    }
    Ok(())
}
