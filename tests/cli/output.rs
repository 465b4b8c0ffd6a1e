//! Output: formats, jq, closed pipes.

use std::io::Read;

use serde_json::{Value, json};

use crate::support::documents::{failing, page, switched, with_id};
use crate::support::world::{assert_run, spawn};
use crate::support::{Server, Terminal, World};

fn world() -> World {
    World::at(&Server::always(200, page(&[with_id("WBH-1"), with_id("WBH-2")], 0, Some(2))))
}

fn one(document: Value) -> World {
    World::at(&Server::always(200, document))
}

#[test]
fn json_is_the_document_as_it_came() {
    let text = r#"{"z": 1.10, "id": "WBH-1", "big": 12345678901234567890123, "e": 1E5, "unknown": {"b": null, "a": []}}"#;
    let document: Value = serde_json::from_str(text).unwrap();
    assert_run!(one(document.clone()).run("webhook show WBH-1 -o json"), @r#"
    exit 0
    --- stdout
    {
      "z": 1.10,
      "id": "WBH-1",
      "big": 12345678901234567890123,
      "e": 1e+5,
      "unknown": {
        "b": null,
        "a": []
      }
    }
    "#);
    assert_run!(one(document.clone()).run("webhook show WBH-1 -o jsonl"), @r#"
    exit 0
    --- stdout
    {"z":1.10,"id":"WBH-1","big":12345678901234567890123,"e":1e+5,"unknown":{"b":null,"a":[]}}
    "#);
    assert_run!(one(document).run("webhook show WBH-1 -o yaml"), @"
    exit 0
    --- stdout
    z: 1.10
    id: WBH-1
    big: 12345678901234567890123
    e: 1e+5
    unknown:
      b: null
      a: []
    ");
}

#[test]
fn a_list_is_one_array_or_lines_or_rows() {
    let world = world();
    assert_eq!(world.run("webhook list -o json").json().as_array().map(Vec::len), Some(2));
    let lines = world.run("webhook list -o jsonl").ok();
    let documents = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert_eq!(documents.collect::<Vec<_>>().len(), 2);
    assert_run!(world.run("webhook list -o csv"), @"
    exit 0
    --- stdout
    id,status,type,object,url,health
    WBH-1,Enabled,ValidatePurchaseOrderDraft,PRD-1111-1111,https://hooks.example.com/validate,failing
    WBH-2,Enabled,ValidatePurchaseOrderDraft,PRD-1111-1111,https://hooks.example.com/validate,failing
    ");
    assert_run!(world.run("webhook list -o id"), @"
    exit 0
    --- stdout
    WBH-1
    WBH-2
    ");
    assert!(world.run("webhook list -o yaml").ok().starts_with("- id: WBH-1\n"));
}

#[test]
fn jq_filters_inside() {
    let world = world();
    assert_eq!(world.args(&["webhook", "list", "--jq", ".[].id"]).ok(), "WBH-1\nWBH-2\n");
    assert_eq!(
        world.args(&["webhook", "list", "--jq", ".id", "-o", "jsonl"]).ok(),
        "WBH-1\nWBH-2\n"
    );
    assert_eq!(world.args(&["webhook", "list", "--jq", "length"]).ok(), "2\n");
    assert_eq!(
        world.args(&["webhook", "list", "--jq", ".id.x", "-o", "jsonl", "--limit", "1"]).code,
        1,
        "a text has no members"
    );
    assert_run!(world.args(&["webhook", "list", "--jq", "map(.id"]), @r#"
    exit 2
    --- stderr
    {"error":{"kind":"usage","message":"--jq: expected closing parenthesis at the end of `map(.id`","status":null,"detail":null,"errors":null,"traceId":null,"hint":null,"exitCode":2}}
    "#);
    assert_run!(world.args(&["webhook", "list", "--jq", "nope"]), @r#"
    exit 2
    --- stderr
    {"error":{"kind":"usage","message":"--jq: undefined filter `nope`","status":null,"detail":null,"errors":null,"traceId":null,"hint":null,"exitCode":2}}
    "#);
    for format in ["csv", "yaml", "id"] {
        assert_eq!(world.run(&format!("webhook list --jq . -o {format}")).code, 2);
    }
}

#[test]
fn a_format_that_a_command_cannot_give_is_refused() {
    let world = World::new();
    for line in [
        "config path -o csv",
        "config show -p sandbox -o id",
        "sandbox token -o id",
        "webhook list -p sandbox --count -o csv",
        "webhook create --type T --url https://a.example --dry-run -o id",
        "completions bash -o json",
    ] {
        assert_eq!(world.run(line).code, 2, "{line}");
    }
    assert_eq!(World::new().with("MPT_OUTPUT", "csv").run("config path").code, 0);
}

#[test]
fn the_format_comes_from_flag_then_environment_then_profile() {
    let server = Server::always(200, failing());
    let world = World::new();
    world.config(&format!(
        "default_profile = \"p\"\n[profiles.p]\nbase_url = \"{}\"\ntoken = \"t\"\noutput = \"id\"\n",
        server.url()
    ));
    assert_eq!(world.run("webhook show WBH-1234-5678").ok(), "WBH-1234-5678\n");
    let world = world.with("MPT_OUTPUT", "jsonl");
    assert!(world.run("webhook show WBH-1234-5678").ok().starts_with("{\"id\""));
    assert!(world.run("webhook show WBH-1234-5678 -o csv").ok().starts_with("id,status"));
    let wrong = world.with("MPT_OUTPUT", "jsn").run("webhook show WBH-1234-5678");
    assert_run!(wrong, @"
    exit 3
    --- stderr
    error: MPT_OUTPUT: `jsn` is not an output format; use one of table, json, jsonl, yaml, csv, id, markdown (did you mean `json`?)
    ");
}

#[test]
fn a_closed_pipe_is_quiet() {
    // More than a pipe holds.
    let data: Vec<Value> = (0..100)
        .map(|index| {
            let mut webhook = with_id(&format!("WBH-{index} {}", "x".repeat(2_000)));
            webhook["url"] = webhook["id"].clone();
            webhook
        })
        .collect();
    let world = World::at(&Server::always(200, page(&data, 0, Some(100))));
    for format in ["jsonl", "csv", "id"] {
        let mut child = spawn(&mut world.command(&["webhook", "list", "-o", format]));
        let mut first = [0; 1];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format}");
        assert_eq!(output.status.code(), Some(0), "{format}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_reported() {
    let world = one(failing());
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = world
        .command(&["webhook", "show", "WBH-1234-5678"])
        .stdout(std::process::Stdio::from(full))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("the disk is full"));
}

#[test]
fn colours_and_relative_times_are_for_terminals() {
    let world = one(failing());
    let piped = world.run("webhook show WBH-1234-5678").ok();
    assert!(!piped.contains('\u{1b}') && piped.contains("2026-05-04T09:00:00.000Z"), "{piped}");
    let forced = world.run("webhook show WBH-1234-5678 --color always").ok();
    assert!(forced.contains("\u{1b}[31m"), "{forced:?}");
    let broken = world.run("webhook show WBH-1234-5678 --color sometimes");
    assert_eq!(broken.code, 2);
}

#[test]
fn an_answer_without_an_id_is_no_success_for_a_script() {
    assert_eq!(one(json!({"url": "u"})).run("webhook show WBH-1 -o id").code, 8);
}

#[cfg(target_os = "linux")]
#[test]
fn help_on_a_full_disk_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output =
        World::new().command(&["--help"]).stdout(std::process::Stdio::from(full)).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("cannot write to standard output"), "{stderr}");
}

#[test]
fn jq_reads_no_environment_and_ends() {
    let world = one(crate::support::documents::healthy());
    let jq = |filter: &str| world.args(&["webhook", "show", "WBH-1234-5678", "--jq", filter]);
    for filter in ["env", "$ENV", "env | length", "[env[], $ENV[]]"] {
        let printed = jq(filter).ok();
        assert!(["{}\n", "0\n", "[]\n"].contains(&&*printed), "{filter}: {printed}");
    }
    assert_eq!(jq(r#"[.id, 1, null, "a\"b"] | @csv"#).ok(), "\"WBH-1234-5678\",1,,\"a\"\"b\"\n");
    assert_eq!(jq(r#"[.id, "a\tb"] | @tsv"#).ok(), "WBH-1234-5678\ta\\tb\n");
    assert_eq!(jq(r#"["it's", 1] | @sh"#).ok(), "'it'\\''s' 1\n");
    // The webhook was read, or created, so a failing filter is no usage error.
    for (filter, reason) in [
        ("halt_error", "failed: "),
        ("error", "failed: "),
        (".id.x", "failed: "),
        ("repeat(1)", "has more than 1000000 results"),
        // The memory of a process is only limited on Unix.
        #[cfg(unix)]
        ("[repeat(1)]", "needs too much memory or too deep a recursion"),
        #[cfg(unix)]
        ("def f: 1 + f; f", "needs too much memory or too deep a recursion"),
        ("last(repeat(1))", "takes longer than 1s; allow more with --timeout"),
    ] {
        let run = world.args(&[
            "webhook",
            "show",
            "WBH-1234-5678",
            "--jq",
            filter,
            "--timeout",
            if filter.starts_with("last") { "1s" } else { "60s" },
        ]);
        assert_eq!((run.code, &*run.stdout), (1, ""), "{filter}: {}", run.snapshot());
        let error = run.error();
        let expected = format!("the filter of --jq, `{filter}`, {reason}");
        assert!(error["message"].as_str().unwrap().starts_with(&expected), "{error}");
        assert_eq!(
            error["hint"],
            "the webhook itself was read; only its output could not be filtered"
        );
    }
    let deep = "[".repeat(100_000);
    assert_eq!(jq(&deep).code, 2);
}

#[test]
fn jq_arguments_are_variables() {
    let world = one(crate::support::documents::healthy());
    let show =
        "webhook show WBH-1234-5678 --jq [.id,$a,$b_1] -o jsonl --jq-arg a=1=2 --jq-arg b_1=";
    assert_eq!(world.run(show).ok(), "[\"WBH-1234-5678\",\"1=2\",\"\"]\n");
    for wrong in ["a", "1=2", "=2", "ENV=1", "a-b=1"] {
        let run = world.args(&["webhook", "show", "WBH-1234-5678", "--jq", ".", "--jq-arg", wrong]);
        assert_eq!(run.code, 2, "{}", run.snapshot());
    }
    assert_eq!(world.run("webhook show WBH-1234-5678 --jq-arg a=1").code, 2);
}

#[test]
fn jq_runs_once_for_each_webhook() {
    let server = Server::new(|request, _| {
        let id = request.target.split(['/', '?']).nth(5).unwrap();
        crate::support::Reply::Json(200, with_id(id))
    });
    let world = World::at(&server);
    for format in ["json", "jsonl"] {
        let show = format!("webhook show WBH-1 WBH-2 -o {format} --jq .id");
        assert_eq!(world.run(&show).ok(), "WBH-1\nWBH-2\n");
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_filter() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let server = Server::new(move |_, _| {
        sender.send(()).ok();
        crate::support::Reply::Json(200, crate::support::documents::healthy())
    });
    let world = World::at(&server);
    let mut child =
        spawn(&mut world.command(&["webhook", "show", "WBH-1234-5678", "--jq", "last(repeat(1))"]));
    receiver.recv().unwrap();
    // The answer may still be on its way to the filter, so that the first signal may come too early for it.
    let began = std::time::Instant::now();
    let status = loop {
        assert!(began.elapsed() < crate::support::terminal::HANGS, "the filter does not end");
        crate::support::world::signal(child.id(), "INT");
        std::thread::sleep(std::time::Duration::from_millis(100));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
    };
    assert_eq!(status.code(), Some(130));
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(stderr.contains("\"kind\":\"interrupted\""), "{stderr}");
}

// The memory of a filter is only limited on Unix; elsewhere this one would run until its time is up.
#[cfg(unix)]
#[test]
fn a_filter_that_fails_on_one_webhook_hides_nothing_else() {
    let server = Server::new(|request, _| {
        let id = request.target.split(['/', '?']).nth(5).unwrap();
        match id {
            "absent" => crate::support::Reply::Json(404, json!({})),
            id => crate::support::Reply::Json(200, switched(request, with_id(id))),
        }
    });
    let world = World::at(&server);
    let filter = "if .id == \"WBH-1\" then error(\"no\") elif .id == \"WBH-2\" then [repeat(1)] else .id end";
    let run =
        world.args(&["webhook", "disable", "absent", "WBH-1", "WBH-2", "WBH-3", "--jq", filter]);
    assert_eq!((run.code, &*run.stdout), (1, "WBH-3\n"), "{}", run.snapshot());
    for part in
        ["cannot disable absent: 404", "(WBH-1)", "(WBH-2)", "the webhook was changed (disable)"]
    {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_filter_ends_with_its_parent() {
    let world = one(crate::support::documents::healthy());
    let filter = format!("def orphan_of_{0}: orphan_of_{0}; orphan_of_{0}", std::process::id());
    let is_running = || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let mut lines =
            processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
        lines.any(|line| {
            let line = String::from_utf8_lossy(&line).into_owned();
            line.contains("__jq") && line.contains(&filter)
        })
    };
    let mut parent =
        spawn(&mut world.command(&["webhook", "show", "WBH-1234-5678", "--jq", &filter]));
    while !is_running() {
        std::thread::yield_now();
    }
    parent.kill().unwrap();
    parent.wait().unwrap();
    while is_running() {
        std::thread::yield_now();
    }
}

#[test]
fn the_token_is_masked_wherever_a_document_has_it() {
    let mut document = crate::support::documents::healthy();
    document["account"]["name"] = crate::support::world::TOKEN.into();
    document["description"] = "the part hush-hush-hush alone".into();
    let token = "idt:TKN-1234-5678:hush-hush-hush";
    document["url"] = format!("https://a.example/?{token}").into();
    let world = one(document).with("MPT_API_TOKEN", token);
    for options in ["-o json", "-o yaml", "-o csv", "--jq .", ""] {
        let printed = world.run(&format!("webhook show WBH-1234-5678 {options}")).snapshot();
        assert!(!printed.contains("hush-hush-hush"), "{options}: {printed}");
    }
}

#[test]
fn the_environment_decides_about_colours() {
    let server = Server::always(200, failing());
    for (variables, is_colored) in [
        (&[("FORCE_COLOR", "1")][..], true),
        (&[("CLICOLOR_FORCE", "1")], true),
        (&[("FORCE_COLOR", "0")], false),
        (&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], false),
        (&[("FORCE_COLOR", "1"), ("TERM", "dumb")], true),
        (&[], false),
    ] {
        let world = variables
            .iter()
            .fold(World::at(&server), |world, (name, value)| world.with(name, value));
        let shown = world.run("webhook show WBH-1234-5678").ok();
        assert_eq!(shown.contains("\u{1b}["), is_colored, "{variables:?}");
    }
    for (value, is_colored) in [("1", true), ("0", false)] {
        let world = World::at(&server).with("CLICOLOR", value);
        let shown = Terminal::run(&world, "webhook show WBH-1234-5678").coloured();
        assert_eq!(shown.contains("\u{1b}[3"), is_colored, "CLICOLOR={value}: {shown:?}");
    }
}
