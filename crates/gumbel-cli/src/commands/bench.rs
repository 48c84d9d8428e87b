//! `gumbel bench`.

use std::process::ExitCode;
use std::time::Duration;

use gumbel_bench::{KERNELS, Kernel, Measured};

use super::threads;
use crate::args::BenchArgs;
use crate::failure::Failure;
use crate::{Result, progress, say};

/// The longest time for a kernel, in seconds, and the most elements of a call.
const LONGEST: f64 = 600.0;
const MOST: usize = 1 << 32;

pub(crate) fn run(args: &BenchArgs) -> Result<ExitCode> {
    let kernels = chosen(&args.only)?;
    if args.list {
        let widest = kernels.iter().map(|kernel| kernel.name.len()).max().unwrap_or(0);
        for kernel in kernels {
            say(&format!("{:widest$}  {}", kernel.name, kernel.what))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if !(0.0..=LONGEST).contains(&args.seconds) {
        let problem = format!("seconds: expected 0 to {LONGEST}, found {}", args.seconds);
        return Err(Failure::usage(problem));
    }
    if args.elements == 0 || args.elements > MOST {
        let problem = format!("elements: expected 1 to {MOST}, found {}", args.elements);
        return Err(Failure::usage(problem));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads(args.threads)?).build();
    let pool = pool.map_err(|error| Failure::usage(format!("threads: {error}")))?;
    let budget = Duration::from_secs_f64(args.seconds);
    let bar = progress::kernels(args.json, kernels.len() as u64);
    let mut all = Vec::new();
    for kernel in kernels {
        bar.set_message(kernel.name);
        let measured = pool.install(|| gumbel_bench::measure(kernel, args.elements, budget));
        all.push((kernel, measured.map_err(Failure::run)?));
        bar.inc(1);
    }
    bar.finish_and_clear();
    if args.json {
        let measured: Vec<&Measured> = all.iter().map(|(_, measured)| measured).collect();
        let json = serde_json::to_string_pretty(&measured);
        say(&json.map_err(|error| Failure::run(error.to_string()))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    table(&all)?;
    Ok(ExitCode::SUCCESS)
}

fn table(all: &[(&Kernel, Measured)]) -> Result<()> {
    let widest = all.iter().map(|(kernel, _)| kernel.what.len()).max().unwrap_or(0);
    say(&format!("{:widest$}  ns an element  x memory", "kernel"))?;
    for (kernel, measured) in all {
        let Measured { ns, multiple, .. } = measured;
        say(&format!("{:widest$}  {ns:13.3}  {multiple:8.1}", kernel.what))?;
    }
    let Some((_, Measured { threads, .. })) = all.first() else {
        return Ok(());
    };
    say(&format!(
        "\nmedians, {threads} threads; x memory: over the time to read and write the memory of the \
         call once"
    ))
}

/// The kernels asked for, in the order of the table.
fn chosen(only: &[String]) -> Result<Vec<&'static Kernel>> {
    for name in only {
        if gumbel_bench::find(name).is_none() {
            let names: Vec<_> = KERNELS.iter().map(|kernel| kernel.name).collect();
            let names = names.join(", ");
            return Err(Failure::usage(format!(
                "only: no kernel is called {name:?}: there are {names}"
            )));
        }
    }
    let asked = |kernel: &&Kernel| only.is_empty() || only.iter().any(|name| name == kernel.name);
    Ok(KERNELS.iter().filter(asked).collect())
}
