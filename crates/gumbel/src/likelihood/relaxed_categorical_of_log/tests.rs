//! The log-space form against the paper's formula, quadrature, finite differences and samples.

use super::*;
use crate::error::Error;
use crate::relax::gumbel_log_softmax;
use crate::{Key, noise, oracle};

fn logits(n: usize, seed: u64) -> Vec<f64> {
    let mut l = vec![0.0; n];
    noise::logistic_into(Key::new(seed), 0, &mut l);
    l
}

/// The log-densities at the points of a grid in the differences of x, and the volume of a cell. The trapezoid rule
/// converges exponentially: e^-39 for the step 0.5 / tau; the tails beyond 40 / tau are e^-40.
fn on_grid(l: &[f64], tau: f64) -> (f64, Vec<f64>) {
    let k = l.len();
    let n = 161_usize.pow(k as u32 - 1);
    let mut x = Vec::new();
    for i in 0..n {
        let u = [(i % 161) as f64, (i / 161) as f64].map(|j| (j - 80.0) * 0.5 / tau);
        x.extend_from_slice(&u[..k - 1]);
        x.push(0.0);
    }
    let ln_density = relaxed_categorical_ln_density_of_log(&x, &l.repeat(n), k, tau).unwrap();
    ((0.5 / tau).powi(k as i32 - 1), ln_density)
}

#[test]
fn integral_over_the_differences_is_one() {
    for tau in [0.01, 0.05, 0.5, 2.0] {
        for l in [&[0.5, -1.0][..], &[0.0, 0.0], &[1.0, 0.0, -0.5], &[3.0, -1.0, 0.0]] {
            let (cell, ln_density) = on_grid(l, tau);
            let integral = cell * ln_density.iter().map(|l| l.exp()).sum::<f64>();
            assert!((integral - 1.0).abs() < 1e-12, "{l:?} {tau}: {integral}");
        }
    }
}

#[test]
fn monte_carlo_entropy_is_that_of_quadrature() {
    let (l, n) = ([0.5, -1.0], 20_000);
    for tau in [0.05, 0.66] {
        let (cell, ln_density) = on_grid(&l, tau);
        let moment =
            |power| cell * ln_density.iter().map(|l| l.exp() * (-l).powi(power)).sum::<f64>();
        let (entropy, square) = (moment(1), moment(2));
        // The difference of two coordinates is logistic with scale 1 / tau.
        assert!((entropy - (2.0 - tau.ln())).abs() < 1e-10, "{entropy}");
        let x = gumbel_log_softmax(&l.repeat(n), 2, tau, Key::new(5)).unwrap();
        let ln_density = relaxed_categorical_ln_density_of_log(&x, &l.repeat(n), 2, tau).unwrap();
        let mean = -ln_density.iter().sum::<f64>() / n as f64;
        // Six standard errors: a false alarm in 5e8 seeds.
        let error = 6.0 * ((square - entropy * entropy) / n as f64).sqrt();
        assert!((mean - entropy).abs() < error, "{mean} {entropy} {error}");
    }
}

#[test]
fn f32_samples_at_small_tau_have_the_density_of_f64() {
    let (rows, k) = (200, 10);
    let l: Vec<f32> = logits(rows * k, 1).iter().map(|&l| 3.0 * l as f32).collect();
    let mut g = vec![0.0_f32; rows * k];
    noise::gumbel_into(Key::new(2), 0, &mut g);
    let wide = |v: &[f32]| -> Vec<f64> { v.iter().map(|&v| f64::from(v)).collect() };
    let (wide_l, wide_g) = (wide(&l), wide(&g));
    let mut underflows = 0;
    for tau in [0.05, 0.01, 1e-6] {
        let x = gumbel_log_softmax(&l, k, tau, &g).unwrap();
        underflows += x.iter().filter(|x| x.exp() == 0.0).count();
        let ours = relaxed_categorical_ln_density_of_log(&x, &l, k, tau).unwrap();
        let exact_x = gumbel_log_softmax(&wide_l, k, tau, &wide_g).unwrap();
        let exact = relaxed_categorical_ln_density_of_log(&exact_x, &wide_l, k, tau).unwrap();
        for row in 0..rows {
            let at = row * k..(row + 1) * k;
            // z is rounded twice at a size of at most |l| + |g|, x once: 2 n times three roundings; one of the result.
            let size = |v: &[f64]| v.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
            let z = 2.0 * size(&wide_l[at.clone()]) + size(&wide_g[at.clone()]);
            let bound = 2f64.powi(-24) * (2.0 * k as f64 * 3.0 * z + exact[row].abs());
            let error = (f64::from(ours[row]) - exact[row]).abs();
            assert!(exact[row].is_finite() && error <= bound, "{tau}: {error} {bound}");
        }
    }
    assert!(underflows > 1000, "{underflows}");
}

#[test]
fn gradients_are_finite_differences() {
    let (rows, k) = (3, 4);
    let weights = [1.0, -0.5, 2.0];
    for tau in [0.05, 0.5, 3.0] {
        let l = logits(rows * k, 3);
        let x = gumbel_log_softmax(&l, k, tau, Key::new(4)).unwrap();
        let cost = |x: &[f64], l: &[f64], tau: f64| -> f64 {
            let ln_density = relaxed_categorical_ln_density_of_log(x, l, k, tau).unwrap();
            ln_density.iter().zip(&weights).map(|(p, w)| p * w).sum()
        };
        let (mut dx, mut dl) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        let of = relaxed_categorical_ln_density_of_log_vjp_into;
        of(&x, &l, &weights, k, tau, &mut dx, &mut dl).unwrap();
        // Third derivatives are below 1 (27 for x at tau = 3), so h^2 / 6 of them, and 1e-14 / h of rounding.
        let numeric = oracle::finite_difference(|l| cost(&x, l, tau), &l, 1e-5);
        assert!(dl.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 1e-8));
        let numeric = oracle::finite_difference(|x| cost(x, &l, tau), &x, 1e-5);
        assert!(dx.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 1e-8));
        // w = l - tau x moves by h |x| < 1e-5 |z|.
        let dtau = relaxed_categorical_ln_density_of_log_vjp_tau(&x, &l, &weights, k, tau).unwrap();
        let numeric = oracle::finite_difference(|t| cost(&x, &l, t[0]), &[tau], 1e-5 * tau)[0];
        assert!((dtau - numeric).abs() * tau < 1e-7, "{dtau} {numeric}");
    }
}

#[test]
fn shifts_axes_and_masks() {
    let (rows, k, tau) = (4, 3, 0.05);
    let l = logits(rows * k, 6);
    let x = gumbel_log_softmax(&l, k, tau, Key::new(7)).unwrap();
    let of = relaxed_categorical_ln_density_of_log::<f64>;
    let ln_density = of(&x, &l, k, tau).unwrap();
    // A row of x need not be normalised.
    let moved: Vec<f64> = x.iter().map(|x| x + 64.0).collect();
    let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
    assert!(close(&of(&moved, &l, k, tau).unwrap(), &ln_density));
    // An exact shift of the logits.
    let l: Vec<f64> = l.iter().map(|l| (l * 1024.0).round() / 1024.0).collect();
    let shifted: Vec<f64> = l.iter().map(|l| l + 1e6).collect();
    assert_eq!(of(&x, &l, k, tau).unwrap(), of(&x, &shifted, k, tau).unwrap());
    // Rows along the first axis.
    let turn =
        |v: &[f64]| -> Vec<f64> { (0..v.len()).map(|i| v[i % rows * k + i / rows]).collect() };
    let axis = Axis::of(&[k, rows], 0).unwrap();
    let turned = relaxed_categorical_ln_density_of_log(&turn(&x), &turn(&l), axis, tau).unwrap();
    assert_eq!(turned, of(&x, &l, k, tau).unwrap());
    // A masked class is left out.
    let mask = f64::NEG_INFINITY;
    let (mx, ml) = ([x[0], mask, x[1], x[2]], [l[0], mask, l[1], l[2]]);
    assert_eq!(of(&mx, &ml, 4, tau).unwrap()[0], of(&x, &l, k, tau).unwrap()[0]);
    let (mut dx, mut dl) = ([9.0; 4], [9.0; 4]);
    relaxed_categorical_ln_density_of_log_vjp_into(&mx, &ml, &[1.0], 4, tau, &mut dx, &mut dl)
        .unwrap();
    assert_eq!((dx[1], dl[1]), (0.0, 0.0));
    assert!(dl.iter().sum::<f64>().abs() < 1e-14 && dx.iter().sum::<f64>().abs() < 1e-14);
    // One possible class: a point.
    assert_eq!(of(&[0.0, -3.0], &[1.0, 2.0], 1, tau).unwrap(), [0.0, 0.0]);
    assert_eq!(of(&[mask, -3.0], &[mask, 2.0], 2, tau).unwrap(), [0.0]);
}

#[test]
fn extremes_are_finite_and_bad_input_is_named() {
    let l = [f64::MAX, -f64::MAX, 0.0];
    for x in [[-f64::MAX, f64::MAX, 0.0], [f64::MAX, -f64::MAX, 0.0], [0.0, -1e300, -1e-300]] {
        for tau in [5e-324, 0.05, f64::MAX] {
            let value = relaxed_categorical_ln_density_of_log(&x, &l, 3, tau).unwrap()[0];
            let (mut dx, mut dl) = ([9.0; 3], [9.0; 3]);
            let of = relaxed_categorical_ln_density_of_log_vjp_into;
            of(&x, &l, &[1.0], 3, tau, &mut dx, &mut dl).unwrap();
            let mut all = dx.iter().chain(&dl);
            assert!(value.is_finite() && all.all(|d| d.is_finite()), "{tau} {value}");
            let dtau = relaxed_categorical_ln_density_of_log_vjp_tau(&x, &l, &[1.0], 3, tau);
            assert!(!dtau.unwrap().is_nan());
        }
    }
    let mask = f64::NEG_INFINITY;
    let of = relaxed_categorical_ln_density_of_log::<f64>;
    let possible = of(&[mask, 0.0], &[0.0, 0.0], 2, 1.0).unwrap_err().to_string();
    assert_eq!(possible, "x: expected a finite number, found -inf at index 0");
    let masked = of(&[-1.0, 0.0], &[mask, 0.0], 2, 1.0).unwrap_err().to_string();
    assert_eq!(masked, "x: expected -inf for a class with logit -inf, found -1 at index 0");
    assert!(matches!(
        of(&[0.0], &[f64::NAN], 1, 1.0),
        Err(Error::Value { argument: "logits", .. })
    ));
    assert!(matches!(of(&[0.0], &[mask], 1, 1.0), Err(Error::AllMasked { row: 0 })));
    assert!(matches!(of(&[0.0], &[0.0], 1, f64::NAN), Err(Error::Temperature { .. })));
}
