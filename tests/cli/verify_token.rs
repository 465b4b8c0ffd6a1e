//! `endpoint verify-token`: which check fails, and no output that helps to forge a token.

use jiff::{SignedDuration, Timestamp};
use mpt::callout::jwt::Claims;
use mpt::model::Secret;
use serde_json::json;

use crate::support::world::{NOW, assert_run};
use crate::support::{Server, World};

const SECRET: &str = "s3cret-s3cret";

fn token(host: &str, seconds: i64) -> String {
    let at = NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds);
    Claims::new(host, "WBH-1234-5678", at).sign(&Secret::new(SECRET)).expose().to_owned()
}

fn world() -> World {
    World::new().with("S", SECRET).with("OTHER", "other-other")
}

const VERIFY: &str = "endpoint verify-token - --secret-env S --host hooks.example.com -o json";

#[test]
fn a_good_token_passes_every_check() {
    let run = world().run_with_stdin(VERIFY, &token("hooks.example.com", 0));
    let checks = run.json();
    let names: Vec<_> =
        checks.as_array().unwrap().iter().map(|check| check["check"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "form", "algorithm", "signature", "issuer", "audience", "not before", "expiry",
            "webhook id"
        ]
    );
    assert!(checks.as_array().unwrap().iter().all(|check| check["result"] != "failed"), "{checks}");
}

#[test]
fn the_failing_check_is_named_and_exit_is_10() {
    let good = token("hooks.example.com", 0);
    let (signed, _) = good.rsplit_once('.').unwrap();
    let rest = good.split_once('.').unwrap().1;
    let cases = [
        (token("hooks.example.com", -400), VERIFY.to_owned(), "expiry"),
        (token("hooks.example.com", 400), VERIFY.to_owned(), "not before"),
        (token("elsewhere.example", 0), VERIFY.to_owned(), "audience"),
        (good.clone(), VERIFY.replace("env S", "env OTHER"), "signature"),
        (signed.to_owned(), VERIFY.to_owned(), "form"),
        (good[..good.len() - 20].to_owned(), VERIFY.to_owned(), "signature"),
        // {"alg":"none"}
        (format!("eyJhbGciOiJub25lIn0.{rest}"), VERIFY.to_owned(), "algorithm"),
        (good.clone(), format!("{VERIFY} --webhook WBH-9"), "webhook id"),
    ];
    for (token, line, failing) in cases {
        let run = world().run_with_stdin(&line, &token);
        assert_eq!(run.code, 10, "{}", run.snapshot());
        assert_eq!(run.error()["message"], format!("the token is refused: {failing}"));
        for hidden in [SECRET, "other-other", &token] {
            assert!(
                !run.stdout.contains(hidden) && !run.stderr.contains(hidden),
                "{}",
                run.snapshot()
            );
        }
    }
}

#[test]
fn a_captured_request_will_do() {
    let world = world();
    let token = token("h", 0);
    world.write(
        "r.txt",
        &format!("POST /x HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\n\r\n{{}}"),
    );
    world.write(
        "r.json",
        &json!({"headers": {"authorization": format!("Bearer {token}")}}).to_string(),
    );
    for file in ["r.txt", "r.json"] {
        world.run(&format!("endpoint verify-token {file} --secret-env S --host h")).ok();
    }
    world.write("none.txt", "POST /x HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_run!(world.run("endpoint verify-token none.txt --secret-env S"), @"
    exit 2
    --- stderr
    error: none.txt: no token found
    hint: expected a token, or a request with the header `Authorization: Bearer …`
    ");
    assert_run!(world.run("endpoint verify-token r.txt"), @"
    exit 2
    --- stderr
    error: a secret is needed to verify a token
    hint: use --secret-env VAR, --secret-file FILE or --webhook ID
    ");
}

#[test]
fn the_secret_comes_from_the_platform_where_it_is_readable() {
    let document = json!({"id": "WBH-1234-5678", "secret": SECRET});
    let world = World::at(&Server::always(200, document));
    world.write("t", &token("h", 0));
    world.run("endpoint verify-token t --webhook WBH-1234-5678").ok();
    let masked = World::at(&Server::always(200, json!({"id": "WBH-1", "secret": "***"})));
    masked.write("t", &token("h", 0));
    assert_eq!(masked.run("endpoint verify-token t --webhook WBH-1").code, 2);
}
