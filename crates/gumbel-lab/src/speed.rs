//! The speed of the functions on tensors: beside the composition of ordinary operations, and beside the memory.

use std::time::{Duration, Instant};

use burn::tensor::{Device, Int, Tensor};
use gumbel::Key;
use gumbel_burn::{DeferredChecks, composed};
use serde::Serialize;

use crate::error::LabError;

const TAU: f64 = 0.5;
/// The calls whose checks are read together, as in a step of a training.
const TOGETHER: usize = 8;
/// The rows of the answer that are compared with those of the processor.
const COMPARED: usize = 64;

/// A function on tensors `[rows, k]` that is measured.
#[derive(Debug)]
pub struct TensorKernel {
    /// The name, for `--only`.
    pub name: &'static str,
    /// The function and the length of its rows, in words.
    pub what: &'static str,
    /// The number of classes of a row.
    k: usize,
    /// How often a call has to read or to write an element of its tensors.
    passes: f64,
    fused: Call,
    composed: Call,
}

/// A call on logits, whose result has a number for each element or for each row.
type Call = fn(&Tensor<2>, Key) -> Result<Tensor<2>, gumbel_burn::Error>;

/// The measured times of a function, in nanoseconds an element: medians.
#[derive(Clone, Debug, Serialize)]
pub struct TensorMeasured {
    /// The name of the function.
    pub kernel: &'static str,
    /// The name of the card, as its driver gives it; empty for the processor.
    pub card: String,
    /// The elements of a call.
    pub n: usize,
    /// The time of the fused operation.
    pub ns: f64,
    /// The time of the composition of ordinary operations, with noise from a kernel; of noise alone, the time to make it
    /// on the processor and to move it.
    pub composed_ns: f64,
    /// The time to read or write each element of the call's tensors once, by a copy of a tensor.
    pub memory_ns: f64,
    /// `composed_ns / ns`.
    pub speedup: f64,
    /// `ns / memory_ns`.
    pub multiple: f64,
    /// The number of measured calls of the fused operation.
    pub calls: usize,
}

fn noise(l: &Tensor<2>, key: Key) -> Tensor<2> {
    gumbel_burn::gumbel_noise(key, l.dims(), &l.device())
}

fn soft(l: &Tensor<2>, key: Key) -> Result<Tensor<2>, gumbel_burn::Error> {
    gumbel_burn::gumbel_softmax(l.clone(), -1, TAU, key)
}

fn composed_soft(l: &Tensor<2>, key: Key) -> Result<Tensor<2>, gumbel_burn::Error> {
    Ok(composed::gumbel_softmax(l.clone(), 1, TAU, noise(l, key)))
}

fn hard(l: &Tensor<2>, key: Key) -> Result<Tensor<2>, gumbel_burn::Error> {
    gumbel_burn::straight_through_gumbel_softmax(l.clone(), -1, TAU, key)
}

fn composed_hard(l: &Tensor<2>, key: Key) -> Result<Tensor<2>, gumbel_burn::Error> {
    Ok(composed::straight_through_gumbel_softmax(l.clone(), 1, TAU, noise(l, key)))
}

/// The gradient of sum(l y), for the logits as weights: forward and backward.
fn gradient(call: Call, l: &Tensor<2>, key: Key) -> Result<Tensor<2>, gumbel_burn::Error> {
    let logits = Tensor::from_inner(l.clone()).require_grad();
    let y = call(&logits, key)?;
    let gradients = (y * logits.clone().detach()).sum().backward();
    Ok(logits.grad(&gradients).unwrap_or_else(|| l.zeros_like()))
}

fn index(l: &Tensor<2>, key: Key) -> Result<Tensor<2>, gumbel_burn::Error> {
    Ok(gumbel_burn::gumbel_max(l.clone(), -1, key)?.float())
}

fn composed_index(l: &Tensor<2>, key: Key) -> Result<Tensor<2>, gumbel_burn::Error> {
    let index: Tensor<2, Int> = composed::gumbel_max(l.clone(), 1, noise(l, key));
    Ok(index.float())
}

macro_rules! kernel {
    ($name:literal, $what:literal, $k:expr, $passes:expr, $fused:expr, $composed:expr) => {
        TensorKernel {
            name: $name,
            what: $what,
            k: $k,
            passes: $passes,
            fused: $fused,
            composed: $composed,
        }
    };
}

/// The functions that are measured.
pub const TENSOR_KERNELS: &[TensorKernel] = &[
    kernel!("gumbel", "Gumbel noise", 1, 1.0, |l, key| Ok(noise(l, key)), |l, key| {
        // As without a kernel: made on the processor, moved to the device.
        let made = gumbel_burn::gumbel_noise(key, l.dims(), &Device::flex());
        Ok(made.to_device(&l.device()))
    }),
    kernel!("gumbel-softmax-10", "Gumbel-Softmax, rows of 10", 10, 2.0, soft, composed_soft),
    kernel!("gumbel-softmax-32", "Gumbel-Softmax, rows of 32", 32, 2.0, soft, composed_soft),
    kernel!("gumbel-softmax-1024", "Gumbel-Softmax, rows of 1,024", 1024, 2.0, soft, composed_soft),
    kernel!(
        "gumbel-softmax-131072",
        "Gumbel-Softmax, rows of 131,072",
        131_072,
        2.0,
        soft,
        composed_soft
    ),
    kernel!("straight-through-10", "straight-through, rows of 10", 10, 3.0, hard, composed_hard),
    kernel!(
        "backward-32",
        "Gumbel-Softmax forward and backward, rows of 32",
        32,
        // The sample: logits, y. The cost: y, logits, the product, and the gradient in y. The backward: y, dy, dl.
        9.0,
        |l, key| gradient(soft, l, key),
        |l, key| gradient(composed_soft, l, key)
    ),
    kernel!(
        "binary-concrete",
        "binary Concrete",
        1,
        2.0,
        |l, key| gumbel_burn::binary_concrete(l.clone(), TAU, key),
        |l, key| {
            let noise = gumbel_burn::logistic_noise(key, l.dims(), &l.device());
            Ok(composed::binary_concrete(l.clone(), TAU, noise))
        }
    ),
    kernel!("gumbel-max-10", "Gumbel-max, rows of 10", 10, 1.1, index, composed_index),
    kernel!("gumbel-max-1024", "Gumbel-max, rows of 1,024", 1024, 1.0, index, composed_index),
    kernel!(
        "gumbel-max-131072",
        "Gumbel-max, rows of 131,072",
        131_072,
        1.0,
        index,
        composed_index
    ),
];

/// The function of a name.
pub fn find(name: &str) -> Option<&'static TensorKernel> {
    TENSOR_KERNELS.iter().find(|kernel| kernel.name == name)
}

impl TensorKernel {
    /// Measures the function on about `n` elements for about `budget`: in turn the fused operation, the composition and
    /// a copy of the logits, so that a neighbour's work on the machine meets all three. The answer of the first call is
    /// compared with that of the processor.
    ///
    /// # Errors
    /// A wrong answer, a device that fails.
    pub fn measure(
        &self,
        device: &Device,
        n: usize,
        budget: Duration,
    ) -> Result<TensorMeasured, LabError> {
        let rows = (n / self.k).max(1);
        let n = rows * self.k;
        let logits = gumbel_burn::logistic_noise(Key::new(1), [rows, self.k], device);
        self.check(&logits)?;
        let copy: Call = |l, _| Ok(gumbel_burn::copy(l));
        let calls = [self.fused, self.composed, copy];
        // Kernels are compiled and memory is found in a first round, which does not count.
        for call in calls {
            time(call, &logits, 0)?;
        }
        let (mut times, began) = ([const { Vec::new() }; 3], Instant::now());
        let mut round = 0;
        while round < 3 || (began.elapsed() < budget && round < 1_000) {
            round += 1;
            for (call, times) in calls.into_iter().zip(&mut times) {
                times.push(time(call, &logits, round)? / n as f64);
            }
        }
        let [ns, composed_ns, copy_ns] = times.map(median);
        let memory_ns = copy_ns / 2.0 * self.passes;
        Ok(TensorMeasured {
            kernel: self.name,
            card: gumbel_train::adapter(device).unwrap_or_default(),
            n,
            ns,
            composed_ns,
            memory_ns,
            speedup: composed_ns / ns,
            multiple: ns / memory_ns,
            calls: round as usize * TOGETHER,
        })
    }

    /// Compares the first rows with those of the processor.
    fn check(&self, logits: &Tensor<2>) -> Result<(), LabError> {
        let rows = logits.dims()[0].min(COMPARED);
        let few = logits.clone().narrow(0, 0, rows);
        let values = |t: Tensor<2>| t.into_data().iter::<f32>().collect::<Vec<f32>>();
        let ours = values((self.fused)(&few, Key::new(2))?);
        let theirs = values((self.fused)(&few.to_device(&Device::flex()), Key::new(2))?);
        let far = |(a, b): (&f32, &f32)| (a - b).abs() > 1e-4 * (1.0 + b.abs());
        match ours.iter().zip(&theirs).position(far) {
            None if ours.len() == theirs.len() => Ok(()),
            place => {
                let problem = format!("a wrong answer at {place:?}, beside that of the processor");
                Err(LabError::setting(self.name, problem))
            }
        }
    }
}

/// The time of a call in nanoseconds: of several, which the device gets together and is waited for once.
fn time(call: Call, logits: &Tensor<2>, round: u64) -> Result<f64, LabError> {
    let device = logits.device();
    let wait = || device.sync().map_err(|e| LabError::setting("device", format!("{e:?}")));
    wait()?;
    let checks = DeferredChecks::start();
    let start = Instant::now();
    // A lazy backend need not compute what is dropped before it is written.
    let mut results = Vec::new();
    for i in 0..TOGETHER as u64 {
        results.push(call(logits, Key::new(3).fold_in(round * TOGETHER as u64 + i))?);
    }
    wait()?;
    let ns = start.elapsed().as_nanos() as f64 / TOGETHER as f64;
    checks.finish()?;
    Ok(ns)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_measured_and_its_answer_checked() {
        for kernel in TENSOR_KERNELS {
            let n = kernel.k * 3;
            let found = kernel.measure(&Device::flex(), n, Duration::ZERO).unwrap();
            assert!(found.ns > 0.0 && found.composed_ns > 0.0 && found.n == n, "{found:?}");
            assert_eq!(find(kernel.name).map(|found| found.name), Some(kernel.name));
        }
    }
}
