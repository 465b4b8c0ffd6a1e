//! What the operating system and libraries say of an error, in plain words. A text that is not known stays as it is.

use std::borrow::Cow;
use std::io;
use std::process::ExitStatus;

/// The text with what the operating system says, which Rust marks with ` (os error 2)`, in plain words.
pub fn os_errors(text: &str) -> Cow<'_, str> {
    const BEGIN: &str = " (os error ";
    let mut rest = Cow::Borrowed(text);
    while let Some(begin) = rest.find(BEGIN) {
        let number = &rest[begin + BEGIN.len()..];
        let Some((number, after)) = number.split_once(')') else { break };
        let Ok(number) = number.parse() else { break };
        let error = io::Error::from_raw_os_error(number);
        let said = error.to_string();
        let system = said.split(BEGIN).next().unwrap_or_default();
        let before = &rest[..begin];
        let plain = match system {
            "Too many levels of symbolic links" => Some("its links form a loop"),
            _ => of_kind(error.kind()),
        };
        rest = match (before.strip_suffix(system), plain) {
            (Some(start), Some(plain)) => format!("{start}{plain}{after}"),
            _ => format!("{before}{after}"),
        }
        .into();
    }
    rest
}

/// An error of the operating system, without the path of a temporary file that a library adds.
pub fn io(error: &io::Error) -> String {
    let said = error.to_string();
    match said.split_once(" at path \"").map_or(&*said, |(said, _)| said) {
        "stream did not contain valid UTF-8" => "it is not UTF-8 text".to_owned(),
        said => os_errors(said).into_owned(),
    }
}

fn of_kind(kind: io::ErrorKind) -> Option<&'static str> {
    use io::ErrorKind as Kind;
    Some(match kind {
        Kind::NotFound => "it does not exist",
        Kind::PermissionDenied => "you have no permission",
        Kind::AlreadyExists => "it already exists",
        Kind::IsADirectory => "it is a folder",
        Kind::NotADirectory => "a part of the path is not a folder",
        Kind::StorageFull => "the disk is full",
        Kind::ReadOnlyFilesystem => "the file system is read-only",
        Kind::InvalidFilename => "the name is too long, or not allowed here",
        Kind::ConnectionRefused => "connection refused",
        Kind::ConnectionReset => "the connection was reset",
        Kind::HostUnreachable | Kind::NetworkUnreachable => "there is no route to it",
        Kind::AddrInUse => "the port is in use",
        Kind::AddrNotAvailable => "this machine does not have this address",
        Kind::TimedOut => "timed out",
        _ => return None,
    })
}

/// How a program ended.
pub fn ended(status: ExitStatus) -> String {
    status.code().map_or_else(|| status.to_string(), |code| format!("exit code {code}"))
}

/// Why a name has no address.
pub fn lookup(text: &str) -> String {
    match text.strip_prefix("failed to lookup address information: ") {
        Some(why) if why.starts_with("Temporary failure") => {
            "the name server does not answer".to_owned()
        }
        Some(_) => "no host has this name".to_owned(),
        None if text == "invalid dns name" => "no host can have this name".to_owned(),
        None => os_errors(text).into_owned(),
    }
}

/// What a broken HTTP connection or answer is about.
pub fn http(text: &str) -> Cow<'_, str> {
    find(HTTP, text).map_or_else(|| lookup(text).into(), Cow::Borrowed)
}

/// A JSON text that cannot be parsed, with the place.
pub fn json(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let said = json_without_place(error);
    match (line, column) {
        (0, _) => said,
        _ if said == EMPTY => said,
        (line, 0) => format!("{said} (line {line})"),
        _ => format!("{said} (line {line}, column {column})"),
    }
}

/// The same without the place.
pub fn json_without_place(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = said.strip_suffix(&place).unwrap_or(&said);
    if (error.is_eof(), error.line(), error.column()) == (true, 1, 0) {
        return EMPTY.to_owned();
    }
    find(JSON, said).map_or_else(|| value(said), str::to_owned)
}

/// A YAML text that cannot be parsed.
pub fn yaml(said: &str) -> String {
    let plain = value(said);
    let known = YAML.iter().find(|(words, _)| plain == said && said.contains(words));
    known.map_or(plain, |(_, words)| (*words).to_owned())
}

/// A TOML text that cannot be parsed.
pub fn toml(said: &str) -> String {
    let said = said.strip_suffix(", expected nothing").unwrap_or(said);
    let known = TOML.iter().find(|(words, _)| said.starts_with(words));
    known.map_or_else(|| value(said), |(_, plain)| (*plain).to_owned())
}

/// A value that does not fit: what serde says, whatever the format.
pub fn value(said: &str) -> String {
    let said =
        said.strip_suffix(", set DuplicateKeyPolicy in Options if acceptable").unwrap_or(said);
    // What was found may contain these words itself.
    if let Some((found, wanted)) = said.strip_prefix("invalid type: ").and_then(|rest| {
        let begin = rest.rfind(['"', '`']).unwrap_or_default();
        let (_, wanted) = rest[begin..].split_once(", expected ")?;
        rest.strip_suffix(wanted)?.strip_suffix(", expected ").map(|found| (found, wanted))
    }) {
        return format!("expected {}, not {}", kind(wanted), kind(found));
    }
    if let Some(rest) = said.strip_prefix("unknown field ") {
        return match rest.split_once(", expected ") {
            Some((key, known)) => {
                let known = known.trim_start_matches("one of ");
                format!("unknown key {key}; known keys: {known}")
            }
            None => format!("unknown key {rest}"),
        };
    }
    if let Some(rest) = said.strip_prefix("unknown variant ") {
        return format!("unknown value {}", rest.replace(", expected one of ", "; known values: "));
    }
    if said.starts_with("invalid length ") {
        return "it has too few or too many members".to_owned();
    }
    if let Some(key) = said.strip_prefix("missing field ") {
        return format!("{key} is missing");
    }
    for prefix in ["duplicate field ", "duplicate mapping key: "] {
        if let Some(key) = said.strip_prefix(prefix) {
            return format!("`{}` is given twice", key.trim_matches('`'));
        }
    }
    said.to_owned()
}

/// The kind of a value in serde's words.
fn kind(said: &str) -> String {
    let (kind, shown) = said.split_once(' ').unwrap_or((said, ""));
    let plain = match kind {
        "sequence" => "a list",
        "map" => "an object",
        "string" => "the text",
        "integer" | "floating" | "number" => "the number",
        "boolean" => "the value",
        "null" | "unit" => "null",
        _ => match said {
            "a sequence" => return "a list".to_owned(),
            "a map" => return "an object".to_owned(),
            "a string" => return "text".to_owned(),
            "a boolean" => return "true or false".to_owned(),
            _ => return said.to_owned(),
        },
    };
    format!("{plain} {}", shown.trim_start_matches("point ").trim_start_matches("value"))
        .trim_end()
        .to_owned()
}

/// A text that cannot be parsed as a URL.
pub fn url(error: url::ParseError) -> &'static str {
    match error {
        url::ParseError::EmptyHost => "it has no host",
        url::ParseError::IdnaError | url::ParseError::InvalidDomainCharacter => {
            "its host contains a character that no host name has"
        }
        url::ParseError::InvalidPort => "its port is not a number from 0 to 65535",
        url::ParseError::InvalidIpv4Address => "its host is not an IPv4 address",
        url::ParseError::InvalidIpv6Address => "its host is not an IPv6 address, such as [::1]",
        url::ParseError::Overflow => "it is too long",
        _ => "it has no scheme, such as https://",
    }
}

const EMPTY: &str = "it is empty";

/// Pairs of what a library says, and plain words.
type Words = &'static [(&'static str, &'static str)];

fn find(words: Words, said: &str) -> Option<&'static str> {
    words.iter().find(|(known, _)| *known == said).map(|(_, plain)| *plain)
}

const HTTP: Words = &[
    ("connection closed before message completed", "the server closed it before the answer"),
    (
        "end of file before message length reached",
        "the server closed it in the middle of the answer",
    ),
    ("unexpected EOF during chunk size line", "the server closed it in the middle of the answer"),
    ("invalid HTTP version parsed", "the first line is not HTTP"),
    ("invalid HTTP version parsed (found HTTP2 preface)", "the first line is HTTP/2"),
    ("invalid HTTP status-code parsed", "the status is no number"),
    ("invalid HTTP header parsed", "a header is malformed"),
    ("invalid content-length parsed", "the header Content-Length is malformed"),
    ("unexpected transfer-encoding parsed", "the header Transfer-Encoding is malformed"),
    ("message head is too large", "the headers are too large"),
    ("tls handshake eof", "the server ended the TLS handshake; it may serve plain http"),
];

const JSON: Words = &[
    ("EOF while parsing a list", "the text ends inside a list: a `]` is missing"),
    ("EOF while parsing an object", "the text ends inside an object: a `}` is missing"),
    ("EOF while parsing a string", "the text ends inside a string: a `\"` is missing"),
    ("EOF while parsing a value", "the text ends where a value is expected"),
    ("expected `:`", "a `:` is missing after the name of a member"),
    ("expected `,` or `]`", "a `,` or a `]` is missing"),
    ("expected `,` or `}`", "a `,` or a `}` is missing"),
    ("expected ident", "this is no JSON value; text must be in double quotes"),
    ("expected value", "this is no JSON value; text must be in double quotes"),
    ("expected `\"`", "a `\"` is missing"),
    ("invalid escape", "a `\\` in a string is followed by a character that cannot follow it"),
    ("invalid number", "a number is malformed"),
    ("number out of range", "a number is too large"),
    ("invalid unicode code point", "a string contains a `\\u` with half of a character"),
    ("lone leading surrogate in hex escape", "a string contains a `\\u` with half of a character"),
    ("unexpected end of hex escape", "a `\\u` in a string needs four hexadecimal digits"),
    (
        "control character (\\u0000-\\u001F) found while parsing a string",
        "a string contains a control character; write a line break as `\\n`",
    ),
    ("key must be a string", "the name of a member must be in double quotes"),
    ("trailing comma", "the comma before a `}` or a `]` is not allowed"),
    ("trailing characters", "something follows the end of the JSON"),
    ("recursion limit exceeded", "it is nested too deeply"),
];

/// What the messages contain.
const YAML: Words = &[
    ("budget breached", "its aliases expand to too much"),
    ("recursive references", "an alias is used inside its own anchor"),
    ("cannot deserialize null into string", "a key must be text"),
    ("non-finite float", "JSON has no such number"),
    ("cannot deserialize tagged scalar", "the value is not what its tag says"),
    ("mapping values are not allowed", "a second `: ` in one line; put the value in quotes"),
    ("did not find expected key", "it is indented differently from the lines above"),
    ("tabs disallowed", "indent with spaces, not with tabs"),
    ("unknown anchor", "an alias names no anchor"),
    (
        "illegal placement of ':'",
        "a `:` is in the wrong place; put text that contains one in quotes",
    ),
    ("expected mapping start", "expected an object"),
    ("expected string scalar", "expected text"),
    ("expected sequence start", "expected a list"),
];

/// How the messages begin.
const TOML: Words = &[
    ("string values must be quoted", "text must be in quotes"),
    ("key with no value", "a `=` and a value are missing after the key"),
    ("invalid boolean", "write true or false"),
    ("invalid basic string", "a quote is not closed, or the text contains a control character"),
    (
        "missing escaped value",
        "a `\\` in a string is followed by a character that cannot follow it",
    ),
    ("unclosed table", "a `]` is missing"),
    ("unclosed array", "a `]` is missing"),
    ("unclosed inline table", "a `}` is missing"),
    ("unquoted keys cannot be empty", "a key is missing before the `=`"),
    ("`_` may only go between digits", "a `_` in a number must be between digits"),
    ("unexpected leading zero", "a number cannot begin with 0"),
    ("duplicate key", "a key is given twice"),
    ("cannot recurse further", "it is nested too deeply"),
    ("recursion limit", "it is nested too deeply"),
    ("integer number overflowed", "a number is too large"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};
    use serde_json::Value;

    use super::{http, io, json, lookup, os_errors, toml, value, yaml};

    #[test]
    fn the_words_of_the_system_are_replaced_by_their_number() {
        let missing = std::fs::read("no such file").unwrap_err();
        assert!(missing.to_string().contains("(os error"));
        for (text, expected) in [
            (format!("a: {missing}; b: {missing}!"), "a: it does not exist; b: it does not exist!"),
            ("(os error x)".to_owned(), "(os error x)"),
            (" (os error 1".to_owned(), " (os error 1"),
            ("what is this (os error 99999)".to_owned(), "what is this"),
        ] {
            assert_eq!(os_errors(&text), expected);
        }
        assert_eq!(io(&missing), "it does not exist");
        let folder = tempfile::tempdir().unwrap();
        let wrapped = tempfile::NamedTempFile::new_in(folder.path().join("none")).unwrap_err();
        assert!(wrapped.to_string().contains("none"), "{wrapped}");
        assert_eq!(io(&wrapped), "it does not exist");
    }

    #[test]
    fn json_is_explained() {
        for (text, expected) in [
            ("", "it is empty"),
            ("{\"a\": [1", "the text ends inside a list: a `]` is missing (line 1, column 8)"),
            ("{\"a\": 1,}", "the comma before a `}` or a `]` is not allowed (line 1, column 9)"),
            ("<html>", "this is no JSON value; text must be in double quotes (line 1, column 1)"),
            ("{} x", "something follows the end of the JSON (line 1, column 4)"),
            ("{a: 1}", "the name of a member must be in double quotes (line 1, column 2)"),
        ] {
            let error = serde_json::from_str::<Value>(text).unwrap_err();
            assert_eq!(json(&error), expected);
        }
        let error = serde_json::from_str::<Vec<String>>("[[1]]").unwrap_err();
        assert_eq!(json(&error), "expected text, not a list (line 1, column 1)");
        // Every message of the parser is known.
        for text in [
            "[", "{", "\"", "{\"a\"", "{\"a\" 1", "[1 2", "{\"a\": 1 2", "nul", "@", "\"\\x\"",
            "1.", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\u00\"", "\"\n\"", "{1: 2}", "[1,]",
            "1 1", "-",
        ] {
            let error = serde_json::from_str::<Value>(text).unwrap_err();
            let said = error.to_string();
            assert!(
                !json(&error).starts_with(said.split(" at line").next().unwrap()),
                "{text}: {said}"
            );
        }
    }

    #[test]
    fn values_are_explained() {
        for (said, expected) in [
            ("invalid type: integer `3`, expected a string", "expected text, not the number `3`"),
            ("invalid type: null, expected a boolean", "expected true or false, not null"),
            ("invalid type: sequence, expected a map", "expected an object, not a list"),
            (
                "unknown field `uri`, expected one of `url`, `type`",
                "unknown key `uri`; known keys: `url`, `type`",
            ),
            ("missing field `to`", "`to` is missing"),
            (
                "duplicate mapping key: url, set DuplicateKeyPolicy in Options if acceptable",
                "`url` is given twice",
            ),
            ("something new", "something new"),
        ] {
            assert_eq!(value(said), expected);
        }
        assert_eq!(
            yaml("mapping values are not allowed in this context"),
            "a second `: ` in one line; put the value in quotes"
        );
        assert_eq!(
            toml("string values must be quoted, expected literal string"),
            "text must be in quotes"
        );
        assert_eq!(http("message head is too large"), "the headers are too large");
        assert_eq!(
            lookup("failed to lookup address information: Name or service not known"),
            "no host has this name"
        );
    }

    proptest! {
        #[test]
        fn any_text_can_be_explained(text in any::<String>()) {
            for explain in [yaml, toml, value, lookup] {
                explain(&text);
            }
            os_errors(&text);
        }
    }
}
