//! Small idx files for the tests.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::{Compression, write::GzEncoder};

use super::sets::FILES;

/// An idx file of unsigned bytes, valid or not.
pub(super) fn idx(sizes: &[u32], data: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, sizes.len() as u8];
    file.extend(sizes.iter().flat_map(|size| size.to_be_bytes()));
    file.extend(data);
    file
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut file = GzEncoder::new(Vec::new(), Compression::default());
    file.write_all(bytes).unwrap();
    file.finish().unwrap()
}

/// The names and contents of the four files of a set.
pub(super) struct Files(pub(super) [(String, Vec<u8>); 4]);

impl Files {
    /// 13 training and 4 test images of 3 rows and 2 columns: 0, 1, 2, ... throughout.
    pub(super) fn small() -> Self {
        let counting: Vec<u8> = (0..78).collect();
        let [a, b, c, d] = FILES.map(str::to_owned);
        Self([
            (a, idx(&[13, 3, 2], &counting)),
            (b, idx(&[13], &counting[..13])),
            (c, idx(&[4, 3, 2], &counting[..24])),
            (d, idx(&[4], &counting[..4])),
        ])
    }

    pub(super) fn gzip(&self) -> Self {
        Self(self.0.each_ref().map(|(name, bytes)| (format!("{name}.gz"), gzip(bytes))))
    }

    pub(super) fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        for (name, bytes) in &self.0 {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
}
