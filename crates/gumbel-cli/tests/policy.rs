//! `gumbel train policy`, `eval` and `play` from a user's view.

mod success;
mod user;

use std::fs;

use success::{stdout_of, with};
use user::{gumbel, refused, text};

/// A maze that is learned in a moment.
const MAP: &str = "S.~.\n.#.T\n...G\n";

#[test]
fn an_agent_is_trained_evaluated_and_watched() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("maze.txt"), MAP).unwrap();
    let begin = ["train", "policy", "--map", "maze.txt", "--epochs", "10", "--out", "run"];
    let output = gumbel(here, &begin);
    let out = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for part in ["return ", "at best ", "regret ", "of the environment", "run/report.html"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(here.join("run/summary.json")).unwrap()).unwrap();
    let number = |key: &str| summary[key].as_f64().unwrap();
    assert!(number("uniform_return") < number("return"), "{summary}");
    assert!(number("return") <= number("optimal_return") + 1e-12, "{summary}");
    for file in ["policy.png", "learning.png", "path.png"] {
        assert_eq!(fs::read(here.join("run").join(file)).unwrap()[..4], *b"\x89PNG", "{file}");
    }
    assert!(fs::read(here.join("run/episode.gif")).unwrap().starts_with(b"GIF89a"));
    let page = fs::read_to_string(here.join("run/report.html")).unwrap();
    assert!(page.contains("The policy") && page.contains("data:image/gif"));

    let evaluated = stdout_of(here, &["eval", "run"]);
    assert!(evaluated.contains(&format!("{:.4}", number("return"))), "{evaluated}");
    let json = stdout_of(here, &["eval", "run", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["return"], summary["return"]);

    let played = stdout_of(here, &["play", "run", "--episodes", "12"]);
    assert!(played.contains("episode 9: return") && played.contains("and 2 more"), "{played}");
    assert!(played.contains("mean return"), "{played}");
    let shown = stdout_of(here, &["play", "run", "--render", "terminal", "--greedy"]);
    let start = "@.~.\n.#.T\n...G\nepisode 0, step 0: the start, return so far 0.00\n\n";
    assert!(shown.starts_with(start), "{shown}");
    assert!(
        shown.contains("episode 0, step 2: ") && shown.contains(", not discounted,"),
        "{shown}"
    );
    let said = stdout_of(here, &["play", "run", "--render", "film.gif"]);
    assert!(said.contains("film.gif: an episode of "), "{said}");
    assert!(fs::read(here.join("film.gif")).unwrap().starts_with(b"GIF89a"));

    refused(here, &begin, 2, "exists already");
    let again = ["train", "policy", "--out", "run", "--resume"];
    assert!(stdout_of(here, &again).contains("nothing was done"));
    refused(here, &["eval", "run", "--iw", "10"], 2, "--iw");
    refused(here, &["play", "run", "--render", "film.png"], 2, ".gif");
    refused(here, &["play", "missing"], 1, "missing");
    refused(here, &["encode", "run"], 1, "train policy");
}

#[test]
fn every_method_trains_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("maze.txt"), MAP).unwrap();
    for method in ["reinforce", "rloo", "grpo", "a2c", "ppo", "exact", "model"] {
        let begin = ["train", "policy", "--map", "maze.txt", "--method", method, "--out", method];
        let small = ["--epochs", "2", "--updates", "4", "--environments", "8", "--quiet"];
        let out = stdout_of(here, &with(&begin, &small));
        assert!(out.contains("regret"), "{method}: {out}");
    }
    let other = ["--method", "model", "--estimator", "gumbel-softmax", "--lookahead", "3"];
    let begin = ["train", "policy", "--map", "maze.txt", "--out", "soft", "--epochs", "2"];
    stdout_of(here, &with(&with(&begin, &other), &["--updates", "2", "--tau", "0.5"]));
    let cartpole = ["train", "policy", "--env", "cartpole", "--out", "pole", "--epochs", "1"];
    let out = stdout_of(here, &with(&cartpole, &["--updates", "16", "--horizon", "32"]));
    assert!(out.contains("means of 100 episodes"), "{out}");
    // Only mazes were shown.
    let shown = stdout_of(here, &["play", "pole", "--render", "terminal"]);
    assert!(shown.contains("episode 0, step 3: ") && shown.contains("angle"), "{shown}");
    let said = stdout_of(here, &["play", "pole", "--render", "pole.gif"]);
    assert!(said.contains("pole.gif: an episode of "), "{said}");
    assert!(fs::read(here.join("pole/last.png")).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn maps_that_are_none_are_refused_with_row_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for (map, part) in [
        ("S.x\n..G\n", "row 1, column 3"),
        ("S..\n..\n..G\n", "row 2, column 3"),
        ("S#.\n##G\n", "row 1, column 1"),
        ("...\n..G\n", "start"),
        ("", "an empty line"),
    ] {
        fs::write(here.join("maze.txt"), map).unwrap();
        refused(here, &["train", "policy", "--map", "maze.txt", "--out", "no"], 1, part);
        assert!(!here.join("no").exists());
    }
    refused(here, &["train", "policy", "--map", "none.txt"], 1, "none.txt");
    refused(here, &["train", "policy", "--method", "reinfroce"], 2, "reinforce");
    refused(here, &["train", "policy", "--env", "cartpole", "--method", "exact"], 2, "maze");
    refused(here, &["train", "policy", "--clip", "0.1"], 2, "clip");
    refused(here, &["train", "policy", "--map-seed", "1", "--map", "maze.txt"], 2, "--map");
}

/// They were taken and did nothing, failed about an option that nobody gave, or trained what cannot learn.
#[test]
fn options_that_a_method_does_not_have_are_refused_by_their_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for (options, part) in [
        ("--tau 0.5", "--tau: reinforce has no estimator"),
        ("--horizon 5", "--horizon: reinforce"),
        ("--target-rate 0.1", "--target-rate: reinforce does not use it"),
        ("--method model --lambda 0.9", "--lambda: model does not use it"),
        ("--method rloo --environments 1", "--environments: rloo"),
        ("--method grpo --environments 1", "--environments: grpo"),
        ("--method ppo --minibatches 16 --environments 4 --horizon 4", "--minibatches"),
        ("--method a2c --environments 100000 --horizon 100000", "--horizon"),
        ("--method model --estimator arm", "--estimator: arm"),
        ("--env cartpole --map-seed 3", "--map-seed"),
        ("--env particles --method model", "--method: model"),
        ("--method ddpg --target-rate 2", "--target-rate"),
    ] {
        let options: Vec<&str> = options.split(' ').collect();
        let found = gumbel(here, &with(&["train", "policy", "--out", "no"], &options));
        let message = text(&found.stderr);
        assert!(!found.status.success() && message.contains(part), "{options:?}: {message}");
        assert!(!here.join("no").exists(), "{options:?}");
    }
}

#[test]
fn a_map_is_text_in_utf_8_with_or_without_a_mark_and_not_too_large() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let begin = ["train", "policy", "--quiet", "--map", "maze.txt", "--epochs", "1"];
    fs::write(here.join("maze.txt"), b"S.\xff\n").unwrap();
    refused(here, &with(&begin, &["--out", "no"]), 1, "row 1, column 3: expected text in UTF-8");
    fs::write(here.join("maze.txt"), format!("S{}G\n", ".".repeat(1_100))).unwrap();
    refused(here, &with(&begin, &["--out", "no"]), 2, "cells");
    fs::write(here.join("maze.txt"), "\u{feff}S.\n.G\n").unwrap();
    stdout_of(here, &with(&begin, &["--out", "marked"]));
    // All choices are equally good: the regret was NaN, and the return was said to be a mean of episodes.
    fs::write(here.join("maze.txt"), "SG\n").unwrap();
    let out = stdout_of(here, &with(&begin, &["--out", "line"]));
    assert!(out.contains("regret     none") && out.contains("at best 1.0000"), "{out}");
    let again = stdout_of(here, &["train", "policy", "--out", "line", "--resume", "--quiet"]);
    assert!(again.contains("at best 1.0000"), "{again}");
}

#[test]
fn methods_are_compared_and_the_comparison_continues() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let begin = ["reproduce", "policies", "--seeds", "2", "--epochs", "2", "--out", "all"];
    let begin = with(&begin, &["--only", "exact,model:gumbel-softmax,reinforce"]);
    let none = gumbel(here, &with(&begin, &["--budget", "1e-9"]));
    assert!(none.status.success() && text(&none.stderr).contains("continues"), "{none:?}");
    let output = gumbel(here, &begin);
    let (out, progress) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{progress}");
    for name in ["| exact | 2 |", "| model:gumbel-softmax | 2 |", "| reinforce | 2 |"] {
        assert!(out.contains(name), "{out}");
    }
    assert!(progress.contains("run 1 of 9: exact, seed 0"), "{progress}");
    let read = |file: &str| fs::read_to_string(here.join("all").join(file)).unwrap();
    assert_eq!(read("policies.csv").lines().count(), 4);
    assert_eq!(read("curves.csv").lines().count(), 1 + 3 * 2 * 2);
    assert_eq!(fs::read(here.join("all/curves.png")).unwrap()[..4], *b"\x89PNG");
    assert!(read("report.html").contains("model:gumbel-softmax"));
    let again = gumbel(here, &begin);
    assert_eq!(text(&again.stdout), out);
    assert!(!text(&again.stderr).contains("run 1"), "{}", text(&again.stderr));
    refused(here, &with(&["reproduce", "policies", "--only"], &["ppo:rloo"]), 2, "no estimator");
    refused(here, &with(&["reproduce", "policies", "--only"], &["pop"]), 2, "ppo");
    let pole = ["reproduce", "policies", "--env", "cartpole", "--out", "pole", "--only", "model"];
    refused(here, &pole, 2, "--only: model:straight-through-gumbel-softmax in cartpole");
}
