//! The command from a user's view: results, files, and one line for every bad input.

mod bad_results;
mod user;

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use user::{command, gumbel, refused, text};

/// Settings of a model that trains in a second.
#[rustfmt::skip]
const SMALL: [&str; 10] = [
    "--latents", "4x3", "--data", "digits", "--hidden", "16", "--epochs", "40", "--lr", "0.01",
];

fn with<'a>(first: &[&'a str], rest: &[&'a str]) -> Vec<&'a str> {
    [first, rest].concat()
}

#[test]
fn train_evaluate_sample_and_resume() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let output = gumbel(here, &with(&["train", "vae"], &SMALL));
    let (out, progress) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{progress}");
    assert!(out.contains("nats an image") && out.contains("discretised to one-hot"), "{out}");
    assert!(out.contains("runs/vae-digits-001/report.html"), "{out}");
    assert!(progress.contains("epoch 40/40") && progress.contains("tau"), "{progress}");
    let run = here.join("runs/vae-digits-001");
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(run.join("summary.json")).unwrap()).unwrap();
    let bound = summary["test_bound_nats"].as_f64().unwrap();
    assert!(bound > 10.0 && bound < 26.0, "{bound}");
    assert_eq!(summary["samples"], 10);
    assert_eq!(summary["estimator"], "straight-through-gumbel-softmax");
    assert_eq!(summary["epochs"], 40);
    for file in ["bound", "temperature", "entropy", "usage", "reconstructions", "samples"] {
        let png = fs::read(run.join(file).with_extension("png")).unwrap();
        assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n", "{file}");
    }
    let page = fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains("data:image/png;base64,") && page.contains("data:image/svg+xml"));

    // The same evaluation gives the same bound, and the importance-weighted bound is lower.
    let name = "runs/vae-digits-001";
    let json = gumbel(here, &["eval", name, "--json", "--iw", "50"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["test_bound_nats"].as_f64(), Some(bound));
    assert!(json["iw_bound_nats"].as_f64().unwrap() < bound);
    let few = gumbel(here, &["eval", name, "--samples", "1", "--images", "10"]);
    assert!(text(&few.stdout).contains("10 images, 1 sample each"));
    refused(here, &["eval", name, "--images", "251"], 2, "1 to 250");

    let output = gumbel(here, &["sample", name, "-n", "9", "--out", "grid.png"]);
    assert!(output.status.success());
    assert_eq!(fs::read(here.join("grid.png")).unwrap()[..4], *b"\x89PNG");

    // A second run gets another folder; --quiet hides the progress, not the result.
    let output = gumbel(here, &with(&["train", "vae", "--quiet"], &SMALL));
    assert!(output.stderr.is_empty());
    assert!(text(&output.stdout).contains("runs/vae-digits-002/report.html"));
    let same = |file: &str| {
        fs::read(run.join(file)).unwrap()
            == fs::read(here.join("runs/vae-digits-002").join(file)).unwrap()
    };
    assert!(same("metrics.csv") && same("checkpoint.safetensors") && same("report.html"));
    let list = text(&gumbel(here, &["runs", "list"]).stdout);
    assert!(list.contains(name) && list.contains("test bound"), "{list}");

    refused(here, &["train", "vae", "--out", name], 2, "--resume");
    let resume = ["train", "vae", "--out", name, "--resume"];
    let output = gumbel(here, &resume);
    assert!(output.status.success() && text(&output.stdout).contains("nothing was done"));
    refused(here, &with(&resume, &["--lr", "0.5"]), 1, "lr is 0.01 there and 0.5 here");
    let output = gumbel(here, &with(&["train", "vae", "--out", name, "--force"], &SMALL));
    assert!(output.status.success());
}

/// A Gaussian code works with every command, and no output mentions temperatures or one-hot codes.
#[test]
fn a_gaussian_code() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let settings = with(&["train", "vae", "--out", "run"], &SMALL[2..]);
    let output = gumbel(here, &with(&settings, &["--latents", "gaussian:2"]));
    let (out, progress) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{progress}");
    assert!(out.contains("10 samples each)") && !out.contains("one-hot"), "{out}");
    assert!(progress.contains("epoch 40/40") && !progress.contains("tau"), "{progress}");
    let output = gumbel(here, &["train", "vae", "--out", "run", "--resume"]);
    assert!(text(&output.stdout).contains("nothing was done"));
    let other = ["train", "vae", "--out", "run", "--resume", "--latents", "4x3"];
    refused(here, &other, 1, "latents is gaussian:2 there and 4x3 here");
    let json = gumbel(here, &["eval", "run", "--json", "--iw", "50"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let bound = json["test_bound_nats"].as_f64().unwrap();
    assert!(out.contains(&format!("{bound:.3}")) && json["iw_bound_nats"].as_f64() < Some(bound));
    assert!(json.get("discretised").is_none(), "{json}");
    let list = text(&gumbel(here, &["runs", "list", "--dir", "."]).stdout);
    assert!(list.contains("gaussian:2") && list.contains("re-parameterised"), "{list}");
    let output = gumbel(here, &["sample", "run", "-n", "4", "--out", "grid.png"]);
    assert!(output.status.success());
    for file in ["grid.png", "run/manifold.png", "run/divergence.png"] {
        assert_eq!(fs::read(here.join(file)).unwrap()[..4], *b"\x89PNG", "{file}");
    }
    let help = text(&gumbel(here, &["train", "vae", "--help"]).stdout);
    assert!(help.contains("--latents gaussian:2"), "{help}");
}

#[test]
fn help_shows_examples_and_every_option() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["--help"][..],
        &["train", "vae", "--help"],
        &["eval", "--help"],
        &["sample", "--help"],
        &["runs", "list", "--help"],
    ] {
        let output = gumbel(folder.path(), arguments);
        let help = text(&output.stdout);
        assert!(output.status.success() && help.contains("gumbel "), "{help}");
        assert!(help.contains("Example") || help.contains("Start here"), "{help}");
    }
    let help = text(&gumbel(folder.path(), &["train", "vae", "--help"]).stdout);
    for option in [
        "data",
        "data-dir",
        "latents",
        "estimator",
        "tau-start",
        "tau-floor",
        "tau-share",
        "tau-rate",
        "tau-every",
        "tau",
        "epochs",
        "batch",
        "lr",
        "optimizer",
        "binarise",
        "hidden",
        "prior",
        "seed",
        "threads",
        "shards",
        "out",
        "resume",
        "force",
        "quiet",
    ] {
        assert!(help.contains(&format!("--{option}")), "--{option} is missing");
    }
}

#[test]
fn wrong_usage_is_one_line_and_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str); 43] = [
        (&["--latents", "0x10"], "latents"),
        (&["--latents", "20"], "20x10"),
        (&["--latents", "gaussian:0"], "gaussian:16"),
        (&["--latents", "gaussian:2", "--tau", "1"], "tau: belongs to discrete latents"),
        (&["--latents", "gaussian:2", "--tau-floor", "0.1"], "tau: belongs to discrete latents"),
        (&["--latents", "gaussian:2", "--prior", "learned"], "N(0, 1)"),
        (&["--latents", "gaussian:2", "--estimator", "gumbel-softmax"], "estimator: belongs"),
        (&["--estimator", "gumbel"], "straight-through-gumbel-softmax"),
        (&["--tau", "0"], "tau"),
        (&["--tau", "-1e300"], "--tau: expected a finite temperature above 0, found -1e300"),
        (&["--tau", "NaN"], "tau"),
        (&["--tau-floor", "0"], "--tau-floor: expected"),
        (&["--tau-every", "0"], "every"),
        (&["--tau", "1", "--tau-floor", "0.5"], "--tau"),
        (&["--batch", "0"], "batch"),
        (&["--batch", "many"], "--batch: expected a whole number from 1 to 1,000,000, found many"),
        (&["--batch", "-1"], "--batch: expected a whole number from 1 to 1,000,000, found -1"),
        (&["--seed", "-1"], "--seed: expected a whole number from 0 to 18,446,744,073,709,551,615"),
        (&["--keep", "0"], "there is no option --keep: there are --data"),
        (&["--epoch", "3"], "there is no option --epoch: did you mean --epochs?"),
        (&["--out", ""], "--out: expected a value, found none"),
        (&["--lr", "1e10"], "--lr: expected a rate from 1e-12 to 1000, found 10000000000"),
        (&["--tau", "1e-300"], "--tau: expected a temperature from 1e-10 to 1e10"),
        (&["--tau", "1e300"], "found 1e300"),
        (&["--tau-share", "0"], "--tau-share: expected a share of the steps above 0 and at most 1"),
        (
            &["--tau-share", "0.5", "--tau-rate", "1"],
            "--tau-share: cannot be given with --tau-rate",
        ),
        (
            &["--optimizer", "adamw"],
            "adam, adam-w, sgd or rms-prop, found \"adamw\": did you mean adam-w?",
        ),
        (&["--data", "minst"], "found \"minst\": did you mean mnist?"),
        (&["--latents", "20x"], "20x10"),
        (&["--batch", "50", "--shards", "51"], "shards: expected 1 to 50, found 51"),
        (&["--epochs", "0"], "epochs"),
        (&["--lr", "-1e300"], "--lr: expected a finite rate above 0, found -1e300"),
        (&["--lr", "inf"], "lr"),
        (&["--optimizer", "adm"], "adam"),
        (&["--binarise", "maybe"], "dynamic"),
        (&["--hidden", "200,x"], "--hidden: expected"),
        (&["--prior", "flat"], "uniform"),
        (&["--device", "vulkan"], "--device: expected cpu, wgpu, cuda or rocm, found \"vulkan\""),
        (&["--shards", "0"], "shards"),
        (&["--threads", "0"], "threads"),
        (&["--resume"], "--out"),
        (&["--epochs", "18446744073709551615"], "epochs"),
        (&["--hidden", "100000,100000"], "hidden"),
    ];
    for (arguments, part) in cases {
        refused(folder.path(), &with(&["train", "vae"], arguments), 2, part);
    }
    refused(folder.path(), &["trian"], 2, "trian");
    refused(folder.path(), &["train", "vae", "--frobnicate"], 2, "frobnicate");
    refused(folder.path(), &["sample", "run", "-n", "0"], 2, "0");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}

#[test]
fn bad_data_is_one_line_and_status_1() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let data = here.join("data");
    fs::create_dir(&data).unwrap();
    let train = ["train", "vae", "--data", "./data", "--out", "run"];
    refused(here, &["train", "vae", "--data", "minst"], 2, "fashion-mnist");
    refused(here, &["train", "vae", "--data", "mnist", "--data-dir", "data"], 1, "data/mnist");
    refused(here, &train, 1, "train-images-idx3-ubyte");

    let images = |n: u32| {
        [&[0, 0, 8, 3][..], &n.to_be_bytes(), &[0, 0, 0, 2, 0, 0, 0, 2], &vec![7; n as usize * 4]]
            .concat()
    };
    let labels = |n: u32| [&[0, 0, 8, 1][..], &n.to_be_bytes(), &vec![1; n as usize]].concat();
    let write = |name: &str, bytes: &[u8]| fs::write(data.join(name), bytes).unwrap();
    let good = || {
        write("train-images-idx3-ubyte", &images(12));
        write("train-labels-idx1-ubyte", &labels(12));
        write("t10k-images-idx3-ubyte", &images(4));
        write("t10k-labels-idx1-ubyte", &labels(4));
    };
    let bad: [(&str, Vec<u8>, &str); 6] = [
        ("train-images-idx3-ubyte", images(12)[..40].to_vec(), "train-images-idx3-ubyte"),
        ("train-images-idx3-ubyte", labels(12), "00000803"),
        ("train-labels-idx1-ubyte", labels(11), "11"),
        ("t10k-images-idx3-ubyte", vec![0x1f, 0x8b, 1, 2, 3], "t10k-images-idx3-ubyte"),
        ("t10k-labels-idx1-ubyte", Vec::new(), "t10k-labels-idx1-ubyte"),
        ("train-images-idx3-ubyte", images(0), "train-images-idx3-ubyte"),
    ];
    for (name, bytes, part) in bad {
        good();
        write(name, &bytes);
        refused(here, &train, 1, part);
    }
    assert!(!here.join("run").exists());
    good();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&images(4)).unwrap();
    write("t10k-images-idx3-ubyte", &gz.finish().unwrap());
    let tiny = ["--latents", "2x2", "--epochs", "1", "--batch", "5", "--quiet"];
    let output = gumbel(here, &with(&train, &tiny));
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn bad_run_folders_are_one_line_and_status_1() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    refused(here, &["eval", "nowhere"], 1, "nowhere");
    refused(here, &["sample", "nowhere"], 1, "nowhere");
    let tiny =
        ["--data", "digits", "--latents", "2x2", "--hidden", "none", "--epochs", "1", "--quiet"];
    let train = with(&["train", "vae", "--out", "run"], &tiny);
    assert!(gumbel(here, &train).status.success());
    let weights = here.join("run/weights.safetensors");
    let mut bytes = fs::read(&weights).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&weights, &bytes).unwrap();
    refused(here, &["eval", "run"], 1, "checksum");
    let diverging = ["train", "vae", "--out", "wild", "--latents", "gaussian:2", "--lr", "1000"];
    refused(here, &with(&diverging, &["--quiet", "--data", "digits"]), 1, "diverged at step");
    // The error says what was found instead of a run folder.
    fs::create_dir(here.join("empty")).unwrap();
    refused(here, &["eval", "empty"], 1, "empty: is not a run folder: found an empty folder");
    refused(here, &["eval", "run/config.toml"], 1, "expected a run folder, found a file");
    refused(here, &["eval", "nowhere"], 1, "found nothing there: gumbel runs list");
    refused(here, &["eval", "."], 1, "found a folder without config.toml");
    refused(here, &["channels", "run"], 1, "found one of train vae: gumbel eval, sample, encode");
    // A long error comes below the table.
    fs::create_dir(here.join("bad")).unwrap();
    fs::write(here.join("bad/config.toml"), "format = 1").unwrap();
    let list = text(&gumbel(here, &["runs", "list", "--dir", "."]).stdout);
    let line = |part: &str| list.lines().find(|line| line.starts_with(part)).unwrap().to_owned();
    assert!(line("./bad ").ends_with("  damaged"), "{list}");
    assert!(line("./bad/config.toml: ").contains("missing field"), "{list}");
    fs::write(here.join("plain"), "a file").unwrap();
    refused(here, &["train", "vae", "--out", "plain/run"], 1, "plain/run");
    let list = gumbel(here, &["runs", "list", "--dir", "none"]);
    assert!(list.status.success() && text(&list.stdout).contains("no runs"));
}

/// A run that is killed eight times at arbitrary moments and resumed ends in the same bits as an
/// undisturbed run.
#[test]
fn a_killed_run_ends_in_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let settings =
        ["--data", "digits", "--latents", "4x3", "--hidden", "16", "--epochs", "400", "--quiet"];
    let began = std::time::Instant::now();
    assert!(gumbel(here, &with(&["train", "vae", "--out", "whole"], &settings)).status.success());
    let whole = began.elapsed();
    // Kills a run eight times, at moments spread over `within`; returns whether it was running each time.
    let kill = |run: &str, within: Duration| {
        let arguments = with(&["train", "vae", "--out", run, "--resume"], &settings);
        (1..=8u32).all(|i| {
            let mut child = command(here, &arguments).stdout(Stdio::null()).spawn().unwrap();
            let fraction = f64::from(i.wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
            std::thread::sleep(within.mul_f64(fraction));
            let running = child.try_wait().unwrap().is_none();
            child.kill().unwrap(); // SIGKILL
            child.wait().unwrap();
            running
        })
    };
    // The time of a run depends on the load of the machine: if a run ends before its last kill, the next
    // run is killed sooner.
    let names: Vec<String> = (0..8).map(|attempt| format!("killed-{attempt}")).collect();
    let killed = names
        .iter()
        .zip(0..)
        .find(|(run, attempt)| kill(run, whole.mul_f64(0.5_f64.powi(*attempt))))
        .expect("a run that is killed eight times before it ends")
        .0;
    let arguments = with(&["train", "vae", "--out", killed, "--resume"], &settings);
    let last = gumbel(here, &arguments);
    assert!(last.status.success(), "{}", text(&last.stderr));
    for file in [
        "config.toml",
        "metrics.csv",
        "summary.json",
        "checkpoint.safetensors",
        "weights.safetensors",
        "report.html",
        "bound.png",
        "samples.png",
    ] {
        let read = |run: &str| fs::read(here.join(run).join(file)).unwrap();
        assert!(read("whole") == read(killed), "{file} differs");
    }
}

/// A closed or full standard error does not end the run; a result that cannot be written is a failure.
#[cfg(target_os = "linux")]
#[test]
fn closed_and_full_streams() {
    let folder = tempfile::tempdir().unwrap();
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let arguments = with(&["train", "vae", "--out", "run"], &SMALL);
    let status = command(folder.path(), &arguments).stderr(full()).stdout(Stdio::null()).status();
    assert_eq!(status.unwrap().code(), Some(0));
    let status = command(folder.path(), &["eval", "run", "--json"]).stdout(full()).status();
    assert_eq!(status.unwrap().code(), Some(1));
}

/// Two trainings of one run at the same time would overwrite each other's files.
#[test]
fn only_one_process_trains_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let arguments = ["train", "vae", "--out", "run", "--epochs", "100000", "--quiet", "--resume"];
    let mut child = command(here, &arguments).stdout(Stdio::null()).spawn().unwrap();
    while !here.join("run/checkpoint.safetensors").exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    refused(here, &arguments, 1, "another process");
    refused(here, &["train", "vae", "--out", "run", "--force"], 1, "another process");
    assert!(here.join("run/checkpoint.safetensors").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    // The lock ended with the process.
    assert!(gumbel(here, &["eval", "run", "--samples", "1"]).status.success());
}

/// Ctrl-C saves a checkpoint and prints the command to continue.
#[cfg(unix)]
#[test]
fn an_interrupted_run_prints_the_command_to_continue() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let arguments = ["train", "vae", "--out", "run", "--epochs", "100000", "--quiet"];
    let child = command(here, &arguments).stdout(Stdio::piped()).spawn().unwrap();
    let checkpoint = here.join("run/checkpoint.safetensors");
    // The first checkpoint comes at the end of the first epoch.
    while !checkpoint.exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let out = text(&output.stdout);
    assert!(out.contains("gumbel train vae --out run --resume"), "{out}");
}

#[test]
fn figures_are_drawn_listed_and_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let list = text(&gumbel(here, &["figures", "--list"]).stdout);
    assert!(list.lines().count() >= 12 && list.contains("\nsimplex "), "{list}");
    assert!(fs::read_dir(here).unwrap().next().is_none());

    // Named in any order, drawn in the order of the explanation. The page of all figures is not written.
    let arguments = ["figures", "--only", "temperature,simplex"];
    let first = gumbel(here, &arguments);
    assert!(first.status.success(), "{}", text(&first.stderr));
    let lines = text(&first.stdout);
    let lines: Vec<_> = lines.lines().collect();
    assert_eq!(lines[..2], ["figures/simplex.svg", "figures/temperature.svg"]);
    let svg = fs::read(here.join("figures/simplex.svg")).unwrap();
    assert!(svg.starts_with(b"<svg "));
    assert_eq!(lines.len(), 2);
    assert!(!here.join("figures/index.html").exists());
    assert!(gumbel(here, &arguments).status.success());
    assert_eq!(fs::read(here.join("figures/simplex.svg")).unwrap(), svg);

    let png = ["figures", "--only", "temperature", "--format", "png", "--out", "pictures"];
    assert!(gumbel(here, &png).status.success());
    let png = fs::read(here.join("pictures/temperature.png")).unwrap();
    assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");

    let chinese = ["figures", "--only", "simplex", "--language", "zh", "--out", "zh"];
    assert!(gumbel(here, &chinese).status.success());
    assert!(fs::read_to_string(here.join("zh/simplex.svg")).unwrap().contains("独热"));
    refused(here, &[&chinese[..], &["--format", "png"]].concat(), 2, "expected svg");

    refused(here, &["figures", "--only", "simplexx"], 2, "simplex, temperature");
    refused(here, &["figures", "--format", "jpeg"], 2, "expected svg or png, found \"jpeg\"");
    fs::write(here.join("file"), "").unwrap();
    refused(here, &["figures", "--only", "simplex", "--out", "file"], 1, "file");
}
