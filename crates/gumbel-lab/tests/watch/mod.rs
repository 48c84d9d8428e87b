//! Stops a training after some steps, and compares run folders.

#[path = "../../../gumbel-train/tests/compared/mod.rs"]
mod shared;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use gumbel_train::{Observer, Progress};
use shared::compared;

/// Prints nothing, and stops the training after some steps.
pub(crate) struct Watch<'a> {
    stop: &'a AtomicBool,
    after: Option<u64>,
    steps: u64,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(stop: &'a AtomicBool, after: Option<u64>) -> Self {
        Self { stop, after, steps: 0 }
    }
}

impl Observer for Watch<'_> {
    fn start(&mut self, _: &Progress) {}
    fn step(&mut self, _: &Progress) {
        self.steps += 1;
        if self.after == Some(self.steps) {
            self.stop.store(true, Ordering::Relaxed);
        }
    }
    fn epoch(&mut self, _: &Progress) {}
    fn finishing(&mut self) {}
}

pub(crate) fn bytes(out: &Path, file: &str) -> Vec<u8> {
    fs::read(out.join(file)).unwrap()
}

/// The files of a finished run that hold results: all but the clocks and the lock.
fn results(out: &Path) -> BTreeSet<String> {
    let names = fs::read_dir(out).unwrap();
    let mut names: BTreeSet<String> =
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    for name in ["timing.csv", "sessions.csv", "lock"] {
        assert!(names.remove(name), "{name} is not among {names:?}");
    }
    for file in ["config.toml", "metrics.csv", "summary.json", "weights.safetensors", "report.html"]
    {
        assert!(names.contains(file), "{file} is not among {names:?}");
    }
    names
}

/// Asserts that two finished runs have the same files, byte for byte.
pub(crate) fn assert_same(a: &Path, b: &Path) {
    let files = results(a);
    assert_eq!(files, results(b));
    for file in files {
        assert!(compared(&a.join(&file)) == compared(&b.join(&file)), "{file} differs");
    }
}
