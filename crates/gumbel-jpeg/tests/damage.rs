//! Truncated files, files with changed bytes, and files with false headers.

use std::path::Path;

use gumbel_jpeg::{
    Encoding, Jpeg, JpegError, Limits, Sampling, decode_rgb, encode_grey, encode_rgb, read,
};

const KINDS: [&str; 5] = ["sequential", "restart", "progressive", "progressive-restart", "scans"];

fn file(name: &str) -> Vec<u8> {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/files");
    std::fs::read(files.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn read_or_kind(bytes: &[u8]) -> Result<Jpeg, &'static str> {
    read(bytes, &Limits::default()).map_err(|error| error.kind())
}

#[test]
fn every_truncation_is_detected() {
    for (sampling, coding) in ["2x2", "grey"].into_iter().flat_map(|s| KINDS.map(|k| (s, k))) {
        let bytes = file(&format!("17x33-{sampling}-{coding}.jpg"));
        let whole = read_or_kind(&bytes).expect("a good file");
        for length in 2..bytes.len() - 2 {
            let found = read_or_kind(&bytes[..length]);
            assert_eq!(found, Err("truncated"), "{sampling}, {coding}, {length} bytes");
        }
        // Only the end marker may be missing, in part or completely.
        for length in bytes.len() - 2..bytes.len() {
            assert_eq!(read_or_kind(&bytes[..length]).as_ref(), Ok(&whole));
        }
    }
    assert_eq!(read_or_kind(&[]), Err("not a JPEG"));
    assert_eq!(read_or_kind(&[0xff]), Err("truncated"));
}

/// The same with an end marker after the rest, as from a program that closes a truncated file.
#[test]
fn an_end_marker_does_not_hide_a_truncation() {
    for coding in KINDS {
        let bytes = file(&format!("17x33-2x2-{coding}.jpg"));
        for length in 2..bytes.len() - 2 {
            let cut = [&bytes[..length], &[0xff, 0xd9]].concat();
            assert!(read_or_kind(&cut).is_err(), "{coding}, {length} bytes");
        }
    }
}

#[test]
fn no_changed_byte_makes_it_panic() {
    let limits = Limits { pixels: 1 << 20, ..Limits::default() };
    let mut refused = 0;
    for coding in KINDS {
        let bytes = file(&format!("17x33-2x2-{coding}.jpg"));
        for at in 0..bytes.len() {
            for change in [0x01, 0x10, 0x80, 0xff, bytes[at], bytes[at] ^ 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= change;
                match read(&bytes, &limits) {
                    Ok(jpeg) => assert!(jpeg.components().iter().all(|component| {
                        component.coefficients().iter().all(|c| c.abs() <= 2_047)
                    })),
                    Err(error) => {
                        refused += 1;
                        assert!(!error.to_string().is_empty());
                    }
                }
            }
        }
    }
    assert!(refused > 1_000, "{refused}");
}

#[test]
fn restart_markers_must_be_in_order() {
    let bytes = file("17x33-2x2-restart.jpg");
    let at = bytes.windows(2).position(|m| m == [0xff, 0xd0]).expect("a restart marker");
    let changed = |new: &[u8]| [&bytes[..at], new, &bytes[at + 2..]].concat();
    assert!(read_or_kind(&changed(&[0xff, 0xff, 0xff, 0xd0])).is_ok());
    for wrong in [&[0xff, 0xd1][..], &[0xff, 0xd0, 0xff, 0xd0]] {
        assert_eq!(read_or_kind(&changed(wrong)), Err("corrupt"), "{wrong:02x?}");
    }
    for wrong in [&[][..], &[0x00, 0xff, 0xd0]] {
        assert_eq!(read_or_kind(&changed(wrong)), Err("data left over"), "{wrong:02x?}");
    }
}

#[test]
fn data_left_over_is_detected() {
    let bytes = file("17x33-2x2-sequential.jpg");
    let (image, end) = bytes.split_at(bytes.len() - 2);
    let whole = read_or_kind(&bytes);
    let between = |bytes: &[u8]| read_or_kind(&[image, bytes, end].concat());
    assert_eq!(between(&[0xff, 0xff]), whole);
    assert_eq!(between(&[0xff, 0xfe, 0, 4, b'o', b'k']), whole);
    assert_eq!(read_or_kind(&[&bytes[..], b"appended"].concat()), whole);
    assert_eq!(between(&[0; 100]), whole);
    for wrong in [&[0xff, 0x00][..], &[1, 2, 3], &[0, 0, 0, 7], &[0, 0, 0, 0, 0, 0, 0, 0, 0, 7]] {
        assert_eq!(between(wrong), Err("data left over"), "{wrong:02x?}");
    }
    // A second image of the same components.
    let scan = bytes.windows(2).position(|m| m == [0xff, 0xda]).expect("a scan");
    assert_eq!(between(&image[scan..]), Err("scans out of order"));
    // A header that claims less than the file has.
    for coding in ["restart", "sequential", "progressive", "progressive-restart", "scans"] {
        let mut bytes = file(&format!("17x33-2x2-{coding}.jpg"));
        let frame = segment(&bytes, if coding.starts_with('p') { 0xc2 } else { 0xc0 });
        bytes[frame + 2] = 16;
        assert!(matches!(
            read_or_kind(&bytes),
            Err("data left over" | "corrupt" | "run of zeros too long")
        ));
    }
}

/// The position of the content of the first segment with this marker.
fn segment(bytes: &[u8], marker: u8) -> usize {
    bytes.windows(2).position(|m| m == [0xff, marker]).expect("the marker") + 4
}

#[test]
fn unsupported_files_have_a_named_error() {
    let bytes = encode_rgb(&[90; 3 * 256], 16, 16, &Encoding::default()).expect("good pixels");
    let frame = segment(&bytes, 0xc0);
    let jfif = segment(&bytes, 0xe0);
    let changed = |changes: &[(usize, u8)]| {
        let mut bytes = bytes.clone();
        changes.iter().for_each(|&(at, byte)| bytes[at] = byte);
        read_or_kind(&bytes).map(|_| ())
    };
    assert_eq!(changed(&[]), Ok(()));
    assert_eq!(changed(&[(frame - 3, 0xc1)]), Ok(()));
    for (marker, name) in [
        (0xc3, "lossless"),
        (0xc5, "hierarchical"),
        (0xc9, "arithmetic coding"),
        (0xca, "arithmetic coding"),
        (0xcd, "hierarchical"),
        (0xde, "hierarchical"),
        (0xc8, "corrupt"),
        (0xd0, "corrupt"),
    ] {
        assert_eq!(changed(&[(frame - 3, marker)]), Err(name), "{marker:02x}");
    }
    assert_eq!(changed(&[(frame, 12)]), Err("not 8 bits a sample"));
    assert_eq!(changed(&[(frame + 5, 4)]), Err("CMYK"));
    assert_eq!(changed(&[(frame + 5, 2)]), Err("number of components"));
    // Factors of Y, Cb, Cr.
    assert_eq!(changed(&[(frame + 10, 0x21)]), Err("sampling layout"));
    assert_eq!(changed(&[(frame + 7, 0x31)]), Err("sampling layout"));
    // Layouts that libjpeg reads; DESIGN.md names them.
    for [y, cb, cr] in [
        [0x31, 0x11, 0x11],
        [0x32, 0x11, 0x11],
        [0x11, 0x21, 0x21],
        [0x11, 0x22, 0x11],
        [0x21, 0x12, 0x11],
    ] {
        let factors = [(frame + 7, y), (frame + 10, cb), (frame + 13, cr)];
        assert_eq!(changed(&factors), Err("sampling layout"), "{y:02x} {cb:02x} {cr:02x}");
    }
    assert_eq!(changed(&[(frame + 7, 0x01)]), Err("corrupt"));
    // Components named R, G, B are RGB, unless the file has a JFIF segment.
    let scan = segment(&bytes, 0xda);
    let names = [(6, b'R'), (9, b'G'), (12, b'B')].map(|(at, name)| (frame + at, name));
    let same = [(1, b'R'), (3, b'G'), (5, b'B')].map(|(at, name)| (scan + at, name));
    let named = [names, same].concat();
    assert_eq!(changed(&named), Ok(()));
    assert_eq!(changed(&[&named[..], &[(jfif, b'X')]].concat()), Err("RGB components"));
    // Adobe's segment, written over the JFIF segment: transform 0, then 1.
    for (transform, expected) in [(0, Err("RGB components")), (1, Ok(()))] {
        let mut adobe: Vec<(usize, u8)> = vec![(jfif - 3, 0xee), (jfif + 11, transform)];
        adobe.extend(b"Adobe".iter().enumerate().map(|(i, &byte)| (jfif + i, byte)));
        assert_eq!(changed(&adobe), expected);
    }
    for (bytes, name) in [(&b"\x89PNG"[..], "not a JPEG"), (b"\xff\xd9", "not a JPEG")] {
        assert_eq!(read_or_kind(bytes), Err(name));
    }
    assert_eq!(read_or_kind(&bytes[2..]), Err("not a JPEG"));
}

#[test]
fn a_header_alone_allocates_no_memory() {
    let bytes = file("17x33-2x2-progressive.jpg");
    let frame = segment(&bytes, 0xc2);
    let claim = |size: u16, limits: &Limits| {
        let mut bytes = bytes.clone();
        bytes[frame + 1..frame + 3].copy_from_slice(&size.to_be_bytes());
        bytes[frame + 3..frame + 5].copy_from_slice(&size.to_be_bytes());
        let error = read(&bytes, limits).expect_err("a false header");
        assert_eq!(decode_rgb(&bytes, limits), Err(error.clone()));
        error
    };
    let limits = Limits::default();
    let (what, limit) = ("pixels", limits.pixels);
    assert_eq!(claim(65_535, &limits), JpegError::Limit { what, limit, found: 65_535 * 65_535 });
    // 8,000 x 8,000 is allowed, but 1,000 x 1,000 blocks of luma and half as many of chroma need a bit each.
    let JpegError::Claim { blocks, fit } = claim(8_000, &limits) else { panic!("not a claim") };
    assert_eq!(blocks, 1_500_000);
    assert!(fit <= 8 * bytes.len() as u64);
    let none = Limits { pixels: u64::MAX, ..limits };
    assert!(matches!(claim(65_535, &none), JpegError::Claim { .. }));
}

#[test]
fn limits_are_enforced() {
    let bytes = file("17x33-2x2-progressive.jpg");
    let scans = bytes.windows(2).filter(|m| *m == [0xff, 0xda]).count();
    let exact = Limits { bytes: bytes.len(), pixels: 17 * 33, scans };
    assert!(read(&bytes, &exact).is_ok());
    for (limits, what) in [
        (Limits { bytes: bytes.len() - 1, ..exact }, "bytes"),
        (Limits { pixels: 17 * 33 - 1, ..exact }, "pixels"),
        (Limits { scans: scans - 1, ..exact }, "scans"),
    ] {
        let error = read(&bytes, &limits).expect_err("over a limit");
        let JpegError::Limit { what: named, limit, found } = error else { panic!("{error}") };
        assert_eq!((named, found), (what, limit + 1));
    }
}

#[test]
fn errors_have_positions() {
    let bytes = encode_grey(&[128; 64], 8, 8, &Encoding::default()).expect("good pixels");
    let say = |bytes: &[u8]| read(bytes, &Limits::default()).expect_err("a bad file").to_string();
    let frame = segment(&bytes, 0xc0);
    let mut none = bytes.clone();
    none[frame + 1..frame + 3].fill(0);
    assert_eq!(
        say(&none),
        "expected the height in the frame header alone, found 0 there, for one after the first scan"
    );
    let mut none = bytes.clone();
    none[frame + 3..frame + 5].fill(0);
    assert_eq!(say(&none), format!("byte {}: width: expected 1 to 65535, found 0", frame + 3));
    assert_eq!(
        say(&bytes[..frame + 4]),
        format!("the file ends at byte {}: expected a whole segment", frame + 4)
    );
    assert_eq!(say(b"GIF89a"), "not a JPEG: expected the first bytes FF D8, found 47 49");
    let mut marker = bytes.clone();
    marker[frame - 3] = 0xf0;
    let expected = "a marker that is allowed between segments";
    assert_eq!(say(&marker), format!("byte {}: expected {expected}, found F0", frame - 3));
    let left = [&bytes[..bytes.len() - 2], &[1, 0xff, 0xd9]].concat();
    let message = say(&left);
    let expected = "data left over: expected a marker after the last block";
    assert!(message.contains(expected), "{message}");
    let whole = file("17x33-2x2-sequential.jpg");
    let cut = &whole[..whole.len() - 3];
    assert_eq!(
        say(cut),
        format!("the file ends at byte {}: expected entropy-coded data of more blocks", cut.len())
    );
}

/// Files of the encoder are read and decoded: every sampling, both kinds, restart markers.
#[test]
fn encoded_files_are_read() {
    let (width, height) = (37, 19);
    let pixels: Vec<u8> = (0..width * height * 3).map(|i| (i * i / 97 % 251) as u8).collect();
    for sampling in [
        Sampling::Full,
        Sampling::Half,
        Sampling::HalfHeight,
        Sampling::Quarter,
        Sampling::QuarterWidth,
    ] {
        let encode = |progressive, restart| {
            let encoding = Encoding { quality: 90, sampling, progressive, restart };
            encode_rgb(&pixels, width, height, &encoding).expect("good pixels")
        };
        let whole = read_or_kind(&encode(false, 0)).expect("a good file");
        for (progressive, restart) in [(false, 3), (true, 0), (true, 2)] {
            let bytes = encode(progressive, restart);
            assert_eq!(read_or_kind(&bytes).as_ref(), Ok(&whole), "{sampling:?}");
            let image = decode_rgb(&bytes, &Limits::default()).expect("a good file");
            assert_eq!(image.pixels.len(), width * height * 3);
        }
    }
    let error = |pixels: &[u8], width, height, quality| {
        let encoding = Encoding { quality, ..Encoding::default() };
        encode_grey(pixels, width, height, &encoding).expect_err("a bad argument").to_string()
    };
    assert_eq!(error(&[0; 5], 2, 2, 75), "pixels: expected 4 elements, found 5");
    assert_eq!(error(&[], 0, 2, 75), "width: expected 1 to 65535, found 0");
    assert_eq!(error(&[], 2, 70_000, 75), "height: expected 1 to 65535, found 70000");
    assert_eq!(error(&[0; 4], 2, 2, 0), "quality: expected 1 to 100, found 0");
}

/// Scans left out or doubled: each coefficient must be complete, and sent once.
#[test]
fn scans_complete_each_coefficient_once() {
    let bytes = file("17x33-2x2-progressive.jpg");
    let starts: Vec<usize> =
        (0..bytes.len() - 1).filter(|&at| bytes[at..at + 2] == [0xff, 0xda]).collect();
    let end = bytes.len() - 2;
    // Each scan with the Huffman tables of the next.
    let ends = starts[1..].iter().copied().chain([end]);
    let scans: Vec<&[u8]> = starts.iter().zip(ends).map(|(&from, to)| &bytes[from..to]).collect();
    let with = |order: &[usize]| {
        let mut all = bytes[..starts[0]].to_vec();
        order.iter().for_each(|&scan| all.extend(scans[scan]));
        all.extend([0xff, 0xd9]);
        read(&all, &Limits::default())
    };
    let whole: Vec<usize> = (0..scans.len()).collect();
    assert_eq!(with(&whole), read(&bytes, &Limits::default()));
    let last = scans.len() - 1;
    let error = with(&whole[..last]).expect_err("the last bit of Y's coefficients is missing");
    assert_eq!(error, JpegError::Incomplete { component: 0, coefficient: 1 });
    assert_eq!(error.kind(), "coefficients not sent");
    let twice = [&whole[..], &[last]].concat();
    let Err(JpegError::Forbidden { expected, .. }) = with(&twice) else { panic!("no error") };
    assert_eq!(expected, "each bit of a coefficient once, in order");
    let Err(JpegError::Forbidden { expected, .. }) = with(&whole[1..]) else { panic!("no error") };
    assert_eq!(expected, "the DC coefficients before the others");
}

/// A grey image whose DC coefficients are sent bit by bit: first their two's complement from bit `low` up, then
/// one scan for each lower bit. At most 8 blocks.
fn bit_by_bit(values: &[i32], low: u8) -> Vec<u8> {
    let segment = |marker: u8, content: &[u8]| {
        [&[0xff, marker, 0, content.len() as u8 + 2], content].concat()
    };
    let scan = |header: [u8; 3], bits: &str| {
        let mut file = segment(0xda, &[&[1, 1, 0][..], &header].concat());
        let padded = format!("{bits}{}", "1".repeat(bits.len().wrapping_neg() % 8));
        for byte in padded.as_bytes().chunks(8) {
            let byte = byte.iter().fold(0, |byte, bit| byte << 1 | (bit - b'0'));
            file.push(byte);
            file.extend((byte == 0xff).then_some(0));
        }
        file
    };
    let table = |class: u8, symbols: &[u8]| {
        let mut lengths = [0; 16];
        lengths[3] = symbols.len() as u8;
        segment(0xc4, &[&[class][..], &lengths, symbols].concat())
    };
    let mut file = vec![0xff, 0xd8];
    file.extend(segment(0xdb, &[&[0][..], &[1; 64]].concat()));
    file.extend(segment(0xc2, &[8, 0, 8, 0, 8 * values.len() as u8, 1, 1, 0x11, 0]));
    let sizes: Vec<u8> = (0..12).collect();
    file.extend(table(0x00, &sizes));
    file.extend(table(0x10, &[0]));
    let (mut first, mut before) = (String::new(), 0);
    for &value in values {
        let difference = (value >> low) - before;
        before = value >> low;
        let size = (32 - difference.unsigned_abs().leading_zeros()) as usize;
        first += &format!("{size:04b}");
        if size > 0 {
            let bits = if difference < 0 { difference + (1 << size) - 1 } else { difference };
            first += &format!("{bits:0size$b}");
        }
    }
    file.extend(scan([0, 0, low], &first));
    for bit in (0..low).rev() {
        let bits: String =
            values.iter().map(|value| ["0", "1"][(value >> bit & 1) as usize]).collect();
        file.extend(scan([0, 0, (bit + 1) << 4 | bit], &bits));
    }
    file.extend(scan([1, 63, 0], &"0000".repeat(values.len())));
    file.extend([0xff, 0xd9]);
    file
}

/// A DC coefficient split at any bit is read exactly; values out of range are refused.
#[test]
fn refined_coefficients_stay_in_their_range() {
    let good = [-2_047, 2_047, -5, -1, 0, 1, 1_000];
    for low in 0..=13 {
        // A difference of 12 bits is refused.
        let values = if low == 0 { &good[2..6] } else { &good[..] };
        let jpeg = read_or_kind(&bit_by_bit(values, low)).expect("a good file");
        let found: Vec<i32> =
            jpeg.components()[0].coefficients().chunks(64).map(|block| block[0].into()).collect();
        assert_eq!(found, values, "from bit {low} on");
        assert_eq!(Jpeg::from_sparse(&jpeg.to_sparse()), Ok(jpeg));
        for value in [-2_048_i32, 2_048, 4_095, -4_096, 4_096, 8_191, -8_192] {
            // Values that the first scan already refuses, because the difference has too many bits.
            if low == 0 || (value >> low).abs() > 2_047 {
                continue;
            }
            let found = read(&bit_by_bit(&[0, value], low), &Limits::default());
            let Err(JpegError::Forbidden { kind, expected, .. }) = found else {
                panic!("{value}, {low}")
            };
            assert_eq!(kind, "coefficient too large");
            assert_eq!(expected, "a coefficient within -2047..=2047", "{value}, {low}");
        }
    }
}
