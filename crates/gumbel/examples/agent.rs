//! Chooses a move of an agent, forward, back, left or right: a sample, and its relaxation at two temperatures.
//!
//! `cargo run -p gumbel --example agent`

use gumbel::{Key, gumbel_max, gumbel_softmax};

fn main() -> Result<(), gumbel::Error> {
    let logits = [0.9_f32, 0.05, 0.05, 0.0].map(f32::ln);
    let key = Key::new(66);
    let choice = gumbel_max(&logits, 4, key)?; // an exact sample
    let warm = gumbel_softmax(&logits, 4, 1.0, key)?; // its relaxation, with a derivative
    let cold = gumbel_softmax(&logits, 4, 0.1, key)?; // nearly the sample itself
    println!("{choice:?}\n{warm:.3?}\n{cold:.3?}");
    Ok(())
}
