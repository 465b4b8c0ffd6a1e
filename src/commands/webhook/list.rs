//! `mpt webhook list`

use std::fmt;
use std::ops::ControlFlow;

use clap_complete::engine::ArgValueCandidates;

use crate::api::webhooks::{Query, SELECT, WebhookDocument, Webhooks, with_last_call};
use crate::api::{Error as ApiError, List, Part};
use crate::commands::shared::filter_args::FilterArgs;
use crate::commands::shared::input::number;
use crate::commands::shared::{Context, candidates, webhook_view};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Ending, Failure};
use crate::model::Webhook;
use crate::operations::Session;
use crate::operations::manifests::reconcile::cannot_list;
use crate::reporter::Reporter;
use crate::text::MPT;
use crate::text::did_you_mean;
use crate::ui::{Column, Format, Report, Ui, View, webhook_columns};

/// List webhooks
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  List the enabled webhooks of a product, sorted by type:
    mpt webhook list --object PRD-1111-1111 --status enabled --order type

  Count the failing webhooks:
    mpt webhook list --failing --count

  Use any filter that the platform understands, and print CSV:
    mpt webhook list --filter 'ilike(url,\"*example.com*\")' \\
        --columns id,url,success-rate -o csv")]
pub struct Args {
    #[command(flatten)]
    filter: FilterArgs,

    /// Sort by this property, such as type, url or -audit.created.at (`-` sorts descending)
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true)]
    #[arg(add = candidates::sort_fields())]
    order: Option<String>,

    /// Show at most this many [default: all]
    #[arg(long, value_name = "N", value_parser = number::<u64>(1..=u64::MAX))]
    limit: Option<u64>,

    /// Show these columns in the table or CSV
    ///
    /// id, status, type, object, url, health, description, object-type, object-name, account, account-name, criteria,
    /// calls, successes, failures, success-rate, last-call, last-status, last-success, last-failure, created, updated
    #[arg(long, value_name = "LIST", value_delimiter = ',', conflicts_with = "count")]
    #[arg(add = ArgValueCandidates::new(candidates::columns))]
    columns: Vec<String>,

    /// Print only the number of webhooks
    #[arg(long)]
    count: bool,

    /// Request these members instead of all except the secret; --failing adds lastCall
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    select: Option<String>,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        let ui = &context.ui;
        let columns = self.columns(context)?;
        let (session, filter, rql) = self.filter.connect(context).await?;
        let mut query = Query { filter: rql, order: self.order(), select: None };
        if self.count {
            return count(self, query, &session.webhooks, context).await;
        }
        let mut view = webhook_view::rows(columns);
        if !self.columns.is_empty() {
            view = view.without_json();
        }
        if self.order.is_none() {
            view = view.with_first(|webhook| webhook.is_failing());
        }
        let mut report = Report::new(ui, view)?;
        query.select = self.select_for(report.format() == Format::Id);
        let mut totals = Totals::default();
        let mut pushed = Ok::<(), Ending>(());
        let read = self.read(&session.webhooks, &query, context, |row| match row {
            None => {
                totals = Totals::default();
                report.clear();
                ControlFlow::Continue(())
            }
            Some(webhook) => {
                totals.add(webhook);
                session.shown.add_webhook(webhook);
                pushed = filter.check(webhook).map_err(Ending::from);
                if pushed.is_ok() {
                    pushed = report.push(webhook).map_err(Ending::from);
                }
                match pushed {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            }
        });
        let all = read.await.map_err(cannot_list)?;
        pushed?;
        let is_table = report.format() == Format::Table;
        totals.all = all.filter(|_| !self.filter.failing);
        report.finish()?;
        if is_table && totals.shown > 0 {
            totals.print(ui, &session.target_name());
        } else if totals.shown == 0 {
            ui.note(&self.why_empty(is_table, &query, &session).await);
        }
        Ok(())
    }
}

/// The number of failing webhooks that are named below the totals.
const MAX_FAILING: u64 = 10;

/// The line below the table.
#[derive(Default)]
struct Totals {
    shown: u64,
    /// How many webhooks match, if the platform says so.
    all: Option<u64>,
    failing: u64,
    disabled: u64,
    /// The first failing webhooks, a line each.
    failing_lines: Vec<String>,
}

impl Totals {
    fn add(&mut self, webhook: &Webhook) {
        self.shown += 1;
        if webhook.is_failing() {
            self.failing += 1;
            if self.failing <= MAX_FAILING {
                self.failing_lines.push(format!("✗ {}", webhook.described()));
            }
        }
        self.disabled += u64::from(webhook.enabled() == Some(false));
    }

    fn print(&self, ui: &Ui, place: &str) {
        ui.note(&format!("{self} ({place})"));
        // The failing ones are at the top, which a long table moves off the screen.
        let is_long = |height: usize| self.shown + 2 >= height as u64;
        if ui.height().is_some_and(is_long) {
            self.failing_lines.iter().for_each(|line| ui.note(line));
            if self.failing > MAX_FAILING {
                ui.note(&format!("… see all with {MPT} webhook list --failing"));
            }
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.all.filter(|all| *all > self.shown) {
            Some(all) => write!(f, "{} of {all} webhooks shown", self.shown)?,
            None if self.shown == 1 => f.write_str("1 webhook")?,
            None => write!(f, "{} webhooks", self.shown)?,
        }
        for (count, what) in [(self.failing, "failing"), (self.disabled, "disabled")] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

impl Args {
    /// Reads the webhooks that pass, up to the limit. The reader gets `None` when the list begins, also when it is read
    /// again. Returns how many match the filter of the platform.
    async fn read(
        &self,
        webhooks: &Webhooks<'_>,
        query: &Query,
        context: &Context,
        mut reader: impl FnMut(Option<&WebhookDocument>) -> ControlFlow<()>,
    ) -> Result<Option<u64>, ApiError> {
        // With a filter of its own and a limit, it is not known whether another page is needed.
        let (limit, at_once) = match (self.filter.failing, self.limit) {
            (true, Some(_)) => (None, 1),
            (_, limit) => (limit, context.jobs),
        };
        let mut left = self.limit.unwrap_or(u64::MAX);
        let list = List::of_webhooks(query).limit(limit).at_once(at_once);
        let read = list.read(webhooks.client(), |part: Part<'_, Webhook>| match part {
            Part::Start => {
                left = self.limit.unwrap_or(u64::MAX);
                reader(None)
            }
            Part::Rows(rows) => {
                for webhook in rows.iter().filter(|webhook| self.filter.passes(webhook)) {
                    left -= 1;
                    reader(Some(webhook))?;
                    if left == 0 {
                        return ControlFlow::Break(());
                    }
                }
                ControlFlow::Continue(())
            }
        });
        read.await
    }

    fn columns(&self, context: &Context) -> Result<Vec<&'static Column<WebhookDocument>>, Ending> {
        let ui = &context.ui;
        if self.columns.is_empty() {
            let of_profile = context.settings().ok().and_then(|settings| settings.columns.clone());
            if let Some(names) = of_profile
                && matches!(ui.format(&Format::LIST)?, Format::Table | Format::Csv)
            {
                let names: Vec<_> = names.iter().map(String::as_str).collect();
                // They were checked when the file was read.
                return Ok(webhook_columns::select(&names).unwrap_or_default());
            }
            return Ok(match ui.format(&Format::LIST)? {
                Format::Table => webhook_columns::fitting_columns(&ui.style),
                _ => webhook_columns::default_columns(),
            });
        }
        ui.format(&[Format::Table, Format::Csv]).map_err(|_| {
            Failure::usage("--columns only works with table and csv output")
                .with_hint("for JSON, select members with --jq")
        })?;
        let names: Vec<_> = self.columns.iter().map(|name| name.trim()).collect();
        Ok(webhook_columns::select(&names).map_err(|unknown| {
            let known: Vec<_> = webhook_columns::names().collect();
            let near = did_you_mean(unknown, known.iter().copied());
            Failure::usage(format!("--columns: there is no column `{unknown}`{near}"))
                .with_hint(format!("columns: {}", known.join(", ")))
        })?)
    }

    /// The note about an empty list. Only for a table, the account of the token is looked up, which takes a request.
    async fn why_empty(&self, is_table: bool, query: &Query, session: &Session<'_>) -> String {
        if is_table && session.is_client().await {
            return "The token belongs to an account of type Client, which sees no webhooks"
                .to_owned();
        }
        if !query.filter.is_empty() || self.filter.failing {
            return "No webhook matches".to_owned();
        }
        let place = session.target_name();
        format!("There are no webhooks yet ({place}); create one with {MPT} webhook create")
    }

    /// The sort order, in which the names of columns stand for the platform's properties.
    fn order(&self) -> Option<String> {
        let parts = self.order.as_deref()?.split(',').map(|part| {
            let (sign, name) = match part.trim().strip_prefix('-') {
                Some(name) => ("-", name),
                None => ("", part.trim()),
            };
            let property = match name {
                "created" => "audit.created.at",
                "updated" => "audit.updated.at",
                "object" => "object.id",
                "object-name" => "object.name",
                "object-type" => "objectType",
                "account" => "account.id",
                "account-name" => "account.name",
                "calls" => "statistics.total",
                "successes" => "statistics.successes",
                "failures" => "statistics.failures",
                "last-call" => "lastCall.callTime",
                "last-status" => "lastCall.httpStatusCode",
                "last-success" => "lastSuccess.callTime",
                "last-failure" => "lastFailure.callTime",
                property => property,
            };
            format!("{sign}{property}")
        });
        Some(parts.collect::<Vec<_>>().join(","))
    }

    /// The `select` of the list. For IDs, only the members used in the filter and order are needed.
    fn select_for(&self, ids_only: bool) -> Option<String> {
        if let Some(select) = &self.select {
            return Some(with_last_call(select, self.filter.failing));
        }
        if !ids_only {
            return Some(SELECT.to_owned());
        }
        let order = self.order();
        let texts = [&self.filter.rql.filter, &order];
        let mut texts = texts.into_iter().flatten();
        // Filtering or ordering by audit needs it selected (docs/platform-api.md, "Lists").
        let by_audit = texts.any(|text| text.contains("audit"));
        let members: Vec<_> = [("audit", by_audit), ("lastCall", self.filter.failing)]
            .into_iter()
            .filter_map(|(member, is_needed)| is_needed.then_some(member))
            .collect();
        (!members.is_empty()).then(|| members.join(","))
    }
}

async fn count(
    args: &Args,
    mut query: Query,
    webhooks: &Webhooks<'_>,
    context: &Context,
) -> CommandResult {
    let report = Report::new(&context.ui, View::details(|count: &u64, _| format!("{count}\n")))?;
    query.select = args.select_for(true);
    let total = if args.filter.failing {
        None
    } else {
        let page = webhooks.page(&query, 0, 0).await.map_err(cannot_list)?;
        page.total
    };
    let count = match total {
        Some(total) => args.limit.map_or(total, |limit| limit.min(total)),
        None => {
            let mut count = 0_u64;
            let read = args.read(webhooks, &query, context, |row| {
                count = row.map_or(0, |_| count + 1);
                ControlFlow::Continue(())
            });
            read.await.map_err(cannot_list)?;
            count
        }
    };
    Ok(report.only(&count)?)
}
