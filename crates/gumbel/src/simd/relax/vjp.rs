//! The vector-Jacobian product of softmax in `f32`: `dl = y (dy - sum(y dy)) / tau`, rows last.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16};

use crate::parallel::{self, Work};
use crate::simd::lanes::{LANES, load, store};
use crate::simd::relax::columns::{self, Columns, NARROW};
use crate::simd::relax::rows::SUM_BLOCK;

/// Writes the gradients of rows of k classes.
pub(crate) fn softmax(level: Level, y: &[f32], dy: &[f32], k: usize, tau: f64, out: &mut [f32]) {
    // Clamped to the range of f32, so that 0 times the rate stays 0.
    let rate = (1.0 / tau).min(f64::from(f32::MAX)) as f32;
    parallel::run(Vjp { level, y, dy, k, rate, out });
}

struct Vjp<'a> {
    level: Level,
    y: &'a [f32],
    dy: &'a [f32],
    k: usize,
    rate: f32,
    out: &'a mut [f32],
}

impl Work for Vjp<'_> {
    fn pieces(&self) -> usize {
        self.y.len() / self.k
    }

    fn elements(&self) -> usize {
        self.k
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let at = pieces * self.k;
        let (y, later_y) = self.y.split_at(at);
        let (dy, later_dy) = self.dy.split_at(at);
        let (out, later_out) = self.out.split_at_mut(at);
        (Self { y, dy, out, ..self }, Self { y: later_y, dy: later_dy, out: later_out, ..self })
    }

    fn run(self) {
        let Self { y, dy, k, rate, out, .. } = self;
        dispatch!(self.level, simd => {
            if k == 2 * LANES {
                rows_of_32(simd, y, dy, rate, out);
            } else if k > NARROW {
                let rows = y.chunks_exact(k).zip(dy.chunks_exact(k));
                for ((y, dy), out) in rows.zip(out.chunks_exact_mut(k)) {
                    wide_row(simd, y, dy, rate, out);
                }
            } else {
                narrow_rows(simd, y, dy, k, rate, out);
            }
        });
    }
}

/// y x, but 0 where y is 0, whatever x is.
#[inline(always)]
pub(super) fn product_or_zero<S: Simd>(simd: S, y: f32x16<S>, x: f32x16<S>) -> f32x16<S> {
    let zero = f32x16::splat(simd, 0.0);
    y.simd_eq(zero).select(zero, y * x)
}

#[inline(always)]
fn wide_row<S: Simd>(simd: S, y: &[f32], dy: &[f32], rate: f32, out: &mut [f32]) {
    let mut mean = 0.0_f64;
    for (y, dy) in y.chunks(SUM_BLOCK).zip(dy.chunks(SUM_BLOCK)) {
        let mut sums = [f32x16::splat(simd, 0.0); 4];
        let mut whole = (y.chunks_exact(4 * LANES), dy.chunks_exact(4 * LANES));
        for (y, dy) in (&mut whole.0).zip(&mut whole.1) {
            for i in 0..4 {
                let y = f32x16::from_slice(simd, &y[LANES * i..LANES * (i + 1)]);
                let dy = f32x16::from_slice(simd, &dy[LANES * i..LANES * (i + 1)]);
                sums[i] += product_or_zero(simd, y, dy);
            }
        }
        let rest = whole.0.remainder().chunks(LANES).zip(whole.1.remainder().chunks(LANES));
        for (y, dy) in rest {
            sums[0] += product_or_zero(simd, load(simd, y, 0.0), load(simd, dy, 0.0));
        }
        mean += f64::from(((sums[0] + sums[1]) + (sums[2] + sums[3])).reduce_sum());
    }
    let mean = f32x16::splat(simd, mean as f32);
    let rate = f32x16::splat(simd, rate);
    let vectors = y.chunks(LANES).zip(dy.chunks(LANES));
    for ((y, dy), out) in vectors.zip(out.chunks_mut(LANES)) {
        let (y, dy) = (load(simd, y, 0.0), load(simd, dy, 0.0));
        store(product_or_zero(simd, y, dy - mean) * rate, out);
    }
}

/// Rows of 32: a transposition costs more than a sum across lanes.
#[inline(always)]
fn rows_of_32<S: Simd>(simd: S, y: &[f32], dy: &[f32], rate: f32, out: &mut [f32]) {
    let rate = f32x16::splat(simd, rate);
    let rows = y.chunks_exact(2 * LANES).zip(dy.chunks_exact(2 * LANES));
    for ((y, dy), out) in rows.zip(out.chunks_exact_mut(2 * LANES)) {
        let y = [f32x16::from_slice(simd, &y[..LANES]), f32x16::from_slice(simd, &y[LANES..])];
        let dy = [f32x16::from_slice(simd, &dy[..LANES]), f32x16::from_slice(simd, &dy[LANES..])];
        let sum = product_or_zero(simd, y[0], dy[0]) + product_or_zero(simd, y[1], dy[1]);
        let mean = f32x16::splat(simd, sum.reduce_sum());
        (product_or_zero(simd, y[0], dy[0] - mean) * rate).store_slice(&mut out[..LANES]);
        (product_or_zero(simd, y[1], dy[1] - mean) * rate).store_slice(&mut out[LANES..]);
    }
}

#[inline(always)]
fn narrow_rows<S: Simd>(simd: S, y: &[f32], dy: &[f32], k: usize, rate: f32, out: &mut [f32]) {
    let zero = f32x16::splat(simd, 0.0);
    let rate = f32x16::splat(simd, rate);
    let mut columns: [Columns<S>; 2] = [[zero; NARROW]; 2];
    let mut last = [[0.0; LANES * NARROW + LANES]; 2];
    let size = LANES * k;
    for start in (0..y.len()).step_by(size) {
        // The last rows have no room after them for whole vectors: they go through a copy.
        let inner = y.len() - start >= size + LANES;
        if inner {
            columns::load(simd, &y[start..], k, &mut columns[0]);
            columns::load(simd, &dy[start..], k, &mut columns[1]);
        } else {
            for (last, from) in last.iter_mut().zip([y, dy]) {
                last[..from.len() - start].copy_from_slice(&from[start..]);
            }
            columns::load(simd, &last[0], k, &mut columns[0]);
            columns::load(simd, &last[1], k, &mut columns[1]);
        }
        let [of_y, of_dy] = &mut columns;
        let mut means = [zero; 4];
        for (class, (y, dy)) in of_y[..k].iter().zip(&of_dy[..k]).enumerate() {
            means[class & 3] += product_or_zero(simd, *y, *dy);
        }
        let mean = (means[0] + means[1]) + (means[2] + means[3]);
        for (y, dy) in of_y[..k].iter_mut().zip(&of_dy[..k]) {
            *y = product_or_zero(simd, *y, *dy - mean);
        }
        if inner {
            columns::store(simd, &columns[0], rate, k, &mut out[start..]);
        } else {
            columns::store(simd, &columns[0], rate, k, &mut last[0]);
            let rest = &mut out[start..];
            rest.copy_from_slice(&last[0][..rest.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::{gumbel_softmax, noise as law, simd};

    #[test]
    fn every_width_equals_f64_at_every_level() {
        let levels = simd::levels();
        for k in (1..=NARROW).chain([65, 100, 1000, 1024, 1025, 5000]) {
            for rows in [1, 15, 17, 33] {
                let mut l = vec![0.0_f32; rows * k];
                law::logistic_into(Key::new(1), 0, &mut l);
                let y = gumbel_softmax(&l, k, 0.5, Key::new(2)).unwrap();
                let mut dy = vec![0.0_f32; rows * k];
                law::logistic_into(Key::new(3), 0, &mut dy);
                let mut first = vec![9.0; y.len()];
                softmax(levels[0].0, &y, &dy, k, 0.7, &mut first);
                for &(level, fused) in &levels {
                    let mut out = vec![9.0; y.len()];
                    softmax(level, &y, &dy, k, 0.7, &mut out);
                    if fused && levels[0].1 {
                        assert_eq!(out, first);
                    }
                    for row in 0..rows {
                        let at = row * k..(row + 1) * k;
                        let wide =
                            |x: &[f32]| x[at.clone()].iter().copied().map(f64::from).collect();
                        let (y, dy): (Vec<f64>, Vec<f64>) = (wide(&y), wide(&dy));
                        let mean: f64 = y.iter().zip(&dy).map(|(y, d)| y * d).sum();
                        let size: f64 = y.iter().zip(&dy).map(|(y, d)| y * d.abs()).sum();
                        for (i, ours) in out[at.clone()].iter().enumerate() {
                            let exact = y[i] * (dy[i] - mean) / 0.7;
                            // The additions of one lane, and four more operations.
                            let units = k.div_ceil(4).min(22) as f64 + 4.0;
                            let scale = y[i] * (dy[i].abs() + size) / 0.7;
                            let bound = units * scale * 2f64.powi(-24) + 1e-44;
                            assert!((f64::from(*ours) - exact).abs() <= bound, "{k} {rows}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn an_impossible_class_passes_no_gradient() {
        for k in [3, 65] {
            let mut y = vec![0.0; k];
            (y[0], y[2]) = (0.25, 0.75);
            let mut dy = vec![1.0; k];
            dy[1] = f32::INFINITY;
            let mut out = vec![9.0; k];
            for tau in [1e-300, 0.5, 1e300] {
                softmax(simd::level(), &y, &dy, k, tau, &mut out);
                assert!(out.iter().all(|&d| d == 0.0), "{tau} {out:?}");
            }
        }
    }
}
