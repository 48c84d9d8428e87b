//! How much a file may ask for.

use crate::error::JpegError;

/// Bounds on what one file may cost, checked before the cost arises.
///
/// Memory: coefficients take 2 bytes each, at most 6 a pixel in 4:4:4. They are allocated when the first
/// scan is reached, and only if the bytes that follow could hold so many blocks (a block takes at least 2
/// bits in a sequential file, 1 in a progressive one). So a file of n bytes never costs more than
/// `min(6 * pixels, 1024 * n)` bytes beside its own. A [grid](crate::Jpeg::grid) has 12 bytes a pixel.
/// [`decode_rgb`](crate::decode_rgb) writes the coefficients into a file for the decoder of pixels, of at most
/// 2.4 times their memory and mostly much less, lets go of them, and then needs samples and pixels: 6 bytes a pixel.
///
/// Time: a scan visits each block of its components once, so the blocks visited are at most
/// `scans * 3 * pixels / 64`. A progressive file cannot send a bit of a coefficient twice.
///
/// ```
/// use gumbel_jpeg::Limits;
///
/// assert_eq!(Limits::default(), Limits { bytes: 64 << 20, pixels: 64 << 20, scans: 100 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest file, in bytes. 64 MiB by default.
    pub bytes: usize,
    /// The largest width times height. 64 Mi by default: 384 MiB of coefficients in 4:4:4.
    pub pixels: u64,
    /// The most scans. 100 by default; encoders write about 10.
    pub scans: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, pixels: 64 << 20, scans: 100 }
    }
}

impl Limits {
    pub(crate) fn check_bytes(&self, found: usize) -> Result<(), JpegError> {
        check("bytes", self.bytes as u64, found as u64)
    }

    pub(crate) fn check_pixels(&self, width: u16, height: u16) -> Result<(), JpegError> {
        check("pixels", self.pixels, u64::from(width) * u64::from(height))
    }

    pub(crate) fn check_scans(&self, found: usize) -> Result<(), JpegError> {
        check("scans", self.scans as u64, found as u64)
    }
}

fn check(what: &'static str, limit: u64, found: u64) -> Result<(), JpegError> {
    if found > limit { Err(JpegError::Limit { what, limit, found }) } else { Ok(()) }
}
