//! HTTP and HTTPS URLs as they are typed, and the rule for unencrypted ones: http is only allowed for
//! this machine.

use std::net::IpAddr;

use crate::text::plain;

use url::{Host, Url};

use super::secret::MASK;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("not a URL: {}", plain::url(*.0))]
    Syntax(url::ParseError),
    /// With a URL to suggest, such as `http://localhost:8080`.
    #[error("not an absolute http:// or https:// URL{}", .0.as_ref().map(|url| format!("; did you mean `{url}`?")).unwrap_or_default())]
    Scheme(Option<String>),
    #[error("it contains a space, a backslash or a control character")]
    Character,
    #[error("it has no host")]
    Host,
    #[error("http:// is only allowed for this machine and private networks")]
    Unencrypted,
}

/// The URL of an endpoint: https to any host, http to this machine and to hosts that may be in a private network, which
/// the sandbox calls (docs/platform-api.md, "Creating a webhook").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointUrl(Url);

impl EndpointUrl {
    pub fn parse(text: &str) -> Result<Self, Error> {
        let url = parse_http(text)?;
        let is_allowed = is_encrypted_or_local(&url) || may_be_private(&url);
        if is_allowed { Ok(Self(url)) } else { Err(Error::Unencrypted) }
    }
}

/// Whether a host may be in a private network: by its address, or by a name that no public one has, such as that of a
/// container. Its addresses are checked before it is called.
fn may_be_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => !name.contains('.') || name.ends_with(".internal"),
        Some(Host::Ipv4(address)) => address.is_private(),
        Some(Host::Ipv6(address)) => address.is_unique_local(),
        None => false,
    }
}

impl std::ops::Deref for EndpointUrl {
    type Target = Url;

    fn deref(&self) -> &Url {
        &self.0
    }
}

/// Whether requests to the URL are encrypted or stay on this machine.
pub fn is_encrypted_or_local(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

/// Parses an absolute http or https URL. `https:host` and `https:\\host`, which a browser
/// would accept, are errors.
pub fn parse_http(text: &str) -> Result<Url, Error> {
    if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\') {
        return Err(Error::Character);
    }
    let url = Url::parse(text).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => Error::Scheme(with_scheme(text)),
        error => Error::Syntax(error),
    })?;
    let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_http = matches!(scheme.as_deref(), Some("http" | "https"));
    // A browser would use the first segment of the path as the host.
    let authority = text.split_once("://").map_or("", |(_, rest)| rest);
    if is_http && (authority.is_empty() || authority.starts_with(['/', '?', '#'])) {
        return Err(Error::Host);
    }
    if !is_http {
        return Err(Error::Scheme(with_scheme(text)));
    }
    Ok(url)
}

/// The URL that was meant by `localhost:8080` or `example.com/path`.
fn with_scheme(text: &str) -> Option<String> {
    let is_host = !text.contains("//") && !text.contains('@') && text.contains(['.', ':']);
    let is_local = |url: &Url| is_loopback(url) || may_be_private(url);
    let url = is_host.then(|| format!("http://{text}"))?;
    let parsed = parse_http(&url).ok()?;
    Some(if is_local(&parsed) { url } else { format!("https://{text}") })
}

/// A URL or invalid URL as it may be shown: without user and password.
pub fn without_userinfo(text: &str) -> String {
    let start = text.find("//").map_or(0, |at| at + 2);
    let end = text[start..].find(['/', '?', '#']).map_or(text.len(), |at| start + at);
    match text[start..end].rfind('@') {
        Some(at) => format!("{}{MASK}{}", &text[..start], &text[start + at..]),
        None => text.to_owned(),
    }
}

/// A text in which URLs have no user and password.
pub fn text_without_userinfo(text: &str) -> String {
    let words = text.split_inclusive(|c: char| c.is_whitespace() || c == '"');
    let shown = |word: &str| match word.contains("://") {
        true => without_userinfo(word),
        false => word.to_owned(),
    };
    words.map(shown).collect()
}

/// What is wrong with a user or a password in the URL of a webhook.
pub const PASSWORD_WARNING: &str = "the URL contains a user or a password, which everyone can read who may see the webhook; use a secret instead";

/// The URL without user and password, which another `Authorization` takes the place of.
pub fn without_credentials(url: &Url) -> Url {
    let mut url = url.clone();
    // Both fail only for URLs that have no host.
    url.set_username("").ok();
    url.set_password(None).ok();
    url
}

/// Joins a target URL with the path and query of a callout. The path is only used if the target has none; the query is
/// added to that of the target.
pub fn with_path(base: &Url, path: &str, query: Option<&str>) -> Url {
    let mut url = base.clone();
    if base.path() == "/" {
        url.set_path(path);
    }
    match (base.query(), query) {
        (Some(own), Some(query)) => url.set_query(Some(&format!("{own}&{query}"))),
        (own, query) => url.set_query(own.or(query)),
    }
    url
}

/// A URL as it may be shown: without user, password and query.
pub fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    without_userinfo(url.as_str())
}

/// Whether two texts are the same URL: the platform may normalise it.
pub fn is_same(one: &str, other: &str) -> bool {
    one == other
        || matches!((Url::parse(one), Url::parse(other)), (Ok(one), Ok(other)) if one == other)
}

/// Whether a URL names this machine, by address, as `localhost` or below it (RFC 6761, section 6.3).
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_local_name(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => {
            address.is_loopback()
                || address.to_ipv4_mapped().is_some_and(|mapped| IpAddr::V4(mapped).is_loopback())
        }
        None => false,
    }
}

/// Whether a name is this machine by definition (RFC 6761, section 6.3), whatever a name server says.
pub fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::{EndpointUrl, is_loopback, parse_http, shown, with_path, without_userinfo};
    use url::Url;

    #[test]
    fn loopback_is_this_machine_only() {
        let at = |text: &str| is_loopback(&parse_http(text).unwrap());
        for url in [
            "http://127.0.0.1", "http://127.8.8.8:1", "http://[::1]/", "http://LOCALHOST",
            "http://hooks.localhost",
        ] {
            assert!(at(url), "{url}");
        }
        for url in
            ["http://localhost.example", "http://128.0.0.1", "http://0.0.0.0", "http://[::2]"]
        {
            assert!(!at(url), "{url}");
        }
    }

    #[test]
    fn http_is_for_hosts_that_may_be_near() {
        for (url, expected) in [
            ("http://10.0.0.1:5000/", true),
            ("http://[fd00::1]/", true),
            ("http://endpoint:5000/", true),
            ("http://host.docker.internal/", true),
            ("http://hooks.example.com/", false),
            ("http://169.254.169.254/", false),
            ("http://8.8.8.8/", false),
        ] {
            assert_eq!(EndpointUrl::parse(url).is_ok(), expected, "{url}");
        }
    }

    #[test]
    fn user_and_password_are_not_shown() {
        for (text, shown) in [
            ("http://u:p@proxy:3128", "http://********@proxy:3128"),
            ("u:p@proxy:3128", "********@proxy:3128"),
            ("//p@ss@h/a@b", "//********@h/a@b"),
            ("http://proxy/a@b", "http://proxy/a@b"),
        ] {
            assert_eq!(without_userinfo(text), shown);
        }
    }

    #[test]
    fn urls_that_only_a_browser_accepts_are_refused() {
        for text in [
            "https:///validate", "https://?x", "http://", "https:a.example", "https:\\\\a.example",
            "https://a b", "//a.example", "a.example", "https://a\n.example",
        ] {
            assert!(parse_http(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_origin_takes_the_callouts_path_and_no_callout_changes_the_host() {
        let to = |base: &str, path, query| {
            with_path(&Url::parse(base).unwrap(), path, query).to_string()
        };
        assert_eq!(
            to("http://localhost:5000", "/a%20b", Some("x=1")),
            "http://localhost:5000/a%20b?x=1"
        );
        assert_eq!(
            to("http://localhost:5000/validate", "/a", Some("x=1")),
            "http://localhost:5000/validate?x=1"
        );
        assert_eq!(
            to("http://localhost:5000?key=a", "/a", Some("x=1")),
            "http://localhost:5000/a?key=a&x=1"
        );
        assert_eq!(
            to("http://localhost:5000", "//evil.example/x", None),
            "http://localhost:5000//evil.example/x"
        );
    }

    #[test]
    fn a_url_is_shown_without_credentials() {
        let url = Url::parse("http://user:word@localhost/x?key=s3cret").unwrap();
        assert_eq!(shown(&url), "http://********@localhost/x");
    }
}
