//! Saves callouts of the journal as test cases: for each the object that was sent, and what happened.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::callout::Verdict;
use crate::failure::Failure;
use crate::listener::journal::{Entry, Journal, Outcome};

/// The files of a callout.
#[derive(Debug, Serialize)]
pub struct SavedCase {
    pub id: i64,
    pub case: PathBuf,
    pub payload: PathBuf,
    #[serde(skip)]
    contents: [Vec<u8>; 2],
}

/// The callouts that were saved, and why others were not.
pub struct SavedCases {
    pub saved: Vec<SavedCase>,
    pub left_out: Vec<String>,
}

/// Writes the cases into a folder, which is created if it does not exist.
///
/// # Errors
/// A file already exists or cannot be written; no file is left then.
pub fn save(journal: &Journal, entries: &[Entry], folder: &Path) -> Result<SavedCases, Failure> {
    let mut cases = SavedCases {
        saved: Vec::new(),
        left_out: Vec::new(),
    };
    for entry in entries {
        let id = entry.id.unwrap_or_default();
        let body = journal.body(id)?.unwrap_or_default();
        match case_of(entry, id, body, folder) {
            Ok(case) => cases.saved.push(case),
            Err(why) => cases
                .left_out
                .push(format!("callout {id} is not saved: {why}")),
        }
    }
    std::fs::create_dir_all(folder).map_err(|error| Failure::file("create", folder, &error))?;
    let mut written = Vec::new();
    for case in &cases.saved {
        let files = [&case.payload, &case.case].into_iter().zip(&case.contents);
        for (path, content) in files {
            if let Err(error) = write_new(path, content) {
                for path in &written {
                    // The first error is reported.
                    std::fs::remove_file(path).ok();
                }
                let failure = Failure::file("write", path, &error);
                return Err(failure.with_hint("no file is overwritten; give another folder"));
            }
            written.push(path.clone());
        }
    }
    Ok(cases)
}

fn case_of(entry: &Entry, id: i64, body: Vec<u8>, folder: &Path) -> Result<SavedCase, String> {
    let outcome = entry
        .completion
        .as_ref()
        .map(|completion| completion.outcome);
    let Some(Outcome::Judged(verdict)) = outcome else {
        return Err("no endpoint answered it".to_owned());
    };
    if serde_json::from_slice::<Value>(&body).is_err() {
        return Err("its body is not JSON".to_owned());
    }
    let object = entry.received.object_id.as_deref().unwrap_or("object");
    let name = format!("callout-{id}-{}", slug(object));
    let text = case_text(&format!("callout {id}: {object}"), &name, verdict);
    Ok(SavedCase {
        id,
        case: folder.join(format!("{name}.toml")),
        payload: folder.join(format!("{name}.json")),
        contents: [body, text.into_bytes()],
    })
}

fn case_text(title: &str, name: &str, verdict: Verdict) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    format!(
        "[[cases]]\nname = {}\npayload = {}\nexpect = {}\n",
        quoted(title),
        quoted(&format!("{name}.json")),
        quoted(verdict.name())
    )
}

/// Letters, digits and single hyphens, for a file name on every system.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).collect::<Vec<_>>();
    let slug: String = words
        .join("-")
        .to_ascii_lowercase()
        .chars()
        .take(60)
        .collect();
    if slug.is_empty() {
        return "object".to_owned();
    }
    slug
}

fn write_new(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content)
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
