//! Reads the state of the webhooks of one profile or of several.

use futures_util::future::join_all;

use crate::commands::shared::Context;
use crate::commands::shared::failures::Failures;
use crate::config::resolve::no_such_profile;
use crate::config::{ConfigFile, Overrides, SANDBOX, Settings};
use crate::failure::{Ending, Failure, Kind};
use crate::operations::Session;
use crate::operations::diagnosis::status::{self, AccountStatus, State};
use crate::operations::manifests::reconcile::cannot_list;
use crate::system::files::shell_quoted;
use crate::text::MPT;
use crate::text::own_command::mpt_for_profile;

/// The state of a profile's account.
pub struct ProfileStatus {
    /// `None`: there is no profile, only a token and an address.
    pub key: Option<String>,
    /// `profile production, api.platform.softwareone.com`
    pub place: String,
    /// `mpt`, with the options for this profile.
    pub mpt: String,
    pub account: AccountStatus,
}

impl ProfileStatus {
    pub fn count(&self, state: State) -> usize {
        let types = self.account.objects.iter().flat_map(|object| &object.types);
        types.filter(|of_type| of_type.state == state).count()
    }

    /// What could not be read.
    pub fn notes(&self) -> Vec<String> {
        let unread = self.account.unread.iter();
        let mut notes: Vec<_> = unread.map(|what| format!("{}: {what}", self.place)).collect();
        if self.account.is_client {
            let what = "the token belongs to an account of type Client, which sees no webhooks";
            notes.push(format!("{}: {what}", self.place));
        }
        notes
    }
}

/// Reads the current profile, or those with these names at the same time. A profile that cannot be read is reported, and
/// hides no other.
///
/// # Errors
/// The current profile cannot be read, or one of the names is not known.
pub async fn read(
    names: &[String],
    failures: &mut Failures,
    context: &Context,
) -> Result<Vec<ProfileStatus>, Ending> {
    if names.is_empty() {
        let key = context.settings()?.profile.as_ref().map(|profile| profile.value.clone());
        let session = context.connect().await?;
        let account = status::read(&session, context.jobs).await.map_err(cannot_list)?;
        return Ok(vec![of(key, MPT.to_string(), &session, account)]);
    }
    let file = context.config_file()?;
    let mut sessions = Vec::new();
    for key in keys(names, &file)? {
        let overrides = Overrides { profile_flag: Some(key.clone()), ..context.overrides.clone() };
        // One after the other: a command that asks for a password is not run twice at the same time.
        let connected = match Settings::resolve(&overrides, &file) {
            Ok(settings) => context.connect_to(&settings).await,
            Err(error) => Err(error.into()),
        };
        match connected {
            Ok(session) => sessions.push((key, session)),
            Err(failure) => failures.report(of_profile(failure, &key), context),
        }
    }
    let reads = sessions.iter().map(|(_, session)| status::read(session, context.jobs));
    let mut read = Vec::new();
    for ((key, session), account) in sessions.iter().zip(join_all(reads).await) {
        match account {
            Ok(account) => {
                let mpt = mpt_for_profile(&shell_quoted(key));
                read.push(of(Some(key.clone()), mpt, session, account));
            }
            Err(error) => failures.report(of_profile(cannot_list(error), key), context),
        }
    }
    Ok(read)
}

fn of(
    key: Option<String>,
    mpt: String,
    session: &Session<'_>,
    account: AccountStatus,
) -> ProfileStatus {
    for object in &account.objects {
        session.shown.add(Some(&object.id), object.name.as_deref().unwrap_or_default());
    }
    ProfileStatus { key, place: session.target_name(), mpt, account }
}

fn of_profile(failure: Failure, key: &str) -> Failure {
    let message = format!("profile `{key}`: {}", failure.message);
    // The command is for the profile that failed.
    let (given, own) = (format!("{MPT} "), format!("{} ", mpt_for_profile(&shell_quoted(key))));
    let hint = failure.hint.map(|hint| hint.replacen(&given, &own, 1));
    Failure { message, hint, ..failure }
}

/// The keys of the profiles, each once.
fn keys(names: &[String], file: &ConfigFile) -> Result<Vec<String>, Failure> {
    if names == ["all"] && file.profile("all").is_none() {
        let keys: Vec<_> = file.names().map(str::to_owned).collect();
        if keys.is_empty() {
            let message = format!("there are no profiles in {}", file.path.display());
            return Err(Failure::new(Kind::Config, message)
                .with_hint(format!("create one with {MPT} config init")));
        }
        return Ok(keys);
    }
    let mut keys: Vec<String> = Vec::new();
    for name in names {
        let key = file.key_of(name.trim())?;
        if key != SANDBOX && file.profile(&key).is_none() {
            return Err(no_such_profile(&key, file).into());
        }
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(keys)
}
