//! Pointing a webhook here while `listen` runs, and back again.

use std::path::PathBuf;

use serde_json::json;
use url::Url;

use super::Args;
use crate::api::Error as ApiError;
use crate::api::webhooks::SELECT;
use crate::commands::shared::interrupt::listen_for_end;
use crate::commands::shared::{Context, Session, confirm};
use crate::commands::webhook::ids::Failures;
use crate::failure::{Failure, Kind};
use crate::model::Webhook;
use crate::model::url::{is_same, shown, with_path};
use crate::system::{folders, random};
use crate::take_over::{self, Found, Held, Record};

pub const RESTORE: &str = "mpt webhook listen --restore";

fn folder() -> Result<PathBuf, Failure> {
    take_over::default_folder(folders::data()).ok_or_else(super::no_data_folder)
}

fn on_disk(error: &std::io::Error) -> Failure {
    Failure::new(
        Kind::Config,
        format!("cannot keep what a take-over has to put back: {error}"),
    )
}

/// What a take-over is about.
struct Plan {
    id: String,
    before: String,
    public_url: String,
}

impl Plan {
    fn of(webhook: &Webhook, args: &Args) -> Result<Self, Failure> {
        let id = args.take_over.clone().unwrap_or_default();
        let Some(before) = webhook.url.clone() else {
            let message = format!("{id} has no URL that could be put back");
            return Err(Failure::new(Kind::Service, message));
        };
        let public_url = with_path_of(args.public_url.as_deref().unwrap_or_default(), &before);
        Ok(Self {
            id,
            before,
            public_url,
        })
    }

    fn is_done(&self) -> bool {
        is_same(&self.before, &self.public_url)
    }
}

/// A URL as it may be told.
fn told(text: &str) -> String {
    Url::parse(text).map_or_else(|_| text.to_owned(), |url| shown(&url))
}

/// Asks whether a webhook may be pointed here.
pub async fn ask(
    session: &Session<'_>,
    webhook: &Webhook,
    args: &Args,
    context: &Context,
) -> anyhow::Result<()> {
    let plan = Plan::of(webhook, args)?;
    let question = format!(
        "Point {} ({}) to {} while this runs, and then back to {}?",
        plan.id,
        session.place,
        told(&plan.public_url),
        told(&plan.before)
    );
    let yes = args.yes || plan.is_done();
    confirm::or_yes(yes, &question, "nothing was changed", context).await
}

/// Points a webhook here, once what was is on disk. `None`: it points here already. Ctrl-C
/// leaves what is on disk, so that it can be mended.
pub async fn begin(
    session: &Session<'_>,
    webhook: &Webhook,
    args: &Args,
    context: &Context,
) -> anyhow::Result<Option<Held>> {
    let plan = Plan::of(webhook, args)?;
    let (id, public_url) = (&plan.id, &plan.public_url);
    if plan.is_done() {
        let note = format!("{id} points to {} already, and stays so", told(public_url));
        context.console.note(&note);
        return Ok(None);
    }
    let nonce = random::hex(8).map_err(|error| on_disk(&error))?;
    let record = Record {
        webhook: id.clone(),
        platform: session.platform.clone(),
        place: session.place.clone(),
        url_before: plan.before.clone(),
        url_set: public_url.clone(),
        nonce,
    };
    let held = take_over::begin(&folder()?, record).map_err(|error| on_disk(&error))?;
    let held = held.ok_or_else(|| {
        let hint = format!("end the other listen, which puts it back; after a crash: {RESTORE}");
        Failure::new(Kind::Conflict, format!("{id} is taken over already")).with_hint(hint)
    })?;
    let ended = || {
        let hint = format!("the webhook may point here already: {RESTORE} puts it back");
        Failure::new(Kind::Interrupted, "interrupted").with_hint(hint)
    };
    let end = listen_for_end()?;
    tokio::pin!(end);
    let error = tokio::select! {
        pointed = point(session, id, public_url) => match pointed {
            Err(error) => error,
            Ok(()) => {
                let note = format!("{id} points to {} until this ends", told(public_url));
                context.console.note(&note);
                return Ok(Some(held));
            }
        },
        _ = &mut end => return Err(ended().into()),
    };
    let in_doubt = error.leaves_fate_unknown();
    let failure = Failure::from(error).while_trying(&format!("take over {id}"));
    if !in_doubt {
        held.forget().map_err(|error| on_disk(&error))?;
        return Err(failure.into());
    }
    tokio::select! {
        put_back = put_back(session, held, context) => if let Err(second) = put_back {
            crate::failure::print(&second, &context.console);
        },
        _ = &mut end => return Err(ended().into()),
    }
    Err(failure.into())
}

/// An origin alone takes the path of the webhook's own URL, as `--forward-to` takes a callout's.
fn with_path_of(public_url: &str, before: &str) -> String {
    match (Url::parse(public_url), Url::parse(before)) {
        (Ok(origin), Ok(before)) if origin.path() == "/" && origin.query().is_none() => {
            with_path(&origin, before.path(), before.query()).to_string()
        }
        _ => public_url.to_owned(),
    }
}

async fn point(session: &Session<'_>, id: &str, url: &str) -> Result<(), ApiError> {
    let body = json!({ "url": url });
    session.webhooks.update(id, &body, SELECT).await.map(drop)
}

/// Puts a webhook back, if it still points to where we had pointed it.
///
/// # Errors
/// It could not be done; the record stays on disk.
pub async fn put_back(session: &Session<'_>, held: Held, context: &Context) -> Result<(), Failure> {
    let Record {
        webhook: id,
        url_before,
        url_set,
        ..
    } = &held.record;
    let failed = |error: ApiError| {
        Failure::from(error)
            .while_trying(&format!("point {id} back to {}", told(url_before)))
            .with_hint(format!("{RESTORE} tries again ({})", session.place))
    };
    let now = match session.webhooks.get(id, SELECT).await {
        Ok(document) => Webhook::of(&document).url.unwrap_or_default(),
        Err(error) if error.status() == Some(404) => {
            let warning = format!("{id} is gone, so nothing can be put back");
            context.console.warn(&warning);
            return held.forget().map_err(|error| on_disk(&error));
        }
        Err(error) => return Err(failed(error)),
    };
    if is_same(&now, url_set) {
        point(session, id, url_before).await.map_err(failed)?;
        let note = format!("{id} points to {} again", told(url_before));
        context.console.note(&note);
    } else if !is_same(&now, url_before) {
        let warning = format!(
            "{id} was pointed to {} by somebody else, and stays so; it was {} before",
            told(&now),
            told(url_before)
        );
        context.console.warn(&warning);
    }
    held.forget().map_err(|error| on_disk(&error))
}

/// Puts back what a crash has left, as far as the platform at hand is concerned.
pub async fn mend(context: &Context) -> Result<(), Failure> {
    let left = left(context, false)?;
    if left.is_empty() {
        return Ok(());
    }
    // Without a way to the platform there is still a listener to run.
    let Ok(session) = context.connect().await else {
        for held in left {
            warn_of(&held, context);
        }
        return Ok(());
    };
    for held in left {
        if held.record.platform != session.platform {
            warn_of(&held, context);
        } else if let Err(failure) = put_back(&session, held, context).await {
            context.console.warn(&failure.message);
        }
    }
    Ok(())
}

/// `--restore`: the same, and nothing else.
pub async fn restore(context: &Context) -> anyhow::Result<()> {
    let left = left(context, true)?;
    if left.is_empty() {
        context.console.note("There is nothing to put back");
        return Ok(());
    }
    let session = context.connect().await?;
    let mut failures = Failures::default();
    for held in left {
        if held.record.platform != session.platform {
            failures.tell(elsewhere(&held), context);
        } else if let Err(failure) = put_back(&session, held, context).await {
            failures.tell(failure, context);
        }
    }
    failures.result(context)
}

fn left(context: &Context, tell_running: bool) -> Result<Vec<Held>, Failure> {
    let found = take_over::all(&folder()?).map_err(|error| on_disk(&error))?;
    let left = found.into_iter().filter_map(|found| match found {
        Found::Left(held) => Some(held),
        Found::Running(record) => {
            if tell_running {
                let note = format!("{} is taken over by a listen that runs", record.webhook);
                context.console.note(&note);
            }
            None
        }
        Found::Unreadable(why) => {
            let warning = format!("what a take-over left behind cannot be read: {why}");
            context.console.warn(&warning);
            None
        }
    });
    Ok(left.collect())
}

fn warn_of(held: &Held, context: &Context) {
    let failure = elsewhere(held);
    let hint = failure.hint.unwrap_or_default();
    context
        .console
        .warn(&format!("{}; {hint}", failure.message));
}

/// A take-over that is not this platform's to put back.
fn elsewhere(held: &Held) -> Failure {
    let Record {
        webhook,
        place,
        url_set,
        ..
    } = &held.record;
    let message = format!("{webhook} ({place}) may still point to {}", told(url_set));
    let hint = format!("with that profile, {RESTORE} puts it back");
    Failure::new(Kind::Config, message).with_hint(hint)
}
