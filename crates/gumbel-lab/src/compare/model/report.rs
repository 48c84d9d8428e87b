//! The page of a comparison under a model, and its table.

use gumbel_burn::estimator::Name;
use gumbel_compare::Row;
use gumbel_compare::report::{Drawn, plane, ranked, temperature};
use gumbel_report::{Page, Picture, ReportError, Section};

use super::{ModelComparison, Origin};

/// The names of the columns of [`ModelComparison::cells`].
pub const MODEL_HEAD: [&str; 10] = [
    "estimator",
    "parameters",
    "claim",
    "bias",
    "deviation",
    "cosine",
    "evals",
    "time",
    "error",
    "in time",
];

/// A row as the texts of a table under [`MODEL_HEAD`].
fn cells(row: &Row) -> [String; MODEL_HEAD.len()] {
    let dash = || "-".to_owned();
    let relative = |x: f64| row.relative(x).map_or_else(dash, |x| format!("{x:.3}"));
    let bias = match (row.relative_bias, row.relative(row.bias_error)) {
        (Some(bias), Some(error)) => format!("{bias:.3} ({error:.3})"),
        _ => dash(),
    };
    [
        row.name.clone(),
        row.params.clone(),
        if row.unbiased { "no bias" } else { "-" }.to_owned(),
        bias,
        relative(row.total_variance.sqrt()),
        row.cosine.map_or_else(dash, |cosine| format!("{cosine:.4}")),
        row.evals.to_string(),
        row.time_us.map_or_else(dash, |time| format!("{time:.1}")),
        relative(row.mean_squared_error.sqrt()),
        row.mean_squared_error_at_equal_time.map_or_else(dash, |square| relative(square.sqrt())),
    ]
}

const PLANE: &str = "Each point is an estimator; left and low is good. Bias stays however many draws are averaged; \
                     noise falls with the square root of their number, and is stated for equal evaluations of the \
                     cost: the standard deviation of one draw times the square root of its evaluations. In the band at \
                     the left are estimators whose bias cannot be told from 0 with these draws; blue ones claim that \
                     it is 0. The dashed staircase is the frontier: no estimator in the plane has less of both than a \
                     full point on it, where a difference counts from three standard errors on.";

impl ModelComparison {
    /// The rows as the texts of a table under [`MODEL_HEAD`], the least error at equal evaluations first.
    pub fn cells(&self) -> Vec<[String; MODEL_HEAD.len()]> {
        ranked(&self.rows).into_iter().flat_map(|(_, rows)| rows).map(cells).collect()
    }

    /// Says what the columns are, a line each.
    pub fn explained(&self) -> Vec<(&'static str, String)> {
        let evaluations = self.settings.evaluations;
        let lines = [
            (
                "bias",
                "how far the mean is from the gradient, freed of noise; in brackets its standard error, or what noise alone shows".to_owned(),
            ),
            ("deviation", "the standard deviation of one draw, the square root of the total variance".to_owned()),
            ("cosine", "of the angle between the mean and the gradient, freed of noise".to_owned()),
            (
                "evals",
                "evaluations of the cost for one draw as in a training: of rodeo and double-cv half of them for the \
                 decoder; rebar and relax need 5 while their own parameters are trained"
                    .to_owned(),
            ),
            (
                "time",
                "microseconds of a draw on this machine: a row of the fastest batch of about 100, forward and backward \
                 through the decoder, on one thread"
                    .to_owned(),
            ),
            (
                "error",
                format!(
                    "the root-mean-square error of the mean of as many draws as {evaluations} evaluations of the cost \
                     pay for; the least is first"
                ),
            ),
            (
                "in time",
                format!("the same for the time of {evaluations} draws of the fastest estimator"),
            ),
        ];
        lines.into()
    }

    /// Says what the rows are held against, and what they are relative to.
    pub fn held_against(&self) -> String {
        let images = match self.images {
            1 => "one test image".to_owned(),
            n => format!("{n} test images together"),
        };
        let gradient = match &self.reference {
            Origin::Enumeration { states } => {
                format!("the exact gradient of {images}, a sum over {states} states")
            }
            Origin::Draws { estimator, draws, relative_error } => format!(
                "the gradient of {images}: {draws} draws of {estimator}, which has no bias; standard error \
                 {relative_error:.3} of the gradient, of which bias and cosine are freed"
            ),
        };
        format!("Held against {gradient}. Bias, deviation and errors are relative to its norm.")
    }

    /// The estimators without a row, each with the reason; empty if there are none.
    pub fn left_out_in_words(&self) -> String {
        let texts = self.left_out.iter().map(|(name, reason)| format!("{name} ({reason})"));
        let texts: Vec<String> = texts.collect();
        if texts.is_empty() { String::new() } else { format!("Left out: {}.", texts.join(", ")) }
    }

    /// Says what the numbers are not: a line each.
    pub fn remarks(&self) -> Vec<String> {
        let trained = self.settings.trained_with.map(|(name, _)| name);
        let with = trained.map_or_else(String::new, |name| format!(", which {name} trained"));
        let mut remarks = vec![format!(
            "this is the error of one gradient at {} evaluations, under the decoder of this run{with}; own parameters \
             of other estimators have their initial values; it is no forecast of the bound after a training",
            self.settings.evaluations
        )];
        let has = |name: Name| self.rows.iter().any(|row| row.name == name.to_string());
        if trained != Some(Name::Relax) && has(Name::Relax) {
            remarks.push(
                "relax has the bias and the noise of rebar here: its network begins at zero, and is not trained"
                    .to_owned(),
            );
        }
        remarks
    }

    /// Draws the pictures and the page. Equal rows give equal bytes.
    ///
    /// # Errors
    /// An error of the drawing; no rows are known to cause one.
    pub fn draw(&self) -> Result<Drawn, ReportError> {
        let name = self.rows.first().map_or("", |row| row.problem.as_str());
        let rows: Vec<&Row> = ranked(&self.rows).into_iter().flat_map(|(_, rows)| rows).collect();
        // The pictures take the size of the noise off a bias. This bias is free of it; where it is certain, they take
        // off less than a hundredth.
        let sketch = plane(&rows)?;
        let verdict = self.verdict();
        let mut sections = vec![Section {
            heading: "bias and noise".to_owned(),
            caption: PLANE.to_owned(),
            picture: Picture::Svg(sketch.svg()),
            alt: format!(
                "Bias against noise of {} estimators on {name}. {}.",
                rows.len(),
                verdict.first().map_or("", String::as_str)
            ),
        }];
        let mut pictures = vec![(format!("{name}-bias-noise"), sketch)];
        if !self.temperatures.is_empty() {
            let sketch = temperature(&self.temperatures.iter().collect::<Vec<_>>())?;
            sections.push(Section {
                heading: "what the temperature does".to_owned(),
                caption: self.temperature_caption(),
                picture: Picture::Svg(sketch.svg()),
                alt: format!(
                    "Bias, deviation and error over temperatures from 0.1 to 5. {}.",
                    verdict.last().map_or("", String::as_str)
                ),
            });
            pictures.push((format!("{name}-temperature"), sketch));
        }
        sections.push(self.table());
        let lead = "A network with hard choices is trained by guesses of a gradient. Here each way to guess is held \
                    against the gradient of a trained autoencoder on test images.";
        let page = Page {
            title: format!("Gradient estimators on {name}"),
            lead: lead.to_owned(),
            headline: verdict.iter().take(2).filter_map(|line| headline(line)).collect(),
            facts: self.facts(),
            sections,
        };
        Ok(Drawn { pictures, page })
    }

    fn temperature_caption(&self) -> String {
        format!(
            "Bias, standard deviation of one draw, and error of the mean of as many draws as {} evaluations of the cost \
             pay for, relative to the gradient. The disc marks the temperature of the least error. A number below 0.01 \
             is drawn at 0.01. An open mark is a bias that may be 0, drawn at what noise alone shows. reinmax is \
             defined from temperature 1 on.",
            self.settings.evaluations
        )
    }

    fn table(&self) -> Section {
        let told = self.explained().into_iter().map(|(name, text)| format!("{name}: {text}"));
        let told: Vec<String> = told.collect();
        let caption = format!(
            "{} {}. Not to be forgotten: {}. {}",
            self.held_against(),
            told.join("; "),
            self.remarks().join(". "),
            self.left_out_in_words()
        );
        let narrow = |[name, params, claim, rest @ ..]: [String; MODEL_HEAD.len()]| {
            let claim = if claim == "-" { "" } else { "*" };
            // Without the last word of "posterior noise" the widest row fits a page.
            let params = params.trim_end_matches(" noise");
            let name = format!("{name} {params}").trim_end().to_owned() + claim;
            std::iter::once(name).chain(rest).collect::<Vec<String>>()
        };
        let head = MODEL_HEAD.iter().filter(|name| !["parameters", "claim"].contains(name));
        Section {
            heading: "the numbers".to_owned(),
            caption: format!("{} *: claims no bias.", caption.trim_end()),
            picture: Picture::Table {
                head: head.map(|name| (*name).to_owned()).collect(),
                rows: self.cells().into_iter().map(narrow).collect(),
            },
            alt: "The estimators, the least error first".to_owned(),
        }
    }

    fn facts(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let draws = |rows: &[Row]| {
            let drawn = rows.iter().filter_map(|row| row.draws).max();
            drawn.map_or_else(|| "-".to_owned(), |draws| draws.to_string())
        };
        let reference = match &self.reference {
            Origin::Enumeration { states } => format!("a sum over {states} states"),
            Origin::Draws { estimator, draws, .. } => format!("{draws} draws of {estimator}"),
        };
        let mut facts = vec![
            pair("test images", self.images.to_string()),
            pair("reference", reference),
            pair("draws of each image for a row", draws(&self.rows)),
            pair("draws of each image at a temperature", draws(&self.temperatures)),
            pair("evaluations of the cost for the error", self.settings.evaluations.to_string()),
            pair("gumbel", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        facts.retain(|(_, value)| value != "-");
        facts
    }
}

/// The label and the value of a sentence of the verdict.
fn headline(line: &str) -> Option<(String, String)> {
    let (label, value) = line.split_once(": ")?;
    let value = value.split([';', ',']).next().unwrap_or(value);
    Some((label.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{model, pixels};
    use super::super::{ModelSettings, compare_on_model};
    use super::*;
    use gumbel_burn::estimator::Options;
    use gumbel_train::workers::Workers;

    #[test]
    fn remarks_say_that_an_error_is_no_forecast_and_that_untrained_relax_is_rebar() {
        let workers = Workers::new(1).unwrap();
        let (vae, pixels) = (model("2x3"), pixels(2));
        let compared = |trained_with| {
            let only = vec![Name::Rebar, Name::Relax];
            let settings =
                ModelSettings { draws: 300, only, trained_with, ..ModelSettings::default() };
            compare_on_model("tiny", &vae, &pixels, &settings, &workers, &|_, _| {}).unwrap()
        };
        let found = compared(None);
        let [rebar, relax] = &found.rows[..] else { panic!() };
        let far = (rebar.total_variance - relax.total_variance).abs();
        assert!(far < 1e-4 * rebar.total_variance, "{far}");
        let remarks = found.remarks();
        assert_eq!(remarks.len(), 2);
        assert!(remarks[0].contains("at 100 evaluations, under the decoder of this run;"));
        assert!(remarks[0].contains("no forecast") && remarks[1].starts_with("relax has"));
        let page = found.draw().unwrap().page.html();
        assert!(remarks.iter().all(|remark| page.contains(remark)));
        let trained = compared(Some((Name::Relax, Options::default()))).remarks();
        assert!(trained.len() == 1 && trained[0].contains("which relax trained"), "{trained:?}");
    }

    #[test]
    fn every_text_of_a_picture_is_inside_and_on_no_other() {
        let settings = ModelSettings { draws: 300, ..ModelSettings::default() };
        let workers = Workers::new(2).unwrap();
        let (vae, pixels) = (model("4x3"), pixels(2));
        let found =
            compare_on_model("tiny", &vae, &pixels, &settings, &workers, &|_, _| {}).unwrap();
        let drawn = found.draw().unwrap();
        assert_eq!((drawn.pictures.len(), drawn.page.sections.len()), (2, 3));
        assert_eq!(found.draw().unwrap().page, drawn.page);
        for (name, sketch) in &drawn.pictures {
            assert!(sketch.missing_glyphs().is_empty(), "{name}");
            let (width, height) = sketch.size();
            let texts = sketch.texts();
            for (i, text) in texts.iter().enumerate() {
                assert!(text.from.0 >= 0.0 && text.from.1 >= 0.0, "{name}: {text:?}");
                assert!(
                    text.to.0 <= f64::from(width) && text.to.1 <= f64::from(height),
                    "{text:?}"
                );
                assert!(texts[..i].iter().all(|other| !text.overlaps(other)), "{name}: {text:?}");
            }
        }
        // All rows are in the table of the page, each with as many cells as there are heads.
        let Picture::Table { head, rows } = &drawn.page.sections[2].picture else { panic!() };
        assert_eq!(rows.len(), found.rows.len());
        assert!(rows.iter().all(|row| row.len() == head.len()));
    }
}
