//! Categorical: every constructor, mask and temperature; draws with one key, with a key for each row, and coupled.

#![no_main]

use arbitrary::Arbitrary;
use gumbel::{Key, Real};
use gumbel_fuzz::{Kind, Number, Parts, Rows, Table, assert_same};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input {
    double: bool,
    rows: Rows,
    parts: Parts,
    first_row: u64,
    cut: u8,
    bad_mask: u8,
    shift: Number,
}

fn assert_drawn<T: Real>(table: &Table<T>, drawn: &[usize]) {
    assert_eq!(drawn.len(), table.rows);
    for (row, &class) in drawn.iter().enumerate() {
        assert!(class < table.classes, "{class} of {}", table.classes);
        assert!(table.possible(row, class), "row {row}: {class} cannot be drawn");
    }
}

fn check<T: Real>(input: &Input) {
    let table: Table<T> = input.rows.table(false);
    let Some(rows) = table.categorical(0) else { return };
    let key = input.parts.key();
    let part = rows.first_row(input.first_row);
    let cut = usize::from(input.cut).min(table.rows);
    let later = table.categorical(cut).expect("as the whole");
    let later = later.first_row(input.first_row.wrapping_add(cut as u64));

    let wrong = usize::from(input.bad_mask);
    if wrong != table.classes && wrong != table.values.len() {
        assert!(rows.mask(&vec![true; wrong]).is_err());
    }

    let drawn = part.sample(key);
    table.assert_outcome(&drawn);
    assert_same(&drawn, &part.sample(key));
    if let Ok(drawn) = drawn {
        assert_drawn(&table, &drawn);
        assert_eq!(later.sample(key).as_deref(), Ok(&drawn[cut..]));
    }

    if table.kind == Kind::Logits
        && let Some(other) = table.in_other_numbers(input.shift.0, 0)
    {
        let moved = other.categorical(0).expect("as the first").first_row(input.first_row);
        assert_eq!(moved.sample(key).ok(), part.sample(key).ok(), "moved by {:?}", input.shift);
        assert_eq!(moved.gumbel_max(key).ok(), part.gumbel_max(key).ok());
    }

    let drawn = part.gumbel_max(key);
    table.assert_outcome(&drawn);
    if let Ok(drawn) = drawn {
        assert_drawn(&table, &drawn);
        assert_eq!(later.gumbel_max(key).as_deref(), Ok(&drawn[cut..]));
    }

    let keys: Vec<Key> = (0..table.rows as u64).map(|row| key.fold_in(row)).collect();
    for drawn in [rows.sample_rows(&keys), rows.gumbel_max_rows(&keys)] {
        table.assert_outcome(&drawn);
        if let Ok(drawn) = drawn {
            assert_drawn(&table, &drawn);
        }
    }
    if let (Ok(all), true) = (rows.sample_rows(&keys), cut < table.rows) {
        assert_eq!(later.sample_rows(&keys[cut..]).as_deref(), Ok(&all[cut..]));
        let last = table.categorical(table.rows - 1).expect("as the whole");
        assert_eq!(last.sample(keys[table.rows - 1]).as_deref(), Ok(&all[table.rows - 1..]));
    }
    assert!(rows.sample_rows(&[key]).is_err() || table.rows == 1);

    if let Ok(sums) = rows.ln_sum() {
        assert_eq!(sums.len(), table.rows);
        for (row, sum) in sums.into_iter().enumerate() {
            assert!(sum.is_finite(), "the ln of a sum is {sum}");
            assert!(table.good(row) != Some(false) || table.kind.normalised());
        }
    }
}

fuzz_target!(|input: Input| match input.double {
    true => check::<f64>(&input),
    false => check::<f32>(&input),
});
