//! `gumbel fit` from a user's view: result, files, and one line for every bad input.

mod user;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use gumbel::Key;
use gumbel::distribution::{Gumbel, NormalMaximum};
use gumbel_maxima::GumbelFit;

use user::{gumbel, text};

/// Asserts that the command is refused, and leaves nothing behind.
fn refused(folder: &Path, arguments: &[&str], status: i32, part: &str) {
    user::refused(folder, arguments, status, part);
    assert!(!folder.join("fits").exists(), "{arguments:?}");
}

/// The highest flow of each year at a gauge that does not exist: see [`floods`].
const FLOODS: &str = include_str!("../../../docs/examples/floods.csv");

/// Makes `docs/examples/floods.csv`: 60 draws of a Gumbel law and one year without a record.
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
fn the_example_is_the_output_of_its_generator() {
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
        "floods.csv, flow (m3/s): 60 values (left out: 1 empty cell, 1 comment line)",
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
    // Two pictures in two forms, for wide pages and for narrow ones.
    assert_eq!(page.matches("data:image/svg+xml").count(), 4);
    for part in [
        "<h2>What to look at</h2>",
        "<h2>What is odd</h2>",
        "<li>Levels of periods beyond 120",
        "<h2>How it was made</h2>",
        "<dt>command</dt><dd>gumbel fit floods.csv ",
        "<dt>date</dt><dd>20",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let lead = page.split("<h2>").next().unwrap();
    assert!(!lead.contains("beyond 120"), "{lead}");
    assert!(page.contains("<th scope=\"col\">period</th>") && !page.contains("://"));

    // The numbers are those of the library, and the true level is within the bounds.
    let json = gumbel(here, &["fit", "floods.csv", "-c", "2", "--period", "100", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let lines = FLOODS.lines().skip(2);
    let values: Vec<f64> =
        lines.filter_map(|line| line.split(',').nth(1).unwrap().parse().ok()).collect();
    let ours = GumbelFit::of(&values).unwrap();
    assert_eq!(json["location"].as_f64(), Some(ours.location()));
    assert_eq!(json["scale_se"].as_f64(), Some(ours.scale_error()));
    assert_eq!((json["n"].as_u64(), json["missing"].as_u64()), (Some(60), Some(1)));
    let level = &json["return_levels"][0];
    let truth = Gumbel::new(310.0, 85.0).unwrap().quantile_of_survival(0.01).unwrap();
    let (low, high) = (level["low"].as_f64().unwrap(), level["high"].as_f64().unwrap());
    assert!(low < truth && truth < high, "{low} {truth} {high}");
    assert!(json["p_value"].as_f64().unwrap() > 0.05);

    // Other periods are another fit: the first fit stays.
    let other = here.join("fits/floods-flow-m3-s-2");
    assert_ne!(fs::read(fit.join("fit.json")).unwrap(), fs::read(other.join("fit.json")).unwrap());
    // The same command gives the same files; another seed gives other bounds.
    let first: Vec<_> =
        ["fit.json", "quantiles.png"].map(|f| fs::read(other.join(f)).unwrap()).into();
    gumbel(here, &["fit", "floods.csv", "-c", "2", "--period", "100", "--out", "again"]);
    let again = here.join("again");
    let same: Vec<_> =
        ["fit.json", "quantiles.png"].map(|f| fs::read(again.join(f)).unwrap()).into();
    assert!(first == same);
    // The report says its command and its time; the rest is the same.
    let rest = |folder: &std::path::Path| {
        let page = fs::read_to_string(folder.join("report.html")).unwrap();
        let (before, made) = page.split_once("<h2>How it was made").unwrap();
        before.to_owned() + made.split_once("</section>").unwrap().1
    };
    assert_eq!(rest(&other), rest(&again));
    let seeded = gumbel(here, &["fit", "floods.csv", "-c", "2", "--seed", "1", "--json"]);
    let seeded: serde_json::Value = serde_json::from_slice(&seeded.stdout).unwrap();
    assert_eq!(seeded["location"], json["location"]);
    assert_ne!(seeded["return_levels"][5]["high"], level["high"]);
}

/// The highest of a hundred normal values a day only nearly has a Gumbel law: 3,000 days show the difference.
#[test]
fn a_bad_fit_gives_a_note() {
    let folder = tempfile::tempdir().unwrap();
    let mut rates = [0.0_f64; 3000];
    NormalMaximum::new(100, 70.0, 10.0).unwrap().sample_into(Key::new(3), 0, &mut rates);
    let rows: String = rates.iter().map(|rate| format!("{rate:.2}\n")).collect();
    fs::write(folder.path().join("rates.csv"), rows).unwrap();
    // A single column needs no --column.
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
        ("quote.csv", "flow,remark\n1,\"a\n2,b\n3,c\n"),
        ("joined.csv", "year,flow\n1,2\nyear,flow\n2,3\n"),
        ("dated.csv", "2001-03-19,5\n2002-03-11,6\n"),
        ("inf.csv", "flow\n1\nInf\n"),
        ("huge.csv", "flow\n1\n1e300\n"),
        ("far.csv", "flow\n1\n1e999\n"),
        ("sheet.csv", "PK\u{3}\u{4}"),
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
    refused(here, &at("headless.csv", &flow), 1, "choose a column by number, 1 to 2");
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
    refused(here, &at("quote.csv", &flow), 1, "quote.csv, line 2: a quote opens in this row and");
    refused(here, &at("joined.csv", &flow), 1, "line 3: the names of the first line again");
    refused(here, &at("dated.csv", &["-c", "2"]), 1, "in column 2 it has 5: put a line of names");
    refused(here, &at("inf.csv", &flow), 1, "line 3: column \"flow\": expected a finite number");
    refused(here, &at("huge.csv", &flow), 1, "size is 1e-290 to 1e290, found \"1e300\"");
    refused(here, &at("far.csv", &flow), 1, "size is 1e-290 to 1e290, found \"1e999\"");
    refused(here, &at("sheet.csv", &flow), 1, "expected a table as text, found a spreadsheet");
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
    // A report that is not a fit stays.
    fs::write(here.join("report.html"), "mine").unwrap();
    refused(here, &at("good.csv", &["-c", "flow", "--out", "."]), 1, "not written by gumbel fit");
    assert_eq!(fs::read_to_string(here.join("report.html")).unwrap(), "mine");
    let file = at("good.csv", &["-c", "flow", "--out", "good.csv"]);
    refused(here, &file, 2, "expected a name without .csv");
    fs::write(here.join("plain"), "mine").unwrap();
    refused(
        here,
        &at("good.csv", &["-c", "flow", "--out", "plain"]),
        1,
        "plain: it is a file, expected a folder",
    );
    refused(
        here,
        &at("good.csv", &["-c", "flow", "--out", "-"]),
        1,
        "cannot create -: standard output is not a folder",
    );
    let much = at("good.csv", &["-c", "flow", "--confidence", "0.999999"]);
    refused(here, &much, 2, "confidence: expected at most 0.999998, for which 1000000 samples");
}

/// The JSON object of a fit that succeeds.
fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let output = gumbel(folder, &[&["fit"], arguments, &["--bootstrap", "39", "--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Excel writes #N/A and #DIV/0! for a formula without a value. They are not comments, even in the first
/// column.
#[test]
fn no_row_of_a_spreadsheet_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let errors = include_str!("data/spreadsheet-errors.csv");
    fs::write(here.join("a.csv"), errors).unwrap();
    fs::write(here.join("b.csv"), errors.replace('\n', "\r\n")).unwrap();
    fs::write(here.join("c.csv"), errors.replace('\n', "\r")).unwrap();
    let marked = format!("\u{feff}{errors}");
    let units: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(here.join("d.csv"), units).unwrap();
    for file in ["a.csv", "b.csv", "c.csv", "d.csv"] {
        let found = json(here, &[file]);
        assert_eq!((found["n"].as_u64(), found["missing"].as_u64()), (Some(4), Some(2)), "{file}");
        assert_eq!(found["left_out"]["cells"]["#N/A"], 1, "{file}");
        assert_eq!(found["left_out"]["cells"]["#DIV/0!"], 1, "{file}");
        let out = text(&gumbel(here, &["fit", file]).stdout);
        assert!(out.contains("4 values (left out: 1 cell #DIV/0!, 1 cell #N/A)"), "{out}");
        let part = "line 4: column \"peak\": expected a number, found \"#N/A\", a missing value";
        user::refused(here, &["fit", file, "--strict"], 1, part);
    }
    let page = fs::read_to_string(here.join("fits/a-peak/report.html")).unwrap();
    // At the top, not only among the collapsed settings.
    let lead = page.split("<h2").next().unwrap();
    assert!(lead.contains("(left out: 1 cell #DIV/0!, 1 cell #N/A)."), "{lead}");
    // As the first cell of a row, and in other letter cases.
    fs::write(here.join("e.csv"), "peak,year\n5,1\n#n/a,2\n#Div/0!,3\n7,4\n8,5\n").unwrap();
    assert_eq!(json(here, &["e.csv", "-c", "peak"])["missing"], 2);
}

/// Blank lines, comments after the names and rows in a quoted cell are counted, refused or noted.
#[test]
fn lines_without_a_value_are_counted_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let file = |content: &str| fs::write(here.join("a.csv"), content).unwrap();
    let counts = |arguments: &[&str]| {
        let found = json(here, arguments);
        let left_out = &found["left_out"];
        let lines = ["comment_lines", "format_lines", "blank_lines"];
        let lines = lines.map(|kind| left_out[kind].as_u64().unwrap());
        (found["n"].as_u64().unwrap(), found["missing"].as_u64().unwrap(), lines)
    };
    file("# a\n\nyear,flow\n\n1,2\n  \n2,3.5\n3,\n4,7\n\n\n");
    assert_eq!(counts(&["a.csv", "-c", "flow"]), (3, 1, [1, 0, 5]));
    let part = "a.csv, line 4: expected a row, found a blank line";
    user::refused(here, &["fit", "a.csv", "-c", "flow", "--strict"], 1, part);
    // In a file of one column, a blank line is an empty cell.
    file("flow\n2\n\n3.5\n\n\n7\n\n");
    assert_eq!(counts(&["a.csv"]), (3, 3, [0, 0, 1]));
    let part = "a.csv, line 3: expected a number, found a blank line";
    user::refused(here, &["fit", "a.csv", "--strict"], 1, part);
    file("year,flow\n1,2\n#2,3.5\n3,7\n");
    user::refused(here, &["fit", "a.csv", "-c", "flow"], 1, "line 3: a row that begins with #");
    file("year,flow,remark\n1,2,\"a\n2,3,\n3,4,\"\n4,5.5,\n5,9,\n");
    let advice = json(here, &["a.csv", "-c", "flow"])["advice"].to_string();
    assert!(advice.contains("Lines 2 to 4 are one row, as a cell in quotes"), "{advice}");
    file("1 234\n312\n275\n299\n");
    let advice = json(here, &["a.csv"])["advice"].to_string();
    assert!(advice.contains("so \\\"1 234\\\" is the name of the column"), "{advice}");
}

/// The files have comments, names, a line of formats, and tabs.
#[test]
fn usgs_peak_flows_are_read_without_changes() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let peaks = include_str!("data/peak-flows.rdb");
    for end in ["\n", "\r\n"] {
        fs::write(here.join("peaks.txt"), peaks.replace('\n', end)).unwrap();
        let found = json(here, &["peaks.txt", "-c", "peak_va"]);
        assert_eq!((found["n"].as_u64(), found["missing"].as_u64()), (Some(3), Some(1)));
        assert_eq!(found["left_out"]["comment_lines"], 2);
        assert_eq!(found["left_out"]["format_lines"], 1);
        assert_eq!(json(here, &["peaks.txt", "-c", "gage_ht"])["n"], 4);
    }
    let out = text(&gumbel(here, &["fit", "peaks.txt", "-c", "peak_va"]).stdout);
    assert!(out.contains("1 empty cell, 2 comment lines, 1 line of column formats)"), "{out}");
    // Columns aligned with spaces, as in printed tables.
    fs::write(here.join("spaced.txt"), "year   flow\n2001  312.5\n2002\t  275\n2003   300\n")
        .unwrap();
    user::refused(here, &["fit", "spaced.txt"], 1, "--delimiter space");
    assert_eq!(json(here, &["spaced.txt", "-c", "flow", "--delimiter", "space"])["n"], 3);
}

/// The name of a fit's folder has plain letters only, so several files and columns have the same name.
#[test]
fn no_fit_silently_replaces_another() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let rows = "a/b,a b,A-B\n1,2,3\n2,4,7\n5,5,6\n";
    for file in ["peaks.csv", "north/peaks.csv", "south/peaks.csv"] {
        let file = here.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, rows).unwrap();
    }
    fs::write(here.join("north/peaks.csv"), rows.replace('7', "8")).unwrap();
    let fit = |arguments: &[&str]| {
        let report = json(here, arguments)["report"].as_str().unwrap().to_owned();
        report.strip_suffix("/report.html").unwrap().to_owned()
    };
    assert_eq!(fit(&["peaks.csv", "-c", "a/b"]), "fits/peaks-a-b");
    assert_eq!(fit(&["peaks.csv", "-c", "a b"]), "fits/peaks-a-b-2");
    assert_eq!(fit(&["peaks.csv", "-c", "A-B"]), "fits/peaks-a-b-3");
    // The same file name in another folder, and other settings.
    assert_eq!(fit(&["north/peaks.csv", "-c", "A-B"]), "fits/peaks-a-b-4");
    assert_eq!(fit(&["peaks.csv", "-c", "a/b", "--seed", "1"]), "fits/peaks-a-b-5");
    // The same fit again, or of an equal file, uses the existing folder.
    assert_eq!(fit(&["peaks.csv", "-c", "a b"]), "fits/peaks-a-b-2");
    assert_eq!(fit(&["south/peaks.csv", "-c", "A-B"]), "fits/peaks-a-b-3");
    let column = |number: &str| {
        let path = here.join(format!("fits/peaks-a-b{number}/fit.json"));
        let json: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        json["column"].as_str().unwrap().to_owned()
    };
    assert_eq!(["", "-2", "-3", "-4", "-5"].map(column), ["a/b", "a b", "A-B", "A-B", "a/b"]);
    // A fit in a folder given with --out is replaced, with a note.
    let out = ["fit", "peaks.csv", "--out", "mine", "-c"];
    for (column, message) in [
        ("a/b", ""),
        ("a/b", ""),
        ("a b", "mine held the fit of peaks.csv, column \"a/b\": replaced\n"),
    ] {
        let output = gumbel(here, &[&out[..], &[column]].concat());
        assert!(output.status.success());
        assert_eq!(text(&output.stderr), message);
    }
}

/// Every number of a report is finite and every sentence true, for values of any size.
#[test]
fn extreme_values_are_fitted_or_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut drawn = [0.0_f64; 40];
    Gumbel::new(100.0, 20.0).unwrap().sample_into(Key::new(6), 0, &mut drawn);
    let plain = GumbelFit::of(&drawn).unwrap();
    for unit in [1e-285, 1e-100, 1e98, 1e287] {
        let rows: String = drawn.iter().map(|v| format!("{:e}\n", v * unit)).collect();
        fs::write(here.join("a.csv"), rows).unwrap();
        let found = json(here, &["a.csv", "--period", "50"]);
        let scale = found["scale"].as_f64().unwrap() / unit;
        assert!((scale / plain.scale() - 1.0).abs() < 1e-9, "{unit:e}");
        let level = &found["return_levels"][0];
        for part in ["level", "se", "low", "high"] {
            assert!(level[part].as_f64().is_some_and(f64::is_finite), "{unit:e} {part}");
        }
        assert!(
            found["p_value"].as_f64().unwrap() > 0.05 && found["advice"][0].is_null(),
            "{found}"
        );
    }
    // Two values always give the same statistic, so there is no p-value.
    fs::write(here.join("two.csv"), "3\n5\n").unwrap();
    let found = json(here, &["two.csv"]);
    assert!(found["p_value"].is_null());
    assert!(found["advice"][0].as_str().unwrap().starts_with("Two values are too few"), "{found}");
    let page = fs::read_to_string(here.join("fits/two-column-1/report.html")).unwrap();
    assert!(
        page.contains("none (any two values fit equally well)") && !page.contains("in the band")
    );
    let rows: String = (1961..=2020).map(|year| format!("{year}\n")).collect();
    fs::write(here.join("years.csv"), format!("when\n{rows}")).unwrap();
    let out = text(&gumbel(here, &["fit", "years.csv", "--bootstrap", "39"]).stdout);
    assert!(out.contains("note: The values look like years (1961 to 2020): is this"), "{out}");
    // The error says that digits beyond 2^53 are lost.
    fs::write(here.join("whole.csv"), "9007199254740993\n9007199254740992\n").unwrap();
    let part = "every value is 9007199254740992, as digits beyond 2^53 are not kept";
    user::refused(here, &["fit", "whole.csv"], 1, part);
}

#[test]
fn help_shows_an_example_and_every_option() {
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
