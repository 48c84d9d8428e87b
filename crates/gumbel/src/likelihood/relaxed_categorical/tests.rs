//! The simplex form against the paper's formula, quadrature, finite differences, and the log-space form.

use super::*;
use crate::error::Error;
use crate::likelihood::relaxed_categorical_ln_density_of_log;
use crate::{Key, gumbel_softmax, noise, oracle};

fn logits(n: usize, seed: u64) -> Vec<f64> {
    let mut l = vec![0.0; n];
    noise::logistic_into(Key::new(seed), 0, &mut l);
    l
}

#[test]
fn equals_the_formula_and_the_log_space_form() {
    for (k, tau) in [(1, 0.5), (2, 0.3), (3, 0.66), (10, 1.0), (19, 2.0), (20, 2.0), (60, 5.0)] {
        let l = logits(8 * k, 1);
        let y = gumbel_softmax(&l, k, tau, Key::new(2)).unwrap();
        let ln_p = relaxed_categorical_ln_density(&y, &l, k, tau).unwrap();
        let x: Vec<f64> = y.iter().map(|y| y.ln()).collect();
        let of_log = relaxed_categorical_ln_density_of_log(&x, &l, k, tau).unwrap();
        for row in 0..8 {
            let at = row * k..(row + 1) * k;
            let exact = oracle::relaxed_categorical_ln_density(&y[at.clone()], &l[at.clone()], tau);
            // k terms of at most (tau + 1) |ln y|, each with a few roundings.
            let size: f64 = x[at.clone()].iter().map(|x| 1.0 + (tau + 1.0) * x.abs()).sum();
            assert!((ln_p[row] - exact).abs() < 1e-15 * size * 4.0, "{k} {tau} {}", ln_p[row]);
            let jacobian: f64 = x[at].iter().sum();
            assert!((ln_p[row] - (of_log[row] - jacobian)).abs() < 1e-15 * size, "{k} {tau}");
        }
    }
}

/// The integral over the simplex, in the differences u of ln y, where dy = prod y du: the trapezoid rule converges
/// exponentially, with an error of e^-39 for the step 0.5 / tau, and the tails beyond 40 / tau are e^-40 / tau.
fn integral(l: &[f64], tau: f64) -> f64 {
    let k = l.len();
    let n = 161_usize.pow(k as u32 - 1);
    let mut y = Vec::new();
    for i in 0..n {
        let u = [(i % 161) as f64, (i / 161) as f64].map(|j| (j - 80.0) * 0.5 / tau);
        let x = if k == 2 { vec![u[0], 0.0] } else { vec![u[0], u[1], 0.0] };
        y.extend(oracle::softmax(&x));
    }
    let ln_p = relaxed_categorical_ln_density(&y, &l.repeat(n), k, tau).unwrap();
    let cell = (0.5 / tau).powi(k as i32 - 1);
    let density = |(y, ln_p): (&[f64], &f64)| (ln_p + y.iter().map(|y| y.ln()).sum::<f64>()).exp();
    cell * y.chunks(k).zip(&ln_p).map(density).sum::<f64>()
}

#[test]
fn integral_is_one() {
    for tau in [0.2, 0.66, 1.0, 3.0] {
        for l in [&[0.5, -1.0][..], &[0.0, 0.0], &[1.0, 0.0, -0.5], &[3.0, -1.0, 0.0]] {
            let integral = integral(l, tau);
            assert!((integral - 1.0).abs() < 1e-12, "{l:?} {tau}: {integral}");
        }
    }
}

#[test]
fn gradients_are_finite_differences() {
    let (rows, k) = (3, 4);
    let weights = [1.0, -0.5, 2.0];
    for tau in [0.5, 1.0, 3.0] {
        let l = logits(rows * k, 3);
        let y = gumbel_softmax(&l, k, tau, Key::new(4)).unwrap();
        let cost = |y: &[f64], l: &[f64], tau: f64| -> f64 {
            let ln_p = relaxed_categorical_ln_density(y, l, k, tau).unwrap();
            ln_p.iter().zip(&weights).map(|(p, w)| p * w).sum()
        };
        let (mut dy, mut dl) = (vec![0.0; y.len()], vec![0.0; y.len()]);
        relaxed_categorical_ln_density_vjp_into(&y, &l, &weights, k, tau, &mut dy, &mut dl)
            .unwrap();
        // Third derivatives are below 1, so h^2 / 6, and 1e-14 / h of rounding.
        let numeric = oracle::finite_difference(|l| cost(&y, l, tau), &l, 1e-5);
        assert!(dl.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 5e-9));
        for i in 0..y.len() {
            // A step in proportion to y, small enough for the check of the sum: relative h^2, rounding 1e-14 / h.
            let h = 5e-7 * y[i];
            let numeric = oracle::finite_difference(
                |one| {
                    let mut moved = y.clone();
                    moved[i] = one[0];
                    cost(&moved, &l, tau)
                },
                &[y[i]],
                h,
            )[0];
            assert!((dy[i] - numeric).abs() * y[i] < 1e-7, "{} {numeric}", dy[i]);
        }
        let dtau = relaxed_categorical_ln_density_vjp_tau(&y, &l, &weights, k, tau).unwrap();
        let numeric = oracle::finite_difference(|t| cost(&y, &l, t[0]), &[tau], 1e-5)[0];
        assert!((dtau - numeric).abs() < 2e-7, "{dtau} {numeric}");
    }
}

#[test]
fn masked_is_the_law_without_the_class() {
    let (mask, tau) = (f64::NEG_INFINITY, 0.7);
    let (y, l) = ([0.2, 0.5, 0.3], [0.1, -0.2, 0.4]);
    let (masked_y, masked_l) = ([0.2, 0.0, 0.5, 0.3, 0.0], [0.1, mask, -0.2, 0.4, mask]);
    let short = relaxed_categorical_ln_density(&y, &l, 3, tau).unwrap();
    assert_eq!(relaxed_categorical_ln_density(&masked_y, &masked_l, 5, tau).unwrap(), short);
    let (mut dy, mut dl) = ([9.0; 5], [9.0; 5]);
    let (mut short_dy, mut short_dl) = ([9.0; 3], [9.0; 3]);
    let of = relaxed_categorical_ln_density_vjp_into;
    of(&masked_y, &masked_l, &[2.0], 5, tau, &mut dy, &mut dl).unwrap();
    of(&y, &l, &[2.0], 3, tau, &mut short_dy, &mut short_dl).unwrap();
    assert_eq!([dy[0], dy[2], dy[3]], short_dy);
    assert_eq!([dl[0], dl[2], dl[3]], short_dl);
    assert_eq!([dy[1], dy[4], dl[1], dl[4]], [0.0; 4]);
    // One possible class is a point.
    let (y, l) = ([0.0, 1.0 - 1e-9], [mask, 3.0]);
    assert_eq!(relaxed_categorical_ln_density(&y, &l, 2, tau).unwrap(), [0.0]);
    let (mut dy, mut dl) = ([9.0; 2], [9.0; 2]);
    of(&y, &l, &[2.0], 2, tau, &mut dy, &mut dl).unwrap();
    assert_eq!((dy, dl), ([0.0; 2], [0.0; 2]));
    assert_eq!(relaxed_categorical_ln_density_vjp_tau(&y, &l, &[2.0], 2, tau).unwrap(), 0.0);
}

#[test]
fn a_shift_changes_no_bit_and_extremes_are_finite() {
    let (y, l) = ([0.25_f32, 0.5, 0.25], [1.0, -0.5, 2.0]);
    let shifted = l.map(|l| l + 4096.0);
    let ln_p = relaxed_categorical_ln_density(&y, &l, 3, 0.3).unwrap();
    assert_eq!(ln_p, relaxed_categorical_ln_density(&y, &shifted, 3, 0.3).unwrap());
    let (y, l) = ([1e-45_f32, 1.0, 1e-38], [3e38, -3e38, 0.0]);
    for tau in [5e-324, 1e-300, 0.05, 1.0, 1e300, f64::MAX] {
        let ln_p = relaxed_categorical_ln_density(&y, &l, 3, tau).unwrap();
        let (mut dy, mut dl) = ([f32::NAN; 3], [f32::NAN; 3]);
        relaxed_categorical_ln_density_vjp_into(&y, &l, &[1.0], 3, tau, &mut dy, &mut dl).unwrap();
        let all = dy.iter().chain(&dl).chain(&ln_p);
        assert!(all.clone().all(|x| x.is_finite()), "{tau} {dy:?} {dl:?} {ln_p:?}");
        assert!(
            relaxed_categorical_ln_density_vjp_tau(&y, &l, &[1.0], 3, tau).unwrap().is_finite()
        );
    }
}

#[test]
fn bad_input_is_named_and_leaves_the_buffer() {
    let of = |y: &[f32], l: &[f32], k: usize, tau| {
        let mut out = [9.0; 1];
        let error = relaxed_categorical_ln_density_into(y, l, k, tau, &mut out).unwrap_err();
        assert_eq!(out, [9.0]);
        error
    };
    let l = [0.0_f32, 0.0];
    let zero = of(&[0.0, 1.0], &l, 2, 0.05).to_string();
    let stated = "y: expected a number above 0 (the density of ln y takes samples that underflow), found 0 at index 0";
    assert_eq!(zero, stated);
    let sum = of(&[0.5, 0.25], &l, 2, 0.5).to_string();
    assert_eq!(sum, "y: expected row 0 to sum to 1 within 0.001, found 0.75");
    let masked = of(&[0.5, 0.5], &[0.0, f32::NEG_INFINITY], 2, 0.5);
    assert!(matches!(masked, Error::Value { argument: "y", index: 1, .. }));
    assert!(matches!(of(&[f32::NAN, 1.0], &l, 2, 0.5), Error::Value { argument: "y", .. }));
    assert!(matches!(
        of(&[0.5, 0.5], &[f32::NAN, 0.0], 2, 0.5),
        Error::Value { argument: "logits", .. }
    ));
    assert!(matches!(of(&[0.5; 3], &l, 2, 0.5), Error::Length { argument: "y", .. }));
    assert!(matches!(of(&[], &[], 0, 0.5), Error::NoClasses));
    assert!(matches!(of(&[0.5; 2], &l, 2, 0.0), Error::Temperature { .. }));
    assert!(matches!(of(&[], &[], 2, 0.5), Error::Length { argument: "ln_density", .. }));
    assert_eq!(relaxed_categorical_ln_density::<f32>(&[], &[], 2, 0.5).unwrap(), []);
}
