//! The profile that a `config` command works on: the current one.

use crate::commands::shared::Context;
use crate::config::resolve::{chosen_profile, no_such_profile};
use crate::config::{ConfigFile, Error, SANDBOX};
use crate::text::MPT;

/// The name of the current profile, which exists in the file.
pub fn current_profile(context: &Context, file: &ConfigFile) -> Result<String, Error> {
    let Some(chosen) = chosen_profile(&context.overrides, file)? else {
        return Err(Error::Missing {
            message: "no profile is selected".to_owned(),
            hint: format!(
                "create one with {MPT} config init, select one with -p NAME, or set the default with {MPT} config use NAME"
            ),
        });
    };
    if chosen.value == SANDBOX {
        return Err(Error::Missing {
            message: "the profile `sandbox` is built in and cannot be changed".to_owned(),
            hint: "select another profile with -p NAME".to_owned(),
        });
    }
    match file.profile(&chosen.value) {
        Some(_) => Ok(chosen.value),
        None => Err(no_such_profile(&chosen.value, file)),
    }
}
