//! `mpt webhook export`

use std::cell::RefCell;
use std::io;

use serde_json::{Value, json};

use crate::api::webhooks::{Query, WebhookDocument, with_last_call};
use crate::commands::shared::Context;
use crate::commands::shared::filter_args::FilterArgs;
use crate::commands::verb::Verb;
use crate::failure::CommandResult;
use crate::manifest::export::Writer;
use crate::manifest::file::{SecretReference, VERSION};
use crate::operations::manifests::export::{export, spool_failure};
use crate::reporter::Reporter;
use crate::source::FileFormat;
use crate::text::json::Layout;
use crate::ui::Format;

/// Print a manifest of the webhooks that exist
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
TOML by default; -o yaml and -o json print the same in other formats. mpt webhook diff of the result is empty. Secrets \
are never printed. In TOML and YAML, comments name a variable for each secret and suggest what --prune may delete.

Examples:
  Start to keep all webhooks as code:
    mpt webhook export > webhooks.toml

  Only the webhooks of one product, as YAML:
    mpt webhook export --object PRD-1111-1111 -o yaml > product.yaml")]
pub struct Args {
    #[command(flatten)]
    filter: FilterArgs,

    /// Write a reference to a variable for each secret, instead of a comment
    #[arg(long)]
    secret_refs: bool,

    /// Write switch = true where the switch of the product or program is on
    #[arg(long)]
    switches: bool,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        let ui = &context.ui;
        let format = ui.requested_format(&[Format::Table, Format::Json, Format::Yaml])?;
        let (session, filter, rql) = self.filter.connect(context).await?;
        let query = Query {
            filter: rql,
            select: Some(with_last_call("secret", self.filter.failing)),
            order: None,
        };
        let checked = RefCell::new(Ok(()));
        let passes = |webhook: &WebhookDocument| {
            if let Err(failure) = filter.check(webhook) {
                *checked.borrow_mut() = Err(failure);
            }
            self.filter.passes(webhook)
        };
        let export = export(&session, &query, passes, self.switches, context.jobs).await?;
        checked.into_inner()?;
        for (id, why) in &export.left_out {
            ui.warn(&format!("{id} is not exported: {why}"));
        }
        if export.types.is_empty() && session.is_client().await {
            ui.warn("the token belongs to an account of type Client, which sees no webhooks");
        }
        self.note_secrets(&export.secret_variables(), format, context);
        let mut writer = Writer::new(match format {
            Some(Format::Json) => FileFormat::Json,
            Some(Format::Yaml) => FileFormat::Yaml,
            _ => FileFormat::Toml,
        });
        if ui.has_jq() {
            let webhooks = export
                .webhooks()
                .map(|webhook| self.with_secret(webhook?).map(|(webhook, _)| webhook))
                .collect::<io::Result<Vec<_>>>()
                .map_err(spool_failure)?;
            let file = json!({"version": VERSION, "webhooks": webhooks});
            return Ok(ui.print_json(&file, Layout::Pretty)?);
        }
        let mut text = writer.begin(&export.types);
        for webhook in export.webhooks() {
            let webhook = webhook.and_then(|webhook| self.with_secret(webhook));
            let (webhook, variable) = webhook.map_err(spool_failure)?;
            text.push_str(&writer.webhook(&webhook, variable.as_deref()));
            if text.len() > PIECE {
                ui.print_document(std::mem::take(&mut text))?;
            }
        }
        text.push_str(writer.end());
        Ok(ui.print_document(text)?)
    }
}

impl Args {
    fn note_secrets(&self, variables: &[String], format: Option<Format>, context: &Context) {
        if variables.is_empty() {
            return;
        }
        let place = match format {
            Some(Format::Json) => "JSON has no comments for them, nor for a scope",
            _ => "comments name a variable for each",
        };
        context.ui.note(&match self.secret_refs {
            true => format!("Secrets will be read from: {}", variables.join(", ")),
            false => format!(
                "Webhooks with a secret: {}; {place}. Write references with --secret-refs",
                variables.len()
            ),
        });
    }

    /// Moves the variable of a secret into the webhook if references are written.
    fn with_secret(
        &self,
        (mut webhook, variable): (Value, Option<String>),
    ) -> io::Result<(Value, Option<String>)> {
        match variable {
            Some(name) if self.secret_refs => {
                let reference = SecretReference::Env { env: name, key: None };
                webhook["secret"] = serde_json::to_value(reference)?;
                Ok((webhook, None))
            }
            variable => Ok((webhook, variable)),
        }
    }
}

/// The manifest is printed in pieces of this size, in bytes.
const PIECE: usize = 64 * 1024;
