//! Advice about a trained code: variables, classes and dimensions that are not used.

use crate::vae::eval::LatentUsage;
use crate::vae::latents::Latents;

/// A variable is not used when one class has at least this share of its draws.
const ONE_CLASS: f64 = 0.99;
/// A class is hardly drawn below this share of 1/k.
const HARDLY: f64 = 0.1;
/// The share of classes hardly drawn above which there are too many.
const TOO_MANY: f64 = 0.25;
/// A dimension of a Gaussian code is not used below this divergence, in nats.
pub(super) const ACTIVE: f64 = 0.01;

/// Advice about the use of a code on the test images. A code of which nothing is used has a warning instead.
pub(super) fn of_code(latents: Latents, code: &LatentUsage) -> Option<String> {
    match (latents, code) {
        (Latents::Categorical(choices), LatentUsage::Choices { usage, .. }) => {
            of_choices((choices.variables, choices.classes), usage)
        }
        (_, LatentUsage::Dimensions { kl }) => {
            let used = kl.iter().filter(|&&kl| kl > ACTIVE).count();
            let unused = kl.len() - used;
            (unused > 0 && used > 0).then(|| {
                format!(
                    "{unused} of {} dimensions say nothing, with a divergence below {ACTIVE} nats: --latents \
                     gaussian:{used}, or more --epochs",
                    kl.len()
                )
            })
        }
        (Latents::Gaussian(_), LatentUsage::Choices { .. }) => None,
    }
}

fn of_choices((variables, classes): (usize, usize), usage: &[f64]) -> Option<String> {
    let largest = |row: &[f64]| row.iter().copied().fold(0.0, f64::max);
    let constant = usage.chunks(classes).filter(|row| largest(row) >= ONE_CLASS).count();
    if (1..variables).contains(&constant) {
        let take = if constant == 1 { "takes" } else { "take" };
        return Some(format!(
            "{constant} of {variables} variables {take} the same class for all test images: --latents {}x{classes}, \
             or more --epochs",
            variables - constant
        ));
    }
    let all = variables * classes;
    let rare = usage.iter().filter(|&&share| share < HARDLY / classes as f64).count();
    (constant == 0 && rare as f64 > TOO_MANY * all as f64).then(|| {
        format!(
            "{rare} of {all} classes are drawn for less than {HARDLY} / {classes} of the test images: fewer \
             classes (--latents), or more --epochs"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn categorical(name: &str, usage: Vec<f64>) -> Option<String> {
        of_code(name.parse().unwrap(), &LatentUsage::Choices { usage, entropy: 0.5 })
    }

    #[test]
    fn unused_variables_classes_and_dimensions_are_counted() {
        assert_eq!(categorical("2x4", vec![0.25; 8]), None);
        let one = [vec![0.25; 4], vec![0.0, 0.995, 0.005, 0.0]].concat();
        let words = categorical("2x4", one).unwrap();
        assert!(words.starts_with("1 of 2 variables takes the same class"), "{words}");
        assert!(words.contains("--latents 1x4"), "{words}");
        // A code of which nothing is used has a warning.
        assert_eq!(categorical("2x2", vec![1.0, 0.0, 0.0, 1.0]), None);
        let rare = [vec![0.5, 0.5, 0.0, 0.0], vec![0.4, 0.4, 0.2, 0.0]].concat();
        let words = categorical("2x4", rare).unwrap();
        assert!(words.starts_with("3 of 8 classes are drawn for less than 0.1 / 4"), "{words}");
        assert_eq!(categorical("2x4", [vec![0.5, 0.5, 0.0, 0.0], vec![0.25; 4]].concat()), None);
        let gaussian = |kl: &[f64]| {
            of_code(Latents::Gaussian(kl.len()), &LatentUsage::Dimensions { kl: kl.to_vec() })
        };
        let words = gaussian(&[1.0, 0.001, 0.5, 0.0]).unwrap();
        assert!(words.starts_with("2 of 4 dimensions say nothing"), "{words}");
        assert!(words.contains("--latents gaussian:2"), "{words}");
        assert_eq!((gaussian(&[1.0, 0.02]), gaussian(&[0.0, 0.0])), (None, None));
    }
}
