//! Both kernels against the formulas, for every width, and the rare cases.

use super::*;
use crate::{gumbel_max, noise, oracle, simd};

fn widths() -> impl Iterator<Item = usize> {
    (1..=33).chain([48, 65, 100, 1000, 1025, 2500])
}

fn keys(n: u64) -> Vec<Key> {
    (0..n).map(|i| Key::new(40).fold_in(i)).collect()
}

/// Logits with an impossible class now and then, winners drawn from them, and gradients.
fn example<T: Real>(rows: usize, k: usize) -> (Vec<T>, Vec<usize>, Vec<T>) {
    let (mut logits, mut dy) = (vec![T::default(); rows * k], vec![T::default(); rows * k]);
    noise::logistic_into(Key::new(1), 0, &mut logits);
    noise::normal_into(Key::new(2), 0, &mut dy);
    for i in (1..rows * k).step_by(13).filter(|i| i % k != 0) {
        logits[i] = T::from_f64(f64::NEG_INFINITY);
    }
    let winners = gumbel_max(&logits, k, Key::new(3)).unwrap();
    (logits, winners, dy)
}

/// The formulas in f64, with the noise of the type.
fn exact<T: Real>(
    logits: &[T],
    k: usize,
    winners: &[usize],
    dy: &[T],
    tau: f64,
    draws: NoiseDraws<'_>,
) -> Vec<f64> {
    let wide = |x: &[T]| x.iter().map(|x| x.to_f64()).collect::<Vec<_>>();
    let noise: Vec<Vec<f64>> = draws
        .keys
        .iter()
        .map(|&key| {
            let mut e = vec![T::default(); logits.len()];
            noise::exponential_into(key, draws.offset, &mut e);
            wide(&e)
        })
        .collect();
    let rows = winners.iter().enumerate().flat_map(|(row, &winner)| {
        let at = row * k..(row + 1) * k;
        let e: Vec<_> = noise.iter().map(|e| e[at.clone()].to_vec()).collect();
        oracle::gumbel_rao_vjp(&wide(&logits[at.clone()]), winner, &e, &wide(&dy[at]), tau)
    });
    rows.collect()
}

/// The largest error in units of the largest gradient of the row's dy over tau.
fn worst_error<T: Real>(ours: &[T], exact: &[f64], dy: &[T], k: usize, tau: f64) -> f64 {
    let mut worst = 0.0_f64;
    for ((ours, exact), dy) in ours.chunks(k).zip(exact.chunks(k)).zip(dy.chunks(k)) {
        let size = dy.iter().map(|d| d.to_f64().abs()).fold(0.0, f64::max);
        for (ours, exact) in ours.iter().zip(exact) {
            let error = (ours.to_f64() - exact).abs() * tau / size;
            assert!(error.is_finite(), "{ours:?} {exact}");
            worst = worst.max(error);
        }
    }
    worst
}

fn assert_equals_the_formulas<T: Real>(unit: f64) {
    let keys = keys(3);
    let draws = NoiseDraws { keys: &keys, offset: 77 };
    for k in widths() {
        for rows in [1, 15, 16, 17, 70] {
            for tau in [0.05, 0.5, 10.0] {
                let (logits, winners, dy) = example::<T>(rows, k);
                let mut ours = vec![T::from_f64(9.0); logits.len()];
                gumbel_rao_vjp_into(&logits, k, &winners, &dy, tau, draws, &mut ours).unwrap();
                let exact = exact(&logits, k, &winners, &dy, tau, draws);
                let error = worst_error(&ours, &exact, &dy, k, tau);
                // ln(1 + x) is rounded at its size u, and e^(-u / tau) magnifies that by u / tau, of which e^(-u / tau)
                // is the weight: a few units. For terms near 1 the rounding of 1 + x counts 1 / tau times.
                assert!(error <= unit * (16.0 + 4.0 / tau), "{k} {rows} {tau}: {error:e}");
            }
        }
    }
}

#[test]
fn f64_equals_the_formulas() {
    assert_equals_the_formulas::<f64>(4.0 * f64::EPSILON);
}

#[test]
fn f32_equals_the_formulas() {
    assert_equals_the_formulas::<f32>(f64::from(f32::EPSILON));
}

#[test]
fn every_level_of_instructions_and_every_cut_gives_the_same_bits() {
    let levels = simd::levels();
    let keys = keys(2);
    for k in [1, 2, 3, 10, 16, 31, 32, 33, 100] {
        let rows = 150;
        let (logits, winners, dy) = example::<f32>(rows, k);
        let run = |level, from: usize, to: usize, out: &mut [f32]| {
            let (logits, dy) = (&logits[from * k..to * k], &dy[from * k..to * k]);
            let (winners, offset) = (&winners[from..to], 5 + (from * k) as u64);
            let rows = RaoRows { logits, k, winners, dy, tau: 0.4, keys: &keys, offset, out };
            simd::relax::rao::vjp(level, rows);
        };
        let mut whole = vec![9.0; rows * k];
        run(levels[0].0, 0, rows, &mut whole);
        for &(level, fused) in &levels {
            let mut other = vec![9.0; rows * k];
            run(level, 0, rows, &mut other);
            assert!(!fused || !levels[0].1 || other == whole, "{level:?} {k}");
            assert!(other.iter().zip(&whole).all(|(a, b)| (a - b).abs() < 1e-4), "{level:?} {k}");
        }
        for cut in [1, 15, 64, 77, 149] {
            let mut parts = vec![9.0; rows * k];
            let (first, rest) = parts.split_at_mut(cut * k);
            run(levels[0].0, 0, cut, first);
            run(levels[0].0, cut, rows, rest);
            assert_eq!(parts, whole, "{k} {cut}");
        }
    }
}

/// As many elements as several threads share.
#[test]
fn threads_give_the_same_bits() {
    let (logits, winners, dy) = example::<f32>(20_000, 10);
    let keys = keys(4);
    let mut out = vec![0.0; logits.len()];
    gumbel_rao_vjp_into(&logits, 10, &winners, &dy, 0.5, &keys[..], &mut out).unwrap();
    let mut alone = vec![0.0; logits.len()];
    for row in (0..20_000).step_by(1_000) {
        let at = row * 10..(row + 1) * 10;
        let draws = NoiseDraws { keys: &keys, offset: at.start as u64 };
        let alone = &mut alone[at.clone()];
        let one = &winners[row..=row];
        gumbel_rao_vjp_into(&logits[at.clone()], 10, one, &dy[at.clone()], 0.5, draws, alone)
            .unwrap();
        assert_eq!(*alone, out[at]);
    }
}

/// Classes up to 10,000 nats below the largest, as winner and as another class; the formulas would overflow.
fn assert_far_classes<T: Real>(unit: f64) {
    let keys = keys(8);
    for k in [2, 3, 40] {
        for depth in [30.0, 39.0, 41.0, 60.0, 90.0, 200.0, 10_000.0] {
            for tau in [0.05, 1.0, 50.0, 1e4] {
                let mut logits = vec![T::from_f64(-depth); k];
                logits[0] = T::default();
                let mut dy = vec![T::default(); k];
                noise::normal_into(Key::new(5), 0, &mut dy);
                for winner in [0, 1] {
                    let mut ours = vec![T::default(); k];
                    gumbel_rao_vjp_into(&logits, k, &[winner], &dy, tau, &keys[..], &mut ours)
                        .unwrap();
                    let exact = far(&logits, winner, &dy, tau, &keys);
                    let error = worst_error(&ours, &exact, &dy, k, tau);
                    assert!(error < 20.0 * unit, "{k} {depth} {tau} {winner}: {error:e}");
                }
            }
        }
    }
}

/// The formulas by the soft minimum of `sample`, which does not overflow.
fn far<T: Real>(logits: &[T], winner: usize, dy: &[T], tau: f64, keys: &[Key]) -> Vec<f64> {
    let wide = |x: &[T]| x.iter().map(|x| x.to_f64()).collect::<Vec<_>>();
    let (logits, dy, mut mean) = (wide(logits), wide(dy), vec![0.0; dy.len()]);
    let ln_s = logits.iter().map(|l| l.exp()).sum::<f64>().ln();
    for &key in keys {
        let mut e = vec![T::default(); logits.len()];
        noise::exponential_into(key, 0, &mut e);
        let bound = ln_s - e[winner].to_f64().ln();
        let z = logits
            .iter()
            .zip(&e)
            .map(|(l, e)| crate::sample::truncated_gumbel(*l, bound, e.to_f64()).unwrap());
        let mut z: Vec<f64> = z.collect();
        z[winner] = bound;
        let one = oracle::softmax_vjp(&z, &dy, tau);
        mean.iter_mut().zip(one).for_each(|(mean, one)| *mean += one / keys.len() as f64);
    }
    mean
}

#[test]
fn classes_far_below_the_largest() {
    assert_far_classes::<f64>(4.0 * f64::EPSILON);
    assert_far_classes::<f32>(f64::from(f32::EPSILON));
}

#[test]
fn an_impossible_class_has_no_gradient_and_passes_none() {
    for k in [3, 40] {
        for tau in [1e-300, 0.05, 2.0, 1e300] {
            let mut logits = vec![0.0_f32; k];
            logits[1] = f32::NEG_INFINITY;
            let mut dy = vec![1.0_f32; k];
            dy[1] = f32::INFINITY;
            let mut out = vec![9.0; k];
            gumbel_rao_vjp_into(&logits, k, &[2], &dy, tau, &keys(5)[..], &mut out).unwrap();
            assert!(out.iter().all(|d| d.abs() < 1e-5), "{tau} {out:?}");
            assert_eq!(out[1], 0.0);
            let wide = |x: &[f32]| x.iter().copied().map(f64::from).collect::<Vec<_>>();
            let mut wider = vec![9.0; k];
            let (logits, dy) = (wide(&logits), wide(&dy));
            gumbel_rao_vjp_into(&logits, k, &[2], &dy, tau, &keys(5)[..], &mut wider).unwrap();
            assert!(wider[1] == 0.0 && wider.iter().all(|d| d.is_finite()), "{tau} {wider:?}");
        }
    }
}

#[test]
fn one_class_has_the_gradient_zero() {
    let mut out = [9.0_f32; 2];
    gumbel_rao_vjp_into(&[0.3, -5.0], 1, &[0, 0], &[2.0, 3.0], 0.5, &keys(3)[..], &mut out)
        .unwrap();
    assert_eq!(out, [0.0; 2]);
    gumbel_rao_vjp_into::<f32>(&[], 4, &[], &[], 0.5, &keys(1)[..], &mut []).unwrap();
}

/// The mean over winners and noise is that of the straight-through gradient of the same logits.
#[test]
fn has_the_mean_of_the_straight_through_gradient() {
    const N: usize = 100_000;
    let (row, w, tau) = ([0.5_f64, -1.0, 0.0, 1.5], [1.0, -2.0, 0.5, 0.3], 0.7);
    let (logits, dy) = (row.repeat(N), w.repeat(N));
    let y = crate::gumbel_softmax(&logits, 4, tau, Key::new(9)).unwrap();
    let (mut plain, mut rao) = (vec![0.0; 4 * N], vec![0.0; 4 * N]);
    crate::relax::gumbel_softmax_vjp_into(&y, &dy, 4, tau, &mut plain).unwrap();
    let winners = gumbel_max(&logits, 4, Key::new(10)).unwrap();
    gumbel_rao_vjp_into(&logits, 4, &winners, &dy, tau, &keys(5)[..], &mut rao).unwrap();
    for class in 0..4 {
        let moments = |x: &[f64]| {
            let of = || x.iter().skip(class).step_by(4);
            let mean = of().sum::<f64>() / N as f64;
            (mean, of().map(|x| (x - mean).powi(2)).sum::<f64>() / N as f64)
        };
        let ((a, va), (b, vb)) = (moments(&plain), moments(&rao));
        // Six standard errors: a false alarm in 5e8.
        assert!((a - b).abs() < 6.0 * ((va + vb) / N as f64).sqrt(), "{class}: {a} {b}");
        assert!(vb < va, "{class}: {vb} {va}");
    }
}

#[test]
fn bad_input() {
    let (l, d, keys) = ([0.0_f32, f32::NEG_INFINITY], [1.0_f32; 2], keys(2));
    let run = |winners: &[usize], dy: &[f32], tau, keys: &[Key]| {
        gumbel_rao_vjp_into(&l, 2, winners, dy, tau, keys, &mut [0.0; 2])
    };
    for winner in [1, 2] {
        let error = run(&[winner], &d, 0.5, &keys);
        assert!(matches!(error, Err(Error::Integer { argument: "winners", .. })));
    }
    let error = run(&[0, 0], &d, 0.5, &keys);
    assert!(matches!(error, Err(Error::Length { argument: "winners", .. })));
    assert!(matches!(run(&[0], &d[..1], 0.5, &keys), Err(Error::Length { argument: "dy", .. })));
    assert!(matches!(run(&[0], &d, 0.0, &keys), Err(Error::Temperature { .. })));
    assert!(matches!(run(&[0], &d, 0.5, &[]), Err(Error::Integer { argument: "draws", .. })));
}
