//! The shell parts of the GitHub Action (action.yml): compare or apply, and the comment on a pull request.
//! They run in bash, on GitHub's machines.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::world::{Run, assert_run, report_missing};
use crate::support::{Reply, Server, World};

const MANIFEST: &str = "version = 1

[[webhooks]]
type = \"ValidateAnswer\"
form = \"FRM-1111-1111\"
url = \"https://${HOST}/answers\"
secret = { env = \"HOOK_SECRET\" }
";

fn world() -> World {
    let world = World::new()
        .with("HOOK_SECRET", "s3cret-s3cret-s3cret-s3cret-s3cret")
        .with("GH_TOKEN", "ghs_do-not-look")
        .with("GITHUB_EVENT_NAME", "pull_request")
        .with("DEFAULT_BRANCH", "main")
        .with("INPUT_MANIFEST", "webhooks.toml")
        .with("INPUT_MODE", "auto")
        .with("INPUT_ARGUMENTS", "")
        .with("INPUT_VARIABLES", "HOST")
        .with("HOST", "hooks.example.com")
        .with("INPUT_SECRETS", "HOOK_SECRET")
        .with("INPUT_NAME", "")
        .with("COMMENT_AUTHOR", "github-actions[bot]");
    world.write("webhooks.toml", MANIFEST);
    world
}

/// Runs a script of the action with `mpt` on the PATH.
fn action(world: &World, script: &str, variables: &[(&str, &str)]) -> Run {
    let program = Path::new(env!("CARGO_BIN_EXE_mpt")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("bash");
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("action").join(script))
        .env_clear()
        .envs(
            world.command::<&str>(&[]).get_envs().filter_map(|(name, value)| Some((name, value?))),
        )
        .env("PATH", format!("{}:{path}", program.display()))
        .env("RUNNER_TEMP", world.path(""))
        .env("GITHUB_OUTPUT", world.path("output"))
        .env("GITHUB_STEP_SUMMARY", world.path("summary"))
        .envs(variables.iter().copied())
        .current_dir(world.path(""));
    let run = Run::of(&command.output().unwrap());
    // The word is random.
    let word = regex::Regex::new(r"(::stop-commands)?::[0-9a-f]{32}(::)?").unwrap();
    Run { stdout: word.replace_all(&run.stdout, "[word]").into_owned(), ..run }
}

fn output(world: &World) -> String {
    std::fs::read_to_string(world.path("output")).unwrap_or_default()
}

const SANDBOX: (&str, &str) = ("MPT_PROFILE", "sandbox");

#[test]
fn a_pull_request_is_compared_and_the_default_branch_applied() {
    let world = world();
    let compared = action(&world, "run", &[SANDBOX]);
    assert_run!(compared, @"
    exit 0
    --- stdout
    [word]

    [word]
    ");
    assert_eq!(output(&world), "changes=true\n");
    let summary = std::fs::read_to_string(world.path("summary")).unwrap();
    assert!(summary.starts_with("### Webhooks: `the sandbox`"), "{summary}");
    assert!(!summary.contains("s3cret"), "{summary}");
    assert_eq!(world.run("-p sandbox webhook list -o id").ok(), "");
    // Another branch is compared too; the default branch is applied.
    let push = |branch| [SANDBOX, ("GITHUB_EVENT_NAME", "push"), ("GITHUB_REF", branch)];
    assert_eq!(action(&world, "run", &push("refs/heads/feature")).code, 0);
    assert_eq!(world.run("-p sandbox webhook list -o id").ok(), "");
    assert_eq!(action(&world, "run", &push("refs/heads/main")).code, 0);
    assert_eq!(world.run("-p sandbox webhook list -o id").ok(), "WBH-0000-0001\n");
    std::fs::remove_file(world.path("output")).unwrap();
    assert_eq!(action(&world, "run", &[SANDBOX, ("INPUT_MODE", "diff")]).code, 0);
    assert_eq!(output(&world), "changes=false\n");
}

#[test]
fn what_is_not_safe_is_refused() {
    let world = world();
    assert_run!(action(&world, "run", &[SANDBOX, ("GITHUB_EVENT_NAME", "pull_request_target")]), @"
    exit 1
    --- stdout
    ::error::pull_request_target gives the files of a fork access to secrets; use pull_request
    ");
    // A fork has no secrets.
    assert_run!(action(&world, "run", &[("MPT_API_TOKEN", ""), ("MPT_PROFILE", "")]), @"
    exit 0
    --- stdout
    ::notice::There is no token, as in a pull request from a fork. The manifest was not compared with the platform.
    ");
    assert_eq!(output(&world), "");
    assert_run!(action(&world, "run", &[("INPUT_MODE", "apply")]), @"
    exit 1
    --- stdout
    ::error::token: there is none, so nothing can be applied
    ");
    assert_run!(action(&world, "run", &[SANDBOX, ("INPUT_VARIABLES", "HOOK_SECRET GH_TOKEN")]), @"
    exit 1
    --- stdout
    ::error::variables, secrets: GH_TOKEN is not for a manifest
    ");
    assert_run!(action(&world, "run", &[SANDBOX, ("INPUT_VARIABLES", "$(touch owned)")]), @"
    exit 1
    --- stdout
    ::error::variables, secrets: write names of environment variables
    ");
    assert_run!(action(&world, "run", &[SANDBOX, ("INPUT_MODE", "destroy")]), @"
    exit 1
    --- stdout
    ::error::mode: write diff, apply or auto
    ");
    let arguments = "--prune\n$(touch owned); touch owned";
    assert_ne!(action(&world, "run", &[SANDBOX, ("INPUT_ARGUMENTS", arguments)]).code, 0);
    assert!(!world.path("owned").exists());
}

#[test]
fn mpt_sees_only_the_named_variables() {
    let world = world();
    // A secret cannot be written into a URL, which the comment would show.
    world.write("webhooks.toml", &MANIFEST.replace("${HOST}", "${HOOK_SECRET}"));
    let run = action(&world, "run", &[SANDBOX]);
    assert_eq!(run.code, 2, "{}", run.snapshot());
    assert!(run.stdout.contains("HOOK_SECRET is not set"), "{}", run.stdout);
    world.write("webhooks.toml", MANIFEST);
    // A program in the place of mpt prints what it sees.
    world.write("bin/mpt", "#!/usr/bin/env bash\nenv | cut -d= -f1 | LC_ALL=C sort >&2\nexit 0\n");
    std::fs::set_permissions(
        world.path("bin/mpt"),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let path = format!("{}:{}", world.path("bin").display(), std::env::var("PATH").unwrap());
    let run = action(&world, "run", &[SANDBOX, ("PATH", &path), ("ODD-NAME", "x"), ("a.b", "x")]);
    let seen: Vec<_> =
        run.stdout.lines().filter(|line| !line.contains("[word]") && !line.is_empty()).collect();
    let shell = ["PWD", "SHLVL", "_", "OLDPWD"];
    let seen: Vec<_> = seen.into_iter().filter(|name| !shell.contains(name)).collect();
    assert_eq!(seen, ["HOME", "HOST", "MPT_HOME", "MPT_PROFILE", "MPT_TEST_TIME", "PATH"]);
}

/// GitHub's comments of a pull request.
fn github(comments: Vec<Value>) -> (Server, Arc<Mutex<Vec<Value>>>) {
    let comments = Arc::new(Mutex::new(comments));
    let kept = Arc::clone(&comments);
    let server = Server::new(move |request, _| {
        let mut comments = kept.lock().unwrap();
        assert_eq!(request.header("authorization"), Some("Bearer ghs_do-not-look"));
        match request.line().as_str() {
            "GET /repos/o/r/issues/7/comments" => {
                let page: usize = request.target.rsplit('=').next().unwrap().parse().unwrap();
                let page: Vec<_> =
                    comments.iter().skip((page - 1) * 100).take(100).cloned().collect();
                Reply::Json(200, json!(page))
            }
            "POST /repos/o/r/issues/7/comments" => {
                let id = comments.len() + 1;
                comments.push(json!({"id": id, "user": {"login": "github-actions[bot]"}, "body": request.json()["body"]}));
                Reply::Json(201, json!({}))
            }
            line => {
                let id: i64 = line
                    .strip_prefix("PATCH /repos/o/r/issues/comments/")
                    .unwrap()
                    .parse()
                    .unwrap();
                let found = comments.iter_mut().find(|comment| comment["id"] == id).unwrap();
                found["body"] = request.json()["body"].clone();
                Reply::Json(200, json!({}))
            }
        }
    });
    (server, comments)
}

#[test]
fn one_comment_is_edited_in_place() {
    for tool in ["curl", "jq"] {
        if Command::new(tool).arg("--version").output().is_err() {
            report_missing(tool);
            return;
        }
    }
    let world = world();
    let marker = "<!-- mpt webhook diff:  webhooks.toml sandbox@ -->";
    // Somebody else has copied the marker, and there are more comments than one page has.
    let mut comments =
        vec![json!({"id": 1, "user": {"login": "mallory"}, "body": format!("{marker}\nmine")})];
    comments
        .extend((2..=120).map(
            |id| json!({"id": id, "user": {"login": "github-actions[bot]"}, "body": "other"}),
        ));
    let (server, comments) = github(comments);
    let url = server.url();
    let comment = |changes: &str| {
        let variables = [
            SANDBOX,
            ("GITHUB_API_URL", url.as_str()),
            ("GITHUB_REPOSITORY", "o/r"),
            ("PULL_REQUEST", "7"),
            ("CHANGES", changes),
        ];
        let run = action(&world, "comment", &variables);
        assert_eq!(run.code, 0, "{}", run.snapshot());
    };
    // Nothing changes, and nothing was said before.
    world.write("mpt-page.md", "### Webhooks\n");
    comment("false");
    assert_eq!(comments.lock().unwrap().len(), 120);
    let lines = "+ seats: \u{e9}\n".repeat(6_000);
    let page =
        format!("### Webhooks\n\n\"quoted\"\n<details>\n\n```diff\n{lines}```\n\n</details>\n");
    world.write("mpt-page.md", &page);
    comment("true");
    comment("true");
    let body = |index: usize| comments.lock().unwrap()[index]["body"].as_str().unwrap().to_owned();
    assert_eq!(comments.lock().unwrap().len(), 121);
    assert!(body(120).starts_with(&format!("{marker}\n### Webhooks\n\n\"quoted\"")));
    let end = "+ seats: \u{e9}\n```\n</details>\n\nThe rest is in the summary of the run.\n";
    assert!(body(120).ends_with(end), "{}", &body(120)[body(120).len() - 200..]);
    assert!(body(120).len() < 65_536);
    world.write("mpt-page.md", "### Webhooks\n");
    comment("false");
    assert_eq!(body(120), format!("{marker}\nNothing changes any more.\n\n### Webhooks\n"));
    assert_eq!(body(0), format!("{marker}\nmine"));
}

#[test]
fn a_comment_that_is_cut_closes_its_fence() {
    for tool in ["curl", "jq"] {
        if Command::new(tool).arg("--version").output().is_err() {
            report_missing(tool);
            return;
        }
    }
    let world = world();
    let (server, comments) = github(Vec::new());
    let url = server.url();
    let lines = "+ ```\n+ seats\n".repeat(6_000);
    world.write("mpt-page.md", &format!("### Webhooks\n\n`````diff\n{lines}`````\n"));
    let variables = [
        SANDBOX,
        ("GITHUB_API_URL", url.as_str()),
        ("GITHUB_REPOSITORY", "o/r"),
        ("PULL_REQUEST", "7"),
        ("CHANGES", "true"),
    ];
    assert_eq!(action(&world, "comment", &variables).code, 0);
    let body = comments.lock().unwrap()[0]["body"].as_str().unwrap().to_owned();
    let end = "\n`````\n\nThe rest is in the summary of the run.\n";
    assert!(body.ends_with(end), "{}", &body[body.len() - 200..]);
}

/// The script of the job that compares, in the template for GitLab.
fn gitlab_script() -> String {
    let template = include_str!("../../packaging/gitlab/mpt.yml");
    let template: Value = serde_saphyr::from_str(template).unwrap();
    template["mpt:diff"]["script"][0].as_str().unwrap().to_owned()
}

#[test]
fn a_job_of_gitlab_passes_on_only_what_is_allowed() {
    for shell in [&["dash", "-c"][..], &["busybox", "sh", "-c"], &["bash", "-c"]] {
        let program = Path::new(env!("CARGO_BIN_EXE_mpt")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let hooks = "https://hooks.example.com/a'b$(touch pwned)\"c";
        let world = World::new();
        let run = |manifest: &str| {
            world.write("webhooks.toml", manifest);
            let mut command = Command::new(shell[0]);
            command
                .args(&shell[1..])
                .arg(format!("set -e; {}", gitlab_script()))
                .env_clear()
                .env("PATH", format!("{}:{path}", program.display()))
                .env("HOME", world.path(""))
                .env("MPT_HOME", world.path("mpt"))
                .env("MPT_PROFILE", "sandbox")
                .env("MPT_MANIFEST", "webhooks.toml")
                .env("MPT_VARIABLES", "HOOKS OTHER")
                .env("HOOKS", hooks)
                .env("CI_JOB_TOKEN", "glcbt-do-not-look")
                .env("HTTPS_PROXY", "http://user:do-not-look@proxy:3128")
                .env("LINES", "a\nCI_JOB_TOKEN=fake")
                .current_dir(world.path(""));
            command.output().map(|output| Run::of(&output))
        };
        let entry = |url: &str| {
            format!(
                "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"FRM-1111-1111\"\nurl = \"https://h.example/\"\ndescription = \"{url}\"\n"
            )
        };
        let Ok(allowed) = run(&entry("${HOOKS}")) else {
            report_missing(shell[0]);
            return;
        };
        assert_eq!(allowed.code, 0, "{shell:?}: {}", allowed.snapshot());
        assert!(allowed.stdout.contains(hooks), "{shell:?}: {}", allowed.stdout);
        assert!(!world.path("pwned").exists());
        for name in ["CI_JOB_TOKEN", "HTTPS_PROXY", "https_proxy", "HOME"] {
            let refused = run(&entry(&format!("${{{name}}}"))).unwrap();
            assert_eq!(refused.code, 2, "{shell:?}: {}", refused.snapshot());
            assert!(!refused.snapshot().contains("do-not-look"), "{}", refused.snapshot());
        }
    }
}
