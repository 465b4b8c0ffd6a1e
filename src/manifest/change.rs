//! A member of a webhook or an object that a plan changes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A member with its old and new value; null if there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub member: Cow<'static, str>,
    pub before: Value,
    pub after: Value,
}

impl Change {
    pub fn new(member: &'static str, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self { member: member.into(), before: before.into(), after: after.into() }
    }
}
