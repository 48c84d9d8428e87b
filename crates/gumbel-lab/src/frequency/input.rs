//! What the network reads: standardised coefficients of chosen channels, or pixels.

use burn::tensor::{Device, Tensor, TensorData};

use crate::data::jpeg::{JpegImage, JpegPart, JpegSet, channel_moments};
use crate::error::LabError;
use crate::frequency::channels::CHANNELS;
use crate::frequency::config::{FrequencyConfig, Input, Stem};

/// Means and deviations over the training images: of each of 192 channels, or of each of 3 colours.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Moments {
    pub(crate) mean: Vec<f32>,
    pub(crate) deviation: Vec<f32>,
}

impl Moments {
    /// The moments of what the network of some settings reads.
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

    /// Those of a model whose own are loaded afterwards.
    pub(crate) fn unknown(config: &FrequencyConfig) -> Self {
        let n = match config.input {
            Input::Coefficients => config.selection().indices().len(),
            Input::Pixels(_) => 3,
        };
        Self { mean: vec![0.0; n], deviation: vec![1.0; n] }
    }
}

fn colour_moments(part: &JpegPart, rows: usize, columns: usize) -> Moments {
    let mut pixels = vec![0_u8; 192 * rows * columns];
    // Whole numbers: exact in any order.
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

/// Reads images the way a network wants them.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    input: Input,
    rows: usize,
    columns: usize,
    /// The channel, its mean and one over its deviation; for pixels the colour.
    channels: Vec<(usize, f32, f32)>,
    /// The largest standardised value: rare peaks of channels that are nearly always 0.
    largest: f32,
}

/// Standardised coefficients are cut at this many deviations. A channel that is 0 in nearly all
/// blocks has a tiny deviation, and one that is not would drown all others.
const LARGEST: f32 = 16.0;

impl Reader {
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
        Self { input: config.input, rows, columns, channels: channels.collect(), largest: LARGEST }
    }

    /// Channels and positions of what is read of an image.
    fn shape(&self) -> [usize; 2] {
        let blocks = self.rows * self.columns;
        match self.input {
            Input::Coefficients => [self.channels.len(), blocks],
            Input::Pixels(Stem::Patch) => [CHANNELS, blocks],
            Input::Pixels(Stem::Strided) => [3, 64 * blocks],
        }
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
                let value =
                    |x: &f32| ((sign * x - mean) * scale).clamp(-self.largest, self.largest);
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
