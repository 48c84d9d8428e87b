//! The counted bits of channels, compared with files.

use std::path::Path;

use gumbel_jpeg::{CHANNELS, Encoding, Jpeg, Limits, Sampling, encode_grey, encode_rgb, read};

const ALL: [bool; CHANNELS] = [true; CHANNELS];

/// The number of bytes of the only scan, without the zeros stuffed after 255.
fn scan_bytes(file: &[u8]) -> u64 {
    let marker = |code| file.windows(2).position(|pair| pair == [0xff, code]).expect("a marker");
    let start = marker(0xda);
    let header = usize::from(u16::from_be_bytes([file[start + 2], file[start + 3]]));
    let data = &file[start + 2 + header..file.len() - 2];
    assert_eq!(file[file.len() - 2..], [0xff, 0xd9], "the end of the image");
    (data.len() - data.windows(2).filter(|pair| *pair == [0xff, 0]).count()) as u64
}

/// Waves, edges and noise, so that codes of all lengths occur.
fn picture(width: usize, height: usize, samples: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 16) / 65_536.0 - 0.5
    };
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let loud = if x / 32 % 2 == 0 { 200.0 } else { 4.0 };
            for s in 0..samples {
                let wave = 60.0 * (0.02 * (x * (s + 1)) as f64 + 0.05 * y as f64).sin();
                let edge = if (x / 11 + y / 23) % 5 == s { 90.0 } else { 0.0 };
                pixels.push((110.0 + wave + edge + loud * noise()) as u8);
            }
        }
    }
    pixels
}

/// Exact to the byte on files of `jpeg-encoder` whose last units are whole.
#[test]
fn all_channels_have_the_bits_of_the_file() {
    let mut files = 0;
    for quality in [5, 50, 75, 90, 100] {
        let mut check = |what: &str, file: &[u8]| {
            let jpeg = read(file, &Limits::default()).unwrap();
            let bits = jpeg.coded_bits(&ALL);
            assert_eq!(
                bits.div_ceil(8),
                scan_bytes(file),
                "{what}, quality {quality}: {bits} bits"
            );
            files += 1;
        };
        let encoding = Encoding { quality, ..Encoding::default() };
        check("grey", &encode_grey(&picture(136, 72, 1), 136, 72, &encoding).unwrap());
        for sampling in [Sampling::Full, Sampling::Half, Sampling::HalfHeight, Sampling::Quarter] {
            let encoding = Encoding { sampling, ..encoding };
            let file = encode_rgb(&picture(128, 96, 3), 128, 96, &encoding).unwrap();
            check(&format!("{sampling:?}"), &file);
        }
    }
    assert_eq!(files, 25);
}

/// Exact on files of libjpeg too.
#[test]
fn all_channels_have_the_bits_of_a_libjpeg_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/files");
    for name in [
        "16x16-2x2-sequential",
        "17x33-1x1-sequential",
        "17x33-grey-sequential",
        "24x16-1x1-sequential-100",
    ] {
        let file = std::fs::read(folder.join(name).with_extension("jpg")).unwrap();
        let jpeg = read(&file, &Limits::default()).unwrap();
        assert_eq!(jpeg.coded_bits(&ALL).div_ceil(8), scan_bytes(&file), "{name}");
    }
}

/// The image with the coefficients of other channels set to 0, made through its sparse form.
fn cleared(jpeg: &Jpeg, keep: &[bool; CHANNELS]) -> Jpeg {
    let bytes = jpeg.to_sparse();
    let mut at = 5 + 129 * jpeg.components().len();
    let mut out = bytes[..at].to_vec();
    for (component, keep) in jpeg.components().iter().zip(keep.chunks(64)) {
        for _ in 0..component.blocks_wide() * component.blocks_high() {
            let entries = &bytes[at + 1..][..3 * usize::from(bytes[at])];
            at += 1 + entries.len();
            let entries = entries.chunks(3).filter(|entry| keep[usize::from(entry[0])]);
            let entries: Vec<u8> = entries.flatten().copied().collect();
            out.push((entries.len() / 3) as u8);
            out.extend(entries);
        }
    }
    Jpeg::from_sparse(&out).unwrap()
}

#[test]
fn some_channels_have_the_bits_of_the_image_without_the_others() {
    let encoding = Encoding { quality: 90, sampling: Sampling::Quarter, ..Encoding::default() };
    let file = encode_rgb(&picture(80, 48, 3), 80, 48, &encoding).unwrap();
    let jpeg = read(&file, &Limits::default()).unwrap();
    let low: [bool; CHANNELS] = std::array::from_fn(|c| c % 8 < 3 && c % 64 / 8 < 3);
    let high = low.map(|low| !low);
    let [low_bits, high_bits, all_bits] = [&low, &high, &ALL].map(|keep| jpeg.coded_bits(keep));
    assert_eq!(low_bits, cleared(&jpeg, &low).coded_bits(&ALL));
    assert_eq!(high_bits, cleared(&jpeg, &high).coded_bits(&ALL));
    assert!(low_bits < all_bits && high_bits < all_bits && low_bits + high_bits > all_bits);
    assert_eq!(jpeg.coded_bits(&[false; CHANNELS]), 0);
}

/// One component of an image, as a grey image.
fn alone(jpeg: &Jpeg, component: usize) -> Jpeg {
    let part = &jpeg.components()[component];
    let (wide, high) = (part.blocks_wide(), part.blocks_high());
    let mut bytes = [8 * wide as u16, 8 * high as u16].map(u16::to_le_bytes).concat();
    bytes.extend([1, 0x11]);
    bytes.extend(part.quantisation().iter().flat_map(|step| step.to_le_bytes()));
    for block in part.coefficients().chunks(64) {
        let places = (0..64).filter(|&place| block[place] != 0);
        bytes.push(places.clone().count() as u8);
        for place in places {
            bytes.push(place as u8);
            bytes.extend(block[place].to_le_bytes());
        }
    }
    Jpeg::from_sparse(&bytes).unwrap()
}

/// A scan of one component has its blocks row by row, like a grey image; a scan of several has units.
#[test]
fn one_component_has_the_bits_of_a_grey_image() {
    let luma = std::array::from_fn(|c| c < 64);
    for (sampling, same) in
        [(Sampling::Full, true), (Sampling::Half, true), (Sampling::Quarter, false)]
    {
        let encoding = Encoding { sampling, ..Encoding::default() };
        let file = encode_rgb(&picture(80, 48, 3), 80, 48, &encoding).unwrap();
        let jpeg = read(&file, &Limits::default()).unwrap();
        assert_eq!(jpeg.coded_bits(&luma), alone(&jpeg, 0).coded_bits(&ALL), "{sampling:?}");
        let chroma = std::array::from_fn(|c| c >= 64);
        let parts = jpeg.coded_bits(&luma) + jpeg.coded_bits(&chroma);
        assert_eq!(jpeg.coded_bits(&ALL) == parts, same, "{sampling:?}");
    }
}

/// Two blocks with coefficients as (place, value); the bits are counted by hand.
#[test]
fn runs_and_extremes_are_counted_as_by_hand() {
    let bits = |blocks: [&[(u8, i16)]; 2]| {
        let mut bytes = vec![16, 0, 8, 0, 1, 0x11];
        bytes.extend([1, 0].repeat(64));
        for block in blocks {
            bytes.push(block.len() as u8);
            for (place, value) in block {
                bytes.push(*place);
                bytes.extend(value.to_le_bytes());
            }
        }
        Jpeg::from_sparse(&bytes).unwrap().coded_bits(&ALL)
    };
    // No difference of means, and the end, twice.
    assert_eq!(bits([&[], &[]]), 2 * (2 + 4));
    // 5 = 101: a code of 3 bits and 3; the same mean again; the ends.
    assert_eq!(bits([&[(0, 5)], &[(0, 5)]]), (3 + 3 + 4) + (2 + 4));
    // 1 at place 32, number 10 in zigzag order: run 9, size 1, a code of 9 bits and 1.
    assert_eq!(bits([&[(32, 1)], &[]]), (2 + 9 + 1 + 4) + 6);
    // At number 17 = place 19, sixteen zeros of 11 bits, then run 0, size 1: 2 bits and 1.
    assert_eq!(bits([&[(19, 1)], &[]]), (2 + 11 + 2 + 1 + 4) + 6);
    // At the last place: three times sixteen zeros, run 14, size 1: 16 bits and 1; no end.
    assert_eq!(bits([&[(63, -1)], &[]]), (2 + 3 * 11 + 16 + 1) + 6);
    // AC: 11 bits after a code of 16. Means: -2047, 11 bits after a code of 9, then 2047, 12 bits after 9.
    let far = [(0, -2047), (63, -2047)];
    let (zeros, ac) = (3 * 11, 16 + 11);
    assert_eq!(bits([&far, &[(0, 2047), (63, 2047)]]), 9 + 11 + 9 + 12 + 2 * (zeros + ac));
}
