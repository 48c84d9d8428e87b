//! The mirrors, sizes, licences and credits of the named sets.
//!
//! A mirror is a base address; `NAME.gz` is appended for each of the four files. Mirrors compress
//! the files anew, so a file is identified by the size and sha256 of its uncompressed content.

use super::fetch::{Source, SourceFile};
use super::locate::FILES;
use super::{DataError, folder};

/// The sizes of the uncompressed files: 16 and 8 bytes of header, 28x28 pixels, one byte a label.
const BYTES: [u64; 4] = [16 + 60_000 * 784, 8 + 60_000, 16 + 10_000 * 784, 8 + 10_000];

/// The description of a named set, which may or may not be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The name of the set, one of [`NAMES`].
    pub name: &'static str,
    /// The number and the size of the images, in words.
    pub images: &'static str,
    /// The size of the download in bytes; 0 for the embedded set.
    pub download: u64,
    /// The licence.
    pub licence: &'static str,
    /// The authors and the publication.
    pub credit: &'static str,
    /// The base addresses of the mirrors, in the order in which they are tried.
    pub mirrors: &'static [&'static str],
    /// The sha256 of the four files, uncompressed; `None` for the embedded set.
    pub(super) sums: Option<&'static [&'static str; 4]>,
}

const ABOUT: [About; 3] = [
    About {
        name: "digits",
        images: "1,797 of 8x8",
        download: 0,
        licence: "CC BY 4.0",
        credit: "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine \
                 Learning Repository 1998, doi 10.24432/C50P49",
        mirrors: &[],
        sums: None,
    },
    About {
        name: "mnist",
        images: "70,000 of 28x28",
        download: 11_594_722,
        licence: "CC BY-SA 3.0",
        credit: "Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits \
                 (the licence as Keras states it)",
        mirrors: &[
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "https://raw.githubusercontent.com/fgnt/mnist/master/",
        ],
        sums: Some(&folder::MNIST),
    },
    About {
        name: "fashion-mnist",
        images: "70,000 of 28x28",
        download: 30_878_645,
        licence: "MIT",
        credit: "H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST, arXiv 1708.07747, 2017; \
                 copyright Zalando SE",
        mirrors: &[
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
            "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
        ],
        sums: Some(&folder::FASHION_MNIST),
    },
];

/// The sets that have a name.
pub const NAMES: [&str; ABOUT.len()] = {
    let mut names = [""; ABOUT.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = ABOUT[i].name;
        i += 1;
    }
    names
};

/// Finds the description of a named set.
///
/// # Errors
/// A name that is not one of [`NAMES`].
pub fn about(name: &str) -> Result<&'static About, DataError> {
    let found = ABOUT.iter().find(|about| about.name == name);
    found.ok_or_else(|| DataError::NotANamedSet { found: name.to_owned() })
}

impl About {
    /// The files and the mirrors of a download; `None` for the embedded set.
    pub fn source(&self) -> Option<Source> {
        let sums = self.sums?;
        let file = |i: usize| SourceFile {
            name: FILES[i].to_owned(),
            bytes: BYTES[i],
            sha256: sums[i].to_owned(),
        };
        Some(Source {
            name: self.name.to_owned(),
            files: (0..FILES.len()).map(file).collect(),
            mirrors: self.mirrors.iter().map(|&mirror| mirror.to_owned()).collect(),
        })
    }
}

/// All named sets, in the order of [`NAMES`].
pub fn all() -> &'static [About; NAMES.len()] {
    &ABOUT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_described() {
        assert_eq!(NAMES, ["digits", "mnist", "fashion-mnist"]);
        assert!(about("digits").unwrap().source().is_none());
        for name in ["mnist", "fashion-mnist"] {
            let source = about(name).unwrap().source().unwrap();
            assert_eq!(source.files.len(), 4);
            assert_eq!(source.files[0].bytes, 47_040_016);
            assert!(source.mirrors.len() > 1, "{name}");
            for mirror in &source.mirrors {
                assert!(mirror.starts_with("https://") && mirror.ends_with('/'), "{mirror}");
            }
        }
        let error = about("minst").unwrap_err().to_string();
        assert_eq!(
            error,
            "data: expected digits, mnist or fashion-mnist, found \"minst\": did you mean mnist?"
        );
    }
}
