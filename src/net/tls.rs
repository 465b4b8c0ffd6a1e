//! TLS. It is only set up for https, because reading certificates takes time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, OtherError, RootCertStore,
    SignatureScheme,
};

/// The setting that cannot be used, and why.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {what}: {reason}")]
pub struct Error {
    pub what: String,
    pub reason: String,
}

/// The `ca_file` of a profile.
#[derive(Clone, Debug)]
pub struct CaFile {
    pub path: PathBuf,
    /// The content of the file: certificates in PEM format.
    pub pem: Vec<u8>,
}

/// A configuration that trusts the system's certificates and those in `ca_file`.
pub fn trusting(ca_file: Option<&CaFile>) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(system_certificates());
    if let Some(CaFile { path, pem }) = ca_file {
        let setup = |reason: String| Error {
            what: format!("ca_file {}", path.display()),
            reason,
        };
        let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        let certificates = certificates.map_err(|error| setup(error.to_string()))?;
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
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error {
            what: "TLS".to_owned(),
            reason: error.to_string(),
        })?;
    if roots.is_empty() {
        return Ok(builder.with_root_certificates(roots).with_no_client_auth());
    }
    let verifier = NamingVerifier::new(roots, provider)?;
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// The verifier of rustls, whose errors also name the certificate.
#[derive(Debug)]
struct NamingVerifier(Arc<WebPkiServerVerifier>);

impl NamingVerifier {
    fn new(roots: RootCertStore, provider: Arc<CryptoProvider>) -> Result<Self, Error> {
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map(Self)
            .map_err(|error| Error {
                what: "TLS".to_owned(),
                reason: error.to_string(),
            })
    }
}

impl ServerCertVerifier for NamingVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.0
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .map_err(|error| with_certificate(error, end_entity))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// What is wrong with a certificate.
#[derive(Debug, thiserror::Error)]
#[error("the certificate of {subject}, issued by {issuer}, is not accepted: {reason}")]
struct Rejected {
    subject: String,
    issuer: String,
    reason: String,
}

fn with_certificate(error: rustls::Error, certificate: &CertificateDer<'_>) -> rustls::Error {
    let rustls::Error::InvalidCertificate(reason) = &error else {
        return error;
    };
    let Ok((_, certificate)) = x509_parser::parse_x509_certificate(certificate) else {
        return error;
    };
    let reason = match reason {
        CertificateError::UnknownIssuer => "the issuer is not trusted".to_owned(),
        CertificateError::Other(other) => other.to_string(),
        reason => reason.to_string(),
    };
    let rejected = Rejected {
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        reason,
    };
    CertificateError::Other(OtherError(Arc::new(rejected))).into()
}

/// When a certificate expires.
pub fn valid_until(certificate: &CertificateDer<'_>) -> Option<jiff::Timestamp> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    jiff::Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()
}

/// Why the connection failed.
pub fn reason(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(rejected)) => {
            rejected.to_string()
        }
        error => error.to_string(),
    }
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
