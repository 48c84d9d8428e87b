//! The drawn class: the same on every device.

use burn::tensor::{Device, Int, Tensor, TensorData};
use gumbel::{Key, noise};
use gumbel_burn::{Noise, gumbel_max};

use crate::{alike, card, logistic, masked_logits, processor, tensor, values};

fn classes<const D: usize>(index: Tensor<D, Int>) -> Vec<usize> {
    index.into_data().iter::<i64>().map(|class| class as usize).collect()
}

/// Draws in rows, and returns the numbers of the rows in which the devices choose differently.
///
/// Each difference must be a near tie: with the noise of the processor the two sums are within 2^-22 of their size (or of
/// 1), two roundings of each.
fn differing_rows(logits: &[f32], k: usize, key: Key, offset: u64) -> usize {
    let rows = logits.len() / k;
    let draw = |device: &Device| {
        let noise = Noise::Keyed { key, offset };
        classes(gumbel_max(tensor(logits, [rows, k], device), -1, noise).unwrap())
    };
    let (ours, theirs) = (draw(&card().inner()), draw(&processor().inner()));
    let differ: Vec<usize> = (0..rows).filter(|&row| ours[row] != theirs[row]).collect();
    for &row in &differ {
        let mut g = vec![0.0_f32; k];
        noise::gumbel_into(key, offset + (row * k) as u64, &mut g);
        let l = &logits[row * k..(row + 1) * k];
        let top = l.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let z = |class: usize| (l[class] - top) + g[class];
        let gap = (z(ours[row]) - z(theirs[row])).abs();
        let size = z(theirs[row]).abs().max(1.0);
        assert!(gap <= 2f32.powi(-22) * size, "row {row}: {gap:e} is no near tie");
    }
    differ.len()
}

/// Ten million rows. Where both round alike, none may differ. Where they do not, a row differs when two sums lie within
/// one rounding: about one row in 10^8, so two in 10^7 have a chance of one in 200.
#[test]
fn ten_million_rows_choose_the_same_class_on_card_and_processor() {
    let (rows, k) = (1 << 20, 10);
    let mut differ = 0;
    for part in 0..10_u64 {
        let logits = match part % 2 {
            0 => masked_logits(&[rows, k], 1, part),
            _ => vec![0.0; rows * k],
        };
        differ += differing_rows(&logits, k, Key::new(11), part << 33);
    }
    println!("{differ} of {} rows differ, alike {}", 10 * rows, alike());
    assert!(differ <= usize::from(!alike()), "{differ} rows differ");
}

#[test]
fn rows_of_every_length_choose_the_same_class() {
    let mut differ = 0;
    for (rows, k) in
        [(1 << 20, 2), (1 << 18, 32), (1 << 17, 33), (20_000, 1024), (64, 131_072), (4, 1 << 20)]
    {
        differ += differing_rows(&masked_logits(&[rows, k], 1, 3), k, Key::new(12), 5);
    }
    assert!(differ <= usize::from(!alike()), "{differ} rows differ");
}

/// The index, the one-hot sample and the largest of the soft sample are one choice.
#[test]
fn one_key_gives_one_choice_in_every_form() {
    for shape in [[40, 7, 3], [3, 7, 40], [2, 3000, 2], [2, 2, 3000]] {
        for dim in 0..3 {
            let l = masked_logits(&shape, dim, 4);
            let on = |device: &Device| {
                let logits = || tensor(&l, shape, device);
                let (key, dim) = (Key::new(5), dim as isize);
                let index = gumbel_max(logits(), dim, key).unwrap();
                let hard = gumbel_burn::straight_through_gumbel_softmax(logits(), dim, 0.5, key);
                let soft = gumbel_burn::gumbel_softmax(logits(), dim, 0.5, key).unwrap();
                let of = |t: Tensor<3>| classes(t.argmax(dim as usize));
                [classes(index), of(hard.unwrap()), of(soft)]
            };
            let (ours, theirs) = (on(&card()), on(&processor()));
            assert_eq!(ours[0], ours[1], "{shape:?} {dim}");
            assert_eq!(ours[0], ours[2], "{shape:?} {dim}");
            assert_eq!(ours, theirs, "{shape:?} {dim}");
        }
    }
}

#[test]
fn ties_go_to_the_first_class_and_impossible_ones_are_never_drawn() {
    for k in [2, 5, 32, 33, 500, 5000] {
        let mut l = vec![0.0; 3 * k];
        let mut g = vec![1.0; 3 * k];
        // All equal; the first impossible; two largest.
        l[k] = f32::NEG_INFINITY;
        (g[2 * k + k / 2], g[3 * k - 1]) = (2.0, 2.0);
        let noise = tensor(&g, [3, k], &card());
        let index = gumbel_max(tensor(&l, [3, k], &card()), -1, noise).unwrap();
        assert_eq!(classes(index), [0, 1, k / 2], "{k}");
    }
}

/// A shift of all logits, however large, leaves noise and choice as they are.
#[test]
fn a_common_shift_does_not_swallow_the_noise_on_a_card() {
    let draw = |size: f32, k: usize| {
        let l = vec![size; 60 * k];
        classes(gumbel_max(tensor(&l, [60, k], &card()), -1, Key::new(24)).unwrap())
    };
    for k in [5, 50] {
        let plain = draw(0.0, k);
        for size in [1e8, -1e9, 1e30, f32::MIN, f32::MAX] {
            assert_eq!(draw(size, k), plain, "{size}");
        }
    }
}

/// A part of a batch gets the noise that it has in the whole, and numbers of elements use all 64 bits.
#[test]
fn offsets_of_64_bits_are_those_of_the_processor() {
    let l = logistic(999, 6);
    for offset in [0, 1, 63, (1 << 32) - 300, (1 << 34) - 300, u64::MAX - 300] {
        let differ = differing_rows_wrapping(&l, offset);
        assert_eq!(differ, 0, "{offset}");
        for device in [card(), processor()] {
            let part = |first: usize, rows: usize| {
                let offset = offset.wrapping_add((first * 9) as u64);
                let noise = Noise::Keyed { key: Key::new(9), offset };
                let logits = tensor(&l[first * 9..(first + rows) * 9], [rows, 9], &device);
                values(gumbel_burn::gumbel_softmax(logits, -1, 0.5, noise).unwrap())
            };
            let whole = part(0, 111);
            for (first, rows) in [(0, 1), (1, 64), (50, 61), (110, 1)] {
                assert_eq!(part(first, rows), whole[first * 9..(first + rows) * 9]);
            }
        }
    }
}

fn differing_rows_wrapping(l: &[f32], offset: u64) -> usize {
    let draw = |device: &Device| {
        let noise = Noise::Keyed { key: Key::new(9), offset };
        classes(gumbel_max(tensor(l, [111, 9], device), -1, noise).unwrap())
    };
    draw(&card()).iter().zip(draw(&processor())).filter(|(a, b)| **a != *b).count()
}

#[test]
fn noise_on_tensors_is_that_of_the_processor() {
    for law in [
        gumbel_burn::gumbel_noise::<2>,
        gumbel_burn::exponential_noise::<2>,
        gumbel_burn::logistic_noise::<2>,
        gumbel_burn::uniform_noise::<2>,
        gumbel_burn::normal_noise::<2>,
    ] {
        let on = |device: &Device| values(law(Key::new(8), [301, 7], device));
        let (ours, theirs) = (on(&card()), on(&processor()));
        if alike() {
            assert_eq!(ours, theirs);
        }
        let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 2f32.powi(-21) * b.abs().max(1.0);
        assert!(ours.iter().zip(&theirs).all(near));
    }
}

/// An agent's policy and a layer on a card draw what they draw on the processor.
#[test]
fn layers_policies_and_half_precision_choose_the_same() {
    let l = masked_logits(&[100, 6], 1, 12);
    let on = |device: &Device| {
        let logits = || Tensor::<2>::from_data(TensorData::new(l.clone(), [100, 6]), device);
        let layer = gumbel_burn::GumbelSoftmaxConfig::new().with_hard(true).init();
        let hard = values(layer.forward(logits(), 0.7, Key::new(1)).unwrap());
        let likely = values(layer.most_likely(logits()).unwrap());
        let half = gumbel_max(logits().cast(burn::tensor::DType::F16), -1, Key::new(2)).unwrap();
        (hard, likely, classes(half))
    };
    assert_eq!(on(&card()), on(&processor()));
}
