//! A progress line on a terminal, never wider than the terminal.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _, stderr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{DecimalBytes, ProgressBar, ProgressState, ProgressStyle};

/// The width of the bar itself, in cells.
const CELLS: usize = 12;
/// The assumed width of a terminal if it cannot be asked.
const WIDTH: usize = 80;

/// The unit in which a progress line counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit {
    /// Items with a name, as in `3/250 files`.
    Items(&'static str),
    /// A share of the whole, in percent.
    Share,
    /// A number of bytes.
    Bytes,
    /// The count is not shown, because the words contain it.
    Hidden,
}

/// A progress line that is redrawn in place, or nothing if the line is hidden.
#[derive(Debug)]
pub(crate) struct Bar(Option<Line>);

#[derive(Debug)]
struct Line {
    bar: ProgressBar,
    shown: Arc<Mutex<Shown>>,
}

/// The texts of a line, the most important first.
#[derive(Debug, Default)]
struct Shown {
    words: Vec<String>,
    /// The width of the line when it was last drawn.
    drawn: usize,
}

impl Bar {
    pub(super) fn hidden() -> Self {
        Self(None)
    }

    /// A line on standard error, if that is a terminal and `quiet` is false.
    pub(super) fn new(quiet: bool, length: Option<u64>, unit: Unit) -> Self {
        if quiet || !stderr().is_terminal() {
            return Self::hidden();
        }
        let shown = Arc::new(Mutex::new(Shown::default()));
        let bar = length.map_or_else(ProgressBar::no_length, ProgressBar::new);
        let of_line = Arc::clone(&shown);
        let draw = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let mut shown = of_line.lock().unwrap_or_else(PoisonError::into_inner);
            // The last column stays empty: some terminals begin a new line after it.
            let text = line(state, unit, &shown.words, width().saturating_sub(1));
            shown.drawn = text.chars().count();
            let _ = out.write_str(&text);
        };
        let style = ProgressStyle::with_template("{line}")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .with_key("line", draw);
        Self(Some(Line { bar: bar.with_style(style), shown }))
    }

    fn with_line(&self, change: impl FnOnce(&Line)) {
        if let Some(line) = &self.0 {
            line.clear_wrapped_rows();
            change(line);
        }
    }

    /// Sets the texts beside the count, the most important first.
    pub(crate) fn set_words(&self, words: Vec<String>) {
        self.with_line(|line| {
            line.shown.lock().unwrap_or_else(PoisonError::into_inner).words = words;
            line.bar.tick();
        });
    }

    pub(crate) fn set_message(&self, words: &str) {
        self.set_words(vec![words.to_owned()]);
    }

    pub(crate) fn inc(&self, n: u64) {
        self.with_line(|line| line.bar.inc(n));
    }

    pub(crate) fn set_position(&self, position: u64) {
        self.with_line(|line| line.bar.set_position(position));
    }

    pub(crate) fn set_length(&self, length: u64) {
        self.with_line(|line| line.bar.set_length(length));
    }

    pub(crate) fn length(&self) -> Option<u64> {
        self.0.as_ref().and_then(|line| line.bar.length())
    }

    /// Starts again at zero, and forgets the speed so far.
    pub(crate) fn reset(&self) {
        self.with_line(|line| {
            line.bar.reset();
            line.bar.reset_eta();
        });
    }

    /// Writes other lines above this line.
    pub(crate) fn suspend(&self, write: impl FnOnce()) {
        match &self.0 {
            Some(line) => {
                line.clear_wrapped_rows();
                line.bar.suspend(write);
            }
            None => write(),
        }
    }

    pub(crate) fn is_hidden(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn finish_and_clear(&self) {
        self.with_line(|line| line.bar.finish_and_clear());
    }
}

impl Line {
    /// Clears the upper rows of a line that wrapped because the terminal became narrower. Only the last
    /// row would be drawn over.
    fn clear_wrapped_rows(&self) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let more = shown.drawn.saturating_sub(1) / width().max(1);
        if more > 0 {
            let _ = write!(stderr(), "\r\x1b[{more}A\x1b[J");
            shown.drawn = 0;
        }
    }
}

/// The number of columns of the terminal on standard error.
fn width() -> usize {
    terminal_size::terminal_size_of(stderr()).map_or(WIDTH, |(width, _)| usize::from(width.0))
}

/// The line in at most `most` columns: the bar, the count and the words. If they are too wide, words are left
/// out, the last ones first.
fn line(state: &ProgressState, unit: Unit, words: &[String], most: usize) -> String {
    let (done, all) = (state.pos(), state.len());
    let share = all.filter(|&all| all > 0).map(|all| (done as f64 / all as f64).min(1.0));
    let count = match (unit, all) {
        (Unit::Items(name), Some(all)) => format!("{done}/{all} {name}"),
        (Unit::Items(name), None) => format!("{done} {name}"),
        (Unit::Share, _) => share.map_or_else(String::new, percent),
        (Unit::Bytes, Some(all)) => format!(
            "{} of {}, {}/s",
            DecimalBytes(done),
            DecimalBytes(all),
            DecimalBytes(state.per_sec() as u64)
        ),
        (Unit::Bytes, None) => DecimalBytes(done).to_string(),
        (Unit::Hidden, _) => String::new(),
    };
    // Before the first item is done, the remaining time is unknown.
    let known = done > 0 && share.is_some_and(|share| share < 1.0);
    let left = if known { format!("{} left", duration(state.eta())) } else { String::new() };
    fit_to_width(share, &count, &left, words, most)
}

/// Joins the parts of a line, without those that do not fit into `most` columns.
fn fit_to_width(
    share: Option<f64>,
    count: &str,
    left: &str,
    words: &[String],
    most: usize,
) -> String {
    let whole = |words: &[String], left: &str, with_bar: bool| {
        let mut text = String::new();
        if let (true, Some(share)) = (with_bar, share) {
            let full = (share * CELLS as f64) as usize;
            let _ = write!(text, "{}{} ", "█".repeat(full), "░".repeat(CELLS - full));
        }
        let parts = words.iter().map(String::as_str).chain([count, left]);
        text + &parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    };
    let fits = |text: &String| text.chars().count() <= most;
    for n in (1..=words.len().max(1)).rev() {
        let text = whole(&words[..n.min(words.len())], left, true);
        if fits(&text) {
            return text;
        }
    }
    let first = &words[..words.len().min(1)];
    let short = [whole(first, "", true), whole(first, "", false)].into_iter().find(fits);
    short.unwrap_or_else(|| whole(first, "", false).chars().take(most).collect())
}

/// A share in percent, rounded down.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", (100.0 * share).floor())
}

/// A time in one or two units.
pub(super) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} days {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// An approximate time, in its largest unit alone.
pub(crate) fn about(time: Duration) -> String {
    duration(time).split(' ').take(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Vec<String> {
        ["epoch 312/500", "bound 23.51", "tau 0.300", "objective 23.14"].map(str::to_owned).into()
    }

    /// A line as wide as the terminal would wrap, and the next one would be drawn below it.
    #[test]
    fn a_line_is_never_wider_than_the_terminal() {
        for most in 0..120 {
            let text = fit_to_width(Some(0.62), "", "2 min 13 s left", &words(), most);
            assert!(text.chars().count() <= most, "{most}: {text}");
            assert!(most < 13 || text.contains("epoch 312/500"), "{most}: {text}");
        }
        let at = |most| fit_to_width(Some(0.62), "", "12 s left", &words(), most);
        assert_eq!(at(59), "███████░░░░░ epoch 312/500, bound 23.51, 12 s left");
        assert_eq!(
            at(79),
            "███████░░░░░ epoch 312/500, bound 23.51, tau 0.300, objective 23.14, 12 s left"
        );
        let files = fit_to_width(Some(1.0), "250/250 files", "", &["reading".to_owned()], 59);
        assert_eq!(files, "████████████ reading, 250/250 files");
    }

    #[test]
    fn times_have_one_or_two_units() {
        for (seconds, text) in [
            (0, "0 s"),
            (59, "59 s"),
            (61, "1 min 1 s"),
            (3_660, "1 h 1 min"),
            (90_000, "1 days 1 h"),
        ] {
            assert_eq!(duration(Duration::from_secs(seconds)), text);
        }
        assert_eq!(about(Duration::from_secs(10_000)), "2 h");
        assert_eq!((percent(0.999), percent(1.0)), ("99 %".to_owned(), "100 %".to_owned()));
    }
}
