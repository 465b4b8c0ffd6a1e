//! `mpt webhook list`

use clap_complete::engine::ArgValueCandidates;
use serde_json::Value;

use super::filter::{FilterArgs, cannot_list};
use super::rows;
use crate::api::Pages;
use crate::api::webhooks::{Query, SELECT, Webhooks, with_last_call};
use crate::commands::shared::{Context, candidates};
use crate::config::did_you_mean;
use crate::failure::Failure;
use crate::model::Webhook;
use crate::ui::{Format, Layout, Records, columns};

/// List webhooks
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  The enabled webhooks of a product, by type:
    mpt webhook list --object PRD-1111-1111 --status enabled --order type

  How many fail?
    mpt webhook list --failing --count

  Any filter that the platform understands, as CSV:
    mpt webhook list --filter 'ilike(url,\"*example.com*\")' --columns id,url,success-rate -o csv")]
pub struct Args {
    #[command(flatten)]
    filter: FilterArgs,

    /// Order by this property, such as type, url or -audit.created.at (`-`: descending)
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true)]
    order: Option<String>,

    /// No more than this many [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,

    /// These columns of the table or CSV
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        conflicts_with = "count"
    )]
    #[arg(add = ArgValueCandidates::new(candidates::columns))]
    columns: Vec<String>,

    /// Print only how many there are
    #[arg(long)]
    count: bool,

    /// Ask for these members, instead of all but the secret; --failing adds lastCall
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    select: Option<String>,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let columns = args.columns()?;
    let mut query = Query {
        filter: args.filter.rql(context)?,
        order: args.order.clone(),
        select: None,
    };
    let session = context.connect().await?;
    if args.count {
        return count(args, query, &session.webhooks, context).await;
    }
    let mut layout = rows::rows(columns);
    layout.empty = if query.filter.is_empty() && !args.filter.failing {
        format!("There are no webhooks yet ({})", session.place)
    } else {
        "No webhook matches".to_owned()
    };
    if !args.columns.is_empty() {
        context
            .console
            .format(&[Format::Table, Format::Csv])
            .map_err(|_| {
                Failure::usage("--columns goes with table and csv output")
                    .with_hint("--jq picks members of JSON")
            })?;
        layout.json = false;
    }
    let mut records = Records::new(&context.console, layout)?;
    query.select = args.select_for(records.format() == Format::Id);
    let mut pages = args.pages(&session.webhooks, &query);
    while let Some(documents) = pages.next().await.map_err(cannot_list)? {
        for document in documents {
            records.push(document)?;
        }
    }
    Ok(records.finish()?)
}

impl Args {
    fn pages<'a>(&self, webhooks: &'a Webhooks<'a>, query: &'a Query) -> Pages<'a> {
        self.filter.pass(Pages::new(webhooks, query, self.limit))
    }

    fn columns(&self) -> Result<Vec<&'static columns::Column<Webhook>>, Failure> {
        if self.columns.is_empty() {
            return Ok(rows::default_columns());
        }
        let names: Vec<_> = self.columns.iter().map(|name| name.trim()).collect();
        columns::select(&names).map_err(|unknown| {
            let known: Vec<_> = columns::WEBHOOK.iter().map(|column| column.name).collect();
            let near = did_you_mean(unknown, known.iter().copied());
            Failure::usage(format!("--columns: there is no column `{unknown}`{near}"))
                .with_hint(format!("columns: {}", known.join(", ")))
        })
    }

    /// What to ask for. Ids need no more than what they are filtered and ordered by.
    fn select_for(&self, ids_only: bool) -> Option<String> {
        if let Some(select) = &self.select {
            return Some(with_last_call(select, self.filter.failing));
        }
        if !ids_only {
            return Some(SELECT.to_owned());
        }
        let mentions = |member: &str| {
            [&self.filter.filter, &self.order]
                .into_iter()
                .flatten()
                .any(|text| text.contains(member))
        };
        // Filtering or ordering by audit needs it selected (CONTRACT.md, "Lists and RQL").
        let mut members = Vec::new();
        if mentions("audit") {
            members.push("audit");
        }
        if self.filter.failing {
            members.push("lastCall");
        }
        (!members.is_empty()).then(|| members.join(","))
    }
}

async fn count(
    args: &Args,
    mut query: Query,
    webhooks: &Webhooks<'_>,
    context: &Context,
) -> anyhow::Result<()> {
    context
        .console
        .format(&[Format::Table, Format::Json, Format::Jsonl, Format::Yaml])?;
    query.select = args.select_for(true);
    let total = if args.filter.failing {
        None
    } else {
        webhooks
            .page(&query, 0, 0)
            .await
            .map_err(cannot_list)?
            .total
    };
    let count = match total {
        Some(total) => args.limit.map_or(total, |limit| limit.min(total)),
        None => {
            let mut pages = args.pages(webhooks, &query);
            let mut count = 0;
            while let Some(documents) = pages.next().await.map_err(cannot_list)? {
                count += documents.len() as u64;
            }
            count
        }
    };
    let layout = Layout::one(Value::clone, |count, _| format!("{count}\n"));
    let mut records = Records::new(&context.console, layout)?;
    records.push(count.into())?;
    Ok(records.finish()?)
}
