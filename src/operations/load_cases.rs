//! Loads test cases: reads files and folders, and the objects that the cases send.

use std::path::{Path, PathBuf};

use super::load_manifest::files_in;
use super::test_endpoint::PreparedCase;
use super::trigger::Payload;
use crate::cases::{Case, read};
use crate::failure::Failure;
use crate::manifest::{FileFormat, Source};
use crate::system::files;

/// Reads the cases whose names contain `filter`, and their payloads.
///
/// # Errors
/// All errors in all files, each with its line; nothing is sent then.
pub async fn load(paths: &[PathBuf], filter: Option<&str>) -> Result<Vec<PreparedCase>, Failure> {
    let sources = sources(paths).await?;
    let cases = read(&sources).map_err(|errors| {
        let plural = if errors.len() == 1 { "" } else { "s" };
        let message = format!(
            "{} problem{plural} in the cases; nothing was sent",
            errors.len()
        );
        Failure::usage(message).with_details(errors.iter().map(ToString::to_string).collect())
    })?;
    let filter = filter.unwrap_or_default();
    let mut prepared = Vec::new();
    for case in cases.into_iter().filter(|case| case.name.contains(filter)) {
        let payload = payload(&case).await.map_err(|why| {
            let line = case.line.map(|line| format!(":{line}")).unwrap_or_default();
            Failure::usage(format!("{}{line}: {why}", case.file))
        })?;
        prepared.push(PreparedCase { case, payload });
    }
    Ok(prepared)
}

/// The case files, and those of folders, by name.
async fn sources(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    for path in paths {
        if path.is_dir() {
            for path in files_in(path)? {
                let source = source(&path).await?;
                // A folder also holds payloads, which are JSON objects of the platform.
                if source.format != FileFormat::Json || source.text.contains("\"cases\"") {
                    sources.push(source);
                }
            }
        } else {
            sources.push(source(path).await?);
        }
    }
    Ok(sources)
}

async fn source(path: &Path) -> Result<Source, Failure> {
    let name = path.display().to_string();
    let text = files::read_in_background(path, files::MAX_INPUT)
        .await
        .and_then(files::text_of)
        .map_err(|error| Failure::file("read", path, &error))?;
    let format = FileFormat::from_extension(path).unwrap_or(FileFormat::from_content(&text));
    let folder = std::path::absolute(files::folder_of(path));
    Ok(Source {
        name,
        folder: folder.map_err(|error| Failure::file("find", path, &error))?,
        format,
        text,
    })
}

/// The object that a case sends.
async fn payload(case: &Case) -> Result<Payload, String> {
    let mut payload = match (&case.payload, case.webhook_type) {
        (Some(path), _) => {
            let shown = path.display();
            let bytes = files::read_in_background(path, files::MAX_INPUT).await;
            let bytes = bytes.map_err(|error| format!("payload: cannot read {shown}: {error}"))?;
            Payload::from_bytes(bytes).map_err(|why| format!("payload: {shown}: {why}"))?
        }
        (None, Some(webhook_type)) => Payload::sample(webhook_type),
        (None, None) => return Err("a case needs a type or a payload".to_owned()),
    };
    payload
        .set_values(&case.set)
        .map_err(|why| format!("set: {why}"))?;
    Ok(payload)
}
