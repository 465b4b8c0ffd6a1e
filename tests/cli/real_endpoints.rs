//! Endpoints are called as they are built: one connection at a time, with certificates of their own, in containers.

use serde_json::{Value, json};

use crate::support::endpoints::{claims, compressing, one_at_a_time, partial, reading_claims};
use crate::support::listening::{Listening, parts};
use crate::support::server::{Reply, Server};
use crate::support::world::{assert_run, closed_port};
use crate::support::{World, sandbox::Served};

const TYPES: [&str; 6] = [
    "ValidatePurchaseOrderDraft", "ValidateChangeOrderDraft", "ValidateConfigurationOrderDraft",
    "ValidateTerminateOrder", "ValidateAnswer", "ValidateEnrollmentDraft",
];

fn cases(count: usize) -> String {
    let case = |number: usize| {
        format!("[[cases]]\nname = \"case {number}\"\ntype = \"{}\"\n", TYPES[number % 6])
    };
    (0..count).map(case).collect()
}

/// Every type as a call, as tests and behind `listen`.
fn assert_answers(url: &str, options: &str) {
    let world = World::new().with_passing_time().with("S", "s3cret-s3cret");
    world.write("cases.toml", &cases(6));
    for name in TYPES {
        let line = format!("endpoint call --type {name} --to {url} --expect success {options}");
        world.run(&line).ok();
    }
    world.run(&format!("endpoint test cases.toml --jobs 8 --to {url} {options}")).ok();
    let behind = Listening::new(&world, &format!("--forward-to {url}"));
    world.run(&format!("endpoint test cases.toml --jobs 8 --to {} {options}", behind.url)).ok();
}

#[test]
fn an_endpoint_may_serve_one_connection_at_a_time() {
    let url = one_at_a_time();
    assert_answers(&url, "");
    let world = World::new().with_passing_time();
    world.write("cases.toml", &cases(200));
    let run = world.run(&format!("endpoint test cases.toml --jobs 8 --to {url}"));
    assert!(run.stderr.contains("200 passed"), "{}", run.snapshot());
}

#[test]
fn an_endpoint_may_compress_and_answer_in_part() {
    assert_answers(&compressing().url(), "");
    let server = partial();
    assert_answers(&server.url(), "");
    let line = format!("endpoint call --type select-order-lines --to {} -o json", server.url());
    let changes = World::new().run(&line).json()["changes"].clone();
    let paths: Vec<_> = changes.as_array().unwrap().iter().map(|one| &one["path"]).collect();
    assert_eq!(paths, ["lines[ALI-8000-0008-0001-0001].price.unitPP", "lines[1]"]);
}

#[test]
fn an_endpoint_may_read_claims() {
    let server = reading_claims();
    let own = "--secret-env S --claim https://claims.softwareone.com/accountId=ACC-1";
    assert_answers(&server.url(), own);
    let world = World::new().with("S", "s3cret-s3cret");
    world.write("claims.json", r#"{"iss": "me", "count": 2, "exp": 9}"#);
    let line =
        "endpoint call --type validate-answer --secret-env S --claims claims.json --claim a=b --to";
    world.run(&format!("{line} {}", server.url()));
    let sent = claims(server.requests().last().unwrap()).unwrap();
    let found = ["iss", "count", "exp", "a", "aud"].map(|name| sent[name].clone());
    assert_eq!(found, [json!("me"), json!(2), json!(9), json!("b"), json!("127.0.0.1")]);
    world.write("cases.toml", &format!("claims = {{ b = 1 }}\n{}", cases(1)));
    let test = format!("endpoint test cases.toml --to {}", server.url());
    assert_run!(world.run(&test), @"
    exit 2
    --- stderr
    error: cases.toml: claims need a secret, which signs the token
    hint: use --secret-env VAR or --secret-file FILE
    ");
    world.run(&format!("{test} --secret-env S --claim a=c"));
    let sent = claims(server.requests().last().unwrap()).unwrap();
    assert_eq!([&sent["a"], &sent["b"]], [&json!("c"), &json!(1)]);
}

#[test]
fn why_an_answer_is_no_success_is_said() {
    let with = |status, name, value: &str, body: &str| {
        let (value, body) = (value.to_owned(), body.as_bytes().to_vec());
        let server =
            Server::new(move |_, _| Reply::Full(status, vec![(name, value.clone())], body.clone()));
        let line = format!("endpoint call --type validate-answer -o json --to {}", server.url());
        World::new().with_passing_time().run(&line)
    };
    for (run, expected) in [
        (with(200, "x", "y", ""), "the answer is empty"),
        (with(302, "location", "/login", ""), "the endpoint answered 302, a redirect to /login"),
        (
            with(200, "content-encoding", "br", "{}"),
            "the answer is compressed (br); the platform may not read it",
        ),
    ] {
        assert_eq!(run.code, 10);
        let printed: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(printed["call"]["error"], expected);
    }
    let marked = with(200, "content-type", "application/json", "\u{feff}{\"id\": \"ANS-1\"}");
    assert_eq!(marked.code, 0);
    assert!(marked.stderr.contains("byte order mark"), "{}", marked.snapshot());
}

#[test]
fn no_answer_of_http_1_is_named() {
    let server = Server::new(|_, _| Reply::Raw(b"\0\0\x12\x04\0\0\0\0\0".to_vec()));
    let run =
        World::new().run(&format!("endpoint call --type validate-answer --to {}", server.url()));
    assert!(run.stdout.contains("not HTTP/1.1"), "{}", run.snapshot());
    let https = server.url().replace("http:", "https:");
    let run = World::new().run(&format!("endpoint call --type validate-answer --to {https}"));
    assert!(run.stdout.contains("plain http"), "{}", run.snapshot());
}

#[test]
fn names_below_localhost_are_this_machine() {
    let server = Server::new(|request, _| Reply::Json(200, request.json()));
    let url = server.url().replace("127.0.0.1", "hooks.localhost");
    World::new().run(&format!("endpoint call --type validate-answer --to {url}")).ok();
    let run = World::new().run("endpoint call --type validate-answer --to http://10.1.2.3:1/");
    assert_run!(run, @"
    exit 2
    --- stderr
    error: http://10.1.2.3:1/ is not on this machine
    hint: use --remote to call other machines
    ");
    let run =
        World::new().run("endpoint call --type validate-answer --remote --to http://192.0.2.1/");
    assert_run!(run, @"
    exit 2
    --- stderr
    error: http://192.0.2.1/: http:// is only allowed for this machine and private networks; use https://
    ");
    let insecure =
        "endpoint call --type validate-answer --remote --insecure --to https://192.0.2.1/";
    assert_run!(World::new().run(insecure), @"
    exit 2
    --- stderr
    error: https://192.0.2.1/: --insecure is only allowed for this machine and private networks
    hint: trust its certificate with --ca-file FILE
    ");
}

#[test]
fn the_listener_is_on_both_addresses_of_this_machine() {
    let world = World::new();
    let listening = Listening::new(&world, "");
    for host in ["127.0.0.1", "[::1]", "localhost"] {
        if host != "127.0.0.1" && std::net::TcpListener::bind("[::1]:0").is_err() {
            crate::support::world::report_skipped("this machine has no IPv6");
            continue;
        }
        let url = listening.url.replace("127.0.0.1", host);
        World::new().run(&format!("endpoint call --type validate-answer --to {url}")).ok();
    }
    assert_run!(world.run("endpoint listen --port 0 --bind 0.0.0.0"), @"
    exit 2
    --- stderr
    error: --bind: other machines can reach this address, so callouts need a secret
    hint: add --secret-file FILE
    ");
}

#[test]
fn what_is_forwarded_says_who_was_called() {
    let server = Server::new(|request, _| Reply::Json(200, request.json()));
    let world = World::new();
    let options =
        format!("--forward-to {}/hook?key=1 --header Host:own --header X-Own:1", server.url());
    let listening = Listening::new(&world, &options);
    let answer = listening.post(None, b"{\"id\": \"ORD-1\"}");
    assert_eq!(parts(&answer).0, 200);
    let request = server.requests().pop().unwrap();
    assert_eq!(request.target, "/hook?key=1");
    let names = ["x-forwarded-host", "x-forwarded-proto", "host", "x-own", "accept-encoding"];
    let found = names.map(|name| request.header(name));
    assert_eq!(found, [Some("x"), Some("http"), Some("own"), Some("1"), None]);
}

#[test]
fn calls_of_endpoints_are_logged_without_their_tokens() {
    let server = Server::new(|request, _| Reply::Json(200, request.json()));
    let world = World::new().with("S", "s3cret-s3cret");
    let line =
        format!("endpoint call --type validate-answer --secret-env S -vv --to {}", server.url());
    let run = world.run(&line);
    assert!(run.stderr.contains("> authorization: ********"), "{}", run.snapshot());
    let token = server.requests()[0].header("authorization").unwrap().to_owned();
    assert!(!run.stderr.contains(token.trim_start_matches("Bearer ")));
}

#[cfg(unix)]
#[test]
fn what_an_endpoint_echoes_is_neither_logged_nor_kept() {
    let secret = "s3cret-s3cret";
    let echo = Server::new(move |request, _| {
        let token = request.header("authorization").unwrap_or_default().to_owned();
        let key = request.header("x-key").unwrap_or_default().to_owned();
        let location = format!("/login?{token}&{key}&{secret}");
        Reply::Full(302, vec![("location", location.clone())], location.into_bytes())
    });
    let world = World::new().with("S", secret).with_passing_time();
    let url = format!("{}/hook?code=the-key-of-the-url", echo.url());
    let call = "endpoint call --type validate-answer --secret-env S -vv";
    let run = world.run(&format!("{call} --to {url}"));
    let listening = Listening::new(
        &world,
        &format!("--secret-env S -vv --header X-Key:the-key-of-the-header --forward-to {url}"),
    );
    world.run(&format!("{call} --to {}", listening.url));
    let printed = listening.end("INT").snapshot();
    let kept = world.run("endpoint replay -o json").ok();
    let all = [run.snapshot(), printed, kept];
    let tokens = echo.requests();
    let tokens = tokens.iter().filter_map(|request| request.header("authorization"));
    let tokens = tokens.map(|token| token.trim_start_matches("Bearer ").to_owned());
    let hidden = tokens.chain([secret, "the-key-of-the"].map(str::to_owned));
    let hidden: Vec<_> = hidden.collect();
    assert_eq!(hidden.len(), 4);
    for text in all {
        assert!(text.contains("a redirect to /login?"), "{text}");
        for hidden in &hidden {
            assert!(!text.contains(hidden.as_str()), "{hidden}: {text}");
        }
    }
}

#[test]
fn options_that_would_have_no_effect_are_refused() {
    let server = Server::new(|request, _| Reply::Json(200, request.json()));
    let world = World::new();
    world.write("no.pem", "no certificate");
    let call = format!("endpoint call --type validate-answer --to {}", server.url());
    assert_run!(world.run(&format!("{call} --ca-file no.pem")), @"
    exit 2
    --- stderr
    error: cannot use --ca-file no.pem: it contains no certificate in PEM format
    ");
    assert_run!(world.run("endpoint listen --port 0 --refuse no --header A:b"), @"
    exit 2
    --- stderr
    error: --header is for callouts that are forwarded
    hint: add --forward-to URL or --routes FILE
    ");
    assert_run!(world.run("endpoint listen --port 0 --insecure"), @"
    exit 2
    --- stderr
    error: --insecure needs --forward-to or --routes, which calls the endpoint
    ");
    let line = "endpoint listen --port 0 --forward-to http://127.0.0.1:1 --header";
    assert_run!(world.run(&format!("{line} s3cret")), @"
    exit 2
    --- stderr
    error: --header: not a header; write it as NAME:VALUE
    ");
    assert_run!(world.run("endpoint replay --last --claim a=b"), @"
    exit 2
    --- stderr
    error: --claim and --claims need --to, which calls the endpoint
    ");
    assert_run!(world.run(&format!("{call} --edit")), @"
    exit 2
    --- stderr
    error: --edit: there is no terminal; set VISUAL or EDITOR to a program that changes the file; nothing was sent
    ");
    assert_eq!(server.requests().len(), 0);
    let run = world.run(&format!("{call} --set no.such=1 -q"));
    assert_eq!(run.code, 0);
    assert_eq!(
        run.stderr.lines().next(),
        Some("warning: --set no.such: the object had no such member; it was added")
    );
}

#[test]
fn an_endpoint_that_looks_its_webhook_up_is_told_to_have_one() {
    let server = Server::new(|request, _| match claims(request) {
        Some(claims) if claims["webhook_id"] == "WBH-1111-1111" => match request.body.as_str() {
            "{\"id\": " => Reply::Json(400, json!({})),
            _ => Reply::Json(200, request.json()),
        },
        None => Reply::Json(401, json!({})),
        _ => Reply::Json(500, json!({})),
    });
    let world = World::new().with("S", "s3cret-s3cret");
    let line = "endpoint test --conformance --type validate-answer --secret-env S --to";
    let run = world.run(&format!("{line} {}", server.url()));
    assert_eq!(run.code, 10);
    assert!(run.stderr.contains("name one with --webhook ID"), "{}", run.snapshot());
    let line = format!("{line} {} --webhook WBH-1111-1111 -o json", server.url());
    let results: Value = serde_json::from_str(&world.run(&line).stdout).unwrap();
    let other = results.as_array().unwrap().iter().find(|one| {
        one["name"].as_str().unwrap().ends_with("a token for another webhook is refused")
    });
    let other = other.unwrap();
    assert_eq!(
        [&other["result"], &other["reason"]],
        ["warning", "access is denied, but as an error of the endpoint"]
    );
}

#[test]
fn a_container_can_be_fired_at() {
    let data = World::new();
    let served = Served::new(&data, "");
    let world = served.world();
    let create = "webhook create --type validate-answer --form FRM-1111-1111 -o id --url";
    world.run(&format!("{create} http://10.255.255.1:9/")).ok();
    assert_eq!(world.run(&format!("{create} http://hooks.example.com/")).code, 2);
}

#[test]
fn an_object_can_be_edited_before_it_is_sent() {
    let server = Server::new(|request, _| Reply::Json(200, request.json()));
    let edited = |script: &str| {
        let world = World::new().with("EDITOR", "sh edit.sh");
        world.write("edit.sh", script);
        world.run(&format!("endpoint call --type validate-answer --edit --to {}", server.url()))
    };
    if cfg!(unix) {
        edited("printf '{\"id\": \"ANS-9\"}' > \"$1\"").ok();
        assert_eq!(server.requests()[0].body, "{\"id\": \"ANS-9\"}");
        for script in ["printf '{' > \"$1\"", "exit 3"] {
            let run = edited(script);
            assert_eq!(run.code, 2);
            assert!(run.stderr.contains("nothing was sent"), "{}", run.snapshot());
        }
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn what_powershell_writes_is_read() {
    let utf_16 = |text: &str| {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [0xff, 0xfe].into_iter().chain(units).collect::<Vec<u8>>()
    };
    let world = World::new().with("S", "s3cret-s3cret");
    std::fs::write(world.path("answer.json"), utf_16("{\"id\": \"ANS-é\"}")).unwrap();
    let server = Server::new(|request, _| Reply::Json(200, request.json()));
    let line =
        format!("endpoint call --type validate-answer --payload answer.json --to {}", server.url());
    world.run(&line).ok();
    assert_eq!(server.requests()[0].json()["id"], "ANS-é");
    std::fs::write(world.path("secret"), b"\xef\xbb\xbfs3cret-s3cret").unwrap();
    let line =
        format!("endpoint call --type validate-answer --secret-file secret --to {}", closed_port());
    assert_run!(world.run(&line), @"
    exit 2
    --- stderr
    error: --secret-file secret: it begins with a byte order mark (BOM), which would be part of the secret; save it as UTF-8 without one
    ");
    // Of the configuration, both are kept.
    let config = world.config("");
    std::fs::write(&config, "\u{feff}[profiles.p]\r\nname = \"a\"\r\n").unwrap();
    world.run("config set -p p name b").ok();
    let kept = std::fs::read_to_string(&config).unwrap();
    assert_eq!(kept, "\u{feff}[profiles.p]\r\nname = \"b\"\r\n");
}

#[test]
fn a_password_in_a_url_is_not_shown_and_gives_way_to_the_token() {
    let server = Server::new(|request, _| Reply::Json(200, request.json()));
    let url = server.url().replace("http://", "http://user:word@");
    let world = World::new().with("S", "s3cret-s3cret");
    for options in ["", "--secret-env S"] {
        let line = format!("endpoint call --type validate-answer -vv {options} --to {url}");
        let run = world.run(&line);
        assert!(!run.snapshot().contains("word"), "{}", run.snapshot());
    }
    let sent = |number: usize| {
        let request = server.requests().swap_remove(number);
        let is_authorization = |(name, _): &&(String, String)| name == "authorization";
        let all: Vec<_> = request.headers.iter().filter(is_authorization).cloned().collect();
        all.iter().map(|(_, value)| value.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!([sent(0), sent(1)], [["Basic"], ["Bearer"]]);
    let run = world.run("endpoint call --type validate-answer --to http://user:word@10.1.1.1/");
    assert!(!run.stderr.contains("word"), "{}", run.snapshot());
}

#[test]
fn a_refusing_proxy_of_an_endpoint_is_named_with_its_status() {
    let proxy = Server::new(|_, _| Reply::Raw(b"HTTP/1.1 403 Forbidden\r\n\r\n".to_vec()));
    let line = "endpoint call --type validate-answer -o json --remote --to https://192.0.2.1/";
    let run = World::new().with("HTTPS_PROXY", &proxy.url()).run(line);
    let printed: Value = serde_json::from_str(&run.stdout).unwrap();
    let expected = format!(
        "the proxy {} (HTTPS_PROXY) refuses the connection to 192.0.2.1:443: 403 Forbidden",
        proxy.url()
    );
    assert_eq!(printed["call"]["error"], expected);
    // This machine needs no proxy, not even one that can be used.
    let server = Server::new(|request, _| Reply::Json(200, request.json()));
    let line = format!("endpoint call --type validate-answer --remote --to {}", server.url());
    World::new().with("ALL_PROXY", "socks5://x").run(&line).ok();
}

#[test]
fn headers_that_frame_a_request_cannot_be_set() {
    for header in
        ["Content-Length:5", "transfer-encoding:chunked", "mpt-listener:x", "Host:a/b", "x"]
    {
        let line =
            format!("endpoint listen --port 0 --forward-to http://127.0.0.1:9 --header {header}");
        assert_eq!(World::new().run(&line).code, 2, "{header}");
    }
}
