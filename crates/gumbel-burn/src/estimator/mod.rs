//! Gradient estimators for discrete variables behind one interface, chosen by name.
//!
//! A model is written once, as a function from a sample to a cost for each row, and the estimator is a name:
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use gumbel::Key;
//! use gumbel_burn::estimator::{Cost, Name, Variables};
//!
//! let device = Device::flex().autodiff();
//! let logits = Tensor::<3>::zeros([16, 20, 10], &device).require_grad();
//! let estimator = "reinmax".parse::<Name>()?.estimator();
//! let squares = |sample: Tensor<3>| Ok(sample.square().sum_dim(2).sum_dim(1).flatten(0, 2));
//! let run_key = Key::new(7);
//! for step in 0..3 {
//!     let variables = Variables::new(logits.clone(), run_key.fold_in(step)).with_tau(1.0);
//!     let estimate = estimator.estimate(&variables, &Cost::new(&squares))?;
//!     assert_eq!(estimate.cost.dims(), [16]);
//!     let gradients = estimate.surrogate.mean().backward();
//!     assert!(logits.grad(&gradients).is_some());
//! }
//! # Ok::<(), gumbel_burn::Error>(())
//! ```
//!
//! In all files: theta are the logits of one variable, pi = softmax(theta), D a one-hot draw, f the cost, g = df/dx at
//! D, J(p) = diag(p) - p p^T, and D - pi the score. Formulas are for one variable of several independent ones; f and g
//! are those of all variables together.
//!
//! | name | unbiased | evaluations of the cost | its own parameters | memory |
//! |---|---|---|---|---|
//! | `gumbel-softmax` | for the relaxed cost | 1, at a soft sample |  | 5 |
//! | `straight-through-gumbel-softmax` | no | 1 |  | 5 |
//! | `gumbel-rao` | no | 1 |  | 5 |
//! | `gapped-straight-through` | no | 1 |  | 7 |
//! | `decoupled-straight-through` | no | 1 |  | 7 |
//! | `straight-through`, `annealed-straight-through` | at tau = 1 for linear costs | 1 |  | 7 |
//! | `darn` | for linear costs | 1 |  | 7 |
//! | `zgr`, `reinmax` | at tau = 1 for quadratic costs | 1 |  | 7 |
//! | `reinmax-rao` | no | 1 |  | 8 |
//! | `reinmax-cv` | no | 1 |  | 12 |
//! | `gumbel-sparsemax` | for its relaxed cost | 1, at a soft sample |  | 5 |
//! | `reinforce` | yes | 1, no gradient | of a learned baseline | 4 |
//! | `rloo` | yes | K, no gradient |  | 5 |
//! | `grpo` | no | K, no gradient |  | 5 |
//! | `vimco` | for its bound | K, no gradient |  | 5 |
//! | `muprop` | yes | 2, one at pi |  | 6 |
//! | `rebar` | yes | 3, two at soft points; 5 while its temperature is trained | 2 | 13 |
//! | `relax` | yes | as `rebar` | 2 and a network | 22 |
//! | `arm` | yes, two classes | 2, no gradient |  | 6 |
//! | `disarm` | yes | 2, no gradient |  | 5 |
//! | `rodeo` | yes | 2 K, half of them for the network in the cost | 2 | 16 |
//! | `double-cv` | yes | 2 K, half of them for the network in the cost | 1 | 13 |
//! | `indecater` | yes | v (k - 1) + 1, no gradient |  | 7 |
//! | `exact` | yes, no noise | k^v, no gradient |  | k^v |
//!
//! The memory is the largest of an estimate and its backward pass on the CPU, in tensors of the size of the logits, with
//! K = 2 samples of D or K = 10 of the noise given D, the own parameters trained. It includes the gradient of the logits
//! and one tensor for the product in the linear cost of the test that measures it. On other devices `gumbel-rao` and
//! its two relatives keep K more.
//!
//! [`Unimix`] mixes the law of any of them with the uniform one.
//!
//! # Which estimator evaluates the cost where
//!
//! "No gradient" in the table: the cost may be a simulator or a table, [`Cost::without_gradient`]. Soft samples and
//! soft points need a cost that is defined between the corners, [`Cost::new`]. All others need a gradient at corners,
//! [`Cost::at_corners`].
//!
//! # Layers in sequence
//!
//! The cost of the first layer contains the estimate of the next, and returns its surrogate:
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use gumbel::Key;
//! use gumbel_burn::estimator::{Cost, Estimator, Rloo, Variables, Zgr};
//!
//! let device = Device::flex().autodiff();
//! let first = Tensor::<3>::zeros([8, 2, 3], &device).require_grad();
//! let weight = Tensor::<2>::ones([6, 4], &device).require_grad();
//! let [one, two] = Key::new(7).split();
//! let estimate = Rloo::new(2)?.estimate(&Variables::new(first.clone(), one), &Cost::new(&|x| {
//!     let second = x.flatten::<2>(1, 2).matmul(weight.clone()).reshape([8, 2, 2]);
//!     let cost = |y: Tensor<3>| Ok(Variables::yes(y).sum_dim(1).flatten(0, 1));
//!     Ok(Zgr.estimate(&Variables::new(second, two), &Cost::new(&cost))?.surrogate)
//! }))?;
//! let gradients = estimate.surrogate.mean().backward();
//! assert!(first.grad(&gradients).is_some() && weight.grad(&gradients).is_some());
//! # Ok::<(), gumbel_burn::Error>(())
//! ```

mod algebra;
mod arm;
mod by_name;
mod control_variate;
mod cost;
mod darn;
mod decoupled_straight_through;
mod disarm;
mod double_cv;
mod estimate;
mod exact;
mod gapped_straight_through;
mod grpo;
mod gumbel_rao;
mod gumbel_softmax;
mod gumbel_sparsemax;
mod indecater;
mod interface;
mod muprop;
mod passage;
mod rebar;
mod reinforce;
mod reinmax;
mod reinmax_cv;
mod reinmax_rao;
mod relax;
mod rloo;
mod rodeo;
mod samples;
mod straight_through;
mod straight_through_gumbel_softmax;
mod unimix;
mod variables;
mod vimco;
mod zgr;

pub use arm::Arm;
pub use by_name::{Name, Options};
pub use cost::{Cost, Needs};
pub use darn::{Darn, Point};
pub use decoupled_straight_through::DecoupledStraightThrough;
pub use disarm::Disarm;
pub use double_cv::DoubleCv;
pub use estimate::Estimate;
pub use exact::Exact;
pub use gapped_straight_through::{Gap, GappedStraightThrough};
pub use grpo::Grpo;
pub use gumbel_rao::GumbelRao;
pub use gumbel_softmax::GumbelSoftmax;
pub use gumbel_sparsemax::GumbelSparsemax;
pub use indecater::Indecater;
pub use interface::Estimator;
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
pub use unimix::{Unimix, unimix};
pub use variables::Variables;
pub use vimco::Vimco;
pub use zgr::Zgr;
