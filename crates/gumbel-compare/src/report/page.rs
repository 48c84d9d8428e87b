//! `Comparison`: everything that a report is made of, and its page.

use gumbel_report::{Page, Picture, ReportError, Section, Sketch};

use super::pictures::{plane, temperature};
use super::table::{RELATIVE, cells, explained, ranked, relative_error};
use crate::compare::Settings;
use crate::row::Row;

/// The rows of a comparison and how they were made: what a report is drawn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The rows of [`compare`](crate::compare()).
    pub rows: Vec<Row>,
    /// The rows of [`over_temperature`](crate::over_temperature); may be empty.
    pub temperatures: Vec<Row>,
    /// The settings of `rows`.
    pub settings: Settings,
    /// The draws of each row of `temperatures` without an enumeration.
    pub temperature_draws: u64,
}

/// The pictures and the page of a [`Comparison`].
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The pictures, each with the name of its file without extension: `PROBLEM-bias-noise`, `PROBLEM-temperature`.
    pub pictures: Vec<(String, Sketch)>,
    /// The page that holds them and the table.
    pub page: Page,
}

impl Comparison {
    /// Draws the pictures and the page. Equal rows give equal bytes.
    ///
    /// # Errors
    /// An error of the drawing; no rows are known to cause one.
    ///
    /// ```
    /// use gumbel_compare::{Settings, compare, over_temperature, report::Comparison};
    /// use gumbel_compare::{default_estimators, problem::standard};
    /// let (problems, settings) = (&standard()[..1], Settings { draws: 2_048, ..Settings::default() });
    /// let comparison = Comparison {
    ///     rows: compare(problems, &default_estimators(), &settings)?,
    ///     temperatures: over_temperature(problems, &|_| true, &settings, &|_, _| {})?,
    ///     settings,
    ///     temperature_draws: settings.draws,
    /// };
    /// let drawn = comparison.draw()?;
    /// assert_eq!(drawn.pictures[0].0, "quadratic-4x2-bias-noise");
    /// assert!(drawn.pictures[0].1.png()?.starts_with(b"\x89PNG"));
    /// assert!(drawn.page.html().contains("quadratic-4x2"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn draw(&self) -> Result<Drawn, ReportError> {
        let (mut pictures, mut sections) = (Vec::new(), Vec::new());
        let ranked = ranked(&self.rows);
        for (problem, rows) in &ranked {
            let sketch = plane(rows)?;
            sections.push(Section {
                heading: format!("{problem}: bias and noise"),
                caption: PLANE.to_owned(),
                picture: Picture::Svg(sketch.svg()),
                alt: plane_alt(problem, rows),
            });
            pictures.push((format!("{problem}-bias-noise"), sketch));
            let over: Vec<&Row> =
                self.temperatures.iter().filter(|at| at.problem == *problem).collect();
            if !over.is_empty() {
                let sketch = temperature(&over)?;
                sections.push(Section {
                    heading: format!("{problem}: what the temperature does"),
                    caption: self.temperature_caption(),
                    picture: Picture::Svg(sketch.svg()),
                    alt: temperature_alt(problem, &over),
                });
                pictures.push((format!("{problem}-temperature"), sketch));
            }
        }
        sections.extend(ranked.iter().map(|(problem, rows)| self.table(problem, rows)));
        let page = Page {
            title: "Gradient estimators".to_owned(),
            lead: LEAD.to_owned(),
            headline: headline(&ranked),
            facts: self.facts(),
            sections,
        };
        Ok(Drawn { pictures, page })
    }

    fn temperature_caption(&self) -> String {
        format!(
            "Bias, standard deviation of one draw, and error of the mean of as many draws as {} evaluations of the \
             cost pay for, relative to the gradient. The disc marks the temperature of the least error. A number below \
             0.01 is drawn at 0.01. An open mark is a bias within three standard errors of 0, which may be 0: it is \
             drawn at one standard error. Estimators that cannot be enumerated have {} draws at each temperature. \
             reinmax is defined from temperature 1 on.",
            self.settings.evaluations, self.temperature_draws
        )
    }

    fn table(&self, problem: &str, rows: &[&Row]) -> Section {
        let told = explained(&self.settings).into_iter();
        let told = told.filter(|(name, _)| !["z max", "test"].contains(name));
        let told: Vec<String> = told.map(|(name, text)| format!("{name}: {text}")).collect();
        Section {
            heading: format!("{problem}: the numbers"),
            caption: format!("{RELATIVE} {}. {TEST}", told.join("; ")),
            picture: Picture::Table {
                head: vec_of([
                    "estimator",
                    "bias",
                    "deviation",
                    "cosine",
                    "evals",
                    "time",
                    "error",
                ]),
                rows: rows.iter().map(|row| narrow(row)).collect(),
            },
            alt: format!("The estimators on {problem}, the least error first"),
        }
    }

    fn facts(&self) -> Vec<(String, String)> {
        let drawn = self.rows.iter().filter_map(|row| row.draws).max();
        let draws =
            drawn.map_or_else(|| "none: all rows are enumerated".to_owned(), |n| n.to_string());
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("draws of each row without an enumeration", draws),
            pair("draws at each temperature", self.temperature_draws.to_string()),
            pair("evaluations of the cost for the error", self.settings.evaluations.to_string()),
            pair("false alarms of the tests together", self.settings.false_alarm.to_string()),
            pair("gumbel", env!("CARGO_PKG_VERSION").to_owned()),
        ]
    }
}

const TEST: &str = "*: claims no bias, and the claim holds, by enumeration or with the largest deviation of a \
                    coordinate within the limit of the test. ?: claims no bias, and has no verdict: the draws are too \
                    few, with less than 30 expected of the rarest class of the problem. Baseline expected cost: the \
                    exact one, which a learned baseline tends to.";

const LEAD: &str = "A network with hard choices is trained by guesses of a gradient. Here each way to guess is held against the exact \
     gradient, on problems small enough for a sum over all states: how far its mean is off (bias), how much one guess \
     scatters (noise), and what both cost together.";

const PLANE: &str = "Each point is an estimator; left and low is good. Bias stays however many draws are averaged; noise falls with the \
     square root of their number, and is stated for equal evaluations of the cost: the standard deviation of one draw \
     times the square root of its evaluations. In the band at the left are estimators without bias: those that claim \
     it (blue) and hold, and others whose bias is 0 here, or within three standard errors of 0. The dashed staircase is \
     the frontier: no estimator in the plane has less of both than a full point on it, so for some number of \
     evaluations one of these is best. A difference counts from three standard errors on. \
     Estimators without noise are sums over all states and stand apart.";

fn vec_of<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

/// The cells of a row with fewer columns, so that they fit a page: the name has the parameters and the test.
fn narrow(row: &Row) -> Vec<String> {
    let [name, params, _, bias, deviation, cosine, evals, time, error, ..] = cells(row);
    let test = match row.pass {
        Some(true) => "*",
        Some(false) => " FAILS",
        None if row.has_too_few_draws() => "?",
        None => "",
    };
    let name = format!("{name} {params}").trim_end().to_owned() + test;
    vec![name, bias, deviation, cosine, evals, time, error]
}

/// How many claims hold, and the estimators of the least error on each problem, sums over all states left out.
fn headline(ranked: &[(&str, Vec<&Row>)]) -> Vec<(String, String)> {
    let tested: Vec<bool> =
        ranked.iter().flat_map(|(_, rows)| rows.iter().filter_map(|row| row.pass)).collect();
    let held = tested.iter().filter(|pass| **pass).count();
    let few = ranked.iter().flat_map(|(_, rows)| rows).filter(|row| row.has_too_few_draws());
    let few = match few.count() {
        0 => String::new(),
        n => format!(", {n} with too few draws"),
    };
    let claims = format!("{held} of {}{few}", tested.len());
    let claims = ("claims of no bias that hold".to_owned(), claims);
    let best = ranked.iter().filter_map(|(problem, rows)| {
        let least = relative_error(noisy(rows).next()?);
        let as_good = noisy(rows).filter(|row| relative_error(row) <= 1.000_001 * least);
        let names: Vec<&str> = as_good.map(|row| row.name.as_str()).collect();
        Some((format!("least error on {problem}"), names.join(", ")))
    });
    std::iter::once(claims).chain(best).collect()
}

/// The rows that have noise.
fn noisy<'a>(rows: &'a [&'a Row]) -> impl Iterator<Item = &'a Row> {
    rows.iter().copied().filter(|row| row.total_variance.sqrt() > 1e-9 * row.target_norm)
}

fn plane_alt(problem: &str, rows: &[&Row]) -> String {
    let best: Vec<String> =
        noisy(rows).take(3).map(|row| format!("{} {:.3}", row.name, relative_error(row))).collect();
    let unbiased = rows.iter().filter(|row| row.pass == Some(true)).count();
    format!(
        "Bias against noise of {} estimators on {problem}, {unbiased} of them without bias. Least error: {}.",
        rows.len(),
        best.join(", ")
    )
}

fn temperature_alt(problem: &str, rows: &[&Row]) -> String {
    let best = rows.iter().min_by(|a, b| relative_error(a).total_cmp(&relative_error(b)));
    let best = best.map_or_else(String::new, |at| {
        let error = relative_error(at);
        format!(
            " Least error: {} at temperature {}, {error:.3}.",
            at.name,
            at.tau.unwrap_or(f64::NAN)
        )
    });
    format!("Bias, deviation and error over temperatures from 0.1 to 5 on {problem}.{best}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{PROBLEMS, Problem, by_name};
    use crate::{compare, default_estimators, over_temperature};

    fn comparison(problems: &[Box<dyn Problem>], only: &[&str]) -> Comparison {
        let settings = Settings { draws: 4_096, ..Settings::default() };
        let wanted = |name: &str| only.is_empty() || only.contains(&name);
        let mut estimators = default_estimators();
        estimators.retain(|estimator| wanted(estimator.name()));
        Comparison {
            rows: compare(problems, &estimators, &settings).unwrap(),
            temperatures: over_temperature(problems, &wanted, &settings, &|_, _| {}).unwrap(),
            settings,
            temperature_draws: 4_096,
        }
    }

    fn check(comparison: &Comparison) -> Drawn {
        let drawn = comparison.draw().unwrap();
        for (name, sketch) in &drawn.pictures {
            assert!(sketch.missing_glyphs().is_empty(), "{name}");
            let (width, height) = sketch.size();
            let texts = sketch.texts();
            for (i, text) in texts.iter().enumerate() {
                let inside = text.from.0 >= 0.0
                    && text.from.1 >= 0.0
                    && text.to.0 <= f64::from(width)
                    && text.to.1 <= f64::from(height);
                assert!(inside, "{name}: {text:?}");
                for other in &texts[..i] {
                    assert!(!text.overlaps(other), "{name}: {:?} on {:?}", text.text, other.text);
                }
            }
        }
        assert_eq!(comparison.draw().unwrap().page, drawn.page);
        drawn
    }

    #[test]
    fn every_estimator_has_a_label_that_overlaps_no_other() {
        let problems: Vec<_> = PROBLEMS[..3].iter().filter_map(|name| by_name(name)).collect();
        let all = comparison(&problems, &[]);
        let drawn = check(&all);
        assert_eq!((drawn.pictures.len(), drawn.page.sections.len()), (6, 9));
        for (problem, rows) in ranked(&all.rows) {
            let (_, sketch) = drawn
                .pictures
                .iter()
                .find(|(name, _)| *name == format!("{problem}-bias-noise"))
                .unwrap();
            let words: String = sketch.texts().into_iter().map(|text| text.text + "; ").collect();
            for row in rows {
                assert!(words.contains(&row.name), "{problem}: {}: {words}", row.name);
            }
        }
    }

    #[test]
    fn few_estimators_or_none_with_a_temperature_can_be_drawn() {
        let problems = [by_name("skewed-1x10").unwrap()];
        for only in [&["exact"][..], &["rloo"], &["darn"], &["gumbel-softmax", "rebar"]] {
            let drawn = check(&comparison(&problems, only));
            assert_eq!(drawn.pictures.len(), 1 + usize::from(only.contains(&"gumbel-softmax")));
        }
        let mut failed = comparison(&problems, &["rebar"]);
        failed.rows[0].pass = Some(false);
        failed.rows[0].bias = 0.1;
        let (_, sketch) = &check(&failed).pictures[0];
        assert!(sketch.texts().iter().any(|text| text.text == "rebar FAILS"));
    }
}
