//! Files with lines: their formats, their values, and errors that come together. This module is pure: it must not read
//! files.

mod error;
mod format;
pub mod node;

use std::path::PathBuf;

use schemars::JsonSchema;

pub use error::{FileError, add_error};
pub use format::FileFormat;

/// A file and its text.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name in error messages.
    pub name: String,
    /// The folder that relative paths start from.
    pub folder: PathBuf,
    pub format: FileFormat,
    pub text: String,
}

/// The JSON Schema of a file that is written as this type.
pub fn schema_of<T: JsonSchema>() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<T>().to_value()
}
