//! Lets a user at a terminal choose what was not given.

use std::path::{Path, PathBuf};

use super::Context;
use super::ids::Ids;
use crate::api::webhooks::WebhookDocument;
use crate::failure::{Ending, Failure, Kind};
use crate::model::url::without_userinfo;
use crate::operations::Session;
use crate::operations::manifests::reconcile::cannot_list;
use crate::operations::webhooks::read_many;
use crate::system::{files, folders};
use crate::text::MPT;
use crate::ui::Choice;
use crate::ui::webhook_columns::sign;

/// The IDs that were given; without any, a webhook that the user chooses. With the access to the platform, which is only
/// asked for after the arguments were checked.
///
/// # Errors
/// None is given and nobody can be asked, or there are no webhooks.
pub async fn ids<'c>(
    given: &[String],
    question: &str,
    context: &'c Context,
) -> Result<(Ids, Session<'c>), Ending> {
    if given.is_empty() && !context.ui.is_interactive() {
        return Err(Failure::usage("the ID of a webhook is missing")
            .with_hint(format!("list the webhooks with {MPT} webhook list"))
            .into());
    }
    let ids = Ids::new(given)?;
    let session = context.connect().await?;
    if !given.is_empty() {
        return Ok((ids, session));
    }
    let all = read_many::webhooks(&session, &[], context.jobs).await;
    let (mut webhooks, _) = all.map_err(cannot_list)?;
    if webhooks.is_empty() {
        let message = format!("there are no webhooks ({})", session.target_name());
        return Err(Failure::new(Kind::NotFound, message).into());
    }
    // What is failing is what somebody looks for.
    webhooks.sort_by_key(|webhook| !webhook.is_failing());
    let choice = |webhook: &WebhookDocument| {
        let url = webhook.url.as_deref().map(without_userinfo).unwrap_or_default();
        let line = format!("{} {}  {url}", sign(webhook).text, webhook.described());
        Choice::new(&line, &webhook.described())
    };
    let options = webhooks.iter().map(choice).collect();
    let question = format!("{question} ({})", session.target_name());
    let index = context.ui.choose(&question, options).await?;
    let id = webhooks[index].id.clone().unwrap_or_default();
    Ok((Ids::new(&[id])?, session))
}

/// A new file for a secret.
pub async fn secret_file(default: &str, context: &Context) -> Result<PathBuf, Ending> {
    let asked = context.ui.ask("New file for the secret:", default, Box::new(cannot_create));
    Ok(expanded(&asked.await?))
}

/// A typed path, in which `~/` is the home folder.
pub fn expanded(typed: &str) -> PathBuf {
    folders::below_home(typed).unwrap_or_else(|| PathBuf::from(typed))
}

fn cannot_create(typed: &str) -> Option<String> {
    if typed.is_empty() {
        return Some("the file name is empty".to_owned());
    }
    let path = expanded(typed);
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Some(format!("the folder {} does not exist", folder.display()));
    }
    if path.symlink_metadata().is_ok() {
        return Some(format!("{}: the file already exists", path.display()));
    }
    // Only the system knows whether a file can be created there.
    let folder = files::folder_of(&path);
    let error = tempfile::tempfile_in(folder).err()?;
    Some(format!("cannot create a file in {}: {}", folder.display(), error))
}
