//! Draws of classes.

use std::any::type_name;

use gumbel::sample::{antithetic_pairs, gumbel_given_argmax_into, integers_into, permutation};
use gumbel::{AliasTable, Categorical, Key, Real, categorical_many, gumbel_max, top_k};

use crate::documented::{self, Shape};
use crate::{Counts, values};

/// Draws from the rows of an array.
pub(crate) fn count<T: Real>(counts: &mut Counts, shape: Shape) {
    let (n, k, axis, key, t) = (shape.n(), shape.k, shape.axis(), Key::new(7), counts.threads);
    let name = |what: &str| format!("{what} {} {}", type_name::<T>(), shape.name());
    let l = values::<T>(n);
    let mask: Vec<bool> = (0..n).map(|i| i / shape.stride % k % 3 != 1).collect();
    let keys = documented::keys(shape);
    let plain = Categorical::from_logits(&l, axis).unwrap();
    let weights: Vec<T> = l.iter().map(|l| T::from(l.to_f64().exp() as f32)).collect();
    let any = Categorical::from_weights(&weights, axis).unwrap().temperature(0.7).unwrap();
    let any = any.mask(&mask).unwrap();

    let gumbel_max_plain = documented::gumbel_max::<T>(shape, t);
    let gumbel_max_any = documented::gumbel_max_of_any::<T>(shape, t);
    counts.call(&name("gumbel_max"), gumbel_max_plain, || gumbel_max(&l, axis, key).unwrap());
    counts.call(&name("Categorical::gumbel_max"), gumbel_max_plain, || {
        plain.gumbel_max(key).unwrap()
    });
    counts.call(&name("Categorical::gumbel_max, masked weights"), gumbel_max_any, || {
        any.gumbel_max(key).unwrap()
    });
    let by_rows = documented::gumbel_max_rows::<T>(shape, t);
    counts.call(&name("gumbel_max_rows"), by_rows, || plain.gumbel_max_rows(&keys).unwrap());
    counts.call(&name("gumbel_max_rows, masked weights"), by_rows, || {
        any.gumbel_max_rows(&keys).unwrap()
    });

    let of = |narrow: usize, gumbel_max| {
        if k <= narrow { gumbel_max } else { documented::sample::<T>(shape, t) }
    };
    counts.call(&name("sample"), of(128, gumbel_max_plain), || plain.sample(key).unwrap());
    counts
        .call(&name("sample, masked weights"), of(32, gumbel_max_any), || any.sample(key).unwrap());
    counts.call(&name("sample_rows"), of(128, by_rows), || plain.sample_rows(&keys).unwrap());
    for draws in [1, 1_000].into_iter().filter(|draws| draws * shape.rows() <= 1 << 20) {
        let bytes = documented::many_rows::<T>(shape, draws, t);
        counts.call(&name(&format!("sample_many_rows, {draws} draws")), bytes, || {
            plain.sample_many_rows(draws, &keys).unwrap()
        });
    }
    let picks = k.div_ceil(10);
    counts.call(&name("top_k_rows"), documented::top_k_rows::<T>(shape, picks, t), || {
        plain.top_k_rows(picks, &keys).unwrap()
    });

    let classes = gumbel_max(&l, axis, key).unwrap();
    let mut z = vec![T::default(); n];
    counts.call(&name("gumbel_given_argmax_into"), 0, || {
        gumbel_given_argmax_into(&l, axis, &classes, key, &mut z).unwrap();
    });
    if shape.stride == 1 {
        counts.call(&name("antithetic_pairs"), documented::pairs::<T>(shape, t), || {
            antithetic_pairs(&l, k, key).unwrap()
        });
    }
}

/// Many draws from one row.
pub(crate) fn count_one_row<T: Real>(counts: &mut Counts) {
    let (key, t) = (Key::new(7), counts.threads);
    for k in [1_000, 1 << 20] {
        let name = |what: &str| format!("{what} {} of {k}", type_name::<T>());
        let l = values::<T>(k);
        for n in [1, 100, 10_000, 200_000] {
            counts.call(&name(&format!("{n} with replacement")), documented::many(k, n), || {
                categorical_many(&l, n, key).unwrap()
            });
        }
        for n in [1, 100, 1_000, 10_000, 200_000].into_iter().filter(|&n| n <= k) {
            counts.call(&name(&format!("{n} by top_k")), documented::top_k(n, k, t), || {
                top_k(&l, n, key).unwrap()
            });
        }
        let row = Categorical::from_logits(&l, k).unwrap();
        counts.call(&name("AliasTable::new"), documented::alias_table(k), || {
            AliasTable::new(&row).unwrap()
        });
        let table = AliasTable::new(&row).unwrap();
        let mut drawn = vec![0; 200_000];
        counts.call(&name("AliasTable::sample_into"), 0, || table.sample_into(key, 0, &mut drawn));
        counts.call(&name("ln_sum"), 8, || row.ln_sum().unwrap());
        counts.call(&name("permutation"), 8 * k, || permutation(key, k));
        let mut integers = vec![0; k];
        counts.call(&name("integers_into"), 0, || integers_into(key, 0, 9, &mut integers));
    }
}
