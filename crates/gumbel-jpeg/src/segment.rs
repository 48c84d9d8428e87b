//! Markers and marker segments: ITU-T T.81, B.1.1.

use crate::error::JpegError;

/// Start of image.
pub(crate) const SOI: u8 = 0xd8;
/// End of image.
pub(crate) const EOI: u8 = 0xd9;
/// The first and the last of the restart markers.
pub(crate) const RST0: u8 = 0xd0;
const RST7: u8 = 0xd7;
/// A marker for temporary use in arithmetic coding.
const TEM: u8 = 0x01;

/// The error for data after the last block of a scan, or before a restart marker.
pub(crate) fn left_over(found: u8, at: usize) -> JpegError {
    let (kind, expected) = ("data left over", "a marker after the last block");
    JpegError::Forbidden { kind, expected, found: found.into(), at }
}

/// Reads the markers and segments of a file.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Whether no segment has come since the data of a scan.
    after_data: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, after_data: false }
    }

    /// The position of the next byte.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Continues at `at`, where the data of a scan ends.
    pub(crate) fn after_data(&mut self, at: usize) {
        (self.at, self.after_data) = (at, true);
    }

    /// The next marker and the position of its code, after any number of fill bytes (B.1.1.2); `None` at the
    /// end of the file.
    ///
    /// Bytes outside segments are skipped, as libjpeg does, because they have no part of the image. After a
    /// scan's data only zeros are skipped, because other bytes may be blocks that the header does not count.
    /// Markers without a segment (RST, TEM) are skipped too.
    pub(crate) fn marker(&mut self) -> Result<Option<(usize, u8)>, JpegError> {
        loop {
            let start = self.at;
            while self.bytes.get(self.at) == Some(&0xff) {
                self.at += 1;
            }
            let Some(&code) = self.bytes.get(self.at) else { return Ok(None) };
            self.at += 1;
            // FF 00 is not a marker but a byte FF of a scan's data.
            let marker = self.at - start > 1 && code != 0;
            if !marker && self.after_data && (code != 0 || self.at - start > 1) {
                return Err(left_over(self.bytes[start], start));
            }
            if marker && !matches!(code, TEM | RST0..=RST7) {
                return Ok(Some((self.at - 1, code)));
            }
        }
    }

    /// Skips a segment that need not be valid, and returns its content. A length below 2, too short for the
    /// length itself, counts as 2, as in libjpeg.
    pub(crate) fn any_segment(&mut self) -> Result<Segment<'a>, JpegError> {
        match self.bytes.get(self.at..self.at + 2) {
            Some([0, 0 | 1]) => {
                self.at += 2;
                self.after_data = false;
                Ok(Segment { bytes: &[], start: self.at, next: 0 })
            }
            _ => self.segment(),
        }
    }

    /// Reads a segment: two bytes of length, which count themselves, then the content (B.1.1.4).
    pub(crate) fn segment(&mut self) -> Result<Segment<'a>, JpegError> {
        let end = || JpegError::Truncated { expected: "a whole segment", at: self.bytes.len() };
        let length = self.bytes.get(self.at..self.at + 2).ok_or_else(end)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        if length < 2 {
            return Err(JpegError::Field {
                field: "the length of a segment",
                expected: "at least 2",
                found: length as u32,
                at: self.at,
            });
        }
        let bytes = self.bytes.get(self.at + 2..self.at + length).ok_or_else(end)?;
        let start = self.at + 2;
        self.at += length;
        self.after_data = false;
        Ok(Segment { bytes, start, next: 0 })
    }
}

/// The content of a segment, read from start to end.
#[derive(Debug)]
pub(crate) struct Segment<'a> {
    bytes: &'a [u8],
    start: usize,
    next: usize,
}

impl<'a> Segment<'a> {
    pub(crate) fn at(&self) -> usize {
        self.start + self.next
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.next == self.bytes.len()
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.next..]
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], JpegError> {
        let bytes = self.rest().get(..count).ok_or_else(|| JpegError::Field {
            field: "the length of a segment",
            expected: "enough for what it holds",
            found: self.bytes.len() as u32 + 2,
            at: self.start - 2,
        })?;
        self.next += count;
        Ok(bytes)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, JpegError> {
        Ok(self.take(1)?[0])
    }

    pub(crate) fn word(&mut self) -> Result<u16, JpegError> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    /// Reads the sixteen counts at the start of a Huffman table.
    pub(crate) fn counts(&mut self) -> Result<[u8; 16], JpegError> {
        let mut counts = [0; 16];
        counts.copy_from_slice(self.take(16)?);
        Ok(counts)
    }

    /// Reads two numbers of four bits.
    pub(crate) fn nibbles(&mut self) -> Result<(u8, u8), JpegError> {
        let byte = self.byte()?;
        Ok((byte >> 4, byte & 15))
    }

    /// The error for a number of `size` bytes that was just read.
    pub(crate) fn refuse(
        &self,
        size: usize,
        field: &'static str,
        expected: &'static str,
        found: impl Into<u32>,
    ) -> JpegError {
        JpegError::Field { field, expected, found: found.into(), at: self.at() - size }
    }

    /// Refuses a segment with bytes left.
    pub(crate) fn end(&self) -> Result<(), JpegError> {
        if self.is_empty() {
            return Ok(());
        }
        let found = self.bytes.len() as u32 + 2;
        let (field, expected) = ("the length of a segment", "no more than it holds");
        Err(JpegError::Field { field, expected, found, at: self.start - 2 })
    }
}
