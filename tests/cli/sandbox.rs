//! The sandbox, inside the process and over HTTP.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::endpoints::partial;
use crate::support::sandbox::Served;
use crate::support::world::{Run, assert_private, assert_run, spawn};

const CREATE: &str = "webhook create --type ValidatePurchaseOrderDraft --product PRD-1111-1111 --url http://localhost:4000/";

#[test]
fn the_main_job_runs_with_nothing_else() {
    let world = World::new();
    assert_run!(world.run(&format!("-p sandbox {CREATE} --description Drafts")), @"
    exit 0
    --- stdout
    WBH-0000-0001   ValidatePurchaseOrderDraft   ● Enabled   never called
    http://localhost:4000/
    Drafts

     Object         PRD-1111-1111 · Cloud Editor (Order)
     Account        ACC-1000-0001 · Northwind Software · Vendor, Active
     Criteria       product.id  PRD-1111-1111
     Created        2026-05-04T09:12:33.000Z by mpt sandbox
     Updated        2026-05-04T09:12:33.000Z by mpt sandbox

     Calls          none yet
    --- stderr
    Created WBH-0000-0001 (ValidatePurchaseOrderDraft for PRD-1111-1111)
    ");
    let id = world.run("-p sandbox webhook list -o id").ok().trim().to_owned();
    assert_run!(world.run("-p sandbox webhook list"), @"
    exit 0
    --- stdout
    ID             STATUS   TYPE                        OBJECT         URL                     HEALTH
    WBH-0000-0001  Enabled  ValidatePurchaseOrderDraft  PRD-1111-1111  http://localhost:4000/  never called
    --- stderr
    1 webhook (the sandbox)
    ");
    assert_run!(world.run(&format!("-p sandbox webhook disable {id}")), @"
    exit 0
    --- stdout
    ID             STATUS    TYPE                        OBJECT         URL                     HEALTH
    WBH-0000-0001  Disabled  ValidatePurchaseOrderDraft  PRD-1111-1111  http://localhost:4000/  never called
    --- stderr
    Disabled WBH-0000-0001 (ValidatePurchaseOrderDraft for PRD-1111-1111)
    ");
    assert_run!(world.run(&format!("-p sandbox webhook update {id} --url https://b.example --criteria status=Draft -o json --jq .criteria")), @r#"
    exit 0
    --- stdout
    {
      "product.id": "PRD-1111-1111",
      "status": "Draft"
    }
    --- stderr
    {"note":"Updated WBH-0000-0001 (ValidatePurchaseOrderDraft for PRD-1111-1111)"}
    "#);
    assert_eq!(
        world.run(&format!("-p sandbox webhook show {id} --jq .statistics.total")).ok(),
        "0\n"
    );
    assert_run!(world.run(&format!("-p sandbox webhook delete {id} --yes")), @"
    exit 0
    --- stderr
    Deleted WBH-0000-0001 (ValidatePurchaseOrderDraft for PRD-1111-1111)
    ");
    assert_eq!(world.run(&format!("-p sandbox webhook show {id}")).code, 5);
}

#[test]
fn creating_twice_is_a_conflict_and_keep_is_not() {
    let world = World::new();
    let id = world.run(&format!("-p sandbox {CREATE} -o id")).ok();
    assert_run!(world.run(&format!("-p sandbox {CREATE}")), @"
    exit 6
    --- stderr
    error: cannot create the webhook: 409 Conflict from the sandbox
      A webhook with this type and object exists already.
      trace id: 00-00000000000000000000000000000001-0000000000000001-00
    hint: it is WBH-0000-0001 (ValidatePurchaseOrderDraft for PRD-1111-1111); use --if-exists keep to keep it, or --if-exists update to change it
    ");
    assert_eq!(world.run(&format!("-p sandbox {CREATE} --if-exists keep -o id")).ok(), id);
    let updated =
        world.run(&format!("-p sandbox {CREATE} --if-exists update --description new -o json"));
    assert_eq!(updated.json()["description"], "new");
}

#[test]
fn its_files_are_private() {
    let world = World::new();
    world.run(&format!("-p sandbox {CREATE}")).ok();
    let path = world.run("sandbox path").ok();
    let expected = ["mpt", "data", "sandbox.db"];
    let expected = expected.iter().fold(world.path(""), |path, name| path.join(name));
    assert_eq!(std::path::Path::new(path.trim()), expected);
    for file in ["", "/sandbox.db", "/sandbox.db.token"] {
        assert_private(&world.path(&format!("mpt/data{file}")));
    }
}

#[test]
fn reset_asks_or_takes_yes() {
    let world = World::new();
    world.run(&format!("-p sandbox {CREATE}")).ok();
    assert_run!(world.run("sandbox reset"), @"
    exit 2
    --- stderr
    error: cannot ask for confirmation without a terminal
    hint: use --yes to continue without asking
    ");
    assert_eq!(world.run("-p sandbox webhook list --count").ok(), "1\n");
    world.run("sandbox reset --yes").ok();
    assert_eq!(world.run("-p sandbox webhook list --count").ok(), "0\n");
}

#[test]
fn an_unusable_database_is_an_error() {
    let world = World::new();
    world.write(
        "mpt/data/sandbox.db",
        "this is no database, and it is long enough to be sure of it",
    );
    let run = world.run("-p sandbox webhook list");
    assert_eq!(run.code, 3, "{}", run.snapshot());
    assert!(
        run.stderr.contains("hint: empty the database with mpt sandbox reset"),
        "{}",
        run.stderr
    );
    world.run("sandbox reset --yes").ok();
    assert_eq!(world.run("-p sandbox webhook list --count").ok(), "0\n");
    let notes = world.write("notes.txt", "not a database");
    assert_eq!(world.run("sandbox reset --yes --data notes.txt").code, 2);
    assert_eq!(std::fs::read_to_string(notes).unwrap(), "not a database");
    let run = world.run("sandbox serve --port 0 --data /dev/null/x.db");
    assert_eq!(run.code, 3, "{}", run.snapshot());
}

#[test]
fn a_port_in_use_is_an_error() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let run = World::new().run(&format!("sandbox serve --port {port}"));
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("use --port 0 for any free port"), "{}", run.stderr);
}

#[test]
fn it_is_the_same_over_http() {
    let owner = World::new();
    let served = Served::new(&owner, "");
    let world = served.world();
    let id = world.run(&format!("{CREATE} -o id")).ok();
    assert_eq!(world.run(&format!("webhook show {}", id.trim())).code, 0);
    // The profile in the process has the same data.
    assert_eq!(owner.run("-p sandbox webhook list -o id").ok(), id);
    let foreign =
        World::new().with("MPT_API_BASE_URL", &served.url).with("MPT_API_TOKEN", "idt:TKN-1:x");
    assert_run!(foreign.run("webhook list"), @"
    exit 4
    --- stderr
    error: cannot list webhooks: 401 Unauthorized from [host] (token from MPT_API_TOKEN)
      The token is missing or not valid.
      trace id: 00-00000000000000000000000000000001-0000000000000001-00
    hint: the token idt:TKN-1:******** from MPT_API_TOKEN is wrong or expired; see mpt config check
    ");
}

#[test]
fn answers_are_those_of_the_contract() {
    let owner = World::new();
    let served = Served::new(&owner, "");
    let path = "/public/v1/notifications/webhooks";
    let json = "content-type: application/json\r\n";
    let right = r#"{"type":"ValidateAnswer","url":"https://a.example","criteria":{"form.id":"FRM-1111-1111"}}"#;
    let (status, head, body) =
        served.send(&format!("POST {path}?select=audit,+secret,-account"), json, right);
    assert_eq!(status, 201, "{body}");
    assert!(
        head.contains("content-type: application/json") && head.contains("x-mpt-sandbox:"),
        "{head}"
    );
    let created: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        created["$meta"]["omitted"],
        json!(["statistics", "account", "lastSuccess", "lastFailure", "lastCall"])
    );
    let id = created["id"].as_str().unwrap();

    for (line, headers, body, expected) in [
        (format!("POST {path}"), json, right, 409),
        (format!("POST {path}"), "", right, 415),
        (format!("POST {path}"), json, "{", 400),
        (format!("POST {path}"), json, r#"{"url":"https://a.example","uri":1}"#, 400),
        (format!("GET {path}/nope"), "", "", 404),
        (format!("PATCH {path}/{id}"), json, "{}", 405),
        (format!("GET {path}?nope(a,1)"), "", "", 400),
        (format!("GET {path}?in(id,({}a))", "a,".repeat(1_100)), "", "", 200),
        (format!("GET {path}?order=id{}", ",id".repeat(2_100)), "", "", 400),
        (format!("GET {path}?eq(type,\"ValidateAnswer\")&limit=20"), "", "", 200),
        (format!("GET {path}/%FF"), "", "", 404),
        (format!("GET {path}?a=%FF"), "", "", 400),
        (format!("GET {path}?order=audit.created.at"), "", "", 200),
        (format!("GET {path}?order=audit.created.at&select=audit"), "", "", 200),
        (format!("PUT {path}/{id}"), json, r#"{"type":"ValidateAnswer"}"#, 400),
        (format!("PUT {path}/{id}"), json, r#"{"criteria":{"form.id":"FRM-0000-0000"}}"#, 400),
        (format!("POST {path}/{id}/disable"), "", "", 200),
        (format!("POST {path}/{id}/disable"), "", "", 200),
        ("GET /elsewhere".to_owned(), "", "", 404),
        (format!("DELETE {path}/{id}"), "", "", 204),
        (format!("DELETE {path}/{id}"), "", "", 404),
        (format!("POST {path}/{id}/enable"), "", "", 404),
        (format!("PUT {path}/{id}"), json, "{}", 404),
    ] {
        let (status, head, answer) = served.send(&line, headers, body);
        assert_eq!(status, expected, "{line}: {answer}");
        if status >= 400 {
            assert!(head.contains("content-type: application/problem+json"), "{head}");
            let problem: Value = serde_json::from_str(&answer).unwrap();
            assert_eq!(problem["status"], status);
            assert!(problem["traceId"].is_string());
        }
    }
}

#[test]
fn lists_are_filtered_ordered_and_cut() {
    let world = World::new();
    let types = ["ValidatePurchaseOrderDraft", "SelectOrderLines", "ValidateTerminateOrder"];
    for (index, webhook_type) in types.iter().enumerate() {
        for product in ["PRD-1111-1111", "PRD-2222-2222"] {
            world.run(&format!(
                "-p sandbox webhook create --type {webhook_type} --product {product} --url https://{index}.example/{product}"
            )).ok();
        }
    }
    let id = world
        .run("-p sandbox webhook list --type select-order-lines --object PRD-2222-2222 -o id")
        .ok();
    world.run(&format!("-p sandbox webhook disable {}", id.trim())).ok();
    for (filter, count) in [
        ("eq(type,'SelectOrderLines')", 2),
        ("EQ(Type,\"SelectOrderLines\"),eq(status,'Enabled')", 1),
        ("type='SelectOrderLines'&status=Enabled", 1),
        ("ne(type,'SelectOrderLines')", 4),
        ("in(type,(SelectOrderLines,ValidateTerminateOrder))", 4),
        ("out(type,(SelectOrderLines))", 4),
        ("ilike(url,'*PRD-2222*')", 3),
        ("like(url,'HTTPS*')", 0),
        ("ilike(url,'HTTPS*')", 6),
        ("eq(status,Disabled)|eq(type,ValidateTerminateOrder)", 3),
        ("eq(status,Disabled);eq(type,ValidateTerminateOrder),ilike(url,'*1111*')", 2),
        ("not(eq(status,Disabled))", 5),
        ("and(eq(status,Enabled),or(eq(object.id,PRD-1111-1111),eq(type,SelectOrderLines)))", 3),
        ("eq(criteria.product.id,'PRD-1111-1111')", 3),
        ("any(criteria,and(eq(key,'product.id'),ilike(value,'*2222')))", 3),
        ("all(criteria,eq(key,'product.id'))", 6),
        ("eq(name,id)", 6),
        ("description=null()", 6),
        ("ne(description,empty())", 6),
        ("ne(description,null())", 0),
        ("gt(revision,1)", 1),
        ("ge(statistics.total,0)", 6),
    ] {
        let run = world.args(&["-p", "sandbox", "webhook", "list", "--count", "--filter", filter]);
        assert_eq!(run.ok(), format!("{count}\n"), "{filter}");
    }
    let urls = world.args(&[
        "-p", "sandbox", "webhook", "list", "--order", "-type,url", "--limit", "3", "--jq",
        ".[].url",
    ]);
    assert_eq!(
        urls.ok(),
        "https://2.example/PRD-1111-1111\nhttps://2.example/PRD-2222-2222\nhttps://0.example/PRD-1111-1111\n"
    );
    let wrong = world.args(&["-p", "sandbox", "webhook", "list", "--filter", "mistake(a,b)"]);
    assert_run!(wrong, @"
    exit 7
    --- stderr
    error: cannot list webhooks: 400 Bad Request from the sandbox
      mistake: Unknown expression group.
      One or more validation errors occurred.
      trace id: 00-00000000000000000000000000000001-0000000000000001-00
    ");
}

#[test]
fn many_processes_lose_nothing() {
    let world = World::new();
    let children: Vec<_> = (0..16)
        .map(|index| {
            let product = format!("PRD-{index:04}-1111");
            let line = format!("-p sandbox webhook create --type SelectOrderLines --product {product} --url https://a.example -o id");
            spawn(&mut world.command(&line.split(' ').collect::<Vec<_>>()))
        })
        .collect();
    for child in children {
        Run::of(&child.wait_with_output().unwrap()).ok();
    }
    assert_eq!(world.run("-p sandbox webhook list --count").ok(), "16\n");
}

#[test]
fn an_update_may_change_the_anchor_but_not_into_another_webhook() {
    let owner = World::new();
    let served = Served::new(&owner, "");
    let path = "/public/v1/notifications/webhooks";
    let json = "content-type: application/json\r\n";
    let ids: Vec<String> = ["FRM-1111-1111", "FRM-2222-2222"]
        .map(|form| {
            let body = json!({
                "type": "ValidateAnswer", "url": "https://a.example", "description": "d",
                "criteria": {"form.id": form}
            });
            let (_, _, body) = served.send(&format!("POST {path}"), json, &body.to_string());
            let created: Value = serde_json::from_str(&body).unwrap();
            created["id"].as_str().unwrap().to_owned()
        })
        .into();
    let put = |body: Value| {
        let (status, _, answer) =
            served.send(&format!("PUT {path}/{}?select=audit", ids[0]), json, &body.to_string());
        (status, serde_json::from_str::<Value>(&answer).unwrap())
    };
    let (status, moved) = put(json!({"criteria": {"form.id": "FRM-3333-3333"}}));
    assert_eq!((status, &moved["object"]["id"]), (200, &json!("FRM-3333-3333")));
    assert_eq!(moved["object"]["name"], "Request a quote");
    // Absent members stay unchanged, and null clears.
    assert_eq!((&moved["description"], &moved["revision"]), (&json!("d"), &json!(2)));
    let (_, cleared) = put(json!({"description": null}));
    assert_eq!(cleared.get("description"), None);
    assert_eq!(cleared["criteria"], json!({"form.id": "FRM-3333-3333"}));
    let (status, _) = put(json!({"criteria": {"form.id": "FRM-2222-2222"}}));
    assert_eq!(status, 409);
    let (status, _) = put(json!({"criteria": {"status": "Draft"}}));
    assert_eq!(status, 400);
}

#[test]
fn methods_that_are_not_for_reading_or_changing_are_answered_too() {
    let owner = World::new();
    let served = Served::new(&owner, "");
    let path = "/public/v1/notifications/webhooks";
    let (status, head, body) = served.send(&format!("HEAD {path}"), "", "");
    assert_eq!((status, body.as_str()), (200, ""));
    assert!(head.contains("content-type: application/json"), "{head}");
    let (status, head, _) = served.send(&format!("OPTIONS {path}"), "", "");
    assert_eq!(status, 405);
    assert!(head.contains("allow: get,head,post"), "{head}");
    let big = format!("{{\"url\": \"{}\"}}", "x".repeat(1_100_000));
    let json = "content-type: application/json\r\n";
    assert_eq!(served.send(&format!("POST {path}"), json, &big).0, 413);
    for (headers, status) in [("authorization: Bearer idt:x\r\n", 401), ("", 401)] {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
        let (got, head, _) = served.raw(&request);
        assert_eq!(got, status);
        assert!(head.contains("www-authenticate: bearer"), "{head}");
    }
}

#[test]
fn a_body_that_is_too_long_is_answered_with_413() {
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served.world();
    let long = "x".repeat(3 * 1024 * 1024);
    world.write(
        "long.json",
        &format!(
            r#"{{"type": "ValidateAnswer", "url": "https://a.example", "criteria": {{"form.id": "FRM-1111-1111"}}, "description": "{long}"}}"#
        ),
    );
    let run = world.run("webhook create --from long.json -o json");
    assert_eq!(run.code, 7, "{}", run.snapshot());
    assert_eq!(run.error()["status"], 413);
}

#[test]
fn unencoded_quotes_are_accepted_after_any_request() {
    let data = World::new();
    let served = Served::new(&data, "");
    let body = r#"{"type": "ValidateAnswer"}"#;
    let head = format!("host: x\r\nauthorization: Bearer {}\r\n", served.token);
    let list = "/public/v1/notifications/webhooks";
    let (_, _, rest) = served.raw(&format!(
        "POST {list} HTTP/1.1\r\n{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}\
         GET {list}?eq(type,\"ValidateAnswer\") HTTP/1.1\r\n{head}\r\n\
         HEAD {list}?eq(type,\"ValidateAnswer\") HTTP/1.1\r\n{head}connection: close\r\n\r\n",
        body.len()
    ));
    assert_eq!(rest.matches("HTTP/1.1 200 OK").count(), 2, "{rest}");
}

/// The body of an answer, whose status is checked.
fn answer(served: &Served, line: &str, body: &str, status: u16) -> serde_json::Value {
    let answer = served.send(line, "content-type: application/json\r\n", body);
    assert_eq!(answer.0, status, "{line}: {}", answer.2);
    serde_json::from_str(&answer.2).unwrap()
}

#[test]
fn every_base_url_is_served_and_single_objects_come_whole() {
    let data = World::new();
    let served = Served::new(&data, "");
    for base in ["/public/v1", "/v1"] {
        let line = format!("GET {base}/catalog/products/PRD-1111-1111?select=");
        let product = answer(&served, &line, "", 200);
        for name in ["settings", "audit", "shortDescription", "longDescription", "website"] {
            assert!(product.get(name).is_some(), "{name}");
        }
        let list = answer(&served, &format!("GET {base}/catalog/products"), "", 200);
        assert!(list["data"][0].get("settings").is_none());
        answer(&served, &format!("GET {base}/notifications/webhooks"), "", 200);
    }
    assert!(answer(&served, "GET /v1/commerce/agreements/AGR-8000-0008-0009", "", 200)["lines"][0]["id"].is_string());
    let found = "GET /v1/catalog/items?and(eq(product.id,'PRD-1111-1111'),in(externalIds.vendor,('NW-ED-02')))";
    assert_eq!(answer(&served, found, "", 200)["data"][0]["id"], "ITM-1111-1111-0002");
    answer(&served, "GET /v1/accounts/licensees/LCE-0000-0000-0000", "", 404);
}

#[test]
fn orders_are_created_and_changed() {
    let data = World::new();
    let served = Served::new(&data, "");
    let new = r#"{"agreement": {"id": "AGR-8000-0008-0009"}, "lines": [{"item": {"id": "ITM-1111-1111-0001"}, "quantity": 1}]}"#;
    let order = answer(&served, "POST /v1/commerce/orders", new, 201);
    let found = ["/id", "/status", "/type", "/product/id", "/lines/0/id", "/client/id"]
        .map(|path| order.pointer(path).unwrap().as_str().unwrap());
    assert_eq!(
        found,
        [
            "ORD-2000-0000-0001", "Draft", "Purchase", "PRD-1111-1111", "ALI-8000-0008-0009-0001",
            "ACC-2000-0002"
        ]
    );
    let put = "PUT /v1/commerce/orders/ORD-2000-0000-0001";
    let change = r#"{"status": "Draft", "notes": "n", "lines": [{"id": "ALI-8000-0008-0009-0001", "quantity": 2}, {"quantity": 3}]}"#;
    let changed = answer(&served, put, change, 200);
    assert_eq!(changed["notes"], "n");
    let quantities: Vec<_> =
        changed["lines"].as_array().unwrap().iter().map(|line| &line["quantity"]).collect();
    assert_eq!(quantities, [2, 3]);
    for wrong in [
        r#"{"id": "ORD-1"}"#,
        r#"{"type": "Change"}"#,
        r#"{"status": "Completed"}"#,
        r#"{"product": {"id": "PRD-2222-2222"}}"#,
        r#"{"lines": [{"id": "ALI-1"}]}"#,
        r#"{"notes": 1}"#,
        r#"{"product": null}"#,
        r#"{"lines": [5]}"#,
        r#"{"parameters": {"ordering": [{"id": "PAR-1"}]}}"#,
        "[]",
    ] {
        answer(&served, put, wrong, 400);
    }
    answer(&served, "PUT /v1/commerce/orders/ORD-1000-0000-0006", r#"{"notes": "n"}"#, 400);
    answer(&served, "PUT /v1/commerce/orders/ORD-9999-9999-9999", "{}", 404);
    for wrong in [
        r#"{"product": {"id": "PRD-0000-0000"}}"#,
        r#"{"agreement": {"id": "AGR-1"}}"#,
        r#"{"type": "x"}"#,
        r#"{"product": {"id": "PRD-1111-1111"}, "lines": "x"}"#,
        r#"{"product": {"id": "PRD-2222-2222"}, "agreement": {"id": "AGR-8000-0008-0009"}}"#,
    ] {
        answer(&served, "POST /v1/commerce/orders", wrong, 400);
    }
    let order = answer(&served, put, r#"{"lines": [{"id": null, "quantity": 4}]}"#, 200);
    let again = answer(&served, put, &order.to_string(), 200);
    assert_eq!(again["lines"][2]["id"], "ALI-8000-0008-0009-0003");
    assert_eq!(again["lines"].as_array().unwrap().len(), 3);
    assert_eq!(again["lines"][0]["item"]["externalIds"]["vendor"], "NW-ED-01");
    let own = r#"{"externalIds": {"vendor": "V9"}}"#;
    assert_eq!(answer(&served, put, own, 200)["externalIds"]["vendor"], "V9");
    let fulfilled =
        r#"{"parameters": {"fulfillment": [{"externalId": "customerId", "value": "C1"}]}}"#;
    let sample = "PUT /v1/commerce/orders/ORD-4821-7305-1196";
    let fulfilled = answer(&served, sample, fulfilled, 200);
    assert_eq!(fulfilled["parameters"]["fulfillment"][0]["value"], "C1");
    let list = answer(
        &served,
        "GET /v1/commerce/orders?agreement.product.id='PRD-1111-1111'&type=purchase&agreement.id=AGR-8000-0008-0009",
        "",
        200,
    );
    assert_eq!(list["data"][0]["id"], "ORD-2000-0000-0001");
}

#[test]
fn a_webhook_is_created_enabled() {
    let data = World::new();
    let served = Served::new(&data, "");
    let body = |status| {
        format!(
            r#"{{"type": "ValidateAnswer", "url": "https://a.example", "criteria": {{"form.id": "FRM-1111-1111"}}, "status": "{status}"}}"#
        )
    };
    answer(&served, "POST /v1/notifications/webhooks", &body("Disabled"), 400);
    assert_eq!(
        answer(&served, "POST /v1/notifications/webhooks", &body("Enabled"), 201)["status"],
        "Enabled"
    );
    let world = World::new();
    world.write("body.json", &body("Enabled"));
    world.run("-p sandbox webhook create --from body.json").ok();
    world.write("body.json", &body("Disabled"));
    assert_eq!(world.run("-p sandbox webhook create --from body.json").code, 2);
}

#[test]
fn a_line_that_an_endpoint_adds_is_stored_with_an_id() {
    let data = World::new().with_passing_time();
    let endpoint = partial();
    let create = format!(
        "-p sandbox webhook create --type validate-change-order-draft --product PRD-1111-1111 --url {}",
        endpoint.url()
    );
    data.run(&create).ok();
    let validated = data.run("-p sandbox order validate ORD-1000-0000-0002 --yes -o json").json();
    let added = validated["changes"].as_array().unwrap().iter().find(|one| one["before"].is_null());
    assert_eq!(added.unwrap()["after"]["id"], "ALI-8000-0008-0009-0002");
}
