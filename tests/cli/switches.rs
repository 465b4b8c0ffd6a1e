//! Switches in manifests, and `create --switch-on`: a webhook that exists is also called.

use serde_json::{Value, json};

use crate::support::sandbox::Served;
use crate::support::world::assert_run;
use crate::support::{Terminal, World};

const FOUR: &str = "\
version = 1

[defaults]
product = \"PRD-2222-2222\"
url = \"http://localhost:4000/\"

[[webhooks]]
type = \"ValidatePurchaseOrderDraft\"
switch = true

[[webhooks]]
type = \"ValidatePurchaseOrderQuerying\"
switch = true

[[webhooks]]
type = \"ValidateChangeOrderDraft\"
switch = true

[[webhooks]]
type = \"ValidateTerminateOrder\"
switch = true
";

fn settings(served: &Served) -> Value {
    let path = "GET /public/v1/catalog/products/PRD-2222-2222?select=settings";
    let (_, _, body) = served.send(path, "", "");
    serde_json::from_str::<Value>(&body).unwrap()["settings"]["preValidation"].clone()
}

#[test]
fn four_switches_of_a_product_are_one_change() {
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served.world();
    world.write("hooks.toml", FOUR);
    assert_run!(world.run("webhook diff hooks.toml"), @"
    exit 10
    --- stdout
    + create  ValidatePurchaseOrderDraft for PRD-2222-2222
     url            http://localhost:4000/
     criteria       product.id = PRD-2222-2222

    + create  ValidatePurchaseOrderQuerying for PRD-2222-2222
     url            http://localhost:4000/
     criteria       product.id = PRD-2222-2222

    + create  ValidateChangeOrderDraft for PRD-2222-2222
     url            http://localhost:4000/
     criteria       product.id = PRD-2222-2222

    + create  ValidateTerminateOrder for PRD-2222-2222
     url            http://localhost:4000/
     criteria       product.id = PRD-2222-2222

    ~ PRD-2222-2222  preValidation.purchaseOrderDraft: off → on
    ~ PRD-2222-2222  preValidation.purchaseOrderQuerying: off → on
    ~ PRD-2222-2222  preValidation.changeOrderDraft: off → on
    ~ PRD-2222-2222  preValidation.terminationOrder: off → on

    4 to create, 4 switches to turn on
    ");
    assert_run!(world.run("webhook diff hooks.toml -o markdown"), @"
    exit 10
    --- stdout
    ### Webhooks: `[host], token from MPT_API_TOKEN`

    | create | update | enable | disable | delete | unchanged | switch on |
    | --- | --- | --- | --- | --- | --- | --- |
    | 4 | 0 | 0 | 0 | 0 | 0 | 4 |

    <details><summary>create <code>ValidatePurchaseOrderDraft for PRD-2222-2222</code></summary>

    ```diff
    + url: http://localhost:4000/
    + criteria: product.id = PRD-2222-2222
    ```

    </details>

    <details><summary>create <code>ValidatePurchaseOrderQuerying for PRD-2222-2222</code></summary>

    ```diff
    + url: http://localhost:4000/
    + criteria: product.id = PRD-2222-2222
    ```

    </details>

    <details><summary>create <code>ValidateChangeOrderDraft for PRD-2222-2222</code></summary>

    ```diff
    + url: http://localhost:4000/
    + criteria: product.id = PRD-2222-2222
    ```

    </details>

    <details><summary>create <code>ValidateTerminateOrder for PRD-2222-2222</code></summary>

    ```diff
    + url: http://localhost:4000/
    + criteria: product.id = PRD-2222-2222
    ```

    </details>

    <details><summary>switch on <code>PRD-2222-2222</code></summary>

    ```diff
    + PRD-2222-2222  preValidation.purchaseOrderDraft: off → on
    + PRD-2222-2222  preValidation.purchaseOrderQuerying: off → on
    + PRD-2222-2222  preValidation.changeOrderDraft: off → on
    + PRD-2222-2222  preValidation.terminationOrder: off → on
    ```

    </details>
    ");
    let plan = world.run("webhook diff hooks.toml -o json").found();
    insta::assert_json_snapshot!(plan["plan"][4], @r#"
    {
      "action": "switch-on",
      "object": "PRD-2222-2222",
      "types": [
        {
          "type": "ValidatePurchaseOrderDraft",
          "before": false
        },
        {
          "type": "ValidatePurchaseOrderQuerying",
          "before": false
        },
        {
          "type": "ValidateChangeOrderDraft",
          "before": false
        },
        {
          "type": "ValidateTerminateOrder",
          "before": false
        }
      ],
      "changes": [
        {
          "member": "settings.preValidation.purchaseOrderDraft",
          "before": false,
          "after": true
        },
        {
          "member": "settings.preValidation.purchaseOrderQuerying",
          "before": false,
          "after": true
        },
        {
          "member": "settings.preValidation.changeOrderDraft",
          "before": false,
          "after": true
        },
        {
          "member": "settings.preValidation.terminationOrder",
          "before": false,
          "after": true
        }
      ]
    }
    "#);
    let run = world.run("webhook apply hooks.toml --yes -v");
    assert_eq!(run.code, 0, "{}", run.snapshot());
    let puts = run.stderr.lines().filter(|line| line.starts_with("PUT ")).count();
    assert_eq!(puts, 1, "{}", run.stderr);
    let before = settings(&served);
    assert_eq!(before["configurationOrderDraft"], false, "it is not in the file");
    assert_run!(world.run("webhook apply hooks.toml --yes"), @"
    exit 0
    --- stdout
    4 unchanged
    ");
    // Nobody turns a switch off.
    world.write("hooks.toml", &FOUR.replace("switch = true\n", ""));
    assert_eq!(world.run("webhook apply hooks.toml --yes").code, 0);
    assert_eq!(settings(&served), before);
    let exported = world.run("webhook export --switches").ok();
    assert_eq!(exported.matches("switch = true").count(), 4, "{exported}");
    assert!(!world.run("webhook export").ok().contains("switch"));
}

#[test]
fn a_token_that_may_not_turn_them_on_leaves_the_webhooks() {
    let data = World::new();
    let served = Served::new(&data, "");
    let token = data.run("sandbox token --account operations").ok();
    let world =
        World::new().with("MPT_API_BASE_URL", &served.url).with("MPT_API_TOKEN", token.trim());
    world.write("hooks.toml", FOUR);
    let run = world.run("webhook apply hooks.toml --yes -o json");
    assert_eq!(run.code, 4, "{}", run.snapshot());
    let applied: Value = serde_json::from_str(&run.stdout).unwrap();
    let results: Vec<_> =
        applied["outcome"].as_array().unwrap().iter().map(|one| one["result"].clone()).collect();
    assert_eq!(results, ["done", "done", "done", "done", "failed"]);
    assert!(run.stderr.contains("only a vendor can turn on switches"), "{}", run.stderr);
    assert_eq!(served.world().run("webhook list --count").ok(), "4\n");
}

#[test]
fn a_saved_plan_holds_the_switches() {
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served.world();
    world.write("hooks.toml", FOUR);
    world.write("silent.toml", &FOUR.replace("switch = true\n", ""));
    world.run("webhook apply silent.toml --yes -q").ok();
    assert_eq!(world.run("webhook diff hooks.toml --out a.plan -q").code, 10);
    let id = world.run("webhook list --type validate-change-order-draft -o id").ok();
    world.run(&format!("webhook doctor {} --fix --yes -q", id.trim()));
    assert_run!(world.run("webhook apply a.plan --yes"), @"
    exit 6
    --- stderr
    error: the webhooks have changed since the plan was saved; nothing was changed
      PRD-2222-2222: the switches to turn on were preValidation.purchaseOrderDraft, preValidation.purchaseOrderQuerying, preValidation.changeOrderDraft, preValidation.terminationOrder, and are now preValidation.purchaseOrderDraft, preValidation.purchaseOrderQuerying, preValidation.terminationOrder
    hint: save a new plan with mpt webhook diff FILE --out PLAN
    ");
    assert_eq!(world.run("webhook diff hooks.toml --out a.plan -q").code, 10);
    assert_eq!(world.run("webhook apply a.plan --yes -q").code, 0);
    assert_eq!(settings(&served)["terminationOrder"], true);
}

#[test]
fn the_switch_of_a_disabled_webhook_is_left_alone() {
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served.world();
    world.write("hooks.toml", &FOUR[..FOUR.match_indices("[[webhooks]]").nth(1).unwrap().0]);
    world.write(
        "bare.toml",
        &std::fs::read_to_string(world.path("hooks.toml")).unwrap().replace("switch = true\n", ""),
    );
    let id = world.run("webhook apply bare.toml --yes -o json").json()["outcome"][0]["id"].clone();
    let id = id.as_str().unwrap();
    assert_eq!(world.run("webhook diff hooks.toml --out plan.json -q").code, 10);
    assert_eq!(world.run(&format!("webhook disable {id} -q")).code, 0);
    // Neither a new plan nor an old one.
    assert_run!(world.run("webhook apply hooks.toml --yes"), @"
    exit 0
    --- stdout
    = unchanged  ValidatePurchaseOrderDraft for PRD-2222-2222  WBH-0000-0001
     status         Disabled; the file does not say enabled = true, so it stays disabled

    1 unchanged; 1 left disabled
    --- stderr
    ValidatePurchaseOrderDraft for PRD-2222-2222 is disabled, so its switch is left alone
    ");
    assert_run!(world.run("webhook apply plan.json --yes"), @"
    exit 6
    --- stderr
    error: the webhooks have changed since the plan was saved; nothing was changed
      PRD-2222-2222: the plan was to turn on preValidation.purchaseOrderDraft, and now nothing is to be turned on
    hint: save a new plan with mpt webhook diff FILE --out PLAN
    ");
    assert_eq!(settings(&served)["purchaseOrderDraft"], false);
    // Nor does the creation of one that exists.
    let create = format!("webhook create --like {id} --if-exists keep --switch-on -q");
    let run = world.run(&create);
    assert_eq!(run.code, 6, "{}", run.snapshot());
    assert_eq!(settings(&served)["purchaseOrderDraft"], false);
}

#[test]
fn a_webhook_that_will_be_silent_is_marked() {
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served.world();
    world.write("hooks.toml", "version = 1\n[[webhooks]]\ntype = \"ValidatePurchaseOrderDraft\"\nproduct = \"PRD-3333-3333\"\nurl = \"http://localhost:1/\"\n[[webhooks]]\ntype = \"ValidatePurchaseOrderDraft\"\nproduct = \"PRD-2222-2222\"\nurl = \"http://localhost:1/\"\n");
    assert_run!(world.run("webhook apply --dry-run hooks.toml"), @"
    exit 10
    --- stdout
    + create  ValidatePurchaseOrderDraft for PRD-3333-3333
     url            http://localhost:1/
     criteria       product.id = PRD-3333-3333
     silent         the platform will not call it: PRD-3333-3333 is Draft

    + create  ValidatePurchaseOrderDraft for PRD-2222-2222
     url            http://localhost:1/
     criteria       product.id = PRD-2222-2222
     silent         the platform will not call it: settings.preValidation.purchaseOrderDraft of PRD-2222-2222 is off

    2 to create; 2 will not be called
    ");
    let plan = world.run("webhook diff hooks.toml -o json").found();
    assert_eq!(plan["plan"][0]["silent"], "PRD-3333-3333 is Draft");
}

#[test]
fn what_would_fail_is_an_error_of_diff() {
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served.world();
    world.write(
        "hooks.toml",
        "\
version = 1
x-owner = \"us\"
[[webhooks]]
type = \"ValidatePurchaseOrderDraft\"
product = \"PRD-0000-0000\"
url = \"http://localhost:1/\"
[[webhooks]]
type = \"ValidatePurchaseOrderDraft\"
product = \"PRD-9999-1111\"
url = \"http://localhost:1/\"
",
    );
    assert_run!(world.run("webhook diff hooks.toml"), @"
    exit 2
    --- stderr
    error: 1 problem; nothing was sent
      hooks.toml:5: PRD-0000-0000 does not exist
    ");
    world.write(
        "hooks.toml",
        "\
version = 1
[[webhooks]]
type = \"ValidatePurchaseOrderDrft\"
product = \"PRD-1111-1111\"
url = \"http://localhost:1/\"
[[webhooks]]
type = \"ValidateChangeOrderDraft\"
product = \"Cloud Editor\"
url = \"http://localhost:1/\"
switch = false
[[webhooks]]
type = \"SelectOrderLines\"
product = \"PRD-1111-1111\"
url = \"http://localhost:1/\"
switch = true
[[webhooks]]
type = \"ValidateTerminateOrder\"
product = \"PRD-1111-1111\"
url = \"http://localhost:1/\"
enabled = false
switch = true
",
    );
    assert_run!(world.run("webhook diff hooks.toml --var UNUSED=1"), @"
    exit 2
    --- stderr
    error: 6 problems; nothing was sent
      hooks.toml:3: type: unknown type `ValidatePurchaseOrderDrft` (did you mean `ValidatePurchaseOrderDraft`?)
      hooks.toml:8: product: `Cloud Editor` is a name; give the ID, which mpt status --all shows
      hooks.toml:10: switch: cannot be false, since turning a switch off silences the webhooks of others; leave it out
      hooks.toml:15: switch: no switch is known for certain for the type SelectOrderLines
      hooks.toml:21: switch: the webhook has enabled = false, so it would not be called
      --var UNUSED: no file uses this variable
    ");
}

#[test]
fn one_manifest_is_for_several_environments() {
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served.world().with("HOST", "environment");
    world.write(
        "hooks.toml",
        "\
version = 1
[variables]
HOST = \"default\"
PRODUCT = \"PRD-1111-1111\"
[[webhooks]]
type = \"ValidatePurchaseOrderDraft\"
product = \"${PRODUCT}\"
url = \"https://${HOST}.example/\"
",
    );
    world.write("staging.toml", "HOST = \"staging\"\nOTHER = \"unused\"\n");
    let url = |options: &str| {
        let plan = world.run(&format!("webhook diff hooks.toml -o json {options}")).found();
        plan["plan"][0]["changes"][0]["after"].clone()
    };
    assert_eq!(url(""), "https://environment.example/");
    assert_eq!(url("--vars staging.toml"), "https://staging.example/");
    assert_eq!(url("--vars staging.toml --var HOST=flag"), "https://flag.example/");
    world.write("wrong.yaml", "HOST: 1\n\"a b\": c\n");
    assert_run!(world.run("webhook diff hooks.toml --vars wrong.yaml"), @"
    exit 2
    --- stderr
    error: 2 problems; nothing was sent
      wrong.yaml:1: HOST: must be a string
      wrong.yaml:2: `a b` is not a valid variable name
    ");
    let exported = world.run("webhook export").ok();
    assert_eq!(world.run_with_stdin("webhook diff -", &exported).code, 0);
}

#[test]
fn yaml_has_one_document() {
    let world = World::new();
    world.write("one.yaml", "---\nversion: 1\nwebhooks: []\n---\n---\n");
    world.write("two.yaml", "version: 1\nwebhooks: []\n---\nversion: 1\nwebhooks: []\n");
    world.write("twice.yaml", "version: 1\nversion: 1\n");
    assert_eq!(world.run("-p sandbox webhook diff one.yaml").code, 0);
    assert_run!(world.run("-p sandbox webhook diff two.yaml"), @"
    exit 2
    --- stderr
    error: 1 problem; nothing was sent
      two.yaml:4: a second YAML document begins here; put each into a file of its own
    ");
    assert_run!(world.run("-p sandbox webhook diff twice.yaml"), @"
    exit 2
    --- stderr
    error: 1 problem; nothing was sent
      twice.yaml:2: `version` is given twice
    ");
}

#[test]
fn create_turns_the_switch_on() {
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served.world();
    let create = "webhook create --type validate-change-order-draft --product PRD-2222-2222 --url http://localhost:1/ --no-secret --switch-on -o id";
    assert_eq!(world.run(&format!("{create} --disabled")).code, 2);
    assert_run!(world.run("webhook create --type validate-change-order-draft --product PRD-2222-2222 --url http://localhost:1/ --switch-on --dry-run"), @r#"
    exit 0
    --- stdout
    POST http://[host]/public/v1/notifications/webhooks?select=audit,criteria,statistics,lastCall,lastSuccess,lastFailure,-secret

    {
      "type": "ValidateChangeOrderDraft",
      "url": "http://localhost:1/",
      "criteria": {
        "product.id": "PRD-2222-2222"
      }
    }
    --- stderr
    Nothing was sent
    Then settings.preValidation.changeOrderDraft of PRD-2222-2222 would be turned on
    "#);
    assert_run!(world.run(create), @"
    exit 0
    --- stdout
    WBH-0000-0001
    --- stderr
    Created WBH-0000-0001 (ValidateChangeOrderDraft for PRD-2222-2222)
    Turned on settings.preValidation.changeOrderDraft of PRD-2222-2222
    ");
    assert_eq!(settings(&served)["changeOrderDraft"], true);
    assert_run!(world.run(&format!("{create} --if-exists keep")), @"
    exit 0
    --- stdout
    WBH-0000-0001
    --- stderr
    Kept WBH-0000-0001 (ValidateChangeOrderDraft for PRD-2222-2222), which already exists
    settings.preValidation.changeOrderDraft of PRD-2222-2222: already on
    ");
    let lines = "webhook create --type select-order-lines --product PRD-2222-2222 --url http://localhost:1/ --switch-on";
    assert_run!(world.run(lines), @"
    exit 2
    --- stderr
    error: --switch-on: no switch is known for certain for the type select-order-lines
    ");
    let token = data.run("sandbox token --account operations").ok();
    let operations =
        World::new().with("MPT_API_BASE_URL", &served.url).with("MPT_API_TOKEN", token.trim());
    let run =
        operations.run(&create.replace("change", "terminate").replace("order-draft", "order"));
    assert_eq!((run.code, run.stdout.starts_with("WBH-")), (4, true), "{}", run.snapshot());
}

#[test]
fn create_offers_the_switch_on_a_terminal() {
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served.world();
    let create = "webhook create --type validate-change-order-draft --product PRD-2222-2222 --url http://localhost:1/ --no-secret -o id";
    let mut terminal = Terminal::run(&world, create);
    terminal.answer("(y/N)", "y\r");
    let screen = terminal.end();
    assert!(screen.starts_with("exit 0\n"), "{screen}");
    assert_eq!(settings(&served)["changeOrderDraft"], true);
}

#[test]
fn create_takes_over_from_a_sibling() {
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served
        .world()
        .with("S", "0123456789abcdef")
        .with("ALL", r#"{"PRD-1111-1111": "fedcba9876543210", "x": 1}"#);
    let sibling = world.run("webhook create --type validate-purchase-order-draft --product PRD-1111-1111 --url http://localhost:4000/a --description Mine --criteria licensee.id=LCE-1 --secret-env S -q -o id").ok();
    let like =
        format!("webhook create --like {} --type validate-change-order-draft", sibling.trim());
    assert_run!(world.run(&format!("{like} --dry-run")), @r#"
    exit 0
    --- stdout
    POST http://[host]/public/v1/notifications/webhooks?select=audit,criteria,statistics,lastCall,lastSuccess,lastFailure,-secret

    {
      "type": "ValidateChangeOrderDraft",
      "description": "Mine",
      "url": "http://localhost:4000/a",
      "criteria": {
        "licensee.id": "LCE-1",
        "product.id": "PRD-1111-1111"
      },
      "secret": "********"
    }
    --- stderr
    Nothing was sent
    "#);
    let id = world.run(&format!("{like} -q -o id")).ok();
    let shown = world
        .run(&format!("api GET /notifications/webhooks/{}?select=secret,criteria", id.trim()))
        .json();
    assert_eq!(shown["secret"], "0123456789abcdef");
    assert_eq!(shown["criteria"], json!({"product.id": "PRD-1111-1111", "licensee.id": "LCE-1"}));
    let of_key = "webhook create --type validate-terminate-order --product PRD-1111-1111 --url http://localhost:1/ --secret-env ALL --secret-key";
    let id = world.run(&format!("{of_key} PRD-1111-1111 -q -o id")).ok();
    let shown =
        world.run(&format!("api GET /notifications/webhooks/{}?select=secret", id.trim())).json();
    assert_eq!(shown["secret"], "fedcba9876543210");
    assert_run!(world.run(&format!("{of_key} absent")), @"
    exit 2
    --- stderr
    error: --secret-env ALL: its JSON object has no member absent
    ");
    assert_run!(world.run(&format!("{of_key} x")), @"
    exit 2
    --- stderr
    error: --secret-env ALL: the member x of its JSON object is not a string
    ");
    for wrong in [" a", "a ", "a\tb", "a\u{feff}b", "a\rb", "\n"] {
        let world = served.world().with("S", wrong);
        let run = world.run("webhook create --type validate-answer --form FRM-3333-3333 --url http://localhost:1/ --secret-env S");
        assert_eq!(run.code, 2, "{wrong:?}: {}", run.snapshot());
    }
}
