//! Measures the kernels of `gumbel` on the machine it runs on, and checks their answers.
//!
//! A figure is the median of several calls, in nanoseconds an element, and the same as a multiple of the
//! time to read and write the memory of the call once with as many threads. Every call that is measured
//! is followed by a look at what it wrote: see [`Kernel`].
//!
//! ```
//! let kernel = gumbel_bench::find("gumbel").unwrap();
//! let measured = gumbel_bench::measure(kernel, 1 << 12, std::time::Duration::from_millis(20))?;
//! assert!(measured.ns > 0.0 && measured.calls >= 3);
//! # Ok::<(), String>(())
//! ```

mod answers;
mod kernels;
mod measure;
mod memory;
mod work;

pub use kernels::{KERNELS, Kernel, Work, find};
pub use measure::{Measured, measure};
pub use memory::Memory;
