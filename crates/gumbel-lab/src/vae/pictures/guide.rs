//! What to look at in the report of a run, by its result.

use crate::vae::MetricsRow;
use crate::vae::advice::{ACTIVE, information, little_of};
use crate::vae::eval::LatentUsage;
use crate::vae::latents::Latents;

/// Sentences that lead through the pictures of a report.
pub(super) fn points(latents: Latents, code: &LatentUsage, metrics: &[MetricsRow]) -> Vec<String> {
    let samples =
        "Samples from the prior: as clear as the reconstructions, if the prior fits the codes.";
    let code = match (latents, code) {
        (Latents::Categorical(choices), LatentUsage::Choices { usage, entropies }) => {
            of_choices(choices.classes, usage, entropies)
        }
        (latents, LatentUsage::Dimensions { kl }) => of_dimensions(latents, kl),
        (Latents::Gaussian(_), LatentUsage::Choices { .. }) => None,
    };
    bound(metrics).into_iter().chain([samples.to_owned()]).chain(code).collect()
}

fn bound(metrics: &[MetricsRow]) -> Option<String> {
    let last = metrics.last()?;
    let gap = last.validation_bound - last.train_bound;
    let end = match gap >= 0.05 {
        true => format!("At the end validation is {gap:.1} nats above training, and a gap"),
        false => "At the end validation is not above training. A gap".to_owned(),
    };
    Some(format!(
        "Bound during training: validation and training should fall and end flat. {end} is normal: it matters only \
         when the validation bound rises."
    ))
}

fn of_choices(classes: usize, usage: &[f64], entropies: &[f64]) -> Option<String> {
    let said = information(classes, usage, entropies);
    let (count, all) =
        (said.iter().filter(|&&nats| nats >= little_of(classes)).count(), said.len());
    let most = said.iter().copied().fold(0.0, f64::max);
    Some(format!(
        "Use of the classes: one dark cell in a row is a variable that always takes the same class. Many shades do not \
         show that a variable is used, because a choice that ignores the image has them too. Here {count} of {all} \
         variables say {:.2} nats or more about the image, and the most is {most:.2} of at most {:.2}.",
        little_of(classes),
        (classes as f64).ln()
    ))
}

fn of_dimensions(latents: Latents, kl: &[f64]) -> Option<String> {
    let (used, all) = (kl.iter().filter(|&&nats| nats > ACTIVE).count(), kl.len());
    match (latents, used) {
        (_, 0) => None,
        (Latents::Gaussian(2), 2) => Some(
            "The map of the code: neighbours should be alike. Kinds of images that share a region are those that two \
             numbers cannot tell apart."
                .to_owned(),
        ),
        (Latents::Gaussian(2), _) => Some(
            "The map of the code: the images change along one dimension only, as the other says nothing.".to_owned(),
        ),
        _ => Some(format!(
            "Divergence of the dimensions: {used} of {all} say something about the image{}",
            if used < all { "; those near 0 could be left out." } else { "." }
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(train_bound: f64, validation_bound: f64) -> MetricsRow {
        MetricsRow {
            epoch: 1,
            step: 10,
            tau: None,
            objective: 0.0,
            train_bound,
            validation_bound,
            validation_kl: 1.0,
            entropy: None,
        }
    }

    #[test]
    fn sentences_follow_the_result() {
        let told = |name: &str, code: LatentUsage, gap: f64| {
            points(name.parse().unwrap(), &code, &[row(90.0, 120.0), row(20.0, 20.0 + gap)])
        };
        let ignores = LatentUsage::Choices { usage: vec![0.5; 4], entropies: vec![0.69, 0.2] };
        let words = told("2x2", ignores, 12.0);
        assert!(words[0].contains("validation is 12.0 nats above training, and a gap is normal"));
        assert!(words[2].contains("Here 1 of 2 variables say 0.07 nats or more"), "{words:?}");
        assert!(words[2].contains("the most is 0.49 of at most 0.69."), "{words:?}");
        let dimensions = |kl: &[f64]| LatentUsage::Dimensions { kl: kl.to_vec() };
        let words = told("gaussian:2", dimensions(&[1.0, 0.9]), -1.0);
        assert!(
            words[0].contains("validation is not above training. A gap is normal"),
            "{words:?}"
        );
        assert!(words[2].contains("neighbours should be alike"), "{words:?}");
        let words = told("gaussian:2", dimensions(&[1.0, 0.0]), 1.0);
        assert!(words[2].contains("along one dimension only"), "{words:?}");
        assert_eq!(told("gaussian:2", dimensions(&[0.0, 0.0]), 1.0).len(), 2);
        let words = told("gaussian:3", dimensions(&[1.0, 0.0, 0.5]), 1.0);
        assert!(words[2].contains("2 of 3 say something about the image; those near 0"));
        assert_eq!(points(Latents::Gaussian(2), &dimensions(&[0.0, 0.0]), &[]).len(), 1);
    }
}
