//! The loss of each step on a graphics card beside that on the processor, and the time of a step.
//!
//! For the default trainings of `train vae`, `train gate` and `train policy`:
//! `cargo run --release -p gumbel-lab --features wgpu --example device_difference -- wgpu 50`. With a third number it
//! trains the first two alone, and fails if their losses differ by more, relative to their size.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gumbel::Key;
use gumbel_data::jpeg::{JpegSet, LoadOptions};
use gumbel_lab::LabError;
use gumbel_lab::frequency::{self, FrequencyConfig};
use gumbel_lab::policy::{self, EnvironmentName, MAZE_SIZE, Method, PolicyConfig};
use gumbel_lab::vae::{self, VaeConfig};
use gumbel_train::{Compute, DeviceName, Observer, Progress, Start};

/// Keeps the objectives and the times of the steps, and stops a training after some.
struct Steps<'a> {
    objectives: Vec<f64>,
    times: Vec<Duration>,
    last: Instant,
    most: usize,
    stop: &'a AtomicBool,
}

impl Observer for Steps<'_> {
    fn remark(&mut self, text: &str) {
        eprintln!("note: {text}");
    }

    fn start(&mut self, _: &Progress) {
        self.last = Instant::now();
    }

    fn step(&mut self, progress: &Progress) {
        self.times.push(self.last.elapsed());
        self.last = Instant::now();
        self.objectives.push(progress.objective);
        self.stop.store(self.objectives.len() >= self.most, Ordering::Relaxed);
    }

    fn epoch(&mut self, _: &Progress) {
        self.last = Instant::now();
    }

    fn finishing(&mut self) {}
}

/// The objectives of the first steps, and the median time of a step.
fn steps(
    most: usize,
    train: impl FnOnce(&Path, &mut dyn Observer, &AtomicBool) -> Result<(), LabError>,
) -> Result<(Vec<f64>, Duration), Box<dyn std::error::Error>> {
    let (folder, stop) = (tempfile::tempdir()?, AtomicBool::new(false));
    let (last, stop) = (Instant::now(), &stop);
    let mut steps = Steps { objectives: Vec::new(), times: Vec::new(), last, most, stop };
    train(&folder.path().join("run"), &mut steps, stop)?;
    steps.times.sort_unstable();
    let median = steps.times[steps.times.len() / 2];
    Ok((steps.objectives, median))
}

/// Prints a row: the two trainings of one experiment. Returns the largest relative difference of their losses.
fn row(
    name: &str,
    device: DeviceName,
    most: usize,
    mut train: impl FnMut(Compute, &Path, &mut dyn Observer, &AtomicBool) -> Result<(), LabError>,
) -> Result<f64, Box<dyn std::error::Error>> {
    let threads = std::thread::available_parallelism()?.get();
    let mut on = |device| {
        let compute = Compute { threads, device };
        steps(most, |out, observer, stop| train(compute, out, observer, stop))
    };
    let ((cpu, cpu_time), (card, card_time)) = (on(DeviceName::Cpu)?, on(device)?);
    let relative = |(a, b): (&f64, &f64)| (a - b).abs() / a.abs().max(1e-30);
    let all: Vec<f64> = cpu.iter().zip(&card).map(relative).collect();
    let largest = |all: &[f64]| all.iter().copied().fold(0.0, f64::max);
    let first = largest(&all[..all.len().min(5)]);
    let above = all.iter().position(|&x| x > 1e-3).map_or("-".to_owned(), |at| at.to_string());
    println!(
        "| {name} | {} | {first:.1e} | {:.1e} | {above} | {:.4} | {:.4} | {cpu_time:.1?} | {card_time:.1?} |",
        all.len(),
        largest(&all),
        cpu[cpu.len() - 1],
        card[card.len() - 1],
    );
    Ok(largest(&all))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let device: DeviceName = arguments.next().unwrap_or_else(|| "wgpu".to_owned()).parse()?;
    let most = arguments.next().map_or(Ok(50), |steps| steps.parse())?;
    let bound = arguments.next().map_or(Ok(f64::INFINITY), |bound| bound.parse())?;
    println!(
        "| training | steps | largest relative difference of the loss, 5 steps | all steps | first above 1e-3 | last loss, cpu | {device} \
         | median step, cpu | {device} |\n|---|---|---|---|---|---|---|---|---|"
    );
    let digits = gumbel_data::load("digits", None, 0)?;
    let config = VaeConfig::defaults("digits").fitted_to(digits.train.len());
    let of_vae = row("vae", device, most, |compute, out, observer, stop| {
        vae::train(&config, &digits, out, Start::New, compute, observer, stop).map(|_| ())
    })?;
    let set = JpegSet::smoke(&LoadOptions::default())?;
    let config = FrequencyConfig::defaults("digits-jpeg").fitted_to(set.train.len(), None, None);
    let of_gate = row("gate", device, most, |compute, out, observer, stop| {
        frequency::train(&config, &set, out, Start::New, compute, observer, stop).map(|_| ())
    })?;
    if of_vae.max(of_gate) > bound {
        return Err(format!("expected losses within {bound} of those of the processor").into());
    }
    if bound.is_finite() {
        return Ok(());
    }
    for (env, method) in [
        (EnvironmentName::Maze, Method::Reinforce),
        (EnvironmentName::Maze, Method::Exact),
        (EnvironmentName::Cartpole, Method::Ppo),
        (EnvironmentName::Particles, Method::Maddpg),
    ] {
        let mut config = PolicyConfig::defaults(env, method).with_default_shards();
        if env == EnvironmentName::Maze {
            config.map = Some(policy::generated_map(MAZE_SIZE, Key::new(0))?);
        }
        let name = format!("policy, {env}, {method}");
        row(&name, device, most, |compute, out, observer, stop| {
            policy::train(&config, out, Start::New, compute, observer, stop).map(|_| ())
        })?;
    }
    Ok(())
}
