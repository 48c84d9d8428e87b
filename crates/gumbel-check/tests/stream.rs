//! Tests of the raw words: 2^26 bytes of each stream; with `GUMBEL_SLOW=1`, 2^36 bytes of the elements.
//!
//! The example `stream` writes the words to standard output, for other test batteries. (`gumbel` tests the known
//! answers of Random123.)

use std::sync::atomic::{AtomicU64, Ordering};

use gumbel::Key;
use gumbel_check::words::Counts;
use gumbel_check::{FALSE_ALARM, fast_or_slow};
use rand_core::Rng;

/// The number of words of a piece: few enough that `fill` uses no other thread.
const PIECE: usize = 1 << 15;

/// Tests words `0 .. n`, counted as a ring, in pieces, on all cores. `fill` writes the words from a position on.
fn assert_random(what: &str, n: u64, fill: impl Fn(u64, &mut [u32]) + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next_piece = AtomicU64::new(0);
    let work = || {
        let (mut counts, mut words) = (Counts::default(), vec![0; PIECE]);
        loop {
            let start = next_piece.fetch_add(PIECE as u64, Ordering::Relaxed);
            if start >= n {
                return counts;
            }
            fill(start, &mut words);
            let mut next = [0];
            fill((start + PIECE as u64) % n, &mut next);
            counts.add(&words, next[0]);
        }
    };
    let counts = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let parts = parts.into_iter().map(|part| part.join().expect("the thread ends"));
        parts.fold(Counts::default(), |all, part| all.merge(&part))
    });
    for (test, p) in counts.p_values().unwrap() {
        println!("{what}, {n} words, {test}: p = {p:.6}");
        assert!(p > FALSE_ALARM / 2.0 && p < 1.0 - FALSE_ALARM / 2.0, "{what}, {test}: p = {p}");
    }
}

#[test]
fn words_of_elements() {
    let n = fast_or_slow(1 << 24, 1 << 34);
    let key = Key::new(20);
    assert_random("elements", n, |start, words| key.words_into(start, words));
}

#[test]
fn second_words_of_elements() {
    let key = Key::new(21);
    assert_random("second words", fast_or_slow(1 << 24, 1 << 30), |start, words| {
        words.iter_mut().zip(start..).for_each(|(word, i)| *word = key.second_word(i));
    });
}

/// One word of each of many keys, as drawn by a server that folds in the number of the request.
#[test]
fn first_words_of_keys() {
    let key = Key::new(22);
    assert_random("keys", fast_or_slow(1 << 24, 1 << 30), |start, words| {
        words.iter_mut().zip(start..).for_each(|(word, i)| *word = key.fold_in(i).word(0));
    });
    // Consecutive seeds.
    assert_random("seeds", fast_or_slow(1 << 24, 1 << 30), |start, words| {
        words.iter_mut().zip(start..).for_each(|(word, i)| *word = Key::new(i).word(0));
    });
}

#[test]
fn words_of_the_sequential_generator() {
    let mut rng = Key::new(23).rng();
    let all: Vec<u32> = (0..fast_or_slow(1 << 24, 1 << 28)).map(|_| rng.next_u32()).collect();
    assert_random("sequential", all.len() as u64, |start, words| {
        words.copy_from_slice(&all[start as usize..start as usize + words.len()]);
    });
}
