//! Gumbel-Softmax, its logarithm and Gumbel-max of rows in `f64`, and the vector-Jacobian products of softmax and of
//! its logarithm.

use alloc::vec;
use alloc::vec::Vec;

use fearless_simd::dispatch;

use crate::axis::Axis;
use crate::kernel::winners::Winners;
use crate::kernel::work::{Buffers, Form, GradientRows, GumbelRows};
use crate::law::Law;
use crate::math;
use crate::noise::source::Noise;
use crate::parallel::{self, Work};
use crate::real::{Real, finite};
use crate::scalar::rows::{self, SCALAR_TILE, argmax, for_each_tile, tile_len};
use crate::scalar::{columns, noise};
use crate::simd::{self, double};
use crate::temperature::Temperature;

/// Runs [`Kernel::gumbel_rows`](crate::kernel::Kernel::gumbel_rows) on all cores.
pub(crate) fn gumbel_rows(rows: GumbelRows<'_, f64>) {
    // With no elements, the axis may have any shape.
    if rows.buffers.len() > 0 {
        parallel::run(Rows(rows));
    }
}

struct Rows<'a>(GumbelRows<'a, f64>);

impl Work for Rows<'_> {
    fn pieces(&self) -> usize {
        self.0.buffers.len() / self.0.piece()
    }

    fn elements(&self) -> usize {
        self.0.piece()
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (first, later) = self.0.split(pieces);
        (Self(first), Self(later))
    }

    fn run(self) {
        let GumbelRows { axis, tau, noise, buffers, form, mut winners, .. } = self.0;
        match buffers {
            Buffers::Logits(logits) => rows_in_tiles(logits, axis, tau, noise, None, &mut winners),
            Buffers::Separate(logits, soft) => {
                rows_in_tiles(logits, axis, tau, noise, Some((soft, form)), &mut winners);
            }
            Buffers::InPlace(values) => {
                let (tile, mut start) = (tile_len(axis), 0);
                for part in values.chunks_mut(tile) {
                    let (logits, k) = (part.to_vec(), axis.classes());
                    let (row, rows) = (start / k, part.len() / k);
                    let (tau, mut winners) = (tau.after(row), winners.part(row, rows, k));
                    let (noise, soft) = (noise.after(start), Some((part, form)));
                    rows_in_tiles(&logits, axis, tau, noise, soft, &mut winners);
                    start += logits.len();
                }
            }
        }
    }
}

fn rows_in_tiles(
    logits: &[f64],
    axis: Axis,
    tau: Temperature<'_>,
    source: Noise<'_, f64>,
    mut soft: Option<(&mut [f64], Form)>,
    winners: &mut Winners<'_, f64>,
) {
    let k = axis.classes();
    let mut winners = winners.part(0, logits.len() / k, k);
    let mut exponentials = Vec::new();
    let fill = |start: usize, out: &mut [f64]| noise::fill(source, Law::Gumbel, start, out);
    for_each_tile(logits, axis, fill, |tile, z| {
        if winners.wanted() {
            for (row, z) in z.chunks_exact(k).enumerate() {
                let class = argmax(z);
                winners.set(tile.first_row + row, class, tile.index(row, class));
            }
        }
        if let Some((soft, form)) = &mut soft {
            let tau = tau.after(tile.first_row);
            match form {
                Form::Soft => softmax_rows(z, k, tau),
                Form::Log => log_softmax_rows(z, k, tau, &mut exponentials),
            }
            tile.scatter(z, soft);
        }
    });
}

/// softmax(z / tau) of each row of k, in place.
pub(crate) fn softmax_rows(z: &mut [f64], k: usize, tau: Temperature<'_>) {
    dispatch!(simd::level(), simd => {
        for (number, row) in z.chunks_exact_mut(k).enumerate() {
            let (max, tau) = (rows::max(row), tau.of(number));
            for z in row {
                *z = (*z - max) / tau;
            }
        }
        // One loop over the whole tile, however narrow the rows.
        double::exp_in_place(simd, z);
        for row in z.chunks_exact_mut(k) {
            let sum: f64 = row.iter().sum();
            for z in row {
                *z /= sum;
            }
        }
    });
}

/// ln softmax(z / tau) of each row of k, in place. `e` is working memory.
///
/// Of the sum 1 + rest only the rest is rounded, so a near-certain class keeps its digits.
fn log_softmax_rows(z: &mut [f64], k: usize, tau: Temperature<'_>, e: &mut Vec<f64>) {
    e.resize(z.len(), 0.0);
    let rows = z.len() / k;
    for (number, row) in z.chunks_exact_mut(k).enumerate() {
        let (max, tau) = (rows::max(row), tau.of(number));
        for z in row {
            let d = *z - max;
            *z = if d == f64::NEG_INFINITY { d } else { finite(d / tau) };
        }
    }
    double::exp_into(simd::level(), z, e);
    // ln of the sum of a row takes the place of the exponentials of an earlier row.
    for (number, row) in z.chunks_exact(k).enumerate() {
        e[number * k + argmax(row)] = 0.0;
        e[number] = e[number * k..(number + 1) * k].iter().sum();
    }
    for rest in &mut e[..rows] {
        *rest = math::ln_1p(*rest);
    }
    for (row, ln_sum) in z.chunks_exact_mut(k).zip(&e[..rows]) {
        for z in row {
            *z = if *z == f64::NEG_INFINITY { *z } else { finite(*z - ln_sum) };
        }
    }
}

/// The vector-Jacobian product of the relaxed samples y with respect to z, along `axis`, on all cores:
/// `y (dy - sum(y dy)) / tau`, or for the logarithms `(dy - e^y sum(dy)) / tau`.
pub(crate) fn vjp<T: Real>(
    form: Form,
    y: &[T],
    dy: &[T],
    axis: Axis,
    tau: Temperature<'_>,
    out: &mut [T],
) {
    // With no elements, the axis may have any shape.
    if !y.is_empty() {
        parallel::run(Vjp { form, rows: GradientRows { y, dy, axis, tau, out } });
    }
}

/// Rows of the last axis, or blocks `[k, stride]` of rows.
struct Vjp<'a, T> {
    form: Form,
    rows: GradientRows<'a, T>,
}

impl<T: Real> Work for Vjp<'_, T> {
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
        match (self.rows.axis.stride(), self.form) {
            (1, Form::Soft) => soft_rows(self.rows),
            (1, Form::Log) => log_rows(self.rows),
            (_, form) => columns::vjp(form, self.rows),
        }
    }
}

fn soft_rows<T: Real>(rows: GradientRows<'_, T>) {
    let GradientRows { y, dy, axis, tau, out } = rows;
    let term = |i: usize| product_or_zero(y[i].to_f64(), dy[i].to_f64());
    let gradient = |i: usize, sum| product_or_zero(y[i].to_f64(), dy[i].to_f64() - sum);
    by_rows(axis.classes(), tau, out, term, gradient);
}

fn log_rows<T: Real>(rows: GradientRows<'_, T>) {
    let GradientRows { y, dy, axis, tau, out } = rows;
    let k = axis.classes();
    let tile = k * (SCALAR_TILE / k).max(1);
    let mut e = vec![0.0; tile.min(y.len())];
    for (number, out) in out.chunks_mut(tile).enumerate() {
        let here = number * tile..number * tile + out.len();
        let (x, dx) = (&y[here.clone()], &dy[here.clone()]);
        double::exp_into(simd::level(), x, &mut e[..x.len()]);
        let or_zero = |i: usize, d: f64| if x[i].to_f64() == f64::NEG_INFINITY { 0.0 } else { d };
        let term = |i: usize| or_zero(i, dx[i].to_f64());
        let gradient = |i: usize, sum: f64| or_zero(i, dx[i].to_f64() - e[i] * sum);
        by_rows(k, tau.after(here.start / k), out, term, gradient);
    }
}

/// Writes the gradients of rows of k: `gradient` of an element and of the sum of the `term`s of its row, divided by tau.
#[inline]
fn by_rows<T: Real>(
    k: usize,
    tau: Temperature<'_>,
    out: &mut [T],
    term: impl Fn(usize) -> f64,
    gradient: impl Fn(usize, f64) -> f64,
) {
    for (row, out) in out.chunks_exact_mut(k).enumerate() {
        let (first, tau) = (row * k, tau.of(row));
        let sum: f64 = (first..first + k).map(&term).sum();
        for (class, out) in out.iter_mut().enumerate() {
            *out = T::from_f64(gradient(first + class, sum) / tau);
        }
    }
}

/// y x, but 0 if y is 0, whatever x is: an impossible class passes no gradient, not even an infinite
/// gradient.
#[inline(always)]
pub(super) fn product_or_zero(y: f64, x: f64) -> f64 {
    if y == 0.0 { 0.0 } else { y * x }
}
