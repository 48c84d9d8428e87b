//! Only differences of logits determine the law: a shift of all logits changes nothing, at any size, in any
//! sampler or relaxation.
//!
//! The failure of others, tensorflow issue 2774: noise that is added to a logit is rounded at the size of the
//! logit. Two equal `f32` logits of 1e8, or of the usual finite masks -1e9 and `f32::MIN`, then give the first class
//! nearly always.

use gumbel::half_precision::{self, Half, bf16, f16};
use gumbel::relax::straight_through_gumbel_softmax_into;
use gumbel::relax::{gumbel_softmax_in_place, gumbel_softmax_into};
use gumbel::textbook::random_utility::{UtilityNoise, counts};
use gumbel::{
    AliasTable, Axis, Categorical, Key, Noise, Real, TopK, gumbel_max, gumbel_softmax, noise, top_k,
};
use gumbel_check::samplers::{SAMPLERS, assert_law};
use gumbel_check::share_bound;

const DRAWS: usize = 100_000;

/// Sizes of the logits, with the ends of `f32`.
const SIZES: [f32; 16] = [
    0.0,
    1e3,
    -1e3,
    1e6,
    1e7,
    1e8,
    -1e8,
    1e9,
    -1e9,
    1e12,
    1e15,
    -1e20,
    1e30,
    -1e30,
    f32::MAX,
    f32::MIN,
];

/// Asserts that class 0 of two equal classes has the share 1/2.
#[track_caller]
fn assert_even(what: &str, size: f64, zeros: usize, draws: usize) {
    let share = zeros as f64 / draws as f64;
    assert!((share - 0.5).abs() <= share_bound(0.5, draws), "{what} at {size}: {share}");
}

fn argmax<T: Real>(row: &[T]) -> usize {
    (0..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best })
}

fn hot<T: Real>(row: &[T]) -> usize {
    row.iter().position(|x| x.to_f64() == 1.0).expect("a one in each row")
}

/// The name and the winners of every function that draws from rows of k logits.
fn winners<T: Real>(logits: &[T], k: usize, key: Key) -> Vec<(&'static str, Vec<usize>)> {
    let n = logits.len();
    let rows = |y: &[T]| y.chunks_exact(k).map(argmax).collect::<Vec<_>>();
    let (mut given, mut in_place) = (vec![T::default(); n], logits.to_vec());
    noise::gumbel_into(key, 0, &mut given);
    gumbel_softmax_in_place(&mut in_place, k, 0.5, key).unwrap();
    let (mut hard, mut soft) = (vec![T::default(); n], vec![T::default(); n]);
    straight_through_gumbel_softmax_into(logits, k, 0.5, key, &mut hard, &mut soft).unwrap();
    // The same rows as columns, so that element i of the noise belongs to another class.
    let columns = n / k;
    let mut turned = vec![T::default(); n];
    for (i, &l) in logits.iter().enumerate() {
        turned[i % k * columns + i / k] = l;
    }
    let axis = Axis::of(&[k, columns], 0).unwrap();
    let mut y = vec![T::default(); n];
    gumbel_softmax_into(&turned, axis, 0.5, key, &mut y).unwrap();
    let column = |c: usize| (0..k).map(|i| y[i * columns + c]).collect::<Vec<_>>();
    let rows_of = Categorical::from_logits(logits, k).unwrap();
    let tempered = |tau: f64| rows_of.temperature(tau).unwrap().gumbel_max(key).unwrap();
    let keys: Vec<Key> = (0..columns as u64).map(|row| key.fold_in(row)).collect();
    vec![
        ("gumbel_max", gumbel_max(logits, k, key).unwrap()),
        ("gumbel_max, noise given", gumbel_max(logits, k, &given).unwrap()),
        ("gumbel_max, along another axis", gumbel_max(&turned, axis, key).unwrap()),
        ("gumbel_softmax", rows(&gumbel_softmax(logits, k, 0.5, key).unwrap())),
        ("gumbel_softmax, noise given", rows(&gumbel_softmax(logits, k, 0.5, &given).unwrap())),
        ("gumbel_softmax, in place", rows(&in_place)),
        ("gumbel_softmax, along another axis", (0..columns).map(|c| argmax(&column(c))).collect()),
        ("straight-through, hard", hard.chunks_exact(k).map(hot).collect()),
        ("straight-through, soft", rows(&soft)),
        ("Categorical::sample", rows_of.sample(key).unwrap()),
        ("Categorical::sample_rows", rows_of.sample_rows(&keys).unwrap()),
        ("Categorical::gumbel_max", rows_of.gumbel_max(key).unwrap()),
        ("Categorical::gumbel_max_rows", rows_of.gumbel_max_rows(&keys).unwrap()),
        ("Categorical::gumbel_max, cold", tempered(1e-3)),
        ("Categorical::gumbel_max, hot", tempered(1e3)),
    ]
}

/// The first picks of draws with a key each.
fn first_picks<T: Real>(logits: &[T], draws: usize, seed: u64) -> Vec<usize> {
    let key = Key::new(seed);
    let first = |i: usize| top_k(logits, 1, key.fold_in(i as u64)).unwrap().indices()[0] as usize;
    (0..draws).map(first).collect()
}

#[test]
fn two_equal_logits_far_from_0_do_not_give_equal_classes_in_f32() {
    for (i, size) in SIZES.into_iter().enumerate() {
        let l = vec![size; 2 * DRAWS];
        for (what, winners) in winners(&l, 2, Key::new(900 + i as u64)) {
            let zeros = winners.iter().filter(|&&w| w == 0).count();
            assert_even(what, size.into(), zeros, DRAWS);
        }
        for (name, sampler) in SAMPLERS {
            let row = Categorical::from_logits(&l[..2], 2).unwrap();
            let drawn = sampler(&row, DRAWS, Key::new(920 + i as u64));
            assert_even(name, size.into(), drawn.iter().filter(|&&w| w == 0).count(), DRAWS);
        }
        let picks = first_picks(&l[..2], 20_000, 940 + i as u64);
        assert_even("top_k", size.into(), picks.iter().filter(|&&w| w == 0).count(), 20_000);
    }
}

#[test]
fn two_equal_logits_far_from_0_do_not_give_equal_classes_in_f64() {
    for (i, size) in
        [1e8, 1e14, -1e15, 1e17, 1e30, 1e300, f64::MAX, f64::MIN].into_iter().enumerate()
    {
        let l = vec![size; 2 * DRAWS];
        let key = Key::new(960 + i as u64);
        for (what, winners) in winners(&l, 2, key) {
            let zeros = winners.iter().filter(|&&w| w == 0).count();
            assert_even(what, size, zeros, DRAWS);
        }
        let picks = first_picks(&l[..2], 20_000, 980 + i as u64);
        assert_even("top_k", size, picks.iter().filter(|&&w| w == 0).count(), 20_000);
        let counts = counts(&[size; 2], UtilityNoise::Gumbel, DRAWS as u64, key).unwrap();
        assert_even("random utility", size, counts[0] as usize, DRAWS);
    }
}

/// The law jumped between 128 and 129 classes, where `Categorical::sample` changes its method.
#[test]
fn rows_of_any_width_at_a_finite_mask_keep_their_law() {
    for k in [3, 10, 17, 32, 33, 100, 128, 129, 2_048, 2_100, 9_000] {
        for size in [-1e9_f32, f32::MIN, 1e8] {
            let rows = (200_000 / k).max(60);
            let l = vec![size; rows * k];
            for (what, winners) in winners(&l, k, Key::new(1_000 + k as u64)) {
                // Halves of the classes, because rows are wide and few.
                let low = winners.iter().filter(|&&w| w < k / 2).count();
                let (p, share) = ((k / 2) as f64 / k as f64, low as f64 / rows as f64);
                assert!(
                    (share - p).abs() <= share_bound(p, rows),
                    "{what}, {k} at {size}: {share}"
                );
            }
        }
    }
}

/// Multiples of 1/8 within [-8, 8]: a shift by a power of two up to 2^20 is exact in `f32`.
fn grid<T: Real>(n: usize) -> Vec<T> {
    (0..n).map(|i| T::from_f64(f64::from(Key::new(3).word(i as u64) >> 25) / 8.0 - 8.0)).collect()
}

#[test]
fn a_shift_that_is_exact_changes_no_choice_under_one_key() {
    for k in [2, 3, 4, 7, 10, 15, 16, 31, 32, 33, 100, 129, 2_100] {
        let n = 20_000 / k * k;
        let (narrow, wide) = (grid::<f32>(n), grid::<f64>(n));
        let (plain, plain_wide) =
            (winners(&narrow, k, Key::new(5)), winners(&wide, k, Key::new(5)));
        for shift in [1.0, -1e3, 4_096.0, -65_536.0, 1_048_576.0] {
            let moved: Vec<f32> = narrow.iter().map(|l| l + shift as f32).collect();
            assert!(moved.iter().zip(&narrow).all(|(m, l)| f64::from(*m) == f64::from(*l) + shift));
            assert!(winners(&moved, k, Key::new(5)) == plain, "f32, {k} by {shift}");
        }
        for shift in [1.0, 1e6, -1e9, 2f64.powi(48)] {
            let moved: Vec<f64> = wide.iter().map(|l| l + shift).collect();
            assert!(winners(&moved, k, Key::new(5)) == plain_wide, "f64, {k} by {shift}");
        }
    }
}

/// The results of every function that relaxes rows of k.
fn relaxed<T: Real>(l: &[T], k: usize, tau: f64) -> Vec<Vec<T>> {
    let key = Key::new(6);
    let mut in_place = l.to_vec();
    gumbel_softmax_in_place(&mut in_place, k, tau, key).unwrap();
    let (mut hard, mut soft) = (vec![T::default(); l.len()], vec![T::default(); l.len()]);
    straight_through_gumbel_softmax_into(l, k, tau, key, &mut hard, &mut soft).unwrap();
    // The same numbers as three blocks of columns.
    let columns = l.len() / 3 / k;
    let axis = Axis::of(&[3, k, columns], 1).unwrap();
    let mut strided = vec![T::default(); 3 * k * columns];
    gumbel_softmax_into(&l[..3 * k * columns], axis, tau, key, &mut strided).unwrap();
    vec![gumbel_softmax(l, k, tau, key).unwrap(), in_place, hard, soft, strided]
}

#[test]
fn a_shift_that_is_exact_changes_no_bit_of_a_relaxation() {
    for k in [2, 5, 16, 32, 47, 100, 2_100] {
        let (l, wide) = (grid::<f32>(20_000 / k * k), grid::<f64>(20_000 / k * k));
        let moved: Vec<f32> = l.iter().map(|l| l - 65_536.0).collect();
        let moved_wide: Vec<f64> = wide.iter().map(|l| l + 2f64.powi(48)).collect();
        for tau in [0.1, 1.0, 30.0] {
            assert!(relaxed(&moved, k, tau) == relaxed(&l, k, tau), "f32 {k} {tau}");
            assert!(relaxed(&moved_wide, k, tau) == relaxed(&wide, k, tau), "f64 {k} {tau}");
        }
    }
}

/// Many draws of one row: by inversion, with a table, by rejection.
fn many<T: Real>(l: &[T]) -> Vec<Vec<usize>> {
    let row = Categorical::from_logits(l, l.len()).unwrap();
    let mut of_table = vec![0; 2_000];
    AliasTable::new(&row).unwrap().sample_into(Key::new(19), 3, &mut of_table);
    let keys = (0..300).map(|i| row.sample(Key::new(19).fold_in(i)).unwrap()[0]);
    vec![
        row.sample_many(l.len() / 10, Key::new(19)).unwrap(),
        row.sample_many(l.len(), Key::new(19)).unwrap(),
        of_table.into_iter().map(|class| class as usize).collect(),
        keys.collect(),
    ]
}

#[test]
fn a_shift_that_is_exact_changes_none_of_many_draws() {
    for k in [3, 200, 1_500, 9_000] {
        let (l, wide) = (grid::<f32>(k), grid::<f64>(k));
        let moved: Vec<f32> = l.iter().map(|l| l + 65_536.0).collect();
        let moved_wide: Vec<f64> = wide.iter().map(|l| l - 2f64.powi(48)).collect();
        assert!(many(&moved) == many(&l), "f32, {k}");
        assert!(many(&moved_wide) == many(&wide), "f64, {k}");
    }
}

#[test]
fn unequal_logits_keep_their_law_at_every_size() {
    let steps = [0.0, 1.0, 2.0, f64::NEG_INFINITY];
    let weights = steps.map(f64::exp);
    let p = weights.map(|w| w / weights.iter().sum::<f64>());
    // Up to 2^22 in f32 and 2^51 in f64, differences of 1 are exact.
    for size in [1e3, -1e6, 4_194_304.0] {
        let l: Vec<f32> = steps.map(|s| (s + size) as f32).repeat(DRAWS);
        for (what, winners) in winners(&l, 4, Key::new(7)) {
            if !what.ends_with("cold") && !what.ends_with("hot") {
                assert_law(&format!("{what} at {size}"), &winners, &p);
            }
        }
        assert_law("top_k", &first_picks(&l[..4], DRAWS / 2, 8), &p);
    }
    for size in [1e12, -2f64.powi(51)] {
        let l: Vec<f64> = steps.map(|s| s + size).repeat(DRAWS);
        for (what, winners) in winners(&l, 4, Key::new(9)) {
            if !what.ends_with("cold") && !what.ends_with("hot") {
                assert_law(&format!("{what} at {size}"), &winners, &p);
            }
        }
        assert_law("top_k", &first_picks(&l[..4], DRAWS / 2, 10), &p);
    }
}

#[test]
fn a_finite_mask_beside_ordinary_logits_is_never_drawn_and_moves_nothing() {
    // A logit 1e9 below the others has probability 0 in any arithmetic.
    let l = [0.0_f32, f32::NEG_INFINITY, 1.0, -0.5];
    let masked = winners(&l.repeat(DRAWS), 4, Key::new(11));
    for mask in [-1e9_f32, f32::MIN] {
        let l = l.map(|l| if l == f32::NEG_INFINITY { mask } else { l });
        assert!(winners(&l.repeat(DRAWS), 4, Key::new(11)) == masked, "{mask}");
    }
}

/// If the noise is rounded away, both values are 1/2. (A few values of eight bits are 1/2 with noise too.)
fn half_precision_row_of_two<H: Half + PartialOrd>(what: &str, of: fn(f32) -> H, size: f32) {
    let (l, mut y) = (vec![of(size); 2 * DRAWS], vec![H::default(); 2 * DRAWS]);
    half_precision::gumbel_softmax_into(&l, 2, 0.5, Key::new(12), &mut y).unwrap();
    let rows = || y.chunks_exact(2);
    let ties = rows().filter(|y| y[0] == y[1]).count();
    assert!(ties < DRAWS / 100, "{what} at {size}: {ties} ties");
    let zeros = rows().filter(|y| y[0] > y[1]).count();
    assert_even(what, size.into(), zeros + ties / 2, DRAWS);
}

#[test]
fn half_precision_rows_far_from_0_keep_their_law() {
    for size in [0.0, 1_000.0, 60_000.0, -65_504.0] {
        half_precision_row_of_two("f16", f16::from_f32, size);
    }
    for size in [0.0, 1e8, -1e9, -1e30, 3e38] {
        half_precision_row_of_two("bf16", bf16::from_f32, size);
    }
}

#[test]
fn a_shift_that_is_exact_changes_no_bit_in_half_precision() {
    // Whole numbers up to 2,048 are exact in f16.
    let whole = |i: u64| (Key::new(17).word(i) >> 28) as f32 - 8.0;
    for k in [2, 10, 32, 100] {
        let draw = |shift: f32| {
            let l: Vec<f16> =
                (0..10_000 / k * k).map(|i| f16::from_f32(whole(i) + shift)).collect();
            let mut y = vec![f16::ZERO; l.len()];
            half_precision::gumbel_softmax_into(&l, k as usize, 0.5, Key::new(18), &mut y).unwrap();
            y
        };
        assert!(draw(1_024.0) == draw(0.0) && draw(-1_500.0) == draw(0.0), "{k}");
    }
}

/// A shard does not know the largest logit of the row, so picks are compared exactly.
#[test]
fn shards_of_large_logits_make_the_whole_to_the_bit() {
    for size in [0.0_f32, 1e7, -1e9, 1e30] {
        let l: Vec<f32> = grid::<f32>(4_000).into_iter().map(|l| l + size).collect();
        for tau in [1.0, 0.3, 1e-3, 1e3] {
            let shard = |from: usize, to: usize| -> TopK {
                let row = Categorical::from_logits(&l[from..to], to - from).unwrap();
                row.temperature(tau).unwrap().top_k_shard(from as u64, 50, Key::new(14)).unwrap()
            };
            let whole = shard(0, 4_000);
            for cut in [1, 64, 1_000, 3_999] {
                assert_eq!(shard(cut, 4_000).merge(shard(0, cut)).unwrap(), whole, "{size} {tau}");
            }
            if size == 1e30 {
                // All logits are the same number, so the order is that of the noise.
                let mut g = vec![0.0_f32; 4_000];
                noise::gumbel_into(Key::new(14), 0, &mut g);
                let mut order: Vec<u64> = (0..4_000).collect();
                order.sort_by(|&a, &b| g[b as usize].total_cmp(&g[a as usize]));
                assert_eq!(whole.indices(), order[..50]);
            }
        }
    }
}

#[test]
fn a_shift_that_is_exact_changes_no_sample_without_replacement() {
    let (narrow, wide) = (grid::<f32>(5_000), grid::<f64>(5_000));
    for tau in [1.0, 0.7, 3.0] {
        let draw = |shift: f64| {
            let narrow: Vec<f32> = narrow.iter().map(|l| l + shift as f32).collect();
            let wide: Vec<f64> = wide.iter().map(|l| l + shift).collect();
            let row = Categorical::from_logits(&narrow, 5_000).unwrap().temperature(tau).unwrap();
            let wider = Categorical::from_logits(&wide, 5_000).unwrap().temperature(tau).unwrap();
            let key = Key::new(15);
            [row.top_k(100, key).unwrap().indices(), wider.top_k(100, key).unwrap().indices()]
        };
        let plain = draw(0.0);
        for shift in [1.0, -65_536.0, 1_048_576.0] {
            assert_eq!(draw(shift), plain, "{tau} {shift}");
        }
        let far: Vec<f64> = wide.iter().map(|l| l + 2f64.powi(48)).collect();
        let far = Categorical::from_logits(&far, 5_000).unwrap().temperature(tau).unwrap();
        assert_eq!(far.top_k(100, Key::new(15)).unwrap().indices(), plain[1]);
    }
}

/// l / tau + g was rounded at the size of l / tau, and could rise by up to 2 from one pick to the next.
#[test]
fn perturbed_logits_fall_in_the_order_of_inclusion() {
    let l: Vec<f64> = (0..5_000).map(|i| 1e15 + f64::from(i % 64) / 8.0).collect();
    let row = Categorical::from_logits(&l, 5_000).unwrap();
    for tau in [1.0, 0.3, 0.1, 1e-3, 7.0, 1e300] {
        let top = row.temperature(tau).unwrap().top_k(500, Key::new(20)).unwrap();
        let pairs = top.picks().windows(2);
        assert!(pairs.into_iter().all(|pair| pair[0].perturbed >= pair[1].perturbed), "{tau}");
    }
}

/// Tested where the largest two differ by more than the rounding of `f32`.
#[test]
fn the_first_pick_is_the_draw_of_gumbel_max() {
    let l = grid::<f32>(1_000);
    for i in 0..5_000 {
        let key = Key::new(16).fold_in(i);
        let top = top_k(&l, 2, key).unwrap();
        if top.picks()[0].perturbed - top.picks()[1].perturbed > 1e-5 {
            let noise = Noise::from(key);
            assert_eq!(gumbel_max(&l, 1_000, noise).unwrap()[0] as u64, top.indices()[0]);
        }
    }
}

/// The logit of a binary choice is a log-odds, so a shift changes its law.
#[test]
fn binary_concrete_is_above_one_half_with_the_probability_of_its_logit() {
    for (i, l) in [-1e30_f32, -20.0, -3.0, -1e-3, 0.0, 1e-30, 0.5, 4.0, 30.0, 1e8, f32::MAX]
        .into_iter()
        .enumerate()
    {
        let p = 1.0 / (1.0 + (-f64::from(l)).exp());
        let key = Key::new(1_100 + i as u64);
        let narrow = gumbel::binary_concrete(&vec![l; DRAWS], 0.5, key).unwrap();
        let wide = gumbel::binary_concrete(&vec![f64::from(l); DRAWS], 0.5, key).unwrap();
        let above = [
            narrow.iter().filter(|y| **y > 0.5).count(),
            wide.iter().filter(|y| **y > 0.5).count(),
        ];
        for above in above {
            let share = above as f64 / DRAWS as f64;
            assert!((share - p).abs() <= share_bound(p, DRAWS), "{l}: {share} for {p}");
        }
    }
}
