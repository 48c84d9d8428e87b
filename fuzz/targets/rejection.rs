//! Rejection and adaptive rejection, with valid and invalid densities.

#![no_main]

use arbitrary::Arbitrary;
use gumbel::textbook::{AdaptiveRejection, Proposal, Rejection};
use gumbel_fuzz::{Number, Parts, assert_same};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    parts: Parts,
    low: Number,
    high: Number,
    heights: Vec<Number>,
    bound: Number,
    limit: u8,
    draws: u8,
    starts: Vec<Number>,
    tangents: u8,
    shape: Shape,
}

/// The logarithm of a density, with its derivative.
#[derive(Arbitrary, Debug)]
enum Shape {
    /// Valid: -a (x - b)^2 - c |x - d|.
    Concave { a: Number, b: Number, c: Number, d: Number },
    /// Valid inside an interval; density 0 outside.
    Cut { a: Number, from: Number, to: Number },
    /// Arbitrary values, mostly invalid.
    Wild { values: Vec<[Number; 2]> },
}

impl Shape {
    fn at(&self, x: f64) -> (f64, f64) {
        match self {
            Self::Concave { a, b, c, d } => {
                let (a, b, c, d) = (a.0.abs(), b.0, c.0.abs(), d.0);
                let sign = if x < d { -1.0 } else { 1.0 };
                (-a * (x - b) * (x - b) - c * (x - d).abs(), -2.0 * a * (x - b) - c * sign)
            }
            Self::Cut { a, from, to } if x < from.0 || x > to.0 => (f64::NEG_INFINITY, a.0),
            Self::Cut { a, .. } => (a.0 * x, a.0),
            Self::Wild { values } => match bucket(x, values.len()) {
                Some(i) => (values[i][0].0, values[i][1].0),
                None => (0.0, 0.0),
            },
        }
    }
}

fn bucket(x: f64, count: usize) -> Option<usize> {
    (x.to_bits() >> 44).checked_rem(count as u64).map(|i| i as usize)
}

fuzz_target!(|input: Input| {
    let (low, high) = (input.low.0, input.high.0);
    let density = |x: f64| bucket(x, input.heights.len()).map_or(1.0, |i| input.heights[i].0);
    let draws = usize::from(input.draws);
    if let Ok(proposal) = Proposal::uniform(low, high)
        && let Ok(sampler) = Rejection::new(density, proposal, input.bound.0)
    {
        let sampler = sampler.with_limit(u64::from(input.limit));
        assert_eq!(sampler.is_ok(), input.limit > 0);
        if let Ok(sampler) = sampler {
            let drawn = sampler.sample_many(draws, &mut input.parts.key().rng());
            assert_same(&drawn, &sampler.sample_many(draws, &mut input.parts.key().rng()));
            if let Ok(drawn) = drawn {
                assert_eq!(drawn.values.len(), draws);
                assert!(drawn.tries >= draws as u64 && (0.0..=1.0).contains(&drawn.rate()));
                for &x in &drawn.values {
                    assert!(low <= x && x <= high && density(x) > 0.0, "{x}");
                }
            }
        }
    }

    let ln_density = |x: f64| input.shape.at(x);
    let starts: Vec<f64> = input.starts.iter().map(|start| start.0).collect();
    // So far from 0 the digits do not suffice, and the error comes only after a million tries.
    let far = |x: f64| x.is_finite() && x.abs() > 1e9;
    if far(low) || far(high) || starts.iter().any(|&start| far(start)) {
        return;
    }
    if let Ok(sampler) = AdaptiveRejection::new(ln_density, low, high, &starts) {
        let limited = sampler.clone().with_limit(usize::from(input.tangents));
        let mut sampler = limited.unwrap_or(sampler);
        let drawn = sampler.sample_many(draws % 8, &mut input.parts.key().rng());
        assert!(sampler.tangents() <= 64.max(starts.len()).max(usize::from(input.tangents)));
        if let Ok(drawn) = drawn {
            assert_eq!(drawn.values.len(), draws % 8);
            assert!((0.0..=1.0).contains(&drawn.rate()));
            for &x in &drawn.values {
                assert!(x.is_finite() && low <= x && x <= high, "{x}");
                let wild = matches!(input.shape, Shape::Wild { .. });
                assert!(wild || ln_density(x).0 > f64::NEG_INFINITY, "{x} has density 0");
            }
        }
    }
});
