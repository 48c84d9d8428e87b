//! `compare`: a list of estimators on a list of problems, one row for each pair.

use gumbel::Key;
use gumbel::distribution::Normal;
use rayon::prelude::*;

use crate::error::CompareError;
use crate::estimator::Estimator;
use crate::moments::{Moments, whole_chunks};
use crate::problem::Problem;
use crate::row::Row;
use crate::tabulated::Tabulated;

/// The fewest expected draws of the rarest class of a problem with which a claim of no bias is tested.
///
/// A mean of draws is taken for normal. With fewer draws than this it is not: a class that is missing in all of them
/// takes its part of the mean and of the standard error with it.
pub const LEAST_EXPECTED: f64 = 30.0;

/// The settings of [`compare`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Draws for each row without an enumeration, rounded up to whole chunks. With the default, 2^19, all rows of
    /// [`default_estimators`](crate::default_estimators) on the three problems have a standard error below 1 % of the
    /// gradient in the bias and below 2 % in the variance.
    pub draws: u64,
    /// The key of all draws. Every row uses the same key, so a row does not depend on the other rows.
    pub key: Key,
    /// The rate at which correct estimators fail: one number for the whole comparison.
    pub false_alarm: f64,
    /// The evaluations of the cost at which mean squared errors are compared.
    pub evaluations: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { draws: 1 << 19, key: Key::new(0), false_alarm: 1e-6, evaluations: 100.0 }
    }
}

/// Holds every estimator against the exact gradient on every problem that it admits.
///
/// Moments are exact by enumeration where the estimator has one, and from [`Settings::draws`] draws elsewhere. An
/// estimator that claims no bias passes if its exact mean is the target within rounding, or if every coordinate of its
/// mean is within z standard errors. z is the normal quantile for the false-alarm rate of the whole comparison, divided
/// by the number of coordinates in all rows that are tested with it (Bonferroni), and widened where classes are rare:
///
/// ```text
/// z_m = (1 - x) sqrt(m / x)     x < 1 with 2 m (x ln x + 1 - x) = z^2,   m the expected draws of the rarest class
/// ```
///
/// A mean that hangs on a rare class is a count over its own root, and a count of too few has too small a root as well.
/// z_m is the limit for a Poisson count; for z = 5.6 it is 1.07 z at m = 1,000, 1.3 z at 100, 2 z at 30. With fewer
/// than [`LEAST_EXPECTED`] expected draws of the rarest class a row has no verdict.
///
/// # Errors
/// A problem that cannot be tabulated; an estimate of the wrong length; a false-alarm rate not between 0 and 1;
/// evaluations not above 0.
///
/// ```
/// use gumbel_compare::{Settings, compare, estimator::{Reinforce, Baseline, Zgr}, problem::standard};
/// let rows = compare(
///     &standard(),
///     &[Box::new(Reinforce::new(Baseline::None)?), Box::new(Zgr)],
///     &Settings::default(),
/// )?;
/// assert_eq!(rows.len(), 6);
/// assert_eq!((rows[0].pass, rows[1].pass), (Some(true), None));
/// // ZGR is exact on the quadratic cost only.
/// assert!(rows[1].bias < 1e-12 && rows[5].relative_bias > Some(0.8));
/// # Ok::<(), gumbel_compare::CompareError>(())
/// ```
pub fn compare(
    problems: &[Box<dyn Problem>],
    estimators: &[Box<dyn Estimator>],
    settings: &Settings,
) -> Result<Vec<Row>, CompareError> {
    compare_with_progress(problems, estimators, settings, &|_, _| {})
}

/// [`compare`] that tells its progress: `progress(n, all)` after `n` more of `all` draws, from any thread.
///
/// All enumerations come first, without progress. Without rows that need draws it is never called.
///
/// # Errors
/// As [`compare`].
pub fn compare_with_progress(
    problems: &[Box<dyn Problem>],
    estimators: &[Box<dyn Estimator>],
    settings: &Settings,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Vec<Row>, CompareError> {
    let (rate, evaluations) = (settings.false_alarm, settings.evaluations);
    let good = 0.0 < rate && rate < 1.0;
    CompareError::unless(good, "false_alarm", "a number between 0 and 1", rate)?;
    CompareError::unless_positive("evaluations", evaluations)?;
    let tables =
        problems.iter().map(|p| Tabulated::new(p.as_ref())).collect::<Result<Vec<_>, _>>()?;
    let mut pairs = Vec::new();
    for table in &tables {
        for estimator in estimators.iter().filter(|e| e.admits(table)) {
            let (expected, problem) = (table.logits().len(), table.problem().name());
            let found = estimator.draw(table, settings.key).len();
            if found != expected {
                let (problem, what) = (problem.to_owned(), "estimate");
                return Err(CompareError::Length { problem, what, expected, found });
            }
            pairs.push((estimator.as_ref(), table));
        }
    }
    let enumerated: Vec<_> = pairs
        .par_iter()
        .map(|(estimator, table)| Moments::enumerated(*estimator, table, estimator.target(table)))
        .collect();
    let draws = whole_chunks(settings.draws);
    let all = draws * enumerated.iter().filter(|moments| moments.is_err()).count() as u64;
    let told = |n| progress(n, all);
    let moments: Vec<Moments> = enumerated
        .into_iter()
        .zip(&pairs)
        .map(|(moments, (estimator, table))| {
            moments.unwrap_or_else(|target| {
                Moments::from_draws(*estimator, table, draws, settings.key, target, &told)
            })
        })
        .collect();
    let measured = || pairs.iter().zip(&moments);
    let tests = measured().filter(|((e, _), moments)| e.unbiased() && moments.draws().is_some());
    let limit = z_limit(rate, tests.map(|((_, table), _)| table.logits().len()).sum());
    Ok(measured()
        .map(|((e, table), moments)| {
            let limit = limit_of(limit, table, moments.draws());
            Row::of(*e, table, moments, limit, evaluations)
        })
        .collect())
}

/// The limit of the |z| of a row; `None` if its draws are too few for a test.
fn limit_of(z: f64, table: &Tabulated<'_>, draws: Option<u64>) -> Option<f64> {
    let Some(draws) = draws else { return Some(z) };
    let rarest = table.rarest_probability() * draws as f64;
    (rarest >= LEAST_EXPECTED).then(|| widened(z, rarest))
}

/// The limit of (m - N) / sqrt(N), N a Poisson count of mean m, that is exceeded as often as z by a normal number.
fn widened(z: f64, m: f64) -> f64 {
    // The signed root of the deviance of a Poisson count is normal, nearly: it falls from sqrt(2 m) at x = 0 to 0 at 1.
    let deviance = |x: f64| 2.0 * m * (x * x.ln() + 1.0 - x);
    let (mut low, mut high) = (f64::MIN_POSITIVE, 1.0);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if deviance(middle) > z * z { low = middle } else { high = middle }
    }
    (1.0 - low) * (m / low).sqrt()
}

/// The |z| that one of `coordinates` normal numbers exceeds with probability `rate`, by Bonferroni.
fn z_limit(rate: f64, coordinates: usize) -> f64 {
    let tail = rate / (2.0 * coordinates.max(1) as f64);
    let normal = Normal::new(0.0, 1.0).expect("the standard normal law");
    normal.quantile_of_survival(tail).expect("a probability")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimator::{GumbelSoftmax, Needs, Rebar};
    use crate::problem::standard;

    #[test]
    fn the_limit_is_bonferroni() {
        // 2 (1 - Phi(4.8916)) = 1e-6; a hundred coordinates share the rate.
        assert!((z_limit(1e-6, 1) - 4.8916).abs() < 1e-4);
        assert!((z_limit(1e-4, 100) - 4.8916).abs() < 1e-4);
    }

    #[test]
    fn the_limit_is_wider_for_a_rare_class_and_tends_to_the_normal_one() {
        for (m, factor) in [(30.0, 1.967), (100.0, 1.285), (1_000.0, 1.067), (1e9, 1.0)] {
            assert!((widened(5.65, m) / 5.65 - factor).abs() < 1e-3, "{m}");
        }
    }

    #[test]
    fn a_row_does_not_depend_on_other_rows_and_is_read_back() {
        let settings = Settings { draws: 5_000, ..Settings::default() };
        let soft = || -> Box<dyn Estimator> { Box::new(GumbelSoftmax::new(0.5).unwrap()) };
        let rebar: Box<dyn Estimator> = Box::new(Rebar::new(1.0, 0.5).unwrap());
        let alone = compare(&standard()[..1], &[soft()], &settings).unwrap();
        let both = compare(&standard(), &[rebar, soft()], &settings).unwrap();
        assert_eq!(alone[0], both[1]);
        // A number may change in its last bit on the way through text, so the second text is compared.
        let text = serde_json::to_string(&both[1..3]).unwrap();
        let read: Vec<Row> = serde_json::from_str(&text).unwrap();
        assert_eq!((&read[0].name, read[0].pass, read[0].draws), (&both[1].name, None, Some(5120)));
        assert!((read[1].total_variance - both[2].total_variance).abs() < 1e-14);
    }

    #[test]
    fn progress_counts_every_draw() {
        use std::sync::atomic::{AtomicU64, Ordering};
        let soft: Box<dyn Estimator> = Box::new(GumbelSoftmax::new(0.5).unwrap());
        let settings = Settings { draws: 3_000, ..Settings::default() };
        let (done, total) = (AtomicU64::new(0), AtomicU64::new(0));
        compare_with_progress(&standard()[..2], &[soft], &settings, &|n, all| {
            done.fetch_add(n, Ordering::Relaxed);
            total.store(all, Ordering::Relaxed);
        })
        .unwrap();
        assert_eq!((done.into_inner(), total.into_inner()), (6_144, 6_144));
    }

    #[test]
    fn bad_settings_are_refused() {
        for settings in [
            Settings { false_alarm: 0.0, ..Settings::default() },
            Settings { evaluations: f64::NAN, ..Settings::default() },
        ] {
            assert!(compare(&[], &[], &settings).is_err());
        }
    }

    #[derive(Debug)]
    struct Short;

    impl Estimator for Short {
        fn name(&self) -> &str {
            "short"
        }

        fn unbiased(&self) -> bool {
            true
        }

        fn needs(&self) -> Needs {
            Needs::Costs
        }

        fn draw(&self, _problem: &Tabulated<'_>, _key: Key) -> Vec<f64> {
            vec![0.0; 3]
        }
    }

    #[test]
    fn an_estimate_of_the_wrong_length_is_refused() {
        let error = compare(&standard(), &[Box::new(Short)], &Settings::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "quadratic-4x2: expected 8 elements of the estimate, found 3"
        );
    }
}
