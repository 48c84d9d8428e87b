//! Makes one HTTP request: for the rest of a part, or for the whole file.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ureq::http::{Response, header};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Timeout};

use super::{FetchError, FetchObserver, proxy};

const REDIRECTS: u32 = 10;
/// The longest time for one body, even if bytes keep coming; the next try resumes.
const LONGEST: Duration = Duration::from_secs(3_600);

/// Why a request did not complete a file.
#[derive(Debug)]
pub(super) enum HttpFailure {
    /// Another try may succeed.
    Broken(String),
    /// This mirror cannot deliver the file.
    Refused(String),
    /// The problem is not the mirror but, for example, the disk.
    Local(FetchError),
}

/// A mirror and its HTTP client.
#[derive(Debug)]
pub(super) struct Client {
    base: String,
    timeout: Duration,
    agent: Agent,
}

impl Client {
    /// Makes the client of a base address.
    ///
    /// # Errors
    /// A base address that is not http:// or https:// with a host; an invalid proxy or file of
    /// certificates.
    pub(super) fn new(base: &str, timeout: Duration) -> Result<Self, FetchError> {
        let scheme = match base.parse::<ureq::http::Uri>() {
            Ok(uri) if uri.host().is_some_and(|host| !host.is_empty()) && uri.query().is_none() => {
                uri.scheme_str()
                    .filter(|scheme| ["http", "https"].contains(scheme))
                    .map(str::to_owned)
            }
            _ => None,
        };
        let scheme = scheme.ok_or_else(|| {
            let expected = "expected a base address as in https://host/folder/";
            FetchError::setting("mirror", format!("{expected}, found {base:?}"))
        })?;
        let variable = |name: &str| std::env::var(name).ok();
        let agent = Agent::config_builder()
            .user_agent(concat!("gumbel/", env!("CARGO_PKG_VERSION")))
            .https_only(scheme == "https")
            .max_redirects(REDIRECTS)
            .http_status_as_error(false)
            .proxy(proxy::of_environment(&scheme, variable)?)
            .tls_config(TlsConfig::builder().root_certs(certificates()?).build())
            .timeout_resolve(Some(timeout))
            .timeout_connect(Some(timeout))
            .timeout_recv_response(Some(timeout))
            .timeout_per_read(Some(timeout))
            .timeout_recv_body(Some(LONGEST))
            .build()
            .new_agent();
        let slash = if base.ends_with('/') { "" } else { "/" };
        Ok(Self { base: format!("{base}{slash}"), timeout, agent })
    }

    /// The address of a file.
    pub(super) fn address(&self, file: &str) -> String {
        format!("{}{file}.gz", self.base)
    }

    /// Asks for the rest of `part` and appends it, or rewrites `part` if the server sends the whole file.
    /// Takes no more than `most` bytes. Returns whether the file was put together from parts.
    pub(super) fn complete(
        &self,
        address: &str,
        part: &Path,
        most: u64,
        observer: &mut dyn FetchObserver,
    ) -> Result<bool, HttpFailure> {
        let local = |error| HttpFailure::Local(FetchError::file("write", part)(error));
        let open = OpenOptions::new().create(true).append(true).open(part);
        let mut file = open.map_err(local)?;
        let mut have = file.metadata().map_err(local)?.len();
        observer.asking(address, have);
        // Ask for the bytes of the file as they are stored: a range of a body that is compressed on the
        // way is no range of the file.
        let mut request = self.agent.get(address).header(header::ACCEPT_ENCODING, "identity");
        if have > 0 {
            request = request.header(header::RANGE, format!("bytes={have}-"));
        }
        let response = request.call().map_err(|error| self.classify(&error))?;
        let status = response.status();
        let total = match (status.as_u16(), content_range(&response)) {
            (200, _) => {
                if have > 0 {
                    file.set_len(0).map_err(local)?;
                    have = 0;
                }
                length(&response)
            }
            (206, Some((Some(start), total))) if start == have => {
                total.or_else(|| Some(have + length(&response)?))
            }
            // The part is complete; the check of the content follows.
            (416, Some((None, Some(total)))) if total == have && have > 0 => return Ok(true),
            (206 | 416, _) => {
                file.set_len(0).map_err(local)?;
                let problem = format!("the server does not continue from byte {have}");
                return Err(HttpFailure::Broken(problem));
            }
            (408 | 425 | 429 | 500..=599, _) => {
                return Err(HttpFailure::Broken(status.to_string()));
            }
            _ => return Err(HttpFailure::Refused(status.to_string())),
        };
        if let Some(total) = total.filter(|&total| total > most) {
            return Err(HttpFailure::Refused(format!(
                "announces {total} bytes, more than the {most} that this file can have"
            )));
        }
        let resumed = have > 0;
        observer.received(have, total);
        let mut body = response.into_body().into_reader();
        let mut piece = vec![0; 1 << 16];
        loop {
            let read = match body.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    let problem = self.classify(&ureq::Error::from(error));
                    return Err(with_progress(problem, have, total));
                }
            };
            if have + read as u64 > most {
                file.set_len(0).map_err(local)?;
                let problem = format!("sends more than the {most} bytes that this file can have");
                return Err(HttpFailure::Refused(problem));
            }
            file.write_all(&piece[..read]).map_err(local)?;
            have += read as u64;
            observer.received(have, total);
        }
        if let Some(total) = total.filter(|&total| have < total) {
            return Err(HttpFailure::Broken(format!(
                "the answer ended after {have} of {total} bytes"
            )));
        }
        file.sync_all().map_err(local)?;
        Ok(resumed)
    }

    /// Describes a failed request, and says whether another try may succeed.
    fn classify(&self, error: &ureq::Error) -> HttpFailure {
        let seconds = self.timeout.as_secs_f64();
        match error {
            ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
                HttpFailure::Broken(format!("no connection within {seconds} s"))
            }
            ureq::Error::Timeout(Timeout::PerRead | Timeout::RecvResponse) => {
                HttpFailure::Broken(format!("nothing came for {seconds} s"))
            }
            ureq::Error::TooManyRedirects => {
                HttpFailure::Refused(format!("more than {REDIRECTS} redirects"))
            }
            ureq::Error::RequireHttpsOnly(to) => {
                HttpFailure::Refused(format!("redirects from https to {to}: not followed"))
            }
            ureq::Error::HostNotFound => {
                HttpFailure::Broken("no such host, or no network".to_owned())
            }
            // TLS: a certificate that is not trusted, or no TLS at all.
            ureq::Error::Rustls(_) | ureq::Error::Tls(_) => {
                HttpFailure::Refused(tls_problem(error))
            }
            ureq::Error::Io(found) if found.kind() == ErrorKind::InvalidData => {
                HttpFailure::Refused(tls_problem(found))
            }
            ureq::Error::Io(error) => HttpFailure::Broken(error.to_string()),
            ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed | ureq::Error::Protocol(_) => {
                HttpFailure::Broken(error.to_string())
            }
            error => HttpFailure::Refused(error.to_string()),
        }
    }
}

fn tls_problem(error: &impl std::fmt::Display) -> String {
    format!("{error} (SSL_CERT_FILE names the certificates to trust)")
}

/// Adds to a problem in the middle of a body how many bytes were received.
fn with_progress(failure: HttpFailure, have: u64, total: Option<u64>) -> HttpFailure {
    let of = total.map_or_else(String::new, |total| format!(" of {total}"));
    match failure {
        HttpFailure::Broken(problem) => {
            HttpFailure::Broken(format!("after {have}{of} bytes: {problem}"))
        }
        other => other,
    }
}

/// The length that a response announces.
fn length(response: &Response<Body>) -> Option<u64> {
    response.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// The start and the whole length in `Content-Range`, as in `bytes 7-99/100` and `bytes */100`.
fn content_range(response: &Response<Body>) -> Option<(Option<u64>, Option<u64>)> {
    let text = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = text.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
    let start = match range.trim() {
        "*" => None,
        range => Some(range.split_once('-')?.0.trim().parse().ok()?),
    };
    Some((start, total.trim().parse().ok()))
}

/// The certificates of `SSL_CERT_FILE`, or the built-in ones.
fn certificates() -> Result<RootCerts, FetchError> {
    let Some(path) = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()) else {
        return Ok(RootCerts::WebPki);
    };
    let path = Path::new(&path);
    let mut text = Vec::new();
    let read = File::open(path).and_then(|mut file| file.read_to_end(&mut text));
    read.map_err(FetchError::file("read the certificates of SSL_CERT_FILE in", path))?;
    let certificates: Vec<Certificate<'static>> = parse_pem(&text)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        let problem = format!("expected certificates (PEM), found none in {}", path.display());
        return Err(FetchError::setting("SSL_CERT_FILE", problem));
    }
    Ok(RootCerts::Specific(Arc::new(certificates)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_are_base_addresses() {
        let client = |base: &str| Client::new(base, Duration::from_secs(1));
        for base in ["http://host/a", "http://host/a/"] {
            assert_eq!(client(base).unwrap().address("f"), "http://host/a/f.gz");
        }
        for base in [
            "",
            "mnist",
            "ftp://host/",
            "file:///etc/",
            "http://",
            "https:///x",
            "http://host/?q=1",
        ] {
            let error = client(base).unwrap_err();
            assert!(matches!(error, FetchError::Setting { .. }), "{base}: {error}");
            assert!(error.to_string().ends_with(&format!("found {base:?}")), "{error}");
        }
    }
}
