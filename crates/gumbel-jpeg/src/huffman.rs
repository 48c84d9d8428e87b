//! Huffman tables and their codes: ITU-T T.81, B.2.4.2, Annex C and F.2.2.3.

use crate::error::JpegError;
use crate::segment::Segment;

/// Codes of up to this number of bits are found in one lookup.
const SHORT: usize = 9;

/// A table of codes of 1 to 16 bits.
#[derive(Debug)]
pub(crate) struct Huffman {
    /// Indexed by the next [`SHORT`] bits: the code's length times 256 plus its symbol, or 0 for a longer code.
    short: [u16; 1 << SHORT],
    /// Indexed by length: one more than the largest code of this length, 0 if there is none.
    end: [u32; 17],
    /// Indexed by length: the index of a code's symbol minus the code (`VALPTR - MINCODE`).
    offset: [i32; 17],
    symbols: Vec<u8>,
}

impl Huffman {
    /// Reads one table: 16 counts of codes by length, then a symbol for each code. The inner error is for a
    /// table that is allowed in a file if no scan uses it.
    pub(crate) fn read(segment: &mut Segment<'_>) -> Result<Result<Self, JpegError>, JpegError> {
        let counts = segment.counts()?;
        let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
        if total > 256 {
            let expected = "1 to 256";
            return Err(segment.refuse(16, "the number of Huffman codes", expected, total as u32));
        }
        let symbols = segment.take(total)?;
        Ok(Self::new(&counts, symbols).ok_or_else(|| {
            let expected = "codes, and no more of a length than it has room for";
            segment.refuse(16 + total, "Huffman table", expected, total as u32)
        }))
    }

    /// The table with `counts` codes of each length and their symbols. `None` if it has no codes, or too many
    /// of a length.
    pub(crate) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        if symbols.is_empty() {
            return None;
        }
        let mut table =
            Self { short: [0; 1 << SHORT], end: [0; 17], offset: [0; 17], symbols: Vec::new() };
        let (mut code, mut next) = (0_u32, 0_usize);
        for (length, &count) in (1_usize..).zip(counts) {
            let count = usize::from(count);
            // A code of all ones is not allowed (C.2), so at least one code of each length is unused.
            if code + count as u32 >= 1 << length {
                return None;
            }
            if count > 0 {
                table.offset[length] = next as i32 - code as i32;
                table.end[length] = code + count as u32;
            }
            for &symbol in &symbols[next..next + count] {
                if length <= SHORT {
                    let first = (code as usize) << (SHORT - length);
                    table.short[first..first + (1 << (SHORT - length))]
                        .fill((length as u16) << 8 | u16::from(symbol));
                }
                code += 1;
            }
            next += count;
            code <<= 1;
        }
        table.symbols = symbols.to_vec();
        Some(table)
    }

    /// The length and the symbol of the code at the start of the next 16 bits.
    #[inline]
    pub(crate) fn find(&self, bits: u16) -> Option<(u32, u8)> {
        match self.short[usize::from(bits >> (16 - SHORT))] {
            0 => self.find_long(bits),
            found => Some((u32::from(found >> 8), found as u8)),
        }
    }

    fn find_long(&self, bits: u16) -> Option<(u32, u8)> {
        (SHORT + 1..=16).find_map(|length| {
            let code = u32::from(bits) >> (16 - length);
            let index = code as i32 + self.offset[length];
            (code < self.end[length]).then(|| (length as u32, self.symbols[index as usize]))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::Reader;

    fn table(counts: [u8; 16]) -> Result<Result<Huffman, JpegError>, JpegError> {
        let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
        let symbols = (0..total).map(|i| (i * 37 % 256) as u8);
        let mut bytes = ((2 + 16 + total) as u16).to_be_bytes().to_vec();
        bytes.extend(counts.into_iter().chain(symbols));
        Huffman::read(&mut Reader::new(&bytes, 0).segment()?)
    }

    /// All 65,536 values of 16 bits, compared with the list of codes by Annex C.
    #[test]
    fn codes_are_those_of_annex_c() {
        for counts in [
            [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
            [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d],
            [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3],
            [1; 16],
        ] {
            let table = table(counts).flatten().expect("a good table");
            let mut codes = Vec::new();
            let mut code = 0_u32;
            for (length, &count) in (1..).zip(&counts) {
                for _ in 0..count {
                    codes.push((length, code, (codes.len() * 37 % 256) as u8));
                    code += 1;
                }
                code *= 2;
            }
            for bits in 0..=u16::MAX {
                let fits = |c: &&(u32, u32, u8)| u32::from(bits) >> (16 - c.0) == c.1;
                let expected = codes.iter().find(fits).map(|c| (c.0, c.2));
                assert_eq!(table.find(bits), expected, "{bits:016b}");
            }
        }
    }

    #[test]
    fn tables_with_too_many_codes_are_refused() {
        let first = |count| std::array::from_fn(|i| if i == 0 { count } else { 0 });
        assert!(table(first(1)).flatten().is_ok());
        for counts in [first(0), first(2), [0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]] {
            assert!(matches!(table(counts), Ok(Err(JpegError::Field { .. }))), "{counts:?}");
        }
        assert!(matches!(table([255; 16]), Err(JpegError::Field { .. })));
    }
}
