//! Encodes an image, or why its file was left out, as a record of the cache, and decodes it.

use gumbel_jpeg::{Jpeg, Rgb};

use super::files::Found;
use super::image::{JpegImage, Kept};
use super::options::Content;
use super::report::LeftOut;

/// Encodes what was read: `0`, kind and error; or `1`, the file's sum and size, the grid, the origin, `2` and
/// the sparse form or `3` and width, height and pixels. Integers are little-endian, 8 bytes long, as are the
/// lengths before parts. The path and the class of the file are not part of it.
pub(super) fn encode(image: &Result<JpegImage, LeftOut>) -> Vec<u8> {
    let mut bytes = Vec::new();
    match image {
        Err(LeftOut { kind, error, .. }) => {
            bytes.push(0);
            push_part(&mut bytes, kind.as_bytes());
            push_part(&mut bytes, error.as_bytes());
        }
        Ok(JpegImage { sum, bytes: size, grid, origin, kept, .. }) => {
            bytes.push(1);
            bytes.extend(sum);
            bytes.extend(size.to_le_bytes());
            [grid.0, grid.1, origin.0, origin.1].iter().for_each(|&n| push_number(&mut bytes, n));
            match kept {
                Kept::Coefficients(jpeg) => {
                    bytes.push(2);
                    push_part(&mut bytes, &jpeg.to_sparse());
                }
                Kept::Pixels(Rgb { width, height, pixels }) => {
                    bytes.push(3);
                    [*width, *height].iter().for_each(|&n| push_number(&mut bytes, n));
                    push_part(&mut bytes, pixels);
                }
            }
        }
    }
    bytes
}

/// Decodes the record of a file; `None` if it is malformed or has the other content.
pub(super) fn decode(
    record: &[u8],
    found: &Found,
    content: Content,
) -> Option<Result<JpegImage, LeftOut>> {
    let mut reader = Reader(record);
    let file = found.file.clone();
    let image = match reader.byte()? {
        0 => Err(LeftOut { file, kind: reader.text()?, error: reader.text()? }),
        1 => {
            let sum = reader.array()?;
            let bytes = u64::from_le_bytes(reader.array()?);
            let grid = (reader.number()?, reader.number()?);
            let origin = (reader.number()?, reader.number()?);
            let kept = match (reader.byte()?, content) {
                (2, Content::Coefficients) => {
                    Kept::Coefficients(Jpeg::from_sparse(reader.part()?).ok()?)
                }
                (3, Content::Pixels) => {
                    let (width, height) = (reader.number()?, reader.number()?);
                    let pixels = reader.part()?.to_vec();
                    let size = width.checked_mul(height)?.checked_mul(3)?;
                    if size == 0 || pixels.len() != size {
                        return None;
                    }
                    Kept::Pixels(Rgb { width, height, pixels })
                }
                _ => return None,
            };
            let inside = |origin: usize, kept: usize, all: usize| {
                all <= 8_192 && origin.checked_add(kept).is_some_and(|end| end <= all)
            };
            let (rows, columns) = kept.grid();
            if !inside(origin.0, rows, grid.0) || !inside(origin.1, columns, grid.1) {
                return None;
            }
            Ok(JpegImage { file, class: found.class, bytes, sum, grid, origin, kept })
        }
        _ => return None,
    };
    reader.0.is_empty().then_some(image)
}

fn push_number(bytes: &mut Vec<u8>, number: usize) {
    bytes.extend((number as u64).to_le_bytes());
}

/// Appends a part after its length.
pub(super) fn push_part(bytes: &mut Vec<u8>, part: &[u8]) {
    push_number(bytes, part.len());
    bytes.extend(part);
}

/// The bytes that are still to be read. Reading past their end gives `None`.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    fn number(&mut self) -> Option<usize> {
        usize::try_from(u64::from_le_bytes(self.array()?)).ok()
    }

    pub(super) fn part(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (part, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(part)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.part()?.to_vec()).ok()
    }
}
