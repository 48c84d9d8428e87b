//! Writes the pixels of the files named on standard input, one name a line, for `tests/golden/compare.py`.
//!
//! For each file, little-endian: width and height, u32, and three bytes per pixel. For a refused file: 0 and 0.

use std::io::{self, BufWriter, Write};

use gumbel_jpeg::{Limits, Rgb, decode_rgb};

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for path in io::stdin().lines() {
        let image = decode_rgb(&std::fs::read(path?)?, &Limits::default());
        let Rgb { width, height, pixels } =
            image.unwrap_or(Rgb { width: 0, height: 0, pixels: Vec::new() });
        for size in [width, height] {
            out.write_all(&(size as u32).to_le_bytes())?;
        }
        out.write_all(&pixels)?;
    }
    out.flush()
}
