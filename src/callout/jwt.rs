//! The token that a callout carries when the webhook has a secret.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::hmac::{self, HMAC_SHA256, Key};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::Secret;

/// How long a token is valid, in seconds.
pub const LIFETIME: i64 = 300;

/// The claims of the platform. Times are seconds since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    /// The endpoint's host, without its port.
    pub aud: String,
    pub iat: i64,
    pub nbf: i64,
    pub exp: i64,
    pub webhook_id: String,
    /// Claims that are added, or replace those above.
    #[serde(skip)]
    pub more: Map<String, Value>,
}

impl Claims {
    pub fn new(host: &str, webhook_id: &str, now: Timestamp) -> Self {
        let now = now.as_second();
        Self {
            iss: "mpt".to_owned(),
            aud: host.to_owned(),
            iat: now,
            nbf: now,
            exp: now.saturating_add(LIFETIME),
            webhook_id: webhook_id.to_owned(),
            more: Map::new(),
        }
    }

    #[must_use]
    pub fn with(self, more: &Map<String, Value>) -> Self {
        Self { more: more.clone(), ..self }
    }

    /// The same with other times, whatever the added claims say.
    #[must_use]
    pub fn shifted(&self, seconds: i64) -> Self {
        let mut claims = self.without(&["iat", "nbf", "exp"]);
        for time in [&mut claims.iat, &mut claims.nbf, &mut claims.exp] {
            *time += seconds;
        }
        claims
    }

    /// The same for another webhook, whatever the added claims say.
    #[must_use]
    pub fn for_webhook(&self, webhook_id: String) -> Self {
        Self { webhook_id, ..self.without(&["webhook_id"]) }
    }

    fn without(&self, names: &[&str]) -> Self {
        let mut claims = self.clone();
        claims.more.retain(|name, _| !names.contains(&name.as_str()));
        claims
    }

    /// The signed token. The key is the secret's UTF-8 bytes.
    pub fn sign(&self, secret: &Secret) -> Secret {
        let signed = self.encoded(br#"{"typ":"JWT","alg":"HS256"}"#);
        let signature = hmac::sign(&key(secret), signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature);
        Secret::new(format!("{signed}.{signature}"))
    }

    /// A token that says that it needs no signature, which no endpoint may accept.
    pub fn unsigned(&self) -> Secret {
        let signed = self.encoded(br#"{"alg":"none","typ":"JWT"}"#);
        Secret::new(format!("{signed}."))
    }

    /// Header and claims, the part that is signed.
    fn encoded(&self, header: &[u8]) -> String {
        let header = URL_SAFE_NO_PAD.encode(header);
        let mut claims = serde_json::json!(self);
        for (name, value) in &self.more {
            claims[name] = value.clone();
        }
        format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()))
    }
}

fn key(secret: &Secret) -> Key {
    Key::new(HMAC_SHA256, secret.expose().as_bytes())
}

/// Whether a signature fits the text before it: `None` if it is not base64url.
pub fn has_signature(signed: &str, signature: &str, secret: &Secret) -> Option<bool> {
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    Some(hmac::verify(&key(secret), signed.as_bytes(), &signature).is_ok())
}

/// The header or the claims of a token, if it is a JSON object in base64url.
pub fn decode(part: &str) -> Option<Value> {
    let object: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()?;
    object.is_object().then_some(object)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use ring::hmac;

    use super::{Claims, HMAC_SHA256, URL_SAFE_NO_PAD, has_signature};
    use crate::model::Secret;

    #[test]
    fn a_signed_token_reads_back_and_another_secret_does_not_fit() {
        let claims = Claims::new("hooks.example.com", "WBH-1234-5678", jiff::Timestamp::now());
        let token = claims.sign(&Secret::new("sécret"));
        let (signed, signature) = token.expose().rsplit_once('.').unwrap();
        let read = super::decode(signed.split_once('.').unwrap().1).unwrap();
        assert_eq!(serde_json::from_value::<Claims>(read).unwrap(), claims);
        assert_eq!(claims.exp - claims.iat, 300);
        let fits = |secret: &str| has_signature(signed, signature, &Secret::new(secret));
        assert_eq!(fits("sécret"), Some(true));
        assert_eq!(fits("secret"), Some(false));
    }

    #[test]
    fn added_claims_replace_the_own_but_for_what_is_tested() {
        let more = serde_json::json!({"exp": 1, "webhook_id": "x", "https://c/accountId": "ACC-1"});
        let claims =
            Claims::new("h", "WBH-1", jiff::Timestamp::UNIX_EPOCH).with(more.as_object().unwrap());
        let read = |claims: &Claims| {
            let token = claims.sign(&Secret::new("s"));
            super::decode(token.expose().split('.').nth(1).unwrap()).unwrap()
        };
        assert_eq!(read(&claims)["exp"], 1);
        let shifted = read(&claims.shifted(60).for_webhook("WBH-2".to_owned()));
        assert_eq!(
            [&shifted["exp"], &shifted["webhook_id"], &shifted["https://c/accountId"]],
            [&serde_json::json!(360), &"WBH-2".into(), &"ACC-1".into()]
        );
    }

    /// The example of RFC 7515, appendix A.1, signed by another implementation.
    #[test]
    fn the_signature_is_that_of_the_standard() {
        let key = STANDARD
            .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ+EstJQLr/T+1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow==")
            .unwrap();
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = hmac::sign(&hmac::Key::new(HMAC_SHA256, &key), signed.as_bytes());
        assert_eq!(
            URL_SAFE_NO_PAD.encode(signature),
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        );
    }
}
