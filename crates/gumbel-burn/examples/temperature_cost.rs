//! The cost of a temperature on tensors: one that is learned, one for each row, one for each element.
//!
//! Forward and backward of 400,000 elements, as a quotient to the same call with a number for the temperature: the least
//! time of 31 calls each, in turn.
//!
//! ```text
//! cargo build --release --workspace --example temperature_cost && target/release/examples/temperature_cost
//! ```

use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor};
use gumbel::Key;
use gumbel_burn::{Error, binary_concrete, gumbel_softmax};

const ELEMENTS: usize = 400_000;
const PAIRS: u64 = 31;

#[derive(Clone, Copy)]
enum Law {
    GumbelSoftmax,
    BinaryConcrete,
}

fn main() -> Result<(), Error> {
    println!("{:<16} {:>7} {:>9} {:>9} {:>9}", "", "a row", "learned", "row", "element");
    for (name, law) in
        [("gumbel-softmax", Law::GumbelSoftmax), ("binary-concrete", Law::BinaryConcrete)]
    {
        for classes in [2, 10, 100] {
            let rows = ELEMENTS / classes;
            let mut shapes = vec![[1, 1], [rows, 1]];
            if matches!(law, Law::BinaryConcrete) {
                shapes.push([rows, classes]);
            }
            let mut line = format!("{name:<16} {classes:>7}");
            for shape in shapes {
                line += &format!(" {:>9.2}", quotient(law, [rows, classes], shape)?);
            }
            println!("{line}");
        }
    }
    Ok(())
}

/// The time with temperatures of a shape, divided by that with a number.
fn quotient(law: Law, shape: [usize; 2], tau: [usize; 2]) -> Result<f64, Error> {
    let mut least = [Duration::MAX; 2];
    for pair in 0..PAIRS {
        for (time, tau) in least.iter_mut().zip([None, Some(tau)]) {
            *time = (*time).min(pass(law, shape, tau, Key::new(pair))?);
        }
    }
    Ok(least[1].as_secs_f64() / least[0].as_secs_f64())
}

/// The time of one forward and backward pass.
fn pass(law: Law, shape: [usize; 2], tau: Option<[usize; 2]>, key: Key) -> Result<Duration, Error> {
    let device = Device::flex().autodiff();
    let logits = Tensor::<2>::zeros(shape, &device).require_grad();
    let weights = Tensor::<2>::ones(shape, &device);
    let taus = tau.map(|shape| Tensor::<2>::full(shape, 0.5, &device).require_grad());
    let start = Instant::now();
    let sample = match (law, taus.clone()) {
        (Law::GumbelSoftmax, None) => gumbel_softmax(logits.clone(), -1, 0.5, key)?,
        (Law::GumbelSoftmax, Some(tau)) => gumbel_softmax(logits.clone(), -1, tau, key)?,
        (Law::BinaryConcrete, None) => binary_concrete(logits.clone(), 0.5, key)?,
        (Law::BinaryConcrete, Some(tau)) => binary_concrete(logits.clone(), tau, key)?,
    };
    let gradients = (sample * weights).backward();
    let time = start.elapsed();
    assert!(logits.grad(&gradients).is_some_and(|g| g.dims() == shape));
    if let Some(tau) = taus {
        assert!(tau.grad(&gradients).is_some());
    }
    Ok(time)
}
