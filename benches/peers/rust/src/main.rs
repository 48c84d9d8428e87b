//! Times other crates: requests on standard input, answers on standard output, one JSON object a line, as in
//! `workers/worker.py`. One argument: the number of threads. candle uses them for its softmax; everything else
//! has one thread.

mod exact;

use std::io::{BufRead, Write};
use std::time::Instant;

use candle_core::{Device, Tensor};
use candle_transformers::generation::{LogitsProcessor, Sampling};
use drawset::WeightedReservoirSampler;
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use rand_distr::{Distribution, Gumbel, weighted::WeightedAliasIndex};
use serde_json::{Value, json};

type Error = Box<dyn std::error::Error>;
type Result<T> = std::result::Result<T, Error>;

/// One call. It returns statistics of its result if the argument is true.
type Call = Box<dyn FnMut(bool) -> Result<Value>>;

const PERIOD: usize = 15;
const PICKS: usize = 1_000;
const VOCABULARY: usize = 131_072;
const TAU: f64 = 0.5;

const CANDLE: &str = "0.11.1";
const DRAWSET: &str = "0.1.2";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|first| first == "exact") {
        return exact::run(&arguments[1..]);
    }
    let threads: usize = arguments.first().ok_or("expected the number of threads")?.parse()?;
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;
    let mut out = std::io::stdout().lock();
    let versions = json!({"candle": CANDLE, "drawset": DRAWSET, "rand_distr": "0.6.0"});
    writeln!(out, "{}", json!({ "versions": versions }))?;
    let mut held = None;
    for line in std::io::stdin().lock().lines() {
        let reply = answer(&serde_json::from_str(&line?)?, &mut held);
        let reply = reply.unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(out, "{reply}")?;
    }
    Ok(())
}

type Held = Option<((String, usize), (usize, Call))>;

/// Measures a case, after preparing it unless it is already held.
fn answer(request: &Value, held: &mut Held) -> Result<Value> {
    let name = request["case"].as_str().ok_or("case: expected a name")?.to_owned();
    let n = request["n"].as_u64().ok_or("n: expected a number")? as usize;
    let seconds = request["seconds"].as_f64().ok_or("seconds: expected a number")?;
    if held.as_ref().is_none_or(|(key, _)| key.0 != name || key.1 != n) {
        *held = None;
        let work = prepare(&name, n)?;
        *held = Some(((name, n), work));
    }
    let (_, (n, call)) = held.as_mut().ok_or("nothing is held")?;
    let start = Instant::now();
    let mut reply = call(true)?;
    let once = start.elapsed().as_secs_f64();
    let repeats = (1e-3 / once.max(1e-9)) as usize + 1;
    let (mut times, began) = (Vec::new(), Instant::now());
    while times.is_empty() || (began.elapsed().as_secs_f64() < seconds && times.len() < 1_000) {
        let start = Instant::now();
        for _ in 0..repeats {
            call(false)?;
        }
        times.push(start.elapsed().as_nanos() as f64 / (repeats * *n) as f64);
    }
    times.sort_by(f64::total_cmp);
    reply["n"] = (*n).into();
    reply["ns"] = times[times.len() / 2].into();
    reply["calls"] = (times.len() * repeats).into();
    Ok(reply)
}

fn pattern(n: usize) -> Vec<f32> {
    (0..n).map(|i| (i % PERIOD) as f32 * 0.25).collect()
}

fn classes(drawn: impl Iterator<Item = usize>, width: usize) -> Value {
    let mut counts = [0_u64; PERIOD];
    drawn.for_each(|class| counts[class % PERIOD] += 1);
    json!({ "width": width, "counts": counts })
}

fn moments(values: impl Iterator<Item = f64> + Clone) -> Value {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    json!({ "moments": [n, mean, values.map(|x| (x - mean).powi(2)).sum::<f64>() / n] })
}

fn picked(mut indices: Vec<usize>, n: usize) -> Value {
    let classes = classes(indices.iter().copied(), n);
    indices.sort_unstable();
    indices.dedup();
    json!({ "distinct": indices.len(), "classes": classes })
}

/// Draws from rows of logits one by one, as candle and drawset require.
fn by_row(n: usize, mut choose: impl FnMut(usize) -> Result<usize> + 'static) -> (usize, Call) {
    let rows = (n / VOCABULARY).max(1);
    let call = move |_: bool| {
        let chosen: Vec<usize> = (0..rows).map(&mut choose).collect::<Result<_>>()?;
        Ok(json!({ "classes": classes(chosen.into_iter(), VOCABULARY) }))
    };
    (rows * VOCABULARY, Box::new(call))
}

fn candle(n: usize, sampling: Sampling) -> Result<(usize, Call)> {
    let rows = (n / VOCABULARY).max(1);
    let row = |_| Tensor::from_vec(pattern(VOCABULARY), VOCABULARY, &Device::Cpu);
    let rows: Vec<Tensor> = (0..rows).map(row).collect::<candle_core::Result<_>>()?;
    let mut processor = LogitsProcessor::from_sampling(0, sampling);
    Ok(by_row(n, move |row| Ok(processor.sample(&rows[row])? as usize)))
}

fn prepare(name: &str, n: usize) -> Result<(usize, Call)> {
    let mut rng = SmallRng::seed_from_u64(0);
    let mut rng_09 = <rand_09::rngs::SmallRng as rand_09::SeedableRng>::seed_from_u64(0);
    let whole = n.max(PICKS) / PICKS * PICKS;
    Ok(match name {
        "rand-gumbel" => {
            let (law, mut out) = (Gumbel::new(0.0_f32, 1.0)?, vec![0.0_f32; n]);
            let call = move |look: bool| {
                out.iter_mut().for_each(|x| *x = rng.sample(law));
                Ok(if look { moments(out.iter().map(|&x| x.into())) } else { Value::Null })
            };
            (n, Box::new(call))
        }
        "drawset-gumbel" => {
            let mut out = vec![0.0_f64; n];
            let call = move |look: bool| {
                out.iter_mut().for_each(|x| *x = drawset::gumbel_noise(&mut rng_09));
                Ok(if look { moments(out.iter().copied()) } else { Value::Null })
            };
            (n, Box::new(call))
        }
        "drawset-softmax-1024" => {
            let logits: Vec<f64> = pattern(1_024).into_iter().map(f64::from).collect();
            let rows = (n / 1_024).max(1);
            let call = move |look: bool| {
                let row = |_| drawset::gumbel_softmax(&logits, TAU, 1.0, &mut rng_09);
                let y: Vec<Vec<f64>> = (0..rows).map(row).collect();
                if !look {
                    return Ok(Value::Null);
                }
                let far = y.iter().map(|y| (y.iter().sum::<f64>() - 1.0).abs()).fold(0.0, f64::max);
                let largest = |y: &Vec<f64>| {
                    (0..y.len()).fold(0, |best, i| if y[i] > y[best] { i } else { best })
                };
                Ok(json!({ "sums": far, "classes": classes(y.iter().map(largest), 1_024) }))
            };
            (rows * 1_024, Box::new(call))
        }
        "candle-131072" => candle(n, Sampling::All { temperature: 1.0 })?,
        "candle-gumbel-131072" => candle(n, Sampling::GumbelSoftmax { temperature: 1.0 })?,
        "drawset-131072" => {
            let logits = pattern(VOCABULARY).repeat((n / VOCABULARY).max(1));
            by_row(n, move |row| {
                Ok(drawset::gumbel_max_sample(&logits[row * VOCABULARY..][..VOCABULARY]))
            })
        }
        "alias-1000" => {
            let weights: Vec<f32> = pattern(1_000).into_iter().map(f32::exp).collect();
            let call = move |look: bool| {
                let table = WeightedAliasIndex::new(weights.clone())?;
                let drawn: Vec<usize> = (0..n).map(|_| table.sample(&mut rng)).collect();
                std::hint::black_box(&drawn);
                Ok(match look {
                    true => json!({ "classes": classes(drawn.into_iter(), 1_000) }),
                    false => Value::Null,
                })
            };
            (n, Box::new(call))
        }
        "drawset-top-k" => {
            let logits = pattern(whole);
            let call = move |_: bool| {
                let chosen = drawset::gumbel_topk_sample_with_rng(&logits, PICKS, &mut rng_09);
                Ok(picked(chosen, whole))
            };
            (whole, Box::new(call))
        }
        "drawset-reservoir" => {
            let weights: Vec<f64> =
                pattern(whole).into_iter().map(|l| f64::from(l).exp()).collect();
            let call = move |_: bool| {
                let mut sampler = WeightedReservoirSampler::new(PICKS);
                for (i, &weight) in weights.iter().enumerate() {
                    sampler.add_with_rng(i, weight, &mut rng_09)?;
                }
                Ok(picked(sampler.samples().to_vec(), whole))
            };
            (whole, Box::new(call))
        }
        _ => return Err(format!("there is no case {name}").into()),
    })
}
