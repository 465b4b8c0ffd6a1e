//! Who may use the inspector: requests to this address, from this page, with the token of this run. The token is in the
//! fragment of the page's address and comes in a header; a cookie would be sent by pages of other ports too.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, HeaderName, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Page;
use crate::listener::reply::Reply;
use crate::system::random;

const TOKEN: HeaderName = HeaderName::from_static("mpt-inspector-token");

/// How long the address that works once is valid.
const TICKET_TIME: Duration = Duration::from_secs(60);

/// The length of the token, in bytes.
const TOKEN_LENGTH: usize = 16;

const SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

pub struct Guard {
    /// The origin of the page, such as `http://127.0.0.1:4040`, then other forms of it that browsers send.
    origins: Vec<String>,
    token: String,
    /// A token that is exchanged for the other one, once and soon.
    ticket: Mutex<Option<String>>,
    started: Instant,
}

impl Guard {
    pub fn new(address: SocketAddr) -> io::Result<Self> {
        let ticket = format!("open-{}", random::hex(TOKEN_LENGTH)?);
        Ok(Self {
            origins: origins(address),
            token: random::hex(TOKEN_LENGTH)?,
            ticket: Mutex::new(Some(ticket)),
            started: Instant::now(),
        })
    }

    pub fn url(&self) -> String {
        format!("{}/#{}", self.origins[0], self.token)
    }

    pub fn single_use_url(&self) -> String {
        let ticket = self.ticket.lock().unwrap_or_else(PoisonError::into_inner);
        format!("{}/#{}", self.origins[0], ticket.as_deref().unwrap_or_default())
    }

    /// Whether a request is for this address, and not for another name that leads here.
    fn is_own_host(&self, request: &Request<Body>) -> bool {
        let target = request.uri().authority().map(Authority::as_str);
        let hosts = request.headers().get_all(HOST).iter();
        let mut hosts = hosts.map(|host| host.to_str().ok());
        let is_own = |host: Option<&str>| {
            host.is_some_and(|host| self.is_own(&format!("http://{}", host.to_ascii_lowercase())))
        };
        let has_one = matches!((hosts.next(), hosts.next()), (Some(host), None) if is_own(host));
        has_one && target.is_none_or(|target| is_own(Some(target)))
    }

    /// Whether a request comes from the page, or from no page.
    fn is_own_origin(&self, headers: &HeaderMap) -> bool {
        let mut sites = headers.get_all("sec-fetch-site").iter();
        let mut origins = headers.get_all(ORIGIN).iter();
        let is_own = |origin: &HeaderValue| origin.to_str().is_ok_and(|origin| self.is_own(origin));
        sites.all(|site| site == "same-origin" || site == "none") && origins.all(is_own)
    }

    fn is_own(&self, origin: &str) -> bool {
        self.origins.iter().any(|own| own == origin)
    }
}

/// The forms of an origin: with the name of this machine, and without the port of the scheme.
fn origins(address: SocketAddr) -> Vec<String> {
    let port = address.port();
    let whole = [format!("http://{address}"), format!("http://localhost:{port}")];
    let short = whole.iter().filter_map(|origin| origin.strip_suffix(":80"));
    let short: Vec<_> = short.map(str::to_owned).collect();
    whole.into_iter().chain(short).collect()
}

/// Compares without telling by its time how much is the same.
fn is_same(one: &str, other: &str) -> bool {
    let differences = one.bytes().zip(other.bytes()).map(|(one, other)| one ^ other);
    one.len() == other.len() && differences.fold(0, |all, one| all | one) == 0
}

fn given(headers: &HeaderMap) -> &str {
    let token = headers.get(TOKEN).and_then(|token| token.to_str().ok());
    token.unwrap_or_default()
}

/// Refuses requests of others, and adds the headers that restrict the page.
pub(super) async fn check(
    State(page): State<Arc<Page>>,
    request: Request<Body>,
    next: Next,
) -> Response {
    let guard = &page.guard;
    let headers = request.headers();
    let path = request.uri().path();
    let needs_token = path.starts_with("/api/") && path != "/api/session";
    let mut response = if !guard.is_own_host(&request) {
        let why = "this is not the address of the inspector";
        Reply::problem(StatusCode::MISDIRECTED_REQUEST, why).into_response()
    } else if !guard.is_own_origin(headers) {
        let why = "only the page of the inspector may use it";
        Reply::problem(StatusCode::FORBIDDEN, why).into_response()
    } else if needs_token && !is_same(given(headers), &guard.token) {
        let why = "This address is not valid any more. Open the one that mpt endpoint listen has printed.";
        Reply::problem(StatusCode::UNAUTHORIZED, why).into_response()
    } else {
        next.run(request).await
    };
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, SECURITY_POLICY),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

/// Exchanges the address that works once for the token.
pub(super) async fn session(State(page): State<Arc<Page>>, headers: HeaderMap) -> Response {
    let mut ticket = page.guard.ticket.lock().unwrap_or_else(PoisonError::into_inner);
    let is_valid = page.guard.started.elapsed() < TICKET_TIME;
    match ticket.take_if(|ticket| is_valid && is_same(given(&headers), ticket)) {
        Some(_) => {
            let token = json!({ "token": page.guard.token });
            Reply::json(token.to_string().into()).into_response()
        }
        None => {
            let why = "This address works only once, and for a minute. Open the one that mpt endpoint listen has printed.";
            Reply::problem(StatusCode::UNAUTHORIZED, why).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::origins;

    #[test]
    fn browsers_leave_out_the_port_of_the_scheme() {
        for (address, expected) in [
            ("127.0.0.1:4040", vec!["http://127.0.0.1:4040", "http://localhost:4040"]),
            (
                "[::1]:80",
                vec!["http://[::1]:80", "http://localhost:80", "http://[::1]", "http://localhost"],
            ),
        ] {
            assert_eq!(origins(address.parse().unwrap()), expected);
        }
    }
}
