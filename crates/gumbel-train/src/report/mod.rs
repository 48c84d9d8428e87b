//! The page of a report: problems, result, curves, settings, advice; charts with their files.

pub mod advice;
mod charts;
mod facts;
mod temperature;
mod words;

use std::path::Path;

use gumbel_files::output;
use gumbel_report::{LineChart, Page, Picture, Section, Series};
use indexmap::IndexMap;
use serde_json::Value;

pub use advice::{Better, Figure, Guide};
pub use charts::{Chart, Curve, Drawing, curves, save_charts};
pub use temperature::temperature_chart;
pub use words::{Length, schedule_in_words, settings_in_words};

use crate::error::TrainError;
use crate::health::Health;
use crate::run::{RunFolder, command_line, read_metrics};
use crate::settings::{Settings, Summary};
use facts::{Facts, data_in_words};

/// The page of a run with a curve for each column of `metrics.csv`.
pub(crate) fn page<S: Settings>(
    folder: &RunFolder<S>,
    title: &str,
    summary: &S::Summary,
) -> Result<Page, TrainError> {
    let data = folder.data();
    let mut facts = folder.settings_as_text()?;
    facts.push(("data sha256".to_owned(), data.sha256.clone()));
    Ok(Page {
        title: title.to_owned(),
        lead: summary.health().in_words(),
        headline: vec![("result".to_owned(), summary.in_words())],
        facts,
        sections: sections(folder.path())?,
    })
}

/// A section with a curve over the epochs for each column of numbers.
fn sections(folder: &Path) -> Result<Vec<Section>, TrainError> {
    let rows: Vec<IndexMap<String, Value>> = read_metrics(folder)?;
    let number = |row: &IndexMap<String, Value>, name: &str| {
        // The values of a CSV file are read as numbers where they look like numbers.
        row.get(name).and_then(Value::as_f64)
    };
    let names = rows.first().map(|row| row.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let mut sections = Vec::new();
    for name in names.into_iter().filter(|name| !["epoch", "step"].contains(&name.as_str())) {
        let points: Vec<(f64, f64)> = rows
            .iter()
            .enumerate()
            .filter_map(|(i, row)| {
                let epoch = number(row, "epoch").unwrap_or(i as f64 + 1.0);
                Some((epoch, number(row, &name)?))
            })
            .collect();
        let [Some(first), Some(last)] = [points.first(), points.last()] else { continue };
        let words = name.replace('_', " ");
        let alt = format!("{words} goes from {:.4} to {:.4}", first.1, last.1);
        let mut letters = words.chars();
        let heading: String =
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let chart = LineChart {
            title: String::new(),
            x_label: "epoch".to_owned(),
            y_label: words.clone(),
            // A curve alone needs no legend.
            series: vec![Series { name: String::new(), points }],
        };
        let (caption, picture) = (format!("{heading} after each epoch."), chart.svg());
        sections.push(Section { heading, caption, alt, picture: Picture::Svg(picture) });
    }
    Ok(sections)
}

/// The rows of `metrics.csv`, whatever their columns are.
pub(crate) struct Rows(Vec<IndexMap<String, Value>>);

impl Rows {
    pub(crate) fn read(folder: &Path) -> Result<Self, TrainError> {
        Ok(Self(read_metrics(folder)?))
    }

    /// The values of a column with their epochs; rows without a number have none.
    fn column(&self, name: &str) -> Vec<(u64, f64)> {
        let number = |row: &IndexMap<String, Value>, name: &str| row.get(name)?.as_f64();
        let point = |(row, i): (&IndexMap<String, Value>, u64)| {
            let epoch = row.get("epoch").and_then(Value::as_u64).unwrap_or(i);
            Some((epoch, number(row, name)?))
        };
        self.0.iter().zip(1..).filter_map(point).collect()
    }
}

/// The advice that the curves of a training give.
pub(crate) fn advice_of(
    guide: &Guide,
    rows: &Rows,
    schedule: Option<gumbel_burn::TemperatureSchedule>,
    steps: u64,
) -> Vec<String> {
    let figure = guide.figure.as_ref();
    let of_figure = figure.and_then(|f| advice::of_figure(f, &rows.column(f.column)));
    let entropies = guide.entropy.map(|name| rows.column(name)).unwrap_or_default();
    let entropies: Vec<f64> = entropies.into_iter().map(|(_, value)| value).collect();
    let of_temperature = schedule.and_then(|tau| advice::of_temperature(tau, steps));
    [of_figure, of_temperature, advice::of_entropy(&entropies)].into_iter().flatten().collect()
}

/// Completes the page of a run: what to look at and what is odd before its sections, and after them how it was made.
pub(crate) fn complete<S: Settings>(
    page: &mut Page,
    folder: &RunFolder<S>,
    (guide, rows): (&Guide, &Rows),
    health: &Health,
) -> Result<(), TrainError> {
    let best = guide.figure.as_ref().and_then(|f| f.best(&rows.column(f.column)));
    let look_at = best.into_iter().chain(guide.look_at.iter().cloned()).collect();
    let odd = health.diverged.iter().map(|what| format!("the training diverged: {what}"));
    let odd = odd.chain(health.warnings.iter().chain(&health.advice).cloned()).collect();
    let mut lines = Facts::of([folder.path()].into_iter())?.lines(None);
    lines.push(("device".to_owned(), folder.devices_in_words()?));
    lines.push(("data".to_owned(), data_in_words(folder.data())));
    lines.push(("version".to_owned(), crate::run::versions_in_words()));
    enclose(page, look_at, odd, lines);
    Ok(())
}

/// Writes `report.html` of a comparison of runs: `page`, with what to look at and what is odd before its sections, and
/// after them how it was made: this command, and the commands, the dates, the time and the machines of the trainings in
/// `folders`.
///
/// # Errors
/// A `sessions.csv` that cannot be read; a page that cannot be written.
pub fn write_comparison<'a>(
    mut page: Page,
    out: &Path,
    folders: impl Iterator<Item = &'a Path>,
    look_at: Vec<String>,
    odd: Vec<String>,
) -> Result<(), TrainError> {
    let mut lines = Facts::of(folders)?.lines(Some(command_line()));
    lines.push(("version".to_owned(), crate::run::versions_in_words()));
    enclose(&mut page, look_at, odd, lines);
    Ok(output::write(&out.join("report.html"), page.html().as_bytes())?)
}

/// Makes the section that says how a page without a run was made: this command, the time, and the machine with the number
/// of threads that were used.
pub fn made_here(threads: usize) -> Section {
    let mut lines = Facts::here(threads).lines(None);
    lines.retain(|(name, _)| name != "duration");
    lines.push(("version".to_owned(), crate::run::versions_in_words()));
    facts::section(lines)
}

/// The most points of a list on a page.
const MOST_POINTS: usize = 12;

fn enclose(
    page: &mut Page,
    look_at: Vec<String>,
    mut odd: Vec<String>,
    lines: Vec<(String, String)>,
) {
    let section = |heading: &str, caption: &str, points| Section {
        heading: heading.to_owned(),
        caption: caption.to_owned(),
        picture: Picture::Points(points),
        alt: String::new(),
    };
    let more = odd.len().saturating_sub(MOST_POINTS);
    odd.truncate(MOST_POINTS);
    if more > 0 {
        odd.push(format!("and {more} more, in the reports of the runs"));
    }
    let caption = match odd.is_empty() {
        true => "",
        false => {
            "Found by fixed rules in the numbers of the run; they cannot know what you are after."
        }
    };
    if odd.is_empty() {
        odd.push("Nothing that the rules know.".to_owned());
    }
    let mut first = Vec::new();
    if !look_at.is_empty() {
        first.push(section("What to look at", "", look_at));
    }
    first.push(section("What is odd", caption, odd.into_iter().map(sentence).collect()));
    page.sections.splice(0..0, first);
    page.sections.push(facts::section(lines));
}

/// A text as a sentence: with a capital letter and a full stop.
fn sentence(text: String) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let text: String = first.chain(letters).collect();
    if text.ends_with(['.', ':', '?', '!']) { text } else { text + "." }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(section: &Section) -> &[String] {
        match &section.picture {
            Picture::Points(points) => points,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_page_says_first_what_is_odd_and_last_how_it_was_made() {
        let section = Section {
            heading: "Curves".to_owned(),
            caption: String::new(),
            picture: Picture::Lines(Vec::new()),
            alt: String::new(),
        };
        let made = vec![("command".to_owned(), "gumbel".to_owned())];
        let odd =
            |n: usize| (0..n).map(|i| format!("rule {i} found something")).collect::<Vec<_>>();
        for n in [0, 1, MOST_POINTS, MOST_POINTS + 3] {
            let mut page = Page { sections: vec![section.clone()], ..Page::default() };
            enclose(&mut page, vec!["Look.".to_owned()], odd(n), made.clone());
            let headings: Vec<_> = page.sections.iter().map(|s| s.heading.as_str()).collect();
            assert_eq!(headings, ["What to look at", "What is odd", "Curves", "How it was made"]);
            let found = points(&page.sections[1]);
            match n {
                0 => assert_eq!(found, ["Nothing that the rules know."]),
                _ => assert_eq!(found[0], "Rule 0 found something."),
            }
            assert!(found.len() <= MOST_POINTS + 1);
            let last = found.last().unwrap();
            assert_eq!(
                last == "And 3 more, in the reports of the runs.",
                n > MOST_POINTS,
                "{last}"
            );
        }
    }

    #[test]
    fn advice_is_read_from_the_columns_of_the_metrics() {
        let folder = tempfile::tempdir().unwrap();
        let row = |epoch: i32| format!("{epoch},{},,x\n", 100.0 * (-0.1 * f64::from(epoch)).exp());
        let text: String = (1..=20).map(row).collect();
        let text = format!("epoch,bound,tau,words\n{text}");
        std::fs::write(folder.path().join("metrics.csv"), text).unwrap();
        let rows = Rows::read(folder.path()).unwrap();
        assert_eq!(rows.column("bound").len(), 20);
        assert_eq!(
            (rows.column("tau"), rows.column("words"), rows.column("none")),
            (vec![], vec![], vec![])
        );
        let figure = Figure { column: "bound", name: "bound", factor: 1.0, ..Figure::default() };
        let guide = Guide { figure: Some(figure), entropy: Some("bound"), ..Guide::default() };
        let advice = advice_of(&guide, &rows, None, 200);
        assert_eq!(advice.len(), 2, "{advice:?}");
        assert!(
            advice[0].contains("bound still fell") && advice[1].contains("entropy"),
            "{advice:?}"
        );
        assert_eq!(advice_of(&Guide::default(), &rows, None, 200), [] as [String; 0]);
    }
}
