//! `mpt webhook history`

use crate::api::list::PAGE;
use crate::api::webhooks::SELECT;
use crate::commands::shared::ids::Ids;
use crate::commands::shared::input::number;
use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure};
use crate::model::Document;
use crate::model::object::AuditRecord;
use crate::model::url::text_without_userinfo;
use crate::ui::{Column, Report, View, time};

/// Show who changed a webhook, and when
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The platform records changes of the URL, description, criteria, secret and status. Calls are not in it, nor are switches of a product; see calls with \
mpt webhook show or mpt webhook watch.

Examples:
  mpt webhook history WBH-1234-5678

  When was it changed last?
    mpt webhook history WBH-1234-5678 --limit 1 --jq '.[].timestamp'")]
pub struct Args {
    /// Webhook ID
    #[arg(value_name = "ID")]
    #[arg(add = candidates::ids("WBH"))]
    id: String,

    /// Show at most this many, the latest first
    #[arg(long, value_name = "N", default_value_t = 20)]
    #[arg(value_parser = number::<u64>(1..=PAGE))]
    limit: u64,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        let view = View::rows(COLUMNS)
            .wrapping()
            .when_empty(format!("The platform has no record of changes of {}", self.id));
        let mut report = Report::new(&context.ui, view)?;
        if self.id == "-" {
            let message = "history takes one ID, and reads none from standard input";
            return Err(Failure::usage(message).into());
        }
        // An empty ID is refused as everywhere else.
        Ids::new(std::slice::from_ref(&self.id))?;
        let session = context.connect().await?;
        let history = session.webhooks.client().history(&self.id, self.limit).await;
        let page = history
            .map_err(|error| Failure::from(error).about_webhook("read the history of", &self.id))?;
        if page.data.is_empty() {
            // The records of a webhook that was deleted stay; without any, it has to exist.
            let read = session.webhooks.get(&self.id, SELECT).await;
            read.map_err(|error| {
                Failure::from(error).about_webhook("read the history of", &self.id)
            })?;
        }
        for record in &page.data {
            report.push(record)?;
        }
        Ok(report.finish()?)
    }
}

const COLUMNS: &[Column<Document<AuditRecord>>] = &[
    Column::whole("when", |record, style| {
        let timestamp = record.timestamp.as_deref();
        timestamp.map(|text| time::when(text, style)).into()
    }),
    Column::flexible("who", |record, _| {
        let actor = record.actor.as_ref();
        actor.and_then(|actor| actor.name.clone().or(actor.id.clone())).into()
    }),
    Column::flexible("event", |record, _| {
        let event = record.event.as_deref();
        event.map(|event| event.rsplit('.').next().unwrap_or(event).to_owned()).into()
    }),
    Column::flexible("details", |record, _| {
        let details = record.details.clone().filter(|details| !details.is_empty());
        let details = details.or_else(|| record.summary.clone());
        let details = details.map(|details| details.replace('\n', "; "));
        details.map(|details| text_without_userinfo(&details)).into()
    }),
];
