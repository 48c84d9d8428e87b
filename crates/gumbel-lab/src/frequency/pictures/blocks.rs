//! Images out of the coefficients that a network reads: what it sees of them.

use crate::frequency::channels::CHANNELS;

/// Red, green and blue of the pixels of a grid of dequantised coefficients `[192, rows, columns]`, of
/// which only channels with a gate above 1/2 count; row by row.
///
/// The inverse of JPEG's transform, then of its colour transform (ITU-T T.871, section 7).
pub(super) fn picture(
    grid: &[f32],
    (rows, columns): (usize, usize),
    gates: &[f32],
) -> Vec<[u8; 3]> {
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

/// No side of an image in the report has more pixels than this.
const MOST: usize = 512;

/// Of how many pixels each way one is shown, for a picture of this width and height: a page has no room
/// for whole large ones.
pub(super) fn step((width, height): (usize, usize)) -> usize {
    width.max(height).div_ceil(MOST).max(1)
}

/// Every `step`-th pixel each way of a picture, row by row.
pub(super) fn thinned(picture: &[[u8; 3]], width: usize, step: usize) -> Vec<[u8; 3]> {
    let rows = picture.chunks(width.max(1)).step_by(step);
    rows.flat_map(|row| row.iter().step_by(step).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sixteen pictures of the largest grid have four times the pixels that one file may have.
    #[test]
    fn pictures_of_the_largest_grid_fit_a_page() {
        assert_eq!(
            (step((32, 32)), step((512, 8)), step((8, 520)), step((4096, 4096))),
            (1, 1, 2, 8)
        );
        let picture: Vec<[u8; 3]> = (0..15).map(|i| [i, 0, 0]).collect();
        assert_eq!(thinned(&picture, 5, 1), picture);
        let some: Vec<u8> = thinned(&picture, 5, 2).iter().map(|pixel| pixel[0]).collect();
        assert_eq!(some, [0, 2, 4, 10, 12, 14]);
    }

    #[test]
    fn a_mean_alone_is_a_flat_colour() {
        let mut grid = vec![0.0; CHANNELS];
        (grid[0], grid[64], grid[128], grid[1]) = (8.0 * 20.0, 0.0, 8.0 * 10.0, 55.0);
        let mut gates = vec![0.0; CHANNELS];
        (gates[0], gates[128]) = (1.0, 1.0);
        let pixels = picture(&grid, (1, 1), &gates);
        assert_eq!(pixels, vec![[162, 141, 148]; 64]);
        // With its frequency (0, 1) it is lighter on the left.
        gates[1] = 1.0;
        let pixels = picture(&grid, (1, 1), &gates);
        assert!(pixels[0][0] > pixels[7][0] && pixels[0] == pixels[56]);
    }
}
