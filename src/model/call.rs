//! The record of a call of the platform to an endpoint (docs/platform-api.md, "Webhook").

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{timestamp, tolerant};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Call {
    #[serde(deserialize_with = "tolerant::maybe", skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    #[serde(deserialize_with = "tolerant::text", skip_serializing_if = "Option::is_none")]
    pub call_time: Option<String>,
    #[serde(deserialize_with = "tolerant::text", skip_serializing_if = "Option::is_none")]
    pub response_time: Option<String>,
    /// The request: a string, often with JSON inside, or JSON.
    #[serde(deserialize_with = "tolerant::text", skip_serializing_if = "Option::is_none")]
    pub headers: Option<String>,
    #[serde(deserialize_with = "tolerant::text", skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The answer of the endpoint: a string, often with JSON inside, or JSON.
    #[serde(deserialize_with = "tolerant::text", skip_serializing_if = "Option::is_none")]
    pub response: Option<String>,
    #[serde(deserialize_with = "tolerant::text", skip_serializing_if = "Option::is_none")]
    pub reason_phrase: Option<String>,
    /// A name, a number or a numeric string.
    #[serde(deserialize_with = "tolerant::maybe", skip_serializing_if = "Option::is_none")]
    pub http_status_code: Option<Value>,
    /// Older responses call it `httpStatusCode`.
    #[serde(deserialize_with = "tolerant::maybe", skip_serializing)]
    status: Option<Value>,
}

impl Call {
    pub fn called_at(&self) -> Option<Timestamp> {
        timestamp::parse(self.call_time.as_deref()?)
    }

    /// The time between the call and its answer.
    pub fn took(&self) -> Option<SignedDuration> {
        let answered = timestamp::parse(self.response_time.as_deref()?)?;
        let took = answered.duration_since(self.called_at()?);
        (!took.is_negative()).then_some(took)
    }

    /// `503 Service Unavailable`, from a name, a number or a numeric string; an unknown value is unchanged.
    pub fn http_status(&self) -> Option<String> {
        let raw = self.http_status_code.clone().or_else(|| self.status.clone());
        let raw = tolerant::to_text(raw?)?;
        let code = raw.parse().ok().or_else(|| code_of_name(&raw));
        let Some(code) = code else { return Some(raw) };
        let reason = self
            .reason_phrase
            .as_deref()
            .filter(|phrase| !phrase.is_empty())
            .or_else(|| reason_of_code(code));
        Some(match reason {
            Some(reason) => format!("{code} {reason}"),
            None => code.to_string(),
        })
    }
}

/// A status code as the platform writes it in a call record: .NET's name, or the number if it has no name.
pub fn recorded_status(code: u16) -> Value {
    name_of_code(code).map_or_else(|| code.into(), Value::from)
}

fn code_of_name(name: &str) -> Option<u16> {
    let is_name =
        |code: &u16| name_of_code(*code).is_some_and(|own| own.eq_ignore_ascii_case(name));
    (100..600).find(is_name)
}

/// `HttpStatusCode` of the OpenAPI document: the reason phrase without spaces, but for these.
fn name_of_code(code: u16) -> Option<String> {
    let own = match code {
        306 => "Unused",
        413 => "RequestEntityTooLarge",
        414 => "RequestUriTooLong",
        416 => "RequestedRangeNotSatisfiable",
        505 => "HttpVersionNotSupported",
        418 | 425 => return None,
        code => return Some(reason_of_code(code)?.replace([' ', '-'], "")),
    };
    Some(own.to_owned())
}

fn reason_of_code(code: u16) -> Option<&'static str> {
    http::StatusCode::from_u16(code).ok()?.canonical_reason()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Call;

    fn call(document: Value) -> Call {
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn every_form_of_the_status_reads_the_same() {
        for document in [
            json!({"httpStatusCode": "ServiceUnavailable"}),
            json!({"httpStatusCode": 503}),
            json!({"httpStatusCode": "503"}),
            json!({"status": 503}),
            json!({"status": "ServiceUnavailable", "reasonPhrase": ""}),
        ] {
            assert_eq!(call(document).http_status().as_deref(), Some("503 Service Unavailable"));
        }
        assert_eq!(call(json!({"httpStatusCode": "text"})).http_status().as_deref(), Some("text"));
        assert_eq!(call(json!({"httpStatusCode": 799})).http_status().as_deref(), Some("799"));
    }

    #[test]
    fn a_status_is_recorded_by_its_name() {
        for (code, recorded) in [
            (502, json!("BadGateway")),
            (203, json!("NonAuthoritativeInformation")),
            (413, json!("RequestEntityTooLarge")),
            (418, json!(418)),
            (599, json!(599)),
        ] {
            assert_eq!(super::recorded_status(code), recorded);
        }
    }

    #[test]
    fn a_call_that_ended_before_it_began_took_no_known_time() {
        let call = call(json!({
            "callTime": "2026-05-04T09:00:01", "responseTime": "2026-05-04T09:00:00"
        }));
        assert_eq!(call.took(), None);
    }
}
