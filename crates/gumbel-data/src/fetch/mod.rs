//! Downloads a named set: tries mirror after mirror, checks each file, and names it only when it is complete.
//!
//! ```text
//! NAME.gz.part   the bytes received so far; the next try, or the next start, asks for the rest
//! NAME.gz        exists once the size and sha256 of its uncompressed content are right
//! fetch.lock     held while a process fetches into the folder; a second one waits
//! ```
//!
//! A part is kept from try to try, from mirror to mirror and from run to run. This is safe because
//! the content is checked: if pieces were put together that do not belong together, the file is fetched
//! again from its beginning. Sizes that a server announces are not trusted: a body is refused when it
//! announces, or sends, more than a compressed file of the right size can have, and decompression stops
//! past that size.
//!
//! Proxies are taken from the environment: [`fetch`] lists the variables.

mod check;
mod error;
mod http;
mod proxy;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use error::FetchError;

use gumbel_files::output;
use http::{Client, HttpFailure};

/// One file of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// The name of the file without `.gz`.
    pub name: String,
    /// The size of the uncompressed content, in bytes.
    pub bytes: u64,
    /// The sha256 of the uncompressed content, in hexadecimal.
    pub sha256: String,
}

/// The files of a set, and the mirrors that have them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name of the set.
    pub name: String,
    /// The files of the set.
    pub files: Vec<SourceFile>,
    /// The base addresses of the mirrors, in the order in which they are tried. `FILE.gz` is appended.
    pub mirrors: Vec<String>,
}

/// Options for a download: timeouts, retries, replacement of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchOptions {
    /// The longest wait for a connection, for an answer, and for the next bytes of an answer.
    pub timeout: Duration,
    /// The number of tries for each file at each mirror; 0 counts as 1.
    pub tries: u32,
    /// The pause before the second try; each later pause is twice as long as the one before.
    pub pause: Duration,
    /// Whether to replace existing files.
    pub force: bool,
}

impl Default for FetchOptions {
    /// 30 seconds, 4 tries, pauses of 0.5, 1 and 2 seconds, nothing replaced.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            tries: 4,
            pause: Duration::from_millis(500),
            force: false,
        }
    }
}

/// Receives download progress. By default every method does nothing.
pub trait FetchObserver {
    /// Reports that another process fetches into this folder, and that this process waits for it.
    fn waiting(&mut self, _folder: &Path) {}
    /// Reports a request for the file at this address; `have` bytes of the file were received before.
    fn asking(&mut self, _address: &str, _have: u64) {}
    /// Reports that `have` bytes of the file were received, of `total` if the server announced a size.
    fn received(&mut self, _have: u64, _total: Option<u64>) {}
    /// Reports a failed try. The next try begins after this pause; `None` when the mirror is given up.
    fn trouble(&mut self, _address: &str, _problem: &str, _pause: Option<Duration>) {}
    /// Reports that a file is complete and has the published content.
    fn finished(&mut self, _path: &Path) {}
}

/// An observer that ignores everything.
impl FetchObserver for () {}

/// The result of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The number of files that were fetched.
    pub fetched: usize,
    /// The number of existing files that have the published content and were kept.
    pub kept: usize,
}

/// Fetches the files of a set that `folder` lacks.
///
/// Existing files are checked. Redirects are followed, ten at most and never from https to http. A proxy
/// is taken from `https_proxy` or `all_proxy` (`http_proxy` for a mirror without TLS), also in capitals;
/// the hosts in `no_proxy` and this machine are always asked directly. `SSL_CERT_FILE` names the
/// certificates to trust in place of the built-in ones.
///
/// ```no_run
/// use gumbel_data::{self, fetch};
/// let source = data::about("mnist")?.source().expect("mnist is not embedded");
/// let folder = data::cache_folder("mnist").expect("this user has a cache folder");
/// let done = fetch::fetch(&source, &folder, &fetch::FetchOptions::default(), &mut ())?;
/// assert_eq!(done.fetched + done.kept, 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A file that no mirror delivered (with the problem of each mirror); an existing file that is not the
/// published one, unless `force` is set; an invalid mirror, proxy or certificate file; a folder that
/// cannot be written.
pub fn fetch(
    source: &Source,
    folder: &Path,
    options: &FetchOptions,
    observer: &mut dyn FetchObserver,
) -> Result<Fetched, FetchError> {
    let clients = source
        .mirrors
        .iter()
        .map(|mirror| Client::new(mirror, options.timeout))
        .collect::<Result<Vec<_>, _>>()?;
    output::make(folder).map_err(FetchError::file("create", folder))?;
    let _held = lock(folder, observer)?;
    let mut done = Fetched { fetched: 0, kept: 0 };
    // The mirror that delivered the last file is asked first for the next.
    let mut first = 0;
    for file in &source.files {
        let existing = existing(folder, &file.name)?;
        if !options.force && is_right(source, file, &existing)? {
            done.kept += 1;
            continue;
        }
        let path = folder.join(format!("{}.gz", file.name));
        let part = folder.join(format!("{}.gz.part", file.name));
        check_part(&part)?;
        first = fetch_part(source, file, &part, &clients, first, options, observer)?;
        move_part(&part, &path)?;
        // The same file under another name would be found first.
        for other in existing.iter().filter(|&other| *other != path) {
            fs::remove_file(other).map_err(FetchError::file("remove", other))?;
        }
        // Syncing the folder brings the rename to the disk. Not every system can sync a folder.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        observer.finished(&path);
        done.fetched += 1;
    }
    Ok(done)
}

/// Waits until no other process fetches into the folder. The lock ends with the returned file, or
/// with the process.
fn lock(folder: &Path, observer: &mut dyn FetchObserver) -> Result<File, FetchError> {
    let path = folder.join("fetch.lock");
    let mut options = OpenOptions::new();
    // An existing file keeps its content; opened to read and write, a pipe does not wait for a reader.
    let open = options.read(true).write(true).create(true).truncate(false).open(&path);
    let file = open.map_err(FetchError::file("create", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            observer.waiting(folder);
            file.lock().map_err(FetchError::file("lock", &path))?;
        }
        Err(TryLockError::Error(error)) => return Err(FetchError::file("lock", &path)(error)),
    }
    Ok(file)
}

/// Checks that a part is a plain file or does not exist: bytes appended to a link would change another file.
fn check_part(part: &Path) -> Result<(), FetchError> {
    match fs::symlink_metadata(part) {
        Ok(found) if !found.is_file() => {
            let problem =
                "expected a partial download, found something other than a plain file: remove it";
            let error = std::io::Error::new(ErrorKind::InvalidInput, problem);
            Err(FetchError::file("write", part)(error))
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(FetchError::file("read", part)(error)),
    }
}

/// Gives a complete part its final name. An existing file is replaced as any output is: of a link, the target.
fn move_part(part: &Path, path: &Path) -> Result<(), FetchError> {
    if fs::symlink_metadata(path).is_err() {
        return fs::rename(part, path).map_err(FetchError::file("write", path));
    }
    let bytes = fs::read(part).map_err(FetchError::file("read", part))?;
    output::replace(path, &bytes).map_err(FetchError::file("replace", path))?;
    fs::remove_file(part).map_err(FetchError::file("remove", part))
}

/// The existing paths of a file, in the order of the search.
fn existing(folder: &Path, name: &str) -> Result<Vec<PathBuf>, FetchError> {
    let mut paths = super::locate::spellings(name).map(|name| folder.join(name)).to_vec();
    let mut failed = None;
    paths.retain(|path| match path.try_exists() {
        Ok(exists) => exists,
        Err(error) => {
            failed.get_or_insert(FetchError::file("read", path)(error));
            false
        }
    });
    failed.map_or(Ok(paths), Err)
}

/// Whether a file exists and is right. An existing file that is not is an error.
fn is_right(source: &Source, file: &SourceFile, existing: &[PathBuf]) -> Result<bool, FetchError> {
    let Some(path) = existing.first() else { return Ok(false) };
    let problem = check::problem(path, file).map_err(FetchError::file("read", path))?;
    match problem {
        None => Ok(true),
        Some(problem) => Err(FetchError::Occupied {
            path: path.clone(),
            name: source.name.clone(),
            problem: problem.to_string(),
        }),
    }
}

/// Fetches a file into `part` and checks it. Returns the index of the mirror that delivered it.
fn fetch_part(
    source: &Source,
    file: &SourceFile,
    part: &Path,
    clients: &[Client],
    first: usize,
    options: &FetchOptions,
    observer: &mut dyn FetchObserver,
) -> Result<usize, FetchError> {
    let mut problems = Vec::new();
    let order = (first..clients.len()).chain(0..first);
    for (number, client) in order.map(|number| (number, &clients[number])) {
        let address = client.address(&file.name);
        let mut pause = options.pause;
        let mut tries = options.tries.max(1);
        let problem = loop {
            tries -= 1;
            let (problem, again) = match attempt(client, &address, file, part, observer) {
                Ok(()) => return Ok(number),
                Err(HttpFailure::Local(error)) => return Err(error),
                Err(HttpFailure::Broken(problem)) => (problem, tries > 0),
                Err(HttpFailure::Refused(problem)) => (problem, false),
            };
            observer.trouble(&address, &problem, again.then_some(pause));
            if !again {
                break problem;
            }
            std::thread::sleep(pause);
            pause *= 2;
        };
        problems.push((address, problem));
    }
    // An empty part is of no use.
    if fs::metadata(part).is_ok_and(|found| found.len() == 0) {
        fs::remove_file(part).map_err(FetchError::file("remove", part))?;
    }
    Err(FetchError::Unavailable {
        name: source.name.clone(),
        file: file.name.clone(),
        folder: part.parent().unwrap_or(part).to_owned(),
        problems,
    })
}

/// Makes one request, and checks the file that it completes.
fn attempt(
    client: &Client,
    address: &str,
    file: &SourceFile,
    part: &Path,
    observer: &mut dyn FetchObserver,
) -> Result<(), HttpFailure> {
    let resumed = client.complete(address, part, check::most_compressed(file.bytes), observer)?;
    let problem = check::problem(part, file)
        .map_err(|error| HttpFailure::Local(FetchError::file("read", part)(error)))?;
    let Some(problem) = problem else { return Ok(()) };
    fs::remove_file(part)
        .map_err(|error| HttpFailure::Local(FetchError::file("remove", part)(error)))?;
    if resumed {
        let problem = format!("the parts do not fit together ({problem})");
        return Err(HttpFailure::Broken(problem));
    }
    Err(HttpFailure::Refused(problem.to_string()))
}
