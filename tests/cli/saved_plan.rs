//! Plans that `diff` saves and `apply` applies.

use serde_json::Value;

use crate::support::World;
use crate::support::manifests::{state, world};
use crate::support::sandbox::Served;
use crate::support::world::{assert_private, assert_run};

#[test]
fn a_plan_is_no_way_around_the_rules_of_files() {
    let world = world();
    assert_eq!(
        world
            .run("-p sandbox webhook diff webhooks.toml --out w.plan")
            .code,
        10
    );
    let text = std::fs::read_to_string(world.path("w.plan")).unwrap();
    world.write("own.plan", &text.replace("HOOK_SECRET", "MPT_API_TOKEN"));
    assert_run!(world.run("-p sandbox webhook apply own.plan --yes"), @"
    exit 2
    --- stderr
    error: cannot resolve 1 secret; nothing was sent
      ValidatePurchaseOrderDraft for PRD-1111-1111: secret: MPT_API_TOKEN is not allowed: variables that start with MPT_ may contain credentials of mpt
    ");
    world.write("far.plan", &text.replace("https://hooks", "http://hooks"));
    assert_run!(world.run("-p sandbox webhook apply far.plan --yes"), @"
    exit 2
    --- stderr
    error: far.plan: not a plan saved by mpt; nothing was sent
      ValidatePurchaseOrderDraft for PRD-1111-1111: url: http://hooks.example.com/validate: http:// is only allowed for this machine
      ValidateAnswer for FRM-3333-3333: url: http://hooks.example.com/answers: http:// is only allowed for this machine
    ");
    world.write("folder/w.json", &text);
    assert_eq!(world.run("-p sandbox webhook apply folder --yes").code, 2);
    assert_eq!(state(&world), [Value::Null; 0]);
}

#[test]
fn a_saved_plan_is_carried_out_exactly_or_not_at_all() {
    let world = world();
    assert_eq!(
        world
            .run("-p sandbox webhook diff webhooks.toml --out webhooks.plan")
            .code,
        10
    );
    let plan = world.path("webhooks.plan");
    assert_private(&plan);
    let text = std::fs::read_to_string(&plan).unwrap();
    assert!(!text.contains("s3cret-s3cret"), "{text}");
    world
        .run("-p sandbox webhook apply webhooks.plan --yes")
        .ok();
    assert_eq!(state(&world).len(), 2);
    assert_run!(world.run("-p sandbox webhook apply webhooks.plan --yes"), @"
    exit 6
    --- stderr
    error: the webhooks have changed since the plan was saved; nothing was changed
    hint: save a new plan with mpt webhook diff FILE --out PLAN
    ");
    let elsewhere = Served::new(&World::new(), "")
        .world()
        .with("HOOK_SECRET", "x");
    std::fs::copy(&plan, elsewhere.path("webhooks.plan")).unwrap();
    let run = elsewhere.run("webhook apply webhooks.plan --yes");
    assert_eq!(run.code, 6, "{}", run.snapshot());
    assert_run!(world.run("-p sandbox webhook apply webhooks.plan --yes --prune"), @"
    exit 2
    --- stderr
    error: webhooks.plan is a saved plan; --prune, --secrets and --var were fixed when it was saved
    ");
}
