//! The content of an error response (docs/platform-api.md, "Errors"): problem details in both forms,
//! the members of older services, a proxy's HTML, or nothing.

use serde_json::{Map, Value};

use crate::text::json;

/// The readable part of an error response. Every part may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProblemDetails {
    pub title: Option<String>,
    pub detail: Option<String>,
    /// Pairs of field and message; the field may be empty.
    pub errors: Vec<(String, String)>,
    pub trace_id: Option<String>,
}

/// The part of a body that is not JSON that is shown, in characters.
const EXCERPT: usize = 200;

impl ProblemDetails {
    /// Reads a body. Each text is redacted before it is cut.
    pub fn read(body: &[u8], redacted: impl Fn(&str) -> String) -> Self {
        if let Ok(Value::Object(members)) = json::parse(body) {
            return Self::from_members(&members).map_text(redacted);
        }
        Self { detail: excerpt(&redacted(&String::from_utf8_lossy(body))), ..Self::default() }
    }

    /// Whether the platform does not know a property of a filter or an order.
    pub fn is_about_property(&self) -> bool {
        self.errors.iter().any(|(_, message)| message.starts_with("Invalid property path"))
    }

    /// The same with a function applied to every text.
    fn map_text(self, change: impl Fn(&str) -> String) -> Self {
        let optional = |text: Option<String>| text.as_deref().map(&change);
        Self {
            title: optional(self.title),
            detail: optional(self.detail),
            errors: self.errors.iter().map(|(field, text)| (change(field), change(text))).collect(),
            trace_id: optional(self.trace_id),
        }
    }

    fn from_members(members: &Map<String, Value>) -> Self {
        let text = |names: &[&str]| {
            names.iter().find_map(|name| match members.get(*name) {
                Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
                _ => None,
            })
        };
        Self {
            title: text(&["title", "message", "error"]),
            detail: text(&["detail", "details"]),
            errors: members.get("errors").map(field_errors).unwrap_or_default(),
            trace_id: text(&["traceId"]),
        }
    }
}

/// Either `{field: [message…]}` or `[{message, properties[]…}]`; strings on their own too.
fn field_errors(errors: &Value) -> Vec<(String, String)> {
    match errors {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(field, messages)| {
                let messages = match messages {
                    Value::Array(messages) => messages.iter().map(json::plain).collect(),
                    other => vec![json::plain(other)],
                };
                messages.into_iter().map(|message| (field.clone(), message))
            })
            .collect(),
        Value::Array(items) => items
            .iter()
            .map(|item| {
                let properties = match item.get("properties") {
                    Some(Value::Array(properties)) => {
                        properties.iter().map(json::plain).collect::<Vec<_>>().join(", ")
                    }
                    _ => String::new(),
                };
                (properties, item.get("message").map_or_else(|| json::plain(item), json::plain))
            })
            .collect(),
        other => vec![(String::new(), json::plain(other))],
    }
}

/// The title of a page of HTML, else the beginning of a text that is already redacted.
pub fn excerpt(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let start = start + "<title>".len();
        let end = lower[start..].find("</title>")? + start;
        text.get(start..end)
    });
    let words: Vec<_> = title.unwrap_or(text).split_whitespace().collect();
    let words = words.join(" ");
    let mut shown: String = words.chars().take(EXCERPT).collect();
    if shown.len() < words.len() {
        shown.push('…');
    }
    (!shown.is_empty()).then_some(shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::ProblemDetails;

    fn read(body: &[u8]) -> ProblemDetails {
        ProblemDetails::read(body, str::to_owned)
    }

    #[test]
    fn both_shapes_of_errors_read() {
        let object = read(
            br#"{"title":"Bad","errors":{"url":["must be https","too long"]},"traceId":"00-a"}"#,
        );
        assert_eq!(object.errors.len(), 2);
        assert_eq!(object.errors[0], ("url".into(), "must be https".into()));
        let list = read(br#"{"errors":[{"message":"no","properties":["url","type"]}]}"#);
        assert_eq!(list.errors, [("url, type".into(), "no".into())]);
    }

    #[test]
    fn older_services_and_proxies_are_understood() {
        let older = read(br#"{"statusCode":400,"message":"Bad","details":"url"}"#);
        assert_eq!((older.title.as_deref(), older.detail.as_deref()), (Some("Bad"), Some("url")));
        let page = read(b"<html><TITLE>502 Bad\n Gateway</TITLE><body>...");
        assert_eq!(page.detail.as_deref(), Some("502 Bad Gateway"));
        assert_eq!(read(b""), ProblemDetails::default());
    }

    proptest! {
        #[test]
        fn any_body_is_read_without_a_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
            read(&body);
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "(<title>|</title>|[a-zİ<>{}\":,]){0,40}") {
            read(text.as_bytes());
        }
    }
}
