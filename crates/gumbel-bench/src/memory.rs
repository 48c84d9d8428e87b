//! The time to read and write memory: the limit for every kernel.

use std::hint::black_box;
use std::time::Instant;

use rayon::prelude::*;

/// The elements of a part that a thread handles.
const PART: usize = 1 << 14;

/// The time to read and to write 4 bytes once, in nanoseconds, with the threads of the current pool.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// The time to read 4 bytes, in nanoseconds.
    pub read: f64,
    /// The time to write 4 bytes, in nanoseconds.
    pub write: f64,
}

impl Memory {
    /// Measures both times on a buffer of `elements` numbers of 4 bytes: the median of nine passes, each of
    /// several rounds over a small buffer.
    pub fn measure(elements: usize) -> Self {
        let mut buffer = vec![1_u32; elements.max(1)];
        let rounds = (1 << 20) / buffer.len() + 1;
        let each = 1.0 / (rounds * buffer.len()) as f64;
        let median = |times: &mut [f64]| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        let (mut reads, mut writes) = ([0.0; 9], [0.0; 9]);
        for (pass, (read, write)) in reads.iter_mut().zip(&mut writes).enumerate() {
            let start = Instant::now();
            for round in 0..rounds {
                fill(&mut buffer, (pass + round) as u32);
                black_box(&mut buffer);
            }
            *write = start.elapsed().as_nanos() as f64 * each;
            let start = Instant::now();
            for _ in 0..rounds {
                black_box(xor(black_box(&buffer)));
            }
            *read = start.elapsed().as_nanos() as f64 * each;
        }
        Self { read: median(&mut reads), write: median(&mut writes) }
    }
}

/// Writes `value` to every element.
fn fill(buffer: &mut [u32], value: u32) {
    match buffer.len() > PART {
        true => buffer.par_chunks_mut(PART).for_each(|part| part.fill(value)),
        false => buffer.fill(value),
    }
}

/// Reads every element: an exclusive-or, which the compiler may vectorise.
fn xor(buffer: &[u32]) -> u32 {
    let part = |part: &[u32]| part.iter().fold(0, |all, x| all ^ x);
    match buffer.len() > PART {
        true => buffer.par_chunks(PART).map(part).reduce(|| 0, |a, b| a ^ b),
        false => part(buffer),
    }
}
