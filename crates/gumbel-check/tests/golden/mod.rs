//! Reads the golden numbers of `golden/gumbel.json`. They are text, so that none is rounded.

use serde_json::Value;

pub(crate) fn golden() -> Value {
    serde_json::from_str(include_str!("../../golden/gumbel.json")).unwrap()
}

pub(crate) fn number(value: &Value) -> f64 {
    let text = value.as_str().and_then(|text| text.parse().ok());
    text.unwrap_or_else(|| panic!("{value} is not a number"))
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}
