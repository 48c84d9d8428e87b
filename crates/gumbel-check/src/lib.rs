//! Tests of distributions, each with the rate at which the test refuses a correct sampler.
//!
//! Seeds are fixed, so the result of a test changes only if the code changes. The false-alarm rate is the
//! probability that a harmless change of the draws makes a test fail. All tests use [`FALSE_ALARM`]. With
//! `GUMBEL_SLOW=1` the samples are a hundred times as large or larger: see [`slow`].

#[cfg(doctest)]
mod book;

mod distance;
pub mod samplers;
pub mod words;

pub use distance::{
    Distances, Law, anderson_darling_cdf, anderson_darling_limit, kolmogorov_smirnov,
    kolmogorov_smirnov_limit,
};

use statrs::function::gamma::checked_gamma_ur;

/// The rate at which each test of this crate refuses a correct sampler.
pub const FALSE_ALARM: f64 = 1e-6;
/// Classes are pooled until each pool is expected this often.
const EXPECTED: f64 = 50.0;

/// The p-value of Pearson's chi-square test of counts against probabilities.
///
/// Classes of probability 0 must not occur. The other classes are pooled, rarest first, until each pool has an
/// expected count of at least 50. Fewer than two pools cannot be tested, and give an error.
///
/// # Errors
/// A message if a class of probability 0 was drawn, if the probabilities do not sum to 1, or if there are too few
/// draws.
pub fn chi_square(counts: &[u64], probabilities: &[f64]) -> Result<f64, String> {
    let n: u64 = counts.iter().sum();
    let sum: f64 = probabilities.iter().sum();
    if (sum - 1.0).abs() > 1e-9 {
        return Err(format!("the probabilities sum to {sum}"));
    }
    let mut classes: Vec<(f64, u64)> = Vec::new();
    for (i, (&count, &p)) in counts.iter().zip(probabilities).enumerate() {
        match (p > 0.0, count) {
            (true, count) => classes.push((p * n as f64, count)),
            (false, 0) => {}
            (false, count) => {
                return Err(format!("class {i} has probability 0 and was drawn {count} times"));
            }
        }
    }
    classes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut pools: Vec<(f64, u64)> = Vec::new();
    let mut open = (0.0, 0);
    for (expected, count) in classes {
        open = (open.0 + expected, open.1 + count);
        if open.0 >= EXPECTED {
            pools.push(open);
            open = (0.0, 0);
        }
    }
    // The remaining classes join the last pool.
    if let Some(last) = pools.last_mut() {
        *last = (last.0 + open.0, last.1 + open.1);
    }
    if pools.len() < 2 {
        return Err(format!("{n} draws give fewer than two pools of {EXPECTED}"));
    }
    let statistic: f64 = pools.iter().map(|(e, o)| (*o as f64 - e).powi(2) / e).sum();
    if statistic == 0.0 {
        return Ok(1.0);
    }
    let freedom = (pools.len() - 1) as f64;
    checked_gamma_ur(freedom / 2.0, statistic / 2.0).map_err(|error| error.to_string())
}

/// The largest allowed distance of the share of successes in `n` trials from its expectation p. A correct
/// sampler exceeds it with probability below [`FALSE_ALARM`], by the inequality of Bernstein (1924), valid for
/// every n and p.
pub fn share_bound(p: f64, n: usize) -> f64 {
    let (l, n) = ((2.0 / FALSE_ALARM).ln(), n as f64);
    l / (3.0 * n) + ((l / (3.0 * n)).powi(2) + 2.0 * l * p * (1.0 - p) / n).sqrt()
}

/// The smallest and the largest allowed count of a Poisson variable with this mean. Smaller and larger counts
/// have probabilities below [`FALSE_ALARM`] / 2 each.
pub fn poisson_bounds(mean: f64) -> (u64, u64) {
    // As logarithms: e^-mean is 0 from 746 on.
    let mut ln_term = -mean;
    let (mut below, mut low) = (ln_term.exp(), None);
    for n in 0_u64.. {
        if low.is_none() && below > FALSE_ALARM / 2.0 {
            low = Some(n);
        }
        if 1.0 - below < FALSE_ALARM / 2.0 {
            return (low.unwrap_or(0), n + 1);
        }
        ln_term += (mean / (n + 1) as f64).ln();
        below += ln_term.exp();
    }
    unreachable!("the sum tends to 1")
}

/// Whether to run the slow tests, as in `GUMBEL_SLOW=1 cargo test --release`.
pub fn slow() -> bool {
    std::env::var_os("GUMBEL_SLOW").is_some_and(|value| value == "1")
}

/// Returns `slow` in the slow tests, which `GUMBEL_SLOW=1` selects, and `fast` otherwise.
pub fn fast_or_slow<T>(fast: T, slow: T) -> T {
    if self::slow() { slow } else { fast }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chi_square_refuses_wrong_counts() {
        assert!(chi_square(&[500, 500], &[0.5, 0.5]).unwrap() > 0.99);
        assert!(chi_square(&[600, 400], &[0.5, 0.5]).unwrap() < 1e-9);
        assert!(chi_square(&[999, 1, 0], &[1.0, 0.0, 0.0]).is_err());
        assert!(chi_square(&[10, 10], &[0.5, 0.5]).is_err());
        // A deviation d from n / 2 gives 4 d^2 / n: here 3.84, the 5 % point of one degree of freedom.
        let counts = [500_980, 499_020];
        let p = chi_square(&counts, &[0.5, 0.5]).unwrap();
        assert!((p - 0.05).abs() < 1e-3, "{p}");
    }

    #[test]
    fn share_bound_is_a_little_above_the_normal_bound() {
        // 4.89 standard deviations leave out 1e-6 of a normal law.
        let bound = share_bound(0.5, 1_000_000);
        assert!(bound > 4.89 * 0.000_5 && bound < 5.5 * 0.000_5, "{bound}");
        assert!(share_bound(0.0, 1000) > 0.0 && share_bound(0.0, 1000) < 0.01);
    }

    #[test]
    fn poisson_bounds_have_their_probabilities() {
        let mean = 32.766_f64;
        let (low, high) = poisson_bounds(mean);
        let mass = |n: u64| (1..=n).fold((-mean).exp(), |p, i| p * mean / i as f64);
        let below: f64 = (0..low).map(mass).sum();
        let within: f64 = (low..=high).map(mass).sum();
        assert!(
            below < FALSE_ALARM / 2.0 && within > 1.0 - FALSE_ALARM,
            "{low} {high} {below} {within}"
        );
        assert!(below + mass(low) > FALSE_ALARM / 2.0);
        // Near the normal bounds, 4.89 standard deviations on either side.
        let (low, high) = poisson_bounds(3_276.0);
        assert!(low.abs_diff(3_276 - 280) < 10 && high.abs_diff(3_276 + 280) < 10, "{low} {high}");
    }
}
