//! `mpt config import`

use std::path::PathBuf;

use crate::commands::shared::{Context, candidates};
use crate::commands::verb::Verb;
use crate::config::{Error as ConfigError, accounts};
use crate::failure::CommandResult;
use crate::operations::profiles::import::{ImportPlan, ImportedAccount};
use crate::reporter::Reporter;
use crate::system::files::{is_open_to_others, shell_word};
use crate::text::MPT;
use crate::ui::table::Cell;
use crate::ui::{Column, Report, View};

/// Import the accounts of mpt-cli, each as a profile
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  Show what would be imported:
    mpt config import --dry-run

  Import all accounts; the active one becomes the default:
    mpt config import")]
pub struct Args {
    /// Accounts file of mpt-cli [default: ~/.swocli/accounts.json]
    #[arg(value_name = "FILE", add = candidates::files())]
    file: Option<PathBuf>,

    /// Replace profiles with the same name
    #[arg(long)]
    overwrite: bool,

    /// Show what would be imported, and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl Verb for Args {
    const USES_PROFILE: bool = false;

    async fn run(&self, context: &Context) -> CommandResult {
        let ui = &context.ui;
        let view = View::rows(COLUMNS)
            .with_id(|imported| Some(imported.profile.clone()))
            .when_empty("The file contains no accounts");
        let mut report = Report::new(ui, view)?;
        let path = self.file.clone().or_else(accounts::default_path);
        let path = path.ok_or_else(|| ConfigError::Missing {
            message: "cannot determine the home folder".to_owned(),
            hint: "give the path of mpt-cli's accounts file".to_owned(),
        })?;
        let accounts = accounts::read(&path)?;
        if is_open_to_others(&path) {
            ui.warn(&format!(
                "other users can read {}, which contains tokens; run chmod 600 {}",
                path.display(),
                shell_word(&path)
            ));
        }
        let mut file = context.config_file()?;
        let plan = ImportPlan::new(&accounts, &file, self.overwrite);
        if !self.dry_run {
            plan.apply(&mut file)?;
        }
        for imported in plan.records(self.dry_run) {
            report.push(&imported)?;
        }
        report.finish()?;
        if plan.keeps_some() {
            ui.note("Existing profiles were kept; use --overwrite to replace them");
        }
        if self.dry_run {
            ui.note("Nothing was written");
        } else if !accounts.is_empty() {
            ui.note(&format!(
                "Choose a profile with -p NAME, or set the default with {MPT} config use NAME"
            ));
        }
        Ok(())
    }
}

const COLUMNS: &[Column<ImportedAccount>] = &[
    Column::whole("profile", |imported, _| imported.profile.as_str().into()),
    Column::whole("account", |imported, _| imported.account.as_str().into()),
    Column::flexible("base-url", |imported, _| imported.base_url.as_str().into()),
    Column::whole("default", |imported, _| {
        let shown = if imported.default { "✓" } else { "" };
        Cell::from(shown).with_value(imported.default.to_string())
    }),
    Column::whole("action", |imported, _| imported.action.into()),
];
