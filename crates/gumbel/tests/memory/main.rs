//! The memory that each function allocates, counted by an allocator, beside the amount that its documentation states.
//!
//! A count is the most that was allocated at one time above what was allocated before the call, with the result.
//! One test in a process of its own: the counter is that of the whole process. Its output (`--nocapture`) is a table.

#![cfg(feature = "rayon")]

mod documented;
#[cfg(feature = "half")]
mod half;
mod relax;
mod sample;

use std::hint::black_box;

use documented::Shape;
use gumbel::{Key, Real, noise};
use peak_alloc::PeakAlloc;

#[global_allocator]
static COUNTER: PeakAlloc = PeakAlloc;

/// Bytes that the documentation calls none: a list of one number, for example.
const FEW: usize = 64;
/// Bytes that a pool of several threads allocates for its queues, now and then, whatever the work is: 3,728 were seen.
const QUEUES: usize = 8_192;

/// The counts of the calls on a number of threads.
struct Counts {
    threads: usize,
    /// The calls that allocated more than is documented.
    wrong: Vec<String>,
}

impl Counts {
    /// Counts the bytes of a call, which may be `documented` at most. The first of three calls is not counted: the
    /// threads may start something.
    fn call<R>(&mut self, name: &str, documented: usize, mut f: impl FnMut() -> R) {
        drop(black_box(f()));
        let mut most = 0;
        for _ in 0..2 {
            COUNTER.reset_peak_usage();
            let before = COUNTER.current_usage();
            drop(black_box(f()));
            most = most.max(COUNTER.peak_usage() - before);
        }
        let line =
            format!("{} threads, {name}: {most} bytes, documented {documented}", self.threads);
        println!("{line}");
        let few = if self.threads == 1 { FEW } else { FEW + QUEUES };
        if most > documented + few {
            self.wrong.push(line);
        }
    }
}

/// Some logits, or given gradients.
fn values<T: Real>(n: usize) -> Vec<T> {
    let mut values = vec![T::default(); n];
    noise::logistic_into(Key::new(n as u64), 0, &mut values);
    values
}

#[test]
fn no_call_allocates_more_than_is_documented() {
    let mut wrong = Vec::new();
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        // Inside the pool: a call from outside it allocates its message to the pool.
        wrong.extend(pool.install(|| {
            let mut counts = Counts { threads, wrong: Vec::new() };
            for shape in Shape::ALL {
                relax::count::<f32>(&mut counts, shape);
                relax::count::<f64>(&mut counts, shape);
                sample::count::<f32>(&mut counts, shape);
                sample::count::<f64>(&mut counts, shape);
                #[cfg(feature = "half")]
                half::count(&mut counts, shape);
            }
            sample::count_one_row::<f32>(&mut counts);
            sample::count_one_row::<f64>(&mut counts);
            counts.wrong
        }));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
