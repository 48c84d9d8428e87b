//! Writes the binarised pixels of a data set as NumPy arrays: train.npy, validation.npy, test.npy.
//!
//! `benches/peers` reads them, so that other programs train on the same bits as
//! `gumbel train vae --binarise fixed` with the same seed.
//!
//! `cargo run --release -p gumbel-lab --example export_arrays -- mnist DATA_DIR SEED OUT`

use std::path::Path;

use gumbel_lab::vae::{VaeConfig, training_pixels};
use gumbel_lab::{data, run};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, data_dir, seed, out] = arguments.as_slice() else {
        return Err("usage: export_arrays NAME DATA_DIR SEED OUT".into());
    };
    let mut config = VaeConfig::defaults(name);
    config.seed = seed.parse()?;
    let dataset = data::load(name, Some(data_dir.as_ref()), config.seed)?;
    let d = dataset.train.pixels_per_image();
    std::fs::create_dir_all(out)?;
    for (file, pixels) in
        ["train", "validation", "test"].iter().zip(training_pixels(&dataset, &config))
    {
        let bytes = npy(&pixels, d);
        run::write_file(&Path::new(out).join(format!("{file}.npy")), &bytes)?;
    }
    Ok(())
}

/// Version 1.0 of the npy format: magic, length of the header, header padded to 64 bytes, data.
fn npy(pixels: &[f32], d: usize) -> Vec<u8> {
    let rows = pixels.len() / d;
    let mut header =
        format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({rows}, {d}), }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(pixels.iter().map(|&p| p as u8));
    bytes
}
