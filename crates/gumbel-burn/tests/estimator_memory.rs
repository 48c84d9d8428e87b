//! No estimator needs more memory than the table of its module says. Linux alone tells the largest memory of a process.
#![cfg(target_os = "linux")]

use std::process::Command;

use burn::tensor::{Device, Tensor};
use gumbel::Key;
use gumbel_burn::Error;
use gumbel_burn::estimator::{Cost, Name, Variables};
use strum::IntoEnumIterator;

/// The logits have 4 million numbers, 16 MB: far more than everything else in the process.
fn shape(name: Name) -> [usize; 3] {
    if name == Name::Arm { [1_000_000, 2, 2] } else { [20_000, 2, 100] }
}

const TENSOR: f64 = 4.0 * 4e6;
/// The variable of the environment that names the estimator of a child.
const CHILD: &str = "GUMBEL_MEMORY_OF";

/// The largest memory of this process so far, in bytes.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    1024.0 * line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap()
}

/// The cost needs one tensor of the size of the sample for its product.
fn linear(x: Tensor<3>) -> Result<Tensor<1>, Error> {
    let [_, v, k] = x.dims();
    let w = Tensor::<3>::full([1, v, k], 0.5, &x.device());
    Ok((x * w).sum_dim(2).sum_dim(1).flatten(0, 2))
}

/// Run by the test below in a process of its own: prints the memory of an estimate and its backward pass.
#[test]
fn child() {
    let Ok(name) = std::env::var(CHILD) else { return };
    let name = name.parse::<Name>().unwrap();
    let (estimator, shape) = (name.estimator(), shape(name));
    let device = Device::flex().autodiff();
    let logits = Tensor::<3>::zeros(shape, &device).require_grad();
    let own = estimator.parameters(shape[1], shape[2], Key::new(0), &device);
    let own = own.into_iter().map(Tensor::require_grad).collect();
    let tau = estimator.default_tau().unwrap_or(1.0);
    let before = peak();
    let variables = Variables::new(logits.clone(), Key::new(1)).with_tau(tau).with_parameters(own);
    let estimate = estimator.estimate(&variables, &Cost::new(&linear)).unwrap();
    let gradients = estimate.surrogate.mean().backward();
    assert!(logits.grad(&gradients).is_some());
    println!("memory {}", (peak() - before) / TENSOR);
}

/// The column of the table for each estimator: the memory in tensors of the size of the logits.
fn documented() -> Vec<(String, f64)> {
    let text = include_str!("../src/estimator/mod.rs");
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | `"));
    let row = |row: &str| {
        let (names, rest) = row.split_once(" |").unwrap();
        let memory = rest.trim_end_matches('|').rsplit('|').next().unwrap().trim();
        let memory: f64 = memory.parse().unwrap_or(f64::INFINITY);
        let names = names.split(", ").map(|name| name.trim_matches('`').to_owned());
        names.map(|name| (name, memory)).collect::<Vec<_>>()
    };
    rows.flat_map(row).collect()
}

#[test]
fn an_estimate_needs_no_more_memory_than_documented() {
    let documented = documented();
    for name in Name::iter() {
        let (_, most) = documented.iter().find(|(n, _)| *n == name.to_string()).expect("a row");
        if name == Name::Exact {
            continue; // 10,000 states: the table gives a formula
        }
        let program = std::env::current_exe().unwrap();
        let child = Command::new(program)
            .args(["--exact", "child", "--nocapture"])
            .env(CHILD, name.to_string())
            .output()
            .unwrap();
        let text = String::from_utf8(child.stdout).unwrap();
        let found = text.split("memory ").nth(1).unwrap_or_else(|| panic!("{name}: {text}"));
        let found: f64 = found.split_whitespace().next().unwrap().parse().unwrap();
        println!("{name}: {found:.1}");
        assert!(found <= *most && found > most / 2.0 - 1.0, "{name}: {found}, documented {most}");
    }
}
