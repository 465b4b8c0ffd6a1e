//! `webhook apply`: webhooks match the files, and secrets stay secret.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::manifests::{APPLY, FILE, state, world};
use crate::support::sandbox::Served;
use crate::support::world::assert_run;

#[test]
fn webhooks_match_the_files_and_a_second_apply_changes_nothing() {
    let world = world();
    assert_run!(world.run(APPLY), @"
    exit 0
    --- stdout
    + create  ValidatePurchaseOrderDraft for PRD-1111-1111
     url            https://hooks.example.com/validate
     description    Checks draft orders
     criteria       product.id = PRD-1111-1111
     secret         is set

    + create  ValidateAnswer for FRM-3333-3333
     url            https://hooks.example.com/answers
     criteria       form.id = FRM-3333-3333
     status         Disabled

    2 to create
    2 created
    --- stderr
    created ValidatePurchaseOrderDraft for PRD-1111-1111 (WBH-0000-0001)
    created ValidateAnswer for FRM-3333-3333 (WBH-0000-0002)
    ");
    assert_eq!(
        state(&world),
        [
            json!([
                "ValidateAnswer", "FRM-3333-3333", "https://hooks.example.com/answers", null,
                "Disabled", null
            ]),
            json!([
                "ValidatePurchaseOrderDraft", "PRD-1111-1111",
                "https://hooks.example.com/validate", "Checks draft orders", "Enabled",
                "s3cret-s3cret"
            ]),
        ]
    );
    assert_run!(world.run(APPLY), @"
    exit 0
    --- stdout
    2 unchanged
    ");
}

#[test]
fn every_kind_of_change_is_made_and_reported() {
    let world = world();
    world.run(APPLY).ok();
    world
        .run("-p sandbox webhook create --type validate-answer --form FRM-1111-1111 --url https://old.example")
        .ok();
    world.write(
        "webhooks.toml",
        &FILE
            .replace("/validate\"", "/v2\"\nenabled = false")
            .replace("\"Checks draft orders\"", "\"\"")
            .replace("enabled = false\n", "enabled = true\n")
            .replacen("enabled = true\n", "enabled = false\n", 1),
    );
    assert_run!(world.run(&format!("{APPLY} --prune --var HOOKS_HOST=new.example.com")), @"
    exit 0
    --- stdout
    ~ update  ValidatePurchaseOrderDraft for PRD-1111-1111  WBH-0000-0001
     url            - https://hooks.example.com/validate
                    + https://new.example.com/v2
     description    - Checks draft orders
     secret         same

    ~ update  ValidateAnswer for FRM-3333-3333  WBH-0000-0002
     url            - https://hooks.example.com/answers
                    + https://new.example.com/answers

    ! enable  ValidateAnswer for FRM-3333-3333  WBH-0000-0002

    ! disable  ValidatePurchaseOrderDraft for PRD-1111-1111  WBH-0000-0001

    - delete  ValidateAnswer for FRM-1111-1111  WBH-0000-0003
     url            - https://old.example
     calls          never called

    2 to update, 1 to enable, 1 to disable, 1 to delete
    2 updated, 1 enabled, 1 disabled, 1 deleted
    --- stderr
    updated ValidatePurchaseOrderDraft for PRD-1111-1111 (WBH-0000-0001)
    updated ValidateAnswer for FRM-3333-3333 (WBH-0000-0002)
    enabled ValidateAnswer for FRM-3333-3333 (WBH-0000-0002)
    disabled ValidatePurchaseOrderDraft for PRD-1111-1111 (WBH-0000-0001)
    deleted ValidateAnswer for FRM-1111-1111 (WBH-0000-0003)
    ");
    assert_eq!(
        state(&world),
        [
            json!([
                "ValidateAnswer", "FRM-3333-3333", "https://new.example.com/answers", null,
                "Enabled", null
            ]),
            json!([
                "ValidatePurchaseOrderDraft", "PRD-1111-1111", "https://new.example.com/v2", null,
                "Disabled", "s3cret-s3cret"
            ]),
        ]
    );
}

#[test]
fn programs_get_plan_and_outcome() {
    let world = world();
    let run = world.run(&format!("{APPLY} -o json"));
    assert_run!(run, @r#"
    exit 0
    --- stdout
    {
      "plan": [
        {
          "action": "create",
          "type": "ValidatePurchaseOrderDraft",
          "object": "PRD-1111-1111",
          "id": null,
          "changes": [
            {
              "member": "url",
              "before": null,
              "after": "https://hooks.example.com/validate"
            },
            {
              "member": "description",
              "before": null,
              "after": "Checks draft orders"
            },
            {
              "member": "criteria",
              "before": null,
              "after": {
                "product.id": "PRD-1111-1111"
              }
            }
          ],
          "secret": "changes"
        },
        {
          "action": "create",
          "type": "ValidateAnswer",
          "object": "FRM-3333-3333",
          "id": null,
          "changes": [
            {
              "member": "url",
              "before": null,
              "after": "https://hooks.example.com/answers"
            },
            {
              "member": "criteria",
              "before": null,
              "after": {
                "form.id": "FRM-3333-3333"
              }
            },
            {
              "member": "status",
              "before": null,
              "after": "Disabled"
            }
          ],
          "secret": null
        }
      ],
      "outcome": [
        {
          "action": "create",
          "type": "ValidatePurchaseOrderDraft",
          "object": "PRD-1111-1111",
          "id": "WBH-0000-0001",
          "result": "done",
          "error": null
        },
        {
          "action": "create",
          "type": "ValidateAnswer",
          "object": "FRM-3333-3333",
          "id": "WBH-0000-0002",
          "result": "done",
          "error": null
        }
      ]
    }
    --- stderr
    {"note":"created ValidatePurchaseOrderDraft for PRD-1111-1111 (WBH-0000-0001)"}
    {"note":"created ValidateAnswer for FRM-3333-3333 (WBH-0000-0002)"}
    "#);
}

// It runs a program of Unix, printf.
#[cfg(unix)]
#[test]
fn secrets_follow_the_policy() {
    let world = world();
    world.run(APPLY).ok();
    let secret = |world: &World| state(world)[1][5].clone();
    let plan = |world: &World, options: &str| {
        let run = world.run(&format!("-p sandbox webhook diff webhooks.toml -o json {options}"));
        let plan: Value = serde_json::from_str(&run.stdout).unwrap();
        let steps = plan["plan"].as_array().unwrap().clone();
        let of_order = |step: &&Value| step["type"] == "ValidatePurchaseOrderDraft";
        let step = steps.iter().find(of_order).unwrap();
        (step["action"].clone(), step["secret"].clone())
    };
    assert_eq!(plan(&world, ""), (json!("unchanged"), json!("same")));
    assert_eq!(plan(&world, "--secrets always"), (json!("update"), json!("changes")));
    assert_eq!(plan(&world, "--secrets never"), (json!("unchanged"), Value::Null));
    world.write("webhooks.toml", &FILE.replace("{ env = \"HOOK_SECRET\" }", "{ file = \"s\" }"));
    world.write("s", "another\n");
    assert_eq!(plan(&world, ""), (json!("update"), json!("changes")));
    world.run(APPLY).ok();
    assert_eq!(secret(&world), "another");
    let command = "{ command = [\"printf\", \"third\"] }";
    world.write("webhooks.toml", &FILE.replace("{ env = \"HOOK_SECRET\" }", command));
    assert_eq!(plan(&world, ""), (json!("unchanged"), json!("not run")));
    assert_run!(world.run(APPLY), @"
    exit 2
    --- stderr
    error: cannot resolve 1 secret; nothing was sent
      webhooks.toml:12: secret: the command `printf third` is only run with --allow-commands
    hint: use --secrets never to send no secrets
    ");
    world.run(&format!("{APPLY} --allow-commands")).ok();
    assert_eq!(secret(&world), "third");
}

#[test]
fn a_secret_that_cannot_be_read_back_is_left_alone() {
    let data = World::new();
    let served = Served::new(&data, "--mask-secrets -v");
    let world = served.world().with("HOOKS_HOST", "h.example").with("HOOK_SECRET", "a");
    world.write("webhooks.toml", FILE);
    world.run("webhook apply webhooks.toml --yes --jobs 1").ok();
    let run = served.world().with("HOOKS_HOST", "h.example").with("HOOK_SECRET", "b");
    run.write("webhooks.toml", FILE);
    assert_run!(run.run("webhook apply webhooks.toml --yes"), @"
    exit 0
    --- stdout
    = unchanged  ValidatePurchaseOrderDraft for PRD-1111-1111  WBH-0000-0001
     secret         unknown, so it is not sent (use --secrets always to send it)

    2 unchanged; 1 of the secrets cannot be compared
    ");
    let always = run.run("webhook apply webhooks.toml --yes --secrets always");
    assert!(always.stdout.contains("secret         changes"), "{}", always.snapshot());
    let shown = data.run("-p sandbox webhook list --select secret -o json").json();
    let secrets: Vec<_> =
        shown.as_array().unwrap().iter().filter_map(|one| one["secret"].as_str()).collect();
    assert_eq!(secrets, ["b"]);
}

#[test]
fn a_format_of_the_environment_is_kept_to_where_it_can_be() {
    let world = world().with("MPT_OUTPUT", "json");
    let document = world.run("-p sandbox webhook diff webhooks.toml");
    let plan: Value = serde_json::from_str(&document.stdout).unwrap();
    assert_eq!(plan["plan"].as_array().unwrap().len(), 2);
    let csv = self::world().with("MPT_OUTPUT", "csv");
    let table = csv.run("-p sandbox webhook diff webhooks.toml");
    assert!(table.stdout.ends_with("2 to create\n"), "{}", table.snapshot());
}

#[test]
fn sources_of_mpts_token_cannot_be_used_as_a_secret() {
    let world = world().with("PROD_TOKEN", "idt:TKN-1-1:mine");
    world.config("[profiles.p]\nbase_url = \"https://a.example\"\ntoken_env = \"PROD_TOKEN\"\n");
    let hidden = |text: &str| {
        world.write("w.toml", text);
        let run = world.run("-p sandbox webhook diff w.toml");
        assert_eq!(run.code, 2, "{}", run.snapshot());
        assert!(!run.snapshot().contains("TKN-1-1"), "{}", run.snapshot());
        run
    };
    hidden(&FILE.replace("HOOKS_HOST", "PROD_TOKEN"));
    hidden(&FILE.replace("HOOK_SECRET", "PROD_TOKEN"));
    let devices: &[&str] = match cfg!(unix) {
        true => &["/proc/self/environ", "/dev/zero"],
        false => &[],
    };
    for file in devices.iter().chain(&["mpt/config.toml", "."]) {
        let run = hidden(&FILE.replace("env = \"HOOK_SECRET\"", &format!("file = \"{file}\"")));
        assert!(
            run.stderr.contains("not below the manifest's folder")
                || run.stderr.contains("regular file")
                || run.stderr.contains("credentials"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn it_asks_and_elsewhere_needs_yes() {
    let world = world();
    assert_run!(world.run("-p sandbox webhook apply webhooks.toml"), @"
    exit 2
    --- stderr
    error: cannot ask for confirmation without a terminal
    hint: use --yes to continue without asking
    ");
    assert_eq!(state(&world), [Value::Null; 0]);
}

#[test]
fn the_schema_accepts_manifests() {
    let schema = World::new().run("webhook apply --schema").json();
    assert_eq!(schema["properties"]["webhooks"]["items"]["$ref"], "#/$defs/Entry");
    assert_eq!(schema["$defs"]["Entry"]["required"], json!(["type", "url"]));
    assert_eq!(World::new().run("webhook apply --schema x.toml").code, 2);
}

#[test]
fn secret_files_are_below_the_manifests_folder_or_allowed() {
    let world = World::new();
    world.write("elsewhere/s", "s3cret-s3cret");
    world.write("hooks/s", "s3cret-s3cret");
    let file = |path: &str| {
        format!(
            "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"FRM-3333-3333\"\n\
             url = \"https://a.example\"\nsecret = {{ file = \"{path}\" }}\n"
        )
    };
    let diff = |options: &str| world.run(&format!("-p sandbox webhook diff hooks {options}"));
    world.write("hooks/w.toml", &file("s"));
    assert_eq!(diff("").code, 10);
    world.write("hooks/w.toml", &file("../elsewhere/s"));
    let run = diff("");
    assert_eq!(run.code, 2, "{}", run.snapshot());
    assert!(run.stderr.contains("--allow-secret-file"), "{}", run.stderr);
    assert_eq!(diff("--allow-secret-file elsewhere/s").code, 10);
    // Neither a link to another file nor a second name of a file with credentials helps.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../elsewhere/s", world.path("hooks/link")).unwrap();
        world.write("hooks/w.toml", &file("link"));
        assert_eq!(diff("").code, 2);
    }
    world.write("token", "idt:TKN-1-1:hush");
    world.config(&format!(
        "[profiles.p]\nbase_url = \"https://a.example\"\ntoken_file = {:?}\n",
        world.path("token")
    ));
    world.write("mpt/.swocli/accounts.json", "[]");
    for credentials in ["token", "mpt/.swocli/accounts.json"] {
        std::fs::hard_link(world.path(credentials), world.path("hooks/hard")).unwrap();
        world.write("hooks/w.toml", &file("hard"));
        let run = diff("");
        assert_eq!(run.code, 2, "{}", run.snapshot());
        assert!(run.stderr.contains("credentials of mpt"), "{}", run.stderr);
        std::fs::remove_file(world.path("hooks/hard")).unwrap();
    }
}

#[test]
fn without_a_readable_configuration_no_variable_is_printed() {
    let world = World::new().with("PROD_TOKEN", "idt:TKN-1-1:hush");
    let config = world.config("[profiles.p]\nunknown = 1\ntoken_env = \"PROD_TOKEN\"\n");
    world.write(
        "w.toml",
        &FILE.replace("HOOKS_HOST", "PROD_TOKEN").replace("HOOK_SECRET", "PROD_TOKEN"),
    );
    for options in ["", "--var PROD_TOKEN=hooks.example.com"] {
        let run = world.run(&format!("-p sandbox webhook diff w.toml {options}"));
        assert_eq!(run.code, 2, "{}", run.snapshot());
        assert!(!run.snapshot().contains("TKN-1-1"), "{}", run.snapshot());
    }
    let run = world
        .run("-p sandbox webhook diff w.toml --var PROD_TOKEN=hooks.example.com --secrets never");
    assert_eq!(run.code, 10, "{}", run.snapshot());
    assert!(config.exists());
}
