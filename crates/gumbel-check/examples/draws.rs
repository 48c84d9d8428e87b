//! `draws SAMPLER TEST TRIALS`: draws one class TRIALS times and prints the counts as a line of JSON, for
//! `benches/peers/exactness`.

use gumbel::{Categorical, Error, Key, categorical_many, gumbel_max, top_k};

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [sampler, test, trials] = arguments.as_slice() else {
        return Err("usage: draws SAMPLER TEST TRIALS".to_owned());
    };
    let trials: usize = trials.parse().map_err(|_| "TRIALS: expected a number")?;
    let (logits, bins, bin) = test_of(test)?;
    let k = logits.len();
    let draw: fn(&[f32], Key) -> Result<usize, Error> = match sampler.as_str() {
        "sample" => |l, key| Ok(Categorical::from_logits(l, l.len())?.sample(key)?[0]),
        "gumbel_max" => |l, key| Ok(gumbel_max(l, l.len(), key)?[0]),
        "top_k" => |l, key| Ok(top_k(l, 1, key)?.indices()[0] as usize),
        "categorical_many" => |_, _| Ok(0),
        _ => return Err(format!("there is no sampler {sampler}")),
    };
    let key = Key::new(2026);
    let drawn: Result<Vec<usize>, Error> = if sampler == "categorical_many" {
        categorical_many(&logits, trials, key)
    } else {
        (0..trials as u64).map(|i| draw(&logits, key.fold_in(i))).collect()
    };
    let mut counts = vec![0_u64; bins];
    for class in drawn.map_err(|error| error.to_string())? {
        counts[bin(class, k)] += 1;
    }
    println!("{}", serde_json::json!({ "counts": counts, "version": env!("CARGO_PKG_VERSION") }));
    Ok(())
}

/// Logits, the number of bins, and the bin of a class, the same as in `workers/exact.py`.
type Test = (Vec<f32>, usize, fn(usize, usize) -> usize);

fn test_of(name: &str) -> Result<Test, String> {
    let tail = |classes: usize, below: f32| -> Test {
        let mut logits = vec![-below; classes + 1];
        logits[(classes + 1) / 3] = 0.0;
        (logits, 2, |class, k| usize::from(class != k / 3))
    };
    Ok(match name {
        "tail-262144" => tail(262_144, 20.5),
        "tail-16384" => tail(16_384, 17.75),
        "wide" => (vec![0.0; 1 << 25], 64, |class, _| class >> 19),
        "zero" => {
            let logits = (0..1_024).map(|i| if i & 1 == 0 { f32::NEG_INFINITY } else { 0.0 });
            (logits.collect(), 2, |class, _| usize::from(class & 1 == 0))
        }
        _ => return Err(format!("there is no test {name}")),
    })
}
