//! What several objects of the sandbox have: names, references, `audit`.

use serde_json::{Value, json};

use crate::model::timestamp;

/// The name of an object. Objects of the sample payloads have the names that they have there.
pub fn name(id: &str) -> String {
    match id {
        "PRD-1111-1111" => "Cloud Editor".to_owned(),
        "PRD-2222-2222" => "Cloud Storage".to_owned(),
        "PRD-3333-3333" => "Cloud Backup (in preparation)".to_owned(),
        "PRD-4444-4444" => "Desktop Editor (withdrawn)".to_owned(),
        "PRG-2222-2222" => "Education pricing".to_owned(),
        "FRM-3333-3333" => "Request a quote".to_owned(),
        _ => match id.split_once('-') {
            Some(("PRD", number)) => format!("Product {number}"),
            Some(("PRG", number)) => format!("Program {number}"),
            Some((_, number)) => format!("Form {number}"),
            None => id.to_owned(),
        },
    }
}

/// A reference to a product, program or form.
pub fn reference(id: &str) -> Value {
    json!({"id": id, "name": name(id), "icon": format!("/static/{id}/icon.png")})
}

/// An `audit` whose two events are at one time.
pub fn audit(at: &str) -> Value {
    let at = timestamp::parse(at).map(timestamp::format);
    let event = json!({"at": at, "by": {"id": "USR-1000-0001", "name": "mpt sandbox"}});
    json!({"created": event, "updated": event})
}
