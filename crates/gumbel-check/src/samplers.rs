//! All ways to draw one class, and tests of their draws.

use gumbel::{AliasTable, Categorical, Key, oracle};

use crate::{FALSE_ALARM, chi_square, poisson_bounds};

/// A function that draws n classes from one row of logits.
pub type Draw = fn(&Categorical<'_, f32>, usize, Key) -> Vec<usize>;

/// All ways to draw classes from one row, each with a name: repeated single draws, or many draws at once.
///
/// # Panics
/// The functions panic if the core refuses the row.
pub const SAMPLERS: [(&str, Draw); 8] = [
    ("sample", |row, n, key| {
        (0..n as u64).map(|i| row.first_row(i).sample(key).unwrap()[0]).collect()
    }),
    ("sample_rows", |row, n, key| {
        (0..n as u64).map(|i| row.sample_rows(&[key.fold_in(i)]).unwrap()[0]).collect()
    }),
    ("gumbel_max", |row, n, key| {
        (0..n as u64).map(|i| row.gumbel_max(key.fold_in(i)).unwrap()[0]).collect()
    }),
    ("gumbel_max_rows", |row, n, key| {
        (0..n as u64).map(|i| row.gumbel_max_rows(&[key.fold_in(i)]).unwrap()[0]).collect()
    }),
    ("top_k", |row, n, key| {
        (0..n as u64).map(|i| row.top_k(1, key.fold_in(i)).unwrap().indices()[0] as usize).collect()
    }),
    ("sample_many", |row, n, key| row.sample_many(n, key).unwrap()),
    ("sample_many, a few at a time", |row, n, key| {
        let few = (row.classes() / 8).saturating_sub(1).max(1);
        let parts =
            (0..n.div_ceil(few) as u64).map(|i| row.sample_many(few, key.fold_in(i)).unwrap());
        let mut drawn: Vec<usize> = parts.flatten().collect();
        drawn.truncate(n);
        drawn
    }),
    ("alias table", |row, n, key| {
        let mut drawn = vec![0; n];
        AliasTable::new(row).unwrap().sample_into(key, 0, &mut drawn);
        drawn.into_iter().map(|i| i as usize).collect()
    }),
];

/// The probabilities of the classes of `f32` logits at temperature `tau`, in `f64`.
pub fn softmax(logits: &[f32], tau: f64) -> Vec<f64> {
    oracle::softmax(&logits.iter().map(|&l| f64::from(l) / tau).collect::<Vec<_>>())
}

/// Asserts that the drawn classes have the probabilities `p`, by [`chi_square`]. If one class has probability
/// 1, every draw must be this class.
///
/// # Panics
/// If a correct sampler would give such a deviation with probability below [`FALSE_ALARM`], or never.
pub fn assert_law(what: &str, drawn: &[usize], p: &[f64]) {
    let mut counts = vec![0; p.len()];
    drawn.iter().for_each(|&i| counts[i] += 1);
    match chi_square(&counts, p) {
        Ok(value) => assert!(value > FALSE_ALARM, "{what}: p = {value}"),
        Err(error) => {
            let hot = p.iter().position(|&p| p > 1.0 - 1e-12).expect(&error);
            assert_eq!(counts[hot], drawn.len() as u64, "{what}: {error}");
        }
    }
}

/// The number of classes in the tail of [`tail_row`].
pub const TAIL: usize = 262_144;
/// The index of the head, the one likely class, of [`tail_row`].
pub const HEAD: usize = TAIL / 3;

/// Logits of a row with one likely class, the head, and a tail of 262,144 classes that are 20.5 nats below it.
/// Noise cut off at 16 never draws a class of the tail.
pub fn tail_row() -> Vec<f32> {
    let mut logits = vec![-20.5_f32; TAIL + 1];
    logits[HEAD] = 0.0;
    logits
}

/// The probability that a draw from [`tail_row`] is in the tail: 3.2766e-4.
pub fn tail_probability() -> f64 {
    let tail = TAIL as f64 * (-20.5_f64).exp();
    tail / (1.0 + tail)
}

/// Asserts that the number of draws from [`tail_row`] in the tail is consistent with its Poisson distribution.
///
/// # Panics
/// If there are too few or too many draws in the tail, by [`poisson_bounds`].
pub fn assert_tail(what: &str, drawn: &[usize]) {
    let hits = drawn.iter().filter(|&&i| i != HEAD).count() as u64;
    let expected = drawn.len() as f64 * tail_probability();
    let (low, high) = poisson_bounds(expected);
    println!("{what}: {hits} of {} in the tail, {expected:.1} expected", drawn.len());
    assert!(
        (low..=high).contains(&hits),
        "{what}: {hits} hits, expected {expected} within {low} to {high}"
    );
}
