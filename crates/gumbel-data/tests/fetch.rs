//! Downloads from a server on loopback that behaves badly.

#[expect(dead_code, reason = "other tests use the rest")]
mod server;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flate2::{Compression, write::GzEncoder};
use gumbel_data::fetch::{FetchError, FetchOptions, Fetched, Source, SourceFile, fetch};
use sha2::{Digest, Sha256};

use server::Server;

const FILE: &str = "train-images-idx3-ubyte";
const GOOD: &str = "train-images-idx3-ubyte.gz";
const PART: &str = "train-images-idx3-ubyte.gz.part";

/// Bytes that do not compress: the file is as long as its content.
fn content() -> Vec<u8> {
    let mut bytes = vec![0; 300_000];
    rand_core::Rng::fill_bytes(&mut gumbel::Key::new(1).rng(), &mut bytes);
    bytes
}

fn gzip(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut file = GzEncoder::new(Vec::new(), Compression::new(level));
    file.write_all(bytes).unwrap();
    file.finish().unwrap()
}

fn source(mirrors: &[&str]) -> Source {
    let content = content();
    let sha256 = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    let file = SourceFile { name: FILE.into(), bytes: content.len() as u64, sha256 };
    let mirrors = mirrors.iter().map(|&mirror| mirror.to_owned()).collect();
    Source { name: "small".into(), files: vec![file], mirrors }
}

/// Options with short waits.
fn quick() -> FetchOptions {
    FetchOptions {
        timeout: Duration::from_millis(500),
        pause: Duration::from_millis(1),
        ..FetchOptions::default()
    }
}

fn get(folder: &Path, mirrors: &[&str]) -> Result<Fetched, FetchError> {
    fetch(&source(mirrors), folder, &quick(), &mut ())
}

/// The names of the files in the folder, without the lock.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<String> = entries.map(|entry| name(entry.unwrap())).collect();
    names.retain(|name| name != "fetch.lock");
    names.sort();
    names
}

/// Asserts that the file is there under its final name, and nothing else.
fn assert_good(folder: &Path, file: &[u8]) {
    assert_eq!(names(folder), [GOOD]);
    assert!(fs::read(folder.join(GOOD)).unwrap() == file);
}

/// Asserts that the download fails with `part` in its one line, and that no file has the final name.
fn refused(folder: &Path, mirrors: &[&str], part: &str) -> String {
    let error = get(folder, mirrors).unwrap_err().to_string();
    assert!(error.contains(part) && !error.contains('\n'), "{part}: {error}");
    assert!(!folder.join(GOOD).exists());
    error
}

const ONCE: Fetched = Fetched { fetched: 1, kept: 0 };

#[test]
fn a_good_server() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("a/b");
    let file = gzip(&content(), 6);
    let sent = file.clone();
    let server = Server::start(move |request, answer| answer.file(request, &sent));
    assert_eq!(get(&here, &[&server.base()]).unwrap(), ONCE);
    assert_good(&here, &file);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!((&*requests[0].method, &*requests[0].target), ("GET", &*format!("/data/{GOOD}")));
    assert_eq!(requests[0].header("accept-encoding"), Some("identity"));
    assert!(requests[0].header("user-agent").unwrap().starts_with("gumbel/"));
    // What is there and good is not asked for again, unless it is to be replaced.
    assert_eq!(get(&here, &[&server.base()]).unwrap(), Fetched { fetched: 0, kept: 1 });
    assert_eq!(server.requests().len(), 1);
    let force = FetchOptions { force: true, ..quick() };
    // A base address may lack its slash.
    let base = server.base();
    let source = source(&[base.trim_end_matches('/')]);
    assert_eq!(fetch(&source, &here, &force, &mut ()).unwrap(), ONCE);
    assert_eq!(server.requests().len(), 2);
}

/// A body that ends before its announced length, again and again: each request asks for the rest.
#[test]
fn a_broken_download_resumes_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let file = gzip(&content(), 6);
    let sent = file.clone();
    let server = Server::start(move |request, answer| match request.from() {
        None => {
            answer.head("200 OK", &[&format!("Content-Length: {}", sent.len())]);
            answer.raw(&sent[..100_000]);
        }
        Some(from) => answer.part(&sent, from, sent.len().min(from + 90_001)),
    });
    assert_eq!(get(folder.path(), &[&server.base()]).unwrap(), ONCE);
    assert_good(folder.path(), &file);
    let from: Vec<_> = server.requests().iter().map(server::Request::from).collect();
    assert_eq!(from, [None, Some(100_000), Some(190_001), Some(280_002)]);
}

/// The same, from one start of the program to the next; tries are counted.
#[test]
fn the_next_run_resumes_too() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let file = gzip(&content(), 6);
    let sent = file.clone();
    let bad = Server::start(move |request, answer| {
        let from = request.from().unwrap_or(0);
        answer.part(&sent, from, from + 10_000);
    });
    let error = refused(here, &[&bad.base()], "after 40000 of 300");
    assert!(error.contains("--mirror") && error.contains(&bad.base()), "{error}");
    assert_eq!(bad.requests().len(), 4);
    assert_eq!(names(here), [PART]);
    assert_eq!(fs::read(here.join(PART)).unwrap(), &file[..40_000]);

    let sent = file.clone();
    let good = Server::start(move |request, answer| answer.file(request, &sent));
    get(here, &[&good.base()]).unwrap();
    assert_good(here, &file);
    assert_eq!(good.requests()[0].from(), Some(40_000));
}

/// The answers of servers that ignore `Range`, or send another range, are not appended.
#[test]
fn wrong_ranges_are_not_appended() {
    let file = gzip(&content(), 6);
    let with_part = |part: &[u8]| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(PART), part).unwrap();
        folder
    };
    let sent = file.clone();
    let ignores = Server::start(move |_, answer| answer.send("200 OK", &sent));
    let folder = with_part(&file[..1_000]);
    get(folder.path(), &[&ignores.base()]).unwrap();
    assert_good(folder.path(), &file);
    assert_eq!(ignores.requests().len(), 1);

    let sent = file.clone();
    let rounds = Server::start(move |request, answer| match request.from() {
        None => answer.send("200 OK", &sent),
        // Like a cache that keeps blocks of 512 bytes.
        Some(from) => answer.part(&sent, from / 512 * 512, sent.len()),
    });
    let folder = with_part(&file[..1_000]);
    get(folder.path(), &[&rounds.base()]).unwrap();
    assert_good(folder.path(), &file);

    // A part that is whole, one that is too long, and one of another file.
    let sent = file.clone();
    let good = Server::start(move |request, answer| answer.file(request, &sent));
    for (part, requests) in
        [(file.clone(), 1), ([&file[..], b"more"].concat(), 2), (vec![7; 9_999], 2)]
    {
        let before = good.requests().len();
        let folder = with_part(&part);
        get(folder.path(), &[&good.base()]).unwrap();
        assert_good(folder.path(), &file);
        assert_eq!(good.requests().len() - before, requests);
    }
}

/// A part of one mirror and the rest of another need not fit: the file is then fetched whole.
#[test]
fn mirrors_that_compress_differently() {
    let folder = tempfile::tempdir().unwrap();
    let file = gzip(&content(), 6);
    let breaks = Server::start(move |request, answer| {
        let from = request.from().unwrap_or(0);
        answer.part(&file, from, from + 10_000);
    });
    let plain = Server::start(|request, answer| answer.file(request, &content()));
    get(folder.path(), &[&breaks.base(), &plain.base()]).unwrap();
    assert_good(folder.path(), &content());
    let from: Vec<_> = plain.requests().iter().map(server::Request::from).collect();
    assert_eq!(from, [Some(40_000), None]);
}

#[test]
fn a_wrong_checksum_leads_to_the_next_mirror() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut other = content();
    other[7] ^= 1;
    let other = gzip(&other, 6);
    let bad = Server::start(move |request, answer| answer.file(request, &other));
    let error = refused(here, &[&bad.base()], "expected sha256 ");
    assert!(error.contains(&source(&[]).files[0].sha256) && error.contains("--mirror"), "{error}");
    assert_eq!((bad.requests().len(), names(here).len()), (1, 0));

    // A page in place of the file, as some networks send it.
    let page = Server::start(|_, answer| answer.send("200 OK", b"<html>please log in</html>"));
    refused(here, &[&page.base()], "expected 300000 bytes (uncompressed), found 26");
    // Mirrors may compress in any way.
    let file = gzip(&content(), 1);
    let sent = file.clone();
    let good = Server::start(move |request, answer| answer.file(request, &sent));
    get(here, &[&bad.base(), &page.base(), &good.base()]).unwrap();
    assert_good(here, &file);
}

#[test]
fn statuses() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let file = gzip(&content(), 6);
    for (status, requests) in [
        ("404 Not Found", 1),
        ("403 Forbidden", 1),
        ("503 Service Unavailable", 4),
        ("429 Too Many Requests", 4),
    ] {
        let bad = Server::start(move |_, answer| answer.send(status, b"no"));
        refused(here, &[&bad.base()], status);
        // No empty part is left behind.
        assert_eq!((bad.requests().len(), names(here).len()), (requests, 0));
    }
    let missing = Server::start(|_, answer| answer.send("404 Not Found", b""));
    let sent = file.clone();
    let good = Server::start(move |request, answer| answer.file(request, &sent));
    get(here, &[&missing.base(), &good.base()]).unwrap();
    assert_good(here, &file);
    // Nobody listens where a server has been.
    let gone = good.base();
    drop(good);
    fs::remove_file(here.join(GOOD)).unwrap();
    let error = refused(here, &[&gone, &missing.base()], &gone);
    assert!(error.contains("404 Not Found"), "{error}");
}

/// The mirror that gave a file is asked first for the next one.
#[test]
fn a_dead_mirror_is_asked_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = gzip(&content(), 6);
    let dead = Server::start(|_, answer| answer.send("404 Not Found", b""));
    let good = Server::start(move |request, answer| answer.file(request, &file));
    let mut source = source(&[&dead.base(), &good.base()]);
    let second = SourceFile { name: "train-labels-idx1-ubyte".into(), ..source.files[0].clone() };
    source.files.push(second);
    let done = fetch(&source, folder.path(), &quick(), &mut ()).unwrap();
    assert_eq!((done.fetched, dead.requests().len(), good.requests().len()), (2, 1, 2));
}

#[test]
fn redirects() {
    let folder = tempfile::tempdir().unwrap();
    let file = gzip(&content(), 6);
    let sent = file.clone();
    let server = Server::start(move |request, answer| {
        let hops = request.target.matches("hop").count();
        match &*request.target {
            target if target.starts_with("/data/") => answer.redirect(&format!("/hop{target}")),
            target if hops < 5 => answer.redirect(&format!("/hop{target}")),
            _ => answer.file(request, &sent),
        }
    });
    fs::write(folder.path().join(PART), &file[..5_000]).unwrap();
    get(folder.path(), &[&server.base()]).unwrap();
    assert_good(folder.path(), &file);
    // The last of the redirected requests asks for the range too.
    assert_eq!(server.requests().last().unwrap().from(), Some(5_000));

    let circle = Server::start(|request, answer| answer.redirect(&request.target));
    let folder = tempfile::tempdir().unwrap();
    refused(folder.path(), &[&circle.base()], "more than 10 redirects");
    assert!(circle.requests().len() <= 11);
}

/// A server that stalls, before its answer or in the middle of it, is given up after the timeout.
#[test]
fn a_stalled_connection_ends() {
    let file = gzip(&content(), 6);
    let options = FetchOptions { timeout: Duration::from_millis(200), tries: 2, ..quick() };
    let silent = Server::start(|_, answer| answer.stall());
    let sent = file.clone();
    let stops = Server::start(move |request, answer| {
        answer.part(&sent, request.from().unwrap_or(0), 150_000);
        answer.stall();
    });
    for (server, problem, left) in
        [(&silent, "nothing came for 0.2 s", None), (&stops, "after 150000 of", Some(150_000))]
    {
        let folder = tempfile::tempdir().unwrap();
        let began = Instant::now();
        let error =
            fetch(&source(&[&server.base()]), folder.path(), &options, &mut ()).unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(10));
        assert!(error.to_string().contains(problem), "{error}");
        // The bytes received are kept, and an empty part is not.
        let part = fs::metadata(folder.path().join(PART)).ok().map(|part| part.len());
        assert_eq!((part, names(folder.path()).len()), (left, left.iter().len()));
        assert_eq!(server.requests().len(), 2);
    }
}

/// Bodies without end, lengths that no such file has, and zeros that grow a thousandfold.
#[test]
fn bodies_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let endless = Server::start(|_, answer| {
        answer.head("200 OK", &[]);
        while answer.raw(&[7; 1 << 16]) {}
    });
    refused(here, &[&endless.base()], "sends more than the 304396 bytes");
    assert!(names(here).is_empty());
    let boasts = Server::start(|_, answer| {
        answer.head("200 OK", &["Content-Length: 10000000000000"]);
        answer.stall();
    });
    refused(here, &[&boasts.base()], "announces 10000000000000 bytes");
    let bomb = gzip(&vec![0; 200_000_000], 9);
    assert!(bomb.len() < 300_000);
    let bombs = Server::start(move |request, answer| answer.file(request, &bomb));
    refused(here, &[&bombs.base()], "expected 300000 bytes (uncompressed), found more");
    let nonsense = Server::start(|_, answer| {
        answer.raw(b"\x00\x01 what is this\r\n\r\n");
    });
    refused(here, &[&nonsense.base()], &nonsense.base());
}

/// A link with the name of a part would lead to another file and is refused. A file with the name of the lock
/// keeps its content.
#[cfg(unix)]
#[test]
fn other_files_with_the_name_of_a_part_or_of_the_lock_stay() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("thesis"), "years of work").unwrap();
    fs::write(here.join("fetch.lock"), "mine").unwrap();
    std::os::unix::fs::symlink("thesis", here.join(PART)).unwrap();
    let file = gzip(&content(), 6);
    let server = Server::start(move |request, answer| answer.file(request, &file));
    let error = refused(here, &[&server.base()], "expected a partial download");
    assert!(error.contains(PART), "{error}");
    assert!(server.requests().is_empty());
    assert_eq!(fs::read(here.join("thesis")).unwrap(), b"years of work");
    assert_eq!(fs::read(here.join("fetch.lock")).unwrap(), b"mine");
}

/// `force` replaces the target of a link; the mode stays.
#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::create_dir(here.join("disk")).unwrap();
    fs::write(here.join("disk/file"), "something else").unwrap();
    fs::set_permissions(here.join("disk/file"), fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink("disk/file", here.join(GOOD)).unwrap();
    let file = gzip(&content(), 6);
    let sent = file.clone();
    let server = Server::start(move |request, answer| answer.file(request, &sent));
    let force = FetchOptions { force: true, ..quick() };
    fetch(&source(&[&server.base()]), here, &force, &mut ()).unwrap();
    assert!(here.join(GOOD).is_symlink() && !here.join(PART).exists());
    assert_eq!(fs::read(here.join("disk/file")).unwrap(), file);
    let mode = fs::metadata(here.join("disk/file")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// An existing file that is wrong is not ignored, and only `force` replaces it.
#[test]
fn existing_files_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let file = gzip(&content(), 6);
    let sent = file.clone();
    let server = Server::start(move |request, answer| answer.file(request, &sent));
    // Uncompressed under its plain name is as good.
    fs::write(here.join(FILE), content()).unwrap();
    assert_eq!(get(here, &[&server.base()]).unwrap(), Fetched { fetched: 0, kept: 1 });
    for name in [FILE, "train-images.idx3-ubyte", GOOD] {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        fs::write(here.join(name), b"something else").unwrap();
        let error = get(here, &[&server.base()]).unwrap_err();
        assert!(matches!(error, FetchError::Occupied { .. }));
        let error = error.to_string();
        assert!(error.contains(name) && error.contains("--force"), "{error}");
        assert_eq!(fs::read(here.join(name)).unwrap(), b"something else");
        let force = FetchOptions { force: true, ..quick() };
        fetch(&source(&[&server.base()]), here, &force, &mut ()).unwrap();
        assert_good(here, &file);
    }
    assert_eq!(server.requests().len(), 3);
}

/// Two at once: the second waits, and finds the file there.
#[test]
fn two_at_once_fetch_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = gzip(&content(), 6);
    let sent = file.clone();
    let server = Server::start(move |request, answer| {
        std::thread::sleep(Duration::from_millis(100));
        answer.file(request, &sent);
    });
    let fetched = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let done = get(folder.path(), &[&server.base()]).unwrap();
                fetched.fetch_add(done.fetched, Ordering::Relaxed);
            });
        }
    });
    assert_eq!(fetched.into_inner(), 1);
    assert_eq!(server.requests().len(), 1);
    assert_good(folder.path(), &file);
}
