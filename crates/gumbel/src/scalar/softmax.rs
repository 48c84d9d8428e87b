//! Gumbel-Softmax and Gumbel-max of rows in `f64`, and the vector-Jacobian product of softmax.

use crate::axis::Axis;
use crate::kernel::winners::Winners;
use crate::kernel::work::{Buffers, GumbelRows};
use crate::law::Law;
use crate::math;
use crate::noise::source::Noise;
use crate::scalar::noise;
use crate::scalar::rows::{self, argmax, for_each_tile, tile_len};
use crate::temperature::Temperature;

/// Runs [`Kernel::gumbel_rows`](crate::kernel::Kernel::gumbel_rows).
pub(crate) fn gumbel_rows(work: GumbelRows<'_, f64>) {
    let GumbelRows { axis, tau, noise, buffers, mut winners, .. } = work;
    match buffers {
        Buffers::Logits(logits) => rows_in_tiles(logits, axis, tau, noise, None, &mut winners),
        Buffers::Separate(logits, soft) => {
            rows_in_tiles(logits, axis, tau, noise, Some(soft), &mut winners);
        }
        Buffers::InPlace([]) => {}
        Buffers::InPlace(values) => {
            let (tile, mut start) = (tile_len(axis), 0);
            for part in values.chunks_mut(tile) {
                let (logits, k) = (part.to_vec(), axis.classes());
                let (row, rows) = (start / k, part.len() / k);
                let (tau, mut winners) = (tau.after(row), winners.part(row, rows, k));
                rows_in_tiles(&logits, axis, tau, noise.after(start), Some(part), &mut winners);
                start += logits.len();
            }
        }
    }
}

fn rows_in_tiles(
    logits: &[f64],
    axis: Axis,
    tau: Temperature<'_>,
    source: Noise<'_, f64>,
    mut soft: Option<&mut [f64]>,
    winners: &mut Winners<'_, f64>,
) {
    let k = axis.classes();
    let mut winners = winners.part(0, logits.len() / k, k);
    let fill = |start: usize, out: &mut [f64]| noise::fill(source, Law::Gumbel, start, out);
    for_each_tile(logits, axis, fill, |tile, z| {
        if winners.wanted() {
            for (row, z) in z.chunks_exact(k).enumerate() {
                let class = argmax(z);
                winners.set(tile.first_row + row, class, tile.index(row, class));
            }
        }
        if let Some(soft) = soft.as_deref_mut() {
            softmax_rows(z, k, tau.after(tile.first_row));
            tile.scatter(z, soft);
        }
    });
}

/// softmax(z / tau) of each row of k, in place.
pub(crate) fn softmax_rows(z: &mut [f64], k: usize, tau: Temperature<'_>) {
    for (number, row) in z.chunks_exact_mut(k).enumerate() {
        let (max, tau) = (rows::max(row), tau.of(number));
        for z in row {
            *z = (*z - max) / tau;
        }
    }
    // One loop over the whole tile, however narrow the rows.
    for z in z.iter_mut() {
        *z = math::exp(*z);
    }
    for row in z.chunks_exact_mut(k) {
        let sum: f64 = row.iter().sum();
        for z in row {
            *z /= sum;
        }
    }
}

/// `dlogits = y (dy - sum(y dy)) / tau` along `axis`; `round` converts a result to the element type.
pub(crate) fn vjp<T: Copy + Into<f64>>(
    y: &[T],
    dy: &[T],
    axis: Axis,
    tau: Temperature<'_>,
    dlogits: &mut [T],
    round: impl Fn(f64) -> T,
) {
    let (k, stride) = (axis.classes(), axis.stride());
    for row in 0..y.len() / k {
        let (first, tau) = (axis.first_index(row), tau.of(row));
        let places = || (first..).step_by(stride).take(k);
        let mean: f64 = places().map(|i| product_or_zero(y[i].into(), dy[i].into())).sum();
        for i in places() {
            dlogits[i] = round(product_or_zero(y[i].into(), dy[i].into() - mean) / tau);
        }
    }
}

/// y x, but 0 if y is 0, whatever x is: an impossible class passes no gradient, not even an infinite
/// gradient.
#[inline]
fn product_or_zero(y: f64, x: f64) -> f64 {
    if y == 0.0 { 0.0 } else { y * x }
}
