//! Saves callouts of the journal as test cases: for each the object that was sent, and what happened.

use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::callout::Verdict;
use crate::callout::change::{Change, Refusal, changes, is_in_error, refusals};
use crate::failure::Failure;
use crate::listener::journal::{Bodies, CalloutOutcome, Journal, JournalEntry};
use crate::model::{timestamp, webhook_type};
use crate::text::toml;

/// The files of a callout.
#[derive(Debug, Serialize)]
pub struct SavedCase {
    pub id: i64,
    pub case: PathBuf,
    pub payload: PathBuf,
    #[serde(skip)]
    contents: [Vec<u8>; 2],
}

/// The longest object ID in the name of a case, in characters.
const MAX_NAME: usize = 60;

/// The callouts that were saved, and why others were not.
pub struct SavedCases {
    pub saved: Vec<SavedCase>,
    pub left_out: Vec<String>,
}

/// Writes the cases into a folder, which is created if it does not exist.
///
/// # Errors
/// A file cannot be written; no file is left then. Nothing is overwritten: a callout whose files exist is left out.
pub fn save(
    journal: &Journal,
    entries: &[JournalEntry],
    folder: &Path,
) -> Result<SavedCases, Failure> {
    check_folder(folder)?;
    let mut cases = SavedCases { saved: Vec::new(), left_out: Vec::new() };
    for entry in entries {
        let id = entry.id.unwrap_or_default();
        let bodies = journal.bodies(id)?.unwrap_or_default();
        match case_of(entry, id, bodies, folder) {
            Ok(case) => cases.saved.push(case),
            Err(why) => cases.left_out.push(format!("callout {id} is not saved: {why}")),
        }
    }
    if cases.saved.is_empty() {
        return Ok(cases);
    }
    std::fs::create_dir_all(folder).map_err(|error| Failure::file("create", folder, &error))?;
    // Everything is on the disk under temporary names before the first file gets its own.
    let mut whole = Vec::new();
    for case in &cases.saved {
        let files = [&case.payload, &case.case].into_iter().zip(&case.contents);
        for (path, content) in files {
            let file = write_temporary(folder, content);
            whole.push((path, file.map_err(|error| Failure::file("write", path, &error))?));
        }
    }
    let mut named = Vec::new();
    for (path, file) in whole {
        if let Err(error) = file.persist_noclobber(path) {
            for path in named {
                // The first error is reported.
                std::fs::remove_file(path).ok();
            }
            return Err(Failure::file("write", path, &error.error));
        }
        named.push(path);
    }
    Ok(cases)
}

/// Writes a file that disappears unless it gets a name.
fn write_temporary(folder: &Path, content: &[u8]) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        // As other new files; the system takes away what the user does not want.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Checks the folder before anything is written.
///
/// # Errors
/// It is a file.
pub fn check_folder(folder: &Path) -> Result<(), Failure> {
    if folder.exists() && !folder.is_dir() {
        let message = format!("{} is a file; cases are saved in a folder", folder.display());
        return Err(Failure::usage(message));
    }
    Ok(())
}

fn case_of(
    entry: &JournalEntry,
    id: i64,
    bodies: Bodies,
    folder: &Path,
) -> Result<SavedCase, String> {
    let outcome = entry.completion.as_ref().map(|completion| completion.outcome);
    let verdict = match outcome {
        Some(CalloutOutcome::Judged(verdict)) => verdict,
        Some(CalloutOutcome::Refused) => return Err("its token was refused".to_owned()),
        Some(CalloutOutcome::ForwardFailed) => Verdict::Failure,
        None => return Err("it is not answered yet".to_owned()),
    };
    let sent: Value =
        crate::text::json::parse(&bodies.request).map_err(|_| "its body is not JSON".to_owned())?;
    let answer = bodies.response.as_deref();
    let answer = answer.and_then(|answer| crate::text::json::parse::<Value>(answer).ok());
    let object = entry.received.object_id.as_deref().unwrap_or("object");
    let object: String = object.chars().take(MAX_NAME).collect();
    let name = format!("callout-{id}-{}", slug(&object));
    // A case with a type that is not known is refused.
    let known_type = entry.received.webhook_type.as_deref();
    let known_type = known_type.filter(|name| webhook_type::find(name).is_some());
    let mut members = vec![
        ("name", Some(format!("callout {id}: {object}").into())),
        ("type", known_type.map(Value::from)),
        ("payload", Some(format!("{name}.json").into())),
        ("expect", Some(verdict.name().into())),
    ];
    if let Some(answer) = answer.filter(|_| verdict != Verdict::Failure) {
        let refusals = refusals(&answer);
        let message = refusals.first().map(|one| one.message.as_str());
        let message = message.filter(|message| !message.is_empty());
        members.push(("message", message.map(Value::from)));
        let others = refusals.get(1..).unwrap_or_default();
        let changes = changes(&sent, &answer);
        let received_at = entry.received.received_at;
        members.push(("changes", expected_changes(&changes, others, received_at)));
    }
    let lines = members.into_iter();
    // TOML has no null, so changes that contain one are left out; any change is accepted then.
    let lines = lines.filter_map(|(name, value)| Some(toml::pair(name, &value?)? + "\n"));
    let text = format!("[[cases]]\n{}", lines.collect::<String>());
    let case = folder.join(format!("{name}.toml"));
    let payload = folder.join(format!("{name}.json"));
    for path in [&case, &payload] {
        if path.exists() {
            return Err(format!("{} already exists", path.display()));
        }
    }
    Ok(SavedCase { id, case, payload, contents: [bodies.request, text.into_bytes()] })
}

/// A time that an endpoint sets is not further from the callout.
const NEAR: SignedDuration = SignedDuration::from_mins(10);

/// The changed values by their paths, without the members of refusals, except for these. `None`: a value was removed,
/// which a case cannot say. A time near that of the callout may be any value.
fn expected_changes(
    changes: &[Change],
    named: &[Refusal],
    received_at: Timestamp,
) -> Option<Value> {
    let is_named = |path: &str| named.iter().any(|refusal| refusal.contains(path));
    let changes =
        changes.iter().filter(|change| !is_in_error(&change.path) || is_named(&change.path));
    let values = changes.map(|change| {
        Some((change.path.clone(), with_any_time(change.after.as_ref()?, received_at)))
    });
    Some(Value::Object(values.collect::<Option<_>>()?))
}

/// A value in which times near that of the callout are any value.
fn with_any_time(value: &Value, received_at: Timestamp) -> Value {
    let inside = |value: &Value| with_any_time(value, received_at);
    match value {
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, value)| (name.clone(), inside(value))).collect(),
        ),
        Value::Array(items) => items.iter().map(inside).collect(),
        Value::String(text)
            if timestamp::parse(text)
                .is_some_and(|time| time.duration_since(received_at).abs() <= NEAR) =>
        {
            json!({ "any": true })
        }
        other => other.clone(),
    }
}

/// Letters, digits and single hyphens, for a file name on every system.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).collect::<Vec<_>>();
    let slug = words.join("-").to_ascii_lowercase();
    if slug.is_empty() {
        return "object".to_owned();
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn names_of_files_are_plain() {
        for (text, expected) in [
            ("ORD-1111-2222", "ord-1111-2222"),
            ("../../etc/passwd", "etc-passwd"),
            ("", "object"),
            ("é…", "object"),
            ("a\u{1b}[0m b", "a-0m-b"),
        ] {
            assert_eq!(slug(text), expected);
        }
    }
}
