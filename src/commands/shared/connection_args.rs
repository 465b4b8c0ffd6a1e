//! The flags for calls to endpoints.

use std::path::PathBuf;

use super::{Context, candidates, input};
use crate::api::{CaFile, ProxyUrl};
use crate::callout::Connection;
use crate::failure::Failure;
use crate::operations::endpoints::target::Access;
use crate::system::files::shell_word;

#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Connection")]
pub struct ConnectionArgs {
    /// Allow calls to other machines: over https, and over http in private networks
    #[arg(long)]
    pub remote: bool,

    #[command(flatten)]
    certificates: CertificateArgs,
}

#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
#[command(next_help_heading = "Connection")]
pub struct CertificateArgs {
    /// Also trust the certificates in this file (PEM)
    #[arg(long, value_name = "FILE", add = candidates::files())]
    ca_file: Option<PathBuf>,

    /// Accept any certificate of this machine and of private networks
    #[arg(long, conflicts_with = "ca_file")]
    insecure: bool,
}

impl ConnectionArgs {
    /// Returns an error if the flags are given without the one that makes calls.
    pub fn need(&self, flag: &str, is_given: bool) -> Result<(), Failure> {
        let given = self.as_flags();
        match given.split_whitespace().next() {
            Some(first) if !is_given => {
                Err(Failure::usage(format!("{first} needs {flag}, which calls the endpoint")))
            }
            _ => Ok(()),
        }
    }

    /// The same flags, each after a space, quoted for a shell.
    pub fn as_flags(&self) -> String {
        let remote = if self.remote { " --remote" } else { "" };
        let insecure = if self.certificates.insecure { " --insecure" } else { "" };
        let ca_file = self.certificates.ca_file.as_deref().map(shell_word);
        let ca_file = ca_file.map_or_else(String::new, |path| format!(" --ca-file {path}"));
        format!("{remote}{ca_file}{insecure}")
    }

    pub async fn read<'c>(&self, context: &'c Context) -> Result<Access<'c>, Failure> {
        let access = access(self.remote, context);
        Ok(Access { connection: self.certificates.read(access.connection).await?, ..access })
    }
}

impl CertificateArgs {
    /// The connection with these certificates.
    pub async fn read(&self, connection: Connection) -> Result<Connection, Failure> {
        let ca_file = match &self.ca_file {
            Some(path) => {
                let pem = input::bytes("--ca-file", path).await?;
                let ca_file = CaFile { name: "--ca-file", path: path.clone(), pem };
                ca_file.check().map_err(|error| Failure::usage(error.to_string()))?;
                Some(ca_file)
            }
            None => None,
        };
        Ok(Connection { ca_file, is_insecure: self.insecure, ..connection })
    }
}

/// Access with the certificates of the system. The environment's proxy is for other machines.
pub fn access(remote: bool, context: &Context) -> Access<'_> {
    let overrides = &context.overrides;
    let (proxy, proxy_error) = match overrides.proxy(true) {
        Ok(found) => (found.filter(|_| remote), None),
        Err(error) => (None, Some(Failure::from(error))),
    };
    let proxy = proxy.map(|(source, url)| ProxyUrl { url, source: source.to_owned() });
    let no_proxy = overrides.no_proxy.clone();
    let connection = Connection { proxy, no_proxy, ..Connection::default() };
    Access { connection, remote, reporter: &context.ui, proxy_error }
}
