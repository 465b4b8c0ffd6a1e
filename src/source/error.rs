//! An error in files, which may concern many lines.

/// An error with the lines that it concerns: `webhooks.toml:12: url: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    pub file: String,
    /// Empty if it concerns the whole file.
    pub lines: Vec<usize>,
    pub message: String,
}

/// Adds an error, or the line to the same error.
pub fn add_error(errors: &mut Vec<FileError>, file: &str, line: Option<usize>, message: String) {
    let is_same = |known: &&mut FileError| known.file == file && known.message == message;
    match errors.iter_mut().find(is_same) {
        Some(known) => {
            known.lines.extend(line.filter(|line| !known.lines.contains(line)));
        }
        None => errors.push(FileError {
            file: file.to_owned(),
            lines: line.into_iter().collect(),
            message,
        }),
    }
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<_> = self.lines.iter().map(ToString::to_string).collect();
        match lines.as_slice() {
            [] => write!(f, "{}: {}", self.file, self.message),
            lines => write!(f, "{}:{}: {}", self.file, lines.join(","), self.message),
        }
    }
}
