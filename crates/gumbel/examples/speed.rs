//! Nanoseconds an element of the kernels, on this machine.
use std::hint::black_box;
use std::time::Instant;

use gumbel::relax::gumbel_softmax::gumbel_softmax_into;
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
    let mut l = vec![0.0_f32; ELEMENTS];
    noise::logistic_into(Key::new(1), 0, &mut l);
    for k in [2_usize, 3, 4, 7, 8, 10, 16, 32, 50, 64, 100, 1000, 1024, 131_072, 1 << 23] {
        let n = (1 << 20_usize.max(k.ilog2() as usize)) / k * k;
        time(&format!("gumbel_softmax rows of {k}"), n, || {
            gumbel_softmax_into(&l[..n], k, 0.5, key, black_box(&mut out[..n])).unwrap();
        });
    }
    time("logistic", ELEMENTS, || noise::logistic_into(key, 0, black_box(&mut out)));
}
