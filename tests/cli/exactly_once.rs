//! One create makes one webhook, even if the response is lost.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::documents::{self, page};
use crate::support::world::{assert_run, spawn};
use crate::support::{Reply, Server, World};

const CREATE: &str =
    "webhook create --type ValidateAnswer --form FRM-1 --url https://a.example -o id";

/// A platform with one webhook that injects a fault into the first `faults` POSTs.
struct Platform {
    server: Server,
    created: Arc<AtomicUsize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Created, then the connection ends.
    LoseAnswer,
    /// Created, then 503.
    FailAfter,
    /// Created, then a broken body.
    Truncate,
    /// Not created, and the connection ends.
    LoseRequest,
}

impl Platform {
    fn new(fault: Fault, faults: usize, secret: &'static str) -> Self {
        let kept: Arc<Mutex<Option<Value>>> = Arc::default();
        let created = Arc::new(AtomicUsize::new(0));
        let (count, seen) = (Arc::clone(&created), AtomicUsize::new(0));
        let server = Server::new(move |request, _| {
            let mut kept = kept.lock().unwrap();
            if request.method == "GET" {
                let shown = kept.clone().map(|mut webhook: Value| {
                    webhook["secret"] = secret.into();
                    webhook
                });
                return if request.target.contains("?eq(") {
                    Reply::Json(200, page(shown.as_slice(), 0, Some(shown.iter().count())))
                } else {
                    Reply::Json(200, shown.unwrap())
                };
            }
            let fault = (seen.fetch_add(1, Ordering::SeqCst) < faults).then_some(fault);
            if fault == Some(Fault::LoseRequest) {
                return Reply::Drop;
            }
            if kept.is_some() {
                return Reply::Json(409, json!({"title": "Conflict"}));
            }
            count.fetch_add(1, Ordering::SeqCst);
            let mut webhook = request.json();
            webhook["id"] = "WBH-1234-5678".into();
            webhook["object"] = json!({"id": "FRM-1"});
            webhook["audit"] = json!({"created": {"at": "2020-01-01T00:00:00Z"}});
            *kept = Some(webhook.clone());
            match fault {
                Some(Fault::LoseAnswer) => Reply::Drop,
                Some(Fault::FailAfter) => Reply::Json(503, json!({"title": "Down"})),
                Some(Fault::Truncate) => Reply::Raw(
                    b"HTTP/1.1 201 Created\r\ncontent-length: 900\r\n\r\n{\"id\":".to_vec(),
                ),
                _ => Reply::Json(201, webhook),
            }
        });
        Self { server, created }
    }

    fn created(&self) -> usize {
        self.created.load(Ordering::SeqCst)
    }
}

#[test]
fn a_webhook_whose_answer_was_lost_is_found() {
    for fault in [Fault::LoseAnswer, Fault::FailAfter, Fault::Truncate] {
        let platform = Platform::new(fault, 1, "");
        let run = World::at(&platform.server).run(CREATE);
        assert_eq!(run.ok(), "WBH-1234-5678\n");
        assert_eq!(platform.created(), 1);
        assert_eq!(platform.server.methods(), "POST GET GET GET");
    }
}

#[test]
fn a_lost_request_is_sent_again_after_the_look_up() {
    let platform = Platform::new(Fault::LoseRequest, 2, "");
    assert_eq!(World::at(&platform.server).run(CREATE).ok(), "WBH-1234-5678\n");
    assert_eq!(platform.created(), 1);
    assert_eq!(platform.server.methods(), "POST GET POST GET POST GET");
}

#[test]
fn it_is_not_sent_more_often_than_retries_allow() {
    let platform = Platform::new(Fault::LoseRequest, 99, "");
    let run = World::at(&platform.server).run(&format!("{CREATE} --retries 1"));
    assert_run!(run, @"
    exit 9
    --- stderr
    the connection to [host] (token from MPT_API_TOKEN) was lost: the server closed it before the answer; checking whether the webhook was created
    ValidateAnswer for FRM-1: the connection to [host] (token from MPT_API_TOKEN) was lost: the server closed it before the answer; trying again in [pause] s (1 of 1)
    the connection to [host] (token from MPT_API_TOKEN) was lost: the server closed it before the answer; checking whether the webhook was created
    error: cannot create the webhook: the connection to [host] (token from MPT_API_TOKEN) was lost: the server closed it before the answer; the request was sent, but no such webhook exists yet
    hint: run the same command again with --if-exists keep; it creates at most one
    ");
    assert_eq!(platform.server.methods(), "POST GET POST GET");
}

#[test]
fn a_webhook_of_another_is_not_taken_for_ours() {
    // The secret cannot be read, and the webhook is older than our attempt.
    let platform = Platform::new(Fault::LoseAnswer, 1, "*******");
    let world = World::at(&platform.server).with("S", "hush");
    let run = world.run(&format!("{CREATE} --secret-env S"));
    assert_eq!(run.code, 6, "{}", run.snapshot());
    let run =
        World::at(&platform.server).with("S", "hush").run(&format!("{CREATE} --if-exists keep"));
    assert_eq!(run.ok(), "WBH-1234-5678\n");
}

#[test]
fn a_readable_secret_shows_which_job_created_the_webhook() {
    let platform = Platform::new(Fault::LoseAnswer, 1, "hush");
    let world = World::at(&platform.server).with("S", "hush");
    assert_eq!(world.run(&format!("{CREATE} --secret-env S")).ok(), "WBH-1234-5678\n");
    let platform = Platform::new(Fault::LoseAnswer, 1, "other");
    let world = World::at(&platform.server).with("S", "hush");
    assert_eq!(world.run(&format!("{CREATE} --secret-env S")).code, 6);
}

#[test]
fn without_a_known_anchor_nothing_is_retried() {
    let platform = Platform::new(Fault::LoseAnswer, 1, "");
    let run = World::at(&platform.server)
        .run("webhook create --type ValidateRequest --url https://a.example");
    assert_run!(run, @"
    exit 9
    --- stderr
    warning: unknown type `ValidateRequest`; it is sent unchanged
    error: cannot create the webhook: the connection to [host] (token from MPT_API_TOKEN) was lost: the server closed it before the answer; it is unknown whether the webhook was created, and webhooks of this type cannot be looked up
    hint: check with mpt webhook list; create it again only if it does not exist
    ");
    assert_eq!(platform.server.methods(), "POST");
}

#[test]
fn a_busy_platform_is_asked_again() {
    let server = Server::new(|request, number| match number {
        0 => Reply::Full(429, vec![("retry-after", "0".to_owned())], vec![]),
        _ => Reply::Json(201, documents::created(&request.json())),
    });
    let create = format!("{CREATE} -q");
    assert_eq!(World::at(&server).run(&create).ok(), "WBH-1234-5678\n");
    assert_eq!(server.methods(), "POST POST");
}

#[test]
fn a_refused_create_is_not_sent_again() {
    let server = Server::always(400, json!({"title": "Bad Request", "errors": {"url": ["no"]}}));
    assert_eq!(World::at(&server).run(CREATE).code, 7);
    assert_eq!(server.methods(), "POST");
}

#[test]
fn ten_processes_make_one_webhook() {
    let world = World::new();
    let line = "-p sandbox webhook create --type ValidateAnswer --form FRM-1111-1111 \
                --url https://a.example --if-exists keep -o id";
    let arguments: Vec<_> = line.split_whitespace().collect();
    let children: Vec<_> = (0..10).map(|_| spawn(&mut world.command(&arguments))).collect();
    let mut ids: Vec<String> = children
        .into_iter()
        .map(|child| crate::support::world::Run::of(&child.wait_with_output().unwrap()).ok())
        .collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(world.run("-p sandbox webhook list --count").ok(), "1\n");
}

#[test]
fn a_list_that_ignores_its_filter_is_not_trusted() {
    for (options, methods) in [("", "POST GET"), ("--if-exists update", "POST GET")] {
        let server = Server::new(|request, _| match request.method.as_str() {
            "POST" => Reply::Json(409, json!({"title": "Conflict"})),
            _ => Reply::Json(200, page(&[documents::healthy()], 0, Some(1))),
        });
        let run = World::at(&server).run(&format!("{CREATE} {options}"));
        assert_eq!(run.code, 6, "{}", run.snapshot());
        assert_eq!(server.methods(), methods);
    }
}

#[test]
fn a_response_about_another_webhook_disables_nothing() {
    for partly in [false, true] {
        let server = Server::new(move |request, _| match request.method.as_str() {
            "POST" if partly => Reply::Json(201, json!({"id": "WBH-1234-5678"})),
            "POST" => Reply::Json(201, documents::healthy()),
            _ if request.target.contains("?eq(") => Reply::Json(200, page(&[], 0, Some(0))),
            _ => Reply::Json(200, documents::healthy()),
        });
        let run = World::at(&server).run(&format!("{CREATE} --disabled --retries 0"));
        assert_eq!(run.code, 8, "{}", run.snapshot());
        assert!(
            server.lines().iter().all(|line| !line.contains("disable")),
            "{:?}",
            server.lines()
        );
    }
}

/// A platform whose first POST creates a webhook with a masked secret and gets this reply.
fn masking(first: impl Fn() -> Reply + Send + Sync + 'static) -> Server {
    let kept: Mutex<Option<Value>> = Mutex::default();
    Server::new(move |request, _| {
        let mut kept = kept.lock().unwrap();
        match request.method.as_str() {
            "POST" if kept.is_none() => {
                let mut webhook = documents::created(&request.json());
                webhook["secret"] = "*******".into();
                webhook["audit"]["created"]["at"] = "2999-01-01T00:00:00Z".into();
                *kept = Some(webhook);
                first()
            }
            "POST" => Reply::Json(409, json!({"title": "Conflict"})),
            _ if request.target.contains("?eq(") => {
                Reply::Json(200, page(kept.as_slice(), 0, Some(kept.iter().count())))
            }
            _ => Reply::Json(200, kept.clone().unwrap()),
        }
    })
}

#[test]
fn a_masked_generated_secret_is_never_claimed() {
    let replies: [fn() -> Reply; 5] = [
        || Reply::Drop,
        || Reply::Json(408, json!({})),
        || Reply::Json(409, json!({"title": "Conflict"})),
        || Reply::Json(499, json!({})),
        || Reply::Full(302, vec![("location", "/elsewhere".to_owned())], vec![]),
    ];
    for first in replies {
        let world = World::at(&masking(first));
        let run = world.run(&format!("{CREATE} --generate-secret --secret-out s --if-exists keep"));
        assert_eq!((run.code, &*run.stdout), (8, ""), "{}", run.snapshot());
        assert!(world.path("s").exists(), "{}", run.snapshot());
        assert!(
            run.stderr.contains("it is unknown whether it has the generated secret")
                && run.stderr.contains("mpt webhook rotate-secret WBH-1234-5678 --secret-file s"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_masked_given_secret_is_claimed_with_a_warning() {
    let world = World::at(&masking(|| Reply::Drop)).with("S", "s3cret-s3cret");
    let run = world.run(&format!("{CREATE} --secret-env S"));
    assert_eq!(run.code, 0, "{}", run.snapshot());
    assert!(run.stderr.contains("warning: the response to the create was lost"), "{}", run.stderr);
}

#[test]
fn a_create_has_no_more_retries_than_one_request() {
    let server = Server::new(|request, number| match request.method.as_str() {
        "POST" if number % 2 == 0 => {
            Reply::Full(429, vec![("retry-after", "0".to_owned())], vec![])
        }
        "POST" => Reply::Json(500, json!({})),
        _ => Reply::Json(200, page(&[], 0, Some(0))),
    });
    let run = World::at(&server).run(&format!("{CREATE} --retries 3"));
    assert_eq!(run.code, 8, "{}", run.snapshot());
    let posts = server.methods().matches("POST").count();
    assert!(posts <= 4, "{}", server.methods());
    // A conflict with a webhook that is not found is tried twice.
    let server = Server::new(|request, _| match request.method.as_str() {
        "POST" => Reply::Json(409, json!({})),
        _ => Reply::Json(200, page(&[], 0, Some(0))),
    });
    let run = World::at(&server).run(&format!("{CREATE} --retries 5"));
    assert_eq!(run.code, 6, "{}", run.snapshot());
    assert_eq!(server.methods(), "POST GET POST GET");
}
