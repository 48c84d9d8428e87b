//! Advice: what the curves of a training say about the next one, by rules with fixed thresholds.
//!
//! Let m be a tenth of the epochs, at least 2. The last m epochs and the m before them are compared by their means, so
//! that the noise of one epoch decides nothing. The progress of a figure is the distance from its first value to its
//! best mean of m successive epochs.
//!
//! | rule | threshold |
//! |---|---|
//! | the figure still improves | from the m epochs before to the last m by more than [`STILL`] of its progress, and the last m epochs have the best mean |
//! | the figure was better before | the mean of the last m is worse than the best mean by more than [`WORSE`] of the progress |
//! | the entropy still falls | from the m epochs before to the last m by more than [`FALLS`] of its progress, and it is above [`SETTLED`] nats |
//! | the temperature has not arrived | at the last step it is more than [`ABOVE`] of itself above its end |
//!
//! The first three need [`FEWEST`] epochs. The progress of the entropy is the distance from its first value to the mean
//! of the last m. A figure that is a share of n examples has the standard error sqrt(p (1 - p) / n), and a change below
//! two of these is no reason for advice.
//!
//! What to do about it is said by the experiment: the options of a command are named in [`Guide`] and [`Figure`].

use gumbel_burn::TemperatureSchedule;
use gumbel_files::names::counted;

use crate::health::figures_that_differ;

/// The fewest epochs from which the curves say something.
pub const FEWEST: usize = 8;
/// The share of its progress by which a figure improves at the end, for a training that is too short.
pub const STILL: f64 = 0.02;
/// The share of its progress by which a figure is worse at the end than it was, for a training that is too long.
pub const WORSE: f64 = 0.05;
/// The share of its progress by which an entropy falls at the end, for choices that are not settled.
pub const FALLS: f64 = 0.04;
/// The entropy below which choices are settled, in nats.
pub const SETTLED: f64 = 0.05;
/// The share by which a temperature may be above its end.
pub const ABOVE: f64 = 0.01;

/// Which of two values of a figure is the better one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Better {
    /// The lower one, as of a loss or a bound.
    #[default]
    Lower,
    /// The higher one, as of an accuracy or a return.
    Higher,
}

/// The figure by which the epochs of an experiment are compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// The column of `metrics.csv`.
    pub column: &'static str,
    /// The name in words, `validation bound`.
    pub name: &'static str,
    /// The factor from the column to what is shown, 100 for per cent.
    pub factor: f64,
    /// The unit of what is shown, ` nats`.
    pub unit: &'static str,
    /// Which value is better.
    pub better: Better,
    /// What to do about a figure that was better before its end, `a smaller model (--hidden)`.
    pub remedy: &'static str,
}

/// What a report says about its training beside the pictures: the columns of `metrics.csv` that its advice is computed
/// from, what to look at, and the options of the command that the advice names.
///
/// ```
/// use gumbel_train::report::{Better, Figure, Guide};
///
/// let guide = Guide {
///     figure: Some(Figure {
///         column: "validation_accuracy",
///         name: "validation accuracy",
///         factor: 100.0,
///         unit: " %",
///         better: Better::Higher,
///         remedy: "fewer units (--width)",
///     }),
///     share_of: Some(500), // validation images, from which the standard error follows
///     epochs: Some("--epochs"),
///     ..Guide::default()
/// };
/// assert!(guide.look_at.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guide {
    /// The figure by which epochs are compared.
    pub figure: Option<Figure>,
    /// The column with the entropy of the choices in nats.
    pub entropy: Option<&'static str>,
    /// The number of examples whose share the figure is, as an accuracy; `None` for another figure.
    pub share_of: Option<usize>,
    /// Sentences that lead through the pictures. Those that depend on the result are a section of the page:
    /// [`look_at`](super::look_at).
    pub look_at: Vec<String>,
    /// The option of the command that sets the number of epochs, `--epochs`.
    pub epochs: Option<&'static str>,
    /// What to do about a temperature that has not arrived at its end, `--tau-share 0.5`.
    pub cooler: &'static str,
}

impl Guide {
    /// A new training of this many epochs, in words.
    fn of_epochs(&self, epochs: u64) -> String {
        match self.epochs {
            Some(option) => format!("a new run with {option} {epochs}"),
            None => format!("a new run of {}", counted(epochs, "epoch")),
        }
    }

    /// A new training of twice the epochs.
    fn longer(&self, epochs: u64) -> String {
        self.of_epochs(2 * epochs)
    }
}

impl Figure {
    /// The value as it is shown, the larger the better.
    fn merit(&self, value: f64) -> f64 {
        match self.better {
            Better::Lower => -value * self.factor,
            Better::Higher => value * self.factor,
        }
    }

    /// A sentence with the best epoch and its value beside the last. `points` are epochs and values.
    pub(super) fn best(&self, points: &[(u64, f64)]) -> Option<String> {
        let (last_epoch, last) = *points.last()?;
        let later_on_top = |a: &&(u64, f64), b: &&(u64, f64)| {
            self.merit(a.1).total_cmp(&self.merit(b.1)).then(b.0.cmp(&a.0))
        };
        let (epoch, best) = *points.iter().max_by(later_on_top)?;
        let Self { name, unit, .. } = self;
        if epoch == last_epoch {
            let last = format!("{:.2}", last * self.factor);
            return Some(format!("The {name} was best in the last epoch, {epoch}: {last}{unit}."));
        }
        let [best, last] = figures_that_differ(best * self.factor, last * self.factor);
        Some(format!(
            "The {name} was best in epoch {epoch} of {last_epoch}: {best}{unit}. After the last epoch it is \
             {last}{unit}; the result is that of the last epoch."
        ))
    }
}

/// The mean of some values.
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// A tenth of the epochs, at least 2.
fn tenth(epochs: usize) -> usize {
    (epochs / 10).max(2)
}

/// Two standard errors of a share of `n` examples, near these values; one more example of each kind keeps it above 0.
fn two_errors(n: usize, values: &[f64]) -> f64 {
    let n = n.max(1) as f64;
    let p = (n * mean(values) + 1.0) / (n + 2.0);
    2.0 * (p * (1.0 - p) / n).max(0.0).sqrt()
}

/// Advice about the figure of a guide: it still improves, or it was better before.
pub(super) fn of_figure(guide: &Guide, points: &[(u64, f64)]) -> Option<String> {
    let figure = guide.figure.as_ref()?;
    let (n, m) = (points.len(), tenth(points.len()));
    if n < FEWEST {
        return None;
    }
    let merits: Vec<f64> = points.iter().map(|(_, value)| figure.merit(*value)).collect();
    let means: Vec<f64> = merits.windows(m).map(mean).collect();
    let last = *means.last()?;
    // The first of equal means, so that a flat end is not the best one.
    let best = (0..means.len()).rev().max_by(|&a, &b| means[a].total_cmp(&means[b]))?;
    let progress = means[best] - merits[0];
    if !(progress > 0.0 && progress.is_finite()) {
        return None;
    }
    let Figure { name, better, .. } = figure;
    // A difference of per cents is one of points.
    let unit = if figure.unit == " %" { " points" } else { figure.unit };
    let moves = |up: bool| if up { "rose" } else { "fell" };
    let ends: Vec<f64> = points[n - m..].iter().map(|(_, value)| *value).collect();
    let noise = guide.share_of.map_or(0.0, |n| figure.factor.abs() * two_errors(n, &ends));
    let gain = last - mean(&merits[n - 2 * m..n - m]);
    if best == means.len() - 1 && gain > (STILL * progress).max(noise) {
        return Some(format!(
            "the {name} still {} in the last {m} epochs, by {}{unit}: {}",
            moves(*better == Better::Higher),
            shown(gain),
            guide.longer(points[n - 1].0)
        ));
    }
    let loss = means[best] - last;
    if loss > (WORSE * progress).max(noise) {
        let epoch = points[best + m - 1].0;
        let up = *better == Better::Lower;
        return Some(format!(
            "the {name} was best about epoch {epoch} and {} by {}{unit} since: {}{}",
            moves(up),
            shown(loss),
            guide.of_epochs(epoch),
            if figure.remedy.is_empty() {
                String::new()
            } else {
                format!(", or {}", figure.remedy)
            }
        ));
    }
    None
}

/// A difference with two significant digits.
fn shown(x: f64) -> String {
    let decimals = (1 - x.abs().max(1e-9).log10().floor() as i32).clamp(0, 9) as usize;
    format!("{x:.decimals$}")
}

/// Advice about the entropy of the choices, which should not fall any more.
pub(super) fn of_entropy(guide: &Guide, entropies: &[f64], epochs: u64) -> Option<String> {
    let (n, m) = (entropies.len(), tenth(entropies.len()));
    if n < FEWEST {
        return None;
    }
    let (before, last) = (mean(&entropies[n - 2 * m..n - m]), mean(&entropies[n - m..]));
    let progress = entropies[0] - last;
    (last > SETTLED && progress > 0.0 && before - last > FALLS * progress).then(|| {
        let [before, last] = figures_that_differ(before, last);
        format!(
            "the entropy of the choices still falls, from {before} to {last} nats in the last {}: {}",
            counted(2 * m as u64, "epoch"),
            guide.longer(epochs)
        )
    })
}

/// Advice about a temperature that is above its end at the last of `steps` steps.
pub(super) fn of_temperature(
    guide: &Guide,
    schedule: TemperatureSchedule,
    steps: u64,
) -> Option<String> {
    let (last, end) = (schedule.tau(steps.saturating_sub(1)), schedule.tau(u64::MAX));
    (steps > 1 && last > (1.0 + ABOVE) * end).then(|| {
        let [last, end] = figures_that_differ(last, end);
        format!(
            "the temperature ended at {last} and never reached {end}, where its schedule ends{}{}",
            if guide.cooler.is_empty() { "" } else { ": " },
            guide.cooler
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUND: Figure = Figure {
        column: "validation_bound",
        name: "validation bound",
        factor: 1.0,
        unit: " nats",
        better: Better::Lower,
        remedy: "a smaller model",
    };
    const ACCURACY: Figure = Figure {
        column: "validation_accuracy",
        name: "validation accuracy",
        factor: 100.0,
        unit: " %",
        better: Better::Higher,
        remedy: "fewer channels",
    };

    fn of_figure(figure: &Figure, points: &[(u64, f64)]) -> Option<String> {
        super::of_figure(&guide(figure, None), points)
    }

    fn guide(figure: &Figure, share_of: Option<usize>) -> Guide {
        Guide {
            figure: Some(figure.clone()),
            share_of,
            epochs: Some("--epochs"),
            cooler: "--tau-share 0.5",
            ..Guide::default()
        }
    }

    fn points(epochs: u64, value: impl Fn(f64) -> f64) -> Vec<(u64, f64)> {
        (1..=epochs).map(|epoch| (epoch, value(epoch as f64))).collect()
    }

    #[test]
    fn a_figure_that_still_improves_asks_for_a_longer_training() {
        let falling = points(20, |t| 100.0 + 50.0 * (-t / 10.0).exp());
        let words = of_figure(&BOUND, &falling).unwrap();
        assert!(
            words.starts_with("the validation bound still fell in the last 2 epochs, by 1."),
            "{words}"
        );
        assert!(words.ends_with(" nats: a new run with --epochs 40"), "{words}");
        let bare = Guide { figure: Some(BOUND), ..Guide::default() };
        let words = super::of_figure(&bare, &falling).unwrap();
        assert!(words.ends_with(" nats: a new run of 40 epochs"), "{words}");
        let rising = points(40, |t| 0.9 - 0.8 * (-t / 15.0).exp());
        let words = of_figure(&ACCURACY, &rising).unwrap();
        assert!(words.contains("still rose in the last 4 epochs, by 1."), "{words}");
        // Settled, too short to say, flat, and without progress.
        for (epochs, time) in [(100, 5.0), (20, 2.0), (7, 100.0)] {
            let settled = points(epochs, |t| 100.0 + 50.0 * (-t / time).exp());
            assert_eq!(of_figure(&BOUND, &settled), None, "{epochs} {time}");
        }
        assert_eq!(of_figure(&BOUND, &points(20, |_| 3.0)), None);
        assert_eq!(of_figure(&BOUND, &points(20, |t| t)), None);
        assert_eq!(of_figure(&BOUND, &[]), None);
        assert_eq!(of_figure(&BOUND, &points(20, |_| f64::NAN)), None);
    }

    #[test]
    fn a_figure_that_was_better_before_asks_for_a_shorter_one() {
        let valley = |turn: f64| points(30, move |t| 100.0 + (t - turn).abs());
        let words = of_figure(&BOUND, &valley(12.0)).unwrap();
        let start = "the validation bound was best about epoch 13 and rose by ";
        assert!(words.starts_with(start), "{words}");
        assert!(words.ends_with("a new run with --epochs 13, or a smaller model"), "{words}");
        let words = of_figure(&ACCURACY, &points(30, |t| 0.9 - 0.01 * (t - 20.0).abs())).unwrap();
        assert!(
            words.contains("epoch 20 and fell by") || words.contains("epoch 21 and fell by"),
            "{words}"
        );
        // Worse by less than a twentieth of the progress.
        assert_eq!(
            of_figure(&BOUND, &points(30, |t| if t < 15.0 { 200.0 - t } else { 185.5 })),
            None
        );
        // The noise of single epochs is no reason.
        let noisy =
            points(60, |t| 100.0 + 80.0 * (-t / 6.0).exp() + (std::f64::consts::PI * t).cos());
        assert_eq!(of_figure(&BOUND, &noisy), None);
    }

    /// Ten validation images gave advice about a fall of 13 points, which is one image and a third.
    #[test]
    fn changes_within_the_noise_of_few_examples_are_no_reason() {
        let fell = points(25, |t| if t < 5.0 { 0.3 + 0.1 * t } else { 0.81 - 0.005 * t });
        for (examples, told) in [(10, false), (50, false), (10_000, true)] {
            let advice = super::of_figure(&guide(&ACCURACY, Some(examples)), &fell);
            assert_eq!(advice.is_some(), told, "{examples}: {advice:?}");
        }
        let perfect = points(25, |t| if t < 20.0 { 1.0 - 0.5 / t } else { 1.0 });
        assert_eq!(super::of_figure(&guide(&ACCURACY, Some(10)), &perfect), None);
        let rose = points(20, |t| 0.04 * t);
        assert_eq!(super::of_figure(&guide(&ACCURACY, Some(10)), &rose), None);
        assert!(super::of_figure(&guide(&ACCURACY, Some(10_000)), &rose).is_some());
    }

    #[test]
    fn the_best_epoch_stands_beside_the_last() {
        let valley = points(30, |t| 0.5 - 0.01 * (t - 12.0).abs());
        let words = ACCURACY.best(&valley).unwrap();
        assert!(
            words.starts_with("The validation accuracy was best in epoch 12 of 30: 50.00 %."),
            "{words}"
        );
        assert!(words.contains("After the last epoch it is 32.00 %"), "{words}");
        let words = BOUND.best(&points(5, |t| -t)).unwrap();
        assert_eq!(words, "The validation bound was best in the last epoch, 5: -5.00 nats.");
        // Of equal epochs the first.
        assert!(BOUND.best(&points(5, |_| 1.0)).unwrap().contains("best in epoch 1 of 5: 1.00"));
        assert_eq!(BOUND.best(&[]), None);
    }

    #[test]
    fn an_entropy_that_falls_asks_for_a_longer_training() {
        let falling: Vec<f64> = (0..20).map(|t| 2.0 * (-0.08 * f64::from(t)).exp()).collect();
        let of_entropy = |entropies: &[f64]| of_entropy(&guide(&BOUND, None), entropies, 20);
        let words = of_entropy(&falling).unwrap();
        let end = "from 0.53 to 0.46 nats in the last 4 epochs: a new run with --epochs 40";
        assert!(words.ends_with(end), "{words}");
        // A code that has only begun to be used: from 2.30 to 2.19 of ln 10 = 2.30.
        let begun: Vec<f64> = (0..30).map(|t| 2.30 - 0.00013 * f64::from(t * t)).collect();
        assert!(of_entropy(&begun).unwrap().contains("from 2.22 to 2.20 nats in the last 6"));
        let settled: Vec<f64> = (0..20).map(|t| 0.4 + 2.0 * (-f64::from(t)).exp()).collect();
        let tiny: Vec<f64> = falling.iter().map(|x| 0.02 * x).collect();
        let rising: Vec<f64> = falling.iter().rev().copied().collect();
        for none in [&settled[..], &tiny, &rising, &falling[..7], &[]] {
            assert_eq!(of_entropy(none), None);
        }
    }

    #[test]
    fn a_temperature_above_its_end_is_named() {
        let schedule = TemperatureSchedule::exponential(2.0, 0.5, 5e-4, 50).unwrap();
        let of_temperature =
            |schedule, steps| of_temperature(&guide(&BOUND, None), schedule, steps);
        let words = of_temperature(schedule, 1_000).unwrap();
        assert!(
            words.starts_with("the temperature ended at 1.24 and never reached 0.50"),
            "{words}"
        );
        assert!(words.ends_with("where its schedule ends: --tau-share 0.5"), "{words}");
        let bare = super::of_temperature(&Guide::default(), schedule, 1_000).unwrap();
        assert!(bare.ends_with("where its schedule ends"), "{bare}");
        assert_eq!(of_temperature(schedule, 2_801), None);
        assert_eq!(of_temperature(schedule, 1), None);
        assert_eq!(of_temperature(TemperatureSchedule::constant(1.0).unwrap(), 100), None);
    }
}
