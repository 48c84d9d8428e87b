//! The named sets: files and their sums, sizes, mirrors, licences, credits.
//!
//! A mirror is a base address; `NAME.gz` is appended for each of the four files. Mirrors compress
//! the files anew, so a file is identified by the size and sha256 of its uncompressed content.

use super::fetch::{Source, SourceFile};

/// The four files of a set, in the order of its sha256.
pub(super) const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// The sha256 of the uncompressed files of MNIST. Mirrors compress them anew, so the sums of the `.gz`
/// files differ.
pub(super) const MNIST: [&str; 4] = [
    "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
];

/// The same for Fashion-MNIST.
pub(super) const FASHION_MNIST: [&str; 4] = [
    "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
];

/// The sizes of the uncompressed files of MNIST and of sets like it: 16 and 8 bytes of header, 28x28 pixels, one
/// byte a label.
const MNIST_BYTES: [u64; 4] = [16 + 60_000 * 784, 8 + 60_000, 16 + 10_000 * 784, 8 + 10_000];

/// The description of a named set, which may or may not be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The name of the set, one of [`NAMES`].
    pub name: &'static str,
    /// The number and the size of the images, in words.
    pub images: &'static str,
    /// The size of the download in bytes; 0 for an embedded set.
    pub download: u64,
    /// The licence.
    pub licence: &'static str,
    /// The authors and the publication.
    pub credit: &'static str,
    /// The base addresses of the mirrors, in the order in which they are tried.
    pub mirrors: &'static [&'static str],
    /// The sha256 of the four files, uncompressed; `None` for an embedded set.
    pub(super) sums: Option<&'static [&'static str; 4]>,
    /// The sizes of the four files, uncompressed.
    bytes: [u64; 4],
}

const ABOUT: [About; 4] = [
    About {
        name: "garments",
        images: "7,000 of 28x28",
        download: 0,
        licence: "MIT",
        credit: "a part of fashion-mnist, at 16 grey levels",
        mirrors: &[],
        sums: None,
        bytes: [0; 4],
    },
    About {
        name: "digits",
        images: "1,797 of 8x8",
        download: 0,
        licence: "CC BY 4.0",
        credit: "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine \
                 Learning Repository 1998, doi 10.24432/C50P49",
        mirrors: &[],
        sums: None,
        bytes: [0; 4],
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
        sums: Some(&MNIST),
        bytes: MNIST_BYTES,
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
        sums: Some(&FASHION_MNIST),
        bytes: MNIST_BYTES,
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

/// The description of a named set.
pub(super) fn find(name: &str) -> Option<&'static About> {
    ABOUT.iter().find(|about| about.name == name)
}

impl About {
    /// The files and the mirrors of a download; `None` for an embedded set.
    pub fn source(&self) -> Option<Source> {
        let sums = self.sums?;
        let file = |i: usize| SourceFile {
            name: FILES[i].to_owned(),
            bytes: self.bytes[i],
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
pub fn all() -> &'static [About] {
    &ABOUT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_described() {
        assert_eq!(NAMES, ["garments", "digits", "mnist", "fashion-mnist"]);
        for name in ["garments", "digits"] {
            assert!(find(name).unwrap().source().is_none());
        }
        for name in ["mnist", "fashion-mnist"] {
            let source = find(name).unwrap().source().unwrap();
            assert_eq!(source.files.len(), 4);
            assert_eq!(source.files[0].bytes, 47_040_016);
            assert!(source.mirrors.len() > 1, "{name}");
            for mirror in &source.mirrors {
                assert!(mirror.starts_with("https://") && mirror.ends_with('/'), "{mirror}");
            }
        }
    }
}
