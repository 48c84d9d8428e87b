//! `gumbel train gate`, `train rgb`, `channels` and `reproduce frequency` from a user's view.

mod success;
mod user;

use std::fs;
use std::path::Path;

use gumbel_jpeg::{Encoding, encode_rgb};

use success::{stdout_of, with};
use user::{gumbel, refused, text};

/// Settings of a network that trains in a moment.
const TINY: [&str; 6] = ["--width", "8", "--blocks", "1", "--epochs", "1"];

#[test]
fn train_list_channels_and_evaluate() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let output = gumbel(here, &with(&["train", "gate"], &TINY));
    let (out, progress) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{progress}");
    for part in ["test accuracy ", "250 images)", " of 192 read of an image", " MFLOP an image"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let gate = "runs/gate-digits-jpeg-001";
    assert!(out.contains(&format!("{gate}/report.html")), "{out}");
    assert!(progress.contains("epoch 1/1") && progress.contains("tau"), "{progress}");
    let run = here.join(gate);
    // images.png is there only if the gate makes different choices.
    for file in ["kept", "accuracy", "loss", "rate", "gates", "calibration", "confusion"] {
        let png = fs::read(run.join(file).with_extension("png")).unwrap();
        assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n", "{file}");
    }

    let table = stdout_of(here, &["channels", gate, "--keep", "24", "--out", "kept.png"]);
    assert!(table.contains("of 192 (") && table.contains("picture    kept.png"), "{table}");
    let names: Vec<&str> =
        table.lines().skip(2).take(24).map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(table.lines().count(), 27, "{table}");
    assert_eq!(fs::read(here.join("kept.png")).unwrap()[..4], *b"\x89PNG");
    let rows: serde_json::Value =
        serde_json::from_str(&stdout_of(here, &["channels", gate, "--json"])).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 192);
    assert!(fs::read_to_string(run.join("channels.svg")).unwrap().starts_with("<svg"));

    let fixed = ["train", "gate", "--channels", gate, "--keep", "24", "--out", "fixed", "--quiet"];
    let out = stdout_of(here, &with(&fixed, &TINY));
    assert!(out.contains("channels   24.0 of 192"), "{out}");
    let settings = fs::read_to_string(here.join("fixed/config.toml")).unwrap();
    assert!(settings.contains("the 24 most probable of runs/gate-digits-jpeg-001"), "{settings}");
    // The numbers of the channels in the table.
    let number = |name: &&str| {
        let rows = rows.as_array().unwrap();
        let row = rows.iter().find(|row| row["channel"] == *name).unwrap();
        row["index"].as_u64().unwrap() as usize
    };
    let mut expected: Vec<usize> = names.iter().map(number).collect();
    expected.sort_unstable();
    let list = settings.split("channels = [").nth(1).unwrap().split(']').next().unwrap();
    let found: Vec<usize> =
        list.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    assert_eq!(found, expected);

    // Evaluation gives the results of the training, each time, on any number of threads.
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(run.join("summary.json")).unwrap()).unwrap();
    let first = stdout_of(here, &["eval", gate, "--json"]);
    assert_eq!(first, stdout_of(here, &["eval", gate, "--json", "--threads", "1"]));
    let evaluation: serde_json::Value = serde_json::from_str(&first).unwrap();
    for figure in ["test_accuracy", "low", "high", "test_loss", "channels", "images"] {
        assert_eq!(evaluation[figure], summary[figure], "{figure}");
    }
    let words = stdout_of(here, &["eval", gate]);
    assert_eq!(words, stdout_of(here, &["eval", gate]));
    assert!(words.contains("channels kept 192.00 of 192"), "{words}");
    let expectation = stdout_of(here, &["eval", gate, "--expectation"]);
    assert!(expectation.contains("the sum of P(on) 1"), "{expectation}");
    assert_ne!(words.lines().nth(1), expectation.lines().nth(1));
    assert!(stdout_of(here, &["eval", "fixed", "--images", "10"]).contains("10 images)"));

    let list = stdout_of(here, &["runs", "list"]);
    assert!(list.contains(gate) && list.contains("gate for each image"), "{list}");
    assert!(list.contains("digits-jpeg") && list.contains("test accuracy"), "{list}");
    let list = stdout_of(here, &["runs", "list", "--dir", "."]);
    assert!(list.contains("24 channels"), "{list}");

    // --force also removes the pictures of the earlier run.
    let again = ["train", "gate", "--channels", "low", "--out", gate, "--force", "--quiet"];
    stdout_of(here, &with(&again, &TINY));
    assert!(!run.join("channels.svg").exists() && !run.join("rate.png").exists());
}

#[test]
fn resuming_takes_the_settings_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let nothing = |arguments: &[&str]| {
        let out = stdout_of(here, arguments);
        assert!(out.starts_with("this run is finished; nothing was done"), "{out}");
    };
    stdout_of(here, &with(&["train", "rgb", "--stem", "patch", "--out", "rgb", "--quiet"], &TINY));
    stdout_of(here, &with(&["train", "gate", "--lambda", "2", "--out", "gate", "--quiet"], &TINY));
    nothing(&["train", "rgb", "--out", "rgb", "--resume"]);
    nothing(&["train", "rgb", "--stem", "patch", "--out", "rgb", "--resume"]);
    nothing(&["train", "gate", "--out", "gate", "--resume"]);
    nothing(&["train", "gate", "--lambda", "2", "--out", "gate", "--resume"]);
    let other: [(&[&str], &str); 4] = [
        (
            &["rgb", "--out", "rgb", "--stem", "strided"],
            "pixels-patch there and pixels-strided here",
        ),
        (&["gate", "--out", "gate", "--lr", "0.5"], "lr is 0.004 there and 0.5 here"),
        (&["gate", "--out", "gate", "--lambda", "3"], "gate is"),
        (&["gate", "--out", "gate", "--channels", "low"], "channels is none there and [0,1,"),
    ];
    for (arguments, part) in other {
        refused(here, &[&["train"], arguments, &["--resume"]].concat(), 1, part);
    }
    refused(here, &["train", "gate", "--out", "rgb", "--resume"], 1, "is a run of train rgb");
    refused(here, &["train", "gate", "--out", "gate"], 2, "--resume");
    for arguments in [&["channels", "rgb"][..], &["train", "gate", "--channels", "rgb"]] {
        refused(here, arguments, 1, "has no gate: it is a run of train rgb, which reads pixels");
    }
    // A folder with another kind of run is refused without the advice to resume it.
    refused(here, &["train", "vae", "--out", "gate"], 2, "of another kind: choose another --out");
    refused(here, &["channels", "nowhere"], 1, "nowhere");
    refused(here, &["channels", "gate", "--keep", "0"], 2, "1 to 192");
    refused(here, &["channels", "gate", "--out", "channels.jpg"], 2, "FILE.svg");
    for keep in ["0", "193", "200"] {
        let arguments = ["train", "gate", "--channels", "gate", "--keep", keep];
        refused(
            here,
            &arguments,
            2,
            &format!("expected a whole number from 1 to 192, found {keep}"),
        );
    }
    refused(here, &["eval", "gate", "--samples", "3"], 2, "--samples: belongs to");
    refused(here, &["eval", "gate", "--iw", "3"], 2, "--iw: belongs to");
    refused(here, &["eval", "gate", "--images", "251"], 2, "1 to 250");
    refused(
        here,
        &["sample", "gate"],
        1,
        "expected a run of train vae, found one of train gate: gumbel eval and gumbel channels",
    );
}

#[test]
fn wrong_usage_is_one_line_and_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let cases: [(&[&str], &str); 26] = [
        (&["--channels", "nonsense"], "all, low, random, the folder of a run, or a list"),
        (&["--channels", "Y0,0+Y0,8"], "Y0,8"),
        (&["--channels", "Y0,0+Y0,0"], "once"),
        (&["--channels", "Y0,0+Y0,1", "--keep", "3"], "keep"),
        (&["--channels", "all", "--keep", "24"], "keep: all are 192"),
        (&["--channels", "low", "--keep", "0"], "1 to 192"),
        (&["--channels", "low", "--channel-seed", "1"], "channel-seed"),
        (&["--channels", "low", "--lambda", "1"], "--lambda"),
        (&["--keep", "24"], "--channels"),
        (&["--lambda", "-1"], "lambda: expected a number from 0 to 1e30, found -1"),
        (&["--lambda", "NaN"], "lambda"),
        (&["--target", "2"], "target: expected a share from 0 to 1, found 2"),
        (&["--grid", "4"], "as in 32x32, found 4"),
        (&["--grid", "0x4"], "--grid: rows: expected"),
        (&["--grid", "4x9000"], "--grid: columns: expected"),
        (&["--initial-keep", "1"], "--initial-keep: expected"),
        (&["--squeeze", "max"], "mean-absolute"),
        (&["--tau", "0"], "tau"),
        (&["--tau", "1", "--tau-floor", "0.1"], "--tau"),
        (&["--lr", "0"], "lr"),
        (&["--width", "0"], "width"),
        (&["--blocks", "101"], "blocks"),
        (&["--epochs", "0"], "epochs"),
        (&["--shards", "0"], "shards"),
        (&["--threads", "0"], "threads"),
        (&["--resume"], "--out"),
    ];
    for (arguments, part) in cases {
        refused(here, &with(&["train", "gate"], arguments), 2, part);
    }
    refused(here, &["train", "rgb", "--stem", "x"], 2, "strided or patch, found \"x\"");
    refused(here, &["train", "rgb", "--lambda", "1"], 2, "--lambda");
    let reproduce = |rest: &[&'static str]| with(&["reproduce", "frequency"], rest);
    refused(here, &reproduce(&["--only", "nonsense"]), 2, "learned-N");
    refused(here, &reproduce(&["--seeds", "0"]), 2, "--seeds");
    refused(here, &reproduce(&["--lambda", "-1"]), 2, "penalty: lambda");
    // Refused before the first run, although the second gate is trained later.
    refused(here, &reproduce(&["--second-lambda", "-1", "--quiet"]), 2, "penalty: lambda");
    assert_eq!(fs::read_dir(here).unwrap().count(), 0, "nothing was written");
}

/// A small colour picture, brighter for a higher number.
fn photo(number: usize) -> Vec<u8> {
    let pixels: Vec<u8> = (0..3 * 24 * 16).map(|i| (10 * number + i % 97) as u8).collect();
    encode_rgb(&pixels, 24, 16, &Encoding::default()).unwrap()
}

fn photographs(here: &Path, classes: &[&str]) {
    for (class, name) in classes.iter().enumerate() {
        let dir = here.join("photos").join(name);
        fs::create_dir_all(&dir).unwrap();
        for i in 0..20 {
            fs::write(dir.join(format!("{i:02}.JPG")), photo(10 * class + i % 5)).unwrap();
        }
    }
}

#[test]
fn a_folder_with_bad_files() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    photographs(here, &["cats", "dogs"]);
    let cats = here.join("photos/cats");
    let whole = photo(1);
    fs::write(cats.join("cut.jpg"), &whole[..whole.len() / 2]).unwrap();
    fs::write(cats.join("text.jpg"), "not a picture").unwrap();
    fs::write(cats.join("notes.txt"), "nothing").unwrap();
    let train = ["train", "gate", "--data", "photos", "--batch", "8"];
    let strict = [&train[..], &["--strict", "--out", "run"]].concat();
    let error = refused(here, &strict, 1, "photos/cats/cut.jpg");
    assert!(error.contains("without --strict"), "{error}");
    assert!(!here.join("run").exists());

    let output = gumbel(here, &[&train[..], &TINY, &["--out", "run"]].concat());
    let progress = text(&output.stderr);
    assert!(output.status.success(), "{progress}");
    for part in [
        "32 training, 4 validation and 4 test images",
        "2 x 3 blocks",
        "2 files left out",
        "cats/cut.jpg",
        "cats/text.jpg: not a JPEG",
        "1 other file passed over",
    ] {
        assert!(progress.contains(part), "{part}: {progress}");
    }
    let out = stdout_of(here, &["eval", "run", "--quiet"]);
    assert!(out.contains("4 images)"), "{out}");
    // From another folder too: the run has the absolute path of the images.
    fs::create_dir(here.join("elsewhere")).unwrap();
    assert_eq!(stdout_of(&here.join("elsewhere"), &["eval", "../run", "--quiet"]), out);

    // Files left out are named even with --quiet. They are removed, so that errors below are one line.
    let quiet = gumbel(here, &["eval", "run", "--quiet"]);
    assert!(text(&quiet.stderr).contains("cats/cut.jpg"), "{}", text(&quiet.stderr));
    for bad in ["cut.jpg", "text.jpg"] {
        fs::remove_file(cats.join(bad)).unwrap();
    }

    // Other images under the same name, then a folder without parts, then other classes.
    fs::write(cats.join("00.JPG"), photo(25)).unwrap();
    refused(here, &["eval", "run", "--quiet"], 1, "is not what the run was trained on");
    assert!(
        stdout_of(here, &["eval", "run", "--quiet", "--data", "photos"]).contains("40 images)")
    );
    let resume = [&train[..], &["--out", "run", "--resume", "--quiet"]].concat();
    refused(here, &resume, 1, "other data");
    fs::rename(&cats, here.join("photos/horses")).unwrap();
    let other = ["eval", "run", "--quiet", "--data", "photos"];
    refused(here, &other, 1, "has the classes dogs, horses; the run knows cats, dogs");
}

/// Runs the command, asserts that it fails, and that it says in three lines what was found, how a folder must look, and
/// what to do without a folder of test images.
fn misshapen(here: &Path, arguments: &[&str], part: &str) {
    let output = gumbel(here, arguments);
    let error = text(&output.stderr);
    let lines: Vec<&str> = error.lines().collect();
    let [found, shape, missing] = lines[..] else { panic!("{error}") };
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(found.starts_with("error: ") && found.contains(part), "{error}");
    assert!(shape.contains("DIR/train/CLASS/*.jpg") && shape.contains("or DIR/CLASS/*.jpg"));
    assert!(
        missing.starts_with("the folders test and validation may be missing")
            && missing.contains("a tenth"),
        "{error}"
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn folders_that_are_not_data_sets() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let gate = ["train", "gate", "--data", "photos"];
    misshapen(here, &gate, "photos: expected photographs in one folder for each class");
    misshapen(here, &["train", "gate", "--data", "mnist"], "mnist is a set of train vae");
    fs::create_dir(here.join("photos")).unwrap();
    misshapen(here, &gate, "no JPEG");
    photographs(here, &["cats"]);
    let one = "two or more folders of JPEGs, one for each class, found one, \"cats\"";
    misshapen(here, &gate, one);
    // Photographs without folders of classes.
    let flat = ["train", "gate", "--data", "photos/cats"];
    misshapen(here, &flat, "photographs in one folder for each class (CLASS/*.jpg, or");
    misshapen(here, &flat, "JPEGs directly in it");
    fs::write(here.join("file"), "a file").unwrap();
    misshapen(here, &["train", "rgb", "--data", "file"], "found a file");
    assert!(!here.join("runs").exists());
    let help = text(&gumbel(here, &["train", "gate", "--help"]).stdout);
    for part in ["DIR/train/CLASS/*.jpg  ", "DIR/test/CLASS/*.jpg  ", "or DIR/CLASS/*.jpg"] {
        assert!(help.contains(part), "{help}");
    }
}

#[test]
fn a_finished_comparison_is_not_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let arguments = with(&["reproduce", "frequency", "--only", "gate,all", "--seeds", "1"], &TINY);
    let output = gumbel(here, &arguments);
    let (out, progress) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{progress}");
    assert!(progress.contains("gate, seed 0") && progress.contains("all, seed 0"), "{progress}");
    let runs = here.join("runs/frequency-digits-jpeg");
    for file in ["comparison.md", "comparison.csv", "accuracy.png", "channels.png", "report.html"] {
        assert!(runs.join(file).is_file(), "{file}");
    }
    let table = fs::read_to_string(runs.join("comparison.md")).unwrap();
    assert!(out.starts_with(table.trim_end()) && out.contains("report.html"), "{out}");
    assert!(out.contains("\n| gate | ") && out.contains("\n| all | "), "{out}");
    let again = gumbel(here, &arguments);
    assert_eq!(text(&again.stdout), out);
    assert!(!text(&again.stderr).contains("seed 0"), "{}", text(&again.stderr));
    let other = with(&arguments, &["--lr", "0.5"]);
    refused(here, &with(&other, &["--quiet"]), 1, "lr is 0.004 there and 0.5 here");
}
