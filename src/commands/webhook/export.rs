//! `mpt webhook export`

use std::collections::HashSet;

use super::filter::{FilterArgs, cannot_list};
use crate::api::Pages;
use crate::api::webhooks::{Query, with_last_call};
use crate::commands::shared::Context;
use crate::failure::{Failure, Kind};
use crate::manifest::export::{Exported, can_be_told, file, text};
use crate::manifest::{Existing, Form};
use crate::model::Webhook;
use crate::ui::Format;

/// Write the file of webhooks as code from what exists
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
TOML, or with -o the same in YAML or JSON. Secrets are named, never written: set the variables, and
mpt webhook diff finds no difference.

Examples:
  Begin to keep all webhooks as code:
    mpt webhook export > webhooks.toml

  Those of one product, as YAML:
    mpt webhook export --object PRD-1111-1111 -o yaml > product.yaml")]
pub struct Args {
    #[command(flatten)]
    filter: FilterArgs,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let console = &context.console;
    let asked = console.asked_format(&[Format::Table, Format::Json, Format::Yaml])?;
    let query = Query {
        filter: args.filter.rql(context)?,
        select: Some(with_last_call("secret", args.filter.failing)),
        order: None,
    };
    let session = context.connect().await?;
    let mut exported = Vec::new();
    let mut seen = HashSet::new();
    let mut pages = args
        .filter
        .pass(Pages::new(&session.webhooks, &query, None));
    while let Some(documents) = pages.next().await.map_err(cannot_list)? {
        for document in documents {
            let view = Webhook::of(&document);
            // A list that shifts while it is read gives one twice.
            if view.id.as_ref().is_some_and(|id| !seen.insert(id.clone())) {
                continue;
            }
            match Existing::of(&document).filter(can_be_told) {
                Some(webhook) => exported.push(Exported {
                    webhook,
                    has_secret: view.secret.is_some(),
                }),
                None => {
                    let id = view.id.unwrap_or_else(|| "a webhook without id".to_owned());
                    let warning = format!(
                        "{id} is left out: its criteria do not name its product, program or form"
                    );
                    console.warn(&warning);
                }
            }
        }
    }
    let failed = |error: serde_json::Error| Failure::new(Kind::Internal, error.to_string());
    let file = file(&exported);
    let secrets: Vec<_> = file.secret_variables().collect();
    if !secrets.is_empty() {
        let note = format!("The secrets are taken from: {}", secrets.join(", "));
        console.note(&note);
    }
    if asked == Some(Format::Json) {
        let document = serde_json::to_value(&file).map_err(failed)?;
        return Ok(console.print_json(&document, true)?);
    }
    let form = match asked {
        Some(Format::Yaml) => Form::Yaml,
        _ => Form::Toml,
    };
    Ok(console.print(&text(&file, form).map_err(failed)?)?)
}
