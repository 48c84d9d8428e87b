//! The kernels that can be measured: the call, the memory that it moves, and the check of its output.

use gumbel::{Categorical, Key, gumbel_max, noise};

use crate::work::{self, GUMBEL, PICKS, backward, filled, relaxed, sampled};

/// A function of the core that can be measured, with the memory that a call reads and writes.
#[derive(Debug)]
pub struct Kernel {
    /// The name of the kernel, with the length of a row where that matters.
    pub name: &'static str,
    /// A description of a call of the kernel.
    pub what: &'static str,
    /// The number of units of 4 bytes that a call must read for each element.
    pub reads: f64,
    /// The number of units of 4 bytes that a call must write for each element.
    pub writes: f64,
    allocate: fn(usize) -> Box<dyn Work>,
    row: usize,
}

impl Kernel {
    /// The number of elements of a call on about `n` elements: `n` rounded down to whole rows, at least one row.
    pub fn elements(&self, n: usize) -> usize {
        n.max(self.row) / self.row * self.row
    }

    /// Allocates the buffers of a call on about `n` elements.
    ///
    /// # Errors
    /// A message if the call would have more than 2^34 elements.
    pub fn prepare(&self, n: usize) -> Result<Box<dyn Work>, String> {
        let n = self.elements(n);
        if n > 1 << 34 {
            return Err(format!("{}: expected at most 2^34 elements, found {n}", self.name));
        }
        Ok((self.allocate)(n))
    }
}

/// The buffers of a kernel, and the call that is measured.
pub trait Work {
    /// The number of elements of a call.
    fn elements(&self) -> usize;
    /// Calls the kernel once with this key.
    fn call(&mut self, key: Key);
    /// Checks the output of the last call.
    ///
    /// # Errors
    /// A message that says what is wrong with the output.
    fn check(&self) -> Result<(), String>;
}

/// The kernel with this name; `None` if no kernel has this name.
pub fn find(name: &str) -> Option<&'static Kernel> {
    KERNELS.iter().find(|kernel| kernel.name == name)
}

const fn kernel(
    name: &'static str,
    what: &'static str,
    (reads, writes): (f64, f64),
    row: usize,
    allocate: fn(usize) -> Box<dyn Work>,
) -> Kernel {
    Kernel { name, what, reads, writes, allocate, row }
}

const VOCABULARY: usize = 131_072;

/// All kernels that can be measured.
pub const KERNELS: &[Kernel] = &[
    kernel("uniform", "uniform noise, f32", (0.0, 1.0), 1, |n| {
        filled(n, noise::uniform_into::<f32>, [0.5, 1.0 / 12.0, -1.2])
    }),
    kernel("exponential", "exponential noise, f32", (0.0, 1.0), 1, |n| {
        filled(n, noise::exponential_into::<f32>, [1.0, 1.0, 6.0])
    }),
    kernel("gumbel", "Gumbel noise, f32", (0.0, 1.0), 1, |n| {
        filled(n, noise::gumbel_into::<f32>, GUMBEL)
    }),
    kernel("gumbel-f64", "Gumbel noise, f64", (0.0, 2.0), 1, |n| {
        filled(n, noise::gumbel_into::<f64>, GUMBEL)
    }),
    kernel("logistic", "logistic noise, f32", (0.0, 1.0), 1, |n| {
        filled(n, noise::logistic_into::<f32>, [0.0, 3.289_868_133_696_453, 1.2])
    }),
    kernel("normal", "normal noise, f32", (0.0, 1.0), 1, |n| {
        filled(n, noise::normal_into::<f32>, [0.0, 1.0, 0.0])
    }),
    kernel("gumbel-softmax-2", "Gumbel-Softmax, rows of 2", (1.0, 1.0), 2, |n| relaxed::<2>(n)),
    kernel("gumbel-softmax-10", "Gumbel-Softmax, rows of 10", (1.0, 1.0), 10, |n| relaxed::<10>(n)),
    kernel("gumbel-softmax-32", "Gumbel-Softmax, rows of 32", (1.0, 1.0), 32, |n| relaxed::<32>(n)),
    kernel("gumbel-softmax-1024", "Gumbel-Softmax, rows of 1,024", (1.0, 1.0), 1_024, |n| {
        relaxed::<1_024>(n)
    }),
    kernel(
        "gumbel-softmax-131072",
        "Gumbel-Softmax, rows of 131,072",
        (1.0, 1.0),
        VOCABULARY,
        |n| relaxed::<VOCABULARY>(n),
    ),
    kernel(
        "gumbel-softmax-32-backward",
        "Gumbel-Softmax and its gradient, rows of 32",
        (3.0, 2.0),
        32,
        |n| backward(n, false),
    ),
    kernel(
        "straight-through-32-backward",
        "straight-through Gumbel-Softmax and its gradient, rows of 32",
        (3.0, 3.0),
        32,
        |n| backward(n, true),
    ),
    kernel("binary-concrete", "binary Concrete", (1.0, 1.0), 1, |n| work::binary(n)),
    kernel("gumbel-max-32", "Gumbel-max, rows of 32", (1.0, 0.0), 32, |n| {
        sampled(n, 32, |logits, key| gumbel_max(logits, 32, key))
    }),
    kernel(
        "categorical-131072",
        "exact categorical draws, rows of 131,072",
        (1.0, 0.0),
        VOCABULARY,
        |n| {
            sampled(n, VOCABULARY, |logits, key| {
                Categorical::from_logits(logits, VOCABULARY)?.sample(key)
            })
        },
    ),
    kernel(
        "categorical-many-1000",
        "many draws from one row of 1,000 (an element is a draw)",
        (0.0, 2.0),
        1,
        work::many,
    ),
    kernel("top-k-1000", "1,000 of n without replacement", (1.0, 0.0), PICKS, |n| work::top(n)),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn every_kernel_runs_and_passes_its_check() {
        for kernel in KERNELS {
            let measured = crate::measure(kernel, 1 << 13, Duration::ZERO);
            let measured = measured.unwrap_or_else(|error| panic!("{error}"));
            assert!(measured.ns > 0.0 && measured.memory_ns > 0.0, "{measured:?}");
            assert_eq!(measured.n % kernel.row, 0);
        }
    }
}
