//! `webhook rotate-secret`

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::json;

use crate::support::world::{assert_private, assert_run};
use crate::support::{Reply, Server, World};

const NEW: &str = "new-new-new-new";

/// An endpoint that accepts calls signed with one of these secrets.
fn endpoint(secrets: &'static [&'static str]) -> Server {
    Server::new(move |request, _| {
        let token = request.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let fits = secrets.iter().any(|secret| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
        });
        if fits { Reply::Json(200, json!({})) } else { Reply::Json(401, json!({})) }
    })
}

/// A platform with one webhook that responds to PUT with this status.
fn platform(endpoint: &Server, status: u16) -> Server {
    let document = json!({
        "id": "WBH-1234-5678", "type": "ValidateAnswer", "url": endpoint.url(),
        "criteria": {"form.id": "FRM-7777-7777"}, "object": {"id": "FRM-7777-7777"}
    });
    Server::new(move |request, _| match request.method.as_str() {
        "PUT" if status != 200 => Reply::Json(status, json!({})),
        _ => Reply::Json(200, document.clone()),
    })
}

#[test]
fn a_new_secret_is_on_disk_and_then_on_the_platform() {
    let endpoint = endpoint(&[]);
    let platform = platform(&endpoint, 200);
    let world = World::at(&platform);
    assert_run!(world.run("webhook rotate-secret WBH-1234-5678 --secret-out s -o id"), @"
    exit 0
    --- stdout
    WBH-1234-5678
    --- stderr
    Rotated the secret of WBH-1234-5678 (ValidateAnswer for FRM-7777-7777)
    Wrote the secret to s
    ");
    let secret = std::fs::read_to_string(world.path("s")).unwrap();
    assert_eq!(platform.methods(), "GET PUT");
    assert_eq!(platform.requests()[1].json(), json!({"secret": secret}));
    assert_private(&world.path("s"));
    assert_eq!(world.run("webhook rotate-secret WBH-1234-5678 --secret-out s").code, 2);
    assert_eq!(world.run("webhook rotate-secret WBH-1234-5678").code, 2);
    assert_eq!(endpoint.requests().len(), 0);
}

#[test]
fn a_refused_probe_changes_nothing() {
    let line = "webhook rotate-secret WBH-1234-5678 --secret-env NEW --probe -o id";
    let old = endpoint(&["old"]);
    let before = platform(&old, 200);
    assert_run!(World::at(&before).with("NEW", NEW).run(line), @"
    exit 10
    --- stderr
    error: the endpoint does not accept the new secret: the endpoint answered 401; nothing was changed
    hint: let the endpoint accept both secrets, then try again
    ");
    assert_eq!(before.methods(), "GET");
    assert_eq!(old.requests()[0].json()["form"]["id"], "FRM-7777-7777");

    let both = endpoint(&["old", NEW]);
    let after = platform(&both, 200);
    assert_run!(World::at(&after).with("NEW", NEW).run(line), @"
    exit 0
    --- stdout
    WBH-1234-5678
    --- stderr
    The endpoint accepts the new secret
    Rotated the secret of WBH-1234-5678 (ValidateAnswer for FRM-7777-7777)
    ");
    assert_eq!(after.methods(), "GET PUT");
}

#[test]
fn a_failed_update_says_how_to_go_back() {
    let endpoint = endpoint(&[]);
    let line = "webhook rotate-secret WBH-1234-5678 --secret-out s --retries 0";
    let server = platform(&endpoint, 503);
    let world = World::at(&server);
    assert_run!(world.run(line), @"
    exit 8
    --- stderr
    The webhook may have the new secret: the generated secret was kept in s
    error: cannot rotate the secret of WBH-1234-5678: 503 Service Unavailable from [host] (token from MPT_API_TOKEN)
    hint: either secret may be the current one ([host], token from MPT_API_TOKEN); let the endpoint accept both, then run mpt webhook rotate-secret WBH-1234-5678 --secret-file s to continue, or mpt webhook rotate-secret WBH-1234-5678 --secret-file OLD to go back
    ");
    assert!(world.path("s").exists());
    let server = platform(&endpoint, 403);
    let world = World::at(&server);
    assert_run!(world.run(line), @"
    exit 4
    --- stderr
    The generated secret was not used; its file was removed
    error: cannot rotate the secret of WBH-1234-5678: 403 Forbidden from [host] (token from MPT_API_TOKEN)
    hint: the old secret is still the current one
    ");
    assert!(!world.path("s").exists());
}

#[test]
fn a_probe_of_another_machine_needs_to_be_allowed() {
    let world = World::new();
    let create = "-p sandbox webhook create --type validate-answer --form FRM-1111-1111 -q -o id --url https://hooks.invalid/";
    let id = world.run(create).ok().trim().to_owned();
    world.write("new.secret", "0123456789abcdef");
    let line = format!("-p sandbox webhook rotate-secret {id} --secret-file new.secret --probe");
    let run = world.run(&line);
    assert_eq!(run.code, 2, "{}", run.snapshot());
    assert!(run.stderr.contains("use --remote"), "{}", run.stderr);
    let run = world.run(&format!("{line} --remote"));
    assert_eq!(run.code, 10, "{}", run.snapshot());
    assert!(run.stderr.contains("nothing was changed"), "{}", run.stderr);
}

#[test]
fn a_secret_is_not_written_to_standard_output() {
    let world = World::new();
    let run = world.run("-p sandbox webhook rotate-secret WBH-0000-0001 --secret-out -");
    assert_eq!(run.code, 2, "{}", run.snapshot());
    assert!(!world.path("-").exists());
}
