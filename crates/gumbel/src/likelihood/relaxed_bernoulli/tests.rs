//! Both forms against the paper's formula, the categorical form, quadrature and finite differences.

use super::*;
use crate::error::Error;
use crate::likelihood::{
    relaxed_bernoulli_ln_density_of_logit as of_logit,
    relaxed_bernoulli_ln_density_of_logit_vjp_into as of_logit_vjp_into,
    relaxed_bernoulli_ln_density_of_logit_vjp_tau as of_logit_vjp_tau,
    relaxed_categorical_ln_density, relaxed_categorical_ln_density_of_log,
};
use crate::{Key, binary_concrete, noise, oracle};

fn logistic(n: usize, seed: u64) -> Vec<f64> {
    let mut l = vec![0.0; n];
    noise::logistic_into(Key::new(seed), 0, &mut l);
    l
}

fn logit(y: f64) -> f64 {
    y.ln() - (-y).ln_1p()
}

#[test]
fn equals_the_formula_the_other_form_and_two_classes() {
    for tau in [0.5, 0.66, 2.0] {
        let l = logistic(200, 1);
        let y = binary_concrete(&l, tau, Key::new(2)).unwrap();
        let ln_p = relaxed_bernoulli_ln_density(&y, &l, tau).unwrap();
        let x: Vec<f64> = y.iter().map(|&y| logit(y)).collect();
        let of_x = of_logit(&x, &l, tau).unwrap();
        for i in 0..200 {
            let (y, l, x) = (y[i], l[i], x[i]);
            // 1 - y has lost the digits that y near 1 has not.
            let bound = 1e-14 * (1.0 + (tau + 1.0) * x.abs() + l.abs());
            let exact = oracle::relaxed_bernoulli_ln_density(y, l, tau);
            assert!((ln_p[i] - exact).abs() < bound, "{tau} {y} {}", ln_p[i]);
            let from_x = of_x[i] - y.ln() - (-y).ln_1p();
            assert!((ln_p[i] - from_x).abs() < bound);
            let two = relaxed_categorical_ln_density(&[y, 1.0 - y], &[l, 0.0], 2, tau).unwrap();
            assert!((ln_p[i] - two[0]).abs() < bound);
            let two = relaxed_categorical_ln_density_of_log(&[x, 0.0], &[l, 0.0], 2, tau).unwrap();
            assert!((of_x[i] - two[0]).abs() < bound);
        }
    }
}

#[test]
fn integrals_are_one_and_the_entropy_is_that_of_a_logistic() {
    for (tau, l) in [(0.01, 0.0), (0.05, 2.0), (0.66, -1.0), (1.0, 0.0), (3.0, 1.0)] {
        // The trapezoid rule with step 0.5 / tau and tails of e^-40.
        let x: Vec<f64> = (-100..=100).map(|i| f64::from(i) * 0.5 / tau).collect();
        let ln_p = of_logit(&x, &[l; 201], tau).unwrap();
        let mean =
            |f: &dyn Fn(f64) -> f64| 0.5 / tau * ln_p.iter().map(|p| p.exp() * f(*p)).sum::<f64>();
        assert!((mean(&|_| 1.0) - 1.0).abs() < 1e-13);
        assert!((mean(&|p| -p) - (2.0 - tau.ln())).abs() < 1e-12);
        if tau < 1.0 {
            continue; // y underflows or rounds to 1
        }
        let below_one = |x: &&f64| x.abs() < 36.0;
        let y: Vec<f64> = x.iter().filter(below_one).map(|x| 1.0 / (1.0 + (-x).exp())).collect();
        let ln_p = relaxed_bernoulli_ln_density(&y, &vec![l; y.len()], tau).unwrap();
        let sum: f64 = y.iter().zip(&ln_p).map(|(y, p)| p.exp() * y * (1.0 - y)).sum();
        assert!((0.5 / tau * sum - 1.0).abs() < 1e-12, "{tau} {}", 0.5 / tau * sum);
    }
}

#[test]
fn gradients_are_finite_differences() {
    let n = 30;
    for tau in [0.3, 1.0, 3.0] {
        let (l, w) = (logistic(n, 3), logistic(n, 4));
        let y = binary_concrete(&l, tau, Key::new(5)).unwrap();
        let x: Vec<f64> = y.iter().map(|&y| logit(y)).collect();
        let dot = |p: Vec<f64>| -> f64 { p.iter().zip(&w).map(|(p, w)| p * w).sum() };
        let cost =
            |y: &[f64], l: &[f64], tau| dot(relaxed_bernoulli_ln_density(y, l, tau).unwrap());
        let cost_x = |x: &[f64], l: &[f64], tau| dot(of_logit(x, l, tau).unwrap());
        let (mut dy, mut dl) = (vec![0.0; n], vec![0.0; n]);
        relaxed_bernoulli_ln_density_vjp_into(&y, &l, &w, tau, &mut dy, &mut dl).unwrap();
        let (mut dx, mut dl_x) = (vec![0.0; n], vec![0.0; n]);
        of_logit_vjp_into(&x, &l, &w, tau, &mut dx, &mut dl_x).unwrap();
        // Third derivatives are below 27 |w|, so h^2 / 6 of them; 1e-13 / h of rounding.
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 5e-8);
        assert!(close(&dl, &oracle::finite_difference(|l| cost(&y, l, tau), &l, 1e-5)));
        assert!(close(&dl_x, &oracle::finite_difference(|l| cost_x(&x, l, tau), &l, 1e-5)));
        assert!(close(&dx, &oracle::finite_difference(|x| cost_x(x, &l, tau), &x, 1e-5)));
        for i in 0..n {
            // A step in proportion to the distance from the ends.
            let (near, one) = (y[i] * (1.0 - y[i]), |y: f64| {
                w[i] * relaxed_bernoulli_ln_density(&[y], &[l[i]], tau).unwrap()[0]
            });
            let numeric = oracle::finite_difference(|y| one(y[0]), &[y[i]], 1e-5 * near)[0];
            // 1 - y is rounded at the size of 1, however near to 0.
            assert!((dy[i] - numeric).abs() * near < 1e-7 + 1e-11 / near, "{} {numeric}", dy[i]);
        }
        let h = 1e-5 * tau;
        let dtau = relaxed_bernoulli_ln_density_vjp_tau(&y, &l, &w, tau).unwrap();
        let numeric = oracle::finite_difference(|t| cost(&y, &l, t[0]), &[tau], h)[0];
        assert!((dtau - numeric).abs() < 1e-6, "{dtau} {numeric}");
        let dtau = of_logit_vjp_tau(&x, &l, &w, tau).unwrap();
        let numeric = oracle::finite_difference(|t| cost_x(&x, &l, t[0]), &[tau], h)[0];
        assert!((dtau - numeric).abs() < 1e-6, "{dtau} {numeric}");
    }
}

#[test]
fn certain_choices_are_zero_and_extremes_finite() {
    let l = [f32::NEG_INFINITY, f32::INFINITY];
    let y = binary_concrete(&l, 0.05, Key::new(1)).unwrap();
    assert_eq!(relaxed_bernoulli_ln_density(&y, &l, 0.05).unwrap(), [0.0, 0.0]);
    assert_eq!(of_logit(&l, &l, 0.05).unwrap(), [0.0, 0.0]);
    let (mut dy, mut dl) = ([9.0; 2], [9.0; 2]);
    relaxed_bernoulli_ln_density_vjp_into(&y, &l, &[1.0; 2], 0.05, &mut dy, &mut dl).unwrap();
    assert_eq!((dy, dl), ([0.0; 2], [0.0; 2]));
    of_logit_vjp_into(&l, &l, &[1.0; 2], 0.05, &mut dy, &mut dl).unwrap();
    assert_eq!((dy, dl), ([0.0; 2], [0.0; 2]));
    assert_eq!(of_logit_vjp_tau(&l, &l, &[1.0; 2], 0.05).unwrap(), 0.0);
    for tau in [5e-324, 0.05, f64::MAX] {
        let (x, l) = ([f64::MAX, -f64::MAX, 5e-324], [-f64::MAX, f64::MAX, 0.0]);
        let (mut dx, mut dl) = ([9.0; 3], [9.0; 3]);
        of_logit_vjp_into(&x, &l, &[1.0; 3], tau, &mut dx, &mut dl).unwrap();
        let value = of_logit(&x, &l, tau).unwrap();
        assert!(value.iter().chain(&dx).chain(&dl).all(|x| x.is_finite()), "{tau}");
        let (y, l) = ([1e-45_f32, 1.0 - 6e-8], [3e38_f32, -3e38]);
        let (mut dy, mut dl) = ([9.0; 2], [9.0; 2]);
        relaxed_bernoulli_ln_density_vjp_into(&y, &l, &[1.0; 2], tau, &mut dy, &mut dl).unwrap();
        let value = relaxed_bernoulli_ln_density(&y, &l, tau).unwrap();
        assert!(value.iter().chain(&dy).chain(&dl).all(|x| x.is_finite()), "{tau}");
    }
}

#[test]
fn bad_input_is_named() {
    let of =
        |y: f32, l: f32| relaxed_bernoulli_ln_density(&[y], &[l], 0.5).unwrap_err().to_string();
    let stated = "y: expected a number above 0 and below 1 (the density of ln(y / (1 - y)) takes samples that round to \
                  0 or 1), found 1 at index 0";
    assert_eq!(of(1.0, 0.0), stated);
    assert_eq!(
        of(0.5, f32::INFINITY),
        "y: expected 1 where the log-odds are +inf, found 0.5 at index 0"
    );
    assert_eq!(
        of(0.5, f32::NAN),
        "log_odds: expected a number or an infinity, found NaN at index 0"
    );
    let infinite = of_logit(&[f64::INFINITY], &[0.0], 0.5).unwrap_err().to_string();
    assert_eq!(infinite, "x: expected a finite number, found inf at index 0");
    assert!(matches!(of_logit(&[0.0], &[0.0], 0.0), Err(Error::Temperature { .. })));
    assert!(matches!(
        of_logit(&[0.0_f32; 2], &[0.0], 1.0),
        Err(Error::Length { argument: "x", .. })
    ));
    assert!(of_logit::<f32>(&[], &[], 1.0).unwrap().is_empty());
}
