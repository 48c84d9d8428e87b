//! Measures the kernels of `gumbel` on the present machine, and checks the results of the kernels.
//!
//! The result of a measurement is the median time of several calls in nanoseconds an element. The time is also
//! given as a multiple of the time to read and write the memory of a call once with as many threads. Each
//! measurement checks the output of its first and its last call: see [`Work::check`].
//!
//! ```
//! let kernel = gumbel_bench::find("gumbel").unwrap();
//! let measured = gumbel_bench::measure(kernel, 1 << 12, std::time::Duration::from_millis(20))?;
//! assert!(measured.ns > 0.0 && measured.calls >= 3);
//! # Ok::<(), String>(())
//! ```

mod checks;
mod kernels;
mod measure;
mod memory;
mod work;

pub use kernels::{KERNELS, Kernel, Work, find};
pub use measure::{Measured, measure};
pub use memory::Memory;
