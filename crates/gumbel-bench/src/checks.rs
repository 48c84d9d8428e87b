//! Checks of the output of a kernel.
//!
//! A correct sampler fails a bound once in 10^6. The bound of the moments holds in the limit of many draws.

/// A correct sampler fails at a rate of e^-T, about 10^-6.
const T: f64 = 13.8;

/// Checks that mean and variance of independent draws are within 6 standard deviations of the expected
/// ones. `kurtosis` is the excess kurtosis.
pub(crate) fn moments(
    draws: impl Iterator<Item = f64> + Clone,
    [mean, variance, kurtosis]: [f64; 3],
) -> Result<(), String> {
    let (mut n, mut sum) = (0.0, 0.0);
    for x in draws.clone() {
        if !x.is_finite() {
            return Err(format!("a draw is {x}"));
        }
        (n, sum) = (n + 1.0, sum + x);
    }
    let found = sum / n;
    if (found - mean).abs() > 6.0 * (variance / n).sqrt() {
        return Err(format!("the mean of {n} draws is {found}, expected {mean}"));
    }
    let found = draws.map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    if (found - variance).abs() > 6.0 * variance * ((kurtosis + 2.0) / n).sqrt() {
        return Err(format!("the variance of {n} draws is {found}, expected {variance}"));
    }
    Ok(())
}

/// Checks Pearson's statistic of counts against the bound of Laurent and Massart (2000) for a chi-square of d
/// degrees of freedom: P(X > d + 2 sqrt(d T) + 2 T) <= e^-T. Classes expected fewer than 50 times are merged.
pub(crate) fn counts(counts: &[u64], probabilities: &[f64]) -> Result<(), String> {
    let n = counts.iter().sum::<u64>() as f64;
    let (mut statistic, mut freedom) = (0.0, -1.0);
    let mut rest = (0.0, 0.0);
    let mut add = |count: f64, expected: f64| {
        statistic += (count - expected).powi(2) / expected;
        freedom += 1.0;
    };
    for (class, (&count, p)) in counts.iter().zip(probabilities).enumerate() {
        let (count, expected) = (count as f64, p * n);
        match *p {
            0.0 if count > 0.0 => {
                return Err(format!("class {class} has probability 0 and was drawn"));
            }
            _ if expected >= 50.0 => add(count, expected),
            _ => rest = (rest.0 + count, rest.1 + expected),
        }
    }
    if rest.1 >= 50.0 {
        add(rest.0, rest.1);
    }
    if freedom < 1.0 {
        return Ok(());
    }
    let bound = freedom + 2.0 * (freedom * T).sqrt() + 2.0 * T;
    if statistic > bound {
        return Err(format!(
            "chi-square of {n} draws is {statistic:.1}, expected below {bound:.1}"
        ));
    }
    Ok(())
}

/// Checks that each difference of two slices is at most `bound`.
pub(crate) fn near(found: &[f32], expected: &[f64], bound: f64) -> Result<(), String> {
    let mut pairs = found.iter().zip(expected).enumerate();
    let far = |a: f32, b: f64| a.is_nan() || (f64::from(a) - b).abs() > bound;
    match pairs.find(|(_, (a, b))| far(**a, **b)) {
        None => Ok(()),
        Some((i, (a, b))) => Err(format!("element {i} is {a}, expected {b}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_output_is_refused() {
        let grid = |shift: f64| (0..10_000).map(move |i| (f64::from(i) + 0.5) / 1e4 + shift);
        let uniform = [0.5, 1.0 / 12.0, -1.2];
        moments(grid(0.0), uniform).unwrap();
        assert!(moments(grid(0.02), uniform).unwrap_err().contains("mean"));
        assert!(moments(grid(0.0), [0.5, 0.1, -1.2]).unwrap_err().contains("variance"));
        assert!(moments([f64::NAN].into_iter(), uniform).is_err());
        counts(&[500, 500], &[0.5, 0.5]).unwrap();
        assert!(counts(&[700, 300], &[0.5, 0.5]).is_err());
        assert!(counts(&[999, 1], &[1.0, 0.0]).is_err());
        assert!(near(&[1.0, f32::NAN], &[1.0, 1.0], 0.1).is_err());
    }
}
