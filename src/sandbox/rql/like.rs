//! Patterns of `like` and `ilike`.

/// A pattern. A `*` is a wildcard only as the first or last character; `\*` there is a literal star.
#[derive(Debug)]
pub struct Pattern {
    open_start: bool,
    open_end: bool,
    core: String,
    fold: bool,
}

impl Pattern {
    pub fn new(pattern: &str, fold: bool) -> Self {
        let pattern = if fold { pattern.to_lowercase() } else { pattern.to_owned() };
        let (open_start, star, rest) =
            match (pattern.strip_prefix("\\*"), pattern.strip_prefix('*')) {
                (Some(rest), _) => (false, "*", rest),
                (None, Some(rest)) => (true, "", rest),
                (None, None) => (false, "", pattern.as_str()),
            };
        let (open_end, core) = match (rest.strip_suffix("\\*"), rest.strip_suffix('*')) {
            (Some(core), _) => (false, format!("{star}{core}*")),
            (None, Some(core)) => (true, format!("{star}{core}")),
            (None, None) => (false, format!("{star}{rest}")),
        };
        Self { open_start, open_end, core, fold }
    }

    pub fn matches(&self, text: &str) -> bool {
        if self.fold {
            self.matches_exactly(&text.to_lowercase())
        } else {
            self.matches_exactly(text)
        }
    }

    fn matches_exactly(&self, text: &str) -> bool {
        match (self.open_start, self.open_end) {
            (true, true) => text.contains(&self.core),
            (true, false) => text.ends_with(&self.core),
            (false, true) => text.starts_with(&self.core),
            (false, false) => text == self.core,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn like(text: &str, pattern: &str, fold: bool) -> bool {
        Pattern::new(pattern, fold).matches(text)
    }

    #[test]
    fn stars_count_at_the_ends_only() {
        assert!(like("abc", "*b*", false) && like("abc", "a*", false) && like("abc", "*c", false));
        assert!(!like("abc", "b", false) && !like("abc", "a*c", false));
        assert!(like("a*c", "a*c", false) && like("a*", "a\\*", false));
        assert!(
            like("*a", "\\*a", false) && like("*ab", "\\*a*", false) && like("*", "\\*", false)
        );
        assert!(like("a\\*b", "a\\*b", false) && !like("a*b", "a\\*b", false));
        assert!(like("ÄBC", "*äb*", true) && !like("ÄBC", "äbc", false));
        assert!(like("", "*", false) && like("", "**", false) && like("", "", false));
    }
}
