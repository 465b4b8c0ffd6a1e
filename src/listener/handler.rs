//! Handles a callout: authenticates it, stores it in the journal, answers it and reports it.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::broadcast;
use tokio::sync::mpsc::UnboundedSender;

use super::answering::Answering;
use super::authenticator::{self, Authenticator};
use super::callout::Callout;
use super::in_flight::InFlight;
use super::journal::{CalloutOutcome, Completion, Journal, JournalEntry, Received};
use super::reply::Reply;
use crate::callout::NO_WEBHOOK;
use crate::callout::jwt::Claims;
use crate::callout::verdict::Judgement;
use crate::callout::verify::claimed_webhook;
use crate::model::redact::Redactor;
use crate::model::url::shown;
use crate::model::webhook_type;
use crate::model::{Check, Secret};
use crate::net::server::{self, Admission, Incomplete};
use crate::system::clock;

/// The longest accepted body, in bytes.
pub(super) const MAX_BODY: usize = 16 * 1024 * 1024;

/// The settings for receiving callouts.
pub struct Options {
    pub authenticator: Authenticator,
    pub answering: Answering,
    pub journal: Journal,
    /// Number of callouts to keep in the journal.
    pub keep: u32,
}

/// An event of the listener.
#[derive(Debug)]
pub enum ListenerEvent {
    /// A callout is finished.
    Completion(Arc<JournalEntry>),
    /// The journal could not store a callout.
    NotStored(String),
    /// The journal was deleted, and a new one is used.
    JournalReplaced,
    /// The sender of a callout with this object has closed the connection before the answer.
    HungUp(Option<String>),
}

/// Handles all callouts of a listener.
pub(super) struct Handler {
    options: Options,
    events: UnboundedSender<ListenerEvent>,
    /// Callouts when they arrive and when they are finished, for the inspector.
    arrivals: broadcast::Sender<Arc<JournalEntry>>,
    in_flight: Arc<InFlight>,
}

/// How many arrivals a slow inspector may be behind.
const MAX_BEHIND: usize = 1024;

pub(super) async fn receive(
    State(handler): State<Arc<Handler>>,
    request: Request<Body>,
) -> Response {
    if request.method() != Method::POST {
        let why = "mpt endpoint listen receives callouts, which are POST requests";
        return Reply::problem(StatusCode::METHOD_NOT_ALLOWED, why).into_response();
    }
    if handler.options.answering.is_loop(request.headers()) {
        let why = "this listener has forwarded the callout before: its endpoints form a loop";
        return Reply::problem(StatusCode::LOOP_DETECTED, why).into_response();
    }
    let (received_at, flight) = (clock::now(), handler.in_flight.begin());
    let (parts, body) = request.into_parts();
    let token = authenticator::token(&parts.headers);
    let authenticator = &handler.options.authenticator;
    let checks = authenticator.check(token.as_deref());
    let is_refused = authenticator.refusal(&checks).is_some();
    if let Some(admission) = parts.extensions.get::<Admission>()
        && !is_refused
    {
        admission.admit();
    }
    // The body of a callout without a valid token is not kept.
    let whole = match is_refused {
        true => {
            server::discard_body(body).await;
            Ok(None)
        }
        false => server::read_body(body, MAX_BODY).await.map(Some),
    };
    let body = match &whole {
        Ok(Some(whole)) => whole.bytes.clone(),
        _ => Bytes::new(),
    };
    let callout = callout_of(&handler, parts, body, token.as_deref(), received_at);
    let mut sender =
        Sender { object_id: callout.object_id(), events: Some(handler.events.clone()) };
    // A callout is handled and stored even if its sender disconnects.
    let handled = tokio::spawn(async move {
        let reply = match whole {
            Ok(_) => handler.handle(callout).await.1,
            Err(why) => handler.refuse_incomplete(&callout, why),
        };
        // The memory permit of the body is held until the body is no longer needed.
        drop((whole, flight));
        reply
    });
    let failed = |_| StatusCode::INTERNAL_SERVER_ERROR.into_response();
    let response = handled.await.map_or_else(failed, Reply::into_response);
    sender.events = None;
    response
}

fn callout_of(
    handler: &Handler,
    parts: Parts,
    body: Bytes,
    token: Option<&str>,
    received_at: Timestamp,
) -> Callout {
    let claimed = token.and_then(claimed_webhook);
    let known_type = handler.options.authenticator.type_of(claimed.as_deref());
    Callout {
        path: plain_path(&parts.uri),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        object: crate::text::json::parse(&body).unwrap_or_default(),
        webhook_type: known_type.map(str::to_owned),
        body,
        received_at,
        is_by_hand: false,
    }
}

/// The sender of a callout, who waits for the answer until this is dropped.
struct Sender {
    object_id: Option<String>,
    /// `None`: it gets the answer.
    events: Option<UnboundedSender<ListenerEvent>>,
}

impl Drop for Sender {
    fn drop(&mut self) {
        if let Some(events) = &self.events {
            // The receiver is gone when the program ends.
            events.send(ListenerEvent::HungUp(self.object_id.take())).ok();
        }
    }
}

/// The normalised path, used to choose a route and sent to the endpoint.
fn plain_path(uri: &Uri) -> String {
    let url = url::Url::parse("http://x").map(|mut url| {
        url.set_path(uri.path());
        url.path().to_owned()
    });
    url.unwrap_or_default()
}

impl Handler {
    pub fn new(
        options: Options,
        events: UnboundedSender<ListenerEvent>,
        in_flight: Arc<InFlight>,
    ) -> Self {
        Self { options, events, arrivals: broadcast::channel(MAX_BEHIND).0, in_flight }
    }

    /// Callouts from now on: each when it arrives, and when it is finished.
    pub fn arrivals(&self) -> broadcast::Receiver<Arc<JournalEntry>> {
        self.arrivals.subscribe()
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Sends an object to where callouts like `entry` go, signed afresh if there is a secret. Returns the ID of the
    /// new callout; `None`: it could not be stored.
    pub async fn send_by_hand(self: &Arc<Self>, entry: &JournalEntry, body: Bytes) -> Option<i64> {
        let mut callout = Callout {
            path: entry.received.path.clone(),
            query: None,
            headers: HeaderMap::from_iter([(
                CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            )]),
            object: crate::text::json::parse(&body).unwrap_or_default(),
            body,
            webhook_type: entry.received.webhook_type.clone(),
            received_at: clock::now(),
            is_by_hand: true,
        };
        let Options { authenticator, answering, .. } = &self.options;
        if let Some(secret) = &authenticator.secret {
            let host = authenticator.host.clone();
            let host = host.or_else(|| answering.host(&callout));
            let expected = authenticator.webhook.as_ref().map(|webhook| &webhook.id);
            // A refused callout may claim anything.
            let is_refused =
                |completion: &Completion| completion.outcome == CalloutOutcome::Refused;
            let is_refused = entry.completion.as_ref().is_some_and(is_refused);
            let claimed = entry.received.webhook_id.as_ref().filter(|_| !is_refused);
            let id = expected.or(claimed);
            let claims = Claims::new(
                host.as_deref().unwrap_or("localhost"),
                id.map_or(NO_WEBHOOK, String::as_str),
                callout.received_at,
            );
            let token = claims.sign(secret);
            if let Ok(value) = HeaderValue::from_str(&format!("Bearer {}", token.expose())) {
                callout.headers.insert(AUTHORIZATION, value);
            }
        }
        let flight = self.in_flight.begin();
        let handler = Arc::clone(self);
        // It is finished even if the inspector disconnects.
        let handled = tokio::spawn(async move {
            let (id, _) = handler.handle(callout).await;
            drop(flight);
            id
        });
        handled.await.unwrap_or_default()
    }

    /// Returns the ID of the callout, if it could be stored, and the answer.
    async fn handle(self: Arc<Self>, callout: Callout) -> (Option<i64>, Reply) {
        let token = authenticator::token(&callout.headers);
        let checks = self.options.authenticator.check(token.as_deref());
        let received = self.describe(&callout, token.as_deref(), &checks);
        if let Some(why) = self.options.authenticator.refusal(&checks) {
            return self.refuse(received, why).await;
        }
        let id = self.keep(&received, callout.body.clone()).await;
        if self.arrivals.receiver_count() > 0 {
            self.arrived(Arc::new(JournalEntry {
                id,
                received: received.clone(),
                completion: None,
            }));
        }
        // The endpoint may echo the token or the secret, which are neither shown nor kept.
        let Options { authenticator, answering, .. } = &self.options;
        let hidden = token.as_deref().into_iter();
        let hidden = hidden.chain(authenticator.secret.as_ref().map(Secret::expose));
        let hidden = Redactor::new(hidden.chain(answering.secrets()));
        // The time of the endpoint, without that of the sender and of the journal.
        let began = clock::now();
        let (outcome, error, reply) = match answering.answer(&callout, &hidden).await {
            Ok(reply) => {
                let header = |name: &str| reply.headers.get(name)?.to_str().ok();
                let judgement = Judgement::of(reply.status.as_u16(), header, &reply.body);
                let outcome = CalloutOutcome::Judged(judgement.verdict());
                // A refusal and a warning are shown where an error is.
                let refusal = judgement.refusal();
                let (error, warning) = judgement.error_and_warning();
                (outcome, error.or(refusal).or(warning), reply)
            }
            Err(unanswered) => {
                let reply = Reply::problem(StatusCode::BAD_GATEWAY, &unanswered.why);
                let reply = Reply { from: unanswered.from, ..reply };
                (CalloutOutcome::ForwardFailed, Some(unanswered.why), reply)
            }
        };
        // Many large callouts may wait for the journal.
        drop(callout);
        let completion = Completion {
            outcome,
            status: Some(reply.status.as_u16()),
            took: clock::now().duration_since(began),
            error: error.map(|error| hidden.known_in(&error)),
            forwarded_to: reply.from.as_ref().map(shown),
        };
        if let Some(id) = id {
            let answer = match hidden.known_in_bytes(&reply.body) {
                Cow::Borrowed(_) => reply.body.clone(),
                Cow::Owned(answer) => answer.into(),
            };
            self.complete(id, completion.clone(), answer).await;
        }
        self.report(id, received, completion);
        (id, reply)
    }

    /// Answers a callout whose token is missing or wrong. It is stored as refused from the start, so that it never
    /// counts as accepted.
    async fn refuse(self: Arc<Self>, received: Received, why: String) -> (Option<i64>, Reply) {
        let reply = Reply::problem(StatusCode::UNAUTHORIZED, &why);
        let completion = Completion {
            outcome: CalloutOutcome::Refused,
            status: Some(reply.status.as_u16()),
            took: SignedDuration::ZERO,
            error: Some(why),
            forwarded_to: None,
        };
        let (kept, ended) = (received.clone(), completion.clone());
        let id = self
            .with_journal(move |journal, keep| {
                let id = journal.add(&kept, &[], Some(&ended))?;
                journal.prune(keep)?;
                Ok(id)
            })
            .await;
        self.report(id, received, completion);
        (id, reply)
    }

    /// Answers a request that is not a complete callout. Nothing is stored.
    fn refuse_incomplete(&self, callout: &Callout, why: Incomplete) -> Reply {
        let (status, why) = why.answer(MAX_BODY);
        let received = self.describe(callout, None, &[]);
        let reply = Reply::problem(status, &why);
        let completion = Completion {
            outcome: CalloutOutcome::Refused,
            status: Some(status.as_u16()),
            took: clock::now().duration_since(callout.received_at),
            error: Some(why),
            forwarded_to: None,
        };
        self.report(None, received, completion);
        reply
    }

    fn describe(&self, callout: &Callout, token: Option<&str>, checks: &[Check]) -> Received {
        let webhook_id = token.and_then(claimed_webhook);
        let mut types = webhook_type::types_of(&callout.object).map(|known| known.name);
        let only_type = types.next().filter(|_| types.next().is_none());
        let known_type = callout.webhook_type.as_deref();
        Received {
            profile: self.options.journal.profile().map(str::to_owned),
            received_at: callout.received_at,
            path: callout.path.clone(),
            webhook_type: known_type.or(only_type).map(str::to_owned),
            webhook_id,
            object_id: callout.object_id(),
            size: callout.body.len() as u64,
            checks: checks.to_vec(),
            is_by_hand: callout.is_by_hand,
        }
    }

    async fn keep(self: &Arc<Self>, received: &Received, body: Bytes) -> Option<i64> {
        let received = received.clone();
        self.with_journal(move |journal, _| journal.add(&received, &body, None)).await
    }

    async fn complete(self: &Arc<Self>, id: i64, completion: Completion, answer: Bytes) {
        self.with_journal(move |journal, keep| {
            journal.complete(id, &completion, Some(&answer))?;
            journal.prune(keep)
        })
        .await;
    }

    /// Uses the journal on another thread, since it may have to wait for other processes.
    async fn with_journal<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Journal, u32) -> Result<T, crate::system::database::Error> + Send + 'static,
    ) -> Option<T> {
        let handler = Arc::clone(self);
        let worked = tokio::task::spawn_blocking(move || {
            work(&handler.options.journal, handler.options.keep).map_err(|error| error.to_string())
        });
        let worked = worked.await;
        if self.options.journal.was_replaced() {
            self.events.send(ListenerEvent::JournalReplaced).ok();
        }
        match worked.map_err(|error| error.to_string()).flatten() {
            Ok(done) => Some(done),
            Err(error) => {
                self.events.send(ListenerEvent::NotStored(error)).ok();
                None
            }
        }
    }

    /// Tells the inspector.
    fn arrived(&self, entry: Arc<JournalEntry>) {
        // Without an inspector there is no receiver.
        self.arrivals.send(entry).ok();
    }

    fn report(&self, id: Option<i64>, received: Received, completion: Completion) {
        let entry = Arc::new(JournalEntry { id, received, completion: Some(completion) });
        self.arrived(Arc::clone(&entry));
        // The receiver is gone when the program ends.
        self.events.send(ListenerEvent::Completion(entry)).ok();
    }
}
