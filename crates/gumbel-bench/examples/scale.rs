//! Measures how the cost of an element grows to 2^31 elements in chunks, 2^25 classes in a row, 10^6 rows, and 10^6
//! classes without replacement. The answers are checked, and the memory is counted.
//!
//! ```text
//! cargo run --release -p gumbel-bench --example scale [THREADS]
//! ```

use std::hint::black_box;
use std::time::Instant;

use gumbel::relax::{gumbel_softmax_in_place, gumbel_softmax_into};
use gumbel::{Categorical, Key, gumbel_max, noise, top_k};
use peak_alloc::PeakAlloc;

#[global_allocator]
static COUNTER: PeakAlloc = PeakAlloc;

/// A chunk of a long array.
const CHUNK: usize = 1 << 24;
const ELEMENTS: u64 = 1 << 31;
const WIDE: usize = 1 << 25;
const ROWS: usize = 1_000_000;
const CLASSES: usize = 10;
const PICKS: usize = 1_000_000;
const TAU: f64 = 0.5;
/// Mean and variance of Gumbel noise.
const GUMBEL: [f64; 2] = [0.577_215_664_901_532_9, 1.644_934_066_848_226_4];

fn main() -> Result<(), String> {
    let threads = match std::env::args().nth(1) {
        None => 0,
        Some(threads) => threads.parse().map_err(|_| "THREADS: expected a number".to_owned())?,
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|error| error.to_string())?.install(|| {
        println!("{} threads", rayon::current_num_threads());
        println!(
            "| | ns an element | of | at | quotient | allocated, bytes |\n|---|---|---|---|---|---|"
        );
        chunks_of_noise()?;
        chunks_of_rows()?;
        wide_rows()?;
        many_rows()?;
        many_picks()
    })
}

/// The least time of `rounds` calls in nanoseconds an element, and the most that a call allocated, with its result.
fn measure<R>(rounds: u64, elements: usize, mut call: impl FnMut(Key) -> R) -> (f64, usize) {
    let (mut least, mut most) = (f64::INFINITY, 0);
    for round in 0..=rounds {
        COUNTER.reset_peak_usage();
        let (before, start) = (COUNTER.current_usage(), Instant::now());
        let result = black_box(call(Key::new(round)));
        let ns = start.elapsed().as_nanos() as f64 / elements as f64;
        most = most.max(COUNTER.peak_usage() - before);
        drop(result);
        // The first call is not timed: the memory is new.
        least = if round > 0 { least.min(ns) } else { least };
    }
    (least, most)
}

/// A line of the table: a large size beside a small one.
fn line(name: &str, small: (&str, f64), large: (&str, f64), bytes: usize) {
    let ((small_size, small), (size, ns)) = (small, large);
    let quotient = ns / small;
    println!("| {name} | {ns:.3} | {size} | {small_size}: {small:.3} | {quotient:.2} | {bytes} |");
}

fn progress(what: &str) {
    eprintln!("{what} ...");
}

fn expect(good: bool, what: &str, found: f64) -> Result<(), String> {
    if good { Ok(()) } else { Err(format!("{what}: found {found}")) }
}

/// The median time of the chunks in nanoseconds an element.
fn median(times: &mut [f64]) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Times the chunks of 2^31 elements: the first quarter, and the last.
fn in_chunks(mut call: impl FnMut(u64) -> Result<(), String>) -> Result<([f64; 2], usize), String> {
    call(0)?; // the memory is new
    let mut times = Vec::with_capacity((ELEMENTS / CHUNK as u64) as usize);
    COUNTER.reset_peak_usage();
    let before = COUNTER.current_usage();
    for offset in (0..ELEMENTS).step_by(CHUNK) {
        let start = Instant::now();
        call(offset)?;
        times.push(start.elapsed().as_nanos() as f64 / CHUNK as f64);
    }
    let bytes = COUNTER.peak_usage() - before;
    let quarter = times.len() / 4;
    let (first, rest) = times.split_at_mut(quarter);
    let last = rest.len() - quarter;
    Ok(([median(first), median(&mut rest[last..])], bytes))
}

fn chunks_of_noise() -> Result<(), String> {
    progress("Gumbel noise, 2^31 elements");
    let (key, mut chunk) = (Key::new(7), vec![0.0_f32; CHUNK]);
    let ([first, last], bytes) = in_chunks(|offset| {
        noise::gumbel_into(key, offset, black_box(&mut chunk));
        Ok(())
    })?;
    line("Gumbel noise", ("first quarter", first), ("last quarter of 2^31", last), bytes);
    // The last chunk is that of a fill of single elements at its end, and has the moments of the law.
    let mut direct = [0.0_f32];
    for place in [0, 1, CHUNK / 2 + 3, CHUNK - 1] {
        noise::gumbel_into(key, ELEMENTS - (CHUNK - place) as u64, &mut direct);
        expect(direct[0] == chunk[place], "an element of the last chunk", chunk[place].into())?;
    }
    let n = CHUNK as f64;
    let mean = chunk.iter().map(|&g| f64::from(g)).sum::<f64>() / n;
    let bound = 6.0 * (GUMBEL[1] / n).sqrt();
    expect((mean - GUMBEL[0]).abs() < bound, "the mean of the last chunk", mean)
}

fn chunks_of_rows() -> Result<(), String> {
    progress("Gumbel-Softmax, 2^31 elements");
    const K: usize = 1_024;
    let (key, mut y) = (Key::new(7), vec![0.0_f32; CHUNK]);
    let l: Vec<f32> = (0..CHUNK).map(|i| (i % 15) as f32 * 0.25).collect();
    let ([first, last], bytes) = in_chunks(|offset| {
        let noise = gumbel::Noise::Keyed { key, offset };
        gumbel_softmax_into(&l, K, TAU, noise, black_box(&mut y)).map_err(|e| e.to_string())
    })?;
    let name = "Gumbel-Softmax, rows of 1,024";
    line(name, ("first quarter", first), ("last quarter of 2^31", last), bytes);
    // The last row is that of a call on this row alone, and every row sums to 1.
    let mut row = l[CHUNK - K..].to_vec();
    let offset = ELEMENTS - K as u64;
    gumbel_softmax_in_place(&mut row, K, TAU, gumbel::Noise::Keyed { key, offset })
        .map_err(|e| e.to_string())?;
    expect(row == y[CHUNK - K..], "the last row", y[CHUNK - 1].into())?;
    sums(&y, K)
}

/// Checks that each row sums to 1.
fn sums(y: &[f32], k: usize) -> Result<(), String> {
    for row in y.chunks_exact(k) {
        let sum: f64 = row.iter().map(|&y| f64::from(y)).sum();
        expect((sum - 1.0).abs() < 1e-5, "the sum of a row", sum)?;
    }
    Ok(())
}

/// Logits that repeat after fifteen classes.
fn pattern(n: usize) -> Vec<f32> {
    (0..n).map(|i| (i % 15) as f32 * 0.25).collect()
}

fn wide_rows() -> Result<(), String> {
    const SMALL: usize = 1 << 17;
    progress("a row of 2^25 classes");
    let l = pattern(WIDE);
    let small = &l[..SMALL];
    let mut y = vec![0.0_f32; WIDE];
    let mut soft = |l: &[f32], rounds| {
        measure(rounds, l.len(), |key| {
            gumbel_softmax_into(l, l.len(), TAU, key, &mut y[..l.len()]).expect("good logits");
        })
    };
    let (few, (ns, bytes)) = (soft(small, 50).0, soft(&l, 5));
    line("Gumbel-Softmax of a row", ("2^17", few), ("2^25 classes", ns), bytes);
    sums(&y, WIDE)?;
    let max = |l: &[f32], rounds| {
        measure(rounds, l.len(), |key| gumbel_max(l, l.len(), key).expect("good logits"))
    };
    let (few, (ns, bytes)) = (max(small, 50).0, max(&l, 5));
    line("Gumbel-max of a row", ("2^17", few), ("2^25 classes", ns), bytes);
    // The last sample has its largest value at the class that Gumbel-max draws with its key.
    let class = gumbel_max(&l, WIDE, Key::new(5)).expect("good logits")[0];
    expect(y.iter().all(|x| *x <= y[class]), "the class of the largest value", class as f64)?;
    let draw = |l: &[f32], rounds| {
        let row = Categorical::from_logits(l, l.len()).expect("a row");
        measure(rounds, l.len(), |key| row.sample(key).expect("good logits"))
    };
    let (few, (ns, bytes)) = (draw(small, 50).0, draw(&l, 5));
    line("exact draw from a row", ("2^17", few), ("2^25 classes", ns), bytes);
    // 200 draws of 2^25 classes: the residues of the classes have a chi-square of 14 degrees of freedom.
    let row = Categorical::from_logits(&l, WIDE).map_err(|e| e.to_string())?;
    let mut counts = [0_u64; 15];
    for step in 0..200 {
        counts[row.sample(Key::new(11).fold_in(step)).expect("good logits")[0] % 15] += 1;
    }
    chi_square("draws from a row of 2^25", &counts)?;
    let top = |l: &[f32], rounds| {
        measure(rounds, l.len(), |key| top_k(l, 1_000, key).expect("good logits"))
    };
    let (few, (ns, bytes)) = (top(&l[..1 << 22], 10).0, top(&l, 5));
    line("1,000 without replacement", ("2^22", few), ("2^25 classes", ns), bytes);
    Ok(())
}

/// Checks counts of the residues of classes: the chi-square of a right sampler, with 14 degrees of freedom, is above 68 about
/// once in 10^8.
fn chi_square(what: &str, counts: &[u64; 15]) -> Result<(), String> {
    let weight = |i: usize| (i as f64 * 0.25).exp();
    let (n, all) = (counts.iter().sum::<u64>() as f64, (0..15).map(weight).sum::<f64>());
    let term = |(i, &count): (usize, &u64)| {
        let expected = n * weight(i) / all;
        (count as f64 - expected).powi(2) / expected
    };
    let statistic: f64 = counts.iter().enumerate().map(term).sum();
    expect(statistic < 68.0, &format!("{what}: chi-square"), statistic)
}

fn many_rows() -> Result<(), String> {
    const SMALL: usize = 52_000 * CLASSES;
    progress("10^6 rows of 10");
    let l = pattern(15 * CLASSES).repeat(ROWS / 15 + 1)[..ROWS * CLASSES].to_vec();
    let small = &l[..SMALL];
    let mut y = vec![0.0_f32; l.len()];
    let mut soft = |l: &[f32], rounds| {
        measure(rounds, l.len(), |key| {
            gumbel_softmax_into(l, CLASSES, TAU, key, &mut y[..l.len()]).expect("good logits");
        })
    };
    let sizes = ("52,000 rows", "10^6 rows of 10");
    let (few, (ns, bytes)) = (soft(small, 20).0, soft(&l, 7));
    line("Gumbel-Softmax", (sizes.0, few), (sizes.1, ns), bytes);
    sums(&y, CLASSES)?;
    let max = |l: &[f32], rounds| {
        measure(rounds, l.len(), |key| gumbel_max(l, CLASSES, key).expect("good logits"))
    };
    let (few, (ns, bytes)) = (max(small, 20).0, max(&l, 7));
    line("Gumbel-max", (sizes.0, few), (sizes.1, ns), bytes);
    let rows = |l: &[f32], rounds| {
        let rows = Categorical::from_logits(l, CLASSES).expect("rows");
        measure(rounds, l.len(), |key| rows.sample(key).expect("good logits"))
    };
    let (few, (ns, bytes)) = (rows(small, 20).0, rows(&l, 7));
    line("Categorical::sample", (sizes.0, few), (sizes.1, ns), bytes);
    // The first row and each third row after it have the same logits: 10 classes, 9 degrees of freedom.
    let drawn = Categorical::from_logits(&l, CLASSES).and_then(|rows| rows.sample(Key::new(3)));
    let mut counts = [0_u64; CLASSES];
    for class in drawn.map_err(|e| e.to_string())?.into_iter().step_by(3) {
        counts[class] += 1;
    }
    let weight = |i: usize| (f64::from(l[i])).exp();
    let all: f64 = (0..CLASSES).map(weight).sum();
    let n = counts.iter().sum::<u64>() as f64;
    let term = |i: usize| (counts[i] as f64 - n * weight(i) / all).powi(2) / (n * weight(i) / all);
    let statistic: f64 = (0..CLASSES).map(term).sum();
    expect(statistic < 58.0, "draws of rows: chi-square", statistic) // once in 10^8
}

fn many_picks() -> Result<(), String> {
    progress("10^6 of 2^25 without replacement");
    let l = pattern(WIDE);
    let top = |l: &[f32], k, rounds| {
        measure(rounds, l.len(), |key| top_k(l, k, key).expect("good logits"))
    };
    let (few, (ns, bytes)) = (top(&l[..WIDE / 32], PICKS / 32, 10).0, top(&l, PICKS, 3));
    line("10^6 without replacement", ("1/32 of both", few), ("10^6 of 2^25", ns), bytes);
    let picks = top_k(&l, PICKS, Key::new(1)).map_err(|e| e.to_string())?;
    let mut indices = picks.indices();
    let falling = picks.picks().windows(2).all(|two| two[0].perturbed >= two[1].perturbed);
    expect(falling, "the order of the picks", 0.0)?;
    indices.sort_unstable();
    indices.dedup();
    expect(indices.len() == PICKS, "different picks", indices.len() as f64)?;
    // No class that was left out has a larger perturbed logit than the last pick.
    let mut g = vec![0.0_f32; WIDE];
    noise::gumbel_into(Key::new(1), 0, &mut g);
    let least = picks.picks()[PICKS - 1].perturbed;
    let larger = l.iter().zip(&g).filter(|(l, g)| f64::from(**l) + f64::from(**g) > least).count();
    expect(larger == PICKS - 1, "classes above the last pick", larger as f64)
}
