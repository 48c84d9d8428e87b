//! The embedded digits as JPEGs.

use gumbel_jpeg::{Encoding, encode_grey};
use rayon::prelude::*;

use super::assemble::{Lacking, assemble};
use super::image::JpegImage;
use super::load::pool;
use super::options::LoadOptions;
use super::set::JpegSet;
use super::split::Part;
use crate::embedded::digits;
use crate::error::DataError;
use crate::images::Images;

/// How many times as wide and as high as the embedded digits.
const SCALE: usize = 4;
const QUALITY: u8 = 85;

impl JpegSet {
    /// The embedded digits as JPEGs of 32x32 pixels, 1,297 to train, 250 to validate and 250 to test: a set
    /// for smoke tests of commands, not a benchmark.
    ///
    /// Each image of 8x8 is enlarged bilinearly, written at quality 85 and read back as a file is. The
    /// images are grey, so the 128 channels of chroma are 0. Only the options `content`, `parts`, `seed`,
    /// `grid` and `threads` have an effect; the seed decides which images go to which part.
    ///
    /// ```
    /// use gumbel_data::jpeg::{JpegSet, LoadOptions};
    ///
    /// let set = JpegSet::smoke(&LoadOptions::default())?;
    /// assert_eq!((set.train.len(), set.rows, set.columns), (1_297, 4, 4));
    /// let mut grid = vec![0.0; 192 * set.rows * set.columns];
    /// set.train.images[0].coefficients_into(set.rows, set.columns, &mut grid);
    /// assert!(grid.iter().any(|&x| x != 0.0));
    /// # Ok::<(), gumbel_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// A grid out of range, or a thread that the system refuses to start.
    pub fn smoke(options: &LoadOptions) -> Result<Self, DataError> {
        smoke(options)
    }
}

fn smoke(options: &LoadOptions) -> Result<JpegSet, DataError> {
    options.check_grid()?;
    let digits = digits::load(options.seed);
    let parts = [&digits.train, &digits.validation, &digits.test];
    let all: Vec<(Part, &Images, usize)> = Part::ALL
        .into_iter()
        .zip(parts)
        .filter(|(part, _)| options.parts.includes(*part))
        .flat_map(|(part, images)| (0..images.len()).map(move |i| (part, images, i)))
        .collect();
    let images: Vec<JpegImage> = pool(options.threads)?.install(|| {
        all.par_iter().map(|&(part, images, i)| read_digit(part, images, i, options)).collect()
    });
    let names: Vec<String> = images.iter().map(|image| image.file.clone()).collect();
    let placed = names.iter().zip(images).zip(&all);
    let placed = placed.map(|((name, image), &(part, ..))| (name.as_bytes(), part, image));
    let set = JpegSet {
        name: "digits-jpeg".into(),
        origin: "embedded".into(),
        content: options.content,
        classes: (0..10).map(|class| class.to_string()).collect(),
        ..JpegSet::default()
    };
    let set = assemble(set, placed.collect(), options);
    Ok(set.unwrap_or_else(|_: Lacking| unreachable!("every part has digits of all classes")))
}

/// Writes a digit as a file, with the name that it would have in a folder, and reads it back.
fn read_digit(part: Part, images: &Images, i: usize, options: &LoadOptions) -> JpegImage {
    let (width, height) = (SCALE * images.width, SCALE * images.height);
    let encoding = Encoding { quality: QUALITY, ..Encoding::default() };
    let pixels = enlarge(images.image(i), images.width, images.height);
    let bytes = encode_grey(&pixels, width, height, &encoding)
        .expect("a small image of the right length is encoded");
    let name = format!("{}/{}/{i:04}.jpg", part.name(), images.labels[i]);
    let class = images.labels[i].into();
    JpegImage::of_bytes(name, class, &bytes, options.content, options.kept_grid())
        .expect("the encoder's files can be read: a test reads all digits")
}

/// Enlarges an image bilinearly: the value at a pixel's centre lies between those at the centres of the
/// pixels around it; beyond the outermost centres it is constant.
fn enlarge(image: &[f32], width: usize, height: usize) -> Vec<u8> {
    // The pixel before, the pixel after and the share of the latter, along one side.
    let between = |i: usize, size: usize| {
        let at = ((i as f32 + 0.5) / SCALE as f32 - 0.5).clamp(0.0, (size - 1) as f32);
        let before = at as usize;
        (before, (before + 1).min(size - 1), at - before as f32)
    };
    let mix = |a: f32, b: f32, share: f32| a + share * (b - a);
    let mut pixels = Vec::with_capacity(width * height * SCALE * SCALE);
    for y in 0..SCALE * height {
        let (above, below, down) = between(y, height);
        for x in 0..SCALE * width {
            let (left, right, across) = between(x, width);
            let at =
                |row: usize| mix(image[row * width + left], image[row * width + right], across);
            pixels.push((255.0 * mix(at(above), at(below), down)).round() as u8);
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use gumbel_jpeg::{Chroma, Limits, decode_rgb, read};

    use super::*;
    use crate::jpeg::{Content, Parts};

    /// The file of a digit, as a folder would have it.
    fn file_of(images: &Images, i: usize) -> Vec<u8> {
        let encoding = Encoding { quality: 85, ..Encoding::default() };
        encode_grey(&enlarge(images.image(i), 8, 8), 32, 32, &encoding).unwrap()
    }

    #[test]
    fn the_digits_are_a_set() {
        let options = LoadOptions { threads: 2, ..LoadOptions::default() };
        let set = smoke(&options).unwrap();
        assert_eq!(set.report.images, [1_297, 250, 250]);
        assert_eq!((set.rows, set.columns, set.classes.len()), (4, 4, 10));
        assert_eq!((set.name.as_str(), set.origin.as_str()), ("digits-jpeg", "embedded"));
        let digits = digits::load(0);
        for (part, images) in [
            (&set.train, &digits.train),
            (&set.validation, &digits.validation),
            (&set.test, &digits.test),
        ] {
            let labels: Vec<usize> = images.labels.iter().map(|&label| label.into()).collect();
            assert_eq!(part.labels(), labels);
        }
        assert_eq!(smoke(&LoadOptions::default()).unwrap(), set);
        let other = smoke(&LoadOptions { seed: 1, ..LoadOptions::default() }).unwrap();
        assert_ne!(other.sha256, set.sha256);
        let file = file_of(&digits.test, 7);
        let mut grid = vec![0.0; 192 * 16];
        set.test.images[7].coefficients_into(4, 4, &mut grid);
        assert_eq!(grid, read(&file, &Limits::default()).unwrap().grid(Chroma::Smooth));
        assert_eq!(set.test.images[7].bytes, file.len() as u64);
        assert!(grid[64 * 16..].iter().all(|&x| x == 0.0), "grey has no chroma");
    }

    #[test]
    fn pixels_are_those_of_the_same_files() {
        let options = LoadOptions { content: Content::Pixels, ..LoadOptions::default() };
        let set = smoke(&options).unwrap();
        assert_eq!(set.sha256, smoke(&LoadOptions::default()).unwrap().sha256);
        let digits = digits::load(0);
        let mut pixels = vec![0; 32 * 32 * 3];
        set.train.images[3].pixels_into(4, 4, &mut pixels);
        let expected = decode_rgb(&file_of(&digits.train, 3), &Limits::default()).unwrap();
        assert_eq!(pixels, expected.pixels);
        assert_eq!(
            (set.content, JpegSet::default().content),
            (Content::Pixels, Content::Coefficients)
        );
    }

    #[test]
    fn the_test_images_alone() {
        let options = LoadOptions { parts: Parts::TestOnly, ..LoadOptions::default() };
        let set = smoke(&options).unwrap();
        assert_eq!(set.report.images, [0, 0, 250]);
        assert_eq!(set.test, smoke(&LoadOptions::default()).unwrap().test);
    }

    #[test]
    fn enlarging_is_linear_between_centres() {
        let found = enlarge(&[0.0, 1.0], 2, 1);
        let line = [0, 0, 32, 96, 159, 223, 255, 255];
        assert_eq!(found, [line; 4].concat());
    }
}
