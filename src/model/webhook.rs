//! A webhook as the platform returns it (docs/platform-api.md, "Webhook").

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Call, Criteria, tolerant};
use crate::text::escape;

/// The members that the API omits unless `select` names them.
pub const OMITTED_BY_DEFAULT: [&str; 6] =
    ["audit", "secret", "statistics", "lastCall", "lastSuccess", "lastFailure"];

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", default)]
pub struct Webhook {
    #[serde(deserialize_with = "tolerant::text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub url: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub description: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub status: Option<String>,
    #[serde(rename = "type", deserialize_with = "tolerant::text")]
    pub webhook_type: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub secret: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub object_type: Option<String>,
    #[serde(deserialize_with = "tolerant::maybe")]
    pub statistics: Option<Statistics>,
    #[serde(deserialize_with = "tolerant::maybe")]
    pub account: Option<Reference>,
    #[serde(deserialize_with = "tolerant::maybe")]
    pub object: Option<Reference>,
    pub criteria: Criteria,
    /// Older responses call it `criteria`.
    params: Criteria,
    #[serde(deserialize_with = "tolerant::maybe")]
    pub audit: Option<Audit>,
    #[serde(deserialize_with = "tolerant::maybe")]
    pub last_call: Option<Call>,
    #[serde(deserialize_with = "tolerant::maybe")]
    pub last_success: Option<Call>,
    #[serde(deserialize_with = "tolerant::maybe")]
    pub last_failure: Option<Call>,
}

impl Webhook {
    /// The view of a document. A document that is not an object has no members.
    pub fn of(document: &Value) -> Self {
        <Self as Deserialize>::deserialize(document).unwrap_or_default()
    }

    /// `WBH-1234-5678 (ValidateAnswer for FRM-1111-1111)`, without unknown parts. It is used in
    /// messages of one line.
    pub fn described(&self) -> String {
        let id = self.id.as_deref().unwrap_or("a webhook without an ID");
        let object = self.object.as_ref().and_then(|object| object.id.as_deref());
        let described = match (&self.webhook_type, object) {
            (Some(webhook_type), Some(object)) => format!("{id} ({webhook_type} for {object})"),
            (Some(webhook_type), None) => format!("{id} ({webhook_type})"),
            _ => id.to_owned(),
        };
        escape::line(&described).into_owned()
    }

    pub fn account_id(&self) -> Option<&str> {
        self.account.as_ref()?.id.as_deref()
    }

    /// `None`: the status is missing or unknown.
    pub fn enabled(&self) -> Option<bool> {
        let status = self.status.as_deref()?.to_ascii_lowercase();
        match status.as_str() {
            "enabled" => Some(true),
            "disabled" => Some(false),
            _ => None,
        }
    }

    pub fn health(&self) -> Health {
        if let Some(last) = &self.last_call {
            return match last.success {
                Some(true) => Health::Ok,
                Some(false) => Health::Failing(
                    self.statistics.as_ref().and_then(|s| count(&s.failures_since_last_success)),
                ),
                None => Health::Unknown,
            };
        }
        match self.statistics.as_ref().and_then(|s| count(&s.total)) {
            Some(0) => Health::NeverCalled,
            _ => Health::Unknown,
        }
    }

    /// Whether the last call failed.
    pub fn is_failing(&self) -> bool {
        matches!(self.health(), Health::Failing(_))
    }

    /// The secret, if it is neither absent nor masked (docs/platform-api.md, "Secrets").
    pub fn readable_secret(&self) -> Option<&str> {
        self.secret.as_deref().filter(|secret| !secret.chars().all(|c| c == '*'))
    }
}

impl<'de> Deserialize<'de> for Webhook {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut webhook = Self::deserialize(deserializer)?;
        if webhook.criteria.is_empty() && !webhook.params.is_empty() {
            webhook.criteria = std::mem::take(&mut webhook.params);
        }
        Ok(webhook)
    }
}

/// The health of an endpoint, from its last calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    Ok,
    /// The number of failures since the last success, if known.
    Failing(Option<u64>),
    NeverCalled,
    /// There is neither a call record nor statistics.
    Unknown,
}

/// Counts of callouts: numbers, or text if the platform sends text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Statistics {
    #[serde(deserialize_with = "tolerant::text")]
    pub total: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub successes: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub failures: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub failures_since_last_success: Option<String>,
}

impl Statistics {
    /// The share of successful calls, 0 to 1; `None` without calls or if the counts are inconsistent.
    pub fn success_rate(&self) -> Option<f64> {
        let (total, successes) = (count(&self.total)?, count(&self.successes)?);
        (total > 0 && successes <= total).then(|| successes as f64 / total as f64)
    }

    /// Also true if that is not known.
    pub fn was_ever_successful(&self) -> bool {
        count(&self.successes) != Some(0)
    }

    pub fn was_called(&self) -> bool {
        count(&self.total) != Some(0)
    }
}

fn count(text: &Option<String>) -> Option<u64> {
    text.as_deref()?.parse().ok()
}

/// A reference to an account or an object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Reference {
    #[serde(deserialize_with = "tolerant::text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub name: Option<String>,
    #[serde(rename = "type", deserialize_with = "tolerant::text")]
    pub reference_type: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub status: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Audit {
    #[serde(deserialize_with = "tolerant::maybe")]
    pub created: Option<Event>,
    #[serde(deserialize_with = "tolerant::maybe")]
    pub updated: Option<Event>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Event {
    #[serde(deserialize_with = "tolerant::text")]
    pub at: Option<String>,
    /// A user. The "[Circular Reference]" object of the reference page has no name.
    #[serde(deserialize_with = "tolerant::maybe")]
    pub by: Option<Reference>,
}

impl Event {
    /// The name of the user, or the ID.
    pub fn by_whom(&self) -> Option<&str> {
        let by = self.by.as_ref()?;
        by.name.as_deref().or(by.id.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop, proptest};
    use serde_json::{Value, json};

    use super::{Health, Webhook};

    #[test]
    fn health_comes_from_the_last_call_or_the_count() {
        let health = |document: Value| Webhook::of(&document).health();
        let failing = json!({
            "lastCall": {"success": false}, "statistics": {"failuresSinceLastSuccess": "3"}
        });
        assert_eq!(health(failing), Health::Failing(Some(3)));
        assert_eq!(health(json!({"lastCall": {"success": true}})), Health::Ok);
        assert_eq!(health(json!({"statistics": {"total": 0}})), Health::NeverCalled);
        assert_eq!(health(json!({"lastCall": "text"})), Health::Unknown);
    }

    #[test]
    fn an_absent_or_masked_secret_is_not_readable() {
        for document in [json!({}), json!({"secret": null}), json!({"secret": "*******"})] {
            assert_eq!(Webhook::of(&document).readable_secret(), None);
        }
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop::strategy::Union::new([
            proptest::strategy::Just(Value::Null).boxed(),
            any::<bool>().prop_map(Value::from).boxed(),
            any::<i64>().prop_map(Value::from).boxed(),
            any::<String>().prop_map(Value::from).boxed(),
        ]);
        let name = prop::sample::select(vec![
            "id", "type", "criteria", "params", "statistics", "total", "lastCall", "success",
            "httpStatusCode", "status", "audit", "created", "by", "at", "object", "key", "value",
        ]);
        leaf.prop_recursive(4, 32, 6, move |inner| {
            prop::strategy::Union::new([
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from).boxed(),
                prop::collection::vec((name.clone(), inner), 0..6)
                    .prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
                    .boxed(),
            ])
        })
    }

    proptest! {
        #[test]
        fn any_document_is_read_without_a_panic(document in json_value()) {
            let webhook = Webhook::of(&document);
            webhook.health();
            for call in [webhook.last_call, webhook.last_failure].into_iter().flatten() {
                call.http_status();
                call.took();
            }
        }

        #[test]
        fn an_invalid_member_hides_no_other(member in json_value()) {
            for name in ["statistics", "lastCall", "audit", "criteria", "account", "url"] {
                let mut document = json!({"id": "WBH-1234-5678"});
                document[name] = member.clone();
                assert_eq!(Webhook::of(&document).id.as_deref(), Some("WBH-1234-5678"));
            }
        }
    }
}
