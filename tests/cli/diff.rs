//! `webhook diff`: the plan, and errors in files before anything is sent.

use serde_json::json;

use crate::support::world::assert_run;
use crate::support::{Server, World};

/// A platform that must not get any request.
fn refused(name: &str, text: &str) -> crate::support::world::Run {
    let server = Server::always(500, json!({}));
    let world = World::at(&server).with("HOST", "h.example");
    world.write(name, text);
    let run = world.run(&format!("webhook diff {name}"));
    assert!(server.requests().is_empty());
    run
}

#[test]
fn all_errors_are_reported_together() {
    assert_run!(refused("w.yaml", "
version: 2
webhoks: []
scope: {}
webhooks:
  - type: ValidateAnswer
    product: PRD-1
    url: ftp://x
    secret: abc
    enabeld: yes
  - type: ValidateAnswr
    url: https://${MPT_API_TOKEN}/${NOPE}/${
  - type: ValidateAnswer
    form: FRM-1
    url: https://a
    secret: {env: MPT_API_TOKEN}
  - type: validate-answer
    form: FRM-1
    url: https://a
    enabled: 'yes'
    criteria: {form.id: FRM-2, status: 3}
  - {}
  - text
"), @r#"
    exit 2
    --- stderr
    error: 19 problems; nothing was sent
      w.yaml:2: version: this mpt reads version 1 only
      w.yaml:3: unknown key `webhoks` (did you mean `webhooks`?)
      w.yaml:4: scope: has neither types nor objects
      w.yaml:6: ValidateAnswer is for a form, not for a product: form is missing
      w.yaml:8: url: ftp://x: not an absolute http:// or https:// URL
      w.yaml:9: secret: must not be written in a manifest; use { env = "NAME" }, { file = "PATH" } or { command = ["…"] }, or false for none
      w.yaml:10: unknown key `enabeld` (did you mean `enabled`?)
      w.yaml:11: unknown type `ValidateAnswr` (did you mean `ValidateAnswer`?): give its object as product, program or form
      w.yaml:12: MPT_API_TOKEN is not allowed: variables that start with MPT_ may contain credentials of mpt
      w.yaml:12: the environment variable NOPE is not set; set it, or use --var NOPE=VALUE
      w.yaml:12: url: `${` must be followed by a name and `}`; write `$${` for a literal `${`
      w.yaml:16: secret.env: MPT_API_TOKEN is not allowed: variables that start with MPT_ may contain credentials of mpt
      w.yaml:17: ValidateAnswer for FRM-1 is given twice; first at w.yaml:13
      w.yaml:18: form: criteria.form.id has another value
      w.yaml:20: enabled: must be true or false
      w.yaml:21: criteria.status: must be a string
      w.yaml:22: type is missing
      w.yaml:22: url is missing
      w.yaml:23: a webhook: must be a table
    "#);
    assert_run!(refused("w.toml", "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"\"\nurl = 3\n\
        secret = { env = \"A\", file = \"b\" }\n[[webhooks]]\ntype = \"ValidateAnswer\"\nurl = \"http://x.example\"\n\
        secret = { command = \"ls\" }\n"), @"
    exit 2
    --- stderr
    error: 6 problems; nothing was sent
      w.toml:4: form: the ID is empty
      w.toml:5: url: must be a string
      w.toml:6: secret: must have one of env, file and command
      w.toml:8: ValidateAnswer is for a form: form is missing
      w.toml:9: url: http://x.example: http:// is only allowed for this machine
      w.toml:10: secret.command: must be a list of strings
    ");
    assert_run!(refused("w.json", "{\"version\": 1,\n \"webhooks\": [\n  {\"type\": \"ValidateAnswer\",\n   \"forms\": \"F\"}]}"), @"
    exit 2
    --- stderr
    error: 3 problems; nothing was sent
      w.json:3: url is missing
      w.json:3: ValidateAnswer is for a form: form is missing
      w.json:4: unknown key `forms` (did you mean `form`?)
    ");
}

#[test]
fn a_syntax_error_is_reported_with_its_line() {
    assert_run!(refused("w.toml", "version = 1\nwebhooks = ["), @"
    exit 2
    --- stderr
    error: 1 problem; nothing was sent
      w.toml:2: unclosed array, expected `]`
    ");
    assert_run!(refused("w.yaml", "version: 1\nwebhooks:\n  - type: 'a\n"), @"
    exit 2
    --- stderr
    error: 1 problem; nothing was sent
      w.yaml:3: unclosed quote
    ");
    assert_run!(refused("w.json", "{\"version\": 1,\n\"version\": 1}"), @"
    exit 2
    --- stderr
    error: 1 problem; nothing was sent
      w.json:2: the key `version` is given twice
    ");
    assert_run!(refused("w.txt", "version = 1"), @"
    exit 2
    --- stderr
    error: w.txt: cannot tell the file's format
    hint: use --format toml, yaml or json
    ");
}

const ANSWER: &str = "version: 1\nwebhooks:\n- type: ValidateAnswer\n  form: FRM-1111-1111\n  url: https://a.example\n";

#[test]
fn files_folders_and_standard_input_are_read_together() {
    let world = World::new();
    world.write("hooks/a.yaml", ANSWER);
    world.write(
        "hooks/b.json",
        &json!({"version": 1, "webhooks": [
        {"type": "ValidateAnswer", "form": "FRM-2222-2222", "url": "https://b.example"}]})
        .to_string(),
    );
    world.write("hooks/README.md", "not one of them");
    world.write("hooks/team/c.yaml", &ANSWER.replace("FRM-1111", "FRM-4444"));
    let third = "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"FRM-3333-3333\"\nurl = \"https://c.example\"\n";
    let run = world.run_with_stdin("-p sandbox webhook diff hooks - --format toml", third);
    assert_run!(run, @"
    exit 10
    --- stdout
    + create  ValidateAnswer for FRM-1111-1111
     url            https://a.example
     criteria       form.id = FRM-1111-1111

    + create  ValidateAnswer for FRM-2222-2222
     url            https://b.example
     criteria       form.id = FRM-2222-2222

    + create  ValidateAnswer for FRM-4444-1111
     url            https://a.example
     criteria       form.id = FRM-4444-1111

    + create  ValidateAnswer for FRM-3333-3333
     url            https://c.example
     criteria       form.id = FRM-3333-3333

    4 to create
    ");
    world.write("again.yaml", ANSWER);
    assert_run!(world.run("-p sandbox webhook diff hooks again.yaml"), @"
    exit 2
    --- stderr
    error: 1 problem; nothing was sent
      again.yaml:3: ValidateAnswer for FRM-1111-1111 is given twice; first at hooks/a.yaml:3
    ");
    assert_run!(world.run_with_stdin("-p sandbox webhook diff -", third), @"
    exit 2
    --- stderr
    error: standard input: cannot tell the file's format
    hint: use --format toml, yaml or json
    ");
    std::fs::create_dir(world.path("empty")).unwrap();
    assert_run!(world.run("-p sandbox webhook diff empty"), @"
    exit 2
    --- stderr
    error: empty: the folder contains no .toml, .yaml or .json file
    ");
    assert_run!(world.run("-p sandbox webhook diff none.toml"), @"
    exit 2
    --- stderr
    error: none.toml: [system error]
    ");
}

#[test]
fn an_anchor_may_be_shared_by_any_number() {
    let mut text = "version: 1\nwebhooks:\n- &one\n  type: &type ValidateAnswer\n  form: FRM-0\n  url: &url https://a.example\n".to_owned();
    for number in 1..300 {
        text.push_str(&format!(
            "- {{type: *type, form: FRM-{number}, url: *url}}\n"
        ));
    }
    let world = World::new();
    world.write("w.yaml", &text);
    let run = world.run("-p sandbox webhook diff w.yaml -o json --jq .plan|length");
    assert_eq!(run.stdout, "300\n", "{}", run.snapshot());
}

#[test]
fn exit_0_without_differences_and_10_with_differences() {
    let world = World::new();
    world.write("w.yaml", ANSWER);
    world
        .run("-p sandbox webhook apply w.yaml --yes -q --jobs 1")
        .ok();
    assert_run!(world.run("-p sandbox webhook diff w.yaml"), @"
    exit 0
    --- stdout
    1 unchanged
    ");
    world.write(
        "w.yaml",
        &(ANSWER.replace("a.example", "b.example") + "  description: Now with one\n"),
    );
    assert_run!(world.run("-p sandbox webhook diff w.yaml"), @"
    exit 10
    --- stdout
    ~ update  ValidateAnswer for FRM-1111-1111  WBH-0000-0001
     url            - https://a.example
                    + https://b.example
     description    + Now with one

    1 to update
    ");
    let json = world.run("-p sandbox webhook diff w.yaml -o json");
    assert_eq!((json.code, json.stderr.as_str()), (10, ""));
}

#[test]
fn pruning_needs_a_scope() {
    let world = World::new();
    world
        .run("-p sandbox webhook create --type validate-answer --form FRM-2222-2222 --url https://b.example")
        .ok();
    world.write("w.yaml", ANSWER);
    assert_run!(world.run("-p sandbox webhook diff w.yaml --prune"), @"
    exit 10
    --- stdout
    + create  ValidateAnswer for FRM-1111-1111
     url            https://a.example
     criteria       form.id = FRM-1111-1111

    1 to create
    --- stderr
    warning: nothing is pruned: no file has a [scope], which says what may be deleted
    ");
    for scope in [
        "types: [validate-answer]",
        "objects: [FRM-2222-2222]",
        "types: [ValidateAnswer]\n  objects: [FRM-2222-2222]",
    ] {
        world.write("w.yaml", &format!("{ANSWER}scope:\n  {scope}\n"));
        let run = world.run("-p sandbox webhook diff w.yaml --prune -o json --jq .plan[1].action");
        assert_eq!(run.stdout, "delete\n", "{}", run.snapshot());
        let without = world.run("-p sandbox webhook diff w.yaml -o json --jq .plan|length");
        assert_eq!(without.stdout, "1\n");
    }
    world.write(
        "w.yaml",
        &format!("{ANSWER}scope:\n  types: [ValidateAnswer]\n  objects: [FRM-1111-1111]\n"),
    );
    let run = world.run("-p sandbox webhook diff w.yaml --prune -o json --jq .plan|length");
    assert_eq!(run.stdout, "1\n", "both must match");
}

#[test]
fn what_somebody_disabled_stays_disabled_and_is_named() {
    let world = World::new();
    world.write("w.yaml", ANSWER);
    world
        .run("-p sandbox webhook apply w.yaml --yes -q --jobs 1")
        .ok();
    world
        .run("-p sandbox webhook disable WBH-0000-0001 -q")
        .ok();
    assert_run!(world.run("-p sandbox webhook diff w.yaml"), @"
    exit 0
    --- stdout
    = unchanged  ValidateAnswer for FRM-1111-1111  WBH-0000-0001
     status         Disabled; the file does not say enabled = true, so it stays disabled

    1 unchanged; 1 left disabled
    ");
    assert_run!(world.run("-p sandbox webhook apply w.yaml --yes"), @"
    exit 0
    --- stdout
    = unchanged  ValidateAnswer for FRM-1111-1111  WBH-0000-0001
     status         Disabled; the file does not say enabled = true, so it stays disabled

    1 unchanged; 1 left disabled
    ");
}

#[test]
fn a_deletion_shows_its_last_call() {
    let world = World::new();
    let create = "-p sandbox webhook create --type validate-answer --form FRM-2222-2222 -q --url https://b.example";
    world.run(create).ok();
    world.write(
        "w.yaml",
        &format!("{ANSWER}scope:\n  types: [ValidateAnswer]\n"),
    );
    assert_run!(world.run("-p sandbox webhook diff w.yaml --prune"), @"
    exit 10
    --- stdout
    + create  ValidateAnswer for FRM-1111-1111
     url            https://a.example
     criteria       form.id = FRM-1111-1111

    - delete  ValidateAnswer for FRM-2222-2222  WBH-0000-0001
     url            - https://b.example
     calls          never called

    1 to create, 1 to delete
    ");
}

const WITH_DEFAULTS: &str = r#"
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
    assert!(
        staging.stdout.contains("https://staging.example.com/draft"),
        "{}",
        staging.stdout
    );
    let given = world.run("-p sandbox webhook diff w.toml --var HOOKS=https://given.example");
    assert!(
        given.stdout.contains("https://given.example/draft"),
        "{}",
        given.stdout
    );
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
      bad.toml:3: MPT_X is not allowed: variables that start with MPT_ may contain credentials of mpt
      bad.toml:4: variables.Y: must be a string
      bad.toml:5: variables: `a b` is not a name of a variable
      bad.toml:7: unknown key `criteria`
    ");
}

/// The page that GitHub would make of a comment, without the sanitising that would hide mistakes.
fn rendered(markdown: &str) -> String {
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.strikethrough = true;
    options.render.r#unsafe = true;
    comrak::markdown_to_html(markdown, &options)
}

#[test]
fn a_plan_is_a_comment_on_a_pull_request() {
    let world = World::new().with("HOOK_SECRET", "s3cret-s3cret");
    let create = "-p sandbox webhook create --type validate-answer --form FRM-2222-2222 -q --url https://b.example";
    world.run(create).ok();
    world.write(
        "w.toml",
        &format!("{WITH_DEFAULTS}\n[scope]\ntypes = [\"ValidateAnswer\"]\n"),
    );
    let run = world.run("-p sandbox webhook diff w.toml --prune -o markdown");
    assert_run!(run, @"
    exit 10
    --- stdout
    ### Webhooks: `the sandbox`

    | create | update | enable | disable | delete | unchanged |
    | --- | --- | --- | --- | --- | --- |
    | 2 | 0 | 0 | 0 | 1 | 0 |

    <details><summary>create <code>ValidatePurchaseOrderDraft for PRD-1111-1111</code></summary>

    ```diff
    + url: https://hooks.example.com/draft
    + criteria: product.id = PRD-1111-1111
    + secret: is set
    ```

    </details>

    <details><summary>create <code>ValidateAnswer for FRM-1111-1111</code></summary>

    ```diff
    + url: https://hooks.example.com/answers
    + criteria: form.id = FRM-1111-1111
    ```

    </details>

    <details><summary>delete <code>ValidateAnswer for FRM-2222-2222</code> <code>WBH-0000-0001</code></summary>

    ```diff
    - url: https://b.example
      calls: never called
    ```

    </details>
    ");
    let page = rendered(&run.stdout);
    assert_eq!(page.matches("<details>").count(), 3, "{page}");
    assert!(page.contains("<table>") && page.contains("<h3>"), "{page}");
    let world = World::new();
    world.write("w.yaml", ANSWER);
    world
        .run("-p sandbox webhook apply w.yaml --yes -q --jobs 1")
        .ok();
    assert_run!(world.run("-p sandbox webhook diff w.yaml -o markdown"), @"
    exit 0
    --- stdout
    ### Webhooks: `the sandbox`

    | create | update | enable | disable | delete | unchanged |
    | --- | --- | --- | --- | --- | --- |
    | 0 | 0 | 0 | 0 | 0 | 1 |

    Nothing would change.
    ");
}

#[test]
fn hostile_text_stays_text_in_a_comment() {
    let hostile = [
        "```\n</details>\n# heading\n@admin see https://evil.example ![x](https://evil.example/x.png)",
        "`````` </summary></details><script>alert(1)</script><img src=x onerror=alert(1)> @admin",
        "[link](https://evil.example) <https://evil.example> www.evil.example \u{202e}",
    ];
    let world = World::new();
    let not_ours = regex::Regex::new("(?s)<pre.*?</pre>|<code>.*?</code>").unwrap();
    for text in hostile {
        let manifest = json!({"version": 1, "webhooks": [{
            "type": "ValidateAnswer",
            "form": format!("FRM-1111-1111 {text}"),
            "url": "https://a.example/`x`</details>@admin",
            "description": text,
            "criteria": {"status": text}
        }]});
        world.write("w.json", &manifest.to_string());
        let run = world.run("-p sandbox webhook diff w.json -o markdown");
        assert_eq!(run.code, 10, "{}", run.snapshot());
        let page = rendered(&run.stdout);
        // What is left without blocks and code is ours.
        let ours = not_ours.replace_all(&page, "");
        for forbidden in [
            "@", "evil", "<a", "<img", "<script", "alert", "heading", "link",
        ] {
            assert!(!ours.contains(forbidden), "{forbidden}: {ours}\n{page}");
        }
        for tag in ["details", "summary", "pre"] {
            let (begins, ends) = (format!("<{tag}>"), format!("</{tag}>"));
            let begin = page
                .matches(&begins)
                .count()
                .max(page.matches(&format!("<{tag} ")).count());
            assert_eq!(
                (begin, page.matches(&ends).count()),
                (1, 1),
                "{tag}: {page}"
            );
        }
    }
}

#[test]
fn a_comment_is_not_longer_than_allowed() {
    let world = World::new();
    let text = "x".repeat(3_000);
    let webhooks: Vec<_> = (1..=60)
        .map(|number| {
            json!({
                "type": "ValidateAnswer",
                "form": format!("FRM-{number:04}-1111"),
                "url": "https://a.example/",
                "description": text,
            })
        })
        .collect();
    world.write(
        "w.json",
        &json!({"version": 1, "webhooks": webhooks}).to_string(),
    );
    let comment = world
        .run("-p sandbox webhook diff w.json -o markdown")
        .stdout;
    assert!(comment.chars().count() < 60_100);
    assert!(
        comment.contains("| 60 |") && comment.ends_with(" more webhooks were left out.\n"),
        "{comment}"
    );
}
