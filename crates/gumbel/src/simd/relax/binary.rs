//! Binary Concrete in `f32`: y = sigmoid((l + L) / tau), and its vector-Jacobian product.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16, f64x8};

use crate::kernel::work::BinaryElements;
use crate::parallel::{self, Work};
use crate::simd::lanes::{DOUBLE_LANES, LANES, load, store};
use crate::simd::math::{self, Decay};
use crate::simd::noise::Logistic;
use crate::simd::noise::perturb::{NoMaxima, perturb};
use crate::temperature::{Spread, Temperature};

/// Elements that are processed together.
const SIMD_BINARY_BLOCK: usize = 1024;

/// Runs [`Kernel::binary`](crate::kernel::Kernel::binary) on all cores.
pub(crate) fn run(level: Level, elements: BinaryElements<'_, f32>) {
    parallel::run(BinaryAtLevel { level, elements });
}

struct BinaryAtLevel<'a> {
    level: Level,
    elements: BinaryElements<'a, f32>,
}

impl Work for BinaryAtLevel<'_> {
    fn pieces(&self) -> usize {
        self.elements.logits.len()
    }

    fn elements(&self) -> usize {
        1
    }

    fn split(self, pieces: usize) -> (Self, Self) {
        let (elements, later) = self.elements.split(pieces);
        (Self { elements, ..self }, Self { elements: later, ..self })
    }

    fn run(self) {
        dispatch!(self.level, simd => binary_on(simd, self.elements));
    }
}

#[inline(always)]
fn binary_on<S: Simd>(simd: S, work: BinaryElements<'_, f32>) {
    let BinaryElements { logits, tau, noise, soft, mut hard } = work;
    let mut factors = Factors { of_rows: [0.0; _], each: [0.0; _] };
    for (number, l) in logits.chunks(SIMD_BINARY_BLOCK).enumerate() {
        let start = number * SIMD_BINARY_BLOCK;
        let z = &mut soft[start..start + l.len()];
        perturb::<S, Logistic>(simd, noise.after(start), Some(l), NoMaxima, z);
        if let Some(hard) = hard.as_deref_mut() {
            for (hard, z) in hard[start..].iter_mut().zip(z.iter()) {
                *hard = if *z > 0.0 { 1.0 } else { 0.0 };
            }
        }
        match tau.tau {
            Temperature::Scalar(tau) => relax(simd, z, Decay::new(tau).splat(simd)),
            Temperature::PerRow(_) => relax_by_row(simd, z, tau.after(start), &mut factors),
        }
    }
}

/// Replaces z by sigmoid(z / tau), with one temperature for all elements.
#[inline(always)]
fn relax<S: Simd>(simd: S, z: &mut [f32], decay: [f32x16<S>; 2]) {
    let mut vectors = z.chunks_exact_mut(LANES);
    for part in &mut vectors {
        sigmoid(simd, f32x16::from_slice(simd, part), decay).store_slice(part);
    }
    let rest = vectors.into_remainder();
    store(sigmoid(simd, load(simd, rest, 0.0), decay), rest);
}

/// The factors of the temperatures of a block.
struct Factors {
    /// Those of its rows, of two elements at least. The first and the last row may have one element here.
    of_rows: [f64; SIMD_BINARY_BLOCK / 2 + LANES],
    /// Those of its elements.
    each: [f64; SIMD_BINARY_BLOCK + LANES],
}

/// The same for a block, with a temperature for each row.
#[inline(always)]
fn relax_by_row<S: Simd>(simd: S, z: &mut [f32], tau: Spread<'_>, factors: &mut Factors) {
    let rows = tau.rows(z.len());
    if let [tau] = rows {
        return relax(simd, z, Decay::new(*tau).splat(simd));
    }
    if tau.is_single() {
        let ((z, last_z), (tau, last_tau)) = (z.as_chunks_mut::<LANES>(), rows.as_chunks());
        for (z, tau) in z.iter_mut().zip(tau) {
            relax_sixteen(simd, z, math::whole_decays(simd, tau));
        }
        let last_tau = math::sixteen_from(last_tau, 0);
        relax_sixteen(simd, last_z, math::whole_decays(simd, &last_tau));
        return;
    }
    for first in (0..rows.len()).step_by(LANES) {
        let [low, high] = math::whole_decays(simd, &math::sixteen_from(rows, first));
        low.store_slice(&mut factors.of_rows[first..first + DOUBLE_LANES]);
        high.store_slice(&mut factors.of_rows[first + DOUBLE_LANES..first + LANES]);
    }
    tau.repeat(&factors.of_rows[..rows.len()], z.len(), &mut factors.each);
    for (z, decays) in z.chunks_mut(LANES).zip(factors.each.as_chunks().0) {
        relax_sixteen(simd, z, math::doubles(simd, decays));
    }
}

/// Replaces up to sixteen z, with a factor for each.
#[inline(always)]
fn relax_sixteen<S: Simd>(simd: S, z: &mut [f32], decays: [f64x8<S>; 2]) {
    let decays = math::in_two_parts(decays);
    store(sigmoid(simd, load(simd, z, 0.0), decays), z);
}

/// 1 / (1 + e^(-z / tau)), without overflow at either end.
#[inline(always)]
fn sigmoid<S: Simd>(simd: S, z: f32x16<S>, decay: [f32x16<S>; 2]) -> f32x16<S> {
    let one = f32x16::splat(simd, 1.0);
    let e = math::exp(simd, -z.abs(), decay);
    z.simd_lt(f32x16::splat(simd, 0.0)).select(e, one) / (one + e)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::law::Law;
    use crate::noise::Noise;
    use crate::{noise, oracle, simd};

    fn binary(
        level: Level,
        logits: &[f32],
        noise: Noise<'_, f32>,
        tau: f64,
        soft: &mut [f32],
        hard: Option<&mut [f32]>,
    ) {
        let tau = Temperature::Scalar(tau).spread(logits.len()).unwrap();
        run(level, BinaryElements { logits, tau, noise, soft, hard });
    }

    #[test]
    fn every_length_equals_the_oracle_and_its_noise_at_every_level() {
        let mut logits = vec![0.0_f32; 3000];
        noise::logistic_into(Key::new(1), 0, &mut logits);
        (logits[5], logits[6]) = (f32::INFINITY, f32::NEG_INFINITY);
        let levels = simd::levels();
        for len in (0..=50).chain([1023, 1024, 1025, 3000]) {
            let l = &logits[..len];
            for tau in [0.05, 0.66, 1e300, 1e-300] {
                let mut first = vec![9.0; len];
                let keyed = Noise::Keyed { key: Key::new(2), offset: 3 };
                binary(levels[0].0, l, keyed, tau, &mut first, None);
                for &(level, fused) in &levels {
                    let (mut soft, mut hard) = (vec![9.0; len], vec![9.0; len]);
                    binary(level, l, keyed, tau, &mut soft, Some(&mut hard));
                    let mut g = vec![0.0; len];
                    simd::noise::fill(level, Law::Logistic, Key::new(2), 3, &mut g);
                    let mut given = vec![9.0; len];
                    binary(level, l, Noise::Given(&g), tau, &mut given, None);
                    assert_eq!(soft, given);
                    if fused && levels[0].1 {
                        assert_eq!(soft, first);
                    }
                    for i in 0..len {
                        let z = l[i] + g[i];
                        assert_eq!(hard[i], f32::from(u8::from(z > 0.0)));
                        let exact = oracle::binary_concrete(z.into(), 0.0, tau);
                        // One unit for e, half a unit each for the sum and the quotient; without a
                        // fused product also the roundings of z and c.
                        let x = if z > 0.0 || exact == 0.0 { 0.0 } else { f64::from(-z) / tau };
                        let units = 2.5 + if fused { 0.0 } else { 3.0 * x };
                        let bound = units * exact * 2f64.powi(-23) + 2f64.powi(-124);
                        assert!((f64::from(soft[i]) - exact).abs() <= bound, "{z} {tau}");
                    }
                }
            }
        }
    }

    /// Elements with temperatures of their own have the bits of calls with one temperature, at every level.
    #[test]
    fn rows_have_their_own_temperatures_at_every_level() {
        let mut logits = vec![0.0_f32; 3000];
        noise::logistic_into(Key::new(1), 0, &mut logits);
        let noise = Noise::Keyed { key: Key::new(2), offset: 3 };
        for (level, _) in simd::levels() {
            for (rows, d) in [(1, 50), (17, 1), (1500, 2), (3, 700), (3000, 1)] {
                let n = rows * d;
                let tau: Vec<f64> = (0..rows).map(|row| [0.1, 0.7, 3.0][row % 3]).collect();
                let (mut each, mut one) = (vec![9.0; n], vec![9.0; n]);
                let spread = Temperature::PerRow(&tau).spread(n).unwrap();
                let (logits, soft) = (&logits[..n], &mut each[..]);
                run(level, BinaryElements { logits, tau: spread, noise, soft, hard: None });
                for (phase, tau) in [0.1, 0.7, 3.0].into_iter().enumerate() {
                    binary(level, logits, noise, tau, &mut one, None);
                    for row in (phase..rows).step_by(3) {
                        assert!(each[row * d..(row + 1) * d] == one[row * d..(row + 1) * d]);
                    }
                }
            }
        }
    }
}
