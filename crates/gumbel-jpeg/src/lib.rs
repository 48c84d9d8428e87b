//! The DCT coefficients of a JPEG, read without decoding it to pixels.
//!
//! [`read`] undoes the entropy coding and stops there: what it gives are the quantised coefficients as the
//! file holds them. [`Jpeg::grid`] multiplies them by their steps and brings the chroma to the luma's
//! blocks: an array `[192, rows, columns]` for a network that learns in the frequency domain (Xu et al.
//! 2020, arXiv 2002.12416), and [`Jpeg::coded_bits`] says what some channels take of the entropy-coded data. [`decode_rgb`]
//! gives the same file's pixels, to compare with; [`encode_grey`] and [`encode_rgb`] write small files.
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
//! # Why an entropy decoder of its own
//!
//! Needed: quantised coefficients of sequential and progressive files, restart markers, errors in place of
//! guesses, and no memory on the word of a header. Looked at in November 2026:
//!
//! | library | what speaks against it |
//! |---|---|
//! | `dct-io` 0.1.1 | sequential only; two releases, both of one day |
//! | `lepton_jpeg` 0.5.8 | reads both kinds, but its coefficients are not public |
//! | `libjpeg-turbo-rs` 0.9.0 | `read_coefficients` reads both kinds; it skips damage between restart markers without a word, as libjpeg does, refuses sequential files of several scans, makes 750 MB for a header over 10 kB of data, and promises no memory safety (326 lines with `unsafe`) |
//! | `jpeg-decoder` 0.3.2, `zune-jpeg` 0.5.15 | pixels only |
//! | `zenjpeg`, `phasm-core` | AGPL, GPL |
//! | `mozjpeg-sys` 2.2 | C, with errors that unwind through it |
//!
//! So the decoder is here: 1,200 lines without `unsafe`, by the sections of ITU-T T.81, held against libjpeg
//! coefficient by coefficient (`tests/golden/compare.py`), also on files that are cut, filled and changed
//! (`tests/golden/mutate.py`), and fuzzed.
//!
//! For pixels `jpeg-decoder` is used: on files of every kind it is within 3 levels of libjpeg. (`zune-jpeg`
//! 0.5.15, which is to replace it, decodes sequential files of several scans to other pictures.) It never
//! sees the file: it gets the coefficients that [`read`] found, in a file of one kind. So no file has
//! coefficients and no pixels, and what the two say is of the same image. `jpeg-encoder` writes.

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
