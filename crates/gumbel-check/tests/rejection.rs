//! The laws and acceptance rates of the samplers of densities, and the quality of linear congruential generators.

use std::f64::consts::{PI, SQRT_2};

use gumbel::Key;
use gumbel::textbook::{Accepted, AdaptiveRejection, Lcg, LcgParameters, Proposal, Rejection};
use gumbel_check::{FALSE_ALARM, chi_square, kolmogorov_smirnov, kolmogorov_smirnov_limit};
use rand_distr::{Distribution, Normal};
use statrs::function::erf::erfc;

const INF: f64 = f64::INFINITY;

fn normal_density(x: f64, mean: f64, sigma: f64) -> f64 {
    let z = (x - mean) / sigma;
    (-0.5 * z * z).exp() / (sigma * (2.0 * PI).sqrt())
}

fn normal_cdf(x: f64, mean: f64, sigma: f64) -> f64 {
    0.5 * erfc((mean - x) / (sigma * SQRT_2))
}

fn assert_law(values: &[f64], cdf: impl Fn(f64) -> f64, what: &str) {
    let distance = kolmogorov_smirnov(&mut values.to_vec(), cdf);
    let limit = kolmogorov_smirnov_limit(values.len());
    assert!(distance < limit, "{what}: {distance}, limit {limit}");
}

/// The bound of Chernoff, valid for every n: t tosses of a coin with probability p give n heads or more (if
/// n / t is above p), or n heads or fewer (if below), with probability at most exp(-t KL(n / t, p)).
fn chernoff(n: u64, t: u64, p: f64) -> f64 {
    let (n, t) = (n as f64, t as f64);
    let share = n / t;
    let term = |a: f64, b: f64| if a > 0.0 { a * (a / b).ln() } else { 0.0 };
    (-t * (term(share, p) + term(1.0 - share, 1.0 - p))).exp()
}

/// Asserts that the acceptance rate is p. The tries for n values are tosses until the n-th head:
/// P(tries <= t) = P(n or more in t), and P(tries >= t) = P(n - 1 or fewer in t - 1). Each side has half of the
/// false-alarm rate.
fn assert_rate(drawn: &Accepted, p: f64, what: &str) {
    let (n, t) = (drawn.values.len() as u64, drawn.tries);
    let tail = if n as f64 >= p * t as f64 { chernoff(n, t, p) } else { chernoff(n - 1, t - 1, p) };
    assert!(tail > FALSE_ALARM / 2.0, "{what}: rate {}, expected {p}: {tail}", drawn.rate());
    println!("{what}: rate {:.6}, expected {p:.6}", drawn.rate());
    // A rate that is wrong by seven standard deviations would be refused.
    let off = 7.0 * (p * (1.0 - p) / t as f64).sqrt();
    for wrong in [drawn.rate() - off, drawn.rate() + off] {
        assert!(chernoff(n, t, wrong) < FALSE_ALARM / 2.0, "{what}: this would pass for {wrong}");
    }
}

/// A mixture of two normals, 0.3 at -2 with deviation 0.5 and 0.7 at 1.5 with deviation 1, sampled from a box
/// and from a broad normal of `rand_distr`.
#[test]
fn rejection_from_two_bumps() {
    let bumps = |x: f64| 0.3 * normal_density(x, -2.0, 0.5) + 0.7 * normal_density(x, 1.5, 1.0);
    let cdf = |x: f64| 0.3 * normal_cdf(x, -2.0, 0.5) + 0.7 * normal_cdf(x, 1.5, 1.0);
    let n = 1_000_000;

    // The box cuts 1.6e-15 of the mass off.
    let (low, high, height) = (-8.0, 10.0, 0.3);
    let area = (high - low) * height;
    let proposal = Proposal::uniform(low, high).unwrap();
    let sampler = Rejection::new(bumps, proposal, area).unwrap();
    let drawn = sampler.sample_many(n, &mut Key::new(101).rng()).unwrap();
    assert_law(&drawn.values, cdf, "box");
    assert_rate(&drawn, 1.0 / area, "box");

    // The same density times 5, not normalised, with a rate of 5 / M.
    let normal = Normal::new(0.0, 2.5).unwrap();
    let proposal = Proposal::new(|rng| normal.sample(rng), |x| normal_density(x, 0.0, 2.5));
    let sampler = Rejection::new(|x| 5.0 * bumps(x), proposal, 12.0).unwrap();
    let drawn = sampler.sample_many(n, &mut Key::new(102).rng()).unwrap();
    assert_law(&drawn.values, cdf, "normal proposal");
    assert_rate(&drawn, 5.0 / 12.0, "normal proposal");
}

/// A normal of deviation 1e-4 in a box of width 2: one candidate in 8,000 is accepted.
#[test]
fn rejection_from_a_narrow_peak() {
    let sigma = 1e-4;
    let peak = |x: f64| (-0.5 * ((x - 0.3) / sigma).powi(2)).exp();
    let sampler = Rejection::new(peak, Proposal::uniform(-1.0, 1.0).unwrap(), 2.0).unwrap();
    let drawn = sampler.sample_many(5_000, &mut Key::new(103).rng()).unwrap();
    assert_law(&drawn.values, |x| normal_cdf(x, 0.3, sigma), "peak");
    assert_rate(&drawn, sigma * (2.0 * PI).sqrt() / 2.0, "peak");
}

/// A law: h = ln f with its derivative, and the distribution function.
struct Law {
    what: &'static str,
    h: fn(f64) -> (f64, f64),
    cdf: fn(f64) -> f64,
    domain: (f64, f64),
    starts: &'static [f64],
}

impl Law {
    fn sampler(&self) -> AdaptiveRejection<fn(f64) -> (f64, f64)> {
        AdaptiveRejection::new(self.h, self.domain.0, self.domain.1, self.starts).unwrap()
    }
}

const LAWS: [Law; 6] = [
    Law {
        what: "normal",
        h: |x| (-0.5 * x * x, -x),
        cdf: |x| normal_cdf(x, 0.0, 1.0),
        domain: (-INF, INF),
        starts: &[-2.0, 2.0],
    },
    Law {
        what: "gamma of shape 2",
        h: |x| (x.ln() - x, 1.0 / x - 1.0),
        cdf: |x| 1.0 - (1.0 + x) * (-x).exp(),
        domain: (0.0, INF),
        starts: &[3.0],
    },
    Law {
        what: "Gumbel",
        h: |x| (-x - (-x).exp(), (-x).exp() - 1.0),
        cdf: |x| (-(-x).exp()).exp(),
        domain: (-INF, INF),
        starts: &[-1.0, 2.0],
    },
    Law {
        what: "truncated exponential",
        h: |x| (-1.5 * x, -1.5),
        cdf: |x| (-1.5 * x).exp_m1() / (-3.0_f64).exp_m1(),
        domain: (0.0, 2.0),
        starts: &[1.0],
    },
    Law {
        what: "logistic",
        h: |x| (-x - 2.0 * (-x).exp().ln_1p(), 2.0 / (1.0 + x.exp()) - 1.0),
        cdf: |x| 1.0 / (1.0 + (-x).exp()),
        domain: (-INF, INF),
        starts: &[-0.1, 0.1],
    },
    Law {
        what: "normal beyond 5",
        h: |x| (-0.5 * x * x, -x),
        cdf: |x| 1.0 - erfc(x / SQRT_2) / erfc(5.0 / SQRT_2),
        domain: (5.0, INF),
        starts: &[6.0],
    },
];

#[test]
fn adaptive_rejection_has_the_laws() {
    for (number, law) in LAWS.iter().enumerate() {
        let key = Key::new(104).fold_in(number as u64);
        let mut sampler = law.sampler();
        let drawn = sampler.sample_many(1_000_000, &mut key.rng()).unwrap();
        println!("{}: rate {:.5}, {sampler:?}", law.what, drawn.rate());
        assert_law(&drawn.values, law.cdf, law.what);
    }
}

/// The first three values of many samplers. The hull then has the fewest tangents, and each try changes it.
#[test]
fn adaptive_rejection_has_the_laws_from_the_first_value_on() {
    for (number, Law { what, cdf, .. }) in LAWS.iter().enumerate() {
        let mut rng = Key::new(105).fold_in(number as u64).rng();
        let new = LAWS[number].sampler();
        let values: Vec<f64> = (0..100_000)
            .flat_map(|_| new.clone().sample_many(3, &mut rng).unwrap().values)
            .collect();
        for place in 0..3 {
            let at_place: Vec<f64> = values.iter().skip(place).step_by(3).copied().collect();
            assert_law(&at_place, cdf, what);
        }
        // Successive values are independent.
        let cell = |x: f64| ((8.0 * cdf(x)) as usize).min(7);
        let mut counts = [0; 64];
        for three in values.chunks_exact(3) {
            counts[8 * cell(three[0]) + cell(three[1])] += 1;
        }
        let p = chi_square(&counts, &[1.0 / 64.0; 64]).unwrap();
        assert!(p > FALSE_ALARM, "{what}: first and second value, p = {p}");
    }
}

/// The hull of the normal with tangents at -2 and 2 has the area e^2, which determines the rate of the first
/// try.
#[test]
fn adaptive_rejection_has_the_rate_of_its_hull() {
    let mut rng = Key::new(106).rng();
    let (law, n) = (&LAWS[0], 300_000);
    let new = law.sampler();
    let at_once =
        (0..n).filter(|_| new.clone().sample_many(1, &mut rng).unwrap().tries == 1).count();
    let p = (2.0 * PI).sqrt() / 2.0_f64.exp();
    let tail = chernoff(at_once as u64, n, p);
    assert!(tail > FALSE_ALARM / 2.0, "{at_once} of {n}, expected {p}: {tail}");
}

/// The hull has only two tangents, which change.
#[test]
fn adaptive_rejection_has_the_law_when_tangents_are_replaced() {
    for (number, law) in LAWS.iter().enumerate() {
        let mut sampler = law.sampler().with_limit(2).unwrap();
        let drawn =
            sampler.sample_many(300_000, &mut Key::new(107).fold_in(number as u64).rng()).unwrap();
        println!("{}: rate {:.5}, {sampler:?}", law.what, drawn.rate());
        assert_law(&drawn.values, law.cdf, law.what);
    }
}

/// The p-value of points of D successive uniforms, counted in 16^D cells.
fn serial<const D: usize>(lcg: &mut Lcg) -> f64 {
    let cells = 16_usize.pow(D as u32);
    let mut counts = vec![0; cells];
    for _ in 0..100 * cells {
        let cell = (0..D).fold(0, |cell, _| 16 * cell + (16.0 * lcg.next_uniform()) as usize);
        counts[cell] += 1;
    }
    chi_square(&counts, &vec![1.0 / cells as f64; cells]).unwrap()
}

#[test]
fn a_good_generator_of_64_bits_passes() {
    let mut mmix = Lcg::new(LcgParameters::MMIX, 2026).unwrap();
    let uniforms: Vec<f64> = (0..1_000_000).map(|_| mmix.next_uniform()).collect();
    assert_law(&uniforms, |u| u, "MMIX");
    let (pairs, triples) = (serial::<2>(&mut mmix), serial::<3>(&mut mmix));
    assert!(pairs > FALSE_ALARM && triples > FALSE_ALARM, "pairs {pairs}, triples {triples}");
}

/// The values and the pairs of RANDU are uniform. Its triples lie on 15 planes, so most cells of the cube have
/// too many points or none.
#[test]
fn randu_fails_in_three_dimensions() {
    let mut randu = Lcg::new(LcgParameters::RANDU, 1).unwrap();
    let uniforms: Vec<f64> = (0..1_000_000).map(|_| randu.next_uniform()).collect();
    assert_law(&uniforms, |u| u, "RANDU");
    let (pairs, triples) = (serial::<2>(&mut randu), serial::<3>(&mut randu));
    assert!(pairs > FALSE_ALARM, "pairs {pairs}");
    assert!(triples < 1e-100, "triples {triples}");
}
