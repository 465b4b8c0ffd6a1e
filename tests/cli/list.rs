//! `webhook list`

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::documents::{failing, healthy, page, with_id};
use crate::support::world::assert_run;
use crate::support::{Reply, Server, Terminal, World};

/// A platform with `total` webhooks, every third of them failing.
fn platform(total: usize, tells_total: bool) -> Server {
    Server::new(move |request, _| {
        let number = |name: &str| {
            let query = request.target.split('?').nth(1).unwrap_or("");
            query
                .split('&')
                .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
                .and_then(|value| value.parse::<usize>().ok())
        };
        let (offset, limit) = (number("offset").unwrap_or(0), number("limit").unwrap().min(100));
        let data: Vec<Value> = (offset..total.min(offset + limit))
            .map(|index| {
                let mut document = if index % 3 == 0 { failing() } else { healthy() };
                document["id"] = format!("WBH-{index}").into();
                document
            })
            .collect();
        Reply::Json(200, page(&data, offset, tells_total.then_some(total)))
    })
}

#[test]
fn the_table_shows_health() {
    let mut never = with_id("WBH-3");
    never["lastCall"] = Value::Null;
    never["statistics"]["total"] = 0.into();
    let data = [failing(), healthy(), never];
    assert_run!(World::at(&Server::always(200, page(&data, 0, Some(3)))).run("webhook list"), @"
    exit 0
    --- stdout
    ID             STATUS   TYPE                        OBJECT         URL                                 HEALTH
    WBH-1234-5678  Enabled  ValidatePurchaseOrderDraft  PRD-1111-1111  https://hooks.example.com/validate  failing ×2
    WBH-1234-5678  Enabled  ValidatePurchaseOrderDraft  PRD-1111-1111  https://hooks.example.com/validate  ok
    WBH-3          Enabled  ValidatePurchaseOrderDraft  PRD-1111-1111  https://hooks.example.com/validate  never called
    --- stderr
    3 webhooks, 1 failing ([host], token from MPT_API_TOKEN)
    ");
}

#[test]
fn pages_are_fetched_as_needed_and_never_one_more() {
    for (total, tells, line, requests) in [
        (250, true, "", 3),
        // Each page begins with the last row of the page before.
        (199, true, "", 2),
        (200, true, "", 3),
        (200, false, "", 3),
        (250, true, "--limit 100", 1),
        (250, true, "--limit 150", 2),
        (250, true, "--failing --limit 10", 1),
        (250, true, "--failing --limit 40", 2),
        (0, true, "", 1),
    ] {
        let server = platform(total, tells);
        let run = World::at(&server).run(&format!("webhook list -o id {line}"));
        run.ok();
        assert_eq!(server.requests().len(), requests, "{total} {line}");
    }
}

#[test]
fn all_of_them_come_once_and_in_order() {
    let server = platform(250, true);
    let ids = World::at(&server).run("webhook list -o id").ok();
    let expected: String = (0..250).map(|index| format!("WBH-{index}\n")).collect();
    assert_eq!(ids, expected);
    let limited = World::at(&server).run("webhook list --limit 3 -o id").ok();
    assert_eq!(limited, "WBH-0\nWBH-1\nWBH-2\n");
    assert!(server.requests().last().unwrap().target.contains("limit=3"));
}

#[test]
fn failing_ones_are_filtered_before_limit_and_count() {
    let server = platform(250, true);
    let world = World::at(&server);
    assert_eq!(world.run("webhook list --failing --limit 3 -o id").ok(), "WBH-0\nWBH-3\nWBH-6\n");
    assert_eq!(world.run("webhook list --failing --count").ok(), "84\n");
    assert_eq!(world.run("webhook list --failing --count --limit 5").ok(), "5\n");
    let before = server.requests().len();
    assert_eq!(world.run("webhook list --count -o json").ok(), "250\n");
    assert_eq!(server.requests().len(), before + 1);
    assert!(server.requests().last().unwrap().target.contains("limit=0"));
}

#[test]
fn filters_are_joined_and_quoted() {
    let server = platform(0, true);
    let world = World::at(&server);
    world
        .args(&[
            "webhook", "list", "--filter", "eq(name,'a&b')|eq(name,\"c\")", "--type",
            "validate-answer", "--status", "ENABLED", "--object", "FRM-1", "--url", "exa mple",
            "--order", "-audit.created.at", "-o", "id",
        ])
        .ok();
    assert_eq!(
        server.requests()[0].target,
        "/public/v1/notifications/webhooks?(eq(name,%27a%26b%27)%7Ceq(name,%22c%22))\
         &eq(type,%22ValidateAnswer%22)&eq(status,%22Enabled%22)&eq(object.id,%22FRM-1%22)\
         &ilike(url,%22*exa%20mple*%22)&select=audit&order=-audit.created.at&limit=100"
    );
    let run = world.args(&["webhook", "list", "--url", "'\""]);
    assert_eq!(run.code, 2);
}

#[test]
fn columns_are_chosen_by_name() {
    let world = World::at(&Server::always(200, page(&[failing()], 0, Some(1))));
    assert_run!(world.run("webhook list --columns id,success-rate,last-status,created -o csv"), @"
    exit 0
    --- stdout
    id,success-rate,last-status,created
    WBH-1234-5678,0.5714,503 Service Unavailable,2026-05-01T09:00:00.000Z
    ");
    assert_run!(world.run("webhook list --columns id,heath"), @"
    exit 2
    --- stderr
    error: --columns: there is no column `heath` (did you mean `health`?)
    hint: columns: id, status, type, object, url, health, description, object-type, object-name, account, account-name, criteria, calls, successes, failures, success-rate, last-call, last-status, last-success, last-failure, created, updated
    ");
    assert_eq!(world.run("webhook list --columns id -o json").code, 2);
}

#[test]
fn an_empty_list_is_said_on_standard_error() {
    let world = World::at(&Server::always(200, page(&[], 0, Some(0))));
    assert_run!(world.run("webhook list"), @"
    exit 0
    --- stderr
    There are no webhooks yet ([host], token from MPT_API_TOKEN); create one with mpt webhook create
    ");
    assert_run!(world.run("webhook list --status disabled -o json"), @r#"
    exit 0
    --- stdout
    []
    --- stderr
    {"note":"No webhook matches"}
    "#);
    assert_run!(world.run("webhook list -o csv -q"), @"
    exit 0
    --- stdout
    id,status,type,object,url,health
    ");
}

#[test]
fn a_service_that_ignores_the_offset_does_not_hang_us() {
    let data: Vec<Value> = (0..100).map(|index| with_id(&index.to_string())).collect();
    let server = Server::always(200, page(&data, 0, Some(1000)));
    assert_eq!(World::at(&server).run("webhook list -o id").code, 8);
    let server = Server::always(200, json!({"data": data}));
    assert_eq!(World::at(&server).run("webhook list -o id").code, 8);
}

#[test]
fn a_response_that_is_not_a_list_is_an_error() {
    for body in [json!({}), json!({"data": {}}), json!({"data": ["x"]}), json!([]), json!("x")] {
        let run = World::at(&Server::always(200, body)).run("webhook list -o json");
        assert_eq!(run.error()["kind"], "service");
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn documents_that_are_alike_are_no_repetition() {
    let server = Server::new(|request, _| {
        let data =
            vec![json!({"type": "T"}); if request.target.contains("offset=99") { 2 } else { 100 }];
        Reply::Json(200, page(&data, 0, Some(101)))
    });
    let lines = World::at(&server).run("webhook list --select=-*,type -o jsonl").ok();
    assert_eq!(lines.lines().count(), 101);
}

#[test]
fn a_filter_that_would_swallow_the_rest_is_refused() {
    let server = platform(1, true);
    let run = World::at(&server).args(&["webhook", "list", "--filter", "eq(status,\"Enabled"]);
    assert_run!(run, @"
    exit 2
    --- stderr
    error: --filter: a quote is not closed
    ");
    assert_eq!(server.requests().len(), 0);
}

/// A list that never ends: what a page has for the request of this number.
fn endless(page_of: fn(usize) -> Vec<Value>) -> Server {
    Server::new(move |_, number| Reply::Json(200, page(&page_of(number), 0, Some(1_000_000))))
}

fn hundred(from: usize) -> Vec<Value> {
    let ids = from..from + 100;
    ids.map(|id| with_id(&format!("WBH-{id}"))).collect()
}

#[test]
fn paging_ends_for_every_server() {
    let servers: [fn(usize) -> Vec<Value>; 4] = [
        // The offset is ignored.
        |_| hundred(0),
        // The same, while a new webhook comes first in each page.
        |number| {
            let mut page = hundred(0);
            page[0] = with_id(&format!("WBH-NEW-{number}"));
            page
        },
        // Two pages alternate.
        |number| hundred(number % 2 * 100),
        // The list is empty before its end.
        |number| if number == 0 { hundred(0) } else { Vec::new() },
    ];
    for page_of in servers {
        for line in [
            "webhook list -o jsonl", "webhook list --failing -o json", "webhook export",
            "webhook diff w.toml", "webhook watch --for 1m --interval 10ms",
        ] {
            let world = World::at(&endless(page_of));
            world.write(
                "w.toml",
                "version = 1\n[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"F\"\nurl = \"https://a.example\"\n",
            );
            let run = world.run(line);
            assert_eq!(run.code, 8, "{line}: {}", run.snapshot());
        }
    }
}

#[test]
fn pages_are_fetched_together_and_printed_in_order() {
    // Pages 2 to 4 are only answered when all three are requested, and page 2 last.
    let together = std::sync::Barrier::new(3);
    let (sender, others) = std::sync::mpsc::channel();
    let others = std::sync::Mutex::new(others);
    let server = Server::new(move |request, number| {
        let offset: usize = if number == 0 {
            0
        } else {
            let text = request.target.split("offset=").nth(1).unwrap();
            text.split('&').next().unwrap().parse().unwrap()
        };
        if number > 0 {
            together.wait();
            if offset == 99 {
                (0..2).for_each(|_| others.lock().unwrap().recv().unwrap());
            } else {
                sender.send(()).unwrap();
            }
        }
        let end = (offset + 100).min(350);
        let data: Vec<_> = (offset..end).map(|at| with_id(&format!("WBH-{at}"))).collect();
        Reply::Json(200, page(&data, offset, Some(350)))
    });
    let ids = World::at(&server).run("webhook list -o id --jobs 3").ok();
    let expected: String = (0..350).map(|at| format!("WBH-{at}\n")).collect();
    assert_eq!(ids, expected);
    assert_eq!(server.requests().len(), 4);
}

/// 44 webhooks, two of them failing and one disabled.
fn many() -> Server {
    let types =
        ["ValidatePurchaseOrderDraft", "ValidateConfigurationOrderDraft", "SelectOrderLines"];
    let webhooks: Vec<_> = (0..44)
        .map(|number| {
            let mut webhook = if number % 30 == 5 { failing() } else { healthy() };
            webhook["id"] = format!("WBH-{number:04}-0001").into();
            webhook["type"] = types[number % 3].into();
            webhook["object"]["id"] = format!("PRD-{number:04}-1111").into();
            webhook["url"] = format!("https://hooks.example.com/orders/{number}/validate").into();
            if number == 7 {
                webhook["status"] = "Disabled".into();
            }
            webhook
        })
        .collect();
    Server::always(200, page(&webhooks, 0, Some(44)))
}

#[test]
fn a_terminal_shows_what_fails() {
    let server = many();
    let world = World::at(&server);
    let place = server.url();
    let settled = |screen: String| screen.replace(&place["http://".len()..], "[host]");
    assert_snapshot!(settled(Terminal::run(&world, "webhook list").end()), @"
    exit 0
    ✓  WBH-0023-0001  SelectOrderLines                 PRD-0023-1111  Cloud Editor
    ✓  WBH-0024-0001  ValidatePurchaseOrderDraft       PRD-0024-1111  Cloud Editor
    ✓  WBH-0025-0001  ValidateConfigurationOrderDraft  PRD-0025-1111  Cloud Editor
    ✓  WBH-0026-0001  SelectOrderLines                 PRD-0026-1111  Cloud Editor
    ✓  WBH-0027-0001  ValidatePurchaseOrderDraft       PRD-0027-1111  Cloud Editor
    ✓  WBH-0028-0001  ValidateConfigurationOrderDraft  PRD-0028-1111  Cloud Editor
    ✓  WBH-0029-0001  SelectOrderLines                 PRD-0029-1111  Cloud Editor
    ✓  WBH-0030-0001  ValidatePurchaseOrderDraft       PRD-0030-1111  Cloud Editor
    ✓  WBH-0031-0001  ValidateConfigurationOrderDraft  PRD-0031-1111  Cloud Editor
    ✓  WBH-0032-0001  SelectOrderLines                 PRD-0032-1111  Cloud Editor
    ✓  WBH-0033-0001  ValidatePurchaseOrderDraft       PRD-0033-1111  Cloud Editor
    ✓  WBH-0034-0001  ValidateConfigurationOrderDraft  PRD-0034-1111  Cloud Editor
    ✓  WBH-0036-0001  ValidatePurchaseOrderDraft       PRD-0036-1111  Cloud Editor
    ✓  WBH-0037-0001  ValidateConfigurationOrderDraft  PRD-0037-1111  Cloud Editor
    ✓  WBH-0038-0001  SelectOrderLines                 PRD-0038-1111  Cloud Editor
    ✓  WBH-0039-0001  ValidatePurchaseOrderDraft       PRD-0039-1111  Cloud Editor
    ✓  WBH-0040-0001  ValidateConfigurationOrderDraft  PRD-0040-1111  Cloud Editor
    ✓  WBH-0041-0001  SelectOrderLines                 PRD-0041-1111  Cloud Editor
    ✓  WBH-0042-0001  ValidatePurchaseOrderDraft       PRD-0042-1111  Cloud Editor
    ✓  WBH-0043-0001  ValidateConfigurationOrderDraft  PRD-0043-1111  Cloud Editor
    44 webhooks, 2 failing, 1 disabled ([host], token from MPT_API_TOKEN)
    ✗ WBH-0005-0001 (SelectOrderLines for PRD-0005-1111)
    ✗ WBH-0035-0001 (SelectOrderLines for PRD-0035-1111)
    ");
    assert_snapshot!(settled(Terminal::sized(&world, "webhook list --limit 8", 24, 160).end()), @"
    exit 0
    ID             STATUS    TYPE                             OBJECT         URL                                          HEALTH
    WBH-0005-0001  Enabled   SelectOrderLines                 PRD-0005-1111  https://hooks.example.com/orders/5/validate  failing ×2
    WBH-0000-0001  Enabled   ValidatePurchaseOrderDraft       PRD-0000-1111  https://hooks.example.com/orders/0/validate  ok
    WBH-0001-0001  Enabled   ValidateConfigurationOrderDraft  PRD-0001-1111  https://hooks.example.com/orders/1/validate  ok
    WBH-0002-0001  Enabled   SelectOrderLines                 PRD-0002-1111  https://hooks.example.com/orders/2/validate  ok
    WBH-0003-0001  Enabled   ValidatePurchaseOrderDraft       PRD-0003-1111  https://hooks.example.com/orders/3/validate  ok
    WBH-0004-0001  Enabled   ValidateConfigurationOrderDraft  PRD-0004-1111  https://hooks.example.com/orders/4/validate  ok
    WBH-0006-0001  Enabled   ValidatePurchaseOrderDraft       PRD-0006-1111  https://hooks.example.com/orders/6/validate  ok
    WBH-0007-0001  Disabled  ValidateConfigurationOrderDraft  PRD-0007-1111  https://hooks.example.com/orders/7/validate  ok
    8 of 44 webhooks shown, 1 failing, 1 disabled ([host], token from MPT_API_TOKEN)
    ");
}

/// A platform whose list changes after some of its pages were read: `changes` is how often.
fn changing(changes: usize) -> Server {
    let done = std::sync::Mutex::new(0);
    Server::new(move |request, _| {
        let number = |name: &str, default: usize| {
            let parts = request.target.split(['?', '&']);
            let value = parts.filter_map(|part| part.strip_prefix(name)).next();
            value.map_or(default, |value| value.parse().unwrap())
        };
        let (offset, limit) = (number("offset=", 0), number("limit=", 100));
        let mut done = done.lock().unwrap();
        // Before the second page, the first webhook is deleted.
        if offset > 0 && *done < changes {
            *done += 1;
        }
        let ids: Vec<_> = (*done..250).collect();
        let rows = ids.iter().skip(offset).take(limit.min(100));
        let rows: Vec<_> = rows.map(|id| with_id(&format!("WBH-{id:04}"))).collect();
        Reply::Json(200, page(&rows, offset, Some(ids.len())))
    })
}

#[test]
fn what_changes_between_two_pages_is_noticed_by_every_list() {
    for line in [
        "webhook list -o id --jobs 1",
        "webhook list -o jsonl --jobs 1",
        "webhook list --columns id -o csv --jobs 1",
        "webhook list --jq .[].id --jobs 1",
        "order list -o id --jobs 1",
        "api GET /notifications/webhooks --paginate --jq .[].id --jobs 1",
        "webhook export --jobs 1",
        "webhook doctor -o id --jobs 1",
    ] {
        let server = changing(1);
        let run = World::at(&server).run(line);
        assert!(matches!(run.code, 0 | 10), "{line}: {}", run.snapshot());
        if !line.contains("export") {
            let ids = run.stdout.lines().filter(|id| id.starts_with("WBH-"));
            let mut ids: Vec<_> = ids.map(|id| id.split(',').next().unwrap().to_owned()).collect();
            if line.contains("jsonl") {
                ids = run.stdout.lines().map(|line| line[7..15].to_owned()).collect();
            }
            ids.sort();
            let expected: Vec<_> = (1..250).map(|id| format!("WBH-{id:04}")).collect();
            assert_eq!(ids, expected, "{line}");
        }
        let server = changing(usize::MAX);
        let run = World::at(&server).run(line);
        assert_eq!((run.code, &*run.stdout), (8, ""), "{line}: {}", run.snapshot());
    }
}

#[test]
fn a_list_is_whole_or_absent_in_every_format() {
    for options in ["-o id", "-o csv", "-o jsonl", "-o jsonl --jq .id", "--jq .[].id", "-o table"] {
        // The last page fails.
        let server = Server::new(|request, _| match request.target.contains("offset=198") {
            true => Reply::Json(500, json!({})),
            false => {
                let offset = if request.target.contains("offset=99") { 99 } else { 0 };
                let rows: Vec<_> =
                    (offset..offset + 100).map(|id| with_id(&format!("WBH-{id}"))).collect();
                Reply::Json(200, page(&rows, offset, Some(250)))
            }
        });
        let run = World::at(&server).run(&format!("webhook list {options} --retries 0"));
        assert_eq!((run.code, &*run.stdout), (8, ""), "{options}: {}", run.snapshot());
    }
}

#[test]
fn a_list_that_is_piped_into_a_change_is_not_changed_while_it_is_read() {
    let data = World::new();
    let served = crate::support::sandbox::Served::new(&data, "");
    let world = served.world();
    let many: String = (0..450)
        .map(|number| {
            format!(
                "[[webhooks]]\ntype = \"ValidateAnswer\"\nform = \"FRM-{:04}-1111\"\nurl = \"https://a.example\"\n",
                number + 1
            )
        })
        .collect();
    world.write("many.toml", &format!("version = 1\n{many}"));
    world.run("webhook apply many.toml --yes -q").ok();
    for (list, change, left) in [
        (
            "webhook list --status enabled -o id", "webhook disable - -q -o id",
            "webhook list --status enabled --count",
        ),
        ("webhook list -o id", "webhook delete - --yes -q", "webhook list --count"),
    ] {
        let words = |line: &'static str| line.split(' ').collect::<Vec<_>>();
        let mut listing = crate::support::world::spawn(&mut world.command(&words(list)));
        let output =
            world.command(&words(change)).stdin(listing.stdout.take().unwrap()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(listing.wait().unwrap().success());
        assert_eq!(world.run(left).ok(), "0\n", "{list}");
    }
}

/// More rows than the platform counts.
#[test]
fn a_list_that_contradicts_itself_is_an_error() {
    let rows = |ids: &[&str]| ids.iter().map(|id| with_id(id)).collect::<Vec<_>>();
    for (ids, total) in [(&["A", "B", "C"][..], 2), (&["A"], 0)] {
        let world = World::at(&Server::always(200, page(&rows(ids), 0, Some(total))));
        let run = world.run("webhook list -o id");
        assert_eq!((run.code, &*run.stdout), (8, ""), "{}", run.snapshot());
    }
}

#[test]
fn a_misspelt_type_is_no_empty_list() {
    let server = Server::always(200, page(&[], 0, Some(0)));
    let world = World::at(&server);
    assert_run!(world.run("webhook list --type validate-answr"), @"
    exit 2
    --- stderr
    error: --type validate-answr: unknown type (did you mean `ValidateAnswer`?)
    hint: for a type that is new on the platform: --filter 'eq(type,TYPE)'
    ");
    assert_run!(world.run("webhook export --type order-draft"), @"
    exit 2
    --- stderr
    error: --type order-draft: unknown type (did you mean one of ValidatePurchaseOrderDraft, ValidateChangeOrderDraft, ValidateConfigurationOrderDraft?)
    hint: for a type that is new on the platform: --filter 'eq(type,TYPE)'
    ");
    assert_eq!(server.requests().len(), 0);
    assert_run!(world.run("webhook list --type NotifyOfEverything"), @"
    exit 0
    --- stderr
    warning: unknown type `NotifyOfEverything`; it is sent unchanged
    No webhook matches
    ");
}

#[test]
fn an_unknown_property_is_told_the_known_ones() {
    let world = World::new();
    assert_run!(world.run("-p sandbox webhook list --order foo"), @"
    exit 7
    --- stderr
    error: cannot list webhooks: 400 Bad Request from the sandbox
      foo: Invalid property path.
      One or more validation errors occurred.
      trace id: 00-00000000000000000000000000000001-0000000000000001-00
    hint: known properties: id, type, status, url, description, objectType, object.id, object.name, account.id, criteria.KEY, statistics.failures, lastCall.callTime, lastCall.success, audit.created.at, audit.updated.at
    ");
    // Names of columns stand for properties.
    for column in ["created", "failures", "-last-call", "last-status", "object-name"] {
        assert_eq!(world.run(&format!("-p sandbox webhook list --order={column} -o id")).ok(), "");
    }
    assert_run!(world.run("-p sandbox order list --filter eq(foo,1)"), @"
    exit 7
    --- stderr
    error: cannot list orders: 400 Bad Request from the sandbox
      foo: Invalid property path.
      One or more validation errors occurred.
      trace id: 00-00000000000000000000000000000001-0000000000000001-00
    hint: known properties: id, type, status, product.id, product.name, agreement.id, client.id, audit.created.at, audit.updated.at
    ");
}
