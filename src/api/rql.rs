//! RQL filters and how they are encoded in a query string (docs/platform-api.md, "Lists").

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// Quotes a string. RQL has no escapes, so a string with both kinds of quotes cannot be written.
pub fn quote(text: &str) -> Option<String> {
    if !text.contains('"') {
        Some(format!("\"{text}\""))
    } else if !text.contains('\'') {
        Some(format!("'{text}'"))
    } else {
        None
    }
}

/// `eq(path,"value")`; `None` where the value cannot be quoted.
pub fn eq(path: &str, value: &str) -> Option<String> {
    Some(format!("eq({path},{})", quote(value)?))
}

/// `in(path,("a","b"))`; `None` where a value cannot be quoted.
pub fn is_in<'v>(path: &str, values: impl IntoIterator<Item = &'v str>) -> Option<String> {
    let quoted: Option<Vec<_>> = values.into_iter().map(quote).collect();
    Some(format!("in({path},({}))", quoted?.join(",")))
}

/// `ilike(path,"text")`: the whole text, in any letter case; `None` where the text cannot be quoted.
pub fn ilike(path: &str, text: &str) -> Option<String> {
    Some(format!("ilike({path},{})", quote(text)?))
}

/// `ilike(path,"*text*")`; `None` where the text cannot be quoted.
pub fn contains(path: &str, text: &str) -> Option<String> {
    Some(format!("ilike({path},{})", quote(&format!("*{text}*"))?))
}

/// Joins filters that must all match. A filter with "or" is put in parentheses, as "or" binds weaker.
pub fn all(filters: &[String]) -> String {
    let grouped = filters.iter().map(|filter| {
        let weak = unquoted(filter).any(|(_, c)| matches!(c, '|' | ';'));
        if weak && filters.len() > 1 { format!("({filter})") } else { filter.clone() }
    });
    grouped.collect::<Vec<_>>().join("&")
}

/// The quote or parenthesis that a filter leaves open; it would swallow the rest of the query.
pub fn unbalanced(filter: &str) -> Option<&'static str> {
    let (mut quote, mut depth) = (None, 0_usize);
    for c in filter.chars() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => {
                return Some("a parenthesis is closed that was not opened");
            }
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
    }
    match (quote, depth) {
        (Some(_), _) => Some("a quote is not closed"),
        (None, 1..) => Some("a parenthesis is not closed"),
        (None, 0) => None,
    }
}

/// The parts of a query between `&`, which is no separator inside quotes.
pub fn parts(query: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in unquoted(query).filter(|(_, c)| *c == '&') {
        parts.push(&query[start..at]);
        start = at + 1;
    }
    parts.push(&query[start..]);
    parts
}

/// The characters of a filter outside its quotes, with their positions.
fn unquoted(filter: &str) -> impl Iterator<Item = (usize, char)> {
    let mut open = None;
    filter.char_indices().filter(move |(_, c)| match open {
        Some(quote) => {
            if quote == *c {
                open = None;
            }
            false
        }
        None => {
            if matches!(c, '"' | '\'') {
                open = Some(*c);
            }
            open.is_none()
        }
    })
}

/// Characters that would end the query or have another meaning in it.
const OUTSIDE: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'+');
/// Inside quotes, also the characters that separate the parts of a query.
const INSIDE: &AsciiSet = &OUTSIDE.add(b'&').add(b';').add(b'=').add(b'|').add(b'?');

/// Encodes a filter so that the platform reads exactly what was typed.
pub fn encode(filter: &str) -> String {
    let mut outside = vec![false; filter.len()];
    for (at, _) in unquoted(filter) {
        outside[at] = true;
    }
    let mut encoded = String::with_capacity(filter.len() * 2);
    for (at, c) in filter.char_indices() {
        let set = if outside[at] { OUTSIDE } else { INSIDE };
        encoded.extend(utf8_percent_encode(c.encode_utf8(&mut [0; 4]), set));
    }
    encoded
}

/// Encodes a `select` or `order` list; only characters that would break the query are encoded.
pub fn encode_list(list: &str) -> String {
    const LIST: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'&').add(b'<').add(b'>');
    utf8_percent_encode(list, LIST).to_string()
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::proptest;

    use super::{all, contains, encode, eq, quote, unbalanced};

    #[test]
    fn strings_are_quoted_with_the_quote_they_lack() {
        assert_eq!(quote("a'b").as_deref(), Some("\"a'b\""));
        assert_eq!(quote("a\"b").as_deref(), Some("'a\"b'"));
        assert_eq!(quote("a\"'b"), None);
        assert_eq!(eq("type", "X").as_deref(), Some("eq(type,\"X\")"));
        assert_eq!(contains("url", "x").as_deref(), Some("ilike(url,\"*x*\")"));
    }

    #[test]
    fn an_or_is_grouped_before_it_is_joined() {
        let filters = ["a|b".to_owned(), "eq(c,\"x|y\")".to_owned()];
        assert_eq!(all(&filters), "(a|b)&eq(c,\"x|y\")");
        assert_eq!(all(&filters[..1]), "a|b");
    }

    #[test]
    fn separators_inside_quotes_are_data() {
        assert_eq!(encode("a='x&y'&b=1|c=2"), "a='x%26y'&b=1|c=2");
        assert_eq!(encode("eq(a,\"1+1 #%\")"), "eq(a,%221%2B1%20%23%25%22)");
    }

    #[test]
    fn an_open_quote_or_parenthesis_is_reported() {
        for right in ["", "eq(a,'(')", "(a|b)", "eq(a,\"it's\")"] {
            assert_eq!(unbalanced(right), None, "{right}");
        }
        for wrong in ["eq(a,'x)", "eq(a", "a)", "eq(a,\"x')"] {
            assert!(unbalanced(wrong).is_some(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn decoding_gives_back_what_was_typed(filter: String) {
            let encoded = encode(&filter);
            assert!(encoded.is_ascii() && !encoded.contains(['#', ' ']));
            assert_eq!(percent_decode_str(&encoded).decode_utf8().unwrap(), filter);
        }
    }
}
