//! The vector-Jacobian products of softmax and of its logarithm in `f32`, rows last.
//!
//! ```text
//! y = softmax(z / tau)       dl = y (dy - sum(y dy)) / tau
//! x = ln softmax(z / tau)    dl = (dx - e^x sum(dx)) / tau
//! ```

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16, f64x8};

use crate::kernel::work::{Form, GradientRows};
use crate::parallel::{self, Work};
use crate::simd::lanes::{LANES, load, store};
use crate::simd::math::{self, Decay};
use crate::simd::relax::columns::{self, Columns, NARROW};
use crate::simd::relax::rows::SUM_BLOCK;
use crate::temperature::Temperature;

/// Writes the gradients of rows of k classes.
pub(crate) fn softmax(
    level: Level,
    form: Form,
    y: &[f32],
    dy: &[f32],
    k: usize,
    tau: Temperature<'_>,
    out: &mut [f32],
) {
    let rows = GradientRows { y, dy, axis: k.into(), tau, out };
    match form {
        Form::Soft => parallel::run(Vjp { level, form: Soft, rows }),
        Form::Log => parallel::run(Vjp { level, form: Log, rows }),
    }
}

/// The formula of a gradient, with the type of its form.
trait Formula: Copy + Send {
    /// What is summed over a row.
    fn term<S: Simd>(self, simd: S, y: f32x16<S>, dy: f32x16<S>) -> f32x16<S>;
    /// The gradient, with the sum of the row, without the factor 1 / tau.
    fn gradient<S: Simd>(self, simd: S, y: f32x16<S>, dy: f32x16<S>, sum: f32x16<S>) -> f32x16<S>;
}

#[derive(Clone, Copy)]
struct Soft;

impl Formula for Soft {
    #[inline(always)]
    fn term<S: Simd>(self, simd: S, y: f32x16<S>, dy: f32x16<S>) -> f32x16<S> {
        product_or_zero(simd, y, dy)
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, y: f32x16<S>, dy: f32x16<S>, sum: f32x16<S>) -> f32x16<S> {
        product_or_zero(simd, y, dy - sum)
    }
}

/// A class of -inf adds nothing and gets nothing, whatever its dx is.
#[derive(Clone, Copy)]
struct Log;

impl Formula for Log {
    #[inline(always)]
    fn term<S: Simd>(self, simd: S, x: f32x16<S>, dx: f32x16<S>) -> f32x16<S> {
        let masked = x.simd_eq(f32x16::splat(simd, f32::NEG_INFINITY));
        masked.select(f32x16::splat(simd, 0.0), dx)
    }

    #[inline(always)]
    fn gradient<S: Simd>(self, simd: S, x: f32x16<S>, dx: f32x16<S>, sum: f32x16<S>) -> f32x16<S> {
        let y = math::exp(simd, x, Decay::new(1.0).splat(simd));
        let masked = x.simd_eq(f32x16::splat(simd, f32::NEG_INFINITY));
        masked.select(f32x16::splat(simd, 0.0), (-y).mul_add(sum, dx))
    }
}

/// 1 / tau, clamped to the range of `f32`, so that 0 times it stays 0.
#[inline(always)]
fn rate(tau: f64) -> f32 {
    (1.0 / tau).min(f64::from(f32::MAX)) as f32
}

/// The rates of rows: one for all, or one for each.
#[derive(Clone, Copy)]
enum Rates<'a, S: Simd> {
    Same(f32x16<S>),
    PerRow(&'a [f64]),
}

impl<'a, S: Simd> Rates<'a, S> {
    #[inline(always)]
    fn new(simd: S, tau: Temperature<'a>) -> Self {
        match tau {
            Temperature::Scalar(tau) => Self::Same(f32x16::splat(simd, rate(tau))),
            Temperature::PerRow(tau) => Self::PerRow(tau),
        }
    }

    /// The rate of one row, in every lane.
    #[inline(always)]
    fn of_row(self, simd: S, row: usize) -> f32x16<S> {
        match self {
            Self::Same(rate) => rate,
            Self::PerRow(tau) => f32x16::splat(simd, rate(tau[row])),
        }
    }

    /// The rates of the sixteen rows from `row` on, one in each lane; 1 after the last row.
    #[inline(always)]
    fn of_rows(self, simd: S, row: usize) -> f32x16<S> {
        match self {
            Self::Same(rate) => rate,
            Self::PerRow(tau) => {
                let most = f64x8::splat(simd, f64::from(f32::MAX));
                let one = f64x8::splat(simd, 1.0);
                let [first, second] = math::doubles(simd, &math::sixteen_from(tau, row));
                (one / first).min(most).narrow((one / second).min(most))
            }
        }
    }
}

struct Vjp<'a, F> {
    level: Level,
    form: F,
    rows: GradientRows<'a, f32>,
}

impl<F: Formula> Work for Vjp<'_, F> {
    fn pieces(&self) -> usize {
        self.rows.y.len() / self.elements()
    }

    fn elements(&self) -> usize {
        self.rows.piece()
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (rows, later) = self.rows.split(pieces);
        (Self { rows, ..self }, Self { rows: later, ..self })
    }

    fn run(self) {
        let Self { level, form, rows: GradientRows { y, dy, axis, tau, out } } = self;
        let k = axis.classes();
        dispatch!(level, simd => {
            let rates = Rates::new(simd, tau);
            if k == 2 * LANES {
                rows_of_32(simd, form, y, dy, rates, out);
            } else if k > NARROW {
                let rows = y.chunks_exact(k).zip(dy.chunks_exact(k));
                for (row, ((y, dy), out)) in rows.zip(out.chunks_exact_mut(k)).enumerate() {
                    wide_row(simd, form, y, dy, rates.of_row(simd, row), out);
                }
            } else {
                narrow_rows(simd, form, y, dy, k, rates, out);
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
fn wide_row<S: Simd, F: Formula>(
    simd: S,
    form: F,
    y: &[f32],
    dy: &[f32],
    rate: f32x16<S>,
    out: &mut [f32],
) {
    let mut sum = 0.0_f64;
    for (y, dy) in y.chunks(SUM_BLOCK).zip(dy.chunks(SUM_BLOCK)) {
        let mut sums = [f32x16::splat(simd, 0.0); 4];
        let mut whole = (y.chunks_exact(4 * LANES), dy.chunks_exact(4 * LANES));
        for (y, dy) in (&mut whole.0).zip(&mut whole.1) {
            for i in 0..4 {
                let y = f32x16::from_slice(simd, &y[LANES * i..LANES * (i + 1)]);
                let dy = f32x16::from_slice(simd, &dy[LANES * i..LANES * (i + 1)]);
                sums[i] += form.term(simd, y, dy);
            }
        }
        let rest = whole.0.remainder().chunks(LANES).zip(whole.1.remainder().chunks(LANES));
        for (y, dy) in rest {
            sums[0] += form.term(simd, load(simd, y, 0.0), load(simd, dy, 0.0));
        }
        sum += f64::from(((sums[0] + sums[1]) + (sums[2] + sums[3])).reduce_sum());
    }
    let sum = f32x16::splat(simd, sum as f32);
    let vectors = y.chunks(LANES).zip(dy.chunks(LANES));
    for ((y, dy), out) in vectors.zip(out.chunks_mut(LANES)) {
        let (y, dy) = (load(simd, y, 0.0), load(simd, dy, 0.0));
        store(form.gradient(simd, y, dy, sum) * rate, out);
    }
}

/// Rows of 32: a transposition costs more than a sum across lanes.
#[inline(always)]
fn rows_of_32<S: Simd, F: Formula>(
    simd: S,
    form: F,
    y: &[f32],
    dy: &[f32],
    rates: Rates<'_, S>,
    out: &mut [f32],
) {
    let rows = y.chunks_exact(2 * LANES).zip(dy.chunks_exact(2 * LANES));
    for (row, ((y, dy), out)) in rows.zip(out.chunks_exact_mut(2 * LANES)).enumerate() {
        let rate = rates.of_row(simd, row);
        let y = [f32x16::from_slice(simd, &y[..LANES]), f32x16::from_slice(simd, &y[LANES..])];
        let dy = [f32x16::from_slice(simd, &dy[..LANES]), f32x16::from_slice(simd, &dy[LANES..])];
        let sum = form.term(simd, y[0], dy[0]) + form.term(simd, y[1], dy[1]);
        let sum = f32x16::splat(simd, sum.reduce_sum());
        (form.gradient(simd, y[0], dy[0], sum) * rate).store_slice(&mut out[..LANES]);
        (form.gradient(simd, y[1], dy[1], sum) * rate).store_slice(&mut out[LANES..]);
    }
}

#[inline(always)]
fn narrow_rows<S: Simd, F: Formula>(
    simd: S,
    form: F,
    y: &[f32],
    dy: &[f32],
    k: usize,
    rates: Rates<'_, S>,
    out: &mut [f32],
) {
    let zero = f32x16::splat(simd, 0.0);
    let mut columns: [Columns<S>; 2] = [[zero; NARROW]; 2];
    let mut last = [[0.0; LANES * NARROW + LANES]; 2];
    let size = LANES * k;
    for start in (0..y.len()).step_by(size) {
        // The last rows have no room after them for whole vectors: they go through a copy.
        let inner = y.len() - start >= size + LANES;
        let rate = rates.of_rows(simd, start / k);
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
        let mut sums = [zero; 4];
        for (class, (y, dy)) in of_y[..k].iter().zip(&of_dy[..k]).enumerate() {
            sums[class & 3] += form.term(simd, *y, *dy);
        }
        let sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        for (y, dy) in of_y[..k].iter_mut().zip(&of_dy[..k]) {
            *y = form.gradient(simd, *y, *dy, sum);
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

/// `out = -d ln y`, 0 where y is 0 or d is 0, on this thread.
pub(crate) fn times_neg_ln(level: Level, y: &[f32], d: &[f32], out: &mut [f32]) {
    dispatch!(level, simd => times_neg_ln_on(simd, y, d, out));
}

#[inline(always)]
fn times_neg_ln_on<S: Simd>(simd: S, y: &[f32], d: &[f32], out: &mut [f32]) {
    let zero = f32x16::splat(simd, 0.0);
    let least = f32x16::splat(simd, f32::MIN_POSITIVE);
    let vectors = y.chunks(LANES).zip(d.chunks(LANES));
    for ((y, d), out) in vectors.zip(out.chunks_mut(LANES)) {
        let (y, d) = (load(simd, y, 1.0), load(simd, d, 0.0));
        // Below the normal range ln y is taken at its end: d there is as small as y.
        let product = d * math::neg_ln(simd, y.max(least));
        let product = d.simd_eq(zero).select(zero, product);
        store(y.simd_eq(zero).select(zero, product), out);
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
                softmax(levels[0].0, Form::Soft, &y, &dy, k, 0.7.into(), &mut first);
                for &(level, fused) in &levels {
                    let mut out = vec![9.0; y.len()];
                    softmax(level, Form::Soft, &y, &dy, k, 0.7.into(), &mut out);
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
    fn rows_have_their_own_temperatures_at_every_level() {
        for (level, _) in simd::levels() {
            for k in [1, 2, 3, 10, 16, 31, 32, 33, 100, 1025] {
                for rows in [1, 15, 17, 33] {
                    let (mut y, mut dy) = (vec![0.0_f32; rows * k], vec![0.0_f32; rows * k]);
                    law::uniform_into(Key::new(1), 0, &mut y);
                    law::logistic_into(Key::new(3), 0, &mut dy);
                    let tau: Vec<f64> = (0..rows).map(|row| [0.1, 0.7, 3.0][row % 3]).collect();
                    let (mut each, mut one) = (vec![9.0; y.len()], vec![9.0; y.len()]);
                    softmax(level, Form::Soft, &y, &dy, k, tau[..].into(), &mut each);
                    for (phase, tau) in [0.1, 0.7, 3.0].into_iter().enumerate() {
                        softmax(level, Form::Soft, &y, &dy, k, tau.into(), &mut one);
                        for row in (phase..rows).step_by(3) {
                            let at = row * k..(row + 1) * k;
                            assert!(each[at.clone()] == one[at], "{level:?} {k} {rows}");
                        }
                    }
                }
            }
        }
    }

    /// 1.51 units in the last place of ln y, half a unit of the product.
    #[test]
    fn terms_of_the_temperature_are_within_their_bound_at_every_level() {
        let mut y = vec![0.0_f32; 5000];
        law::uniform_into(Key::new(1), 0, &mut y);
        for (i, y) in y.iter_mut().enumerate() {
            *y = y.powi(1 + i as i32 % 20).max(f32::MIN_POSITIVE);
        }
        y[..4].copy_from_slice(&[0.0, 1.0, 1e-40, f32::MIN_POSITIVE]);
        let mut d = vec![0.0_f32; 5000];
        law::logistic_into(Key::new(2), 0, &mut d);
        d[4] = 0.0;
        for (level, _) in simd::levels() {
            for len in (0..=50).chain([5000]) {
                let mut out = vec![9.0; len];
                times_neg_ln(level, &y[..len], &d[..len], &mut out);
                for i in 0..len {
                    let (y, d) = (f64::from(y[i]), f64::from(d[i]));
                    let exact = if y == 0.0 || d == 0.0 { 0.0 } else { -d * y.ln() };
                    // Below the normal range the logarithm is that of its end.
                    let units = if y > 0.0 && y < 1e-38 { 1e6 } else { 4.5 };
                    let bound = units * exact.abs() * 2f64.powi(-24);
                    assert!((f64::from(out[i]) - exact).abs() <= bound, "{level:?} {y} {d}");
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
                softmax(simd::level(), Form::Soft, &y, &dy, k, tau.into(), &mut out);
                assert!(out.iter().all(|&d| d == 0.0), "{tau} {out:?}");
            }
        }
    }
}
