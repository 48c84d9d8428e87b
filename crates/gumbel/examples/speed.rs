//! Measures the kernels on this machine, on one thread and on all, in nanoseconds an element, and the time to
//! write and to read the same memory.
//!
//! ```text
//! cargo run --release -p gumbel --example speed
//! ```

use std::hint::black_box;
use std::time::Instant;

use gumbel::relax::straight_through_gumbel_softmax_into;
use gumbel::relax::{binary_concrete_into, binary_concrete_vjp_into, binary_concrete_vjp_tau_into};
use gumbel::relax::{gumbel_log_softmax_into, gumbel_log_softmax_vjp_into};
use gumbel::relax::{gumbel_log_softmax_vjp_tau_into, gumbel_rao_vjp_into, gumbel_softmax_into};
use gumbel::relax::{gumbel_softmax_vjp_into, gumbel_softmax_vjp_tau_into};
use gumbel::{Key, gumbel_max, noise};

const ELEMENTS: usize = 1 << 23;
const RUNS: usize = 15;

/// The median and the least time of an element, in nanoseconds.
fn measure(elements: usize, f: &mut (dyn FnMut() + Send)) -> (f64, f64) {
    f();
    let mut runs: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            f();
            start.elapsed().as_nanos() as f64 / elements as f64
        })
        .collect();
    runs.sort_unstable_by(f64::total_cmp);
    (runs[RUNS / 2], runs[0])
}

/// A table of times, with the pools of one thread and of all threads.
struct Table {
    pools: [rayon::ThreadPool; 2],
}

impl Table {
    /// Measures `f` in both pools and prints a row.
    fn row(&self, name: &str, elements: usize, mut f: impl FnMut() + Send) {
        let [one, all] = &self.pools;
        let one = one.install(|| measure(elements, &mut f));
        let all = all.install(|| measure(elements, &mut f));
        println!("{name:46} {:8.3} {:8.3} {:10.3} {:8.3}", one.0, one.1, all.0, all.1);
    }
}

fn main() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pools = [1, 0].map(|threads| pool(threads).expect("a pool of threads"));
    println!("{:46} {:>17} {:>19}", "ns an element", "one thread", "all threads");
    println!("{:46} {:>8} {:>8} {:>10} {:>8}", "", "median", "least", "median", "least");
    let table = Table { pools };

    let key = Key::new(7);
    let (mut l, mut out) = (vec![0.0_f32; ELEMENTS], vec![0.0_f32; ELEMENTS]);
    noise::logistic_into(Key::new(1), 0, &mut l);
    let mut doubles = vec![0.0_f64; ELEMENTS / 8];
    table.row("write, one thread always", ELEMENTS, || black_box(&mut out).fill(1.0));
    table.row("read, one thread always", ELEMENTS, || {
        let mut sums = [0_u32; 64];
        for chunk in black_box(&l).chunks_exact(64) {
            for (sum, x) in sums.iter_mut().zip(chunk) {
                *sum ^= x.to_bits();
            }
        }
        black_box(sums);
    });
    let cached = &mut out[..4096];
    table.row("gumbel, 4,096 elements", 4096, || noise::gumbel_into(key, 0, black_box(cached)));
    table.row("uniform", ELEMENTS, || noise::uniform_into(key, 0, &mut out));
    table.row("exponential", ELEMENTS, || noise::exponential_into(key, 0, &mut out));
    table.row("gumbel", ELEMENTS, || noise::gumbel_into(key, 0, &mut out));
    table.row("logistic", ELEMENTS, || noise::logistic_into(key, 0, &mut out));
    table.row("normal", ELEMENTS, || noise::normal_into(key, 0, &mut out));
    table.row("gumbel, f64", doubles.len(), || noise::gumbel_into(key, 0, &mut doubles));
    table.row("uniform, f64", doubles.len(), || noise::uniform_into(key, 0, &mut doubles));
    for k in [2, 3, 10, 32, 40, 50, 64, 100, 1024, 131_072, ELEMENTS] {
        let n = ELEMENTS / k * k;
        table.row(&format!("gumbel_softmax, rows of {k}"), n, || {
            gumbel_softmax_into(&l[..n], k, 0.5, key, &mut out[..n]).expect("good logits");
        });
    }
    let rows: Vec<f64> = (0..ELEMENTS).map(|row| 0.5 + 0.001 * (row % 7) as f64).collect();
    for k in [2, 3, 10, 32, 64, 1024] {
        let n = ELEMENTS / k * k;
        table.row(&format!("a temperature each, rows of {k}"), n, || {
            gumbel_softmax_into(&l[..n], k, &rows[..n / k], key, &mut out[..n])
                .expect("good logits");
        });
    }
    let (mut soft, mut dl) = (vec![0.0_f32; ELEMENTS], vec![0.0_f32; ELEMENTS]);
    for k in [2, 10, 32, 1024] {
        let n = ELEMENTS / k * k;
        table.row(&format!("straight-through, rows of {k}"), n, || {
            straight_through_gumbel_softmax_into(
                &l[..n],
                k,
                0.5,
                key,
                &mut out[..n],
                &mut soft[..n],
            )
            .expect("good logits");
        });
        table.row(&format!("gradient, rows of {k}"), n, || {
            gumbel_softmax_vjp_into(&soft[..n], &l[..n], k, 0.5, &mut dl[..n]).expect("lengths");
        });
        table.row(&format!("gradient, a temperature each, rows of {k}"), n, || {
            let tau = &rows[..n / k];
            gumbel_softmax_vjp_into(&soft[..n], &l[..n], k, tau, &mut dl[..n]).expect("lengths");
        });
        let mut dtau = vec![0.0; n / k];
        table.row(&format!("gradient of each temperature, rows of {k}"), n, || {
            gumbel_softmax_vjp_tau_into(&soft[..n], &dl[..n], k, &mut dtau).expect("lengths");
        });
        table.row(&format!("gumbel_log_softmax, rows of {k}"), n, || {
            gumbel_log_softmax_into(&l[..n], k, 0.5, key, &mut out[..n]).expect("good logits");
        });
        table.row(&format!("its gradient, rows of {k}"), n, || {
            gumbel_log_softmax_vjp_into(&out[..n], &l[..n], k, 0.5, &mut dl[..n]).expect("lengths");
        });
        table.row(&format!("and of each temperature, rows of {k}"), n, || {
            gumbel_log_softmax_vjp_tau_into(&out[..n], &dl[..n], k, &mut dtau).expect("lengths");
        });
        table.row(&format!("gumbel_max, rows of {k}"), n, || {
            black_box(gumbel_max(&l[..n], k, key)).expect("good logits");
        });
        // An element of each draw counts.
        let (n, keys) = (n / 8 / k * k, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(Key::new));
        let winners = gumbel_max(&l[..n], k, key).expect("good logits");
        table.row(&format!("gumbel_rao, ten draws, rows of {k}"), 10 * n, || {
            gumbel_rao_vjp_into(&l[..n], k, &winners, &soft[..n], 0.5, &keys, &mut dl[..n])
                .expect("good arguments");
        });
    }
    table.row("binary_concrete", ELEMENTS, || {
        binary_concrete_into(&l, 0.5, key, &mut out).expect("good logits");
    });
    for d in [1, 10, 1024] {
        let n = ELEMENTS / d * d;
        table.row(&format!("binary_concrete, rows of {d}"), n, || {
            binary_concrete_into(&l[..n], &rows[..n / d], key, &mut out[..n]).expect("good logits");
        });
    }
    table.row("binary_concrete, gradient", ELEMENTS, || {
        binary_concrete_vjp_into(&soft, &l, 0.5, &mut dl).expect("lengths");
    });
    for d in [1, 10, 1024] {
        let n = ELEMENTS / d * d;
        let mut dtau = vec![0.0; n / d];
        table.row(&format!("binary_concrete, gradient, rows of {d}"), n, || {
            let tau = &rows[..n / d];
            binary_concrete_vjp_into(&soft[..n], &l[..n], tau, &mut dl[..n]).expect("lengths");
        });
        table.row(&format!("and of each temperature, rows of {d}"), n, || {
            binary_concrete_vjp_tau_into(&soft[..n], &dl[..n], &mut dtau).expect("lengths");
        });
    }
}
