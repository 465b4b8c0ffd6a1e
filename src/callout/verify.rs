//! Checks the token of a callout, one check at a time, so that the failing one can be named.
//! The results never contain the secret, the correct signature or the whole token.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::jwt::{decode, has_signature};
use crate::model::{Check, Secret};

/// What a token is checked against.
#[derive(Clone, Debug)]
pub struct Expected<'e> {
    /// `None`: all checks except the signature are made.
    pub secret: Option<&'e Secret>,
    /// The endpoint's host, without port.
    pub host: Option<&'e str>,
    pub webhook_id: Option<&'e str>,
    pub now: Timestamp,
    /// The most by which the sender's clock may differ.
    pub leeway: Duration,
}

/// How much the clocks of two machines usually differ.
pub const LEEWAY: Duration = Duration::from_secs(5);

/// Checks a token: form, algorithm, signature, issuer, audience, not before, expiry, webhook id.
pub fn verify(token: &str, expected: &Expected<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    let parts: Vec<&str> = token.split('.').collect();
    let header = parts.first().and_then(|part| decode(part));
    let claims = parts.get(1).and_then(|part| decode(part));
    let (Some(header), Some(claims), [_, _, signature]) = (header, claims, &parts[..]) else {
        let detail = match parts.len() {
            3 => "the header and claims are not JSON objects in base64url".to_owned(),
            count => {
                format!("a JWT has three parts separated by dots; this one has {count}")
            }
        };
        return vec![Check::failed("form", detail)];
    };
    if !header["crit"].is_null() {
        // RFC 7515, section 4.1.11.
        let detail = "it has critical extensions (`crit`), and none is supported";
        return vec![Check::failed("form", detail.to_owned())];
    }
    checks.push(Check::ok("form", "header, claims and signature".to_owned()));

    let algorithm = header["alg"].as_str().unwrap_or("none");
    if algorithm == "HS256" {
        checks.push(Check::ok("algorithm", "HS256".to_owned()));
        checks.push(match expected.secret {
            Some(secret) => check_signature(token, signature, secret),
            None => Check::skipped("signature", "no secret was given to check it".to_owned()),
        });
    } else {
        checks.push(Check::failed(
            "algorithm",
            format!("{algorithm} is not accepted; only HS256 is"),
        ));
        checks.push(Check::skipped(
            "signature",
            "signatures of this algorithm are not trusted".to_owned(),
        ));
    }
    checks.push(check_text("issuer", &claims["iss"], Some("mpt")));
    checks.push(check_text("audience", &claims["aud"], expected.host));
    checks.extend(check_times(&claims, expected));
    checks.push(check_text("webhook id", &claims["webhook_id"], expected.webhook_id));
    checks
}

fn check_signature(token: &str, signature: &str, secret: &Secret) -> Check {
    let signed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
    match has_signature(signed, signature, secret) {
        Some(true) => Check::ok("signature", "signed with this secret".to_owned()),
        Some(false) => Check::failed(
            "signature",
            "signed with another secret, or the token was modified in transit".to_owned(),
        ),
        None => Check::failed(
            "signature",
            "not valid base64url; the token may be incomplete".to_owned(),
        ),
    }
}

fn check_text(name: &str, found: &Value, expected: Option<&str>) -> Check {
    // An audience may be a list (RFC 7519, section 4.1.3).
    let found: Vec<&str> = match found {
        Value::String(text) => vec![text],
        Value::Array(texts) if name == "audience" => {
            texts.iter().filter_map(Value::as_str).collect()
        }
        Value::Null => return Check::failed(name, "the claim is missing".to_owned()),
        _ => return Check::failed(name, "the claim is not a string".to_owned()),
    };
    let shown = found.join(", ");
    match expected {
        Some(expected) if found.contains(&expected) => Check::ok(name, shown),
        Some(expected) => Check::failed(name, format!("it is {shown}, not {expected}")),
        None => Check::skipped(name, format!("it is {shown}; no expected value was given")),
    }
}

fn check_times(claims: &Value, expected: &Expected<'_>) -> [Check; 2] {
    let now = expected.now.as_second();
    let leeway = i64::try_from(expected.leeway.as_secs()).unwrap_or(i64::MAX);
    let before = match seconds(&claims["nbf"]) {
        Err(why) => Check::failed("not before", why.to_owned()),
        Ok(at) if at <= now => {
            Check::ok("not before", format!("valid since {} s", now.saturating_sub(at)))
        }
        Ok(at) => {
            let ahead = at.saturating_sub(now);
            let detail =
                format!("only valid in {ahead} s; this machine's clock is {ahead} s slow, or more");
            within("not before", ahead <= leeway, &detail, leeway)
        }
    };
    let expiry = match seconds(&claims["exp"]) {
        Err(why) => Check::failed("expiry", why.to_owned()),
        Ok(at) if now < at => {
            Check::ok("expiry", format!("expires in {} s", at.saturating_sub(now)))
        }
        Ok(at) => {
            let ago = now.saturating_sub(at);
            let detail =
                format!("expired {ago} s ago; the token is old, or this machine's clock is fast");
            within("expiry", ago < leeway, &detail, leeway)
        }
    };
    [before, expiry]
}

/// The check of a time that is past its limit.
fn within(name: &str, is_within: bool, detail: &str, leeway: i64) -> Check {
    let detail = format!("{detail} (accepted: {leeway} s)");
    if is_within { Check::ok(name, detail) } else { Check::failed(name, detail) }
}

/// Seconds since the epoch, which may have a fraction (RFC 7519, section 2).
fn seconds(claim: &Value) -> Result<i64, &'static str> {
    match claim {
        Value::Null => Err("the claim is missing"),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(seconds), _) => Ok(seconds),
            // A value out of range becomes the nearest possible one.
            (None, Some(seconds)) => Ok(seconds.floor() as i64),
            (None, None) => Err("the claim is not a timestamp"),
        },
        _ => Err("the claim is not a timestamp"),
    }
}

/// The check of a request without a token.
pub fn no_token() -> Check {
    Check::failed("form", "the request has no token".to_owned())
}

/// The ID of the webhook that a token claims to be for.
pub fn claimed_webhook(token: &str) -> Option<String> {
    let claims = decode(token.split('.').nth(1)?)?;
    claims["webhook_id"].as_str().map(str::to_owned)
}

/// Finds the token in captured text: a token alone, an `Authorization` header, or a request with
/// headers as text or as JSON.
pub fn find_token(text: &str) -> Option<String> {
    let text = text.trim();
    if let Ok(document) = serde_json::from_str::<Value>(text) {
        let headers = document.get("headers").unwrap_or(&document);
        let found = headers.as_object()?.iter().find(|(name, _)| is_authorization(name))?;
        return bearer(found.1.as_str().or_else(|| found.1.get(0)?.as_str())?);
    }
    let header = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        is_authorization(name).then(|| value.to_owned())
    });
    match header {
        Some(value) => bearer(&value),
        None if text.contains(char::is_whitespace) => bearer(text),
        None => Some(text.to_owned()).filter(|token| !token.is_empty()),
    }
}

fn is_authorization(name: &str) -> bool {
    name.trim()
        .trim_start_matches("< ")
        .trim_start_matches("> ")
        .eq_ignore_ascii_case("authorization")
}

/// The token of an `Authorization` header.
pub fn bearer(value: &str) -> Option<String> {
    let (scheme, token) = value.trim().split_once(char::is_whitespace)?;
    let token = token.trim();
    let is_token = scheme.eq_ignore_ascii_case("bearer") && !token.contains(char::is_whitespace);
    is_token.then(|| token.to_owned())
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use jiff::{SignedDuration, Timestamp};
    use proptest::prelude::proptest;
    use serde_json::json;

    use super::{Expected, LEEWAY, find_token, verify};
    use crate::callout::jwt::Claims;
    use crate::model::{Check, Secret};

    fn failing(token: &str, secret: &str, now: Timestamp) -> Vec<String> {
        let secret = Secret::new(secret);
        let expected = Expected {
            secret: Some(&secret),
            host: Some("h.example"),
            webhook_id: Some("WBH-1"),
            now,
            leeway: LEEWAY,
        };
        verify(token, &expected)
            .into_iter()
            .filter(Check::has_failed)
            .map(|check| check.name)
            .collect()
    }

    #[test]
    fn the_check_that_fails_is_named() {
        let now: Timestamp = "2026-05-04T12:00:00Z".parse().unwrap();
        let claims = Claims::new("h.example", "WBH-1", now);
        let sign = |claims: &Claims| claims.sign(&Secret::new("s3cret")).expose().to_owned();
        let token = sign(&claims);
        let later = |seconds: i64| now + SignedDuration::from_secs(seconds);
        assert_eq!(failing(&token, "s3cret", now), [""; 0]);
        assert_eq!(failing(&token, "other", now), ["signature"]);
        assert_eq!(failing(&token, "s3cret", later(304)), [""; 0]);
        assert_eq!(failing(&token, "s3cret", later(305)), ["expiry"]);
        assert_eq!(failing(&token, "s3cret", later(-5)), [""; 0]);
        assert_eq!(failing(&token, "s3cret", later(-6)), ["not before"]);
        assert_eq!(
            failing(&sign(&Claims::new("x", "WBH-2", now)), "s3cret", now),
            ["audience", "webhook id"]
        );
        assert_eq!(failing(&token[..token.len() - 10], "s3cret", now), ["signature"]);
        assert_eq!(failing("abc", "s3cret", now), ["form"]);
        // {"alg":"none"}
        let rest = token.split_once('.').unwrap().1;
        assert_eq!(failing(&format!("eyJhbGciOiJub25lIn0.{rest}"), "s3cret", now), ["algorithm"]);
    }

    #[test]
    fn a_token_is_found_in_whatever_was_captured() {
        for text in [
            "a.b.c\n",
            "Bearer a.b.c",
            "POST / HTTP/1.1\r\nHost: h\r\nauthorization: Bearer a.b.c\r\n\r\n{}",
            r#"{"headers": {"Authorization": "Bearer a.b.c"}, "body": "{}"}"#,
            r#"{"authorization": ["bearer a.b.c"]}"#,
        ] {
            assert_eq!(find_token(text).as_deref(), Some("a.b.c"), "{text}");
        }
        for text in ["", "POST / HTTP/1.1\r\nHost: h", "{}", "Basic a.b.c"] {
            assert_eq!(find_token(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_claim_is_read_without_a_panic(
            claims in proptest::collection::btree_map(
                "iss|aud|nbf|exp|webhook_id",
                proptest::sample::select(vec![
                    json!(null), json!("x"), json!(["x", 1]), json!(i64::MIN), json!(i64::MAX),
                    json!(u64::MAX), json!(1e300), json!(-1.5), json!({}),
                ]),
                0..6,
            ),
        ) {
            let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
            let claims = encoded(&serde_json::to_vec(&claims).unwrap());
            let token = format!("{}.{claims}.e30", encoded(br#"{"alg":"HS256"}"#));
            let secret = Secret::new("s");
            for now in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
                let checks = verify(
                    &token,
                    &Expected { secret: Some(&secret), host: Some("x"), webhook_id: Some("x"), now, leeway: LEEWAY },
                );
                assert_eq!(checks.len(), 8);
            }
        }

        #[test]
        fn any_token_is_read_without_a_panic(text: String, part in "[A-Za-z0-9_.-]{0,40}") {
            find_token(&text);
            let secret = Secret::new("s");
            let expected =
                Expected { secret: Some(&secret), host: None, webhook_id: None, now: Timestamp::UNIX_EPOCH, leeway: LEEWAY };
            verify(&text, &expected);
            verify(&part, &expected);
        }
    }
}
