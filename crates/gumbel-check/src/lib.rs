//! Tests of distributions, each with the rate at which it would refuse a correct sampler.
//!
//! Seeds are fixed, so a test that passes goes on passing: the false-alarm rate says how surprised
//! to be when a change makes it fail. All use [`FALSE_ALARM`].

#[cfg(doctest)]
mod book;

use statrs::function::gamma::checked_gamma_ur;

/// The rate at which each test here would refuse a correct sampler.
pub const FALSE_ALARM: f64 = 1e-6;
/// Classes are pooled until each is expected this often.
const EXPECTED: f64 = 50.0;

/// Pearson's chi-square test of counts against probabilities: returns the p-value.
///
/// Classes of probability 0 must not occur. The others are pooled, rarest first, until each pool is
/// expected at least 50 times; with fewer than two pools there is nothing to test, and the result
/// is an error in words.
///
/// # Errors
/// An impossible class that was drawn, probabilities that do not sum to 1, too few draws.
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
                return Err(format!("class {i} is impossible and came {count} times"));
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
    // What is left over joins the last pool.
    if let Some(last) = pools.last_mut() {
        *last = (last.0 + open.0, last.1 + open.1);
    }
    if pools.len() < 2 {
        return Err(format!("{n} draws make fewer than two pools of {EXPECTED}"));
    }
    let statistic: f64 = pools.iter().map(|(e, o)| (*o as f64 - e).powi(2) / e).sum();
    if statistic == 0.0 {
        return Ok(1.0);
    }
    let freedom = (pools.len() - 1) as f64;
    checked_gamma_ur(freedom / 2.0, statistic / 2.0).map_err(|error| error.to_string())
}

/// The Kolmogorov-Smirnov distance between a sample and a distribution function.
///
/// # Panics
/// When the sample holds a NaN.
pub fn kolmogorov_smirnov(sample: &mut [f64], cdf: impl Fn(f64) -> f64) -> f64 {
    assert!(sample.iter().all(|x| !x.is_nan()), "the sample holds a NaN");
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let distances = sample.iter().enumerate().map(|(i, &x)| {
        let p = cdf(x);
        (p - i as f64 / n).abs().max(((i + 1) as f64 / n - p).abs())
    });
    distances.fold(0.0, f64::max)
}

/// The distance that a correct sample of n exceeds at [`FALSE_ALARM`]: sqrt(ln(2 / a) / 2 n), the
/// bound of Dvoretzky, Kiefer and Wolfowitz with the constant of Massart (1990), valid for every n.
pub fn kolmogorov_smirnov_limit(n: usize) -> f64 {
    ((2.0 / FALSE_ALARM).ln() / (2.0 * n as f64)).sqrt()
}

/// How far the share of successes in `n` trials may lie from its expectation p: a correct one is
/// farther away with probability below [`FALSE_ALARM`], by the inequality of Bernstein (1924), valid
/// for every n and p.
pub fn share_bound(p: f64, n: usize) -> f64 {
    let (l, n) = ((2.0 / FALSE_ALARM).ln(), n as f64);
    l / (3.0 * n) + ((l / (3.0 * n)).powi(2) + 2.0 * l * p * (1.0 - p) / n).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chi_square_refuses_what_is_wrong() {
        assert!(chi_square(&[500, 500], &[0.5, 0.5]).unwrap() > 0.99);
        assert!(chi_square(&[600, 400], &[0.5, 0.5]).unwrap() < 1e-9);
        assert!(chi_square(&[999, 1, 0], &[1.0, 0.0, 0.0]).is_err());
        assert!(chi_square(&[10, 10], &[0.5, 0.5]).is_err());
        // A deviation d from n / 2 makes 4 d^2 / n: here 3.84, the 5 % point of one degree of freedom.
        let counts = [500_980, 499_020];
        let p = chi_square(&counts, &[0.5, 0.5]).unwrap();
        assert!((p - 0.05).abs() < 1e-3, "{p}");
    }

    #[test]
    fn share_bound_is_a_little_above_that_of_the_normal() {
        // 4.89 standard deviations leave out 1e-6 of a normal law.
        let bound = share_bound(0.5, 1_000_000);
        assert!(bound > 4.89 * 0.000_5 && bound < 5.5 * 0.000_5, "{bound}");
        assert!(share_bound(0.0, 1000) > 0.0 && share_bound(0.0, 1000) < 0.01);
    }

    #[test]
    fn kolmogorov_smirnov_refuses_what_is_wrong() {
        let grid = |n: usize| (0..n).map(|i| (i as f64 + 0.5) / n as f64).collect::<Vec<_>>();
        assert!(kolmogorov_smirnov(&mut grid(1000), |x| x) <= 0.000_5 + 1e-12);
        let distance = kolmogorov_smirnov(&mut grid(1000), |x| x * x);
        assert!((distance - 0.25).abs() < 1e-2);
        assert!(distance > kolmogorov_smirnov_limit(1000));
    }
}
