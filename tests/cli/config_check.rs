//! `config check`

use serde_json::json;

use crate::support::documents::page;
use crate::support::world::{TOKEN, assert_run};
use crate::support::{Reply, Server, World};

#[test]
fn every_step_is_a_line() {
    let server = Server::always(200, page(&[], 0, Some(3)));
    assert_run!(World::at(&server).run("config check"), @"
    exit 0
    --- stdout
    CHECK       RESULT  DETAIL
    name        ✓ ok    127.0.0.1 is 127.0.0.1
    connection  ✓ ok    [host] answers
    token       ✓ ok    accepted
    permission  ✓ ok    webhooks can be read, 3 of them
    account     ✓ ok    an account without an ID
    ");
    assert_run!(World::new().with_passing_time().run("config check -p sandbox"), @"
    exit 0
    --- stdout
    CHECK       RESULT  DETAIL
    token       ✓ ok    accepted
    permission  ✓ ok    webhooks can be read, 0 of them
    account     ✓ ok    Northwind Software (ACC-1000-0001, Vendor), the token named `mpt sandbox`
    clock       ✓ ok    correct to within 1 s
    ");
}

#[test]
fn the_first_failing_line_decides() {
    for (status, code) in [(401, 4), (403, 4), (503, 8)] {
        let server = Server::always(status, json!({"title": "T"}));
        let run = World::at(&server).run("config check --retries 0 -o json");
        assert_eq!(run.code, code, "{}", run.snapshot());
    }
    assert_run!(World::at(&Server::always(403, json!({}))).run("config check"), @"
    exit 4
    --- stdout
    CHECK       RESULT    DETAIL
    name        ✓ ok      127.0.0.1 is 127.0.0.1
    connection  ✓ ok      [host] answers
    token       ✓ ok      accepted
    permission  ✗ failed  403 Forbidden from [host] (token from MPT_API_TOKEN)
    --- stderr
    error: 403 Forbidden from [host] (token from MPT_API_TOKEN)
    hint: the account of the token idt:TKN-1234-5678:******** from MPT_API_TOKEN is not allowed to do this; see whose it is with mpt config check
    ");
    let world = World::new().with("MPT_API_TOKEN", TOKEN);
    assert_run!(world.run(&format!("config check --base-url {}", crate::support::world::closed_port())), @"
    exit 9
    --- stdout
    CHECK       RESULT    DETAIL
    name        ✓ ok      127.0.0.1 is 127.0.0.1
    connection  ✗ failed  [host]: connection refused
    --- stderr
    error: [host]: connection refused
    ");
    let run = world
        .run(&format!("config check --base-url https://{}", crate::support::world::UNRESOLVABLE));
    assert_eq!(run.code, 9);
}

#[test]
fn a_wrong_clock_is_reported() {
    let server = Server::new(|_, _| {
        let headers = vec![("date", "Sun, 06 Nov 1994 08:49:37 GMT".to_owned())];
        Reply::Full(200, headers, page(&[], 0, Some(0)).to_string().into_bytes())
    });
    let run = World::at(&server).run("config check");
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("ahead of the platform"), "{}", run.stdout);
}

#[test]
fn no_proxy_is_respected() {
    let proxy = crate::support::world::closed_port();
    let world = World::new().with("MPT_API_TOKEN", TOKEN).with("HTTPS_PROXY", &proxy);
    let check = format!("config check --base-url https://{}", crate::support::world::UNRESOLVABLE);
    assert!(world.run(&check).stdout.contains("(the proxy)"));
    let world = world.with("NO_PROXY", "invalid");
    assert!(!world.run(&check).stdout.contains("(the proxy)"));
}

#[test]
fn a_refused_token_is_replaced_where_it_comes_from() {
    let server = Server::always(401, json!({"title": "Unauthorized"}));
    let world = World::new().with("STAGING_TOKEN", TOKEN);
    world.write("token", TOKEN);
    world.config(&format!(
        "[profiles.variable]\nbase_url = '{url}'\ntoken_env = 'STAGING_TOKEN'\n\
         [profiles.file]\nbase_url = '{url}'\ntoken_file = 'token'\n\
         [profiles.literal]\nbase_url = '{url}'\ntoken = '{TOKEN}'\n",
        url = server.url()
    ));
    world.write("mpt/token", TOKEN);
    let hint = |run: crate::support::world::Run| run.error()["hint"].as_str().unwrap().to_owned();
    let of_profile = |name: &str| hint(world.run(&format!("config check -o json -p {name}")));
    assert_eq!(of_profile("variable"), "set another token in STAGING_TOKEN");
    assert!(of_profile("file").starts_with("write another token to "));
    assert_eq!(of_profile("literal"), "set another token with mpt -p literal config set token -");
    let from_environment = World::at(&server).run("config check -o json");
    assert_eq!(hint(from_environment), "set another token in MPT_API_TOKEN");
}
