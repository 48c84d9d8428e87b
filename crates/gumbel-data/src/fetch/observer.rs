//! Reports of a download to its caller.

use std::path::Path;

/// Receives download progress. By default every method does nothing.
pub trait FetchObserver {
    /// Reports that another process fetches into this folder, and that this process waits for it.
    fn waiting(&mut self, _folder: &Path) {}
    /// Reports a request for the file at this address; `have` bytes of the file were received before.
    fn asking(&mut self, _address: &str, _have: u64) {}
    /// Reports that `have` bytes of the file were received, of `total` if the server announced a size.
    fn received(&mut self, _have: u64, _total: Option<u64>) {}
    /// Reports a failed try, and whether the mirror is asked again.
    fn trouble(&mut self, _problem: &str, _again: bool) {}
    /// Reports that a file is complete and has the published content.
    fn finished(&mut self, _path: &Path) {}
}

/// An observer that ignores everything.
impl FetchObserver for () {}
