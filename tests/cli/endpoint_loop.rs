//! The whole development loop: the sandbox calls, `listen` forwards, the
//! endpoint breaks and is repaired, `replay` sends again, the secret is rotated, `watch` shows the calls.

use std::sync::{Arc, Mutex};

use mpt::callout::verify::{Expected, find_token, verify};
use mpt::model::{Check, Secret};
use serde_json::json;

use crate::support::listening::Listening;
use crate::support::sandbox::Served;
use crate::support::{Reply, Server, World};

/// An endpoint that accepts some secrets and can be broken.
struct Endpoint {
    server: Server,
    secrets: Arc<Mutex<Vec<String>>>,
    broken: Arc<Mutex<bool>>,
}

fn endpoint(secret: &str) -> Endpoint {
    let secrets = Arc::new(Mutex::new(vec![secret.to_owned()]));
    let broken = Arc::new(Mutex::new(false));
    let (known, is_broken) = (Arc::clone(&secrets), Arc::clone(&broken));
    let server = Server::new(move |request, _| {
        let token = request.header("authorization").and_then(find_token);
        let is_signed = token.is_some_and(|token| {
            known.lock().unwrap().iter().any(|secret| {
                let expected = Expected {
                    secret: Some(&Secret::new(secret.as_str())),
                    host: Some("127.0.0.1"),
                    webhook_id: None,
                    now: jiff::Timestamp::now(),
                    leeway: mpt::callout::verify::LEEWAY,
                };
                let checks = verify(&token, &expected);
                !checks.iter().any(Check::has_failed)
            })
        });
        match (is_signed, *is_broken.lock().unwrap()) {
            (false, _) => Reply::Json(401, json!({})),
            (true, true) => Reply::Drop,
            (true, false) => Reply::text(200, "application/json", &request.body),
        }
    });
    Endpoint { server, secrets, broken }
}

#[test]
fn an_endpoint_is_developed() {
    let data = World::new().with_passing_time();
    let served = Served::new(&data, "");
    let world = served.world().with_passing_time();
    world.write("old.secret", "the-old-secret\n");
    world.write("new.secret", "the-new-secret\n");
    let endpoint = endpoint("the-old-secret");
    let forward = format!("--secret-file old.secret --forward-to {}", endpoint.server.url());
    let mut listening = Listening::new(&world, &forward);
    let created = world.run(&format!(
        "webhook create --type validate-purchase-order-draft --product PRD-1111-1111 \
         --url {}/validate --secret-file old.secret -o id",
        listening.url
    ));
    let id = created.ok().trim().to_owned();
    let mut watching = crate::support::world::spawn(
        &mut world.command(&["webhook", "watch", "--interval", "20ms", "-o", "jsonl"]),
    );
    // Wait until it watches.
    let mut first = String::new();
    let mut told = std::io::BufReader::new(watching.stderr.as_mut().unwrap());
    std::io::BufRead::read_line(&mut told, &mut first).unwrap();
    let stdout = watching.stdout.take().unwrap();
    let mut seen = std::io::BufRead::lines(std::io::BufReader::new(stdout));
    let mut saw = || {
        let line = seen.next().unwrap().unwrap();
        serde_json::from_str::<serde_json::Value>(&line).unwrap()["success"].clone()
    };
    let fire = || {
        let fired = data.run("sandbox fire --type validate-purchase-order-draft -o json");
        let record: serde_json::Value = serde_json::from_str(&fired.stdout).unwrap();
        let code = if record["success"] == true { 0 } else { 10 };
        assert_eq!(fired.code, code, "{}", fired.snapshot());
        record["success"].clone()
    };

    assert_eq!((fire(), saw()), (json!(true), json!(true)));
    assert_eq!(listening.event()["webhook"], id);
    *endpoint.broken.lock().unwrap() = true;
    assert_eq!((fire(), saw()), (json!(false), json!(false)));
    assert_eq!(listening.event()["event"], "forward-failed");
    *endpoint.broken.lock().unwrap() = false;
    let url = endpoint.server.url();
    let replayed = world
        .run(&format!(
            "endpoint replay --failed --to {url} --secret-file old.secret --expect success -o json"
        ))
        .json();
    assert_eq!((replayed[0]["id"].clone(), replayed.as_array().unwrap().len()), (json!(2), 1));

    world.run(&format!("webhook update {id} --url {url}/validate")).ok();
    let rotate = format!("webhook rotate-secret {id} --secret-file new.secret --probe");
    assert_eq!(world.run(&rotate).code, 10);
    assert_eq!((fire(), saw()), (json!(true), json!(true)));
    endpoint.secrets.lock().unwrap().push("the-new-secret".to_owned());
    world.run(&rotate).ok();
    *endpoint.secrets.lock().unwrap() = vec!["the-new-secret".to_owned()];
    assert_eq!((fire(), saw()), (json!(true), json!(true)));
    watching.kill().unwrap();
    watching.wait().unwrap();
}
