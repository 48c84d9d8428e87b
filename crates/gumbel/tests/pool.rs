//! Which rayon pool the functions use: none for short inputs, for long ones the pool whose `install` they are in.
//!
//! One test in a process of its own: the global pool can be built only once, and only before its first use.

#![cfg(feature = "rayon")]

use gumbel::relax::{
    binary_concrete_vjp_into, binary_concrete_vjp_tau_into, gumbel_rao_vjp_into,
    gumbel_softmax_into, gumbel_softmax_vjp_into,
};
use gumbel::sample::antithetic_pairs;
use gumbel::{
    AliasTable, Axis, Categorical, Key, binary_concrete, categorical_many, gumbel_max,
    gumbel_softmax, noise, straight_through_gumbel_softmax, top_k,
};

/// Calls every function that shares its work among threads, with n elements in rows of k, and once in one row.
fn call_all(n: usize, k: usize) {
    let (rows, key) = (n / k, Key::new(7));
    let n = rows * k;
    let (mut l, mut wide) = (vec![0.0_f32; n], vec![0.0_f64; n]);
    noise::normal_into(key, 0, &mut l);
    noise::gumbel_into(key, 0, &mut wide);
    let tau = vec![0.5; rows];
    for axis in [Axis::from(k), Axis::from(n), Axis::of(&[k, rows], 0).unwrap()] {
        let mut y = vec![0.0; n];
        gumbel_softmax_into(&l, axis, 0.5, key, &mut y).unwrap();
        gumbel_max(&l, axis, key).unwrap();
        gumbel_max(&wide, axis, key).unwrap();
        gumbel_softmax_vjp_into(&y, &l, axis, 0.5, &mut vec![0.0; n]).unwrap();
    }
    let y = gumbel_softmax(&l, k, &tau, key).unwrap();
    gumbel_softmax_vjp_into(&y, &l, k, &tau, &mut vec![0.0; n]).unwrap();
    straight_through_gumbel_softmax(&l, k, 0.5, key).unwrap();
    let y = binary_concrete(&l, 0.5, key).unwrap();
    binary_concrete_vjp_into(&y, &l, 0.5, &mut vec![0.0; n]).unwrap();
    binary_concrete_vjp_tau_into(&y, &l, &mut vec![0.0; rows]).unwrap();
    let winners = gumbel_max(&l, k, key).unwrap();
    gumbel_rao_vjp_into(&l, k, &winners, &l, 0.5, &[key], &mut vec![0.0; n]).unwrap();
    antithetic_pairs(&l, k, key).unwrap();
    let keys: Vec<Key> = key.split_iter().take(rows).collect();
    let batch = Categorical::from_logits(&l, k).unwrap();
    batch.sample(key).unwrap();
    batch.sample_rows(&keys).unwrap();
    batch.gumbel_max_rows(&keys).unwrap();
    batch.sample_many_rows(1, &keys).unwrap();
    batch.top_k_rows(1, &keys).unwrap();
    Categorical::from_logits(&l, n).unwrap().sample(key).unwrap();
    categorical_many(&l, n / 20, key).unwrap();
    categorical_many(&l, n, key).unwrap();
    let table = AliasTable::new(&Categorical::from_logits(&l[..k], k).unwrap()).unwrap();
    table.sample_into(key, 0, &mut vec![0; n]);
    top_k(&l, 10, key).unwrap();
}

#[test]
fn short_calls_start_no_pool_and_long_ones_stay_in_theirs() {
    // Two rows of 5,000 are longer than one part, and shorter than two.
    for k in [4, 100, 5_000, 8_192] {
        call_all(16_384, k);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    pool.install(|| call_all(1 << 20, 100));
    let global = rayon::ThreadPoolBuilder::new().num_threads(2);
    global.build_global().expect("the calls above left the global pool alone");
    call_all(1 << 20, 100);
}
