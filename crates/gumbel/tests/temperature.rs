//! Relaxations with a temperature for each row: against the scalar path to the bit, against finite differences, and
//! against `golden/temperature.txt`, which `golden/temperature.py` computes from the definitions.

use gumbel::relax::{
    binary_concrete_into, binary_concrete_vjp_into, binary_concrete_vjp_tau,
    binary_concrete_vjp_tau_into, gumbel_log_softmax, gumbel_log_softmax_vjp_into,
    gumbel_log_softmax_vjp_tau_into, gumbel_softmax_in_place, gumbel_softmax_into,
    gumbel_softmax_vjp_into, gumbel_softmax_vjp_tau, gumbel_softmax_vjp_tau_into,
    straight_through_binary_concrete_into, straight_through_gumbel_softmax_into,
};
use gumbel::{Axis, Error, Key, Noise, Real, Temperature, noise, oracle};

fn draw<T: Real>(n: usize, seed: u64) -> Vec<T> {
    let mut x = vec![T::default(); n];
    noise::logistic_into(Key::new(seed), 0, &mut x);
    x
}

/// Temperatures from 1/20 to 20, each four times in a different order.
fn temperatures(rows: usize) -> Vec<f64> {
    (0..rows).map(|row| [0.05, 0.3, 0.7, 1.0, 3.0, 20.0][row * 7 / 3 % 6]).collect()
}

/// The last axis, narrow to longer than a tile; other axes; enough rows for several threads.
const SHAPES: [[usize; 3]; 16] = [
    [1, 1, 1],
    [70, 2, 1],
    [37, 3, 1],
    [33, 10, 1],
    [49, 16, 1],
    [17, 32, 1],
    [9, 60, 1],
    [5, 100, 1],
    [3, 2049, 1],
    [2, 5000, 1],
    [9001, 10, 1],
    [700, 100, 1],
    [3, 5, 20],
    [2, 100, 3],
    [1, 3000, 2],
    [40, 30, 70],
];

/// What a row of one temperature gives, copied from calls with that temperature for all rows.
fn by_row<T: Real>(
    axis: Axis,
    tau: &[f64],
    n: usize,
    mut call: impl FnMut(f64, &mut [T]),
) -> Vec<T> {
    let mut distinct = tau.to_vec();
    distinct.sort_unstable_by(f64::total_cmp);
    distinct.dedup();
    let (mut all, mut one) = (vec![T::default(); n], vec![T::default(); n]);
    let (k, stride) = (axis.classes(), axis.stride());
    for t in distinct {
        call(t, &mut one);
        for (row, _) in tau.iter().enumerate().filter(|(_, tau)| **tau == t) {
            let first = row / stride * k * stride + row % stride;
            for i in (first..).step_by(stride).take(k) {
                all[i] = one[i];
            }
        }
    }
    all
}

fn rows_have_the_bits_of_the_scalar<T: Real>() {
    for shape in SHAPES {
        let axis = Axis::of(&shape, 1).unwrap();
        let n: usize = shape.iter().product();
        let (mut l, dy) = (draw::<T>(n, 1), draw::<T>(n, 2));
        for l in l.iter_mut().skip(1).step_by(26) {
            *l = if axis.classes() == 1 { *l } else { T::from(f32::NEG_INFINITY) };
        }
        let (tau, key) = (temperatures(n / axis.classes()), Key::new(3));
        let noise: Noise<'_, T> = Noise::Keyed { key, offset: 37 };
        let expected = by_row(axis, &tau, n, |tau, y| {
            gumbel_softmax_into(&l, axis, tau, noise, y).unwrap();
        });
        let (mut y, mut hard) = (vec![T::default(); n], vec![T::default(); n]);
        gumbel_softmax_into(&l, axis, &tau, noise, &mut y).unwrap();
        assert!(y == expected, "{shape:?}");
        let mut in_place = l.clone();
        gumbel_softmax_in_place(&mut in_place, axis, &tau, noise).unwrap();
        assert!(in_place == expected, "in place {shape:?}");
        let mut made = vec![T::default(); n];
        noise::gumbel_into(key, 37, &mut made);
        y.fill(T::default());
        gumbel_softmax_into(&l, axis, &tau, &made, &mut y).unwrap();
        assert!(y == expected, "given noise {shape:?}");
        y.fill(T::default());
        straight_through_gumbel_softmax_into(&l, axis, &tau, noise, &mut hard, &mut y).unwrap();
        assert!(y == expected, "straight-through {shape:?}");
        // The choice does not depend on the temperature.
        let (mut same, mut soft) = (vec![T::default(); n], vec![T::default(); n]);
        straight_through_gumbel_softmax_into(&l, axis, 1.0, noise, &mut same, &mut soft).unwrap();
        assert!(hard == same, "hard {shape:?}");

        let expected = by_row(axis, &tau, n, |tau, dl| {
            gumbel_softmax_vjp_into(&y, &dy, axis, tau, dl).unwrap();
        });
        let mut dl = vec![T::default(); n];
        gumbel_softmax_vjp_into(&y, &dy, axis, &tau, &mut dl).unwrap();
        assert!(dl == expected, "gradient {shape:?}");

        let expected = by_row(axis, &tau, n, |tau, x| {
            x.copy_from_slice(&gumbel_log_softmax(&l, axis, tau, noise).unwrap());
        });
        let x = gumbel_log_softmax(&l, axis, &tau, noise).unwrap();
        assert!(x == expected, "log {shape:?}");
        let expected = by_row(axis, &tau, n, |tau, dl| {
            gumbel_log_softmax_vjp_into(&x, &dy, axis, tau, dl).unwrap();
        });
        gumbel_log_softmax_vjp_into(&x, &dy, axis, &tau, &mut dl).unwrap();
        assert!(dl == expected, "gradient of log {shape:?}");
    }
}

#[test]
fn rows_have_the_bits_of_the_scalar_in_both_types() {
    rows_have_the_bits_of_the_scalar::<f32>();
    rows_have_the_bits_of_the_scalar::<f64>();
}

fn binary_rows_have_the_bits_of_the_scalar<T: Real>() {
    for (rows, d) in [(1, 1), (7, 5), (3, 1000), (50, 41), (3000, 1), (1, 3000), (140_000, 1)] {
        let n = rows * d;
        let (mut l, dy, tau) = (draw::<T>(n, 4), draw::<T>(n, 5), temperatures(rows));
        for l in l.iter_mut().skip(1).step_by(26) {
            *l = T::from(f32::INFINITY);
        }
        let noise: Noise<'_, T> = Noise::Keyed { key: Key::new(6), offset: 5 };
        let expected = by_row(Axis::from(d), &tau, n, |tau, y| {
            binary_concrete_into(&l, tau, noise, y).unwrap();
        });
        let (mut y, mut hard) = (vec![T::default(); n], vec![T::default(); n]);
        binary_concrete_into(&l, &tau, noise, &mut y).unwrap();
        assert!(y == expected, "{rows} {d}");
        y.fill(T::default());
        straight_through_binary_concrete_into(&l, &tau, noise, &mut hard, &mut y).unwrap();
        assert!(y == expected, "straight-through {rows} {d}");
        let expected = by_row(Axis::from(d), &tau, n, |tau, dl| {
            binary_concrete_vjp_into(&y, &dy, tau, dl).unwrap();
        });
        let mut dl = vec![T::default(); n];
        binary_concrete_vjp_into(&y, &dy, &tau, &mut dl).unwrap();
        assert!(dl == expected, "gradient {rows} {d}");
    }
}

#[test]
fn binary_rows_have_the_bits_of_the_scalar_in_both_types() {
    binary_rows_have_the_bits_of_the_scalar::<f32>();
    binary_rows_have_the_bits_of_the_scalar::<f64>();
}

/// The two derivatives of one temperature, from the noise and from the sample, in f64; and in f32 within the bound that
/// the docs state.
#[test]
fn derivatives_from_the_sample_equal_those_from_the_noise() {
    for shape in SHAPES {
        let axis = Axis::of(&shape, 1).unwrap();
        let n: usize = shape.iter().product();
        let (mut l, dy, g) = (draw::<f64>(n, 7), draw::<f64>(n, 8), draw::<f64>(n, 9));
        for l in l.iter_mut().skip(1).step_by(26) {
            *l = if axis.classes() == 1 { *l } else { f64::NEG_INFINITY };
        }
        for tau in [0.05, 0.5, 4.0] {
            let (mut y, mut dl) = (vec![0.0; n], vec![0.0; n]);
            gumbel_softmax_into(&l, axis, tau, &g, &mut y).unwrap();
            gumbel_softmax_vjp_into(&y, &dy, axis, tau, &mut dl).unwrap();
            let mut dtau = vec![9.0; n / axis.classes()];
            gumbel_softmax_vjp_tau_into(&y, &dl, axis, &mut dtau).unwrap();
            let from_noise = gumbel_softmax_vjp_tau(&l, axis, tau, &g, &dl).unwrap();
            let size: f64 = dl.iter().zip(&y).map(|(d, y)| (d * y.max(1e-300).ln()).abs()).sum();
            // Each row of dlogits sums to 0 within some units of its size.
            let bound = 1e-14 * (1.0 + size) / tau;
            let sum: f64 = dtau.iter().sum();
            assert!((sum - from_noise).abs() <= bound, "{shape:?} {tau}: {sum} {from_noise}");

            let (narrow, narrow_d): (Vec<f32>, Vec<f32>) =
                (y.iter().map(|&y| y as f32).collect(), dl.iter().map(|&d| d as f32).collect());
            gumbel_softmax_vjp_tau_into(&narrow, &narrow_d, axis, &mut dtau).unwrap();
            for (row, found) in dtau.iter().enumerate() {
                let first =
                    row / axis.stride() * axis.classes() * axis.stride() + row % axis.stride();
                let (mut exact, mut size) = (0.0, 0.0);
                for i in (first..).step_by(axis.stride()).take(axis.classes()) {
                    let (y, d) = (f64::from(narrow[i]), f64::from(narrow_d[i]));
                    let term = if y == 0.0 { 0.0 } else { -d * y.ln() };
                    exact += term;
                    size += term.abs();
                }
                let bound = size * 2f64.powi(-22) + 1e-36;
                assert!((found - exact).abs() <= bound, "{shape:?} {tau}: {found} {exact}");
            }
        }
    }
}

/// Central differences in each temperature, with h relative: truncation h^2 / tau^2, rounding 1e-16 / h.
#[test]
fn derivatives_equal_finite_differences() {
    let shape = [3, 4, 5];
    let (l, g, dy) = (draw::<f64>(60, 10), draw::<f64>(60, 11), draw::<f64>(60, 12));
    for dim in 0..3 {
        let axis = Axis::of(&shape, dim).unwrap();
        let tau: Vec<f64> = (0..60 / axis.classes()).map(|i| 0.5 + 0.1 * i as f64).collect();
        let weigh = |y: &[f64]| -> f64 { y.iter().zip(&dy).map(|(y, d)| y * d).sum() };
        let soft = |tau: &[f64]| {
            let mut y = vec![0.0; 60];
            gumbel_softmax_into(&l, axis, tau, &g, &mut y).unwrap();
            y
        };
        let (y, mut dl, mut dtau) = (soft(&tau), vec![0.0; 60], vec![0.0; tau.len()]);
        gumbel_softmax_vjp_into(&y, &dy, axis, &tau, &mut dl).unwrap();
        gumbel_softmax_vjp_tau_into(&y, &dl, axis, &mut dtau).unwrap();
        let numeric = oracle::finite_difference(|tau| weigh(&soft(tau)), &tau, 1e-5);
        assert!(dtau.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 1e-8), "{dtau:?}");

        let log = |tau: &[f64]| gumbel_log_softmax(&l, axis, tau, &g).unwrap();
        let x = log(&tau);
        gumbel_log_softmax_vjp_into(&x, &dy, axis, &tau, &mut dl).unwrap();
        gumbel_log_softmax_vjp_tau_into(&x, &dl, axis, &mut dtau).unwrap();
        let numeric = oracle::finite_difference(|tau| weigh(&log(tau)), &tau, 1e-5);
        assert!(dtau.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 1e-7), "{dtau:?}");
    }
    for rows in [1, 4, 15, 60] {
        let tau: Vec<f64> = (0..rows).map(|i| 0.5 + 0.1 * i as f64).collect();
        let soft = |tau: &[f64]| {
            let mut y = vec![0.0; 60];
            binary_concrete_into(&l, tau, &g, &mut y).unwrap();
            y
        };
        let (y, mut dl, mut dtau) = (soft(&tau), vec![0.0; 60], vec![0.0; rows]);
        binary_concrete_vjp_into(&y, &dy, &tau, &mut dl).unwrap();
        binary_concrete_vjp_tau_into(&y, &dl, &mut dtau).unwrap();
        let weigh = |tau: &[f64]| soft(tau).iter().zip(&dy).map(|(y, d)| y * d).sum();
        let numeric = oracle::finite_difference(weigh, &tau, 1e-5);
        assert!(dtau.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 1e-8), "{dtau:?}");
        if rows == 1 {
            let from_noise = binary_concrete_vjp_tau(&l, tau[0], &g, &dl).unwrap();
            assert!((dtau[0] - from_noise).abs() < 1e-10);
        }
    }
}

/// At the ends a derivative is 0 or finite, never NaN.
#[test]
fn certain_samples_and_masked_classes() {
    let l = [0.0_f32, f32::NEG_INFINITY, 50.0, -50.0, f32::NEG_INFINITY, 0.0];
    for tau in [[1e-300, 0.01], [1e-3, 1e300], [1.0, 1e38]] {
        let (mut y, mut dl, mut dtau) = ([9.0; 6], [9.0; 6], [9.0; 2]);
        gumbel_softmax_into(&l, 3, &tau, Key::new(1), &mut y).unwrap();
        let dy = [1.0, f32::INFINITY, 2.0, 3.0, f32::INFINITY, -1.0];
        gumbel_softmax_vjp_into(&y, &dy, 3, &tau, &mut dl).unwrap();
        gumbel_softmax_vjp_tau_into(&y, &dl, 3, &mut dtau).unwrap();
        assert!((y[1], y[4], dl[1], dl[4]) == (0.0, 0.0, 0.0, 0.0));
        assert!(dtau.iter().all(|d| d.is_finite()), "{tau:?} {dtau:?}");
        assert!(dtau[0].abs() < 1e-18, "{tau:?} {dtau:?}"); // classes 50 nats apart
    }
    let l = [f32::NEG_INFINITY, f32::INFINITY, 1e30, 0.0];
    let (mut y, mut dl, mut dtau) = ([9.0; 4], [9.0; 4], [9.0; 4]);
    binary_concrete_into(&l, &[1.0, 0.5, 1e-9, 1.0], Key::new(1), &mut y).unwrap();
    binary_concrete_vjp_into(&y, &[f32::INFINITY; 4][..4], 1.0, &mut dl).unwrap();
    dl[3] = 1.0;
    binary_concrete_vjp_tau_into(&y, &dl, &mut dtau).unwrap();
    assert_eq!(dtau[..3], [0.0; 3]);
    assert!(dtau[3].is_finite());
}

#[test]
fn bad_temperatures_are_named_and_leave_the_buffers() {
    let (l, mut y) = ([0.0_f32; 6], [9.0_f32; 6]);
    let key = Key::new(1);
    let error = gumbel_softmax_into(&l, 3, &[1.0; 3], key, &mut y);
    assert_eq!(error, Err(Error::Length { argument: "tau", expected: 2, found: 3 }));
    let error = gumbel_softmax_into(&l, 3, &[1.0, 0.0], key, &mut y);
    assert!(matches!(error, Err(Error::Value { argument: "tau", index: 1, .. })));
    let error = binary_concrete_into(&l, &[1.0; 4], key, &mut y);
    assert_eq!(error, Err(Error::NotEqualRows { argument: "tau", found: 4, elements: 6 }));
    assert_eq!(y, [9.0; 6]);
    let mut in_place = l;
    assert!(gumbel_softmax_in_place(&mut in_place, 3, &[f64::NAN, 1.0], key).is_err());
    assert_eq!(in_place, l);
    let mut dtau = [0.0; 3];
    assert!(gumbel_softmax_vjp_tau_into(&l, &l, 3, &mut dtau).is_err());
    assert!(gumbel_log_softmax_vjp_tau_into(&l, &l, 3, &mut dtau).is_err());
    assert!(binary_concrete_vjp_tau_into(&l, &l, &mut [0.0; 4]).is_err());
    assert!(gumbel_softmax_vjp_into(&l, &l, 3, &[1.0], &mut y).is_err());
    assert!(gumbel_log_softmax(&l, 3, &[1.0], key).is_err());
    // No rows take no temperatures.
    assert_eq!(gumbel::gumbel_softmax::<f32>(&[], 3, &[], key), Ok(vec![]));
    assert_eq!(gumbel::binary_concrete::<f32>(&[], &[], key), Ok(vec![]));
    assert_eq!(Temperature::from(&[0.5]).of(0), 0.5);
}

#[test]
fn values_and_gradients_equal_the_golden_values() {
    let text = include_str!("golden/temperature.txt");
    let numbers =
        |text: &str| -> Vec<f64> { text.split_whitespace().map(|n| n.parse().unwrap()).collect() };
    let (mut count, mut worst) = (0, 0.0_f64);
    for line in text.lines() {
        let parts: Vec<&str> = line.split("; ").collect();
        let [l, g, dy, y, dl, dtau] = [2, 3, 4, 5, 6, 7].map(|i| numbers(parts[i]));
        let k = l.len();
        let tau = numbers(parts[1])[0];
        // The row of the file between two others, so that a wrong row would be seen.
        let three = |x: &[f64]| -> Vec<f64> { [x, x, x].concat() };
        let taus = [2.0 * tau, tau, 0.5 * tau];
        let (l, g, dy3) = (three(&l), three(&g), three(&dy));
        let (mut found, mut d, mut dt) = (vec![0.0; 3 * k], vec![0.0; 3 * k], [0.0; 3]);
        match parts[0] {
            "softmax" => {
                gumbel_softmax_into(&l, k, &taus, &g, &mut found).unwrap();
                gumbel_softmax_vjp_into(&found, &dy3, k, &taus, &mut d).unwrap();
                gumbel_softmax_vjp_tau_into(&found, &d, k, &mut dt).unwrap();
            }
            "log" => {
                found = gumbel_log_softmax(&l, k, &taus, &g).unwrap();
                gumbel_log_softmax_vjp_into(&found, &dy3, k, &taus, &mut d).unwrap();
                gumbel_log_softmax_vjp_tau_into(&found, &d, k, &mut dt).unwrap();
            }
            _ => {
                binary_concrete_into(&l, &taus, &g, &mut found).unwrap();
                binary_concrete_vjp_into(&found, &dy3, &taus, &mut d).unwrap();
                binary_concrete_vjp_tau_into(&found, &d, &mut dt).unwrap();
            }
        }
        let size = dy.iter().map(|d| d.abs()).sum::<f64>();
        // z is rounded at its size, which 1 / tau magnifies; gradients once more.
        let one = 10.0 * f64::EPSILON / tau.min(1.0);
        for i in 0..k {
            let (y, found) = (y[i], found[k + i]);
            let error = if y == found { 0.0 } else { (y - found).abs() / (1.0 + y.abs()) };
            worst = worst.max(error / one);
            worst = worst.max((dl[i] - d[k + i]).abs() / (size / tau) / one);
        }
        worst = worst.max((dtau[0] - dt[1]).abs() / (size / (tau * tau)) / one);
        count += 1;
    }
    assert_eq!(count, 40);
    println!("largest error: {worst} of its bound");
    assert!(worst < 1.0 && worst > 0.001, "{worst}");
}
