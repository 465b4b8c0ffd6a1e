//! The formats of files.

use std::path::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FileFormat {
    Toml,
    Yaml,
    Json,
}

impl FileFormat {
    pub const ALL: [Self; 3] = [Self::Toml, Self::Yaml, Self::Json];

    pub fn name(self) -> &'static str {
        match self {
            Self::Toml => "toml",
            Self::Yaml => "yaml",
            Self::Json => "json",
        }
    }

    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format for the extension of a file name.
    pub fn from_extension(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "yml" => Some(Self::Yaml),
            name => Self::find(name),
        }
    }

    /// Detects the format of a text: a JSON object, else a TOML table, else YAML.
    pub fn from_content(text: &str) -> Self {
        if text.trim_start().starts_with('{') {
            Self::Json
        } else if text.parse::<toml::Table>().is_ok() {
            Self::Toml
        } else {
            Self::Yaml
        }
    }
}
