//! Uniform numbers of a key, in order.

use gumbel::{Key, noise};

/// A uniform number on the open interval (0, 1).
pub(crate) fn uniform(key: Key) -> f64 {
    let mut u = [0.0];
    noise::uniform_into(key, 0, &mut u);
    u[0]
}

/// Numbers of a key in order, for code that needs many.
#[derive(Debug)]
pub(crate) struct Draws {
    key: Key,
    next: u64,
}

impl Draws {
    pub(crate) fn new(key: Key) -> Self {
        Self { key, next: 0 }
    }

    /// A number below `n`, for n from 1 to 2^20: each has probability 1/n within 2^-32.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let word = self.key.word(self.next);
        self.next += 1;
        ((u64::from(word) * n as u64) >> 32) as usize
    }

    /// Whether an event of probability `p` happens.
    pub(crate) fn happens(&mut self, p: f64) -> bool {
        let word = self.key.word(self.next);
        self.next += 1;
        (f64::from(word) + 0.5) / 4_294_967_296.0 < p
    }
}
