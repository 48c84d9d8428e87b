//! Tests every kernel at sizes around a vector, a narrow row and a group: small enough for an
//! interpreter that checks each memory access (`.ci/miri`).

use gumbel::relax::{binary_concrete_into, binary_concrete_vjp_into};
use gumbel::relax::{gumbel_log_softmax_into, gumbel_log_softmax_vjp_into};
use gumbel::relax::{gumbel_softmax_into, gumbel_softmax_vjp_into};
use gumbel::relax::{straight_through_binary_concrete_into, straight_through_gumbel_softmax_into};
use gumbel::sample::gumbel_given_argmax_into;
use gumbel::{AliasTable, Axis, Categorical, Key, Noise, Real, gumbel_max, noise, top_k};

const KEY: Key = Key::new(7);
/// Fewer widths in the interpreter, which takes seconds for microseconds of work.
const WIDTHS: &[usize] = if cfg!(miri) { &[2, 33] } else { &[1, 2, 10, 17, 33, 65, 130] };

fn logits<T: Real>(n: usize) -> Vec<T> {
    (0..n).map(|i| T::from_f64((i * 7 % 11) as f64 / 4.0)).collect()
}

/// Compares noise of n elements made at once with noise made in two parts.
fn check_noise_in_parts<T: Real>(fill: fn(Key, u64, &mut [T]), n: usize) {
    let mut whole = vec![T::default(); n];
    fill(KEY, 5, &mut whole);
    let (mut low, mut high) = (vec![T::default(); n / 3], vec![T::default(); n - n / 3]);
    fill(KEY, 5, &mut low);
    fill(KEY, 5 + low.len() as u64, &mut high);
    assert_eq!([low, high].concat(), whole);
}

#[test]
fn noise_in_parts() {
    let lengths: &[usize] = if cfg!(miri) { &[21] } else { &[1, 15, 64, 81] };
    for &n in lengths {
        check_noise_in_parts::<f32>(noise::uniform_into, n);
        check_noise_in_parts::<f32>(noise::exponential_into, n);
        check_noise_in_parts::<f32>(noise::gumbel_into, n);
        check_noise_in_parts::<f32>(noise::logistic_into, n);
        check_noise_in_parts::<f32>(noise::normal_into, n);
        check_noise_in_parts::<f64>(noise::gumbel_into, n);
    }
}

/// Compares the relaxations along the middle axis of `shape`, with noise from a key and made in advance.
fn check_relaxations<T: Real>(shape: [usize; 3]) {
    let axis = Axis::of(&shape, 1).unwrap();
    let n = shape.iter().product();
    let l = logits::<T>(n);
    let [mut given, mut y, mut again, mut hard, mut dl] = [(); 5].map(|()| vec![T::default(); n]);
    noise::gumbel_into(KEY, 3, &mut given);
    let keyed = Noise::Keyed { key: KEY, offset: 3 };
    gumbel_softmax_into(&l, axis, 0.5, keyed, &mut y).unwrap();
    gumbel_softmax_into(&l, axis, 0.5, &given, &mut again).unwrap();
    assert_eq!(y, again, "{shape:?}");
    straight_through_gumbel_softmax_into(&l, axis, 0.5, keyed, &mut hard, &mut again).unwrap();
    assert_eq!(y, again, "{shape:?}");
    let ones = hard.iter().filter(|hard| hard.to_f64() == 1.0).count();
    assert_eq!(ones, gumbel_max(&l, axis, keyed).unwrap().len());
    gumbel_softmax_vjp_into(&y, &l, axis, 0.5, &mut dl).unwrap();
    // Each row sums to 0 within rounding; a term is at most 2.5 / 0.5.
    let sum: f64 = dl.iter().map(|d| d.to_f64()).sum();
    assert!(sum.abs() < 1e-5 * n as f64, "{shape:?} {sum}");
    gumbel_log_softmax_into(&l, axis, 0.5, keyed, &mut again).unwrap();
    let close = |(x, y): (&T, &T)| (x.to_f64().exp() - y.to_f64()).abs() < 1e-5;
    assert!(again.iter().zip(&y).all(close), "{shape:?}");
    gumbel_log_softmax_vjp_into(&again, &l, axis, 0.5, &mut dl).unwrap();
    let sum: f64 = dl.iter().map(|d| d.to_f64()).sum();
    assert!(sum.abs() < 1e-4 * n as f64, "{shape:?} {sum}");
}

#[test]
fn relaxations_of_every_width() {
    for &k in WIDTHS {
        check_relaxations::<f32>([3, k, 1]);
    }
    check_relaxations::<f64>([2, 10, 1]);
}

#[test]
fn relaxations_along_another_axis() {
    check_relaxations::<f32>([1, 2, 17]);
    check_relaxations::<f64>([2, 2, 3]);
}

#[test]
fn many_narrow_rows_fill_the_lanes() {
    check_relaxations::<f32>([17, 3, 1]);
}

#[test]
fn binary_choices_of_every_length() {
    for &n in if cfg!(miri) { &[33][..] } else { &[1, 15, 16, 33, 70] } {
        let l = logits::<f32>(n);
        let [mut given, mut y, mut again, mut hard] = [(); 4].map(|()| vec![0.0; n]);
        noise::logistic_into(KEY, 0, &mut given);
        binary_concrete_into(&l, 0.5, KEY, &mut y).unwrap();
        binary_concrete_into(&l, 0.5, &given, &mut again).unwrap();
        assert_eq!(y, again);
        straight_through_binary_concrete_into(&l, 0.5, KEY, &mut hard, &mut again).unwrap();
        assert!(y == again && hard.iter().zip(&y).all(|(h, y)| (*h == 1.0) == (*y > 0.5)));
        binary_concrete_vjp_into(&y, &l, 0.5, &mut again).unwrap();
        assert!(again.iter().all(|d| d.is_finite()));
    }
}

#[test]
fn samplers_of_every_width() {
    for &k in WIDTHS {
        let rows = logits::<f32>(2 * k);
        let (weights, mask) = (&rows[..k], [vec![true], vec![false; k - 1]].concat());
        let all = Categorical::from_logits(&rows, k).unwrap();
        assert!(all.sample(KEY).unwrap().iter().all(|&class| class < k));
        assert_eq!(all.mask(&mask).unwrap().temperature(0.5).unwrap().sample(KEY), Ok(vec![0; 2]));
        assert_eq!(all.gumbel_max(KEY), gumbel_max(&rows, k, KEY));
        let top = top_k(&rows, k, KEY).unwrap();
        assert_eq!(top.indices()[0], gumbel_max(&rows, 2 * k, KEY).unwrap()[0] as u64);
        if k > 1 {
            let weights = Categorical::from_weights(weights, k).unwrap();
            assert!(weights.sample(KEY).unwrap()[0] > 0);
            let table = AliasTable::new(&weights).unwrap();
            let mut drawn = [0; 70];
            table.sample_into(KEY, 60, &mut drawn);
            assert_eq!(drawn[69], table.sample(KEY, 129));
        }
    }
}

/// Rows drawn by inversion (129 to 8,192 classes) and by rejection (more classes).
#[test]
fn wide_rows() {
    for k in [130, 8_193] {
        let mut row = logits::<f32>(k);
        row[..k / 2].fill(f32::NEG_INFINITY);
        let class = Categorical::from_logits(&row, k).unwrap().sample(KEY).unwrap()[0];
        assert!((k / 2..k).contains(&class), "{class} of {k}");
        row.fill(f32::NEG_INFINITY);
        row[k - 1] = -5.0;
        assert_eq!(Categorical::from_logits(&row, k).unwrap().sample(KEY), Ok(vec![k - 1]));
    }
}

#[test]
fn perturbed_logits_given_their_argmax() {
    let l = logits::<f32>(34);
    let mut z = [0.0; 34];
    gumbel_given_argmax_into(&l, 17, &[3, 16], KEY, &mut z).unwrap();
    let best = |row: &[f32]| (0..17).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap();
    assert_eq!([best(&z[..17]), best(&z[17..])], [3, 16]);
}
