//! Splits images into training, validation and test, where no folders do.

use gumbel::Key;
use gumbel::sample::permutation;

/// A part of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The training images.
    Train,
    /// The images by which settings are chosen.
    Validation,
    /// The images of the reported results.
    Test,
}

impl Part {
    pub(super) const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// The name of the part: `train`, `validation` or `test`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// Which parts of a folder are loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parts {
    /// All three parts.
    #[default]
    All,
    /// Only the test images, for a model that was trained elsewhere: those of the folder `test`, or all
    /// images of a folder without folders of parts.
    TestOnly,
}

impl Parts {
    pub(super) fn includes(self, part: Part) -> bool {
        self == Self::All || part == Part::Test
    }
}

/// One image in this many goes to a part that has no folder.
const SHARE: usize = 10;
/// The most validation images that are set aside.
const MOST: usize = 5_000;
/// Separates the key of the division from other keys of the same seed.
const DIVIDE: u64 = u64::from_be_bytes(*b"jpegpart");

/// Assigns each image to a part. `images` has the part of its folder, if any, and its class.
///
/// Each part that is not `given` gets one in ten of the training images of each class and of those without a
/// part, and at least one of a class of three or more; validation gets at most 5,000 in all. The seed decides
/// which, class by class.
pub(super) fn divide(
    seed: u64,
    images: &[(Option<Part>, usize)],
    classes: usize,
    given: &[Part],
) -> Vec<Part> {
    let mut parts: Vec<Part> = images.iter().map(|(part, _)| part.unwrap_or(Part::Train)).collect();
    let all = parts.iter().filter(|part| **part == Part::Train).count();
    let key = Key::new(seed).fold_in(DIVIDE);
    for class in 0..classes {
        let members: Vec<usize> = (0..images.len())
            .filter(|&i| parts[i] == Part::Train && images[i].1 == class)
            .collect();
        let n = members.len();
        let mut order = permutation(key.fold_in(class as u64), n).into_iter();
        for part in [Part::Test, Part::Validation] {
            if given.contains(&part) {
                continue;
            }
            let tenth = match part {
                Part::Validation if all > SHARE * MOST => MOST * n / all,
                _ => (n + SHARE / 2) / SHARE,
            };
            let count = if n >= 3 { tenth.max(1) } else { 0 };
            order.by_ref().take(count).for_each(|i| parts[members[i]] = part);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(parts: &[Part]) -> [usize; 3] {
        Part::ALL.map(|part| parts.iter().filter(|p| **p == part).count())
    }

    #[test]
    fn a_tenth_of_each_class() {
        let images: Vec<_> = (0..100).map(|i| (None, usize::from(i % 5 == 0))).collect();
        let parts = divide(1, &images, 2, &[]);
        assert_eq!(count(&parts), [80, 10, 10]);
        let small: Vec<Part> = (0..100).step_by(5).map(|i| parts[i]).collect();
        assert_eq!(count(&small), [16, 2, 2]);
        assert_eq!(divide(1, &images, 2, &[]), parts);
        assert_ne!(divide(2, &images, 2, &[]), parts);
    }

    #[test]
    fn given_parts_stay() {
        let given = [Part::Train, Part::Test];
        let images: Vec<_> = (0..60).map(|i| (Some(given[usize::from(i >= 40)]), i % 2)).collect();
        let parts = divide(0, &images, 2, &given);
        assert_eq!(count(&parts), [36, 4, 20]);
        assert!(parts[40..].iter().all(|part| *part == Part::Test));
        let all = Part::ALL;
        assert_eq!(count(&divide(0, &images, 2, &all)), [40, 0, 20]);
    }

    #[test]
    fn validation_has_a_maximum_and_small_classes_a_minimum() {
        let images: Vec<_> = (0..80_000).map(|i| (Some(Part::Train), i % 4)).collect();
        let parts = divide(0, &images, 4, &[Part::Train, Part::Test]);
        assert_eq!(count(&parts), [75_000, 5_000, 0]);
        let images: Vec<_> = [0, 0, 0, 1, 1].map(|class| (None, class)).into();
        let parts = divide(0, &images, 2, &[]);
        assert_eq!(count(&parts[..3]), [1, 1, 1]);
        assert_eq!(count(&parts[3..]), [2, 0, 0]);
    }
}
