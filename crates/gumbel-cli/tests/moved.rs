//! Runs whose data lie elsewhere now, and settings at the ends of their range.

mod said;
mod user;

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use gumbel_jpeg::{Encoding, encode_rgb};

use said::{said, with};
use user::{command, refused, text};

/// Four idx files of images of 4x4 pixels, some of which have this value.
fn digits(folder: &Path, value: u8) {
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

/// All files of two run folders but the clocks, byte for byte.
fn assert_same(a: &Path, b: &Path) {
    let names = |run: &Path| {
        let entries = fs::read_dir(run).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names.retain(|name| name != "timing.csv");
        names
    };
    assert_eq!(names(a), names(b));
    for name in names(a) {
        let same = fs::read(a.join(&name)).unwrap() == fs::read(b.join(&name)).unwrap();
        assert!(same, "{name:?} differs");
    }
}

/// Begins a training and kills it behind its first checkpoint. One that ends before that, as other work
/// of the machine may have it, is begun again.
fn killed(here: &Path, arguments: &[&str], out: &str) {
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
fn a_run_on_a_folder_of_idx_files_is_used_after_the_folder_moved() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    digits(&here.join("old"), 255);
    let train = |out: &'static str| {
        with(&["train", "vae", "--data", "old", "--epochs", "300", "--out", out], &SMALL)
    };
    said(here, &train("whole"));
    let before = said(here, &["eval", "whole"]);
    killed(here, &train("run"), "run");
    fs::create_dir(here.join("disk")).unwrap();
    fs::rename(here.join("old"), here.join("disk/new name")).unwrap();
    let moved = "disk/new name";

    // Without the new place the way out is named.
    let resume = ["train", "vae", "--resume", "--quiet", "--out", "run"];
    for arguments in [&["eval", "whole"][..], &["encode", "whole"], &resume] {
        let error = refused(here, arguments, 1, "--data DIR");
        assert!(error.contains("/old"), "{error}");
    }
    said(here, &["sample", "whole"]);

    assert_eq!(said(here, &["eval", "whole", "--data", moved]), before);
    said(here, &with(&resume, &["--data", moved]));
    assert_same(&here.join("whole"), &here.join("run"));
    let done = said(here, &with(&resume, &["--data", moved]));
    assert!(done.contains("nothing was done"), "{done}");
    said(here, &["encode", "whole", "--data", moved]);

    // In a place where data are: by the name that it had, or the place itself.
    assert_eq!(said(here, &["eval", "whole", "--data-dir", moved]), before);
    refused(here, &["eval", "whole", "--data-dir", "disk"], 1, "expected the idx files of");
    fs::rename(here.join(moved), here.join("disk/old")).unwrap();
    assert_eq!(said(here, &["eval", "whole", "--data-dir", "disk"]), before);
    said(here, &["encode", "whole", "--data-dir", "disk"]);
    said(here, &with(&resume, &["--data-dir", "disk"]));

    // Other data are refused with both sums.
    digits(&here.join("other"), 254);
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
    // Embedded digits are in no folder.
    said(here, &with(&["train", "vae", "--epochs", "1", "--out", "embedded"], &SMALL));
    let error = refused(here, &["eval", "embedded", "--data", "other"], 1, "leave out --data");
    assert!(!error.contains("--data DIR"), "{error}");
    refused(here, &["eval", "whole", "--data", "digits"], 1, "in the embedded digits: name the");
    let gate = ["channels", "embedded"];
    refused(here, &gate, 1, "expected a run of train gate, found one of train vae");
    let error = refused(here, &["eval", "whole", "--data", "minst"], 2, "fashion-mnist");
    assert!(error.contains("minst"), "{error}");
}

/// A small picture in colour, brighter the higher its number.
fn photo(number: usize) -> Vec<u8> {
    let pixels: Vec<u8> = (0..3 * 24 * 16).map(|i| (10 * number + i % 97) as u8).collect();
    encode_rgb(&pixels, 24, 16, &Encoding::default()).unwrap()
}

fn photographs(folder: &Path) {
    for (class, name) in ["cats", "dogs"].iter().enumerate() {
        fs::create_dir_all(folder.join(name)).unwrap();
        for i in 0..20 {
            let file = folder.join(name).join(format!("{i:02}.jpg"));
            fs::write(file, photo(10 * class + i % 5)).unwrap();
        }
    }
}

#[test]
fn a_run_on_photographs_is_used_after_the_folder_moved() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    photographs(&here.join("old"));
    let tiny = ["--width", "4", "--blocks", "1", "--batch", "8", "--epochs", "60", "--quiet"];
    for kind in ["gate", "rgb"] {
        let (whole, run) = (format!("{kind}-whole"), format!("{kind}-run"));
        let train =
            |out| with(&["train", kind, "--data", "old", "--no-cache", "--out", out], &tiny);
        said(here, &train(&whole));
        let before = said(here, &["eval", &whole, "--quiet"]);
        assert!(before.contains("4 images)"), "{before}");
        killed(here, &train(&run), &run);
        fs::rename(here.join("old"), here.join("new")).unwrap();

        let resume = ["train", kind, "--resume", "--quiet", "--out", &run];
        for arguments in [&["eval", &whole, "--quiet"][..], &resume] {
            let error = refused(here, arguments, 1, "--data DIR");
            assert!(error.contains("/old"), "{error}");
        }
        // Its own test images, not all of the folder.
        assert_eq!(said(here, &["eval", &whole, "--quiet", "--data", "new"]), before);
        said(here, &with(&resume, &["--data", "new"]));
        assert_same(&here.join(&whole), &here.join(&run));

        // A file more makes other data.
        fs::write(here.join("new/cats/more.jpg"), photo(3)).unwrap();
        let error = refused(here, &with(&resume, &["--data", "new"]), 1, "other data (sha256 ");
        assert!(error.contains(", now "), "{error}");
        let all = said(here, &["eval", &whole, "--quiet", "--data", "new"]);
        assert!(all.contains("41 images)"), "{all}");
        fs::remove_file(here.join("new/cats/more.jpg")).unwrap();
        fs::rename(here.join("new"), here.join("old")).unwrap();
    }
}

/// Without --data the differing settings of the smoke set were named, "flip is true there and false here".
#[test]
fn a_comparison_on_photographs_is_gone_on_with_from_their_new_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    photographs(&here.join("old"));
    let tiny = ["--width", "4", "--blocks", "1", "--epochs", "1", "--seeds", "1", "--quiet"];
    let reproduce = |rest: &[&'static str]| {
        let first = ["reproduce", "frequency", "--no-cache", "--out", "cmp"];
        with(&with(&first, &tiny), rest)
    };
    said(here, &reproduce(&["--only", "low-3", "--data", "old"]));
    fs::rename(here.join("old"), here.join("new")).unwrap();
    let table = said(here, &reproduce(&["--only", "low-3,low-4", "--data", "new"]));
    assert!(table.contains("| low-3 | ") && table.contains("| low-4 | "), "{table}");
    // Of a variant that is there, and of one that is not.
    for variant in ["low-3", "low-5"] {
        let error =
            refused(here, &reproduce(&["--only", variant]), 1, "was trained on other data: ");
        assert!(
            error.contains("/old there, here the smoke set, which is taken without --data;"),
            "{error}"
        );
        assert!(!here.join("cmp/low-5-seed-0").exists());
    }
    photographs(&here.join("other"));
    fs::remove_file(here.join("other/cats/00.jpg")).unwrap();
    let other = reproduce(&["--only", "low-3", "--data", "other"]);
    refused(here, &other, 1, "/old there, here /");
}

/// The largest seeds are written so that they are read again.
#[test]
fn a_run_with_the_largest_seed_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for seed in ["9223372036854775807", "9223372036854775808", "18446744073709551615"] {
        let train =
            with(&["train", "vae", "--epochs", "1", "--seed", seed, "--out", "run"], &SMALL);
        said(here, &train);
        assert!(said(here, &["eval", "run"]).contains("nats"));
        assert!(said(here, &["train", "vae", "--out", "run", "--resume"]).contains("nothing was"));
        assert!(said(here, &["runs", "list", "--dir", "."]).contains(seed));
        refused(here, &["train", "vae", "--out", "run", "--resume", "--seed", "1"], 1, seed);
        said(here, &with(&train, &["--force"]));
        said(here, &["sample", "run", "--seed", seed]);
        fs::remove_dir_all(here.join("run")).unwrap();
    }
}

/// Settings are text: a path that is none is refused, unless a shorter way to it is.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_whose_name_is_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"odd-\xff"));
    photographs(&odd.join("photos"));
    digits(&odd.join("idx"), 255);
    let tiny = ["--width", "4", "--blocks", "1", "--batch", "8", "--epochs", "1", "--quiet"];
    let mut train = command(folder.path(), &["train", "gate", "--out", "run", "--data"]);
    let output = train.arg(odd.join("photos")).output().unwrap();
    let error = text(&output.stderr);
    assert_eq!((output.status.code(), error.lines().count()), (Some(2), 1), "{error}");
    assert!(error.contains("data: expected a path in UTF-8"), "{error}");
    assert!(!folder.path().join("run").exists());
    said(&odd, &with(&["train", "gate", "--data", "photos", "--out", "gate"], &tiny));
    assert!(said(&odd, &["eval", "gate", "--quiet"]).contains("4 images)"));
    let train = ["train", "vae", "--data", "idx", "--epochs", "1", "--out", "vae"];
    said(&odd, &with(&train, &SMALL));
    let here = said(&odd, &["eval", "vae"]);
    // From elsewhere its data are named by any path.
    let mut eval = command(folder.path(), &["eval"]);
    let output = eval.arg(odd.join("vae")).arg("--data").arg(odd.join("idx")).output().unwrap();
    assert_eq!(text(&output.stdout), here, "{}", text(&output.stderr));
}
