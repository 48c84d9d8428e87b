//! Measures the samplers on this machine, in nanoseconds a class or a draw.
//!
//! ```text
//! cargo run --release -p gumbel --example samplers_speed
//! ```

use std::hint::black_box;
use std::time::Instant;

use gumbel::{AliasTable, Categorical, Key, categorical_many, gumbel_max, noise, top_k};

/// Prints the median and the least time of an element, in nanoseconds.
fn time(name: &str, elements: usize, runs: usize, mut f: impl FnMut()) {
    f();
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            f();
            start.elapsed().as_nanos() as f64 / elements as f64
        })
        .collect();
    times.sort_unstable_by(f64::total_cmp);
    println!("{name:44} median {:7.3}  least {:7.3} ns", times[runs / 2], times[0]);
}

fn main() {
    let key = Key::new(7);
    let n = 1 << 24;
    let mut l = vec![0.0_f32; n];
    noise::logistic_into(key, 0, &mut l);
    time("read", n, 15, || {
        black_box(black_box(&l).iter().fold(0_u32, |sum, x| sum ^ x.to_bits()));
    });
    for k in [2, 10, 32, 512, 1_024, 131_072, n] {
        let row = &l[..n / k * k];
        time(&format!("categorical, rows of {k}"), row.len(), 9, || {
            black_box(Categorical::from_logits(row, k).unwrap().sample(key).unwrap());
        });
    }
    let mask: Vec<bool> = (0..131_072).map(|i| i % 7 > 0).collect();
    time("categorical, rows of 131072, mask, tau", n, 9, || {
        let rows = Categorical::from_logits(&l, 131_072).unwrap().temperature(0.7).unwrap();
        black_box(rows.mask(&mask).unwrap().sample(key).unwrap());
    });
    time("gumbel_max, rows of 131072", n, 9, || {
        black_box(gumbel_max(&l, 131_072, key).unwrap());
    });
    let row = &l[..131_072];
    time("categorical, one row of 131072 from cache", 131_072, 99, || {
        black_box(Categorical::from_logits(row, 131_072).unwrap().sample(key).unwrap());
    });
    let ten_million = &l[..10_000_000];
    let w: Vec<f32> = ten_million.iter().map(|l| l.exp()).collect();
    for k in [1, 1_000, 100_000] {
        time(&format!("top_k, {k} of 10^7 logits"), ten_million.len(), 9, || {
            black_box(top_k(ten_million, k, key).unwrap());
        });
        time(&format!("top_k, {k} of 10^7 weights"), ten_million.len(), 9, || {
            let row = Categorical::from_weights(&w, w.len()).unwrap();
            black_box(row.top_k(k, key).unwrap());
        });
    }
    for k in [1_000, 131_072, 1 << 22] {
        let row = Categorical::from_logits(&l[..k], k).unwrap();
        time(&format!("alias table of {k}, build"), k, 9, || {
            black_box(AliasTable::new(&row).unwrap());
        });
        let table = AliasTable::new(&row).unwrap();
        let mut out = vec![0; 1 << 20];
        time(&format!("alias table of {k}, a draw"), out.len(), 9, || {
            table.sample_into(key, 0, black_box(&mut out));
        });
        for part in [64, 8, 4] {
            time(&format!("inversion, {k} / {part} draws, a class"), k, 9, || {
                black_box(row.sample_many(k / part, key).unwrap());
            });
        }
    }
    time("categorical_many, 1000 draws of 131072, a draw", 1_000, 9, || {
        black_box(categorical_many(row, 1_000, key).unwrap());
    });
}
