//! Loads a set from the four idx files of a folder.

use std::path::Path;

use gumbel_files::digest::sha256;

use super::error::DataError;
use super::idx::{Idx, wrong};
use super::images::{Dataset, Images};
use super::locate;

/// One training image in this many is set aside for validation, from the end of the file.
const SHARE: usize = 6;

/// Loads the set of a folder. With `sums` each file must be the published one.
pub(super) fn load(
    name: &str,
    folder: &Path,
    sums: Option<&[&str; 4]>,
) -> Result<Dataset, DataError> {
    let paths = locate::files(folder)?;
    let images = |i: usize| read_checked::<3>(&paths[i], name, sums.map(|sums| sums[i]));
    let labels = |i: usize| read_checked::<1>(&paths[i], name, sums.map(|sums| sums[i]));
    let train = check_pair(images(0)?, labels(1)?)?;
    let test = check_pair(images(2)?, labels(3)?)?;
    assemble(name, folder.display().to_string(), train, test)
}

/// Loads a set from the content of the four files of a folder; `origin` stands for their paths in errors.
pub(super) fn from_bytes(
    name: &str,
    origin: &str,
    [train_images, train_labels, test_images, test_labels]: [&[u8]; 4],
) -> Result<Dataset, DataError> {
    let path = Path::new(origin);
    let train = (Idx::read_from(path, train_images)?, Idx::read_from(path, train_labels)?);
    let test = (Idx::read_from(path, test_images)?, Idx::read_from(path, test_labels)?);
    assemble(name, origin.to_owned(), check_pair(train.0, train.1)?, check_pair(test.0, test.1)?)
}

/// Divides the training file, and puts the parts together.
fn assemble(
    name: &str,
    origin: String,
    (train_images, train_labels): (Idx<3>, Idx<1>),
    (test_images, test_labels): (Idx<3>, Idx<1>),
) -> Result<Dataset, DataError> {
    let [n, height, width] = train_images.sizes;
    let [_, test_height, test_width] = test_images.sizes;
    if [height, width] != [test_height, test_width] {
        let found = [(height, width), (test_height, test_width)];
        return Err(DataError::Mismatch {
            paths: [train_images.path, test_images.path],
            found: found.map(|(height, width)| format!("images of {height}x{width} pixels")),
        });
    }
    let validation = n / SHARE;
    if validation == 0 {
        let expected = format!("at least {SHARE} images (one in {SHARE} is set aside)");
        return Err(wrong(&train_images.path, 4, expected, n));
    }
    let part = |images: &[u8], labels: &[u8]| Images {
        width,
        height,
        pixels: images.iter().map(|&byte| f32::from(byte) / 255.0).collect(),
        labels: labels.to_vec(),
    };
    let (front, back) = train_images.data().split_at((n - validation) * height * width);
    let (front_labels, back_labels) = train_labels.data().split_at(n - validation);
    Ok(Dataset {
        name: name.to_owned(),
        origin,
        sha256: sha256([
            &train_images.bytes,
            &train_labels.bytes,
            &test_images.bytes,
            &test_labels.bytes,
        ]),
        train: part(front, front_labels),
        validation: part(back, back_labels),
        test: part(test_images.data(), test_labels.data()),
    })
}

/// The name of the folder that a path leads to, also for `.` and `..`.
pub fn last_part(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    whole.file_name().map_or_else(|| "data".into(), |name| name.to_string_lossy().into_owned())
}

fn read_checked<const RANK: usize>(
    path: &Path,
    name: &str,
    sum: Option<&str>,
) -> Result<Idx<RANK>, DataError> {
    let idx = Idx::read(path)?;
    if let Some(expected) = sum {
        let found = sha256([&idx.bytes]);
        if found != expected {
            let (path, name, expected) = (idx.path, name.to_owned(), expected.to_owned());
            return Err(DataError::Checksum { path, name, expected, found });
        }
    }
    Ok(idx)
}

fn check_pair(images: Idx<3>, labels: Idx<1>) -> Result<(Idx<3>, Idx<1>), DataError> {
    if images.sizes[0] == labels.sizes[0] {
        return Ok((images, labels));
    }
    Err(DataError::Mismatch {
        found: [format!("{} images", images.sizes[0]), format!("{} labels", labels.sizes[0])],
        paths: [images.path, labels.path],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Files, idx};
    use crate::sets::MNIST;

    fn loaded(files: &Files) -> Result<Dataset, DataError> {
        let folder = tempfile::tempdir().unwrap();
        files.write(folder.path());
        load("small", folder.path(), None)
    }

    #[test]
    fn the_last_sixth_validates() {
        let set = loaded(&Files::small()).unwrap();
        assert_eq!((set.train.width, set.train.height), (2, 3));
        // 13 images: 13 / 6 = 2 validate.
        assert_eq!([&set.train, &set.validation, &set.test].map(Images::len), [11, 2, 4]);
        assert_eq!(set.validation.labels, [11, 12]);
        // Image i begins with the grey value 6 i.
        let grey = |value: f32| value / 255.0;
        assert_eq!(set.validation.image(1)[0], grey(72.0));
        assert_eq!(set.train.image(1), [6.0, 7.0, 8.0, 9.0, 10.0, 11.0].map(grey));
        assert_eq!(set.test.labels, [0, 1, 2, 3]);
    }

    #[test]
    fn the_sum_is_over_the_uncompressed_files_in_order() {
        let files = Files::small();
        let plain = loaded(&files).unwrap();
        let whole = files.0.each_ref().map(|(_, bytes)| bytes.clone()).concat();
        assert_eq!(plain.sha256, sha256([&whole]));
        let zipped = loaded(&files.gzip()).unwrap();
        assert_eq!(Dataset { origin: plain.origin.clone(), ..zipped }, plain);
    }

    #[test]
    fn a_sum_that_differs_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::small();
        files.write(folder.path());
        let sums = files.0.each_ref().map(|(_, bytes)| sha256([bytes]));
        let mut sums = sums.each_ref().map(String::as_str);
        load("small", folder.path(), Some(&sums)).unwrap();
        sums[3] = MNIST[3];
        let error = load("small", folder.path(), Some(&sums)).unwrap_err();
        let DataError::Checksum { path, expected, found, .. } = error else { panic!("{error}") };
        assert!(path.ends_with("t10k-labels-idx1-ubyte"));
        assert_eq!((&*expected, &*found), (MNIST[3], &*sha256([&files.0[3].1])));
    }

    #[test]
    fn files_must_belong_together() {
        let with = |i: usize, bytes: Vec<u8>| {
            let mut files = Files::small();
            files.0[i].1 = bytes;
            loaded(&files).unwrap_err().to_string()
        };
        let text = with(1, idx(&[12], &[0; 12]));
        for part in
            ["train-images-idx3-ubyte has 13 images", "train-labels-idx1-ubyte has 12 labels"]
        {
            assert!(text.contains(part), "{text}");
        }
        assert!(with(3, idx(&[5], &[0; 5])).contains("has 4 images"));
        let text = with(2, idx(&[4, 2, 3], &[0; 24]));
        assert!(text.contains("images of 3x2 pixels") && text.contains("of 2x3"), "{text}");
        let mut few = Files::small();
        few.0[0].1 = idx(&[5, 3, 2], &[0; 30]);
        few.0[1].1 = idx(&[5], &[0; 5]);
        let text = loaded(&few).unwrap_err().to_string();
        assert!(text.contains("expected at least 6 images") && text.contains("found 5"), "{text}");
    }
}
