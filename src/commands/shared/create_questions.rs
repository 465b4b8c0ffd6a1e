//! The questions of `mpt webhook create` on a terminal, for what the command line does not say.

use std::path::{Path, PathBuf};

use super::Context;
use super::body_args::url_error;
use super::secret_args::SecretArgs;
use crate::api::list::Query;
use crate::api::{Pages, objects};
use crate::failure::{Ending, Failure, Kind};
use crate::model::id::is_id;
use crate::model::object::CatalogObject;
use crate::model::webhook_type::{self, KNOWN, WebhookType};
use crate::model::{Anchor, WebhookBody};
use crate::operations::Session;
use crate::operations::secret_file;
use crate::reporter::Reporter;
use crate::system::folders;

/// The number of objects that are read for the list; others are chosen by their ID.
const MAX_OBJECTS: u64 = 1000;

/// Asks for what is missing in a body.
pub struct CreateQuestions<'a> {
    pub context: &'a Context,
    pub session: &'a Session<'a>,
    /// The flags that give the same answers.
    flags: Vec<String>,
}

impl<'a> CreateQuestions<'a> {
    pub fn new(context: &'a Context, session: &'a Session<'a>) -> Self {
        context.ui.note(&format!(
            "Creating a webhook ({}). Nothing is created before the last answer",
            session.place
        ));
        Self {
            context,
            session,
            flags: Vec::new(),
        }
    }

    /// Completes the body. The secret is asked for unless `has_secret`; it is returned as the flags that would name it.
    ///
    /// # Errors
    /// Ctrl-C and Escape end the questions; nothing is created or written then.
    pub async fn complete(
        &mut self,
        body: &mut WebhookBody,
        has_secret: bool,
    ) -> Result<SecretArgs, Ending> {
        self.ask_all(body, has_secret)
            .await
            .map_err(|ending| match ending {
                Ending::Failed(failure) if failure.kind == Kind::Interrupted => {
                    Failure::new(Kind::Interrupted, "interrupted; nothing was created").into()
                }
                ending => ending,
            })
    }

    async fn ask_all(
        &mut self,
        body: &mut WebhookBody,
        has_secret: bool,
    ) -> Result<SecretArgs, Ending> {
        let anchor = match &body.webhook_type {
            Some(typed) => webhook_type::find(typed).map(|known| known.anchor),
            None => {
                let known = self.ask_type(body).await?;
                body.webhook_type = Some(known.name.to_owned());
                self.answered("--type", known.name);
                Some(known.anchor)
            }
        };
        if let Some(anchor) = anchor
            && !has_anchor(body, anchor)
        {
            let id = self.ask_object(anchor).await?;
            self.answered(&format!("--{}", anchor.name()), &id);
            body.set_criterion(anchor.criterion(), id);
        }
        if body.url.is_none() {
            let wrong = |url: &str| url_error(url).map(|(message, _)| message);
            let url = self
                .context
                .ui
                .ask("URL of the endpoint:", "", Box::new(wrong))
                .await?;
            self.answered("--url", &url);
            body.url = Some(url);
        }
        if has_secret {
            return Ok(SecretArgs::default());
        }
        self.ask_secret(body).await
    }

    async fn ask_type(&self, body: &WebhookBody) -> Result<&'static WebhookType, Ending> {
        let given: Vec<_> = Anchor::ALL
            .into_iter()
            .filter(|anchor| has_anchor(body, *anchor))
            .collect();
        let types: Vec<&WebhookType> = KNOWN
            .iter()
            .filter(|known| given.is_empty() || given.contains(&known.anchor))
            .collect();
        let width = types.iter().map(|known| known.name.len()).max();
        let width = width.unwrap_or_default();
        let options = types
            .iter()
            .map(|known| format!("{:width$}  {}", known.name, known.purpose))
            .collect();
        let names: Vec<_> = types.iter().map(|known| known.name).collect();
        let shown = move |index: usize| names[index].to_owned();
        let index = self
            .context
            .ui
            .choose("What does the endpoint validate?", options, shown)
            .await?;
        Ok(types[index])
    }

    async fn ask_object(&self, anchor: Anchor) -> Result<String, Ending> {
        let kind = anchor.name();
        let found = self.list(anchor).await;
        let found = found.unwrap_or_else(|failure| {
            self.context.ui.warn(&failure.message);
            Vec::new()
        });
        if !found.is_empty() {
            let ids: Vec<String> = found.iter().map(|(id, _)| id.clone()).collect();
            let mut options: Vec<_> = found.into_iter().map(|(_, line)| line).collect();
            options.push(format!("Another {kind}, by its ID"));
            let last = format!("another {kind}");
            let shown = {
                let ids = ids.clone();
                move |index: usize| ids.get(index).unwrap_or(&last).clone()
            };
            let question = format!("Which {kind}?");
            let index = self.context.ui.choose(&question, options, shown).await?;
            if let Some(id) = ids.get(index) {
                return Ok(id.clone());
            }
        }
        let prefix = anchor.id_prefix();
        let question = format!("ID of the {kind} (such as {prefix}-1111-1111):");
        let wrong = |id: &str| id.is_empty().then(|| "the ID is empty".to_owned());
        Ok(self.context.ui.ask(&question, "", Box::new(wrong)).await?)
    }

    /// The IDs of the account's own objects, each with its line in the list.
    async fn list(&self, anchor: Anchor) -> Result<Vec<(String, String)>, Failure> {
        let (collection, query) = (objects::collection(anchor), Query::default());
        let client = self.session.webhooks.client();
        let jobs = self.context.jobs;
        let mut pages: Pages<'_, CatalogObject> =
            Pages::new(client, collection, &query, Some(MAX_OBJECTS), jobs);
        let mut lines = Vec::new();
        let doing = format!("list the {}s", anchor.name());
        while let Some(page) = pages
            .next()
            .await
            .map_err(|error| Failure::from(error).while_trying(&doing))?
        {
            for object in &page {
                let Some(id) = &object.id else { continue };
                let name = object.name.as_deref().unwrap_or_default();
                let status = match object.is_published() {
                    Some(true) | None => String::new(),
                    Some(false) => {
                        format!(" ({})", object.status.as_deref().unwrap_or_default())
                    }
                };
                lines.push((id.clone(), format!("{id}  {name}{status}")));
            }
        }
        Ok(lines)
    }

    async fn ask_secret(&mut self, body: &mut WebhookBody) -> Result<SecretArgs, Ending> {
        const OPTIONS: [&str; 3] = [
            "Generate one and write it to a new file",
            "Read it from a file",
            "None: the endpoint cannot tell who calls it",
        ];
        let ui = &self.context.ui;
        let options = OPTIONS.into_iter().map(str::to_owned).collect();
        let shown = |index: usize| ["generated", "from a file", "none"][index].to_owned();
        let mut secret = SecretArgs::default();
        match ui
            .choose("Which secret signs the calls?", options, shown)
            .await?
        {
            0 => {
                let criteria = body.criteria();
                let object = criteria.and_then(|criteria| {
                    let mut anchors = Anchor::ALL.into_iter();
                    anchors.find_map(|anchor| criteria.get(anchor.criterion()))
                });
                // The ID may come from the network, and must not name another folder.
                let object = object.filter(|id| is_id(id)).unwrap_or("webhook");
                let default = format!("{object}.secret");
                let path = ui
                    .ask(
                        "New file for the secret:",
                        &default,
                        Box::new(cannot_create),
                    )
                    .await?;
                self.flags.push("--generate-secret".to_owned());
                self.answered("--secret-out", &path);
                secret.generate_secret = true;
                secret.secret_out = Some(expanded(&path));
            }
            1 => {
                let path = ui
                    .ask("File with the secret:", "", Box::new(cannot_read))
                    .await?;
                self.answered("--secret-file", &path);
                secret.source.secret_file = Some(expanded(&path));
            }
            _ => self.flags.push("--no-secret".to_owned()),
        }
        body.secret = secret.read().await?.map(Some);
        Ok(secret)
    }

    fn answered(&mut self, flag: &str, value: &str) {
        let word = shlex::try_quote(value).unwrap_or_else(|_| value.into());
        self.flags.push(format!("{flag} {word}"));
    }

    /// Prints the command line that does the same without questions.
    pub fn print_command_line(&self) {
        let typed = std::env::args_os().skip(1);
        let typed: Vec<_> = typed
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let typed = typed
            .iter()
            .map(|word| shlex::try_quote(word).unwrap_or_else(|_| word.into()));
        let words = std::iter::once("mpt".into()).chain(typed);
        let start = words.collect::<Vec<_>>().join(" ");
        let flags = self.flags.join(" \\\n    ");
        self.context.ui.note(&format!(
            "\nThe same without questions:\n  {start} \\\n    {flags}"
        ));
    }
}

fn has_anchor(body: &WebhookBody, anchor: Anchor) -> bool {
    body.criteria()
        .is_some_and(|criteria| criteria.get(anchor.criterion()).is_some())
}

/// The path that was typed; `~/` is the home folder, as in a shell.
fn expanded(typed: &str) -> PathBuf {
    let below = typed
        .strip_prefix("~/")
        .or_else(|| typed.strip_prefix(r"~\"));
    match below.zip(folders::user_home()) {
        Some((below, home)) => home.join(below),
        None => PathBuf::from(typed),
    }
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
    let error = secret_file::check_path(&path).err()?;
    Some(error.message.replacen("--secret-out ", "", 1))
}

fn cannot_read(typed: &str) -> Option<String> {
    let path = expanded(typed);
    match std::fs::read_to_string(&path) {
        _ if typed.is_empty() => Some("the file name is empty".to_owned()),
        Ok(text) if text.trim_end_matches(['\r', '\n']).is_empty() => {
            Some("the file is empty".to_owned())
        }
        Ok(_) => None,
        Err(error) => Some(format!("{}: {error}", path.display())),
    }
}
