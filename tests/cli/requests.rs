//! Requests to the platform: base URLs, retries, waits, redirects, proxies, the log.

use serde_json::json;

use crate::support::documents::healthy;
use crate::support::world::{TOKEN, assert_run};
use crate::support::{Reply, Server, Terminal, World};

const SHOW: &str = "webhook show WBH-1234-5678 -o id";

#[test]
fn every_shape_of_the_base_url_works() {
    let server = Server::always(200, healthy());
    for shape in ["", "/", "/public", "/public/", "/public/v1", "/public/v1/"] {
        let world = World::new().with("MPT_API_TOKEN", TOKEN);
        world.run(&format!("{SHOW} --base-url {}{shape}", server.url())).ok();
    }
    let expected = "GET /public/v1/notifications/webhooks/WBH-1234-5678";
    assert_eq!(server.lines(), [expected; 6]);
}

#[test]
fn idempotent_requests_are_retried() {
    let flaky = |status: u16| {
        Server::new(move |_, number| match number {
            0 => Reply::Json(status, json!({"title": "Busy"})),
            1 => Reply::Drop,
            _ => Reply::Json(200, healthy()),
        })
    };
    for status in [429, 502, 503, 504] {
        let server = flaky(status);
        World::at(&server).run(SHOW).ok();
        assert_eq!(server.requests().len(), 3, "{status}");
    }
    let server = flaky(500);
    assert_eq!(World::at(&server).run(SHOW).code, 8);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn each_wait_is_reported_and_retries_end() {
    let server = Server::always(503, json!({"title": "Service Unavailable", "traceId": "00-x"}));
    assert_run!(World::at(&server).run(&format!("{SHOW} --retries 1")), @"
    exit 8
    --- stderr
    WBH-1234-5678: 503 Service Unavailable from [host] (token from MPT_API_TOKEN); trying again in [pause] s (1 of 1)
    error: cannot show WBH-1234-5678: 503 Service Unavailable from [host] (token from MPT_API_TOKEN)
      trace id: 00-x
    hint: the platform or a proxy in front of it is failing; try again later
    ");
    assert_eq!(server.requests().len(), 2);
    assert_eq!(World::at(&server).run(&format!("{SHOW} --retries 0")).code, 8);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn retry_after_is_kept_to_unless_it_is_too_long() {
    let server =
        Server::new(|_, _| Reply::Full(429, vec![("retry-after", "3600".to_owned())], vec![]));
    assert_run!(World::at(&server).run(SHOW), @"
    exit 8
    --- stderr
    error: cannot show WBH-1234-5678: 429 Too Many Requests from [host] (token from MPT_API_TOKEN)
    hint: the platform asks to wait 3600 s before the next attempt
    ");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_get_is_redirected_within_the_origin_only() {
    let server = Server::new(|request, _| {
        if request.target.contains("WBH-1234") {
            Reply::Full(302, vec![("location", "/elsewhere".to_owned())], vec![])
        } else {
            Reply::Json(200, healthy())
        }
    });
    World::at(&server).run(SHOW).ok();
    assert!(server.requests().iter().all(|request| request.header("authorization").is_some()));

    let other = Server::always(200, healthy());
    let location = format!("{}/elsewhere", other.url());
    let server =
        Server::new(move |_, _| Reply::Full(302, vec![("location", location.clone())], vec![]));
    assert_run!(World::at(&server).run(SHOW), @"
    exit 8
    --- stderr
    error: cannot show WBH-1234-5678: redirected to http://[host]/elsewhere; redirects are not followed
    hint: the token is not sent to another address; if the address is right, set it as base_url
    ");
    assert_eq!(other.requests().len(), 0);

    let circle =
        Server::new(|_, _| Reply::Full(302, vec![("location", "/again".to_owned())], vec![]));
    assert_eq!(World::at(&circle).run(SHOW).code, 8);
    assert_eq!(circle.requests().len(), 6);
}

#[test]
fn only_a_get_is_redirected() {
    let server =
        Server::new(|_, _| Reply::Full(307, vec![("location", "/again".to_owned())], vec![]));
    let run = World::at(&server).run("webhook enable WBH-1 -q");
    assert_eq!(run.code, 8);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_silent_service_times_out() {
    let server = Server::new(|_, _| Reply::Silence);
    assert_run!(World::at(&server).run(&format!("{SHOW} --timeout 100ms")), @"
    exit 9
    --- stderr
    error: cannot show WBH-1234-5678: timed out after 0.10 s waiting for [host] (token from MPT_API_TOKEN)
    hint: wait longer with --timeout 60s
    ");
    let slow_create = World::at(&server).run(
        "webhook create --type ValidateAnswer --form F --url https://a.example --timeout 100ms --retries 0",
    );
    assert_eq!(slow_create.code, 9);
}

#[test]
fn a_refused_connection_is_a_network_error() {
    let world = World::new().with("MPT_API_TOKEN", TOKEN);
    assert_run!(world.run(&format!("{SHOW} --base-url {} --retries 1", crate::support::world::closed_port())), @"
    exit 9
    --- stderr
    WBH-1234-5678: cannot connect to [host] (token from MPT_API_TOKEN): connection refused; trying again in [pause] s (1 of 1)
    error: cannot show WBH-1234-5678: cannot connect to [host] (token from MPT_API_TOKEN): connection refused
    hint: try mpt --base-url http://[host] config check, which tests host name, connection and TLS
    ");
    let run = world.run(&format!(
        "{SHOW} --base-url https://{} --retries 0",
        crate::support::world::UNRESOLVABLE
    ));
    assert_eq!(run.code, 9, "{}", run.snapshot());
}

#[test]
fn the_token_never_travels_unencrypted() {
    let world = World::new().with("MPT_API_TOKEN", TOKEN);
    assert_run!(world.run(&format!("{SHOW} --base-url http://api.example.invalid")), @"
    exit 3
    --- stderr
    error: the token would be sent unencrypted to http://api.example.invalid
    hint: use an https:// base URL; plain http:// is for loopback only
    ");
}

#[test]
fn loopback_never_goes_through_a_proxy() {
    let (server, proxy) = (Server::always(200, healthy()), Server::always(200, healthy()));
    World::at(&server)
        .with("HTTP_PROXY", &proxy.url())
        .with("HTTPS_PROXY", &proxy.url())
        .run(SHOW)
        .ok();
    assert_eq!((server.requests().len(), proxy.requests().len()), (1, 0));
}

#[test]
fn others_go_through_the_proxy_of_environment_or_profile() {
    let proxy = Server::new(|_, _| Reply::Full(503, vec![], vec![]));
    let world = World::new()
        .with("MPT_API_TOKEN", TOKEN)
        .with("MPT_API_BASE_URL", "https://api.example.invalid");
    let run = world.with("HTTPS_PROXY", &proxy.url()).run(&format!("{SHOW} --retries 0"));
    assert_eq!(run.code, 9, "{}", run.snapshot());
    // Its status is asked for once more.
    assert_eq!(proxy.methods(), "CONNECT CONNECT");
    let text = proxy.requests().iter().map(|r| format!("{r:?}")).collect::<String>();
    assert!(!text.contains("hush"), "the token is not the proxy's to see");

    let world = World::new();
    world.config(&format!(
        "default_profile = \"p\"\n[profiles.p]\nbase_url = \"https://api.example.invalid\"\ntoken = \"{TOKEN}\"\nproxy = \"{}\"\n",
        proxy.url()
    ));
    world.run(&format!("{SHOW} --retries 0"));
    assert_eq!(proxy.methods(), "CONNECT CONNECT CONNECT CONNECT");
    let exempt = world.with("NO_PROXY", "api.example.invalid").run(&format!("{SHOW} --retries 0"));
    assert_eq!(exempt.code, 9);
    assert_eq!(proxy.methods(), "CONNECT CONNECT CONNECT CONNECT");
}

#[test]
fn the_log_is_redacted() {
    let mut document = healthy();
    document["secret"] = "s3cret-s3cret".into();
    document["description"] = format!("leaks {TOKEN}").into();
    let server = Server::always(200, document);
    let world = World::at(&server);
    assert_run!(world.run(&format!("{SHOW} -v")), @"
    exit 0
    --- stdout
    WBH-1234-5678
    --- stderr
    GET http://[host]/public/v1/notifications/webhooks/WBH-1234-5678?select=audit,criteria,statistics,lastCall,lastSuccess,lastFailure,-secret → 200 OK in [ms] ms
    ");
    let run = world.run("webhook show WBH-1 -vvv -o id");
    assert!(run.stderr.contains("authorization: ********"), "{}", run.stderr);
    for hidden in ["hush", "s3cret"] {
        assert!(!run.stderr.contains(hidden), "{}", run.stderr);
    }
}

#[test]
fn an_endless_body_is_not_read_to_its_end() {
    let server = Server::new(|_, _| Reply::Full(200, vec![], vec![b' '; 17 * 1024 * 1024]));
    let run = World::at(&server).run(&format!("{SHOW} --retries 0"));
    assert_eq!(run.code, 8, "{}", run.snapshot());
}

#[test]
fn a_terminal_shows_that_something_is_under_way() {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let server = Server::new(move |_, _| {
        released.lock().unwrap().recv().ok();
        Reply::Json(200, crate::support::documents::failing())
    });
    let world = World::at(&server);
    let terminal = Terminal::run(&world, SHOW);
    terminal.wait_for("waiting for an answer");
    release.send(()).unwrap();
    let screen = terminal.end();
    assert!(screen.starts_with("exit 0\nWBH-1234-5678"), "{screen}");
    // In a pipe, nothing moves.
    release.send(()).unwrap();
    assert_eq!(world.run(SHOW).stderr, "");
}

#[test]
fn retries_name_their_webhook() {
    let server = Server::new(|_, number| match number {
        0 => Reply::Json(503, json!({})),
        _ => Reply::Json(200, crate::support::documents::failing()),
    });
    let run = World::at(&server).run(SHOW);
    assert!(
        run.stderr.starts_with("WBH-1234-5678: 503 Service Unavailable from 127.0.0.1:"),
        "{}",
        run.stderr
    );
    let server = Server::new(|request, number| match number {
        0 => Reply::Full(429, vec![("retry-after", "0".to_owned())], vec![]),
        _ => Reply::Json(201, crate::support::documents::created(&request.json())),
    });
    let create =
        "webhook create --type validate-answer --form FRM-1111-1111 --url https://a.example/";
    let run = World::at(&server).run(create);
    assert!(run.stderr.starts_with("ValidateAnswer for FRM-1111-1111: 429 "), "{}", run.stderr);
}

#[test]
fn a_404_to_what_is_no_id_says_what_ids_look_like() {
    let server = Server::always(404, json!({}));
    for line in ["show wbh-1234-5678", "disable WBH-123", "update 7 --url https://a.example"] {
        let run = World::at(&server).run(&format!("webhook {line} -q"));
        assert!(run.stderr.contains("webhook IDs look like WBH-1234-5678"), "{}", run.stderr);
    }
}
