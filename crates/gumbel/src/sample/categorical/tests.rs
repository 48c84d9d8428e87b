//! Rows along any axis draw as the same rows side by side.

use super::*;
use crate::noise;

/// The array with the classes of each row side by side.
fn side_by_side<T: Copy>(array: &[T], axis: Axis) -> Vec<T> {
    let rows = 0..array.len() / axis.classes();
    rows.flat_map(|row| {
        (0..axis.classes()).map(move |class| axis.first_index(row) + class * axis.stride())
    })
    .map(|i| array[i])
    .collect()
}

/// A mask that allows class 0 of each row and two of three other values.
fn mask(n: usize, axis: Axis) -> Vec<bool> {
    let first = |i: usize| (i / axis.stride()).is_multiple_of(axis.classes());
    (0..n).map(|i| first(i) || !Key::new(9).word(i as u64).is_multiple_of(3)).collect()
}

/// Among them a narrow and a wide one whose 100 neighbouring rows are not whole groups of 64.
const SHAPES: [([usize; 3], isize); 6] = [
    ([4, 5, 3], 0),
    ([4, 5, 3], 1),
    ([2, 300, 5], 1),
    ([9000, 2, 1], 0),
    ([3, 40, 100], 1),
    ([3, 10, 100], 1),
];

fn assert_rows_draw_as_side_by_side<T: Real>() {
    for (shape, dim) in SHAPES {
        let axis = Axis::of(&shape, dim).unwrap();
        let (n, k) = (shape.iter().product(), axis.classes());
        let mut l = vec![T::default(); n];
        noise::logistic_into(Key::new(1), 0, &mut l);
        let flat = side_by_side(&l, axis);
        let (each, shared) = (mask(n, axis), &mask(k, Axis::from(k))[..]);
        let flat_each = side_by_side(&each, axis);
        let along = Categorical::from_logits(&l, axis).unwrap();
        let rows = Categorical::from_logits(&flat, k).unwrap();
        assert_eq!((along.rows(), along.classes()), (n / k, k));
        let mut weights = (l.clone(), flat.clone());
        weights.0.iter_mut().chain(&mut weights.1).for_each(|l| *l = T::from_f64(l.to_f64().exp()));
        let (key, keys) = (Key::new(2), Vec::from_iter(Key::new(3).split_iter().take(n / k)));
        for (along, rows) in [
            (along, rows),
            (along.temperature(0.5).unwrap(), rows.temperature(0.5).unwrap()),
            (along.mask(&each).unwrap(), rows.mask(&flat_each).unwrap()),
            (along.mask(shared).unwrap(), rows.mask(shared).unwrap()),
            (
                Categorical::from_weights(&weights.0, axis).unwrap().first_row(64),
                Categorical::from_weights(&weights.1, k).unwrap().first_row(64),
            ),
        ] {
            assert_eq!(along.sample_rows(&keys).unwrap(), rows.sample_rows(&keys).unwrap());
            assert_eq!(along.gumbel_max_rows(&keys), rows.gumbel_max_rows(&keys));
            assert_eq!(along.sample_many_rows(2, &keys), rows.sample_many_rows(2, &keys));
            assert_eq!(along.top_k_rows(1, &keys), rows.top_k_rows(1, &keys));
            assert_eq!(along.ln_sum(), rows.ln_sum());
            if k > 128 {
                assert_eq!(along.sample(key), rows.sample(key));
            }
        }
    }
}

#[test]
fn rows_along_any_axis_draw_as_rows_side_by_side() {
    assert_rows_draw_as_side_by_side::<f32>();
    assert_rows_draw_as_side_by_side::<f64>();
}

/// The noise of a class is that of its index in the array, with masks and temperatures too, and in a part of a batch.
#[test]
fn gumbel_max_has_the_noise_of_the_array() {
    for (shape, dim) in SHAPES {
        let axis = Axis::of(&shape, dim).unwrap();
        let (n, k, key) = (shape.iter().product(), axis.classes(), Key::new(4));
        let mut l = vec![0.0_f32; n];
        noise::logistic_into(Key::new(1), 0, &mut l);
        let mask = mask(n, axis);
        let masked: Vec<f32> =
            l.iter().zip(&mask).map(|(&l, &m)| if m { l } else { f32::NEG_INFINITY }).collect();
        let expected = crate::gumbel_max(&masked, axis, key).unwrap();
        let plain = Categorical::from_logits(&masked, axis).unwrap();
        let rows = Categorical::from_logits(&l, axis).unwrap().mask(&mask).unwrap();
        assert_eq!(plain.gumbel_max(key).unwrap(), expected);
        assert_eq!(rows.gumbel_max(key).unwrap(), expected);
        // The second half of an array of two.
        let block = k * axis.stride();
        let part = Categorical::from_logits(&l[n - block..], axis).unwrap();
        let part = part.mask(&mask[n - block..]).unwrap().first_row((n / k - axis.stride()) as u64);
        assert_eq!(part.gumbel_max(key).unwrap(), expected[n / k - axis.stride()..]);
    }
}

/// A first row within a block is not what its documentation asks for. The noise is then that of other elements, and the
/// classes stay those of this array: no masked class is drawn.
#[test]
fn a_first_row_within_a_block_does_not_mix_the_rows() {
    for k in [10, 40] {
        let axis = Axis::of(&[3, k, 100], 1).unwrap();
        let l = vec![0.0_f32; 3 * k * 100];
        // In each row one class is allowed.
        let class = |row: usize| row * 7 % k;
        let place = |row: usize| axis.first_index(row) + class(row) * 100;
        let mut mask = vec![false; l.len()];
        (0..300).for_each(|row| mask[place(row)] = true);
        let rows = Categorical::from_logits(&l, axis).unwrap().mask(&mask).unwrap();
        for first in [0, 1, 30, 64, 99, 130] {
            let drawn = rows.first_row(first).gumbel_max(Key::new(1)).unwrap();
            assert_eq!(drawn, (0..300).map(class).collect::<Vec<_>>(), "{k} {first}");
        }
    }
}

#[test]
fn an_error_names_the_place_in_the_array() {
    let axis = Axis::of(&[2, 3, 2], 1).unwrap();
    let mut l = [0.0_f64; 12];
    l[9] = f64::NAN;
    let rows = Categorical::from_logits(&l, axis).unwrap();
    for error in [rows.sample(Key::new(1)).unwrap_err(), rows.ln_sum().unwrap_err()] {
        assert!(matches!(error, Error::Value { argument: "logits", index: 9, .. }));
    }
    let mask = [false, true, false, true, false, true, true, true, true, true, true, true];
    let error = rows.mask(&mask).unwrap().sample(Key::new(1)).unwrap_err();
    assert_eq!(error, Error::NothingAllowed { argument: "logits", row: 0 });
    assert!(matches!(rows.top_k(1, Key::new(1)), Err(Error::OneRow { found: 4, .. })));
    assert!(Categorical::from_logits(&l[1..], axis).is_err());
}
