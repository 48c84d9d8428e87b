//! The page of a report: problems, result, curves, settings, advice; charts with their files.

pub mod advice;
mod charts;
mod facts;
mod narrow;
mod temperature;
mod words;

use std::path::Path;

use gumbel_files::output;
use gumbel_report::{LineChart, Page, Picture, Section, Series};
use indexmap::IndexMap;
use serde_json::Value;

pub use advice::{Better, Figure, Guide};
use charts::line_picture;
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
    let rows = Rows::read(folder)?;
    let names: Vec<&String> = rows.0.first().map(|row| row.keys().collect()).unwrap_or_default();
    let mut sections = Vec::new();
    for name in names.into_iter().filter(|name| !["epoch", "step"].contains(&name.as_str())) {
        let column = rows.column(name).into_iter();
        let points: Vec<(f64, f64)> = column.map(|(epoch, value)| (epoch as f64, value)).collect();
        let [Some(first), Some(last)] = [points.first(), points.last()] else { continue };
        let words = name.replace('_', " ");
        let alt = format!("{words} goes from {:.4} to {:.4}", first.1, last.1);
        let heading = capitalised(&words);
        let chart = LineChart {
            title: String::new(),
            x_label: "epoch".to_owned(),
            y_label: words.clone(),
            // A curve alone needs no legend.
            series: vec![Series { name: String::new(), points }],
        };
        let (caption, picture) = (format!("{heading} after each epoch."), line_picture(&chart));
        sections.push(Section { heading, caption, alt, picture });
    }
    Ok(sections)
}

/// The rows of `metrics.csv`, whatever their columns are.
pub(crate) struct Rows(Vec<IndexMap<String, Value>>);

impl Rows {
    pub(crate) fn read(folder: &Path) -> Result<Self, TrainError> {
        Ok(Self(read_metrics(folder)?))
    }

    /// The number of steps of an epoch, by the first row; `None` without rows, or without their epochs and steps.
    pub(crate) fn steps_per_epoch(&self) -> Option<u64> {
        let number = |name: &str| self.0.first()?.get(name)?.as_u64().filter(|&n| n > 0);
        Some(number("step")? / number("epoch")?)
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
    let of_figure = figure.and_then(|f| advice::of_figure(guide, &rows.column(f.column)));
    let entropies = guide.entropy.map(|name| rows.column(name)).unwrap_or_default();
    let epochs = entropies.last().map_or(0, |(epoch, _)| *epoch);
    let entropies: Vec<f64> = entropies.into_iter().map(|(_, value)| value).collect();
    let of_entropy = advice::of_entropy(guide, &entropies, epochs);
    let of_temperature = schedule.and_then(|tau| advice::of_temperature(guide, tau, steps));
    [of_figure, of_temperature, of_entropy].into_iter().flatten().collect()
}

/// Completes the page of a run: what to look at and what is odd before its sections, and after them how it was made.
pub(crate) fn complete<S: Settings>(
    page: &mut Page,
    folder: &RunFolder<S>,
    (guide, rows): (&Guide, &Rows),
    health: &Health,
) -> Result<(), TrainError> {
    let best = guide.figure.as_ref().and_then(|f| f.best(&rows.column(f.column)));
    let points = best.into_iter().chain(guide.look_at.iter().cloned()).chain(take_points(page));
    let points = points.collect();
    let odd = health.diverged.iter().map(|what| format!("the training diverged: {what}"));
    let odd = odd.chain(health.warnings.iter().chain(&health.advice).cloned()).collect();
    let mut lines = Facts::of([folder.path()].into_iter())?.lines(None);
    lines.push(("device".to_owned(), folder.devices_in_words()?));
    lines.push(("data".to_owned(), data_in_words(folder.data())));
    lines.push(("version".to_owned(), crate::run::versions_in_words()));
    enclose(page, points, odd, lines);
    Ok(())
}

/// Takes the points of the sections that [`look_at`] made out of a page.
fn take_points(page: &mut Page) -> Vec<String> {
    let mut taken = Vec::new();
    page.sections.retain_mut(|section| match &mut section.picture {
        Picture::Points(points) if section.heading == LOOK_AT => {
            taken.append(points);
            false
        }
        _ => true,
    });
    taken
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
    let more = odd.len().saturating_sub(MOST_POINTS);
    let mut odd: Vec<String> = odd.into_iter().take(MOST_POINTS).collect();
    if more > 0 {
        odd.push(format!("and {more} more, in the reports of the runs"));
    }
    enclose(&mut page, look_at, odd, lines);
    Ok(output::write(&out.join("report.html"), page.html().as_bytes())?)
}

/// Makes the section with the sentences that lead through the pictures of a page. [`Task::finish`](crate::Task::finish)
/// puts those that depend on its result on its page; the trainer adds the points of [`Guide::look_at`], and moves the
/// section to the top.
pub fn look_at(points: Vec<String>) -> Section {
    list(LOOK_AT, "", points)
}

fn list(heading: &str, caption: &str, points: Vec<String>) -> Section {
    Section {
        heading: heading.to_owned(),
        caption: caption.to_owned(),
        picture: Picture::Points(points),
        alt: String::new(),
    }
}

/// Makes the section that says how a page without a run was made: this command, the time, and the machine with the number
/// of threads that were used.
pub fn made_here(threads: usize) -> Section {
    let mut lines = Facts::here(threads).lines(None);
    lines.push(("version".to_owned(), crate::run::versions_in_words()));
    facts::section(lines)
}

const LOOK_AT: &str = "What to look at";
/// The most points of the list of a comparison, which has those of all its runs.
const MOST_POINTS: usize = 12;

fn enclose(
    page: &mut Page,
    points: Vec<String>,
    mut odd: Vec<String>,
    lines: Vec<(String, String)>,
) {
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
    if !points.is_empty() {
        first.push(look_at(points));
    }
    first.push(list("What is odd", caption, odd.iter().map(|text| sentence(text)).collect()));
    page.sections.splice(0..0, first);
    page.sections.push(facts::section(lines));
}

/// A text with a capital letter at its start.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// A text as a sentence: with a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let text = capitalised(text);
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
        for n in [0, 1, MOST_POINTS + 3] {
            let of_result = look_at(vec!["Then there.".to_owned()]);
            let mut page = Page { sections: vec![section.clone(), of_result], ..Page::default() };
            let mut look = vec!["Look.".to_owned()];
            look.extend(take_points(&mut page));
            enclose(&mut page, look, odd(n), made.clone());
            let headings: Vec<_> = page.sections.iter().map(|s| s.heading.as_str()).collect();
            assert_eq!(headings, ["What to look at", "What is odd", "Curves", "How it was made"]);
            assert_eq!(points(&page.sections[0]), ["Look.", "Then there."]);
            let found = points(&page.sections[1]);
            match n {
                0 => assert_eq!(found, ["Nothing that the rules know."]),
                _ => assert_eq!(found[0], "Rule 0 found something."),
            }
            // A run has no other reports in which there are more.
            assert_eq!(found.len(), n.max(1));
        }
    }

    #[test]
    fn a_comparison_names_some_points_and_counts_the_others() {
        let folder = tempfile::tempdir().unwrap();
        for n in [MOST_POINTS, MOST_POINTS + 3] {
            let odd = (0..n).map(|i| format!("rule {i} found something")).collect();
            let (page, none) = (Page::default(), std::iter::empty());
            write_comparison(page, folder.path(), none, Vec::new(), odd).unwrap();
            let html = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
            assert_eq!(html.matches("found something.").count(), MOST_POINTS);
            let more = html.contains("And 3 more, in the reports of the runs.");
            assert_eq!(more, n > MOST_POINTS);
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
        assert_eq!(rows.steps_per_epoch(), None);
        let of = |text: &str| {
            std::fs::write(folder.path().join("other.csv"), text).unwrap();
            Rows(gumbel_files::csv_rows::read_rows(&folder.path().join("other.csv")).unwrap())
        };
        // The last row may be of an epoch that was not completed.
        assert_eq!(of("epoch,step\n2,80\n3,90\n").steps_per_epoch(), Some(40));
        assert_eq!(of("step,epoch\n80,0\n").steps_per_epoch(), None);
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
