//! `JpegError`: each error says what was expected, what was found, and at which byte.

use std::fmt;

/// The reason why a file or an argument is refused.
///
/// The field `at` of a variant is a byte position from the start of the file. Within entropy-coded data, `at` is
/// the next byte to be read, at most eight coded bytes after the wrong one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JpegError {
    /// The file does not start with the two bytes FF D8.
    NotJpeg {
        /// The first bytes of the file, at most two.
        found: Vec<u8>,
    },
    /// The file ends too early.
    Truncated {
        /// A description of the missing data.
        expected: &'static str,
        /// The length of the file in bytes.
        at: usize,
    },
    /// A byte is not a marker where a marker should be, or a marker is not allowed at this place.
    Marker {
        /// The allowed values.
        expected: &'static str,
        /// The byte found; if it is a marker, the byte after FF.
        found: u8,
        /// The byte position of the error.
        at: usize,
    },
    /// A number in a header is not allowed.
    Field {
        /// The name of the number.
        field: &'static str,
        /// The allowed values.
        expected: &'static str,
        /// The number found.
        found: u32,
        /// The byte position of the error.
        at: usize,
    },
    /// A scan asks for a table that the file did not define before.
    Table {
        /// The kind of table.
        table: &'static str,
        /// The number of the table.
        index: u8,
        /// The position where the scan's data begins.
        at: usize,
    },
    /// Entropy-coded data hold a number that no encoder writes.
    Code {
        /// The allowed values.
        expected: &'static str,
        /// The number found.
        found: i32,
        /// The byte position of the error.
        at: usize,
    },
    /// The file holds data that ITU-T T.81 forbids and other decoders skip or accept in some form.
    Forbidden {
        /// The name of the kind of error, as [`kind`](Self::kind) returns it.
        kind: &'static str,
        /// The allowed values.
        expected: &'static str,
        /// The number found.
        found: i32,
        /// The byte position of the error.
        at: usize,
    },
    /// The height after the first scan differs from that in the frame header, or only the later height exists.
    Height {
        /// The height in the frame header; 0 if the header leaves the height to a later segment.
        header: u16,
        /// The height after the first scan; `None` if it was not read.
        later: Option<u16>,
    },
    /// The file ends with an end marker, but no scan sent the last bit of a coefficient.
    Incomplete {
        /// The number of the component, from 0.
        component: usize,
        /// The number of the coefficient in zigzag order.
        coefficient: usize,
    },
    /// The file uses arithmetic coding, which is not supported.
    Arithmetic {
        /// The second byte of the frame's marker.
        marker: u8,
    },
    /// The file uses a lossless process, which has no DCT coefficients.
    Lossless {
        /// The second byte of the frame's marker.
        marker: u8,
    },
    /// The file uses a hierarchical process, which is not supported.
    Hierarchical {
        /// The second byte of the marker of the process.
        marker: u8,
    },
    /// The samples do not have 8 bits.
    Precision {
        /// The number of bits of a sample.
        bits: u8,
    },
    /// The image has four components: CMYK or YCCK.
    Cmyk,
    /// The image has three components that are red, green and blue.
    Rgb,
    /// The number of components is not 1, 3 or 4.
    Components {
        /// The number of components found.
        found: u8,
    },
    /// The luma does not have 1, 2 or 4 times as many samples as each chroma, in each direction.
    Sampling {
        /// The horizontal and the vertical sampling factor of each component.
        factors: Vec<(u8, u8)>,
    },
    /// The file exceeds one of the [`Limits`](crate::Limits).
    Limit {
        /// The name of the limited quantity.
        what: &'static str,
        /// The largest number allowed.
        limit: u64,
        /// The number found.
        found: u64,
    },
    /// The header claims more blocks than the rest of the file can hold.
    Claim {
        /// The number of blocks that the header claims.
        blocks: u64,
        /// The largest number of blocks that the rest of the file can hold.
        fit: u64,
    },
    /// A buffer has the wrong number of elements.
    Length {
        /// The name of the argument.
        argument: &'static str,
        /// The expected number of elements.
        expected: usize,
        /// The number of elements found.
        found: usize,
    },
    /// An argument of the encoder is not allowed.
    Argument {
        /// The name of the argument.
        argument: &'static str,
        /// The allowed values.
        expected: &'static str,
        /// The number given.
        found: u32,
    },
    /// The decoder of pixels or the encoder refused data that passed the checks of this crate.
    Codec {
        /// The message of the decoder or of the encoder, with its name.
        message: String,
    },
}

impl JpegError {
    /// The short name of the kind of error, by which a summary can count refused files.
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
                    "expected scans with every bit of every coefficient, found no last bit of \
                     coefficient {coefficient} of component {component}"
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
