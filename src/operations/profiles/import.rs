//! Imports the accounts of mpt-cli, each as a profile.

use serde::Serialize;
use toml_edit::value;

use crate::config::accounts::MptCliAccount;
use crate::config::edit::{edit_profile, set, set_token};
use crate::config::{ConfigFile, Error, SANDBOX, TokenSource};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Create,
    Replace,
    Keep,
}

struct PlannedProfile<'a> {
    account: &'a MptCliAccount,
    profile: String,
    action: Action,
}

pub struct ImportPlan<'a> {
    profiles: Vec<PlannedProfile<'a>>,
    /// The profile that becomes the default.
    default: Option<String>,
}

/// An account and its result.
#[derive(Serialize)]
pub struct ImportedAccount {
    pub profile: String,
    pub account: String,
    pub base_url: String,
    pub default: bool,
    pub action: &'static str,
}

impl<'a> ImportPlan<'a> {
    pub fn new(accounts: &'a [MptCliAccount], file: &ConfigFile, overwrite: bool) -> Self {
        let profiles: Vec<_> = accounts
            .iter()
            .map(|account| {
                // The only name that a profile cannot have.
                let profile = match account.id.as_str() {
                    SANDBOX => format!("{SANDBOX}-account"),
                    id => id.to_owned(),
                };
                let action = match file.profile(&profile) {
                    None => Action::Create,
                    Some(_) if overwrite => Action::Replace,
                    Some(_) => Action::Keep,
                };
                PlannedProfile { account, profile, action }
            })
            .collect();
        // The active account's profile, unless a default is already set.
        let active = profiles.iter().find(|planned| planned.account.is_active);
        let default = active
            .filter(|_| file.default_profile.is_none())
            .map(|planned| planned.profile.clone());
        Self { profiles, default }
    }

    pub fn keeps_some(&self) -> bool {
        let mut profiles = self.profiles.iter();
        profiles.any(|planned| planned.action == Action::Keep)
    }

    /// Writes the profiles if any were created or replaced.
    pub fn apply(&self, file: &mut ConfigFile) -> Result<(), Error> {
        let written = || {
            let profiles = self.profiles.iter();
            profiles.filter(|planned| planned.action != Action::Keep)
        };
        if self.default.is_none() && written().next().is_none() {
            return Ok(());
        }
        file.edit(|document| {
            if let Some(name) = &self.default {
                document["default_profile"] = value(name);
            }
            for planned in written() {
                edit_profile(document, &planned.profile, |table| {
                    set(table, "base_url", value(&planned.account.environment));
                    if !planned.account.name.is_empty() {
                        set(table, "name", value(&planned.account.name));
                    }
                    set_token(table, &TokenSource::Literal(planned.account.token.clone()));
                });
            }
        })
    }

    pub fn records(&self, dry_run: bool) -> impl Iterator<Item = ImportedAccount> {
        self.profiles.iter().map(move |planned| ImportedAccount {
            profile: planned.profile.clone(),
            account: planned.account.name.clone(),
            base_url: planned.account.environment.clone(),
            default: self.default.as_ref() == Some(&planned.profile),
            action: match planned.action {
                Action::Create if dry_run => "would be created",
                Action::Replace if dry_run => "would be replaced",
                Action::Create => "created",
                Action::Replace => "replaced",
                Action::Keep => "kept",
            },
        })
    }
}
