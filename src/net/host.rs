//! Where a host is. A name is looked up once, and calls go to the addresses that were found.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::model::url::is_local_name;

/// Where a host is: the furthest of its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    ThisMachine,
    /// A private network (RFC 1918, RFC 4193), not a link-local one.
    PrivateNetwork,
    Elsewhere,
}

impl Place {
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            address if address.is_loopback() => Self::ThisMachine,
            IpAddr::V4(address) if address.is_private() => Self::PrivateNetwork,
            IpAddr::V6(address) if address.is_unique_local() => Self::PrivateNetwork,
            _ => Self::Elsewhere,
        }
    }
}

/// How long a name server may take.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

/// The addresses of a URL's host, at least one.
///
/// # Errors
/// The name is not known, or the name server does not answer.
pub async fn addresses(url: &Url) -> io::Result<Vec<SocketAddr>> {
    let port = url.port_or_known_default().unwrap_or_default();
    let name = match url.host() {
        Some(Host::Ipv4(address)) => return Ok(vec![(address, port).into()]),
        Some(Host::Ipv6(address)) => return Ok(vec![(address, port).into()]),
        Some(Host::Domain(name)) => name,
        None => "",
    };
    if is_local_name(name) {
        return Ok(loopback(port).into());
    }
    let looked_up = tokio::time::timeout(LOOKUP_TIMEOUT, tokio::net::lookup_host((name, port)));
    let found = looked_up.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    match found.collect::<Vec<_>>() {
        found if found.is_empty() => Err(io::Error::other("the name has no address")),
        found => Ok(found),
    }
}

/// Both addresses of this machine.
pub fn loopback(port: u16) -> [SocketAddr; 2] {
    [(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]
}

/// Looks names up as the system does, but for those of this machine.
pub(super) fn resolver() -> Arc<impl Resolve> {
    Arc::new(Resolver)
}

struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            if is_local_name(name.as_str()) {
                return Ok(Box::new(loopback(0).into_iter()) as Addrs);
            }
            // The port is that of the URL.
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_place_is_told_by_the_address() {
        for (address, place) in [
            ("127.9.9.9", Place::ThisMachine),
            ("::1", Place::ThisMachine),
            ("::ffff:127.0.0.1", Place::ThisMachine),
            ("10.0.0.1", Place::PrivateNetwork),
            ("172.31.0.1", Place::PrivateNetwork),
            ("::ffff:192.168.1.1", Place::PrivateNetwork),
            ("fd00::1", Place::PrivateNetwork),
            ("172.32.0.1", Place::Elsewhere),
            ("169.254.169.254", Place::Elsewhere),
            ("fe80::1", Place::Elsewhere),
            ("0.0.0.0", Place::Elsewhere),
            ("100.64.0.1", Place::Elsewhere),
        ] {
            assert_eq!(Place::of(address.parse().unwrap()), place, "{address}");
        }
    }
}
