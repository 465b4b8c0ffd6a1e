//! `mpt sandbox serve`

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde_json::json;
use tokio::sync::oneshot;

use super::{DataArgs, single};
use crate::commands::Context;
use crate::commands::interrupt::{self, End, listen_for_end};
use crate::output::Records;
use crate::sandbox::Running;

/// Offer the sandbox to other programs, until Ctrl-C
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The first line on standard output is the base URL. Every answer has the header x-mpt-sandbox.

Examples:
  mpt sandbox serve --port 8080

  Use it from a second terminal:
    export MPT_API_BASE_URL=http://127.0.0.1:8080 MPT_API_TOKEN=$(mpt sandbox token)
    mpt webhook list")]
pub struct Args {
    /// Listen on this port; 0 takes any
    #[arg(long, default_value_t = 8080)]
    port: u16,

    /// Listen on this address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    bind: IpAddr,

    #[command(flatten)]
    data: DataArgs,
}

/// How long requests may still take once the end is asked for.
const GRACE: Duration = Duration::from_secs(5);

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let console = &context.console;
    let mut records = Records::new(console, single("url"))?;
    let data = args.data.path()?;
    let running = Running::bind(&data, SocketAddr::new(args.bind, args.port)).await?;
    // Before anybody is told that it runs.
    let end = listen_for_end()?;
    records.push(json!({"url": running.base_url}))?;
    records.finish()?;
    if !args.bind.is_loopback() {
        console.warn("other machines can reach this sandbox");
    }
    console.note(&format!(
        "This is a sandbox, not the platform. Data: {}. Token: mpt sandbox token. Ctrl-C ends it",
        data.display()
    ));

    let (stop, stopped) = oneshot::channel::<()>();
    let server = running.serve(async {
        stopped.await.ok();
    });
    tokio::pin!(server);
    let how = tokio::select! {
        how = end => how,
        result = &mut server => return Ok(result?),
    };
    stop.send(()).ok();
    if tokio::time::timeout(GRACE, server).await.is_err() {
        console.warn("requests that took too long were cut off");
    }
    match how {
        End::Terminate => Ok(()),
        End::Interrupt => Err(interrupt::failure().into()),
    }
}
