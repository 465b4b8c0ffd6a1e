//! Manifests that tests apply, and the resulting webhooks.

use serde_json::{Value, json};

use super::World;

pub const FILE: &str = r#"
version = 1

[scope]
types = ["ValidateAnswer"]

[[webhooks]]
type = "validate-purchase-order-draft"
product = "PRD-1111-1111"
url = "https://${HOOKS_HOST}/validate"
description = "Checks draft orders"
secret = { env = "HOOK_SECRET" }

[[webhooks]]
type = "ValidateAnswer"
form = "FRM-3333-3333"
url = "https://${HOOKS_HOST}/answers"
enabled = false
"#;

/// One request at a time, so that the order of lines is fixed.
pub const APPLY: &str = "-p sandbox webhook apply webhooks.toml --yes --jobs 1";

pub fn world() -> World {
    let world =
        World::new().with("HOOKS_HOST", "hooks.example.com").with("HOOK_SECRET", "s3cret-s3cret");
    world.write("webhooks.toml", FILE);
    world
}

/// The webhooks of the sandbox, with the members that a manifest manages.
pub fn state(world: &World) -> Vec<Value> {
    let listed =
        world.run("-p sandbox webhook list --order type,object.id --select secret -o json").json();
    let webhooks = listed.as_array().unwrap().iter();
    webhooks
        .map(|webhook| {
            json!([
                webhook["type"], webhook["object"]["id"], webhook["url"], webhook["description"],
                webhook["status"], webhook["secret"]
            ])
        })
        .collect()
}

/// A manifest of `count` webhooks for different objects.
pub fn many(count: usize) -> String {
    let entries: Vec<String> = (0..count)
        .map(|number| {
            format!(
                "[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"FRM-{:04}-1111\"\n\
                 url = \"https://h.example/{number}\"\n",
                number + 1
            )
        })
        .collect();
    format!("version = 1\n\n{}", entries.join("\n"))
}

pub fn count(world: &World) -> String {
    world.run("-p sandbox webhook list --count").ok().trim().to_owned()
}
