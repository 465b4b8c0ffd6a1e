//! `mpt config import`

use std::path::{Path, PathBuf};

use clap::ValueHint;
use serde_json::{Value, json};
use toml_edit::value;

use crate::commands::shared::Context;
use crate::config::accounts::{self, Account};
use crate::config::edit::{edit_profile, set, set_token};
use crate::config::{ConfigFile, Error as ConfigError, SANDBOX, TokenSource};
use crate::system::files::{is_open_to_others, shell_word};
use crate::ui::columns::Column;
use crate::ui::{Layout, Records};

/// Take over the accounts of mpt-cli, one profile each
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  See what would come:
    mpt config import --dry-run

  Take over all accounts; the active one becomes the default:
    mpt config import")]
pub struct Args {
    /// The accounts file of mpt-cli [default: ~/.swocli/accounts.json]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: Option<PathBuf>,

    /// Replace profiles that have the same name
    #[arg(long)]
    overwrite: bool,

    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

pub fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let mut records = Records::new(&context.console, layout())?;
    let path = args
        .file
        .clone()
        .or_else(accounts::default_path)
        .ok_or_else(|| ConfigError::Missing {
            message: "the system has no home folder".to_owned(),
            hint: "name the accounts file of mpt-cli".to_owned(),
        })?;
    let accounts = accounts::read(&path)?;
    warn_of_mode(&path, context);
    let mut file = context.config_file()?;
    let plans: Vec<Plan> = accounts
        .iter()
        .map(|account| Plan::of(account, &file, args.overwrite))
        .collect();
    let default = new_default(&plans, &file);

    if !args.dry_run && (default.is_some() || plans.iter().any(|plan| plan.action != Action::Keep))
    {
        file.edit(|document| {
            if let Some(name) = &default {
                document["default_profile"] = value(name);
            }
            for plan in plans.iter().filter(|plan| plan.action != Action::Keep) {
                edit_profile(document, &plan.profile, |table| {
                    set(table, "base_url", value(&plan.account.environment));
                    set_token(table, &TokenSource::Literal(plan.account.token.clone()));
                });
            }
        })?;
    }
    for plan in &plans {
        records.push(plan.row(default.as_deref() == Some(&plan.profile), args.dry_run))?;
    }
    records.finish()?;
    if plans.iter().any(|plan| plan.action == Action::Keep) {
        context
            .console
            .note("Profiles that exist were kept; --overwrite replaces them");
    }
    if args.dry_run {
        context.console.note("Nothing was written");
    }
    Ok(())
}

fn warn_of_mode(path: &Path, context: &Context) {
    if is_open_to_others(path) {
        context.console.warn(&format!(
            "others can read {}, which holds tokens: chmod 600 {}",
            path.display(),
            shell_word(path)
        ));
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Create,
    Replace,
    Keep,
}

struct Plan<'a> {
    account: &'a Account,
    profile: String,
    action: Action,
}

impl<'a> Plan<'a> {
    fn of(account: &'a Account, file: &ConfigFile, overwrite: bool) -> Self {
        // The one name that a profile cannot have.
        let profile = if account.id == SANDBOX {
            format!("{SANDBOX}-account")
        } else {
            account.id.clone()
        };
        let action = match file.profile(&profile) {
            None => Action::Create,
            Some(_) if overwrite => Action::Replace,
            Some(_) => Action::Keep,
        };
        Self {
            account,
            profile,
            action,
        }
    }

    fn row(&self, is_default: bool, dry_run: bool) -> Value {
        let action = match self.action {
            Action::Create if dry_run => "would be created",
            Action::Replace if dry_run => "would be replaced",
            Action::Create => "created",
            Action::Replace => "replaced",
            Action::Keep => "kept",
        };
        json!({
            "profile": self.profile,
            "account": self.account.name,
            "base_url": self.account.environment,
            "default": is_default,
            "action": action,
        })
    }
}

/// The active account's profile, unless the user has chosen a default already.
fn new_default(plans: &[Plan], file: &ConfigFile) -> Option<String> {
    if file.default_profile.is_some() {
        return None;
    }
    plans
        .iter()
        .find(|plan| plan.account.is_active)
        .map(|plan| plan.profile.clone())
}

const COLUMNS: &[Column<Value>] = &[
    Column {
        name: "profile",
        whole: true,
        cell: |row, _| text(row, "profile").into(),
    },
    Column {
        name: "account",
        whole: true,
        cell: |row, _| text(row, "account").into(),
    },
    Column {
        name: "base-url",
        whole: false,
        cell: |row, _| text(row, "base_url").into(),
    },
    Column {
        name: "default",
        whole: true,
        cell: |row, _| {
            if row["default"] == true {
                "✓".into()
            } else {
                "".into()
            }
        },
    },
    Column {
        name: "action",
        whole: true,
        cell: |row, _| text(row, "action").into(),
    },
];

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

fn layout() -> Layout<Value> {
    let id = |row: &Value| row["profile"].as_str().map(str::to_owned);
    Layout {
        empty: "The file has no accounts".to_owned(),
        ..Layout::rows_with_id(COLUMNS, id)
    }
}
