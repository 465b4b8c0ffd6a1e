//! `mpt webhook show`

use std::cell::RefCell;

use crate::api::webhooks::{SELECT, SELECT_WITH_SECRET, with_last_call};
use crate::commands::shared::ids::Effect;
use crate::commands::shared::{Context, candidates, pick, webhook_view};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure, Kind};
use crate::ui::Report;

/// Show webhooks with their statistics and last calls
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  See whether it works, and if not, why:
    mpt webhook show WBH-1234-5678

  Get one number in a script:
    mpt webhook show WBH-1234-5678 --jq .statistics.total

  Show every failing webhook in detail:
    mpt webhook list --failing -o id | mpt webhook show -")]
pub struct Args {
    /// Webhook IDs; `-` reads them from standard input [default on a terminal: choose one]
    #[arg(value_name = "ID")]
    #[arg(add = candidates::ids("WBH"))]
    ids: Vec<String>,

    /// Show the secret as well
    #[arg(long, conflicts_with = "select")]
    secret: bool,

    /// Request these members instead of all except the secret; --fail-if-failing adds lastCall
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    select: Option<String>,

    /// Exit 10 if the last call of any of them failed
    #[arg(long)]
    fail_if_failing: bool,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        let (ids, session) = pick::ids(&self.ids, "Which webhook?", context).await?;
        let view = webhook_view::one(self.secret).for_ids(ids.is_array);
        let mut report = Report::new(&context.ui, view)?;
        let select = match &self.select {
            Some(select) => &with_last_call(select, self.fail_if_failing),
            None if self.secret => SELECT_WITH_SECRET,
            None => SELECT,
        };
        let failing = RefCell::new(Vec::new());
        let show = async |id: &str, _| {
            let webhook = session.webhooks.get(id, select).await?;
            session.shown.add_webhook(&webhook);
            if self.fail_if_failing && webhook.is_failing() {
                failing.borrow_mut().push(id.to_owned());
            }
            Ok(webhook.into())
        };
        let effect = match self.fail_if_failing {
            true => Effect::Checks,
            false => Effect::Reads,
        };
        let mut failures = ids.for_each("show", effect, &mut report, context, None, show).await?;
        report.finish()?;
        let failing = failing.into_inner();
        if !failing.is_empty() {
            let message = format!("the last call failed: {}", failing.join(", "));
            failures.report(Failure::new(Kind::Check, message), context);
        }
        failures.result(context)
    }
}
