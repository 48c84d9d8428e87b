//! Confidence intervals for shares, and paired differences.

/// A 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
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
/// American Statistical Association 22 (1927). Without trials the interval is 0 to 1.
///
/// ```
/// let interval = gumbel_lab::statistics::wilson(8, 10);
/// assert!((interval.low - 0.4902).abs() < 1e-4 && (interval.high - 0.9433).abs() < 1e-4);
/// ```
pub fn wilson(right: usize, n: usize) -> Interval {
    if n == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    of_share(right as f64 / n as f64, n as f64)
}

/// Wilson's interval for a share `p` of `n` trials; `n` need not be a whole number.
fn of_share(p: f64, n: f64) -> Interval {
    let square = Z * Z / n;
    let centre = (p + square / 2.0) / (1.0 + square);
    let half = Z * (p * (1.0 - p) / n + square / (4.0 * n)).sqrt() / (1.0 + square);
    Interval { low: (centre - half).max(0.0).min(p), high: (centre + half).min(1.0).max(p) }
}

/// The 95 % interval of an accuracy, from the share of right answers on each image over `runs` runs.
///
/// [`wilson`]'s interval of the mean p, for the number of trials that has the variance of the scores:
///
/// ```text
/// n p (1 - p) / (sum (a_i - p)^2 / n),   at least n and at most n runs
/// ```
///
/// For one run that number is n, and the interval is [`wilson`]'s. More runs narrow the interval, at most as
/// if each answer were about another image. The interval covers the choice of images, not the choice of
/// runs. Without images the interval is 0 to 1.
///
/// ```
/// use gumbel_lab::statistics::{mean_interval, wilson};
///
/// assert_eq!(mean_interval(&[1.0, 1.0, 0.0, 1.0], 1), wilson(3, 4));
/// let two = mean_interval(&[1.0, 1.0, 0.5, 0.5], 2);
/// assert!(two.low > wilson(3, 4).low && two.high < 1.0);
/// ```
pub fn mean_interval(scores: &[f64], runs: usize) -> Interval {
    if scores.is_empty() {
        return Interval { low: 0.0, high: 1.0 };
    }
    let (p, squares) = moments(scores);
    let n = scores.len() as f64;
    // All right, or all wrong: the scores show no variance.
    let trials = if p <= 0.0 || p >= 1.0 { n } else { n * n * p * (1.0 - p) / squares };
    of_share(p.clamp(0.0, 1.0), trials.clamp(n, n * runs.max(1) as f64))
}

/// The mean, and the sum of the squared deviations from it.
fn moments(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().fold(0.0, |sum, x| sum + x) / values.len().max(1) as f64;
    (mean, values.iter().fold(0.0, |sum, x| sum + (x - mean).powi(2)))
}

/// The mean of some values, and its standard error; `None` for the error of one value. Without values the mean is NaN.
///
/// ```
/// use gumbel_lab::statistics::mean_and_se;
/// assert_eq!(mean_and_se(&[2.0]), (2.0, None));
/// // Deviations of 1: variance 2 over n - 1 = 1, and 1 for the mean of two.
/// assert_eq!(mean_and_se(&[1.0, 3.0]), (2.0, Some(1.0)));
/// ```
pub fn mean_and_se(values: &[f64]) -> (f64, Option<f64>) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
    (mean, (values.len() > 1).then(|| (squares / (n - 1.0) / n).sqrt()))
}

/// A difference of two accuracies on the same images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedDifference {
    /// The accuracy of the first classifier minus the accuracy of the second.
    pub difference: f64,
    /// The standard error of the difference over the images.
    pub se: f64,
    /// The 95 % interval of the difference.
    pub interval: Interval,
}

impl PairedDifference {
    /// Compares the scores of two classifiers on each image: 1 for right and 0 for wrong, or a share of
    /// right answers over several runs.
    ///
    /// ```text
    /// d = mean (a_i - b_i),   se = sqrt(sum (a_i - b_i - d)^2 / (n - 1) / n)
    /// ```
    ///
    /// Images on which both agree add nothing to the error, which is why pairing helps. Without images d and
    /// se are 0.
    ///
    /// The interval is Tango's: the differences D that a score test does not reject at 5 %. It lies within
    /// -1 to 1, and has a width even if both agree on every image. Let e be the share of images on which
    /// only the first is right, and f the share on which only the second is. The ends are the D with
    ///
    /// ```text
    /// sqrt(n) (d - D) / sqrt(2 q + D (1 - D)) = +-z
    /// ```
    ///
    /// where q is the maximum-likelihood value of f if the difference is D. For shares of right answers, e and
    /// f are chosen so that e - f = d and e + f = mean (a_i - b_i)^2, or |d| if that is more. Without images
    /// the interval is -1 to 1.
    ///
    /// Tango, "Equivalence test and confidence interval for the difference in proportions for the
    /// paired-sample design", Statistics in Medicine 17 (1998).
    ///
    /// ```
    /// use gumbel_lab::statistics::PairedDifference;
    /// let paired = PairedDifference::of(&[(1.0, 1.0), (1.0, 0.0), (0.0, 0.0), (1.0, 1.0)]);
    /// assert_eq!((paired.difference, paired.se), (0.25, 0.25));
    /// assert!(paired.interval.low > -1.0 && paired.interval.high < 1.0);
    /// ```
    pub fn of(scores: &[(f64, f64)]) -> Self {
        let differences: Vec<f64> = scores.iter().map(|(a, b)| a - b).collect();
        let ((difference, squares), n) = (moments(&differences), scores.len() as f64);
        let se = (squares / (n - 1.0).max(1.0) / n.max(1.0)).sqrt();
        let interval = if scores.is_empty() {
            Interval { low: -1.0, high: 1.0 }
        } else {
            let apart = (squares / n + difference * difference).clamp(difference.abs(), 1.0);
            // The lower end is minus the upper end of the swapped pair.
            let end = |d: f64| upper_end(n, (apart + d) / 2.0, ((apart - d) / 2.0).max(0.0));
            Interval { low: 0.0 - end(-difference), high: end(difference) }
        };
        Self { difference, se, interval }
    }
}

/// The upper end of Tango's interval of e - f.
fn upper_end(n: f64, e: f64, f: f64) -> f64 {
    let (mut low, mut high) = (e - f, 1.0_f64);
    // Bisection, until the two are neighbouring numbers.
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if n.sqrt() * (middle - (e - f)) < Z * deviation(e, f, middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The standard deviation of sqrt(n) (e - f) if the difference is `d` and the true f is the likeliest one
/// for it.
fn deviation(e: f64, f: f64, d: f64) -> f64 {
    let b = (2.0 - e + f) * d - e - f;
    let q = ((b * b + 8.0 * f * d * (1.0 - d)).max(0.0).sqrt() - b) / 4.0;
    (2.0 * q + d * (1.0 - d)).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The observed share is exactly z deviations away from each end.
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
    fn one_run_has_wilsons_interval() {
        for (right, n) in [(0, 6), (1, 7), (5, 5), (6, 6), (8, 10), (97, 130)] {
            let scores: Vec<f64> = (0..n).map(|i| f64::from(u8::from(i < right))).collect();
            let (found, expected) = (mean_interval(&scores, 1), wilson(right, n));
            assert!((found.low - expected.low).abs() < 1e-12, "{right} of {n}");
            assert!((found.high - expected.high).abs() < 1e-12, "{right} of {n}");
        }
        assert_eq!(mean_interval(&[], 3), Interval { low: 0.0, high: 1.0 });
    }

    /// Runs that always agree give the interval of one run; runs that never agree give that of as many
    /// images.
    #[test]
    fn more_runs_narrow_the_interval() {
        let same = mean_interval(&[1.0, 1.0, 0.0, 1.0, 0.0], 3);
        assert_eq!(same, mean_interval(&[1.0, 1.0, 0.0, 1.0, 0.0], 1));
        let apart = mean_interval(&[0.5; 8], 2);
        let more = wilson(8, 16);
        assert!((apart.low - more.low).abs() < 1e-12 && (apart.high - more.high).abs() < 1e-12);
        // All right, however often: 8 images are 8 images.
        assert_eq!(mean_interval(&[1.0; 8], 5), wilson(8, 8));
    }

    /// Every outcome of up to 6 images: the interval stays within -1 to 1, contains the difference, is
    /// mirrored if the classifiers are swapped, and has a width.
    #[test]
    fn intervals_of_differences_stay_within_minus_1_to_1() {
        for n in 1..=6_u32 {
            for code in 0..4_u32.pow(n) {
                let score = |i: u32, bit: u32| f64::from(code >> (2 * i + bit) & 1);
                let scores: Vec<(f64, f64)> = (0..n).map(|i| (score(i, 0), score(i, 1))).collect();
                let paired = PairedDifference::of(&scores);
                let Interval { low, high } = paired.interval;
                assert!((-1.0..=paired.difference).contains(&low), "{scores:?}: {low}");
                assert!((paired.difference..=1.0).contains(&high), "{scores:?}: {high}");
                assert!(high > low, "{scores:?}");
                let swapped: Vec<(f64, f64)> = scores.iter().map(|&(a, b)| (b, a)).collect();
                let back = PairedDifference::of(&swapped).interval;
                assert!((back.low + high).abs() < 1e-12 && (back.high + low).abs() < 1e-12);
            }
        }
    }

    /// The observed difference is z deviations away from each end; a numerical search finds the likeliest
    /// share there.
    #[test]
    fn ends_of_differences_are_z_deviations_away() {
        for (both, first, second, neither) in
            [(36, 12, 2, 0), (3, 1, 0, 2), (5, 0, 0, 5), (600, 41, 58, 301), (1, 4, 4, 1)]
        {
            let counts = [((1.0, 1.0), both), ((1.0, 0.0), first), ((0.0, 1.0), second)];
            let counts = counts.into_iter().chain([((0.0, 0.0), neither)]);
            let scores: Vec<(f64, f64)> =
                counts.flat_map(|(pair, count)| vec![pair; count]).collect();
            let n = scores.len() as f64;
            let PairedDifference { difference, interval, .. } = PairedDifference::of(&scores);
            for end in [interval.low, interval.high] {
                let term =
                    |count: usize, p: f64| if count == 0 { 0.0 } else { count as f64 * p.ln() };
                let likelihood = |q: f64| {
                    term(first, q + end)
                        + term(second, q)
                        + term(both + neither, 1.0 - 2.0 * q - end)
                };
                let (mut low, mut high) = ((-end).max(0.0), (1.0 - end) / 2.0);
                for _ in 0..200 {
                    let third = (high - low) / 3.0;
                    if likelihood(low + third) < likelihood(high - third) {
                        low += third;
                    } else {
                        high -= third;
                    }
                }
                let variance = (2.0 * low + end * (1.0 - end)) / n;
                let away = (difference - end).abs() / variance.sqrt();
                // A search for a maximum is only as accurate as the square root of the rounding.
                assert!((away - Z).abs() < 1e-5, "{both} {first} {second} {neither}: {away}");
            }
        }
    }

    /// If both agree on all n images, the ends are -z^2 / (n + z^2) and z^2 / (n + z^2).
    #[test]
    fn agreement_on_few_images_is_not_certain() {
        let paired = PairedDifference::of(&[(1.0, 1.0), (0.0, 0.0), (1.0, 1.0)]);
        assert_eq!((paired.difference, paired.se), (0.0, 0.0));
        let end = Z * Z / (3.0 + Z * Z);
        assert!((paired.interval.high - end).abs() < 1e-12);
        assert!((paired.interval.low + end).abs() < 1e-12);
    }

    #[test]
    fn pairs_that_agree_add_no_error() {
        let a = [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0];
        let pairs = |b: [f64; 8]| a.into_iter().zip(b).collect::<Vec<_>>();
        let of = PairedDifference::of;
        for none in [of(&pairs(a)), of(&[])] {
            assert_eq!((none.difference, none.se), (0.0, 0.0));
        }
        assert_eq!(of(&[]).interval, Interval { low: -1.0, high: 1.0 });
        let difference = of(&pairs([1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0]));
        assert_eq!(difference.difference, 0.125);
        // One difference of 1 among 8: variance 7 / 64 * 8 / 7, over 8.
        assert!((difference.se - (1.0_f64 / 64.0).sqrt()).abs() < 1e-12);
        assert!(difference.interval.low < 0.0);
    }
}
