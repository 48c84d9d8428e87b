//! The input of the network: standardised coefficients of chosen channels, or pixels.

use burn::tensor::{Device, Tensor, TensorData};
use gumbel_data::jpeg::{JpegImage, JpegPart, JpegSet, channel_moments};

use crate::error::LabError;
use crate::frequency::channels::CHANNELS;
use crate::frequency::config::{FrequencyConfig, Input, Stem};

/// The most images that are evaluated at once.
const MAX_ROWS: usize = 100;
/// The most positions that are evaluated at once: a network on pixels gathers 49 neighbours of each.
const MAX_POSITIONS: usize = 25_600;

/// Means and deviations over the training images: of each of 192 channels, or of each of 3 colours.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moments {
    pub(crate) mean: Vec<f32>,
    pub(crate) deviation: Vec<f32>,
}

impl Moments {
    /// Computes the moments of the input of a network with these settings.
    pub(crate) fn of(
        config: &FrequencyConfig,
        set: &JpegSet,
        threads: usize,
    ) -> Result<Self, LabError> {
        Ok(match config.input {
            Input::Coefficients => {
                let (mean, deviation) =
                    channel_moments(&set.train, set.rows, set.columns, threads)?;
                let of = |values: [f64; CHANNELS]| {
                    let chosen = config.selection();
                    chosen.indices().iter().map(|&c| values[c] as f32).collect()
                };
                Self { mean: of(mean), deviation: of(deviation) }
            }
            Input::Pixels(_) => colour_moments(&set.train, set.rows, set.columns),
        })
    }

    /// Moments for a model whose real ones are loaded later.
    pub(crate) fn placeholder(config: &FrequencyConfig) -> Self {
        let n = match config.input {
            Input::Coefficients => config.selection().indices().len(),
            Input::Pixels(_) => 3,
        };
        Self { mean: vec![0.0; n], deviation: vec![1.0; n] }
    }
}

fn colour_moments(part: &JpegPart, rows: usize, columns: usize) -> Moments {
    let mut pixels = vec![0_u8; 192 * rows * columns];
    // Sums of whole numbers are exact in any order.
    let (mut sums, mut squares, mut n) = ([0_u64; 3], [0_u64; 3], 0_u64);
    for image in &part.images {
        image.pixels_into(rows, columns, &mut pixels);
        for pixel in pixels.chunks_exact(3) {
            for (c, &x) in pixel.iter().enumerate() {
                sums[c] += u64::from(x);
                squares[c] += u64::from(x) * u64::from(x);
            }
        }
        n += 64 * (rows * columns) as u64;
    }
    let n = (n as f64).max(1.0);
    let mean = sums.map(|sum| sum as f64 / n);
    let deviation = [0, 1, 2].map(|c| (squares[c] as f64 / n - mean[c] * mean[c]).max(1.0).sqrt());
    Moments {
        mean: mean.map(|x| x as f32).to_vec(),
        deviation: deviation.map(|x| x as f32).to_vec(),
    }
}

/// Converts images to the input of a network.
#[derive(Clone, Debug)]
pub struct ImageReader {
    input: Input,
    rows: usize,
    columns: usize,
    /// Each channel, its mean and one over its deviation; for pixels, each colour.
    channels: Vec<(usize, f32, f32)>,
}

/// Standardised coefficients are clamped at this many deviations. A channel that is 0 in nearly all blocks
/// has a tiny deviation, so a coefficient other than 0 would outweigh all other channels.
const CLAMP: f32 = 16.0;

impl ImageReader {
    pub(crate) fn new(
        config: &FrequencyConfig,
        (rows, columns): (usize, usize),
        moments: &Moments,
    ) -> Self {
        let numbers: Vec<usize> = match config.input {
            Input::Coefficients => config.selection().indices().to_vec(),
            Input::Pixels(_) => vec![0, 1, 2],
        };
        let channels = numbers.into_iter().zip(moments.mean.iter().zip(&moments.deviation));
        let channels = channels.map(|(c, (&mean, &deviation))| (c, mean, 1.0 / deviation));
        Self { input: config.input, rows, columns, channels: channels.collect() }
    }

    /// Channels and positions of the input of an image.
    pub(crate) fn shape(&self) -> [usize; 2] {
        let blocks = self.rows * self.columns;
        match self.input {
            Input::Coefficients => [self.channels.len(), blocks],
            Input::Pixels(Stem::Patch) => [CHANNELS, blocks],
            Input::Pixels(Stem::Strided) => [3, 64 * blocks],
        }
    }

    /// The number of images that are evaluated at once: a function of the kind of input and the grid alone, so
    /// it cannot change a result.
    pub(crate) fn rows(&self) -> usize {
        let [_, positions] = self.shape();
        (MAX_POSITIONS / positions.max(1)).clamp(1, MAX_ROWS)
    }

    /// Reads images, `[n, channels, positions]`; each may be mirrored left to right.
    pub(crate) fn read<'a>(
        &self,
        images: impl ExactSizeIterator<Item = (&'a JpegImage, bool)>,
        device: &Device,
    ) -> Tensor<3> {
        let [channels, positions] = self.shape();
        let (n, size) = (images.len(), channels * positions);
        let mut out = vec![0.0; n * size];
        match self.input {
            Input::Coefficients => {
                let mut grid = vec![0.0; CHANNELS * self.rows * self.columns];
                for ((image, mirrored), out) in images.zip(out.chunks_exact_mut(size)) {
                    image.coefficients_into(self.rows, self.columns, &mut grid);
                    self.coefficients(&grid, mirrored, out);
                }
            }
            Input::Pixels(stem) => {
                let mut pixels = vec![0; CHANNELS * self.rows * self.columns];
                for ((image, mirrored), out) in images.zip(out.chunks_exact_mut(size)) {
                    image.pixels_into(self.rows, self.columns, &mut pixels);
                    self.pixels(stem, &pixels, mirrored, out);
                }
            }
        }
        Tensor::from_data(TensorData::new(out, [n, channels, positions]), device)
    }

    /// Mirroring an image mirrors the blocks and changes the sign of the odd horizontal frequencies.
    fn coefficients(&self, grid: &[f32], mirrored: bool, out: &mut [f32]) {
        let plane = self.rows * self.columns;
        for (&(c, mean, scale), out) in self.channels.iter().zip(out.chunks_exact_mut(plane)) {
            let odd = mirrored && !c.is_multiple_of(2);
            let sign = if odd { -1.0 } else { 1.0 };
            let lines = grid[c * plane..][..plane].chunks_exact(self.columns);
            for (line, out) in lines.zip(out.chunks_exact_mut(self.columns)) {
                let value = |x: &f32| ((sign * x - mean) * scale).clamp(-CLAMP, CLAMP);
                if mirrored {
                    out.iter_mut().zip(line.iter().rev()).for_each(|(o, x)| *o = value(x));
                } else {
                    out.iter_mut().zip(line).for_each(|(o, x)| *o = value(x));
                }
            }
        }
    }

    fn pixels(&self, stem: Stem, pixels: &[u8], mirrored: bool, out: &mut [f32]) {
        let (width, height) = (8 * self.columns, 8 * self.rows);
        for y in 0..height {
            for x in 0..width {
                let from = if mirrored { width - 1 - x } else { x };
                for &(c, mean, scale) in &self.channels {
                    let value = (f32::from(pixels[3 * (y * width + from) + c]) - mean) * scale;
                    let place = match stem {
                        Stem::Strided => (c * height + y) * width + x,
                        Stem::Patch => {
                            let channel = 64 * c + 8 * (y % 8) + x % 8;
                            (channel * self.rows + y / 8) * self.columns + x / 8
                        }
                    };
                    out[place] = value;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;
    use std::fs;

    use gumbel_jpeg::{Encoding, Sampling, encode_rgb};

    use super::*;
    use gumbel_data::jpeg::{Content, LoadOptions};
    use gumbel_train::values::floats;

    const ROWS: usize = 3;
    const COLUMNS: usize = 4;
    const PLANE: usize = 64 * ROWS * COLUMNS;

    /// A few pictures without symmetry, with chroma at half the resolution.
    fn set(content: Content) -> JpegSet {
        let folder = tempfile::tempdir().unwrap();
        let (width, height) = (8 * COLUMNS, 8 * ROWS);
        for (i, part) in ["train", "validation", "test"].into_iter().enumerate() {
            for class in 0..2 {
                let dir = folder.path().join(format!("{part}/{class}"));
                fs::create_dir_all(&dir).unwrap();
                let pixel = |j: usize| {
                    let (y, x, c) = (j / 3 / width, j / 3 % width, j % 3);
                    (x * x * (3 + i) + 7 * y * (2 * class + c) + 40 * c) as u8
                };
                let pixels: Vec<u8> = (0..3 * width * height).map(pixel).collect();
                let encoding =
                    Encoding { quality: 90, sampling: Sampling::Quarter, ..Encoding::default() };
                let file = encode_rgb(&pixels, width, height, &encoding).unwrap();
                fs::write(dir.join("picture.jpg"), file).unwrap();
            }
        }
        let options = LoadOptions { content, ..LoadOptions::default() };
        JpegSet::load(folder.path(), &options, &|_| {}).unwrap()
    }

    /// c(k) / 2 cos((2 x + 1) k pi / 16), an orthonormal cosine transform of a side of a block.
    fn basis(k: usize, x: usize) -> f64 {
        let norm = if k == 0 { 0.125_f64.sqrt() } else { 0.5 };
        norm * (PI * ((2 * x + 1) * k) as f64 / 16.0).cos()
    }

    /// Every pair of a coefficient and a pixel in the same block of a component: their indices and the weight.
    fn pairs() -> impl Iterator<Item = (usize, usize, f64)> {
        (0..64 * PLANE).map(|i| {
            let (place, frequency, pixel) = (i / 4096, i % 4096 / 64, i % 64);
            let (row, column) = (place / COLUMNS, place % COLUMNS);
            let (v, u, y, x) = (frequency / 8, frequency % 8, pixel / 8, pixel % 8);
            let coefficient = (frequency * ROWS + row) * COLUMNS + column;
            let at = (8 * row + y) * 8 * COLUMNS + 8 * column + x;
            (coefficient, at, basis(v, y) * basis(u, x))
        })
    }

    /// Transforms coefficients to pixels, mirrors these and transforms back, in f64 by the definition.
    fn mirrored(coefficients: &[f64]) -> Vec<f64> {
        let mut all = Vec::new();
        for component in coefficients.chunks_exact(PLANE) {
            let mut pixels = vec![0.0; PLANE];
            pairs().for_each(|(c, at, weight)| pixels[at] += weight * component[c]);
            pixels.chunks_exact_mut(8 * COLUMNS).for_each(<[f64]>::reverse);
            let mut back = vec![0.0; PLANE];
            pairs().for_each(|(c, at, weight)| back[c] += weight * pixels[at]);
            all.extend(back);
        }
        all
    }

    #[test]
    fn mirrored_coefficients_are_those_of_the_mirrored_picture() {
        let set = set(Content::Coefficients);
        let config = FrequencyConfig::defaults("pictures");
        // Means far from 0, and deviations so large that nothing is clamped.
        let moments = Moments {
            mean: (0..CHANNELS).map(|c| c as f32 - 90.0).collect(),
            deviation: vec![512.0; CHANNELS],
        };
        let reader = ImageReader::new(&config, (ROWS, COLUMNS), &moments);
        let image = &set.train.images[1];
        let read = |mirror: bool| {
            let x = reader.read([(image, mirror)].into_iter(), &Device::flex());
            assert_eq!(x.dims(), [1, CHANNELS, ROWS * COLUMNS]);
            let raw =
                |(i, x): (usize, f32)| 512.0 * f64::from(x) + (i / (ROWS * COLUMNS)) as f64 - 90.0;
            floats(x).into_iter().enumerate().map(raw).collect::<Vec<f64>>()
        };
        let (plain, flipped) = (read(false), read(true));
        let expected = mirrored(&plain);
        // Values up to 1,200 are rounded to f32 three times, each with a relative error of 2^-24. The
        // transform is orthonormal, so the errors of the 64 values of a block grow at most eightfold.
        let tolerance = 9.0 * 3.0 * 1200.0 * 2.0_f64.powi(-24);
        for (i, (found, expected)) in flipped.iter().zip(&expected).enumerate() {
            assert!((found - expected).abs() < tolerance, "{i}: {found} {expected}");
        }
        // The picture is not its own mirror image, neither in luma nor in chroma.
        for component in 0..3 {
            let of = |x: &[f64]| x[component * PLANE..][..PLANE].to_vec();
            let pairs = of(&plain).into_iter().zip(of(&flipped));
            let changed = pairs.filter(|(a, b)| (a - b).abs() > 1.0);
            assert!(changed.count() > 20, "{component}");
        }
    }

    #[test]
    fn mirrored_pixels_are_read_from_the_right() {
        let set = set(Content::Pixels);
        let image = &set.train.images[1];
        let (width, height) = (8 * COLUMNS, 8 * ROWS);
        let mut pixels = vec![0; 3 * width * height];
        image.pixels_into(ROWS, COLUMNS, &mut pixels);
        for stem in [Stem::Strided, Stem::Patch] {
            let config = FrequencyConfig::defaults("pictures").on_pixels(stem);
            let moments = Moments { mean: vec![100.0, 120.0, 90.0], deviation: vec![64.0; 3] };
            let reader = ImageReader::new(&config, (ROWS, COLUMNS), &moments);
            for mirror in [false, true] {
                let x = floats(reader.read([(image, mirror)].into_iter(), &Device::flex()));
                for (i, &byte) in pixels.iter().enumerate() {
                    let (y, x_of, c) = (i / 3 / width, i / 3 % width, i % 3);
                    let column = if mirror { width - 1 - x_of } else { x_of };
                    let place = match stem {
                        Stem::Strided => (c * height + y) * width + column,
                        // A channel for each of the 192 places in a block.
                        Stem::Patch => {
                            let channel = 64 * c + 8 * (y % 8) + column % 8;
                            channel * ROWS * COLUMNS + y / 8 * COLUMNS + column / 8
                        }
                    };
                    let expected = (f32::from(byte) - moments.mean[c]) / 64.0;
                    assert_eq!(x[place], expected, "{stem:?} {mirror} {y} {x_of} {c}");
                }
            }
        }
    }

    #[test]
    fn rare_peaks_are_clamped() {
        let set = set(Content::Coefficients);
        let mut config = FrequencyConfig::defaults("pictures");
        (config.gate, config.channels) = (None, Some(vec![0, 64]));
        let moments = Moments { mean: vec![0.0; 2], deviation: vec![1.0; 2] };
        let reader = ImageReader::new(&config, (ROWS, COLUMNS), &moments);
        let x = floats(reader.read([(&set.test.images[0], false)].into_iter(), &Device::flex()));
        assert_eq!(x.len(), 2 * ROWS * COLUMNS);
        let mut grid = vec![0.0; CHANNELS * ROWS * COLUMNS];
        set.test.images[0].coefficients_into(ROWS, COLUMNS, &mut grid);
        let plane = ROWS * COLUMNS;
        let raw = grid[..plane].iter().chain(&grid[64 * plane..65 * plane]);
        let expected: Vec<f32> = raw.map(|x| x.clamp(-16.0, 16.0)).collect();
        assert_eq!(x, expected);
        assert!(x.contains(&16.0) || x.contains(&-16.0));
    }
}
