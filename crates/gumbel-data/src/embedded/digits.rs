//! The embedded digits: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI
//! Machine Learning Repository 1998, doi 10.24432/C50P49, CC BY 4.0; the copy that scikit-learn
//! distributes.
//!
//! One line for each image: 64 values 0 to 16, then the label. The set comes undivided, so a random
//! split is drawn from the seed.

use std::io::Read;

use flate2::read::GzDecoder;
use gumbel::Key;
use gumbel::sample::permutation;
use gumbel_files::digest::sha256;

use super::EMBEDDED;
use crate::images::{Dataset, Images};

const FILE: &[u8] = include_bytes!("../../data/digits.csv.gz");
const SIDE: usize = 8;
const WHITE: f32 = 16.0;
const VALIDATION: usize = 250;
const TEST: usize = 250;
/// Separates the key of the split from other keys of the same seed.
const SPLIT: u64 = u64::from_be_bytes(*b"\0\0\0split");

pub(crate) fn load(seed: u64) -> Dataset {
    let text = text();
    let all = images(&text);
    let [train, validation, test] = split(seed, all.len()).map(|part| all.take(&part));
    Dataset {
        name: "digits".into(),
        origin: EMBEDDED.into(),
        sha256: sha256([text.as_bytes()]),
        train,
        validation,
        test,
    }
}

/// The uncompressed file. It is embedded, and a test reads all of it.
fn text() -> String {
    let mut text = String::new();
    GzDecoder::new(FILE).read_to_string(&mut text).expect("the embedded file is whole");
    text
}

fn images(text: &str) -> Images {
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let value =
            |field: &str| field.parse::<u8>().expect("the embedded file holds small integers");
        let (values, label) = line.rsplit_once(',').expect("the embedded file has labels");
        pixels.extend(values.split(',').map(|field| f32::from(value(field)) / WHITE));
        labels.push(value(label));
    }
    Images { width: SIDE, height: SIDE, pixels, labels }
}

/// The indices of training, validation and test images: a random order, cut in three.
fn split(seed: u64, n: usize) -> [Vec<usize>; 3] {
    let mut train = permutation(Key::new(seed).fold_in(SPLIT), n);
    let test = train.split_off(n - TEST);
    let validation = train.split_off(n - TEST - VALIDATION);
    [train, validation, test]
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: usize = 1_797;

    #[test]
    fn the_embedded_file_is_the_published_one() {
        let sum = "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22";
        assert_eq!(sha256([FILE]), sum);
        let all = images(&text());
        assert_eq!((all.len(), all.pixels.len()), (N, N * 64));
        // The third row of the first image, a zero.
        assert_eq!(
            all.image(0)[16..24].iter().map(|v| v * WHITE).collect::<Vec<_>>(),
            [0.0, 3.0, 15.0, 2.0, 0.0, 11.0, 8.0, 0.0]
        );
        assert!(all.pixels.iter().all(|v| (0.0..=1.0).contains(v)));
        // Sums from another program.
        assert_eq!(all.pixels.iter().map(|v| f64::from(v * WHITE)).sum::<f64>(), 561_718.0);
        let images_of = |digit| all.labels.iter().filter(|&&label| label == digit).count();
        let counts: Vec<usize> = (0..10).map(images_of).collect();
        assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    }

    #[test]
    fn the_split_covers_all_and_follows_the_seed() {
        let parts = split(0, N);
        assert_eq!(parts.each_ref().map(Vec::len), [1_297, 250, 250]);
        let mut all = parts.concat();
        all.sort_unstable();
        assert_eq!(all, (0..N).collect::<Vec<_>>());
        // From a second implementation, in another language. Other numbers here would change every
        // run on this set.
        assert_eq!(parts[0][..5], [542, 409, 1359, 255, 73]);
        assert_eq!(parts[2][..5], [648, 160, 1060, 882, 1527]);
        assert_ne!(split(1, N), parts);
    }

    #[test]
    fn the_sum_is_of_the_content() {
        let (zero, one) = (load(0), load(1));
        assert_eq!(zero, load(0));
        assert_ne!(zero.train, one.train);
        assert_eq!(zero.sha256, one.sha256);
        let sum = "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8";
        assert_eq!(zero.sha256, sum);
    }
}
