//! HTTPS: trust comes from the system and from `ca_file`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::World;
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
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
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
    (authority.pem(), port)
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
    error: cannot show WBH-1: TLS failed with localhost:[port]: the certificate is not accepted: its issuer is not trusted
    hint: behind a proxy that intercepts TLS, set its certificate as ca_file
    ");
}

#[test]
fn a_ca_file_that_is_none_is_a_wrong_configuration() {
    let world = world(9, "ca_file = \"/absent.pem\"\n");
    assert_run!(world.run("webhook show WBH-1"), @"
    exit 3
    --- stderr
    error: ca_file: cannot read /absent.pem: [system error]
    ");
    let world = self::world(9, "ca_file = \"config.toml\"\n");
    assert_eq!(world.run("webhook show WBH-1").code, 3);
}
