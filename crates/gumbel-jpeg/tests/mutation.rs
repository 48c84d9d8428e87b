//! Small files with a change anywhere: either both the coefficients and the pixels of a file are read, or both
//! are refused with the same error.

use std::path::Path;

use gumbel_jpeg::{Limits, decode_rgb, read};

const FILES: [&str; 7] = [
    "1x1-2x2-progressive.jpg",
    "7x9-2x2-sequential.jpg",
    "17x33-2x2-restart.jpg",
    "17x33-2x1-progressive-restart.jpg",
    "17x33-4x1-scans.jpg",
    "17x33-grey-optimised.jpg",
    "40x24-2x2,2x1,1x2-sequential.jpg",
];

const LIMITS: Limits = Limits { bytes: 1 << 20, pixels: 1 << 16, scans: 50 };

/// The numbers of changed files that are read and refused.
#[derive(Default)]
struct Count {
    read: usize,
    refused: usize,
}

impl Count {
    fn check(&mut self, bytes: &[u8], what: &dyn Fn() -> String) {
        let pixels = decode_rgb(bytes, &LIMITS);
        match read(bytes, &LIMITS) {
            Ok(jpeg) => {
                self.read += 1;
                let pixels = pixels.unwrap_or_else(|error| panic!("{}: {error}", what()));
                assert_eq!((pixels.width, pixels.height), (jpeg.width(), jpeg.height()));
                assert!(jpeg.to_rgb() == Ok(pixels), "{}", what());
            }
            Err(error) => {
                self.refused += 1;
                assert_eq!(pixels, Err(error), "{}", what());
            }
        }
    }
}

fn file(name: &str) -> Vec<u8> {
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/files");
    std::fs::read(files.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The start and the end of each segment with its marker; the last is the scan with its data.
fn segments(bytes: &[u8]) -> Vec<(usize, usize)> {
    let (mut found, mut at) = (Vec::new(), 2);
    while at + 4 <= bytes.len() {
        let length = usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        let mut end = (at + 2 + length).min(bytes.len());
        if bytes[at + 1] == 0xda {
            let marker = |m: &[u8]| m[0] == 0xff && !matches!(m[1], 0 | 0xd0..=0xd7);
            end = bytes[end..].windows(2).position(marker).map_or(bytes.len(), |next| end + next);
        }
        found.push((at, end));
        at = end;
    }
    found
}

#[test]
fn files_with_a_changed_byte() {
    let mut count = Count::default();
    for name in FILES {
        let bytes = file(name);
        let data = segments(&bytes).last().map_or(0, |last| last.0) + 14;
        for at in 0..bytes.len() {
            let all: &[u8] = if at < data { &[1, 2, 4, 8, 16, 32, 64, 128, 255] } else { &[1, 64] };
            for change in all {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                count.check(&changed, &|| format!("{name}: byte {at} ^ {change:02x}"));
            }
        }
    }
    assert!(count.read > 5_000 && count.refused > 5_000, "{}, {}", count.read, count.refused);
}

#[test]
fn files_cut_and_filled() {
    let mut count = Count::default();
    for name in FILES {
        let bytes = file(name);
        for at in 0..=bytes.len() {
            count.check(&bytes[..at], &|| format!("{name}: {at} bytes"));
            for new in [&[0][..], &[0xff], &[0xff, 0xd0], &[0xff, 0xd9], &[7; 3]] {
                let filled = [&bytes[..at], new, &bytes[at..]].concat();
                count.check(&filled, &|| format!("{name}: {new:02x?} at {at}"));
            }
        }
    }
    assert!(count.read > 300 && count.refused > 5_000, "{}, {}", count.read, count.refused);
}

#[test]
fn files_with_segments_left_out_doubled_and_moved() {
    let mut count = Count::default();
    for name in FILES {
        let bytes = file(name);
        let all = segments(&bytes);
        let with = |order: &[usize]| {
            let parts = order.iter().map(|&i| &bytes[all[i].0..all[i].1]);
            [&bytes[..2]].into_iter().chain(parts).flatten().copied().collect::<Vec<u8>>()
        };
        let whole: Vec<usize> = (0..all.len()).collect();
        assert_eq!(with(&whole), bytes[..all[all.len() - 1].1]);
        for i in whole.clone() {
            let mut order = whole.clone();
            order.remove(i);
            count.check(&with(&order), &|| format!("{name}: without segment {i}"));
            for j in 0..whole.len() {
                let mut moved = order.clone();
                moved.insert(j, i);
                count.check(&with(&moved), &|| format!("{name}: segment {i} moved to {j}"));
                let mut doubled = whole.clone();
                doubled.insert(j, i);
                count.check(&with(&doubled), &|| format!("{name}: segment {i} again at {j}"));
            }
        }
    }
    assert!(count.read > 300 && count.refused > 300, "{}, {}", count.read, count.refused);
}
