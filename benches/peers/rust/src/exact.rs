//! `exact SAMPLER TEST TRIALS`: draws of candle and `drawset`, with the tests of `workers/exact.py`.

use candle_core::{Device, Tensor};
use candle_transformers::generation::{LogitsProcessor, Sampling};
use serde_json::json;

use crate::{Call, Result};

pub fn run(arguments: &[String]) -> Result<()> {
    let [sampler, test, trials] = arguments else {
        return Err("usage: exact SAMPLER TEST TRIALS".into());
    };
    let (logits, bins, bin) = test_of(test)?;
    let k = logits.len();
    let (version, mut draw) = draws(sampler, logits)?;
    let mut counts = vec![0_u64; bins];
    for _ in 0..trials.parse::<u64>()? {
        let class = draw(true)?.as_u64().ok_or("expected a class")? as usize;
        counts[bin(class, k)] += 1;
    }
    println!("{}", json!({ "counts": counts, "version": version }));
    Ok(())
}

/// The version, and a call that draws one class.
fn draws(sampler: &str, logits: Vec<f32>) -> Result<(&'static str, Call)> {
    let candle = |sampling| -> Result<(&'static str, Call)> {
        let (k, mut processor) = (logits.len(), LogitsProcessor::from_sampling(2026, sampling));
        let logits = Tensor::from_vec(logits.clone(), k, &Device::Cpu)?;
        Ok((crate::CANDLE, Box::new(move |_| Ok(processor.sample(&logits)?.into()))))
    };
    match sampler {
        "candle" => candle(Sampling::All { temperature: 1.0 }),
        "candle-gumbel" => candle(Sampling::GumbelSoftmax { temperature: 1.0 }),
        "drawset" => {
            let draw = move |_| Ok(drawset::gumbel_max_sample(&logits).into());
            Ok((crate::DRAWSET, Box::new(draw)))
        }
        _ => Err(format!("there is no sampler {sampler}").into()),
    }
}

type Test = (Vec<f32>, usize, fn(usize, usize) -> usize);

fn test_of(name: &str) -> Result<Test> {
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
            let logits = (0..1_024).map(|i| if i % 2 == 0 { f32::NEG_INFINITY } else { 0.0 });
            (logits.collect(), 2, |class, _| usize::from(class % 2 == 0))
        }
        _ => return Err(format!("there is no test {name}").into()),
    })
}
