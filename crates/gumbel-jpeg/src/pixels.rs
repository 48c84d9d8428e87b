//! Decodes a file to pixels, for comparison with coefficients.

use jpeg_decoder::{Decoder, PixelFormat};

use crate::error::JpegError;
use crate::jpeg::Jpeg;
use crate::limits::Limits;
use crate::read::read;

/// A decoded image, with three bytes per pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgb {
    /// The width of the image in pixels.
    pub width: usize,
    /// The height of the image in pixels.
    pub height: usize,
    /// The red, green and blue of each pixel, `[height, width, 3]` row-major.
    pub pixels: Vec<u8>,
}

/// Decodes a JPEG to pixels. A grey image has three equal bytes per pixel.
///
/// The function calls [`read`] and then [`Jpeg::to_rgb`], so it accepts exactly the files that [`read`] accepts:
/// from the same files, a data set of pixels and a data set of coefficients have the same images.
///
/// # Errors
/// The errors of [`read`], and of [`Jpeg::to_rgb`].
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
    let (width, height, file) = (jpeg.width(), jpeg.height(), jpeg.file());
    drop(jpeg);
    decode(&file, width, height)
}

impl Jpeg {
    /// Decodes the image to pixels. A grey image has three equal bytes per pixel.
    ///
    /// The decoder of pixels gets the coefficients, not the original file. So every image from [`read`] has
    /// pixels, and the pixels belong to the coefficients.
    ///
    /// # Errors
    /// [`JpegError::Codec`] if the decoder refuses the coefficients, which is not expected.
    ///
    /// ```
    /// use gumbel_jpeg::{Encoding, Limits, decode_rgb, encode_grey, read};
    ///
    /// let file = encode_grey(&[77; 24], 6, 4, &Encoding::default())?;
    /// // A file without its end marker is valid too.
    /// let file = &file[..file.len() - 2];
    /// let image = read(file, &Limits::default())?.to_rgb()?;
    /// assert_eq!(image, decode_rgb(file, &Limits::default())?);
    /// # Ok::<(), gumbel_jpeg::JpegError>(())
    /// ```
    pub fn to_rgb(&self) -> Result<Rgb, JpegError> {
        decode(&self.file(), self.width(), self.height())
    }
}

/// Decodes a file from [`Jpeg::file`].
fn decode(file: &[u8], width: usize, height: usize) -> Result<Rgb, JpegError> {
    let mut decoder = Decoder::new(file);
    let refuse =
        |message: String| JpegError::Codec { message: format!("decoder of pixels: {message}") };
    decoder.set_max_decoding_buffer_size(width * height * 3);
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
