//! Encodes pixels as small JPEGs, for data sets without JPEGs.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use crate::error::JpegError;

/// The sampling of a JPEG: the number of chroma samples, relative to the luma.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampling {
    /// As many chroma samples as luma samples: 4:4:4.
    #[default]
    Full,
    /// Half as many chroma samples in width: 4:2:2.
    Half,
    /// Half as many chroma samples in height: 4:4:0.
    HalfHeight,
    /// Half as many chroma samples in both directions: 4:2:0.
    Quarter,
    /// A quarter as many chroma samples in width: 4:1:1.
    QuarterWidth,
}

/// The settings for writing a JPEG.
///
/// ```
/// use gumbel_jpeg::{Encoding, Sampling};
///
/// let Encoding { quality, sampling, progressive, restart } = Encoding::default();
/// assert_eq!((quality, sampling, progressive, restart), (75, Sampling::Full, false, 0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// The quality, 1 to 100, which scales the quantisation tables.
    pub quality: u8,
    /// The number of chroma samples, relative to the luma.
    pub sampling: Sampling,
    /// Whether to write a progressive file: several scans, from coarse to fine.
    pub progressive: bool,
    /// The number of coding units between restart markers; 0 for no restart markers.
    pub restart: u16,
}

impl Default for Encoding {
    fn default() -> Self {
        Self { quality: 75, sampling: Sampling::Full, progressive: false, restart: 0 }
    }
}

/// Encodes a grey image, `pixels: [height, width]`, as a JPEG.
///
/// # Errors
/// [`JpegError::Length`] if there are not `width * height` pixels, [`JpegError::Argument`] if a size is not
/// 1 to 65,535 or the quality not 1 to 100.
///
/// ```
/// use gumbel_jpeg::{Encoding, Limits, encode_grey, read};
///
/// let file = encode_grey(&[0, 80, 160, 240], 2, 2, &Encoding { quality: 90, ..Encoding::default() })?;
/// assert_eq!(read(&file, &Limits::default())?.components().len(), 1);
/// # Ok::<(), gumbel_jpeg::JpegError>(())
/// ```
pub fn encode_grey(
    pixels: &[u8],
    width: usize,
    height: usize,
    encoding: &Encoding,
) -> Result<Vec<u8>, JpegError> {
    encode(pixels, (width, height), ColorType::Luma, encoding)
}

/// Encodes a colour image, `pixels: [height, width, 3]` in red, green and blue, as a JPEG in YCbCr.
///
/// # Errors
/// The errors of [`encode_grey`]; here `pixels` must have `width * height * 3` bytes.
///
/// ```
/// use gumbel_jpeg::{Encoding, JpegError, encode_rgb};
///
/// let error = encode_rgb(&[0; 11], 2, 2, &Encoding::default()).unwrap_err();
/// assert_eq!(error, JpegError::Length { argument: "pixels", expected: 12, found: 11 });
/// ```
pub fn encode_rgb(
    pixels: &[u8],
    width: usize,
    height: usize,
    encoding: &Encoding,
) -> Result<Vec<u8>, JpegError> {
    encode(pixels, (width, height), ColorType::Rgb, encoding)
}

fn encode(
    pixels: &[u8],
    (width, height): (usize, usize),
    colour: ColorType,
    encoding: &Encoding,
) -> Result<Vec<u8>, JpegError> {
    let size = |argument: &'static str, size: usize| match u16::try_from(size) {
        Ok(size) if size > 0 => Ok(size),
        _ => {
            let found = u32::try_from(size).unwrap_or(u32::MAX);
            Err(JpegError::Argument { argument, expected: "1 to 65535", found })
        }
    };
    let (columns, rows) = (size("width", width)?, size("height", height)?);
    let expected = width * height * if colour == ColorType::Luma { 1 } else { 3 };
    if pixels.len() != expected {
        return Err(JpegError::Length { argument: "pixels", expected, found: pixels.len() });
    }
    if !(1..=100).contains(&encoding.quality) {
        let found = encoding.quality.into();
        return Err(JpegError::Argument { argument: "quality", expected: "1 to 100", found });
    }
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, encoding.quality);
    encoder.set_sampling_factor(match encoding.sampling {
        Sampling::Full => SamplingFactor::F_1_1,
        Sampling::Half => SamplingFactor::F_2_1,
        Sampling::HalfHeight => SamplingFactor::F_1_2,
        Sampling::Quarter => SamplingFactor::F_2_2,
        Sampling::QuarterWidth => SamplingFactor::F_4_1,
    });
    encoder.set_progressive(encoding.progressive);
    encoder.set_restart_interval(encoding.restart);
    encoder
        .encode(pixels, columns, rows, colour)
        .map_err(|error| JpegError::Codec { message: format!("encoder: {error}") })?;
    Ok(bytes)
}
