//! Samples tokens as a server does: several requests in one batch, a key for each, a temperature, a mask.
//!
//! `cargo run --release -p gumbel --example tokens -- [FILE]`
//!
//! The model is as small as a language model can be: it counts which word follows which in a text, README.md if no
//! file is named. Its vocabulary is the words of the text. The rest is what a server with a large network does.

use std::collections::BTreeMap;
use std::error::Error;
use std::{env, fs};

use gumbel::{Categorical, Key};

const TEXT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
const TOKENS: u64 = 14;
const TEMPERATURE: f64 = 0.7;

/// The words of a text, each once, and how often each follows each.
struct Bigrams<'a> {
    vocabulary: Vec<&'a str>,
    counts: Vec<BTreeMap<usize, f32>>,
}

impl<'a> Bigrams<'a> {
    fn new(text: &'a str) -> Self {
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut vocabulary = words.clone();
        vocabulary.sort_unstable();
        vocabulary.dedup();
        let token = |word: &str| vocabulary.binary_search(&word).expect("a word of the text");
        let mut counts = vec![BTreeMap::new(); vocabulary.len()];
        for pair in words.windows(2) {
            *counts[token(pair[0])].entry(token(pair[1])).or_default() += 1.0;
        }
        Self { vocabulary, counts }
    }

    /// The logits of the token after each of `last`, `[requests, vocabulary]`: ln(count + 1/1000).
    fn logits(&self, last: &[usize]) -> Vec<f32> {
        let mut logits = Vec::with_capacity(last.len() * self.vocabulary.len());
        for &token in last {
            let start = logits.len();
            logits.resize(start + self.vocabulary.len(), 0.001_f32.ln());
            for (&next, count) in &self.counts[token] {
                logits[start + next] = (count + 0.001).ln();
            }
        }
        logits
    }
}

/// Continues each prompt. `requests` are the seeds of the requests.
fn continued(
    model: &Bigrams<'_>,
    prompts: &[usize],
    requests: &[u64],
) -> Result<Vec<Vec<usize>>, gumbel::Error> {
    let vocabulary = model.vocabulary.len();
    // Tokens that must not be drawn: here all with a sign of Markdown or code in them.
    let plain = |word: &&str| word.chars().all(|c| c.is_alphabetic() || ".,'-".contains(c));
    let allowed: Vec<bool> = model.vocabulary.iter().map(plain).collect();
    let server = Key::new(2026);
    let mut texts: Vec<Vec<usize>> = prompts.iter().map(|&prompt| vec![prompt]).collect();
    for position in 0..TOKENS {
        let last: Vec<usize> = texts.iter().map(|text| text[text.len() - 1]).collect();
        let logits = model.logits(&last);
        let keys: Vec<Key> =
            requests.iter().map(|&request| server.fold_in(request).fold_in(position)).collect();
        let tokens = Categorical::from_logits(&logits, vocabulary)?
            .temperature(TEMPERATURE)?
            .mask(&allowed)?
            .sample_rows(&keys)?;
        texts.iter_mut().zip(tokens).for_each(|(text, token)| text.push(token));
    }
    Ok(texts)
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args().nth(1).unwrap_or_else(|| TEXT.to_owned());
    let text = fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
    let model = Bigrams::new(&text);
    if model.vocabulary.len() < 2 {
        return Err(format!("{file}: expected a text of at least two different words").into());
    }
    let common = |word: &str| model.vocabulary.binary_search(&word).ok();
    let first = common("The").or(common("the")).unwrap_or(0);
    let requests = [1, 2, 3, 17];
    println!("a vocabulary of {} words, temperature {TEMPERATURE}", model.vocabulary.len());
    let batch = continued(&model, &[first; 4], &requests)?;
    for (request, tokens) in requests.iter().zip(&batch) {
        let words: Vec<&str> = tokens.iter().map(|&token| model.vocabulary[token]).collect();
        println!("request {request:2}: {}", words.join(" "));
    }
    let alone = continued(&model, &[first], &requests[3..])?;
    assert_eq!(alone[0], batch[3]);
    println!("request 17 alone draws the same tokens as in the batch");
    Ok(())
}
