//! TLS. It is only set up for https, because reading certificates takes time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::ring::default_provider;
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, InvalidMessage,
    RootCertStore, SignatureScheme,
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
    /// The name of the setting.
    pub name: &'static str,
    pub path: PathBuf,
    /// The content of the file: certificates in PEM format.
    pub pem: Vec<u8>,
}

impl CaFile {
    /// # Errors
    /// The file contains no certificate that can be read.
    pub fn check(&self) -> Result<(), Error> {
        certificates_of(self).map(drop)
    }
}

/// A configuration that trusts the system's certificates and those in `ca_file`.
pub fn trusting(ca_file: Option<&CaFile>) -> Result<ClientConfig, Error> {
    build(roots(&ca_file.map(certificates_of).transpose()?.unwrap_or_default())?)
}

/// The certificates of a file, at least one.
fn certificates_of(file: &CaFile) -> Result<Vec<CertificateDer<'static>>, Error> {
    let failed =
        |reason: String| Error { what: format!("{} {}", file.name, file.path.display()), reason };
    let certificates = CertificateDer::pem_slice_iter(&file.pem).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|_| failed("it is not valid PEM".to_owned()))?;
    let parsed = |one: &CertificateDer<'static>| ParsedCertificate::try_from(one).map(drop);
    match certificates.iter().map(parsed).reduce(Result::or) {
        None => Err(failed("it contains no certificate in PEM format".to_owned())),
        Some(Err(_)) => Err(failed("none of its certificates can be read".to_owned())),
        Some(Ok(())) => Ok(certificates),
    }
}

/// The system's certificates, and these.
fn roots(given: &[CertificateDer<'static>]) -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(system_certificates());
    roots.add_parsable_certificates(given.iter().cloned());
    if roots.is_empty() {
        return Err(Error {
            what: "the system's certificates".to_owned(),
            reason: "none were found; install ca-certificates, or set a bundle as ca_file"
                .to_owned(),
        });
    }
    Ok(roots)
}

/// A configuration for plain http: no certificates are read or trusted.
pub fn unused() -> Result<ClientConfig, Error> {
    build(RootCertStore::empty())
}

/// A configuration for endpoints under development. A certificate that `ca_file` contains is accepted itself, even if
/// it is self-signed; with `is_insecure`, any certificate is.
pub fn for_endpoints(ca_file: Option<&CaFile>, is_insecure: bool) -> Result<ClientConfig, Error> {
    let given = ca_file.map(certificates_of).transpose()?.unwrap_or_default();
    let roots = match is_insecure {
        true => RootCertStore::empty(),
        false => roots(&given)?,
    };
    let mut config = build(roots.clone())?;
    if is_insecure || !given.is_empty() {
        let verifier = EndpointVerifier { roots, given, is_insecure };
        config.dangerous().set_certificate_verifier(Arc::new(verifier));
    }
    // A server that speaks HTTP/2 only says so.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Accepts certificates of endpoints under development.
#[derive(Debug)]
struct EndpointVerifier {
    roots: RootCertStore,
    /// The certificates of `ca_file`.
    given: Vec<CertificateDer<'static>>,
    is_insecure: bool,
}

impl ServerCertVerifier for EndpointVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if self.is_insecure {
            return Ok(ServerCertVerified::assertion());
        }
        let parsed = ParsedCertificate::try_from(certificate)?;
        let algorithms = default_provider().signature_verification_algorithms.all;
        let trusted = verify_server_cert_signed_by_trust_anchor(
            &parsed, &self.roots, intermediates, now, algorithms,
        );
        match trusted {
            // The times are checked before this.
            Err(error)
                if is_ca_itself(&error) && self.given.iter().any(|one| one == certificate) => {}
            trusted => trusted?,
        }
        verify_server_name(&parsed, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = default_provider().signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = default_provider().signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// Whether a certificate is refused because nobody known has issued it.
pub fn is_untrusted(error: &rustls::Error) -> bool {
    is_ca_itself(error)
        || *error == rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)
}

fn date(time: UnixTime) -> String {
    let seconds = time.as_secs().try_into().unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX).to_string()
}

/// `localhost` of `DnsName("localhost")`.
fn plain_name(presented: &str) -> &str {
    presented.split('"').nth(1).unwrap_or(presented)
}

/// Whether a server has a certificate that is one of an authority.
fn is_ca_itself(error: &rustls::Error) -> bool {
    let rustls::Error::InvalidCertificate(CertificateError::Other(other)) = error else {
        return false;
    };
    other.to_string() == "CaUsedAsEndEntity"
}

fn build(roots: RootCertStore) -> Result<ClientConfig, Error> {
    let provider = Arc::new(default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error { what: "TLS".to_owned(), reason: error.to_string() })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// A time at which every certificate has expired: the end of the year 9999, in seconds since the epoch.
const FAR_FUTURE: Duration = Duration::from_secs(253_402_300_800);

/// When a certificate expires.
pub fn valid_until(certificate: &CertificateDer<'_>) -> Option<jiff::Timestamp> {
    // rustls names the date only in the error for an expired certificate, which it finds before it looks for an issuer.
    let expired = verify_server_cert_signed_by_trust_anchor(
        &ParsedCertificate::try_from(certificate).ok()?,
        &RootCertStore::empty(),
        &[],
        UnixTime::since_unix_epoch(FAR_FUTURE),
        default_provider().signature_verification_algorithms.all,
    );
    match expired {
        Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext {
            not_after,
            ..
        })) => {
            let seconds = not_after.as_secs().try_into().unwrap_or(i64::MAX);
            Some(jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX))
        }
        _ => None,
    }
}

/// Why the connection failed.
pub fn reason(error: &rustls::Error) -> String {
    let refused =
        |reason: &dyn std::fmt::Display| format!("the certificate is not accepted: {reason}");
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            refused(&"its issuer is not trusted")
        }
        error if is_ca_itself(error) => refused(&"it is self-signed, and not trusted"),
        rustls::Error::InvalidCertificate(CertificateError::ExpiredContext {
            not_after, ..
        }) => refused(&format!("it expired at {}", date(*not_after))),
        rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext {
            not_before,
            ..
        }) => refused(&format!("it is not valid before {}", date(*not_before))),
        rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext {
            expected,
            presented,
        }) => {
            let names: Vec<_> = presented.iter().map(|name| plain_name(name)).collect();
            let expected = expected.to_str();
            if names.is_empty() {
                return refused(&"it names no host (it has no subjectAltName)");
            }
            refused(&format!("it is for {}, not for {expected}", names.join(", ")))
        }
        rustls::Error::InvalidCertificate(why) => refused(&match why {
            CertificateError::BadEncoding => "it is malformed",
            CertificateError::Revoked => "it is revoked",
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                "it is not for a server"
            }
            CertificateError::BadSignature => "its signature is wrong",
            _ => "it is not valid",
        }),
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "the server wants a certificate of the client, which mpt does not have".to_owned()
        }
        rustls::Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            "the server and mpt have no TLS settings in common".to_owned()
        }
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            "the server does not speak TLS 1.2 or 1.3".to_owned()
        }
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "the server does not speak TLS on this port; it may serve plain http".to_owned()
        }
        rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol) => {
            "the server does not speak HTTP/1.1; it may speak HTTP/2 only".to_owned()
        }
        rustls::Error::AlertReceived(alert) => {
            format!("the server has ended the TLS handshake (alert {})", u8::from(*alert))
        }
        _ => "the server does not speak TLS as mpt does".to_owned(),
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
        has_bundle.then(|| openssl_probe::probe().cert_file).flatten()
    })
}

fn read_bundle(path: &Path) -> Result<Vec<CertificateDer<'static>>, PemError> {
    CertificateDer::pem_file_iter(path)?.collect()
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    #[test]
    fn the_end_of_a_certificate_is_found_whoever_has_issued_it() {
        for (year, is_ca) in [(2020, false), (2049, true), (2050, true)] {
            let mut params = CertificateParams::new(vec!["hooks.example.com".to_owned()]).unwrap();
            params.not_after = date_time_ymd(year, 12, 31);
            if is_ca {
                params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            }
            let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
            let until = super::valid_until(certificate.der()).unwrap();
            assert_eq!(until.to_string(), format!("{year}-12-31T00:00:00Z"));
        }
    }
}
