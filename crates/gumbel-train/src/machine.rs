//! `Machine`: the processor and the system that compute a training, in words.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::thread::available_parallelism;

/// A machine in words. None of them changes the bits of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Machine {
    /// The name of the processor, or of its kind where the system does not say.
    pub(crate) processor: String,
    /// The number of threads that the processor runs at once.
    pub(crate) cores: usize,
    /// The widest vector instructions of the processor.
    pub(crate) instructions: &'static str,
    /// The operating system with its version.
    pub(crate) system: String,
}

impl Machine {
    /// Asks the system.
    pub(crate) fn here() -> Self {
        Self {
            processor: processor(),
            cores: available_parallelism().map_or(1, std::num::NonZero::get),
            instructions: instructions(),
            system: system(),
        }
    }
}

/// The value of the first line `name` + `separator` + value of a file.
fn line_of(text: &str, name: &str, separator: char) -> Option<String> {
    let value = |line: &str| {
        let (found, value) = line.split_once(separator)?;
        (found.trim() == name).then(|| one_line(value.trim().trim_matches('"')))
    };
    text.lines().find_map(value).filter(|value| !value.is_empty())
}

/// A text without control characters and runs of spaces.
fn one_line(text: &str) -> String {
    let plain = text.replace(char::is_control, " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn processor() -> String {
    let of_linux = || {
        let text = fs::read_to_string("/proc/cpuinfo").ok()?;
        line_of(&text, "model name", ':').or_else(|| line_of(&text, "Model", ':'))
    };
    let of_mac = || {
        let asked = ["-n", "machdep.cpu.brand_string"];
        let answer = std::process::Command::new("/usr/sbin/sysctl").args(asked).output().ok()?;
        Some(one_line(&String::from_utf8_lossy(&answer.stdout)))
    };
    let found = match OS {
        "linux" | "android" => of_linux(),
        "macos" => of_mac(),
        _ => std::env::var("PROCESSOR_IDENTIFIER").ok().map(|name| one_line(&name)),
    };
    found.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("a processor of kind {ARCH}"))
}

fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        for (found, name) in [
            (is_x86_feature_detected!("avx512f"), "AVX-512"),
            (is_x86_feature_detected!("avx2"), "AVX2"),
            (is_x86_feature_detected!("sse4.2"), "SSE4.2"),
        ] {
            if found {
                return name;
            }
        }
        "SSE2"
    }
    #[cfg(not(target_arch = "x86_64"))]
    if cfg!(target_arch = "aarch64") { "NEON" } else { "none known" }
}

fn system() -> String {
    let release = fs::read_to_string("/etc/os-release").ok();
    let name = release.and_then(|text| line_of(&text, "PRETTY_NAME", '='));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").ok();
    let kernel = kernel.map(|version| format!("{OS} {}", one_line(&version)));
    let kernel = kernel.unwrap_or_else(|| OS.to_owned());
    format!("{}{kernel}, {ARCH}", name.map_or_else(String::new, |name| format!("{name}, ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_from_its_line_and_is_one_line() {
        let text = "processor\t: 0\nmodel name\t:  A  \u{7}chip \nmodel name\t: other\n";
        assert_eq!(line_of(text, "model name", ':').as_deref(), Some("A chip"));
        assert_eq!(line_of(text, "Model", ':'), None);
        assert_eq!(line_of("NAME=\"x\"\nPRETTY_NAME=\"\"", "PRETTY_NAME", '='), None);
        let Machine { processor, cores, instructions, system } = Machine::here();
        assert!(cores > 0 && system.ends_with(ARCH) && !instructions.is_empty());
        assert!(!processor.is_empty() && !processor.contains('\n'), "{processor}");
    }
}
