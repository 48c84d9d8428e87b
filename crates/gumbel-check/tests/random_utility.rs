//! argmax(ln p + noise): Gumbel noise passes at any number of classes, other noise is refused.

use gumbel::Key;
use gumbel::textbook::random_utility::{
    UtilityNoise, chi_square, counts, total_variation, total_variation_floor,
};
use gumbel_check::FALSE_ALARM;

/// ln p of one class with 0.7 and others that share the rest. Normal noise gives the large class too much,
/// logistic noise too little. With small classes alone, logistic noise could not be distinguished.
fn one_large(k: usize) -> Vec<f64> {
    (0..k).map(|i| if i == 0 { 0.7_f64 } else { 0.3 / (k - 1) as f64 }.ln()).collect()
}

/// ln p of Zipf's law: p_i proportional to 1 / i.
fn zipf(k: usize) -> Vec<f64> {
    let sum: f64 = (1..=k).map(|i| 1.0 / i as f64).sum();
    (1..=k).map(|i| (1.0 / i as f64 / sum).ln()).collect()
}

fn p_value(counts: &[u64], logits: &[f64]) -> f64 {
    let p: Vec<f64> = logits.iter().map(|l| l.exp()).collect();
    gumbel_check::chi_square(counts, &p).unwrap()
}

/// Each of the five tests of exact samplers here fails once in 10^6 seeds.
#[test]
fn gumbel_alone_passes_from_three_classes_on() {
    for (seed, (k, draws)) in
        [(2, 100_000), (3, 100_000), (10, 100_000), (1000, 4_000)].into_iter().enumerate()
    {
        let logits = one_large(k);
        for noise in UtilityNoise::ALL {
            let key = Key::new(30).fold_in(seed as u64);
            let drawn = counts(&logits, noise, draws, key).unwrap();
            let p = p_value(&drawn, &logits);
            let exact = match noise {
                UtilityNoise::Gumbel => true,
                // Its differences have the law of Gumbel noise, so it is exact for two classes only.
                UtilityNoise::ReversedGumbel => k == 2,
                _ => false,
            };
            let distance = total_variation(&drawn, &logits).unwrap();
            assert_eq!(p > FALSE_ALARM, exact, "{noise:?}, {k} classes: p = {p}, {distance}");
        }
    }
}

/// With two classes every noise follows its own curve.
#[test]
fn two_classes_follow_the_curve_of_their_noise() {
    let draws = 100_000;
    for (seed, noise) in UtilityNoise::ALL.into_iter().enumerate() {
        for (i, d) in [-0.4, 0.0, 0.9, 2.2].into_iter().enumerate() {
            let key = Key::new(31).fold_in(seed as u64).fold_in(i as u64);
            let drawn = counts(&[d, 0.0], noise, draws, key).unwrap();
            let first = noise.of_two(d).unwrap();
            let p = gumbel_check::chi_square(&drawn, &[first, 1.0 - first]);
            match p {
                Ok(p) => assert!(p > FALSE_ALARM, "{noise:?} {d}: p = {p}"),
                // Uniform noise never lifts a class over one that is 1 above it.
                Err(_) => assert_eq!((first, drawn[1]), (1.0, 0), "{noise:?} {d}"),
            }
        }
    }
}

/// Reversed Gumbel noise chooses the last of exponential clocks with rates 1 / p_i.
#[test]
fn the_reversed_gumbel_is_the_last_of_clocks() {
    let (a, b, c) = (1.0 / 0.7, 1.0 / 0.2, 1.0 / 0.1);
    let last = |x: f64, y: f64, z: f64| 1.0 - x / (x + y) - x / (x + z) + x / (x + y + z);
    let p = [last(a, b, c), last(b, a, c), last(c, a, b)];
    let logits = [0.7_f64, 0.2, 0.1].map(f64::ln);
    let noise = UtilityNoise::ReversedGumbel;
    let drawn = counts(&logits, noise, 1_000_000, Key::new(32)).unwrap();
    let p = gumbel_check::chi_square(&drawn, &p).unwrap();
    assert!(p > FALSE_ALARM, "{drawn:?}: p = {p}");
}

/// The statistic of `gumbel` is that of this crate if nothing is pooled. The mean distance of exact draws is a
/// little below the floor.
#[test]
fn statistics_agree_and_the_floor_holds() {
    let logits = zipf(10);
    let (draws, rounds) = (2_000, 400);
    let mut mean = 0.0;
    for round in 0..rounds {
        let key = Key::new(33).fold_in(round);
        let drawn = counts(&logits, UtilityNoise::Gumbel, draws, key).unwrap();
        mean += total_variation(&drawn, &logits).unwrap() / rounds as f64;
        let chi = chi_square(&drawn, &logits).unwrap();
        let tail = statrs::function::gamma::gamma_ur(4.5, chi.statistic / 2.0);
        assert!((tail - p_value(&drawn, &logits)).abs() < 1e-9);
        assert_eq!(chi.degrees_of_freedom, 9);
    }
    let floor = total_variation_floor(&logits, draws).unwrap();
    // A normal deviation has sqrt(2 / pi) = 0.80 of its standard deviation as mean.
    assert!((0.75..0.85).contains(&(mean / floor)), "{mean} {floor}");
}
