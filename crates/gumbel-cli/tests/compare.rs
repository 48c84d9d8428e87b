//! `gumbel compare` from a user's view: table, JSON, files, and one line for every bad input.

mod user;

use std::fs;
use std::path::Path;

use user::{gumbel, refused, text};

fn run(folder: &Path, arguments: &[&str]) -> (String, String) {
    let output = gumbel(folder, arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let (out, error) = run(folder, &[&["compare", "--json"], arguments].concat());
    assert!(error.starts_with("report: ") && error.lines().count() == 1, "{error}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn the_default_compares_all_estimators_on_three_problems() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (out, error) = run(here, &["compare", "--draws", "3000"]);
    assert!(error.is_empty(), "{error}");
    for part in [
        "quadratic-4x2\nestimator ",
        "net-3x4\n",
        "skewed-1x10\n",
        "baseline mean, K 8",
        "relative to the norm of the exact gradient",
        "report: compare/report.html",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(!out.contains("random-7x4") && !out.contains("FAILS"), "{out}");
    let files = here.join("compare");
    for problem in ["quadratic-4x2", "net-3x4", "skewed-1x10"] {
        for picture in ["bias-noise", "temperature"] {
            let file = files.join(format!("{problem}-{picture}.png"));
            assert_eq!(fs::read(file).unwrap()[..8], *b"\x89PNG\r\n\x1a\n");
        }
    }
    let page = fs::read_to_string(files.join("report.html")).unwrap();
    assert_eq!(page.matches("data:image/svg+xml").count(), 6);
    assert!(!page.contains("://"));
    let table = fs::read_to_string(files.join("compare.csv")).unwrap();
    assert!(table.starts_with("name,params,tau,problem,unbiased,bias,relative_bias,"), "{table}");
    assert_eq!(table.lines().count(), 1 + 31 + 30 + 30);
    let over = fs::read_to_string(files.join("temperature.csv")).unwrap();
    // Eight estimators at eleven temperatures, reinmax from 1 on, on three problems.
    assert_eq!(over.lines().count(), 1 + 3 * (7 * 11 + 5));
}

#[test]
fn json_has_the_rows_with_their_fields() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let arguments = ["--only", "rebar,zgr", "--problem", "net-3x4", "--draws", "5000"];
    let rows = json(here, &arguments);
    assert_eq!(rows.as_array().unwrap().len(), 2);
    let (zgr, rebar) = (&rows[0], &rows[1]);
    assert_eq!((&zgr["name"], &rebar["name"]), (&"zgr".into(), &"rebar".into()));
    for field in [
        "name",
        "params",
        "problem",
        "unbiased",
        "bias",
        "relative_bias",
        "total_variance",
        "cosine",
        "evals",
        "z_max",
        "pass",
    ] {
        assert!(!rebar[field].is_null(), "{field}: {rebar}");
    }
    assert!((zgr["relative_bias"].as_f64().unwrap() - 0.122_371).abs() < 1e-6);
    assert!(zgr["pass"].is_null() && zgr["z_max"].is_null() && zgr["draws"].is_null());
    assert_eq!((&rebar["pass"], &rebar["evals"]), (&true.into(), &3.into()));
    assert_eq!((&rebar["draws"], &rebar["params"]), (&5_120.into(), &"eta 1, lambda 0.5".into()));
    // Another folder for another comparison, the same numbers; another seed gives others.
    assert_eq!(json(here, &arguments), rows);
    assert!(here.join("compare-2/report.html").is_file());
    let seeded = json(here, &[&arguments[..], &["--seed", "1"]].concat());
    assert_eq!(seeded[0], rows[0]);
    assert_ne!(seeded[1]["bias"], rows[1]["bias"]);
}

#[test]
fn any_number_of_threads_writes_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let on = |threads: &str| {
        let only = ["compare", "--only", "gumbel-softmax", "rloo", "--problem", "skewed-1x10"];
        let more = ["--draws", "40000", "--quiet", "--out", threads, "--threads", threads];
        let (out, _) = run(here, &[&only[..], &more].concat());
        let files =
            ["compare.csv", "temperature.csv", "report.html", "skewed-1x10-temperature.png"];
        let files = files.map(|file| fs::read(here.join(threads).join(file)).unwrap());
        (out.lines().filter(|line| !line.starts_with("report")).collect::<String>(), files)
    };
    assert!(on("1") == on("2"));
}

#[test]
fn names_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let (out, _) = run(folder.path(), &["compare", "--list"]);
    for part in ["straight-through-gumbel-softmax  tau 0.5", "random-7x4", "16384", "no bias"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let (out, _) =
        run(folder.path(), &["compare", "--list", "--only", "zgr", "--problem", "net-3x4"]);
    assert!(out.contains("zgr") && !out.contains("rebar") && !out.contains("skewed"), "{out}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn bad_arguments_are_refused_and_leave_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, part) in [
        (&["compare", "--only", "gumbel-roa"][..], "did you mean gumbel-rao?"),
        (&["compare", "--problem", "net-3x5"], "did you mean net-3x4?"),
        (&["compare", "--draws", "0"], "--draws: expected a whole number from 1 to"),
        (&["compare", "--threads", "0"], "--threads"),
        (&["compare", "--only", "arm", "--problem", "net-3x4"], "arm is for two classes only"),
        (&["compare", "--out", "report.html"], "expected a name without .html"),
        (&["compare", "--list", "--json"], "--json"),
    ] {
        refused(folder.path(), arguments, 2, part);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
