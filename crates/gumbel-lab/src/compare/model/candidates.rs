//! The estimators of a comparison under a model, and those that are left out, with the reason.

use burn::tensor::{Device, Tensor, TensorData};
use gumbel::Key;
use gumbel_burn::estimator::{Name, Options};
use strum::IntoEnumIterator;

use super::batch::{Candidate, Images};
use crate::error::LabError;

/// Estimators of more evaluations a draw are compared by name alone.
const MOST_EVALUATIONS: usize = 64;

/// The estimators that are measured over the temperature: those of `gumbel_compare::estimators_at`.
const OVER_TEMPERATURE: [Name; 8] = [
    Name::StraightThrough,
    Name::GumbelSoftmax,
    Name::StraightThroughGumbelSoftmax,
    Name::GumbelRao,
    Name::GappedStraightThrough,
    Name::ReinMaxRao,
    Name::GumbelSparsemax,
    Name::ReinMax,
];

/// The estimator of a name at a temperature, by default its own, if it has one. Its own parameters are those that are `trained`, or
/// the initial ones if these have other shapes.
pub(super) fn candidate(
    name: Name,
    options: Options,
    tau: Option<f64>,
    images: &Images,
    trained: &[TensorData],
) -> Result<Candidate, LabError> {
    let estimator = name.estimator_with(options)?;
    let (v, k) = (images.choices.variables, images.choices.classes);
    let parameters = estimator.parameters(v, k, Key::new(0), &Device::flex());
    let initial: Vec<TensorData> = parameters.into_iter().map(Tensor::into_data).collect();
    let shapes = |data: &[TensorData]| data.iter().map(|x| x.shape().clone()).collect::<Vec<_>>();
    let fits = shapes(trained) == shapes(&initial);
    let parameters = if fits { trained.to_vec() } else { initial };
    let tau = estimator.default_tau().map(|default| tau.unwrap_or(default));
    Ok(Candidate { tau, estimator, parameters })
}

/// The reason why an estimator has no row; `None` if it has one. One that is asked for by name is left out only if it
/// is not defined here.
fn reason(name: Name, asked: bool, images: &Images) -> Option<String> {
    let (v, k) = (images.choices.variables, images.choices.classes);
    let estimator = name.estimator();
    if estimator.is_for_bound() {
        return Some("it estimates the gradient of another bound".to_owned());
    }
    if let Err(error) = estimator.check(v, k) {
        let text = error.to_string();
        return Some(text.strip_prefix(&format!("{name}: ")).unwrap_or(&text).to_owned());
    }
    let evaluations = estimator.evaluations(v, k);
    let many = evaluations > MOST_EVALUATIONS && !asked;
    many.then(|| format!("{evaluations} evaluations a draw"))
}

/// The estimators with a row, and those without one with the reason. `only` is empty for all.
pub(super) fn chosen(only: &[Name], images: &Images) -> (Vec<Name>, Vec<(Name, String)>) {
    let wanted = Name::iter().filter(|name| only.is_empty() || only.contains(name));
    let (mut chosen, mut left_out) = (Vec::new(), Vec::new());
    for name in wanted {
        match reason(name, !only.is_empty(), images) {
            Some(reason) => left_out.push((name, reason)),
            None => chosen.push(name),
        }
    }
    (chosen, left_out)
}

/// The estimators that are also measured at this temperature.
pub(super) fn at(tau: f64, names: &[Name]) -> Vec<Name> {
    let wanted = OVER_TEMPERATURE.into_iter().filter(|name| names.contains(name));
    wanted.filter(|name| tau >= name.least_tau()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{model, pixels};
    use super::*;

    #[test]
    fn estimators_that_are_left_out_have_a_reason() {
        let images = |latents| Images::new(&model(latents), &pixels(1)).unwrap();
        let (names, out) = chosen(&[], &images("20x10"));
        let reasons: Vec<String> = out.iter().map(|(name, why)| format!("{name}: {why}")).collect();
        assert_eq!(names.len() + out.len(), Name::iter().count());
        for part in ["vimco: it estimates", "arm: ", "indecater: 181 evaluations", "exact: "] {
            assert!(reasons.iter().any(|reason| reason.starts_with(part)), "{part}: {reasons:?}");
        }
        assert_eq!(chosen(&[Name::Indecater], &images("20x10")).0, [Name::Indecater]);
        let (names, _) = chosen(&[], &images("3x2"));
        assert!(names.contains(&Name::Arm) && names.contains(&Name::Exact));
    }

    #[test]
    fn the_names_over_the_temperature_are_those_of_the_oracle() {
        for tau in gumbel_compare::TEMPERATURES {
            let oracle = gumbel_compare::estimators_at(tau).unwrap();
            let mut oracle: Vec<&str> = oracle.iter().map(|e| e.name()).collect();
            let all: Vec<Name> = Name::iter().collect();
            let mut names: Vec<&str> = at(tau, &all).into_iter().map(Name::into).collect();
            oracle.sort_unstable();
            names.sort_unstable();
            assert_eq!(names, oracle);
        }
    }

    #[test]
    fn trained_parameters_and_options_are_taken() {
        let images = Images::new(&model("2x3"), &pixels(1)).unwrap();
        let make = |trained: &[TensorData]| {
            candidate(Name::Relax, Options::default(), None, &images, trained).unwrap().parameters
        };
        let initial = make(&[]);
        let shifted = |data: &TensorData| {
            let values: Vec<f32> = data.iter::<f32>().map(|x| x + 0.25).collect();
            TensorData::new(values, data.shape().clone())
        };
        let trained: Vec<TensorData> = initial.iter().map(shifted).collect();
        assert!(!initial.is_empty() && make(&trained) == trained && trained != initial);
        // Those of another estimator have other shapes.
        assert_eq!(make(&trained[..1]), initial);
        let four = Options { samples: Some(4), ..Options::default() };
        let rloo = candidate(Name::Rloo, four, None, &images, &[]).unwrap();
        assert_eq!((rloo.estimator.settings().as_str(), rloo.tau), ("K 4", None));
        let soft = candidate(Name::GumbelSoftmax, Options::default(), Some(0.3), &images, &[]);
        assert_eq!(soft.unwrap().tau, Some(0.3));
    }
}
