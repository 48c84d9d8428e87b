//! The laws: Gumbel, normal, the maximum of normal values; random utility.

#![no_main]

use arbitrary::Arbitrary;
use gumbel::distribution::{Gumbel, Normal, NormalMaximum};
use gumbel::textbook::random_utility::{
    UtilityNoise, chi_square, counts, total_variation, total_variation_floor,
};
use gumbel_fuzz::{Number, Numbers, Parts};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    location: Number,
    scale: Number,
    x: Number,
    y: Number,
    p: Number,
    m: u64,
    parts: Parts,
    offset: u64,
    noise: u8,
    logits: Numbers,
    classes: u8,
    draws: u8,
    counts: Vec<u64>,
}

struct Law<'a> {
    density: &'a dyn Fn(f64) -> f64,
    cdf: &'a dyn Fn(f64) -> f64,
    survival: &'a dyn Fn(f64) -> f64,
    quantile: &'a dyn Fn(f64) -> gumbel::Result<f64>,
    quantile_of_survival: &'a dyn Fn(f64) -> gumbel::Result<f64>,
}

fn check(law: &Law<'_>, input: &Input) {
    let (x, y, p) = (input.x.0, input.y.0, input.p.0);
    if x.is_nan() {
        assert!((law.density)(x).is_nan() && (law.cdf)(x).is_nan() && (law.survival)(x).is_nan());
    } else {
        assert!((law.density)(x) >= 0.0, "density {}", (law.density)(x));
        for probability in [(law.cdf)(x), (law.survival)(x)] {
            assert!((0.0..=1.0).contains(&probability), "{probability}");
        }
        assert!(((law.cdf)(x) + (law.survival)(x) - 1.0).abs() < 1e-13);
        // 8 units in the last place.
        let falls = 1.0 - 4e-15;
        assert!(!(x < y) || (law.cdf)(x) * falls <= (law.cdf)(y));
        assert!(!(x < y) || (law.survival)(x) >= falls * (law.survival)(y));
    }
    for quantile in [(law.quantile)(p), (law.quantile_of_survival)(p)] {
        assert_eq!(quantile.is_ok(), (0.0..=1.0).contains(&p));
        if let Ok(quantile) = quantile {
            assert!(!quantile.is_nan());
            assert!(quantile.is_finite() || p == 0.0 || p == 1.0, "{quantile} of {p} {input:?}");
        }
    }
}

fn gumbel(law: &Gumbel, input: &Input) {
    check(
        &Law {
            density: &|x| law.density(x),
            cdf: &|x| law.cdf(x),
            survival: &|x| law.survival(x),
            quantile: &|p| law.quantile(p),
            quantile_of_survival: &|q| law.quantile_of_survival(q),
        },
        input,
    );
    let x = input.x.0;
    if !x.is_nan() {
        assert!(!law.ln_density(x).is_nan());
        assert!(law.ln_cdf(x) <= 0.0 && law.ln_survival(x) <= 0.0);
    }
    let quantile = law.quantile_of_ln_cdf(x);
    assert_eq!(quantile.is_ok(), x <= 0.0);
    assert!(quantile.iter().all(|q| q.is_finite() || x == 0.0 || x == f64::NEG_INFINITY));
    for x in [law.mean(), law.mode(), law.median(), law.standard_deviation(), law.entropy()] {
        assert!(x.is_finite());
    }
    assert!(law.variance() >= 0.0);
    let mut drawn = [0.0_f64; 70];
    law.sample_into(input.parts.key(), input.offset, &mut drawn);
    assert!(drawn.iter().all(|x| x.is_finite()));
}

fn utility(input: &Input) {
    let noise = UtilityNoise::ALL[usize::from(input.noise) % UtilityNoise::ALL.len()];
    let p = noise.of_two(input.x.0);
    assert_eq!(p.is_ok(), !input.x.0.is_nan());
    assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
    let logits: Vec<f64> = input.logits.fill(usize::from(input.classes));
    let draws = u64::from(input.draws);
    let drawn = counts(&logits, noise, draws, input.parts.key());
    let valid = logits.iter().all(|&l| l < f64::INFINITY) && logits.iter().any(|l| l.is_finite());
    assert_eq!(drawn.is_ok(), valid);
    for counts in drawn.iter().chain([&input.counts]) {
        let distance = total_variation(counts, &logits);
        assert!(distance.iter().all(|d| (0.0..=1.0 + 1e-12).contains(d)), "{distance:?}");
        let chi = chi_square(counts, &logits);
        assert!(
            chi.iter().all(|chi| chi.statistic >= 0.0 && chi.degrees_of_freedom < logits.len())
        );
    }
    let floor = total_variation_floor(&logits, draws);
    assert!(floor.iter().all(|d| *d >= 0.0));
    if let Ok(counts) = drawn {
        assert_eq!(counts.iter().sum::<u64>(), draws);
        assert!(counts.iter().zip(&logits).all(|(&c, l)| c == 0 || l.is_finite()));
    }
}

fuzz_target!(|input: Input| {
    let (location, scale) = (input.location.0, input.scale.0);
    let good = location.abs() <= 1e300 && (1e-300..=1e300).contains(&scale);
    let (g, n) = (Gumbel::new(location, scale), Normal::new(location, scale));
    let maximum = NormalMaximum::new(input.m, location, scale);
    assert_eq!((g.is_ok(), n.is_ok(), maximum.is_ok()), (good, good, good && input.m > 0));
    if let Ok(law) = g {
        gumbel(&law, &input);
    }
    if let Ok(law) = n {
        check(
            &Law {
                density: &|x| law.density(x),
                cdf: &|x| law.cdf(x),
                survival: &|x| law.survival(x),
                quantile: &|p| law.quantile(p),
                quantile_of_survival: &|q| law.quantile_of_survival(q),
            },
            &input,
        );
        let mut drawn = [0.0_f64; 70];
        law.sample_into(input.parts.key(), input.offset, &mut drawn);
        assert!(drawn.iter().all(|x| x.is_finite()));
        assert!(law.entropy().is_finite());
    }
    if let Ok(law) = maximum {
        check(
            &Law {
                density: &|x| law.density(x),
                cdf: &|x| law.cdf(x),
                survival: &|x| law.survival(x),
                quantile: &|p| law.quantile(p),
                quantile_of_survival: &|q| law.quantile_of_survival(q),
            },
            &input,
        );
        let mut drawn = [0.0_f64; 70];
        law.sample_into(input.parts.key(), input.offset, &mut drawn);
        assert!(drawn.iter().all(|x| x.is_finite()));
        for law in [law.gumbel_approximation(), law.gumbel_at_quantile()].into_iter().flatten() {
            gumbel(&law, &input);
        }
    }
    utility(&input);
});
