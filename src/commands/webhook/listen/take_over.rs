//! Pointing a webhook here while `listen` runs, and back again.

use std::path::PathBuf;

use serde_json::json;
use url::Url;

use crate::api::Error as ApiError;
use crate::api::webhooks::SELECT;
use crate::commands::{Context, Session, confirm};
use crate::error::{AlreadyReported, Failure, Kind};
use crate::listener::target;
use crate::model::Webhook;
use crate::model::url::is_same;
use crate::take_over::{self, Found, Held, Record};
use crate::{config, random};

const RESTORE: &str = "mpt webhook listen --restore";

fn folder() -> Result<PathBuf, Failure> {
    take_over::default_folder(config::data_folder()).ok_or_else(super::no_data_folder)
}

fn on_disk(error: &std::io::Error) -> Failure {
    Failure::new(
        Kind::Config,
        format!("cannot keep what a take-over has to put back: {error}"),
    )
}

/// Points a webhook to a URL, once what was is on disk. `None`: it points there already.
pub async fn begin(
    session: &Session<'_>,
    webhook: &Webhook,
    id: &str,
    public_url: &str,
    yes: bool,
    context: &Context,
) -> anyhow::Result<Option<Held>> {
    let Some(before) = &webhook.url else {
        let message = format!("{id} has no URL that could be put back");
        return Err(Failure::new(Kind::Service, message).into());
    };
    let public_url = &with_path_of(public_url, before);
    if is_same(before, public_url) {
        let note = format!("{id} points to {public_url} already, and stays so");
        context.console.note(&note);
        return Ok(None);
    }
    let question = format!(
        "Point {id} ({}) to {public_url} while this runs, and then back to {before}?",
        session.place
    );
    confirm::or_yes(yes, &question, "nothing was changed", context).await?;
    let nonce = random::hex(8).map_err(|error| on_disk(&error))?;
    let record = Record {
        webhook: id.to_owned(),
        platform: session.platform.clone(),
        place: session.place.clone(),
        url_before: before.clone(),
        url_set: public_url.to_owned(),
        nonce,
    };
    let held = take_over::begin(&folder()?, record).map_err(|error| on_disk(&error))?;
    let held = held.ok_or_else(|| {
        Failure::new(Kind::Conflict, format!("{id} is taken over already")).with_hint(
            "end the other listen, which puts it back; after a crash: ".to_owned() + RESTORE,
        )
    })?;
    match point(session, id, public_url).await {
        Ok(()) => {
            let note = format!("{id} points to {public_url} until this ends");
            context.console.note(&note);
            Ok(Some(held))
        }
        Err(error) => {
            if error.leaves_fate_unknown() {
                put_back(session, held, context).await?;
            } else {
                held.forget().map_err(|error| on_disk(&error))?;
            }
            Err(Failure::from(error)
                .while_trying(&format!("take over {id}"))
                .into())
        }
    }
}

/// An origin alone takes the path of the webhook's own URL, as `--forward-to` takes a callout's.
fn with_path_of(public_url: &str, before: &str) -> String {
    match (Url::parse(public_url), Url::parse(before)) {
        (Ok(origin), Ok(before)) if origin.path() == "/" && origin.query().is_none() => {
            target(&origin, before.path(), before.query()).to_string()
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
            .while_trying(&format!("point {id} back to {url_before}"))
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
        let note = format!("{id} points to {url_before} again");
        context.console.note(&note);
    } else if !is_same(&now, url_before) {
        let warning = format!(
            "{id} was pointed to {now} by somebody else, and stays so; it was {url_before} before"
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
    let mut worst: Option<Kind> = None;
    for held in left {
        if held.record.platform != session.platform {
            warn_of(&held, context);
        } else if let Err(failure) = put_back(&session, held, context).await {
            worst = worst.max(Some(failure.kind));
            crate::error::print(&failure, &context.console);
        }
    }
    match worst {
        Some(kind) => Err(AlreadyReported(kind).into()),
        None => Ok(()),
    }
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
    });
    Ok(left.collect())
}

fn warn_of(held: &Held, context: &Context) {
    let Record {
        webhook,
        place,
        url_set,
        ..
    } = &held.record;
    context.console.warn(&format!(
        "{webhook} ({place}) may still point to {url_set}; with that profile, {RESTORE} puts it back"
    ));
}
