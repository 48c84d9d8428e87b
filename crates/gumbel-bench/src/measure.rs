//! The measurement of a kernel: the median of several calls.

use std::time::{Duration, Instant};

use gumbel::Key;
use serde::Serialize;

use crate::kernels::Kernel;
use crate::memory::Memory;

/// The measured times of a kernel.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// The name of the kernel.
    pub kernel: &'static str,
    /// The number of elements in a call.
    pub n: usize,
    /// The time of a call in nanoseconds an element: the median of the calls.
    pub ns: f64,
    /// The time of the fastest call in nanoseconds an element.
    pub least_ns: f64,
    /// The time to read and write the memory of a call once, in nanoseconds an element.
    pub memory_ns: f64,
    /// The time of a call as a multiple of the time for its memory: `ns / memory_ns`.
    pub multiple: f64,
    /// The number of measured calls.
    pub calls: usize,
    /// The number of threads of the calls.
    pub threads: usize,
}

/// Measures a kernel on about `n` elements: calls it for about `budget`, at least three times, after one call
/// that is not measured.
///
/// Short calls are timed together, so that the resolution of the clock does not matter. The output of the
/// unmeasured call and of the last call is checked.
///
/// # Errors
/// A message if the call would have more than 2^34 elements, or if its output is wrong.
pub fn measure(kernel: &'static Kernel, n: usize, budget: Duration) -> Result<Measured, String> {
    let wrong_output = |error: String| format!("{}: {error}", kernel.name);
    let mut work = kernel.prepare(n)?;
    let n = work.elements();
    let start = Instant::now();
    work.call(Key::new(0));
    let once = start.elapsed();
    work.check().map_err(wrong_output)?;
    let repeats = (Duration::from_millis(1).as_nanos() / once.as_nanos().max(1) + 1) as usize;
    let (mut times, began) = (Vec::new(), Instant::now());
    while times.len() < 3 || (began.elapsed() < budget && times.len() < 1_000) {
        let keys: Vec<Key> =
            (0..repeats).map(|i| Key::new(1).fold_in((times.len() * repeats + i) as u64)).collect();
        let start = Instant::now();
        for key in keys {
            work.call(key);
        }
        times.push(start.elapsed().as_nanos() as f64 / (repeats * n) as f64);
    }
    work.check().map_err(wrong_output)?;
    times.sort_by(f64::total_cmp);
    let memory = Memory::measure(n);
    let memory_ns = kernel.reads * memory.read + kernel.writes * memory.write;
    let ns = times[times.len() / 2];
    Ok(Measured {
        kernel: kernel.name,
        n,
        ns,
        least_ns: times[0],
        memory_ns,
        multiple: ns / memory_ns,
        calls: times.len() * repeats,
        threads: rayon::current_num_threads(),
    })
}
