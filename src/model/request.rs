//! The body that creates or updates a webhook (docs/platform-api.md, "Creating a webhook").

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::secret::{MASK, Secret};
use super::url::is_same;
use super::{Criteria, Webhook};

/// The members of a create or an update. The outer `Option` says whether the member is given; the
/// inner one, if any, is `None` for the `null` that clears. Only given members are sent.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct WebhookBody {
    #[serde(rename = "type", default)]
    pub webhook_type: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    pub description: Option<Option<String>>,
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default, deserialize_with = "nullable_criteria")]
    pub criteria: Option<Option<Criteria>>,
    #[serde(default, deserialize_with = "nullable_secret")]
    pub secret: Option<Option<Secret>>,
    /// For editors. It is not sent.
    #[serde(rename = "$schema", default)]
    pub schema: serde::de::IgnoredAny,
    /// Bodies of other programs have it. It is not sent.
    #[serde(default)]
    pub status: Option<String>,
}

impl WebhookBody {
    /// The JSON body with the secret in plain text.
    pub fn to_json(&self) -> Value {
        self.render(|secret| secret.expose().to_owned())
    }

    /// The JSON body with the secret masked.
    pub fn to_masked_json(&self) -> Value {
        self.render(|_| MASK.to_owned())
    }

    /// The members, in the order of the reference page.
    fn render(&self, secret: impl Fn(&Secret) -> String) -> Value {
        let mut body = Map::new();
        if let Some(webhook_type) = &self.webhook_type {
            body.insert("type".into(), webhook_type.as_str().into());
        }
        if let Some(description) = &self.description {
            body.insert("description".into(), description.clone().into());
        }
        if let Some(url) = &self.url {
            body.insert("url".into(), url.as_str().into());
        }
        if let Some(criteria) = &self.criteria {
            let criteria = criteria.as_ref().map(Criteria::to_object);
            body.insert("criteria".into(), criteria.map_or(Value::Null, Value::Object));
        }
        if let Some(given) = &self.secret {
            body.insert("secret".into(), given.as_ref().map(secret).into());
        }
        Value::Object(body)
    }

    pub fn is_empty(&self) -> bool {
        self.webhook_type.is_none()
            && self.description.is_none()
            && self.url.is_none()
            && self.criteria.is_none()
            && self.secret.is_none()
    }

    /// Sets one criterion.
    pub fn set_criterion(&mut self, key: &str, value: String) {
        let one = [(key.to_owned(), value)].into_iter().collect();
        let criteria = self.criteria().cloned().unwrap_or_default();
        self.criteria = Some(Some(criteria.merged(&one)));
    }

    pub fn criteria(&self) -> Option<&Criteria> {
        self.criteria.as_ref()?.as_ref()
    }

    /// Whether a webhook already has every given member except the secret, which
    /// may not be readable.
    pub fn is_met_by(&self, webhook: &Webhook) -> bool {
        let has_type = |given: &String| webhook.webhook_type.as_ref() == Some(given);
        self.webhook_type.as_ref().is_none_or(has_type) && self.differences(webhook).is_empty()
    }

    /// Whether a response contains every given member that is not cleared, except the secret.
    pub fn is_shown_by(&self, webhook: &Webhook) -> bool {
        let description = self.description.clone().flatten().unwrap_or_default();
        let criteria = self.criteria().is_none_or(Criteria::is_empty);
        (self.url.is_none() || webhook.url.is_some())
            && (description.is_empty() || webhook.description.is_some())
            && (criteria || !webhook.criteria.is_empty())
    }

    /// The given members that a webhook does not have, such as `url is https://a.example, not https://b.example`. The
    /// type and the secret are not compared.
    pub fn differences(&self, webhook: &Webhook) -> Vec<String> {
        let difference = |name: &str, has: &str, given: &str| {
            let shown = |text: &str| match text {
                "" => "not set".to_owned(),
                text => super::url::without_userinfo(text),
            };
            format!("{name} is {}, not {}", shown(has), shown(given))
        };
        let mut differences = Vec::new();
        if let Some(url) = &self.url {
            let has = webhook.url.as_deref().unwrap_or_default();
            if !is_same(url, has) {
                differences.push(difference("url", has, url));
            }
        }
        if let Some(description) = &self.description {
            let given = description.as_deref().unwrap_or_default();
            let has = webhook.description.as_deref().unwrap_or_default();
            if given != has {
                differences.push(difference("description", has, given));
            }
        }
        if let Some(criteria) = &self.criteria {
            let given = criteria.clone().unwrap_or_default();
            if !given.same_as(&webhook.criteria) {
                let text = |criteria: &Criteria| Value::from(criteria.to_object()).to_string();
                let has = text(&webhook.criteria);
                differences.push(difference("criteria", &has, &text(&given)));
            }
        }
        differences
    }
}

/// The changes of flags and a file together: a body, and criteria whose keys replace those
/// of the body, or of the webhook that exists.
#[derive(Clone, Debug, Default)]
pub struct WebhookChanges {
    pub body: WebhookBody,
    pub criteria: Criteria,
}

impl WebhookChanges {
    pub fn is_empty(&self) -> bool {
        self.body.is_empty() && self.criteria.is_empty()
    }

    /// The body to send. The criteria change those of the body, or those of `current` if the body has none.
    pub fn into_body(mut self, current: &Criteria) -> WebhookBody {
        if !self.criteria.is_empty() {
            let base = self.body.criteria().unwrap_or(current);
            self.body.criteria = Some(Some(base.merged(&self.criteria)));
        }
        self.body
    }
}

impl<'de> Deserialize<'de> for WebhookBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = WebhookBody;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            // Derived code would also accept a list of values.
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                WebhookBody::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// Distinguishes `null` from an absent member.
fn nullable<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A value of another type is not repeated in the error, since it may be the secret.
fn nullable_secret<'de, D>(deserializer: D) -> Result<Option<Option<Secret>>, D::Error>
where
    D: Deserializer<'de>,
{
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(Some(None)),
        Value::String(secret) => match Secret::checked(secret) {
            Ok(secret) => Ok(Some(Some(secret))),
            Err(why) => Err(D::Error::custom(format!("secret: {why}"))),
        },
        _ => Err(D::Error::custom("the secret is not a string; quote it")),
    }
}

fn nullable_criteria<'de, D>(deserializer: D) -> Result<Option<Option<Criteria>>, D::Error>
where
    D: Deserializer<'de>,
{
    let strict: Option<StrictCriteria> = Option::deserialize(deserializer)?;
    Ok(Some(strict.map(|criteria| criteria.0)))
}

/// Criteria as they are sent: string to string, no key twice.
struct StrictCriteria(Criteria);

impl<'de> Deserialize<'de> for StrictCriteria {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = StrictCriteria;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str(
                    "criteria, an object of strings such as {\"product.id\": \"PRD-1111-1111\"}",
                )
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs: Vec<(String, String)> = Vec::new();
                while let Some(key) = map.next_key::<String>()? {
                    if pairs.iter().any(|(known, _)| *known == key) {
                        return Err(A::Error::custom(format!("criteria has `{key}` twice")));
                    }
                    match map.next_value::<Value>()? {
                        Value::String(value) => pairs.push((key, value)),
                        Value::Object(_) => {
                            return Err(A::Error::custom(format!(
                                "criteria.{key} is an object; quote keys that contain dots: \
                                 \"{key}.id\""
                            )));
                        }
                        _ => {
                            return Err(A::Error::custom(format!(
                                "criteria.{key} is not a string; quote its value"
                            )));
                        }
                    }
                }
                Ok(StrictCriteria(pairs.into_iter().collect()))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::WebhookBody;
    use crate::model::Webhook;

    fn body(text: &str) -> Result<WebhookBody, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn only_given_members_are_sent_and_null_clears() {
        let given = body(r#"{"secret": null, "url": "https://a.example"}"#).unwrap();
        assert_eq!(given.to_json().to_string(), r#"{"url":"https://a.example","secret":null}"#);
    }

    #[test]
    fn a_body_that_the_schema_refuses_is_refused() {
        for text in [
            r#"{"uri": "https://a.example"}"#,
            r#"{"url": "https://a.example", "url": "https://b.example"}"#,
            r#"{"criteria": {"a": "1", "a": "2"}}"#,
            r#"{"criteria": {"a": 1}}"#,
            r#"{"criteria": {"product": {"id": "PRD-1"}}}"#,
            r#"{"secret": 5}"#,
            r#"[]"#,
        ] {
            assert!(body(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_body_is_met_whatever_the_form_of_the_criteria() {
        let given = body(
            r#"{"url": "https://a.example", "criteria": {"form.id": "F"}, "description": null}"#,
        );
        let has = Webhook::of(&json!({
            "url": "https://a.example/", "criteria": [{"key": "form.id", "value": "F"}]
        }));
        assert!(given.unwrap().is_met_by(&has));
    }

    #[test]
    fn a_masked_body_hides_the_secret() {
        let given = body(r#"{"secret": "s3cret"}"#).unwrap();
        assert_eq!(given.to_masked_json(), json!({"secret": "********"}));
        assert!(!format!("{given:?}").contains("s3cret"));
    }
}
