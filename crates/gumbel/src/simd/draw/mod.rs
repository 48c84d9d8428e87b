//! Class weights and their upper bounds, for draws from rows of any width.

pub(crate) mod block;
pub(crate) mod envelope;
pub(crate) mod weights;
