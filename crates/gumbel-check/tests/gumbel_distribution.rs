//! The Gumbel law and its fit, compared with SciPy and with their own samples.

mod golden;

use golden::{golden, number, numbers};
use gumbel::distribution::Gumbel;
use gumbel::{Key, noise};
use gumbel_check::{
    FALSE_ALARM, chi_square, kolmogorov_smirnov, kolmogorov_smirnov_limit, share_bound,
};
use gumbel_maxima::GumbelFit;
use statrs::distribution::{ContinuousCDF, Normal};

/// Asserts that two values are equal within `tolerance` times the value, or times `unit` if that is larger.
#[track_caller]
fn near(ours: f64, theirs: f64, unit: f64, tolerance: f64, what: &str) {
    let bound = tolerance * theirs.abs().max(unit);
    assert!((ours - theirs).abs() <= bound, "{what}: {ours} here, {theirs} in SciPy");
}

fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

#[test]
fn the_law_is_that_of_scipy() {
    for case in golden()["laws"].as_array().unwrap() {
        let law = Gumbel::new(number(&case["location"]), number(&case["scale"])).unwrap();
        let (location, scale) = (law.location(), law.scale());
        for (name, ours) in [
            ("mean", law.mean()),
            ("median", law.median()),
            ("variance", law.variance()),
            ("standard_deviation", law.standard_deviation()),
            ("skewness", law.skewness()),
            ("entropy", law.entropy()),
        ] {
            near(ours, number(&case[name]), 0.0, 1e-14, name);
        }
        let x = numbers(&case["x"]);
        for (name, f) in [
            ("density", Gumbel::density as fn(&Gumbel, f64) -> f64),
            ("ln_density", Gumbel::ln_density),
            ("cdf", Gumbel::cdf),
            ("ln_cdf", Gumbel::ln_cdf),
            ("survival", Gumbel::survival),
        ] {
            for (&x, theirs) in x.iter().zip(numbers(&case[name])) {
                // x has a relative error of 2^-53, and e^-z magnifies the error of z.
                let z = (x - location) / scale;
                let magnified = 1.0 + (x / scale).abs().max(z.abs()) * (1.0 + (-z).exp());
                let unit = if name == "ln_density" { 1.0 } else { 0.0 };
                near(f(&law, x), theirs, unit, 4.0 * f64::EPSILON * magnified, name);
            }
        }
        for (name, f) in [
            ("quantile", Gumbel::quantile as fn(&Gumbel, f64) -> gumbel::Result<f64>),
            ("quantile_of_survival", Gumbel::quantile_of_survival),
        ] {
            for (p, theirs) in numbers(&case["p"]).into_iter().zip(numbers(&case[name])) {
                near(f(&law, p).unwrap(), theirs, scale, 1e-14, name);
            }
        }
    }
}

#[test]
fn fits_are_those_of_scipy() {
    for case in golden()["fits"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let fit = GumbelFit::of(&numbers(&case["values"])).unwrap();
        let scale = number(&case["scale"]);
        near(fit.location(), number(&case["location"]), scale, 1e-11, name);
        near(fit.scale(), scale, 0.0, 1e-11, name);
        // With a location far from 0, z loses digits, and the two sums with it.
        let lost = f64::EPSILON * (fit.location() / scale).abs();
        near(fit.ln_likelihood(), number(&case["ln_likelihood"]), 1.0, 1e-11 + lost, name);
        near(fit.anderson_darling(), number(&case["anderson_darling"]), 1.0, 1e-9 + lost, name);
        let level = fit.return_level(100.0).unwrap().value();
        near(level, number(&case["level_100"]), scale, 1e-11, name);
        let l2 = number(&case["l2"]);
        near(fit.l_moments().scale(), l2 / 2f64.ln(), 0.0, 1e-12, name);
        near(fit.l_moments().mean(), number(&case["l1"]), scale, 1e-12, name);
    }
}

#[test]
fn fits_with_a_known_parameter_are_those_of_scipy() {
    for case in golden()["known"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let (values, location) = (numbers(&case["values"]), number(&case["known_location"]));
        let fit = GumbelFit::with_location(&values, location).unwrap();
        assert_eq!(fit.location(), location, "{name}");
        near(fit.scale(), number(&case["scale"]), 0.0, 1e-12, name);
        let likelihood = number(&case["ln_likelihood_by_location"]);
        near(fit.ln_likelihood(), likelihood, 1.0, 1e-11, name);
        let scale = number(&case["known_scale"]);
        let fit = GumbelFit::with_scale(&values, scale).unwrap();
        assert_eq!(fit.scale(), scale, "{name}");
        near(fit.location(), number(&case["location"]), scale, 1e-12, name);
        near(fit.ln_likelihood(), number(&case["ln_likelihood_by_scale"]), 1.0, 1e-11, name);
    }
}

#[test]
fn samples_have_the_law() {
    let n = 1_000_000;
    for (seed, (location, scale)) in
        [(0.0, 1.0), (100.0, 20.0), (-3.0, 1e-3)].into_iter().enumerate()
    {
        let law = Gumbel::new(location, scale).unwrap();
        let key = Key::new(31).fold_in(seed as u64);
        let (mut wide, mut narrow) = (vec![0.0_f64; n], vec![0.0_f32; n]);
        law.sample_into(key, 0, &mut wide);
        law.sample_into(key.fold_in(1), 0, &mut narrow);
        let limit = kolmogorov_smirnov_limit(n);
        assert!(kolmogorov_smirnov(&mut wide, |x| law.cdf(x)) < limit);
        let mut narrow: Vec<f64> = narrow.into_iter().map(f64::from).collect();
        // Rounding to f32 moves x by 2^-24 x, and F by at most 0.37 / beta times that.
        let rounding = 0.37 / scale * narrow.iter().fold(0.0_f64, |m, x| m.max(x.abs())) / 16e6;
        assert!(kolmogorov_smirnov(&mut narrow, |x| law.cdf(x)) < limit + rounding);
    }
}

/// `replicates` samples of n values.
fn samples(law: Gumbel, n: usize, replicates: usize, seed: u64) -> impl Iterator<Item = Vec<f64>> {
    (0..replicates).map(move |r| {
        let mut values = vec![0.0; n];
        law.sample_into(Key::new(seed).fold_in(r as u64), 0, &mut values);
        values
    })
}

/// Fits of `replicates` samples of n values.
fn fits(law: Gumbel, n: usize, replicates: usize, seed: u64) -> impl Iterator<Item = GumbelFit> {
    samples(law, n, replicates, seed).map(|values| GumbelFit::of(&values).unwrap())
}

/// The spread of many fits is the covariance from the expected information.
#[test]
fn standard_errors_are_the_spread_of_fits() {
    let (n, replicates) = (1000, 10_000);
    let law = Gumbel::new(100.0, 20.0).unwrap();
    let fits: Vec<(f64, f64)> =
        fits(law, n, replicates, 32).map(|fit| (fit.location(), fit.scale())).collect();
    let mean = |f: &dyn Fn(&(f64, f64)) -> f64| fits.iter().map(f).sum::<f64>() / replicates as f64;
    let (m, b) = (mean(&|p| p.0), mean(&|p| p.1));
    let found = [
        mean(&|p| (p.0 - m).powi(2)),
        mean(&|p| (p.1 - b).powi(2)),
        mean(&|p| (p.0 - m) * (p.1 - b)),
    ];
    // The information at the true law, rescaled from a fit of two values.
    let unit = GumbelFit::of(&[0.0, 1.0]).unwrap();
    let factor = (20.0 / unit.scale()).powi(2) * 2.0 / n as f64;
    let [[location, across], [_, scale]] = unit.covariance().map(|row| row.map(|c| c * factor));
    // The estimates are normal up to 1 / n, and so is the mean of R products of two of them: its
    // variance is (v11 v22 + v12^2) / R. The terms in 1 / n of the covariance are at most 3 / n.
    let sigmas = normal_quantile(1.0 - FALSE_ALARM / 2.0);
    let bound = |a: f64, b: f64, c: f64| sigmas * ((a * b + c * c) / replicates as f64).sqrt();
    let expected = [location, scale, across];
    let spread = [
        bound(location, location, location),
        bound(scale, scale, scale),
        bound(location, scale, across),
    ];
    for ((found, expected), spread) in found.into_iter().zip(expected).zip(spread) {
        let bound = spread + 3.0 / n as f64 * expected;
        assert!((found - expected).abs() < bound, "{found} of {expected} within {bound}");
    }
    // No bias is larger than 1 / n of a scale.
    let drift = |variance: f64| sigmas * (variance / replicates as f64).sqrt() + 20.0 / n as f64;
    assert!((m - 100.0).abs() < drift(location) && (b - 20.0).abs() < drift(scale));
}

/// The bounds of the bootstrap contain the true level with their stated probability, for few values too.
#[test]
fn bootstrap_intervals_cover() {
    let law = Gumbel::new(100.0, 20.0).unwrap();
    let replicates = 2000;
    for (n, period) in [(5, 10.0), (50, 100.0)] {
        let truth = law.quantile_of_survival(1.0 / period).unwrap();
        let (mut above, mut below) = (0, 0);
        for (r, fit) in fits(law, n, replicates, 33 + n as u64).enumerate() {
            let bootstrap = fit.bootstrap(199, Key::new(34).fold_in(r as u64)).unwrap();
            let level = fit.return_level(period).unwrap();
            let (low, high) = bootstrap.interval(&level, 0.95).unwrap();
            above += usize::from(truth > high);
            below += usize::from(truth < low);
        }
        // Both sides miss in 2.5 % of the samples.
        for missed in [above, below] {
            let share = missed as f64 / replicates as f64;
            let bound = share_bound(0.025, replicates);
            assert!((share - 0.025).abs() < bound, "n = {n}: {share} missed");
        }
    }
}

/// Each value is in its envelope with the stated probability.
#[test]
fn envelopes_cover() {
    let (n, replicates) = (20, 2000);
    let ranks = [0, 9, 19];
    let mut outside = [0; 3];
    for (r, values) in samples(Gumbel::new(-5.0, 0.5).unwrap(), n, replicates, 45).enumerate() {
        let bootstrap =
            GumbelFit::of(&values).unwrap().bootstrap(99, Key::new(46).fold_in(r as u64)).unwrap();
        let mut sorted = values;
        sorted.sort_by(f64::total_cmp);
        for ((outside, &rank), (low, high)) in
            outside.iter_mut().zip(&ranks).zip(bootstrap.envelope(&ranks, 0.9).unwrap())
        {
            *outside += usize::from(sorted[rank] < low || sorted[rank] > high);
        }
    }
    for outside in outside {
        let share = outside as f64 / replicates as f64;
        assert!((share - 0.1).abs() < share_bound(0.1, replicates), "{share}");
    }
}

/// The bounds of the delta method are too narrow for few values, by the amounts in the documentation.
#[test]
fn delta_intervals_cover_less() {
    let law = Gumbel::new(100.0, 20.0).unwrap();
    let truth = law.quantile_of_survival(0.01).unwrap();
    let replicates = 5000;
    for (n, stated) in [(50, 0.929), (100, 0.940), (200, 0.947)] {
        let held = fits(law, n, replicates, 41 + n as u64).filter(|fit| {
            let (low, high) = fit.return_level(100.0).unwrap().interval(0.95).unwrap();
            low < truth && truth < high
        });
        let share = held.count() as f64 / replicates as f64;
        assert!((share - stated).abs() < share_bound(stated, replicates), "n = {n}: {share}");
    }
}

/// For Gumbel data each of the B + 1 values of p is equally probable, at every n.
#[test]
fn p_values_are_uniform_for_gumbel_data() {
    for n in [3, 50] {
        let mut counts = [0_u64; 10];
        for (r, fit) in fits(Gumbel::new(-7.0, 3.0).unwrap(), n, 2000, 35 + n as u64).enumerate() {
            let p = fit.bootstrap(99, Key::new(36).fold_in(r as u64)).unwrap().p_value();
            let step = (p * 100.0).round() as usize;
            assert!((1..=100).contains(&step) && (p * 100.0 - step as f64).abs() < 1e-9);
            counts[(step - 1) / 10] += 1;
        }
        let p = chi_square(&counts, &[0.1; 10]).unwrap();
        assert!(p > FALSE_ALARM, "n = {n}: {counts:?}");
    }
}

#[test]
fn p_values_are_small_for_other_data() {
    let mut uniforms = vec![0.0_f64; 1000];
    noise::uniform_into(Key::new(37), 0, &mut uniforms);
    let normal: Vec<f64> = uniforms.iter().map(|&u| normal_quantile(u)).collect();
    let exponential: Vec<f64> = uniforms.iter().map(|u| -u.ln()).collect();
    for values in [normal, exponential, uniforms] {
        let bootstrap = GumbelFit::of(&values).unwrap().bootstrap(199, Key::new(38)).unwrap();
        assert_eq!(bootstrap.p_value(), 1.0 / 200.0);
    }
}

/// Stephens (1977), table 3: the points that A^2 (1 + 0.2 / sqrt(n)) exceeds with probability 10,
/// 5, 2.5 and 1 %, both parameters estimated, in three digits.
#[test]
fn critical_values_are_those_of_stephens() {
    let (n, replicates) = (100, 20_000);
    let fit = fits(Gumbel::STANDARD, n, 1, 39).next().unwrap();
    let bootstrap = fit.bootstrap(replicates, Key::new(40)).unwrap();
    let modified = |p: f64| bootstrap.critical_value(p).unwrap() * (1.0 + 0.2 / (n as f64).sqrt());
    for (p, point) in [(0.10, 0.637), (0.05, 0.757), (0.025, 0.877), (0.01, 1.038)] {
        // The quantile may be off as far as the share may be; 1 % more for the table.
        let bound = share_bound(p, replicates);
        let (low, high) = (modified(1.0 - p - bound), modified(1.0 - (p - bound)));
        assert!(low * 0.99 < point && point < high * 1.01, "{point} within {low} and {high}");
    }
}
