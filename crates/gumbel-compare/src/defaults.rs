//! The names of the estimators, their default list, an estimator by its name, and all at a temperature.

use crate::error::CompareError;
use crate::estimator::{
    AnnealedStraightThrough, Arm, Baseline, CvNoise, Darn, DecoupledStraightThrough, Disarm,
    DoubleCv, Estimator, Exact, Gap, GappedStraightThrough, Grpo, GumbelRao, GumbelSoftmax,
    GumbelSparsemax, Indecater, MuProp, Point, Rebar, ReinMax, ReinMaxCv, ReinMaxRao, Reinforce,
    Relax, Rloo, Rodeo, StraightThrough, StraightThroughGumbelSoftmax, Vimco, Zgr,
};

/// The names of all estimators.
pub const ESTIMATORS: [&str; 26] = [
    "exact",
    "reinforce",
    "rloo",
    "grpo",
    "vimco",
    "indecater",
    "darn",
    "muprop",
    "straight-through",
    "annealed-straight-through",
    "zgr",
    "reinmax",
    "gumbel-softmax",
    "straight-through-gumbel-softmax",
    "gumbel-rao",
    "gapped-straight-through",
    "decoupled-straight-through",
    "reinmax-rao",
    "reinmax-cv",
    "gumbel-sparsemax",
    "rebar",
    "relax",
    "arm",
    "disarm",
    "rodeo",
    "double-cv",
];

/// Lists every estimator with the parameters of the printed comparison, some with further ones.
///
/// ```
/// let all = gumbel_compare::default_estimators();
/// assert_eq!(all.iter().filter(|e| e.name() == "darn").count(), 2);
/// ```
pub fn default_estimators() -> Vec<Box<dyn Estimator>> {
    all().expect("allowed parameters")
}

fn all() -> Result<Vec<Box<dyn Estimator>>, CompareError> {
    Ok(vec![
        Box::new(Exact),
        Box::new(Reinforce::new(Baseline::None)?),
        Box::new(Reinforce::new(Baseline::Mean(8))?),
        Box::new(Reinforce::new(Baseline::Learned)?),
        Box::new(Rloo::new(2)?),
        Box::new(Grpo::new(2)?),
        Box::new(Vimco::new(2)?),
        Box::new(Indecater),
        Box::new(Darn::new(Point::Mean)),
        Box::new(Darn::new(Point::Centre)),
        Box::new(MuProp),
        Box::new(StraightThrough::new(1.0)?),
        Box::new(AnnealedStraightThrough::new(2.0)?),
        Box::new(Zgr),
        Box::new(ReinMax::new(1.0)?),
        Box::new(GumbelSoftmax::new(0.5)?),
        Box::new(StraightThroughGumbelSoftmax::new(0.5)?),
        Box::new(GumbelRao::new(0.5, 10)?),
        Box::new(GappedStraightThrough::new(Gap::Constant(1.0), 1.0)?),
        Box::new(GappedStraightThrough::new(Gap::Probability, 1.0)?),
        Box::new(DecoupledStraightThrough::new(1.0, 1.5)?),
        Box::new(ReinMaxRao::new(1.0, 10)?),
        Box::new(ReinMaxCv::new(0.5, 1.0, 10, CvNoise::Posterior)?),
        Box::new(ReinMaxCv::new(0.5, 1.0, 10, CvNoise::OfTheDraw)?),
        Box::new(GumbelSparsemax::new(1.0)?),
        Box::new(Rebar::new(1.0, 0.5)?),
        Box::new(Relax::new(0.5, 0.5, 0.4)?),
        Box::new(Arm),
        Box::new(Disarm),
        Box::new(Rodeo::new(2, 2.0, 1.0)?),
        Box::new(DoubleCv::new(2, -0.7)?),
    ])
}

/// The estimator of a name, with its default parameters: the first of that name in [`default_estimators`].
///
/// ```
/// let zgr = gumbel_compare::estimator_by_name("zgr").expect("a known name");
/// assert!(!zgr.unbiased());
/// assert!(gumbel_compare::estimator_by_name("zrg").is_none());
/// ```
pub fn estimator_by_name(name: &str) -> Option<Box<dyn Estimator>> {
    default_estimators().into_iter().find(|estimator| estimator.name() == name)
}

/// Lists the estimators with a temperature, each at this one; those that do not allow it are left out.
///
/// The other parameters are those of [`default_estimators`]. `decoupled-straight-through` is not in the list: with the
/// forward temperature 1 it is `straight-through`.
///
/// # Errors
/// A temperature that is not a finite number above 0.
///
/// ```
/// let names = |tau| gumbel_compare::estimators_at(tau).unwrap().len();
/// assert_eq!((names(0.5), names(1.0)), (7, 8)); // reinmax needs 1 or more
/// ```
pub fn estimators_at(tau: f64) -> Result<Vec<Box<dyn Estimator>>, CompareError> {
    let mut all: Vec<Box<dyn Estimator>> = vec![
        Box::new(StraightThrough::new(tau)?),
        Box::new(GumbelSoftmax::new(tau)?),
        Box::new(StraightThroughGumbelSoftmax::new(tau)?),
        Box::new(GumbelRao::new(tau, 10)?),
        Box::new(GappedStraightThrough::new(Gap::Constant(1.0), tau)?),
        Box::new(ReinMaxRao::new(tau, 10)?),
        Box::new(GumbelSparsemax::new(tau)?),
    ];
    if let Ok(reinmax) = ReinMax::new(tau) {
        all.push(Box::new(reinmax));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_there() {
        let mut names: Vec<String> =
            default_estimators().iter().map(|estimator| estimator.name().to_owned()).collect();
        names.dedup();
        assert_eq!(names, ESTIMATORS);
        let tau = estimators_at(1.0).unwrap();
        assert!(tau.iter().all(|estimator| ESTIMATORS.contains(&estimator.name())));
    }
}
