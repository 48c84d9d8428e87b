//! Nanoseconds an element of the kernels, on this machine.
use std::hint::black_box;
use std::time::Instant;

use gumbel::{Key, noise};

const ELEMENTS: usize = 1 << 23;

fn time(name: &str, elements: usize, mut f: impl FnMut()) {
    f();
    let mut runs: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            f();
            start.elapsed().as_nanos() as f64 / elements as f64
        })
        .collect();
    runs.sort_unstable_by(f64::total_cmp);
    println!("{name:40} median {:7.3}  least {:7.3} ns an element", runs[7], runs[0]);
}

fn main() {
    let key = Key::new(7);
    let mut out = vec![0.0_f32; ELEMENTS];
    time("write", ELEMENTS, || black_box(&mut out).fill(1.0));
    let mut small = vec![0.0_f32; 4096];
    time("write 4096", 4096, || black_box(&mut small).fill(1.0));
    time("uniform 4096", 4096, || noise::uniform_into(key, 0, black_box(&mut small)));
    time("uniform", ELEMENTS, || noise::uniform_into(key, 0, black_box(&mut out)));
    time("exponential", ELEMENTS, || noise::exponential_into(key, 0, black_box(&mut out)));
    time("gumbel", ELEMENTS, || noise::gumbel_into(key, 0, black_box(&mut out)));
    time("gumbel 4096", 4096, || noise::gumbel_into(key, 0, black_box(&mut small)));
    time("logistic", ELEMENTS, || noise::logistic_into(key, 0, black_box(&mut out)));
}
