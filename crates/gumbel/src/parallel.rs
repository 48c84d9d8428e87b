//! Runs work on all threads of the current rayon pool, with the same bits on any number of threads.
//!
//! Every kernel gives the same result for a whole as for its parts, so the places of the cuts do not
//! change the result.
//!
//! The current pool is that of `ThreadPool::install`, else the global one, which any question about it starts. So the
//! size of the work is compared first, here and wherever else rayon is called (`simd/scan.rs`, `sample/top_k`): short
//! work starts no pool. `tests/pool.rs` holds this.

/// Elements of the largest part: 10 to 30 microseconds of work, much more than the cost of passing it to a thread.
#[cfg_attr(not(feature = "rayon"), expect(dead_code, reason = "without threads no work is cut"))]
pub(crate) const THREAD_PART: usize = 1 << 15;

/// Elements of the smallest part. With two threads that are awake, two such parts take 0.6 to 0.65 of the time of one
/// thread; parts of half the size gain less than a thread loses that has to wake up.
#[cfg(feature = "rayon")]
const SMALLEST_PART: usize = 1 << 13;

/// Work that can be split into two parts.
#[cfg_attr(not(feature = "rayon"), expect(dead_code, reason = "without threads no work is cut"))]
pub(crate) trait Work: Send + Sized {
    /// The number of pieces: a split falls between two of them.
    fn pieces(&self) -> usize;
    /// The approximate number of elements of a piece.
    fn elements(&self) -> usize;
    /// Splits into the first `pieces` pieces and the rest.
    fn split(self, pieces: usize) -> (Self, Self);
    /// Does the work on this thread.
    fn run(self);
}

/// The number of threads of the current pool. Starts the global pool, if that is the current one.
pub(crate) fn threads() -> usize {
    #[cfg(feature = "rayon")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "rayon"))]
    1
}

/// Does the work: on this thread if it has at most two parts of [`SMALLEST_PART`] elements, otherwise in parts, some for
/// each thread.
pub(crate) fn run<W: Work>(work: W) {
    #[cfg(feature = "rayon")]
    {
        let elements = work.pieces().saturating_mul(work.elements());
        if elements > 2 * SMALLEST_PART && threads() > 1 {
            let part = (elements / (4 * threads())).clamp(SMALLEST_PART, THREAD_PART);
            return run_parts(work, part);
        }
    }
    work.run();
}

/// Does the work in parts of about `part` elements.
#[cfg(feature = "rayon")]
fn run_parts<W: Work>(work: W, part: usize) {
    // A multiple of 64 pieces is also a multiple of 64 elements, so parts begin with a whole group of noise.
    let pieces_per_part = match part / work.elements().max(1) {
        few @ 0..64 => few.max(1),
        many => many / 64 * 64,
    };
    if work.pieces() < 2 * pieces_per_part {
        return work.run();
    }
    let parts = work.pieces() / pieces_per_part;
    let (first, second) = work.split(parts / 2 * pieces_per_part);
    rayon::join(|| run_parts(first, part), || run_parts(second, part));
}

/// Work on the pieces of a buffer. `f` takes the number of the first piece and the buffer for the results.
struct Pieces<'a, T, F> {
    first: usize,
    out: &'a mut [T],
    elements: usize,
    f: &'a F,
}

impl<T: Send, F: Fn(usize, &mut [T]) + Sync> Work for Pieces<'_, T, F> {
    fn pieces(&self) -> usize {
        self.out.len()
    }

    fn elements(&self) -> usize {
        self.elements
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (out, rest) = self.out.split_at_mut(pieces);
        (Self { out, ..self }, Self { first: self.first + pieces, out: rest, ..self })
    }

    fn run(self) {
        (self.f)(self.first, self.out);
    }
}

/// Calls `f` with each part of `out` and the index of the part's first element.
pub(crate) fn for_elements<T: Send>(out: &mut [T], f: impl Fn(usize, &mut [T]) + Sync) {
    for_pieces(out, 1, f);
}

/// Calls `f` with each part of `out`, whose items take as long as `elements` elements each, and the index of the
/// part's first item.
pub(crate) fn for_pieces<T: Send>(
    out: &mut [T],
    elements: usize,
    f: impl Fn(usize, &mut [T]) + Sync,
) {
    run(Pieces { first: 0, out, elements, f: &f });
}

#[cfg(all(test, feature = "rayon"))]
mod tests;
