//! Files from the field: files that other programs read are read with the same pixels, or refused by a named
//! kind of error.

use std::path::Path;

use gumbel_jpeg::{Encoding, Jpeg, Limits, Sampling, decode_rgb, encode_rgb, read};

fn field(name: &str) -> Vec<u8> {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/field");
    std::fs::read(files.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Reads a file, and asserts that its pixels are those of its coefficients.
fn read_or_kind(bytes: &[u8]) -> Result<Jpeg, &'static str> {
    let jpeg = read(bytes, &Limits::default()).map_err(|error| error.kind());
    let pixels = decode_rgb(bytes, &Limits::default()).map_err(|error| error.kind());
    let of_coefficients = jpeg.clone().map(|jpeg| jpeg.to_rgb().expect("a good image"));
    assert_eq!(pixels, of_coefficients);
    jpeg
}

/// A file with the typical tables, and its segments: marker, first byte, and one past the last byte.
struct File {
    bytes: Vec<u8>,
    segments: Vec<(u8, usize, usize)>,
}

impl File {
    fn new() -> Self {
        let pixels: Vec<u8> = (0..40 * 24 * 3).map(|i: u32| (i * i / 97 % 251) as u8).collect();
        let encoding = Encoding { quality: 95, sampling: Sampling::Quarter, ..Encoding::default() };
        let bytes = encode_rgb(&pixels, 40, 24, &encoding).expect("good pixels");
        let (mut segments, mut at) = (Vec::new(), 2);
        loop {
            let length = usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
            segments.push((bytes[at + 1], at, at + 2 + length));
            if bytes[at + 1] == 0xda {
                return Self { bytes, segments };
            }
            at += 2 + length;
        }
    }

    fn first(&self, marker: u8) -> (usize, usize) {
        let found = self.segments.iter().find(|(code, ..)| *code == marker);
        found.map(|&(_, from, to)| (from, to)).expect("the segment")
    }

    /// The file without the segments of a kind.
    fn without(&self, marker: u8) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        for &(code, from, to) in self.segments.iter().rev() {
            if code == marker {
                bytes.drain(from..to);
            }
        }
        bytes
    }

    /// The file with new bytes inserted at `at`.
    fn with(&self, at: usize, new: &[u8]) -> Vec<u8> {
        [&self.bytes[..at], new, &self.bytes[at..]].concat()
    }

    fn whole(&self) -> Result<Jpeg, &'static str> {
        Ok(read_or_kind(&self.bytes).expect("a good file"))
    }

    fn end(&self) -> usize {
        self.bytes.len() - 2
    }
}

#[test]
fn pixels_of_a_file_without_an_end_marker_were_refused() {
    let bytes = field("noeoi.jpg");
    let jpeg = read_or_kind(&bytes).expect("a file that every viewer shows");
    assert_eq!((jpeg.width(), jpeg.height()), (50, 37));
    assert_eq!(read_or_kind(&[&bytes[..], &[0xff, 0xd9]].concat()), Ok(jpeg));
}

/// A frame of a webcam: it means the tables K.3 to K.6.
#[test]
fn a_file_without_huffman_tables_was_corrupt() {
    assert!(read_or_kind(&field("nodht.jpg")).is_ok());
    let file = File::new();
    assert_eq!(read_or_kind(&file.without(0xc4)), file.whole());
    // A single table may be missing, but only tables 0 and 1 have a default.
    let (from, _) = file.first(0xc4);
    assert_eq!(file.segments.iter().filter(|(code, ..)| *code == 0xc4).count(), 4);
    let mut bytes = file.bytes.clone();
    let (_, to) = file.first(0xc4);
    bytes.drain(from..to);
    assert_eq!(read_or_kind(&bytes), file.whole());
    let mut bytes = file.without(0xc4);
    let scan = bytes.windows(2).position(|m| m == [0xff, 0xda]).expect("a scan");
    bytes[scan + 6] = 0x22;
    assert_eq!(read_or_kind(&bytes), Err("corrupt"));
}

#[test]
fn a_repeated_height_was_corrupt() {
    assert!(read_or_kind(&field("dnl_same.jpg")).is_ok());
    let file = File::new();
    let dnl = |height: u8| file.with(file.end(), &[0xff, 0xdc, 0, 4, 0, height]);
    assert_eq!(read_or_kind(&dnl(24)), file.whole());
    for other in [0, 8, 23, 25] {
        assert_eq!(read_or_kind(&dnl(other)), Err("height after the first scan"));
    }
    // Only the later segment gives the height.
    let (frame, _) = file.first(0xc0);
    let mut later = dnl(24);
    later[frame + 6] = 0;
    assert_eq!(read_or_kind(&later), Err("height after the first scan"));
}

#[test]
fn restart_markers_after_the_last_block_were_corrupt() {
    let file = File::new();
    for trailing in [&[0xff, 0xd0][..], &[0xff, 0xd7, 0xff, 0xff, 0xd0], &[0xff, 0x01]] {
        assert_eq!(read_or_kind(&file.with(file.end(), trailing)), file.whole());
    }
    // Data after a restart marker is still refused.
    assert_eq!(read_or_kind(&file.with(file.end(), &[0xff, 0xd0, 9])), Err("data left over"));
}

#[test]
fn empty_and_unused_tables_were_corrupt() {
    let file = File::new();
    let (scan, _) = file.first(0xda);
    let dht = |class: u8, counts: [u8; 16], symbols: &[u8]| {
        let mut segment = vec![0xff, 0xc4, 0, 19 + symbols.len() as u8, class];
        segment.extend(counts);
        segment.extend(symbols);
        segment
    };
    let none = [0; 16];
    let many = std::array::from_fn(|i| if i == 0 { 3 } else { 0 });
    let mut steps = vec![0xff, 0xdb, 0, 67, 3];
    steps.extend([0; 64]);
    for new in [
        vec![0xff, 0xdb, 0, 2],
        vec![0xff, 0xc4, 0, 2],
        dht(0x03, none, &[]),
        dht(0x12, many, &[1, 2, 3]),
        steps.clone(),
    ] {
        assert_eq!(read_or_kind(&file.with(scan, &new)), file.whole(), "{new:02x?}");
    }
    // The same tables under a number that is used.
    for new in [dht(0x00, none, &[]), dht(0x11, many, &[1, 2, 3])] {
        assert_eq!(read_or_kind(&file.with(scan, &new)), Err("corrupt"), "{new:02x?}");
    }
    steps[4] = 0;
    assert_eq!(read_or_kind(&file.with(scan, &steps)), Err("quantisation step of 0"));
}

#[test]
fn bytes_between_segments_were_corrupt() {
    let file = File::new();
    for &(_, from, _) in &file.segments {
        for new in [&[0][..], &[1, 2, 3], &[0xff, 0, 0xff, 0], &[0xff, 0xff], &[0xff, 0xd3, 7]] {
            assert_eq!(read_or_kind(&file.with(from, new)), file.whole(), "{from}: {new:02x?}");
        }
    }
    assert_eq!(read_or_kind(&file.with(file.end(), &[0; 3])), file.whole());
    // Also without an end marker, with zeros up to the end of a disk's sector.
    let cut = [&file.bytes[..file.end()], &[0; 400]].concat();
    assert_eq!(read_or_kind(&cut), file.whole());
}

#[test]
fn skipped_segments_may_have_any_length() {
    let file = File::new();
    let (scan, _) = file.first(0xda);
    for new in [
        &[0xff, 0xfe, 0, 0][..],
        &[0xff, 0xfe, 0, 1],
        &[0xff, 0xfe, 0, 2],
        &[0xff, 0xe0, 0, 0],
        &[0xff, 0xee, 0, 5, b'A', b'd', b'o'],
        &[0xff, 0xcc, 0, 4, 0x10, 5],
    ] {
        assert_eq!(read_or_kind(&file.with(scan, new)), file.whole(), "{new:02x?}");
    }
}

/// Without a JFIF segment, an Adobe transform that is neither RGB nor YCbCr counts as YCbCr, as in libjpeg.
#[test]
fn an_unknown_adobe_transform_had_no_pixels() {
    let file = File::new();
    let mut bytes = file.bytes.clone();
    let (from, to) = file.first(0xe0);
    for (transform, expected) in
        [(0, Err("RGB components")), (1, file.whole()), (2, file.whole()), (77, file.whole())]
    {
        let adobe = [&b"\xff\xee\0\x0eAdobe\0d\0\0\0\0"[..], &[transform]].concat();
        bytes.splice(from..to, adobe);
        assert_eq!(read_or_kind(&bytes), expected, "{transform}");
        bytes = file.bytes.clone();
    }
}

#[test]
fn a_sequential_scan_whose_header_ends_at_the_first_coefficient_was_corrupt() {
    let file = File::new();
    let (_, end) = file.first(0xda);
    let with = |place: usize, byte: u8| {
        let mut bytes = file.bytes.clone();
        bytes[end - place] = byte;
        read_or_kind(&bytes)
    };
    for last in [0, 1, 62, 64, 255] {
        assert_eq!(with(2, last), file.whole(), "{last}");
    }
    // The first coefficient, and the bits.
    assert_eq!(with(3, 1), Err("part of a sequential scan"));
    assert_eq!(with(1, 1), Err("part of a sequential scan"));
    assert_eq!(with(1, 0x10), Err("part of a sequential scan"));
}

#[test]
fn components_of_one_name_are_distinguished_by_their_order() {
    let file = File::new();
    let ((frame, _), (scan, _)) = (file.first(0xc0), file.first(0xda));
    let mut bytes = file.bytes.clone();
    [frame + 10, frame + 13, frame + 16, scan + 5, scan + 7, scan + 9]
        .iter()
        .for_each(|&at| bytes[at] = 7);
    assert_eq!(read_or_kind(&bytes), file.whole());
}

/// T.81, B.2.3. The pixels of these files were refused, but not their coefficients.
#[test]
fn components_of_a_scan_in_another_order_are_refused() {
    let file = File::new();
    let (scan, _) = file.first(0xda);
    let mut bytes = file.bytes.clone();
    let (first, second) = (bytes[scan + 5], bytes[scan + 7]);
    (bytes[scan + 5], bytes[scan + 7]) = (second, first);
    assert_eq!(read_or_kind(&bytes), Err("corrupt"));
}

/// Sixteen zeros may fill a block to its end, although an end of block would take fewer bits.
#[test]
fn zeros_up_to_the_end_of_a_block_were_corrupt() {
    let segment = |marker: u8, content: &[u8]| {
        [&[0xff, marker, 0, content.len() as u8 + 2], content].concat()
    };
    let table = |class: u8, symbols: &[u8]| {
        let mut counts = [0; 16];
        counts[3] = symbols.len() as u8;
        segment(0xc4, &[&[class][..], &counts, symbols].concat())
    };
    // DC 0; then coefficients of 1, and 48 zeros in three runs, which fill the block exactly after 15 ones.
    for (ones, expected) in [(15, Ok(())), (16, Err("run of zeros too long"))] {
        let bits = format!("0000{}{}", "00011".repeat(ones), "0010".repeat(3));
        let bits = format!("{bits}{}", "1".repeat(bits.len().wrapping_neg() % 8));
        let data: Vec<u8> = bits
            .as_bytes()
            .chunks(8)
            .map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | (bit - b'0')))
            .collect();
        let file = [
            vec![0xff, 0xd8],
            segment(0xdb, &[&[0][..], &[1; 64]].concat()),
            segment(0xc0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]),
            table(0x00, &[0]),
            table(0x10, &[0x00, 0x01, 0xf0]),
            segment(0xda, &[1, 1, 0, 0, 63, 0]),
            data,
            vec![0xff, 0xd9],
        ]
        .concat();
        assert_eq!(read_or_kind(&file).map(|_| ()), expected, "{ones} ones");
    }
}
