//! `webhook history`, and who a token belongs to.

use serde_json::{Value, json};

use crate::support::sandbox::Served;
use crate::support::world::assert_run;
use crate::support::{Reply, Server, World};

#[test]
fn history_shows_who_changed_what() {
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served.world().with("S", "s3cret-s3cret");
    let id = "WBH-0000-0001";
    world.run("webhook create -q -o id --type validate-answer --form FRM-1111-1111 --url https://a.example/").ok();
    world
        .run(&format!(
            "webhook update {id} --url https://user:pass@b.example/ --secret-env S -q -o id"
        ))
        .ok();
    world.run(&format!("webhook disable {id} -o id")).ok();
    assert_run!(world.run(&format!("webhook history {id}")), @r#"
    exit 0
    --- stdout
    WHEN                      WHO          EVENT       DETAILS
    2026-05-04T09:12:33.000Z  mpt sandbox  updated     status: Enabled → Disabled
    2026-05-04T09:12:33.000Z  mpt sandbox  updated     url: https://a.example/ → https://********@b.example/; secret: changed
    2026-05-04T09:12:33.000Z  mpt sandbox  created     url: https://a.example/; criteria: {"form.id":"FRM-1111-1111"}; status: Enabled
    "#);
    let records = world.run(&format!("webhook history {id} -o json --limit 1")).json();
    assert_eq!(records[0]["details"], "status: Enabled → Disabled");
    let all = world.run(&format!("webhook history {id} -o json"));
    assert!(!all.stdout.contains("s3cret"), "{}", all.stdout);
    let empty = world.args(&["webhook", "history", ""]);
    assert_eq!(empty.code, 2, "{}", empty.snapshot());
    assert_run!(world.run("webhook history WBH-9999-9999"), @"
    exit 5
    --- stderr
    error: cannot read the history of WBH-9999-9999: 404 Not Found from [host] (token from MPT_API_TOKEN)
      The webhook 'WBH-9999-9999' was not found.
      trace id: 00-00000000000000000000000000000001-0000000000000001-00
    hint: list the webhooks of this account with mpt webhook list; an account of type Client sees none
    ");
}

#[test]
fn an_id_that_names_no_webhook_is_no_empty_history() {
    let world = World::new();
    assert_eq!(world.run("-p sandbox webhook history nonsense").code, 5);
    assert_run!(world.run("-p sandbox webhook history -"), @"
    exit 2
    --- stderr
    error: history takes one ID, and reads none from standard input
    ");
}

#[test]
fn a_token_says_who_it_belongs_to() {
    let data = World::new();
    let served = Served::new(&data, "");
    let account = |name: &str| {
        let token = data.run(&format!("sandbox token --account {name}")).ok();
        let world = World::new()
            .with_passing_time()
            .with("MPT_API_BASE_URL", &served.url)
            .with("MPT_API_TOKEN", token.trim());
        let run = world.run("config check -o csv");
        assert!(!run.stdout.contains(token.trim()), "{}", run.stdout);
        let row = run.stdout.lines().find(|line| line.starts_with("account,"));
        (row.unwrap().to_owned(), world)
    };
    assert_eq!(
        account("vendor").0,
        "account,ok,\"Northwind Software (ACC-1000-0001, Vendor), the token named `mpt sandbox`\""
    );
    let (row, client) = account("client");
    assert!(row.ends_with("the account of a client sees no webhooks\""), "{row}");
    let status = client.run("status --all -o csv");
    let mut rows = status.stdout.lines().skip(1);
    assert!(rows.all(|row| row.ends_with(",unknown,,,")), "{}", status.stdout);
    assert!(status.stderr.contains("which sees no webhooks"), "{}", status.stderr);
    assert_eq!(client.run("webhook list -o json").json(), json!([]));
    let create =
        "webhook create --type validate-answer --form FRM-1111-1111 --url https://a.example/";
    assert_eq!(client.run(create).code, 4);
    let (_, _, body) = served.send("GET /public/v1/accounts/api-tokens/TKN-0000-0000", "", "");
    let record: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(record["account"]["type"], "Vendor");
    let unknown = World::at(&Server::new(|request, _| {
        if request.target.contains("/accounts/") {
            return Reply::Json(403, json!({}));
        }
        Reply::Json(200, crate::support::documents::page(&[], 0, Some(0)))
    }))
    .run("config check -o csv");
    assert!(unknown.stdout.contains("account,skipped,not known"), "{}", unknown.stdout);
    assert_eq!(unknown.code, 0);
}
