//! The table "You are ..." of README.md: every line that it says to type works, in a folder like a clone. Trainings end
//! after an epoch, and `compare` after two estimators.

#[expect(dead_code, reason = "other tests use the rest")]
mod user;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use user::{gumbel, text};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What the rows of the table say to type: the second cell of each.
fn typed() -> Vec<String> {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let (_, section) = readme.split_once("\n## You are ...\n").expect("the section of the table");
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    let cell = |row: &str| row.split(" | ").nth(1).expect("three cells").trim().to_owned();
    rows.map(cell).collect()
}

/// A command in backticks; `None` for a link to a section. That the section exists, `documents.rs` of `gumbel-check`
/// tests; its block, `readme.rs` of `gumbel-burn`.
fn command(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`')
}

#[test]
fn every_line_of_the_table_works() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::create_dir_all(here.join("docs/examples")).unwrap();
    let floods = "docs/examples/floods.csv";
    fs::copy(repository().join(floods), here.join(floods)).unwrap();
    let mut ran = 0;
    let cells = typed();
    for cell in &cells {
        let Some(line) = command(cell) else {
            assert!(cell.starts_with('[') && cell.contains("](#"), "{cell}");
            continue;
        };
        if line == "pip install ./python" {
            let step = fs::read_to_string(repository().join(".ci/python")).unwrap();
            assert!(step.contains("pip\" install --quiet ./python\n"), "{step}");
            continue;
        }
        ran += 1;
        let output = if let Some(rest) =
            line.strip_prefix("cargo run --release -p gumbel --example ")
        {
            // The tests build every example.
            let folder = Path::new(env!("CARGO_BIN_EXE_gumbel")).with_file_name("examples");
            let example = folder.join(rest);
            assert!(example.exists(), "no {rest}: cargo build --release --workspace --examples");
            Command::new(example).current_dir(here).output().unwrap()
        } else {
            let line = line.strip_prefix("cargo run --release -- ").expect(line);
            let mut arguments: Vec<&str> = line.split(' ').collect();
            // A whole training is a step of its own.
            match arguments[0] {
                "train" => arguments.extend(["--epochs", "1"]),
                "compare" => arguments.extend(["--only", "zgr,rloo"]),
                _ => {}
            }
            gumbel(here, &arguments)
        };
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        assert!(!output.stdout.is_empty(), "{line}");
    }
    assert_eq!((cells.len(), ran), (8, 6), "{cells:?}");
    for made in ["figures/index.html", "compare/report.html", "fits", "runs"] {
        assert!(here.join(made).exists(), "{made}");
    }
}
