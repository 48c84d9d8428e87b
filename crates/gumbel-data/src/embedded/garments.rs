//! The embedded garments: a part of Fashion-MNIST (H. Xiao, K. Rasul and R. Vollgraf, arXiv 1708.07747, MIT).
//!
//! The first 600 images of each of the ten classes of the training file, the first 100 of each of the test file, at
//! 16 grey levels instead of 256, which halves the file. The classes take turns: image `i` shows a garment of class
//! `i mod 10`. The example `garments` makes the files.

use crate::folder;
use crate::images::Dataset;

use super::EMBEDDED;

/// The four idx files, as `crate::sets::FILES` names them.
const FILES: [&[u8]; 4] = [
    include_bytes!("../../data/garments/train-images-idx3-ubyte.gz"),
    include_bytes!("../../data/garments/train-labels-idx1-ubyte.gz"),
    include_bytes!("../../data/garments/t10k-images-idx3-ubyte.gz"),
    include_bytes!("../../data/garments/t10k-labels-idx1-ubyte.gz"),
];

/// Decodes the files. They are embedded, and a test reads all of them.
pub(super) fn load() -> Dataset {
    folder::from_bytes("garments", EMBEDDED, FILES).expect("the embedded files are whole")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::Images;

    /// Sums and counts are of another program, which read Fashion-MNIST itself.
    #[test]
    fn the_embedded_files_are_a_part_of_fashion_mnist() {
        let set = load();
        assert_eq!(set.sha256, "b8882dfb9831caa2b2ec932935fe641f280f0db530627f7ee967d51cc5e46af5");
        let parts = [&set.train, &set.validation, &set.test];
        assert_eq!(parts.map(Images::len), [5_000, 1_000, 1_000]);
        for part in parts {
            assert_eq!((part.width, part.height), (28, 28));
            for (i, &label) in part.labels.iter().enumerate() {
                assert_eq!(usize::from(label), i % 10);
            }
        }
        let levels = |part: &Images| part.pixels.iter().map(|x| f64::from(x * 15.0)).sum::<f64>();
        assert_eq!(
            parts.map(|part| levels(part).round()),
            [16_884_274.0, 3_346_606.0, 3_349_392.0]
        );
        let whole = |x: &f32| (x * 15.0 - (x * 15.0).round()).abs() < 1e-5;
        assert!(parts.iter().all(|part| part.pixels.iter().all(whole)));
    }

    #[test]
    fn the_set_is_the_same_as_a_folder() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/garments");
        let read = crate::load(folder, None, 0).unwrap();
        assert_eq!(Dataset { origin: EMBEDDED.to_owned(), ..read }, load());
    }
}
