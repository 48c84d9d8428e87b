//! Writes the coefficients of the files named on standard input, one name a line, for
//! `tests/golden/compare.py`.
//!
//! For each file, little-endian: the number of components, u32; then for each component the rows and columns
//! of blocks, u32, 64 quantisation steps, u16, and the coefficients, i16. For a refused file: 0, u32, and the
//! kind of the error with the error, as a length, u32, and bytes.

use std::io::{self, BufWriter, Write};

use gumbel_jpeg::{Limits, read};

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    for path in io::stdin().lines() {
        match read(&std::fs::read(path?)?, &Limits::default()) {
            Ok(jpeg) => {
                out.write_all(&(jpeg.components().len() as u32).to_le_bytes())?;
                for component in jpeg.components() {
                    out.write_all(&(component.blocks_high() as u32).to_le_bytes())?;
                    out.write_all(&(component.blocks_wide() as u32).to_le_bytes())?;
                    let steps = component.quantisation().iter();
                    out.write_all(&steps.flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>())?;
                    let values = component.coefficients().iter();
                    out.write_all(&values.flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>())?;
                }
            }
            Err(error) => {
                let error = format!("{}: {error}", error.kind());
                out.write_all(&0_u32.to_le_bytes())?;
                out.write_all(&(error.len() as u32).to_le_bytes())?;
                out.write_all(error.as_bytes())?;
            }
        }
        out.flush()?;
    }
    Ok(())
}
