//! Replaces `${NAME}` in strings after parsing, so that a value cannot change the structure.

use std::collections::HashMap;

use serde_json::Value;

use crate::source::node::{self, Content, Member, Node};
use crate::source::{FileError, Source, add_error};

/// An error in the variables of a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The variable is not set.
    Unset(String),
    /// Variables of `mpt` may contain credentials, and a manifest may be untrusted.
    Reserved(String),
    /// `${` without a name and `}`.
    Syntax,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unset(name) => write!(
                f,
                "the environment variable {name} is not set; set it, or use --var {name}=VALUE"
            ),
            Self::Reserved(name) => write!(
                f,
                "{name} is not allowed: mpt itself uses this variable, and its value may be a credential"
            ),
            Self::Syntax => f.write_str(
                "`${` must be followed by a name and `}`; write `$${` for a literal `${`",
            ),
        }
    }
}

/// The source of variables, and the variables that manifests must not use.
#[derive(Clone, Copy)]
pub struct Variables<'v> {
    pub value_of: &'v dyn Fn(&str) -> Option<String>,
    /// The variables that profiles read their tokens from.
    pub reserved: &'v [String],
}

/// The variables that `mpt` itself needs, so that a job cannot hide them from it. A proxy may have a password.
const OWN: [&str; 14] = [
    "ALL_PROXY", "APPDATA", "HOME", "HTTPS_PROXY", "HTTP_PROXY", "LOCALAPPDATA", "NO_PROXY",
    "PATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "TEMP", "TMP", "TMPDIR", "USERPROFILE",
];

/// Whether a variable belongs to `mpt` and may contain credentials: by its name, or because a profile uses it.
pub fn is_reserved(name: &str, reserved: &[String]) -> bool {
    // Variable names on Windows ignore letter case, and those of proxies everywhere.
    let upper = name.to_ascii_uppercase();
    upper.starts_with("MPT_")
        || OWN.contains(&upper.as_str())
        || reserved.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
}

/// Replaces `${NAME}` by the value, and `$${` by `${`.
///
/// # Errors
/// Every error in the text, not only the first.
pub fn expand(text: &str, variables: Variables<'_>) -> Result<String, Vec<Error>> {
    let is_reserved = |name: &str| is_reserved(name, variables.reserved);
    let mut expanded = String::with_capacity(text.len());
    let mut errors = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let is_literal = rest[..at].ends_with('$');
        expanded.push_str(&rest[..at - usize::from(is_literal)]);
        rest = &rest[at + 2..];
        if is_literal {
            expanded.push_str("${");
            continue;
        }
        let Some((name, after)) = rest.split_once('}').filter(|(name, _)| is_name(name)) else {
            errors.push(Error::Syntax);
            break;
        };
        match (variables.value_of)(name).filter(|_| !is_reserved(name)) {
            Some(value) => expanded.push_str(&value),
            None if is_reserved(name) => errors.push(Error::Reserved(name.to_owned())),
            None => errors.push(Error::Unset(name.to_owned())),
        }
        rest = after;
    }
    expanded.push_str(rest);
    if errors.is_empty() { Ok(expanded) } else { Err(errors) }
}

/// Reads the variables of a file: a table of strings.
///
/// # Errors
/// Every error of the file, each with its line.
pub fn read_file(source: &Source) -> Result<HashMap<String, String>, Vec<FileError>> {
    let mut errors = Vec::new();
    let mut report = |line, message| add_error(&mut errors, &source.name, line, message);
    let mut values = HashMap::new();
    match node::parse(&source.text, source.format) {
        Err((line, message)) => report(line, message),
        Ok(Node { content: Content::Table(members), .. }) => {
            for Member { key, line, node } in members {
                match node.content {
                    _ if key == "$schema" || key.starts_with("x-") => {}
                    _ if !is_name(&key) => {
                        report(line, format!("`{key}` is not a valid variable name"))
                    }
                    Content::Scalar(Value::String(value)) => drop(values.insert(key, value)),
                    _ => report(line, format!("{key}: must be a string")),
                }
            }
        }
        Ok(Node { line, .. }) => report(line, "must be a table of strings".to_owned()),
    }
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

/// Escapes a string so that it expands to itself.
pub fn escape(text: &str) -> String {
    text.replace("${", "$${")
}

pub fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::{Error, Variables, escape};

    fn expand(text: &str, value_of: impl Fn(&str) -> Option<String>) -> Result<String, Vec<Error>> {
        let reserved = ["PROD_TOKEN".to_owned()];
        let variables = Variables { value_of: &value_of, reserved: &reserved };
        super::expand(text, variables)
    }

    fn value_of(name: &str) -> Option<String> {
        (name == "HOST").then(|| "a${HOST}".to_owned())
    }

    #[test]
    fn variables_are_put_in_once() {
        for (text, expanded) in [
            ("https://${HOST}/x", "https://a${HOST}/x"),
            ("$${HOST} $HOST $", "${HOST} $HOST $"),
            ("${HOST}${HOST}", "a${HOST}a${HOST}"),
        ] {
            assert_eq!(expand(text, value_of).unwrap(), expanded);
        }
        let wrong = |text: &str| expand(text, value_of).unwrap_err();
        assert_eq!(wrong("${X}${"), [Error::Unset("X".to_owned()), Error::Syntax]);
        for own in ["MPT_API_TOKEN", "mpt_x", "PROD_TOKEN"] {
            let text = format!("${{{own}}}");
            assert_eq!(wrong(&text), [Error::Reserved(own.to_owned())]);
        }
        for text in ["${", "${}", "${A B}", "${1}", "${A"] {
            assert_eq!(wrong(text), [Error::Syntax], "{text}");
        }
    }

    proptest! {
        #[test]
        fn escaped_text_expands_to_itself(text in "(\\$|\\{|\\}|A|.){0,30}") {
            if !text.contains("$${") {
                prop_assert_eq!(expand(&escape(&text), |_| None), Ok(text));
            }
        }
    }
}
