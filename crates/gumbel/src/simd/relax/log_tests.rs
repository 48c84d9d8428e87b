//! The logarithm of Gumbel-Softmax and its gradient in `f32`: against `f64`, and with the same bits at every level.

use super::*;
use crate::axis::Axis;
use crate::kernel::winners::Winners;
use crate::key::Key;
use crate::noise::{self, Noise};
use crate::temperature::Temperature;
use crate::{oracle, simd, simd::scan};

const WIDTHS: [usize; 14] = [1, 2, 3, 4, 7, 10, 16, 31, 32, 33, 100, 1024, 2049, 131_072];
const TAUS: [f64; 3] = [1e-3, 0.05, 0.7];
const HIDDEN: f32 = f32::NEG_INFINITY;

/// One class in 13 is impossible, but never the first of a row of more than one.
fn logits(n: usize, k: usize) -> Vec<f32> {
    let mut l = vec![0.0; n];
    noise::logistic_into(Key::new(1), 0, &mut l);
    let all = l.iter_mut().enumerate().filter(|(i, _)| i % 13 == 1 && i % k != 0);
    all.for_each(|(_, l)| *l = HIDDEN);
    l
}

fn gumbels(n: usize) -> Vec<f32> {
    let mut g = vec![0.0; n];
    noise::gumbel_into(Key::new(2), 0, &mut g);
    g
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

fn log(
    level: Level,
    l: &[f32],
    axis: Axis,
    noise: Noise<'_, f32>,
    tau: Temperature<'_>,
) -> Vec<f32> {
    let mut x = vec![9.0; l.len()];
    let (maxima, winners) = (&scan::rows(level, l, axis).1[..], Winners::Unwanted);
    let (buffers, form) = (Buffers::Separate(l, &mut x), Form::Log);
    gumbel_rows(level, GumbelRows { axis, tau, noise, maxima, buffers, form, winners });
    x
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().copied().map(f64::from).collect()
}

/// (l - max l) + g of each row in `f32`, as the kernels compute it.
fn perturbed(l: &[f32], g: &[f32], k: usize) -> Vec<f64> {
    let of_row = |(l, g): (&[f32], &[f32])| {
        let top = l.iter().copied().fold(HIDDEN, f32::max);
        l.iter().zip(g).map(|(l, g)| f64::from((l - top) + g)).collect::<Vec<_>>()
    };
    l.chunks_exact(k).zip(g.chunks_exact(k)).flat_map(of_row).collect()
}

/// The documented bounds; rounded products give up to three times the error.
fn assert_close(x: f32, exact: f64, fused: bool, place: &str) {
    if exact == f64::NEG_INFINITY {
        return assert_eq!(x, HIDDEN, "{place}");
    }
    let (error, size) = ((f64::from(x) - exact).abs(), exact.abs());
    let near_certain = 8.0 + (-size.max(1e-300).ln()).max(0.0);
    let units = if fused { 1.0 } else { 3.0 } * 2f64.powi(-24);
    assert!(error <= 8.0 * units * size.max(1.0), "{place}: {x} {exact}");
    assert!(error <= near_certain * units * size + 2f64.powi(-110), "{place}: {x} {exact}");
}

#[test]
fn samples_equal_the_oracle_at_every_level() {
    let levels = simd::levels();
    for k in WIDTHS {
        for rows in if k > 3000 { [1, 2].iter() } else { [1, 17, 33].iter() } {
            let n = rows * k;
            let (l, g) = (logits(n, k), gumbels(n));
            let z = perturbed(&l, &g, k);
            for tau in TAUS {
                let first = log(levels[0].0, &l, k.into(), Noise::Given(&g), tau.into());
                let row = |z| oracle::gumbel_log_softmax(z, &vec![0.0; k], tau);
                let exact: Vec<f64> = z.chunks_exact(k).flat_map(row).collect();
                for &(level, fused) in &levels {
                    let x = log(level, &l, k.into(), Noise::Given(&g), tau.into());
                    assert!(!(fused && levels[0].1) || bits(&x) == bits(&first));
                    let place = format!("{level:?}, {rows} rows of {k}, tau {tau}");
                    for (x, exact) in x.iter().zip(&exact) {
                        assert_close(*x, *exact, fused, &place);
                    }
                }
            }
        }
    }
}

#[test]
fn rows_have_the_bits_of_their_own_temperature_and_of_the_last_axis() {
    for (level, _) in simd::levels() {
        for k in WIDTHS {
            for rows in if k > 3000 { [1, 3].iter() } else { [17, 35].iter() } {
                let n = rows * k;
                let (l, g) = (logits(n, k), gumbels(n));
                let tau: Vec<f64> = (0..*rows).map(|row| TAUS[row % 3]).collect();
                let each = log(level, &l, k.into(), Noise::Given(&g), tau[..].into());
                for (phase, one) in TAUS.into_iter().enumerate() {
                    let x = log(level, &l, k.into(), Noise::Given(&g), one.into());
                    for row in (phase..*rows).step_by(3) {
                        let at = row * k..(row + 1) * k;
                        assert!(bits(&each[at.clone()]) == bits(&x[at]), "{level:?} {k}");
                    }
                }
                // The same rows as the columns of one block [k, rows].
                let turn = |x: &[f32]| -> Vec<f32> {
                    (0..n).map(|i| x[i % rows * k + i / rows]).collect()
                };
                let (axis, g) = (Axis::of(&[k, *rows], 0).unwrap(), turn(&g));
                let x = log(level, &turn(&l), axis, Noise::Given(&g), tau[..].into());
                assert!(bits(&x) == bits(&turn(&each)), "{level:?} {k} {rows}");
            }
        }
    }
}

#[test]
fn ties_near_certain_classes_and_extreme_temperatures() {
    let none = [0.0_f32; 40];
    for (level, fused) in simd::levels() {
        for k in [2, 3, 16, 32, 40] {
            let of = |l: &[f32], tau: f64| {
                let row = [&vec![HIDDEN; k - l.len()], l].concat();
                log(level, &row, k.into(), Noise::Given(&none[..k]), tau.into())[k - l.len()..]
                    .to_vec()
            };
            for x in of(&[5.0, 5.0], 0.05) {
                assert_close(x, -2f64.ln(), fused, "a tie");
            }
            // ln(1 + e^-80) = e^-80
            let [certain, far] = of(&[4.0, 0.0], 0.05)[..] else { panic!() };
            assert_close(certain, -(-80f64).exp().ln_1p(), fused, "certain");
            assert_close(far, -80.0, fused, "far");
            for tau in [1e-300, 1e-40] {
                assert_eq!(of(&[1.0, -9.0], tau), [0.0, f32::MIN], "{tau}");
            }
            for x in of(&[1.0, -9.0], 1e300) {
                assert_close(x, -2f64.ln(), fused, "a large temperature");
            }
            // A difference beyond the range is that to an impossible class.
            assert_eq!(of(&[3e38, -3e38], 1.0), [0.0, HIDDEN]);
        }
    }
}

#[test]
fn gradients_equal_f64_at_every_level() {
    let levels = simd::levels();
    for k in WIDTHS {
        let (rows, mut dx) = (if k > 3000 { 1 } else { 35 }, gumbels(35.max(131_072 / k) * k));
        let n = rows * k;
        dx.truncate(n);
        let tau: Vec<f64> = (0..rows).map(|row| TAUS[row % 3]).collect();
        let x = log(levels[0].0, &logits(n, k), k.into(), Key::new(3).into(), tau[..].into());
        // The gradient of an impossible class does not matter.
        for (dx, _) in dx.iter_mut().zip(&x).filter(|(_, x)| **x == HIDDEN) {
            *dx = f32::INFINITY;
        }
        let mut first = vec![9.0; n];
        vjp::softmax(levels[0].0, Form::Log, &x, &dx, k, tau[..].into(), &mut first);
        for &(level, fused) in &levels {
            let mut dl = vec![9.0; n];
            vjp::softmax(level, Form::Log, &x, &dx, k, tau[..].into(), &mut dl);
            assert!(!(fused && levels[0].1) || bits(&dl) == bits(&first));
            for (row, &tau) in tau.iter().enumerate() {
                let at = row * k..(row + 1) * k;
                let (x, dx, dl) = (wide(&x[at.clone()]), wide(&dx[at.clone()]), &dl[at]);
                let possible = |(x, _): &(&f64, &f64)| **x > f64::NEG_INFINITY;
                let terms = || x.iter().zip(&dx).filter(possible).map(|(_, dx)| dx);
                let (sum, size) = (terms().sum::<f64>(), terms().map(|dx| dx.abs()).sum::<f64>());
                for i in 0..k {
                    if x[i] == f64::NEG_INFINITY {
                        assert_eq!(dl[i], 0.0);
                        continue;
                    }
                    let exact = (dx[i] - x[i].exp() * sum) / tau;
                    // The additions of one lane; e^x, whose argument has roundings of its size on levels that do not
                    // fuse; three more operations.
                    let argument = if fused { 0.0 } else { 2.0 * x[i].abs().min(100.0) };
                    let units = k.div_ceil(4).min(22) as f64 + 7.0 + argument;
                    let scale = (dx[i].abs() + x[i].exp() * size) / tau;
                    let bound = units * scale * 2f64.powi(-24) + 2f64.powi(-120) * size / tau;
                    assert!((f64::from(dl[i]) - exact).abs() <= bound, "{level:?} {k} {tau}");
                }
            }
        }
    }
}
