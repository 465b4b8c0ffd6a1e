//! While `listen` runs, and how it ends: the webhook is put back first, while callouts still find
//! somebody here; then what is on its way is finished.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::take_over;
use super::teller::Teller;
use crate::commands::shared::interrupt::{End, listen_for_end};
use crate::commands::shared::{Context, Session};
use crate::failure::{AlreadyReported, Failure, Kind};
use crate::listener::{Event, InFlight, Listener, Options};
use crate::take_over::Held;
use crate::ui::{Error as OutputError, Format};

/// How long callouts may still take once the end is asked for.
const GRACE: Duration = Duration::from_secs(5);

/// Why it ends.
enum Why {
    Asked(End),
    /// Nothing can be told any more.
    Deaf(OutputError),
}

pub async fn serve(
    listener: Listener,
    options: Options,
    taken: Option<(&Session<'_>, Held)>,
    context: &Context,
) -> anyhow::Result<()> {
    let console = &context.console;
    let format = console.format(&[Format::Table, Format::Jsonl])?;
    let end = listen_for_end()?;
    let mut teller = Teller::new(format, console);
    teller.ready(&listener.url)?;
    console.note("Ctrl-C ends it; mpt webhook replay sends again what was received");
    let (sender, mut events) = mpsc::unbounded_channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let in_flight = Arc::new(InFlight::default());
    let serving = listener.serve(options, sender, Arc::clone(&in_flight), async {
        stopped.await.ok();
    });
    let server = tokio::spawn(serving);

    let why = until_the_end(end, &mut events, &mut teller).await;
    let put_back = match taken {
        Some((session, held)) => put_back(session, held, &mut events, &mut teller, context).await,
        None => Ok(()),
    };
    stop.send(()).ok();
    finish(server, &mut events, &mut teller).await;
    if in_flight.count() > 0 {
        console.warn(&format!(
            "cut off, since they took too long: {}; what came whole is in the journal",
            in_flight.count()
        ));
    }
    if matches!(why, Why::Asked(End::Interrupt)) && console.is_interactive() {
        // The terminal has written ^C into the line.
        console.stderr("");
    }
    console.note(&teller.summary());
    let lost = teller.finish().await;
    if lost > 0 {
        console.warn(&format!(
            "{lost} events found no reader; the journal has them"
        ));
    }
    put_back?;
    match why {
        Why::Asked(End::Terminate) => Ok(()),
        Why::Asked(End::Interrupt) => Err(AlreadyReported(Kind::Interrupted).into()),
        Why::Deaf(error) => Err(error.into()),
    }
}

async fn until_the_end(
    end: impl Future<Output = End>,
    events: &mut UnboundedReceiver<Event>,
    teller: &mut Teller<'_>,
) -> Why {
    tokio::pin!(end);
    loop {
        tokio::select! {
            Some(event) = events.recv() => if let Err(error) = teller.tell(&event) {
                return Why::Deaf(error);
            },
            error = teller.failed() => return Why::Deaf(error),
            how = &mut end => return Why::Asked(how),
        }
    }
}

/// Puts the webhook back, and goes on telling meanwhile; a second Ctrl-C gives that up.
async fn put_back(
    session: &Session<'_>,
    held: Held,
    events: &mut UnboundedReceiver<Event>,
    teller: &mut Teller<'_>,
    context: &Context,
) -> Result<(), Failure> {
    let given_up = || {
        let message = "interrupted before the webhook was put back";
        Failure::new(Kind::Interrupted, message).with_hint(format!(
            "it may point here still: {} puts it back",
            take_over::RESTORE
        ))
    };
    let Ok(again) = listen_for_end() else {
        return take_over::put_back(session, held, context).await;
    };
    let putting = take_over::put_back(session, held, context);
    tokio::pin!(putting, again);
    loop {
        tokio::select! {
            put_back = &mut putting => return put_back,
            // Who cannot be told is not told.
            Some(event) = events.recv() => drop(teller.tell(&event)),
            _ = &mut again => return Err(given_up()),
        }
    }
}

/// Waits for what is on its way, down to the last byte of an answer; a second Ctrl-C waits no longer.
async fn finish(
    server: JoinHandle<()>,
    events: &mut UnboundedReceiver<Event>,
    teller: &mut Teller<'_>,
) {
    let all = async {
        tokio::pin!(server);
        loop {
            tokio::select! {
                Some(event) = events.recv() => drop(teller.tell(&event)),
                _ = &mut server => break,
            }
        }
        // What was told between the two.
        while let Ok(event) = events.try_recv() {
            drop(teller.tell(&event));
        }
    };
    tokio::select! {
        _ = timeout(GRACE, all) => {}
        _ = end_again() => {}
    }
}

/// Comes with the next signal, where signals can be heard.
async fn end_again() {
    match listen_for_end() {
        Ok(again) => drop(again.await),
        Err(_) => std::future::pending().await,
    }
}
