//! Compares `f64` results with the oracle and finite differences; tests properties that hold at any precision.

use super::*;
use crate::error::Error;
use crate::key::Key;
use crate::noise;
use crate::oracle;

fn logits(n: usize, seed: u64) -> Vec<f64> {
    let mut l = vec![0.0; n];
    noise::logistic_into(Key::new(seed), 0, &mut l);
    l
}

fn gumbels(n: usize, seed: u64) -> Vec<f64> {
    let mut g = vec![0.0; n];
    noise::gumbel_into(Key::new(seed), 0, &mut g);
    g
}

#[test]
fn equals_the_oracle() {
    for k in [1, 2, 3, 10, 32, 1000, 5000] {
        let rows = 7;
        let (l, g) = (logits(rows * k, 1), gumbels(rows * k, 2));
        for tau in [0.05, 0.5, 1.0, 30.0] {
            let y = gumbel_softmax(&l, k, tau, Key::new(2)).unwrap();
            for row in 0..rows {
                let at = row * k..(row + 1) * k;
                let exact = oracle::gumbel_softmax(&l[at.clone()], &g[at.clone()], tau);
                for (y, exact) in y[at].iter().zip(&exact) {
                    // z has an error of a few units, which 1 / tau magnifies.
                    let bound = 1e-14 / tau.min(1.0) * (1.0 + exact.ln().abs());
                    assert!((y - exact).abs() <= bound * exact, "{k} {tau}: {y} {exact}");
                }
            }
        }
    }
}

#[test]
fn key_equals_its_noise_to_the_bit() {
    for k in [2, 10, 64, 100, 3000] {
        let l: Vec<f32> = logits(5 * k, 3).iter().map(|&l| l as f32).collect();
        let mut g = vec![0.0_f32; 5 * k];
        noise::gumbel_into(Key::new(4), 0, &mut g);
        assert_eq!(
            gumbel_softmax(&l, k, 0.7, Key::new(4)).unwrap(),
            gumbel_softmax(&l, k, 0.7, &g).unwrap()
        );
    }
}

#[test]
fn parts_of_a_batch_equal_the_batch() {
    let l = logits(100 * 10, 5);
    let whole = gumbel_softmax(&l, 10, 0.5, Key::new(6)).unwrap();
    for cut in [1, 37, 99] {
        let offset = cut as u64 * 10;
        let noise = Noise::Keyed { key: Key::new(6), offset };
        let part = gumbel_softmax(&l[cut * 10..], 10, 0.5, noise).unwrap();
        assert_eq!(part, whole[cut * 10..]);
    }
}

#[test]
fn any_axis_equals_the_transposed_last_axis() {
    let (a, k, b) = (3, 5, 4);
    let (l, g) = (logits(a * k * b, 7), gumbels(a * k * b, 8));
    let transpose = |x: &[f64]| -> Vec<f64> {
        let at = |i: usize, j: usize, c: usize| x[(i * k + c) * b + j];
        (0..a * b * k).map(|n| at(n / (b * k), n / k % b, n % k)).collect()
    };
    let axis = Axis::of(&[a, k, b], 1).unwrap();
    let mut y = vec![0.0; l.len()];
    gumbel_softmax_into(&l, axis, 0.5, Key::new(8), &mut y).unwrap();
    let transposed = gumbel_softmax(&transpose(&l), k, 0.5, &transpose(&g)).unwrap();
    assert_eq!(transpose(&y), transposed);

    let dy = logits(y.len(), 9);
    let (mut dl, mut dl_transposed) = (vec![0.0; y.len()], vec![0.0; y.len()]);
    gumbel_softmax_vjp_into(&y, &dy, axis, 0.5, &mut dl).unwrap();
    gumbel_softmax_vjp_into(&transposed, &transpose(&dy), k, 0.5, &mut dl_transposed).unwrap();
    assert_eq!(transpose(&dl), dl_transposed);
    let one = gumbel_softmax_vjp_tau(&l, axis, 0.5, Key::new(8), &dl).unwrap();
    let other =
        gumbel_softmax_vjp_tau(&transpose(&l), k, 0.5, &transpose(&g), &dl_transposed).unwrap();
    assert!((one - other).abs() <= 1e-12 * one.abs());
}

#[test]
fn gradients_equal_finite_differences() {
    for (k, tau) in [(1, 0.5), (2, 0.3), (3, 1.0), (10, 0.5), (10, 5.0)] {
        let (l, g, dy) = (logits(3 * k, 10), gumbels(3 * k, 11), logits(3 * k, 12));
        let cost = |l: &[f64], tau: f64| -> f64 {
            let y = gumbel_softmax(l, k, tau, &g).unwrap();
            y.iter().zip(&dy).map(|(y, d)| y * d).sum()
        };
        let y = gumbel_softmax(&l, k, tau, &g).unwrap();
        let mut dl = vec![0.0; l.len()];
        gumbel_softmax_vjp_into(&y, &dy, k, tau, &mut dl).unwrap();
        // Central differences with h = 1e-5: truncation h^2 |c'''| / 6 with |c'''| of about
        // |dy| / tau^3, rounding 1e-16 |c| / h.
        let bound = 1e-10 * (1.0 + tau.powi(-3)) * 20.0;
        let difference = oracle::finite_difference(|l| cost(l, tau), &l, 1e-5);
        for (ours, difference) in dl.iter().zip(&difference) {
            assert!((ours - difference).abs() < bound, "{ours} {difference}");
        }
        let dtau = gumbel_softmax_vjp_tau(&l, k, tau, &g, &dl).unwrap();
        let difference = oracle::finite_difference(|t| cost(&l, t[0]), &[tau], 1e-5 * tau)[0];
        assert!((dtau - difference).abs() < bound * 100.0, "{dtau} {difference}");
    }
}

#[test]
fn a_masked_class_is_absent() {
    let mut l = logits(4, 13);
    l[2] = f64::NEG_INFINITY;
    let g = gumbels(4, 14);
    let y = gumbel_softmax(&l, 4, 0.5, &g).unwrap();
    let without = |x: &[f64]| vec![x[0], x[1], x[3]];
    assert_eq!(without(&y), gumbel_softmax(&without(&l), 3, 0.5, &without(&g)).unwrap());
    assert_eq!(y[2], 0.0);
    // Even an infinite gradient does not pass through it.
    let mut dl = vec![1.0; 4];
    gumbel_softmax_vjp_into(&y, &[1.0, 2.0, f64::INFINITY, 3.0], 4, 0.5, &mut dl).unwrap();
    assert_eq!(dl[2], 0.0);
    assert!(dl.iter().all(|d| d.is_finite()));
    assert!(gumbel_softmax_vjp_tau(&l, 4, 0.5, &g, &dl).unwrap().is_finite());
}

#[test]
fn a_shift_of_the_logits_changes_only_roundings() {
    let l = logits(30, 15);
    let moved: Vec<f64> = l.iter().map(|l| l + 3.0).collect();
    let (a, b) = (
        gumbel_softmax(&l, 10, 0.5, Key::new(1)).unwrap(),
        gumbel_softmax(&moved, 10, 0.5, Key::new(1)).unwrap(),
    );
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-13));
}

#[test]
fn temperature_limits() {
    let (l, g) = (logits(10, 16), gumbels(10, 17));
    let winner = oracle::gumbel_max(&l, &g);
    for tau in [1e-3, 1e-300, f64::MIN_POSITIVE / 4.0] {
        let y = gumbel_softmax(&l, 10, tau, &g).unwrap();
        assert!(y.iter().enumerate().all(|(i, &y)| y == f64::from(u8::from(i == winner))));
    }
    for y in gumbel_softmax(&l, 10, 1e12, &g).unwrap() {
        assert!((y - 0.1).abs() < 1e-11);
    }
    let extreme = [3e38_f32, -3e38, 0.0];
    let y = gumbel_softmax(&extreme, 3, 1e-6, Key::new(1)).unwrap();
    assert_eq!(y, [1.0, 0.0, 0.0]);
}

#[test]
fn empty_and_single_class() {
    assert!(gumbel_softmax::<f32>(&[], 4, 1.0, Key::new(1)).unwrap().is_empty());
    assert_eq!(gumbel_softmax(&[-3.0, 5.0], 1, 0.1, Key::new(1)).unwrap(), [1.0, 1.0]);
    assert_eq!(gumbel_softmax::<f32>(&[], 0, 1.0, Key::new(1)), Err(Error::NoClasses));
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let y = gumbel_softmax(&[f64::MAX, f64::MIN], 2, 1.0, &[1e290, -1e290]).unwrap();
    assert_eq!(y, [1.0, 0.0]);
    let error = gumbel_softmax(&[f64::MAX, 0.0], 2, 1.0, &[f64::MAX, 0.0]);
    assert!(matches!(error, Err(Error::Value { argument: "noise", index: 0, .. })));
}

#[test]
fn bad_input_is_named() {
    let key = Key::new(1);
    for tau in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = gumbel_softmax(&[0.0, 1.0], 2, tau, key);
        assert!(matches!(error, Err(Error::Temperature { .. })));
    }
    for bad in [f32::NAN, f32::INFINITY] {
        let error = gumbel_softmax(&[0.0, 1.0, 2.0, bad], 2, 1.0, key);
        assert!(matches!(error, Err(Error::Value { argument: "logits", index: 3, .. })));
    }
    let masked = [0.0, 1.0, f32::NEG_INFINITY, f32::NEG_INFINITY];
    assert_eq!(gumbel_softmax(&masked, 2, 1.0, key), Err(Error::AllMasked { row: 1 }));
    assert!(matches!(gumbel_softmax(&[0.0; 3], 2, 1.0, key), Err(Error::NotRows { .. })));
    let short = [0.0_f32; 3];
    assert!(matches!(
        gumbel_softmax(&[0.0; 4], 2, 1.0, &short),
        Err(Error::Length { argument: "noise", expected: 4, found: 3 })
    ));
    let mut untouched = [9.0_f32; 4];
    assert!(gumbel_softmax_into(&masked, 2, 1.0, key, &mut untouched).is_err());
    assert_eq!(untouched, [9.0; 4]);
}

/// Rows that share a tile, wide rows, and rows wider than a tile, along the last axis and along another.
const SHAPES: [[usize; 3]; 12] = [
    [1, 1, 1],
    [70, 2, 1],
    [33, 10, 1],
    [17, 32, 1],
    [9, 60, 1],
    [5, 64, 1],
    [4, 100, 1],
    [3, 2049, 1],
    [3, 5000, 1],
    [3, 5, 20],
    [2, 100, 3],
    [1, 3000, 2],
];

fn in_place_equals<T: Real>(logits: &[T], made: &[T]) {
    for shape in SHAPES {
        let axis = Axis::of(&shape, 1).unwrap();
        let n = shape.iter().product();
        let key = Noise::Keyed { key: Key::new(4), offset: 37 };
        for noise in [key, Noise::Given(&made[..n])] {
            let mut y = vec![T::default(); n];
            gumbel_softmax_into(&logits[..n], axis, 0.5, noise, &mut y).unwrap();
            let mut in_place = logits[..n].to_vec();
            gumbel_softmax_in_place(&mut in_place, axis, 0.5, noise).unwrap();
            assert!(in_place == y, "{shape:?}");
        }
    }
}

#[test]
fn in_place_equals_separate_buffers_to_the_bit() {
    let (mut l, mut g) = (logits(15_000, 18), gumbels(15_000, 19));
    for l in l.iter_mut().skip(1).step_by(26) {
        *l = f64::NEG_INFINITY;
    }
    in_place_equals(&l, &g);
    let narrow = |x: &mut Vec<f64>| -> Vec<f32> { x.iter().map(|&x| x as f32).collect() };
    in_place_equals(&narrow(&mut l), &narrow(&mut g));
}

#[test]
fn in_place_leaves_bad_logits_alone() {
    let mut bad = [0.0_f32, 1.0, 2.0, f32::NAN];
    let error = gumbel_softmax_in_place(&mut bad, 2, 1.0, Key::new(1));
    assert!(matches!(error, Err(Error::Value { argument: "logits", index: 3, .. })));
    assert_eq!(bad[..3], [0.0, 1.0, 2.0]);
    assert!(gumbel_softmax_in_place::<f64>(&mut [], 2, 1.0, Key::new(1)).is_ok());
}
