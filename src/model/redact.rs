//! Removes tokens and secrets from texts. A text must be redacted before it is cut: a part of a secret is not recognised.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::secret::{MASK, Secret};

/// Headers and members whose values are never shown. Letter case does not matter.
const HIDDEN: [&str; 7] =
    ["authorization", "proxy-authorization", "cookie", "set-cookie", "secret", "token", "password"];

/// Hides known secrets everywhere, and some members by their name.
#[derive(Clone)]
pub struct Redactor {
    known: Vec<Secret>,
}

/// Shorter secrets are not hidden, because that would hide unrelated text.
const MIN_LENGTH: usize = 4;

impl Redactor {
    pub fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let secrets = secrets.into_iter().filter(|text| text.len() >= MIN_LENGTH);
        Self { known: secrets.flat_map(spellings).map(Secret::new).collect() }
    }

    pub fn header<'v>(&self, name: &str, value: &'v str) -> Cow<'v, str> {
        if is_hidden(name) { MASK.into() } else { self.text(value).into() }
    }

    /// Redacts a body: JSON by member, anything else as text.
    pub fn body(&self, body: &[u8]) -> String {
        match serde_json::from_slice::<Value>(body) {
            Ok(mut value) => {
                self.value(&mut value);
                value.to_string()
            }
            Err(_) => self.text(&String::from_utf8_lossy(body)),
        }
    }

    pub fn text(&self, text: &str) -> String {
        without_hidden_members(&without_bearer_tokens(&self.known_in(text)))
    }

    /// A text without the known secrets; other text is unchanged.
    pub fn known_in(&self, text: &str) -> String {
        let known = self.known.iter();
        known.fold(text.to_owned(), |text, secret| match text.contains(secret.expose()) {
            true => text.replace(secret.expose(), MASK),
            false => text,
        })
    }

    /// Removes the known secrets from a document, also from the names of members.
    pub fn known_in_value(&self, value: &mut Value) {
        change_texts(value, &|text| {
            let is_in = |secret: &Secret| text.contains(secret.expose());
            self.known.iter().any(is_in).then(|| self.known_in(text))
        });
    }

    /// Removes the known secrets from bytes, which may be any.
    pub fn known_in_bytes<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        let text = String::from_utf8_lossy(bytes);
        match self.known.iter().any(|secret| text.contains(secret.expose())) {
            true => self.known_in(&text).into_bytes().into(),
            false => bytes.into(),
        }
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                // Headers and responses of call records are JSON inside a string.
                *text = match serde_json::from_str::<Value>(text) {
                    Ok(mut inner @ (Value::Object(_) | Value::Array(_))) => {
                        self.value(&mut inner);
                        inner.to_string()
                    }
                    _ => self.text(text),
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(members) => {
                for (name, member) in members.iter_mut() {
                    // An order has an object `authorization`, which is no secret itself.
                    let is_object = name == "authorization" && member.is_object();
                    if is_hidden(name) && !member.is_null() && !is_object {
                        *member = MASK.into();
                    } else {
                        self.value(member);
                    }
                }
                rename(members, &|name| Some(self.text(name)));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Changes the texts of a document and the names of its members; `None` leaves one as it is.
pub fn change_texts(value: &mut Value, change: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(changed) = change(text) {
                *text = changed;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| change_texts(item, change)),
        Value::Object(members) => {
            members.values_mut().for_each(|member| change_texts(member, change));
            rename(members, change);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Changes the names of members; the order stays.
fn rename(members: &mut Map<String, Value>, change: &dyn Fn(&str) -> Option<String>) {
    let is_changed = |name: &String| change(name).is_some_and(|changed| changed != *name);
    if !members.keys().any(is_changed) {
        return;
    }
    *members = std::mem::take(members)
        .into_iter()
        .map(|(name, member)| (change(&name).unwrap_or(name), member))
        .collect();
}

/// A secret as it is, and as it may be echoed: in a JSON string, in a URL, in HTML.
fn spellings(secret: &str) -> Vec<String> {
    let json = Value::from(secret).to_string();
    let json = json[1..json.len() - 1].to_owned();
    let url = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    // Unreserved characters need no escape; form encoding leaves fewer.
    let query = utf8_percent_encode(secret, UNRESERVED).to_string();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut spellings = vec![secret.to_owned(), json.replace('/', "\\/"), json];
    for encoded in [url, query, form] {
        spellings.push(lower_escapes(&encoded));
        spellings.push(encoded);
    }
    let html = secret.replace('&', "&amp;").replace('<', "&lt;");
    let html = html.replace('>', "&gt;").replace('"', "&quot;");
    spellings.push(html.replace('\'', "&#39;"));
    spellings.push(html.replace('\'', "&#x27;"));
    // Many encoders write a few characters as numbers, or all but letters and digits.
    let few = |c: char| matches!(c, '+' | '&' | '<' | '>' | '\'' | '"' | '`');
    let most = |c: char| !c.is_ascii_alphanumeric();
    for is_escaped in [few, most] {
        let written = |number: &dyn Fn(char) -> String| -> String {
            let one = |c| {
                if is_escaped(c) { number(c) } else { c.to_string() }
            };
            secret.chars().map(one).collect()
        };
        for text in [
            written(&|c| format!("\\u{:04X}", u32::from(c))),
            written(&|c| format!("\\u{:04x}", u32::from(c))),
        ] {
            // In JSON that is text in JSON, the escapes are escaped.
            spellings.push(text.replace('\\', "\\\\"));
            spellings.push(text);
        }
        spellings.push(written(&|c| format!("&#{};", u32::from(c))));
        spellings.push(written(&|c| format!("&#x{:X};", u32::from(c))));
        spellings.push(written(&|c| format!("&#x{:x};", u32::from(c))));
    }
    spellings.sort();
    spellings.dedup();
    // A spelling that contains another one is replaced first.
    spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    spellings
}

/// The characters that are escaped in a URL unless they have a meaning there.
pub(super) const UNRESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A URL-encoded text with `%3a` for `%3A`.
fn lower_escapes(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // What follows `%` are two ASCII digits.
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text.push('%');
        text.push_str(&digits.to_ascii_lowercase());
        text.push_str(rest);
    }
    text
}

/// Call records hold the headers of callouts, whose tokens are valid for minutes.
fn without_bearer_tokens(text: &str) -> String {
    const SCHEME: &str = "bearer ";
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.to_ascii_lowercase().find(SCHEME) {
        let (before, token) = rest.split_at(at + SCHEME.len());
        let end = token.find(|c: char| !c.is_ascii_alphanumeric() && !"-._~+/=:*".contains(c));
        shown.push_str(before);
        shown.push_str(MASK);
        rest = &token[end.unwrap_or(token.len())..];
    }
    shown + rest
}

/// Incomplete JSON cannot be parsed, but still contains members.
fn without_hidden_members(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('"') {
        let (before, after) = rest.split_at(at + 1);
        shown.push_str(before);
        rest = after;
        let name = HIDDEN.iter().find(|name| {
            let begins = rest.get(..name.len());
            begins.is_some_and(|begins| begins.eq_ignore_ascii_case(name))
                && rest[name.len()..].starts_with('"')
        });
        let Some(name) = name else { continue };
        let (name, value) = rest.split_at(name.len() + 1);
        let spaces = value.find(|c: char| !c.is_whitespace() && c != ':');
        let (colon, value) = value.split_at(spaces.unwrap_or(value.len()));
        shown.push_str(name);
        shown.push_str(colon);
        rest = value;
        if let Some(inside) = value.strip_prefix('"').filter(|_| colon.contains(':')) {
            shown.push('"');
            shown.push_str(MASK);
            rest = &inside[end_of_string(inside)..];
        }
    }
    shown + rest
}

/// Where a JSON string ends, before its quote.
fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at,
            _ => {}
        }
    }
    text.len()
}

fn is_hidden(name: &str) -> bool {
    HIDDEN.iter().any(|hidden| name.eq_ignore_ascii_case(hidden))
}

#[cfg(test)]
mod tests {
    use super::Redactor;

    #[test]
    fn a_secret_is_found_in_every_spelling() {
        let redactor = Redactor::new(["a/b&c:\"d\" e'f-g"]);
        for echoed in [
            "a/b&c:\"d\" e'f-g",
            "a\\/b&c:\\\"d\\\" e'f-g",
            "a%2Fb%26c%3A%22d%22%20e%27f%2Dg",
            "a%2fb%26c%3a%22d%22%20e%27f-g",
            "a%2Fb%26c%3A%22d%22+e%27f-g",
            "a/b&amp;c:&quot;d&quot; e&#39;f-g",
            r"a/b\u0026c:\u0022d\u0022 e\u0027f-g",
            r"a\u002fb\u0026c\u003a\u0022d\u0022\u0020e\u0027f\u002dg",
            r"a/b\\u0026c:\\u0022d\\u0022 e\\u0027f-g",
            "a&#x2F;b&#x26;c&#x3A;&#x22;d&#x22;&#x20;e&#x27;f&#x2D;g",
            "a/b&#38;c:&#34;d&#34; e&#39;f-g",
        ] {
            assert_eq!(redactor.known_in(&format!("<{echoed}>")), "<********>");
        }
    }

    #[test]
    fn names_of_members_are_hidden_too() {
        let redactor = Redactor::new(["s3cret-s3cret"]);
        let mut document = serde_json::json!({"b": 1, "x s3cret-s3cret": {"s3cret-s3cret": [2]}});
        redactor.known_in_value(&mut document);
        assert_eq!(document.to_string(), r#"{"b":1,"x ********":{"********":[2]}}"#);
        assert_eq!(
            redactor.body(br#"{"s3cret-s3cret": "s3cret-s3cret"}"#),
            r#"{"********":"********"}"#
        );
    }

    #[test]
    fn secrets_are_hidden_by_value_and_by_name() {
        let redactor = Redactor::new(["idt:TKN-1:s3cret"]);
        assert_eq!(redactor.header("Authorization", "Bearer x"), "********");
        let body = r#"{"a":"is idt:TKN-1:s3cret","secret":"s3","headers":"{\"Authorization\":\"Bearer y\"}"}"#;
        let shown = redactor.body(body.as_bytes());
        for hidden in ["s3cret", "s3", "Bearer y"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
        assert_eq!(redactor.body(b"<b>idt:TKN-1:s3cret"), "<b>********");
        assert_eq!(redactor.text("?t=idt%3ATKN%2D1%3As3cret&x"), "?t=********&x");
        assert_eq!(
            redactor.text(r#"{"id":"W","Secret" : "s\"3","token":"t"#),
            r#"{"id":"W","Secret" : "********","token":"********"#
        );
        let headers = "Host: x\r\nAuthorization: Bearer eyJ0.eyJ1.c2ln\r\nA: b";
        assert_eq!(redactor.text(headers), "Host: x\r\nAuthorization: Bearer ********\r\nA: b");
        let quoted = Redactor::new(["a\"b\\c"]);
        assert_eq!(quoted.body(br#"oops {"s":"a\"b\\c""#), "oops {\"s\":\"********\"");
    }
}
