//! `mpt webhook export`

use crate::api::webhooks::{Query, with_last_call};
use crate::commands::shared::Context;
use crate::commands::shared::filter_args::FilterArgs;
use crate::failure::CommandResult;
use crate::manifest::FileFormat;
use crate::manifest::export::text;
use crate::operations::export::export;
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
    let export = export(&session, &query, |webhook| args.filter.passes(webhook)).await?;
    for id in &export.left_out {
        ui.warn(&format!(
            "{id} is not exported: its criteria do not name a product, program or form"
        ));
    }
    let secrets: Vec<_> = export.file.secret_variables().collect();
    if !secrets.is_empty() {
        ui.note(&format!(
            "Secrets will be read from: {}",
            secrets.join(", ")
        ));
    }
    let format = match format {
        Some(Format::Json) => return Ok(ui.print_json(&export.file, Layout::Pretty)?),
        Some(Format::Yaml) => FileFormat::Yaml,
        _ => FileFormat::Toml,
    };
    let text = text(&export.file, format).map_err(anyhow::Error::from)?;
    Ok(ui.print(&text)?)
}
