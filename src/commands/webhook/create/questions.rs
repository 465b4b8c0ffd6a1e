//! The questions of `mpt webhook create` on a terminal, for what the command line does not say.

use std::path::Path;

use crate::api::list::Query;
use crate::api::{List, objects};
use crate::commands::shared::Context;
use crate::commands::shared::body_args::url_error;
use crate::commands::shared::pick::{self, expanded};
use crate::commands::shared::secret_args::SecretArgs;
use crate::failure::{Ending, Failure, Kind};
use crate::model::id::{id_hint, is_id};
use crate::model::object::CatalogObject;
use crate::model::webhook_type::{self, KNOWN, WebhookType};
use crate::model::{Anchor, Document, WebhookBody, WebhookKey};
use crate::operations::Session;
use crate::operations::webhooks::create::IfExists;
use crate::reporter::Reporter;
use crate::system::files;
use crate::text::escape;
use crate::ui::Choice;

/// The number of objects that are read for the list; others are chosen by their ID.
const MAX_OBJECTS: u64 = 1000;

/// Asks for what is missing in a body.
pub struct CreateQuestions<'a> {
    pub context: &'a Context,
    pub session: &'a Session<'a>,
    /// Whether an existing webhook with the same type and object is an error.
    refuses_existing: bool,
    /// The flags that give the same answers.
    flags: Vec<String>,
}

/// The name of a file for the secret that does not exist yet.
fn free_name(object: &str, webhook_type: Option<&str>) -> String {
    let known = webhook_type.and_then(webhook_type::find);
    let of_type = known.map(|known| format!("{object}-{}.secret", known.short_name));
    let numbered = (2..1_000).map(|number| format!("{object}-{number}.secret"));
    let mut names = std::iter::once(format!("{object}.secret")).chain(of_type).chain(numbered);
    names.find(|name| !Path::new(name).exists()).unwrap_or_default()
}

impl<'a> CreateQuestions<'a> {
    pub fn new(context: &'a Context, session: &'a Session<'a>, if_exists: IfExists) -> Self {
        context.ui.note(&format!(
            "Creating a webhook ({}). Nothing is created before the last answer",
            session.target_name()
        ));
        Self { context, session, refuses_existing: if_exists == IfExists::Error, flags: Vec::new() }
    }

    /// Completes the body. The secret is asked for unless `secret_is_decided`; it is returned as the flags that would name it.
    ///
    /// # Errors
    /// Ctrl-C and Ctrl-D end the questions, and Escape a list; nothing is created or written then.
    pub async fn complete(
        &mut self,
        body: &mut WebhookBody,
        secret_is_decided: bool,
    ) -> Result<SecretArgs, Ending> {
        self.ask_all(body, secret_is_decided).await.map_err(|ending| match ending {
            Ending::Failed(failure) if failure.kind == Kind::Interrupted => {
                Failure::new(Kind::Interrupted, "interrupted; nothing was created").into()
            }
            ending => ending,
        })
    }

    async fn ask_all(
        &mut self,
        body: &mut WebhookBody,
        secret_is_decided: bool,
    ) -> Result<SecretArgs, Ending> {
        let known = match &body.webhook_type {
            Some(typed) => webhook_type::find(typed),
            None => {
                let known = self.ask_type(body).await?;
                body.webhook_type = Some(known.name.to_owned());
                self.answered("--type", known.name);
                Some(known)
            }
        };
        if let Some(known) = known
            && !has_anchor(body, known.anchor())
        {
            let id = self.ask_object(known).await?;
            self.answered(&format!("--{}", known.anchor().name()), &id);
            body.set_criterion(known.anchor().criterion(), id);
        }
        if body.url.is_none() {
            let validate = |url: &str| url_error(url).map(|(message, _)| message);
            let url = self.context.ui.ask("URL of the endpoint:", "", Box::new(validate)).await?;
            self.answered("--url", &url);
            body.url = Some(url);
            self.ask_description(body).await?;
        }
        if secret_is_decided {
            return Ok(SecretArgs::default());
        }
        self.ask_secret(body).await
    }

    /// It is optional, so it is not asked for if the command line has all that is needed.
    async fn ask_description(&mut self, body: &mut WebhookBody) -> Result<(), Ending> {
        if body.description.is_some() {
            return Ok(());
        }
        let question = "Description (may be empty):";
        let description = self.context.ui.ask(question, "", Box::new(|_| None)).await?;
        if !description.is_empty() {
            self.answered("--description", &description);
            body.description = Some(Some(description));
        }
        Ok(())
    }

    async fn ask_type(&self, body: &WebhookBody) -> Result<&'static WebhookType, Ending> {
        let given: Vec<_> =
            Anchor::ALL.into_iter().filter(|anchor| has_anchor(body, *anchor)).collect();
        let types: Vec<&WebhookType> = KNOWN
            .iter()
            .filter(|known| given.is_empty() || given.contains(&known.anchor()))
            .collect();
        let width = types.iter().map(|known| known.name.len()).max();
        let width = width.unwrap_or_default();
        let choice = |known: &&WebhookType| {
            let line = format!("{:width$}  {}", known.name, known.purpose);
            Choice::new(&line, known.name)
        };
        let options = types.iter().map(choice).collect();
        let index = self.context.ui.choose("What does the endpoint validate?", options).await?;
        Ok(types[index])
    }

    async fn ask_object(&self, known: &WebhookType) -> Result<String, Ending> {
        let anchor = known.anchor();
        let kind = anchor.name();
        let found = self.list(known).await.unwrap_or_else(|failure| {
            self.context.ui.warn(&failure.message);
            Vec::new()
        });
        let question = format!("Which {kind}?");
        let typed = format!("ID of the {kind} (such as {}-1111-1111):", anchor.id_prefix());
        loop {
            let mut options: Vec<_> =
                found.iter().map(|(id, line)| Choice::new(line, id)).collect();
            let another = format!("Another {kind}, by its ID");
            options.push(Choice::always_shown(&another, &format!("another {kind}")));
            let chosen = match found.is_empty() {
                true => None,
                false => found.get(self.context.ui.choose(&question, options).await?),
            };
            let id = match chosen {
                Some((id, _)) => id.clone(),
                None => {
                    let validate = |id: &str| id.is_empty().then(|| "the ID is empty".to_owned());
                    self.context.ui.ask(&typed, "", Box::new(validate)).await?
                }
            };
            match self.objection(known, &id).await {
                None => return Ok(id),
                Some(objection) => self.context.ui.warn(&objection),
            }
        }
    }

    /// Why the platform would refuse a webhook for this object; `None` if it would not, or if that is not known.
    async fn objection(&self, known: &WebhookType, id: &str) -> Option<String> {
        let webhooks = &self.session.webhooks;
        if self.refuses_existing {
            let key = WebhookKey { webhook_type: known.name.to_owned(), object: id.to_owned() };
            if let Ok(Some(existing)) = webhooks.find(&key, "").await {
                return Some(format!(
                    "{} exists already; choose another {}, or use --if-exists",
                    existing.described(),
                    known.anchor().name()
                ));
            }
        }
        match webhooks.client().object(known.anchor(), id).await {
            Err(error) if error.status() == Some(404) => {
                let kind = known.anchor().name();
                let hint = match is_id(id) {
                    true => String::new(),
                    false => format!("; {}", id_hint(kind, known.anchor().id_prefix())),
                };
                Some(format!("there is no {kind} {id}{hint}"))
            }
            _ => None,
        }
    }

    /// The IDs of the account's own objects, each with its line in the list.
    async fn list(&self, known: &WebhookType) -> Result<Vec<(String, String)>, Failure> {
        let anchor = known.anchor();
        let (collection, query) = (objects::collection(anchor), Query::default());
        let client = self.session.webhooks.client();
        let list = List::new(collection, &query).limit(Some(MAX_OBJECTS));
        let line = |object: &Document<CatalogObject>| {
            let id = object.id.clone().filter(|id| !id.is_empty())?;
            let name = object.name.as_deref().unwrap_or_default();
            let status = match object.is_published() {
                Some(true) | None => String::new(),
                Some(false) => format!(" ({})", object.status.as_deref().unwrap_or_default()),
            };
            let line = format!("{id}  {name}{status}");
            Some((id, line))
        };
        let lines = list.at_once(self.context.jobs).collect(client, line).await;
        let doing = format!("list the {}s", anchor.name());
        lines.map_err(|error| Failure::from(error).while_trying(&doing))
    }

    async fn ask_secret(&mut self, body: &mut WebhookBody) -> Result<SecretArgs, Ending> {
        const OPTIONS: [(&str, &str); 3] = [
            ("Generate one and write it to a new file", "generated"),
            ("Read it from a file", "from a file"),
            ("None: the endpoint cannot tell who calls it", "none"),
        ];
        let ui = &self.context.ui;
        let options = OPTIONS.map(|(line, answer)| Choice::new(line, answer));
        let mut secret = SecretArgs::default();
        match ui.choose("Which secret signs the calls?", options.into()).await? {
            0 => {
                let criteria = body.criteria();
                let object = criteria.and_then(|criteria| {
                    let mut anchors = Anchor::ALL.into_iter();
                    anchors.find_map(|anchor| criteria.get(anchor.criterion()))
                });
                // The ID may come from the network, and must not name another folder.
                let object = object.filter(|id| is_id(id)).unwrap_or("webhook");
                let default = free_name(object, body.webhook_type.as_deref());
                let path = pick::secret_file(&default, self.context).await?;
                self.flags.push("--generate-secret".to_owned());
                self.answered("--secret-out", &path.to_string_lossy());
                secret.generate_secret = true;
                secret.secret_out = Some(path);
            }
            1 => {
                let path = ui.ask("File with the secret:", "", Box::new(cannot_read)).await?;
                let path = expanded(&path);
                self.answered("--secret-file", &path.to_string_lossy());
                secret.source.secret_file = Some(path);
            }
            _ => self.flags.push("--no-secret".to_owned()),
        }
        body.secret = secret.read().await?.map(Some);
        Ok(secret)
    }

    fn answered(&mut self, flag: &str, value: &str) {
        // A value that begins with `-` would be read as a flag.
        self.flags.push(match value.starts_with('-') {
            true => files::shell_quoted(&format!("{flag}={value}")),
            false => format!("{flag} {}", files::shell_quoted(value)),
        });
    }

    /// Prints the command line that does the same without questions.
    pub fn print_command_line(&self) {
        let ui = &self.context.ui;
        let typed = std::env::args_os().skip(1);
        let typed: Vec<_> = typed.map(|word| word.to_string_lossy().into_owned()).collect();
        let words = typed.iter().map(|word| files::shell_quoted(word));
        let start = std::iter::once("mpt".to_owned()).chain(words);
        let start = start.collect::<Vec<_>>().join(" ");
        let parts: Vec<_> = std::iter::once(start).chain(self.flags.clone()).collect();
        if !parts.concat().chars().any(escape::is_control) {
            ui.note_command("Equivalent command", &parts);
        }
    }
}

fn has_anchor(body: &WebhookBody, anchor: Anchor) -> bool {
    body.criteria().is_some_and(|criteria| criteria.get(anchor.criterion()).is_some())
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
