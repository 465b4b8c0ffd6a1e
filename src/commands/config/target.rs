//! The profile that a `config` command works on: the one in force.

use crate::commands::shared::Context;
use crate::config::resolve::{chosen_profile, no_such_profile};
use crate::config::{ConfigFile, Error, SANDBOX};

/// The name of the profile in force, which exists in the file.
pub fn in_force(context: &Context, file: &ConfigFile) -> Result<String, Error> {
    let Some(chosen) = chosen_profile(&context.overrides, file) else {
        return Err(Error::Missing {
            message: "no profile is in force".to_owned(),
            hint: "mpt config init makes one; -p NAME names one; mpt config use NAME makes it the default"
                .to_owned(),
        });
    };
    if chosen.value == SANDBOX {
        return Err(Error::Missing {
            message: "the profile `sandbox` is built in, and has nothing to configure".to_owned(),
            hint: "-p NAME names another profile".to_owned(),
        });
    }
    match file.profile(&chosen.value) {
        Some(_) => Ok(chosen.value),
        None => Err(no_such_profile(&chosen.value, file)),
    }
}
