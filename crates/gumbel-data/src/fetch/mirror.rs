//! One request to a mirror: for a whole file, or for the rest of a part.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::Duration;

use gumbel_files::FileError;
use ureq::http::{Uri, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy};

use super::observer::FetchObserver;

/// The longest time for one body, even if bytes keep coming; the next try asks for the rest.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Why a mirror did not deliver a file.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) text: String,
    /// Whether another try may succeed.
    pub(super) again: bool,
}

/// A mirror and its HTTP client.
#[derive(Debug)]
pub(super) struct Mirror {
    base: String,
    agent: Agent,
}

impl Mirror {
    /// Makes the client of a base address.
    ///
    /// # Errors
    /// A base address that is not http:// or https:// with a host; an invalid file of certificates.
    pub(super) fn new(base: &str, timeout: Duration) -> Result<Self, FileError> {
        let uri: Uri = base.parse().unwrap_or_default();
        let (scheme, host) = (uri.scheme_str().unwrap_or(""), uri.host().unwrap_or(""));
        if !["http", "https"].contains(&scheme) || host.is_empty() || uri.query().is_some() {
            let expected = "expected a base address as in https://host/folder/";
            return Err(FileError::argument("mirror", format!("{expected}, found {base:?}")));
        }
        let here = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
        let agent = Agent::config_builder()
            .user_agent(concat!("gumbel/", env!("CARGO_PKG_VERSION")))
            .https_only(scheme == "https")
            .http_status_as_error(false)
            .proxy(if here { None } else { Proxy::try_from_env() })
            .tls_config(TlsConfig::builder().root_certs(certificates()?).build())
            .timeout_resolve(Some(timeout))
            .timeout_connect(Some(timeout))
            .timeout_recv_response(Some(timeout))
            .timeout_per_read(Some(timeout))
            .timeout_recv_body(Some(LONGEST))
            .build()
            .new_agent();
        Ok(Self { base: format!("{}/", base.trim_end_matches('/')), agent })
    }

    /// The address of a file.
    pub(super) fn address(&self, file: &str) -> String {
        format!("{}{file}.gz", self.base)
    }

    /// Asks for the bytes after the first `have` and appends them to `part`, or rewrites `part` if the server
    /// sends the whole file. Nothing is read beyond `most` bytes and one.
    pub(super) fn complete(
        &self,
        address: &str,
        part: &Path,
        mut have: u64,
        most: u64,
        observer: &mut dyn FetchObserver,
    ) -> Result<Option<Problem>, FileError> {
        // Ask for the bytes of the file as they are stored: a range of a body that is compressed on the
        // way is no range of the file.
        let mut request = self.agent.get(address).header(header::ACCEPT_ENCODING, "identity");
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
        }
        let response = match request.call() {
            Ok(response) => response,
            Err(error) => return Ok(Some(Problem { text: describe(&error), again: true })),
        };
        let status = response.status();
        match status.as_u16() {
            200 => have = 0,
            206 => {}
            // There are no more bytes: the check of the content follows.
            416 if have > 0 => return Ok(None),
            _ => {
                return Ok(Some(Problem {
                    text: status.to_string(),
                    again: status.is_server_error(),
                }));
            }
        }
        let write = || FileError::system("write", part);
        let open = OpenOptions::new().create(true).append(true).open(part);
        let mut file = open.map_err(write())?;
        file.set_len(have).map_err(write())?;
        let total = response.body().content_length().map(|length| have.saturating_add(length));
        let mut body = response.into_body().into_reader().take((most + 1).saturating_sub(have));
        let mut piece = vec![0; 1 << 16];
        loop {
            observer.received(have, total);
            match body.read(&mut piece) {
                Ok(0) => return Ok(None),
                Ok(read) => {
                    file.write_all(&piece[..read]).map_err(write())?;
                    have += read as u64;
                }
                Err(error) => {
                    let problem = describe(&ureq::Error::from(error));
                    let text = format!("after {have} bytes: {problem}");
                    return Ok(Some(Problem { text, again: true }));
                }
            }
        }
    }
}

/// A failed request in words, with a way out if there is one.
fn describe(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => format!("{error} (--timeout SECONDS waits longer)"),
        // A certificate that is not trusted, or no TLS at all.
        ureq::Error::Io(found) if found.kind() == ErrorKind::InvalidData => {
            format!("{error} (SSL_CERT_FILE names the certificates to trust)")
        }
        _ => error.to_string(),
    }
}

/// The certificates of `SSL_CERT_FILE`, or the built-in ones.
fn certificates() -> Result<RootCerts, FileError> {
    let Some(path) = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) else {
        return Ok(RootCerts::WebPki);
    };
    let path = Path::new(&path);
    let failed = FileError::system("read the certificates of SSL_CERT_FILE in", path);
    let text = std::fs::read(path).map_err(failed)?;
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    let certificates: Vec<_> = parse_pem(&text).filter_map(certificate).collect();
    if certificates.is_empty() {
        let problem = format!("expected certificates (PEM), found none in {}", path.display());
        return Err(FileError::argument("SSL_CERT_FILE", problem));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_are_base_addresses() {
        let mirror = |base: &str| Mirror::new(base, Duration::from_secs(1));
        for base in ["http://host/a", "http://host/a/"] {
            assert_eq!(mirror(base).unwrap().address("f"), "http://host/a/f.gz");
        }
        for base in
            ["", "mnist", "ftp://host/", "file:///etc/", "http://", "https:///x", "http://h/?q=1"]
        {
            let error = mirror(base).unwrap_err();
            assert!(matches!(error, FileError::Argument { .. }), "{base}: {error}");
            assert!(error.to_string().ends_with(&format!("found {base:?}")), "{error}");
        }
    }
}
