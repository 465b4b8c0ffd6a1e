//! Software in production runs against the sandbox: an extension on the official SDK, the official client, and `mpt-cli`.
#![cfg(unix)]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command};

use serde_json::json;

use crate::support::World;
use crate::support::sandbox::Served;
use crate::support::world::{report_missing, spawn};

const SECRET: &str = "a-secret-of-at-least-32-characters";

/// A file of `tests/tools/python`.
fn tool(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools/python")).join(name)
}

/// A program in one of the environments that `.ci/install-test-tools` makes; `None`: it is not installed.
fn program(environment: &str, name: &str) -> Option<Command> {
    let path = tool(&format!(".{environment}/bin/{name}"));
    if !path.exists() {
        report_missing(&format!("{environment} of tests/tools/python"));
        return None;
    }
    let mut command = Command::new(path);
    command.env_clear().env("NO_COLOR", "1").env("PATH", std::env::var_os("PATH").unwrap());
    Some(command)
}

/// The extension, until the end of the test.
struct Extension {
    child: Child,
    url: String,
}

impl Extension {
    fn start(mut command: Command, served: &Served) -> Self {
        command
            .arg(tool("extension.py"))
            .env("MPT_API_BASE_URL", format!("{}/public", served.url))
            .env("MPT_API_TOKEN", &served.token)
            .env("HOOK_SECRET", SECRET);
        let mut child = spawn(&mut command);
        let mut port = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut port).unwrap();
        Self { child, url: format!("http://127.0.0.1:{}/orders", port.trim()) }
    }
}

impl Drop for Extension {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn an_extension_on_the_sdk_validates_orders() {
    let Some(python) = program("sdk", "python") else { return };
    let data = World::new().with_passing_time();
    let served = Served::new(&data, "");
    let extension = Extension::start(python, &served);
    let world = served.world().with_passing_time().with("S", SECRET);
    let mut ids = Vec::new();
    for name in [
        "ValidatePurchaseOrderDraft", "ValidateChangeOrderDraft", "ValidateTerminateOrder",
        "ValidateConfigurationOrderDraft",
    ] {
        let url = &extension.url;
        let create = format!("webhook create --type {name} --product PRD-1111-1111 --url {url}");
        ids.push(world.run(&format!("{create} --secret-env S -o id")).ok());
    }
    let conformance = format!(
        "endpoint test --conformance --type validate-purchase-order-draft --secret-env S --to {} --webhook {}",
        extension.url,
        ids[0].trim()
    );
    world.run(&conformance).ok();
    // Each order is one of the sandbox's own, and validated as the platform would.
    for order in ["ORD-1000-0000-0002", "ORD-1000-0000-0003", "ORD-1000-0000-0004"] {
        let run = world.run(&format!("order validate {order} --yes -o json"));
        assert_eq!(run.code, 0, "{}", run.snapshot());
    }
    let validated = world.run("order validate ORD-4821-7305-1196 --yes -o json").json();
    assert_eq!(
        validated["changes"][0],
        json!({"path": "parameters.ordering[membershipId].constraints.hidden", "before": true, "after": false})
    );
    let (_, _, stored) = served.send("GET /v1/commerce/orders/ORD-4821-7305-1196", "", "");
    let stored: serde_json::Value = serde_json::from_str(&stored).unwrap();
    assert_eq!(stored["parameters"]["ordering"][2]["constraints"]["hidden"], false);
    // The sandbox of `fire` is the data of the one that serves.
    let fire = "sandbox fire --type validate-purchase-order-draft";
    data.run(&format!("{fire} --expect success")).ok();
    data.run(&format!("{fire} --set lines.0.quantity=101 --expect refusal")).ok();
    let run = data.run(&format!("{fire} --set agreement.id=AGR-0000-0000-0000 --explain -o json"));
    let printed: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let asked: Vec<_> = printed["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["target"].as_str().unwrap().split('?').next().unwrap(),
                one["status"].as_u64().unwrap(),
            )
        })
        .collect();
    // The SDK remembers the webhook.
    let agreement = "/public/v1/commerce/agreements/AGR-0000-0000-0000";
    assert_eq!(asked, [(agreement, 404)]);
}

#[test]
fn the_official_client_lists_and_changes() {
    let Some(mut python) = program("client", "python") else { return };
    let data = World::new();
    let served = Served::new(&data, "");
    let output = python.arg(tool("client.py")).args([&served.url, &served.token]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap() + &stderr, @"
    products PRD-1111-1111 PRD-2222-2222 PRD-3333-3333 PRD-4444-4444
    published PRD-1111-1111 PRD-2222-2222
    switch True Cloud Editor, in short
    switch False
    orders ORD-1000-0000-0002 ORD-1000-0000-0003 ORD-1000-0000-0004 ORD-1000-0000-0005 ORD-4821-7305-1196
    agreement SUB-8100-0001-0001
    licensee Leeds
    items ITM-1111-1111-0001
    created Draft PRD-1111-1111
    changed Ten seats ALI-8000-0008-0009-0001
    ");
}

#[test]
fn mpt_cli_exports_a_product() {
    let Some(mut cli) = program("cli", "mpt-cli") else { return };
    let data = World::new();
    let served = Served::new(&data, "");
    let token = data.run("sandbox token --account operations").ok();
    let accounts = json!([{
        "id": "ACC-0000-0001", "name": "SoftwareOne", "type": "Operations", "token": token.trim(),
        "token_id": "TKN-0000-0002", "environment": served.url, "is_active": true
    }]);
    let home = data.path("mpt-cli");
    std::fs::create_dir_all(home.join(".swocli")).unwrap();
    std::fs::write(home.join(".swocli/accounts.json"), accounts.to_string()).unwrap();
    cli.args(["products", "export", "PRD-1111-1111", "--out"]).arg(&home).env("HOME", &home);
    let mut child = cli
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"y\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    assert!(!printed.contains("Traceback"), "{printed}");
    assert!(home.join("PRD-1111-1111.xlsx").exists(), "{printed}");
}
