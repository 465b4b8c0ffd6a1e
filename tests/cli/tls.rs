//! HTTPS: trust comes from the system and from `ca_file`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::World;
use crate::support::server::{Reply, Server};
use crate::support::world::assert_run;

/// A test certificate authority, and a server of `localhost` with its certificate.
fn serve() -> (String, u16) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    (authority.pem(), serve_with(leaf.der().clone(), &key, &[]))
}

/// A server of `localhost` with a self-signed certificate, which may be that of an authority. Returns it too.
fn serve_self_signed(is_ca: bool, year: i32) -> (String, u16) {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(year, 1, 1);
    if is_ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (certificate.pem(), serve_with(certificate.der().clone(), &key, &[]))
}

fn serve_with(certificate: CertificateDer<'static>, key: &KeyPair, protocols: &[&str]) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Arc::new(config);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = StreamOwned::new(connection, stream);
            let mut request = [0; 4096];
            if matches!(tls.read(&mut request), Ok(count) if count > 0) {
                let body = r#"{"id":"WBH-1"}"#;
                write!(tls, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()).ok();
                tls.flush().ok();
            }
        }
    });
    port
}

fn world(port: u16, more: &str) -> World {
    let world = World::new();
    world.config(&format!(
        "default_profile = \"p\"\n[profiles.p]\nbase_url = \"https://localhost:{port}\"\ntoken = \"t\"\n{more}"
    ));
    world
}

#[test]
fn a_certificate_of_ca_file_is_trusted() {
    let (authority, port) = serve();
    let world = world(port, "ca_file = \"../ca.pem\"\n");
    world.write("ca.pem", &authority);
    assert_eq!(world.run("webhook show WBH-1 -o id").ok(), "WBH-1\n");
}

#[test]
fn an_unknown_one_is_not() {
    let (_, port) = serve();
    assert_run!(world(port, "").run("webhook show WBH-1"), @"
    exit 9
    --- stderr
    error: cannot show WBH-1: TLS failed with localhost:[port] (profile p): the certificate is not accepted: its issuer is not trusted
    hint: behind a proxy that intercepts TLS, set its certificate as ca_file
    ");
}

#[test]
fn a_ca_file_that_is_none_is_a_wrong_configuration() {
    let world = world(9, "ca_file = \"/absent.pem\"\n");
    assert_run!(world.run("webhook show WBH-1"), @"
    exit 3
    --- stderr
    error: ca_file: cannot read /absent.pem: it does not exist
    ");
    let world = self::world(9, "ca_file = \"config.toml\"\n");
    assert_eq!(world.run("webhook show WBH-1").code, 3);
}

/// The error of a call to an endpoint; `None`: it succeeded.
fn call(world: &World, port: u16, options: &str) -> Option<String> {
    let url = format!("https://localhost:{port}/");
    let run =
        world.run(&format!("endpoint call --type validate-answer -o json --to {url} {options}"));
    let printed: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    printed["call"]["error"].as_str().map(str::to_owned)
}

#[test]
fn the_certificate_of_an_endpoint_may_be_its_own() {
    let issuer = "no connection: the certificate is not accepted: its issuer is not trusted; --ca-file FILE trusts a certificate";
    for is_ca in [false, true] {
        let (own, port) = serve_self_signed(is_ca, 2099);
        let world = World::new();
        world.write("own.pem", &format!("\u{feff}{own}"));
        assert!(call(&world, port, "").is_some());
        if !is_ca {
            assert_eq!(call(&world, port, "").as_deref(), Some(issuer));
        }
        assert_eq!(call(&world, port, "--ca-file own.pem"), None);
        assert_eq!(call(&world, port, "--insecure"), None);
        let (other, _) = serve_self_signed(is_ca, 2099);
        world.write("own.pem", &other);
        assert!(call(&world, port, "--ca-file own.pem").is_some());
        // The platform is not trusted by it.
        world.config(&format!("default_profile = \"p\"\n[profiles.p]\nbase_url = \"https://localhost:{port}\"\ntoken = \"t\"\n"));
        world.write("own.pem", &own);
        let line =
            format!("endpoint call WBH-1234-5678 --ca-file own.pem --to https://localhost:{port}/");
        assert_eq!(world.run(&line).code, 9);
    }
    let (expired, port) = serve_self_signed(true, 2021);
    let world = World::new();
    world.write("own.pem", &expired);
    let error = call(&world, port, "--ca-file own.pem").unwrap();
    assert!(error.contains("expired"), "{error}");
}

#[test]
fn an_endpoint_that_speaks_http_2_only_is_named() {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let port = serve_with(certificate.der().clone(), &key, &["h2"]);
    let error = call(&World::new(), port, "--insecure").unwrap();
    assert_eq!(
        error,
        "no connection: the server does not speak HTTP/1.1; it may speak HTTP/2 only"
    );
}

#[test]
fn a_proxy_that_refuses_is_named() {
    for (status, code) in [("403 Forbidden", 403), ("407 Proxy Authentication Required", 407)] {
        let proxy =
            Server::new(move |_, _| Reply::Raw(format!("HTTP/1.1 {status}\r\n\r\n").into_bytes()));
        let world = World::new()
            .with("MPT_API_BASE_URL", "https://api.example.com")
            .with("MPT_API_TOKEN", "t")
            .with("HTTPS_PROXY", &proxy.url());
        let run = world.run("webhook list -vv");
        assert_eq!(run.code, 9, "{}", run.snapshot());
        let place = format!("the proxy {} (HTTPS_PROXY)", proxy.url());
        assert!(
            run.stderr.contains(&format!(
                "{place} refuses the connection to api.example.com:443: {status}"
            )),
            "{}",
            run.snapshot()
        );
        assert!(
            run.stderr.contains(&format!("through {place} → {status}")),
            "{code}: {}",
            run.snapshot()
        );
    }
    let world = World::new()
        .with("MPT_API_BASE_URL", "https://api.example.com")
        .with("MPT_API_TOKEN", "t")
        .with("ALL_PROXY", "socks5://proxy:1080");
    assert_run!(world.run("webhook list"), @"
    exit 3
    --- stderr
    error: ALL_PROXY: socks5://proxy:1080 is not an http:// or https:// proxy; no other kind is supported
    ");
}
