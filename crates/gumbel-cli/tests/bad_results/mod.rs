//! Warnings about doubtful results, and refusal of work that would not end.

use std::fs;

use crate::user::{gumbel, refused, text};
use crate::with;

/// A training that takes a moment.
#[rustfmt::skip]
const TRAIN: [&str; 11] = [
    "train", "vae", "--data", "digits", "--latents", "2x2", "--hidden", "none", "--epochs", "1", "--quiet",
];

/// `--batch 1` failed because of an option that was not given, and a diverged training had status 0.
#[test]
fn small_batches_train_and_bad_results_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for batch in ["1", "2", "1000000"] {
        let output = gumbel(here, &with(&TRAIN, &["--batch", batch, "--out", batch]));
        assert!(output.status.success(), "{batch}: {}", text(&output.stderr));
        let config = fs::read_to_string(here.join(batch).join("config.toml")).unwrap();
        let shards = if batch == "1" { "shards = 1" } else { "shards = 2" };
        assert!(config.contains(shards), "{config}");
    }
    let wild = with(&TRAIN, &["--lr", "100", "--out", "wild"]);
    for arguments in [&wild[..], &["train", "vae", "--out", "wild", "--resume", "--quiet"]] {
        let output = gumbel(here, arguments);
        let (out, error) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(1), "{error}");
        assert!(out.contains("test bound") && out.contains("report.html"), "{out}");
        assert!(
            error.starts_with("error: the training diverged: the objective of the last 297"),
            "{error}"
        );
    }
    let summary = fs::read_to_string(here.join("wild/summary.json")).unwrap();
    assert!(
        summary.contains("\"diverged\": \"the objective of the last 297 training examples, at"),
        "{summary}"
    );
    let output = gumbel(here, &["eval", "wild", "--samples", "1"]);
    assert!(text(&output.stderr).contains("training of this run diverged"));
    let list = text(&gumbel(here, &["runs", "list", "--dir", "."]).stdout);
    assert!(list.contains("./wild: diverged: the objective of the last"), "{list}");

    // A schedule in steps that does not fit the run is noted at the start; the default schedule fits.
    let late = with(&TRAIN, &["--tau-rate", "1e-4", "--out", "late"]);
    let error = text(&gumbel(here, &late).stderr);
    assert!(error.starts_with("note: the temperature ends at 1.000"), "{error}");
    assert!(error.contains("this run has 13; --tau-share 0.5 fits"), "{error}");
    let metrics = fs::read_to_string(here.join("1000000/metrics.csv")).unwrap();
    assert!(metrics.lines().nth(1).unwrap().starts_with("1,1,1.0,"), "{metrics}");
    let metrics = fs::read_to_string(here.join("1/metrics.csv")).unwrap();
    assert!(metrics.lines().nth(1).unwrap().starts_with("1,1297,0.3,"), "{metrics}");
}

/// The note also came for the default schedule, which is a share of the run, and for `--tau-share 1`.
#[test]
fn a_schedule_that_is_a_share_of_the_run_gives_no_note() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let gate = ["train", "gate", "--width", "4", "--epochs", "1", "--batch", "100000", "--quiet"];
    for (i, arguments) in [
        with(&TRAIN, &["--batch", "100000"]),
        with(&TRAIN, &["--tau-share", "1"]),
        with(&TRAIN, &["--tau-share", "0.05"]),
        gate.to_vec(),
    ]
    .iter()
    .enumerate()
    {
        let out = i.to_string();
        let output = gumbel(here, &with(arguments, &["--out", &out]));
        let error = text(&output.stderr);
        assert!(output.status.success() && !error.contains("note: "), "{arguments:?}: {error}");
    }
    let late = with(&TRAIN, &["--batch", "100000", "--tau-rate", "1", "--out", "late"]);
    let error = text(&gumbel(here, &late).stderr);
    assert!(error.contains("after 100 steps, and this run has 1; one step has one"), "{error}");
    assert!(!error.contains("--tau-share"), "{error}");
}

/// At a temperature of 1e10 the gate has no gradient, and all channels were kept without a warning.
#[test]
fn a_gate_that_has_not_moved_gives_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let train = ["train", "gate", "--width", "4", "--epochs", "2", "--quiet"];
    for (rest, warned) in [
        (&["--tau", "1e10", "--out", "hot"][..], true),
        (&["--tau", "1e10", "--lambda", "0", "--out", "free"], false),
        (&["--out", "good"], false),
    ] {
        let error = text(&gumbel(here, &with(&train, rest)).stderr);
        assert_eq!(error.contains("warning: the gate has not moved"), warned, "{rest:?}: {error}");
    }
}

/// A run may start in an empty folder. A folder with other files is refused, and not as a run to resume.
#[test]
fn a_folder_without_a_run_is_not_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::create_dir(here.join("empty")).unwrap();
    assert!(gumbel(here, &with(&TRAIN, &["--out", "empty"])).status.success());
    refused(here, &with(&TRAIN, &["--out", "empty"]), 2, "--resume continues it");
    fs::create_dir(here.join("mine")).unwrap();
    fs::write(here.join("mine/notes.txt"), "mine").unwrap();
    let error = refused(here, &with(&TRAIN, &["--out", "mine"]), 2, "choose another --out");
    assert!(!error.contains("--resume"), "{error}");
}

/// An evaluation of a thousand million samples ran for minutes without a word.
#[test]
fn an_evaluation_that_would_not_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    assert!(gumbel(here, &with(&TRAIN, &["--out", "run"])).status.success());
    for option in ["--iw", "--samples"] {
        let error = refused(
            here,
            &["eval", "run", option, "18446744073709551615"],
            2,
            "days on this machine",
        );
        assert!(error.contains("expected at most") && error.contains("250 images"), "{error}");
    }
    refused(
        here,
        &["eval", "run", "--iw", "0"],
        2,
        "--iw: expected a whole number from 1 on, found 0",
    );
}
