//! The sparse form of an image, its nonzero coefficients as bytes: 2 to 4 times as long as the JPEG, and 6 times as
//! fast to read.
//!
//! ```text
//! width, height: 2 bytes each; the number of components: 1 byte
//! each component: its sampling factors, 16 * horizontal + vertical: 1 byte; 64 quantisation steps: 2 bytes each
//! each block of each component: the number of nonzero coefficients: 1 byte; for each its place: 1 byte; its
//! value: 2 bytes
//! ```
//!
//! Integers are little-endian; places are row-major, in rising order. So each image has exactly one form.

use crate::component::{Component, blocks};
use crate::error::JpegError;
use crate::frame::check_sampling;
use crate::jpeg::Jpeg;

/// The largest coefficient that [`read`](crate::read) accepts.
const LARGEST: i16 = 2_047;

impl Jpeg {
    /// The image in its sparse form, as bytes for a cache: sizes, quantisation steps and nonzero coefficients.
    /// [`from_sparse`](Self::from_sparse) reads them.
    ///
    /// ```
    /// use gumbel_jpeg::{Encoding, Jpeg, Limits, encode_grey, read};
    ///
    /// let jpeg = read(&encode_grey(&[77; 64], 8, 8, &Encoding::default())?, &Limits::default())?;
    /// let bytes = jpeg.to_sparse();
    /// // Sizes, one component, and one block of one coefficient.
    /// assert_eq!(bytes.len(), 5 + 129 + 1 + 3);
    /// assert_eq!(Jpeg::from_sparse(&bytes)?, jpeg);
    /// # Ok::<(), gumbel_jpeg::JpegError>(())
    /// ```
    #[must_use]
    pub fn to_sparse(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // A JPEG has at most 65,535 pixels each way.
        bytes.extend((self.width as u16).to_le_bytes());
        bytes.extend((self.height as u16).to_le_bytes());
        bytes.push(self.components.len() as u8);
        for component in &self.components {
            bytes.push(component.horizontal << 4 | component.vertical);
            bytes.extend(component.quantisation.iter().flat_map(|step| step.to_le_bytes()));
        }
        for component in &self.components {
            for block in component.coefficients.as_chunks::<64>().0 {
                let count = bytes.len();
                bytes.push(0);
                for (place, value) in block.iter().enumerate().filter(|(_, value)| **value != 0) {
                    let [low, high] = value.to_le_bytes();
                    bytes.extend([place as u8, low, high]);
                    bytes[count] += 1;
                }
            }
        }
        bytes
    }

    /// Reads an image from the bytes of [`to_sparse`](Self::to_sparse).
    ///
    /// All bytes are checked: an accepted image has all properties of a [`Jpeg`]. Memory for coefficients is
    /// allocated only if `bytes` has a byte for each block, so the coefficients take at most 128 times as much
    /// memory as `bytes`.
    ///
    /// # Errors
    /// An error if `bytes` is not the sparse form of one image: what was expected and found, and at which byte.
    pub fn from_sparse(bytes: &[u8]) -> Result<Self, JpegError> {
        let mut reader = Reader { bytes, at: 0 };
        let mut size = |field| match reader.word("the size")? {
            0 => Err(reader.field(2, field, "1 to 65535", 0)),
            size => Ok(usize::from(size)),
        };
        let (width, height) = (size("width")?, size("height")?);
        let count = reader.byte("the number of components")?;
        if !matches!(count, 1 | 3) {
            return Err(JpegError::Components { found: count });
        }
        let mut components = Vec::new();
        for _ in 0..count {
            components.push(reader.component()?);
        }
        let factors: Vec<_> = components.iter().map(|c| (c.horizontal, c.vertical)).collect();
        check_sampling(&factors)?;
        for component in &mut components {
            component.blocks_wide = blocks(width, component.horizontal, factors[0].0);
            component.blocks_high = blocks(height, component.vertical, factors[0].1);
        }
        let count = |component: &Component| (component.blocks_wide * component.blocks_high) as u64;
        let claimed = components.iter().map(count).sum();
        let fit = (bytes.len() - reader.at) as u64;
        if claimed > fit {
            return Err(JpegError::Claim { blocks: claimed, fit });
        }
        for component in &mut components {
            component.coefficients = vec![0; 64 * component.blocks_wide * component.blocks_high];
            for block in component.coefficients.as_chunks_mut().0 {
                reader.block(block)?;
            }
        }
        match bytes.get(reader.at) {
            None => Ok(Self { width, height, components }),
            Some(&found) => {
                Err(reader.field(0, "after the last block", "the end of the bytes", found.into()))
            }
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self, expected: &'static str) -> Result<[u8; N], JpegError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.first_chunk::<N>();
        let taken = taken.ok_or(JpegError::Truncated { expected, at: self.bytes.len() })?;
        self.at += N;
        Ok(*taken)
    }

    fn byte(&mut self, expected: &'static str) -> Result<u8, JpegError> {
        Ok(self.take::<1>(expected)?[0])
    }

    fn word(&mut self, expected: &'static str) -> Result<u16, JpegError> {
        Ok(u16::from_le_bytes(self.take(expected)?))
    }

    /// The error for a number in the last `size` bytes.
    fn field(
        &self,
        size: usize,
        field: &'static str,
        expected: &'static str,
        found: u32,
    ) -> JpegError {
        JpegError::Field { field, expected, found, at: self.at - size }
    }

    /// Reads the sampling factors and the quantisation steps of a component.
    fn component(&mut self) -> Result<Component, JpegError> {
        let factors = self.byte("sampling factors")?;
        let (horizontal, vertical) = (factors >> 4, factors & 15);
        if ![horizontal, vertical].iter().all(|factor| (1..=4).contains(factor)) {
            return Err(self.field(1, "sampling factors", "1 to 4 in each half", factors.into()));
        }
        let mut quantisation = [0; 64];
        for step in &mut quantisation {
            *step = self.word("a quantisation step")?;
            if *step == 0 {
                return Err(self.field(2, "quantisation step", "at least 1", 0));
            }
        }
        Ok(Component {
            blocks_wide: 0,
            blocks_high: 0,
            horizontal,
            vertical,
            quantisation,
            coefficients: Vec::new(),
        })
    }

    /// Reads the coefficients of a block into `block`, which must be zero.
    fn block(&mut self, block: &mut [i16; 64]) -> Result<(), JpegError> {
        let count = self.byte("the number of coefficients of a block")?;
        let mut least = 0;
        for _ in 0..count {
            let [place, low, high] = self.take("a place and a coefficient")?;
            let value = i16::from_le_bytes([low, high]);
            if !(least..64).contains(&place) {
                return Err(self.field(3, "place", "above the one before, below 64", place.into()));
            }
            if value == 0 || !(-LARGEST..=LARGEST).contains(&value) {
                let (expected, found) = ("a coefficient within -2047..=2047, not 0", value.into());
                return Err(JpegError::Code { expected, found, at: self.at - 2 });
            }
            block[usize::from(place)] = value;
            least = place + 1;
        }
        Ok(())
    }
}
