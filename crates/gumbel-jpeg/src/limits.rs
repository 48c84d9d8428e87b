//! Limits on the memory and the time for one file.

use crate::error::JpegError;

/// Limits on the memory and the time for one file, checked before memory is allocated or time is spent.
///
/// Memory: coefficients take 2 bytes each, at most 6 bytes per pixel in 4:4:4. They are allocated at the first
/// scan, and only if the rest of the file is long enough for all blocks (a block takes at least 2 bits in a
/// sequential file, 1 bit in a progressive file). So a file of n bytes never needs more than
/// `min(6 * pixels, 1024 * n)` bytes beside the n bytes themselves. A [grid](crate::Jpeg::grid) has 12 bytes
/// per pixel. [`decode_rgb`](crate::decode_rgb) writes the coefficients into a file for the decoder of pixels,
/// at most 2.4 times as long as the coefficients in memory and mostly much shorter, and frees the coefficients.
/// Then the decoder needs samples and pixels, 6 bytes per pixel.
///
/// Time: a scan visits each block of its components once, so at most `scans * 3 * pixels / 64` blocks are
/// visited. A progressive file cannot send a bit of a coefficient twice.
///
/// ```
/// use gumbel_jpeg::Limits;
///
/// assert_eq!(Limits::default(), Limits { bytes: 64 << 20, pixels: 64 << 20, scans: 100 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest allowed length of the file in bytes. 64 MiB by default.
    pub bytes: usize,
    /// The largest allowed number of pixels, width times height. 64 Mi by default: 384 MiB of coefficients
    /// in 4:4:4.
    pub pixels: u64,
    /// The largest allowed number of scans. 100 by default; encoders write about 10.
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
