//! Downloads a named set: for each file, the mirrors in turn, a few tries each; a file is named when it is right.
//!
//! ```text
//! NAME.gz.part   the bytes received so far; the next try, or the next start, asks for the rest
//! NAME.gz        exists once the size and sha256 of its uncompressed content are right
//! fetch.lock     held while a process fetches into the folder; a second one waits
//! ```
//!
//! Only the content decides: if the pieces of several tries or mirrors do not belong together, the part is removed
//! and the file is fetched from its beginning. A body is read no further than a compressed file of the right size
//! can be long.

mod mirror;
mod observer;
mod source;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

pub use observer::FetchObserver;
pub use source::{Source, SourceFile};

use crate::locate::spellings;
use gumbel_files::{FileError, output};
use mirror::{Mirror, Problem};

/// The number of tries for each file at each mirror.
const TRIES: u32 = 3;

/// Options for a download: timeout, pause, replacement of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchOptions {
    /// The longest wait for a connection, for an answer, and for the next bytes of an answer.
    pub timeout: Duration,
    /// The pause before a mirror is asked again.
    pub pause: Duration,
    /// Whether to replace existing files.
    pub force: bool,
}

impl Default for FetchOptions {
    /// 30 seconds, pauses of one second, nothing replaced.
    fn default() -> Self {
        Self { timeout: Duration::from_secs(30), pause: Duration::from_secs(1), force: false }
    }
}

/// Fetches the files of a set that `folder` lacks. Returns the number of files that were fetched.
///
/// Existing files are checked and kept. Redirects are followed, ten at most and never from https to http. The proxy
/// is that of [`ureq::Proxy::try_from_env`]; this machine itself is always asked directly. `SSL_CERT_FILE`
/// names the certificates to trust in place of the built-in ones.
///
/// ```no_run
/// use gumbel_data::{self as data, fetch};
/// let source = data::about("mnist")?.source().expect("mnist is not embedded");
/// let folder = data::cache_folder("mnist").expect("this user has a cache folder");
/// let fetched = fetch::fetch(&source, &folder, &fetch::FetchOptions::default(), &mut ())?;
/// assert!(fetched <= 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A file that no mirror delivered (with the problem of each mirror); an existing file that is not the
/// published one, unless `force` is set; an invalid mirror or certificate file; a folder that cannot be
/// written.
pub fn fetch(
    source: &Source,
    folder: &Path,
    options: &FetchOptions,
    observer: &mut dyn FetchObserver,
) -> Result<usize, FileError> {
    let mirrors = source.mirrors.iter().map(|base| Mirror::new(base, options.timeout));
    let mirrors = mirrors.collect::<Result<Vec<_>, _>>()?;
    output::make_folder(folder)?;
    let _held = lock(folder, observer)?;
    let mut fetched = 0;
    for file in &source.files {
        let mut existing = spellings(&file.name).map(|name| folder.join(name)).to_vec();
        existing.retain(|path| path.exists());
        if let (false, Some(path)) = (options.force, existing.first()) {
            if let Some(problem) = file.problem(path)? {
                let name = &source.name;
                let problem = format!("not the file of {name}: {problem}: --force replaces it");
                return Err(FileError::content(path, problem));
            }
            continue;
        }
        let path = folder.join(format!("{}.gz", file.name));
        let part = folder.join(format!("{}.gz.part", file.name));
        fetch_part(file, &path, &part, &mirrors, options.pause, observer)?;
        // As any output: of a link, the target is replaced.
        output::write(&path, &fs::read(&part).map_err(FileError::system("read", &part))?)?;
        // The same file under another name would be found first.
        for other in existing.iter().filter(|&other| *other != path).chain([&part]) {
            fs::remove_file(other).map_err(FileError::system("remove", other))?;
        }
        observer.finished(&path);
        fetched += 1;
    }
    Ok(fetched)
}

/// Waits until no other process fetches into the folder. The lock ends with the returned file, or
/// with the process.
fn lock(folder: &Path, observer: &mut dyn FetchObserver) -> Result<File, FileError> {
    let path = folder.join("fetch.lock");
    let mut options = OpenOptions::new();
    // An existing file keeps its content; opened to read and write, a pipe does not wait for a reader.
    let open = options.read(true).write(true).create(true).truncate(false).open(&path);
    let file = open.map_err(FileError::system("create", &path))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => observer.waiting(folder),
        Err(TryLockError::Error(error)) => return Err(FileError::system("lock", &path)(error)),
    }
    file.lock().map_err(FileError::system("lock", &path))?;
    Ok(file)
}

/// Fetches the file that is to be at `path` into `part`, and checks it.
fn fetch_part(
    file: &SourceFile,
    path: &Path,
    part: &Path,
    mirrors: &[Mirror],
    pause: Duration,
    observer: &mut dyn FetchObserver,
) -> Result<(), FileError> {
    let mut problems = String::new();
    for mirror in mirrors {
        let address = mirror.address(&file.name);
        for left in (0..TRIES).rev() {
            let problem = try_once(mirror, &address, file, part, observer)?;
            let Some(Problem { text, again }) = problem else { return Ok(()) };
            let again = again && left > 0;
            observer.trouble(&text, again);
            if !again {
                problems += &format!("{address}: {text}; ");
                break;
            }
            std::thread::sleep(pause);
        }
    }
    let problem = format!(
        "no mirror delivered it: {problems}try again (the bytes received are kept), name another mirror with \
         --mirror URL, or put the file there yourself"
    );
    Err(FileError::content(path, problem))
}

/// Asks once for the bytes that `part` lacks, and checks the file. A part that is not the file is removed.
fn try_once(
    mirror: &Mirror,
    address: &str,
    file: &SourceFile,
    part: &Path,
    observer: &mut dyn FetchObserver,
) -> Result<Option<Problem>, FileError> {
    let have = match fs::symlink_metadata(part) {
        // Bytes appended to a link would change another file.
        Ok(found) if !found.is_file() => {
            let problem =
                "expected a partial download, found something other than a plain file: remove it";
            return Err(FileError::content(part, problem));
        }
        found => found.map_or(0, |found| found.len()),
    };
    observer.asking(address, have);
    if let Some(problem) = mirror.complete(address, part, have, file.most_compressed(), observer)? {
        return Ok(Some(problem));
    }
    let Some(text) = file.problem(part)? else { return Ok(None) };
    fs::remove_file(part).map_err(FileError::system("remove", part))?;
    Ok(Some(Problem { text, again: have > 0 }))
}
