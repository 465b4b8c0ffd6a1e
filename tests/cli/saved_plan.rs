//! Plans that `diff` saves and `apply` applies.

use serde_json::Value;

use crate::support::World;
use crate::support::manifests::{state, world};
use crate::support::sandbox::Served;
use crate::support::world::{assert_private, assert_run};

#[test]
fn a_plan_is_no_way_around_the_rules_of_files() {
    let world = world();
    assert_eq!(world.run("-p sandbox webhook diff webhooks.toml --out w.plan").code, 10);
    let text = std::fs::read_to_string(world.path("w.plan")).unwrap();
    world.write("own.plan", &text.replace("HOOK_SECRET", "MPT_API_TOKEN"));
    assert_run!(world.run("-p sandbox webhook apply own.plan --yes"), @"
    exit 2
    --- stderr
    error: cannot resolve 1 secret; nothing was sent
      ValidatePurchaseOrderDraft for PRD-1111-1111: secret: MPT_API_TOKEN is not allowed: mpt itself uses this variable, and its value may be a credential
    ");
    world.write("far.plan", &text.replace("https://hooks", "http://hooks"));
    assert_run!(world.run("-p sandbox webhook apply far.plan --yes"), @"
    exit 2
    --- stderr
    error: far.plan: not a plan saved by mpt; nothing was sent
      ValidatePurchaseOrderDraft for PRD-1111-1111: url: http://hooks.example.com/validate: http:// is only allowed for this machine and private networks
      ValidateAnswer for FRM-3333-3333: url: http://hooks.example.com/answers: http:// is only allowed for this machine and private networks
    ");
    world.write("folder/w.json", &text);
    assert_eq!(world.run("-p sandbox webhook apply folder --yes").code, 2);
    assert_eq!(state(&world), [Value::Null; 0]);
}

#[test]
fn a_saved_plan_is_carried_out_exactly_or_not_at_all() {
    let world = world();
    assert_eq!(world.run("-p sandbox webhook diff webhooks.toml --out webhooks.plan").code, 10);
    let plan = world.path("webhooks.plan");
    assert_private(&plan);
    let text = std::fs::read_to_string(&plan).unwrap();
    assert!(!text.contains("s3cret-s3cret"), "{text}");
    world.run("-p sandbox webhook apply webhooks.plan --yes").ok();
    assert_eq!(state(&world).len(), 2);
    assert_run!(world.run("-p sandbox webhook apply webhooks.plan --yes"), @"
    exit 6
    --- stderr
    error: the webhooks have changed since the plan was saved; nothing was changed
      ValidatePurchaseOrderDraft for PRD-1111-1111: was no webhook, and is now WBH-0000-0001
      ValidateAnswer for FRM-3333-3333: was no webhook, and is now WBH-0000-0002
    hint: save a new plan with mpt -p sandbox webhook diff FILE --out PLAN
    ");
    let elsewhere = Served::new(&World::new(), "").world().with("HOOK_SECRET", "x");
    std::fs::copy(&plan, elsewhere.path("webhooks.plan")).unwrap();
    let run = elsewhere.run("webhook apply webhooks.plan --yes");
    assert_eq!(run.code, 6, "{}", run.snapshot());
    assert_run!(world.run("-p sandbox webhook apply webhooks.plan --yes --prune"), @"
    exit 2
    --- stderr
    error: webhooks.plan is a saved plan; --prune, --secrets, --var and --vars were fixed when it was saved
    ");
}

/// A platform whose webhooks belong to the account of the token, by the token's ID.
fn accounts(own_is_known: bool) -> crate::support::Server {
    use crate::support::Reply;
    crate::support::Server::new(move |request, _| {
        let token = request.header("authorization").unwrap_or_default().to_owned();
        let account = if token.contains("TKN-1") { "ACC-1" } else { "ACC-2" };
        if request.target.contains("/accounts/api-tokens/") {
            return match own_is_known {
                true => Reply::Json(
                    200,
                    serde_json::json!({"account": {"id": account}, "token": token}),
                ),
                false => Reply::Json(403, serde_json::json!({})),
            };
        }
        let webhook = |id: &str, account: &str| {
            let mut webhook = crate::support::documents::healthy();
            webhook["id"] = id.into();
            webhook["account"]["id"] = account.into();
            webhook
        };
        let data = if token.contains("operations") {
            vec![webhook("WBH-1", "ACC-1"), webhook("WBH-2", "ACC-2")]
        } else {
            vec![webhook("WBH-1", account)]
        };
        Reply::Json(200, crate::support::documents::page(&data, 0, Some(data.len())))
    })
}

const MANIFEST: &str = "version = 1\n[scope]\ntypes = [\"ValidatePurchaseOrderDraft\"]\n";

#[test]
fn a_plan_of_another_account_is_refused() {
    for own_is_known in [true, false] {
        let server = accounts(own_is_known);
        let world = World::new().with("MPT_API_BASE_URL", &server.url());
        world.write("w.toml", MANIFEST);
        let with = |token: &str, line: &str| {
            let words: Vec<_> = line.split_whitespace().collect();
            let output =
                world.command(&words).env("MPT_API_TOKEN", format!("idt:{token}:hush")).output();
            crate::support::world::Run::of(&output.unwrap())
        };
        let run = with("TKN-1", "webhook diff w.toml --prune --out w.plan");
        assert_eq!(run.code, 10, "{}", run.snapshot());
        let run = with("TKN-2", "webhook apply w.plan --yes");
        assert_eq!(run.code, 6, "{}", run.snapshot());
        assert!(
            run.stderr.contains("the plan is for account ACC-1, not for account ACC-2"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn only_webhooks_of_the_tokens_account_are_pruned() {
    for (own_is_known, code) in [(true, 10), (false, 3)] {
        let server = accounts(own_is_known);
        let world = World::new()
            .with("MPT_API_BASE_URL", &server.url())
            .with("MPT_API_TOKEN", "idt:TKN-1:operations");
        world.write("w.toml", MANIFEST);
        let run = world.run("webhook diff w.toml --prune -o json");
        assert_eq!(run.code, code, "{}", run.snapshot());
        assert!(!run.stdout.contains("WBH-2"), "{}", run.snapshot());
        assert_eq!(run.stdout.contains("WBH-1"), own_is_known);
    }
}

#[test]
fn a_plan_is_for_one_account_or_one_token() {
    use crate::support::{Reply, Server};
    // The webhooks name no account, and the token may not read its own record.
    let server = Server::new(|request, _| match request.target.contains("/notifications/") {
        true => Reply::Json(200, crate::support::documents::page(&[], 0, Some(0))),
        false => Reply::Json(403, serde_json::json!({})),
    });
    let with_token = |token: &str| {
        World::new().with("MPT_API_BASE_URL", &server.url()).with("MPT_API_TOKEN", token)
    };
    let first = with_token("idt:TKN-1111-1111:a-secret-part");
    first.write("w.toml", "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"F\"\nurl = \"https://a.example\"\n");
    assert_eq!(first.run("webhook diff w.toml --out w.plan").code, 10);
    let plan = std::fs::read_to_string(first.path("w.plan")).unwrap();
    for (token, text) in [
        ("idt:TKN-2222-2222:a-secret-part", plan.clone()),
        ("opaque-token-without-an-id", plan.clone()),
        ("idt:TKN-1111-1111:a-secret-part", plan.replace("TKN-1111-1111", "TKN-3")),
        (
            "idt:TKN-1111-1111:a-secret-part",
            plan.replace("\"account\": null", "\"account\": \"ACC-1\"")
                .replace("TKN-1111-1111", "TKN-3"),
        ),
        ("idt:TKN-1111-1111:a-secret-part", plan.replace("\"TKN-1111-1111\"", "null")),
    ] {
        let world = with_token(token);
        world.write("w.plan", &text);
        let run = world.run("webhook apply w.plan --yes");
        assert_eq!(run.code, 6, "{token}: {}", run.snapshot());
    }
    assert!(!server.methods().contains("POST"));
}
