//! Folders of JPEGs whose coefficients are known.

use std::f64::consts::PI;
use std::fs;
use std::path::Path;

use gumbel::Key;
use gumbel::noise::uniform_into;
use gumbel_data::jpeg::{JpegSet, LoadOptions};
use gumbel_jpeg::{Encoding, encode_grey};

/// The side of a picture.
const SIDE: usize = 32;

/// A frequency: vertical and horizontal half waves a block.
pub(crate) type Frequency = (usize, usize);

/// A grey picture in which every block is the same sum of cosines, at quality 95.
fn waves(amplitudes: &[(Frequency, f64)]) -> Vec<u8> {
    let wave = |x: usize, k: usize| (PI * ((2 * (x % 8) + 1) * k) as f64 / 16.0).cos();
    let pixel = |i: usize| {
        let (y, x) = (i / SIDE, i % SIDE);
        let sum: f64 = amplitudes.iter().map(|&((v, u), a)| a * wave(y, v) * wave(x, u)).sum();
        assert!(sum.abs() <= 127.0, "nothing is cut off");
        (128.0 + sum).round() as u8
    };
    let pixels: Vec<u8> = (0..SIDE * SIDE).map(pixel).collect();
    let encoding = Encoding { quality: 95, ..Encoding::default() };
    encode_grey(&pixels, SIDE, SIDE, &encoding).unwrap()
}

/// A set of pictures, each a sum of cosines. `images` counts those of each class for training, validation
/// and test.
fn set(
    folder: &Path,
    classes: usize,
    images: [usize; 3],
    amplitudes: impl Fn(usize, Key) -> Vec<(Frequency, f64)>,
) -> JpegSet {
    for (part, (name, count)) in ["train", "validation", "test"].into_iter().zip(images).enumerate()
    {
        for class in 0..classes {
            let dir = folder.join(format!("{name}/{class}"));
            fs::create_dir_all(&dir).unwrap();
            for image in 0..count {
                let key =
                    [part, class, image].iter().fold(Key::new(7), |k, &i| k.fold_in(i as u64));
                let file = waves(&amplitudes(class, key));
                fs::write(dir.join(format!("{image:03}.jpg")), file).unwrap();
            }
        }
    }
    JpegSet::load(folder, &LoadOptions::default(), &|_| {}).unwrap()
}

/// A set in which the signs of some frequencies are the class, a bit in each, while others have amplitudes up
/// to twice as large that mean nothing.
pub(crate) fn signs(
    folder: &Path,
    informative: &[Frequency],
    noise: &[Frequency],
    images: [usize; 3],
) -> JpegSet {
    set(folder, 1 << informative.len(), images, |class, key| {
        let mut u = vec![0.0_f64; noise.len()];
        uniform_into(key, 0, &mut u);
        let sign = |bit: usize| if class >> bit & 1 == 1 { 1.0 } else { -1.0 };
        let bits = informative.iter().enumerate().map(|(bit, &f)| (f, 6.0 * sign(bit)));
        let nothing = noise.iter().zip(&u).map(|(&f, u)| (f, 24.0 * u - 12.0));
        bits.chain(nothing).collect()
    })
}

/// Mid-grey pictures in two classes: all coefficients are 0.
pub(crate) fn blank(folder: &Path, images: [usize; 3]) -> JpegSet {
    set(folder, 2, images, |_, _| Vec::new())
}
