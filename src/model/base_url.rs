//! The base URL of the API (docs/platform-api.md, "Base URL and authentication").

use percent_encoding::utf8_percent_encode;
use url::Url;

use super::redact::UNRESERVED;
use super::url::{Error as UrlError, is_encrypted_or_local, is_loopback, parse_http};

/// The production platform.
pub const PRODUCTION: &str = "https://api.platform.softwareone.com";

/// A base URL, given as the origin, `…/public` or `…/public/v1`; all mean the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// The URL including `/public/v1`, without a trailing slash.
    root: Url,
    is_sandbox: bool,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Url(#[from] UrlError),
    #[error("it must not contain a user name or password")]
    Credentials,
    #[error("it must not have a query or a fragment")]
    Query,
}

impl BaseUrl {
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut root = parse_http(text.trim())?;
        if !root.username().is_empty() || root.password().is_some() {
            return Err(Error::Credentials);
        }
        if root.query().is_some() || root.fragment().is_some() {
            return Err(Error::Query);
        }
        let path = root.path().trim_end_matches('/');
        let prefix = path.strip_suffix("/v1").unwrap_or(path);
        let prefix = prefix.strip_suffix("/public").unwrap_or(path);
        let path = format!("{prefix}/public/v1");
        root.set_path(&path);
        Ok(Self { root, is_sandbox: false })
    }

    /// The address of the sandbox inside this process, whose port differs each time.
    pub fn sandbox(text: &str) -> Result<Self, Error> {
        Ok(Self { is_sandbox: true, ..Self::parse(text)? })
    }

    /// Identifies the platform: its origin, or `sandbox` for the one inside this process. Another
    /// spelling of an address is the same platform.
    pub fn platform(&self) -> String {
        if self.is_sandbox {
            return "sandbox".to_owned();
        }
        self.origin().replace("//localhost:", "//127.0.0.1:")
    }

    /// Identifies the server that is meant, whatever the spelling: this machine has many names, and a name may end with
    /// a dot. The scheme does not matter.
    pub fn server(&self) -> String {
        let host = self.host().trim_end_matches('.');
        let is_local =
            is_loopback(&self.root) || host == "localhost" || host.ends_with(".localhost");
        let host = if is_local { "this machine" } else { host };
        format!("{host}:{}", self.port())
    }

    /// Scheme, host and port; a token belongs to one origin.
    pub fn origin(&self) -> String {
        self.root.origin().ascii_serialization()
    }

    pub fn host(&self) -> &str {
        self.root.host_str().unwrap_or_default()
    }

    /// The host, with the port if it is not the default.
    pub fn authority(&self) -> String {
        match self.root.port() {
            Some(port) => format!("{}:{port}", self.host()),
            None => self.host().to_owned(),
        }
    }

    pub fn port(&self) -> u16 {
        self.root.port_or_known_default().unwrap_or_default()
    }

    pub fn is_https(&self) -> bool {
        self.root.scheme() == "https"
    }

    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.root)
    }

    /// Whether a token may be sent to this address: over https, or to this machine.
    pub fn is_safe_for_tokens(&self) -> bool {
        is_encrypted_or_local(&self.root)
    }

    /// The URL of a path below the base URL. Each segment is encoded, so it remains one segment.
    pub fn join(&self, segments: &[&str], query: &str) -> Url {
        let mut url = self.root.clone();
        // Encoded here, because the URL parser would drop tabs and line breaks.
        let path = segments.iter().fold(url.path().to_owned(), |path, segment| {
            format!("{path}/{}", utf8_percent_encode(segment, UNRESERVED))
        });
        url.set_path(&path);
        url.set_query((!query.is_empty()).then_some(query));
        url
    }
}

#[cfg(test)]
mod tests {
    use super::{BaseUrl, Error};

    #[test]
    fn every_spelling_of_a_server_is_the_same_one() {
        let server = |text: &str| BaseUrl::parse(text).unwrap().server();
        for same in [
            "http://127.0.0.1:80/", "http://[::1]", "http://x.localhost", "http://localhost.",
            "http://127.1",
        ] {
            assert_eq!(server(same), server("http://localhost:80/public/v1"), "{same}");
        }
        assert_eq!(server("https://API.example.com.:443"), server("https://api.example.com/"));
        assert_ne!(server("http://localhost:81"), server("http://localhost:80"));
    }

    #[test]
    fn all_shapes_mean_the_same() {
        for shape in ["", "/", "/public", "/public/", "/public/v1", "/public/v1/"] {
            let base = BaseUrl::parse(&format!("https://api.example.com{shape}")).unwrap();
            let url = base.join(&["notifications", "webhooks"], "select=audit");
            assert_eq!(
                url.as_str(),
                "https://api.example.com/public/v1/notifications/webhooks?select=audit"
            );
        }
        let nested = BaseUrl::parse("http://localhost:8080/mpt/public").unwrap();
        assert_eq!(nested.join(&[], "").as_str(), "http://localhost:8080/mpt/public/v1");
        let version = BaseUrl::parse("http://localhost/v1").unwrap();
        assert_eq!(version.join(&[], "").as_str(), "http://localhost/v1/public/v1");
    }

    #[test]
    fn an_id_stays_one_segment() {
        let base = BaseUrl::parse("https://api.example.com").unwrap();
        for id in ["a b", "a?b", "a#b", "a/b", "%2e", "%2E%2e", "ä", ".\t.", "\n", "a\tb"] {
            let url = base.join(&["webhooks", id], "");
            assert_eq!(url.path_segments().unwrap().count(), 4, "{id}");
            let last = url.path_segments().unwrap().next_back().unwrap();
            assert_eq!(percent_encoding::percent_decode_str(last).decode_utf8().unwrap(), id);
            assert_eq!((url.query(), url.fragment()), (None, None), "{id}");
        }
    }

    #[test]
    fn invalid_base_urls_are_refused() {
        assert!(BaseUrl::parse("ftp://a.example").is_err());
        assert!(BaseUrl::parse("https:a.example").is_err());
        assert_eq!(BaseUrl::parse("https://u:p@a.example"), Err(Error::Credentials));
        assert_eq!(BaseUrl::parse("https://a.example?x=1"), Err(Error::Query));
        assert!(BaseUrl::parse("api.example.com").is_err());
        assert!(BaseUrl::parse("https://").is_err());
    }
}
