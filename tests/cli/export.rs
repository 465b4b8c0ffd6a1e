//! `webhook export`: a manifest of the existing webhooks, for which `diff` finds no difference.

use crate::support::World;
use crate::support::world::assert_run;

fn world() -> World {
    let world = World::new().with("S", "s3cret-s3cret");
    for options in [
        "--type validate-purchase-order-draft --product PRD-1111-1111 --url https://a.example/$${x} \
         --criteria status=in(status,(Draft,Quoted)) --secret-env S",
        "--type validate-answer --form FRM-2222-2222 --url https://b.example/ --disabled",
        "--type validate-answer --form FRM-1111-1111 --url https://a.example/?x=${HOME}&y=\"z\"",
    ] {
        world.run(&format!("-p sandbox webhook create -q -o id {options}")).ok();
    }
    world
}

#[test]
fn each_form_says_the_same_and_differs_from_nothing() {
    let world = world();
    assert_run!(world.run("-p sandbox webhook export"), @r#"
    exit 0
    --- stdout
    version = 1

    # What --prune may delete:
    # [scope]
    # types = ["ValidateAnswer", "ValidatePurchaseOrderDraft"]

    [[webhooks]]
    type = "ValidateAnswer"
    form = "FRM-1111-1111"
    url = "https://a.example/?x=$${HOME}&y=\"z\""
    enabled = true

    [[webhooks]]
    type = "ValidateAnswer"
    form = "FRM-2222-2222"
    url = "https://b.example/"
    enabled = false

    [[webhooks]]
    type = "ValidatePurchaseOrderDraft"
    product = "PRD-1111-1111"
    criteria = { status = "in(status,(Draft,Quoted))" }
    url = "https://a.example/$$${x}"
    enabled = true
    # secret = { env = "VALIDATE_PURCHASE_ORDER_DRAFT_PRD_1111_1111_SECRET" }
    --- stderr
    Webhooks with a secret: 1; comments name a variable for each. Write references with --secret-refs
    "#);
    assert_run!(world.run("-p sandbox webhook export --type validate-answer -o yaml"), @r#"
    exit 0
    --- stdout
    version: 1
    # What --prune may delete:
    # scope:
    #   types: ["ValidateAnswer"]
    webhooks:
      - type: ValidateAnswer
        form: FRM-1111-1111
        url: "https://a.example/?x=$${HOME}&y=\"z\""
        enabled: true
      - type: ValidateAnswer
        form: FRM-2222-2222
        url: "https://b.example/"
        enabled: false
    "#);
    let toml = world.run("-p sandbox webhook export").ok();
    for (name, options) in [("w.toml", ""), ("w.yaml", "-o yaml"), ("w.json", "-o json")] {
        let text = world.run(&format!("-p sandbox webhook export {options}")).ok();
        world.write(name, &text);
        world.run(&format!("-p sandbox webhook diff {name}")).ok();
    }
    // Repeated exports are equal.
    assert_eq!(world.run("-p sandbox webhook export").ok(), toml);
    world.write("refs.toml", &world.run("-p sandbox webhook export --secret-refs").ok());
    let refs = world.run("-p sandbox webhook diff refs.toml");
    assert_eq!(refs.code, 2, "{}", refs.snapshot());
    let set = world.with("VALIDATE_PURCHASE_ORDER_DRAFT_PRD_1111_1111_SECRET", "s3cret-s3cret");
    assert_eq!(set.run("-p sandbox webhook diff refs.toml").ok(), "3 unchanged\n");
}

#[test]
fn an_export_without_webhooks_is_an_empty_manifest() {
    let world = World::new();
    assert_run!(world.run("-p sandbox webhook export"), @"
    exit 0
    --- stdout
    version = 1
    ");
    assert_eq!(world.run("-p sandbox webhook export -o csv").code, 2);
}

#[test]
fn a_list_that_changes_while_it_is_read_is_read_again() {
    let all: Vec<serde_json::Value> = (0..250)
        .map(|number| {
            let mut webhook = crate::support::documents::healthy();
            webhook["id"] = format!("WBH-{number}").into();
            let product = format!("PRD-{number}");
            webhook["object"]["id"] = product.clone().into();
            webhook["criteria"] = serde_json::json!({"product.id": product});
            webhook
        })
        .collect();
    for created in [false, true] {
        let all = all.clone();
        let server = crate::support::Server::new(move |request, number| {
            // The first 100 are deleted after the first page; others may be created at the same time.
            let mut now = if number == 0 { all.clone() } else { all[100..].to_vec() };
            if number > 0 && created {
                let new = all[..100].iter().enumerate().map(|(number, webhook)| {
                    let mut webhook = webhook.clone();
                    webhook["id"] = format!("WBH-NEW-{number}").into();
                    webhook
                });
                now.extend(new);
            }
            let parameter = |name: &str| {
                let value =
                    request.target.split(['?', '&']).find_map(|part| part.strip_prefix(name));
                value.and_then(|value| value.parse().ok()).unwrap_or(0)
            };
            let offset: usize = parameter("offset=");
            let end = (offset + 100).min(now.len());
            let data = &now[offset.min(end)..end];
            crate::support::Reply::Json(
                200,
                crate::support::documents::page(data, offset, Some(now.len())),
            )
        });
        let run = World::at(&server).run("webhook export -o json --jq .webhooks|length");
        let exported = run.json();
        assert_eq!(exported, if created { 250 } else { 150 });
    }
}

#[test]
fn control_characters_are_escaped_in_every_format() {
    let mut webhook = crate::support::documents::healthy();
    let hostile = "a\u{9b}b\u{202e}c\u{2028}d\"e'f\\g";
    webhook["description"] = hostile.into();
    let server = crate::support::Server::always(
        200,
        crate::support::documents::page(&[webhook], 0, Some(1)),
    );
    let world = World::at(&server);
    for (options, name) in [("", "w.toml"), ("-o yaml", "w.yaml"), ("-o json", "w.json")] {
        let exported = world.run(&format!("webhook export {options}")).ok();
        assert!(!exported.contains(['\u{9b}', '\u{202e}', '\u{2028}']), "{exported}");
        world.write(name, &exported);
        let diff = world.run(&format!("webhook diff {name} --secrets never"));
        assert_eq!(diff.code, 0, "{}", diff.snapshot());
    }
}
