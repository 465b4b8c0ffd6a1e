//! Secrets and tokens: how they are read, and that they are never printed.

use serde_json::json;

use crate::support::documents::{self, healthy};
use crate::support::world::{TOKEN, assert_private, assert_run};
use crate::support::{Reply, Server, World};

const CREATE: &str = "webhook create --type ValidateAnswer --form F --url https://a.example";

fn created() -> Server {
    Server::new(|request, _| match request.method.as_str() {
        "POST" => Reply::Json(201, documents::created(&request.json())),
        _ => Reply::Json(404, json!({})),
    })
}

#[test]
fn a_secret_comes_from_a_file_the_environment_or_standard_input() {
    let server = created();
    let world = World::at(&server).with("S", "s3cret");
    world.write("secret", "s3cret\n");
    world.write("secret-crlf", "s3cret\r\n");
    world.run(&format!("{CREATE} --secret-file secret")).ok();
    world.run(&format!("{CREATE} --secret-file secret-crlf")).ok();
    world.run(&format!("{CREATE} --secret-env S")).ok();
    world.run_with_stdin(&format!("{CREATE} --secret-file -"), "s3cret\n").ok();
    let posts = || {
        let requests = server.requests().into_iter();
        requests.filter(|request| request.method == "POST")
    };
    assert_eq!(posts().count(), 4);
    for request in posts() {
        assert_eq!(request.json()["secret"], "s3cret");
    }
    world.write("two-lines", "a\n\n");
    assert_eq!(world.run(&format!("{CREATE} --secret-file two-lines")).code, 2);
    assert_eq!(posts().count(), 4);
}

#[test]
fn an_empty_secret_is_refused() {
    let server = created();
    let world = World::at(&server);
    world.write("empty", "\n");
    std::fs::write(world.path("binary"), [0xff, 0xfe]).unwrap();
    world.write("body.json", r#"{"type":"ValidateAnswer","url":"https://a.example","criteria":{"form.id":"F"},"secret":""}"#);
    for line in
        ["--secret-file empty", "--secret-file binary", "--secret-file absent", "--secret-file -"]
    {
        assert_eq!(world.run(&format!("{CREATE} {line}")).code, 2, "{line}");
    }
    assert_eq!(world.run("webhook create --from body.json").code, 2);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn a_generated_secret_is_on_disk_before_it_is_sent() {
    let world = World::new();
    let path = world.path("hook.secret");
    let seen = path.clone();
    let server = Server::new(move |request, _| {
        let on_disk = std::fs::read_to_string(&seen).unwrap();
        assert_eq!(request.json()["secret"], on_disk);
        Reply::Json(201, documents::created(&request.json()))
    });
    let world = world.with("MPT_API_BASE_URL", &server.url()).with("MPT_API_TOKEN", TOKEN);
    world.run(&format!("{CREATE} --generate-secret --secret-out hook.secret")).ok();
    let secret = std::fs::read_to_string(&path).unwrap();
    assert_eq!(secret.len(), 64);
    assert_private(&path);

    let again = world.run(&format!("{CREATE} --generate-secret --secret-out hook.secret"));
    assert_run!(again, @"
    exit 2
    --- stderr
    error: --secret-out hook.secret: the file already exists
    hint: mpt never overwrites a file with a secret; choose a new file name
    ");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), secret);
}

#[test]
fn the_file_goes_when_no_webhook_has_the_secret_and_stays_when_one_may() {
    for (status, kept, code) in [
        (400, false, 7),
        (403, false, 4),
        (408, true, 7),
        (409, true, 6),
        (499, true, 7),
        (500, true, 8),
    ] {
        let server = Server::new(move |request, _| match request.method.as_str() {
            "POST" => Reply::Json(status, json!({"title": "T"})),
            _ => Reply::Json(503, json!({})),
        });
        let world = World::at(&server);
        let run = world.run(&format!("{CREATE} --generate-secret --secret-out s --retries 0"));
        assert_eq!(run.code, code, "{}", run.snapshot());
        assert_eq!(world.path("s").exists(), kept, "{status}: {}", run.snapshot());
        assert_eq!(run.stderr.contains("was kept in s"), kept);
    }
    // Nothing listens, so the request was certainly not sent.
    let world = World::new()
        .with("MPT_API_BASE_URL", &crate::support::world::closed_port())
        .with("MPT_API_TOKEN", TOKEN);
    assert_eq!(
        world.run(&format!("{CREATE} --generate-secret --secret-out s --retries 0")).code,
        9
    );
    assert!(!world.path("s").exists());
}

#[test]
fn the_file_stays_when_the_webhook_that_is_there_may_be_ours() {
    // Created, then the response is lost; the secret cannot be read, and the clock does not help.
    let server = Server::new(|request, _| match request.method.as_str() {
        "POST" => Reply::Drop,
        _ => {
            let there = json!({
                "id": "WBH-1234-5678", "type": "ValidateAnswer", "url": "https://a.example",
                "criteria": {"form.id": "F"}, "secret": "*******"
            });
            Reply::Json(200, crate::support::documents::page(&[there], 0, Some(1)))
        }
    });
    for if_exists in ["error", "keep"] {
        let world = World::at(&server);
        let run = world
            .run(&format!("{CREATE} --generate-secret --secret-out s --if-exists {if_exists}"));
        assert!(world.path("s").exists(), "{}", run.snapshot());
    }
}

#[test]
fn the_file_stays_when_an_update_is_in_doubt() {
    // Updated but answered 503; the retry is refused for another reason.
    for (second, kept, code) in [(429, true, 8), (400, true, 7)] {
        let server = Server::new(move |request, number| match (request.method.as_str(), number) {
            ("GET", _) => Reply::Json(200, healthy()),
            ("PUT", 1) => Reply::Json(503, json!({})),
            _ => Reply::Json(second, json!({})),
        });
        let world = World::at(&server);
        let run =
            world.run("webhook update WBH-1234-5678 --generate-secret --secret-out s --retries 1");
        assert_eq!(run.code, code, "{}", run.snapshot());
        assert_eq!(world.path("s").exists(), kept, "{}", run.snapshot());
    }
    // Updated, but the webhook cannot be read.
    let server = Server::new(|request, number| match (request.method.as_str(), number) {
        ("PUT", _) => Reply::Full(204, vec![], vec![]),
        (_, 0) => Reply::Json(200, healthy()),
        _ => Reply::Json(403, json!({})),
    });
    let world = World::at(&server);
    let run = world.run("webhook update WBH-1234-5678 --generate-secret --secret-out s");
    assert_run!(run, @"
    exit 4
    --- stderr
    The webhook may have the new secret: the generated secret was kept in s
    error: cannot update WBH-1234-5678: the change was made, but the webhook cannot be read back: 403 Forbidden from [host] (token from MPT_API_TOKEN)
    hint: the account of the token idt:TKN-1234-5678:******** from MPT_API_TOKEN is not allowed to do this; see whose it is with mpt config check
    ");
    assert!(world.path("s").exists());
}

#[test]
fn a_kept_webhook_does_not_have_the_new_secret() {
    let world = World::new();
    let create = "-p sandbox webhook create --type ValidateAnswer --form FRM-1111-1111 --url https://a.example";
    world.run(create).ok();
    world.run(&format!("{create} --generate-secret --secret-out s --if-exists keep")).ok();
    assert!(!world.path("s").exists());
    world.run(&format!("{create} --generate-secret --secret-out s --if-exists update")).ok();
    let secret = std::fs::read_to_string(world.path("s")).unwrap();
    let id = world.run("-p sandbox webhook list -o id").ok();
    let shown =
        world.run(&format!("-p sandbox webhook show {} --secret --jq .secret", id.trim())).ok();
    assert_eq!(shown.trim(), secret);
}

#[test]
fn a_secret_that_cannot_be_written_stops_everything() {
    let server = created();
    let world = World::at(&server);
    for path in ["no/such/folder/s", "."] {
        let run = world.run(&format!("{CREATE} --generate-secret --secret-out {path}"));
        assert_eq!(run.code, 2, "{}", run.snapshot());
    }
    #[cfg(target_os = "linux")]
    assert_eq!(world.run(&format!("{CREATE} --generate-secret --secret-out /dev/full")).code, 2);
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn neither_token_nor_secret_ever_shows() {
    let echo = Server::new(|request, _| {
        // A server that echoes the token.
        let text = format!("{:?} {}", request.header("authorization"), request.body);
        Reply::Json(400, json!({"title": "Bad", "secret": "s3cret-s3cret", "sent": text}))
    });
    let world = World::at(&echo).with("S", "s3cret-s3cret");
    for line in [
        format!("{CREATE} --secret-env S -vvv"),
        format!("{CREATE} --secret-env S -vvv -o json"),
        format!("{CREATE} --secret-env S --dry-run"),
        format!("{CREATE} --secret-env S --dry-run -o yaml"),
        "config show".to_owned(),
        "config show -o json".to_owned(),
        "config check -vvv".to_owned(),
    ] {
        let run = world.run(&line);
        for hidden in ["hush-hush", "s3cret-s3cret"] {
            assert!(
                !run.stdout.contains(hidden) && !run.stderr.contains(hidden),
                "{line}\n{}",
                run.snapshot()
            );
        }
    }
}

#[test]
fn a_secret_is_hidden_however_it_is_written() {
    let world = World::new();
    world.write("number.json", r#"{"type":"T","url":"https://a.example","secret":73019284}"#);
    let run = world.run("webhook create --from number.json");
    assert_eq!((run.code, run.stderr.contains("73019284")), (2, false), "{}", run.stderr);

    let elsewhere = Server::new(|request, _| {
        let token = request.header("authorization").unwrap_or_default().replace("Bearer ", "");
        Reply::Full(302, vec![("location", format!("https://login.example/?t={token}"))], vec![])
    });
    let run = World::at(&elsewhere).run("webhook list");
    assert!(!run.stderr.contains("hush"), "{}", run.stderr);

    let mut called = healthy();
    called["lastCall"]["headers"] = "Host: a\r\nAuthorization: Bearer eyJ0.eyJ1.c2ln".into();
    let run = World::at(&Server::always(200, called)).run("webhook show WBH-1234-5678 -vv -o id");
    assert!(!run.stderr.contains("eyJ1"), "{}", run.stderr);

    let world =
        World::new().with("HTTPS_PROXY", "user:hunter2@proxy:3128").with("MPT_API_TOKEN", TOKEN);
    let run = world.run("config show");
    assert!(!run.stdout.contains("hunter2"), "{}", run.stdout);
    let run = world.run("config show --base-url https://u:hunter2@h");
    assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
}

#[test]
fn there_is_no_flag_for_a_secret() {
    for flag in ["--secret", "--token"] {
        let run = World::new().run(&format!("{CREATE} {flag} x"));
        assert_eq!(run.code, 2, "{flag}");
    }
}

const LONG: &str = "idt:TKN-1234-5678:0123456789abcdefghijklmnopqrstuvwxyz";

/// Asserts that no long part of a secret is printed.
#[track_caller]
fn assert_hidden(run: &crate::support::world::Run, secret: &str) {
    let printed = run.snapshot();
    for start in 0..secret.len() - 8 {
        let part = &secret[start..start + 8];
        assert!(!printed.contains(part), "`{part}`: {printed}");
    }
}

#[test]
fn a_text_is_masked_before_it_is_cut() {
    let secret_part = LONG.rsplit(':').next().unwrap();
    // Wherever the cut falls, no part of the token or of the secret remains.
    for before in (100..200).step_by(7) {
        for (status, echoed) in [
            (400, LONG),
            (500, LONG),
            (502, LONG),
            (201, "sec-ret-sec-ret-sec-ret"),
            (400, "sec-ret-sec-ret-sec-ret"),
        ] {
            let body = format!("{}{echoed} and more text", "x".repeat(before));
            let server = Server::new(move |request, _| match request.method.as_str() {
                "POST" => Reply::text(status, "text/plain", &body),
                _ => Reply::text(404, "text/plain", &body),
            });
            let world = World::new()
                .with("MPT_API_BASE_URL", &server.url())
                .with("MPT_API_TOKEN", LONG)
                .with("S", "sec-ret-sec-ret-sec-ret");
            let run = world.run("webhook create --type select-order-lines --product PRD-1 --url https://a.example --secret-env S --retries 0");
            let code = if status == 400 { 7 } else { 8 };
            assert_eq!(run.code, code, "{status}: {}", run.snapshot());
            assert_hidden(&run, secret_part);
            assert_hidden(&run, "sec-ret-sec-ret-sec-ret");
        }
    }
}

#[test]
fn redirects_and_names_of_members_hide_the_token_too() {
    let around = Server::new(|_, _| {
        Reply::Full(302, vec![("location", format!("/public/v1/x?t={LONG}"))], vec![])
    });
    let at = |server: &Server| {
        World::new().with("MPT_API_BASE_URL", &server.url()).with("MPT_API_TOKEN", LONG)
    };
    let run = at(&around).run("webhook show WBH-1 -vv");
    assert_eq!(run.code, 8);
    assert!(run.stderr.contains("too many redirects"), "{}", run.stderr);
    assert_hidden(&run, "0123456789abcdefghijklmnopqrstuvwxyz");
    let names = Server::always(
        200,
        json!({"id": "WBH-1", LONG: {LONG: 1}, "refreshToken": ["Qrst-Uvwx-Yz"]}),
    );
    for line in [
        "webhook show WBH-1 -o json", "webhook show WBH-1 -o yaml -vv", "api GET /x",
        "api GET /x --jq keys",
    ] {
        let run = at(&names).run(line);
        assert_eq!(run.code, 0, "{}", run.snapshot());
        assert_hidden(&run, "0123456789abcdefghijklmnopqrstuvwxyz");
        if line.starts_with("api") {
            assert_hidden(&run, "Qrst-Uvwx-Yz");
        }
    }
}

#[test]
fn a_token_that_an_endpoint_echoes_is_shown_nowhere() {
    let endpoint = Server::new(|request, _| {
        let token = request.header("authorization").unwrap_or_default().to_owned();
        let mut order: serde_json::Value = serde_json::from_str(&request.body).unwrap_or_default();
        order["notes"] = token.clone().into();
        order[token.as_str()] = 1.into();
        Reply::Full(200, vec![("x-echo", token.clone())], order.to_string().into_bytes())
    });
    let world = World::new().with("S", "0123456789abcdef-secret");
    world.write("c.toml", "[[cases]]\nname = \"a\"\ntype = \"ValidateAnswer\"\nchanges = {}\n");
    let to = format!("--to {} --secret-env S", endpoint.url());
    for line in [
        format!("endpoint test c.toml {to} --report r.xml"),
        format!("endpoint test c.toml {to} -o json"),
        format!("endpoint test c.toml {to} -o yaml"),
        format!("endpoint call --type validate-answer {to} -o json"),
        format!("endpoint call --type validate-answer {to}"),
    ] {
        let run = world.run(&line);
        let report = std::fs::read_to_string(world.path("r.xml")).unwrap_or_default();
        let printed = format!("{}{report}", run.snapshot());
        assert!(!printed.contains("eyJ"), "{line}: {printed}");
    }
}
