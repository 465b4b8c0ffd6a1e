//! The IDs of the platform's objects.

use super::Anchor;

/// Whether a text looks like an ID of the platform: `WBH-1234-5678`. Not every object is known to have such an ID, so
/// other text is only worth a hint.
pub fn is_id(text: &str) -> bool {
    let mut parts = text.split('-');
    let prefix = parts.next().unwrap_or_default();
    let is_number = |part: &str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_digit());
    let mut numbers = parts.peekable();
    prefix.len() == 3
        && prefix.bytes().all(|b| b.is_ascii_uppercase())
        && numbers.peek().is_some()
        && numbers.all(is_number)
}

/// Says what the IDs of a kind look like, for text that is none.
pub fn id_hint(kind: &str, prefix: &str) -> String {
    let number = match prefix {
        "ORD" | "ENR" => "1111-1111-1111",
        _ => "1111-1111",
    };
    format!("{kind} IDs look like {prefix}-{number}, in capital letters")
}

/// Whether a text is a name, and not an ID such as `PRD-1111-1111`.
pub fn is_name(anchor: Anchor, text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let is_id = upper
        .strip_prefix(anchor.id_prefix())
        .is_some_and(|rest| rest.starts_with('-') && !rest.contains(' '));
    // IDs have capital letters only.
    let is_word = text.contains(|c: char| c == ' ' || c.is_lowercase());
    !is_id && is_word
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn only_ids_are_ids() {
        for id in ["WBH-1234-5678", "PRD-1111", "ORD-1111-2222-3333"] {
            assert!(is_id(id), "{id}");
        }
        for text in [
            "", "WBH", "WBH-", "WBH-12345", "wbh-1234-5678", "WBH-1234-5678-", "WBH-1234-567$",
            "$(id)-1234", "WBH-1234\n",
        ] {
            assert!(!is_id(text), "{text}");
        }
    }
}
