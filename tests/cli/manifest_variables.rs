//! `[variables]` and `[defaults]` of manifests, and the report of all problems.

use crate::support::World;
use crate::support::world::assert_run;

pub const WITH_DEFAULTS: &str = r#"
version = 1

[variables]
HOOKS = "https://hooks.example.com"

[defaults]
product = "PRD-1111-1111"
secret = { env = "HOOK_SECRET" }

[[webhooks]]
type = "ValidatePurchaseOrderDraft"
url = "${HOOKS}/draft"

[[webhooks]]
type = "ValidateAnswer"
form = "FRM-1111-1111"
url = "${HOOKS}/answers"
secret = false
"#;

#[test]
fn variables_and_defaults_are_of_the_file() {
    let world = World::new().with("HOOK_SECRET", "s3cret-s3cret");
    world.write("w.toml", WITH_DEFAULTS);
    assert_run!(world.run("-p sandbox webhook diff w.toml"), @"
    exit 10
    --- stdout
    + create  ValidatePurchaseOrderDraft for PRD-1111-1111
     url            https://hooks.example.com/draft
     criteria       product.id = PRD-1111-1111
     secret         is set

    + create  ValidateAnswer for FRM-1111-1111
     url            https://hooks.example.com/answers
     criteria       form.id = FRM-1111-1111

    2 to create
    ");
    let world = world.with("HOOKS", "https://staging.example.com");
    let staging = world.run("-p sandbox webhook diff w.toml");
    assert!(staging.stdout.contains("https://staging.example.com/draft"), "{}", staging.stdout);
    let given = world.run("-p sandbox webhook diff w.toml --var HOOKS=https://given.example");
    assert!(given.stdout.contains("https://given.example/draft"), "{}", given.stdout);
}

#[test]
fn all_problems_are_reported_once_in_one_run() {
    let world = World::new();
    let webhooks: String = (1..=30)
        .map(|number| {
            format!("[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"FRM-{number:04}-1111\"\nurl = \"https://${{HOST}}/\"\nsecret = {{ env = \"HOOK_SECRET\" }}\n")
        })
        .collect();
    world.write("w.toml", &format!("version = 1\n\n{webhooks}"));
    let run = world.run("-p sandbox webhook diff w.toml");
    assert_eq!(run.code, 2);
    let lines: Vec<_> = run.stderr.lines().collect();
    assert_eq!(lines[0], "error: 2 problems; nothing was sent");
    assert!(
        lines[1].starts_with("  w.toml:6,11,16,") && lines[1].ends_with("use --var HOST=VALUE"),
        "{}",
        lines[1]
    );
    assert!(
        lines[2].starts_with("  w.toml:7,12,17,") && lines[2].ends_with("HOOK_SECRET is not set"),
        "{}",
        lines[2]
    );
    assert_eq!(lines.len(), 3, "{}", run.stderr);
    // Without other problems, the secret is one error too.
    let run = world.run("-p sandbox webhook diff w.toml --var HOST=a.example");
    let lines: Vec<_> = run.stderr.lines().collect();
    assert_eq!(lines[0], "error: cannot resolve 1 secret; nothing was sent");
    assert!(lines[1].starts_with("  w.toml:7,12,17,"), "{}", lines[1]);
    world.write("bad.toml", "version = 1\n[variables]\nMPT_X = \"a\"\nY = 1\n\"a b\" = \"c\"\n[defaults]\ncriteria = {}\n");
    assert_run!(world.run("-p sandbox webhook diff bad.toml"), @"
    exit 2
    --- stderr
    error: 4 problems; nothing was sent
      bad.toml:3: MPT_X is not allowed: mpt itself uses this variable, and its value may be a credential
      bad.toml:4: variables.Y: must be a string
      bad.toml:5: variables: `a b` is not a valid variable name
      bad.toml:7: unknown key `criteria`
    ");
}

#[test]
fn defaults_are_for_webhooks_that_they_fit() {
    let world = World::new();
    let file = |variables: &str, defaults: &str| {
        format!(
            "version = 1\n[variables]\n{variables}\n[defaults]\n{defaults}\n\
             [[webhooks]]\ntype = \"ValidateAnswer\"\nurl = \"https://a.example/\"\n\
             [[webhooks]]\ntype = \"SelectOrderLines\"\nurl = \"https://a.example/\"\n"
        )
    };
    world.write("both.toml", &file("", "form = \"FRM-1111-1111\"\nproduct = \"PRD-1111-1111\""));
    assert_run!(world.run("-p sandbox webhook diff both.toml"), @"
    exit 10
    --- stdout
    + create  ValidateAnswer for FRM-1111-1111
     url            https://a.example/
     criteria       form.id = FRM-1111-1111

    + create  SelectOrderLines for PRD-1111-1111
     url            https://a.example/
     criteria       product.id = PRD-1111-1111

    2 to create
    ");
    world.write(
        "wrong.toml",
        &file(
            "HOST = \"${OTHER}\"\nPORT = 80",
            "form = \"FRM-1111-1111\"\nproduct = \"PRD-1111-1111\"\nurl = \"ftp://${PORT}\"\nenabled = 1\nsecret = 2",
        ),
    );
    assert_run!(world.run("-p sandbox webhook diff wrong.toml"), @r#"
    exit 2
    --- stderr
    error: 5 problems; nothing was sent
      wrong.toml:3: variables.HOST: a value cannot refer to a variable
      wrong.toml:4: variables.PORT: must be a string
      wrong.toml:8: url: ftp://: not a URL: it has no host
      wrong.toml:9: enabled: must be true or false
      wrong.toml:10: secret: must not be written in a manifest; use { env = "NAME" }, { file = "PATH" } or { command = ["…"] }, or false for none
    "#);
    world.write("saved.toml", &file("", "form = \"FRM-1111-1111\"\nproduct = \"PRD-1111-1111\""));
    assert_run!(world.run("-p sandbox webhook diff saved.toml --out none/plan"), @"
    exit 2
    --- stderr
    error: --out none/plan: its folder does not exist
    hint: choose the name of a new file
    ");
    assert!(!world.path("none").exists());
}
