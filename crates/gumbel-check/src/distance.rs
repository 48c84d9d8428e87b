//! Distances between a sample and a law: that of Kolmogorov and Smirnov, and that of Anderson and Darling, which
//! is sensitive in the tails.

use core::f64::consts::PI;

use crate::FALSE_ALARM;

/// The Kolmogorov-Smirnov distance between a sample and a distribution function `cdf`. Sorts the sample.
///
/// # Panics
/// If the sample has a NaN.
pub fn kolmogorov_smirnov(sample: &mut [f64], cdf: impl Fn(f64) -> f64) -> f64 {
    sort(sample);
    let n = sample.len() as f64;
    let distances = sample.iter().enumerate().map(|(i, &x)| {
        let p = cdf(x);
        (p - i as f64 / n).abs().max(((i + 1) as f64 / n - p).abs())
    });
    distances.fold(0.0, f64::max)
}

/// The Kolmogorov-Smirnov distance that a correct sample of n values exceeds with probability a = [`FALSE_ALARM`]
/// at most: sqrt(ln(2 / a) / 2 n), the bound of Dvoretzky, Kiefer and Wolfowitz with the constant of Massart
/// (1990), valid for every n.
pub fn kolmogorov_smirnov_limit(n: usize) -> f64 {
    ((2.0 / FALSE_ALARM).ln() / (2.0 * n as f64)).sqrt()
}

fn sort(sample: &mut [f64]) {
    assert!(sample.iter().all(|x| !x.is_nan()), "the sample has a NaN");
    sample.sort_unstable_by(f64::total_cmp);
}

/// The law that a sample is compared with: F and 1 - F, each exact in its own tail.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    /// The distribution function F(x) = P(X <= x).
    pub cdf: fn(f64) -> f64,
    /// The survival function 1 - F(x).
    pub survival: fn(f64) -> f64,
}

/// Two distances of a sample from a law, or bounds on the increase of the distances by rounding.
#[derive(Clone, Copy, Debug)]
pub struct Distances {
    /// The largest distance |F_n - F|, with the distribution function F_n of the sample of n values.
    pub kolmogorov_smirnov: f64,
    /// A, the square root of A^2 = n times the integral of (F_n - F)^2 / (F (1 - F)) over dF.
    pub anderson_darling: f64,
}

impl Law {
    /// Computes both distances from this law, in one pass over the sample, which it sorts:
    ///
    /// ```text
    /// A^2 = -n - sum_i [ (2i + 1)/n ln F(x_i) + (2(n - i) - 1)/n ln(1 - F(x_i)) ],  i = 0 .. n - 1
    /// ```
    ///
    /// # Panics
    /// If the sample has a NaN.
    pub fn distances(&self, sample: &mut [f64]) -> Distances {
        sort(sample);
        let n = sample.len() as f64;
        let (mut largest, mut sum) = (0.0_f64, 0.0);
        // The terms add up to about -n; adding sums of parts keeps the fractional digits.
        for (part, values) in sample.chunks(1 << 12).enumerate() {
            let mut here = 0.0;
            for (i, &x) in values.iter().enumerate() {
                let i = ((part << 12) + i) as f64;
                let (below, above) = ((self.cdf)(x), (self.survival)(x));
                largest = largest.max((below - i / n).abs()).max(((i + 1.0) / n - below).abs());
                here += (2.0 * i + 1.0) / n * below.ln() + (2.0 * (n - i) - 1.0) / n * above.ln();
            }
            sum += here;
        }
        let a2: f64 = -n - sum;
        Distances { kolmogorov_smirnov: largest, anderson_darling: a2.max(0.0).sqrt() }
    }

    /// Bounds on what rounding of the values can add to the distances of a sample of n values.
    ///
    /// If the values come from G, a rounded F, then |F_n - F| <= |F_n - G| + |G - F|, and the norm of the sum
    /// is at most the sum of the norms. The first norm is that of a correct sample. The second norm is at most
    /// that of eta(x) = F(x + d) - F(x - d) + `grid`, d = `rounding(x)`. With t = ln(F / (1 - F)),
    /// dF / (F (1 - F)) is dt, so the integral is a sum over a fine grid of x within `range`.
    pub fn rounded(
        &self,
        n: usize,
        range: [f64; 2],
        grid: f64,
        rounding: impl Fn(f64) -> f64,
    ) -> Distances {
        const STEPS: usize = 200_000;
        let at = |i: usize| range[0] + (range[1] - range[0]) * i as f64 / STEPS as f64;
        let logit = |x: f64| (self.cdf)(x).ln() - (self.survival)(x).ln();
        let (mut sum, mut largest) = (0.0, 0.0_f64);
        for i in 0..STEPS {
            let (left, right) = (at(i), at(i + 1));
            let (x, width) = ((left + right) / 2.0, logit(right) - logit(left));
            let d = rounding(x);
            // The difference of the function that is small here, and so keeps its digits.
            let tail = if (self.cdf)(x) < 0.5 { self.cdf } else { self.survival };
            let eta = (tail(x + d) - tail(x - d)).abs() + grid;
            (sum, largest) = (sum + eta * eta * width, largest.max(eta));
        }
        Distances { kolmogorov_smirnov: largest, anderson_darling: (n as f64 * sum).sqrt() }
    }
}

/// The distribution function P(A^2 < z) of the Anderson-Darling statistic for a correct sample, in the limit of
/// large n; the error is of the order 1/n.
///
/// ```text
/// sqrt(2 pi)/z sum_j c_j (4j + 1) e^(-a_j) integral_0^inf exp(z / (8 (w^2 + 1)) - a_j w^2) dw,
/// a_j = (4j + 1)^2 pi^2 / 8z,   c_j = (-1)^j G(j + 1/2) / (G(1/2) j!)
/// ```
///
/// T. W. Anderson and D. A. Darling, Ann. Math. Stat. 23 (1952), section 4, as G. Marsaglia and
/// J. Marsaglia evaluate it, J. Stat. Softw. 9(2) (2004).
pub fn anderson_darling_cdf(z: f64) -> f64 {
    if z <= 0.0 {
        return 0.0;
    }
    let (mut sum, mut c) = (0.0, 1.0);
    for j in 0..60 {
        let odd = f64::from(4 * j + 1);
        let a = odd * odd * PI * PI / (8.0 * z);
        // Simpson's rule up to the point where the integrand has fallen by e^-40.
        let (steps, end) = (4_000, (40.0 / a).sqrt());
        let value = |i: u32| {
            let w = end * f64::from(i) / f64::from(steps);
            (z / (8.0 * (w * w + 1.0)) - a * w * w - a).exp()
        };
        let inner: f64 = (1..steps).map(|i| f64::from(2 + 2 * (i % 2)) * value(i)).sum();
        let term = c * odd * (value(0) + inner + value(steps)) * end / f64::from(steps) / 3.0;
        sum += term;
        if term.abs() < 1e-17 {
            break;
        }
        c *= -(f64::from(j) + 0.5) / f64::from(j + 1);
    }
    (2.0 * PI).sqrt() / z * sum
}

/// The Anderson-Darling distance A that a correct sample exceeds with probability [`FALSE_ALARM`]: the square root
/// of the A^2 with this p-value.
pub fn anderson_darling_limit() -> f64 {
    let (mut low, mut high) = (1.0, 40.0);
    while high - low > 1e-6 {
        let middle = (low + high) / 2.0;
        if 1.0 - anderson_darling_cdf(middle) > FALSE_ALARM { low = middle } else { high = middle }
    }
    high.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIFORM: Law = Law { cdf: |x| x, survival: |x| 1.0 - x };

    fn grid(n: usize) -> Vec<f64> {
        (0..n).map(|i| (i as f64 + 0.5) / n as f64).collect()
    }

    #[test]
    fn kolmogorov_smirnov_refuses_a_wrong_law() {
        assert!(kolmogorov_smirnov(&mut grid(1000), |x| x) <= 0.000_5 + 1e-12);
        let distance = kolmogorov_smirnov(&mut grid(1000), |x| x * x);
        assert!((distance - 0.25).abs() < 1e-2);
        assert!(distance > kolmogorov_smirnov_limit(1000));
    }

    /// Quantiles published by Marsaglia and Marsaglia (2004), section 3, and in the usual tables, from P. A. W.
    /// Lewis (1961), which are good to three digits.
    #[test]
    fn the_null_law_has_the_published_quantiles() {
        for (z, p) in [(1.932_957_8, 0.9), (2.492_367, 0.95), (3.878_125, 0.99)] {
            assert!((anderson_darling_cdf(z) - p).abs() < 1e-6, "{z}: {}", anderson_darling_cdf(z));
        }
        for (z, p) in [(1.61, 0.847), (1.933, 0.9), (2.492, 0.95), (3.857, 0.99)] {
            assert!((anderson_darling_cdf(z) - p).abs() < 1e-3, "{z}: {}", anderson_darling_cdf(z));
        }
    }

    /// A^2 is the sum of chi-squares over j (j + 1): its mean is 1, its variance 2 (pi^2 - 9) / 3.
    #[test]
    fn the_null_law_has_its_moments() {
        let step = 1e-2;
        let (mut mean, mut square) = (0.0, 0.0);
        for i in 0..4000 {
            let z = (f64::from(i) + 0.5) * step;
            let above = 1.0 - anderson_darling_cdf(z);
            mean += above * step;
            square += 2.0 * z * above * step;
        }
        assert!((mean - 1.0).abs() < 1e-5, "{mean}");
        assert!((square - mean * mean - 2.0 * (PI * PI - 9.0) / 3.0).abs() < 1e-4, "{square}");
    }

    /// A correct sample exceeds 12.52 once in 10^6; the tail falls as e^-z.
    #[test]
    fn the_limit_is_in_the_tail() {
        let limit = anderson_darling_limit().powi(2);
        let above = |z| 1.0 - anderson_darling_cdf(z);
        assert!((limit - 12.515).abs() < 0.01, "{limit}");
        assert!((above(limit) / FALSE_ALARM - 1.0).abs() < 1e-3, "{limit}");
        let fall = above(limit) / above(limit - 1.0);
        assert!((fall.ln() + 1.0).abs() < 0.1, "{fall}");
    }

    #[test]
    fn anderson_darling_of_known_samples() {
        // By hand: one value u gives -1 - ln u - ln(1 - u); the middles of n cells give (ln n + 2.29) / 6n.
        let one = UNIFORM.distances(&mut [0.25]).anderson_darling.powi(2);
        assert!((one - (-1.0 - 0.25_f64.ln() - 0.75_f64.ln())).abs() < 1e-12);
        let middles = UNIFORM.distances(&mut grid(100)).anderson_darling.powi(2);
        assert!((middles - 0.011_495_132_744).abs() < 1e-10, "{middles}");
        // Only the tail is wrong: 100 of 10,000 values are where none should be, too few for the other test.
        let mut cut = grid(10_000);
        cut[..100].fill(1e-14);
        let found = UNIFORM.distances(&mut cut);
        assert!(found.kolmogorov_smirnov < kolmogorov_smirnov_limit(cut.len()));
        assert!(found.anderson_darling > anderson_darling_limit());
    }

    #[test]
    fn the_effect_of_rounding_is_bounded() {
        // Rounded to 1/1000: |F_n - F| is up to 0.5e-3, within the bound with d = 0.5e-3.
        let mut rounded: Vec<f64> =
            grid(1_000_000).into_iter().map(|u| ((u * 1e3).floor() + 0.5) / 1e3).collect();
        let bound = UNIFORM.rounded(rounded.len(), [1e-12, 1.0 - 1e-12], 0.0, |_| 0.5e-3);
        let found = UNIFORM.distances(&mut rounded);
        assert!(found.kolmogorov_smirnov <= bound.kolmogorov_smirnov + 1e-6);
        assert!(found.anderson_darling <= bound.anderson_darling);
        assert!(found.anderson_darling > 0.1 * bound.anderson_darling);
    }
}
