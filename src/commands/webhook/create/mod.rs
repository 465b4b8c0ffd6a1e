//! `mpt webhook create`

mod like;
mod questions;

use crate::api::Webhooks;
use crate::api::webhooks::SELECT;
use crate::commands::shared::body_args::{BodyArgs, warn_of_password};
use crate::commands::shared::secret_args::SecretArgs;
use crate::commands::shared::webhook_view::{self, DryRun};
use crate::commands::shared::{Context, candidates, confirm, plan_view, type_arg};
use crate::commands::verb::Verb;
use crate::failure::{CommandResult, Failure, Kind};
use crate::model::id::{id_hint, is_id};
use crate::model::{Anchor, Criteria, Webhook, WebhookBody, WebhookKey, webhook_type};
use crate::operations::Session;
use crate::operations::diagnosis::switches::{OffSwitches, check_permission};
use crate::operations::diagnosis::why_silent::why_silent;
use crate::operations::webhooks::create::{CreateRequest, IfExists};
use crate::operations::webhooks::find_object;
use crate::reporter::Reporter;
use crate::text::MPT;
use crate::ui::{Report, Ui};
use questions::CreateQuestions;

/// Create a webhook; asks for what is missing on a terminal
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  Answer questions:
    mpt webhook create

  Validate the draft purchase orders of a product:
    mpt webhook create --type ValidatePurchaseOrderDraft \\
        --product PRD-1111-1111 --url https://hooks.example.com/validate \\
        --secret-env HOOK_SECRET

  Another type of the same product, with the same URL and secret, and its switch on:
    mpt webhook create --like WBH-1234-5678 --type ValidateChangeOrderDraft \\
        --switch-on

  In a script, create it unless it exists, and get its ID:
    id=$(mpt webhook create --from webhook.yaml --if-exists keep -o id)

  Show what would be sent:
    mpt webhook create --type validate-answer --form FRM-3333-3333 \\
        --url https://hooks.example.com/answers --dry-run")]
pub struct Args {
    /// Webhook type, in any letter case or in kebab-case
    #[arg(long = "type", value_name = "TYPE", long_help = type_arg::help())]
    #[arg(add = candidates::webhook_types())]
    webhook_type: Option<String>,

    #[command(flatten)]
    body: BodyArgs,

    /// Create it without a secret, and do not ask for one
    #[arg(long, help_heading = "Secret")]
    #[arg(conflicts_with_all = ["secret_file", "secret_env", "generate_secret"])]
    no_secret: bool,

    /// Disable the webhook as soon as it is created
    #[arg(long)]
    disabled: bool,

    /// Turn on the switch of the product or program that the webhook needs to be called
    #[arg(long, conflicts_with = "disabled")]
    switch_on: bool,

    /// Take URL, description, criteria and secret of this webhook; flags override them
    #[arg(long, value_name = "ID", add = candidates::ids("WBH"))]
    like: Option<String>,

    /// What to do if a webhook with this type and object exists
    #[arg(long, value_name = "WHAT", default_value = "error")]
    if_exists: IfExists,

    /// Request these members instead of all except the secret
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    select: Option<String>,

    /// Print the request and send nothing
    #[arg(long)]
    dry_run: bool,

    /// Do not ask for confirmation (only protected profiles do)
    #[arg(short, long)]
    yes: bool,
}

impl Verb for Args {
    async fn run(&self, context: &Context) -> CommandResult {
        confirm::check_if_protected(self.yes || self.dry_run, None, context)?;
        let given = self.body.read().await?;
        let has_all_criteria = given.body.criteria.is_some();
        let mut body = given.into_body(&Criteria::default());
        if let Some(webhook_type) = &self.webhook_type {
            body.webhook_type = Some(webhook_type.clone());
        }
        if self.no_secret {
            body.secret = None;
        }
        let like = match &self.like {
            Some(id) => {
                Some(like::complete(&mut body, id, self.no_secret, &self.body, context).await?)
            }
            None => None,
        };
        self.check_switch(&body)?;
        let has_names = body.criteria().is_some_and(|all| !find_object::names(all).is_empty());
        if context.ui.is_interactive() && !missing(&body).is_empty() {
            let session = match like {
                Some(session) => session,
                None => context.connect().await?,
            };
            // What the questions find is an ID, whatever it looks like.
            if let Some(criteria) = body.criteria().filter(|_| has_names) {
                body.criteria = Some(Some(find_object::resolved(criteria, &session).await?));
            }
            let mut questions = CreateQuestions::new(context, &session, self.if_exists);
            let secret_is_decided = self.no_secret || body.secret.is_some();
            let answered = questions.complete(&mut body, secret_is_decided).await?;
            let secret = if answered.is_given() { &answered } else { &self.body.secret };
            let body = Body { body, has_all_criteria, has_names: false };
            let created = create(self, body, secret, Some(&session), context).await;
            // After a failure, the answers are not lost.
            questions.print_command_line();
            return created;
        }
        check_complete(&body)?;
        let body = Body { body, has_all_criteria, has_names };
        create(self, body, &self.body.secret, like.as_ref(), context).await
    }
}

/// A complete body.
struct Body {
    body: WebhookBody,
    /// Whether a file names all criteria.
    has_all_criteria: bool,
    /// Whether objects are given by their names.
    has_names: bool,
}

/// Creates the webhook of a complete body.
async fn create(
    args: &Args,
    body: Body,
    secret: &SecretArgs,
    session: Option<&Session<'_>>,
    context: &Context,
) -> CommandResult {
    let ui = &context.ui;
    let Body { mut body, has_all_criteria, has_names } = body;
    warn_of_password(body.url.as_deref(), context);
    type_arg::complete(&mut body, context)?;
    let select = args.select.as_deref().unwrap_or(SELECT);
    if args.dry_run && !has_names {
        return dry_run(args, &body, select, context);
    }
    // Everything that can fail without a request is done before the secret is written.
    let own;
    let session = match session {
        Some(session) => session,
        None => {
            own = context.connect().await?;
            &own
        }
    };
    if let Some(criteria) = body.criteria().filter(|_| has_names) {
        body.criteria = Some(Some(find_object::resolved(criteria, session).await?));
    }
    if args.dry_run {
        return dry_run(args, &body, select, context);
    }
    args.check_switch(&body)?;
    let report = Report::new(ui, webhook_view::one(false))?;
    let described = described(&body);
    let and_switch = if args.switch_on { " and turn on its switch" } else { "" };
    let question = format!("Create {described}{and_switch} ({})?", session.target_name());
    match args.switch_on {
        true => confirm::if_protected_with_key(args.yes, &question, context).await?,
        false => confirm::if_protected(args.yes, &question, context).await?,
    }
    let value = body.secret.as_ref().and_then(Option::as_ref);
    let file = secret.write(value, ui)?;
    let request = CreateRequest {
        webhooks: &session.webhooks,
        body: &body,
        has_all_criteria,
        select,
        if_exists: args.if_exists,
        disabled: args.disabled,
    };
    let created = request.send(file).await;
    let created = created.map_err(|failure| with_id_hint(failure, &body))?;
    plan_view::print_changes(&created.changes, ui);
    session.shown.add_webhook(&created.webhook);
    report.only(&created.webhook)?;
    let switched = complete_switch(args, session, &created.webhook, &body, context).await;
    created.failure.map_or(switched, |failure| Err(failure.into()))
}

/// Turns on the switch, or says that it is off.
async fn complete_switch(
    args: &Args,
    session: &Session<'_>,
    webhook: &Webhook,
    body: &WebhookBody,
    context: &Context,
) -> CommandResult {
    let ui = &context.ui;
    match args.switch_on {
        true => turn_on(session, webhook, body, ui).await,
        // That it is disabled was said.
        false if ui.is_quiet() || webhook.enabled() == Some(false) => Ok(()),
        false => warn_if_silent(args, session, webhook, body, context).await,
    }
}

/// Turns on the switch that the webhook with this body needs, unless it is disabled or failing.
async fn turn_on(
    session: &Session<'_>,
    webhook: &Webhook,
    body: &WebhookBody,
    ui: &Ui,
) -> CommandResult {
    let key = key_of(body);
    let switch = key.as_ref().and_then(OffSwitches::for_key);
    let (Some(switch), Some(id)) = (switch, webhook.id.as_deref()) else {
        let message = "the switch of the webhook is not known, so it was not turned on";
        return Err(Failure::new(Kind::Service, message).into());
    };
    // It may have existed before, and the answer may have only some of its members.
    let now = session.webhooks.current(id).await.map_err(Failure::from)?;
    let reason_and_hint = match now.enabled() {
        Some(true) if now.is_failing() => {
            Some(("failing", format!("see why with {MPT} webhook doctor {id}")))
        }
        Some(true) => None,
        _ => Some(("not enabled", format!("enable it first with {MPT} webhook enable {id}"))),
    };
    if let Some((reason, hint)) = reason_and_hint {
        let message = format!("{id} is {reason}, so its switch was not turned on");
        return Err(Failure::new(Kind::Conflict, message).with_hint(hint).into());
    }
    let client = session.webhooks.client();
    check_permission(client).await?;
    ui.note(&switch.turn_on_and_describe(client).await?);
    Ok(())
}

/// Says why the platform will not call the webhook. On a terminal, offers to turn on its switch.
async fn warn_if_silent(
    args: &Args,
    session: &Session<'_>,
    webhook: &Webhook,
    body: &WebhookBody,
    context: &Context,
) -> CommandResult {
    let ui = &context.ui;
    let Some(silence) = why_silent(session, webhook).await else {
        return Ok(());
    };
    let id = webhook.id.as_deref().unwrap_or("ID");
    let reason = &silence.reason;
    let Some(off) = silence.off.filter(|_| ui.is_interactive() && !args.yes) else {
        ui.warn(&format!(
            "the platform will not call it: {reason}. See what to do with {MPT} webhook doctor {id}"
        ));
        return Ok(());
    };
    ui.warn(&format!("the platform will not call it: {reason}"));
    let question = format!("Turn on {} ({})?", off.described(), session.target_name());
    if !confirm::is_wanted(&question, context).await? {
        // The webhook is created, whatever the answer.
        ui.note(&format!("Turn it on later with {MPT} webhook doctor {id} --fix"));
        return Ok(());
    }
    turn_on(session, webhook, body, ui).await
}

/// Type and object of a body; `None`: the type is not known, or the object not named.
fn key_of(body: &WebhookBody) -> Option<WebhookKey> {
    WebhookKey::of_request(body.webhook_type.as_deref()?, body.criteria()?)
}

impl Args {
    /// `--switch-on` is only for a type whose switch is certain.
    fn check_switch(&self, body: &WebhookBody) -> Result<(), Failure> {
        let typed = body.webhook_type.as_deref().filter(|_| self.switch_on);
        let is_certain =
            typed.and_then(webhook_type::find).map(|known| known.certain_switch().is_some());
        match (typed, is_certain) {
            (Some(name), Some(false) | None) => Err(Failure::usage(format!(
                "--switch-on: no switch is known for certain for the type {name}"
            ))),
            _ => Ok(()),
        }
    }
}

/// `ValidateAnswer for FRM-1111-1111`, as far as it is known.
fn described(body: &WebhookBody) -> String {
    let webhook_type = body.webhook_type.as_deref().unwrap_or_default();
    key_of(body).map_or_else(|| format!("a webhook of type {webhook_type}"), |key| key.to_string())
}

/// Says what IDs look like, if the platform refuses an object whose ID does not.
fn with_id_hint(failure: Failure, body: &WebhookBody) -> Failure {
    let is_refused = matches!(failure.kind, Kind::Rejected | Kind::NotFound);
    let is_doubtful = |anchor: &Anchor| {
        let value = body.criteria().and_then(|criteria| criteria.get(anchor.criterion()));
        value.is_some_and(|value| !is_id(value))
    };
    match Anchor::ALL.into_iter().find(is_doubtful) {
        Some(anchor) if is_refused => failure.with_hint(id_hint(anchor.name(), anchor.id_prefix())),
        _ => failure,
    }
}

/// The flags that are missing.
fn missing(body: &WebhookBody) -> Vec<String> {
    let known = body.webhook_type.as_deref().and_then(webhook_type::find);
    let has = |anchor: Anchor| {
        body.criteria().is_some_and(|criteria| criteria.get(anchor.criterion()).is_some())
    };
    let anchor = match known {
        Some(known) => (!has(known.anchor())).then(|| format!("--{}", known.anchor().name())),
        None if body.webhook_type.is_some() || Anchor::ALL.into_iter().any(has) => None,
        None => Some("one of --product, --program and --form".to_owned()),
    };
    let missing = [
        body.webhook_type.is_none().then(|| "--type".to_owned()),
        anchor,
        body.url.is_none().then(|| "--url".to_owned()),
    ];
    missing.into_iter().flatten().collect()
}

/// Names everything that is missing at once.
fn check_complete(body: &WebhookBody) -> Result<(), Failure> {
    match missing(body).as_slice() {
        // Each of these alone has an error of its own.
        [] => Ok(()),
        [only] if only == "--url" => Err(Failure::usage("--url is missing")),
        [_] => Ok(()),
        [first @ .., last] => {
            let failure = Failure::usage(format!("{} and {last} are missing", first.join(", ")));
            if body.webhook_type.is_some() {
                return Err(failure);
            }
            let names: Vec<_> = webhook_type::names().collect();
            Err(failure.with_hint(format!("types: {}", names.join(", "))))
        }
    }
}

fn dry_run(args: &Args, body: &WebhookBody, select: &str, context: &Context) -> CommandResult {
    let settings = context.settings()?;
    let report = Report::new(&context.ui, DryRun::view())?;
    context.ui.note("Nothing was sent");
    if let Some(switch) =
        key_of(body).as_ref().and_then(OffSwitches::for_key).filter(|_| args.switch_on)
    {
        context.ui.note(&format!("Then {} would be turned on", switch.described()));
    }
    Ok(report.only(&DryRun {
        method: "POST",
        url: Webhooks::collection_url(&settings.base_url.value, select).into(),
        body: body.to_masked_json(),
    })?)
}
