//! Creates the answer to a callout.

use std::io;
use std::path::{Path, PathBuf};

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::callout::Callout;
use super::forward::Forwarder;
use super::reply::{Reply, Unanswered};
use crate::model::redact::Redactor;
use crate::model::url::shown;
use crate::system::files;
use crate::text::plain;

/// The source of the answer.
pub enum Answering {
    /// The received object, unchanged.
    Echo,
    /// The contents of a file, read for each callout, as JSON.
    File(PathBuf),
    /// The received object with this error message.
    Refuse(String),
    Forward(Box<Forwarder>),
}

impl Answering {
    /// Whether a request was already forwarded by this listener, which must not forward it again.
    pub fn is_loop(&self, headers: &HeaderMap) -> bool {
        matches!(self, Self::Forward(forwarder) if forwarder.has_forwarded(headers))
    }

    /// The host that a callout is forwarded to.
    pub fn host(&self, callout: &Callout) -> Option<String> {
        match self {
            Self::Forward(forwarder) => forwarder.target(callout)?.host_str().map(str::to_owned),
            Self::Echo | Self::File(_) | Self::Refuse(_) => None,
        }
    }

    /// What it does with callouts, for people: the verb and its object.
    pub fn description(&self) -> (&'static str, String) {
        match self {
            Self::Echo => ("Answers with", "the received object".to_owned()),
            Self::File(path) => ("Answers with", path.display().to_string()),
            Self::Refuse(message) => ("Refuses with", message.clone()),
            Self::Forward(forwarder) => {
                let targets: Vec<_> = forwarder.targets().map(shown).collect();
                ("Forwards to", targets.join(", "))
            }
        }
    }

    /// What must be hidden of an answer.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let forwarder = match self {
            Self::Forward(forwarder) => Some(forwarder),
            Self::Echo | Self::File(_) | Self::Refuse(_) => None,
        };
        forwarder.into_iter().flat_map(|forwarder| forwarder.secrets())
    }

    /// `hidden` has what the log must not show.
    pub async fn answer(&self, callout: &Callout, hidden: &Redactor) -> Result<Reply, Unanswered> {
        match self {
            Self::Echo => Ok(Reply::json(callout.body.clone())),
            Self::File(path) => match read(path).await {
                Ok(bytes) => Ok(Reply::json(bytes.into())),
                Err(error) => Err(Unanswered {
                    why: format!("cannot read {}: {}", path.display(), plain::io(&error)),
                    from: None,
                }),
            },
            Self::Refuse(message) => {
                let mut object = callout.object.clone();
                if !object.is_object() {
                    object = Value::Object(serde_json::Map::new());
                }
                object["error"] = json!({ "message": message });
                Ok(Reply::json(object.to_string().into()))
            }
            Self::Forward(forwarder) => forwarder.forward(callout, hidden).await,
        }
    }
}

async fn read(path: &Path) -> io::Result<Vec<u8>> {
    files::decoded(files::read_in_background(path, files::MAX_INPUT).await?)
}
