//! Encoding PNG files.

use png::{BitDepth, ColorType, Encoder};

use crate::ReportError;

/// Encodes `data`, with 8 bits for each channel.
pub(crate) fn encode(
    width: usize,
    height: usize,
    color: ColorType,
    data: &[u8],
) -> Result<Vec<u8>, ReportError> {
    let side = |n: usize| u32::try_from(n).map_err(|_| ReportError::Png(format!("{n} pixels")));
    let failed = |error: png::EncodingError| ReportError::Png(error.to_string());
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, side(width)?, side(height)?);
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(data).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(file)
}

/// Width and height from the header of a PNG file.
pub(crate) fn size(file: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(file.get(at..at + 4)?.try_into().ok()?));
    file.starts_with(b"\x89PNG").then_some(())?;
    Some((number(16)?, number(20)?))
}

/// Width, height and bytes of a PNG file.
#[cfg(test)]
pub(crate) fn decode(file: &[u8]) -> (usize, usize, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut data).unwrap();
    assert_eq!(size(file), Some((info.width, info.height)));
    (info.width as usize, info.height as usize, data)
}
