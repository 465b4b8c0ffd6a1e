//! `protected = true`: every change on the origin of the profile asks first.

use serde_json::{Value, json};

use crate::support::documents::switched;
use crate::support::world::{TOKEN, assert_run};
use crate::support::{Reply, Server, Terminal, World};

/// Answers as a platform on which everything may be done.
fn platform() -> Server {
    Server::new(|request, _| {
        if ["/program/programs", "/helpdesk/forms"].iter().any(|one| request.target.contains(one)) {
            return Reply::Json(200, crate::support::documents::page(&[], 0, Some(0)));
        }
        if request.target.contains("/commerce/orders") {
            return Reply::Json(200, json!({"id": "ORD-1", "type": "Purchase", "status": "Draft"}));
        }
        if request.target.contains("/program/enrollments") {
            return Reply::Json(200, json!({"id": "ENR-1", "status": "Processing"}));
        }
        if request.target.contains("/catalog/products") {
            let settings = json!({"preValidation": {"purchaseOrderDraft": false}});
            if !request.target.contains("PRD-") {
                let settings = json!({"preValidation": {"purchaseOrderDraft": false}});
                let product =
                    json!({"id": "PRD-1111-1111", "status": "Published", "settings": settings});
                return Reply::Json(200, crate::support::documents::page(&[product], 0, Some(1)));
            }
            let product = json!({"id": "PRD-1111-1111", "name": "Editor", "status": "Published", "settings": settings});
            return Reply::Json(200, product);
        }
        let webhook = json!({
            "id": "WBH-1", "type": "ValidatePurchaseOrderDraft", "status": "Enabled", "url": format!("http://{}/", request.header("host").unwrap()),
            "criteria": {"product.id": "PRD-1111-1111"}, "object": {"id": "PRD-1111-1111"}
        });
        if request.method == "GET"
            && !request.target.contains("WBH-1?")
            && !request.target.ends_with("WBH-1")
        {
            return Reply::Json(200, crate::support::documents::page(&[webhook], 0, Some(1)));
        }
        Reply::Json(200, switched(request, webhook))
    })
}

fn world(server: &Server) -> World {
    let world = World::new().with("HOOK_SECRET", "0123456789abcdef");
    world.config(&format!(
        "[profiles.prod]\nname = \"Northwind Software\"\nbase_url = \"{}\"\ntoken = \"{TOKEN}\"\nprotected = true\n",
        server.url()
    ));
    world.write("hooks.toml", "version = 1\n[[webhooks]]\ntype = \"ValidatePurchaseOrderDraft\"\nproduct = \"PRD-1111-1111\"\nurl = \"https://a.example/\"\n");
    world
}

/// Every command that changes something on the platform.
const CHANGES: [&str; 13] = [
    "webhook create --type validate-purchase-order-draft --product PRD-1111-1111 --url https://a.example/ --no-secret",
    "webhook update WBH-1 --url https://b.example/",
    "webhook enable WBH-1",
    "webhook disable WBH-1",
    "webhook delete WBH-1",
    "webhook rotate-secret WBH-1 --secret-env HOOK_SECRET",
    "webhook apply hooks.toml",
    "webhook doctor WBH-1 --fix",
    "webhook doctor --fix-all",
    "endpoint listen --port 0 --take-over WBH-1 --public-url https://tunnel.example/",
    "order validate ORD-1",
    "enrollment validate ENR-1",
    "api DELETE /notifications/webhooks/WBH-1",
];

fn changed(server: &Server) -> Vec<String> {
    server.lines().into_iter().filter(|line| !line.starts_with("GET ")).collect()
}

#[test]
fn without_a_terminal_every_change_needs_yes() {
    for command in CHANGES {
        let server = platform();
        let run = world(&server).run(&format!("-p prod {command}"));
        assert_eq!(run.code, 2, "{command}\n{}", run.snapshot());
        assert!(run.stderr.contains("--yes"), "{command}\n{}", run.stderr);
        assert_eq!(changed(&server), [""; 0], "{command}");
    }
    let server = platform();
    let run = world(&server).run_with_stdin("-p prod webhook disable -", "WBH-1\n");
    assert_run!(run, @"
    exit 2
    --- stderr
    error: profile `prod` is protected, and IDs from standard input are not confirmed one by one
    hint: use --yes to continue without asking
    ");
    assert_eq!(changed(&server), [""; 0]);
}

#[test]
fn yes_answers_everything() {
    let mut codes = Vec::new();
    for command in CHANGES.iter().filter(|command| !command.starts_with("endpoint listen")) {
        let server = platform();
        let run = world(&server).run(&format!("-p prod {command} --yes"));
        assert!(!changed(&server).is_empty(), "{command}\n{}", run.snapshot());
        codes.push(run.code);
    }
    insta::assert_compact_json_snapshot!(codes, @"[0, 8, 0, 0, 0, 0, 8, 10, 10, 0, 0, 0]");
}

#[test]
fn the_origin_is_protected_whoever_the_token_is_from() {
    let server = platform();
    let world = world(&server).with("MPT_API_TOKEN", TOKEN).with("MPT_API_BASE_URL", &server.url());
    assert_run!(world.run("webhook disable WBH-1"), @"
    exit 2
    --- stderr
    error: profile `prod` is protected: cannot ask for confirmation without a terminal
    hint: use --yes to continue without asking
    ");
    let world = self::world(&server).with("MPT_API_TOKEN", TOKEN);
    let run = world.run(&format!("webhook disable WBH-1 --base-url {}", server.url()));
    assert_eq!(run.code, 2);
    assert_eq!(changed(&server), [""; 0]);
}

#[test]
fn what_changes_nothing_does_not_ask() {
    let server = platform();
    let world = world(&server);
    for (command, code) in [
        ("webhook list", 0),
        ("webhook show WBH-1", 0),
        ("webhook doctor WBH-1", 10),
        ("webhook diff hooks.toml", 10),
        (
            "webhook create --type validate-answer --form FRM-1111-1111 --url https://a.example/ --dry-run",
            0,
        ),
        ("webhook update WBH-1 --url https://b.example/ --dry-run", 0),
        ("api GET /notifications/webhooks", 0),
        ("status", 10),
    ] {
        let run = world.run(&format!("-p prod {command}"));
        assert_eq!(run.code, code, "{command}\n{}", run.snapshot());
    }
    assert_eq!(changed(&server), [""; 0]);
}

#[test]
fn a_light_change_asks_and_a_heavy_one_wants_the_key() {
    for (command, is_heavy) in [
        ("webhook enable WBH-1", false),
        ("webhook update WBH-1 --url https://b.example/", false),
        (
            "webhook create --type validate-purchase-order-draft --product PRD-1111-1111 --url https://a.example/ --no-secret",
            false,
        ),
        ("webhook apply hooks.toml", false),
        ("webhook delete WBH-1", true),
        ("webhook rotate-secret WBH-1 --secret-env HOOK_SECRET", true),
        ("webhook doctor --fix-all", true),
        ("webhook doctor WBH-1 --fix", true),
        ("endpoint listen --port 0 --take-over WBH-1 --public-url https://tunnel.example/", true),
        ("api DELETE /notifications/webhooks/WBH-1", true),
    ] {
        let server = platform();
        let world = world(&server);
        let mut terminal = Terminal::run(&world, &format!("-p prod {command}"));
        let question = if is_heavy { "Type prod to continue:" } else { "(y/N)" };
        // Not the key, and not yes.
        terminal.answer(question, "n\r");
        let screen = terminal.end();
        assert!(screen.starts_with("exit 130\n"), "{command}\n{screen}");
        assert!(screen.contains("nothing was changed"), "{screen}");
        assert_eq!(changed(&server), [""; 0], "{command}");
    }
    let server = platform();
    let world = world(&server);
    let mut terminal = Terminal::run(&world, "-p prod webhook delete WBH-1");
    terminal.answer("Type prod to continue:", "prod\r");
    let screen = terminal.end();
    assert!(screen.starts_with("exit 0\n"), "{screen}");
    assert_eq!(changed(&server), ["DELETE /public/v1/notifications/webhooks/WBH-1"]);
}

#[test]
fn a_profile_is_found_by_its_name() {
    let server = platform();
    let world = world(&server);
    assert_eq!(
        world.args(&["-p", "Northwind Software", "webhook", "list", "-o", "id"]).ok(),
        "WBH-1\n"
    );
    world.config("[profiles.a]\nname = \"Same\"\n[profiles.b]\nname = \"Same\"\n[profiles.c]\nname = \"a\"\n");
    assert_run!(world.args(&["-p", "Same", "config", "show"]), @"
    exit 3
    --- stderr
    error: several profiles have the name `Same`
    hint: use one of their keys: a, b
    ");
    let shown: Value = world.args(&["-p", "a", "config", "show", "-o", "json"]).json();
    assert_eq!(shown[0]["value"], "a");
}
