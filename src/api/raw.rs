//! Requests that users write themselves.

use percent_encoding::percent_decode_str;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answer::Answer;
use super::list::Page;
use super::request::Request;
use super::retry::Retry;
use super::{Client, Error, rql};
use crate::model::redact::change_texts;
use crate::model::secret::MASK;

/// A path below `/public/v1`, and a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiPath {
    /// The names between slashes, decoded.
    segments: Vec<String>,
    /// As typed.
    query: String,
}

impl ApiPath {
    /// Parses a path such as `/catalog/products?limit=1`; `/public/v1` in front of it may be left out.
    ///
    /// # Errors
    /// The path could lead to another origin or out of `/public/v1`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        if path.get(1..3) == Some(":/") || path.get(1..3) == Some(":\\") {
            return Err(
                "the shell changed it to a Windows path; type it without the leading slash"
                    .to_owned(),
            );
        }
        let is_path = !path.contains('\\') && !path.contains("://");
        if !is_path || text.contains('#') || text.contains(char::is_control) {
            return Err("it must be a path, without a scheme, `\\` or `#`".to_owned());
        }
        let path = path.strip_prefix('/').unwrap_or(path);
        let path = path.strip_prefix("public/v1/").unwrap_or(path);
        let mut segments = Vec::new();
        for segment in path.split('/') {
            let decoded = percent_decode_str(segment).decode_utf8();
            let decoded = decoded.map_err(|_| format!("`{segment}` is not UTF-8"))?;
            // A server may decode twice.
            let again = percent_decode_str(&decoded).decode_utf8_lossy();
            let climbs = |name: &str| {
                let mut parts = name.split(['/', '\\']);
                parts.any(|part| matches!(part, "." | ".." | "")) || name.contains(['/', '\\'])
            };
            if climbs(&decoded) || climbs(&again) || decoded.contains(char::is_control) {
                let part = match segment {
                    "" => "an empty part".to_owned(),
                    segment => format!("`{segment}`"),
                };
                return Err(format!("{part} in it could lead to another path"));
            }
            segments.push(decoded.into_owned());
        }
        Ok(Self { segments, query: query.to_owned() })
    }

    /// The path below `/public/v1`.
    pub fn path(&self) -> String {
        format!("/{}", self.segments.join("/"))
    }

    /// The same path with `limit` and `offset` in the query.
    #[must_use]
    fn page(&self, offset: u64, limit: u64) -> Self {
        let others = rql::parts(&self.query).into_iter().filter(|part| {
            let name = part.split('=').next().unwrap_or_default();
            !part.is_empty() && !matches!(name, "limit" | "offset")
        });
        let mut parts: Vec<_> = others.map(str::to_owned).collect();
        parts.push(format!("limit={limit}"));
        parts.push(format!("offset={offset}"));
        Self { segments: self.segments.clone(), query: parts.join("&") }
    }
}

impl Client<'_> {
    /// The response with a page of the list at a path, which is not parsed yet.
    pub(super) async fn raw_page_answer(
        &self,
        path: &ApiPath,
        offset: u64,
        limit: u64,
    ) -> Result<Answer, Error> {
        self.raw_answer(Method::GET, &path.page(offset, limit), None).await
    }

    pub(super) fn read_raw_page<T: DeserializeOwned + Default>(
        &self,
        answer: Answer,
    ) -> Result<Page<T>, Error> {
        masked(answer)?.and_then(Page::read_any).ok_or_else(|| Error::Unreadable {
            status: Some(200),
            place: self.place().clone(),
            reason: "not a list: the array `data` is missing".to_owned(),
        })
    }

    /// Sends any request; `None` if the answer has no body. Tokens in the answer are masked. Requests that are not
    /// repeatable are sent again only if they certainly had no effect.
    pub async fn raw(
        &self,
        method: Method,
        path: &ApiPath,
        body: Option<&Value>,
    ) -> Result<Option<Value>, Error> {
        masked(self.raw_answer(method, path, body).await?)
    }

    async fn raw_answer(
        &self,
        method: Method,
        path: &ApiPath,
        body: Option<&Value>,
    ) -> Result<Answer, Error> {
        let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
        let retry = match method {
            Method::GET | Method::PUT | Method::DELETE => Retry::Always,
            _ => Retry::IfNotSent,
        };
        let retries = self.new_retries();
        let request = Request {
            query: path.query.clone(),
            body,
            retry,
            ..Request::new(method, &segments, &retries)
        };
        self.send(&request).await
    }
}

/// The JSON of an answer, without live tokens.
fn masked(answer: Answer) -> Result<Option<Value>, Error> {
    let mut json = answer.json()?;
    if let Some(value) = &mut json {
        mask_tokens(value);
    }
    Ok(json)
}

/// Hides the live tokens in an answer: members that are named as tokens, and tokens in texts and names.
fn mask_tokens(value: &mut Value) {
    mask_members(value);
    change_texts(value, &|text| text.contains("idt:TKN-").then(|| without_tokens(text)));
}

/// Masks the values of members such as `token`, `accessToken` and `refresh_tokens`. An object is no token, but may
/// contain one.
fn mask_members(value: &mut Value) {
    fn mask(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(mask),
            Value::Object(_) => mask_members(value),
            Value::Null | Value::Bool(_) => {}
            Value::String(_) | Value::Number(_) => *value = MASK.into(),
        }
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(mask_members),
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.to_ascii_lowercase();
                let is_token = name.trim_end_matches('s').ends_with("token");
                if is_token { mask(member) } else { mask_members(member) }
            }
        }
        _ => {}
    }
}

/// The text with the secret part of each `idt:TKN-1234-5678:…` masked.
fn without_tokens(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("idt:TKN-") {
        let (before, token) = rest.split_at(at);
        shown.push_str(before);
        let is_inside = |c: char| c.is_ascii_alphanumeric() || ":-_.~+/=".contains(c);
        let end = token.find(|c| !is_inside(c)).unwrap_or(token.len());
        let (token, after) = token.split_at(end);
        let id = token.split(':').nth(1).unwrap_or_default();
        shown.push_str(&format!("idt:{id}:{MASK}"));
        rest = after;
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};

    use serde_json::json;

    use super::{ApiPath, mask_tokens, without_tokens};
    use crate::model::BaseUrl;

    #[test]
    fn paths_with_and_without_the_prefix_are_the_same() {
        let path = ApiPath::parse("/public/v1/catalog/products?limit=1").unwrap();
        assert_eq!(ApiPath::parse("catalog/products?limit=1"), Ok(path.clone()));
        assert_eq!(path.page(100, 50).query, "limit=50&offset=100");
        assert_eq!(path.path(), "/catalog/products");
    }

    #[test]
    fn members_that_are_tokens_are_masked_whatever_they_hold() {
        let mut answer = json!({
            "token": "a", "accessToken": 7, "refresh_tokens": ["b", {"id": "TKN-1", "token": "c"}],
            "tokenId": "TKN-1", "tokenized": "d", "x idt:TKN-1:e": "idt:TKN-1:f"
        });
        mask_tokens(&mut answer);
        let m = "********";
        assert_eq!(
            answer,
            json!({
                "token": m, "accessToken": m, "refresh_tokens": [m, {"id": "TKN-1", "token": m}],
                "tokenId": "TKN-1", "tokenized": "d", "x idt:TKN-1:********": "idt:TKN-1:********"
            })
        );
    }

    #[test]
    fn tokens_keep_their_id_only() {
        let shown = without_tokens("a idt:TKN-1234-5678:abcDEF\" and idt:TKN-1:x");
        assert_eq!(shown, "a idt:TKN-1234-5678:********\" and idt:TKN-1:********");
    }

    proptest! {
        #[test]
        fn no_path_leaves_the_origin_or_the_prefix(
            text in "(/|\\.|\\.\\.|%2e|%2E|%252e|%2f|%5c|\\\\|//|@|:|http://|a|\\?|#|public/v1|\t| |é|%00|%zz){0,12}"
        ) {
            let base = BaseUrl::parse("https://api.example.com").unwrap();
            if let Ok(path) = ApiPath::parse(&text) {
                let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
                let url = base.join(&segments, &path.query);
                prop_assert!(url.as_str().starts_with("https://api.example.com/public/v1/"), "{url}");
                let climbs = |name: &str| matches!(name, "" | "." | "..");
                prop_assert!(!url.path()[1..].split('/').any(climbs), "{url}");
                prop_assert!(url.username().is_empty() && url.fragment().is_none());
            }
        }
    }
}
