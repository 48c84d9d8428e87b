//! The option --device of the trainings.

mod user;

use user::{gumbel, refused, text};

const TRAININGS: [&[&str]; 6] = [
    &["train", "vae"],
    &["train", "vae", "--seeds", "2"],
    &["train", "gate"],
    &["train", "rgb"],
    &["train", "policy"],
    &["reproduce", "policies"],
];

#[cfg(not(feature = "wgpu"))]
#[test]
fn a_build_without_wgpu_says_how_to_get_one_with_it() {
    let folder = tempfile::tempdir().unwrap();
    for training in TRAININGS {
        let arguments = [training, &["--device", "wgpu"]].concat();
        let line = refused(folder.path(), &arguments, 2, "--device: this build has no wgpu");
        assert!(line.contains("`cargo run --release --features wgpu -- ...`"), "{line}");
    }
    assert!(!folder.path().join("runs").exists());
}

#[test]
fn unknown_devices_are_refused_and_the_help_names_the_known_ones() {
    let folder = tempfile::tempdir().unwrap();
    for training in TRAININGS {
        let arguments = [training, &["--device", "wgpv"]].concat();
        let line =
            refused(folder.path(), &arguments, 2, "--device: expected cpu, wgpu, cuda or rocm");
        assert!(line.contains("did you mean wgpu?"), "{line}");
        let help = gumbel(folder.path(), &[&training[..2], &["--help"]].concat());
        let help = text(&help.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
        for part in ["--device <NAME>", "Cargo's feature", "[default: cpu]"] {
            assert!(help.contains(part), "{help}");
        }
    }
}
