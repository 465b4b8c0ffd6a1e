//! `mpt api`: any request, within the platform.

use serde_json::json;

use crate::support::world::assert_run;
use crate::support::{Reply, Server, World};

#[test]
fn any_request_is_sent_with_the_profiles_credentials() {
    let server = Server::new(|request, _| Reply::Json(200, json!({"got": request.line()})));
    let world = World::at(&server);
    let shown = world.run("api get /catalog/products/PRD-1?select=settings").json();
    assert_eq!(shown["got"], "GET /public/v1/catalog/products/PRD-1");
    assert_eq!(server.requests()[0].target, "/public/v1/catalog/products/PRD-1?select=settings");
    assert!(server.requests()[0].header("authorization").unwrap().starts_with("Bearer idt:"));
    world.run("api PUT public/v1/a/b --yes -f x.y=1 -f x.z=text -f list=[1]").ok();
    assert_eq!(server.requests()[1].json(), json!({"x": {"y": 1, "z": "text"}, "list": [1]}));
    let posted = world.run_with_stdin("api POST /a --input - --yes --jq .got", "{\"n\": 1.10}");
    assert_eq!(posted.ok(), "POST /public/v1/a\n");
    assert_eq!(server.requests()[2].body, "{\"n\":1.10}");
}

#[test]
fn paths_that_lead_elsewhere_are_refused_before_anything_is_sent() {
    let server = Server::always(200, json!({}));
    for path in [
        "../x", "/a/..", "/a/%2e%2e/b", "/a/%252e%252e", "//host/a", "http://host/a", "/a\\b",
        "/a%5cb", "/a%2fb", "/a#b", "",
    ] {
        let run = World::at(&server).args(&["api", "GET", path]);
        assert_eq!(run.code, 2, "{path}: {}", run.snapshot());
    }
    assert_eq!(World::at(&server).run("api GET /a --field x=1").code, 2);
    assert_eq!(World::at(&server).run("api PUT /a --paginate --yes").code, 2);
    let asking = World::at(&server).run("api DELETE /notifications/webhooks/WBH-1");
    assert!(asking.stderr.contains("use --yes"), "{}", asking.snapshot());
    assert!(server.requests().is_empty());
}

#[test]
fn live_tokens_are_masked() {
    let server = Server::always(
        200,
        json!({"id": "TKN-1", "token": "idt:TKN-1:live-one", "text": "see idt:TKN-2:live-two."}),
    );
    for line in
        ["api GET /accounts/api-tokens/TKN-1", "api GET /a -vv", "api GET /a --jq .token,.text"]
    {
        let printed = World::at(&server).run(line).snapshot();
        assert!(!printed.contains("live-one"), "{printed}");
        assert!(line.contains("-vv") || !printed.contains("live-two"), "{printed}");
    }
}

#[test]
fn all_pages_become_one_array() {
    let server = Server::new(|request, _| {
        let offset: usize = request.target.split("offset=").nth(1).unwrap().parse().unwrap();
        let data: Vec<_> = (offset..(offset + 100).min(250)).map(|at| json!({"at": at})).collect();
        Reply::Json(
            200,
            json!({"$meta": {"pagination": {"offset": offset, "limit": 100, "total": 250}}, "data": data}),
        )
    });
    let all = World::at(&server).run("api GET /x/y?limit=5 --paginate --jobs 1").json();
    assert_eq!(all.as_array().unwrap().len(), 250);
    assert_eq!(server.requests().len(), 3);
    let repeating = Server::always(
        200,
        json!({"data": [{"id": 1}, {"id": 2}], "$meta": {"pagination": {"total": 9}}}),
    );
    let run = World::at(&repeating).run("api GET /x --paginate");
    assert_eq!((run.code, &*run.stdout), (8, ""), "{}", run.snapshot());
}

#[test]
fn a_lost_answer_says_that_the_request_may_have_taken_effect() {
    let server = Server::new(|_, _| Reply::Drop);
    let run = World::at(&server).run("api POST /a --yes");
    assert_eq!(server.requests().len(), 1, "a POST is not repeated");
    assert_run!(run, @"
    exit 9
    --- stderr
    error: cannot POST /a: the connection to [host] (token from MPT_API_TOKEN) was lost: the server closed it before the answer
    hint: the request may have taken effect; look before you send it again
    ");
    let empty = Server::new(|_, _| Reply::Full(204, vec![], vec![]));
    assert_run!(World::at(&empty).run("api DELETE /a --yes"), @"
    exit 0
    --- stderr
    The answer has no body
    ");
    assert_run!(World::at(&Server::always(404, json!({"detail": "Nothing here."}))).run("api GET /a"), @"
    exit 5
    --- stderr
    error: cannot GET /a: 404 Not Found from [host] (token from MPT_API_TOKEN)
      Nothing here.
    ");
}

/// A list of 250 rows that is served in pages of at most `most`, and says how many there are.
fn pages(most: usize, row: fn(usize) -> serde_json::Value) -> Server {
    Server::new(move |request, _| {
        let number = |name: &str, default: usize| {
            let parts = request.target.split(['?', '&']);
            let value = parts.filter_map(|part| part.strip_prefix(name)).next();
            value.map_or(default, |value| value.parse().unwrap())
        };
        let (offset, limit) = (number("offset=", 0), number("limit=", 100).min(most));
        let data: Vec<_> = (offset..(offset + limit).min(250)).map(row).collect();
        let pagination = json!({"offset": offset, "limit": limit, "total": 250});
        Reply::Json(200, json!({"$meta": {"pagination": pagination}, "data": data}))
    })
}

#[test]
fn all_pages_are_read_whatever_their_size_and_rows() {
    let rows: [fn(usize) -> serde_json::Value; 4] = [
        |at| json!({"id": format!("X-{at}")}),
        |at| json!({"at": at}),
        |_| json!({"equal": true}),
        |at| json!(at),
    ];
    for most in [100, 50, 7] {
        for row in rows {
            let server = pages(most, row);
            let all = World::at(&server).run("api GET /x --paginate").json();
            let expected: Vec<_> = (0..250).map(row).collect();
            assert_eq!(all, serde_json::Value::from(expected), "{most}");
        }
    }
    // An empty page before the end.
    let server = Server::new(|request, _| {
        let data = match request.target.contains("offset=") {
            true => vec![],
            false => vec![json!({"id": 1}), json!({"id": 2})],
        };
        Reply::Json(200, json!({"$meta": {"pagination": {"total": 9}}, "data": data}))
    });
    let run = World::at(&server).run("api GET /x --paginate");
    assert_eq!((run.code, &*run.stdout), (8, ""), "{}", run.snapshot());
}

#[test]
fn a_query_may_contain_an_address_and_a_limit_in_quotes() {
    let server = Server::always(200, json!({"data": []}));
    let world = World::at(&server);
    world
        .args(&["api", "GET", "/x?eq(url,'https://a.example/?a=1&limit=5')&limit=3", "--paginate"])
        .ok();
    let target = server.requests()[0].target.clone();
    assert_eq!(
        target,
        "/public/v1/x?eq(url,%27https://a.example/?a=1&limit=5%27)&limit=100&offset=0"
    );
}
