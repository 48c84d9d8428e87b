//! The logarithm of Gumbel-Softmax against Gumbel-Softmax, plain formulas and finite differences.

use super::*;
use crate::error::Error;
use crate::relax::{gumbel_softmax_into, gumbel_softmax_vjp_tau};
use crate::{Key, gumbel_max, noise, oracle};

fn logits(n: usize, seed: u64) -> Vec<f64> {
    let mut l = vec![0.0; n];
    noise::logistic_into(Key::new(seed), 0, &mut l);
    l
}

#[test]
fn exponential_is_gumbel_softmax() {
    for (shape, dim) in
        [([7, 3, 1], 1), ([5, 16, 1], 1), ([3, 5, 4], 1), ([2, 1000, 3], 1), ([4, 1, 2], 1)]
    {
        let axis = Axis::of(&shape, dim).unwrap();
        let mut l = logits(shape.iter().product(), 1);
        if shape[1] > 1 {
            l[0] = f64::NEG_INFINITY;
        }
        let narrow: Vec<f32> = l.iter().map(|&l| l as f32).collect();
        for tau in [0.05, 0.66, 5.0] {
            let (mut y, mut y32) = (vec![0.0; l.len()], vec![0.0_f32; l.len()]);
            gumbel_softmax_into(&l, axis, tau, Key::new(2), &mut y).unwrap();
            gumbel_softmax_into(&narrow, axis, tau, Key::new(2), &mut y32).unwrap();
            let x = gumbel_log_softmax(&l, axis, tau, Key::new(2)).unwrap();
            let x32 = gumbel_log_softmax(&narrow, axis, tau, Key::new(2)).unwrap();
            for i in 0..l.len() {
                // Rounding of x at its size.
                assert!(
                    (x[i].exp() - y[i]).abs()
                        <= 1e-15 * (4.0 + x[i].abs().min(800.0)) * y[i].max(1e-300)
                );
                let (e, y) = (f64::from(x32[i]).exp(), f64::from(y32[i]));
                // The sample is within a few units and 0 below 2^-120; z / tau in f32 has a rounding of its size.
                let bound = 2f64.powi(-23) * (4.0 + f64::from(x32[i].abs()).min(200.0));
                assert!((e - y).abs() <= bound * e + 2f64.powi(-119), "{tau} {e} {y}");
                assert!(x32[i] <= 0.0 || x32[i] < 1e-6);
            }
        }
        assert_eq!(
            gumbel_log_softmax(&l, axis, 0.5, Key::new(2)).unwrap()[0] == f64::NEG_INFINITY,
            shape[1] > 1
        );
    }
}

#[test]
fn small_tau_stays_finite_and_its_largest_is_gumbel_max() {
    let l: Vec<f32> = logits(1000, 3).iter().map(|&l| l as f32).collect();
    let class = gumbel_max(&l, 10, Key::new(4)).unwrap();
    for tau in [0.05, 0.01, 1e-30, 1e-300] {
        let x = gumbel_log_softmax(&l, 10, tau, Key::new(4)).unwrap();
        assert!(x.iter().all(|x| x.is_finite()));
        for (x, class) in x.chunks(10).zip(&class) {
            assert!(x.iter().all(|v| *v <= x[*class]));
        }
    }
    assert_eq!(gumbel_log_softmax(&[5.0_f32, -2.0], 1, 0.05, Key::new(1)).unwrap(), [0.0, 0.0]);
    // Equal logits far from 0, and a shift.
    let (a, b) = ([1e8_f32, 1e8, 1e8 + 8.0], [0.0_f32, 0.0, 8.0]);
    let [a, b] = [a, b].map(|l| gumbel_log_softmax(&l, 3, 0.05, Key::new(1)).unwrap());
    assert_eq!(a, b);
}

#[test]
fn gradients_are_finite_differences() {
    let (rows, k) = (4, 5);
    let (l, dx) = (logits(rows * k, 5), logits(rows * k, 6));
    let mut g = vec![0.0; rows * k];
    noise::gumbel_into(Key::new(7), 0, &mut g);
    for tau in [0.3, 1.0, 4.0] {
        let cost = |l: &[f64], tau: f64| -> f64 {
            let x = gumbel_log_softmax(l, k, tau, &g).unwrap();
            x.iter().zip(&dx).map(|(x, d)| x * d).sum()
        };
        let x = gumbel_log_softmax(&l, k, tau, &g).unwrap();
        let mut dl = vec![0.0; l.len()];
        gumbel_log_softmax_vjp_into(&x, &dx, k, tau, &mut dl).unwrap();
        // Third derivatives are below 10 / tau^3, so h^2 / 6 of them; 1e-14 / h of rounding.
        let bound = 1e-9 * (10.0 + tau.powi(-3));
        let numeric = oracle::finite_difference(|l| cost(l, tau), &l, 1e-5);
        assert!(dl.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < bound));
        let dtau = gumbel_softmax_vjp_tau(&l, k, tau, &g, &dl).unwrap();
        let numeric = oracle::finite_difference(|t| cost(&l, t[0]), &[tau], 1e-5 * tau)[0];
        assert!((dtau - numeric).abs() < bound * 100.0 / tau, "{dtau} {numeric}");
    }
    // Along the first axis, with a masked class whose dx is left out.
    let x = [0.25_f64.ln(), f64::NEG_INFINITY, 0.75_f64.ln()];
    let mut dl = [9.0; 3];
    let axis = Axis::of(&[3, 1], 0).unwrap();
    gumbel_log_softmax_vjp_into(&x, &[1.0, f64::NAN, 1.0], axis, 0.5, &mut dl).unwrap();
    assert!((dl[0] - 1.0).abs() < 1e-15 && dl[1] == 0.0 && (dl[2] + 1.0).abs() < 1e-15);
}

#[test]
fn bad_input_is_named_and_leaves_the_buffer() {
    let of = |l: &[f32], k: usize, tau, g: &[f32]| {
        let mut x = [9.0; 2];
        let error = gumbel_log_softmax_into(l, k, tau, g, &mut x).unwrap_err();
        assert_eq!(x, [9.0; 2]);
        error
    };
    let l = [0.0_f32; 2];
    assert!(matches!(of(&l, 2, 0.0, &l), Error::Temperature { .. }));
    assert!(matches!(of(&l, 2, 1.0, &[0.0]), Error::Length { argument: "noise", .. }));
    assert!(matches!(of(&[0.0, f32::NAN], 2, 1.0, &l), Error::Value { index: 1, .. }));
    assert!(matches!(of(&[f32::NEG_INFINITY; 2], 2, 1.0, &l), Error::AllMasked { row: 0 }));
    assert!(matches!(of(&[0.0; 4], 2, 1.0, &[0.0; 4]), Error::Length { argument: "x", .. }));
    assert!(gumbel_log_softmax::<f32>(&[], 2, 1.0, Key::new(1)).unwrap().is_empty());
}
