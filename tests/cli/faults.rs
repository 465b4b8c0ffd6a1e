//! Every command through a proxy that injects faults, chosen by a seed. In all cases, the exit
//! code is one of the table, standard output is empty or complete, no token is printed, one create makes
//! at most one webhook, and every command ends. `MPT_TEST_SEEDS=2000..3000` runs other seeds, `MPT_TEST_SEEDS=2017` one.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::World;
use crate::support::proxy::Proxy;
use crate::support::sandbox::Served;
use crate::support::world::Run;

/// The maximum time of a run: `--timeout` and `--retries` limit every wait.
const LONGEST: Duration = Duration::from_secs(30);

const COMMANDS: [&str; 29] = [
    "webhook create --type validate-answer --form FORM --url https://a.example --secret-env S",
    "webhook create --type validate-answer --form FORM --url https://a.example --if-exists keep -o json",
    "webhook create --type validate-answer --form FORM --url https://a.example --disabled -o id",
    "webhook show ID -o json",
    "webhook list -o jsonl",
    "webhook list -o csv",
    "webhook update ID --url https://b.example -o json",
    "webhook disable ID -o id",
    "webhook enable ID ID2 -o jsonl",
    "webhook rotate-secret ID --secret-file secret -o json",
    "webhook delete ID2 --yes -o json",
    "webhook apply webhooks.toml --yes -o json",
    "webhook diff webhooks.toml -o json",
    "webhook export -o yaml",
    "webhook watch --interval 30ms --for 200ms -o jsonl",
    "endpoint call ID --to CLOSED -o json",
    "endpoint verify-token token --webhook ID -o json",
    "config check -o json",
    "webhook disable ID ID2 ID -o jsonl --jobs 2",
    "webhook doctor ID -o json",
    "webhook history ID -o json",
    "status -o json",
    "order list -o jsonl",
    "order validate ORD-4821-7305-1196 --yes -o json",
    "api PUT /catalog/products/PRD-1111-1111/settings --field itemSelection=false --yes",
    "webhook doctor SWITCHES --fix --yes -o json",
    "webhook apply switched.toml --yes -o json",
    "webhook create --type validate-answer --form FORM --url https://d.example --if-exists update -o json",
    "webhook list --object LISTED -o id | webhook disable - -o id",
];

/// Seeds that found errors.
const FOUND: [u64; 4] = [5461, 5731, 24_218, 24_918];

fn seeds() -> Range<u64> {
    let given = std::env::var("MPT_TEST_SEEDS").unwrap_or_else(|_| "0..360".to_owned());
    match given.split_once("..") {
        Some((from, to)) => from.parse().unwrap()..to.parse().unwrap(),
        None => {
            let only = given.parse().unwrap();
            only..only + 1
        }
    }
}

#[test]
fn reports_are_true_under_every_fault() {
    let data = World::new();
    let served = Served::new(&data, "");
    let seeds = seeds();
    let is_complete = seeds.end - seeds.start >= 360;
    let next = Mutex::new(seeds.chain(FOUND.into_iter().filter(|_| is_complete)));
    let met = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let seed = next.lock().unwrap().next();
                    let Some(seed) = seed else { return };
                    let faults = one(seed, &served, &data);
                    for fault in faults {
                        *met.lock().unwrap().entry(fault).or_insert(0) += 1;
                    }
                }
            });
        }
    });
    // Every fault must have occurred.
    let met = met.into_inner().unwrap();
    assert!(met.len() == 19 || !is_complete, "{met:?}");
}

fn one(seed: u64, served: &Served, data: &World) -> Vec<String> {
    let form = format!("FRM-{:04}-{:04}", seed / 9000 + 1000, seed % 9000 + 1000);
    let direct = served.world().with("S", "s3cret-s3cret");
    let make = |object: &str| {
        let made = direct.run(&format!(
            "webhook create --type select-order-lines --product {object} --url https://a.example -o id"
        ));
        made.ok().trim().to_owned()
    };
    let line = COMMANDS[usize::try_from(seed).unwrap() % COMMANDS.len()];
    let ids_of = (form.replace("FRM", "PRD"), form.replace("FRM-1", "PRD-2"));
    let ids = [&ids_of.0, &ids_of.1].map(|object| make(object));
    let product = ids_of.0;
    let is_fix = line.contains("SWITCHES") || line.contains("switched.toml");
    let switches = if is_fix { two_switches(&direct, &product) } else { Vec::new() };
    let before = match is_fix {
        true => pre_validation(&direct, &product),
        false => Value::Null,
    };
    if line.contains("--if-exists update") {
        let existing = format!(
            "webhook create --type validate-answer --form {form} --criteria status=Draft --url https://a.example"
        );
        direct.run(&existing).ok();
    }
    let line = line
        .replace("SWITCHES", &switches.join(" "))
        .replace("LISTED", &product)
        .replace("FORM", &form)
        .replace("CLOSED", &crate::support::world::closed_port())
        .replace("ID2", &ids[1])
        .replace("ID", &ids[0]);

    let proxy = Proxy::new(&served.url, seed);
    let world = World::new()
        .with("MPT_API_BASE_URL", &proxy.url)
        .with("MPT_API_TOKEN", &served.token)
        .with("S", "s3cret-s3cret");
    world.write("secret", "another-secret");
    world.write("token", "a.b.c");
    world.write(
        "webhooks.toml",
        &format!(
            "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"{form}\"\nurl = \"https://c.example\"\n"
        ),
    );
    let switched = |name: &str| {
        format!(
            "[[webhooks]]\ntype = \"{name}\"\nproduct = \"{product}\"\nurl = \"http://127.0.0.1:1/\"\nswitch = true\n"
        )
    };
    world.write(
        "switched.toml",
        &format!(
            "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"{form}\"\nurl = \"https://c.example\"\n{}{}",
            switched("ValidatePurchaseOrderDraft"),
            switched("ValidatePurchaseOrderQuerying")
        ),
    );
    let run_with = |line: &str, input: &str| {
        let line = format!("{line} --timeout 400ms --retries 1");
        let words = line.split_whitespace().collect::<Vec<_>>();
        let output = assert_cmd::Command::from_std(world.command(&words))
            .write_stdin(input)
            .timeout(LONGEST)
            .output();
        Run::of(&output.unwrap())
    };
    let run = match line.split_once(" | ") {
        None => run_with(&line, ""),
        Some((list, change)) => {
            let listed = run_with(list, "");
            assert!(listed.code == 0 || listed.stdout.is_empty(), "{}", listed.snapshot());
            let changed = run_with(change, &listed.stdout);
            Run {
                code: changed.code.max(listed.code),
                stderr: listed.stderr + &changed.stderr,
                ..changed
            }
        }
    };
    let printed =
        format!("seed {seed}, {:?}: mpt {line}\n{}", proxy.faults.lock().unwrap(), run.snapshot());
    assert!(matches!(run.code, 0 | 2..=10), "{printed}");
    for hidden in [served.token.as_str(), "another-secret"] {
        assert!(!run.stdout.contains(hidden) && !run.stderr.contains(hidden), "{printed}");
    }
    assert_whole(&line, &run.stdout, &printed);
    // A plan with changes says so itself.
    let is_plan = run.code == 10 && line.contains("diff");
    assert!(run.code == 0 || is_plan || !run.stderr.is_empty(), "{printed}");

    // The webhooks that exist, read without the proxy.
    let count = data.run(&format!("-p sandbox webhook list --object {form} --count")).ok();
    let count: u32 = count.trim().parse().unwrap();
    assert!(count <= 1, "{printed}");
    if run.code == 0 && (line.contains("create") || line.contains("apply")) {
        assert_eq!(count, 1, "{printed}");
    }
    if run.code == 0 && line.contains("webhook disable") {
        let is_listed = |id: &&String| line.contains(id.as_str()) || *id == &ids[0];
        for id in ids.iter().filter(is_listed) {
            let shown = direct.run(&format!("webhook show {id} --jq .status")).ok();
            assert_eq!(shown, "Disabled\n", "{printed}");
        }
    }
    // Both are on after a success, and no other has changed.
    if is_fix {
        let settings = pre_validation(&direct, &product);
        for (name, is_on) in settings.as_object().unwrap() {
            match (name.starts_with("purchaseOrder"), run.code) {
                (true, 0) => assert_eq!(*is_on, true, "{name}: {printed}"),
                (true, _) => {}
                (false, _) => assert_eq!(*is_on, before[name], "{name}: {printed}"),
            }
        }
    }
    // The criterion that was not given stays.
    if line.contains("--if-exists update") {
        let read = format!("webhook list --object {form} --jq .[0]");
        let webhook = direct.run(&read).json();
        assert_eq!(webhook["criteria"]["status"], "Draft", "{printed}");
        assert!(run.code != 0 || webhook["url"] == "https://d.example", "{printed}");
    }
    // No order is blanked, whatever was sent.
    if line.contains("order validate") {
        let order = direct.run("api GET /commerce/orders/ORD-4821-7305-1196").json();
        let facts = (&order["lines"][0]["quantity"], &order["buyer"]["id"]);
        assert_eq!(facts, (&json!(40), &json!("BUY-3000-0003")), "{printed}");
    }
    if run.code == 0 && line.contains("webhook update") {
        let shown = direct.run(&format!("webhook show {} --jq .url", ids[0])).ok();
        assert_eq!(shown, "https://b.example\n", "{printed}");
    }
    if run.code == 0 && line.contains("delete") {
        assert_eq!(direct.run(&format!("webhook show {}", ids[1])).code, 5, "{printed}");
    }
    let faults = proxy.faults.lock().unwrap();
    faults.iter().map(|fault| format!("{fault:?}")).collect()
}

fn pre_validation(direct: &World, product: &str) -> Value {
    let path = format!("/catalog/products/{product}?select=settings");
    let read = format!("api GET {path} --jq .settings.preValidation");
    direct.run(&read).json()
}

/// Registers two webhooks of one product, and turns off their switches.
fn two_switches(direct: &World, product: &str) -> Vec<String> {
    let off = "--field preValidation.purchaseOrderDraft=false --field preValidation.purchaseOrderQuerying=false";
    let put = format!("api PUT /catalog/products/{product}/settings {off} --yes");
    direct.run(&put).ok();
    let types = ["validate-purchase-order-draft", "validate-purchase-order-querying"];
    let create = |name: &str| {
        let line = format!(
            "webhook create --type {name} --product {product} --url http://127.0.0.1:1/ -q -o id"
        );
        direct.run(&line).ok().trim().to_owned()
    };
    types.map(create).to_vec()
}

/// Asserts that standard output is empty or complete in its format.
fn assert_whole(line: &str, stdout: &str, printed: &str) {
    if stdout.is_empty() {
        return;
    }
    assert!(stdout.ends_with('\n'), "{printed}");
    let is_json = |text: &str| serde_json::from_str::<Value>(text).is_ok();
    if line.contains("-o jsonl") {
        assert!(stdout.lines().all(is_json), "{printed}");
    } else if line.contains("-o json") {
        assert!(is_json(stdout), "{printed}");
    } else if line.contains("-o id") {
        assert!(stdout.lines().all(|id| id.starts_with("WBH-") && id.len() == 13), "{printed}");
    } else if line.contains("-o csv") {
        let columns = stdout.lines().next().unwrap().split(',').count();
        assert!(stdout.lines().all(|row| row.split(',').count() == columns), "{printed}");
    }
}
