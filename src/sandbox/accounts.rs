//! The accounts of the sandbox, each with a token, and the record of a token (docs/platform-api.md, "Objects around a
//! webhook").

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::problem::Problem;
use super::rql::Scope;
use super::select::Shape;
use crate::model::Secret;

/// The account that a request is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Account {
    #[default]
    Vendor,
    // Sees no webhooks.
    Client,
    Operations,
}

pub const TOKEN: Shape = Shape {
    members: &[
        "id", "name", "status", "description", "lastAccessAt", "token", "account", "modules",
    ],
    omitted: &[],
    scope: Scope(&["id", "name", "status"], &[]),
};

impl Account {
    pub const ALL: [Self; 3] = [Self::Vendor, Self::Client, Self::Operations];

    fn type_name(self) -> &'static str {
        match self {
            Self::Vendor => "Vendor",
            Self::Client => "Client",
            Self::Operations => "Operations",
        }
    }

    fn id_and_name(self) -> (&'static str, &'static str) {
        match self {
            Self::Vendor => ("ACC-1000-0001", "Northwind Software"),
            Self::Client => ("ACC-2000-0002", "Contoso Retail"),
            Self::Operations => ("ACC-0000-0001", "SoftwareOne"),
        }
    }

    fn token_id(self) -> &'static str {
        match self {
            Self::Vendor => "TKN-0000-0000",
            Self::Client => "TKN-0000-0001",
            Self::Operations => "TKN-0000-0002",
        }
    }

    /// The token of this account, made from the sandbox's.
    pub fn token(self, sandbox: &Secret) -> Secret {
        let secret = sandbox.expose().rsplit(':').next().unwrap_or_default();
        match self {
            Self::Vendor => sandbox.clone(),
            _ => Secret::new(format!("idt:{}:{secret}", self.token_id())),
        }
    }

    /// The account of a token.
    pub fn of(token: &str, sandbox: &Secret) -> Option<Self> {
        let mut accounts = Self::ALL.into_iter();
        accounts.find(|account| account.token(sandbox).expose() == token)
    }

    pub fn document(self) -> Value {
        let (id, name) = self.id_and_name();
        json!({"id": id, "type": self.type_name(), "status": "Active", "name": name})
    }

    /// The `actor` of an audit record.
    pub fn actor(self) -> Value {
        let (id, name) = self.id_and_name();
        json!({
            "id": self.token_id(), "name": "mpt sandbox",
            "account": {"id": id, "name": name, "accountType": self.type_name()}
        })
    }

    /// The record of a token. Like the platform's, it contains the live token.
    pub fn token_record(id: &str, sandbox: &Secret) -> Result<Value, Problem> {
        let account = Self::ALL.into_iter().find(|account| account.token_id() == id);
        let account = account.ok_or_else(|| {
            Problem::new(StatusCode::NOT_FOUND, format!("The API token '{id}' was not found."))
        })?;
        Ok(json!({
            "id": id, "name": "mpt sandbox", "status": "Active", "description": null, "lastAccessAt": null,
            "token": account.token(sandbox).expose(), "account": account.document(), "modules": []
        }))
    }
}
