//! Converts the errors of the lower layers, each with a hint.

use super::{Ending, Failure, Kind, ResponseDetails};
use crate::api::{Error as ApiError, MAX_PAUSE, Place, ProblemDetails, ProxyFailure, rql};
use crate::config::Error as ConfigError;
use crate::sandbox::Error as SandboxError;
use crate::system::database::Error as DatabaseError;
use crate::system::signals::Error as SignalError;
use crate::text::MPT;
use crate::ui::{Error as UiError, JqError};

impl<E> From<E> for Ending
where
    Failure: From<E>,
{
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl From<UiError> for Ending {
    fn from(error: UiError) -> Self {
        let kind = match error {
            UiError::Stdout(_) | UiError::Json(_) => Kind::Internal,
            UiError::Spool(_) => {
                let hint = "free some space there, or set TMPDIR to a folder with more space";
                let failure = Failure::new(Kind::Internal, error.to_string());
                return Self::Failed(failure.with_hint(hint));
            }
            UiError::NoId => Kind::Service,
            // The command itself has succeeded, so this is no usage error.
            UiError::Jq(JqError::Failed { .. } | JqError::Child(_)) => {
                let hint = "the command itself succeeded; only its output could not be filtered";
                let failure = Failure::new(Kind::Internal, error.to_string());
                return Self::Failed(failure.with_hint(hint));
            }
            UiError::Jq(JqError::Interrupted) | UiError::Interrupted => Kind::Interrupted,
            UiError::Format(_) | UiError::JqFormat(_) | UiError::Jq(_) | UiError::Prompt(_) => {
                Kind::Usage
            }
        };
        Self::Failed(Failure::new(kind, error.to_string()))
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Kind::Internal, format!("{error:#}"))
    }
}

impl From<SignalError> for Failure {
    fn from(error: SignalError) -> Self {
        Self::new(Kind::Internal, error.to_string())
    }
}

impl From<&ApiError> for Failure {
    fn from(error: &ApiError) -> Self {
        let kind = match error {
            ApiError::Refused { status, .. } => Kind::of_status(*status),
            ApiError::Redirect { .. }
            | ApiError::Unreadable { .. }
            | ApiError::NotSwitched(_)
            | ApiError::NotStored(_) => Kind::Service,
            ApiError::Connect { .. }
            | ApiError::Proxy(_)
            | ApiError::Tls { .. }
            | ApiError::TimedOut { .. }
            | ApiError::Broken { .. } => Kind::Network,
            ApiError::MaybeDone(inner) | ApiError::ReadBackFailed(inner) => {
                let inner = Self::from(&**inner);
                return Self { message: error.to_string(), ..inner };
            }
            ApiError::Changed(_) => Kind::Conflict,
            ApiError::Setup { .. } | ApiError::Insecure(_) => Kind::Config,
            ApiError::Id(_) => Kind::Usage,
        };
        let mut failure = Self::new(kind, error.to_string());
        failure.hint = hint(error);
        let mut answer = ResponseDetails { status: error.status(), ..ResponseDetails::default() };
        if let ApiError::Refused { problem, retry_after, .. } = error {
            // A title that only repeats the status is left out.
            let new = |text: &Option<String>| {
                text.clone().filter(|text| !failure.message.contains(text.as_str()))
            };
            answer.detail = match (new(&problem.title), new(&problem.detail)) {
                (Some(title), Some(detail)) => Some(format!("{title}: {detail}")),
                (title, detail) => title.or(detail),
            };
            answer.errors = problem.errors.clone();
            answer.trace_id = problem.trace_id.clone();
            if let Some(wait) = retry_after.filter(|wait| *wait > MAX_PAUSE) {
                failure.hint = Some(if wait == std::time::Duration::MAX {
                    "the platform asks to wait; its Retry-After cannot be understood".to_owned()
                } else {
                    format!(
                        "the platform asks to wait {} s before the next attempt",
                        wait.as_secs()
                    )
                });
            }
        }
        failure.response = Some(Box::new(answer));
        failure
    }
}

fn hint(error: &ApiError) -> Option<String> {
    let text = match error {
        ApiError::Refused { status, path, place, problem, .. } => {
            return hint_refused(*status, path, place, problem);
        }
        ApiError::Redirect { .. } => {
            "the token is not sent to another address; if the address is right, set it as base_url"
        }
        ApiError::NotSwitched(_) | ApiError::NotStored(_) => {
            return Some(format!(
                "someone else may have changed it; look at it with {MPT} webhook show"
            ));
        }
        ApiError::Unreadable { .. } => {
            return Some(format!(
                "the address may be wrong; try {MPT} config check, or see the response with -vv"
            ));
        }
        ApiError::Connect { .. } => {
            return Some(format!(
                "try {MPT} config check, which tests host name, connection and TLS"
            ));
        }
        ApiError::Proxy(ProxyFailure::Refused { status: Some(407), .. }) => {
            "put the user and password that the proxy wants into its URL: http://USER:PASSWORD@HOST:PORT"
        }
        ApiError::Proxy(_) => "use another proxy, or name the platform's host in NO_PROXY",
        ApiError::Tls { .. } => {
            "behind a proxy that intercepts TLS, set its certificate as ca_file"
        }
        ApiError::TimedOut { .. } => "wait longer with --timeout 60s",
        ApiError::Broken { .. } => "see the exchange with -vv",
        ApiError::Insecure(_) => "use an https:// base URL; plain http:// is for loopback only",
        ApiError::Changed(_) => "run the command again; it reads the webhook again",
        ApiError::Id(_) => {
            return Some(format!(
                "IDs look like WBH-1234-5678; list them with {MPT} webhook list -o id"
            ));
        }
        ApiError::Setup { .. } | ApiError::MaybeDone(_) | ApiError::ReadBackFailed(_) => {
            return None;
        }
    };
    Some(text.to_owned())
}

/// What helps after a response with an error status.
fn hint_refused(
    status: u16,
    path: &str,
    Place { token, .. }: &Place,
    problem: &ProblemDetails,
) -> Option<String> {
    Some(match status {
        401 => format!("{token} is wrong or expired; see {MPT} config check"),
        403 => format!(
            "the account of {token} is not allowed to do this; see whose it is with {MPT} config check"
        ),
        404 => return hint_not_found(path),
        400 if problem.is_about_property() => {
            format!("known properties: {}", rql::properties(path)?.join(", "))
        }
        429 => "the platform limits the number of requests; wait, or increase --retries".to_owned(),
        500.. => "the platform or a proxy in front of it is failing; try again later".to_owned(),
        _ => return None,
    })
}

/// Where to look for an object that was not found.
fn hint_not_found(path: &str) -> Option<String> {
    let mut parts = path.split('/').skip(1);
    let (list, object) = (parts.next()?, parts.next());
    Some(match (list, object) {
        ("webhooks", Some(_)) => {
            format!(
                "list the webhooks of this account with {MPT} webhook list; an account of type Client sees none"
            )
        }
        ("products" | "programs" | "forms", Some(_)) => {
            format!("see the {list} of this account with {MPT} status --all")
        }
        ("orders", Some(_)) => format!("list the orders with {MPT} order list"),
        ("enrollments", Some(_)) => {
            format!("list the enrollments with {MPT} api GET /program/enrollments")
        }
        ("webhooks" | "products" | "programs" | "forms" | "orders" | "enrollments", None) => {
            format!("check the base URL with {MPT} config show")
        }
        _ => return None,
    })
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let kind = match &error {
            ConfigError::Value { name, .. } if name.starts_with("--") => Kind::Usage,
            ConfigError::Interrupted => Kind::Interrupted,
            _ => Kind::Config,
        };
        let failure = Self::new(kind, error.to_string());
        match error {
            ConfigError::File { hint: Some(hint), .. }
            | ConfigError::Missing { hint, .. }
            | ConfigError::Unsafe { hint, .. } => failure.with_hint(hint),
            _ => failure,
        }
    }
}

impl From<SandboxError> for Failure {
    fn from(error: SandboxError) -> Self {
        let failure = Self::new(Kind::Config, error.to_string());
        match error.hint() {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        let hint = match error {
            _ if error.is_disk_full() => "the disk is full; free some space and try again",
            DatabaseError::File { .. } => {
                "make the folder writable, or choose another with MPT_HOME"
            }
            DatabaseError::Database { .. } => {
                "move the file away; a new, empty one will be created"
            }
            DatabaseError::Newer { .. } => "update mpt",
        };
        Self::new(Kind::Config, error.to_string()).with_hint(hint)
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        (&error).into()
    }
}
