//! Advice about a trained code: variables, classes and dimensions that are not used.
//!
//! What a variable says about the image is the information I = H(shares of its classes) - mean over the images of
//! H(q | x), in nats. An encoder that ignores the image may draw all classes, and says nothing.

use crate::vae::eval::LatentUsage;
use crate::vae::latents::Latents;

/// A variable is not used when one class has at least this share of its draws.
const ONE_CLASS: f64 = 0.99;
/// A variable says little below this share of ln k, the most that one of k classes can say about the image.
const LITTLE: f64 = 0.1;
/// A class is hardly drawn below this share of 1/k.
const HARDLY: f64 = 0.1;
/// The share of classes hardly drawn above which there are too many.
const TOO_MANY: f64 = 0.25;
/// A dimension of a Gaussian code is not used below this divergence, in nats.
pub(super) const ACTIVE: f64 = 0.01;

/// Advice about the use of a code on the test images. A code of which nothing is used has a warning instead.
pub(super) fn of_code(latents: Latents, code: &LatentUsage) -> Vec<String> {
    match (latents, code) {
        (Latents::Categorical(choices), LatentUsage::Choices { usage, entropies }) => {
            of_choices(choices.classes, usage, entropies)
        }
        (_, LatentUsage::Dimensions { kl }) => {
            let used = kl.iter().filter(|&&kl| kl > ACTIVE).count();
            let unused = kl.len() - used;
            let advice = (unused > 0 && used > 0).then(|| {
                format!(
                    "{unused} of {} dimensions say nothing, with a divergence below {ACTIVE} nats: --latents \
                     gaussian:{used}, or more --epochs",
                    kl.len()
                )
            });
            advice.into_iter().collect()
        }
        (Latents::Gaussian(_), LatentUsage::Choices { .. }) => Vec::new(),
    }
}

/// What each variable says about the image, in nats.
pub(super) fn information(classes: usize, usage: &[f64], entropies: &[f64]) -> Vec<f64> {
    let term = |&share: &f64| if share > 0.0 { -share * share.ln() } else { 0.0 };
    let whole = usage.chunks(classes.max(1)).map(|row| row.iter().map(term).sum::<f64>());
    whole.zip(entropies).map(|(whole, given)| (whole - given).max(0.0)).collect()
}

/// The information below which a variable of `classes` classes says little, in nats.
pub(super) fn little_of(classes: usize) -> f64 {
    LITTLE * (classes as f64).ln()
}

fn of_choices(classes: usize, usage: &[f64], entropies: &[f64]) -> Vec<String> {
    let variables = entropies.len();
    let largest = |row: &[f64]| row.iter().copied().fold(0.0, f64::max);
    let constant = usage.chunks(classes).filter(|row| largest(row) >= ONE_CLASS).count();
    let mut advice = Vec::new();
    if (1..variables).contains(&constant) {
        let take = if constant == 1 { "takes" } else { "take" };
        advice.push(format!(
            "{constant} of {variables} variables {take} the same class for all test images: --latents {}x{classes}, \
             or more --epochs",
            variables - constant
        ));
    }
    let rows = usage.chunks(classes).zip(information(classes, usage, entropies));
    let little =
        rows.filter(|(row, said)| largest(row) < ONE_CLASS && *said < little_of(classes)).count();
    if little > 0 {
        let say = if little == 1 { "says" } else { "say" };
        let fewer = match variables - constant - little {
            0 => String::new(),
            used => format!(", or --latents {used}x{classes}"),
        };
        advice.push(format!(
            "{little} of {variables} variables {say} less than {:.2} nats about the image, a tenth of ln {classes}: \
             more --epochs{fewer}",
            little_of(classes)
        ));
    }
    if !advice.is_empty() {
        return advice;
    }
    let all = variables * classes;
    let rare = usage.iter().filter(|&&share| share < HARDLY / classes as f64).count();
    if constant == 0 && rare as f64 > TOO_MANY * all as f64 {
        advice.push(format!(
            "{rare} of {all} classes are drawn for less than {HARDLY} / {classes} of the test images: fewer \
             classes (--latents), or more --epochs"
        ));
    }
    advice
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each variable is certain, given the image.
    fn categorical(name: &str, usage: Vec<f64>) -> Option<String> {
        given(name, usage, 0.0)
    }

    /// Each variable has this entropy, given the image.
    fn given(name: &str, usage: Vec<f64>, entropy: f64) -> Option<String> {
        let variables = usage.len() / name.split_once('x').unwrap().1.parse::<usize>().unwrap();
        let usage = LatentUsage::Choices { usage, entropies: vec![entropy; variables] };
        let mut advice = of_code(name.parse().unwrap(), &usage);
        assert!(advice.len() < 2, "{advice:?}");
        advice.pop()
    }

    /// An encoder that ignores the image draws every class as often, and its variables looked used.
    #[test]
    fn variables_that_ignore_the_image_are_counted() {
        let even = vec![0.25; 8];
        let words = given("2x4", even.clone(), 4f64.ln() - 0.13).unwrap();
        assert!(
            words.starts_with(
                "2 of 2 variables say less than 0.14 nats about the image, a tenth of"
            ),
            "{words}"
        );
        assert!(words.ends_with("more --epochs"), "{words}");
        assert_eq!(given("2x4", even.clone(), 4f64.ln() - 0.15), None);
        let said = information(4, &[even, vec![1.0, 0.0, 0.0, 0.0]].concat(), &[0.0, 0.3, 0.0]);
        let expected = [4f64.ln(), 4f64.ln() - 0.3, 0.0];
        assert!(said.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{said:?}");
        // One that takes one class, and one that ignores the image.
        let usage = [vec![1.0, 0.0], vec![0.5, 0.5], vec![0.5, 0.5]].concat();
        let code = LatentUsage::Choices { usage, entropies: vec![0.0, 0.69, 0.1] };
        let advice = of_code("3x2".parse().unwrap(), &code);
        assert!(advice[0].starts_with("1 of 3 variables takes the same class"), "{advice:?}");
        assert!(advice[1].starts_with("1 of 3 variables says less"), "{advice:?}");
        assert!(advice[1].ends_with("or --latents 1x2"), "{advice:?}");
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
            of_code(Latents::Gaussian(kl.len()), &LatentUsage::Dimensions { kl: kl.to_vec() }).pop()
        };
        let words = gaussian(&[1.0, 0.001, 0.5, 0.0]).unwrap();
        assert!(words.starts_with("2 of 4 dimensions say nothing"), "{words}");
        assert!(words.contains("--latents gaussian:2"), "{words}");
        assert_eq!((gaussian(&[1.0, 0.02]), gaussian(&[0.0, 0.0])), (None, None));
    }
}
