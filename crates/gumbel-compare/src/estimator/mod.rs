//! Estimators of the gradient of an expected cost in the logits, one file each.
//!
//! In all files: theta are the logits of one variable, pi = softmax(theta), D a one-hot draw, f the cost,
//! g = df/dx at D, J(p) = diag(p) - p p^T, and D - pi the score. Formulas are for one variable of several
//! independent ones; f and g are those of all variables together.

mod arm;
mod control_variate;
mod darn;
mod decoupled_straight_through;
mod disarm;
mod double_cv;
mod enumeration;
mod exact;
mod gapped_straight_through;
mod grpo;
mod gumbel_rao;
mod gumbel_softmax;
mod gumbel_sparsemax;
mod indecater;
mod interface;
mod muprop;
#[cfg(test)]
mod power;
mod rebar;
mod reinforce;
mod reinmax;
mod reinmax_cv;
mod reinmax_rao;
mod relax;
mod rloo;
mod rodeo;
mod stick_breaking;
mod straight_through;
mod straight_through_gumbel_softmax;
mod unimix;
mod vimco;
mod zgr;

pub use arm::Arm;
pub use darn::{Darn, Point};
pub use decoupled_straight_through::DecoupledStraightThrough;
pub use disarm::Disarm;
pub use double_cv::DoubleCv;
pub use enumeration::MOST_OUTCOMES;
pub use exact::Exact;
pub use gapped_straight_through::{Gap, GappedStraightThrough};
pub use grpo::Grpo;
pub use gumbel_rao::GumbelRao;
pub use gumbel_softmax::GumbelSoftmax;
pub use gumbel_sparsemax::GumbelSparsemax;
pub use indecater::Indecater;
pub use interface::{Estimator, Needs};
pub use muprop::MuProp;
pub use rebar::Rebar;
pub use reinforce::{Baseline, Reinforce};
pub use reinmax::ReinMax;
pub use reinmax_cv::{CvNoise, ReinMaxCv};
pub use reinmax_rao::ReinMaxRao;
pub use relax::Relax;
pub use rloo::Rloo;
pub use rodeo::Rodeo;
pub use straight_through::{AnnealedStraightThrough, StraightThrough};
pub use straight_through_gumbel_softmax::StraightThroughGumbelSoftmax;
pub use unimix::Unimix;
pub use vimco::{Vimco, exact_gradient_of_bound};
pub use zgr::Zgr;
