//! `gumbel bench` from a user's view.

mod user;

use std::fs;
use std::path::Path;

use user::{gumbel, refused, text};

const SMALL: [&str; 7] =
    ["bench", "--seconds", "0.01", "--elements", "16384", "--only", "gumbel,binary-concrete"];

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = gumbel(folder, arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn a_line_for_each_kernel_and_the_same_as_json() {
    let folder = tempfile::tempdir().unwrap();
    let printed = run(folder.path(), &SMALL);
    assert!(printed.contains("Gumbel noise, f32") && printed.contains("x memory"), "{printed}");
    let json = run(folder.path(), &[&SMALL[..], &["--json"]].concat());
    let measured: serde_json::Value = serde_json::from_str(&json).unwrap();
    let names: Vec<_> = measured.as_array().unwrap().iter().map(|m| &m["kernel"]).collect();
    assert_eq!(names, ["gumbel", "binary-concrete"]);
    assert!(measured[0]["ns"].as_f64().unwrap() > 0.0 && measured[0]["n"] == 16_384);
}

#[test]
fn curves_over_the_size_of_a_call() {
    let folder = tempfile::tempdir().unwrap();
    for (file, start) in [("growth.svg", &b"<svg "[..]), ("growth.png", b"\x89PNG")] {
        let printed = run(folder.path(), &[&SMALL[..], &["--growth", file]].concat());
        assert!(printed.contains("4096  ") && printed.contains("16384  "), "{printed}");
        assert_eq!(printed.matches("most / least").count(), 2, "{printed}");
        assert!(fs::read(folder.path().join(file)).unwrap().starts_with(start));
    }
}

#[test]
fn bad_arguments_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, part) in [
        (&["bench", "--only", "gambel"][..], "found \"gambel\": did you mean gumbel?"),
        (&["bench", "--seconds", "-1"], "--seconds: expected 0 to 600"),
        (&["bench", "--seconds", "1e300"], "found 1e300"),
        (
            &["bench", "--elements", "0"],
            "--elements: expected a whole number from 1 to 4,294,967,296",
        ),
        (&["bench", "--threads", "0"], "threads"),
        (&["bench", "--growth", "growth.gif"], "SVG or PNG: expected FILE.svg, FILE.png or"),
        (&["bench", "--growth", "g.svg", "--elements", "5000"], "expected 16384 or more"),
        (&["bench", "--growth", "none/g.svg"], "expected a folder, found none at none"),
    ] {
        refused(folder.path(), arguments, 2, part);
    }
}
