//! The log of GitHub Actions, whose runner reads commands in everything that a job prints: `::` at the beginning of a
//! line, also after spaces, and `##[` anywhere. Text of others must not become one.

/// Whether this runs in GitHub Actions.
pub fn is_github_actions() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// Text in which the runner finds no command.
pub fn guarded_text(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| {
        let line = line.replace("##[", "## [");
        match line.find(|c: char| !c.is_whitespace()) {
            Some(at) if line[at..].starts_with("::") => {
                format!("{}| {}", &line[..at], &line[at..])
            }
            _ => line,
        }
    });
    lines.collect()
}

/// The same value as JSON, or as YAML in which such a string is quoted. `#` is only in strings there.
pub fn guarded_json(text: &str) -> String {
    text.replace("##[", "\\u0023#[")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::proptest;
    use serde_json::Value;

    use super::{guarded_json, guarded_text};
    use crate::text::yaml;

    #[test]
    fn no_line_is_a_command() {
        let text = "::error::x\n \t::add-mask::y\na ::b\n##[group]z";
        assert_eq!(guarded_text(text), "| ::error::x\n \t| ::add-mask::y\na ::b\n## [group]z");
    }

    proptest! {
        #[test]
        fn a_document_keeps_its_value(text in "(##\\[|#|\\[|:|\"|\\\\| |a|\n){0,20}") {
            let value = serde_json::json!({text.as_str(): [text.as_str()]});
            let json = guarded_json(&value.to_string());
            assert!(!json.contains("##["), "{json}");
            assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
            let yaml = guarded_json(&yaml::document(&value));
            assert!(!yaml.contains("##["), "{yaml}");
            assert_eq!(serde_saphyr::from_str::<Value>(&yaml).unwrap(), value);
        }
    }
}
