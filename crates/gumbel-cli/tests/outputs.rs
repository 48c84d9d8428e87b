//! Tests of `--out`: its target, and the format in its name.

mod compared;
mod user;

use std::fs;
use std::path::Path;

use user::{gumbel, refused, text};

/// A folder with a small trained run in `run`.
fn trained() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let settings = ["--latents", "5x4", "--hidden", "none", "--epochs", "1"];
    let train = ["train", "vae", "--data", "digits", "--out", "run", "--quiet"];
    stdout_of(folder.path(), &[&train[..], &settings].concat());
    folder
}

fn stdout_of(here: &Path, arguments: &[&str]) -> String {
    let output = gumbel(here, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_name_of_another_format_is_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    // There is no run, so the name is refused first.
    let cases: [(&[&str], &str); 13] = [
        (&["sample", "run", "--out", "grid.jpg"], "PNG"),
        (&["sample", "run", "--out", "grid.JPEG"], "PNG"),
        (&["sample", "run", "--out", "grid.svg"], "PNG"),
        (&["sample", "run", "--out", "samples.npy"], "PNG"),
        (&["encode", "run", "--out", "codes.xlsx"], "NumPy's npy or CSV"),
        (&["encode", "run", "--out", "codes.npz"], "NumPy's npy or CSV"),
        (&["encode", "run", "--out", "codes.json"], "NumPy's npy or CSV"),
        (&["encode", "run", "--out", "codes.png"], "NumPy's npy or CSV"),
        (&["encode", "run", "--logits", "logits.csv"], "logits: the output is NumPy's npy"),
        (&["channels", "run", "--out", "channels.pdf"], "SVG or PNG"),
        (&["decode", "run", "codes.npy", "--out", "images.npy"], "a folder"),
        (&["train", "vae", "--out", "model.safetensors"], "a folder"),
        (&["figures", "--only", "simplex", "--out", "simplex.svg"], "a folder"),
    ];
    for (arguments, part) in cases {
        let error = refused(here, arguments, 2, part);
        assert!(error.contains(arguments.last().unwrap()), "{error}");
    }
    assert!(names(here).is_empty());
}

#[test]
fn a_name_without_a_known_format_is_written() {
    let folder = trained();
    let here = folder.path();
    for out in ["grid", "GRID.PNG", "grid.2", "grid.new"] {
        stdout_of(here, &["sample", "run", "-n", "1", "--out", out]);
        assert_eq!(fs::read(here.join(out)).unwrap()[..4], *b"\x89PNG", "{out}");
    }
    stdout_of(here, &["encode", "run", "--out", "codes"]);
    stdout_of(here, &["encode", "run", "--out", "CODES.NPY"]);
    let codes = fs::read(here.join("codes")).unwrap();
    assert!(codes.starts_with(b"\x93NUMPY") && codes == fs::read(here.join("CODES.NPY")).unwrap());
    let logits = ["encode", "run", "--out", "a.npy", "--logits", "./a.npy"];
    refused(here, &logits, 2, "logits: expected another file than that of --out");
}

#[test]
fn an_output_that_cannot_be_written_is_one_line_and_leaves_nothing() {
    let folder = trained();
    let here = folder.path();
    fs::create_dir(here.join("folder")).unwrap();
    let long = "a".repeat(256);
    let before = names(here);
    for out in ["folder", "folder/", "no/file", "new/", "run/config.toml/a", "-", &long] {
        refused(here, &["sample", "run", "--out", out], 1, &format!("cannot write {out}"));
        refused(here, &["encode", "run", "--out", out], 1, &format!("cannot write {out}"));
    }
    assert_eq!((names(here), names(&here.join("folder"))), (before, vec![]));
}

#[cfg(unix)]
mod unix {
    use std::fs::{File, Permissions};
    use std::io::Read;
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    use std::process::{Command, Stdio};
    use std::time::Duration;

    use super::*;
    use crate::compared::{OF_THIS_RUN, compared};
    use crate::user::command;

    /// The commands that write a file.
    const WRITERS: [&[&str]; 2] = [&["sample", "run", "-n", "4"], &["encode", "run"]];

    fn with<'a>(first: &[&'a str], rest: &[&'a str]) -> Vec<&'a str> {
        [first, rest].concat()
    }

    fn written(here: &Path, writer: &[&str]) -> Vec<u8> {
        stdout_of(here, &with(writer, &["--out", "plain"]));
        fs::read(here.join("plain")).unwrap()
    }

    #[test]
    fn links_are_followed_and_the_mode_stays() {
        let folder = trained();
        let here = folder.path();
        for writer in WRITERS {
            let expected = written(here, writer);
            fs::create_dir_all(here.join("far")).unwrap();
            fs::write(here.join("far/target"), "old").unwrap();
            for (link, to) in [("link", "far/target"), ("dangling", "far/new")] {
                let _ = fs::remove_file(here.join(link));
                symlink(to, here.join(link)).unwrap();
            }
            for mode in [0o600, 0o644] {
                let target = here.join("far/target");
                fs::set_permissions(&target, Permissions::from_mode(mode)).unwrap();
                stdout_of(here, &with(writer, &["--out", "link"]));
                assert!(here.join("link").is_symlink());
                assert_eq!(fs::read(&target).unwrap(), expected);
                assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, mode);
            }
            stdout_of(here, &with(writer, &["--out", "dangling"]));
            assert!(here.join("dangling").is_symlink());
            assert_eq!(fs::read(here.join("far/new")).unwrap(), expected);
            assert_eq!(names(&here.join("far")), ["new", "target"]);
            fs::remove_file(here.join("far/new")).unwrap();
        }
        symlink("b", here.join("a")).unwrap();
        symlink("a", here.join("b")).unwrap();
        refused(here, &["sample", "run", "--out", "a"], 1, "cannot write a");
        assert!(here.join("a").is_symlink());
    }

    #[test]
    fn files_beside_the_output_stay_unchanged() {
        let folder = trained();
        let here = folder.path();
        for writer in WRITERS {
            let expected = written(here, writer);
            fs::write(here.join("victim"), "mine").unwrap();
            fs::write(here.join("one.tmp"), "mine").unwrap();
            let _ = fs::remove_file(here.join("two.tmp"));
            symlink("victim", here.join("two.tmp")).unwrap();
            for out in ["one", "two"] {
                stdout_of(here, &with(writer, &["--out", out]));
                assert_eq!(fs::read(here.join(out)).unwrap(), expected);
            }
            for file in ["victim", "one.tmp", "two.tmp"] {
                assert_eq!(fs::read(here.join(file)).unwrap(), b"mine", "{file}");
            }
        }
    }

    #[test]
    fn a_pipe_stays_a_pipe() {
        let folder = trained();
        let here = folder.path();
        assert!(Command::new("mkfifo").arg(here.join("pipe")).status().unwrap().success());
        for writer in WRITERS {
            let expected = written(here, writer);
            let pipe = here.join("pipe");
            let reader = std::thread::spawn(move || {
                let mut bytes = Vec::new();
                File::open(pipe).unwrap().read_to_end(&mut bytes).unwrap();
                bytes
            });
            let printed = stdout_of(here, &with(writer, &["--out", "pipe"]));
            assert!(printed.contains(" in pipe"), "{printed}");
            assert_eq!(reader.join().unwrap(), expected);
            assert!(fs::metadata(here.join("pipe")).unwrap().file_type().is_fifo());
        }
    }

    /// Standard output as a pipe, as a file or appended to a file gets the output alone; the line about it goes
    /// to standard error.
    #[test]
    fn standard_output_gets_the_output_alone() {
        let folder = trained();
        let here = folder.path();
        let quiet = |arguments: &[&str], file: File| {
            let mut command = command(here, arguments);
            command.stdout(file).stderr(Stdio::null()).status().unwrap()
        };
        for writer in WRITERS {
            let expected = written(here, writer);
            for out in ["/dev/stdout", "/proc/self/fd/1"] {
                if !Path::new(out).exists() {
                    // macOS has no /proc.
                    assert_ne!(out, "/dev/stdout");
                    continue;
                }
                let arguments = with(writer, &["--out", out]);
                let output = gumbel(here, &arguments);
                assert!(output.status.success(), "{}", text(&output.stderr));
                assert_eq!(output.stdout, expected);
                assert!(text(&output.stderr).contains(out));
                let log = here.join("log");
                let file = File::create(&log).unwrap();
                assert!(quiet(&arguments, file).success());
                assert_eq!(fs::read(&log).unwrap(), expected);
                let file = fs::OpenOptions::new().append(true).open(&log).unwrap();
                assert!(quiet(&arguments, file).success());
                assert_eq!(fs::read(&log).unwrap(), [&expected[..], &expected].concat());
            }
            // The same file, by its own name.
            let file = File::create(here.join("named")).unwrap();
            let arguments = with(writer, &["--out", "named"]);
            assert!(quiet(&arguments, file).success());
            assert_eq!(fs::read(here.join("named")).unwrap(), expected);
        }
        stdout_of(here, &["sample", "run", "--out", "/dev/null"]);
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }

    #[test]
    fn two_processes_that_write_one_name_leave_one_whole_file() {
        let folder = trained();
        let here = folder.path();
        let arguments = |seed| ["sample", "run", "--out", "grid.png", "--seed", seed];
        let whole: Vec<Vec<u8>> = ["1", "2"]
            .iter()
            .map(|seed| {
                stdout_of(here, &arguments(seed));
                fs::read(here.join("grid.png")).unwrap()
            })
            .collect();
        for _ in 0..4 {
            let start = |seed| command(here, &arguments(seed)).stdout(Stdio::null()).spawn();
            let both = [start("1").unwrap(), start("2").unwrap()];
            for mut child in both {
                assert!(child.wait().unwrap().success());
            }
            assert!(whole.contains(&fs::read(here.join("grid.png")).unwrap()));
        }
        assert!(!names(here).iter().any(|name| name.contains("tmp")), "{:?}", names(here));
    }

    /// The command with a limit of some kilobytes for each file, which fails like a full disk.
    fn limited(here: &Path, arguments: &[&str]) -> Command {
        let shell = "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"";
        let inner = command(here, arguments);
        let mut limited = Command::new("sh");
        limited.args(["-c", shell]).arg(inner.get_program()).args(inner.get_args());
        limited.current_dir(here).stdin(Stdio::null()).env("HOME", here);
        limited
    }

    #[test]
    fn a_full_disk_keeps_the_earlier_output() {
        let folder = trained();
        let here = folder.path();
        fs::write(here.join("codes.npy"), "old").unwrap();
        let before = names(here);
        for out in ["codes.npy", "new.npy"] {
            let arguments = ["encode", "run", "--split", "train", "--quiet", "--out", out];
            let output = limited(here, &arguments).output().unwrap();
            let error = text(&output.stderr);
            assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{error}");
            assert!(error.contains(out) && error.contains("too large"), "{error}");
        }
        assert_eq!(fs::read(here.join("codes.npy")).unwrap(), b"old");
        assert_eq!(names(here), before);
    }

    /// A checkpoint that cannot be written is an error; the earlier checkpoint stays.
    #[test]
    fn a_full_disk_is_an_error_and_the_run_can_continue_later() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let train = |out: &'static str| {
            let settings = [
                "--data",
                "digits",
                "--latents",
                "4x3",
                "--hidden",
                "16",
                "--epochs",
                "300",
                "--quiet",
            ];
            with(&["train", "vae", "--resume", "--out", out], &settings)
        };
        stdout_of(here, &train("whole"));
        let run = here.join("run");
        let checkpoint = run.join("checkpoint.safetensors");
        // On a busy machine the run may end before the kill; then it is started again.
        for attempt in 0.. {
            assert!(attempt < 10, "it ended before it was killed, ten times");
            let mut child = command(here, &train("run")).stdout(Stdio::null()).spawn().unwrap();
            while !checkpoint.exists() {
                assert!(child.try_wait().unwrap().is_none(), "it ended without a checkpoint");
                std::thread::sleep(Duration::from_millis(2));
            }
            child.kill().unwrap();
            child.wait().unwrap();
            if !run.join("summary.json").exists() {
                break;
            }
            fs::remove_dir_all(&run).unwrap();
        }
        let good = fs::read(&checkpoint).unwrap();
        let output = limited(here, &train("run")).output().unwrap();
        let error = text(&output.stderr);
        assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{error}");
        assert!(error.contains("checkpoint.safetensors") && error.contains("too large"), "{error}");
        assert_eq!(fs::read(&checkpoint).unwrap(), good);
        stdout_of(here, &train("run"));
        let without_times = |run: &str| {
            let mut names = names(&here.join(run));
            names.retain(|name| !OF_THIS_RUN.contains(&name.as_str()));
            names
        };
        assert_eq!(without_times("run"), without_times("whole"));
        for file in without_times("run") {
            let read = |run: &str| compared(&here.join(run).join(&file));
            assert!(read("run") == read("whole"), "{file} differs");
        }
    }
}

/// `compare` and others found it out at the end of their work. Here the work itself cannot begin, and the folder is
/// named first.
#[test]
fn a_folder_that_cannot_be_written_is_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("file"), "").unwrap();
    let mut nowhere = vec!["file", "file/below"];
    if cfg!(target_os = "linux") {
        nowhere.push("/proc/new");
    }
    for out in nowhere {
        for command in [
            &["compare", "--only", "arm", "--problem", "net-3x4"][..],
            &["compare", "--run", "nowhere"],
            &["reproduce", "estimators", "--data", "nowhere"],
            &["reproduce", "frequency", "--data", "nowhere"],
            &["train", "vae", "--data", "nowhere"],
            &["train", "vae", "--data", "nowhere", "--seeds", "2"],
            &["train", "gate", "--data", "nowhere"],
            &["fit", "nowhere.csv"],
            &["decode", "nowhere", "codes.npy"],
            &["figures"],
        ] {
            let arguments = [command, &["--out", out]].concat();
            refused(here, &arguments, 1, &format!("cannot create {out}"));
        }
    }
    assert_eq!(fs::read_dir(here).unwrap().count(), 1);
    #[cfg(target_os = "linux")]
    refused(here, &["sample", "nowhere", "--out", "/proc/new"], 1, "/proc/new");
    #[cfg(target_os = "linux")]
    refused(here, &["bench", "--growth", "/proc/new.svg"], 1, "/proc/new.svg");
}
