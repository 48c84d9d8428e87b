//! `gumbel fit` as a user meets it: result, files, and every bad input as one line.

mod user;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use gumbel::Key;
use gumbel::distribution::{Gumbel, NormalMaximum};

use user::{gumbel, text};

/// Refused as other commands are, and nothing is left behind.
fn refused(folder: &Path, arguments: &[&str], status: i32, part: &str) {
    user::refused(folder, arguments, status, part);
    assert!(!folder.join("fits").exists(), "{arguments:?}");
}

/// The highest flow of each year at a gauge that does not exist: see [`floods`].
const FLOODS: &str = include_str!("data/floods.csv");

/// Makes `data/floods.csv`: 60 draws of a Gumbel law and one year without a record.
fn floods() -> String {
    let mut flows = [0.0_f64; 60];
    Gumbel::new(310.0, 85.0).unwrap().sample_into(Key::new(1963), 0, &mut flows);
    let mut out = String::from(
        "# Synthetic: the highest flow of each year at a gauge that does not exist.\nyear,flow (m3/s),remark\n",
    );
    let mut year = 1960;
    for flow in flows {
        year += 1;
        if year == 1987 {
            writeln!(out, "{year},,gauge out of order").unwrap();
            year += 1;
        }
        writeln!(out, "{year},{flow:.1},").unwrap();
    }
    out
}

#[test]
fn the_example_is_what_its_generator_makes() {
    assert_eq!(floods(), FLOODS);
}

#[test]
fn floods_are_fitted() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("floods.csv"), FLOODS).unwrap();
    let arguments = ["fit", "floods.csv", "--column", "flow (m3/s)"];
    let output = gumbel(here, &arguments);
    let out = text(&output.stdout);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
    for part in [
        "floods.csv, flow (m3/s): 60 values (1 empty cell left out)",
        "location",
        "scale",
        "L-moments",
        "log-likelihood -",
        "95 % bounds",
        "p-value 0.",
        "note: Levels of periods beyond 120",
        "report: fits/floods-flow-m3-s/report.html",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let fit = here.join("fits/floods-flow-m3-s");
    for file in ["quantiles.png", "return-levels.png"] {
        assert_eq!(fs::read(fit.join(file)).unwrap()[..8], *b"\x89PNG\r\n\x1a\n", "{file}");
    }
    let page = fs::read_to_string(fit.join("report.html")).unwrap();
    assert_eq!(page.matches("data:image/svg+xml").count(), 2);
    assert!(page.contains("<th scope=\"col\">period</th>") && !page.contains("://"));

    // The numbers are those of the library, and the truth is within their bounds.
    let json = gumbel(here, &["fit", "floods.csv", "-c", "2", "--period", "100", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let lines = FLOODS.lines().skip(2);
    let values: Vec<f64> =
        lines.filter_map(|line| line.split(',').nth(1).unwrap().parse().ok()).collect();
    let ours = Gumbel::fit(&values).unwrap();
    assert_eq!(json["location"].as_f64(), Some(ours.location()));
    assert_eq!(json["scale_se"].as_f64(), Some(ours.scale_error()));
    assert_eq!((json["n"].as_u64(), json["empty"].as_u64()), (Some(60), Some(1)));
    let level = &json["return_levels"][0];
    let truth = Gumbel::new(310.0, 85.0).unwrap().quantile_of_survival(0.01).unwrap();
    let (low, high) = (level["low"].as_f64().unwrap(), level["high"].as_f64().unwrap());
    assert!(low < truth && truth < high, "{low} {truth} {high}");
    assert!(json["p_value"].as_f64().unwrap() > 0.05);

    // The same again gives the same files; another seed gives other bounds.
    let first: Vec<_> =
        ["fit.json", "report.html", "quantiles.png"].map(|f| fs::read(fit.join(f)).unwrap()).into();
    gumbel(here, &["fit", "floods.csv", "-c", "2", "--period", "100", "--out", "again"]);
    let again: Vec<_> = ["fit.json", "report.html", "quantiles.png"]
        .map(|f| fs::read(here.join("again").join(f)).unwrap())
        .into();
    assert!(first == again);
    let other = gumbel(here, &["fit", "floods.csv", "-c", "2", "--seed", "1", "--json"]);
    let other: serde_json::Value = serde_json::from_slice(&other.stdout).unwrap();
    assert_eq!(other["location"], json["location"]);
    assert_ne!(other["return_levels"][5]["high"], level["high"]);
}

/// The highest of a hundred values a day is near a Gumbel law and not one: three thousand days show it.
#[test]
fn a_law_that_does_not_fit_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut rates = [0.0_f64; 3000];
    NormalMaximum::new(100, 70.0, 10.0).unwrap().sample_into(Key::new(3), 0, &mut rates);
    let rows: String = rates.iter().map(|rate| format!("{rate:.2}\n")).collect();
    fs::write(folder.path().join("rates.csv"), rows).unwrap();
    // One column without a name needs no --column.
    let output = gumbel(folder.path(), &["fit", "rates.csv", "--bootstrap", "199"]);
    let out = text(&output.stdout);
    assert!(out.contains("rates.csv, column 1: 3000 values"), "{out}");
    assert!(out.contains("note: The goodness-of-fit p-value is 0.0050:"), "{out}");
    assert!(out.contains("fits/rates-column-1/report.html"), "{out}");
}

#[test]
fn other_delimiters_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    for (name, delimiter, option) in
        [("a", ";", None), ("b", "\t", None), ("c", "\t", Some("tab")), ("d", ":", Some(":"))]
    {
        let file = format!("{name}.csv");
        let rows: String = (0..9).map(|i| format!("{i}{delimiter}{}\n", i * i)).collect();
        fs::write(folder.path().join(&file), format!("day{delimiter}peak\n{rows}")).unwrap();
        let mut arguments = vec!["fit", &file, "-c", "peak"];
        arguments.extend(option.iter().flat_map(|d| ["--delimiter", d]));
        let output = gumbel(folder.path(), &arguments);
        let (out, error) = (text(&output.stdout), text(&output.stderr));
        assert!(out.contains("peak: 9 values") && out.contains("9 values are few"), "{out}{error}");
    }
}

#[test]
fn bad_input_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for (name, content) in [
        ("good.csv", "year,flow\n1,2\n2,3\n3,5\n"),
        ("word.csv", "year,flow\n1,2\n2,high\n"),
        ("holes.csv", "year,flow\n1,2\n2,\n3,5\n"),
        ("one.csv", "flow\n2\n"),
        ("same.csv", "flow\n2\n2\n2\n"),
        ("close.csv", "flow\n1\n1.0000000000000002\n"),
        ("point.csv", "year;flow\n1;2,5\n2;3,5\n3;5\n"),
        ("headless.csv", "1,2\n3,4\n"),
        ("ragged.csv", "a,b\n1,2\n3\n"),
        ("empty.csv", ""),
    ] {
        fs::write(here.join(name), content).unwrap();
    }
    let at = |file: &'static str, rest: &[&'static str]| [&["fit", file][..], rest].concat();
    let flow = ["-c", "flow"];
    refused(here, &at("none.csv", &flow), 1, "cannot read none.csv: ");
    refused(here, &at(".", &flow), 1, "cannot read .: ");
    refused(here, &at("empty.csv", &flow), 1, "empty.csv: the file is empty");
    refused(
        here,
        &at("good.csv", &[]),
        1,
        "choose one of 2 columns with --column: the names are \"year\", \"flow\"",
    );
    refused(
        here,
        &at("good.csv", &["-c", "level"]),
        1,
        "no column \"level\": the names are \"year\"",
    );
    refused(here, &at("headless.csv", &flow), 1, "a column has a number, 1 to 2");
    refused(
        here,
        &at("word.csv", &flow),
        1,
        "word.csv, line 3: column \"flow\": expected a finite",
    );
    refused(here, &at("holes.csv", &["-c", "flow", "--strict"]), 1, "line 3: column \"flow\"");
    refused(here, &at("ragged.csv", &["-c", "a"]), 1, "line 3: expected 2 cells");
    refused(here, &at("one.csv", &flow), 1, "expected at least 2 values, found 1");
    refused(here, &at("same.csv", &flow), 1, "every value is 2");
    refused(here, &at("close.csv", &flow), 1, "too little to draw");
    refused(here, &["fit"], 2, "required");
    refused(here, &at("good.csv", &["-c", "flow", "--period", "1"]), 2, "period: expected");
    refused(here, &at("good.csv", &["-c", "flow", "--period", "x"]), 2, "--period");
    refused(here, &at("good.csv", &["-c", "flow", "--confidence", "95"]), 2, "between 0 and 1");
    refused(here, &at("good.csv", &["-c", "flow", "--bootstrap", "0"]), 2, "expected at least 39");
    refused(here, &at("good.csv", &["-c", "flow", "--delimiter", "ab"]), 2, "delimiter: expected");
    let many = at("good.csv", &["-c", "flow", "--bootstrap", "99999999999"]);
    refused(here, &many, 2, "bootstrap: expected at most 1000000");
    let comma = at("good.csv", &["-c", "flow", "--decimal-comma", "--delimiter", ","]);
    refused(here, &comma, 2, "delimiter: expected another character");
    refused(here, &at("point.csv", &["-c", "flow"]), 1, "choose --decimal-comma");
    let output =
        gumbel(here, &["fit", "point.csv", "-c", "flow", "--decimal-comma", "--out", "fit"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    // A report that is not of a fit stays.
    fs::write(here.join("report.html"), "mine").unwrap();
    refused(here, &at("good.csv", &["-c", "flow", "--out", "."]), 1, "this is not of a fit");
    assert_eq!(fs::read_to_string(here.join("report.html")).unwrap(), "mine");
    let file = at("good.csv", &["-c", "flow", "--out", "good.csv"]);
    refused(here, &file, 1, "cannot make the folder good.csv");
}

#[test]
fn help_teaches() {
    let folder = tempfile::tempdir().unwrap();
    let help = text(&gumbel(folder.path(), &["fit", "--help"]).stdout);
    for part in [
        "Example",
        "gumbel fit floods.csv --column flow",
        "--period",
        "--confidence",
        "--bootstrap",
        "--seed",
        "--delimiter",
        "--strict",
        "--out",
        "--json",
        "block maxima",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
}
