//! `status`: every webhook of an account or of several at a glance.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::support::documents::page;
use crate::support::server::Request;
use crate::support::world::assert_run;
use crate::support::{Reply, Server, Terminal, World};

const TYPES: [&str; 6] = [
    "ValidatePurchaseOrderDraft", "ValidatePurchaseOrderQuerying", "ValidateChangeOrderDraft",
    "ValidateConfigurationOrderDraft", "ValidateTerminateOrder", "SelectOrderLines",
];

fn product(number: usize, status: &str, is_on: bool) -> Value {
    json!({
        "id": format!("PRD-{number:04}-0000"), "name": format!("Product number {number}"), "status": status,
        "settings": {"itemSelection": true, "preValidation": {
            "purchaseOrderDraft": is_on, "purchaseOrderQuerying": true, "changeOrderDraft": true,
            "configurationOrderDraft": true, "terminationOrder": true
        }}
    })
}

fn webhook(product: usize, type_index: usize) -> Value {
    let id = format!("WBH-{product:04}-{type_index:04}");
    let product = format!("PRD-{product:04}-0000");
    json!({
        "id": id, "type": TYPES[type_index], "status": "Enabled", "url": "https://hooks.example.com/a",
        "criteria": {"product.id": product}, "object": {"id": product},
        "statistics": {"total": 3, "successes": 3, "failures": 0, "failuresSinceLastSuccess": 0},
        "lastCall": {"success": true, "callTime": "2026-05-04T09:00:00Z", "httpStatusCode": 200},
        "lastSuccess": {"success": true, "callTime": "2026-05-04T09:00:00Z"}
    })
}

fn number(target: &str, name: &str) -> usize {
    let rest = target.split(&format!("{name}=")).nth(1).unwrap_or("0");
    rest.split('&').next().unwrap().parse().unwrap()
}

/// A part of a list of the platform.
fn part(all: &[Value], request: &Request) -> Reply {
    let (offset, limit) = (number(&request.target, "offset"), number(&request.target, "limit"));
    let end = all.len().min(offset + limit);
    Reply::Json(200, page(&all[offset.min(end)..end], offset, Some(all.len())))
}

fn answer(products: &[Value], webhooks: &[Value], request: &Request) -> Reply {
    match request.target.as_str() {
        target if target.contains("/catalog/products") => part(products, request),
        target if target.contains("/notifications/webhooks") => part(webhooks, request),
        target if target.contains("/accounts/api-tokens") => {
            Reply::Json(200, json!({"id": "TKN-1234-5678", "account": {"type": "Vendor"}}))
        }
        _ => part(&[], request),
    }
}

/// Three products with six webhooks each.
fn account(change: impl Fn(&mut Vec<Value>, &mut Vec<Value>)) -> Server {
    let mut products: Vec<_> = (1..=3).map(|one| product(one, "Published", true)).collect();
    let mut webhooks: Vec<_> =
        (1..=3).flat_map(|one| (0..6).map(move |of| webhook(one, of))).collect();
    change(&mut products, &mut webhooks);
    Server::new(move |request, _| answer(&products, &webhooks, request))
}

/// One webhook fails, one is silent by its switch, one is disabled, and one product is a draft.
fn troubled() -> Server {
    account(|products, webhooks| {
        products[1]["settings"]["preValidation"]["changeOrderDraft"] = false.into();
        products[2]["status"] = "Draft".into();
        webhooks.truncate(13);
        webhooks[1]["lastCall"] = json!({"success": false, "callTime": "2026-05-04T09:10:00Z",
            "httpStatusCode": "ServiceUnavailable", "error": "no\u{1b} answer"});
        webhooks[1]["statistics"]["failuresSinceLastSuccess"] = 4.into();
        webhooks[3]["status"] = "Disabled".into();
        webhooks[7]["lastCall"] = Value::Null;
        webhooks[7]["statistics"]["total"] = 0.into();
    })
}

fn two_profiles(staging: &Server, production: &Server) -> World {
    let world = World::new();
    world.config(&format!(
        "default_profile = \"staging\"\n[profiles.staging]\nbase_url = \"{}\"\ntoken = \"idt:TKN-1:a-a-a-a-a-a\"\n\
         [profiles.production]\nbase_url = \"{}\"\ntoken = \"idt:TKN-2:b-b-b-b-b-b\"\nprotected = true\n",
        staging.url(),
        production.url()
    ));
    world
}

#[test]
fn every_state_is_a_sign_and_every_problem_a_line() {
    let world = World::at(&troubled());
    assert_run!(world.run("status"), @r"
    exit 10
    --- stdout
    [host], token from MPT_API_TOKEN: 13 webhooks, 1 failing, 2 silent, 1 disabled
    PRODUCT        NAME              DRAFT  QUERY  CHANGE  CONFIG  END  LINES
    PRD-0002-0000  Product number 2  ✓      ·      ○       ✓       ✓    ✓
    PRD-0003-0000  Product number 3  ○      !      !       !       !
    PRD-0001-0000  Product number 1  ✓      ✗4     ✓       ○       ✓    ✓

    ✓ healthy  ✗ failing  ○ not called  ! switch on, no webhook  · never called

    ○ PRD-0002-0000 ValidateChangeOrderDraft: its switch is off → mpt webhook doctor WBH-0002-0002
    ○ PRD-0003-0000 ValidatePurchaseOrderDraft: the product is Draft → mpt webhook doctor WBH-0003-0000
    ✗ PRD-0001-0000 ValidatePurchaseOrderQuerying: failed 4 times, last success 2026-05-04T09:00:00.000Z: no\u001b answer → mpt webhook doctor WBH-0001-0001
    --- stderr
    error: 2 webhooks are silent, 1 webhook is failing
    ");
    assert_run!(world.run("status --strict -q"), @r"
    exit 10
    --- stdout
    [host], token from MPT_API_TOKEN: 13 webhooks, 1 failing, 2 silent, 1 disabled
    PRODUCT        NAME              DRAFT  QUERY  CHANGE  CONFIG  END  LINES
    PRD-0002-0000  Product number 2  ✓      ·      ○       ✓       ✓    ✓
    PRD-0003-0000  Product number 3  ○      !      !       !       !
    PRD-0001-0000  Product number 1  ✓      ✗4     ✓       ○       ✓    ✓

    ✓ healthy  ✗ failing  ○ not called  ! switch on, no webhook  · never called

    ! PRD-0003-0000 ValidatePurchaseOrderQuerying: switch on, no webhook → mpt webhook create --type ValidatePurchaseOrderQuerying --product PRD-0003-0000
    ! PRD-0003-0000 ValidateChangeOrderDraft: switch on, no webhook → mpt webhook create --type ValidateChangeOrderDraft --product PRD-0003-0000
    ! PRD-0003-0000 ValidateConfigurationOrderDraft: switch on, no webhook → mpt webhook create --type ValidateConfigurationOrderDraft --product PRD-0003-0000
    ! PRD-0003-0000 ValidateTerminateOrder: switch on, no webhook → mpt webhook create --type ValidateTerminateOrder --product PRD-0003-0000
    ○ PRD-0001-0000 ValidateConfigurationOrderDraft: disabled → mpt webhook doctor WBH-0001-0003
    ○ PRD-0002-0000 ValidateChangeOrderDraft: its switch is off → mpt webhook doctor WBH-0002-0002
    ○ PRD-0003-0000 ValidatePurchaseOrderDraft: the product is Draft → mpt webhook doctor WBH-0003-0000
    ✗ PRD-0001-0000 ValidatePurchaseOrderQuerying: failed 4 times, last success 2026-05-04T09:00:00.000Z: no\u001b answer → mpt webhook doctor WBH-0001-0001
    --- stderr
    error: 4 switches are on without a webhook, 1 webhook is disabled, 2 webhooks are silent, 1 webhook is failing
    ");
}

#[test]
fn two_profiles_fit_a_small_terminal() {
    let (staging, production) = (account(|_, _| {}), troubled());
    let world = two_profiles(&staging, &production);
    let screen = Terminal::run(&world, "status --profiles staging,production").end();
    let screen =
        screen.replace(&production.url()[7..], "[host]").replace(&staging.url()[7..], "[host]");
    insta::assert_snapshot!(screen, @r"
    exit 10
    profile staging, [host]: 18 webhooks
    PRODUCT        NAME              DRAFT  QUERY  CHANGE  CONFIG  END  LINES
    PRD-0001-0000  Product number 1  ✓      ✓      ✓       ✓       ✓    ✓
    PRD-0002-0000  Product number 2  ✓      ✓      ✓       ✓       ✓    ✓
    PRD-0003-0000  Product number 3  ✓      ✓      ✓       ✓       ✓    ✓

    profile production, [host]: 13 webhooks, 1 failing, 2 silent, 1 disabled
    PRODUCT        NAME              DRAFT  QUERY  CHANGE  CONFIG  END  LINES
    PRD-0002-0000  Product number 2  ✓      ·      ○       ✓       ✓    ✓
    PRD-0003-0000  Product number 3  ○      !      !       !       !
    PRD-0001-0000  Product number 1  ✓      ✗4     ✓       ○       ✓    ✓

    ✓ healthy  ✗ failing  ○ not called  ! switch on, no webhook  · never called

    ○ production PRD-0002-0000 ValidateChangeOrderDraft: its switch is off
      → mpt -p production webhook doctor WBH-0002-0002
    ○ production PRD-0003-0000 ValidatePurchaseOrderDraft: the product is Draft
      → mpt -p production webhook doctor WBH-0003-0000
    ✗ production PRD-0001-0000 ValidatePurchaseOrderQuerying: failed 4 times, last
      success 12 minutes ago: no\u001b answer
      → mpt -p production webhook doctor WBH-0001-0001
    error: 2 webhooks are silent, 1 webhook is failing
    ");
}

#[test]
fn other_formats_have_a_row_for_each_type() {
    let world = World::at(&troubled());
    let rows = world.run("status -o json").found();
    let of = |webhook: &str| {
        let rows = rows.as_array().unwrap();
        rows.iter().find(|row| row["webhook"] == webhook).unwrap().clone()
    };
    insta::assert_json_snapshot!(of("WBH-0001-0001"), @r#"
    {
      "profile": null,
      "object": "PRD-0001-0000",
      "name": "Product number 1",
      "status": "Published",
      "type": "ValidatePurchaseOrderQuerying",
      "state": "failing",
      "webhook": "WBH-0001-0001",
      "since": "2026-05-04T09:00:00Z",
      "error": "no\u001b answer"
    }
    "#);
    let states: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| row["state"].as_str().unwrap()).collect();
    assert_eq!(states.len(), 18);
    for (state, count) in
        [("failing", 1), ("silent", 2), ("disabled", 1), ("missing", 4), ("none", 1)]
    {
        assert_eq!(states.iter().filter(|one| **one == state).count(), count, "{state}");
    }
    let csv = world.run("status -o csv");
    assert_eq!(csv.stdout.lines().count(), 19);
    assert_eq!(csv.code, 10);
}

#[test]
fn an_object_is_found_by_its_id_or_a_part_of_its_name() {
    let server = account(|_, _| {});
    let world = World::at(&server);
    for name in ["PRD-0002-0000", "prd-0002-0000", "NUMBER 2"] {
        let rows = world.args(&["status", name, "-o", "json"]).json();
        assert_eq!(rows.as_array().unwrap().len(), 6, "{name}");
        assert_eq!(rows[0]["object"], "PRD-0002-0000");
    }
    assert_run!(world.run("status absent"), @"
    exit 5
    --- stderr
    error: no product, program or form has this ID or name: absent
    hint: see all of them with mpt status --all
    ");
}

#[test]
fn a_profile_that_fails_does_not_hide_the_others() {
    let (well, gone) = (account(|_, _| {}), Server::always(401, json!({"title": "Unauthorized"})));
    let world = two_profiles(&gone, &well);
    assert_run!(world.run("status --profiles all"), @"
    exit 4
    --- stdout
    profile production, [host]: 18 webhooks
    PRODUCT        NAME              DRAFT  QUERY  CHANGE  CONFIG  END  LINES
    PRD-0001-0000  Product number 1  ✓      ✓      ✓       ✓       ✓    ✓
    PRD-0002-0000  Product number 2  ✓      ✓      ✓       ✓       ✓    ✓
    PRD-0003-0000  Product number 3  ✓      ✓      ✓       ✓       ✓    ✓

    ✓ healthy
    --- stderr
    error: profile `staging`: cannot list webhooks: 401 Unauthorized from [host] (profile staging)
    hint: the token idt:TKN-1:******** from profile `staging` (token) is wrong or expired; see mpt -p staging config check
    ");
    assert_run!(world.run("status --profiles staging,absent"), @"
    exit 3
    --- stderr
    error: profile `absent` does not exist
    hint: list profiles with mpt config list, or create one with mpt config init -p NAME
    ");
    assert_eq!(world.run("status --profiles staging -p production").code, 2);
    assert_eq!(world.run("status --profiles staging --base-url http://localhost:1").code, 2);
}

#[test]
fn what_may_not_be_read_is_not_known() {
    let server = Server::new(|request, _| match request.target.as_str() {
        target if target.contains("/notifications/") => {
            part(&[webhook(1, 0), webhook(1, 1)], request)
        }
        _ => Reply::Json(403, json!({"title": "Forbidden"})),
    });
    assert_run!(World::at(&server).run("status"), @"
    exit 0
    --- stdout
    [host], token from MPT_API_TOKEN: 2 webhooks
    PRODUCT        NAME  DRAFT  QUERY  CHANGE  CONFIG  END  LINES
    PRD-0001-0000        ✓      ✓      ?       ?       ?

    ✓ healthy  ? not known
    --- stderr
    [host], token from MPT_API_TOKEN: the products cannot be listed: 403 Forbidden from [host] (token from MPT_API_TOKEN)
    [host], token from MPT_API_TOKEN: the programs cannot be listed: 403 Forbidden from [host] (token from MPT_API_TOKEN)
    [host], token from MPT_API_TOKEN: the forms cannot be listed: 403 Forbidden from [host] (token from MPT_API_TOKEN)
    ");
}

#[test]
fn webhooks_that_may_not_be_listed_are_an_error() {
    for (status, code) in [(403, 4), (404, 5)] {
        let server = Server::always(status, json!({"title": "No"}));
        let run = World::at(&server).run("status");
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{}", run.snapshot());
    }
}

#[test]
fn an_object_that_cannot_be_read_is_an_error_or_named() {
    let with = |status: u16| {
        Server::new(move |request, _| match request.target.as_str() {
            target if target.contains("/notifications/") => part(&[webhook(1, 0)], request),
            target if target.contains("/products/PRD") => Reply::Json(status, json!({})),
            _ => part(&[], request),
        })
    };
    let run = World::at(&with(500)).run("status --timeout 1s");
    assert_eq!(run.code, 8, "{}", run.snapshot());
    let run = World::at(&with(404)).run("status");
    assert_eq!(run.code, 0, "{}", run.snapshot());
    assert!(run.stderr.contains("PRD-0001-0000 cannot be read: 404"), "{}", run.stderr);
    assert_eq!(World::at(&with(404)).run("status --strict -q").code, 10);
}

#[test]
fn three_profiles_of_a_hundred_products_take_two_round_trips() {
    let products: Vec<_> = (0..100).map(|one| product(one, "Published", true)).collect();
    let webhooks: Vec<_> =
        (0..100).flat_map(|one| (0..6).map(move |of| webhook(one, of))).collect();
    // The first pages of four lists of three profiles wait for each other, and so do the later pages.
    let (first, later) = (Barrier::new(3 * 4), Barrier::new(3 * 6));
    let server = Server::new(move |request, _| {
        match number(&request.target, "offset") {
            0 => first.wait(),
            _ => later.wait(),
        };
        answer(&products, &webhooks, request)
    });
    let world = World::new();
    let profiles: Vec<_> = (0..3)
        .map(|number| {
            format!("[profiles.p{number}]\nbase_url = \"{}\"\ntoken = \"idt:TKN-{number}:a-a-a-a-a-a\"\n", server.url())
        })
        .collect();
    world.config(&profiles.concat());
    let rows = world.run("status --profiles p0,p1,p2 -o json").json();
    assert_eq!(rows.as_array().unwrap().len(), 3 * 600);
    assert_eq!(server.requests().len(), 3 * (4 + 6));
}
