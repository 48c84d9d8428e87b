//! `guard [NAME]...`: compares the time of each vector kernel with that of another, in one process and on one thread, and
//! fails if a quotient is far above what was measured.
//!
//! A function on the way to a vector operation that is not inlined makes its kernel several times as slow, and no test
//! of the results notices. A bound is about three times the largest quotient on AVX-512, AVX2 and SSE4.2, so that
//! another processor or a busy machine does not reach it.

mod guarded;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use guarded::{Guarded, kernels};
use gumbel::Key;

/// The pairs of calls whose least times are compared.
const ROUNDS: usize = 7;
/// The time of one side of a pair, about.
const SIDE: Duration = Duration::from_millis(1);
/// The measurements of a pair that must all be beyond the bound: another program may take the processor for a while.
const TRIES: usize = 3;

fn main() -> ExitCode {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    match pool.map_err(|error| error.to_string()).and_then(|pool| pool.install(run)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let only: Vec<String> = std::env::args().skip(1).collect();
    let mut all = kernels();
    if let Some(name) = only.iter().find(|name| all.iter().all(|kernel| kernel.name != **name)) {
        return Err(format!("{name}: no such kernel"));
    }
    let mut slow = Vec::new();
    println!("{:30} {:>8}  {:16} {:>8} {:>8}", "ns an element", "", "beside", "quotient", "bound");
    for i in 0..all.len() {
        let (name, beside) = (all[i].name, all[i].beside);
        if !only.is_empty() && !only.iter().any(|wanted| wanted == name) {
            continue;
        }
        let other = all.iter().position(|kernel| kernel.name == beside);
        let other = other.ok_or_else(|| format!("{name}: {beside}: no such kernel"))?;
        let mut quotient = f64::INFINITY;
        let mut times = [0.0; 2];
        for _ in 0..TRIES {
            times = compare(&mut all, [i, other]);
            quotient = quotient.min(times[0] / times[1]);
            if quotient <= all[i].most {
                break;
            }
        }
        let most = all[i].most;
        println!("{name:30} {:8.3}  {beside:16} {quotient:8.2} {most:8.1}", times[0]);
        if quotient > most {
            slow.push(format!(
                "{name} takes {quotient:.1} times as long as {beside}, expected at most {most}"
            ));
        }
    }
    if slow.is_empty() {
        return Ok(());
    }
    let hint = "is a function on its way to the vector operations not #[inline(always)]?";
    Err(format!("{}\n{hint}", slow.join("\n")))
}

/// The least times of two kernels in nanoseconds an element, in alternating rounds.
fn compare(all: &mut [Guarded], pair: [usize; 2]) -> [f64; 2] {
    let mut least = [f64::INFINITY; 2];
    for round in 0..ROUNDS {
        for (least, &kernel) in least.iter_mut().zip(&pair) {
            *least = least.min(time(&mut all[kernel], Key::new(round as u64)));
        }
    }
    least
}

/// The time of a kernel in nanoseconds an element: the least of the calls that take [`SIDE`] together.
fn time(kernel: &mut Guarded, key: Key) -> f64 {
    let (began, mut least) = (Instant::now(), Duration::MAX);
    while began.elapsed() < SIDE || least == Duration::MAX {
        let start = Instant::now();
        (kernel.call)(black_box(key));
        least = least.min(start.elapsed());
    }
    least.as_nanos() as f64 / kernel.elements as f64
}
