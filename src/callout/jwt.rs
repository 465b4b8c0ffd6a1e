//! The token that a callout carries when the webhook has a secret.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::{Deserialize, Serialize};

use super::hs256;
use crate::model::Secret;

pub use jsonwebtoken::errors::Error;

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
        }
    }

    /// The signed token. The key is the secret's UTF-8 bytes.
    ///
    /// # Errors
    /// These claims and keys cannot fail; the library's type requires the `Result`.
    pub fn sign(&self, secret: &Secret) -> Result<Secret, Error> {
        hs256::install();
        let key = EncodingKey::from_secret(secret.expose().as_bytes());
        encode(&Header::new(Algorithm::HS256), self, &key).map(Secret::new)
    }

    /// A token that says that it needs no signature, which no endpoint may accept.
    pub fn unsigned(&self) -> Secret {
        let claims = serde_json::to_vec(self).unwrap_or_default();
        let encoded = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let header = encoded(br#"{"alg":"none","typ":"JWT"}"#);
        Secret::new(format!("{header}.{}.", encoded(&claims)))
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};

    use super::Claims;
    use crate::model::Secret;

    #[test]
    fn a_signed_token_reads_back_and_another_secret_does_not_fit() {
        let claims = Claims::new("hooks.example.com", "WBH-1234-5678", jiff::Timestamp::now());
        let token = claims.sign(&Secret::new("sécret")).unwrap();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&["hooks.example.com"]);
        validation.set_issuer(&["mpt"]);
        validation.leeway = 0;
        let read = |secret: &str| {
            let key = DecodingKey::from_secret(secret.as_bytes());
            decode::<Claims>(token.expose(), &key, &validation).map(|token| token.claims)
        };
        assert_eq!(read("sécret").unwrap(), claims);
        assert_eq!(claims.exp - claims.iat, 300);
        assert!(read("secret").is_err());
    }

    /// The example of RFC 7515, appendix A.1, signed by another implementation.
    #[test]
    fn the_signature_is_that_of_the_standard() {
        super::hs256::install();
        let key = jsonwebtoken::DecodingKey::from_base64_secret(
            "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ+EstJQLr/T+1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow==",
        )
        .unwrap();
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let fits = |signature: &str| {
            jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key, Algorithm::HS256)
                .unwrap()
        };
        assert!(fits("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!fits("eBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    }
}
