//! Reads the accounts of `mpt-cli` (docs/platform-api.md, "Accounts of mpt-cli").

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Error;
use super::profile::{Key, checked_token, objection_to_name};
use crate::model::Secret;
use crate::system::{files, folders};
use crate::text::escape;

/// An account in one environment.
#[derive(Debug)]
pub struct MptCliAccount {
    pub id: String,
    pub name: String,
    pub token: Secret,
    pub environment: String,
    pub is_active: bool,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    #[serde(default)]
    name: String,
    token: String,
    #[serde(default)]
    token_id: String,
    environment: String,
    #[serde(default)]
    is_active: Option<bool>,
}

/// `~/.swocli/accounts.json`
pub fn default_path() -> Option<PathBuf> {
    Some(folders::home()?.join(".swocli").join("accounts.json"))
}

/// Reads all accounts, in the order of the file.
pub fn read(path: &Path) -> Result<Vec<MptCliAccount>, Error> {
    let error = |line: Option<usize>, message: String| Error::File {
        path: path.to_owned(),
        line,
        message,
        hint: None,
    };
    let text = files::read_text(path, files::MAX_INPUT).map_err(|why| match why.kind() {
        std::io::ErrorKind::Interrupted => Error::Interrupted,
        _ => Error::File {
            path: path.to_owned(),
            line: None,
            message: format!("cannot be read: {why}"),
            hint: Some("mpt-cli stores its accounts there; give another path as FILE".to_owned()),
        },
    })?;
    let entries: Vec<Entry> = serde_json::from_str(&text)
        .map_err(|why| error(Some(why.line()), "is not an accounts file of mpt-cli".to_owned()))?;
    let mut accounts: Vec<MptCliAccount> = Vec::new();
    for entry in entries {
        if accounts.iter().any(|account| account.id == entry.id) {
            return Err(error(None, format!("account `{}` is listed twice", entry.id)));
        }
        let id = escape::line(&entry.id).into_owned();
        let in_account = |why: String| error(None, format!("account `{id}`: {why}"));
        // The ID becomes the name of a profile.
        if let Some(objection) = objection_to_name(&entry.id) {
            return Err(in_account(objection));
        }
        Key::BaseUrl
            .check(&entry.environment)
            .map_err(|why| in_account(format!("environment: {why}")))?;
        accounts.push(MptCliAccount {
            token: whole_token(&entry).map_err(|why| in_account(why.to_string()))?,
            id: entry.id,
            name: entry.name,
            environment: entry.environment,
            is_active: entry.is_active.unwrap_or(false),
        });
    }
    Ok(accounts)
}

/// Very old entries store the token in two parts.
fn whole_token(entry: &Entry) -> Result<Secret, Error> {
    let is_whole = entry.token.contains(':') || entry.token_id.is_empty();
    if is_whole {
        checked_token(&entry.token, "token")
    } else {
        checked_token(&format!("{}:{}", entry.token_id, entry.token), "token")
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, whole_token};

    #[test]
    fn a_token_in_two_parts_is_joined() {
        let token = |json: &str| {
            let entry: Entry = serde_json::from_str(json).unwrap();
            whole_token(&entry).unwrap().expose().to_owned()
        };
        let base = r#""id":"ACC-1","environment":"https://a.example""#;
        assert_eq!(
            token(&format!(r#"{{{base},"token":"idt:TKN-1:s","token_id":"TKN-1"}}"#)),
            "idt:TKN-1:s"
        );
        assert_eq!(token(&format!(r#"{{{base},"token":"s","token_id":"TKN-1"}}"#)), "TKN-1:s");
    }
}
