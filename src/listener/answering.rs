//! What a callout is answered, and by whom.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::callout::Callout;
use super::forward::Forwarder;
use super::reply::{Reply, Unanswered};

/// Who answers.
pub enum Answering {
    /// The object comes back as it was: nothing to change.
    Echo,
    /// What is in a file at that moment, as JSON.
    File(PathBuf),
    /// The object comes back with an `error` that says this.
    Refuse(String),
    Forward(Forwarder),
}

impl Answering {
    pub async fn answer(&self, callout: &Callout) -> Result<Reply, Unanswered> {
        match self {
            Self::Echo => Ok(Reply::json(callout.body.clone())),
            Self::File(path) => match tokio::task::spawn_blocking({
                let path = path.clone();
                move || std::fs::read(path)
            })
            .await
            .map_err(std::io::Error::other)
            .flatten()
            {
                Ok(bytes) => Ok(Reply::json(bytes.into())),
                Err(error) => Err(Unanswered {
                    why: format!("cannot read {}: {error}", path.display()),
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
            Self::Forward(forwarder) => forwarder.forward(callout).await,
        }
    }
}
