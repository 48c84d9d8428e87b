//! Measures paths beside their plain siblings: masks, temperatures, weights and keys of rows, other axes, `f64` and,
//! with the feature `half`, `bf16` beside `f32`. One thread, 262,144 elements in the cache, the least of alternating
//! pairs, in nanoseconds an element.
//!
//! ```text
//! cargo run --release -p gumbel --features half --example siblings
//! ```

use std::hint::black_box;
use std::time::Instant;

use gumbel::relax::{gumbel_softmax_into, gumbel_softmax_vjp_into};
use gumbel::{Axis, Categorical, Key, gumbel_max, noise, top_k};

const ELEMENTS: usize = 1 << 18;
const PAIRS: usize = 15;

/// Prints the least times of an element of a path and of its plain sibling, and their quotient.
fn compare(name: &str, n: usize, mut path: impl FnMut(), mut plain: impl FnMut()) {
    let time = |f: &mut dyn FnMut()| {
        let start = Instant::now();
        f();
        start.elapsed().as_nanos() as f64 / n as f64
    };
    let (mut ours, mut sibling) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..PAIRS {
        ours = ours.min(time(&mut path));
        sibling = sibling.min(time(&mut plain));
    }
    println!("{name:58} {ours:8.3} {sibling:8.3} {:8.2}", ours / sibling);
}

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
    println!("{:58} {:>8} {:>8} {:>8}", "", "path", "plain", "quotient");
    pool.install(|| {
        let logits: Vec<f32> = (0..ELEMENTS).map(|i| (i % 101) as f32 * 0.05).collect();
        let wide: Vec<f64> = logits.iter().map(|&l| l.into()).collect();
        for k in [1, 2, 4, 10, 32, 100, 1_024, ELEMENTS] {
            rows(&logits, &wide, k);
        }
        for shape in [[100, 10, 200], [64, 100, 40], [4, 1_000, 64], [1, 100, 2_000]] {
            other_axis(&logits, shape);
        }
        without_replacement(&logits, &wide);
        #[cfg(feature = "half")]
        half_precision(&logits);
    });
}

/// Gumbel-max, Gumbel-Softmax and its gradient in rows of k.
fn rows(logits: &[f32], wide: &[f64], k: usize) {
    let n = logits.len() / k * k;
    let (l, wide, key) = (&logits[..n], &wide[..n], Key::new(7));
    let weights: Vec<f32> = l.iter().map(|l| l.exp()).collect();
    let mask: Vec<bool> = (0..n).map(|i| k < 3 || i % 7 != 3).collect();
    let keys: Vec<Key> = key.split_iter().take(n / k).collect();
    let plain = || drop(black_box(gumbel_max(l, k, key).expect("good logits")));
    let batch = Categorical::from_logits(l, k).expect("whole rows");
    let draw = |rows: &Categorical<'_, f32>| {
        black_box(rows.gumbel_max(key).expect("good values"));
    };
    let masked = batch.mask(&mask).expect("one for each class");
    compare(&format!("gumbel_max, rows of {k}: mask"), n, || draw(&masked), plain);
    let cold = batch.temperature(0.7).expect("a number above 0");
    compare(&format!("gumbel_max, rows of {k}: temperature"), n, || draw(&cold), plain);
    let weighted = Categorical::from_weights(&weights, k).expect("whole rows");
    compare(&format!("gumbel_max, rows of {k}: weights"), n, || draw(&weighted), plain);
    let keyed = || drop(black_box(batch.gumbel_max_rows(&keys).expect("good logits")));
    compare(&format!("gumbel_max, rows of {k}: a key for each row"), n, keyed, plain);
    let in_f64 = || drop(black_box(gumbel_max(wide, k, key).expect("good logits")));
    compare(&format!("gumbel_max, rows of {k}: f64"), n, in_f64, plain);
    let (mut y, mut y_wide, mut y_each) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    let each = vec![0.5; n / k];
    let relaxed = |y: &mut [f32]| gumbel_softmax_into(l, k, 0.5, key, y).expect("good logits");
    compare(
        &format!("gumbel_softmax, rows of {k}: f64"),
        n,
        || gumbel_softmax_into(wide, k, 0.5, key, &mut y_wide).expect("good logits"),
        || relaxed(&mut y),
    );
    compare(
        &format!("gumbel_softmax, rows of {k}: a temperature for each row"),
        n,
        || gumbel_softmax_into(l, k, &each, key, &mut y_each).expect("good logits"),
        || relaxed(&mut y),
    );
    let (mut dl, mut dl_wide) = (vec![0.0; n], vec![0.0; n]);
    compare(
        &format!("its gradient, rows of {k}: f64"),
        n,
        || gumbel_softmax_vjp_into(&y_wide, wide, k, 0.5, &mut dl_wide).expect("lengths"),
        || gumbel_softmax_vjp_into(&y, l, k, 0.5, &mut dl).expect("lengths"),
    );
}

/// The same along the middle axis, beside as many rows of the last axis.
fn other_axis(logits: &[f32], shape: [usize; 3]) {
    let n: usize = shape.iter().product();
    let (l, k, key) = (&logits[..n], shape[1], Key::new(7));
    let axis = Axis::of(&shape, 1).expect("an axis of the shape");
    let name = |what: &str| format!("{what}, axis 1 of {shape:?}");
    let (mut y, mut z) = (vec![0.0; n], vec![0.0; n]);
    compare(
        &name("gumbel_softmax"),
        n,
        || gumbel_softmax_into(l, axis, 0.5, key, &mut y).expect("good logits"),
        || gumbel_softmax_into(l, k, 0.5, key, &mut z).expect("good logits"),
    );
    let (mut dy, mut dz) = (vec![0.0; n], vec![0.0; n]);
    compare(
        &name("its gradient"),
        n,
        || gumbel_softmax_vjp_into(&y, l, axis, 0.5, &mut dy).expect("lengths"),
        || gumbel_softmax_vjp_into(&z, l, k, 0.5, &mut dz).expect("lengths"),
    );
    compare(
        &name("gumbel_max"),
        n,
        || drop(black_box(gumbel_max(l, axis, key).expect("good logits"))),
        || drop(black_box(gumbel_max(l, k, key).expect("good logits"))),
    );
    let cold = |axis: Axis| {
        let rows = Categorical::from_logits(l, axis).expect("whole rows");
        let rows = rows.temperature(0.7).expect("a number above 0");
        black_box(rows.gumbel_max(key).expect("good logits"));
    };
    compare(&name("gumbel_max with a temperature"), n, || cold(axis), || cold(k.into()));
}

/// Noise in `f64`, and samples without replacement.
fn without_replacement(l: &[f32], wide: &[f64]) {
    let (n, key) = (l.len(), Key::new(7));
    let (mut out, mut out_wide) = (vec![0.0_f32; n], vec![0.0_f64; n]);
    compare(
        "gumbel noise: f64",
        n,
        || noise::gumbel_into(key, 0, &mut out_wide),
        || noise::gumbel_into(key, 0, &mut out),
    );
    let weights: Vec<f64> = wide.iter().map(|l| l.exp()).collect();
    let mask: Vec<bool> = (0..n).map(|i| i % 7 != 3).collect();
    for k in [1, 1_000] {
        let plain = || drop(black_box(top_k(l, k, key).expect("good logits")));
        let in_f64 = || drop(black_box(top_k(wide, k, key).expect("good logits")));
        compare(&format!("top_k, {k} of {n}: f64"), n, in_f64, plain);
        let row = Categorical::from_weights(&weights, n).expect("one row");
        let weighted = || drop(black_box(row.top_k(k, key).expect("good weights")));
        compare(&format!("top_k, {k} of {n}: f64 weights"), n, weighted, plain);
        let row = Categorical::from_logits(l, n).expect("one row");
        let row = row.mask(&mask).expect("one for each class");
        let masked = || drop(black_box(row.top_k(k, key).expect("good logits")));
        compare(&format!("top_k, {k} of {n}: mask"), n, masked, plain);
    }
}

/// `bf16` beside `f32`.
#[cfg(feature = "half")]
fn half_precision(logits: &[f32]) {
    use gumbel::half_precision::{self, bf16};
    let key = Key::new(7);
    for k in [1, 2, 4, 10, 32, 1_024] {
        let n = logits.len() / k * k;
        let l = &logits[..n];
        let half: Vec<bf16> = l.iter().map(|&l| bf16::from_f32(l)).collect();
        let (mut y, mut y_half) = (vec![0.0; n], vec![bf16::ZERO; n]);
        compare(
            &format!("gumbel_softmax, rows of {k}: bf16"),
            n,
            || half_precision::gumbel_softmax_into(&half, k, 0.5, key, &mut y_half).expect("good"),
            || gumbel_softmax_into(l, k, 0.5, key, &mut y).expect("good logits"),
        );
        compare(
            &format!("gumbel_max, rows of {k}: bf16"),
            n,
            || drop(black_box(half_precision::gumbel_max(&half, k, key).expect("good logits"))),
            || drop(black_box(gumbel_max(l, k, key).expect("good logits"))),
        );
    }
}
