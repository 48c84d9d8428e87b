//! Choices in rows of more than 32 classes: one cube to a row, and sums in a tree of fixed shape.
//!
//! A row of up to [`CACHED`] classes stays in shared memory: logits are read once, noise is made once. A longer one is
//! read three times, from the device's cache where it fits, and its noise is made twice.

use cubecl::prelude::*;

use super::maths::{Decay, decay_of_row, decayed, ln_1p, log_of};
use super::narrow::{Rows, Variant, Wanted, first_of_row, single};
use super::noise::{GUMBEL, noise_of_block};
use super::values::{is_impossible, is_lowest, logit, logit_again, mark, neg_infinity, perturbed};
use super::words::{Draws, block_count, element_of, first_block};

/// The number of classes of the longest row that stays in shared memory: 8 KiB of the 16 that every device has.
pub(crate) const CACHED: usize = 2048;

/// The units of a cube for rows of this many classes: eight blocks of noise for each, within the limits of every device.
pub(crate) fn units(classes: usize) -> u32 {
    ((classes / 32).next_power_of_two() as u32).clamp(32, 256)
}

/// The largest z of the classes so far, its class, and the sum of e^((z - best) / tau) over the others.
#[derive(CubeType, Clone, Copy)]
struct Running {
    best: f32,
    winner: u32,
    rest: f32,
}

#[cube]
fn exponential(z: f32, best: f32, decay: &Decay) -> f32 {
    select(is_lowest(z), f32::new(0.0), decayed(z - best, decay))
}

/// Takes the next class of a row.
#[cube]
fn take(run: &mut Running, z: f32, class: u32, decay: &Decay, #[comptime] wanted: Wanted) {
    if z > run.best {
        if comptime!(wanted != Wanted::Index) {
            // What was the largest joins the others.
            let before = exponential(run.best, z, decay);
            run.rest = (run.rest + f32::new(1.0)) * before;
        }
        run.best = z;
        run.winner = class;
    } else if comptime!(wanted != Wanted::Index) {
        run.rest += exponential(z, run.best, decay);
    }
}

/// A row, and what its elements need: the place of its first element, the largest logit, the factor of its temperature.
#[derive(CubeType, Clone, Copy)]
struct Row {
    first: u32,
    classes: u32,
    inner: u32,
    top: f32,
    decay: Decay,
}

/// Takes one class of a row with its noise. A cached row has its logits in `cache`, and gets z there.
#[cube]
fn take_class(
    run: &mut Running,
    logits: &[f32],
    cache: &mut [f32],
    row: &Row,
    class: u32,
    g: f32,
    #[comptime] variant: Variant,
) {
    if class < row.classes {
        if comptime!(variant.cached) {
            let z = perturbed(cache[class as usize], row.top, g);
            cache[class as usize] = z;
            take(run, z, class, &row.decay, variant.wanted);
        } else {
            let l = logit_again(logits, row.first + class * row.inner);
            take(run, perturbed(l, row.top, g), class, &row.decay, variant.wanted);
        }
    }
}

/// What a sample is made with: the largest z, its class, and 1 / sum or the logarithm of the sum.
#[derive(CubeType, Clone, Copy)]
struct Drawn {
    best: f32,
    winner: u32,
    scale: f32,
}

/// Writes one class of a sample.
#[cube]
fn write_class(
    sample: &mut [f32],
    soft: &mut [f32],
    row: &Row,
    drawn: &Drawn,
    class: u32,
    z: f32,
    #[comptime] wanted: Wanted,
) {
    let at = (row.first + class * row.inner) as usize;
    if comptime!(wanted == Wanted::Log) {
        let x = log_of(z - drawn.best, &row.decay, drawn.scale);
        sample[at] = select(is_lowest(z), neg_infinity(), x);
    } else {
        let y = exponential(z, drawn.best, &row.decay) * drawn.scale;
        if comptime!(wanted == Wanted::Hard) {
            soft[at] = y;
            sample[at] = select(class == drawn.winner, f32::new(1.0), f32::new(0.0));
        } else {
            sample[at] = y;
        }
    }
}

/// Writes one class of a row that is not cached, with its noise made again.
#[cube]
fn rewrite_class(
    logits: &[f32],
    sample: &mut [f32],
    soft: &mut [f32],
    row: &Row,
    drawn: &Drawn,
    class: u32,
    g: f32,
    #[comptime] wanted: Wanted,
) {
    if class < row.classes {
        let l = logit_again(logits, row.first + class * row.inner);
        write_class(sample, soft, row, drawn, class, perturbed(l, row.top, g), wanted);
    }
}

/// Draws a class in each row.
#[cube(launch)]
pub(crate) fn draw_long(
    logits: &[f32],
    taus: &[f32],
    noise: &[f32],
    sample: &mut [f32],
    soft: &mut [f32],
    index: &mut [i32],
    wrong: &[Atomic<u32>],
    draws: Draws,
    rows: Rows,
    decay: Decay,
    #[comptime] cache_len: usize,
    #[comptime] units: usize,
    #[comptime] variant: Variant,
) {
    let wanted = comptime!(variant.wanted);
    let cached = comptime!(variant.cached);
    let blockwise = comptime!(variant.last_axis && !variant.given);
    let mut cache = Shared::<[f32]>::new_slice(cache_len);
    let mut best = Shared::<[f32]>::new_slice(units);
    let mut rest = Shared::<[f32]>::new_slice(units);
    let mut winner = Shared::<[u32]>::new_slice(units);
    let number = CUBE_POS as u32;
    // The grid may have more cubes than there is work for.
    if number >= rows.count {
        terminate!();
    }
    let (u, classes) = (UNIT_POS as usize, rows.classes);
    let first = first_of_row(&rows, number);

    // The largest logit.
    let mut top = f32::new(f32::MIN);
    let mut possible = 0u32;
    let mut class = UNIT_POS;
    while class < classes {
        let l = logit(logits, first + class * rows.inner, wrong);
        if comptime!(cached) {
            cache[class as usize] = l;
        }
        if !is_impossible(l) {
            possible = 1u32;
            top = max(top, l);
        }
        class += CUBE_DIM;
    }
    best[u] = top;
    winner[u] = possible;
    sync_cube();
    let mut stride = comptime!(units as u32 / 2).runtime();
    while stride > 0u32 {
        if UNIT_POS < stride {
            let other = (UNIT_POS + stride) as usize;
            best[u] = max(best[u], best[other]);
            winner[u] = max(winner[u], winner[other]);
        }
        sync_cube();
        stride /= 2u32;
    }
    if UNIT_POS == 0u32 && winner[0] == 0u32 {
        mark(wrong);
    }
    let decay = decay_of_row(&decay, taus, number, variant.by_row);
    let row = Row { first, classes, inner: rows.inner, top: best[0], decay };
    sync_cube();

    // The largest z, its class, and the sum.
    let mut run = Running { best: f32::new(f32::MIN), winner: 0xFFFF_FFFFu32, rest: f32::new(0.0) };
    let block0 = first_block(&draws, first);
    let blocks = block_count(&draws, first, classes);
    if comptime!(blockwise) {
        let mut b = UNIT_POS;
        while b < blocks {
            let g = noise_of_block(&draws, block0 + b, GUMBEL);
            let class = element_of(&draws, block0 + b) - first;
            take_class(&mut run, logits, &mut cache, &row, class, g.a, variant);
            take_class(&mut run, logits, &mut cache, &row, class + 16u32, g.b, variant);
            take_class(&mut run, logits, &mut cache, &row, class + 32u32, g.c, variant);
            take_class(&mut run, logits, &mut cache, &row, class + 48u32, g.d, variant);
            b += CUBE_DIM;
        }
    } else {
        let mut class = UNIT_POS;
        while class < classes {
            let g = single(noise, &draws, first + class * rows.inner, variant);
            take_class(&mut run, logits, &mut cache, &row, class, g, variant);
            class += CUBE_DIM;
        }
    }
    best[u] = run.best;
    winner[u] = run.winner;
    rest[u] = run.rest;
    sync_cube();
    let mut stride = comptime!(units as u32 / 2).runtime();
    while stride > 0u32 {
        if UNIT_POS < stride {
            let other = (UNIT_POS + stride) as usize;
            let (a, b) = (best[u], best[other]);
            if comptime!(wanted != Wanted::Index) {
                // The smaller of the two joins the others.
                let largest = max(a, b);
                let (of_a, of_b) =
                    (exponential(a, largest, &row.decay), exponential(b, largest, &row.decay));
                rest[u] = rest[u] * of_a + rest[other] * of_b + min(of_a, of_b);
            }
            if b > a || (b == a && winner[other] < winner[u]) {
                best[u] = b;
                winner[u] = winner[other];
            }
        }
        sync_cube();
        stride /= 2u32;
    }
    if comptime!(wanted == Wanted::Index) {
        if UNIT_POS == 0u32 {
            // A row without a possible class is refused; its number is only kept in range.
            index[number as usize] = i32::cast_from(min(winner[0], classes - 1u32));
        }
    } else {
        let scale = if comptime!(wanted == Wanted::Log) {
            ln_1p(rest[0])
        } else {
            f32::new(1.0) / (f32::new(1.0) + rest[0])
        };
        let drawn = Drawn { best: best[0], winner: winner[0], scale };
        if comptime!(blockwise && !cached) {
            let mut b = UNIT_POS;
            while b < blocks {
                let g = noise_of_block(&draws, block0 + b, GUMBEL);
                let class = element_of(&draws, block0 + b) - first;
                rewrite_class(logits, sample, soft, &row, &drawn, class, g.a, wanted);
                rewrite_class(logits, sample, soft, &row, &drawn, class + 16u32, g.b, wanted);
                rewrite_class(logits, sample, soft, &row, &drawn, class + 32u32, g.c, wanted);
                rewrite_class(logits, sample, soft, &row, &drawn, class + 48u32, g.d, wanted);
                b += CUBE_DIM;
            }
        } else {
            let mut class = UNIT_POS;
            while class < classes {
                if comptime!(cached) {
                    let z = cache[class as usize];
                    write_class(sample, soft, &row, &drawn, class, z, wanted);
                } else {
                    let g = single(noise, &draws, first + class * rows.inner, variant);
                    rewrite_class(logits, sample, soft, &row, &drawn, class, g, wanted);
                }
                class += CUBE_DIM;
            }
        }
    }
}
