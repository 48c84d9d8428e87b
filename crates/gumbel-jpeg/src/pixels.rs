//! The same file as pixels, for what is compared with coefficients.

use jpeg_decoder::{ColorTransform, Decoder, PixelFormat};

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
    let mut decoder = Decoder::new(bytes);
    if jpeg.components().len() == 3 {
        decoder.set_color_transform(ColorTransform::YCbCr);
    }
    drop(jpeg);
    decoder.set_max_decoding_buffer_size(width * height * 3);
    let refuse =
        |message: String| JpegError::Codec { message: format!("decoder of pixels: {message}") };
    let pixels = decoder.decode().map_err(|error| refuse(error.to_string()))?;
    let format = decoder.info().map(|info| info.pixel_format);
    let pixels = match format {
        Some(PixelFormat::RGB24) => pixels,
        Some(PixelFormat::L8) => pixels.into_iter().flat_map(|grey| [grey; 3]).collect(),
        other => return Err(refuse(format!("expected RGB24 or L8, found {other:?}"))),
    };
    let expected = width * height * 3;
    if pixels.len() != expected {
        return Err(refuse(format!("expected {expected} bytes, found {}", pixels.len())));
    }
    Ok(Rgb { width, height, pixels })
}
