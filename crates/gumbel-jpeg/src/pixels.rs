//! The same file as pixels, for what is compared with coefficients.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::error::JpegError;
use crate::limits::Limits;
use crate::read::read;

/// An image of three bytes a pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgb {
    /// The width in pixels.
    pub width: usize,
    /// The height in pixels.
    pub height: usize,
    /// Red, green and blue, `[height, width, 3]` row-major.
    pub pixels: Vec<u8>,
}

/// Decodes a JPEG to pixels. A grey one has three equal bytes a pixel.
///
/// Takes just the files that [`read`] takes: it is asked first, so that a set of pixels and a set of
/// coefficients of the same files hold the same images.
///
/// # Errors
/// Those of [`read`], and [`JpegError::Codec`] should the decoder of pixels refuse the file nevertheless.
///
/// ```
/// use gumbel_jpeg::{Encoding, Limits, decode_rgb, encode_grey};
///
/// let file = encode_grey(&[77; 24], 6, 4, &Encoding::default())?;
/// let image = decode_rgb(&file, &Limits::default())?;
/// assert_eq!((image.width, image.height, image.pixels), (6, 4, vec![77; 72]));
/// # Ok::<(), gumbel_jpeg::JpegError>(())
/// ```
pub fn decode_rgb(bytes: &[u8], limits: &Limits) -> Result<Rgb, JpegError> {
    let jpeg = read(bytes, limits)?;
    let (width, height) = (jpeg.width(), jpeg.height());
    drop(jpeg);
    let options = DecoderOptions::default()
        .set_max_width(width)
        .set_max_height(height)
        .set_strict_mode(true)
        .jpeg_set_max_scans(limits.scans)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let pixels = JpegDecoder::new_with_options(ZCursor::new(bytes), options)
        .decode()
        .map_err(|error| JpegError::Codec { message: format!("decoder of pixels: {error:?}") })?;
    let expected = width * height * 3;
    if pixels.len() != expected {
        let found = pixels.len();
        let message = format!("decoder of pixels: expected {expected} bytes, found {found}");
        return Err(JpegError::Codec { message });
    }
    Ok(Rgb { width, height, pixels })
}
