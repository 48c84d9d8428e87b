//! The laws of the noises: Kolmogorov-Smirnov and Anderson-Darling at n = 10^6, and 10^8 with
//! `GUMBEL_SLOW=1`; independence of neighbours.

use gumbel::{Key, noise};
use gumbel_check::{
    FALSE_ALARM, Law, anderson_darling_limit, chi_square, fast_or_slow, kolmogorov_smirnov,
    kolmogorov_smirnov_limit,
};
use statrs::function::erf::erfc;

struct Noise {
    name: &'static str,
    wide: fn(Key, u64, &mut [f64]),
    narrow: fn(Key, u64, &mut [f32]),
    law: Law,
    /// The range where F is above 1e-12 and below 1 - 1e-12.
    range: [f64; 2],
    /// The largest error of an `f32` at x.
    rounding: fn(f64) -> f64,
}

/// The unit in the last place of `f32`.
fn ulp(x: f64) -> f64 {
    let x = (x.abs() as f32).max(f32::MIN_POSITIVE);
    f64::from(x.next_up() - x)
}

fn ulp_or_2_24(x: f64) -> f64 {
    ulp(x).max(1.0 / 16_777_216.0)
}

const NOISES: [Noise; 5] = [
    Noise {
        name: "uniform",
        wide: noise::uniform_into::<f64>,
        narrow: noise::uniform_into::<f32>,
        law: Law { cdf: |x| x, survival: |x| 1.0 - x },
        range: [1e-12, 1.0 - 1e-12],
        // Half of a step of 2^-23.
        rounding: |_| 1.0 / 16_777_216.0,
    },
    Noise {
        name: "exponential",
        wide: noise::exponential_into::<f64>,
        narrow: noise::exponential_into::<f32>,
        law: Law { cdf: |x| -(-x).exp_m1(), survival: |x| (-x).exp() },
        range: [1e-12, 27.6],
        rounding: |x| 1.86 * ulp(x),
    },
    Noise {
        name: "Gumbel",
        wide: noise::gumbel_into::<f64>,
        narrow: noise::gumbel_into::<f32>,
        law: Law { cdf: |x| (-(-x).exp()).exp(), survival: |x| -(-(-x).exp()).exp_m1() },
        range: [-3.31, 27.6],
        rounding: |x| 2.87 * ulp_or_2_24(x),
    },
    Noise {
        name: "logistic",
        wide: noise::logistic_into::<f64>,
        narrow: noise::logistic_into::<f32>,
        law: Law { cdf: |x| 1.0 / (1.0 + (-x).exp()), survival: |x| 1.0 / (1.0 + x.exp()) },
        range: [-27.6, 27.6],
        rounding: |x| 2.83 * ulp_or_2_24(x),
    },
    Noise {
        name: "normal",
        wide: noise::normal_into::<f64>,
        narrow: noise::normal_into::<f32>,
        law: Law {
            cdf: |x| erfc(-x * core::f64::consts::FRAC_1_SQRT_2) / 2.0,
            survival: |x| erfc(x * core::f64::consts::FRAC_1_SQRT_2) / 2.0,
        },
        range: [-7.0, 7.0],
        // The bound without fused multiply-add; 3.66 with it.
        rounding: |x| 4.06 * ulp(x),
    },
];

/// An `f32` value is computed from the 32 bits of a word and rounded, so its law is not exact. `Law::rounded`
/// bounds the effect on the distances: for n = 10^8 a part in 10^3 of the limit.
#[test]
fn noises_have_their_laws() {
    let n: usize = fast_or_slow(1_000_000, 100_000_000);
    let limit = (kolmogorov_smirnov_limit(n), anderson_darling_limit());
    let mut sample = vec![0.0; n];
    for (number, noise) in NOISES.into_iter().enumerate() {
        let key = Key::new(15).fold_in(number as u64);
        (noise.wide)(key, 0, &mut sample);
        let found = noise.law.distances(&mut sample);
        println!("{}, f64, n = {n}: {found:?}", noise.name);
        assert!(found.kolmogorov_smirnov < limit.0, "{}, f64: {found:?}", noise.name);
        assert!(found.anderson_darling < limit.1, "{}, f64: {found:?}", noise.name);

        let mut part = vec![0.0_f32; 1 << 16];
        for (i, out) in sample.chunks_mut(part.len()).enumerate() {
            let part = &mut part[..out.len()];
            (noise.narrow)(key.fold_in(1), (i << 16) as u64, part);
            out.iter_mut().zip(part).for_each(|(out, x)| *out = f64::from(*x));
        }
        let found = noise.law.distances(&mut sample);
        let more = noise.law.rounded(n, noise.range, 2f64.powi(-32), noise.rounding);
        println!("{}, f32, n = {n}: {found:?}, rounding at most {more:?}", noise.name);
        // The allowance is small compared with the limit, so it hides no error.
        assert!(more.kolmogorov_smirnov < 0.01 * limit.0, "{more:?}");
        assert!(more.anderson_darling < 0.01 * limit.1, "{more:?}");
        let limit = (limit.0 + more.kolmogorov_smirnov, limit.1 + more.anderson_darling);
        assert!(found.kolmogorov_smirnov < limit.0, "{}, f32: {found:?}", noise.name);
        assert!(found.anderson_darling < limit.1, "{}, f32: {found:?}", noise.name);
    }
}

/// The largest of m Gumbels minus ln m is Gumbel again. 4,000 maxima of 16,384 test the upper tail from 2^-14
/// on, where single draws are too few. (Tests in `gumbel` compare the ends of the tails with the oracle, word by
/// word.)
#[test]
fn maxima_of_gumbels_are_gumbel() {
    let (m, n) = (16_384, fast_or_slow(4_000, 1_000_000));
    let mut noise = vec![0.0_f32; m];
    let mut maxima: Vec<f64> = (0..n)
        .map(|i| {
            noise::gumbel_into(Key::new(16), (i * m) as u64, &mut noise);
            f64::from(noise.iter().copied().fold(f32::MIN, f32::max)) - (m as f64).ln()
        })
        .collect();
    let distance = kolmogorov_smirnov(&mut maxima, |x| (-(-x).exp()).exp());
    assert!(distance < kolmogorov_smirnov_limit(n), "{distance}");
}

/// Asserts that pairs of noises are independent, by the sixteenths of the law that they are in.
fn assert_independent(what: &str, pairs: impl Iterator<Item = (f32, f32)>) {
    let sixteenth = |g: f32| ((-(-f64::from(g)).exp()).exp() * 16.0) as usize;
    let mut counts = vec![0; 256];
    pairs.for_each(|(a, b)| counts[sixteenth(a) * 16 + sixteenth(b)] += 1);
    let p = chi_square(&counts, &[1.0 / 256.0; 256]).unwrap();
    assert!(p > FALSE_ALARM, "{what}: p = {p}");
}

#[test]
fn neighbours_keys_and_parents_are_independent() {
    let n = fast_or_slow(1 << 20, 1 << 26);
    let of = |key: Key| {
        let mut g = vec![0.0_f32; n];
        noise::gumbel_into(key, 0, &mut g);
        g
    };
    let key = Key::new(17);
    let g = of(key);
    // Neighbours, elements of one block of the generator, and elements of the next group of blocks.
    for apart in [1, 16, 64] {
        let pairs = g.chunks_exact(2 * apart);
        let pairs = pairs.flat_map(|two| (0..apart).map(|i| (two[i], two[i + apart])));
        assert_independent(&format!("elements {apart} apart"), pairs);
    }
    let [left, right] = key.split();
    for (what, other) in [
        ("child", key.fold_in(0)),
        ("left half", left),
        ("the seed after", Key::new(18)),
        ("the stream after", Key::from_parts(17, 1)),
    ] {
        assert_independent(what, g.iter().copied().zip(of(other)));
    }
    for (what, a, b) in [
        ("siblings", key.fold_in(1), key.fold_in(2)),
        ("halves", left, right),
        ("children of neighbours", key.fold_in(1), Key::new(18).fold_in(1)),
    ] {
        assert_independent(what, of(a).into_iter().zip(of(b)));
    }
    // One element of many keys, as in a server: request i and the next request.
    let first = |i: u64| {
        let mut g = [0.0];
        noise::gumbel_into(key.fold_in(i), 0, &mut g);
        g[0]
    };
    let pairs = (0..n as u64 / 16).map(|i| (first(2 * i), first(2 * i + 1)));
    assert_independent("requests", pairs);
}
