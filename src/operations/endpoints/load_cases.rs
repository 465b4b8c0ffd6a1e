//! Loads test cases: reads files and folders, and the objects that the cases send.

use std::path::{Component, Path, PathBuf};

use same_file::is_same_file;

use crate::cases::{Case, PayloadFile, read};
use crate::failure::Failure;
use crate::operations::endpoints::call::Payload;
use crate::operations::endpoints::test::PreparedCase;
use crate::operations::manifests::load::invalid_files;
use crate::operations::read_folder::{LeftOut, files_in, may_have};
use crate::source::{FileFormat, Source, add_error};
use crate::system::files;
use crate::text::plain;

/// Reads the cases and their payloads; those whose names contain `filter` are returned.
///
/// # Errors
/// Every error of the files, not only the first, each with its line; nothing is sent then.
pub async fn load(paths: &[PathBuf], filter: Option<&str>) -> Result<LoadedCases, Failure> {
    let (sources, mut left_out) = sources(paths).await?;
    let (cases, mut errors) = read(&sources);
    let filter = filter.unwrap_or_default();
    let mut prepared = Vec::new();
    for case in cases {
        if let Some(payload) = &case.payload {
            // The file is read, as a payload.
            left_out.retain(|entry| !is_same_file(&entry.path, &payload.path).unwrap_or(false));
        }
        match payload(&case).await {
            Ok(payload) if case.name.contains(filter) => {
                prepared.push(PreparedCase { case, payload });
            }
            Ok(_) => {}
            Err((line, why)) => add_error(&mut errors, &case.file, line, why),
        }
    }
    if !errors.is_empty() {
        // The errors of a file are together, in the order of its lines.
        errors.sort_by(|one, other| (&one.file, &one.lines).cmp(&(&other.file, &other.lines)));
        return Err(invalid_files(&errors));
    }
    Ok(LoadedCases { prepared, left_out })
}

/// The cases, and the entries of folders that were not read.
pub struct LoadedCases {
    pub prepared: Vec<PreparedCase>,
    pub left_out: Vec<LeftOut>,
}

/// The case files, and those of folders, by name.
async fn sources(paths: &[PathBuf]) -> Result<(Vec<Source>, Vec<LeftOut>), Failure> {
    let mut sources = Vec::new();
    let mut left_out = Vec::new();
    for path in paths {
        if !path.is_dir() {
            sources.push(source(path).await?);
            continue;
        }
        let found = files_in(path, true)?;
        for entry in found.left_out {
            // A file of another program is no case, whatever its extension.
            let is_case = match source(&entry.path).await {
                Ok(source) => may_have(&source, "cases"),
                Err(_) => true,
            };
            if is_case {
                left_out.push(entry);
            }
        }
        for path in found.files {
            let source = source(&path).await?;
            if may_have(&source, "cases") {
                sources.push(source);
            } else {
                let why = "no member `cases`";
                left_out.push(LeftOut { path, why });
            }
        }
    }
    Ok((sources, left_out))
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
///
/// # Errors
/// The line, and what is wrong there.
async fn payload(case: &Case) -> Result<Payload, (Option<usize>, String)> {
    let mut payload = match (&case.payload, case.webhook_type) {
        (Some(file), _) => {
            let read = read_payload(file).await;
            read.map_err(|why| (file.line, format!("payload: {}: {why}", file.path.display())))?
        }
        (None, Some(webhook_type)) => Payload::sample(webhook_type),
        (None, None) => return Err((case.line, "a case needs a type or a payload".to_owned())),
    };
    payload.set_values(&case.set).map_err(|why| (case.line, format!("set: {why}")))?;
    Ok(payload)
}

async fn read_payload(file: &PayloadFile) -> Result<Payload, String> {
    let outside = "it is outside of the folder of the case file";
    let is_parent = |part: Component<'_>| part == Component::ParentDir;
    let below = file.path.strip_prefix(&file.folder);
    if below.is_ok_and(|below| below.components().any(is_parent)) {
        return Err(outside.to_owned());
    }
    let path = file.path.canonicalize();
    let path = path.map_err(|error| plain::io(&error))?;
    // The path may be absolute, or lead elsewhere by a symbolic link.
    if !files::is_below(&path, &file.folder) {
        return Err(outside.to_owned());
    }
    if !path.is_file() {
        return Err("it is not a file".to_owned());
    }
    let bytes = files::read_in_background(&path, files::MAX_INPUT).await;
    let bytes = bytes.and_then(files::decoded).map_err(|error| plain::io(&error))?;
    Payload::from_bytes(bytes)
}
