//! Reads the coefficients from the bytes of a file: ITU-T T.81, Annex B, E.2 and G.2.

use crate::error::JpegError;
use crate::frame::{Colours, Frame, QuantisationTables, quantisation};
use crate::image::Image;
use crate::jpeg::Jpeg;
use crate::limits::Limits;
use crate::scan::{Scan, Tables};
use crate::segment::{EOI, Reader, SOI};

/// Reads the quantised DCT coefficients of a JPEG, without decoding it to pixels.
///
/// The reader accepts sequential (baseline and extended) and progressive files, Huffman-coded, with 8 bits per
/// sample, grey or YCbCr. In each direction the luma has 1, 2 or 4 times as many samples as the chroma. Scans may
/// be interleaved or not, with or without restart markers.
///
/// Nothing is guessed: a file is read completely, or refused. But the format has no checksums, so damage that
/// leaves a valid sequence of codes cannot be detected.
///
/// | tolerated | refused |
/// |---|---|
/// | no EOI marker after complete data | data that ends within a block |
/// | any data after the EOI marker | data other than zeros left over before the marker that ends a scan |
/// | bytes between segments, zeros after a scan's data, fill bytes FF | restart markers missing, or out of order |
/// | restart markers after a scan's last block | scans that send a bit of a coefficient twice, or leave out a bit |
/// | any bits as padding of a scan's last byte | runs and coefficients that no encoder of 8-bit samples writes |
/// | application segments and comments of any kind | |
/// | no Huffman tables in a sequential file: the typical tables of T.81, K.3, are used | |
/// | empty or wrong tables that no scan uses | quantisation steps of 0 |
/// | any last coefficient in the header of a sequential scan | a sequential scan that begins after coefficient 0 or leaves out bits |
/// | a DNL segment that repeats the height | a DNL segment that changes the height or is the first to give it |
/// | components with the same name, distinguished by their order | components of a scan in another order than the frame's |
///
/// libjpeg agrees: it reads the same coefficients from every file that both accept (`tests/golden/mutate.py`).
///
/// # Errors
/// Each error says what was expected, what was found, and at which byte; [`JpegError::kind`] names its kind.
/// Limits are checked before the memory that they bound is allocated.
///
/// ```
/// use gumbel_jpeg::{Encoding, Limits, Sampling, encode_rgb, read};
///
/// let pixels = [30, 90, 200].repeat(20 * 9);
/// let encoding = Encoding { sampling: Sampling::Quarter, ..Encoding::default() };
/// let file = encode_rgb(&pixels, 20, 9, &encoding)?;
/// let jpeg = read(&file, &Limits::default())?;
/// assert_eq!((jpeg.width(), jpeg.height(), jpeg.components().len()), (20, 9, 3));
/// let blocks = jpeg.components().iter().map(|c| (c.blocks_high(), c.blocks_wide()));
/// assert_eq!(blocks.collect::<Vec<_>>(), [(2, 3), (1, 2), (1, 2)]);
///
/// let error = read(&file[..file.len() / 2], &Limits::default()).unwrap_err();
/// assert_eq!(error.kind(), "truncated");
/// # Ok::<(), gumbel_jpeg::JpegError>(())
/// ```
///
/// ITU-T Recommendation T.81 (1992), "Digital compression and coding of continuous-tone still images".
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Jpeg, JpegError> {
    limits.check_bytes(bytes.len())?;
    match bytes {
        [0xff, SOI, ..] => {}
        [0xff] => return Err(JpegError::Truncated { expected: "FF D8", at: 1 }),
        _ => return Err(JpegError::NotJpeg { found: bytes[..bytes.len().min(2)].to_vec() }),
    }
    let mut reader = Reader::new(bytes, 2);
    let mut image: Option<Image> = None;
    let mut colours = Colours::default();
    let mut steps = QuantisationTables::default();
    let mut tables = Tables::default();
    let (mut restart, mut later) = (0, None);
    loop {
        let next = reader.marker()?;
        let at = next.map_or(bytes.len(), |(at, _)| at);
        match next.map(|(_, code)| code) {
            end @ (None | Some(EOI)) => {
                let expected = "a frame and a scan before the end";
                return match (image, end) {
                    (Some(image), _) if image.scans > 0 => image.finish(end.is_some(), later, at),
                    (_, None) => Err(JpegError::Truncated { expected, at }),
                    (_, Some(found)) => Err(JpegError::Marker { expected, found, at }),
                };
            }
            Some(0xc4) => tables.read(reader.segment()?)?,
            Some(0xdb) => quantisation(reader.segment()?, &mut steps)?,
            Some(0xdd) => {
                let mut segment = reader.segment()?;
                restart = segment.word()?;
                segment.end()?;
            }
            Some(0xda) => {
                let Some(image) = &mut image else {
                    let expected = "a frame header before the first scan";
                    return Err(JpegError::Marker { expected, found: 0xda, at });
                };
                limits.check_scans(image.scans + 1)?;
                let scan = Scan::read(reader.segment()?, &image.frame)?;
                let data = (bytes, reader.at());
                if image.scans == 0 {
                    colours.check(&image.frame)?;
                    image.allocate(bytes.len() - reader.at())?;
                }
                image.begin(&scan, &steps, reader.at())?;
                reader.after_data(scan.decode(
                    &image.frame,
                    &mut image.planes,
                    &tables,
                    restart,
                    data,
                )?);
            }
            Some(
                marker @ (0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf | 0xde | 0xdf),
            ) => {
                Frame::check_process(marker)?;
                if image.is_some() {
                    let expected = "one frame header";
                    return Err(JpegError::Marker { expected, found: marker, at });
                }
                let frame = Frame::read(marker, reader.segment()?)?;
                limits.check_pixels(frame.width, frame.height)?;
                image = Some(Image { frame, scans: 0, planes: Vec::new(), sent: Vec::new() });
            }
            // A number of lines (B.2.5), which must be that of the frame header.
            Some(0xdc) => {
                let mut segment = reader.segment()?;
                later = Some(segment.word()?);
                segment.end()?;
            }
            Some(marker @ 0xe0..=0xef) => colours.note(marker, &reader.any_segment()?),
            // Comments, and the conditioning of arithmetic coding, which no frame read here uses.
            Some(0xfe | 0xcc) => {
                reader.any_segment()?;
            }
            Some(found) => {
                let expected = "a marker that is allowed between segments";
                return Err(JpegError::Marker { expected, found, at });
            }
        }
    }
}
