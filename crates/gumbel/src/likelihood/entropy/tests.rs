//! Entropies against plain sums and finite differences.

use super::*;
use crate::error::Error;
use crate::{Key, noise, oracle};

fn logits(n: usize, seed: u64) -> Vec<f64> {
    let mut l = vec![0.0; n];
    noise::logistic_into(Key::new(seed), 0, &mut l);
    l
}

#[test]
fn categorical_value_and_gradient() {
    let (rows, weights) = (3, [1.0, -0.5, 2.0]);
    for k in [1, 2, 5, 40] {
        let l = logits(rows * k, 1);
        let cost = |l: &[f64]| -> f64 {
            let h = categorical_entropy(l, k).unwrap();
            h.iter().zip(&weights).map(|(h, w)| h * w).sum()
        };
        let entropy = |l: &[f64]| -> f64 { oracle::softmax(l).iter().map(|p| -p * p.ln()).sum() };
        let plain: f64 = l.chunks(k).zip(&weights).map(|(l, w)| w * entropy(l)).sum();
        assert!((cost(&l) - plain).abs() < 1e-13);
        let mut dl = vec![9.0; l.len()];
        categorical_entropy_vjp_into(&l, &weights, k, &mut dl).unwrap();
        // Third derivatives are below 10, so h^2 / 6 of them and 1e-14 / h of rounding.
        let numeric = oracle::finite_difference(cost, &l, 1e-5);
        assert!(dl.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 2e-9));
    }
}

#[test]
fn masks_shifts_axes_and_certainty() {
    let mask = f64::NEG_INFINITY;
    let short = categorical_entropy(&[0.5, -1.0, 2.0], 3).unwrap();
    assert_eq!(categorical_entropy(&[0.5, mask, -1.0, 2.0], 4).unwrap(), short);
    assert_eq!(categorical_entropy(&[64.5, 63.0, 66.0], 3).unwrap(), short);
    assert_eq!(categorical_entropy(&[0.5_f32, 7.0], 1).unwrap(), [0.0, 0.0]);
    assert_eq!(categorical_entropy(&[mask, 7.0], 2).unwrap(), [0.0]);
    let columns = Axis::of(&[3, 2], 0).unwrap();
    let h = categorical_entropy(&[0.5, 0.0, -1.0, 0.0, 2.0, 0.0], columns).unwrap();
    assert_eq!(h[0], short[0]);
    assert!((h[1] - 3f64.ln()).abs() < 1e-15);
    let mut dl = [9.0; 3];
    categorical_entropy_vjp_into(&[mask, 0.0, 0.0], &[1.0], 3, &mut dl).unwrap();
    assert_eq!(dl, [0.0; 3]);
    // Almost certain: e (1 + d) with e = e^-d, to relative rounding; f64 sums of p ln p would give 0.
    for d in [50.0, 600.0_f64] {
        let e = (-d).exp();
        for h in [categorical_entropy(&[0.0, -d], 2).unwrap(), bernoulli_entropy(&[-d]).unwrap()] {
            assert!((h[0] / (e * (1.0 + d)) - 1.0).abs() < 1e-14);
        }
    }
    let extreme = [f64::MAX, -f64::MAX, 0.0];
    assert_eq!(categorical_entropy(&extreme, 3).unwrap(), [0.0]);
    categorical_entropy_vjp_into(&extreme, &[1.0], 3, &mut dl).unwrap();
    assert_eq!(dl, [0.0; 3]);
}

#[test]
fn bernoulli_is_two_classes() {
    let (l, w) = (logits(50, 2), logits(50, 3));
    let h = bernoulli_entropy(&l).unwrap();
    let two: Vec<f64> = l.iter().flat_map(|&l| [l, 0.0]).collect();
    let categorical = categorical_entropy(&two, 2).unwrap();
    assert!(h.iter().zip(&categorical).all(|(a, b)| (a - b).abs() < 1e-15));
    let (mut dl, mut dtwo) = (vec![9.0; 50], vec![9.0; 100]);
    bernoulli_entropy_vjp_into(&l, &w, &mut dl).unwrap();
    categorical_entropy_vjp_into(&two, &w, 2, &mut dtwo).unwrap();
    assert!(dl.iter().zip(dtwo.iter().step_by(2)).all(|(a, b)| (a - b).abs() < 1e-14));
    let cost = |l: &[f64]| -> f64 {
        bernoulli_entropy(l).unwrap().iter().zip(&w).map(|(h, w)| h * w).sum()
    };
    // As above.
    let numeric = oracle::finite_difference(cost, &l, 1e-5);
    assert!(dl.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 1e-8));
    let certain = [f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -1e30];
    let mut dl = [9.0; 4];
    bernoulli_entropy_vjp_into(&certain, &[1.0; 4], &mut dl).unwrap();
    assert_eq!((bernoulli_entropy(&certain).unwrap(), dl), (vec![0.0; 4], [0.0; 4]));
}

#[test]
fn bad_input_is_named() {
    let nan = bernoulli_entropy(&[0.0, f32::NAN]).unwrap_err().to_string();
    assert_eq!(nan, "log_odds: expected a number or an infinity, found NaN at index 1");
    assert!(matches!(categorical_entropy(&[f64::NAN], 1), Err(Error::Value { .. })));
    assert!(matches!(
        categorical_entropy(&[f64::NEG_INFINITY], 1),
        Err(Error::AllMasked { row: 0 })
    ));
    assert!(matches!(categorical_entropy(&[0.0; 3], 2), Err(Error::NotRows { .. })));
    assert!(matches!(categorical_entropy::<f32>(&[], 0), Err(Error::NoClasses)));
    let short = categorical_entropy_into(&[0.0; 4], 2, &mut [0.0]);
    assert!(matches!(short, Err(Error::Length { argument: "entropy", .. })));
    assert!(categorical_entropy::<f32>(&[], 2).unwrap().is_empty());
}
