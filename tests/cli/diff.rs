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
      w.yaml:12: MPT_API_TOKEN is not allowed: mpt itself uses this variable, and its value may be a credential
      w.yaml:12: the environment variable NOPE is not set; set it, or use --var NOPE=VALUE
      w.yaml:12: url: `${` must be followed by a name and `}`; write `$${` for a literal `${`
      w.yaml:16: secret.env: MPT_API_TOKEN is not allowed: mpt itself uses this variable, and its value may be a credential
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
      w.toml:9: url: http://x.example: http:// is only allowed for this machine and private networks
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
      w.toml:2: a `]` is missing
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

pub const ANSWER: &str = "version: 1\nwebhooks:\n- type: ValidateAnswer\n  form: FRM-1111-1111\n  url: https://a.example\n";

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
    exit 10
    --- stdout
    + create  ValidateAnswer for FRM-3333-3333
     url            https://c.example
     criteria       form.id = FRM-3333-3333

    1 to create
    ");
    std::fs::create_dir(world.path("empty")).unwrap();
    assert_run!(world.run("-p sandbox webhook diff empty"), @"
    exit 2
    --- stderr
    error: empty: the folder contains no .toml, .yaml, .yml or .json file with webhooks
    ");
    assert_run!(world.run("-p sandbox webhook diff none.toml"), @"
    exit 2
    --- stderr
    error: none.toml: it does not exist
    ");
}

#[test]
fn an_anchor_may_be_shared_by_any_number() {
    let mut text = "version: 1\nwebhooks:\n- &one\n  type: &type ValidateAnswer\n  form: FRM-1111-1000\n  url: &url https://a.example\n".to_owned();
    for number in 1..300 {
        text.push_str(&format!(
            "- {{type: *type, form: FRM-1111-{:04}, url: *url}}\n",
            1000 + number
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
    world.run("-p sandbox webhook apply w.yaml --yes -q --jobs 1").ok();
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
    world.run("-p sandbox webhook apply w.yaml --yes -q --jobs 1").ok();
    world.run("-p sandbox webhook disable WBH-0000-0001 -q").ok();
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
    world.write("w.yaml", &format!("{ANSWER}scope:\n  types: [ValidateAnswer]\n"));
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

#[test]
fn a_plan_replaces_no_other_file() {
    let world = World::new();
    world.write("w.toml", "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"FRM-1111-1111\"\nurl = \"https://a.example\"\n");
    let line = "-p sandbox webhook diff w.toml --out";
    for (name, text) in [("notes.txt", "precious\n"), ("other.json", "{\"plan\": 1}")] {
        let path = world.write(name, text);
        let run = world.run(&format!("{line} {name}"));
        assert_eq!((run.code, &*run.stdout), (2, ""), "{}", run.snapshot());
        assert!(run.stderr.contains("would be lost"), "{}", run.stderr);
        assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    }
    // A new file, an empty one and an earlier plan are written.
    world.write("empty.plan", "");
    for name in ["new.plan", "new.plan", "empty.plan"] {
        let run = world.run(&format!("{line} {name}"));
        assert_eq!(run.code, 10, "{}", run.snapshot());
        assert!(std::fs::read_to_string(world.path(name)).unwrap().contains("mptPlan"));
    }
    #[cfg(unix)]
    {
        let precious = world.write("elsewhere/precious", "");
        std::os::unix::fs::symlink(&precious, world.path("link.plan")).unwrap();
        assert_eq!(world.run(&format!("{line} link.plan")).code, 2);
        assert_eq!(std::fs::read_to_string(&precious).unwrap(), "");
        std::os::unix::fs::symlink("nowhere", world.path("broken.plan")).unwrap();
        assert_eq!(world.run(&format!("{line} broken.plan")).code, 2);
        assert!(!world.path("nowhere").exists());
        // A pipe gets the plan.
        let run = world.run(&format!("{line} /dev/stdout -q"));
        assert!(run.stdout.contains("\"mptPlan\": 1"), "{}", run.stdout);
        // A file behind standard output is written from where it is.
        let words: Vec<_> =
            format!("{line} /dev/stdout -q").split_whitespace().map(str::to_owned).collect();
        let kept = std::fs::File::create(world.path("kept")).unwrap();
        let mut child = world.command(&words);
        assert_eq!(child.stdout(kept).status().unwrap().code(), Some(10));
        let kept = std::fs::read_to_string(world.path("kept")).unwrap();
        assert!(kept.starts_with("{\n") && kept.contains("1 to create"), "{kept}");
    }
    #[cfg(target_os = "linux")]
    {
        let run = world.run(&format!("{line} /proc/self/cwd/elsewhere/precious"));
        assert_eq!(run.code, 10, "an empty file: {}", run.snapshot());
        world.write("elsewhere/precious", "precious");
        let run = world.run(&format!("{line} /proc/self/cwd/elsewhere/precious"));
        assert_eq!(run.code, 2, "{}", run.snapshot());
    }
}

/// An output that waits for its reader.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_plan_that_is_written_to_a_named_pipe() {
    use crate::support::world::{Run, signal, spawn};
    let world = World::new();
    let made = std::process::Command::new("mkfifo").arg(world.path("pipe")).status();
    assert!(made.unwrap().success());
    world.write(
        "w.toml",
        "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"FRM-1111-1111\"\nurl = \"https://a.example\"\n",
    );
    let line = "-p sandbox webhook diff w.toml --out pipe -v";
    let words: Vec<_> = line.split_whitespace().collect();
    let mut child = spawn(&mut world.command(&words));
    // The last request is sent before the plan is written.
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut told = String::new();
    while !told.contains("→ 200") {
        assert!(std::io::BufRead::read_line(&mut stderr, &mut told).unwrap() > 0, "{told}");
    }
    signal(child.id(), "INT");
    let run = Run::of(&child.wait_with_output().unwrap());
    assert_eq!(run.code, 130, "{}", run.snapshot());
}
