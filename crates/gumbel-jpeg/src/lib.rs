//! Reads the DCT coefficients of a JPEG without decoding it to pixels.
//!
//! [`read`] only undoes the entropy coding, so it returns the quantised coefficients of the file.
//! [`Jpeg::grid`] multiplies them by their quantisation steps and brings the chroma to the grid of the luma's
//! blocks: an array `[192, rows, columns]` for a network that learns in the frequency domain (Xu et al. 2020,
//! arXiv 2002.12416). [`Jpeg::coded_bits`] counts the entropy-coded bits of chosen channels. [`decode_rgb`]
//! decodes the pixels of the same file, for comparison; [`encode_grey`] and [`encode_rgb`] write small files.
//!
//! ```
//! use gumbel_jpeg::{Chroma, Encoding, Limits, encode_grey, read};
//!
//! let file = encode_grey(&[128, 255].repeat(8 * 8), 16, 8, &Encoding::default())?;
//! let jpeg = read(&file, &Limits::default())?;
//! assert_eq!((jpeg.rows(), jpeg.columns()), (1, 2));
//! let grid = jpeg.grid(Chroma::Smooth);
//! // Stripes of one pixel: a mean, and mostly the highest horizontal frequency.
//! let energy = |channel: usize| grid[2 * channel].abs();
//! assert!(energy(7) > energy(5) && energy(5) > energy(8));
//! # Ok::<(), gumbel_jpeg::JpegError>(())
//! ```
//!
//! # Why another entropy decoder
//!
//! Requirements: quantised coefficients of sequential and progressive files, restart markers, errors instead
//! of guesses, and no memory allocated for a false header. Libraries examined in November 2026:
//!
//! | library | reason against it |
//! |---|---|
//! | `dct-io` 0.1.1 | sequential only; two releases, both on one day |
//! | `lepton_jpeg` 0.5.8 | reads both kinds, but its coefficients are not public |
//! | `libjpeg-turbo-rs` 0.9.0 | `read_coefficients` reads both kinds; it silently skips damage between restart markers, as libjpeg does, refuses sequential files of several scans, allocates 750 MB for a header before 10 kB of data, and does not promise memory safety (326 lines with `unsafe`) |
//! | `jpeg-decoder` 0.3.2, `zune-jpeg` 0.5.15 | pixels only |
//! | `zenjpeg`, `phasm-core` | AGPL, GPL |
//! | `mozjpeg-sys` 2.2 | C, with errors that unwind through it |
//!
//! So this crate has its own decoder: 1,200 lines without `unsafe`, after the sections of ITU-T T.81. It is compared
//! with libjpeg coefficient by coefficient (`tests/golden/compare.py`), also on files that are cut, filled and
//! changed (`tests/golden/mutate.py`), and it is fuzzed.
//!
//! `jpeg-decoder` decodes pixels: on files of every kind it is within 3 levels of libjpeg. (`zune-jpeg` 0.5.15,
//! which is to replace it, decodes sequential files of several scans to wrong pictures.) It never gets the
//! original file. It gets the coefficients from [`read`], written as a new file that is always of the same kind. So
//! every file with coefficients has pixels too, and both belong to the same image. `jpeg-encoder` writes files.

mod bits;
mod block;
mod component;
mod crop;
mod encode;
mod enlarge;
mod error;
mod frame;
mod grid;
mod huffman;
mod image;
mod jpeg;
mod length;
mod limits;
mod pixels;
mod read;
mod scan;
mod segment;
mod sparse;
mod typical;
mod window;
mod write;

pub use component::Component;
pub use encode::{Encoding, Sampling, encode_grey, encode_rgb};
pub use error::JpegError;
pub use grid::{CHANNELS, Chroma};
pub use jpeg::Jpeg;
pub use limits::Limits;
pub use pixels::{Rgb, decode_rgb};
pub use read::read;
pub use window::Window;
