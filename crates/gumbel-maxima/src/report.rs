//! The files of a fit: two pictures, one page, and the numbers for programs.

use std::fs;
use std::path::{Path, PathBuf};

use gumbel_files::output;
use gumbel_report::{Page, Picture, Section, Sketch};
use serde_json::{Value, json};

use crate::analysis::{Analysis, Level};
use crate::error::MaximaError;
use crate::format::{p_value, percent, rounded};
use crate::pictures;

/// The file that marks a folder as that of a fit.
const MARK: &str = "fit.json";
/// The other files of a fit.
const FILES: [&str; 3] = ["quantiles.png", "return-levels.png", "report.html"];

/// The default folder of a fit: `fits/FILE-COLUMN`, in plain letters. Different files and columns may get the
/// same folder: see [`write()`].
pub fn default_folder(path: &Path, column: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |text: &str| -> String {
        let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        let mut plain = parts.collect::<Vec<_>>().join("-").to_lowercase();
        // Two of these fit into the 255 bytes that a file system gives a name.
        plain.truncate(plain.floor_char_boundary(120));
        plain
    };
    let name = [plain(&stem), plain(column)].join("-");
    let name = match name.trim_matches('-') {
        "" => "fit",
        name => name,
    };
    Path::new("fits").join(name)
}

/// The place where a fit was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The folder with the files of the fit.
    pub folder: PathBuf,
    /// A description of the other fit that was in the folder before, if there was one.
    pub replaced: Option<String>,
}

/// Writes `quantiles.png`, `return-levels.png`, `report.html` and `fit.json`. `made` is the last section of the page,
/// which may say when and where the fit was made. But for that section, the same data and settings give the same bytes.
///
/// A fit in the folder `out` is replaced. Without `out`, no other fit is replaced: the files go to the
/// [`default_folder`], or, if another fit is there, to the first of `FOLDER-2`, `FOLDER-3`, ... that does not
/// exist or holds this very fit.
///
/// # Errors
/// A folder that cannot be made or written, or that holds files of these names and no fit; data that no axis
/// can show.
pub fn write(
    analysis: &Analysis,
    out: Option<&Path>,
    made: Option<Section>,
) -> Result<Written, MaximaError> {
    let json = format!("{:#}\n", numbers(analysis));
    if let Some(folder) = out {
        refuse_foreign(folder)?;
    }
    let quantiles = pictures::quantiles(analysis)?;
    let levels = pictures::return_levels(analysis)?;
    let pair =
        |wide: &Sketch, narrow: Sketch| Picture::Pair { wide: wide.svg(), narrow: narrow.svg() };
    let [narrow_quantiles, narrow_levels] =
        [pictures::narrow_quantiles(analysis)?, pictures::narrow_return_levels(analysis)?];
    let mut page = page(analysis, pair(&quantiles, narrow_quantiles), pair(&levels, narrow_levels));
    page.sections.extend(made);
    let (quantiles, levels) = (quantiles.png()?, levels.png()?);
    let folder = match out {
        Some(folder) => {
            output::make_folder(folder)?;
            folder.to_owned()
        }
        None => {
            let column = analysis.column();
            let holds = |folder: &Path| {
                fs::read(folder.join(MARK)).is_ok_and(|there| there == json.as_bytes())
            };
            output::make_numbered_folder(&default_folder(&column.path, &column.name), holds)?
        }
    };
    let replaced = other_fit(&folder, &json);
    output::write(&folder.join(MARK), json.as_bytes())?;
    output::write(&folder.join(FILES[0]), &quantiles)?;
    output::write(&folder.join(FILES[1]), &levels)?;
    output::write(&folder.join(FILES[2]), page.html().as_bytes())?;
    Ok(Written { folder, replaced })
}

/// Refuses a folder that holds files of these names and no fit.
fn refuse_foreign(folder: &Path) -> Result<(), MaximaError> {
    let foreign = FILES.iter().map(|file| folder.join(file)).find(|path| path.exists());
    match foreign {
        Some(path) if !folder.join(MARK).is_file() => {
            let problem = format!(
                "not written by gumbel fit (there is no {MARK} beside it): choose another --out"
            );
            Err(MaximaError::table(&path, None, problem))
        }
        _ => Ok(()),
    }
}

/// Describes the fit in a folder, if its numbers are not `json`.
fn other_fit(folder: &Path, json: &str) -> Option<String> {
    let there = fs::read(folder.join(MARK)).ok()?;
    if there == json.as_bytes() {
        return None;
    }
    let there: Value = serde_json::from_slice(&there).unwrap_or_default();
    let (file, column) = (&there["file"], &there["column"]);
    Some(match (file.as_str(), column.as_str()) {
        (Some(file), Some(column)) => format!("the fit of {file}, column {column:?}"),
        _ => "an earlier fit".to_owned(),
    })
}

impl Analysis {
    /// The analysis as one JSON object, the content of `fit.json`.
    pub fn json(&self) -> Value {
        numbers(self)
    }

    /// Formats a level, a value or an error with as many digits as the accuracy of the fit allows.
    pub fn written(&self, value: f64) -> String {
        rounded(value, self.fit().location_error())
    }
}

fn numbers(analysis: &Analysis) -> Value {
    let (fit, settings, column) = (analysis.fit(), analysis.settings(), analysis.column());
    let levels = analysis.levels().iter().map(|level| {
        json!({
            "period": level.period,
            "level": level.value,
            "se": level.standard_error,
            "low": level.low,
            "high": level.high,
        })
    });
    json!({
        "file": column.path.file_name().unwrap_or_default().to_string_lossy(),
        "column": column.name,
        "n": fit.count(),
        "missing": column.left_out.missing(),
        "left_out": column.left_out.json(),
        "location": fit.location(),
        "location_se": fit.location_error(),
        "scale": fit.scale(),
        "scale_se": fit.scale_error(),
        "l_moments": { "location": fit.l_moments().location(), "scale": fit.l_moments().scale() },
        "ln_likelihood": fit.ln_likelihood(),
        "anderson_darling": fit.anderson_darling(),
        "p_value": analysis.p_value(),
        "bootstrap": settings.bootstrap,
        "seed": settings.seed,
        "confidence": settings.confidence,
        "return_levels": levels.collect::<Vec<_>>(),
        "advice": analysis.warnings(),
    })
}

/// Sentences that lead through the page.
fn look_at(analysis: &Analysis) -> Vec<String> {
    let n = analysis.fit().count();
    let widest =
        analysis.levels().iter().max_by(|a, b| (a.high - a.low).total_cmp(&(b.high - b.low)));
    let bounds = widest.map(|level| {
        format!(
            "Return levels: use the bounds with the level. They are widest for the period {}, from {} to {}; what lies \
             beyond {n} blocks, the length of the record, is the law's word and not that of the values.",
            level.period,
            analysis.written(level.low),
            analysis.written(level.high)
        )
    });
    let fits = match (n, analysis.p_value()) {
        (2, _) | (_, None) => None,
        (_, Some(p)) => Some(format!(
            "Does the law fit? The highest values matter most: they should follow the line, within the band. The \
             p-value, {}, is {}.",
            p_value(Some(p)),
            if p < 0.05 { "small: the levels may be wrong" } else { "no reason to doubt the law" }
        )),
    };
    bounds.into_iter().chain(fits).collect()
}

fn page(analysis: &Analysis, quantiles: Picture, levels: Picture) -> Page {
    let (fit, settings, column) = (analysis.fit(), analysis.settings(), analysis.column());
    let (n, confidence) = (fit.count(), percent(settings.confidence));
    let write = |value| analysis.written(value);
    let p = p_value(analysis.p_value());
    let file = column.path.file_name().unwrap_or_default().to_string_lossy();
    let thinned = match n > pictures::MANY {
        true => format!(" Of the {n} values, about {} are drawn.", pictures::MANY),
        false => String::new(),
    };
    let section = |heading: &str, caption: String, picture, alt: String| Section {
        heading: heading.to_owned(),
        caption,
        picture,
        alt,
    };
    let rows = analysis.levels().iter().map(|level| {
        let Level { period, value, standard_error, low, high } = *level;
        vec![
            period.to_string(),
            write(value),
            format!("{} to {}", write(low), write(high)),
            write(standard_error),
        ]
    });
    let head = ["period", "level", &format!("{confidence} bounds"), "standard error"];
    let table = Picture::Table { head: head.map(str::to_owned).to_vec(), rows: rows.collect() };
    let left_out = column.left_out.to_string();
    let lead = format!(
        "A Gumbel law of maxima, fitted by maximum likelihood to {n} values of column {:?} of {file}{}.",
        column.name,
        if left_out.is_empty() { String::new() } else { format!(" (left out: {left_out})") }
    );
    let points = |heading: &str, caption: &str, points| {
        section(heading, caption.to_owned(), Picture::Points(points), String::new())
    };
    let (mut odd, mut found) =
        (analysis.warnings(), "Found by fixed rules in the table and the fit.");
    if odd.is_empty() {
        (odd, found) = (vec!["Nothing that the rules know.".to_owned()], "");
    }
    Page {
        title: format!("Maxima: {}", column.name),
        lead,
        headline: vec![
            (
                "location".into(),
                format!("{} ± {}", write(fit.location()), write(fit.location_error())),
            ),
            ("scale".into(), format!("{} ± {}", write(fit.scale()), write(fit.scale_error()))),
            ("goodness-of-fit p-value".into(), p),
        ],
        sections: vec![
            points("What to look at", "", look_at(analysis)),
            points("What is odd", found, odd),
            section(
                "Return levels",
                format!(
                    "The level that is exceeded once in a period of so many blocks, on average; with yearly \
                     maxima, periods are years. The bounds contain the true level in {confidence} of all cases \
                     if the values are independent and of a Gumbel law: they come from {} simulated samples of \
                     {n} values, each \
                     fitted anew. The standard error is by the delta method.",
                    settings.bootstrap
                ),
                table,
                "Return levels with their bounds".into(),
            ),
            section(
                "Levels and values over the period",
                format!(
                    "The fitted level (line) with {confidence} bounds (band), and the values at the \
                     periods of Gringorten's plotting positions (i - 0.44) / (n + 0.12). The last few \
                     values have a period that is itself uncertain.{thinned}"
                ),
                levels,
                "Return levels over their periods, with bounds and the values".into(),
            ),
            section(
                "Does the law fit?",
                match n {
                    2 => "Each value against the quantile of the fitted law at its rank. Any two values lie \
                          like these, so they say nothing about the law."
                        .to_owned(),
                    _ => format!(
                        "Each value against the quantile of the fitted law at its rank. If the values are \
                         of a Gumbel law, each lies in the band in {confidence} of all cases: a few outside \
                         are normal; a bend, or an end far outside, is not. The p-value, from the statistic of \
                         Anderson and Darling, says how often values of a Gumbel law lie at least as far from \
                         their fit as these."
                    ),
                },
                quantiles,
                "Quantiles of the values against those of the fitted law, with an envelope".into(),
            ),
        ],
        facts: vec![
            ("file".into(), file.into_owned()),
            ("column".into(), column.name.clone()),
            ("values".into(), n.to_string()),
            (
                "left out".into(),
                if left_out.is_empty() { "nothing".to_owned() } else { left_out },
            ),
            ("L-moment estimate, where the search started".into(), {
                let start = fit.l_moments();
                format!("location {}, scale {}", write(start.location()), write(start.scale()))
            }),
            ("log-likelihood".into(), format!("{:.3}", fit.ln_likelihood())),
            ("Anderson-Darling statistic".into(), format!("{:.4}", fit.anderson_darling())),
            ("bootstrap samples".into(), settings.bootstrap.to_string()),
            ("seed".into(), settings.seed.to_string()),
            ("confidence".into(), confidence),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_have_plain_names() {
        let name = |path: &str, column| default_folder(Path::new(path), column);
        assert_eq!(
            name("data/Peaks 2020.csv", "Flow (m3/s)"),
            Path::new("fits/peaks-2020-flow-m3-s")
        );
        assert_eq!(name("../..", "**"), Path::new("fits/fit"));
        let column = "flow".repeat(90);
        let long = default_folder(Path::new(&format!("{}.csv", "夏".repeat(80))), &column);
        assert_eq!(
            long,
            Path::new("fits").join(format!("{}-{}", "夏".repeat(40), "flow".repeat(30)))
        );
        assert_eq!(name("夏.csv", "流量"), Path::new("fits/夏-流量"));
    }
}
