//! `gumbel compare`: gradient estimators against the exact gradient.

pub(crate) mod run;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gumbel::Key;
use gumbel_compare::estimator::Estimator;
use gumbel_compare::problem::{self, PROBLEMS, Problem};
use gumbel_compare::report::{Comparison, Drawn, HEAD, RELATIVE, cells, explained, ranked};
use gumbel_compare::{
    Row, Settings, Tabulated, compare_with_progress, default_estimators, over_temperature,
};
use gumbel_files::csv_rows::csv_bytes;
use gumbel_files::output;
use gumbel_lab::compare::{DIGITS, digits_problem, time_draws};
use gumbel_train::report::{look_at, made_here};

use super::threads;
use crate::args::{BASELINES, CompareArgs};
use crate::failure::Failure;
use crate::progress::LateProgress;
use crate::table::{columns, lines};
use crate::{Result, note, say};

/// A temperature has the draws of a row divided by this.
const TEMPERATURE_SHARE: u64 = 32;

pub(crate) fn run(args: &CompareArgs) -> Result<ExitCode> {
    if let Some(path) = &args.run {
        return run::run(args, path);
    }
    let estimators = estimators(&args.only);
    if args.list {
        list(&estimators, &args.problem)?;
        return Ok(ExitCode::SUCCESS);
    }
    check_out(args)?;
    let threads = threads(args.threads)?;
    let problems = problems(&args.problem, threads)?;
    some_row(&estimators, &problems)?;
    let defaults = Settings::default();
    let draws = args.draws.unwrap_or(defaults.draws);
    let (key, evaluations) = (Key::new(args.seed), args.evaluations());
    let settings = Settings { draws, key, evaluations, ..defaults };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Failure::usage(format!("--threads: {error}")))?;
    let progress = LateProgress::new(args.quiet, "drawing");
    let told = |n, all| progress.inc(n, all);
    let rows = pool.install(|| compare_with_progress(&problems, &estimators, &settings, &told));
    progress.finish_and_clear();
    let mut rows = rows.map_err(Failure::run)?;
    if !args.no_time {
        time_draws(&mut rows, evaluations)?;
    }
    let temperature_draws = (draws / TEMPERATURE_SHARE).max(1);
    let fewer = Settings { draws: temperature_draws, ..settings };
    let progress = LateProgress::new(args.quiet, "temperatures");
    let told = |n, all| progress.inc(n, all);
    let wanted = |name: &str| args.only.is_empty() || args.only.contains(&name);
    let temperatures = pool.install(|| over_temperature(&problems, &wanted, &fewer, &told));
    progress.finish_and_clear();
    let temperatures = temperatures.map_err(Failure::run)?;
    let comparison = Comparison { rows, temperatures, settings, temperature_draws };
    let mut drawn = comparison.draw().map_err(Failure::run)?;
    drawn.page.sections.insert(0, look_at(points(&comparison)));
    drawn.page.sections.push(made_here(threads));
    let Comparison { rows, temperatures, .. } = &comparison;
    let folder = write(rows, temperatures, &drawn, args.out.as_deref())?;
    let report = format!("report: {}", folder.join("report.html").display());
    if args.json {
        note(&report);
        say(&in_json(rows)?)?;
    } else {
        print(rows, &settings)?;
        say(&format!("\n{report}"))?;
    }
    verdict(rows)
}

/// Checks, before the work, that its files can be written.
fn check_out(args: &CompareArgs) -> Result<()> {
    Ok(output::check_folder("out", args.out.as_deref().unwrap_or(Path::new(".")))?)
}

/// The estimators of these names; `reinforce` has one for each baseline, which also has a name of its own.
fn estimators(only: &[&str]) -> Vec<Box<dyn Estimator>> {
    let mut all = default_estimators();
    all.retain(|estimator| {
        let name = estimator.name();
        let baseline = |(variant, params): &(&str, &str)| {
            name == "reinforce" && only.contains(variant) && estimator.params().starts_with(params)
        };
        only.is_empty() || only.contains(&name) || BASELINES.iter().any(baseline)
    });
    all
}

/// One array with an object for each row.
fn in_json(rows: &[Row]) -> Result<String> {
    serde_json::to_string_pretty(rows).map_err(|error| Failure::run(error.to_string()))
}

/// The problems of these names, in the order of the libraries and each once.
fn problems(names: &[&str], threads: usize) -> Result<Vec<Box<dyn Problem>>> {
    if names.is_empty() {
        return Ok(problem::standard());
    }
    let wanted = PROBLEMS.iter().filter(|name| names.contains(name));
    let mut all: Vec<_> = wanted.filter_map(|name| problem::by_name(name)).collect();
    for name in DIGITS.iter().filter(|name| names.contains(name)) {
        all.push(Box::new(digits_problem(name, threads)?));
    }
    Ok(all)
}

fn list(estimators: &[Box<dyn Estimator>], names: &[&str]) -> Result<()> {
    let rows: Vec<[String; 3]> = estimators
        .iter()
        .map(|e| {
            let claim = if e.unbiased() { "no bias" } else { "-" };
            [e.name().to_owned(), e.params(), claim.to_owned()]
        })
        .collect();
    for line in lines(["estimator", "parameters", "claim"], &rows, columns()) {
        say(&line)?;
    }
    say("")?;
    let shown = |name: &str| names.is_empty() || names.contains(&name);
    let mut rows: Vec<[String; 3]> = PROBLEMS
        .iter()
        .filter(|name| shown(name))
        .filter_map(|name| problem::by_name(name))
        .map(|p| size(p.name(), p.variables(), p.classes()))
        .collect();
    // These are trained only where they are compared.
    rows.extend(DIGITS.iter().filter(|name| shown(name)).map(|name| size(name, 7, 4)));
    for line in lines(["problem", "variables x classes", "states"], &rows, columns()) {
        say(&line)?;
    }
    Ok(())
}

/// The name and the size of a problem in words.
fn size(name: &str, variables: usize, classes: usize) -> [String; 3] {
    let states = classes.pow(variables as u32);
    [name.to_owned(), format!("{variables} x {classes}"), states.to_string()]
}

fn print(rows: &[Row], settings: &Settings) -> Result<()> {
    for (problem, rows) in ranked(rows) {
        say(problem)?;
        let rows: Vec<_> = rows.into_iter().map(cells).collect();
        for line in lines(HEAD, &rows, columns()) {
            say(&line)?;
        }
        say("")?;
    }
    say(RELATIVE)?;
    for (name, text) in explained(settings) {
        say(&format!("  {name:9}  {text}"))?;
    }
    Ok(())
}

/// Sentences that lead through the report.
fn points(comparison: &Comparison) -> Vec<String> {
    let ranked = ranked(&comparison.rows);
    let mut points = vec![format!(
        "{}: the one with as many variables and classes as yours, as differences between estimators grow with both. {}",
        if ranked.len() == 1 { "The problem that matters" } else { "Which problem matters" },
        "What holds for a few choices need not hold for many."
    )];
    points.push(format!(
        "Bias and noise together: noise falls when draws are averaged and bias stays, so with few evaluations the \
         point that is lowest wins, and with many the one furthest left. The tables are for {} evaluations; --evaluations \
         asks for another number.",
        comparison.settings.evaluations
    ));
    // Sums over all states have no noise, and are no estimators for large problems.
    let noisy = |row: &&&Row| row.total_variance.sqrt() > 1e-9 * row.target_norm;
    let best: Vec<String> = ranked
        .iter()
        .filter_map(|(problem, rows)| Some((problem, rows.iter().find(noisy)?)))
        .map(|(problem, row)| format!("{} on {problem}", row.name))
        .collect();
    if !best.is_empty() {
        points.push(format!(
            "The row to begin with is the first of its table that is no sum over all states: {}.",
            best.join(", ")
        ));
    }
    points
}

/// Refuses estimators of which none is defined on any of the problems.
fn some_row(estimators: &[Box<dyn Estimator>], problems: &[Box<dyn Problem>]) -> Result<()> {
    for problem in problems {
        let table = Tabulated::new(problem.as_ref()).map_err(Failure::run)?;
        if estimators.iter().any(|estimator| estimator.admits(&table)) {
            return Ok(());
        }
    }
    let names: Vec<&str> = estimators.iter().map(|estimator| estimator.name()).collect();
    let found = names.join(", ");
    let hint = "is for two classes only: quadratic-4x2 has them";
    Err(Failure::usage(format!(
        "--only: expected an estimator for one of the problems; {found} {hint}"
    )))
}

/// Writes the files of a comparison, and returns their folder.
fn write(rows: &[Row], temperatures: &[Row], drawn: &Drawn, out: Option<&Path>) -> Result<PathBuf> {
    let mut files = Vec::new();
    for (name, picture) in &drawn.pictures {
        files.push((format!("{name}.png"), picture.png().map_err(Failure::run)?));
    }
    files.push(("report.html".to_owned(), drawn.page.html().into_bytes()));
    let folder = match out {
        Some(out) => {
            output::make_folder(out)?;
            out.to_owned()
        }
        None => output::make_numbered_folder("compare".as_ref(), |_| false)?,
    };
    let path = folder.join("compare.csv");
    output::write(&path, &csv_bytes(&path, rows, true)?)?;
    if !temperatures.is_empty() {
        let path = folder.join("temperature.csv");
        output::write(&path, &csv_bytes(&path, temperatures, true)?)?;
    }
    for (name, bytes) in files {
        output::write(&folder.join(name), &bytes)?;
    }
    Ok(folder)
}

/// Success, or a failure that names the claims that failed.
fn verdict(rows: &[Row]) -> Result<ExitCode> {
    let failed: Vec<String> = rows.iter().filter_map(Row::refutation).collect();
    match failed.is_empty() {
        true => Ok(ExitCode::SUCCESS),
        false => Err(Failure::run(failed.join("; "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `reproduce estimators` has these names.
    #[test]
    fn a_baseline_of_reinforce_can_be_chosen_by_name() {
        let params = |only: &[&str]| -> Vec<String> {
            estimators(only).iter().map(|estimator| estimator.params()).collect()
        };
        assert_eq!(params(&["reinforce:learned"]), ["baseline expected cost"]);
        let two = ["baseline none", "baseline mean, K 8"];
        assert_eq!(params(&["reinforce:mean", "reinforce:none"]), two);
        assert_eq!(params(&["reinforce"]).len(), 3);
    }

    #[test]
    fn the_first_row_with_noise_is_the_one_to_begin_with() {
        let settings = Settings { draws: 2_048, ..Settings::default() };
        let problems = problems(&["net-3x4"], 1).unwrap();
        let told = |names: &[&str]| {
            let rows = gumbel_compare::compare(&problems, &estimators(names), &settings).unwrap();
            let temperatures = Vec::new();
            points(&Comparison { rows, temperatures, settings, temperature_draws: 1 })
        };
        let words = told(&["exact", "rloo"]);
        assert!(words[2].ends_with("sum over all states: rloo on net-3x4."), "{words:?}");
        assert_eq!(told(&["exact"]).len(), 2);
    }

    #[test]
    fn a_claim_that_fails_is_named_and_ends_with_status_1() {
        let settings = Settings { draws: 2_048, ..Settings::default() };
        let problems = problems(&["net-3x4"], 1).unwrap();
        let mut rows =
            gumbel_compare::compare(&problems, &estimators(&["rebar"]), &settings).unwrap();
        assert!(verdict(&rows).is_ok());
        rows[0].pass = Some(false);
        let failure = verdict(&rows).unwrap_err();
        let message = failure.message();
        assert!(
            message.starts_with("rebar (eta 1, lambda 0.5) on net-3x4: it claims"),
            "{message}"
        );
        assert!(matches!(failure, Failure::Message(_, 1)));
    }
}
