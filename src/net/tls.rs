//! TLS. It is only set up for https, because reading certificates takes time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::{ClientConfig, RootCertStore};

/// The setting that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {what}: {reason}")]
pub struct Error {
    pub what: String,
    pub reason: String,
}

/// A configuration that trusts the system's certificates and those in `ca_file`.
pub fn trusting(ca_file: Option<&Path>) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(system_certificates());
    if let Some(path) = ca_file {
        let setup = |reason: String| Error {
            what: format!("ca_file {}", path.display()),
            reason,
        };
        let certificates = read_bundle(path).map_err(|error| setup(error.to_string()))?;
        let (added, _) = roots.add_parsable_certificates(certificates);
        if added == 0 {
            return Err(setup("it contains no certificate in PEM format".to_owned()));
        }
    }
    if roots.is_empty() {
        return Err(Error {
            what: "the system's certificates".to_owned(),
            reason: "none were found; install ca-certificates, or set a bundle as ca_file"
                .to_owned(),
        });
    }
    build(roots)
}

/// A configuration for plain http: no certificates are read or trusted.
pub fn unused() -> Result<ClientConfig, Error> {
    build(RootCertStore::empty())
}

fn build(roots: RootCertStore) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error {
            what: "TLS".to_owned(),
            reason: error.to_string(),
        })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Uses the bundle file if the system has one: reading the folder beside it takes several times as
/// long and gives the same certificates.
fn system_certificates() -> Vec<CertificateDer<'static>> {
    if let Some(Ok(certificates)) = bundle_file().as_deref().map(read_bundle)
        && !certificates.is_empty()
    {
        return certificates;
    }
    rustls_native_certs::load_native_certs().certs
}

fn bundle_file() -> Option<PathBuf> {
    let named = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty());
    named.map(PathBuf::from).or_else(|| {
        // macOS and Windows store their certificates elsewhere.
        let has_bundle = cfg!(unix) && !cfg!(target_os = "macos");
        has_bundle
            .then(|| openssl_probe::probe().cert_file)
            .flatten()
    })
}

fn read_bundle(path: &Path) -> Result<Vec<CertificateDer<'static>>, PemError> {
    CertificateDer::pem_file_iter(path)?.collect()
}
