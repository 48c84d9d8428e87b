//! `Jpeg::coded_bits`: the length of the entropy-coded data of a file with only some channels.

use crate::component::Component;
use crate::frame::NATURAL;
use crate::grid::CHANNELS;
use crate::jpeg::Jpeg;
use crate::typical;

/// The lengths of the typical Huffman codes of ITU-T T.81, Annex K.3, which nearly every encoder uses that
/// does not make its own tables.
struct Lengths {
    /// Indexed by the size of a difference of DC coefficients.
    dc: [u8; 12],
    /// Indexed by 16 times the run of zeros plus the size of an AC coefficient.
    ac: [u8; 256],
}

/// The lengths for the luma, and for the chroma.
static LENGTHS: [Lengths; 2] = [
    Lengths { dc: dc(&typical::DC[0]), ac: ac(&typical::AC[0]) },
    Lengths { dc: dc(&typical::DC[1]), ac: ac(&typical::AC[1]) },
];

/// The symbols for the end of a block and for sixteen zeros.
const END: usize = 0x00;
const ZEROS: usize = 0xf0;

/// The length of each DC code, from the number of codes of each length.
const fn dc(counts: &[u8; 16]) -> [u8; 12] {
    let mut lengths = [0; 12];
    let (mut length, mut symbol) = (0, 0);
    while length < counts.len() {
        let mut i = 0;
        while i < counts[length] {
            lengths[symbol] = length as u8 + 1;
            (symbol, i) = (symbol + 1, i + 1);
        }
        length += 1;
    }
    lengths
}

/// The length of each AC code, from the symbols of each length, 1 bit first; other symbols have 16 bits.
const fn ac(by_length: &[&[u8]; 15]) -> [u8; 256] {
    let mut lengths = [16; 256];
    let mut length = 0;
    while length < by_length.len() {
        let mut i = 0;
        while i < by_length[length].len() {
            lengths[by_length[length][i] as usize] = length as u8 + 1;
            i += 1;
        }
        length += 1;
    }
    lengths
}

/// The number of bits of a number without its sign: the size of T.81, F.1.2.1.
fn size(value: i32) -> usize {
    (32 - value.unsigned_abs().leading_zeros()) as usize
}

impl Jpeg {
    /// The number of entropy-coded bits that the image would have with only the channels of `keep`: the cost of
    /// reading these channels.
    ///
    /// Channel `64 c + 8 v + u` is the coefficient of vertical frequency v and horizontal frequency u in the
    /// blocks of component c in the file. Coefficients of other channels count as 0; a component without kept
    /// channels is left out. The coding is one sequential scan with the typical tables of ITU-T T.81, Annex
    /// K.3, without headers, restart markers, stuffed bytes and blocks that only pad the last units. So with all
    /// channels of a file that is coded in this way, the result is the number of bits of the file's data.
    /// Coefficients too large for those tables, which no sequential file of 8-bit samples has, count as if their
    /// codes had 16 bits; differences of DC coefficients that are too large count as if they had the longest code.
    ///
    /// ```
    /// use gumbel_jpeg::{CHANNELS, Encoding, Limits, encode_grey, read};
    ///
    /// let file = encode_grey(&[128; 64 * 64], 64, 64, &Encoding::default())?;
    /// let jpeg = read(&file, &Limits::default())?;
    /// // Each of 64 grey blocks: no difference of the mean, and the end.
    /// assert_eq!(jpeg.coded_bits(&[true; CHANNELS]), 64 * (2 + 4));
    /// assert_eq!(jpeg.coded_bits(&[false; CHANNELS]), 0);
    /// # Ok::<(), gumbel_jpeg::JpegError>(())
    /// ```
    #[must_use]
    pub fn coded_bits(&self, keep: &[bool; CHANNELS]) -> u64 {
        let lengths = [&LENGTHS[0], &LENGTHS[1], &LENGTHS[1]];
        let kept = keep.as_chunks::<64>().0.iter().zip(lengths);
        let components = self.components.iter().zip(kept);
        let components = components.filter(|(_, (keep, _))| keep.iter().any(|&keep| keep));
        // The blocks of a scan of one component come row by row, not by units (A.2.3).
        let one = components.clone().count() == 1;
        components
            .map(|(component, (keep, lengths))| {
                let dc = if keep[0] {
                    let unit = (component.horizontal.into(), component.vertical.into());
                    component.dc_bits(if one { (1, 1) } else { unit }, lengths)
                } else {
                    // Every difference is zero.
                    u64::from(lengths.dc[0]) * (component.coefficients.len() / 64) as u64
                };
                let blocks = component.coefficients.as_chunks::<64>().0;
                dc + blocks.iter().map(|block| ac_bits(block, keep, lengths)).sum::<u64>()
            })
            .sum()
    }
}

impl Component {
    /// The bits of the differences between DC coefficients, in units of `across` by `down` blocks.
    fn dc_bits(&self, (across, down): (usize, usize), lengths: &Lengths) -> u64 {
        let (wide, high) = (self.blocks_wide, self.blocks_high);
        let (mut bits, mut before) = (0, 0);
        for top in (0..high).step_by(down) {
            for left in (0..wide).step_by(across) {
                for y in top..high.min(top + down) {
                    for x in left..wide.min(left + across) {
                        let dc = i32::from(self.coefficients[64 * (wide * y + x)]);
                        let size = size(dc - before);
                        // The table ends at 11; the difference of -2047 and 2047 has 12.
                        bits += u64::from(lengths.dc[size.min(11)]) + size as u64;
                        before = dc;
                    }
                }
            }
        }
        bits
    }
}

/// The bits of the kept AC coefficients of a block (F.1.2.2).
fn ac_bits(block: &[i16; 64], keep: &[bool; 64], lengths: &Lengths) -> u64 {
    let (mut bits, mut run) = (0, 0);
    for place in NATURAL[1..].iter().map(|&place| usize::from(place)) {
        if block[place] == 0 || !keep[place] {
            run += 1;
            continue;
        }
        let size = size(block[place].into());
        bits += (run / 16) as u64 * u64::from(lengths.ac[ZEROS]);
        bits += u64::from(lengths.ac[16 * (run % 16) + size]) + size as u64;
        run = 0;
    }
    if run > 0 {
        bits += u64::from(lengths.ac[END]);
    }
    bits
}
