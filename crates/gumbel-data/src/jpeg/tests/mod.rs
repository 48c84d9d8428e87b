//! Folders of small JPEGs, valid or not.

mod cached;
mod layouts;
mod left_out;
mod sizes;
mod sums;

use std::fs;
use std::path::{Path, PathBuf};

use gumbel_jpeg::{Encoding, Sampling, encode_rgb};
use tempfile::TempDir;

use super::{JpegPart, JpegSet, LoadOptions};
use crate::DataError;

/// A JPEG in colour; other numbers make other pictures.
fn photo(number: usize, width: usize, height: usize) -> Vec<u8> {
    let value =
        |i: usize| (i / 3 % width * (5 + number % 7) + i / 3 / width * 3 + i % 3 * 40) as u8;
    let pixels: Vec<u8> =
        (0..3 * width * height).map(|i| value(i) / 2 + (number % 90) as u8).collect();
    let encoding = Encoding {
        sampling: Sampling::Quarter,
        progressive: number % 2 == 1,
        ..Encoding::default()
    };
    encode_rgb(&pixels, width, height, &encoding).unwrap()
}

/// A folder that is removed after the test.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// `count` photographs of 16x16 pixels in each of the folders.
    fn of(folders: &[&str], count: usize) -> Self {
        let folder = Self::new();
        for (k, name) in folders.iter().enumerate() {
            for i in 0..count {
                folder.put(&format!("{name}/{i:03}.jpg"), &photo(100 * k + i, 16, 16));
            }
        }
        folder
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn load(&self, options: &LoadOptions) -> Result<JpegSet, DataError> {
        JpegSet::load(self.path(), options, &|_| ())
    }

    fn set(&self) -> JpegSet {
        self.load(&LoadOptions::default()).unwrap()
    }

    /// The error, which must contain these parts.
    fn error(&self, options: &LoadOptions, parts: &[&str]) -> DataError {
        let error = self.load(options).unwrap_err();
        let text = error.to_string();
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
        assert!(!text.contains('\n'), "{text}");
        error
    }
}

fn files(part: &JpegPart) -> Vec<&str> {
    part.images.iter().map(|image| image.file.as_str()).collect()
}

/// The three parts of a folder with all of them.
const ALL: [&str; 6] = ["train/a", "train/b", "validation/a", "validation/b", "test/a", "test/b"];
