//! Enlarges a block by its coefficients.
//!
//! An orthonormal DCT of 8 samples is `X = D x`, with `D[k][n] = c(k) cos((2 n + 1) k pi / 16)`,
//! `c(0) = sqrt(1/8)`, `c(k) = 1/2`. Replicating each sample r times gives 8 r samples, and part p (of r) of
//! them is `U_p x` with `U_p[i][floor((8 p + i) / r)] = 1`. So its DCT is `D U_p x = A_p X`, with
//! `A_p = D U_p D^T`. In two dimensions, part (p, q) of an enlarged block is `A_p X A_q^T`.
//!
//! Replicated samples have steps between them, and so high frequencies that are not in the block. The other
//! way is to evaluate the block's cosines between its samples: `U_p D^T` becomes `V_p` with
//! `V_p[i][k] = c(k) cos((2 m + 1) k pi / 16)` at `m = (8 p + i + 1/2) / r - 1/2`, and `A_p = D V_p`.

use std::sync::LazyLock;

/// An 8x8 matrix, row-major.
pub(crate) type Matrix = [[f64; 8]; 8];

/// The values between the samples of an enlarged block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Between {
    /// Copies of the samples.
    Copies,
    /// The block's cosines, evaluated there.
    Cosines,
}

/// `c(k) cos((2 n + 1) k pi / 16)`, at a sample or between two samples.
fn cosine(k: usize, n: f64) -> f64 {
    let scale = if k == 0 { 0.125_f64.sqrt() } else { 0.5 };
    scale * ((2.0 * n + 1.0) * k as f64 * std::f64::consts::PI / 16.0).cos()
}

/// The orthonormal DCT of 8 samples.
pub(crate) static DCT: LazyLock<Matrix> =
    LazyLock::new(|| std::array::from_fn(|k| std::array::from_fn(|n| cosine(k, n as f64))));

/// `A_p` for each part of an enlargement by 1, 2 or 4.
type Parts = [Vec<Matrix>; 3];
static COPIES: LazyLock<Parts> = LazyLock::new(|| all(Between::Copies));
static COSINES: LazyLock<Parts> = LazyLock::new(|| all(Between::Cosines));

fn all(between: Between) -> Parts {
    [1, 2, 4].map(|ratio| (0..ratio).map(|part| matrix(between, ratio, part)).collect())
}

/// The matrix `A_p`.
fn matrix(between: Between, ratio: usize, part: usize) -> Matrix {
    let enlarged = |u: usize, i: usize| match between {
        Between::Copies => DCT[u][(8 * part + i) / ratio],
        Between::Cosines => cosine(u, ((8 * part + i) as f64 + 0.5) / ratio as f64 - 0.5),
    };
    std::array::from_fn(|v| {
        std::array::from_fn(|u| {
            // Sums of 8 of these products are exact to 2e-16, so a sum below 1e-15 is zero.
            let product = |i: usize| DCT[v][i] * enlarged(u, i);
            let sum: f64 = (0..8).map(product).sum();
            if sum.abs() < 1e-15 { 0.0 } else { sum }
        })
    })
}

/// Enlarges blocks by whole numbers in both directions.
#[derive(Debug)]
pub(crate) struct Enlarge {
    vertical: &'static [Matrix],
    /// Transposed, so that sums are over rows.
    horizontal: Vec<Matrix>,
}

impl Enlarge {
    /// `rows` and `columns` are 1, 2 or 4.
    pub(crate) fn new(between: Between, rows: usize, columns: usize) -> Self {
        let all: &'static Parts = match between {
            Between::Copies => &COPIES,
            Between::Cosines => &COSINES,
        };
        let parts = |ratio: usize| all[ratio.ilog2() as usize].as_slice();
        let transpose = |a: &Matrix| std::array::from_fn(|k| std::array::from_fn(|u| a[u][k]));
        Self { vertical: parts(rows), horizontal: parts(columns).iter().map(transpose).collect() }
    }

    /// Calls `each` with all parts of an enlarged block, row by row: `A_p X A_q^T` for part (p, q).
    ///
    /// Most coefficients of a chroma are zero, so products with a row or a column of zeros are left out.
    /// `A_p X` is computed once for all parts of a row.
    pub(crate) fn parts(&self, block: &Matrix, mut each: impl FnMut((usize, usize), &Matrix)) {
        let columns = block.iter().flatten().enumerate().filter(|(_, x)| **x != 0.0);
        let columns = columns.fold(0_u8, |set, (i, _)| set | 1 << (i % 8));
        for (p, vertical) in self.vertical.iter().enumerate() {
            let rows = multiply(vertical, block);
            for (q, horizontal) in self.horizontal.iter().enumerate() {
                let mut part = [[0.0; 8]; 8];
                for (k, factors) in horizontal.iter().enumerate() {
                    if columns >> k & 1 == 0 {
                        continue;
                    }
                    for (part, row) in part.iter_mut().zip(&rows) {
                        part.iter_mut().zip(factors).for_each(|(sum, a)| *sum += row[k] * a);
                    }
                }
                each((p, q), &part);
            }
        }
    }
}

/// The product `a b` in f64; products with a row of zeros are left out.
fn multiply(a: &Matrix, b: &Matrix) -> Matrix {
    let mut product = [[0.0; 8]; 8];
    for (k, b) in b.iter().enumerate() {
        if b.iter().all(|&x| x == 0.0) {
            continue;
        }
        for (row, a) in product.iter_mut().zip(a) {
            row.iter_mut().zip(b).for_each(|(sum, b)| *sum += a[k] * b);
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transposed(a: &Matrix) -> Matrix {
        std::array::from_fn(|i| std::array::from_fn(|j| a[j][i]))
    }

    fn close(a: &Matrix, b: &Matrix, tolerance: f64) {
        for (i, (a, b)) in a.iter().flatten().zip(b.iter().flatten()).enumerate() {
            assert!((a - b).abs() <= tolerance, "{i}: {a}, {b}");
        }
    }

    #[test]
    fn the_transform_is_orthonormal() {
        let identity =
            std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))));
        close(&multiply(&DCT, &transposed(&DCT)), &identity, 1e-15);
        close(&matrix(Between::Copies, 1, 0), &identity, 1e-15);
        close(&matrix(Between::Cosines, 1, 0), &identity, 1e-15);
    }

    /// Compared with samples: the inverse transform, replication, and the transform of each part.
    #[test]
    fn parts_are_those_of_replicated_samples() {
        let block: Matrix = std::array::from_fn(|v| {
            std::array::from_fn(|u| {
                ((v * 83 + u * 29) % 41) as f64 * 50.0 / (1 + u + v) as f64 - 500.0
            })
        });
        let samples = multiply(&multiply(&transposed(&DCT), &block), &DCT);
        for (rows, columns) in [(1, 2), (2, 1), (2, 2), (1, 4), (4, 2), (4, 4)] {
            let enlarge = Enlarge::new(Between::Copies, rows, columns);
            let mut seen = Vec::new();
            enlarge.parts(&block, |(row, column), found| {
                let part: Matrix = std::array::from_fn(|y| {
                    std::array::from_fn(|x| {
                        samples[(8 * row + y) / rows][(8 * column + x) / columns]
                    })
                });
                let expected = multiply(&multiply(&DCT, &part), &transposed(&DCT));
                close(found, &expected, 1e-10);
                seen.push((row, column));
            });
            let all = (0..rows).flat_map(|r| (0..columns).map(move |c| (r, c)));
            assert!(seen.into_iter().eq(all));
        }
    }

    #[test]
    fn a_flat_block_stays_flat() {
        let mut flat = [[0.0; 8]; 8];
        flat[0][0] = 1_016.0;
        for between in [Between::Copies, Between::Cosines] {
            Enlarge::new(between, 2, 4).parts(&flat, |_, part| close(part, &flat, 1e-12));
        }
    }

    /// The samples of the parts are the block's wave at their places. A low frequency stays low: a half wave
    /// of 100, enlarged to twice its width, has less than 0.6 at frequencies 6 and 7, where copies have 8.
    #[test]
    fn cosines_continue_between_samples() {
        let mut block = [[0.0; 8]; 8];
        (block[0][0], block[1][2], block[3][0]) = (100.0, 40.0, -25.0);
        let wave = |y: f64, x: f64| {
            let term = |v, u, a: f64| a * cosine(v, y) * cosine(u, x);
            term(0, 0, 100.0) + term(1, 2, 40.0) + term(3, 0, -25.0)
        };
        let middle =
            |part: usize, i: usize, ratio: f64| ((8 * part + i) as f64 + 0.5) / ratio - 0.5;
        Enlarge::new(Between::Cosines, 2, 4).parts(&block, |(p, q), found| {
            let samples = multiply(&multiply(&transposed(&DCT), found), &DCT);
            let expected = std::array::from_fn(|y| {
                std::array::from_fn(|x| wave(middle(p, y, 2.0), middle(q, x, 4.0)))
            });
            close(&samples, &expected, 1e-11);
        });
        let mut half_wave = [[0.0; 8]; 8];
        half_wave[0][1] = 100.0;
        let high = |between| {
            let mut most = 0.0_f64;
            Enlarge::new(between, 1, 2).parts(&half_wave, |_, part| {
                most = part[0][6..].iter().fold(most, |most, x| most.max(x.abs()));
            });
            most
        };
        assert!(high(Between::Cosines) < 0.6 && high(Between::Copies) > 8.0);
    }
}
