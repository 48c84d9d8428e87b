//! The typical Huffman tables of ITU-T T.81, K.3 to K.6. Nearly every encoder that does not make its own tables
//! uses them. A file without tables means these.

use std::sync::LazyLock;

use crate::huffman::Huffman;

/// The numbers of DC codes of 1 to 16 bits; the symbols are 0 to 11 in order (Tables K.3 and K.4).
pub(crate) const DC: [[u8; 16]; 2] = [
    [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
    [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
];

/// The symbols of AC codes of 1 to 15 bits (Tables K.5 and K.6). The other codes have 16 bits, in the
/// order of their symbols: 16 times a run of 0 to 15 zeros plus a size of 1 to 10 bits.
pub(crate) const AC: [[&[u8]; 15]; 2] = [
    [
        &[],
        &[0x01, 0x02],
        &[0x03],
        &[0x00, 0x04, 0x11],
        &[0x05, 0x12, 0x21],
        &[0x31, 0x41],
        &[0x06, 0x13, 0x51, 0x61],
        &[0x07, 0x22, 0x71],
        &[0x14, 0x32, 0x81, 0x91, 0xa1],
        &[0x08, 0x23, 0x42, 0xb1, 0xc1],
        &[0x15, 0x52, 0xd1, 0xf0],
        &[0x24, 0x33, 0x62, 0x72],
        &[],
        &[],
        &[0x82],
    ],
    [
        &[],
        &[0x00, 0x01],
        &[0x02],
        &[0x03, 0x11],
        &[0x04, 0x05, 0x21, 0x31],
        &[0x06, 0x12, 0x41, 0x51],
        &[0x07, 0x61, 0x71],
        &[0x13, 0x22, 0x32, 0x81],
        &[0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1],
        &[0x09, 0x23, 0x33, 0x52, 0xf0],
        &[0x15, 0x62, 0x72, 0xd1],
        &[0x0a, 0x16, 0x24, 0x34],
        &[],
        &[0xe1],
        &[0x25, 0xf1],
    ],
];

/// The table for DC or AC coefficients with number 0 (luma) or 1 (chroma).
pub(crate) fn typical(ac: bool, index: u8) -> &'static Huffman {
    static TABLES: LazyLock<[[Huffman; 2]; 2]> =
        LazyLock::new(|| [DC.map(|counts| dc(&counts)), AC.map(|symbols| self::ac(&symbols))]);
    &TABLES[usize::from(ac)][usize::from(index & 1)]
}

fn dc(counts: &[u8; 16]) -> Huffman {
    let symbols: Vec<u8> = (0..12).collect();
    Huffman::new(counts, &symbols).expect("twelve codes that fit")
}

fn ac(by_length: &[&[u8]; 15]) -> Huffman {
    let mut symbols = by_length.concat();
    let rest = (0..=255_u8).filter(|symbol| (1..=10).contains(&(symbol & 15)));
    let rest: Vec<u8> = rest.filter(|symbol| !symbols.contains(symbol)).collect();
    let lengths = by_length.iter().map(|symbols| symbols.len()).chain([rest.len()]);
    let mut counts = [0; 16];
    counts.iter_mut().zip(lengths).for_each(|(count, length)| *count = length as u8);
    symbols.extend(rest);
    Huffman::new(&counts, &symbols).expect("162 codes that fit")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last codes of Tables K.5 and K.6, and some codes before them.
    #[test]
    fn codes_are_those_of_annex_k() {
        let find = |ac: bool, index: u8, bits: u16| typical(ac, index).find(bits);
        assert_eq!(find(false, 0, 0b1_1111_1110 << 7), Some((9, 11)));
        assert_eq!(find(false, 1, 0b111_1111_1110 << 5), Some((11, 11)));
        assert_eq!(find(true, 0, 0b1010 << 12), Some((4, 0x00)));
        assert_eq!(find(true, 0, 0b111_1111_1001 << 5), Some((11, 0xf0)));
        assert_eq!(find(true, 0, 0b111_1111_1100_0000 << 1), Some((15, 0x82)));
        assert_eq!(find(true, 0, 0b1111_1111_1000_0010), Some((16, 0x09)));
        assert_eq!(find(true, 0, 0b1111_1111_1111_1110), Some((16, 0xfa)));
        assert_eq!(find(true, 1, 0b00 << 14), Some((2, 0x00)));
        assert_eq!(find(true, 1, 0b11_1111_1010 << 6), Some((10, 0xf0)));
        assert_eq!(find(true, 1, 0b1111_1111_1000_1000), Some((16, 0x17)));
        assert_eq!(find(true, 1, 0b1111_1111_1111_1110), Some((16, 0xfa)));
        assert_eq!(find(true, 1, 0b1111_1111_1111_1111), None);
    }
}
