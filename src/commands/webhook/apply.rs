//! `mpt webhook apply`

use std::cell::{Cell, RefCell};

use serde_json::{Value, json};

use super::desired::{Desired, DesiredArgs, check_platform};
use super::ids::Failures;
use super::plan_view;
use crate::commands::shared::interrupt::{listen_for_end, unless_interrupted};
use crate::commands::shared::{Context, Session, confirm};
use crate::failure::{AlreadyReported, Failure, Kind};
use crate::manifest::apply::{Applier, Done};
use crate::manifest::file;
use crate::manifest::plan::{Action, Goal, Plan, Step};
use crate::manifest::saved::Saved;
use crate::manifest::secrets::Commands;
use crate::ui::{Error as OutputError, Format, Layout, Records, escape};

/// Bring webhooks to what files say; run again, it changes nothing
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The file, as TOML (YAML and JSON have the same shape):
  version = 1

  [scope]                                    # what --prune may delete
  types = [\"ValidatePurchaseOrderDraft\"]

  [[webhooks]]
  type = \"ValidatePurchaseOrderDraft\"
  product = \"PRD-1111-1111\"                  # or program, form, or criteria
  url = \"https://${HOOKS_HOST}/validate\"     # a variable, from the environment or --var
  description = \"Checks draft orders\"        # \"\" clears
  enabled = true
  secret = { env = \"HOOK_SECRET\" }           # or { file = \"…\" }, { command = [\"…\"] }

Type and object identify a webhook. What a file does not say of it stays as it is. Any number of
applies may run at once.

Examples:
  See the plan, and be asked:
    mpt webhook apply webhooks.toml

  In CI:
    mpt webhook apply webhooks/ --prune --yes

  What editors complete from:
    mpt webhook apply --schema > webhooks.schema.json")]
pub struct Args {
    #[command(flatten)]
    desired: DesiredArgs,

    /// Do not ask
    #[arg(short, long)]
    yes: bool,

    /// How many requests may run at once
    #[arg(long, value_name = "N", default_value_t = 8)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,

    /// Run the commands that files take secrets from
    #[arg(long)]
    allow_commands: bool,

    /// Print the JSON Schema of the file
    #[arg(long, conflicts_with = "files")]
    schema: bool,
}

pub async fn run(args: &Args, context: &Context) -> anyhow::Result<()> {
    let console = &context.console;
    if args.schema {
        return Ok(console.print_json(&file::schema(), true)?);
    }
    let mut records = Records::new(console, Layout::one(Value::clone, |_, _| String::new()))?;
    confirm::check(args.yes, context)?;
    let desired = args.desired.read(context).await?;
    let commands = if args.allow_commands {
        Commands::Run
    } else {
        Commands::Refuse
    };
    let jobs = args.jobs.into();
    // Until something is changed, Ctrl-C ends it where it is.
    let (goals, session, plan) = unless_interrupted(context, async {
        let session = context.connect().await?;
        if let Some(saved) = &desired.saved {
            check_platform(saved, &session)?;
        }
        let goals = desired.goals(commands).await?;
        let plan = desired.plan(&goals, &session, jobs).await?;
        if let Some(saved) = &desired.saved {
            check_still(saved, &plan)?;
        }
        let is_for_people = records.format() == Format::Table;
        if is_for_people {
            unless_closed(console.print(&plan_view::render(&plan, &console.style)))?;
        }
        if plan.changing().next().is_some() {
            if !args.yes && !is_for_people {
                // What is asked for must have been seen.
                console.stderr(plan_view::render(&plan, &console.style).trim_end());
            }
            let question = format!("Carry this out ({})?", session.place);
            confirm::or_yes(args.yes, &question, "nothing was changed", context).await?;
        }
        Ok((goals, session, plan))
    })
    .await?;
    if plan.changing().next().is_none() {
        records.push(document(&plan, &done_without_work(&plan)))?;
        return Ok(records.finish()?);
    }
    let mut carried = Carried::out(&desired, &goals, &plan, &session, jobs, context).await?;
    // What was done counts, whether or not it could be printed.
    if let Err(error) = print(&plan, &carried.done, records, context) {
        let failure = Failure::of(&error.into());
        if let Some(failure) = failure {
            carried.failures.tell(failure, context);
        }
    }
    let result = carried.failures.result(context);
    if carried.interrupted {
        return Err(AlreadyReported(Kind::Interrupted).into());
    }
    result
}

fn print(
    plan: &Plan,
    done: &[Done],
    mut records: Records<'_, Value>,
    context: &Context,
) -> Result<(), OutputError> {
    if records.format() == Format::Table {
        context
            .console
            .print(&format!("{}\n", summary(plan, done)))?;
    }
    records.push(document(plan, done))?;
    records.finish()
}

/// A reader that went away is no reason to stop in the middle.
fn unless_closed(printed: Result<(), OutputError>) -> Result<(), OutputError> {
    match printed {
        Err(OutputError::ClosedPipe) => Ok(()),
        printed => printed,
    }
}

fn check_still(saved: &Saved, plan: &Plan) -> Result<(), Failure> {
    if saved.is_still(&plan.to_json()) {
        return Ok(());
    }
    let message = "what exists is no longer what the plan saw; nothing was changed";
    Err(Failure::new(Kind::Conflict, message)
        .with_hint("mpt webhook diff FILE --out PLAN makes a new one"))
}

fn done_without_work(plan: &Plan) -> Vec<Done> {
    let steps = plan.steps.iter();
    steps.map(|step| Done::Ok(step.id.clone())).collect()
}

/// What came of a plan.
struct Carried {
    done: Vec<Done>,
    failures: Failures,
    interrupted: bool,
}

impl Carried {
    async fn out(
        desired: &Desired,
        goals: &[Goal<'_>],
        plan: &Plan,
        session: &Session<'_>,
        jobs: usize,
        context: &Context,
    ) -> anyhow::Result<Self> {
        let console = &context.console;
        let stop = Cell::new(false);
        let failures = RefCell::new(Failures::default());
        let told = |step: &Step, done: &Done| match failure(step, done) {
            Some(failure) => {
                failures.borrow_mut().tell(failure, context);
                console.advance(None);
            }
            None => console.advance(Some(&told(step, done))),
        };
        let applier = Applier {
            webhooks: &session.webhooks,
            goals,
            secrets: desired.secrets,
            jobs,
            stop: &stop,
            told: &told,
        };
        console.begin_progress(plan.changing().count());
        let done = {
            let applying = applier.apply(plan);
            tokio::pin!(applying);
            loop {
                tokio::select! {
                    done = &mut applying => break Some(done),
                    _ = listen_for_end()? => {
                        if stop.replace(true) {
                            break None;
                        }
                        console.note(
                            "Ending: what is on its way is finished; Ctrl-C again ends at once",
                        );
                    }
                }
            }
        };
        console.end_progress();
        let Some(done) = done else {
            let failure = Failure::new(
                Kind::Interrupted,
                "interrupted; some requests were on their way",
            )
            .with_hint("run it again: it goes on where this has ended");
            return Err(failure.into());
        };
        Ok(Self {
            done,
            failures: failures.into_inner(),
            interrupted: stop.get(),
        })
    }
}

/// `created ValidateAnswer for FRM-1111-1111 (WBH-1234-5678)`
fn told(step: &Step, done: &Done) -> String {
    let text = match done {
        Done::Ok(Some(id)) => format!("{} {} ({id})", step.action.done(), step.described()),
        Done::Adopted(id) => format!(
            "brought {} ({id}) to it, which somebody else created meanwhile",
            step.described()
        ),
        _ => format!("{} {}", step.action.done(), step.described()),
    };
    // A type or an object is text from elsewhere.
    escape::line(&text).into_owned()
}

fn failure(step: &Step, done: &Done) -> Option<Failure> {
    let what = format!("{} {}", step.action.name(), step.described());
    match done {
        Done::Ok(_) | Done::Adopted(_) | Done::NotStarted => None,
        Done::Failed(error) => Some(Failure::from(error).while_trying(&what)),
        Done::NotDisabled { id, error } => {
            let what = format!("disable {id}, which is there and enabled");
            Some(Failure::from(error).while_trying(&what))
        }
        Done::Unknown(error) => {
            let mut failure = Failure::from(error).while_trying(&what);
            failure
                .message
                .push_str("; whether it was created is unknown");
            Some(failure.with_hint("run it again: there will be one at most"))
        }
    }
}

/// `2 created, 1 updated, 7 unchanged; 1 failed, 3 not started`
fn summary(plan: &Plan, done: &[Done]) -> String {
    let count = |wanted: &dyn Fn(&Step, &Done) -> bool| {
        let pairs = plan.steps.iter().zip(done);
        pairs.filter(|(step, done)| wanted(step, done)).count()
    };
    let named = |counts: Vec<(usize, &str)>| {
        let parts = counts.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<_> = parts
            .map(|(count, name)| format!("{count} {name}"))
            .collect();
        parts.join(", ")
    };
    let good = named(
        Action::ALL
            .into_iter()
            .map(|action| {
                let is_it =
                    |step: &Step, done: &Done| step.action == action && matches!(done, Done::Ok(_));
                (count(&is_it), action.done())
            })
            .collect(),
    );
    let adopted = count(&|_, done| matches!(done, Done::Adopted(_)));
    let adopted = named(vec![(
        adopted,
        "created by somebody else and brought to it",
    )]);
    let not_started = count(&|_, done| matches!(done, Done::NotStarted));
    let failed = count(&|step, done| failure(step, done).is_some());
    let bad = named(vec![(failed, "failed"), (not_started, "not started")]);
    let good = [good, adopted].into_iter().filter(|part| !part.is_empty());
    let good = good.collect::<Vec<_>>().join(", ");
    match (good.as_str(), bad.as_str()) {
        (_, "") => good,
        ("", _) => format!("nothing done; {bad}"),
        _ => format!("{good}; {bad}"),
    }
}

fn document(plan: &Plan, done: &[Done]) -> Value {
    let outcome = plan.steps.iter().zip(done).map(|(step, done)| {
        let result = match done {
            Done::Ok(_) | Done::Adopted(_) => "done",
            Done::Failed(_) => "failed",
            Done::NotDisabled { .. } => "created, not disabled",
            Done::Unknown(_) => "unknown",
            Done::NotStarted => "not started",
        };
        let id = match done {
            Done::Ok(id) => id.as_deref(),
            Done::Adopted(id) | Done::NotDisabled { id, .. } => Some(id.as_str()),
            _ => step.id.as_deref(),
        };
        json!({
            "action": step.action.name(),
            "type": step.identity.webhook_type,
            "object": step.identity.object,
            "id": id,
            "result": result,
            "error": failure(step, done).map(|failure| failure.to_json()["error"].take()),
        })
    });
    json!({"plan": plan.to_json(), "outcome": outcome.collect::<Vec<_>>()})
}
