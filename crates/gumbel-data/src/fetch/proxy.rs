//! The proxy of the environment.
//!
//! `https_proxy` for addresses with TLS, `http_proxy` for those without, and `all_proxy` for both
//! when the first is not set; each also in capitals, small letters first. `no_proxy` is a list of
//! hosts, separated by commas, that are asked directly: a host there includes its subdomains, and `*`
//! means every host. This machine itself is always asked directly.

use ureq::Proxy;

use super::FetchError;

/// The proxy for addresses of a scheme; `variable` reads the environment.
pub(super) fn of_environment(
    scheme: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Proxy>, FetchError> {
    let set = |name: String| {
        let spellings = [name.clone(), name.to_uppercase()];
        spellings.into_iter().find_map(|name| {
            let value = variable(&name)?.trim().to_owned();
            (!value.is_empty()).then_some((name, value))
        })
    };
    let Some((name, value)) = set(format!("{scheme}_proxy")).or_else(|| set("all_proxy".into()))
    else {
        return Ok(None);
    };
    // The value may hold a password: the error does not repeat it.
    let wrong = || {
        let expected = "expected an address as in http://host:port or socks5://host:port";
        FetchError::setting(&name, expected)
    };
    let proxy = Proxy::new(&value).map_err(|_| wrong())?;
    let mut builder = Proxy::builder(proxy.protocol()).host(proxy.host()).port(proxy.port());
    if let Some(user) = proxy.username() {
        builder = builder.username(user);
    }
    if let Some(password) = proxy.password() {
        builder = builder.password(password);
    }
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        builder = builder.no_proxy(host);
    }
    let direct = set("no_proxy".into()).map(|(_, hosts)| hosts).unwrap_or_default();
    for host in direct.split(',').map(str::trim).filter(|host| !host.is_empty()) {
        if host == "*" {
            return Ok(None);
        }
        let host = host.strip_prefix('*').unwrap_or(host).trim_start_matches('.');
        // A port, and the brackets of an address of version 6, are no part of the name.
        let host = match host.rsplit_once(':') {
            Some((name, port)) if !name.contains(':') && port.parse::<u16>().is_ok() => name,
            _ => host,
        };
        builder = builder.no_proxy(host).no_proxy(&format!(".{host}"));
    }
    builder.build().map(Some).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(scheme: &str, environment: &[(&str, &str)]) -> Result<Option<Proxy>, FetchError> {
        of_environment(scheme, |name| {
            let found = environment.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn host(scheme: &str, environment: &[(&str, &str)]) -> Option<String> {
        proxy(scheme, environment)
            .unwrap()
            .map(|proxy| format!("{}:{}", proxy.host(), proxy.port()))
    }

    #[test]
    fn the_scheme_chooses_the_variable() {
        let all =
            [("HTTPS_PROXY", "http://s:1"), ("http_proxy", "p:2"), ("ALL_PROXY", "http://a:3")];
        assert_eq!(host("https", &all).as_deref(), Some("s:1"));
        assert_eq!(host("http", &all).as_deref(), Some("p:2"));
        assert_eq!(host("http", &all[2..]).as_deref(), Some("a:3"));
        assert_eq!(host("https", &[("HTTP_PROXY", "http://p:2")]), None);
        let both = [("https_proxy", "http://small:1"), ("HTTPS_PROXY", "http://capital:1")];
        assert_eq!(host("https", &both).as_deref(), Some("small:1"));
        assert_eq!(host("https", &[("https_proxy", " ")]), None);
        let socks =
            proxy("https", &[("all_proxy", "socks5h://me:secret@s:1080")]).unwrap().unwrap();
        assert_eq!(socks.protocol(), ureq::ProxyProtocol::Socks5h);
        assert_eq!((socks.username(), socks.password()), (Some("me"), Some("secret")));
    }

    #[test]
    fn hosts_that_are_asked_directly() {
        let direct = |list: &str, uri: &str| {
            let environment = [("https_proxy", "http://p:1"), ("no_proxy", list)];
            let uri = uri.parse().unwrap();
            proxy("https", &environment).unwrap().is_none_or(|proxy| proxy.is_no_proxy(&uri))
        };
        assert!(direct("*", "https://x.org/"));
        for list in ["other, x.org", ".x.org", "*.x.org", "x.org:443"] {
            assert!(direct(list, "https://a.x.org/b"), "{list}");
            assert!(direct(list, "https://x.org/"), "{list}");
            assert!(!direct(list, "https://ax.org/"), "{list}");
        }
        assert!(direct("10.0.0.7", "https://10.0.0.7:80/") && !direct("", "https://x.org/"));
        for here in ["https://localhost/", "https://127.0.0.1:1/", "https://[::1]:1/"] {
            assert!(direct("", here), "{here}");
        }
    }

    #[test]
    fn an_invalid_proxy_is_an_error() {
        let error =
            proxy("https", &[("https_proxy", "ftp://me:secret@x")]).unwrap_err().to_string();
        assert!(error.starts_with("https_proxy: expected") && !error.contains("secret"), "{error}");
    }
}
