//! `stream [SEED] [elements|keys|sequential]`: writes the raw random words of a key to standard output without
//! end, four bytes each, least significant first, for test batteries:
//!
//! ```text
//! cargo run --release -p gumbel-check --example stream | dieharder -a -g 200
//! cargo run --release -p gumbel-check --example stream -- 7 keys | RNG_test stdin32
//! ```
//!
//! - `elements`: the first word of elements 0, 1, .. of the key, as every noise uses them;
//! - `keys`: the first word of each of the keys `fold_in(0)`, `fold_in(1)`, ..;
//! - `sequential`: the generator of `Key::rng`.

use std::io::{self, ErrorKind, Write};

use gumbel::Key;
use rand_core::Rng;

/// The number of words written at once: 512 KiB.
const PIECE: usize = 1 << 17;

/// Writes the words from a position on.
type Fill = Box<dyn FnMut(u64, &mut [u32])>;

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seed = arguments.first().map_or("0", String::as_str);
    let seed = seed.parse().map_err(|_| format!("seed: expected a number, found {seed}"))?;
    let key = Key::new(seed);

    let kind = arguments.get(1).map_or("elements", String::as_str);
    let mut fill: Fill = match kind {
        "elements" => Box::new(move |start, words| key.words_into(start, words)),
        "keys" => Box::new(move |start, words| {
            words.iter_mut().zip(start..).for_each(|(word, i)| *word = key.fold_in(i).word(0));
        }),
        "sequential" => {
            let mut rng = key.rng();
            Box::new(move |_, words| words.iter_mut().for_each(|word| *word = rng.next_u32()))
        }
        _ => return Err(format!("expected elements, keys or sequential, found {kind}")),
    };
    let mut words = vec![0; PIECE];
    let mut bytes = vec![0; 4 * PIECE];
    let mut out = io::stdout().lock();
    for start in (0..).step_by(PIECE) {
        fill(start, &mut words);
        for (bytes, word) in bytes.chunks_exact_mut(4).zip(&words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        match out.write_all(&bytes) {
            // The reader has closed the pipe.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            done => done.map_err(|error| format!("standard output: {error}"))?,
        }
    }
    Ok(())
}
