//! Suggestions for misspelt words.

/// The candidate that is most similar to `typed`.
fn near_miss<'c>(typed: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let typed = typed.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&typed, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// ` (did you mean X?)`, or an empty text if no candidate is similar.
pub fn did_you_mean<'c>(typed: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    near_miss(typed, candidates)
        .map(|near| format!(" (did you mean `{near}`?)"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::near_miss;

    #[test]
    fn a_similar_word_is_suggested() {
        for (typed, candidates, expected) in [
            ("bse_url", &["base_url", "token"][..], Some("base_url")),
            ("ValidateAnswers", &["ValidateAnswer"], Some("ValidateAnswer")),
            ("colour", &["base_url", "token"], None),
        ] {
            assert_eq!(near_miss(typed, candidates.iter().copied()), expected);
        }
    }
}
