//! The records of a run of `train vae`: `summary.json` and `metrics.csv`.

use gumbel_train::Health;
use serde::{Deserialize, Serialize};

/// `summary.json`: the result of a finished run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The bound on the test images in nats an image: lower is better. A discrete code is one-hot.
    pub test_bound_nats: f64,
    /// The standard error of the bound over the images.
    pub se: f64,
    /// The number of samples for each image.
    pub samples: u64,
    /// The gradient estimator, `re-parameterised` for a Gaussian code.
    pub estimator: String,
    /// The number of epochs trained.
    pub epochs: u64,
    /// The number of test images.
    pub images: usize,
    /// The mean divergence on the test images in nats an image, which is a part of the bound.
    pub test_kl_nats: f64,
    /// The bound on the first 2,000 training images, or all if there are fewer.
    pub train_bound_nats: f64,
    /// The data set.
    pub data: String,
    /// The way the pixels were binarised.
    pub binarise: String,
    /// The number of training steps.
    pub steps: u64,
    /// Problems of the training.
    #[serde(flatten)]
    pub health: Health,
}

/// A row of `metrics.csv`: an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct MetricsRow {
    /// Epochs done.
    pub(crate) epoch: u64,
    /// Steps done.
    pub(crate) step: u64,
    /// The temperature of the last step; empty where nothing is relaxed.
    pub(crate) tau: Option<f64>,
    /// The mean of the training objective over the epoch; with relaxed samples it is not a bound.
    pub(crate) objective: f64,
    /// The bound on the first training images; a discrete code is one-hot.
    pub(crate) train_bound: f64,
    /// The bound on the validation images; a discrete code is one-hot.
    pub(crate) validation_bound: f64,
    /// The divergence, which is a part of it.
    pub(crate) validation_kl: f64,
    /// The mean entropy of a latent variable given the image, in nats; empty for a Gaussian code.
    pub(crate) entropy: Option<f64>,
}

impl gumbel_train::Summary for Summary {
    fn in_words(&self) -> String {
        format!("test bound {:.3} +- {:.3} nats", self.test_bound_nats, self.se)
    }

    fn health(&self) -> &Health {
        &self.health
    }
}
