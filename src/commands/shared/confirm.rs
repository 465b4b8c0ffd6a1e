//! Asks for confirmation on a terminal; without one, `--yes` is needed. On the origin of a protected profile, every
//! change asks, and those that lose something want the profile's key typed.

use super::Context;
use super::ids::Ids;
use crate::failure::{CommandResult, Ending, Failure, Kind};
use crate::text::escape;

/// For commands that always ask: returns an error if the question cannot be asked, before anything is read.
pub fn check(yes: bool, context: &Context) -> Result<(), Failure> {
    if yes || context.ui.is_interactive() {
        return Ok(());
    }
    Err(cannot_ask("cannot ask for confirmation", context))
}

/// For commands that ask if the platform is protected: returns an error if the question cannot be asked.
pub fn check_if_protected(yes: bool, ids: Option<&Ids>, context: &Context) -> Result<(), Failure> {
    let Some(profile) = protected_profile(context).filter(|_| !yes) else {
        return Ok(());
    };
    let message = format!("profile `{profile}` is protected");
    if ids.is_some_and(Ids::are_from_stdin) {
        let message =
            format!("{message}, and IDs from standard input are not confirmed one by one");
        return Err(Failure::usage(message).with_hint(USE_YES));
    }
    match context.ui.is_interactive() {
        true => Ok(()),
        false => Err(cannot_ask(&format!("{message}: cannot ask for confirmation"), context)),
    }
}

const USE_YES: &str = "use --yes to continue without asking";

fn cannot_ask(message: &str, context: &Context) -> Failure {
    let why = match context.ui.has_terminal() {
        true => ": standard input is not a terminal, or --no-input was given",
        false => " without a terminal",
    };
    Failure::usage(format!("{message}{why}")).with_hint(USE_YES)
}

fn protected_profile(context: &Context) -> Option<&str> {
    context.settings().ok()?.protected_by.as_deref()
}

/// Asks, unless `--yes` was given.
///
/// # Errors
/// The question cannot be asked, or the answer is no.
pub async fn or_yes(yes: bool, question: &str, context: &Context) -> CommandResult {
    check(yes, context)?;
    match yes {
        true => Ok(()),
        false => ask(question, context).await,
    }
}

/// The same for a change that loses something: if the platform is protected, the profile's key has to be typed.
pub async fn or_yes_with_key(yes: bool, question: &str, context: &Context) -> CommandResult {
    match protected_profile(context).filter(|_| !yes) {
        Some(profile) => {
            check(yes, context)?;
            ask_for_key(profile, question, context).await
        }
        None => or_yes(yes, question, context).await,
    }
}

/// Asks only if the platform is protected, unless `--yes` was given.
pub async fn if_protected(yes: bool, question: &str, context: &Context) -> CommandResult {
    match protected_profile(context) {
        Some(_) => or_yes(yes, question, context).await,
        None => Ok(()),
    }
}

/// The same for a change that loses something.
pub async fn if_protected_with_key(yes: bool, question: &str, context: &Context) -> CommandResult {
    match protected_profile(context) {
        Some(_) => or_yes_with_key(yes, question, context).await,
        None => Ok(()),
    }
}

/// Offers a change that loses something. No is an answer, too.
///
/// # Errors
/// Ctrl-C.
pub async fn is_wanted(question: &str, context: &Context) -> Result<bool, Ending> {
    match protected_profile(context) {
        Some(profile) => Ok(types_key(profile, question, context).await?),
        None => Ok(context.ui.confirm(question).await?),
    }
}

async fn ask_for_key(profile: &str, question: &str, context: &Context) -> CommandResult {
    answered(types_key(profile, question, context).await?)
}

async fn types_key(profile: &str, question: &str, context: &Context) -> Result<bool, Ending> {
    context.ui.stderr(&context.ui.wrapped(&escape::line(question)));
    let prompt = format!("Type {profile} to continue:");
    let typed = context.ui.ask(&prompt, "", Box::new(|_| None)).await?;
    Ok(typed == profile)
}

/// # Errors
/// The answer is no.
pub async fn ask(question: &str, context: &Context) -> CommandResult {
    if protected_profile(context).is_some() {
        // Here the name of the profile is red, which the line of a question cannot be.
        context.ui.stderr(&context.ui.wrapped(&escape::line(question)));
        return answered(context.ui.confirm("Continue?").await?);
    }
    answered(context.ui.confirm(question).await?)
}

fn answered(is_yes: bool) -> CommandResult {
    if is_yes { Ok(()) } else { Err(refused()) }
}

fn refused() -> Ending {
    Failure::new(Kind::Interrupted, "nothing was changed").into()
}
