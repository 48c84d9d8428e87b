//! The largest of m normal values, compared with SciPy, with simulated maxima and with Gumbel laws.

mod golden;

use golden::{golden, number, numbers};
use gumbel::distribution::NormalMaximum;
use gumbel::{Key, noise};
use gumbel_check::{kolmogorov_smirnov, kolmogorov_smirnov_limit, share_bound};
use gumbel_maxima::GumbelFit;

#[test]
fn the_law_is_that_of_scipy() {
    for case in golden()["maxima"].as_array().unwrap() {
        let law = NormalMaximum::new(case["m"].as_u64().unwrap(), 0.0, 1.0).unwrap();
        let (p, x) = (numbers(&case["p"]), numbers(&case["x"]));
        for (i, (&p, &x)) in p.iter().zip(&x).enumerate() {
            let theirs = |name: &str| number(&case[name][i]);
            let quantile = law.quantile(p).unwrap();
            assert!((quantile - theirs("quantile")).abs() < 1e-13, "{p}: {quantile}");
            let quantile = law.quantile_of_survival(p).unwrap();
            assert!((quantile - theirs("quantile_of_survival")).abs() < 1e-13, "{p}: {quantile}");
            // The rounding of x moves ln F by at most x (x + 1) |ln F| units.
            let bound = 32.0 * f64::EPSILON * (1.0 + x * x) * (1.0 - p.ln());
            assert!((law.cdf(x) / theirs("cdf") - 1.0).abs() < bound, "{x}");
            assert!((law.survival(x) / theirs("survival") - 1.0).abs() < bound, "{x}");
        }
    }
}

/// The approximating Gumbel laws, and their distances in the documentation.
#[test]
fn distances_from_gumbel_laws_are_as_documented() {
    let stated = [
        ("textbook", [0.0589, 0.0405, 0.0314]),
        ("at_quantile", [0.0272, 0.0137, 0.0091]),
        ("fit", [0.0230, 0.0118, 0.0079]),
    ];
    for (i, case) in golden()["maxima"].as_array().unwrap().iter().enumerate() {
        let law = NormalMaximum::new(case["m"].as_u64().unwrap(), 0.0, 1.0).unwrap();
        // 100,000 quantiles in place of an infinite number of days.
        let days: Vec<f64> =
            (0..100_000).map(|i| law.quantile((f64::from(i) + 0.5) / 1e5).unwrap()).collect();
        let fit = GumbelFit::of(&days).unwrap().law();
        let ours = [law.gumbel_approximation().unwrap(), law.gumbel_at_quantile().unwrap(), fit];
        for ((name, stated), near) in stated.into_iter().zip(ours) {
            let theirs = numbers(&case["laws"][name]);
            assert!((near.location() - theirs[0]).abs() < 1e-11, "{name}");
            assert!((near.scale() - theirs[1]).abs() < 1e-11, "{name}");
            let distance = law.distance(&near);
            assert!((distance - number(&case["distances"][name])).abs() < 1e-6, "{name}");
            assert!((distance - stated[i]).abs() <= 0.5e-4 + 1e-6, "{name}: {distance}");
        }
    }
}

#[test]
fn draws_have_the_law_of_simulated_maxima() {
    let (m, days) = (100, 100_000);
    let law = NormalMaximum::new(m, 70.0, 10.0).unwrap();
    let limit = kolmogorov_smirnov_limit(days);
    let mut drawn = vec![0.0_f64; days];
    law.sample_into(Key::new(51), 0, &mut drawn);
    assert!(kolmogorov_smirnov(&mut drawn, |x| law.cdf(x)) < limit);
    let mut values = vec![0.0_f64; m as usize];
    let mut simulated: Vec<f64> = (0..days)
        .map(|day| {
            noise::normal_into(Key::new(52), day as u64 * m, &mut values);
            70.0 + 10.0 * values.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b))
        })
        .collect();
    assert!(kolmogorov_smirnov(&mut simulated, |x| law.cdf(x)) < limit);
    // The approximating Gumbel law is refused.
    let near = law.gumbel_approximation().unwrap();
    assert!(kolmogorov_smirnov(&mut simulated, |x| near.cdf(x)) > 2.0 * limit);
}

/// The goodness-of-fit test at 5 % refuses a Gumbel law for the highest of a hundred values a day as often as
/// documented.
#[test]
fn the_difference_is_detected_as_often_as_documented() {
    let law = NormalMaximum::new(100, 70.0, 10.0).unwrap();
    let year = |days: usize, seed: u64, trial: u64| {
        let mut values = vec![0.0_f64; days];
        law.sample_into(Key::new(seed).fold_in(trial), 0, &mut values);
        GumbelFit::of(&values).unwrap()
    };
    let trials = 1000;
    for (days, stated) in [(365, 0.60), (1000, 0.97)] {
        let critical =
            year(days, 53, 0).bootstrap(4000, Key::new(54)).unwrap().critical_value(0.95).unwrap();
        let refused =
            (0..trials).filter(|&t| year(days, 55, t).anderson_darling() > critical).count();
        // Bernstein's bound, and 0.02 for a critical value from 4,000 replicates.
        let share = refused as f64 / trials as f64;
        let bound = share_bound(stated, trials as usize) + 0.02;
        assert!((share - stated).abs() < bound, "{days}: {share}");
    }
}
