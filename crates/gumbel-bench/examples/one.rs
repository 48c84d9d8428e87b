//! `one KERNEL N SECONDS THREADS`: measures a kernel and prints a line of JSON, for scripts that compare.

use std::time::Duration;

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, n, seconds, threads] = arguments.as_slice() else {
        return Err("usage: one KERNEL N SECONDS THREADS".to_owned());
    };
    let not_a_number = |name: &str| format!("{name}: expected a number");
    let kernel = gumbel_bench::find(name).ok_or_else(|| format!("{name}: no such kernel"))?;
    let n = n.parse().map_err(|_| not_a_number("N"))?;
    let seconds = seconds.parse().map_err(|_| not_a_number("SECONDS"))?;
    let budget = Duration::from_secs_f64(seconds);
    let threads = threads.parse().map_err(|_| not_a_number("THREADS"))?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| error.to_string())?;
    let measured = pool.install(|| gumbel_bench::measure(kernel, n, budget))?;
    println!("{}", serde_json::to_string(&measured).map_err(|error| error.to_string())?);
    Ok(())
}
