//! `mpt webhook show`

use std::cell::RefCell;

use super::ids::Ids;
use super::rows;
use crate::api::webhooks::{SELECT, SELECT_WITH_SECRET, with_last_call};
use crate::commands::shared::Context;
use crate::failure::{Failure, Kind};
use crate::model::Webhook;
use crate::model::webhook::Health;
use crate::ui::Records;

/// Show webhooks with their statistics and last calls
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  Is it healthy, and if not, why not?
    mpt webhook show WBH-1234-5678

  In a script: one number of it
    mpt webhook show WBH-1234-5678 --jq .statistics.total

  Every webhook that fails, in detail:
    mpt webhook list --failing -o id | mpt webhook show -")]
pub struct Args {
    /// Ids; `-` reads them from standard input
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    /// Show the secret too
    #[arg(long, conflicts_with = "select")]
    secret: bool,

    /// Ask for these members, instead of all but the secret; --fail-if-failing adds lastCall
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    select: Option<String>,

    /// Exit 10 when the last call of one failed
    #[arg(long)]
    fail_if_failing: bool,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let ids = Ids::read(&args.ids).await?;
    let session = context.connect().await?;
    let mut layout = rows::one(args.secret);
    layout.many = ids.many;
    let mut records = Records::new(&context.console, layout)?;
    let select = match &args.select {
        Some(select) => &with_last_call(select, args.fail_if_failing),
        None if args.secret => SELECT_WITH_SECRET,
        None => SELECT,
    };
    let failing = RefCell::new(Vec::new());
    let show = async |id: &str| {
        let document = session.webhooks.get(id, select).await?;
        let health = Webhook::of(&document).health();
        if args.fail_if_failing && matches!(health, Health::Failing(_)) {
            failing.borrow_mut().push(id.to_owned());
        }
        Ok(document)
    };
    let mut failures = ids.for_each("show", &mut records, context, show).await?;
    records.finish()?;
    let failing = failing.into_inner();
    if !failing.is_empty() {
        let message = format!("the last call failed: {}", failing.join(", "));
        failures.tell(Failure::new(Kind::Check, message), context);
    }
    failures.result(context)
}
