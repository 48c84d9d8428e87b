//! Intervals and comparisons for shares.

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// The 97.5 % point of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval of a probability after `right` successes in `n` trials.
///
/// ```text
/// centre (p + z^2 / 2n) / (1 + z^2 / n),  half width z sqrt(p (1 - p) / n + z^2 / 4n^2) / (1 + z^2 / n)
/// ```
///
/// Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the
/// American Statistical Association 22 (1927). Without trials it is all of 0 to 1.
///
/// ```
/// let interval = gumbel_lab::statistics::wilson(8, 10);
/// assert!((interval.low - 0.4902).abs() < 1e-4 && (interval.high - 0.9433).abs() < 1e-4);
/// ```
pub fn wilson(right: usize, n: usize) -> Interval {
    if n == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (n, p) = (n as f64, right as f64 / n as f64);
    let square = Z * Z / n;
    let centre = (p + square / 2.0) / (1.0 + square);
    let half = Z * (p * (1.0 - p) / n + square / (4.0 * n)).sqrt() / (1.0 + square);
    Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
}

/// A difference of two accuracies on the same images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedDifference {
    /// The first minus the second.
    pub difference: f64,
    /// Its standard error over the images.
    pub se: f64,
}

impl PairedDifference {
    /// From the scores of two classifiers on each image: 1 for right and 0 for wrong, or a share of right
    /// answers over several seeds.
    ///
    /// ```text
    /// d = mean (a_i - b_i),   se = sqrt(sum (a_i - b_i - d)^2 / (n - 1) / n)
    /// ```
    ///
    /// Images on which both agree add nothing, which is why pairing helps. Without images both are 0.
    ///
    /// ```
    /// use gumbel_lab::statistics::PairedDifference;
    /// let paired = PairedDifference::of(&[(1.0, 1.0), (1.0, 0.0), (0.0, 0.0), (1.0, 1.0)]);
    /// assert_eq!((paired.difference, paired.se), (0.25, 0.25));
    /// ```
    pub fn of(scores: &[(f64, f64)]) -> Self {
        let n = scores.len() as f64;
        let differences = scores.iter().map(|(a, b)| a - b);
        let difference = differences.clone().sum::<f64>() / n.max(1.0);
        let squares: f64 = differences.map(|d| (d - difference).powi(2)).sum();
        Self { difference, se: (squares / (n - 1.0).max(1.0) / n.max(1.0)).sqrt() }
    }

    /// The 95 % interval of the difference.
    pub fn interval(&self) -> Interval {
        Interval { low: self.difference - Z * self.se, high: self.difference + Z * self.se }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The interval holds the p for which the observed share is exactly z deviations away.
    #[test]
    fn ends_are_z_deviations_away() {
        for (right, n) in [(1, 7), (8, 10), (6_500, 10_000)] {
            let interval = wilson(right, n);
            for end in [interval.low, interval.high] {
                let share = right as f64 / n as f64;
                let deviation = (end * (1.0 - end) / n as f64).sqrt();
                assert!(((share - end).abs() / deviation - Z).abs() < 1e-9);
            }
        }
        assert_eq!(wilson(0, 5).low, 0.0);
        assert_eq!(wilson(5, 5).high, 1.0);
        assert_eq!(wilson(0, 0), Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn pairs_that_agree_add_no_error() {
        let a = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0];
        let pairs = |b: [f64; 8]| a.into_iter().zip(b).collect::<Vec<_>>();
        let none = PairedDifference { difference: 0.0, se: 0.0 };
        assert_eq!(PairedDifference::of(&pairs(a)), none);
        assert_eq!(PairedDifference::of(&[]), none);
        let difference = PairedDifference::of(&pairs([1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]));
        assert_eq!(difference.difference, 0.125);
        // One difference of 1 among 8: variance 7 / 64 * 8 / 7, over 8.
        assert!((difference.se - (1.0_f64 / 64.0).sqrt()).abs() < 1e-12);
        assert!(difference.interval().low < 0.0);
    }
}
