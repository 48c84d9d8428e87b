//! A variational autoencoder with categorical latents, trained through Gumbel-Softmax or another estimator, or with
//! Gaussian latents, trained through the re-parameterised sample.
//!
//! ```text
//! encoder   q(z | x) = prod_v Categorical(softmax(a_v)),   a = W (x - mean) + b    [v, k] logits
//!        or q(z | x) = prod_j N(mu_j, sigma_j^2),          (mu, ln sigma) = W (x - mean) + b
//! decoder   p(x | z) = prod_j Bernoulli(sigmoid(l_j)),     l = network(z)
//! prior     p(z) = prod_v Categorical(softmax(b_v)),       learned from zero logits, or uniform
//!        or p(z) = N(0, 1)^D
//! bound     -ln p(x) <= E_q[-ln p(x | z)] + KL(q(z | x) || p(z))        in nats an image
//! ```
//!
//! For discrete choices, the gradient is that of an estimator. `gumbel-softmax` and `gumbel-sparsemax` replace z by a
//! relaxed sample, so their training objective is not a bound. Every reported bound is evaluated with one-hot samples ("discretised to one-hot"). With
//! Gaussian latents the objective is the bound, from one sample an image.
//!
//! Jang, Gu and Poole, arXiv 1611.01144, section 4.2; Kingma and Welling, arXiv 1312.6114.

mod advice;
pub mod categorical;
pub mod codes;
pub mod comparison;
pub mod config;
pub mod eval;
mod experiment;
pub mod gaussian;
mod latents;
pub mod model;
mod pictures;
mod pixels;
mod posterior;
mod record;
mod run;
mod source;
mod train;

pub use codes::{
    Pick, Split, code_logits, code_numbers, codes_of, decode_codes, numbers_of, one_hot,
    pick_classes, split_pixels,
};
pub use config::{Device, Gradient, Prior, VaeConfig};
pub use eval::{Bound, Evaluation, LatentUsage, evaluate, importance_weighted};
pub use latents::{Choices, Latents};
pub use model::Vae;
pub use pictures::{mean_grid, sample_grid};
pub(crate) use pixels::means;
pub use pixels::{check_data, test_set, training_pixels};
pub use posterior::Posterior;
pub(crate) use record::MetricsRow;
pub use record::Summary;
pub use run::VaeRun;
pub use source::run_data;
pub use train::{SAMPLES_AT_THE_END, train};
