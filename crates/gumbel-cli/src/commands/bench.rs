//! `gumbel bench`: measures the kernels of the core.

mod tensors;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use gumbel_bench::{KERNELS, Kernel, Measured};
use gumbel_files::names::{number, unknown};
use gumbel_files::output::{self, Format};
use gumbel_report::{LineChart, ReportError, Series};

use super::{say_about_files, threads};
use crate::args::BenchArgs;
use crate::failure::Failure;
use crate::{Result, progress, say};

/// The longest time for a kernel, in seconds, and the largest number of elements of a call.
const MAX_SECONDS: f64 = 600.0;
const MAX_ELEMENTS: usize = 1 << 32;

pub(crate) fn run(args: &BenchArgs) -> Result<ExitCode> {
    if let Some(device) = args.device {
        return tensors::run(args, device);
    }
    let kernels = selected(KERNELS, |kernel| kernel.name, &args.only)?;
    if args.list {
        return list(kernels.iter().map(|kernel| (kernel.name, kernel.what)).collect());
    }
    let budget = budget(args)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads(args.threads)?).build();
    let pool = pool.map_err(|error| Failure::usage(format!("--threads: {error}")))?;
    let sizes = match &args.growth {
        Some(file) => call_sizes(file, args.elements)?,
        None => vec![args.elements],
    };
    let bar = progress::kernels(args.json, (kernels.len() * sizes.len()) as u64);
    let mut all = Vec::new();
    for kernel in kernels {
        bar.set_message(kernel.name);
        let mut last = 0;
        for &n in &sizes {
            // A call has at least one row, so small sizes may give the same call twice.
            if kernel.elements(n) != last {
                let measured = pool.install(|| gumbel_bench::measure(kernel, n, budget));
                all.push((kernel, measured.map_err(Failure::run)?));
                last = kernel.elements(n);
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    if let Some(file) = &args.growth {
        write_chart(file, &all)?;
    }
    if args.json {
        let measured: Vec<&Measured> = all.iter().map(|(_, measured)| measured).collect();
        let json = serde_json::to_string_pretty(&measured);
        let files: Vec<&Path> = args.growth.iter().map(PathBuf::as_path).collect();
        say_about_files(&files, &json.map_err(|error| Failure::run(error.to_string()))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    match &args.growth {
        None => print_table(&all)?,
        Some(file) => print_growth(&all, file)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The time for a kernel. Refuses a time or a number of elements out of range.
fn budget(args: &BenchArgs) -> Result<Duration> {
    if !(0.0..=MAX_SECONDS).contains(&args.seconds) {
        let problem =
            format!("--seconds: expected 0 to {MAX_SECONDS}, found {}", number(args.seconds));
        return Err(Failure::usage(problem));
    }
    if args.elements == 0 || args.elements > MAX_ELEMENTS {
        let problem = format!("--elements: expected 1 to {MAX_ELEMENTS}, found {}", args.elements);
        return Err(Failure::usage(problem));
    }
    Ok(Duration::from_secs_f64(args.seconds))
}

fn list(kernels: Vec<(&str, &str)>) -> Result<ExitCode> {
    let widest = kernels.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, what) in kernels {
        say(&format!("{name:widest$}  {what}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The formats of the chart.
const CHART_FORMATS: [Format; 2] = [Format::Svg, Format::Png];
/// The number of elements of the smallest call of a curve.
const SMALLEST_CALL: usize = 1 << 12;

fn call_sizes(file: &Path, most: usize) -> Result<Vec<usize>> {
    Format::of("growth", file, &CHART_FORMATS)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let problem = format!("--growth: expected a folder, found none at {}", folder.display());
        return Err(Failure::usage(problem));
    }
    output::check(file)?;
    if most < 4 * SMALLEST_CALL {
        let problem =
            format!("--elements: expected {} or more for a curve, found {most}", 4 * SMALLEST_CALL);
        return Err(Failure::usage(problem));
    }
    Ok(std::iter::successors(Some(SMALLEST_CALL), |n| n.checked_mul(4))
        .take_while(|&n| n <= most)
        .collect())
}

/// Writes a chart of nanoseconds per element over the size of the call, with a curve for each kernel.
fn write_chart(file: &Path, all: &[(&Kernel, Measured)]) -> Result<()> {
    let curves = all.chunk_by(|a, b| a.0.name == b.0.name).map(|curve| Series {
        name: curve[0].0.what.to_owned(),
        points: curve.iter().map(|(_, m)| (m.n as f64, m.ns)).collect(),
    });
    let chart = LineChart {
        title: "Time an element over the size of a call".to_owned(),
        x_label: "elements of a call".to_owned(),
        y_label: "ns an element".to_owned(),
        series: curves.collect(),
    };
    let failed = |error: ReportError| Failure::run(format!("{}: {error}", file.display()));
    let bytes = match Format::of("growth", file, &CHART_FORMATS)? {
        Format::Png => chart.log_x_sketch().png().map_err(failed)?,
        _ => chart.log_x_sketch().svg().into_bytes(),
    };
    Ok(output::write(file, &bytes)?)
}

/// Prints the times of each kernel's curve, and the longest time divided by the shortest.
fn print_growth(all: &[(&Kernel, Measured)], file: &Path) -> Result<()> {
    let say = |text: &str| say_about_files(&[file], text);
    for curve in all.chunk_by(|a, b| a.0.name == b.0.name) {
        say(curve[0].0.what)?;
        let each = || curve.iter().map(|(_, measured)| measured.ns);
        for (_, Measured { n, ns, .. }) in curve {
            say(&format!("{n:>13}  {ns:.3}"))?;
        }
        let (least, most) =
            each().fold((f64::INFINITY, 0.0_f64), |(a, b), ns| (a.min(ns), b.max(ns)));
        say(&format!("{:>13}  {:.2}", "most / least", most / least))?;
    }
    let Some((_, Measured { threads, .. })) = all.first() else {
        return Ok(());
    };
    say(&format!("\nelements of a call, ns an element (medians, {threads} threads)"))?;
    say(&format!("curves: {}", file.display()))
}

fn print_table(all: &[(&Kernel, Measured)]) -> Result<()> {
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

/// The kernels that `--only` names, or all, in the order of the table.
fn selected<K>(
    all: &'static [K],
    name: fn(&K) -> &'static str,
    only: &[&str],
) -> Result<Vec<&'static K>> {
    if let Some(other) = only.iter().find(|one| all.iter().all(|kernel| name(kernel) != **one)) {
        let known: Vec<&str> = all.iter().map(name).collect();
        return Err(Failure::usage(format!("--only: {}", unknown(&known, other))));
    }
    let named = |kernel: &&K| only.is_empty() || only.contains(&name(kernel));
    Ok(all.iter().filter(named).collect())
}
