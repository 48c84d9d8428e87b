//! Stores `f64` numbers as their bits, so that every format reads them back exactly.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) fn serialize<S: Serializer>(numbers: &[f64], to: S) -> Result<S::Ok, S::Error> {
    let bits: Vec<u64> = numbers.iter().map(|x| x.to_bits()).collect();
    bits.serialize(to)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
    let bits = Vec::<u64>::deserialize(from)?;
    Ok(bits.into_iter().map(f64::from_bits).collect())
}
