//! Runs on data that have moved, and settings at the ends of their range.

mod compared;
mod success;
mod user;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use gumbel_jpeg::{Encoding, encode_rgb};

use compared::{OF_THIS_RUN, compared};
use success::{stdout_of, with};
use user::{command, refused, text};

/// Writes four idx files of images of 4x4 pixels; some pixels have this value.
fn write_digits(folder: &Path, value: u8) {
    let images = |n: u32| {
        let pixels = (0..n * 16).map(|i| if i % 7 == i / 16 % 7 { value } else { 30 });
        let head = [&[0, 0, 8, 3][..], &n.to_be_bytes(), &[0, 0, 0, 4, 0, 0, 0, 4]].concat();
        head.into_iter().chain(pixels).collect::<Vec<u8>>()
    };
    let labels = |n: u32| [&[0, 0, 8, 1][..], &n.to_be_bytes(), &vec![1; n as usize]].concat();
    fs::create_dir_all(folder).unwrap();
    for (name, bytes) in [
        ("train-images-idx3-ubyte", images(60)),
        ("train-labels-idx1-ubyte", labels(60)),
        ("t10k-images-idx3-ubyte", images(12)),
        ("t10k-labels-idx1-ubyte", labels(12)),
    ] {
        fs::write(folder.join(name), bytes).unwrap();
    }
}

const SMALL: [&str; 7] = ["--latents", "2x3", "--hidden", "none", "--batch", "10", "--quiet"];

/// Asserts that two run folders have the same files, byte for byte, except times and machines.
fn assert_same(a: &Path, b: &Path) {
    let names = |run: &Path| {
        let entries = fs::read_dir(run).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names.retain(|name| OF_THIS_RUN.iter().all(|other| name != other));
        names
    };
    assert_eq!(names(a), names(b));
    for name in names(a) {
        let same = compared(&a.join(&name)) == compared(&b.join(&name));
        assert!(same, "{name:?} differs");
    }
}

/// Starts a training and kills it after its first checkpoint. On a busy machine it may end before the kill;
/// then it is started again.
fn start_and_kill(here: &Path, arguments: &[&str], out: &str) {
    let run = here.join(out);
    for _ in 0..10 {
        let mut child = command(here, arguments).stdout(Stdio::null()).spawn().unwrap();
        while !run.join("checkpoint.safetensors").exists() {
            assert!(child.try_wait().unwrap().is_none(), "it ended without a checkpoint");
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if !run.join("summary.json").exists() {
            return;
        }
        fs::remove_dir_all(&run).unwrap();
    }
    panic!("it ended before it was killed, ten times");
}

#[test]
fn a_run_on_idx_files_can_be_used_after_their_folder_moved() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write_digits(&here.join("old"), 255);
    let train = |out: &'static str| {
        with(&["train", "vae", "--data", "old", "--epochs", "300", "--out", out], &SMALL)
    };
    stdout_of(here, &train("whole"));
    let before = stdout_of(here, &["eval", "whole"]);
    start_and_kill(here, &train("run"), "run");
    fs::create_dir(here.join("disk")).unwrap();
    fs::rename(here.join("old"), here.join("disk/new name")).unwrap();
    let moved = "disk/new name";

    // Without the new folder, the error names --data.
    let resume = ["train", "vae", "--resume", "--quiet", "--out", "run"];
    for arguments in [&["eval", "whole"][..], &["encode", "whole"], &resume] {
        let error = refused(here, arguments, 1, "--data DIR");
        assert!(error.contains("/old"), "{error}");
    }
    stdout_of(here, &["sample", "whole"]);

    assert_eq!(stdout_of(here, &["eval", "whole", "--data", moved]), before);
    stdout_of(here, &with(&resume, &["--data", moved]));
    assert_same(&here.join("whole"), &here.join("run"));
    let done = stdout_of(here, &with(&resume, &["--data", moved]));
    assert!(done.contains("nothing was done"), "{done}");
    stdout_of(here, &["encode", "whole", "--data", moved]);

    // --data-dir finds the folder by its name, or is the folder itself.
    assert_eq!(stdout_of(here, &["eval", "whole", "--data-dir", moved]), before);
    refused(here, &["eval", "whole", "--data-dir", "disk"], 1, "expected the idx files of");
    fs::rename(here.join(moved), here.join("disk/old")).unwrap();
    assert_eq!(stdout_of(here, &["eval", "whole", "--data-dir", "disk"]), before);
    stdout_of(here, &["encode", "whole", "--data-dir", "disk"]);
    stdout_of(here, &with(&resume, &["--data-dir", "disk"]));

    // Other data are refused; the error has both checksums.
    write_digits(&here.join("other"), 254);
    let settings = fs::read_to_string(here.join("whole/config.toml")).unwrap();
    let sum = settings.split("sha256 = \"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for arguments in [
        &["eval", "whole", "--data", "other"][..],
        &["eval", "whole", "--data", "digits"],
        &["eval", "whole", "--data-dir", "other"],
        &with(&resume, &["--data", "other"]),
    ] {
        let error = refused(here, arguments, 1, &sum);
        assert_eq!(error.matches("sha256").count() + error.matches("found").count(), 2, "{error}");
    }
    // The embedded digits have no folder.
    stdout_of(
        here,
        &with(&["train", "vae", "--data", "digits", "--epochs", "1", "--out", "embedded"], &SMALL),
    );
    let error = refused(here, &["eval", "embedded", "--data", "other"], 1, "leave out --data");
    assert!(!error.contains("--data DIR"), "{error}");
    refused(here, &["eval", "whole", "--data", "digits"], 1, "in the embedded digits: name the");
    let gate = ["channels", "embedded"];
    refused(here, &gate, 1, "expected a run of train gate, found one of train vae");
    let error = refused(here, &["eval", "whole", "--data", "minst"], 2, "fashion-mnist");
    assert!(error.contains("minst"), "{error}");
}

/// A small colour picture, brighter for a higher number.
fn photo(number: usize) -> Vec<u8> {
    let pixels: Vec<u8> = (0..3 * 24 * 16).map(|i| (10 * number + i % 97) as u8).collect();
    encode_rgb(&pixels, 24, 16, &Encoding::default()).unwrap()
}

fn write_photographs(folder: &Path) {
    for (class, name) in ["cats", "dogs"].iter().enumerate() {
        fs::create_dir_all(folder.join(name)).unwrap();
        for i in 0..20 {
            let file = folder.join(name).join(format!("{i:02}.jpg"));
            fs::write(file, photo(10 * class + i % 5)).unwrap();
        }
    }
}

#[test]
fn a_run_on_photographs_can_be_used_after_their_folder_moved() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write_photographs(&here.join("old"));
    let tiny = ["--width", "4", "--blocks", "1", "--batch", "8", "--epochs", "60", "--quiet"];
    for kind in ["gate", "rgb"] {
        let (whole, run) = (format!("{kind}-whole"), format!("{kind}-run"));
        let train =
            |out| with(&["train", kind, "--data", "old", "--no-cache", "--out", out], &tiny);
        stdout_of(here, &train(&whole));
        let before = stdout_of(here, &["eval", &whole, "--quiet"]);
        assert!(before.contains("4 images)"), "{before}");
        start_and_kill(here, &train(&run), &run);
        fs::rename(here.join("old"), here.join("new")).unwrap();

        let resume = ["train", kind, "--resume", "--quiet", "--out", &run];
        for arguments in [&["eval", &whole, "--quiet"][..], &resume] {
            let error = refused(here, arguments, 1, "--data DIR");
            assert!(error.contains("/old"), "{error}");
        }
        // The run's own test images, not all images of the folder.
        assert_eq!(stdout_of(here, &["eval", &whole, "--quiet", "--data", "new"]), before);
        stdout_of(here, &with(&resume, &["--data", "new"]));
        assert_same(&here.join(&whole), &here.join(&run));

        // One more file makes other data.
        fs::write(here.join("new/cats/more.jpg"), photo(3)).unwrap();
        let error = refused(here, &with(&resume, &["--data", "new"]), 1, "other data (sha256 ");
        assert!(error.contains(", now "), "{error}");
        let all = stdout_of(here, &["eval", &whole, "--quiet", "--data", "new"]);
        assert!(all.contains("41 images)"), "{all}");
        fs::remove_file(here.join("new/cats/more.jpg")).unwrap();
        fs::rename(here.join("new"), here.join("old")).unwrap();
    }
}

/// Without --data, the error named settings of the smoke set, "flip is true there and false here".
#[test]
fn a_comparison_on_photographs_continues_only_with_their_new_folder() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write_photographs(&here.join("old"));
    let tiny = ["--width", "4", "--blocks", "1", "--epochs", "1", "--seeds", "1", "--quiet"];
    let reproduce = |rest: &[&'static str]| {
        let first = ["reproduce", "frequency", "--no-cache", "--out", "cmp"];
        with(&with(&first, &tiny), rest)
    };
    stdout_of(here, &reproduce(&["--only", "low-3", "--data", "old"]));
    fs::rename(here.join("old"), here.join("new")).unwrap();
    let table = stdout_of(here, &reproduce(&["--only", "low-3,low-4", "--data", "new"]));
    assert!(table.contains("| low-3 | ") && table.contains("| low-4 | "), "{table}");
    // A variant that has a run, and a variant without one.
    for variant in ["low-3", "low-5"] {
        let error =
            refused(here, &reproduce(&["--only", variant]), 1, "was trained on other data: ");
        assert!(
            error.contains("/old there, here the smoke set, which is taken without --data;"),
            "{error}"
        );
        assert!(!here.join("cmp/low-5-seed-0").exists());
    }
    write_photographs(&here.join("other"));
    fs::remove_file(here.join("other/cats/00.jpg")).unwrap();
    let other = reproduce(&["--only", "low-3", "--data", "other"]);
    refused(here, &other, 1, "/old there, here /");
}

/// The largest seeds are written so that they can be read again.
#[test]
fn a_run_with_the_largest_seed_can_be_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for seed in ["9223372036854775807", "9223372036854775808", "18446744073709551615"] {
        let train = with(
            &["train", "vae", "--data", "digits", "--epochs", "1", "--seed", seed, "--out", "run"],
            &SMALL,
        );
        stdout_of(here, &train);
        assert!(stdout_of(here, &["eval", "run"]).contains("nats"));
        assert!(
            stdout_of(here, &["train", "vae", "--out", "run", "--resume"]).contains("nothing was")
        );
        assert!(stdout_of(here, &["runs", "list", "--dir", "."]).contains(seed));
        refused(here, &["train", "vae", "--out", "run", "--resume", "--seed", "1"], 1, seed);
        stdout_of(here, &with(&train, &["--force"]));
        stdout_of(here, &["sample", "run", "--seed", seed]);
        fs::remove_dir_all(here.join("run")).unwrap();
    }
}

/// Settings are text: a path that is not UTF-8 is refused, unless a relative path to it is UTF-8.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_with_a_name_that_is_not_utf_8() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"odd-\xff"));
    write_photographs(&odd.join("photos"));
    write_digits(&odd.join("idx"), 255);
    let tiny = ["--width", "4", "--blocks", "1", "--batch", "8", "--epochs", "1", "--quiet"];
    let mut train = command(folder.path(), &["train", "gate", "--out", "run", "--data"]);
    let output = train.arg(odd.join("photos")).output().unwrap();
    let error = text(&output.stderr);
    assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
    assert!(error.contains("data: expected a path in UTF-8"), "{error}");
    assert!(!folder.path().join("run").exists());
    stdout_of(&odd, &with(&["train", "gate", "--data", "photos", "--out", "gate"], &tiny));
    assert!(stdout_of(&odd, &["eval", "gate", "--quiet"]).contains("4 images)"));
    let train = ["train", "vae", "--data", "idx", "--epochs", "1", "--out", "vae"];
    stdout_of(&odd, &with(&train, &SMALL));
    let here = stdout_of(&odd, &["eval", "vae"]);
    // From elsewhere, any path to the data works.
    let mut eval = command(folder.path(), &["eval"]);
    let output = eval.arg(odd.join("vae")).arg("--data").arg(odd.join("idx")).output().unwrap();
    assert_eq!(text(&output.stdout), here, "{}", text(&output.stderr));
}
