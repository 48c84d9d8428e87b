//! `ComparisonObserver`: the progress of several trainings.

use gumbel_train::Observer;

/// Receives the name of each run that starts, besides its training progress.
pub trait ComparisonObserver: Observer {
    /// The training of a variant starts or resumes: run `number` of `total`, the first being 1.
    fn begin(&mut self, number: usize, total: usize, name: &str);
}

/// Ignores all progress.
impl ComparisonObserver for () {
    fn begin(&mut self, _: usize, _: usize, _: &str) {}
}
