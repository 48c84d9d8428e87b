//! The calls that are measured, with their buffers and the checks of their output.

use gumbel::relax::{
    gumbel_softmax_into, gumbel_softmax_vjp_into, straight_through_gumbel_softmax_into,
};
use gumbel::{Key, Real, binary_concrete, categorical_many, noise, oracle, top_k};

use crate::checks::{counts, moments, near};
use crate::kernels::Work;

/// The size of a sample without replacement.
pub(crate) const PICKS: usize = 1_000;
/// Mean, variance and excess kurtosis of the standard Gumbel distribution.
pub(crate) const GUMBEL: [f64; 3] = [0.577_215_664_901_532_9, 1.644_934_066_848_226_4, 2.4];
const TAU: f64 = 0.5;
/// Logits repeat after this many classes, so that classes are counted by their residue. Odd, so that a lane
/// of a vector sees all logits.
const PERIOD: usize = 15;

fn pattern(n: usize) -> Vec<f32> {
    (0..n).map(|i| (i % PERIOD) as f32 * 0.25).collect()
}

/// The probabilities of the residues of the classes of a row of k.
fn residue_probabilities(k: usize) -> Vec<f64> {
    let weight =
        |i: usize| (i as f64 * 0.25).exp() * (k / PERIOD + usize::from(i < k % PERIOD)) as f64;
    let weights: Vec<f64> = (0..PERIOD).map(weight).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

/// Counts classes by their residue.
fn count_residues(classes: impl Iterator<Item = usize>) -> Vec<u64> {
    let mut counts = vec![0; PERIOD];
    for class in classes {
        counts[class % PERIOD] += 1;
    }
    counts
}

struct Filled<T> {
    out: Vec<T>,
    fill: fn(Key, u64, &mut [T]),
    moments: [f64; 3],
}

pub(crate) fn filled<T: Real>(
    n: usize,
    fill: fn(Key, u64, &mut [T]),
    moments: [f64; 3],
) -> Box<dyn Work> {
    Box::new(Filled { out: vec![T::default(); n], fill, moments })
}

impl<T: Real> Work for Filled<T> {
    fn elements(&self) -> usize {
        self.out.len()
    }

    fn call(&mut self, key: Key) {
        (self.fill)(key, 0, &mut self.out);
    }

    fn check(&self) -> Result<(), String> {
        moments(self.out.iter().map(|x| x.to_f64()), self.moments)
    }
}

struct Relaxed<const K: usize> {
    logits: Vec<f32>,
    y: Vec<f32>,
    key: Key,
}

pub(crate) fn relaxed<const K: usize>(n: usize) -> Box<dyn Work> {
    let logits = pattern(K).repeat(n / K);
    Box::new(Relaxed::<K> { logits, y: vec![0.0; n], key: Key::new(0) })
}

impl<const K: usize> Work for Relaxed<K> {
    fn elements(&self) -> usize {
        self.y.len()
    }

    fn call(&mut self, key: Key) {
        self.key = key;
        gumbel_softmax_into(&self.logits, K, TAU, key, &mut self.y).expect("good logits");
    }

    fn check(&self) -> Result<(), String> {
        check_rows(&self.logits, K, self.key, &self.y)
    }
}

/// Compares the first and the last row with the plain formula in f64, and counts the winners of all rows.
fn check_rows(logits: &[f32], k: usize, key: Key, y: &[f32]) -> Result<(), String> {
    for start in [0, y.len() - k] {
        let mut g = vec![0.0_f64; k];
        noise::gumbel_into(key, start as u64, &mut g);
        let l: Vec<f64> = logits[start..start + k].iter().map(|&l| l.into()).collect();
        near(&y[start..start + k], &oracle::gumbel_softmax(&l, &g, TAU), 1e-5)?;
    }
    let winner = |row: &[f32]| (0..k).fold(0, |best, i| if row[i] > row[best] { i } else { best });
    counts(&count_residues(y.chunks_exact(k).map(winner)), &residue_probabilities(k))
}

struct Backward {
    logits: Vec<f32>,
    dy: Vec<f32>,
    soft: Vec<f32>,
    hard: Option<Vec<f32>>,
    dlogits: Vec<f32>,
    key: Key,
}

pub(crate) fn backward(n: usize, hard: bool) -> Box<dyn Work> {
    let buffer = || vec![0.0; n];
    Box::new(Backward {
        logits: pattern(32).repeat(n / 32),
        dy: (0..n).map(|i| (i % 7) as f32 - 3.0).collect(),
        soft: buffer(),
        hard: hard.then(buffer),
        dlogits: buffer(),
        key: Key::new(0),
    })
}

impl Work for Backward {
    fn elements(&self) -> usize {
        self.soft.len()
    }

    fn call(&mut self, key: Key) {
        self.key = key;
        let Self { logits, dy, soft, hard, dlogits, .. } = self;
        let forward = match hard {
            Some(hard) => straight_through_gumbel_softmax_into(logits, 32, TAU, key, hard, soft),
            None => gumbel_softmax_into(logits, 32, TAU, key, soft),
        };
        forward.expect("good logits");
        gumbel_softmax_vjp_into(soft, dy, 32, TAU, dlogits).expect("buffers of one size");
    }

    fn check(&self) -> Result<(), String> {
        check_rows(&self.logits, 32, self.key, &self.soft)?;
        if let Some(hard) = &self.hard {
            let place = |row: &[f32]| row.iter().position(|&z| z == 1.0).unwrap_or(usize::MAX);
            counts(&count_residues(hard.chunks_exact(32).map(place)), &residue_probabilities(32))?;
        }
        for start in [0, self.soft.len() - 32] {
            let row = |of: &[f32]| -> Vec<f64> {
                of[start..start + 32].iter().map(|&x| x.into()).collect()
            };
            let (y, dy) = (row(&self.soft), row(&self.dy));
            let mean: f64 = y.iter().zip(&dy).map(|(y, dy)| y * dy).sum();
            let dl: Vec<f64> = y.iter().zip(&dy).map(|(y, dy)| y * (dy - mean) / TAU).collect();
            near(&self.dlogits[start..start + 32], &dl, 1e-4)?;
        }
        Ok(())
    }
}

struct Binary {
    logits: Vec<f32>,
    y: Vec<f32>,
}

pub(crate) fn binary(n: usize) -> Box<dyn Work> {
    Box::new(Binary { logits: vec![0.5; n], y: Vec::new() })
}

impl Work for Binary {
    fn elements(&self) -> usize {
        self.logits.len()
    }

    fn call(&mut self, key: Key) {
        self.y = binary_concrete(&self.logits, TAU, key).expect("good logits");
    }

    fn check(&self) -> Result<(), String> {
        let on = self.y.iter().filter(|&&y| y > 0.5).count() as u64;
        let p = 1.0 / (1.0 + (-0.5_f64).exp());
        counts(&[on, self.y.len() as u64 - on], &[p, 1.0 - p])
    }
}

type Sample = fn(&[f32], Key) -> gumbel::Result<Vec<usize>>;

struct Sampled {
    logits: Vec<f32>,
    row: usize,
    sample: Sample,
    classes: Vec<usize>,
}

pub(crate) fn sampled(n: usize, row: usize, sample: Sample) -> Box<dyn Work> {
    Box::new(Sampled { logits: pattern(row).repeat(n / row), row, sample, classes: Vec::new() })
}

impl Work for Sampled {
    fn elements(&self) -> usize {
        self.logits.len()
    }

    fn call(&mut self, key: Key) {
        self.classes = (self.sample)(&self.logits, key).expect("good logits");
    }

    fn check(&self) -> Result<(), String> {
        if self.classes.iter().any(|&class| class >= self.row) {
            return Err("a class is out of range".to_owned());
        }
        counts(&count_residues(self.classes.iter().copied()), &residue_probabilities(self.row))
    }
}

struct Many {
    logits: Vec<f32>,
    draws: Vec<usize>,
}

pub(crate) fn many(n: usize) -> Box<dyn Work> {
    Box::new(Many { logits: pattern(1_000), draws: vec![0; n] })
}

impl Work for Many {
    fn elements(&self) -> usize {
        self.draws.len()
    }

    fn call(&mut self, key: Key) {
        self.draws = categorical_many(&self.logits, self.draws.len(), key).expect("good logits");
    }

    fn check(&self) -> Result<(), String> {
        counts(
            &count_residues(self.draws.iter().copied()),
            &residue_probabilities(self.logits.len()),
        )
    }
}

struct Top {
    logits: Vec<f32>,
    key: Key,
    indices: Vec<u64>,
}

pub(crate) fn top(n: usize) -> Box<dyn Work> {
    Box::new(Top { logits: pattern(n), key: Key::new(0), indices: Vec::new() })
}

impl Work for Top {
    fn elements(&self) -> usize {
        self.logits.len()
    }

    fn call(&mut self, key: Key) {
        self.key = key;
        self.indices = top_k(&self.logits, PICKS, key).expect("good logits").indices();
    }

    /// Compares with the largest of all sums in f64, up to sums that f32 may order differently.
    fn check(&self) -> Result<(), String> {
        let n = self.logits.len();
        let mut sums = vec![0.0_f64; n];
        noise::gumbel_into(self.key, 0, &mut sums);
        for (sum, l) in sums.iter_mut().zip(&self.logits) {
            *sum += f64::from(*l);
        }
        let mut sorted = sums.clone();
        let (.., least, _) = sorted.select_nth_unstable_by(PICKS - 1, |a, b| b.total_cmp(a));
        let mut indices = self.indices.clone();
        indices.sort_unstable();
        indices.dedup();
        if indices.len() != PICKS {
            return Err(format!("{} different indices of {PICKS}", indices.len()));
        }
        match indices.iter().find(|&&i| sums[i as usize] < *least - 1e-4) {
            None => Ok(()),
            Some(i) => Err(format!("element {i} is not among the largest")),
        }
    }
}
