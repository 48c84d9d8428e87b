//! `gumbel compare` from a user's view: table, JSON, files, and one line for every bad input.

mod compared;
mod user;

use std::fs;
use std::path::Path;

use compared::compared;
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
        "evals  time ",
        "relative to the norm of the exact gradient",
        "report: compare/report.html",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(!out.contains("random-7x4") && !out.contains("FAILS"), "{out}");
    // 3,072 draws expect 1.5 of the rarest class of skewed-1x10.
    assert!(out.contains("too few draws: fewer than 30 expected"), "{out}");
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
    let timed = ["--only", "rebar,zgr", "--problem", "net-3x4", "--draws", "5000"];
    let arguments = [&timed[..], &["--no-time"]].concat();
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
    // Times are measured unless they are not wanted.
    let with_times = json(here, &timed);
    for (row, plain) in with_times.as_array().unwrap().iter().zip(rows.as_array().unwrap()) {
        assert!(row["time_us"].as_f64().unwrap() > 0.0 && plain["time_us"].is_null());
        assert!(row["mean_squared_error_at_equal_time"].is_f64(), "{row}");
        assert_eq!(row["bias"], plain["bias"]);
    }
    // More evaluations, less noise.
    let more = json(here, &[&arguments[..], &["--evaluations", "1000"]].concat());
    assert_eq!(more[0]["bias"], rows[0]["bias"]);
    let error = |rows: &serde_json::Value| rows[0]["mean_squared_error"].as_f64().unwrap();
    assert!(error(&more) < error(&rows));
}

#[test]
fn any_number_of_threads_writes_the_same_files() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let on = |threads: &str| {
        let only = ["compare", "--only", "gumbel-softmax", "rloo", "--problem", "skewed-1x10"];
        let more = ["--draws", "40000", "--quiet", "--no-time"];
        let more = [&more[..], &["--out", threads, "--threads", threads]].concat();
        let (out, _) = run(here, &[&only[..], &more].concat());
        let files =
            ["compare.csv", "temperature.csv", "report.html", "skewed-1x10-temperature.png"];
        let files = files.map(|file| compared(&here.join(threads).join(file)));
        (out.lines().filter(|line| !line.starts_with("report")).collect::<String>(), files)
    };
    assert!(on("1") == on("2"));
}

#[test]
fn names_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let (out, _) = run(folder.path(), &["compare", "--list"]);
    for part in [
        "straight-through-gumbel-softmax  tau 0.5",
        "random-7x4",
        "digits-7x4@200",
        "16384",
        "no bias",
    ] {
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
        (&["compare", "--problem", "digits-7x4"], "did you mean digits-7x4@0?"),
        (&["compare", "--evaluations", "0"], "--evaluations: expected a whole number from 1"),
        (&["compare", "--images", "4"], "--run"),
        (&["compare", "--run", "run", "--problem", "net-3x4"], "--problem"),
        (
            &["compare", "--run", "run", "--images", "0"],
            "--images: expected a whole number from 1 to",
        ),
        (&["compare", "--run", "run", "--no-time"], "--no-time"),
        (&["compare", "--only", "reinforce:median"], "did you mean reinforce:mean?"),
    ] {
        refused(folder.path(), arguments, 2, part);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_autoencoder_on_the_digits_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let arguments = ["--problem", "digits-7x4@20", "--only", "reinmax", "indecater", "--no-time"];
    let rows = json(here, &arguments);
    for row in rows.as_array().unwrap() {
        assert_eq!((&row["problem"], &row["draws"]), (&"digits-7x4@20".into(), &().into()));
    }
    let (indecater, reinmax) = (&rows[0], &rows[1]);
    assert_eq!((&indecater["pass"], &indecater["evals"]), (&true.into(), &22.into()));
    assert!(reinmax["relative_bias"].as_f64().unwrap() > 1e-3);
    // The training has left nothing behind.
    let names = fs::read_dir(here).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), ["compare"]);
    assert!(here.join("compare/digits-7x4@20-bias-noise.png").is_file());
}

/// A run of 9 states, which takes a second.
fn train(here: &Path, latents: &str, out: &str) {
    let arguments = [
        "train",
        "vae",
        "--data",
        "digits",
        "--latents",
        latents,
        "--hidden",
        "8",
        "--epochs",
        "3",
    ];
    run(here, &[&arguments[..], &["--quiet", "--out", out]].concat());
}

#[test]
fn a_run_is_compared_with_times_and_a_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    train(here, "2x3", "tiny");
    let arguments = ["compare", "--run", "tiny", "--draws", "400", "--images", "3", "--quiet"];
    let (out, error) = run(here, &arguments);
    assert!(error.is_empty(), "{error}");
    for part in [
        "tiny\nestimator ",
        "  in time\n",
        "the exact gradient of 3 test images together, a sum over 9 states",
        "Left out: vimco (it estimates",
        "\nleast error at equal evaluations: ",
        "\nleast error at equal time: ",
        "\nbest temperatures: ",
        "no forecast of the bound after a training",
        "relax has the bias and the noise of rebar",
        "report: compare/report.html",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let files = here.join("compare");
    for picture in ["bias-noise", "temperature"] {
        let file = files.join(format!("tiny-{picture}.png"));
        assert_eq!(fs::read(file).unwrap()[..8], *b"\x89PNG\r\n\x1a\n");
    }
    let page = fs::read_to_string(files.join("report.html")).unwrap();
    assert_eq!(page.matches("data:image/svg+xml").count(), 2);
    assert!(!page.contains("://") && page.contains("a sum over 9 states"));
    // 26 estimators without vimco and arm; eight at eleven temperatures, reinmax from 1 on.
    let lines = |file: &str| fs::read_to_string(files.join(file)).unwrap().lines().count();
    assert_eq!((lines("compare.csv"), lines("temperature.csv")), (1 + 24, 1 + 7 * 11 + 5));
}

#[test]
fn the_rows_of_a_run_do_not_depend_on_threads() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    train(here, "2x3", "tiny");
    let on = |threads: &str, seed: &str| -> Vec<serde_json::Value> {
        let only = ["--only", "reinmax,rloo,exact", "--draws", "300", "--seed", seed];
        let arguments = ["compare", "--run", "tiny", "--json", "--threads", threads];
        let (out, error) = run(here, &[&arguments[..], &only].concat());
        assert!(error.starts_with("least error at equal evaluations: "), "{error}");
        assert!(error.lines().last().unwrap().starts_with("report: "), "{error}");
        let mut rows: Vec<serde_json::Value> = serde_json::from_str(&out).unwrap();
        for row in &mut rows {
            for field in ["time_us", "mean_squared_error_at_equal_time"] {
                assert!(row[field].as_f64().unwrap() >= 0.0, "{field}: {row}");
                row[field] = ().into();
            }
            for field in
                ["name", "params", "bias", "relative_bias", "total_variance", "evals", "draws"]
            {
                assert!(!row[field].is_null(), "{field}: {row}");
            }
        }
        rows
    };
    let rows = on("1", "0");
    assert!(rows == on("2", "0") && rows != on("1", "1"));
    let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["reinmax", "rloo", "exact"]);
    let number = |i: usize, field: &str| rows[i][field].as_f64().unwrap();
    // The sum over all states has no noise, and its bias is rounding; two samples scatter.
    assert!(number(2, "total_variance") < 1e-9 && number(2, "bias") == 0.0, "{rows:?}");
    assert!(number(1, "total_variance") > 0.0 && rows[1]["unbiased"] == true, "{rows:?}");
}

#[test]
fn runs_that_cannot_be_compared_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    train(here, "gaussian:2", "gaussian");
    train(here, "2x3", "tiny");
    let on = |run: &str, more: &[&str], status, part: &str| {
        refused(here, &[&["compare", "--run", run], more].concat(), status, part);
    };
    on("gaussian", &[], 1, "gaussian: expected a run with discrete latents, found gaussian:2");
    on("nowhere", &[], 1, "nowhere");
    on("tiny", &["--images", "900"], 2, "--images: expected 1 to ");
    on("tiny", &["--only", "arm"], 2, "--only: expected an estimator for this code; arm: ");
    on(
        "tiny",
        &["--only", "reinforce:learned"],
        2,
        "with --run reinforce has the baseline of the run",
    );
    on("tiny", &["--out", "report.html"], 2, "expected a name without .html");
    assert!(!here.join("compare").exists());
}
