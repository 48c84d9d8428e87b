//! The device of a training: refused where the build has none, recorded, changed by a resume.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use gumbel_lab::LabError;
use gumbel_lab::vae::{Summary, VaeConfig, train};
use gumbel_train::{Compute, DeviceName, Observer, Outcome, Progress, Start};

/// Keeps what it is told, and stops a training after a step.
struct Watch<'a> {
    objectives: Vec<f64>,
    remarks: Vec<String>,
    after: u64,
    stop: &'a AtomicBool,
}

impl<'a> Watch<'a> {
    fn new(after: u64, stop: &'a AtomicBool) -> Self {
        Self { objectives: Vec::new(), remarks: Vec::new(), after, stop }
    }
}

impl Observer for Watch<'_> {
    fn remark(&mut self, text: &str) {
        self.remarks.push(text.to_owned());
    }

    fn start(&mut self, _: &Progress) {}

    fn step(&mut self, progress: &Progress) {
        self.objectives.push(progress.objective);
        self.stop.store(progress.step == self.after, Ordering::Relaxed);
    }

    fn epoch(&mut self, _: &Progress) {}

    fn finishing(&mut self) {}
}

/// The default estimator on small networks.
fn small() -> VaeConfig {
    let mut config = VaeConfig::defaults("digits");
    config.latents = "4x3".parse().unwrap();
    config.hidden = vec![16];
    config.epochs = 1;
    config
}

/// Trains up to a step, and returns the outcome, the losses and the remarks.
fn steps(
    device: DeviceName,
    out: &Path,
    after: u64,
) -> (Result<Outcome<Summary>, LabError>, Vec<f64>, Vec<String>) {
    let (stop, dataset) = (AtomicBool::new(false), gumbel_data::load("digits", None, 0).unwrap());
    let mut watch = Watch::new(after, &stop);
    let compute = Compute { threads: 2, device };
    let outcome = train(&small(), &dataset, out, Start::Resume, compute, &mut watch, &stop);
    (outcome, watch.objectives, watch.remarks)
}

fn devices(out: &Path) -> String {
    fs::read_to_string(out.join("devices.csv")).unwrap()
}

#[test]
fn a_device_that_is_not_built_is_refused_before_the_first_file() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    for device in [DeviceName::Wgpu, DeviceName::Cuda, DeviceName::Rocm] {
        if !device.is_built() {
            let error = steps(device, &out, 1).0.unwrap_err().to_string();
            let how = format!("cargo run --release --features {device} -- ");
            assert!(
                error.starts_with("device: this build has no") && error.contains(&how),
                "{error}"
            );
            assert!(!out.exists());
        }
    }
}

#[test]
fn the_processor_is_recorded_and_a_resumed_run_is_the_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, parts] = ["whole", "parts"].map(|name| folder.path().join(name));
    let (_, expected, remarks) = steps(DeviceName::Cpu, &whole, 5);
    assert!(remarks.iter().all(|remark| !remark.contains("taken")), "{remarks:?}");
    let mut found = steps(DeviceName::Cpu, &parts, 2).1;
    // A run of an earlier version has no such file.
    fs::remove_file(parts.join("devices.csv")).unwrap();
    let (_, rest, remarks) = steps(DeviceName::Cpu, &parts, 5);
    found.extend(rest);
    assert_eq!(expected, found);
    assert!(remarks.iter().all(|remark| !remark.contains("taken")), "{remarks:?}");
    assert_eq!(devices(&whole), "step,device,adapter\n0,cpu,\n");
    assert_eq!(devices(&parts), devices(&whole));
}

/// Rounding alone separates the losses of a card from those of the processor, also after a change of the device.
#[cfg(feature = "wgpu")]
#[test]
fn a_card_has_the_losses_of_the_processor_and_a_run_changes_between_them() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (cpu, wgpu) = (DeviceName::Cpu, DeviceName::Wgpu);
    let (_, expected, _) = steps(cpu, &at("cpu"), 5);
    let (outcome, on_card, remarks) = steps(wgpu, &at("wgpu"), 5);
    outcome.unwrap();
    assert!(remarks.iter().any(|remark| remark.starts_with("the steps are taken on wgpu: ")));
    assert!(devices(&at("wgpu")).starts_with("step,device,adapter\n0,wgpu,"));
    let mut both = vec![on_card];
    for (name, first, second) in [("up", cpu, wgpu), ("down", wgpu, cpu)] {
        let mut losses = steps(first, &at(name), 2).1;
        let (_, rest, remarks) = steps(second, &at(name), 5);
        losses.extend(rest);
        let change = |remark: &String| remark.starts_with("steps up to 2 were taken on ");
        assert!(remarks.iter().any(change), "{remarks:?}");
        assert_eq!(devices(&at(name)).lines().count(), 3);
        both.push(losses);
    }
    for losses in both {
        assert_eq!(losses.len(), expected.len());
        for (found, expected) in losses.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-3 * expected.abs(), "{losses:?} {expected}");
        }
    }
}
