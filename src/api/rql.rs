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

/// `ilike(path,"text")`: the whole text, in any letter case; `None` where the text cannot be quoted. A star at an end
/// would be a wildcard, and is escaped.
pub fn ilike(path: &str, text: &str) -> Option<String> {
    let start = if text.starts_with('*') { "\\" } else { "" };
    let pattern = match text.strip_suffix('*') {
        Some(rest) if !rest.is_empty() => format!("{start}{rest}\\*"),
        _ => format!("{start}{text}"),
    };
    Some(format!("ilike({path},{})", quote(&pattern)?))
}

/// `ilike(path,"*text*")`; `None` where the text cannot be quoted, or ends in a backslash: the platform reads `\*` at the
/// end as a star.
pub fn contains(path: &str, text: &str) -> Option<String> {
    let pattern = Some(format!("*{text}*")).filter(|_| !text.ends_with('\\'));
    Some(format!("ilike({path},{})", quote(&pattern?)?))
}

/// What filters and orders of webhooks can name (docs/platform-api.md, "Lists"); `KEY` is any criterion.
pub const WEBHOOK_PROPERTIES: [&str; 15] = [
    "id", "type", "status", "url", "description", "objectType", "object.id", "object.name",
    "account.id", "criteria.KEY", "statistics.failures", "lastCall.callTime", "lastCall.success",
    "audit.created.at", "audit.updated.at",
];

/// The same of orders.
const ORDER_PROPERTIES: [&str; 9] = [
    "id", "type", "status", "product.id", "product.name", "agreement.id", "client.id",
    "audit.created.at", "audit.updated.at",
];

/// The properties of a list by its path; `None`: they are not known.
pub fn properties(path: &str) -> Option<&'static [&'static str]> {
    match path.rsplit('/').next()? {
        "webhooks" => Some(&WEBHOOK_PROPERTIES),
        "orders" => Some(&ORDER_PROPERTIES),
        _ => None,
    }
}

/// The functions whose last argument is a value.
const COMPARISONS: [&str; 10] = ["eq", "ne", "gt", "ge", "lt", "le", "like", "ilike", "in", "out"];

/// A separator in a value without quotes, which the platform reads as an operator.
pub fn unquoted_separator(filter: &str) -> Option<char> {
    // For each open parenthesis, whether it belongs to a comparison, and the commas in it; the first is for the filter
    // itself.
    let mut open = vec![(false, 0)];
    let mut word = String::new();
    // The number of `=` in a term, and the separator after a term `name=value` without quotes.
    let (mut pairs, mut after_value) = (0, None);
    for c in unquoted(filter).map(|(_, c)| c).chain([',']) {
        let (is_comparison, commas) = open.last_mut()?;
        let is_word = pairs == 0 && !word.is_empty();
        match c {
            '(' => {
                let is_list = word.is_empty() && *is_comparison;
                let function = word.to_ascii_lowercase();
                let is_value = is_list || COMPARISONS.contains(&function.as_str());
                open.push((is_value, if is_list { usize::MAX } else { 0 }));
                (pairs, after_value) = (0, None);
            }
            ')' => {
                open.pop();
                (pairs, after_value) = (0, None);
            }
            // A list has any number of commas.
            ',' if *is_comparison => {
                *commas = commas.saturating_add(1);
                if *commas > 1 && *commas != usize::MAX {
                    return Some(c);
                }
            }
            '=' | ';' | '|' | '&' if *is_comparison => return Some(c),
            '=' => {
                pairs += 1;
                if pairs > 1 {
                    return Some(c);
                }
                after_value = None;
            }
            // A word that is no term belongs to the value before it.
            ',' | '&' | ';' | '|' if is_word && after_value.is_some() => return after_value,
            ',' | '&' | ';' | '|' => {
                after_value = (pairs == 1 && !word.is_empty()).then_some(c);
                pairs = 0;
            }
            c => {
                word.push(c);
                continue;
            }
        }
        word.clear();
    }
    None
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

/// Characters that no URL contains, or that would end the query.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'{')
    .add(b'}')
    .add(b'|')
    .add(b'[')
    .add(b']')
    .add(b'`');
/// Also those with another meaning in it.
const OUTSIDE: &AsciiSet = &UNSAFE.add(b'%').add(b'+');
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
    const LIST: &AsciiSet = &UNSAFE.add(b'&');
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
        assert_eq!(encode("a='x&y'&b=1|c=2"), "a='x%26y'&b=1%7Cc=2");
        assert_eq!(encode(r"a='\^{}[]`'"), "a='%5C%5E%7B%7D%5B%5D%60'");
        assert_eq!(encode("eq(a,\"1+1 #%\")"), "eq(a,%221%2B1%20%23%25%22)");
    }

    #[test]
    fn a_search_means_what_was_typed() {
        assert_eq!(contains("url", r"x\"), None);
        assert_eq!(super::ilike("name", "*a*").as_deref(), Some(r#"ilike(name,"\*a\*")"#));
        assert_eq!(super::ilike("name", "*").as_deref(), Some(r#"ilike(name,"\*")"#));
    }

    #[test]
    fn separators_in_values_without_quotes_are_found() {
        for (filter, found) in [
            ("eq(url,https://a?x=1)", Some('=')),
            ("url=https://a?x=1", Some('=')),
            ("description=a,b", Some(',')),
            ("description=a|b&c=d", Some('|')),
            ("a=b,c=d;e='f',eq(g,h)", None),
            ("eq(description,Hello, world)", Some(',')),
            ("and(eq(a,b|c),d=e)", Some('|')),
            ("in(a,(b=c,d))", Some('=')),
            ("in(a,(b,c,d)),e=f&g=h|i=j", None),
            ("eq(a,'x=y;z'),and(b=1;c=2,any(d,eq(e,f)))", None),
            ("", None),
            (")))", None),
        ] {
            assert_eq!(super::unquoted_separator(filter), found, "{filter}");
        }
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
