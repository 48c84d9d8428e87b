//! Draws all figures into a folder: `cargo run --release -p gumbel-figures --example draw -- DIR`.
//!
//! Builds in seconds, as it needs no tensors. `gumbel figures` has more options.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use gumbel_figures::{Format, all};
use strum::IntoEnumIterator;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("usage: draw DIR [svg|png]")?);
    let format = match arguments.next() {
        None => Format::Svg,
        Some(name) => Format::iter()
            .find(|format| format.to_string() == name)
            .ok_or_else(|| format!("format: expected svg or png, found {name}"))?,
    };
    fs::create_dir_all(&folder)?;
    for figure in all() {
        let path = folder.join(figure.name).with_extension(format.to_string());
        fs::write(&path, figure.draw(format)?)?;
        println!("{}", path.display());
    }
    Ok(())
}
