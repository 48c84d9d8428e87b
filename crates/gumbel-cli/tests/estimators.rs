//! Estimators in `gumbel train vae`, several seeds, and `gumbel reproduce estimators` from a user's view.

mod success;
mod user;

use std::fs;

use success::{stdout_of, with};
use user::{gumbel, refused, text};

#[rustfmt::skip]
const SMALL: [&str; 10] = [
    "--data", "digits", "--latents", "4x3", "--hidden", "16", "--epochs", "2", "--lr", "0.01",
];

#[test]
fn an_estimator_has_its_own_options_and_temperature() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let train = |out: &str, rest: &[&str]| {
        let begin = ["train", "vae", "--out", out, "--quiet"];
        stdout_of(here, &with(&with(&begin, &SMALL), rest));
        fs::read_to_string(here.join(out).join("config.toml")).unwrap()
    };
    let rloo = train("rloo", &["--estimator", "rloo", "--samples", "4"]);
    assert!(rloo.contains("estimator = \"rloo\"\nsamples = 4\n"), "{rloo}");
    assert!(!rloo.contains("tau"), "{rloo}");
    // An option with its default value is no other setting.
    let plain = train("plain", &["--estimator", "rloo", "--samples", "2", "--unimix", "0"]);
    assert!(!plain.contains("samples") && !plain.contains("unimix"), "{plain}");
    let learned = train("learned", &["--estimator", "reinforce", "--baseline", "learned"]);
    assert!(learned.contains("baseline = \"learned\""), "{learned}");
    let mixed = train("mixed", &["--estimator", "reinmax", "--unimix", "0.01", "--tau", "1.2"]);
    assert!(mixed.contains("unimix = 0.01") && mixed.contains("tau = 1.2"), "{mixed}");
    // A temperature below that of the paper is a remark.
    let below =
        with(&["train", "vae", "--out", "below", "--estimator", "reinmax", "--tau", "0.5"], &SMALL);
    let notes = text(&gumbel(here, &with(&below, &["--quiet"])).stderr);
    assert!(notes.contains("note: reinmax is defined for temperatures from 1 on"), "{notes}");
    // A run with parameters of an estimator is evaluated and resumed like any other.
    let rebar = train("rebar", &["--estimator", "rebar"]);
    assert!(rebar.contains("estimator = \"rebar\""), "{rebar}");
    assert!(stdout_of(here, &["eval", "rebar"]).contains("nats an image"));
    let again = stdout_of(here, &["train", "vae", "--out", "rebar", "--resume"]);
    assert!(again.contains("nothing was done"), "{again}");

    let wrong = |rest: &[&str], says: &str| {
        refused(here, &with(&["train", "vae"], rest), 2, says);
    };
    wrong(&["--estimator", "rloos"], "rloo");
    wrong(&["--estimator", "zgr", "--samples", "3"], "no number of samples");
    wrong(&["--estimator", "rloo", "--samples", "1"], "at least 2");
    wrong(&["--estimator", "zgr", "--baseline", "mean"], "no baseline");
    wrong(&["--estimator", "zgr", "--tau", "0.5"], "zgr has no temperature");
    wrong(&["--estimator", "arm"], "2 classes");
    wrong(&["--estimator", "exact"], "16384 states");
    wrong(&["--unimix", "1"], "unimix");
    wrong(&["--latents", "gaussian:2", "--unimix", "0.1"], "discrete latents");
    wrong(&["--latents", "gaussian:2", "--estimator", "zgr"], "discrete latents");
    assert!(!here.join("runs").exists(), "nothing was begun");
}

#[test]
fn several_seeds_are_trained_and_continued() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let begin = with(&["train", "vae", "--out", "all", "--seeds", "3", "--seed", "5"], &SMALL);
    let output = gumbel(here, &begin);
    let (out, progress) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{progress}");
    assert!(out.contains("seed 7: test bound") && out.contains("mean test bound"), "{out}");
    assert!(out.contains("standard error over the seeds"), "{out}");
    assert!(progress.contains("run 3 of 3: seed 7") && !progress.contains("epoch"), "{progress}");
    let table = fs::read_to_string(here.join("all/seeds.csv")).unwrap();
    assert_eq!(table.lines().count(), 4, "{table}");
    // A seed of the series is the run of that seed alone.
    stdout_of(here, &with(&["train", "vae", "--out", "one", "--seed", "6", "--quiet"], &SMALL));
    let weights = |run: &str| fs::read(here.join(run).join("weights.safetensors")).unwrap();
    assert_eq!(weights("all/seed-6"), weights("one"));

    refused(here, &begin, 2, "--resume");
    fs::remove_dir_all(here.join("all/seed-7")).unwrap();
    // The first run has the settings.
    let resume = ["train", "vae", "--out", "all", "--seeds", "3", "--seed", "5", "--resume"];
    assert_eq!(stdout_of(here, &resume), out);
    assert_eq!(stdout_of(here, &with(&begin, &["--force"])), out);
    refused(here, &["train", "vae", "--out", "one", "--seeds", "2", "--resume"], 2, "single run");
    refused(here, &["train", "vae", "--seeds", "0"], 2, "1 to 1,000");
}

#[test]
fn estimators_are_compared_and_the_comparison_is_continued() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let begin = [
        "reproduce",
        "estimators",
        "--only",
        "gumbel-softmax,zgr,reinforce:learned",
        "--seeds",
        "2",
        "--epochs",
        "2",
        "--latents",
        "4x3",
        "--out",
        "all",
    ];
    // No time: nothing is begun, and nothing fails.
    let none = gumbel(here, &with(&begin, &["--budget", "1e-9"]));
    assert!(none.status.success() && text(&none.stderr).contains("continues"), "{none:?}");
    let output = gumbel(here, &begin);
    let (out, progress) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{progress}");
    assert!(progress.contains("run 1 of ") && progress.contains("zgr, lr 0.003, seed 0"));
    for name in ["| gumbel-softmax |", "| zgr |", "| reinforce:learned |"] {
        assert!(out.contains(name), "{out}");
    }
    assert!(out.contains("all/report.html"), "{out}");
    let read = |file: &str| fs::read_to_string(here.join("all").join(file)).unwrap();
    assert_eq!(read("estimators.csv").lines().count(), 4);
    assert!(read("search.csv").lines().count() >= 1 + 4 + 2 + 1 + 2 + 1 + 2);
    // The error of the gradient: two epochs are two points.
    let points = read("gradient.csv");
    assert_eq!(points.lines().count(), 1 + 3 * 2, "{points}");
    for picture in ["bounds.png", "curves.png", "gradient.png"] {
        assert_eq!(fs::read(here.join("all").join(picture)).unwrap()[..4], *b"\x89PNG");
    }
    let page = read("report.html");
    assert!(page.contains("reinforce:learned") && page.contains("data:image/svg+xml"));
    // Everything is there: the same table again, and no run.
    let again = gumbel(here, &begin);
    assert_eq!(text(&again.stdout), out);
    assert!(!text(&again.stderr).contains("run 1"), "{}", text(&again.stderr));
    // Without its last point, a training is resumed where it stopped, and gives the same point.
    let folder = here.join("all/zgr/gradient");
    let points = fs::read_to_string(folder.join("gradient.csv")).unwrap();
    let first: Vec<&str> = points.lines().take(2).collect();
    fs::write(folder.join("gradient.csv"), first.join("\n")).unwrap();
    assert_eq!(stdout_of(here, &begin), out);
    assert_eq!(fs::read_to_string(folder.join("gradient.csv")).unwrap(), points);
    // A call for one estimator keeps the others in the report, and other settings need another folder.
    let one = ["reproduce", "estimators", "--only", "zgr", "--seeds", "2", "--out", "all"];
    let one = with(&one, &["--epochs", "2", "--latents", "4x3"]);
    assert_eq!(stdout_of(here, &one), out);
    // More seeds than the others have: they leave the table, and a note says so.
    let more = ["reproduce", "estimators", "--only", "zgr", "--seeds", "3", "--out", "all"];
    let more = gumbel(here, &with(&more, &["--epochs", "2", "--latents", "4x3"]));
    let (table, notes) = (text(&more.stdout), text(&more.stderr));
    assert!(table.contains("| zgr |") && !table.contains("| gumbel-softmax |"), "{table}");
    for left_out in ["gumbel-softmax", "reinforce:learned"] {
        let note = format!("note: {left_out} is not in the table: it is finished for 2 of 3 seeds");
        assert!(notes.contains(&note), "{notes}");
    }
    let other = ["reproduce", "estimators", "--only", "zgr", "--epochs", "3", "--out", "all"];
    refused(here, &with(&other, &["--latents", "4x3"]), 1, "another folder with --out");

    refused(here, &["reproduce", "estimators", "--only", "zgr:mean"], 2, "reinforce");
    refused(here, &["reproduce", "estimators", "--only", "zrg"], 2, "zgr");
    refused(here, &["reproduce", "estimators", "--latents", "gaussian:2"], 2, "Gaussian");
    refused(here, &["reproduce", "estimators", "--budget", "-1"], 2, "minutes");
}
