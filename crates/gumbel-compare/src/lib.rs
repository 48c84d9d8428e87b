//! x
mod error;
pub mod estimator;
mod moments;
pub mod problem;
pub mod simplex;
mod tabulated;
pub use error::CompareError;
pub use moments::{CHUNK, Moments};
pub use tabulated::{MOST_STATES, Tabulated};
