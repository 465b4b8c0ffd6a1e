//! `mpt webhook export`

use std::io;

use serde_json::json;

use crate::api::webhooks::{Query, WebhookDocument, with_last_call};
use crate::commands::shared::Context;
use crate::commands::shared::filter_args::FilterArgs;
use crate::failure::CommandResult;
use crate::manifest::FileFormat;
use crate::manifest::export::Writer;
use crate::manifest::file::VERSION;
use crate::operations::export::{export, spool_failure};
use crate::reporter::Reporter;
use crate::text::json::Layout;
use crate::ui::Format;

/// Print a manifest of the webhooks that exist
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
TOML by default; -o yaml and -o json print the same in other formats. Secrets are never printed; the manifest names the
variables to read them from.

Examples:
  Start to keep all webhooks as code:
    mpt webhook export > webhooks.toml

  Only the webhooks of one product, as YAML:
    mpt webhook export --object PRD-1111-1111 -o yaml > product.yaml")]
pub struct Args {
    #[command(flatten)]
    filter: FilterArgs,
}

pub async fn run(args: &Args, context: &Context) -> CommandResult {
    let ui = &context.ui;
    let format = ui.requested_format(&[Format::Table, Format::Json, Format::Yaml])?;
    let query = Query {
        filter: args.filter.rql(context)?,
        select: Some(with_last_call("secret", args.filter.failing)),
        order: None,
    };
    let session = context.connect().await?;
    let passes = |webhook: &WebhookDocument| args.filter.passes(webhook);
    let export = export(&session, &query, passes, context.jobs).await?;
    for id in &export.left_out {
        ui.warn(&format!(
            "{id} is not exported: its criteria do not name a product, program or form"
        ));
    }
    if !export.secret_variables.is_empty() {
        ui.note(&format!(
            "Secrets will be read from: {}",
            export.secret_variables.join(", ")
        ));
    }
    let mut writer = Writer::new(match format {
        Some(Format::Json) => FileFormat::Json,
        Some(Format::Yaml) => FileFormat::Yaml,
        _ => FileFormat::Toml,
    });
    if ui.has_jq() {
        let webhooks = export
            .webhooks()
            .collect::<io::Result<Vec<_>>>()
            .map_err(spool_failure)?;
        let file = json!({"version": VERSION, "webhooks": webhooks});
        return Ok(ui.print_json(&file, Layout::Pretty)?);
    }
    let mut text = writer.begin();
    for webhook in export.webhooks() {
        text.push_str(&writer.webhook(&webhook.map_err(spool_failure)?));
        if text.len() > PIECE {
            ui.print(&std::mem::take(&mut text))?;
        }
    }
    text.push_str(writer.end());
    Ok(ui.print(&text)?)
}

/// The manifest is printed in pieces of this size, in bytes.
const PIECE: usize = 64 * 1024;
