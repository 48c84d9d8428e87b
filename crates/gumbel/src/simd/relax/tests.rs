//! Compares the fused kernels with the oracle, with noise made in advance, and with each other.

use super::columns::NARROW;
use super::*;
use crate::axis::Axis;
use crate::kernel::winners::Winners;
use crate::key::Key;
use crate::law::Law;
use crate::noise::{self, Noise};
use crate::{oracle, simd, simd::scan};

const WIDTHS: [usize; 14] = [33, 47, 48, 63, 64, 65, 100, 1000, 1024, 1025, 2047, 2048, 2049, 5000];

fn widths() -> impl Iterator<Item = usize> {
    (1..=NARROW).chain(WIDTHS)
}

fn logits(n: usize) -> Vec<f32> {
    let mut l = vec![0.0; n];
    noise::logistic_into(Key::new(1), 0, &mut l);
    // One class in 13 is impossible, but never the first of a row of more than one.
    for l in l.iter_mut().skip(1).step_by(13) {
        *l = f32::NEG_INFINITY;
    }
    l
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

fn run(
    level: Level,
    logits: &[f32],
    axis: Axis,
    noise: Noise<'_, f32>,
    tau: f64,
    y: Option<&mut [f32]>,
    winners: Winners<'_, f32>,
) {
    let maxima = &scan::rows(level, logits, axis).1[..];
    let buffers = match y {
        Some(y) => Buffers::Separate(logits, y),
        None => Buffers::Logits(logits),
    };
    let tau = tau.into();
    gumbel_rows(level, GumbelRows { axis, tau, noise, maxima, buffers, form: Form::Soft, winners });
}

/// Soft sample, one-hot sample and winners at one level.
fn draw(
    level: Level,
    l: &[f32],
    axis: Axis,
    noise: Noise<'_, f32>,
    tau: f64,
) -> (Vec<f32>, Vec<f32>, Vec<usize>) {
    let (mut soft, mut hard) = (vec![9.0; l.len()], vec![9.0; l.len()]);
    let mut winners = vec![usize::MAX; l.len() / axis.classes()];
    run(level, l, axis, noise, tau, Some(&mut soft), Winners::OneHot(&mut hard));
    run(level, l, axis, noise, tau, None, Winners::Index(&mut winners));
    let mut alone = vec![9.0; l.len()];
    run(level, l, axis, noise, tau, Some(&mut alone), Winners::Unwanted);
    assert!(bits(&soft) == bits(&alone));
    (soft, hard, winners)
}

#[test]
fn every_width_equals_the_oracle_and_its_noise_at_every_level() {
    let levels = simd::levels();
    for k in widths() {
        for rows in [1, 15, 17, 40] {
            if k > NARROW && rows > 17 {
                continue;
            }
            let l = if k == 1 { vec![0.5; rows] } else { logits(rows * k) };
            let (key, offset) = (Key::new(2), 5 * k as u64);
            let keyed = Noise::Keyed { key, offset };
            let mut g = vec![0.0; l.len()];
            noise::gumbel_into(key, offset, &mut g);
            for tau in [0.1, 1.0] {
                let first = draw(levels[0].0, &l, k.into(), keyed, tau);
                for &(level, fused) in &levels {
                    let drawn = draw(level, &l, k.into(), keyed, tau);
                    let mut made = vec![0.0; l.len()];
                    simd::noise::fill(level, Law::Gumbel, key, offset, &mut made);
                    assert_eq!(drawn, draw(level, &l, k.into(), Noise::Given(&made), tau));
                    if fused && levels[0].1 {
                        assert!(bits(&drawn.0) == bits(&first.0));
                        assert_eq!(drawn, first);
                    }
                    check_rows(&l, &made, k, tau, fused, &drawn);
                }
            }
        }
    }
}

fn check_rows(
    l: &[f32],
    g: &[f32],
    k: usize,
    tau: f64,
    fused: bool,
    drawn: &(Vec<f32>, Vec<f32>, Vec<usize>),
) {
    let top = |row: &[f32]| row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let z: Vec<f64> = l
        .chunks_exact(k)
        .zip(g.chunks_exact(k))
        .flat_map(|(l, g)| l.iter().zip(g).map(move |(&x, g)| f64::from((x - top(l)) + g)))
        .collect();
    for (row, z) in z.chunks_exact(k).enumerate() {
        let exact = oracle::gumbel_softmax(z, &vec![0.0; k], tau);
        let winner = oracle::gumbel_max(z, &vec![0.0; k]);
        assert_eq!(drawn.2[row], winner, "k {k}");
        let max = z[winner];
        for (class, exact) in exact.into_iter().enumerate() {
            let at = row * k + class;
            assert_eq!(drawn.1[at], f32::from(u8::from(class == winner)));
            // Half a unit for each rounding: z - max, which 1 / tau magnifies; the additions of a
            // lane; five of 2^x and the factor; without a fused product also the roundings of
            // (z - max) and c.
            let x = if exact == 0.0 { 0.0 } else { (max - z[class]) / tau };
            let additions = k.div_ceil(4).min(22) as f64 + 2.0;
            let units = 6.0 + additions + x * if fused { 1.0 } else { 3.0 };
            let bound = units * exact / 2f64.powi(24) + 2f64.powi(-124);
            let error = (f64::from(drawn.0[at]) - exact).abs();
            assert!(error <= bound, "k {k} tau {tau}: {} {exact}", drawn.0[at]);
        }
    }
}

#[test]
fn any_axis_equals_the_last_to_the_bit() {
    for (a, k, b) in [(3, 5, 4), (2, 2, 17), (2, 64, 16), (1, 65, 33), (2, 100, 3), (1, 3000, 2)] {
        let l = logits(a * k * b);
        let mut g = vec![0.0; l.len()];
        noise::gumbel_into(Key::new(3), 0, &mut g);
        let transpose = |x: &[f32]| -> Vec<f32> {
            let at = |i: usize, j: usize, c: usize| x[(i * k + c) * b + j];
            (0..x.len()).map(|n| at(n / (b * k), n / k % b, n % k)).collect()
        };
        let axis = Axis::of(&[a, k, b], 1).unwrap();
        let key = Key::new(3).into();
        let (soft, hard, winners) = draw(simd::level(), &l, axis, key, 0.5);
        let (l, g) = (transpose(&l), transpose(&g));
        let last = draw(simd::level(), &l, k.into(), Noise::Given(&g), 0.5);
        assert!(bits(&transpose(&soft)) == bits(&last.0));
        assert_eq!((transpose(&hard), winners), (last.1, last.2));
    }
}

#[test]
fn parts_of_a_batch_equal_the_batch() {
    for k in [2, 3, 10, 33, 64, 100, 2049] {
        let l = logits(50 * k);
        let whole = draw(simd::level(), &l, k.into(), Key::new(4).into(), 0.5);
        for cut in [1, 16, 37, 49] {
            let noise = Noise::Keyed { key: Key::new(4), offset: (cut * k) as u64 };
            let part = draw(simd::level(), &l[cut * k..], k.into(), noise, 0.5);
            assert!(bits(&part.0) == bits(&whole.0[cut * k..]));
            assert_eq!(part.2, whole.2[cut..]);
        }
    }
}

#[test]
fn extreme_logits_and_temperatures_give_rows_that_sum_to_1() {
    let l = [3e38_f32, -3e38, 0.0, f32::NEG_INFINITY, 1e-40, 3e38];
    for tau in [1e-300, 1e-38, 1e-6, 1.0, 1e6, 1e38, 1e300] {
        for k in [2, 3, 6] {
            let (soft, ..) = draw(simd::level(), &l, k.into(), Key::new(5).into(), tau);
            for row in soft.chunks(k) {
                assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{tau} {soft:?}");
            }
            assert_eq!(soft[3], 0.0);
        }
    }
}

#[test]
fn in_place_equals_separate_buffers_at_every_level() {
    for (level, _) in simd::levels() {
        for k in widths() {
            for rows in [1, 15, 17, 40] {
                let l = if k == 1 { vec![0.5; rows] } else { logits(rows * k) };
                let noise = Noise::Keyed { key: Key::new(2), offset: 5 };
                let (mut y, mut hard) = (vec![9.0; l.len()], vec![9.0; l.len()]);
                run(level, &l, k.into(), noise, 0.5, Some(&mut y), Winners::OneHot(&mut hard));
                let (mut in_place, mut picked) = (l.clone(), vec![9.0; l.len()]);
                let winners = Winners::OneHot(&mut picked);
                let (axis, tau, buffers) = (k.into(), 0.5.into(), Buffers::InPlace(&mut in_place));
                let maxima = &scan::rows(level, &l, axis).1[..];
                gumbel_rows(
                    level,
                    GumbelRows { axis, tau, noise, maxima, buffers, form: Form::Soft, winners },
                );
                assert!(bits(&in_place) == bits(&y) && picked == hard, "{level:?} {k} {rows}");
            }
        }
    }
}

/// Rows with temperatures of their own have the bits of calls with one temperature, at every level.
#[test]
fn a_temperature_for_each_row_at_every_level() {
    for (level, _) in simd::levels() {
        for k in widths() {
            for rows in [1, 15, 17, 40] {
                if k > NARROW && rows > 17 {
                    continue;
                }
                let l = if k == 1 { vec![0.5; rows] } else { logits(rows * k) };
                let noise = Noise::Keyed { key: Key::new(6), offset: 5 };
                let tau: Vec<f64> = (0..rows).map(|row| [0.1, 0.7, 3.0][row % 3]).collect();
                let (mut y, mut hard) = (vec![9.0; l.len()], vec![9.0; l.len()]);
                let maxima = &scan::rows(level, &l, k.into()).1[..];
                let (axis, buffers) = (k.into(), Buffers::Separate(&l, &mut y));
                let (each, winners) = (tau[..].into(), Winners::OneHot(&mut hard));
                let work = GumbelRows {
                    axis,
                    tau: each,
                    noise,
                    maxima,
                    buffers,
                    form: Form::Soft,
                    winners,
                };
                gumbel_rows(level, work);
                for (phase, tau) in [0.1, 0.7, 3.0].into_iter().enumerate() {
                    let (soft, picked, _) = draw(level, &l, k.into(), noise, tau);
                    for row in (phase..rows).step_by(3) {
                        let at = row * k..(row + 1) * k;
                        assert!(bits(&y[at.clone()]) == bits(&soft[at.clone()]), "{level:?} {k}");
                        assert!(hard[at.clone()] == picked[at]);
                    }
                }
            }
        }
    }
}
