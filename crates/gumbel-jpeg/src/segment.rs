//! Markers and marker segments: ITU-T T.81, B.1.1.

use crate::error::JpegError;

/// Start of image.
pub(crate) const SOI: u8 = 0xd8;
/// End of image.
pub(crate) const EOI: u8 = 0xd9;

/// A place in the file, between segments.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The next byte to be read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// The next marker, after any number of fill bytes (B.1.1.2); `None` at the end of the file.
    pub(crate) fn marker(&mut self) -> Result<Option<u8>, JpegError> {
        let Some(&first) = self.bytes.get(self.at) else { return Ok(None) };
        if first != 0xff {
            return Err(JpegError::Marker { expected: "a marker (FF)", found: first, at: self.at });
        }
        while self.bytes.get(self.at) == Some(&0xff) {
            self.at += 1;
        }
        let Some(&code) = self.bytes.get(self.at) else { return Ok(None) };
        self.at += 1;
        Ok(Some(code))
    }

    /// The parameters of a segment: two bytes of length, which counts itself, then the rest (B.1.1.4).
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
        Ok(Segment { bytes, start, next: 0 })
    }
}

/// What a segment holds, read from front to back.
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

    /// Two numbers of four bits.
    pub(crate) fn nibbles(&mut self) -> Result<(u8, u8), JpegError> {
        let byte = self.byte()?;
        Ok((byte >> 4, byte & 15))
    }

    /// The error of a number just read, which has `size` bytes.
    pub(crate) fn refuse(
        &self,
        size: usize,
        field: &'static str,
        expected: &'static str,
        found: impl Into<u32>,
    ) -> JpegError {
        JpegError::Field { field, expected, found: found.into(), at: self.at() - size }
    }

    /// Nothing may be left.
    pub(crate) fn end(&self) -> Result<(), JpegError> {
        if self.is_empty() {
            return Ok(());
        }
        let found = self.bytes.len() as u32 + 2;
        let (field, expected) = ("the length of a segment", "no more than it holds");
        Err(JpegError::Field { field, expected, found, at: self.start - 2 })
    }
}
