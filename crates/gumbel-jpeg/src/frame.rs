//! Reads the frame header, the colours and the quantisation tables: ITU-T T.81, B.2.2 and B.2.4.1.

use crate::error::JpegError;
use crate::segment::Segment;

/// The row-major index of each coefficient in zigzag order (T.81, Figure A.6).
pub(crate) const NATURAL: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A frame of a sequential or a progressive DCT with Huffman coding.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) progressive: bool,
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) components: Vec<FrameComponent>,
}

/// A component in the frame header.
#[derive(Debug)]
pub(crate) struct FrameComponent {
    /// The name. Some writers give all components the same name; then their order distinguishes them.
    pub(crate) id: u8,
    pub(crate) horizontal: u8,
    pub(crate) vertical: u8,
    /// The number of its quantisation table.
    pub(crate) table: u8,
}

impl Frame {
    /// Refuses the marker of a frame whose process is not supported (Table B.1).
    pub(crate) fn check_process(marker: u8) -> Result<(), JpegError> {
        match marker {
            0xc0..=0xc2 => Ok(()),
            0xc3 => Err(JpegError::Lossless { marker }),
            0xc9..=0xcb => Err(JpegError::Arithmetic { marker }),
            // Differential frames, and the segments of a hierarchy of them.
            _ => Err(JpegError::Hierarchical { marker }),
        }
    }

    /// Reads the header. The marker must be checked before.
    pub(crate) fn read(marker: u8, mut segment: Segment<'_>) -> Result<Self, JpegError> {
        let bits = segment.byte()?;
        if bits != 8 {
            return Err(JpegError::Precision { bits });
        }
        let height = segment.word()?;
        if height == 0 {
            // The height would come after the first scan (B.2.5); no encoder in use writes it there.
            return Err(JpegError::Height { header: 0, later: None });
        }
        let width = segment.word()?;
        if width == 0 {
            return Err(segment.refuse(2, "width", "1 to 65535", width));
        }
        let count = segment.byte()?;
        match count {
            1 | 3 => {}
            4 => return Err(JpegError::Cmyk),
            found => return Err(JpegError::Components { found }),
        }
        let mut components: Vec<FrameComponent> = Vec::new();
        for _ in 0..count {
            let id = segment.byte()?;
            let (horizontal, vertical) = segment.nibbles()?;
            for factor in [horizontal, vertical] {
                if !(1..=4).contains(&factor) {
                    return Err(segment.refuse(1, "sampling factor", "1 to 4", factor));
                }
            }
            let table = segment.byte()?;
            if table > 3 {
                return Err(segment.refuse(1, "quantisation table", "0 to 3", table));
            }
            components.push(FrameComponent { id, horizontal, vertical, table });
        }
        segment.end()?;
        let frame = Self { progressive: marker == 0xc2, width, height, components };
        let factors: Vec<_> = frame.components.iter().map(|c| (c.horizontal, c.vertical)).collect();
        check_sampling(&factors)?;
        Ok(frame)
    }
}

/// Checks that the first component has 1, 2 or 4 times as many samples as each other component, in both
/// directions. `factors` has the horizontal and the vertical factor of each component.
pub(crate) fn check_sampling(factors: &[(u8, u8)]) -> Result<(), JpegError> {
    let (horizontal, vertical) = factors[0];
    let ratio = |luma: u8, chroma: u8| matches!((luma / chroma, luma % chroma), (1 | 2 | 4, 0));
    if factors.iter().all(|&(h, v)| ratio(horizontal, h) && ratio(vertical, v)) {
        return Ok(());
    }
    Err(JpegError::Sampling { factors: factors.to_vec() })
}

/// The information about colours in the application segments.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Colours {
    jfif: bool,
    adobe: Option<u8>,
}

impl Colours {
    /// Reads an APP0 or APP14 segment, and ignores other segments.
    pub(crate) fn note(&mut self, marker: u8, segment: &Segment<'_>) {
        match (marker, segment.rest()) {
            // "JFIF", a zero, and at least nine bytes more.
            (0xe0, [b'J', b'F', b'I', b'F', 0, rest @ ..]) if rest.len() >= 9 => self.jfif = true,
            // "Adobe", a version and two flags of two bytes each, the transform.
            (0xee, [b'A', b'd', b'o', b'b', b'e', _, _, _, _, _, _, transform, ..]) => {
                self.adobe = Some(*transform);
            }
            _ => {}
        }
    }

    /// Refuses three components that are red, green and blue, by the rules of libjpeg: a file with JFIF is
    /// YCbCr; otherwise Adobe's transform 0 is RGB; otherwise the names "R", "G", "B" are RGB.
    pub(crate) fn check(self, frame: &Frame) -> Result<(), JpegError> {
        let names = || frame.components.iter().map(|component| component.id).eq(*b"RGB");
        let rgb = !self.jfif && self.adobe.map_or_else(names, |transform| transform == 0);
        if frame.components.len() == 3 && rgb { Err(JpegError::Rgb) } else { Ok(()) }
    }
}

/// Quantisation tables 0 to 3, in row-major order. A step of 0 is refused when its table is used.
pub(crate) type QuantisationTables = [Option<[u16; 64]>; 4];

/// Reads the tables of a DQT segment.
pub(crate) fn quantisation(
    mut segment: Segment<'_>,
    tables: &mut QuantisationTables,
) -> Result<(), JpegError> {
    while !segment.is_empty() {
        let (precision, index) = segment.nibbles()?;
        if precision > 1 {
            let (kind, expected) = ("precision of a quantisation table", "0 or 1");
            let (found, at) = (precision.into(), segment.at() - 1);
            return Err(JpegError::Forbidden { kind, expected, found, at });
        }
        if index > 3 {
            return Err(segment.refuse(1, "quantisation table", "0 to 3", index));
        }
        let mut table = [0; 64];
        for natural in NATURAL {
            table[usize::from(natural)] = match precision {
                0 => segment.byte()?.into(),
                _ => segment.word()?,
            };
        }
        tables[usize::from(index)] = Some(table);
    }
    Ok(())
}
