//! Vector-Jacobian products of relaxed samples: the gradient of the logits from the sample and its gradient.
//!
//! ```text
//! softmax      dl = y (dy - sum y dy) / tau
//! its log      dl = (dx - e^x sum dx) / tau
//! sigmoid      dl = y (1 - y) dy / tau
//! ```
//!
//! Where y is 0 the gradient is 0, whatever dy is.

use cubecl::prelude::*;

use super::maths::{Decay, decayed};
use super::narrow::{Rows, first_of_row, padded, place, tile};
use super::values::is_impossible;

/// What a kernel is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GradientVariant {
    /// The sample is the logarithm of a relaxed one.
    pub(crate) log: bool,
    /// Each row has its own temperature, in a tensor.
    pub(crate) by_row: bool,
    /// The classes lie along the last axis.
    pub(crate) last_axis: bool,
}

/// 1 / tau, kept finite.
#[cube]
fn rate_of(tau: f32) -> f32 {
    f32::new(1.0) / max(tau, f32::new(f32::MIN_POSITIVE))
}

/// y x, and 0 where y is 0 whatever x.
#[cube]
fn weighted(y: f32, x: f32) -> f32 {
    select(y == f32::new(0.0), f32::new(0.0), y * x)
}

/// Whether a class of a logarithm is impossible.
#[cube]
fn is_masked(x: f32) -> bool {
    x < f32::new(f32::MIN) || is_impossible(x)
}

/// The term of a class in the sum of its row.
#[cube]
fn term(y: f32, dy: f32, #[comptime] log: bool) -> f32 {
    if comptime!(log) { select(is_masked(y), f32::new(0.0), dy) } else { weighted(y, dy) }
}

/// The gradient of a class. `unit` is the factor of e^x.
#[cube]
fn gradient(y: f32, dy: f32, sum: f32, rate: f32, unit: &Decay, #[comptime] log: bool) -> f32 {
    if comptime!(log) {
        let dl = (dy - decayed(min(y, f32::new(0.0)), unit) * sum) * rate;
        select(is_masked(y), f32::new(0.0), dl)
    } else {
        weighted(y, dy - sum) * rate
    }
}

/// The gradient of rows of up to 32 classes, one unit to a row.
#[cube(launch)]
pub(crate) fn gradient_narrow(
    y: &[f32],
    dy: &[f32],
    taus: &[f32],
    out: &mut [f32],
    rows: Rows,
    rate: f32,
    unit: Decay,
    #[comptime] shared: usize,
    #[comptime] variant: GradientVariant,
) {
    let mut ys = Shared::<[f32]>::new_slice(shared);
    let mut dys = Shared::<[f32]>::new_slice(shared);
    if CUBE_POS as u32 * CUBE_DIM >= rows.count {
        terminate!();
    }
    let tile = tile(&rows, variant.last_axis);
    let classes = rows.classes;
    if comptime!(variant.last_axis) {
        let mut i = UNIT_POS;
        while i < tile.n {
            ys[padded(i)] = y[(tile.first + i) as usize];
            dys[padded(i)] = dy[(tile.first + i) as usize];
            i += CUBE_DIM;
        }
        sync_cube();
    } else if tile.used {
        for class in 0..classes {
            let (at, element) = (place(&tile, class), tile.first + class * rows.inner);
            ys[at] = y[element as usize];
            dys[at] = dy[element as usize];
        }
    }
    if tile.used {
        let rate = if comptime!(variant.by_row) { rate_of(taus[tile.row as usize]) } else { rate };
        let mut sum = f32::new(0.0);
        for class in 0..classes {
            let at = place(&tile, class);
            sum += term(ys[at], dys[at], variant.log);
        }
        for class in 0..classes {
            let at = place(&tile, class);
            let dl = gradient(ys[at], dys[at], sum, rate, &unit, variant.log);
            if comptime!(variant.last_axis) {
                ys[at] = dl;
            } else {
                out[(tile.first + class * rows.inner) as usize] = dl;
            }
        }
    }
    if comptime!(variant.last_axis) {
        sync_cube();
        let mut i = UNIT_POS;
        while i < tile.n {
            out[(tile.first + i) as usize] = ys[padded(i)];
            i += CUBE_DIM;
        }
    }
}

/// The gradient of rows of more classes, one cube to a row.
#[cube(launch)]
pub(crate) fn gradient_long(
    y: &[f32],
    dy: &[f32],
    taus: &[f32],
    out: &mut [f32],
    rows: Rows,
    rate: f32,
    unit: Decay,
    #[comptime] units: usize,
    #[comptime] variant: GradientVariant,
) {
    let mut sums = Shared::<[f32]>::new_slice(units);
    let row = CUBE_POS as u32;
    // The grid may have more cubes than there is work for.
    if row >= rows.count {
        terminate!();
    }
    let (u, first) = (UNIT_POS as usize, first_of_row(&rows, row));
    let mut sum = f32::new(0.0);
    let mut c = UNIT_POS;
    while c < rows.classes {
        let at = (first + c * rows.inner) as usize;
        sum += term(y[at], dy[at], variant.log);
        c += CUBE_DIM;
    }
    sums[u] = sum;
    sync_cube();
    let mut stride = comptime!(units as u32 / 2).runtime();
    while stride > 0u32 {
        if UNIT_POS < stride {
            sums[u] += sums[(UNIT_POS + stride) as usize];
        }
        sync_cube();
        stride /= 2u32;
    }
    let sum = sums[0];
    let rate = if comptime!(variant.by_row) { rate_of(taus[row as usize]) } else { rate };
    let mut c = UNIT_POS;
    while c < rows.classes {
        let at = (first + c * rows.inner) as usize;
        out[at] = gradient(y[at], dy[at], sum, rate, &unit, variant.log);
        c += CUBE_DIM;
    }
}

/// The gradient of choices of yes and no. Each of the rows of `d` elements may have its own temperature.
#[cube(launch)]
pub(crate) fn gradient_binary(
    y: &[f32],
    dy: &[f32],
    taus: &[f32],
    out: &mut [f32],
    d: u32,
    rate: f32,
    #[comptime] by_row: bool,
) {
    if ABSOLUTE_POS < out.len() {
        let y = y[ABSOLUTE_POS];
        let rate = if comptime!(by_row) {
            rate_of(taus[(ABSOLUTE_POS as u32 / d) as usize])
        } else {
            rate
        };
        let slope = y * (f32::new(1.0) - y);
        out[ABSOLUTE_POS] = weighted(slope, dy[ABSOLUTE_POS]) * rate;
    }
}
