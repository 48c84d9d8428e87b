//! Prints draws as text: the golden values of the Python package, which has to give the same bits.
//!
//!     cargo run --release -p gumbel --example golden_draws > python/tests/golden/draws.txt
//!
//! A line is a name, a colon and the values: hexadecimal bits of floating-point numbers, or whole numbers. Arrays of more than
//! 64 values are given by their first 32 values, their number and the checksum of all (FNV-1a of the little-endian
//! bytes). The logits are logistic noise.

use std::fmt::Write as _;

use gumbel::noise::Law;
use gumbel::relax::{gumbel_log_softmax, gumbel_softmax_vjp_into};
use gumbel::sample::{distinct, gumbel_given_argmax_into, integers_into, permutation};
use gumbel::{
    Axis, Categorical, Key, Real, binary_concrete, gumbel_max, gumbel_softmax,
    straight_through_binary_concrete, straight_through_gumbel_softmax, top_k,
};

/// A number as text, and as the bytes that its checksum is of.
trait Golden: Copy {
    fn text(self) -> String;
    fn bytes(self) -> Vec<u8>;
}

impl Golden for f32 {
    fn text(self) -> String {
        format!("{:08x}", self.to_bits())
    }
    fn bytes(self) -> Vec<u8> {
        self.to_le_bytes().to_vec()
    }
}

impl Golden for f64 {
    fn text(self) -> String {
        format!("{:016x}", self.to_bits())
    }
    fn bytes(self) -> Vec<u8> {
        self.to_le_bytes().to_vec()
    }
}

impl Golden for u64 {
    fn text(self) -> String {
        self.to_string()
    }
    fn bytes(self) -> Vec<u8> {
        self.to_le_bytes().to_vec()
    }
}

/// The lines of the file.
struct Lines(String);

impl Lines {
    fn add<T: Golden>(&mut self, name: &str, values: &[T]) {
        write!(self.0, "{name}:").unwrap();
        let shown = if values.len() > 64 { 32 } else { values.len() };
        for value in &values[..shown] {
            write!(self.0, " {}", value.text()).unwrap();
        }
        if shown < values.len() {
            let bytes = values.iter().flat_map(|value| value.bytes());
            let sum = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
                (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
            write!(self.0, " ... {} {sum:016x}", values.len()).unwrap();
        }
        self.0.push('\n');
    }

    fn classes(&mut self, name: &str, classes: &[usize]) {
        self.add(name, &classes.iter().map(|&class| class as u64).collect::<Vec<_>>());
    }
}

fn noise<T: Real>(law: Law, key: Key, offset: u64, n: usize) -> Vec<T> {
    let mut out = vec![T::default(); n];
    law.fill_into(key, offset, &mut out);
    out
}

fn of_type<T: Real + Golden>(lines: &mut Lines, t: &str) -> gumbel::Result<()> {
    let key = Key::new(7).fold_in(1);
    let laws = [
        ("uniform", Law::Uniform),
        ("exponential", Law::Exponential),
        ("gumbel", Law::Gumbel),
        ("logistic", Law::Logistic),
        ("normal", Law::Normal),
    ];
    for (name, law) in laws {
        lines.add(&format!("{t} {name}"), &noise::<T>(law, key, 0, 40));
        lines.add(&format!("{t} {name} offset"), &noise::<T>(law, key, (1 << 40) + 5, 40));
        lines.add(&format!("{t} {name} long"), &noise::<T>(law, key, 3, 200_003));
    }
    let mut logits = noise::<T>(Law::Logistic, Key::new(8), 0, 2 * 5 * 3);
    logits[4] = T::from_f64(f64::NEG_INFINITY);
    let wide = noise::<T>(Law::Logistic, Key::new(9), 0, 4 * 30_000);
    for (dim, name) in [(0, "first"), (1, "middle"), (2, "last")] {
        let axis = Axis::of(&[2, 5, 3], dim)?;
        let mut soft = vec![T::default(); 30];
        gumbel::relax::gumbel_softmax_into(&logits, axis, 0.75, key, &mut soft)?;
        lines.add(&format!("{t} soft {name}"), &soft);
        lines.add(&format!("{t} log {name}"), &gumbel_log_softmax(&logits, axis, 0.75, key)?);
        lines.classes(&format!("{t} gumbel-max {name}"), &gumbel_max(&logits, axis, key)?);
    }
    let taus: Vec<f64> = (1..=10).map(|i| 0.25 * f64::from(i)).collect();
    lines.add(&format!("{t} soft taus"), &gumbel_softmax(&logits, 3, &taus, key)?);
    let (hard, soft) = straight_through_gumbel_softmax(&wide, 30_000, 0.5, key)?;
    lines.add(&format!("{t} hard wide"), &hard);
    lines.add(&format!("{t} soft wide"), &soft);
    let mut dlogits = vec![T::default(); wide.len()];
    gumbel_softmax_vjp_into(&soft, &wide, 30_000, 0.5, &mut dlogits)?;
    lines.add(&format!("{t} vjp wide"), &dlogits);
    lines.add(&format!("{t} binary"), &binary_concrete(&logits, 0.75, key)?);
    let (yes, _) = straight_through_binary_concrete(&logits, 0.75, key)?;
    lines.add(&format!("{t} binary hard"), &yes);

    let winners = gumbel_max(&logits, 3, key)?;
    let mut posterior = vec![T::default(); 30];
    gumbel_given_argmax_into(&logits, 3, &winners, key.fold_in(2), &mut posterior)?;
    lines.add(&format!("{t} given argmax"), &posterior);

    let rows = Categorical::from_logits(&logits, 3)?;
    let masked = [true, false, true];
    let keys: Vec<Key> = (0..10).map(|row| key.fold_in(row)).collect();
    lines.classes(&format!("{t} categorical"), &rows.sample(key)?);
    lines.classes(&format!("{t} categorical keys"), &rows.sample_rows(&keys)?);
    let cold = rows.temperature(0.4)?.mask(&masked)?;
    lines.classes(&format!("{t} categorical masked"), &cold.sample(key)?);
    lines.classes(&format!("{t} many rows"), &rows.sample_many_rows(20, &keys)?);
    let long = Categorical::from_logits(&wide, 30_000)?;
    lines.classes(&format!("{t} categorical wide"), &long.sample(key)?);
    let row = &wide[..30_000];
    let one = Categorical::from_logits(row, 30_000)?;
    lines.classes(&format!("{t} many few"), &one.sample_many(100, key)?);
    lines.classes(&format!("{t} many many"), &one.sample_many(10_000, key)?);
    let top = top_k(row, 50, key)?;
    lines.add(&format!("{t} top-k"), &top.indices());
    lines.add(&format!("{t} top-k weights"), &weights(row, key)?);
    Ok(())
}

fn weights<T: Real>(row: &[T], key: Key) -> gumbel::Result<Vec<u64>> {
    let weights: Vec<T> = row.iter().map(|l| T::from_f64(l.to_f64().abs())).collect();
    Ok(Categorical::from_weights(&weights, weights.len())?.top_k(50, key)?.indices())
}

/// The text of the golden file.
pub(crate) fn golden() -> gumbel::Result<String> {
    let mut lines = Lines(String::new());
    let key = Key::from_parts(3, 5);
    let [a, b] = key.split();
    for (name, key) in [("fold-in", key.fold_in(1 << 33)), ("split 0", a), ("split 1", b)] {
        let (seed, stream) = key.to_parts();
        lines.add(&format!("key {name}"), &[seed, stream]);
    }
    lines.classes("permutation", &permutation(Key::new(7), 100));
    let different: Vec<usize> =
        distinct(Key::new(7), 1 << 50, 20)?.iter().map(|&i| i as usize).collect();
    lines.classes("distinct", &different);
    for (name, most) in [("", 9), (" of three quarters of 64 bits", (3 << 62) - 1)] {
        let mut drawn = [0; 500];
        integers_into(Key::new(7), 3, most, &mut drawn);
        lines.add(&format!("integers{name}"), &drawn);
    }
    of_type::<f32>(&mut lines, "f32")?;
    of_type::<f64>(&mut lines, "f64")?;
    Ok(lines.0)
}

fn main() -> gumbel::Result<()> {
    print!("{}", golden()?);
    Ok(())
}
