//! The objects around a webhook: products, programs, forms, the token's own record, history (docs/platform-api.md,
//! "Objects around a webhook").

use serde::Deserialize;
use serde_json::Value;

use super::tolerant;

/// A product, a program or a form.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CatalogObject {
    #[serde(deserialize_with = "tolerant::text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub status: Option<String>,
    /// Only there if it was selected.
    pub settings: Value,
}

impl CatalogObject {
    /// Whether new orders or enrollments can be created for it, or it can be answered; `None` if the status is not known.
    pub fn is_published(&self) -> Option<bool> {
        let status = self.status.as_deref()?.to_ascii_lowercase();
        match status.as_str() {
            "published" => Some(true),
            "draft" | "pending" | "unpublished" | "deleted" | "none" => Some(false),
            _ => None,
        }
    }
}

/// An order, as a list shows it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Order {
    #[serde(deserialize_with = "tolerant::text")]
    pub id: Option<String>,
    #[serde(rename = "type", deserialize_with = "tolerant::text")]
    pub order_type: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "tolerant::maybe")]
    pub product: Option<Account>,
}

/// What the platform says about a token. The live token in the response is not kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TokenRecord {
    #[serde(deserialize_with = "tolerant::text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "tolerant::maybe")]
    pub account: Option<Account>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Account {
    #[serde(deserialize_with = "tolerant::text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub name: Option<String>,
    #[serde(rename = "type", deserialize_with = "tolerant::text")]
    pub account_type: Option<String>,
}

impl Account {
    /// `Northwind Software (ACC-1000-0001, Vendor)`
    pub fn described(&self) -> String {
        let id = self.id.as_deref().unwrap_or("an account without an ID");
        let name = self.name.as_deref().unwrap_or(id);
        let details =
            [self.id.as_deref().filter(|_| self.name.is_some()), self.account_type.as_deref()];
        let details: Vec<_> = details.into_iter().flatten().collect();
        if details.is_empty() {
            return name.to_owned();
        }
        format!("{name} ({})", details.join(", "))
    }

    pub fn is_client(&self) -> bool {
        self.account_type.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("client"))
    }

    pub fn is_vendor(&self) -> bool {
        self.account_type.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("vendor"))
    }
}

/// A change of an object, from the platform's history.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuditRecord {
    #[serde(deserialize_with = "tolerant::text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub event: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub summary: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub details: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub timestamp: Option<String>,
    #[serde(deserialize_with = "tolerant::maybe")]
    pub actor: Option<Actor>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Actor {
    #[serde(deserialize_with = "tolerant::text")]
    pub id: Option<String>,
    #[serde(deserialize_with = "tolerant::text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "tolerant::maybe")]
    pub account: Option<Account>,
}
