//! The number of threads changes no bit of any function.

use super::THREAD_PART;
use crate::relax::straight_through_binary_concrete_into;
use crate::relax::{binary_concrete_vjp_into, binary_concrete_vjp_tau};
use crate::relax::{gumbel_softmax_into, gumbel_softmax_vjp_into, gumbel_softmax_vjp_tau};
use crate::{Axis, Key, Noise, gumbel_max, noise};

fn on_threads<T: Send>(threads: usize, f: impl Fn() -> T + Send + Sync) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(f)
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

/// The results of every function that splits its work, for an array of n elements with `axis`.
fn every_result(axis: Axis, n: usize) -> (Vec<Vec<u32>>, Vec<usize>, [u64; 2]) {
    let key = Key::new(3);
    let noise = Noise::Keyed { key, offset: 5 };
    let mut buffers: [Vec<f32>; 12] = core::array::from_fn(|_| vec![9.0; n]);
    let [l, u, e, z, y, hard, soft, dl, b, b_hard, db, wide] = &mut buffers;
    noise::logistic_into(key, 3, l);
    noise::uniform_into(key, 3, u);
    noise::exponential_into(key, 3, e);
    noise::normal_into(key, 3, z);
    gumbel_softmax_into(l, axis, 0.5, noise, y).unwrap();
    crate::relax::straight_through_gumbel_softmax_into(l, axis, 0.5, noise, hard, soft).unwrap();
    gumbel_softmax_vjp_into(y, z, axis, 0.5, dl).unwrap();
    straight_through_binary_concrete_into(l, 0.5, noise, b_hard, b).unwrap();
    binary_concrete_vjp_into(b, z, 0.5, db).unwrap();
    let taus = [
        gumbel_softmax_vjp_tau(l, axis, 0.5, noise, dl).unwrap(),
        binary_concrete_vjp_tau(l, 0.5, noise, db).unwrap(),
    ];
    let mut in_f64 = vec![0.0_f64; n];
    noise::gumbel_into(key, 3, &mut in_f64);
    for (wide, x) in wide.iter_mut().zip(in_f64) {
        *wide = (x as f32) + (x - f64::from(x as f32)) as f32;
    }
    let winners = gumbel_max(l, axis, noise).unwrap();
    (buffers.iter().map(|b| bits(b)).collect(), winners, taus.map(f64::to_bits))
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    for (shape, dim) in [
        (vec![THREAD_PART, 3], -1),
        (vec![5000, 33], -1),
        (vec![100, 1000], -1),
        (vec![3, 70_001], -1),
        (vec![50, 7, 300], 1),
    ] {
        let axis = Axis::of(&shape, dim).unwrap();
        let n = shape.iter().product();
        assert!(n > 2 * THREAD_PART);
        let one = on_threads(1, || every_result(axis, n));
        for threads in [2, 3, 8] {
            assert!(on_threads(threads, || every_result(axis, n)) == one, "{shape:?} {threads}");
        }
    }
}

#[test]
fn a_bad_number_is_found_in_any_part() {
    let mut l = vec![0.0_f32; 1 << 20];
    for at in [0, 1 << 19, (1 << 20) - 1] {
        l[at] = f32::NAN;
        let error = on_threads(3, || gumbel_max(&l, 4, Key::new(1)));
        assert!(matches!(error, Err(crate::Error::Value { index, .. }) if index == at));
        l[at] = 0.0;
    }
}
