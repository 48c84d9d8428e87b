//! Decodes one block of entropy-coded data: sequential (ITU-T T.81, F.2.2), and the four kinds of
//! progressive scan (G.1.2).

use crate::bits::Bits;
use crate::error::JpegError;
use crate::frame::NATURAL;
use crate::huffman::Huffman;

/// The largest coefficient: with 8-bit samples, encoders write at most 11 bits and a sign.
const LARGEST: i32 = 2_047;
/// The largest number of bits of a difference of two DC coefficients (Table F.1), and of an AC coefficient (Table F.2).
const DC_BITS: u8 = 11;
const AC_BITS: u8 = 10;

/// Kinds of data that no encoder of 8-bit samples writes. Other decoders clip them.
pub(crate) const LARGE: &str = "coefficient too large";
pub(crate) const RUN: &str = "run of zeros too long";

/// The coefficients of one block, row-major.
pub(crate) type Block = [i16; 64];

/// The row-major index of coefficient `k` in zigzag order.
fn natural(k: usize) -> usize {
    usize::from(NATURAL[k & 63])
}

/// Decodes a block of a sequential scan; `dc` is the previous DC coefficient (F.2.2.1, F.2.2.2).
pub(crate) fn sequential(
    bits: &mut Bits<'_>,
    (dc_table, ac_table): (&Huffman, &Huffman),
    dc: &mut i32,
    block: &mut Block,
) -> Result<(), JpegError> {
    dc_first(bits, dc_table, dc, 0, block)?;
    let mut k = 1;
    while k < 64 {
        let symbol = bits.symbol(ac_table)?;
        let (run, size) = (usize::from(symbol >> 4), symbol & 15);
        match (run, size) {
            (0, 0) => return Ok(()),
            (15, 0) => k = zeros(bits, k, 63)?,
            _ => {
                k += run;
                block[natural(k)] = coefficient(bits, size, k, 63, 0)?;
                k += 1;
            }
        }
    }
    Ok(())
}

/// The number after sixteen zeros that start at number `k` and may fill the band to its end.
fn zeros(bits: &Bits<'_>, k: usize, end: usize) -> Result<usize, JpegError> {
    if k + 15 > end {
        return Err(bits.forbid(RUN, "sixteen zeros within the block", k as i32));
    }
    Ok(k + 16)
}

/// Decodes AC coefficient `k`, which has `size` bits, and shifts it left by `low`.
fn coefficient(
    bits: &mut Bits<'_>,
    size: u8,
    k: usize,
    end: usize,
    low: u8,
) -> Result<i16, JpegError> {
    if k > end {
        return Err(bits.forbid(RUN, "a run of zeros within the block", k as i32));
    }
    if !(1..=AC_BITS).contains(&size) {
        return Err(bits.forbid(LARGE, "an AC coefficient of 1 to 10 bits", size.into()));
    }
    let value = bits.signed(size.into())?;
    within(bits, value << low)
}

fn within(bits: &Bits<'_>, value: i32) -> Result<i16, JpegError> {
    if value.abs() > LARGEST {
        return Err(bits.forbid(LARGE, "a coefficient within -2047..=2047", value));
    }
    Ok(value as i16)
}

/// Decodes the DC coefficient without its `low` lowest bits (F.2.2.1, G.1.2.1).
pub(crate) fn dc_first(
    bits: &mut Bits<'_>,
    table: &Huffman,
    dc: &mut i32,
    low: u8,
    block: &mut Block,
) -> Result<(), JpegError> {
    let size = bits.symbol(table)?;
    if size > DC_BITS {
        return Err(bits.forbid(LARGE, "a DC difference of 0 to 11 bits", size.into()));
    }
    *dc += bits.signed(size.into())?;
    block[0] = dc_within(bits, *dc << low, low)?;
    Ok(())
}

/// Decodes one more bit of the DC coefficient (G.1.2.1).
pub(crate) fn dc_refine(bits: &mut Bits<'_>, low: u8, block: &mut Block) -> Result<(), JpegError> {
    let value = i32::from(block[0]) | bits.take(1)? << low;
    block[0] = dc_within(bits, value, low)?;
    Ok(())
}

/// Checks a DC coefficient that still lacks its `low` lowest bits. It is rounded down (G.1.2.1), so -1 may be
/// -4096 at first, and 2047 may be 0. After its last bit it is within the range itself.
fn dc_within(bits: &Bits<'_>, value: i32, low: u8) -> Result<i16, JpegError> {
    if !(-LARGEST >> low..=LARGEST >> low).contains(&(value >> low)) {
        return Err(bits.forbid(LARGE, "a coefficient within -2047..=2047", value));
    }
    Ok(value as i16)
}

/// A band of coefficients, and the lowest bit that the scan sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Band {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) low: u8,
}

/// Decodes a band without its lowest bits (G.1.2.2). `run` counts the next blocks that are empty.
pub(crate) fn ac_first(
    bits: &mut Bits<'_>,
    table: &Huffman,
    band: Band,
    run: &mut u32,
    block: &mut Block,
) -> Result<(), JpegError> {
    if *run > 0 {
        *run -= 1;
        return Ok(());
    }
    let mut k = band.start;
    while k <= band.end {
        let symbol = bits.symbol(table)?;
        let (zeros, size) = (symbol >> 4, symbol & 15);
        match (zeros, size) {
            (15, 0) => k = self::zeros(bits, k, band.end)?,
            (_, 0) => {
                *run = end_of_band(bits, zeros)? - 1;
                return Ok(());
            }
            _ => {
                k += usize::from(zeros);
                block[natural(k)] = coefficient(bits, size, k, band.end, band.low)?;
                k += 1;
            }
        }
    }
    Ok(())
}

/// Decodes the number of blocks, with this one, that have no further coefficients (Table G.1).
fn end_of_band(bits: &mut Bits<'_>, size: u8) -> Result<u32, JpegError> {
    Ok((1 << size) + bits.take(size.into())? as u32)
}

/// Decodes one more bit of a band: new coefficients, and corrections of the nonzero ones between them
/// (G.1.2.3).
pub(crate) fn ac_refine(
    bits: &mut Bits<'_>,
    table: &Huffman,
    band: Band,
    run: &mut u32,
    block: &mut Block,
) -> Result<(), JpegError> {
    let mut k = band.start;
    while *run == 0 && k <= band.end {
        let symbol = bits.symbol(table)?;
        let (zeros, size) = (symbol >> 4, symbol & 15);
        let new = match (zeros, size) {
            (15, 0) => 0,
            (_, 0) => {
                *run = end_of_band(bits, zeros)?;
                break;
            }
            (_, 1) => (bits.take(1)? * 2 - 1) << band.low,
            _ => return Err(bits.refuse("a new coefficient of 1 bit", size.into())),
        };
        k = correct(bits, band, k, Some(zeros), block)?;
        if k > band.end {
            return Err(bits.forbid(RUN, "a run of zeros within the band", zeros.into()));
        }
        if new != 0 {
            block[natural(k)] = within(bits, new)?;
        }
        k += 1;
    }
    if *run > 0 {
        correct(bits, band, k, None, block)?;
        *run -= 1;
    }
    Ok(())
}

/// Corrects the nonzero coefficients from `k` on, up to the zero after `zeros` zeros, or to the end of the
/// band. Returns the number where it stopped.
fn correct(
    bits: &mut Bits<'_>,
    band: Band,
    mut k: usize,
    zeros: Option<u8>,
    block: &mut Block,
) -> Result<usize, JpegError> {
    let mut left = zeros;
    while k <= band.end {
        let value = &mut block[natural(k)];
        if *value != 0 {
            let bit = (bits.take(1)? << band.low) as i16;
            *value += if *value < 0 { -bit } else { bit };
        } else if left == Some(0) {
            break;
        } else {
            left = left.map(|left| left - 1);
        }
        k += 1;
    }
    Ok(k)
}
