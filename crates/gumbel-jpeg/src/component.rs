//! A component and its coefficients.

/// One component of an image: the luma (Y) or a chroma (Cb or Cr).
///
/// A component holds blocks of 8x8 coefficients, row-major, without the blocks that only pad the last units
/// of an interleaved scan: `blocks_wide = ceil(samples wide / 8)`, `blocks_high = ceil(samples high / 8)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    pub(crate) blocks_wide: usize,
    pub(crate) blocks_high: usize,
    pub(crate) horizontal: u8,
    pub(crate) vertical: u8,
    pub(crate) quantisation: [u16; 64],
    pub(crate) coefficients: Vec<i16>,
}

/// The number of blocks for `size` samples of the image, in a component with factor `own` of the `largest`:
/// `ceil(ceil(size * own / largest) / 8)` (T.81, A.1.1).
pub(crate) fn blocks(size: usize, own: u8, largest: u8) -> usize {
    (size * usize::from(own)).div_ceil(largest.into()).div_ceil(8)
}

impl Component {
    /// The number of blocks in a row of the component.
    #[must_use]
    pub fn blocks_wide(&self) -> usize {
        self.blocks_wide
    }

    /// The number of rows of blocks in the component.
    #[must_use]
    pub fn blocks_high(&self) -> usize {
        self.blocks_high
    }

    /// The horizontal sampling factor in the frame header, 1 to 4.
    #[must_use]
    pub fn horizontal(&self) -> u8 {
        self.horizontal
    }

    /// The vertical sampling factor in the frame header, 1 to 4.
    #[must_use]
    pub fn vertical(&self) -> u8 {
        self.vertical
    }

    /// The quantisation steps that the coefficients were divided by, at `8 * v + u` for vertical frequency v and
    /// horizontal frequency u.
    #[must_use]
    pub fn quantisation(&self) -> &[u16; 64] {
        &self.quantisation
    }

    /// The component's quantised coefficients as in the file, `[blocks_high, blocks_wide, 8 (v), 8 (u)]`
    /// row-major, within -2047..=2047.
    #[must_use]
    pub fn coefficients(&self) -> &[i16] {
        &self.coefficients
    }

    /// The coefficients times their quantisation steps, in the order of [`coefficients`](Self::coefficients).
    ///
    /// The units are those of JPEG: an orthonormal DCT of samples minus 128, so coefficient 0 is 8 times the
    /// mean of the block. Encoders write values within about -1100..=1100; the limit of the format is
    /// 2047 * 65535, which fits an `i32`.
    ///
    /// ```
    /// use gumbel_jpeg::{Encoding, Limits, encode_grey, read};
    ///
    /// let jpeg = encode_grey(&[160; 64], 8, 8, &Encoding::default())?;
    /// let jpeg = read(&jpeg, &Limits::default())?;
    /// let block: Vec<i32> = jpeg.components()[0].dequantised().collect();
    /// assert_eq!(block[0], 8 * (160 - 128));
    /// assert!(block[1..].iter().all(|&c| c == 0));
    /// # Ok::<(), gumbel_jpeg::JpegError>(())
    /// ```
    pub fn dequantised(&self) -> impl Iterator<Item = i32> + '_ {
        let steps = self.quantisation.iter().cycle();
        self.coefficients.iter().zip(steps).map(|(&c, &step)| i32::from(c) * i32::from(step))
    }
}
