//! The golden values of the estimators, against which other languages are held, are those of now.

#[path = "../examples/estimator_golden.rs"]
#[expect(dead_code, reason = "the example writes the file, and the test reads it")]
mod example;

use std::collections::BTreeSet;

use gumbel_burn::estimator::Name;
use serde_json::Value;
use strum::IntoEnumIterator;

/// Sums of up to 12 products in another order, on another processor. A wrong draw or formula differs by 1e-2.
const TOLERANCE: f64 = 2e-5;

fn compare(place: &str, committed: &Value, now: &Value) {
    match (committed, now) {
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{place}");
            a.iter()
                .zip(b)
                .enumerate()
                .for_each(|(i, (a, b))| compare(&format!("{place}[{i}]"), a, b));
        }
        (Value::Object(a), Value::Object(b)) => {
            assert!(a.keys().eq(b.keys()), "{place}");
            a.iter().for_each(|(key, value)| compare(&format!("{place}.{key}"), value, &b[key]));
        }
        (Value::Number(a), Value::Number(b)) => {
            let [a, b] = [a, b].map(|number| number.as_f64().expect("a number"));
            assert!((a - b).abs() <= TOLERANCE * (1.0 + a.abs()), "{place}: {a} {b}");
        }
        _ => assert_eq!(committed, now, "{place}"),
    }
}

#[test]
fn the_committed_golden_values_are_those_of_now() {
    let text = std::fs::read_to_string(example::FILE).unwrap();
    let committed: Value = serde_json::from_str(&text).unwrap();
    let now = example::golden().unwrap();
    compare("golden", &committed, &now);
    let names = |case: &Value| case["estimator"].as_str().map(str::to_owned);
    let found: BTreeSet<_> = now["cases"].as_array().unwrap().iter().filter_map(names).collect();
    assert_eq!(found, Name::iter().map(|name| name.to_string()).collect());
}
