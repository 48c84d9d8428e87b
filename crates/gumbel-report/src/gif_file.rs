//! Encoding animated GIF files.

use gif::{Encoder, Frame, Repeat};

use crate::ReportError;
use crate::raster::Raster;

/// Encodes frames of one size, each shown for `hundredths` of a second, in an endless loop.
///
/// The colours of a frame are reduced to at most 256, the most frequent ones if there are more.
pub(crate) fn encode(frames: &[Raster], hundredths: u16) -> Result<Vec<u8>, ReportError> {
    let failed = |problem: String| ReportError::Gif(problem);
    let first = frames.first().ok_or_else(|| failed("expected a frame, found none".to_owned()))?;
    let side = |n: usize| u16::try_from(n).map_err(|_| failed(format!("{n} pixels on a side")));
    let (width, height) = (side(first.width)?, side(first.height)?);
    let wrong = |error: gif::EncodingError| failed(error.to_string());
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height, &[]).map_err(wrong)?;
    encoder.set_repeat(Repeat::Infinite).map_err(wrong)?;
    for frame in frames {
        if (frame.width, frame.height) != (first.width, first.height) {
            let problem = format!(
                "expected frames of {width} x {height} pixels, found {} x {}",
                frame.width, frame.height
            );
            return Err(failed(problem));
        }
        let mut frame = Frame::from_rgb_speed(width, height, &frame.rgb, SPEED);
        frame.delay = hundredths;
        encoder.write_frame(&frame).map_err(wrong)?;
    }
    drop(encoder);
    Ok(file)
}

/// The speed of the search for colours, from 1 (best) to 30; it is used only above 256 colours.
const SPEED: i32 = 10;
