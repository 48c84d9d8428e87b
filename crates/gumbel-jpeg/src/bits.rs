//! Reads the bits of entropy-coded data, without stuffed zero bytes: ITU-T T.81, F.1.2.3 and F.2.2.5.

use crate::error::JpegError;
use crate::huffman::Huffman;
use crate::segment::{RST0, left_over};

/// A stretch of entropy-coded data that ends at the next marker.
#[derive(Clone, Debug)]
pub(crate) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next bits, from the highest bit down, then zeros.
    buffer: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(crate) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, buffer: 0, count: 0 }
    }

    /// Fills the buffer: afterwards it has more than 56 bits, or all bits before the next marker.
    fn fill(&mut self) {
        while self.count <= 56 {
            let Some(&byte) = self.bytes.get(self.at) else { return };
            let mut size = 1;
            if byte == 0xff {
                // Fill bytes before a stuffed zero are skipped too, as libjpeg does.
                while self.bytes.get(self.at + size) == Some(&0xff) {
                    size += 1;
                }
                if self.bytes.get(self.at + size) != Some(&0) {
                    return;
                }
                size += 1;
            }
            self.at += size;
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    #[inline]
    fn skip(&mut self, count: u32) {
        self.buffer <<= count;
        self.count -= count;
    }

    /// Reads a Huffman code and returns its symbol.
    #[inline]
    pub(crate) fn symbol(&mut self, table: &Huffman) -> Result<u8, JpegError> {
        if self.count < 32 {
            self.fill();
        }
        match table.find((self.buffer >> 48) as u16) {
            Some((length, symbol)) if length <= self.count => {
                self.skip(length);
                Ok(symbol)
            }
            None if self.count >= 16 => {
                Err(self.refuse("a Huffman code", (self.buffer >> 48) as i32))
            }
            _ => Err(self.short()),
        }
    }

    /// Reads the next `count <= 16` bits as a number.
    #[inline]
    pub(crate) fn take(&mut self, count: u32) -> Result<i32, JpegError> {
        if self.count < count {
            self.fill();
            if self.count < count {
                return Err(self.short());
            }
        }
        let value = (self.buffer >> 32 >> (32 - count)) as i32;
        self.skip(count);
        Ok(value)
    }

    /// Reads a number of `size <= 16` bits (EXTEND of F.2.2.1). It has no sign bit: a negative number has all
    /// bits inverted.
    #[inline]
    pub(crate) fn signed(&mut self, size: u32) -> Result<i32, JpegError> {
        let value = self.take(size)?;
        Ok(if size > 0 && value < 1 << (size - 1) { value - (1 << size) + 1 } else { value })
    }

    /// Ends the scan: the buffer may only have the padding of the last byte, and zeros. Returns the position
    /// of the first byte that is not in the buffer.
    pub(crate) fn finish(&mut self) -> Result<usize, JpegError> {
        self.fill();
        let left = self.buffer << (self.count % 8);
        match left {
            0 => Ok(self.at),
            _ => {
                let found = left.to_be_bytes().into_iter().find(|&byte| byte != 0);
                Err(left_over(found.unwrap_or(0), self.at))
            }
        }
    }

    /// Ends the stretch, which may only have the padding of the last byte left, and continues after the restart
    /// marker of this number (B.2.1, E.2.4).
    pub(crate) fn restart(&mut self, number: u8) -> Result<(), JpegError> {
        self.fill();
        if self.count >= 8 {
            return Err(left_over((self.buffer >> 56) as u8, self.at));
        }
        let mut at = self.at;
        while self.bytes.get(at) == Some(&0xff) {
            at += 1;
        }
        match self.bytes.get(at) {
            None => Err(JpegError::Truncated { expected: "a restart marker", at }),
            Some(&found) if found != RST0 + number => {
                Err(JpegError::Marker { expected: "the next restart marker", found, at })
            }
            Some(_) => {
                *self = Self::new(self.bytes, at + 1);
                Ok(())
            }
        }
    }

    /// The error for a number that T.81 forbids and other decoders accept in some form.
    #[cold]
    pub(crate) fn forbid(
        &self,
        kind: &'static str,
        expected: &'static str,
        found: i32,
    ) -> JpegError {
        JpegError::Forbidden { kind, expected, found, at: self.at }
    }

    #[cold]
    pub(crate) fn refuse(&self, expected: &'static str, found: i32) -> JpegError {
        JpegError::Code { expected, found, at: self.at }
    }

    /// The error for data that ended within a block.
    #[cold]
    fn short(&self) -> JpegError {
        let expected = "entropy-coded data of more blocks";
        match self.bytes.get(self.at + 1) {
            None => JpegError::Truncated { expected, at: self.bytes.len() },
            Some(&found) => JpegError::Marker { expected, found, at: self.at + 1 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bits read in pieces of any size equal the bits of the bytes, with many or few bytes FF.
    #[test]
    fn bits_are_the_bytes_in_order() {
        for every in [3, 9, 10, 50, 1_000] {
            let plain: Vec<u8> = (1..200_u32)
                .map(|i| if i % every == 0 { 0xff } else { (i * i * 31 % 255) as u8 })
                .collect();
            let stuffed = plain.iter().flat_map(|&byte| match byte {
                0xff => vec![0xff, 0],
                _ => vec![byte],
            });
            let stuffed: Vec<u8> = stuffed.chain([0xff, 0xd9]).collect();
            let mut expected =
                plain.iter().flat_map(|byte| (0..8).rev().map(move |i| byte >> i & 1));
            let mut bits = Bits::new(&stuffed, 0);
            for size in (0..17).cycle() {
                let Ok(found) = bits.take(size) else { break };
                let next = expected.by_ref().take(size as usize);
                assert_eq!(found, next.fold(0, |value, bit| value << 1 | i32::from(bit)));
            }
            assert!(expected.count() < 16);
        }
    }

    #[test]
    fn bits_come_without_stuffing_and_end_at_a_marker() {
        let mut bits = Bits::new(&[0b1010_0110, 0xff, 0, 0x12, 0xff, 0xd1, 0x80, 0xff, 0xd9], 0);
        assert_eq!(bits.take(0), Ok(0));
        assert_eq!(bits.take(3), Ok(0b101));
        assert_eq!(bits.take(13), Ok(0b0_0110_1111_1111));
        assert_eq!(bits.take(1), Ok(0));
        let expected = "entropy-coded data of more blocks";
        assert_eq!(bits.take(8), Err(JpegError::Marker { expected, found: 0xd1, at: 5 }));
        assert_eq!(bits.finish(), Ok(4));
        assert!(bits.clone().restart(2).is_err());
        assert_eq!(bits.restart(1), Ok(()));
        assert!(bits.finish().is_err());
        assert_eq!(bits.take(1), Ok(1));
        assert_eq!(bits.finish(), Ok(7));
    }

    /// EXTEND (F.2.2.1, Table F.1): the bits 0, 1, 000, 011, 100, 111.
    #[test]
    fn signed_numbers() {
        let mut bits = Bits::new(&[0b0100_0011, 0b1001_1100], 0);
        let sizes = [0, 1, 1, 3, 3, 3, 3];
        let values: Vec<_> = sizes.iter().map(|&size| bits.signed(size)).collect();
        assert_eq!(values, [0, -1, 1, -7, -4, 4, 7].map(Ok));
    }
}
