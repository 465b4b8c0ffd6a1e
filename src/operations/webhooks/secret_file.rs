//! The file of a generated secret: created before the request, and kept or removed depending on
//! whether a webhook may have the secret.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::api::Fate;
use crate::failure::{Failure, Kind};
use crate::model::Secret;
use crate::reporter::Reporter;
use crate::system::{files, random};

/// Generates 256 bits, as HS256 requires, as hexadecimal digits.
pub fn generate() -> Result<Secret, Failure> {
    let digits = random::hex(32).map_err(|error| {
        Failure::new(Kind::Internal, format!("cannot generate a secret: {error}"))
    })?;
    Ok(Secret::new(digits))
}

/// Checks whether a secret can be written to a path, without writing.
pub fn check_path(path: &Path) -> Result<(), Failure> {
    if path == Path::new("-") {
        let message = "--secret-out -: a secret is written to a new file, not to standard output";
        return Err(Failure::usage(message));
    }
    match path.symlink_metadata() {
        Ok(_) => Err(cannot_write(path, &ErrorKind::AlreadyExists.into())),
        Err(_) => Ok(()),
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    let name = format!("--secret-out {}", path.display());
    if error.kind() == ErrorKind::AlreadyExists {
        return Failure::usage(format!("{name}: the file already exists"))
            .with_hint("mpt never overwrites a file with a secret; choose a new file name");
    }
    Failure::usage(format!("{name}: {error}"))
}

/// The file of a generated secret, until it is known whether a webhook has the secret.
#[must_use]
pub struct SecretFile<'r> {
    path: Option<PathBuf>,
    /// What is known of earlier requests with the secret.
    earlier: Fate,
    reporter: &'r dyn Reporter,
}

impl<'r> SecretFile<'r> {
    /// No file: the secret is not generated.
    pub fn none(reporter: &'r dyn Reporter) -> Self {
        Self { path: None, earlier: Fate::NotDone, reporter }
    }

    /// Writes a secret to disk, before it is sent.
    pub fn write(
        path: &Path,
        secret: &Secret,
        reporter: &'r dyn Reporter,
    ) -> Result<Self, Failure> {
        files::create_private(path, secret.expose().as_bytes())
            .map_err(|error| cannot_write(path, &error))?;
        reporter.on_interrupt(&kept(path));
        Ok(Self { path: Some(path.to_owned()), earlier: Fate::NotDone, reporter })
    }

    /// The file, if the secret is generated.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The same file after an earlier request with the secret.
    pub fn after(self, earlier: Fate) -> Self {
        Self { earlier, ..self }
    }

    /// Decides whether the file is kept: it stays if a webhook has the
    /// secret or may have it.
    pub fn finish(self, fate: Fate) {
        let Some(path) = &self.path else { return };
        match fate.max(self.earlier) {
            Fate::Done => self.reporter.note(&format!("Wrote the secret to {}", path.display())),
            Fate::Unknown => {
                self.reporter.note(&format!("The webhook may have the new secret: {}", kept(path)))
            }
            Fate::NotDone if std::fs::remove_file(path).is_ok() => {
                self.reporter.forget_on_interrupt(&kept(path));
                self.reporter.note("The generated secret was not used; its file was removed");
            }
            Fate::NotDone => {}
        }
    }
}

fn kept(path: &Path) -> String {
    format!("the generated secret was kept in {}", path.display())
}
