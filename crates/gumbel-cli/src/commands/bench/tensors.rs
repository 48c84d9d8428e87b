//! `gumbel bench --device NAME`: measures the functions on tensors of a device.

use std::process::ExitCode;

use gumbel_lab::speed::{TENSOR_KERNELS, TensorKernel, TensorMeasured};
use gumbel_train::{DeviceName, adapter};

use super::{budget, list, selected};
use crate::args::BenchArgs;
use crate::failure::Failure;
use crate::{Result, progress, say};

pub(super) fn run(args: &BenchArgs, name: DeviceName) -> Result<ExitCode> {
    let kernels = selected(TENSOR_KERNELS, |kernel| kernel.name, &args.only)?;
    if args.list {
        return list(kernels.iter().map(|kernel| (kernel.name, kernel.what)).collect());
    }
    let budget = budget(args)?;
    let device = name.open()?;
    let bar = progress::kernels(args.json, kernels.len() as u64);
    let mut all: Vec<(&TensorKernel, TensorMeasured)> = Vec::new();
    for kernel in kernels {
        bar.set_message(kernel.name);
        all.push((kernel, kernel.measure(&device, args.elements, budget)?));
        bar.inc(1);
    }
    bar.finish_and_clear();
    if args.json {
        let measured: Vec<&TensorMeasured> = all.iter().map(|(_, measured)| measured).collect();
        let json = serde_json::to_string_pretty(&measured);
        say(&json.map_err(|error| Failure::run(error.to_string()))?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let widest = all.iter().map(|(kernel, _)| kernel.what.len()).max().unwrap_or(0);
    say(&format!("{:widest$}  ns an element  composed  x faster  x memory", "function"))?;
    for (kernel, measured) in &all {
        let TensorMeasured { ns, composed_ns, speedup, multiple, .. } = measured;
        let what = kernel.what;
        say(&format!(
            "{what:widest$}  {ns:13.3}  {composed_ns:8.3}  {speedup:8.1}  {multiple:8.1}"
        ))?;
    }
    let card = adapter(&device).map(|card| format!(" ({card})")).unwrap_or_default();
    let fused = gumbel_burn::fuses_multiply_add(&device);
    let noise = if fused == gumbel::fuses_multiply_add() { "equal to" } else { "close to" };
    say(&format!(
        "\nmedians on {name}{card}, whose noise has bits {noise} those of this processor; composed: the same by \
         ordinary tensor operations; x memory: over the time to copy as many bytes on the device"
    ))?;
    Ok(ExitCode::SUCCESS)
}
