//! Small files of every kind, compared with what libjpeg reads from them; `golden/make.py` wrote both.

use std::path::Path;

use gumbel_jpeg::{Component, Limits, decode_rgb, read};

/// The 64-bit FNV-1a hash of steps and coefficients.
fn hash(component: &Component) -> u64 {
    let steps = component.quantisation().iter().flat_map(|x| x.to_le_bytes());
    let values = component.coefficients().iter().flat_map(|x| x.to_le_bytes());
    steps.chain(values).fold(0xcbf2_9ce4_8422_2325, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn file(name: &str) -> Vec<u8> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    std::fs::read(golden.join("files").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn coefficients_are_those_of_libjpeg() {
    let lines = include_str!("golden/golden.txt");
    for line in lines.lines() {
        let (name, expected) = line.split_once(' ').expect("a name and components");
        let bytes = file(name);
        let jpeg =
            read(&bytes, &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found = jpeg.components().iter().map(|component| {
            let (rows, columns) = (component.blocks_high(), component.blocks_wide());
            format!("{rows}x{columns} {:016x}", hash(component))
        });
        assert_eq!(found.collect::<Vec<_>>().join(" "), expected, "{name}");
        let (width, height) = name.split(['x', '-']).collect::<Vec<_>>()[..2]
            .iter()
            .map(|size| size.parse::<usize>().expect("a size in the name"))
            .collect::<Vec<_>>()
            .split_first()
            .map(|(&width, rest)| (width, rest[0]))
            .expect("two sizes");
        assert_eq!((jpeg.width(), jpeg.height()), (width, height), "{name}");
        assert_eq!(
            bytes.windows(2).any(|m| m == [0xff, 0xc2]),
            name.contains("progressive"),
            "{name}"
        );
    }
    assert_eq!(lines.lines().count(), 50);
}

/// Every coding gives the same coefficients and pixels.
#[test]
fn coding_does_not_matter() {
    for sampling in ["1x1", "2x1", "1x2", "2x2", "4x1", "grey"] {
        let of = |kind| read(&file(&format!("17x33-{sampling}-{kind}.jpg")), &Limits::default());
        let sequential = of("sequential").expect("a good file");
        let pixels =
            |kind| decode_rgb(&file(&format!("17x33-{sampling}-{kind}.jpg")), &Limits::default());
        for kind in ["optimised", "restart", "progressive", "progressive-restart", "scans"] {
            assert_eq!(of(kind).as_ref(), Ok(&sequential), "{sampling}, {kind}");
            assert_eq!(pixels(kind), pixels("sequential"), "{sampling}, {kind}");
        }
    }
}

/// The decoder of pixels gets the same pixels from the rewritten file as from the original file.
#[test]
fn pixels_are_those_of_the_file() {
    for line in include_str!("golden/golden.txt").lines() {
        let name = line.split(' ').next().unwrap_or_default();
        let bytes = file(name);
        let image = decode_rgb(&bytes, &Limits::default()).expect("a good file");
        let mut plain = jpeg_decoder::Decoder::new(bytes.as_slice());
        let pixels = plain.decode().expect("a good file");
        let grey =
            plain.info().map(|info| info.pixel_format) == Some(jpeg_decoder::PixelFormat::L8);
        let channels = if grey { 3 } else { 1 };
        let pixels: Vec<u8> =
            pixels.into_iter().flat_map(|x| std::iter::repeat_n(x, channels)).collect();
        assert!(image.pixels == pixels, "{name}");
    }
}

/// The pixels of a grey file are the inverse DCT of its coefficients, up to the rounding of a decoder with
/// integers.
#[test]
fn pixels_are_those_of_the_coefficients() {
    let bytes = file("17x33-grey-progressive.jpg");
    let jpeg = read(&bytes, &Limits::default()).expect("a good file");
    let image = decode_rgb(&bytes, &Limits::default()).expect("a good file");
    let component = &jpeg.components()[0];
    let coefficients: Vec<i32> = component.dequantised().collect();
    let basis = |k: usize, n: usize| {
        let scale = if k == 0 { 0.125_f64.sqrt() } else { 0.5 };
        scale * (((2 * n + 1) * k) as f64 * std::f64::consts::PI / 16.0).cos()
    };
    for (at, pixel) in image.pixels.chunks_exact(3).enumerate() {
        let (y, x) = (at / image.width, at % image.width);
        let block = &coefficients[64 * (y / 8 * component.blocks_wide() + x / 8)..][..64];
        let value = |i: usize| f64::from(block[i]) * basis(i / 8, y % 8) * basis(i % 8, x % 8);
        let sample = (128.0 + (0..64).map(value).sum::<f64>()).clamp(0.0, 255.0);
        assert!((sample - f64::from(pixel[0])).abs() <= 1.0, "({y}, {x}): {sample}, {pixel:?}");
        assert!(pixel.iter().all(|&channel| channel == pixel[0]));
    }
}
