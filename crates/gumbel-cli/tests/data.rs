//! `gumbel data` from a user's view.

#[path = "../../gumbel-data/tests/server/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod server;

mod user;

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use server::Server;
use user::{command, gumbel, refused, text};

const IMAGES: &str = "train-images-idx3-ubyte.gz";

#[test]
fn the_list_shows_the_place_of_each_set() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let output = gumbel(here, &["data", "list"]);
    let out = text(&output.stdout);
    assert!(output.status.success(), "{out}");
    for part in ["embedded", "gumbel data get mnist", "CC BY-SA 3.0", "11.6 MB", "Zalando"] {
        assert!(out.contains(part), "{part}: {out}");
    }
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_slice(&gumbel(here, arguments).stdout).unwrap()
    };
    let sets = json(&["data", "list", "--json"]);
    let state = |sets: &serde_json::Value, i: usize| sets["sets"][i]["state"].to_string();
    assert_eq!((state(&sets, 0), state(&sets, 2)), ("\"embedded\"".into(), "\"absent\"".into()));
    assert_eq!(sets["sets"][2]["download_bytes"], 11_594_722);

    let cache = here.join("cache/gumbel/mnist");
    fs::create_dir_all(&cache).unwrap();
    for name in ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"] {
        fs::write(cache.join(format!("{name}-ubyte")), b"no idx file").unwrap();
    }
    let out = text(&gumbel(here, &["data", "list"]).stdout);
    assert!(out.contains("cache/gumbel/mnist (not checked: --check)"), "{out}");
    let output = gumbel(here, &["data", "list", "--check"]);
    assert!(text(&output.stdout).contains("damaged: "));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    refused(
        here,
        &["data", "get", "minst"],
        2,
        "expected garments, digits, mnist or fashion-mnist",
    );
    refused(here, &["data", "get"], 2, "NAME");
    refused(here, &["data", "get", "mnist", "--mirror", "ftp://x/"], 2, "https://host/folder/");
    for timeout in ["0", "-1", "NaN", "1e9"] {
        refused(here, &["data", "get", "mnist", "--timeout", timeout], 2, "timeout");
    }
    refused(here, &["train", "vae", "--data", "mnist"], 1, "gumbel data get mnist");
    let output = gumbel(here, &["data", "get", "digits"]);
    assert!(output.status.success() && text(&output.stdout).contains("embedded"));
    for arguments in [&["data", "list", "--help"], &["data", "get", "--help"]] {
        assert!(text(&gumbel(here, arguments).stdout).contains("Example"));
    }
    assert!(!here.join("cache").exists());
}

#[test]
fn failures_name_the_address_and_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let missing = Server::start(|_, answer| answer.send("404 Not Found", b""));
    let get = ["data", "get", "mnist", "--quiet", "--mirror"];
    let error = refused(here, &[&get[..], &[&missing.base()]].concat(), 1, "404 Not Found");
    for part in [&*missing.base(), IMAGES, "--mirror", "cache/gumbel/mnist"] {
        assert!(error.contains(part), "{part}: {error}");
    }
    let wrong = Server::start(|_, answer| answer.send("200 OK", &[7; 47_040_016]));
    let out = ["--out", "data"];
    let error = refused(here, &[&get[..], &[&wrong.base()], &out].concat(), 1, "sha256 ba891046");
    assert!(!error.contains("cache"), "{error}");
    assert!(!here.join("data").join(IMAGES).exists());
    // Without a terminal, the progress is in lines.
    let output = gumbel(here, &["data", "get", "mnist", "--mirror", &missing.base()]);
    let lines = text(&output.stderr);
    assert!(lines.contains(&format!("{}{IMAGES}", missing.base())) && lines.contains("given up"));
}

/// If the file cannot grow, as on a full disk, no other try or mirror is used.
#[cfg(unix)]
#[test]
fn a_full_disk_ends_a_download() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = Server::start(|_, answer| answer.send("200 OK", &[7; 5_000_000]));
    let arguments = ["data", "get", "mnist", "--quiet", "--mirror", &server.base()];
    let inner = command(here, &arguments);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\""]);
    limited.arg(inner.get_program()).args(inner.get_args()).current_dir(here);
    limited.env("HOME", here).env("XDG_CACHE_HOME", here.join("cache"));
    let output = limited.env("no_proxy", "*").output().unwrap();
    let error = text(&output.stderr);
    assert_eq!((output.status.code(), error.lines().count()), (Some(1), 1), "{error}");
    assert!(error.contains(&format!("{IMAGES}.part")) && error.contains("too large"), "{error}");
    assert_eq!(server.requests().len(), 1);
    assert!(!here.join("cache/gumbel/mnist").join(IMAGES).exists());
}

/// A proxy opens a tunnel with `CONNECT`; this proxy answers the inner request itself.
#[test]
fn proxies_of_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = Server::start(|request, answer| {
        if request.method == "CONNECT" {
            answer.raw(b"HTTP/1.1 200 Connection established\r\n\r\n");
            let inner = answer.next_request();
            let target = inner.map_or_else(|| "nothing".to_owned(), |inner| inner.target);
            answer.send(if target == format!("/d/{IMAGES}") { "410 Gone" } else { "400 Bad" }, b"");
        }
    });
    let arguments = ["data", "get", "mnist", "--quiet", "--mirror", "http://mirror.invalid/d/"];
    let run = |name: &str, value: &str, direct: &str| {
        let mut command = command(folder.path(), &arguments);
        let output = command.env(name, value).env("no_proxy", direct).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        text(&output.stderr)
    };
    let address = format!("http://user:word@{}", proxy.address());
    for name in ["http_proxy", "HTTPS_PROXY", "all_proxy"] {
        let before = proxy.requests().len();
        let error = run(name, &address, "");
        assert!(error.contains("410 Gone"), "{error}");
        let requests = proxy.requests();
        assert_eq!(requests.len(), before + 1);
        assert_eq!(requests[before].target, "mirror.invalid:80");
        // user:word
        assert_eq!(requests[before].header("proxy-authorization"), Some("Basic dXNlcjp3b3Jk"));
    }
    let before = proxy.requests().len();
    for (address, direct) in [(&*address, "other.invalid,mirror.invalid"), ("ftp://nowhere", "")] {
        let error = run("http_proxy", address, direct);
        assert!(!error.contains("410"), "{error}");
    }
    assert_eq!(proxy.requests().len(), before);
}

/// A download killed in the middle of a body keeps the received bytes as a part, and continues after them.
#[cfg(unix)]
#[test]
fn an_interrupted_download_leaves_a_part() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = Server::start(|request, answer| {
        let from = request.from().unwrap_or(0);
        answer.part(&[7; 1 << 20], from, from + 200_000);
        answer.stall();
    });
    let part = here.join(format!("cache/gumbel/mnist/{IMAGES}.part"));
    // Not INT: background jobs of a shell and their children ignore it.
    for (number, signal) in [(1, "-TERM"), (2, "-KILL")] {
        let arguments = ["data", "get", "mnist", "--mirror", &server.base()];
        let mut child = command(here, &arguments).stderr(Stdio::null()).spawn().unwrap();
        let length = || fs::metadata(&part).map_or(0, |part| part.len());
        for _ in 0..1_000 {
            if length() == number * 200_000 {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let kill = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        assert!(!child.wait().unwrap().success());
        assert_eq!(length(), number * 200_000);
    }
    assert_eq!(server.requests()[1].from(), Some(200_000));
    let names = fs::read_dir(part.parent().unwrap()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["fetch.lock", &*format!("{IMAGES}.part")]);
}
