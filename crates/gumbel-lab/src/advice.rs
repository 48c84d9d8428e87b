//! Advice that all experiments with images share: sets that are too small.

use gumbel_files::names::counted;

/// Fewer images than this are too few to choose anything by: a share of 100 has a standard error of up to 5 points.
const FEW: usize = 100;

/// Advice about the sets by which a training is judged, each a name and its number of images.
pub(crate) fn few_images<const N: usize>(sets: [(&str, usize); N]) -> Option<String> {
    let few = sets.into_iter().filter(|&(_, images)| images < FEW);
    let named: Vec<String> =
        few.map(|(name, images)| counted(images as u64, &format!("{name} image"))).collect();
    (!named.is_empty()).then(|| {
        let verb =
            if named == ["1 validation image"] || named == ["1 test image"] { "is" } else { "are" };
        format!(
            "{} {verb} too few to choose anything by: at least {FEW} of each",
            named.join(" and ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_sets_are_counted() {
        let of = |validation, test| few_images([("validation", validation), ("test", test)]);
        assert_eq!(of(100, 250), None);
        let end = "too few to choose anything by: at least 100 of each";
        assert_eq!(of(10, 250), Some(format!("10 validation images are {end}")));
        assert_eq!(of(250, 1), Some(format!("1 test image is {end}")));
        assert_eq!(of(1, 99), Some(format!("1 validation image and 99 test images are {end}")));
    }
}
