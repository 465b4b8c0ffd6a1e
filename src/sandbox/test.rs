//! A type that is a row of `model/webhook_type.rs`, and nothing else, is known everywhere.

use std::ffi::OsStr;

use serde_json::{Value, json};

use super::catalogue::{self, CatalogueKind};
use super::webhook_body;
use crate::commands::shared::{candidates, type_arg};
use crate::model::{Anchor, Webhook, webhook_type};
use crate::operations::diagnosis::checks;

#[test]
fn a_new_type_is_seen_everywhere() {
    // The row is only there in unit tests.
    let known = webhook_type::find("validate-nothing").unwrap();
    let body = json!({
        "type": known.name, "url": "https://a.example", "criteria": {"program.id": "PRG-1111-1111"}
    });
    // The sandbox creates such a webhook, calls it for its object, and has its switch.
    let (created, _) = webhook_body::create(&body).ok().unwrap();
    assert_eq!(created.name, known.name);
    let sent_for = webhook_type::types_of(&known.sample()).next();
    assert_eq!(sent_for.map(|sent_for| sent_for.name), Some(known.name));
    let program = catalogue::object(CatalogueKind::Program, "PRG-1111-1111").unwrap();
    let switch = known.switch.as_ref().unwrap();
    assert_eq!(switch.value_in(&program["settings"]), Some(&Value::Bool(true)));
    // Doctor knows its object and what may be in its criteria; completion and tables know its name.
    let webhook = Webhook::of(&body);
    assert_eq!(checks::anchor_of(&webhook), Some((Anchor::Program, "PRG-1111-1111".to_owned())));
    let criteria = checks::criteria(&webhook, Some(known), "WBH-1");
    assert_eq!(criteria.result.name(), "ok");
    let offered = candidates::webhook_types().complete(OsStr::new("validate-n"));
    let offered: Vec<_> = offered.iter().map(|one| one.get_value()).collect();
    assert_eq!(offered, ["validate-nothing"]);
    let mut columns = webhook_type::of(Anchor::Program).map(|column| column.short_name);
    assert!(columns.any(|name| name == known.short_name));
    assert!(type_arg::help().contains(known.name));
}
