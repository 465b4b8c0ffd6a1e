//! Runs `listen` until it is stopped: the webhook is restored first, while callouts are still
//! received; then running callouts are finished.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::failure::{Failure, Kind};
use crate::listener::inspector::Inspector;
use crate::listener::{InFlight, Listener, ListenerEvent, Options};
use crate::operations::Session;
use crate::operations::listening::take_over;
use crate::operations::listening::take_over_record::LockedRecord;
use crate::system::signals::{Signal, Signals};
use crate::text::MPT;

/// How long running callouts may take after the listener was asked to stop.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// The receiver of events.
pub trait EventSink {
    type Error;

    fn send(&mut self, event: &ListenerEvent) -> Result<(), Self::Error>;

    /// Completes once, when nothing can be sent any more; `Ok`: the reader has gone away.
    fn closed(&mut self) -> impl Future<Output = Result<(), Self::Error>>;
}

/// How the listener ended.
pub struct Served<E> {
    pub reason: Stopped<E>,
    /// Whether the webhook that was taken over is restored.
    pub restored: Result<(), Failure>,
    /// The number of callouts that were not finished in time.
    pub cut_off: usize,
}

pub enum Stopped<E> {
    BySignal(Signal),
    /// The reader of events has gone away.
    ByReader,
    /// Events cannot be sent.
    SinkFailed(E),
}

/// Receives callouts until a signal arrives or the sink is closed.
pub async fn serve<S: EventSink>(
    listener: Listener,
    options: Options,
    inspector: Option<Inspector>,
    taken_over: Option<(&Session<'_>, LockedRecord)>,
    mut signals: Signals,
    sink: &mut S,
) -> Served<S::Error> {
    let (sender, mut events) = mpsc::unbounded_channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let in_flight = Arc::new(InFlight::default());
    let server =
        tokio::spawn(listener.serve(options, inspector, sender, Arc::clone(&in_flight), async {
            stopped.await.ok();
        }));
    let reason = until_the_end(&mut signals, &mut events, sink).await;
    let restored = match taken_over {
        Some((session, held)) => restore(session, held, &mut signals, &mut events, sink).await,
        None => Ok(()),
    };
    stop.send(()).ok();
    finish(server, &mut signals, &mut events, sink).await;
    Served { reason, restored, cut_off: in_flight.count() }
}

async fn until_the_end<S: EventSink>(
    signals: &mut Signals,
    events: &mut UnboundedReceiver<ListenerEvent>,
    sink: &mut S,
) -> Stopped<S::Error> {
    loop {
        tokio::select! {
            Some(event) = events.recv() => if let Err(error) = sink.send(&event) {
                return Stopped::SinkFailed(error);
            },
            closed = sink.closed() => return match closed {
                Ok(()) => Stopped::ByReader,
                Err(error) => Stopped::SinkFailed(error),
            },
            end = signals.next() => return Stopped::BySignal(end),
        }
    }
}

/// Restores the webhook while events are still reported; a second signal aborts that.
async fn restore<S: EventSink>(
    session: &Session<'_>,
    held: LockedRecord,
    signals: &mut Signals,
    events: &mut UnboundedReceiver<ListenerEvent>,
    sink: &mut S,
) -> Result<(), Failure> {
    let restoring = take_over::restore(session, held);
    tokio::pin!(restoring);
    loop {
        tokio::select! {
            restored = &mut restoring => return restored,
            // The webhook is restored even if nothing can be reported.
            Some(event) = events.recv() => drop(sink.send(&event)),
            _ = signals.next() => {
                let message = "interrupted before the webhook was restored";
                let hint =
                    format!("it may still point to this listener; restore it with {MPT} {}", take_over::RESTORE);
                return Err(Failure::new(Kind::Interrupted, message).with_hint(hint));
            }
        }
    }
}

/// Waits for running callouts until their answers are sent; another signal aborts that.
async fn finish<S: EventSink>(
    server: JoinHandle<()>,
    signals: &mut Signals,
    events: &mut UnboundedReceiver<ListenerEvent>,
    sink: &mut S,
) {
    let all = async {
        tokio::pin!(server);
        loop {
            tokio::select! {
                Some(event) = events.recv() => drop(sink.send(&event)),
                _ = &mut server => break,
            }
        }
        while let Ok(event) = events.try_recv() {
            drop(sink.send(&event));
        }
    };
    tokio::select! {
        _ = timeout(SHUTDOWN_TIMEOUT, all) => {}
        _ = signals.next() => {}
    }
}
