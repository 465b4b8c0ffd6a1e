//! A member of a webhook or an object that a plan changes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::url::without_userinfo;

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

/// A line of the value of a member as it may be shown: a URL without user and password.
pub fn shown_line(member: &str, line: &str) -> String {
    match member {
        "url" => without_userinfo(line),
        _ => line.to_owned(),
    }
}
