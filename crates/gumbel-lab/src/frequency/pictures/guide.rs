//! What to look at in the report of a run, by its result.

use gumbel_files::names::counted;

use super::MAX_CLASSES;
use crate::frequency::channels::{CHANNELS, Channel};
use crate::frequency::eval::Verdict;
use crate::frequency::record::{ChannelRow, MetricsRow, Summary};

/// A channel is a high frequency when its two frequencies add up to at least this, of 14.
const HIGH: usize = 7;

/// Sentences that lead through the pictures of a report. `channels` are those of a gate; `tested` are the test images
/// and the names of the classes.
pub(super) fn points(
    summary: &Summary,
    channels: Option<&[ChannelRow]>,
    metrics: &[MetricsRow],
    tested: (&[Verdict], &[String]),
) -> Vec<String> {
    let gate = channels.into_iter().flat_map(|rows| [Some(kept(rows)), open(metrics)]).flatten();
    read(summary).into_iter().chain(gate).chain(loss(metrics)).chain(confusion(tested)).collect()
}

/// How the numbers at the top of the page go together.
fn read(summary: &Summary) -> Option<String> {
    let (channels, share) = (summary.channels?, summary.coded_share?);
    let input = summary.input_size;
    (channels < CHANNELS as f64 && share > 1.2 * input).then(|| {
        format!(
            "The numbers above: {channels:.1} of {CHANNELS} channels are {input:.3} of the numbers that the pixels in \
             three colours would be, and yet they hold {:.1} % of the bytes. The other channels are mostly zeros, which \
             a JPEG stores in almost no space: leaving them out saves computation rather than reading.",
            100.0 * share
        )
    })
}

fn kept(rows: &[ChannelRow]) -> String {
    let some = rows.iter().filter(|row| row.kept > 0.0 && row.kept < 1.0).count();
    let open = || rows.iter().filter(|row| row.kept > 0.5);
    let high = open().filter(|row| {
        let channel = Channel::from_index(row.index);
        channel.vertical + channel.horizontal >= HIGH
    });
    let share = match some {
        0 => "every cell is 0 or 100, so all images have the same channels".to_owned(),
        1 => "the cell between 0 and 100 is a channel that only some images need".to_owned(),
        some => {
            format!("the {some} cells between 0 and 100 are channels that only some images need")
        }
    };
    let high = match high.count() {
        0 => "No high frequency, far from the upper left, is kept for most images".to_owned(),
        n => format!(
            "Of {} kept for most images {n} are high frequencies, far from the upper left",
            counted(open().count() as u64, "channel")
        ),
    };
    format!("How often each channel is kept: {share}. {high}.")
}

fn open(metrics: &[MetricsRow]) -> Option<String> {
    let last = metrics.last()?;
    let (rate, kept) = (100.0 * last.rate?, 100.0 * last.channels? / CHANNELS as f64);
    Some(format!(
        "Open gates during training: both curves should end flat and close together, with every gate open or closed. \
         They end at {rate:.1} and {kept:.1} %."
    ))
}

fn loss(metrics: &[MetricsRow]) -> Option<String> {
    let last = metrics.last()?.epoch;
    let least = |a: &&MetricsRow, b: &&MetricsRow| a.validation_loss.total_cmp(&b.validation_loss);
    let best = metrics.iter().min_by(least)?.epoch;
    Some(format!(
        "Loss during training: the validation loss was lowest in epoch {best} of {last}. {}",
        match best == last {
            true => "One that rises while the objective falls would mean images learned by heart.",
            false => {
                "Where it rises from there on while the objective falls, images are learned by heart."
            }
        }
    ))
}

fn confusion((verdicts, classes): (&[Verdict], &[String])) -> Option<String> {
    let k = classes.len();
    if k > MAX_CLASSES {
        return None;
    }
    let mut counts = vec![0_usize; k * k];
    verdicts
        .iter()
        .filter(|verdict| verdict.class != verdict.predicted)
        .for_each(|verdict| counts[verdict.class * k + verdict.predicted] += 1);
    // The first of equal counts.
    let worst = (0..k * k).rev().max_by_key(|&i| counts[i])?;
    Some(match counts[worst] {
        0 => "Confusion of classes: every test image is classified correctly.".to_owned(),
        n => format!(
            "Confusion of classes: dark cells off the diagonal are classes that are taken for each other. The most \
             frequent mistake takes {} for {}, {}.",
            classes[worst / k],
            classes[worst % k],
            match n {
                1 => "once".to_owned(),
                n => format!("{n} times"),
            }
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(kept: impl Fn(usize) -> f64) -> Vec<ChannelRow> {
        let shares: Vec<f64> = (0..CHANNELS).map(kept).collect();
        ChannelRow::all(&shares, &shares, &shares, &shares)
    }

    /// The digits have no cell between 0 and 100, and the page explained such cells.
    #[test]
    fn cells_are_explained_that_are_there() {
        let words = kept(&rows(|i| if i < 4 { 1.0 } else { 0.0 }));
        assert!(words.contains("every cell is 0 or 100") && words.contains("No high"), "{words}");
        let words = kept(&rows(|i| if i < 4 { 0.3 } else { 0.0 }));
        assert!(words.contains("the 4 cells between 0 and 100 are"), "{words}");
        let words = kept(&rows(|i| if i == 63 { 0.9 } else { 0.0 }));
        assert!(words.contains("the cell between 0 and 100 is"), "{words}");
        assert!(words.contains("Of 1 channel kept for most images 1 are high"), "{words}");
    }

    #[test]
    fn the_most_frequent_mistake_is_named() {
        let classes = ["cat", "dog"].map(str::to_owned);
        let of = |class, predicted| Verdict { class, predicted, loss: 0.1 };
        let told = |verdicts: &[Verdict]| confusion((verdicts, &classes)).unwrap();
        assert!(told(&[of(0, 0), of(1, 1)]).ends_with("every test image is classified correctly."));
        assert!(told(&[of(0, 0), of(1, 0)]).ends_with("takes dog for cat, once."));
        let verdicts = [of(0, 1), of(0, 1), of(1, 0)];
        assert!(told(&verdicts).ends_with("takes cat for dog, 2 times."));
        let many: Vec<String> = (0..=MAX_CLASSES).map(|i| i.to_string()).collect();
        assert_eq!(confusion((&verdicts, &many)), None);
    }

    #[test]
    fn the_best_epoch_of_the_loss_is_named() {
        let row = |epoch, validation_loss| MetricsRow {
            epoch,
            step: 10 * epoch,
            tau: None,
            lr: 0.1,
            objective: 1.0,
            validation_loss,
            validation_accuracy: 0.5,
            channels: Some(96.0),
            rate: Some(0.25),
            probabilities: String::new(),
        };
        let words = loss(&[row(1, 2.0), row(2, 1.0), row(3, 1.5)]).unwrap();
        assert!(words.contains("lowest in epoch 2 of 3. Where it rises from there on"), "{words}");
        let words = loss(&[row(1, 2.0), row(2, 1.0)]).unwrap();
        assert!(words.contains("lowest in epoch 2 of 2. One that rises"), "{words}");
        assert!(open(&[row(1, 2.0)]).unwrap().ends_with("They end at 25.0 and 50.0 %."));
        assert_eq!((loss(&[]), open(&[])), (None, None));
    }
}
