//! Samples without replacement: of a whole row, in shards, merged, and their log-probabilities.

#![no_main]

use arbitrary::Arbitrary;
use gumbel::{Categorical, Key, Real, TopK};
use gumbel_fuzz::{Kind, Number, Numbers, Parts, Rows, Size, Table, assert_same};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    double: bool,
    rows: Rows,
    parts: Parts,
    k: Size,
    first_class: u64,
    near_end: bool,
    ln_sum: Number,
    shift: Number,
    shards: Shards,
}

/// A row of logits or weights that is cut into shards.
#[derive(Arbitrary, Debug)]
struct Shards {
    values: Numbers,
    classes: Size,
    weights: bool,
    cuts: [u16; 2],
}

fn assert_sample(top: &TopK, k: usize, good: impl Fn(u64) -> bool) {
    assert_eq!(top.k(), k);
    let picks = top.picks();
    assert!(picks.len() <= k);
    assert!(
        picks.windows(2).all(|pair| pair[0] < pair[1] && pair[0].perturbed >= pair[1].perturbed)
    );
    assert!(picks.iter().all(|pick| good(pick.index)), "a class that cannot be drawn");
    assert!(picks.iter().all(|pick| !pick.logit.is_nan() && !pick.perturbed.is_nan()));
    let mut indices = top.indices();
    indices.sort_unstable();
    assert!(indices.windows(2).all(|pair| pair[0] < pair[1]), "a class twice");
}

fn check<T: Real>(input: &Input) {
    let table: Table<T> = input.rows.table(true);
    let Some(row) = table.categorical(0) else { return };
    let (key, k) = (input.parts.key(), input.k.0);
    let possible = table.count(0);
    let good = |i: u64| i < table.classes as u64 && table.possible(0, i as usize);

    let top = row.top_k(k, key);
    assert_same(&top, &row.top_k(k, key));
    if k == 0 || possible < k || table.good(0) == Some(false) {
        assert!(top.is_err());
    } else if table.good(0) == Some(true) && table.tau == 1.0 {
        assert!(top.is_ok(), "{top:?}");
    }
    if table.kind == Kind::Logits
        && let Some(other) = table.in_other_numbers(input.shift.0, 0)
        && let (Ok(top), Ok(moved)) =
            (&top, other.categorical(0).expect("as the first").top_k(k, key))
    {
        assert_eq!(moved.indices(), top.indices(), "moved by {:?}", input.shift);
    }
    if let Ok(top) = top {
        assert_eq!(top.picks().len(), k);
        assert_sample(&top, k, good);
        let ln_sum = row.ln_sum().map_or(0.0, |sums| sums[0]);
        for ln_sum in [ln_sum, input.ln_sum.0] {
            let each = top.log_probabilities(ln_sum);
            assert_eq!(each.len(), k);
            assert!(ln_sum.is_nan() || each.iter().all(|p| *p <= 0.0), "{ln_sum} {each:?}");
        }
    }

    let first = match input.near_end {
        true => u64::MAX - table.classes as u64 - input.first_class % 100,
        false => input.first_class,
    };
    if let Ok(shard) = row.top_k_shard(first, k, key) {
        assert_eq!(shard.picks().len(), k.min(possible));
        assert_sample(&shard, k, |i| i >= first && good(i - first));
        assert!(k == 0 || shard.picks().is_empty() || shard.clone().merge(shard).is_err());
    }
    merged::<T>(&input.shards, k, key);
}

fn merged<T: Real>(shards: &Shards, k: usize, key: Key) {
    let n = shards.classes.0;
    if n == 0 {
        return;
    }
    let values: Vec<T> = shards.values.fill(n);
    let kind = if shards.weights { Kind::Weights } else { Kind::Logits };
    let shard = |from: usize, to: usize| {
        let values = &values[from..to];
        let row = match kind {
            Kind::Weights => Categorical::from_weights(values, to - from),
            _ => Categorical::from_logits(values, to - from),
        };
        row.and_then(|row| row.top_k_shard(from as u64, k, key))
    };
    let whole = shard(0, n);
    let mut ends = vec![0, usize::from(shards.cuts[0]) % n, usize::from(shards.cuts[1]) % n, n];
    ends.sort_unstable();
    ends.dedup();
    let parts: gumbel::Result<Vec<TopK>> = ends.windows(2).map(|at| shard(at[0], at[1])).collect();
    assert_eq!(parts.is_ok(), whole.is_ok());
    let Ok(parts) = parts else { return };
    let together = parts.into_iter().reduce(|a, b| b.merge(a).expect("parts of one row"));
    assert_eq!(together, whole.ok());
}

fuzz_target!(|input: Input| match input.double {
    true => check::<f64>(&input),
    false => check::<f32>(&input),
});
