//! Downloads from a server on loopback that behaves badly.

#[expect(dead_code, reason = "other tests use the rest")]
mod server;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flate2::{Compression, write::GzEncoder};
use gumbel_data::fetch::{FetchOptions, Source, SourceFile, fetch};
use gumbel_files::FileError;
use sha2::{Digest, Sha256};

use server::{Request, Server};

const FILE: &str = "train-images-idx3-ubyte";
const GOOD: &str = "train-images-idx3-ubyte.gz";
const PART: &str = "train-images-idx3-ubyte.gz.part";

/// Bytes that do not compress: the file is as long as its content.
fn content() -> Vec<u8> {
    let mut bytes = vec![0; 300_000];
    rand_core::Rng::fill_bytes(&mut gumbel::Key::new(1).rng(), &mut bytes);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut file = GzEncoder::new(Vec::new(), Compression::new(6));
    file.write_all(bytes).unwrap();
    file.finish().unwrap()
}

/// The file, and a server that delivers it.
fn good() -> (Vec<u8>, Server) {
    let file = gzip(&content());
    let sent = file.clone();
    (file, Server::start(move |request, answer| answer.file(request, &sent)))
}

/// A server that breaks off each answer after this many bytes.
fn breaks(after: usize) -> Server {
    let sent = gzip(&content());
    Server::start(move |request, answer| {
        let from = request.from().unwrap_or(0);
        answer.part(&sent, from, sent.len().min(from + after));
    })
}

fn source(mirrors: &[&Server]) -> Source {
    let content = content();
    let sha256 = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    let file = SourceFile { name: FILE.into(), bytes: content.len() as u64, sha256 };
    let mirrors = mirrors.iter().map(|mirror| mirror.base()).collect();
    Source { name: "small".into(), files: vec![file], mirrors }
}

/// Options with short waits.
fn quick(force: bool) -> FetchOptions {
    FetchOptions { timeout: Duration::from_millis(300), pause: Duration::from_millis(1), force }
}

fn get(folder: &Path, mirrors: &[&Server]) -> Result<usize, FileError> {
    fetch(&source(mirrors), folder, &quick(false), &mut ())
}

/// The names of the files in the folder, without the lock.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "fetch.lock").collect()
}

/// Asserts that the file is there under its final name, and nothing else.
fn assert_good(folder: &Path, file: &[u8]) {
    assert_eq!(names(folder), [GOOD]);
    assert!(fs::read(folder.join(GOOD)).unwrap() == file);
}

/// Asserts that the download fails with `part` in its one line, and that no file has the final name.
fn refused(folder: &Path, mirrors: &[&Server], part: &str) -> String {
    let error = get(folder, mirrors).unwrap_err().to_string();
    assert!(error.contains(part) && !error.contains('\n'), "{part}: {error}");
    assert!(!folder.join(GOOD).exists());
    error
}

fn starts(server: &Server) -> Vec<Option<usize>> {
    server.requests().iter().map(Request::from).collect()
}

#[test]
fn a_good_server() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path().join("a/b");
    let (file, server) = good();
    assert_eq!(get(&here, &[&server]).unwrap(), 1);
    assert_good(&here, &file);
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!((&*requests[0].method, &*requests[0].target), ("GET", &*format!("/data/{GOOD}")));
    assert_eq!(requests[0].header("accept-encoding"), Some("identity"));
    assert!(requests[0].header("user-agent").unwrap().starts_with("gumbel/"));
    // What is there and good is not asked for again, unless it is to be replaced.
    assert_eq!(get(&here, &[&server]).unwrap(), 0);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(fetch(&source(&[&server]), &here, &quick(true), &mut ()).unwrap(), 1);
    assert_eq!(server.requests().len(), 2);
}

/// Each try asks for the rest, and so does the next run.
#[test]
fn a_broken_download_continues_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let breaks = breaks(10_000);
    let error = refused(here, &[&breaks], "after 30000 bytes: ");
    assert!(error.contains("--mirror") && error.contains(&breaks.base()), "{error}");
    assert_eq!(starts(&breaks), [None, Some(10_000), Some(20_000)]);
    assert_eq!(names(here), [PART]);
    let (file, good) = good();
    assert_eq!(fs::read(here.join(PART)).unwrap(), &file[..30_000]);
    get(here, &[&good]).unwrap();
    assert_good(here, &file);
    assert_eq!(starts(&good), [Some(30_000)]);
}

/// Pieces that do not belong together are not kept, wherever they come from.
#[test]
fn pieces_that_do_not_fit_are_fetched_again() {
    let (file, good) = good();
    // A part that is whole, one that is too long, and one of another file.
    for (part, requests) in
        [(file.clone(), 1), ([&file[..], b"more"].concat(), 2), (vec![7; 9_999], 2)]
    {
        let before = good.requests().len();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(PART), &part).unwrap();
        get(folder.path(), &[&good]).unwrap();
        assert_good(folder.path(), &file);
        assert_eq!(good.requests().len() - before, requests);
    }
    // A server that ignores `Range`, and one that sends whole blocks of 512 bytes.
    let (sent, cached) = (file.clone(), file.clone());
    let ignores = Server::start(move |_, answer| answer.send("200 OK", &sent));
    let rounds = Server::start(move |request, answer| match request.from() {
        None => answer.send("200 OK", &cached),
        Some(from) => answer.part(&cached, from / 512 * 512, cached.len()),
    });
    // A mirror that does not compress: a part of one mirror and the rest of another do not fit.
    let plain = Server::start(|request, answer| answer.file(request, &content()));
    for (server, delivered, requests) in
        [(&ignores, &file, 1), (&rounds, &file, 2), (&plain, &content(), 2)]
    {
        let folder = tempfile::tempdir().unwrap();
        get(folder.path(), &[&breaks(10_000), server]).unwrap();
        assert_good(folder.path(), delivered);
        assert_eq!(starts(server), [Some(30_000), None][..requests]);
    }
}

#[test]
fn a_bad_mirror_leads_to_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut other = content();
    other[7] ^= 1;
    let other = gzip(&other);
    let wrong = Server::start(move |request, answer| answer.file(request, &other));
    let error = refused(here, &[&wrong], "expected sha256 ");
    assert!(error.contains(&source(&[]).files[0].sha256) && error.contains("--mirror"), "{error}");
    assert_eq!((wrong.requests().len(), names(here).len()), (1, 0));
    // A page in place of the file, as some networks send it.
    let page = Server::start(|_, answer| answer.send("200 OK", b"<html>please log in</html>"));
    refused(here, &[&page], "expected 300000 bytes (uncompressed), found 26");
    for (status, tries) in [("404 Not Found", 1), ("503 Service Unavailable", 3)] {
        let bad = Server::start(move |_, answer| answer.send(status, b"no"));
        // The error says what each mirror answered. No empty part is left behind.
        let error = refused(here, &[&bad, &page], status);
        assert!(error.contains(&bad.base()) && error.contains("found 26; "), "{error}");
        assert_eq!((bad.requests().len(), names(here).len()), (tries, 0));
    }
    let nonsense = Server::start(|_, answer| {
        answer.raw(b"\x00\x01 what is this\r\n\r\n");
    });
    let (file, good) = good();
    get(here, &[&wrong, &page, &nonsense, &good]).unwrap();
    assert_good(here, &file);
}

#[test]
fn redirects() {
    let folder = tempfile::tempdir().unwrap();
    let file = gzip(&content());
    let sent = file.clone();
    let server = Server::start(move |request, answer| {
        let hops = request.target.matches("hop").count();
        match &*request.target {
            target if hops < 5 => answer.redirect(&format!("/hop{target}")),
            _ => answer.file(request, &sent),
        }
    });
    fs::write(folder.path().join(PART), &file[..5_000]).unwrap();
    get(folder.path(), &[&server]).unwrap();
    assert_good(folder.path(), &file);
    // The last of the redirected requests asks for the range too.
    assert_eq!(server.requests().last().unwrap().from(), Some(5_000));
    let circle = Server::start(|request, answer| answer.redirect(&request.target));
    refused(tempfile::tempdir().unwrap().path(), &[&circle], "too many redirects");
}

/// A server that stalls, before its answer or in the middle of it, is given up after the timeout.
#[test]
fn a_stalled_connection_ends() {
    let file = gzip(&content());
    let silent = Server::start(|_, answer| answer.stall());
    let stops = Server::start(move |request, answer| {
        answer.part(&file, request.from().unwrap_or(0), 150_000);
        answer.stall();
    });
    for (server, problem, left) in [(&silent, "", None), (&stops, "after 150000", Some(150_000))] {
        let folder = tempfile::tempdir().unwrap();
        let began = Instant::now();
        let error = refused(folder.path(), &[server], "--timeout");
        assert!(began.elapsed() < Duration::from_secs(10) && error.contains(problem), "{error}");
        // The bytes received are kept.
        let part = fs::metadata(folder.path().join(PART)).ok().map(|part| part.len());
        assert_eq!((part, server.requests().len()), (left, 3));
    }
}

/// Bodies without end, and zeros that grow a thousandfold.
#[test]
fn bodies_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let endless = Server::start(|_, answer| {
        answer.head("200 OK", &["Content-Length: 10000000000000"]);
        while answer.raw(&[7; 1 << 16]) {}
    });
    let bomb = gzip(&vec![0; 200_000_000]);
    assert!(bomb.len() < 300_000);
    let bombs = Server::start(move |request, answer| answer.file(request, &bomb));
    for server in [&endless, &bombs] {
        refused(folder.path(), &[server], "expected 300000 bytes (uncompressed), found more");
        assert!(names(folder.path()).is_empty());
    }
}

/// A link with the name of a part would lead to another file and is refused. A file with the name of the lock
/// keeps its content. With `force` the target of a link is replaced; its mode stays.
#[cfg(unix)]
#[test]
fn links_and_other_files_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("thesis"), "years of work").unwrap();
    fs::write(here.join("fetch.lock"), "mine").unwrap();
    symlink("thesis", here.join(PART)).unwrap();
    let (file, server) = good();
    let error = refused(here, &[&server], "expected a partial download");
    assert!(error.contains(PART) && server.requests().is_empty(), "{error}");
    assert_eq!(fs::read(here.join("thesis")).unwrap(), b"years of work");
    fs::remove_file(here.join(PART)).unwrap();

    fs::create_dir(here.join("disk")).unwrap();
    let target = here.join("disk/file");
    fs::write(&target, "something else").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o600)).unwrap();
    symlink("disk/file", here.join(GOOD)).unwrap();
    fetch(&source(&[&server]), here, &quick(true), &mut ()).unwrap();
    assert!(here.join(GOOD).is_symlink() && !here.join(PART).exists());
    assert_eq!(fs::read(&target).unwrap(), file);
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read(here.join("fetch.lock")).unwrap(), b"mine");
}

/// An existing file that is wrong is not ignored, and only `force` replaces it.
#[test]
fn existing_files_are_checked() {
    let (file, server) = good();
    for name in [FILE, "train-images.idx3-ubyte", GOOD] {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        // Uncompressed is as good.
        fs::write(here.join(name), content()).unwrap();
        assert_eq!(get(here, &[&server]).unwrap(), 0);
        fs::write(here.join(name), b"something else").unwrap();
        let error = get(here, &[&server]).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("--force"), "{error}");
        assert_eq!(fs::read(here.join(name)).unwrap(), b"something else");
        fetch(&source(&[&server]), here, &quick(true), &mut ()).unwrap();
        assert_good(here, &file);
    }
    assert_eq!(server.requests().len(), 3);
}

/// Several at once: one fetches, the others wait and find the file there.
#[test]
fn several_at_once_fetch_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = gzip(&content());
    let sent = file.clone();
    let server = Server::start(move |request, answer| {
        std::thread::sleep(Duration::from_millis(100));
        answer.file(request, &sent);
    });
    let fetched = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                fetched.fetch_add(get(folder.path(), &[&server]).unwrap(), Ordering::Relaxed)
            });
        }
    });
    assert_eq!((fetched.into_inner(), server.requests().len()), (1, 1));
    assert_good(folder.path(), &file);
}
