//! Many draws from one row: the alias table, and inversion over blocks.

#![no_main]

use arbitrary::Arbitrary;
use gumbel::{AliasTable, Real};
use gumbel_fuzz::{Number, Parts, Rows, Size, Table, assert_same};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    double: bool,
    rows: Rows,
    parts: Parts,
    offset: u64,
    near_end: bool,
    draws: Size,
    shift: Number,
    exponent: i8,
}

fn check<T: Real>(input: &Input) {
    let table: Table<T> = input.rows.table(true);
    let Some(row) = table.categorical(0) else { return };
    let (key, n) = (input.parts.key(), input.draws.0);

    let drawn = row.sample_many(n, key);
    table.assert_outcome(&drawn);
    assert_same(&drawn, &row.sample_many(n, key));
    if let Ok(drawn) = &drawn {
        assert_eq!(drawn.len(), n);
        assert!(drawn.iter().all(|&class| class < table.classes && table.possible(0, class)));
    }

    if let Some(other) = table.in_other_numbers(input.shift.0, input.exponent) {
        let row = other.categorical(0).expect("as the first");
        // Errors are not compared, because they contain the numbers.
        assert_eq!(drawn.as_ref().ok(), row.sample_many(n, key).as_ref().ok());
    }

    let alias = AliasTable::new(&row);
    table.assert_outcome(&alias);
    let Ok(alias) = alias else { return };
    assert_eq!(alias.classes(), table.classes);
    let offset = if input.near_end { u64::MAX - input.offset % 100 } else { input.offset };
    let mut drawn = vec![u64::MAX; n];
    alias.sample_into(key, offset, &mut drawn);
    for (i, &class) in drawn.iter().enumerate() {
        assert!(class < table.classes as u64 && table.possible(0, class as usize));
        if i % 97 == 0 {
            assert_eq!(alias.sample(key, offset.wrapping_add(i as u64)), class);
        }
    }
    if 8 * n >= table.classes {
        let mut first = vec![0; n];
        alias.sample_into(key, 0, &mut first);
        let first: Vec<usize> = first.into_iter().map(|class| class as usize).collect();
        assert_eq!(row.sample_many(n, key), Ok(first));
    }
}

fuzz_target!(|input: Input| match input.double {
    true => check::<f64>(&input),
    false => check::<f32>(&input),
});
