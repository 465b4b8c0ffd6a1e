//! Failures as users see them: kind, exit code, hint, text and JSON. The typed errors of the lower
//! layers are converted to a [`Failure`] only here.

mod causes;

use serde_json::{Map, Value, json as value};

use crate::model::id::is_id;
use crate::text::MPT;
use crate::text::{escape, json, plain};
use crate::ui::Ui;
use crate::ui::style::Tone;

/// The kinds of failure, ordered by severity: of several failures, the greatest decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Usage,
    Config,
    Denied,
    NotFound,
    Conflict,
    Rejected,
    Service,
    Network,
    Check,
    Internal,
    Interrupted,
}

impl Kind {
    /// Ordered by exit code.
    pub const ALL: [Self; 11] = [
        Self::Internal,
        Self::Usage,
        Self::Config,
        Self::Denied,
        Self::NotFound,
        Self::Conflict,
        Self::Rejected,
        Self::Service,
        Self::Network,
        Self::Check,
        Self::Interrupted,
    ];

    pub fn exit_code(self) -> u8 {
        self.facts().0
    }

    pub fn name(self) -> &'static str {
        self.facts().1
    }

    /// What the exit code means, for the manual.
    pub fn meaning(self) -> &'static str {
        self.facts().2
    }

    #[rustfmt::skip]
    fn facts(self) -> (u8, &'static str, &'static str) {
        match self {
            Self::Internal => (1, "internal", "An error of mpt or of this machine"),
            Self::Usage => (2, "usage", "The command line, or a file that it names, is wrong"),
            Self::Config => (3, "config", "The configuration or the credentials are missing, invalid or unsafe"),
            Self::Denied => (4, "denied", "The platform answered 401 or 403"),
            Self::NotFound => (5, "not-found", "The platform answered 404"),
            Self::Conflict => (6, "conflict", "The platform answered 409, a saved plan no longer applies, or a webhook is already taken over"),
            Self::Rejected => (7, "rejected", "The platform answered 400 or another 4xx"),
            Self::Service => (8, "service", "The platform failed, or its answer cannot be understood"),
            Self::Network => (9, "network", "The platform cannot be reached, or the connection was lost"),
            Self::Check => (10, "check", "A check found what it looks for, such as a difference or a problem"),
            Self::Interrupted => (130, "interrupted", "Ctrl-C, or no as the answer to a question"),
        }
    }

    fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::Denied,
            404 => Self::NotFound,
            409 => Self::Conflict,
            429 | 500.. => Self::Service,
            400..=499 => Self::Rejected,
            _ => Self::Service,
        }
    }
}

/// What failed, why, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    pub kind: Kind,
    pub message: String,
    pub hint: Option<String>,
    /// The problem details of the platform, if it refused the request.
    pub response: Option<Box<ResponseDetails>>,
}

/// The readable part of an error response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseDetails {
    pub status: Option<u16>,
    pub detail: Option<String>,
    /// Pairs of field and message.
    pub errors: Vec<(String, String)>,
    pub trace_id: Option<String>,
}

impl Failure {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let message = plain::os_errors(&message.into()).into_owned();
        Self { kind, message, hint: None, response: None }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A failure to read or write a file or a stream.
    pub fn file(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound if matches!(doing, "create" | "write") => {
                "its folder does not exist".to_owned()
            }
            _ => plain::io(error),
        };
        Self::usage(format!("cannot {doing} {}: {why}", path.display()))
    }

    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds detail lines without a field name.
    #[must_use]
    pub fn with_details(mut self, details: Vec<String>) -> Self {
        let answer = self.response.get_or_insert_default();
        answer.errors.extend(details.into_iter().map(|detail| (String::new(), detail)));
        self
    }

    /// Adds what was being done: `cannot show WBH-1: 404 Not Found`.
    #[must_use]
    pub fn while_trying(mut self, what: &str) -> Self {
        self.message = format!("cannot {what}: {}", self.message);
        self
    }

    /// Adds what was being done with a webhook: `cannot show WBH-1: 404 Not Found`.
    #[must_use]
    pub fn about_webhook(self, verb: &str, id: &str) -> Self {
        let failure = self.while_trying(&format!("{verb} {id}"));
        if failure.kind == Kind::NotFound && !is_id(id) {
            return failure.with_hint(
                format!("webhook IDs look like WBH-1234-5678, in capital letters; list them with {MPT} webhook list -o id"),
            );
        }
        failure
    }

    /// Renders the failure as text, without a line end.
    pub fn to_text(&self, label: &str, hint_label: &str) -> String {
        let mut text = format!("{label} {}", escape::line(&self.message));
        let answer = self.response.as_deref().cloned().unwrap_or_default();
        for (field, message) in &answer.errors {
            let field = if field.is_empty() { String::new() } else { format!("{field}: ") };
            text.push_str(&format!("\n  {}", escape::line(&format!("{field}{message}"))));
        }
        for (name, value) in [("", &answer.detail), ("trace id: ", &answer.trace_id)] {
            if let Some(value) = value {
                text.push_str(&format!("\n  {name}{}", escape::line(value)));
            }
        }
        if let Some(hint) = &self.hint {
            text.push_str(&format!("\n{hint_label} {}", escape::line(hint)));
        }
        text
    }

    pub fn to_json(&self) -> Value {
        let answer = self.response.as_deref().cloned().unwrap_or_default();
        let mut errors: Map<String, Value> = Map::new();
        let all = answer.errors.iter();
        let (details, fields): (Vec<_>, Vec<_>) = all.partition(|(field, _)| field.is_empty());
        for (field, message) in fields {
            let messages = errors.entry(field.clone()).or_insert_with(|| value!([]));
            if let Value::Array(messages) = messages {
                messages.push(message.as_str().into());
            }
        }
        let errors = if errors.is_empty() { Value::Null } else { Value::Object(errors) };
        let mut error = value!({
            "kind": self.kind.name(),
            "message": self.message,
            "status": answer.status,
            "detail": answer.detail,
            "errors": errors,
            "traceId": answer.trace_id,
            "hint": self.hint,
            "exitCode": self.kind.exit_code(),
        });
        if !details.is_empty() {
            let messages: Vec<_> = details.iter().map(|(_, message)| message).collect();
            error["details"] = value!(messages);
        }
        value!({ "error": error })
    }
}

/// How an unsuccessful command ends.
#[derive(Debug)]
pub enum Ending {
    Failed(Failure),
    /// The failures were already reported; only the exit code is left.
    Reported(Kind),
}

pub type CommandResult = Result<(), Ending>;

/// Reports a failure on standard error, in the requested format.
pub fn print(failure: &Failure, ui: &Ui) {
    ui.stderr(&if ui.reports_json() {
        json::line(&failure.to_json())
    } else {
        let label = ui.paint(Tone::Bad, "error:");
        ui.wrapped(&failure.to_text(&label, &ui.paint(Tone::Strong, "hint:")))
    });
}

/// Reports a panic as an internal error. Its message may contain data, so only the
/// source location is printed.
pub fn report_panics(json: bool) {
    std::panic::set_hook(Box::new(move |panic| {
        use std::io::Write;
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let failure = Failure::new(Kind::Internal, format!("mpt failed at {place}"))
            .with_hint("this is a bug of mpt: please report the command and this line");
        let text =
            if json { failure.to_json().to_string() } else { failure.to_text("error:", "hint:") };
        writeln!(std::io::stderr(), "{text}").ok();
        std::process::exit(Kind::Internal.exit_code().into());
    }));
}

#[cfg(test)]
mod tests {
    use super::{Failure, Kind};
    use crate::api::{Error, Place, ProblemDetails};

    #[test]
    fn severity_is_the_exit_code_but_for_internal_and_interrupted() {
        let mut kinds =
            [Kind::Internal, Kind::Check, Kind::Interrupted, Kind::Usage, Kind::Network];
        kinds.sort();
        assert_eq!(
            kinds,
            [Kind::Usage, Kind::Network, Kind::Check, Kind::Internal, Kind::Interrupted]
        );
    }

    #[test]
    fn a_refusal_shows_all_that_the_service_said() {
        let problem = ProblemDetails {
            title: Some("Bad Request".into()),
            detail: Some("no\u{1b}".into()),
            errors: vec![("url".into(), "must be https".into())],
            trace_id: Some("00-a".into()),
        };
        let error = Error::Refused {
            status: 400,
            place: Place { host: "api.example.com".to_owned(), ..Place::default() }.into(),
            path: "notifications/webhooks".into(),
            problem: Box::new(problem),
            retry_after: None,
        };
        let failure = Failure::from(error).while_trying("create the webhook");
        assert_eq!(
            failure.to_text("error:", "hint:"),
            "error: cannot create the webhook: 400 Bad Request from api.example.com\n  url: must be https\n  \
             no\\u001b\n  trace id: 00-a"
        );
        assert_eq!(failure.to_json()["error"]["errors"]["url"][0], "must be https");
    }
}
