//! Noise in `f64` for the plain loops.

use crate::law::Law;
use crate::noise::source::Noise;
use crate::parallel;
use crate::simd::{self, noise::double};

/// Writes the noise of elements `start .. start + out.len()`.
pub(crate) fn fill(noise: Noise<'_, f64>, law: Law, start: usize, out: &mut [f64]) {
    match noise.after(start) {
        Noise::Keyed { key, offset } => parallel::for_elements(out, |start, out| {
            double::fill(simd::level(), law, key, offset.wrapping_add(start as u64), out);
        }),
        Noise::Given(noise) => out.copy_from_slice(&noise[..out.len()]),
    }
}
