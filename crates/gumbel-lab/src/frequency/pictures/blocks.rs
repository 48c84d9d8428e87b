//! Images from the coefficients that a network reads.

use crate::frequency::channels::CHANNELS;

/// Decodes a grid of dequantised coefficients `[192, rows, columns]` to red, green and blue of its pixels,
/// row by row. Only channels with a gate above 1/2 are used.
///
/// Inverts JPEG's cosine transform, then its colour transform (ITU-T T.871, section 7).
pub(super) fn decode(grid: &[f32], (rows, columns): (usize, usize), gates: &[f32]) -> Vec<[u8; 3]> {
    let cosine = |k: usize, x: usize| {
        let scale = if k == 0 { (1.0_f32 / 8.0).sqrt() } else { 0.5 };
        scale * (std::f32::consts::PI * (2 * x + 1) as f32 * k as f32 / 16.0).cos()
    };
    let basis: [[f32; 8]; 8] = std::array::from_fn(|k| std::array::from_fn(|x| cosine(k, x)));
    let (width, plane) = (8 * columns, rows * columns);
    let mut samples = vec![[0.0_f32; 3]; 64 * plane];
    for c in (0..CHANNELS).filter(|&c| gates[c] > 0.5) {
        let (component, v, u) = (c / 64, c % 64 / 8, c % 8);
        for block in 0..plane {
            let x = grid[c * plane + block];
            if x == 0.0 {
                continue;
            }
            let corner = block / columns * 8 * width + block % columns * 8;
            for (i, j) in (0..64).map(|p| (p / 8, p % 8)) {
                samples[corner + i * width + j][component] += x * basis[v][i] * basis[u][j];
            }
        }
    }
    let byte = |x: f32| x.round().clamp(0.0, 255.0) as u8;
    let colour = |[y, cb, cr]: [f32; 3]| {
        let y = y + 128.0;
        [byte(y + 1.402 * cr), byte(y - 0.344_136 * cb - 0.714_136 * cr), byte(y + 1.772 * cb)]
    };
    samples.into_iter().map(colour).collect()
}

/// The most pixels of a side of an image in the report.
const MAX_SIDE: usize = 512;

/// The step between the pixels that are shown, for a picture of this width and height: 1 where the whole
/// picture fits the page.
pub(super) fn step((width, height): (usize, usize)) -> usize {
    width.max(height).div_ceil(MAX_SIDE).max(1)
}

/// Every `step`-th pixel of a picture in both directions, row by row.
pub(super) fn subsample(picture: &[[u8; 3]], width: usize, step: usize) -> Vec<[u8; 3]> {
    let rows = picture.chunks(width.max(1)).step_by(step);
    rows.flat_map(|row| row.iter().step_by(step).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sixteen whole pictures of the largest grid have four times the pixels that one file may have.
    #[test]
    fn pictures_of_the_largest_grid_fit_a_page() {
        assert_eq!(
            (step((32, 32)), step((512, 8)), step((8, 520)), step((4096, 4096))),
            (1, 1, 2, 8)
        );
        let picture: Vec<[u8; 3]> = (0..15).map(|i| [i, 0, 0]).collect();
        assert_eq!(subsample(&picture, 5, 1), picture);
        let some: Vec<u8> = subsample(&picture, 5, 2).iter().map(|pixel| pixel[0]).collect();
        assert_eq!(some, [0, 2, 4, 10, 12, 14]);
    }

    #[test]
    fn a_block_with_only_its_mean_has_one_colour() {
        let mut grid = vec![0.0; CHANNELS];
        (grid[0], grid[64], grid[128], grid[1]) = (8.0 * 20.0, 0.0, 8.0 * 10.0, 55.0);
        let mut gates = vec![0.0; CHANNELS];
        (gates[0], gates[128]) = (1.0, 1.0);
        let pixels = decode(&grid, (1, 1), &gates);
        assert_eq!(pixels, vec![[162, 141, 148]; 64]);
        // With the frequency (0, 1) it is lighter on the left.
        gates[1] = 1.0;
        let pixels = decode(&grid, (1, 1), &gates);
        assert!(pixels[0][0] > pixels[7][0] && pixels[0] == pixels[56]);
    }
}
