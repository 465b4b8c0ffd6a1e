//! The JSON API of the page.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::sync::broadcast::error::RecvError;

use super::Page;
use super::detail::Detail;
use crate::callout::path;
use crate::listener::handler::MAX_BODY;
use crate::listener::journal::{Bodies, Journal, JournalEntry};
use crate::listener::reply::Reply;
use crate::model::timestamp;
use crate::net::server;
use crate::system::database;
use crate::text::MPT;
use crate::text::{json as json_text, plain};

/// How many windows may follow what arrives.
static STREAMS: Semaphore = Semaphore::const_new(16);

/// The longest body that is indented, in bytes; a longer one is shown as it is.
const MAX_INDENTED: usize = 4 * 1024 * 1024;

/// The number of callouts in one response.
const PAGE_SIZE: u32 = 1000;

type Inspected = State<Arc<Page>>;

/// Why a request is not answered, for the reader of the page.
pub(super) struct Rejection(StatusCode, String);

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        Reply::problem(self.0, &self.1).into_response()
    }
}

impl Rejection {
    fn bad(detail: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, detail.into())
    }

    fn no_json(error: &serde_json::Error) -> Self {
        Self::bad(format!("The body is not valid JSON: {}", plain::json(error)))
    }

    fn internal(error: impl ToString) -> Self {
        let why = plain::os_errors(&error.to_string()).into_owned();
        Self(StatusCode::INTERNAL_SERVER_ERROR, why)
    }

    fn gone(id: i64) -> Self {
        let detail = format!("Callout {id} is no longer in the journal");
        Self(StatusCode::NOT_FOUND, detail)
    }
}

/// What the page shows at its top, and what it may do.
pub(super) async fn status(State(page): Inspected) -> Response {
    let options = page.handler.options();
    let (does, what) = options.answering.description();
    let status = json!({
        "listensOn": page.listens_on,
        "does": does,
        "what": what,
        "signs": options.authenticator.secret.is_some(),
        "canSave": page.settings.save.is_some(),
        "startedAt": timestamp::format(page.started_at),
    });
    Reply::json(status.to_string().into()).into_response()
}

/// At most 1,000 callouts, newest first; `?before=ID` continues.
pub(super) async fn list(State(page): Inspected, uri: Uri) -> Result<Response, Rejection> {
    let before = uri.query().and_then(|query| query.strip_prefix("before="));
    let before = before.map(str::parse).transpose();
    let before = before.map_err(|_| Rejection::bad("`before` is not a number"))?;
    let entries = read(&page, move |journal| journal.latest(before, PAGE_SIZE)).await?;
    let callouts: Vec<_> = entries.iter().map(|entry| entry.record().without_checks()).collect();
    as_json(&json!({ "callouts": callouts }))
}

/// Each callout when it arrives and when it is finished.
pub(super) async fn events(
    State(page): Inspected,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Rejection> {
    let place = STREAMS.try_acquire();
    let place = place.map_err(|_| {
        let why = "The inspector is open in too many windows";
        Rejection(StatusCode::SERVICE_UNAVAILABLE, why.to_owned())
    })?;
    let arrivals = (page.handler.arrivals(), place);
    let events = stream::unfold(arrivals, |(mut arrivals, place)| async {
        loop {
            let event = match arrivals.recv().await {
                Ok(entry) if entry.id.is_none() => continue,
                Ok(entry) => match text_of(&entry.record().without_checks()) {
                    Ok(text) => Event::default().data(text),
                    Err(_) => continue,
                },
                // The page reads everything again.
                Err(RecvError::Lagged(_)) => Event::default().event("reload").data(""),
                Err(RecvError::Closed) => return None,
            };
            return Some((Ok(event), (arrivals, place)));
        }
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// All about a callout but its bodies.
pub(super) async fn callout(
    State(page): Inspected,
    Path(id): Path<i64>,
) -> Result<Response, Rejection> {
    let entry = entry(&page, id).await?;
    let bodies = bodies(&page, id).await?;
    let arguments = &page.settings.replay_arguments;
    let replay = format!("{MPT} endpoint replay --id {id}{arguments}");
    // Large objects take a while to compare.
    let compared =
        tokio::task::spawn_blocking(move || as_json(&Detail::new(&entry, &bodies, replay)));
    compared.await.map_err(Rejection::internal)?
}

/// The body of the callout: indented if it is JSON, else as it is.
pub(super) async fn request(
    State(page): Inspected,
    Path(id): Path<i64>,
) -> Result<Response, Rejection> {
    let bodies = bodies(&page, id).await?;
    Ok(as_text(&bodies.request))
}

/// The body of the answer.
pub(super) async fn response(
    State(page): Inspected,
    Path(id): Path<i64>,
) -> Result<Response, Rejection> {
    let bodies = bodies(&page, id).await?;
    Ok(as_text(&bodies.response.unwrap_or_default()))
}

/// Sends a callout again. A body in the request replaces its own.
pub(super) async fn send(
    State(page): Inspected,
    Path(id): Path<i64>,
    body: Body,
) -> Result<Response, Rejection> {
    let given = read_body(body).await?;
    let entry = entry(&page, id).await?;
    let body = match given.is_empty() {
        true => {
            let body = read(&page, move |journal| journal.body(id)).await?;
            body.ok_or_else(|| Rejection::gone(id))?.into()
        }
        false => {
            serde_json::from_slice::<Value>(&given).map_err(|error| Rejection::no_json(&error))?;
            given
        }
    };
    let sent = page.handler.send_by_hand(&entry, body).await;
    as_json(&json!({ "id": sent }))
}

/// A body, and what to set in it.
#[derive(Deserialize)]
struct Setting {
    body: String,
    path: String,
    value: String,
}

/// What was set: the path in the form in which changes are reported, the values as JSON.
#[derive(Serialize)]
struct Set {
    body: String,
    path: String,
    /// `None`: there was no value.
    before: Option<String>,
    after: String,
}

/// Sets a value of a body by its path.
pub(super) async fn set(body: Body) -> Result<Response, Rejection> {
    let Setting { body, path, value } = serde_json::from_slice(&read_body(body).await?)
        .map_err(|error| Rejection::no_json(&error))?;
    let mut object: Value =
        serde_json::from_str(&body).map_err(|error| Rejection::no_json(&error))?;
    let value = serde_json::from_str(&value).unwrap_or_else(|_| Value::from(value));
    let before = path::find(&object, &path).map(json_text::line);
    let after = json_text::line(&value);
    path::set(&mut object, &path, value).map_err(Rejection::bad)?;
    let body = json_text::pretty(&object).trim_end().to_owned();
    as_json(&Set { body, path: path::canonical(&object, &path), before, after })
}

/// Saves a callout as a test case.
pub(super) async fn save(
    State(page): Inspected,
    Path(id): Path<i64>,
) -> Result<Response, Rejection> {
    entry(&page, id).await?;
    let saving = tokio::task::spawn_blocking(move || {
        let Some(save) = &page.settings.save else {
            return Err(
                "Start mpt endpoint listen with --save-cases DIR to save test cases".to_owned()
            );
        };
        save(&page.handler.options().journal, id)
    });
    let saved = saving.await.map_err(Rejection::internal)?;
    let case = saved.map_err(|why| Rejection(StatusCode::CONFLICT, why))?;
    as_json(&json!({ "case": case.display().to_string() }))
}

async fn bodies(page: &Arc<Page>, id: i64) -> Result<Bodies, Rejection> {
    let bodies = read(page, move |journal| journal.bodies(id)).await?;
    bodies.ok_or_else(|| Rejection::gone(id))
}

async fn entry(page: &Arc<Page>, id: i64) -> Result<JournalEntry, Rejection> {
    let entry = read(page, move |journal| journal.entry(id)).await?;
    entry.ok_or_else(|| Rejection::gone(id))
}

/// Uses the journal on another thread, since it may have to wait for other processes.
async fn read<T: Send + 'static>(
    page: &Arc<Page>,
    work: impl FnOnce(&Journal) -> Result<T, database::Error> + Send + 'static,
) -> Result<T, Rejection> {
    let page = Arc::clone(page);
    let worked = tokio::task::spawn_blocking(move || work(&page.handler.options().journal));
    worked.await.map_err(Rejection::internal)?.map_err(Rejection::internal)
}

async fn read_body(body: Body) -> Result<Bytes, Rejection> {
    let read = server::read_body(body, MAX_BODY).await;
    read.map(|collected| collected.bytes).map_err(|why| {
        let (status, text) = why.answer(MAX_BODY);
        Rejection(status, text)
    })
}

fn text_of(value: &impl Serialize) -> serde_json::Result<String> {
    json_text::text(value, json_text::Layout::Compact)
}

fn as_json(value: &impl Serialize) -> Result<Response, Rejection> {
    let text = text_of(value).map_err(Rejection::internal)?;
    Ok(Reply::json(text.into()).into_response())
}

fn as_text(body: &[u8]) -> Response {
    let object = match body.len() > MAX_INDENTED {
        true => None,
        false => serde_json::from_slice::<Value>(body).ok(),
    };
    let text = match object {
        Some(object) => json_text::pretty(&object).trim_end().to_owned(),
        None => String::from_utf8_lossy(body).into_owned(),
    };
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}
