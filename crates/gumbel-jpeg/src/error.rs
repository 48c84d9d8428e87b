//! What goes wrong, said with what was expected, what came, and at which byte.

use std::fmt;

/// A refused file or argument. `at` counts bytes from the start of the file; inside of entropy-coded data
/// it is the next byte to be read, at most eight coded ones after the one that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JpegError {
    /// The file does not start with the two bytes FF D8.
    NotJpeg {
        /// Its first bytes, two at most.
        found: Vec<u8>,
    },
    /// The file ends too early.
    Truncated {
        /// What should have come.
        expected: &'static str,
        /// The length of the file.
        at: usize,
    },
    /// Another byte where a marker should be, or a marker that may not be there.
    Marker {
        /// What is allowed.
        expected: &'static str,
        /// The byte found; of a marker, the one after FF.
        found: u8,
        /// Where.
        at: usize,
    },
    /// A number in a header that may not be what it is.
    Field {
        /// The number.
        field: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// The number found.
        found: u32,
        /// Where.
        at: usize,
    },
    /// A scan asks for a table that the file did not define before.
    Table {
        /// Which kind of table.
        table: &'static str,
        /// Its number.
        index: u8,
        /// Where the scan's data begins.
        at: usize,
    },
    /// Entropy-coded data that no encoder writes.
    Code {
        /// What is allowed.
        expected: &'static str,
        /// The number found.
        found: i32,
        /// Where.
        at: usize,
    },
    /// What ITU-T T.81 forbids, and other decoders pass over or make something of.
    Forbidden {
        /// What it is: [`kind`](Self::kind) gives it.
        kind: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// The number found.
        found: i32,
        /// Where.
        at: usize,
    },
    /// A height that is given after the first scan, and is not the one of the frame header.
    Height {
        /// The height in the frame header; 0 if it is yet to come.
        header: u16,
        /// The height given later, if it was come to.
        later: Option<u16>,
    },
    /// All scans were read up to the end marker, and a coefficient of a component was not sent, or not to its last bit.
    Incomplete {
        /// The number of the component, from 0.
        component: usize,
        /// The number of the coefficient in zigzag order.
        coefficient: usize,
    },
    /// Arithmetic coding, which is not read.
    Arithmetic {
        /// The frame's marker.
        marker: u8,
    },
    /// A lossless process, which has no DCT coefficients.
    Lossless {
        /// The frame's marker.
        marker: u8,
    },
    /// A hierarchical process, which is not read.
    Hierarchical {
        /// The marker that says so.
        marker: u8,
    },
    /// Samples of another depth than 8 bits.
    Precision {
        /// The number of bits.
        bits: u8,
    },
    /// Four components: CMYK or YCCK.
    Cmyk,
    /// Three components that are red, green and blue.
    Rgb,
    /// A number of components that is not 1, 3 or 4.
    Components {
        /// The number found.
        found: u8,
    },
    /// A sampling layout in which the luma is not the largest component, or not 1, 2 or 4 times a chroma.
    Sampling {
        /// Horizontal and vertical factor of each component.
        factors: Vec<(u8, u8)>,
    },
    /// More than [`Limits`](crate::Limits) allow.
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// The largest number allowed.
        limit: u64,
        /// The number found.
        found: u64,
    },
    /// The header claims more blocks than the rest of the file can hold.
    Claim {
        /// The number of blocks claimed.
        blocks: u64,
        /// The largest number of blocks that fit.
        fit: u64,
    },
    /// A buffer has the wrong number of elements.
    Length {
        /// The argument.
        argument: &'static str,
        /// The number of elements it should have.
        expected: usize,
        /// The number of elements it has.
        found: usize,
    },
    /// An argument of the encoder that may not be what it is.
    Argument {
        /// The argument.
        argument: &'static str,
        /// What is allowed.
        expected: &'static str,
        /// The number given.
        found: u32,
    },
    /// The decoder of pixels, or the encoder, refused what the checks here let through.
    Codec {
        /// Which, and what it says.
        message: String,
    },
}

impl JpegError {
    /// A short name of the kind of error, by which a summary can count: files of one kind have one name.
    ///
    /// ```
    /// use gumbel_jpeg::{Limits, read};
    ///
    /// assert_eq!(read(b"GIF89a", &Limits::default()).unwrap_err().kind(), "not a JPEG");
    /// assert_eq!(read(&[0xff, 0xd8], &Limits::default()).unwrap_err().kind(), "truncated");
    /// ```
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotJpeg { .. } => "not a JPEG",
            Self::Truncated { .. } | Self::Claim { .. } => "truncated",
            Self::Marker { .. } | Self::Field { .. } | Self::Table { .. } | Self::Code { .. } => {
                "corrupt"
            }
            Self::Forbidden { kind, .. } => kind,
            Self::Height { .. } => "height after the first scan",
            Self::Incomplete { .. } => "coefficients not sent",
            Self::Arithmetic { .. } => "arithmetic coding",
            Self::Lossless { .. } => "lossless",
            Self::Hierarchical { .. } => "hierarchical",
            Self::Precision { .. } => "not 8 bits a sample",
            Self::Cmyk => "CMYK",
            Self::Rgb => "RGB components",
            Self::Components { .. } => "number of components",
            Self::Sampling { .. } => "sampling layout",
            Self::Limit { .. } => "over a limit",
            Self::Length { .. } | Self::Argument { .. } => "argument",
            Self::Codec { .. } => "codec",
        }
    }
}

impl fmt::Display for JpegError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJpeg { found } => {
                write!(f, "not a JPEG: expected the first bytes FF D8, found")?;
                if found.is_empty() {
                    return write!(f, " an empty file");
                }
                found.iter().try_for_each(|byte| write!(f, " {byte:02X}"))
            }
            Self::Truncated { expected, at } => {
                write!(f, "the file ends at byte {at}: expected {expected}")
            }
            Self::Marker { expected, found, at } => {
                write!(f, "byte {at}: expected {expected}, found {found:02X}")
            }
            Self::Field { field, expected, found, at } => {
                write!(f, "byte {at}: {field}: expected {expected}, found {found}")
            }
            Self::Table { table, index, at } => {
                write!(f, "byte {at}: expected {table} {index} to be defined before its use")
            }
            Self::Code { expected, found, at } => {
                write!(f, "entropy-coded data at byte {at}: expected {expected}, found {found}")
            }
            Self::Forbidden { kind, expected, found, at } => {
                write!(f, "byte {at}: {kind}: expected {expected}, found {found}")
            }
            Self::Height { header, later } => {
                write!(f, "expected the height in the frame header alone, found {header} there")?;
                match later {
                    Some(later) => write!(f, " and {later} later"),
                    None => write!(f, ", for one after the first scan"),
                }
            }
            Self::Incomplete { component, coefficient } => {
                write!(
                    f,
                    "expected scans with every bit of every coefficient, found none with the last \
                     of coefficient {coefficient} of component {component}"
                )
            }
            Self::Arithmetic { marker } => {
                write!(f, "expected Huffman coding, found arithmetic coding (marker {marker:02X})")
            }
            Self::Lossless { marker } => {
                write!(f, "expected a DCT, found a lossless process (marker {marker:02X})")
            }
            Self::Hierarchical { marker } => {
                write!(f, "expected one frame, found a hierarchical process (marker {marker:02X})")
            }
            Self::Precision { bits } => write!(f, "expected samples of 8 bits, found {bits}"),
            Self::Cmyk => write!(f, "expected grey or YCbCr, found four components (CMYK, YCCK)"),
            Self::Rgb => write!(f, "expected grey or YCbCr, found red, green and blue"),
            Self::Components { found } => write!(f, "expected 1 or 3 components, found {found}"),
            Self::Sampling { factors } => {
                write!(
                    f,
                    "expected a luma of 1, 2 or 4 times the chroma's samples, found factors"
                )?;
                factors.iter().try_for_each(|(h, v)| write!(f, " {h}x{v}"))
            }
            Self::Limit { what, limit, found } => {
                write!(f, "expected at most {limit} {what}, found {found}")
            }
            Self::Claim { blocks, fit } => {
                write!(f, "the header claims {blocks} blocks; what follows can hold {fit}")
            }
            Self::Length { argument, expected, found } => {
                write!(f, "{argument}: expected {expected} elements, found {found}")
            }
            Self::Argument { argument, expected, found } => {
                write!(f, "{argument}: expected {expected}, found {found}")
            }
            Self::Codec { message } => write!(f, "{message}"),
        }
    }
}

impl std::error::Error for JpegError {}
